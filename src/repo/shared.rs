//! Locks that machines share: one ref of a git repository for each, put, replaced and removed by compare-and-swap.
//!
//! `refs/lifeboat/locks/<estate>/{incident,service}/<id>` names a commit with one file, `holder.json`. A swap names
//! what was seen; it changes every ref that it names, or none. A folder is written through libgit2 with its refs
//! locked; any other remote by the operator's `git push --atomic --force-with-lease`, without a shell.

pub(super) mod command;
mod folder;
pub(super) mod place;
mod stone;

use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

pub use stone::Stone;

use crate::host::Processes;
use crate::model::{ArgvError, Id, Lockable, Remote};
use crate::net::Deadline;
use place::Place;

/// A place that machines share locks at.
#[derive(Clone, Debug)]
pub struct SharedLocks {
    place: Place,
    shown: Remote,
    scratch: PathBuf,
    estate: Id,
    processes: Processes,
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

/// Why nothing can be said of shared locks, or done about them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SharedError {
    /// The estate names no place.
    #[error("`locks.shared.remote` is `{remote}`: {because}")]
    NoPlace {
        /// What it says.
        remote: Remote,
        /// What is wrong with it.
        because: &'static str,
    },
    /// Nobody answered, or not usefully.
    #[error("{remote} cannot be reached ({because})")]
    Unreachable {
        /// Where.
        remote: Remote,
        /// Why.
        because: Remote,
    },
    /// Somebody changed one of the refs meanwhile; nothing was changed here.
    #[error("somebody changed the lock meanwhile")]
    Lost,
}

impl SharedError {
    /// Says what to do next, where something helps.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoPlace { .. } => {
                Some("name a remote of this repository, a folder, or an ssh:// or https:// URL")
            }
            Self::Unreachable { .. } | Self::Lost => None,
        }
    }
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
        let place = Place::find(remote, base);
        let place = place
            .map_err(|because| SharedError::NoPlace { remote: Remote::new(remote), because })?;
        let shown = place.shown();
        Ok(Self { place, shown, scratch, estate: estate.clone(), processes })
    }

    /// Returns where it is, without a password.
    pub const fn shown(&self) -> &Remote {
        &self.shown
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
        let refs: Vec<(Lockable, String)> =
            whats.iter().map(|what| (what.clone(), self.reference(what))).collect();
        let found = match &self.place {
            Place::Folder(folder) => {
                let folder = folder.clone();
                blocking(within, move || folder::look(&folder, &refs)).await
            }
            Place::Elsewhere(url) => self.git(url, Deadline::after(within)).look(&refs).await,
        };
        found.map_err(|failed| self.named(failed))
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
            let put = swap.put.map(Stone::text).transpose();
            let put = put.map_err(|error| self.named(Failed::unreachable(&error.to_string())))?;
            moves.push(Move { name: self.reference(&swap.what), seen: swap.seen.clone(), put });
        }
        let swapped = match &self.place {
            Place::Folder(folder) => {
                let folder = folder.clone();
                blocking(within, move || folder::swap(&folder, &moves)).await
            }
            Place::Elsewhere(url) => self.git(url, Deadline::after(within)).swap(&moves).await,
        };
        swapped.map_err(|failed| self.named(failed))
    }

    fn git<'a>(&'a self, url: &'a str, until: Deadline) -> command::Git<'a> {
        command::Git { url, scratch: &self.scratch, processes: self.processes.clone(), until }
    }

    /// Names a lock's ref. A dot is spelt out: git takes neither `..` nor an ending `.lock`.
    fn reference(&self, what: &Lockable) -> String {
        let kind = match what {
            Lockable::Incident(_) => "incident",
            Lockable::Service(_) => "service",
        };
        let spelt = |id: &Id| id.as_str().replace('.', "%2E");
        format!("refs/lifeboat/locks/{}/{kind}/{}", spelt(&self.estate), spelt(what.id()))
    }

    fn named(&self, failed: Failed) -> SharedError {
        match failed {
            Failed::Lost => SharedError::Lost,
            Failed::Unreachable(because) => {
                SharedError::Unreachable { remote: self.shown.clone(), because }
            }
        }
    }
}

/// One ref's way from what was seen to a stone's text.
struct Move {
    name: String,
    seen: Option<String>,
    put: Option<String>,
}

/// Why a way to the refs failed.
enum Failed {
    Lost,
    Unreachable(Remote),
}

impl Failed {
    fn unreachable(because: &str) -> Self {
        Self::Unreachable(Remote::new(because.replace(['\n', '\r'], " ")))
    }
}

impl From<ArgvError> for Failed {
    fn from(error: ArgvError) -> Self {
        Self::unreachable(&error.to_string())
    }
}

impl From<git2::Error> for Failed {
    fn from(error: git2::Error) -> Self {
        Self::unreachable(error.message())
    }
}

/// Runs what may hang, a folder of another machine for example, and gives it up when its time is over.
async fn blocking<T: Send + 'static>(
    within: Duration,
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    let working = tokio::task::spawn_blocking(work);
    match Deadline::after(within).run(working).await {
        Some(Ok(done)) => done,
        Some(Err(error)) => Err(Failed::unreachable(&error.to_string())),
        None => Err(Failed::unreachable("no answer in time")),
    }
}
