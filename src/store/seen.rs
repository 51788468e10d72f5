//! What was accepted of an estate before: its newest commit, and where each of its credentials may go.
//!
//! It is kept twice in the user's own folder, by the estate's place and by its id, so that neither a repository that
//! was moved nor one that calls itself something else begins anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{StoreError, plans::malformed};
use crate::host::{Lock, files};
use crate::model::Id;

/// The most bytes of one record.
const CAP: u64 = 1 << 20;

/// `lifeboat.seen/v1`: what was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Always `lifeboat.seen/v1`.
    pub schema: String,
    /// The estate's id.
    pub estate: Id,
    /// When it was written (UTC).
    pub at: Timestamp,
    /// The newest commit that was accepted, where commits must be signed.
    pub commit: Option<SeenCommit>,
    /// The origins that each credential may go to, by the credential's place.
    #[serde(default)]
    pub credentials: BTreeMap<String, BTreeSet<String>>,
    /// Who accepted it by hand, where somebody did.
    pub by_hand: Option<ByHand>,
}

/// A commit that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenCommit {
    /// Its id.
    pub id: String,
    /// The commit by whose lists it was judged.
    pub by: String,
}

/// An acceptance by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Seen {
    /// What a record says that it is.
    pub const SCHEMA: &'static str = "lifeboat.seen/v1";
}

/// The records of one estate.
#[derive(Clone, Debug)]
pub struct SeenBook {
    folder: PathBuf,
    files: Vec<PathBuf>,
}

impl SeenBook {
    /// Opens the book of an estate: of its id, and of its place where it has one.
    pub fn of(state: &Path, estate: &Id, place: Option<&Path>) -> Self {
        let folder = Self::folder(state);
        let mut files = vec![folder.join(format!("id-{estate}.json"))];
        files.extend(place.map(|place| {
            let digest = Sha256::digest(place.as_os_str().as_encoded_bytes());
            let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            folder.join(format!("place-{name}.json"))
        }));
        Self { folder, files }
    }

    /// Returns the folder, in which the operator's own lists may lie.
    pub fn folder(state: &Path) -> PathBuf {
        state.join("lifeboat-trust")
    }

    /// Returns what was accepted; nothing before the first time.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] for a record that cannot be read, which is never taken for none.
    pub fn read(&self) -> Result<Vec<Seen>, StoreError> {
        Self::read_each(&self.files)
    }

    /// Returns what was accepted at the estate's place alone, whatever an estate of the same id did elsewhere.
    ///
    /// # Errors
    /// As [`SeenBook::read`].
    pub fn read_here(&self) -> Result<Vec<Seen>, StoreError> {
        Self::read_each(self.files.get(1..).unwrap_or_default())
    }

    fn read_each(paths: &[PathBuf]) -> Result<Vec<Seen>, StoreError> {
        let mut found = Vec::new();
        for path in paths.iter().filter(|path| files::exists(path)) {
            let bytes = files::read(path, CAP)?;
            let seen: Seen = serde_json::from_slice(&bytes).map_err(|why| malformed(path, why))?;
            if seen.schema != Seen::SCHEMA {
                return Err(malformed(path, format!("it is written as `{}`", seen.schema)));
            }
            if !found.contains(&seen) {
                found.push(seen);
            }
        }
        Ok(found)
    }

    /// Writes what is accepted now in the place of what was read before; false when that has changed meanwhile.
    ///
    /// # Errors
    /// What the disk said.
    pub fn replace(&self, before: &[Seen], seen: &Seen) -> Result<bool, StoreError> {
        let same = |it: &Seen| Seen { at: seen.at, ..it.clone() } == *seen;
        let is_whole = self.files.iter().all(|path| files::exists(path));
        if is_whole && !before.is_empty() && before.iter().all(same) {
            return Ok(true);
        }
        files::create_directory(&self.folder)?;
        let _held = Lock::take(&self.folder.join("lock"))?;
        if self.read()? != before {
            return Ok(false);
        }
        for path in &self.files {
            let mut bytes = serde_json::to_vec_pretty(seen).map_err(|why| malformed(path, why))?;
            bytes.push(b'\n');
            files::write_atomic(path, &bytes)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(id: &str) -> Seen {
        let commit = Some(SeenCommit { id: id.to_owned(), by: id.to_owned() });
        let (schema, estate) = (Seen::SCHEMA.to_owned(), Id::from("e"));
        let (at, credentials) = (Timestamp::UNIX_EPOCH, BTreeMap::new());
        Seen { schema, estate, at, commit, credentials, by_hand: None }
    }

    #[test]
    fn neither_another_place_nor_another_id_begins_anew() {
        let state = tempfile::tempdir().expect("a folder");
        let book = |id: &str, place: &str| {
            SeenBook::of(state.path(), &Id::from(id), Some(Path::new(place)))
        };
        assert_eq!(book("e", "/a").read().expect("nothing yet"), []);
        assert!(book("e", "/a").replace(&[], &seen("1")).expect("writes"));
        assert!(!book("e", "/a").replace(&[], &seen("2")).expect("somebody was faster"));
        for other in [book("e", "/a"), book("e", "/b"), book("f", "/a")] {
            assert_eq!(other.read().expect("reads"), [seen("1")]);
        }
        assert_eq!(book("f", "/b").read().expect("another estate"), []);
    }

    #[test]
    fn a_record_that_cannot_be_read_is_not_taken_for_none() {
        let state = tempfile::tempdir().expect("a folder");
        let book = SeenBook::of(state.path(), &Id::from("e"), None);
        assert!(book.replace(&[], &seen("1")).expect("writes"));
        let path = SeenBook::folder(state.path()).join("id-e.json");
        for text in ["", "{}", "{\"schema\":\"lifeboat.seen/v9\"}"] {
            files::write_atomic(&path, text.as_bytes()).expect("writes");
            assert!(matches!(book.read(), Err(StoreError::Malformed { .. })), "{text}");
        }
    }
}
