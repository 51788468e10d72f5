//! Which runbooks drills carried out, and when; per estate. It proves nothing live and approves nothing.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StoreError, plans::malformed};
use crate::host::{Lock, files};
use crate::model::Id;

/// The most bytes that the file may have.
const CAP: u64 = 4 << 20;

/// The most drills that are remembered, the newest.
const MOST: usize = 1_000;

/// One runbook that a drill carried out to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// The runbook.
    pub runbook: Id,
    /// Its digest at that time.
    pub digest: String,
    /// The scenario.
    pub scenario: Id,
    /// When it was played, by the real clock (UTC).
    pub at: Timestamp,
}

/// Reads what is remembered, the oldest first; a file that is not there is an empty past.
///
/// # Errors
/// [`StoreError::Malformed`], [`StoreError::Host`].
pub fn load(path: &Path) -> Result<Vec<Rehearsed>, StoreError> {
    if !files::exists(path) {
        return Ok(Vec::new());
    }
    let bytes = files::read(path, CAP)?;
    serde_json::from_slice(&bytes).map_err(|why| malformed(path, why))
}

/// Adds what a drill carried out.
///
/// # Errors
/// As [`load`].
pub fn add(path: &Path, rehearsed: Vec<Rehearsed>) -> Result<(), StoreError> {
    if rehearsed.is_empty() {
        return Ok(());
    }
    path.parent().map_or(Ok(()), files::create_directory)?;
    let _held = Lock::take(&path.with_extension("lock"))?;
    let mut all = load(path)?;
    all.extend(rehearsed);
    let beyond = all.len().saturating_sub(MOST);
    all.drain(..beyond);
    let bytes = serde_json::to_vec_pretty(&all).map_err(|why| malformed(path, why))?;
    Ok(files::write_atomic(path, &bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rehearsed_is_remembered_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("estate/rehearsals.json");
        assert_eq!(load(&path).expect("nothing yet"), []);
        let one = |name: &str| Rehearsed {
            runbook: name.into(),
            digest: "d".to_owned(),
            scenario: "s".into(),
            at: Timestamp::UNIX_EPOCH,
        };
        add(&path, vec![one("a")]).expect("is kept");
        add(&path, vec![one("b"), one("c")]).expect("is kept");
        add(&path, Vec::new()).expect("is nothing to keep");
        assert_eq!(load(&path).expect("is read"), [one("a"), one("b"), one("c")]);
        files::write_atomic(&path, b"[").expect("writes");
        assert!(matches!(load(&path), Err(StoreError::Malformed { .. })));
    }
}
