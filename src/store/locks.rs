//! Locks on one machine: one responder for each incident, one run for each service that plans write to.
//!
//! `<incident>/run.lock` and `<estate>/locks/<service>.lock`, each signed by its holder. They are taken, looked
//! at and taken over under `<estate>/locks.lock`, which is held for milliseconds, so that all of a run's
//! locks are had together or not at all. Time frees none of them: a lock ends with its process. One that is
//! signed by another machine is not free because nobody locks it here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::{Incident, StoreError};
use crate::host::{Lock, LockMark, files, life};
use crate::model::{Held, Holder, Id, LastRecord, Life, Lockable, Span};

/// The locks of a run. They end when this is dropped, or with the process.
#[derive(Debug)]
pub struct Hold {
    taken: Vec<(Lockable, LockMark, Taken)>,
    holder: Holder,
    marks: Arc<Mutex<Vec<LockMark>>>,
}

/// One lock; it is given back with an empty file.
#[derive(Debug)]
struct Taken(Lock);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.unsign();
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.retain(|mark| !self.taken.iter().any(|(_, own, _)| own == mark));
    }
}

/// Who takes locks.
#[derive(Clone, Copy, Debug)]
pub struct Signer<'a> {
    /// The user.
    pub user: &'a str,
    /// The machine.
    pub host: &'a str,
    /// The process.
    pub pid: u32,
}

/// What a lock's file says.
enum Signature {
    Nobody,
    By(Box<Holder>),
    Illegible,
}

impl Hold {
    /// Returns who holds them, as every one of them is signed.
    pub const fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Returns what is locked, in the order in which it was.
    pub fn whats(&self) -> Vec<Lockable> {
        self.taken.iter().map(|(what, ..)| what.clone()).collect()
    }
}

impl Incident {
    /// Says who this process is, for the locks of this incident.
    pub fn holder(&self, signer: Signer<'_>, now: Timestamp) -> Holder {
        Holder {
            user: signer.user.to_owned(),
            host: signer.host.to_owned(),
            pid: signer.pid,
            since: now,
            boot: self.boot().to_owned(),
            incident: self.id().clone(),
            place: self.estate_folder().display().to_string(),
            lands_within: Span::default(),
        }
    }

    /// Takes the incident's lock.
    ///
    /// # Errors
    /// [`StoreError::Busy`] says who holds it.
    pub fn hold(&self, holder: Holder) -> Result<Hold, StoreError> {
        let marks = Arc::clone(&self.marks);
        let mut hold = Hold { taken: Vec::new(), holder, marks };
        let _guard = self.guard()?;
        self.take(&mut hold, Lockable::Incident(self.id().clone()))?;
        Ok(hold)
    }

    /// Takes a lock for each service, in the order of their ids; with one that is held, all of them are given back.
    ///
    /// # Errors
    /// [`StoreError::Busy`] says who holds the first that is not free.
    pub fn hold_services(
        &self,
        mut hold: Hold,
        services: &BTreeSet<Id>,
        lands_within: Span,
    ) -> Result<Hold, StoreError> {
        hold.holder.lands_within = lands_within;
        let _guard = self.guard()?;
        for service in services {
            self.take(&mut hold, Lockable::Service(service.clone()))?;
        }
        Ok(hold)
    }

    fn take(&self, hold: &mut Hold, what: Lockable) -> Result<(), StoreError> {
        let path = self.lock_path(&what);
        let Some(mut lock) = Lock::try_take(&path)? else {
            return Err(self.busy(what, &hold.holder.host, hold.holder.since));
        };
        match read(&path)? {
            Signature::Nobody => {}
            // Nobody locks it here, so that process of this machine is gone.
            Signature::By(last) if last.host == hold.holder.host => {}
            Signature::By(_) | Signature::Illegible => {
                return Err(self.busy(what, &hold.holder.host, hold.holder.since));
            }
        }
        let signed = serde_json::to_string(&hold.holder);
        lock.sign(&signed.map_err(|why| super::plans::malformed(&path, why))?)?;
        let mark = lock.mark()?;
        hold.taken.push((what, mark.clone(), Taken(lock)));
        hold.marks.lock().unwrap_or_else(PoisonError::into_inner).push(mark);
        Ok(())
    }

    /// Returns every lock that is held, or signed by another machine: this incident's first, then the services'.
    ///
    /// # Errors
    /// What the disk said.
    pub fn held(&self, host: &str, now: Timestamp) -> Result<Vec<Held>, StoreError> {
        let _guard = self.guard()?;
        self.look(host, now)
    }

    pub(super) fn look(&self, host: &str, now: Timestamp) -> Result<Vec<Held>, StoreError> {
        let mut all = vec![Lockable::Incident(self.id().clone())];
        for path in files::list(&self.service_locks())? {
            let name = path.file_name().and_then(|name| name.to_str());
            let service = name.and_then(|name| name.strip_suffix(".lock"));
            all.extend(service.map(|service| Lockable::Service(Id::new(service))));
        }
        let mut held = Vec::new();
        for what in all {
            let path = self.lock_path(&what);
            if !files::exists(&path) {
                continue;
            }
            let free = Lock::try_take(&path)?.is_some();
            let gone = match read(&path)? {
                Signature::Nobody => true,
                Signature::By(last) => last.host == host,
                Signature::Illegible => false,
            };
            if !(free && gone) {
                held.push(self.describe(what, host, now)?);
            }
        }
        Ok(held)
    }

    fn busy(&self, what: Lockable, host: &str, now: Timestamp) -> StoreError {
        match self.describe(what, host, now) {
            Ok(held) => StoreError::Busy(Box::new(held)),
            Err(error) => error,
        }
    }

    fn describe(&self, what: Lockable, host: &str, now: Timestamp) -> Result<Held, StoreError> {
        let holder = match read(&self.lock_path(&what))? {
            Signature::By(holder) => Some(*holder),
            Signature::Nobody | Signature::Illegible => None,
        };
        let life = holder.as_ref().map_or(Life::Unknown, |holder| {
            if holder.host == host { life(holder.pid) } else { Life::Elsewhere }
        });
        let incident = holder.as_ref().map_or(self.id(), |holder| &holder.incident);
        let last = self.last_record(incident);
        Ok(Held { what, holder, life, last, shared: None, now })
    }

    /// Returns the newest record of an incident of this estate; none where it cannot be read here.
    fn last_record(&self, incident: &Id) -> Option<LastRecord> {
        let record = if incident == self.id() {
            self.records().ok()?.pop()?
        } else if Id::is_well_formed(incident.as_str()) {
            let folder = self.estate_folder().join(incident.as_str());
            let other = Self::new(incident.clone(), folder, self.boot().to_owned());
            other.records().ok()?.pop()?
        } else {
            return None;
        };
        Some(LastRecord { seq: record.seq, kind: record.event.kind().to_owned(), at: record.at })
    }

    pub(super) fn guard(&self) -> Result<Lock, StoreError> {
        files::create_directory(&self.service_locks())?;
        Ok(Lock::take(&self.estate_folder().join("locks.lock"))?)
    }

    fn estate_folder(&self) -> &Path {
        self.folder().parent().unwrap_or_else(|| self.folder())
    }

    fn service_locks(&self) -> PathBuf {
        self.estate_folder().join("locks")
    }

    pub(super) fn lock_path(&self, what: &Lockable) -> PathBuf {
        match what {
            Lockable::Incident(_) => self.folder().join("run.lock"),
            Lockable::Service(id) => self.service_locks().join(format!("{id}.lock")),
        }
    }
}

/// Reads who signed.
fn read(path: &Path) -> Result<Signature, StoreError> {
    let text = Lock::holder(path)?;
    if text.is_empty() {
        return Ok(Signature::Nobody);
    }
    Ok(serde_json::from_str(&text).map_or(Signature::Illegible, |it| Signature::By(Box::new(it))))
}

#[cfg(test)]
mod tests {
    use super::super::{Declaration, Incidents};
    use super::*;
    use crate::model::{Direction, Event, Mode, Severity};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn declared(incidents: &Incidents) -> Incident {
        let title = "DNS is gone".to_owned();
        let declaration = Declaration { title, severity: Severity::Major, mode: Mode::Live };
        incidents.create(&declaration, NOW).expect("declares")
    }

    fn opened(root: &Path) -> Incidents {
        Incidents::open(root, &"estate".into()).expect("opens")
    }

    /// Another process at the same incident.
    fn other(root: &Path, incident: &Incident) -> Incident {
        opened(root).incident(incident.id().as_str()).expect("is there")
    }

    fn signer(user: &str) -> Signer<'_> {
        Signer { user, host: "bridge", pid: std::process::id() }
    }

    fn services(names: &[&str]) -> BTreeSet<Id> {
        names.iter().map(|name| Id::from(*name)).collect()
    }

    #[track_caller]
    fn busy(result: Result<Hold, StoreError>) -> Held {
        match result {
            Err(StoreError::Busy(held)) => *held,
            other => panic!("not busy: {other:?}"),
        }
    }

    fn started() -> Event {
        Event::Started { digest: "d".to_owned(), direction: Direction::Do }
    }

    #[test]
    fn one_responder_at_a_time_and_the_other_is_told_who_and_where_it_stands() {
        let root = tempfile::tempdir().expect("a folder");
        let one = declared(&opened(root.path()));
        let two = other(root.path(), &one);
        let held = one.hold(one.holder(signer("anna"), NOW)).expect("is free");
        one.append(started(), NOW).expect("appends meanwhile");
        let found = busy(two.hold(two.holder(signer("berta"), NOW)));
        assert_eq!(found.holder.as_ref(), Some(held.holder()));
        assert_eq!(found.life, Life::Runs);
        assert_eq!(found.last.map(|last| (last.seq, last.kind)), Some((1, "started".to_owned())));
        drop(held);
        assert_eq!(two.held("bridge", NOW).expect("looks"), []);
        two.hold(two.holder(signer("berta"), NOW)).expect("is free again");
    }

    #[test]
    fn services_are_locked_across_incidents_all_or_none() {
        let root = tempfile::tempdir().expect("a folder");
        let incidents = opened(root.path());
        let (one, two) = (declared(&incidents), declared(&incidents));
        let hold = one.hold(one.holder(signer("anna"), NOW)).expect("is free");
        let hold = one.hold_services(hold, &services(&["b"]), Span::default()).expect("are free");
        let second = two.hold(two.holder(signer("berta"), NOW)).expect("another incident is free");
        let found = busy(two.hold_services(second, &services(&["a", "b"]), Span::default()));
        assert_eq!(found.what, Lockable::Service("b".into()));
        assert_eq!(found.holder.map(|it| it.incident), Some(one.id().clone()));
        let all = one.held("bridge", NOW).expect("looks");
        let what: Vec<Lockable> = all.into_iter().map(|held| held.what).collect();
        assert_eq!(what, [Lockable::Incident(one.id().clone()), Lockable::Service("b".into())]);
        assert_eq!(
            two.held("bridge", NOW).expect("looks").len(),
            1,
            "`a` was given back, and the incident"
        );
        drop(hold);
        assert_eq!(two.held("bridge", NOW).expect("looks"), []);
    }

    #[test]
    fn what_another_machine_signed_or_nobody_can_read_stays_locked() {
        let root = tempfile::tempdir().expect("a folder");
        let one = declared(&opened(root.path()));
        let path = one.folder().join("run.lock");
        let far = Holder { host: "laptop".to_owned(), ..one.holder(signer("anna"), NOW) };
        files::write_atomic(&path, &serde_json::to_vec(&far).expect("is JSON")).expect("writes");
        let found = busy(one.hold(one.holder(signer("berta"), NOW)));
        assert_eq!((found.life, found.holder), (Life::Elsewhere, Some(far)));
        files::write_atomic(&path, b"{\"user\":\"an").expect("writes");
        assert_eq!(busy(one.hold(one.holder(signer("berta"), NOW))).holder, None);
        let by = one.holder(signer("berta"), NOW);
        one.take_over(&by, "the laptop is lost", &[], NOW).expect("takes over");
        one.hold(one.holder(signer("berta"), NOW)).expect("is free");
        let last = Holder { pid: 1, ..one.holder(signer("anna"), NOW) };
        files::write_atomic(&path, &serde_json::to_vec(&last).expect("is JSON")).expect("writes");
        one.hold(by).expect("nobody of this machine locks it, whatever lives under that id now");
    }

    #[test]
    fn who_was_shut_out_appends_nothing_and_finds_its_locks_gone() {
        let root = tempfile::tempdir().expect("a folder");
        let old = declared(&opened(root.path()));
        let new = other(root.path(), &old);
        let hold = old.hold(old.holder(signer("anna"), NOW)).expect("is free");
        let hold = old.hold_services(hold, &services(&["s"]), Span::default()).expect("is free");
        old.append_run(started(), NOW).expect("begins");
        old.fence().expect("nobody took it over");
        let by = new.holder(signer("berta"), NOW);
        let (held, record) = new.take_over(&by, "it hangs", &[], NOW).expect("takes over");
        assert_eq!(held.len(), 2, "{held:?}");
        assert!(matches!(&record.event, Event::TakenOver { reason, .. } if reason == "it hangs"));
        let fresh = new.hold(by).expect("is free, although the old file is still locked");
        let fresh = new.hold_services(fresh, &services(&["s"]), Span::default()).expect("is free");
        let refused = old.append_run(Event::Resumed { digest: "d".to_owned() }, NOW);
        assert!(
            matches!(&refused, Err(StoreError::Superseded(by)) if by.contains("berta")),
            "{refused:?}"
        );
        assert!(matches!(old.fence(), Err(StoreError::Superseded(_))));
        drop(hold);
        assert_eq!(
            new.held("bridge", NOW).expect("looks").len(),
            2,
            "the old one freed the new one's"
        );
        new.append_run(Event::Resumed { digest: "d".to_owned() }, NOW).expect("goes on");
        drop(fresh);
    }

    #[test]
    fn who_was_shut_out_before_it_began_cannot_begin() {
        let root = tempfile::tempdir().expect("a folder");
        let old = declared(&opened(root.path()));
        let new = other(root.path(), &old);
        let _hold = old.hold(old.holder(signer("anna"), NOW)).expect("is free");
        let by = new.holder(signer("berta"), NOW);
        new.take_over(&by, "nobody is at that prompt", &[], NOW).expect("takes over");
        assert!(matches!(old.append_run(started(), NOW), Err(StoreError::Superseded(_))));
    }

    #[test]
    fn nothing_is_taken_over_where_nobody_runs_anything() {
        let root = tempfile::tempdir().expect("a folder");
        let one = declared(&opened(root.path()));
        let by = one.holder(signer("berta"), NOW);
        let refused = one.take_over(&by, "why not", &[], NOW);
        assert!(matches!(refused, Err(StoreError::NobodyRuns(_))), "{refused:?}");
        one.append(started(), NOW).expect("a run that its process left open");
        let (held, _) = one.take_over(&by, "it was killed", &[], NOW).expect("is open");
        assert_eq!(held, []);
    }
}
