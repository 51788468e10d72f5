//! Locks that machines share: `refs/lifeboat/locks/<estate>/{incident,service}/<id>` names a commit with one file,
//! `holder.json`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::refs::{Found, Move, Refs, spelt};
use super::{Failed, SharedError, Stone, stone};
use crate::host::Processes;
use crate::model::{Id, Lockable, Remote};

/// A place that machines share locks at.
#[derive(Clone, Debug)]
pub struct SharedLocks {
    refs: Refs,
    estate: Id,
}

/// A shared lock as it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What is locked.
    pub what: Lockable,
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    /// What it says; absent where that is not legible.
    pub stone: Option<Stone>,
}

/// One ref of a swap: from what was seen to what shall be.
#[derive(Clone, Debug)]
pub struct Swap<'a> {
    /// What is locked.
    pub what: Lockable,
    /// The commit that was seen; absent: no ref was.
    pub seen: Option<String>,
    /// What to put there; absent: remove the ref.
    pub put: Option<&'a Stone>,
}

impl SharedLocks {
    /// Finds the place: a remote's name in the repository around `base`, a folder from there, or a URL.
    ///
    /// # Errors
    /// [`SharedError::NoPlace`].
    pub fn open(
        remote: &str,
        base: &Path,
        scratch: PathBuf,
        estate: &Id,
        processes: Processes,
    ) -> Result<Self, SharedError> {
        let refs = Refs::open(remote, base, scratch, processes)?;
        Ok(Self { refs, estate: estate.clone() })
    }

    /// Returns where it is, without a password.
    pub const fn shown(&self) -> &Remote {
        self.refs.shown()
    }

    /// Looks at locks; each that somebody has taken comes back.
    ///
    /// # Errors
    /// [`SharedError::Unreachable`].
    pub async fn look(
        &self,
        whats: &[Lockable],
        within: Duration,
    ) -> Result<Vec<Claim>, SharedError> {
        let names = whats.iter().map(|what| self.reference(what)).collect();
        let found = self.refs.look(names, stone::read, within).await?;
        let claim = |found: Found<Option<Stone>>| {
            let what = whats.iter().find(|what| self.reference(what) == found.name)?;
            Some(Claim { what: what.clone(), commit: found.commit, stone: found.holds })
        };
        Ok(found.into_iter().filter_map(claim).collect())
    }

    /// Changes locks if each of them is still as it was seen. Returns the commits that were put, in their order.
    ///
    /// # Errors
    /// [`SharedError::Lost`] when one is not; [`SharedError::Unreachable`].
    pub async fn swap(
        &self,
        swaps: &[Swap<'_>],
        within: Duration,
    ) -> Result<Vec<Option<String>>, SharedError> {
        let mut moves = Vec::new();
        for swap in swaps {
            let put = swap.put.map(Stone::files).transpose();
            let put =
                put.map_err(|error| self.refs.named(Failed::unreachable(&error.to_string())))?;
            moves.push(Move { name: self.reference(&swap.what), seen: swap.seen.clone(), put });
        }
        self.refs.swap(moves, within).await
    }

    fn reference(&self, what: &Lockable) -> String {
        let kind = match what {
            Lockable::Incident(_) => "incident",
            Lockable::Service(_) => "service",
        };
        format!("refs/lifeboat/locks/{}/{kind}/{}", spelt(&self.estate), spelt(what.id()))
    }
}
