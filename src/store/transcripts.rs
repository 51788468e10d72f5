//! Transcripts: `blobs/<sha256>.json`, named by the records that rest on them, and removed without harm to the chain.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Incident, StoreError};
use crate::host::files;
use crate::journal::{NamedTranscript, line, named_transcripts, open_run};
use crate::model::{Event, Record};

/// The most bytes that a transcript may have.
const CAP: u64 = 64 << 20;

/// The folder of transcripts, in the incident's.
const FOLDER: &str = "blobs";

/// What became of a transcript that a record names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is there, and is what the record names.
    Present,
    /// It was purged, and a record says so.
    Purged,
    /// It is not there, and no record says why.
    Missing,
    /// Something else lies under its name.
    Altered,
}

/// A transcript's path in an incident's folder.
fn path(folder: &Path, hash: &str) -> PathBuf {
    folder.join(FOLDER).join(format!("{hash}.json"))
}

/// Tells what became of each transcript that a journal in a folder names.
///
/// # Errors
/// [`StoreError::Host`] for one that is there and cannot be read.
pub fn look(folder: &Path, records: &[Record]) -> Result<Vec<(NamedTranscript, Kept)>, StoreError> {
    let look = |named: NamedTranscript| {
        let kept = match files::read(&path(folder, &named.hash), CAP) {
            Ok(bytes) if line::hash(&bytes) == named.hash => Kept::Present,
            Ok(_) => Kept::Altered,
            Err(error) if error.is_absent() && named.purged => Kept::Purged,
            Err(error) if error.is_absent() => Kept::Missing,
            Err(error) => return Err(error.into()),
        };
        Ok((named, kept))
    };
    named_transcripts(records).into_iter().map(look).collect()
}

impl Incident {
    /// Keeps a transcript and returns its SHA-256, in hexadecimal, for the record that rests on it.
    ///
    /// # Errors
    /// [`StoreError::Host`] from the system.
    pub fn keep_transcript(&self, bytes: &[u8]) -> Result<String, StoreError> {
        let hash = line::hash(bytes);
        files::create_directory(&self.folder().join(FOLDER))?;
        files::write_atomic(&path(self.folder(), &hash), bytes)?;
        Ok(hash)
    }

    /// Removes the transcripts of records written before a moment; the record of it is durable first.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while a run is open; as [`Self::history`]; and as [`Self::append`].
    pub fn purge(
        &self,
        before: Timestamp,
        by: &str,
        because: &str,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let records = self.history()?;
        if open_run(&records).is_some() {
            return Err(StoreError::InUse(self.id().clone()));
        }
        let named = named_transcripts(&records);
        let old = named.iter().filter(|it| it.at < before);
        let there = |it: &&NamedTranscript| files::exists(&path(self.folder(), &it.hash));
        let gone: Vec<String> = old.filter(there).map(|it| it.hash.clone()).collect();
        if gone.is_empty() {
            return Ok(0);
        }
        let (by, because) = (by.to_owned(), because.to_owned());
        self.append(Event::Purged { by, because, transcripts: gone.clone() }, now)?;
        for hash in &gone {
            files::remove(&path(self.folder(), hash))?;
        }
        Ok(gone.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Direction, Mode, Outcome, Severity, Verdict};
    use crate::store::{Declaration, Incidents};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn diagnosed(evidence: String) -> Event {
        Event::Diagnosed {
            verdict: Verdict::Healthy,
            advice: None,
            since: None,
            causes: Vec::new(),
            because: Vec::new(),
            evidence: Some(evidence),
        }
    }

    /// An incident with a transcript of second 10 and one of second 20.
    fn with_two(root: &Path) -> Incident {
        let incidents = Incidents::open(root, &"estate".into()).expect("opens");
        let (title, severity) = ("DNS is gone".to_owned(), Severity::Major);
        let declaration = Declaration { title, severity, mode: Mode::Live };
        let incident = incidents.create(&declaration, at(0)).expect("declares");
        for second in [10, 20] {
            let text = format!("{{\"at\":{second}}}");
            let hash = incident.keep_transcript(text.as_bytes()).expect("keeps");
            incident.append(diagnosed(hash), at(second)).expect("appends");
        }
        incident
    }

    fn kept(incident: &Incident) -> Vec<Kept> {
        let records = incident.records().expect("reads");
        look(incident.folder(), &records).expect("looks").into_iter().map(|it| it.1).collect()
    }

    #[test]
    fn what_is_old_is_purged_and_the_chain_still_verifies() {
        let root = tempfile::tempdir().expect("a folder");
        let incident = with_two(root.path());
        assert_eq!(kept(&incident), [Kept::Present, Kept::Present]);
        assert_eq!(incident.purge(at(15), "anna", "old", at(30)).expect("purges"), 1);
        assert_eq!(kept(&incident), [Kept::Purged, Kept::Present]);
        assert_eq!(incident.verify().expect("is whole").records.len(), 4);
        assert_eq!(incident.purge(at(15), "anna", "old", at(40)).expect("is done already"), 0);
        assert_eq!(incident.verify().expect("is whole").records.len(), 4);
    }

    #[test]
    fn what_was_altered_or_is_missing_is_told_apart() {
        let root = tempfile::tempdir().expect("a folder");
        let incident = with_two(root.path());
        let all = files::list(&incident.folder().join(FOLDER)).expect("lists");
        files::remove(&all[0]).expect("removes");
        files::write_atomic(&all[1], b"{\"at\":21}").expect("writes");
        let mut found = kept(&incident);
        found.sort_by_key(|kept| format!("{kept:?}"));
        assert_eq!(found, [Kept::Altered, Kept::Missing]);
    }

    #[test]
    fn an_open_run_keeps_everything() {
        let root = tempfile::tempdir().expect("a folder");
        let incident = with_two(root.path());
        let digest = "d".to_owned();
        let finished = |outcome| Event::Finished { digest: digest.clone(), outcome };
        let started = Event::Started { digest: digest.clone(), direction: Direction::Do };
        for event in [started, finished(Outcome::Held)] {
            incident.append(event, at(25)).expect("appends");
            let refused = incident.purge(at(99), "anna", "old", at(30)).expect_err("is open");
            assert!(matches!(refused, StoreError::InUse(_)), "{refused}");
        }
        let resumed = Event::Resumed { digest: digest.clone() };
        incident.append(resumed, at(26)).expect("appends");
        incident.append(finished(Outcome::Completed), at(27)).expect("appends");
        assert_eq!(incident.purge(at(99), "anna", "old", at(30)).expect("purges"), 2);
    }
}
