//! One incident's folder: its journal and its plans.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{StoreError, plans};
use crate::host::{Appender, Lock, LockMark, files};
use crate::journal::{Chain, Torn, Unknown, Verified, line, overtaken, verify};
use crate::model::{Event, Head, Id, Plan, Record};

/// The most bytes that a journal may have.
const CAP: u64 = 256 << 20;

/// One incident on disk.
#[derive(Debug)]
pub struct Incident {
    id: Id,
    folder: PathBuf,
    boot: String,
    known: Mutex<Known>,
    /// The locks that this process runs it under.
    pub(super) marks: Arc<Mutex<Vec<LockMark>>>,
}

/// What has been read of the journal already.
#[derive(Debug, Default)]
struct Known {
    chain: Chain,
    records: Vec<Record>,
    unknown: Vec<Unknown>,
    /// How many records a run of this process rests on, once it has read them.
    seen: Option<usize>,
}

impl Incident {
    pub(super) fn new(id: Id, folder: PathBuf, boot: String) -> Self {
        Self { id, folder, boot, known: Mutex::default(), marks: Arc::default() }
    }

    /// Returns its id.
    pub const fn id(&self) -> &Id {
        &self.id
    }

    /// Returns this process's mark in its records.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns its journal's path.
    pub fn journal_path(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broken(&self, broken: crate::journal::Broken) -> StoreError {
        StoreError::Broken { id: self.id.clone(), broken }
    }

    /// Reads the whole file anew and checks its chain; what another process appends meanwhile does no harm.
    ///
    /// # Errors
    /// [`StoreError::Broken`] names the first bad line.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        let bytes = match files::read(&self.journal_path(), CAP) {
            Err(error) if error.is_absent() => Vec::new(),
            read => read?,
        };
        verify(&bytes).map_err(|broken| self.broken(broken))
    }

    /// Returns every record that this version knows, for views.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn records(&self) -> Result<Vec<Record>, StoreError> {
        let mut known = self.known();
        if !files::exists(&self.journal_path()) {
            return Ok(Vec::new());
        }
        match Appender::open(&self.journal_path()) {
            Ok(mut journal) => {
                self.catch_up(&mut known, &mut journal)?;
            }
            // Views work without a writable disk.
            Err(_) => {
                let Verified { records, unknown, chain, .. } = self.verify()?;
                *known = Known { chain, records, unknown, ..*known };
            }
        }
        Ok(known.records.clone())
    }

    /// Returns the journal's head now; `None` before its first record.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn head(&self) -> Result<Option<Head>, StoreError> {
        self.records()?;
        Ok(self.known().chain.anchor())
    }

    /// Returns every record, for run, resume and undo.
    ///
    /// # Errors
    /// [`StoreError::NotUnderstood`] when one must be understood and is not; and as [`Self::verify`].
    pub fn history(&self) -> Result<Vec<Record>, StoreError> {
        let records = self.records()?;
        let mut known = self.known();
        known.seen = Some(records.len());
        match known.unknown.iter().find(|unknown| unknown.must_understand) {
            None => Ok(records),
            Some(unknown) => Err(StoreError::NotUnderstood {
                id: self.id.clone(),
                seq: unknown.seq,
                kind: unknown.kind.clone(),
            }),
        }
    }

    /// Takes what was appended since; returns the torn end, if there is one.
    fn catch_up(
        &self,
        known: &mut Known,
        journal: &mut Appender,
    ) -> Result<Option<Torn>, StoreError> {
        if journal.length()? < known.chain.length {
            let why = "is gone: the file became shorter".to_owned();
            let line = known.chain.seq;
            return Err(self.broken(crate::journal::Broken { line, why }));
        }
        let bytes = journal.read_from(known.chain.length, CAP)?;
        let read = known.chain.clone().take(&bytes).map_err(|broken| self.broken(broken))?;
        known.chain = read.chain;
        known.records.extend(read.records);
        known.unknown.extend(read.unknown);
        Ok(read.torn)
    }

    /// Appends one event and returns its record once it is durable.
    ///
    /// # Errors
    /// [`StoreError::NotDurable`]: nothing may follow from it. [`StoreError::Broken`]: nothing was written.
    pub fn append(&self, event: Event, now: Timestamp) -> Result<Record, StoreError> {
        self.append_if(event, now, |_| Ok(()), || Ok(()))
    }

    /// Appends one event if what is there allows it, and does what follows before anybody else may append.
    pub(super) fn append_if(
        &self,
        event: Event,
        now: Timestamp,
        allowed: impl FnOnce(&[Record]) -> Result<(), StoreError>,
        then: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<Record, StoreError> {
        let mut known = self.known();
        let _held = Lock::take(&self.folder.join("append.lock")).map_err(StoreError::NotDurable)?;
        let opened = Appender::open(&self.journal_path());
        let mut journal = opened.map_err(StoreError::NotDurable)?;
        if let Some(torn) = self.catch_up(&mut known, &mut journal)? {
            self.cut(&mut journal, &torn)?;
        }
        allowed(&known.records)?;
        let Known { chain, .. } = &*known;
        let record = Record {
            seq: chain.seq,
            prev: chain.head.clone(),
            at: now,
            boot: self.boot.clone(),
            must_understand: event.must_understand(),
            event,
        };
        let written = line::encode(&record);
        let line = written.map_err(|why| plans::malformed(&self.journal_path(), why))?;
        if let Err(error) = journal.append_durable(line.as_bytes()) {
            // Whatever part of it got there was not acknowledged. If it cannot be cut now, the next append does.
            let _ = journal.cut(chain.length);
            return Err(StoreError::NotDurable(error));
        }
        self.catch_up(&mut known, &mut journal)?;
        then()?;
        Ok(record)
    }

    /// Appends one event of a run, unless another process has taken the run over since this one began it, or
    /// since it read the [`Self::history`] on which it would begin.
    ///
    /// # Errors
    /// [`StoreError::Superseded`]: nothing was written; and as [`Self::append`].
    pub fn append_run(&self, event: Event, now: Timestamp) -> Result<Record, StoreError> {
        let seen = self.known().seen;
        let allowed = |records: &[Record]| {
            let by = overtaken(records, &self.boot, seen.unwrap_or(records.len()));
            by.map_or_else(|| self.not_fenced(records), |by| Err(StoreError::Superseded(by)))
        };
        self.append_if(event, now, allowed, || Ok(()))
    }

    /// Cuts a torn end off, keeping a copy beside the journal.
    fn cut(&self, journal: &mut Appender, torn: &Torn) -> Result<(), StoreError> {
        let bytes = journal.read_from(torn.offset, CAP)?;
        let copy = self.folder.join(format!("torn-{}", torn.offset));
        files::write_atomic(&copy, &bytes).map_err(StoreError::NotDurable)?;
        journal.cut(torn.offset).map_err(StoreError::NotDurable)
    }

    /// Asks whoever runs the incident to stop before the next effect.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn request_halt(
        &self,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Record, StoreError> {
        self.append(Event::HaltAsked { by: by.to_owned(), reason: reason.to_owned() }, now)
    }

    /// Writes a plan under its digest (64 hexadecimal digits); returns its path.
    ///
    /// # Errors
    /// [`StoreError::Host`] from the system.
    pub fn save_plan(&self, plan: &Plan, digest: &str) -> Result<PathBuf, StoreError> {
        plans::save(&self.folder.join("plans"), plan, digest)
    }

    /// Reads a plan by path, digest or short digest. Its digest is the caller's to compute anew.
    ///
    /// # Errors
    /// [`StoreError::NoPlan`], [`StoreError::SeveralPlans`], [`StoreError::Malformed`].
    pub fn load_plan(&self, name: &str) -> Result<(Plan, PathBuf), StoreError> {
        plans::load(&self.folder.join("plans"), name)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::{Declaration, Incidents, StoreError};
    use super::*;
    use crate::model::{Mode, Severity};

    fn declared(root: &Path) -> (Incidents, Incident) {
        let incidents = Incidents::open(root, &"estate".into()).expect("opens");
        let declaration = Declaration {
            title: "DNS is gone".to_owned(),
            severity: Severity::Major,
            mode: Mode::Live,
        };
        let incident = incidents.create(&declaration, Timestamp::UNIX_EPOCH).expect("declares");
        (incidents, incident)
    }

    fn note(text: &str) -> Event {
        Event::Noted { by: "anna".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn two_processes_append_to_one_chain() {
        let root = tempfile::tempdir().expect("a folder");
        let (incidents, one) = declared(root.path());
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let other = incidents.incident(one.id().as_str()).expect("is there");
                scope.spawn(move || {
                    for number in 0..25 {
                        let text = format!("{writer}/{number}");
                        other.append(note(&text), Timestamp::UNIX_EPOCH).expect("appends");
                    }
                });
            }
        });
        let read = one.verify().expect("is whole");
        assert_eq!((read.records.len(), read.torn), (101, None));
        assert_eq!(one.history().expect("is understood"), read.records);
    }

    #[test]
    fn a_torn_end_is_cut_and_kept_beside() {
        let root = tempfile::tempdir().expect("a folder");
        let (incidents, incident) = declared(root.path());
        let mut raw = Appender::open(&incident.journal_path()).expect("opens");
        let whole = raw.length().expect("is there");
        raw.append_durable(b"{\"v\":1,\"seq\":1,\"pr").expect("appends");
        assert_eq!(incident.records().expect("reads past it").len(), 1);
        let again = incidents.incident(incident.id().as_str()).expect("is there");
        let record = again.append(note("after"), Timestamp::UNIX_EPOCH).expect("appends");
        assert_eq!(record.seq, 1);
        assert_eq!(incident.verify().expect("is whole").records.len(), 2);
        let copy = files::read(&incident.folder().join(format!("torn-{whole}")), 100);
        assert_eq!(copy.expect("is kept"), b"{\"v\":1,\"seq\":1,\"pr");
    }

    #[test]
    fn a_changed_line_stops_everything_and_is_named() {
        let root = tempfile::tempdir().expect("a folder");
        let (incidents, incident) = declared(root.path());
        incident.append(note("one"), Timestamp::UNIX_EPOCH).expect("appends");
        let text = files::read_text(&incident.journal_path(), 10_000).expect("reads");
        let changed = text.replace("DNS is gone", "DNS is fine");
        files::write_atomic(&incident.journal_path(), changed.as_bytes()).expect("writes");
        let again = incidents.incident(incident.id().as_str()).expect("is there");
        let error = again.append(note("two"), Timestamp::UNIX_EPOCH).expect_err("is refused");
        assert!(matches!(&error, StoreError::Broken { broken, .. } if broken.line == 2), "{error}");
        let after = files::read_text(&incident.journal_path(), 10_000).expect("reads");
        assert_eq!(after, changed, "nothing is written to a broken journal");
        assert!(incidents.list().expect("lists")[0].trouble.is_some());
    }

    #[test]
    fn what_cannot_be_written_is_not_durable() {
        let root = tempfile::tempdir().expect("a folder");
        let (_, incident) = declared(root.path());
        files::remove(&incident.journal_path()).expect("removes");
        files::create_directory(&incident.journal_path()).expect("a directory is in the way");
        let error = incident.append(note("one"), Timestamp::UNIX_EPOCH).expect_err("cannot");
        assert!(matches!(error, StoreError::NotDurable(_)), "{error}");
    }

    #[test]
    fn an_unknown_record_is_skipped_by_views_and_refused_by_runs() {
        let root = tempfile::tempdir().expect("a folder");
        let (_, incident) = declared(root.path());
        let text = files::read_text(&incident.journal_path(), 10_000).expect("reads");
        let first = line::hash(text.trim_end().as_bytes());
        let strange = format!(
            "{{\"v\":1,\"seq\":1,\"prev\":\"{first}\",\"at\":\"1970-01-01T00:00:00Z\",\
             \"boot\":\"b\",\"must_understand\":true,\"event\":{{\"leased\":{{}}}}}}\n"
        );
        let mut raw = Appender::open(&incident.journal_path()).expect("opens");
        raw.append_durable(strange.as_bytes()).expect("appends");
        assert_eq!(incident.records().expect("views skip it").len(), 1);
        let error = incident.history().expect_err("runs refuse it");
        assert!(matches!(&error, StoreError::NotUnderstood { seq: 1, .. }), "{error}");
    }

    #[test]
    fn incidents_are_named_apart_and_listed_with_their_state() {
        let root = tempfile::tempdir().expect("a folder");
        let (incidents, first) = declared(root.path());
        let (_, second) = declared(root.path());
        assert_eq!(first.id(), &Id::from("1970-01-01-dns-is-gone"));
        assert_eq!(second.id(), &Id::from("1970-01-01-dns-is-gone-2"));
        assert!(
            matches!(incidents.sole_open(), Err(StoreError::SeveralOpen(ids)) if ids.len() == 2)
        );
        let closed = Event::Closed { by: "anna".to_owned(), reason: "over".to_owned() };
        first.append(closed, Timestamp::UNIX_EPOCH).expect("appends");
        assert_eq!(incidents.sole_open().expect("one is left").id(), second.id());
        let open: Vec<bool> =
            incidents.list().expect("lists").iter().map(|listed| listed.is_open()).collect();
        assert_eq!(open, [false, true]);
        assert!(matches!(incidents.incident("../estate"), Err(StoreError::NoIncident(_))));
    }
}
