//! What machines share through a git repository: refs that are put, replaced and removed by compare-and-swap.
//!
//! [`SharedLocks`] keep a second responder out, [`SharedApprovals`] carry plans and signatures. A swap names what was
//! seen; it changes every ref that it names, or none. A folder is written through libgit2 with its refs locked; any
//! other remote by the operator's `git push --atomic --force-with-lease`, without a shell.

mod approvals;
pub(super) mod command;
mod commit;
mod folder;
mod locks;
mod parcel;
pub(super) mod place;
mod refs;
mod stone;

use thiserror::Error;

pub use approvals::{Laid, SharedApprovals};
pub use locks::{Claim, SharedLocks, Swap};
pub use parcel::{Parcel, ParcelFault};
pub use stone::Stone;

use crate::model::{ArgvError, Remote};

/// Why nothing can be said of what is shared, or done about it.
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
    #[error("somebody changed what is shared meanwhile")]
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
        // Whoever holds a ref's lock is changing it right now.
        if error.code() == git2::ErrorCode::Locked {
            return Self::Lost;
        }
        Self::unreachable(error.message())
    }
}
