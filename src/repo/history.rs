//! What became of a file, commit by commit: who signed each of them, and whether that counts now.

use std::collections::{BTreeSet, BinaryHeap};

use git2::Oid;
use jiff::Timestamp;

use super::written::Commit;
use super::{Committed, Distrust, Lists, RepoError};
use crate::model::Remote;

/// The most commits that are looked at.
const MOST: usize = 20_000;

/// One commit that changed what is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its id.
    pub commit: String,
    /// When it says that it was made; nothing is decided by it.
    pub claimed: Timestamp,
    /// The first line of its message.
    pub summary: Remote,
    /// Who signed and with which key, by the lists in force at HEAD and at this moment; or why it does not count.
    pub verdict: Result<(Remote, String), Distrust>,
}

/// A history, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The commits.
    pub entries: Vec<HistoryEntry>,
    /// Whether there are more than are shown, or history is cut.
    pub more: bool,
}

impl Committed {
    /// Returns the commits that changed any of some paths, given from the estate's folder; newest first.
    ///
    /// # Errors
    /// What the repository said.
    pub fn history(
        &self,
        paths: &[String],
        most: usize,
        own: Option<&Lists>,
        now: Timestamp,
    ) -> Result<History, RepoError> {
        let mut seen = BTreeSet::from([self.commit.id]);
        let mut open = BinaryHeap::from([(self.commit.claimed, self.commit.id)]);
        let mut history = History { entries: Vec::new(), more: false };
        while let Some((_, id)) = open.pop() {
            if history.entries.len() == most || seen.len() > MOST {
                history.more = true;
                break;
            }
            let here = self.sibling(id)?;
            let mut changed = here.commit.parents.is_empty() && here.holds_any(paths)?;
            let mut differs = !here.commit.parents.is_empty();
            for parent in &here.commit.parents {
                let Some(commit) = self.objects.commit(*parent)? else {
                    history.more = true;
                    continue;
                };
                differs &= here.ids(paths)? != self.sibling(*parent)?.ids(paths)?;
                if seen.insert(*parent) {
                    open.push((commit.claimed, *parent));
                }
            }
            changed |= differs;
            if changed {
                history.entries.push(self.entry_of(&here.commit, own, now)?);
            }
        }
        Ok(history)
    }

    fn entry_of(
        &self,
        commit: &Commit,
        own: Option<&Lists>,
        now: Timestamp,
    ) -> Result<HistoryEntry, RepoError> {
        Ok(HistoryEntry {
            commit: commit.id.to_string(),
            claimed: Timestamp::from_second(commit.claimed).unwrap_or(Timestamp::UNIX_EPOCH),
            summary: commit.summary.clone(),
            verdict: self.signer_of(commit, own, now)?,
        })
    }

    fn ids(&self, paths: &[String]) -> Result<Vec<Option<Oid>>, RepoError> {
        paths.iter().map(|path| self.object(path)).collect()
    }

    fn holds_any(&self, paths: &[String]) -> Result<bool, RepoError> {
        Ok(self.ids(paths)?.iter().any(Option::is_some))
    }

    /// Opens the commit that a name means: `HEAD`, `HEAD~2`, a branch, or at least seven digits of an id.
    ///
    /// # Errors
    /// [`RepoError::NoCommit`]; what the repository said.
    pub fn named_commit(&self, name: &str) -> Result<Self, RepoError> {
        let (base, back) = match name.rsplit_once('~') {
            Some((base, "")) => (base, 1),
            Some((base, back)) => (base, back.parse::<usize>().unwrap_or(usize::MAX)),
            None => (name, 0),
        };
        let none = || RepoError::NoCommit { name: Remote::new(name) };
        let id = match base {
            "HEAD" => Some(self.commit.id),
            base => match self.repository.resolve(&format!("refs/heads/{base}"))? {
                Some(id) => Some(id),
                None => self.objects.by_digits(base)?,
            },
        };
        let mut found = self.sibling(id.ok_or_else(none)?)?;
        for _ in 0..back.min(MOST + 1) {
            let parent = found.commit.parents.first().copied().ok_or_else(none)?;
            found = self.sibling(parent)?;
        }
        Ok(found)
    }

    /// Returns the lines by which a file differs between another commit and this one, as a unified diff; `None`
    /// where it does not. The text is as the commits have it.
    ///
    /// # Errors
    /// What the repository said.
    pub fn diff_from(&self, other: &Self, path: &str) -> Result<Option<String>, RepoError> {
        let (old, new) = (other.text(path)?, self.text(path)?);
        if old == new {
            return Ok(None);
        }
        let failed =
            |source| RepoError::Git { path: self.repository.path().display().to_string(), source };
        let side = |text: &Option<String>| text.as_ref().map(|_| std::path::PathBuf::from(path));
        let (old_path, new_path) = (side(&old), side(&new));
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        let mut patch = git2::Patch::from_buffers(
            old.as_bytes(),
            old_path.as_deref(),
            new.as_bytes(),
            new_path.as_deref(),
            None,
        )
        .map_err(failed)?;
        let bytes = patch.to_buf().map_err(failed)?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}
