//! What a shared lock says: who holds it, or who took it over and from when on it may be taken.

use git2::{Oid, Repository};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::Holder;

/// The file of its commit.
const FILE: &str = "holder.json";

/// The longest that is read, in bytes.
const CAP: usize = 4096;

/// The text of a shared lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stone {
    /// Always `lifeboat.lock/v1`.
    pub schema: String,
    /// Who holds it, or took it over.
    pub holder: Holder,
    /// Set once it was taken over: nobody holds it, and from then on nothing that was sent before may land (UTC).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_from: Option<Timestamp>,
}

impl Stone {
    /// Makes the stone of a holder.
    pub fn of(holder: Holder) -> Self {
        Self { schema: "lifeboat.lock/v1".to_owned(), holder, quiet_from: None }
    }

    /// Makes the stone of a lock that was taken over and that nobody holds.
    pub fn taken_over(by: Holder, quiet_from: Timestamp) -> Self {
        Self { quiet_from: Some(quiet_from), ..Self::of(by) }
    }

    /// Returns the files of its commit.
    pub(super) fn files(&self) -> Result<Vec<(String, Vec<u8>)>, serde_json::Error> {
        Ok(vec![(FILE.to_owned(), serde_json::to_vec(self)?)])
    }
}

/// Reads a commit's stone; `None` where there is none that is legible.
pub(super) fn read(repository: &Repository, commit: Oid) -> Option<Stone> {
    let tree = repository.find_commit(commit).ok()?.tree().ok()?;
    let blob = repository.find_blob(tree.get_name(FILE)?.id()).ok()?;
    let text = Some(blob.content()).filter(|text| text.len() <= CAP)?;
    serde_json::from_slice(text).ok()
}
