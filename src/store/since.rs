//! Since when facts have been as they are, and what the last facts were; per estate.
//!
//! A truth that changes begins anew. An unknown breaks nothing, but the time in it does not count: when the
//! same truth comes back, its beginning moves forward by as long as nobody knew.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{StoreError, plans::malformed};
use crate::host::{Lock, files};
use crate::model::{Fact, FactKind, Id, Since, Truth};

/// The most bytes that either file may have.
const CAP: u64 = 64 << 20;

/// One fact's past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    kind: FactKind,
    subject: Id,
    truth: Truth,
    since: Timestamp,
    /// Set while nobody knows: when it was known last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost: Option<Timestamp>,
    /// When it was looked at last.
    seen: Timestamp,
}

/// Reads since when facts have been as they are; a file that is not there is an empty past.
///
/// # Errors
/// [`StoreError::Malformed`], [`StoreError::Host`].
pub fn load(path: &Path) -> Result<Since, StoreError> {
    let entries = read(path)?.into_iter();
    Ok(entries.map(|it| ((it.kind, it.subject), (it.truth, it.since))).collect())
}

/// Takes new facts in and returns since when each has been as it is, and why that could not be kept.
///
/// A disk that cannot be written costs the memory of what is new, and nothing of what was known.
pub fn update(path: &Path, facts: &[Fact], now: Timestamp) -> (Since, Option<StoreError>) {
    let opened = path.parent().map_or(Ok(()), files::create_directory);
    let held = opened.and_then(|()| Lock::take(&path.with_extension("lock")));
    let (kept, unread) = match read(path) {
        Ok(kept) => (kept, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let entries = taken(kept, facts, now);
    // What cannot be read is left for a person to look at.
    let trouble = unread
        .or_else(|| held.map_err(StoreError::from).and_then(|_held| write(path, &entries)).err());
    let since = entries.into_iter().map(|it| ((it.kind, it.subject), (it.truth, it.since)));
    (since.collect(), trouble)
}

fn write(path: &Path, entries: &[Entry]) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec_pretty(entries).map_err(|why| malformed(path, why))?;
    Ok(files::write_atomic(path, &bytes)?)
}

/// Takes new facts into what is kept.
fn taken(kept: Vec<Entry>, facts: &[Fact], now: Timestamp) -> Vec<Entry> {
    let kept = kept.into_iter().map(|it| ((it.kind, it.subject.clone()), it));
    let mut entries: BTreeMap<(FactKind, Id), Entry> = kept.collect();
    for ((kind, subject), truth) in joined(facts) {
        let key = (kind, subject.clone());
        if let Some(entry) = entries.get_mut(&key) {
            entry.take(truth, now);
        } else if truth.is_known() {
            let entry = Entry { kind, subject, truth, since: now, lost: None, seen: now };
            entries.insert(key, entry);
        }
    }
    entries.into_values().collect()
}

/// Keeps the last facts.
///
/// # Errors
/// [`StoreError::Host`].
pub fn remember(path: &Path, facts: &[Fact]) -> Result<(), StoreError> {
    if let Some(parent) = path.parent() {
        files::create_directory(parent)?;
    }
    let bytes = serde_json::to_vec_pretty(facts).map_err(|why| malformed(path, why))?;
    Ok(files::write_atomic(path, &bytes)?)
}

/// Returns the last facts; none where none were kept.
///
/// # Errors
/// [`StoreError::Malformed`], [`StoreError::Host`].
pub fn last_facts(path: &Path) -> Result<Vec<Fact>, StoreError> {
    read_list(path)
}

fn read(path: &Path) -> Result<Vec<Entry>, StoreError> {
    read_list(path)
}

fn read_list<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Vec<T>, StoreError> {
    match files::read(path, CAP) {
        Err(error) if error.is_absent() => Ok(Vec::new()),
        read => serde_json::from_slice(&read?).map_err(|why| malformed(path, why)),
    }
}

/// Joins what all vantages say of one subject, as guards do: one true is true, false needs every one.
fn joined(facts: &[Fact]) -> BTreeMap<(FactKind, Id), Truth> {
    let mut all = BTreeMap::new();
    for fact in facts {
        let truth = all.entry((fact.kind, fact.subject.clone())).or_insert(fact.truth);
        *truth = truth.or(fact.truth);
    }
    all
}

impl Entry {
    fn take(&mut self, truth: Truth, now: Timestamp) {
        if truth == Truth::Unknown {
            self.lost = Some(self.lost.unwrap_or(self.seen));
        } else if truth == self.truth {
            let away =
                self.lost.take().map_or(SignedDuration::ZERO, |lost| now.duration_since(lost));
            let moved = self.since.checked_add(away.max(SignedDuration::ZERO)).unwrap_or(now);
            self.since = moved.min(now);
        } else {
            (self.truth, self.since, self.lost) = (truth, now, None);
        }
        self.seen = now;
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{last_facts, load, remember, update};
    use crate::host::files;
    use crate::model::{Fact, FactKind, Truth};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn fact(vantage: &str, truth: Truth) -> Fact {
        Fact {
            id: "f1".into(),
            kind: FactKind::TrackerAnswers,
            subject: "t".into(),
            object: None,
            vantage: vantage.into(),
            at: at(0),
            truth,
            measure: None,
            because: String::new(),
            from: Vec::new(),
        }
    }

    #[test]
    fn a_change_begins_anew_and_an_unknown_time_does_not_count() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("estate/since.json");
        let since = |second, truth| {
            let (all, trouble) = update(&path, &[fact("here", truth)], at(second));
            assert!(trouble.is_none(), "{trouble:?}");
            all.get(&(FactKind::TrackerAnswers, "t".into())).copied()
        };
        assert_eq!(since(5, Truth::Unknown), None);
        assert_eq!(since(10, Truth::True), Some((Truth::True, at(10))));
        assert_eq!(since(50, Truth::True), Some((Truth::True, at(10))));
        assert_eq!(since(60, Truth::Unknown), Some((Truth::True, at(10))));
        assert_eq!(since(70, Truth::Unknown), Some((Truth::True, at(10))));
        assert_eq!(since(80, Truth::True), Some((Truth::True, at(40))));
        assert_eq!(since(90, Truth::False), Some((Truth::False, at(90))));
        assert_eq!(load(&path).expect("reads").len(), 1);
    }

    #[test]
    fn a_disk_that_cannot_keep_it_costs_only_what_is_new() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("since.json");
        update(&path, &[fact("here", Truth::True)], at(10));
        files::remove(&path.with_extension("lock")).expect("removes");
        files::create_directory(&path.with_extension("lock")).expect("is in the way");
        let (all, trouble) = update(&path, &[fact("here", Truth::True)], at(20));
        assert_eq!(all.values().next(), Some(&(Truth::True, at(10))));
        assert!(trouble.is_some());
        assert_eq!(load(&path).expect("reads").len(), 1);
    }

    #[test]
    fn vantages_are_joined_and_last_facts_come_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, kept) = (folder.path().join("since.json"), folder.path().join("facts.json"));
        let facts = [fact("here", Truth::False), fact("there", Truth::True)];
        let (all, _) = update(&path, &facts, at(1));
        assert_eq!(all.values().next(), Some(&(Truth::True, at(1))));
        assert_eq!(last_facts(&kept).expect("reads"), []);
        remember(&kept, &facts).expect("keeps");
        assert_eq!(last_facts(&kept).expect("reads"), facts);
    }
}
