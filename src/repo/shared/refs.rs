//! The refs themselves: looked at, and changed by compare-and-swap, in a folder or behind a URL.

use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{Oid, Repository};

use super::place::Place;
use super::{Failed, SharedError, command, folder};
use crate::host::Processes;
use crate::model::Remote;
use crate::net::Deadline;

/// A place with refs that machines share.
#[derive(Clone, Debug)]
pub(super) struct Refs {
    place: Place,
    shown: Remote,
    scratch: PathBuf,
    processes: Processes,
}

/// Takes what a commit holds out of the repository that it is in.
pub(super) type Reader<T> = fn(&Repository, Oid) -> T;

/// A ref that is there.
pub(super) struct Found<T> {
    pub name: String,
    /// Its commit, 40 hexadecimal digits.
    pub commit: String,
    pub holds: T,
}

/// One ref's way from what was seen to a commit with some files; absent: the ref is removed.
pub(super) struct Move {
    pub name: String,
    pub seen: Option<String>,
    pub put: Option<Vec<(String, Vec<u8>)>>,
}

impl Refs {
    /// Finds the place: a remote's name in the repository around `base`, a folder from there, or a URL.
    pub fn open(
        remote: &str,
        base: &Path,
        scratch: PathBuf,
        processes: Processes,
    ) -> Result<Self, SharedError> {
        let place = Place::find(remote, base);
        let place = place
            .map_err(|because| SharedError::NoPlace { remote: Remote::new(remote), because })?;
        let shown = place.shown();
        Ok(Self { place, shown, scratch, processes })
    }

    /// Returns where it is, without a password.
    pub const fn shown(&self) -> &Remote {
        &self.shown
    }

    /// Looks at refs; each that is there comes back.
    pub async fn look<T: Send + 'static>(
        &self,
        names: Vec<String>,
        read: Reader<T>,
        within: Duration,
    ) -> Result<Vec<Found<T>>, SharedError> {
        let found = match &self.place {
            Place::Folder(folder) => {
                let folder = folder.clone();
                blocking(within, move || folder::look(&folder, names, read)).await
            }
            Place::Elsewhere(url) => {
                self.git(url, Deadline::after(within)).look(&names, read).await
            }
        };
        found.map_err(|failed| self.named(failed))
    }

    /// Changes refs if each of them is still as it was seen. Returns the commits that were put, in their order.
    pub async fn swap(
        &self,
        moves: Vec<Move>,
        within: Duration,
    ) -> Result<Vec<Option<String>>, SharedError> {
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

    /// Says where something failed.
    pub fn named(&self, failed: Failed) -> SharedError {
        match failed {
            Failed::Lost => SharedError::Lost,
            Failed::Unreachable(because) => {
                SharedError::Unreachable { remote: self.shown.clone(), because }
            }
        }
    }
}

/// Spells an id as one part of a ref's name: git takes neither `..` nor an ending `.lock`.
pub(super) fn spelt(id: &crate::model::Id) -> String {
    id.as_str().replace('.', "%2E")
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
