//! Runbooks, templates and scenarios: the embedded ones, overlaid file by file by the operator's repository.
//!
//! Live, the overlay is what the commit at HEAD holds, read from the object database; in a drill the working
//! tree counts as well. Nothing that the repository names is ever run, and nothing here understands a document.
//! What machines share lies in refs of a repository, too: [`SharedLocks`], [`SharedApprovals`].

mod committed;
mod custody;
mod distrust;
mod embedded;
mod error;
mod fetch;
mod gitdir;
mod history;
mod libgit;
pub mod names;
mod notes;
mod objects;
mod patch;
mod shared;
mod shelf;
mod working;
mod written;

pub use committed::Committed;
pub use custody::{Accepted, Lists, REVOKED, SIGNERS, Vouched};
pub use distrust::Distrust;
pub use error::RepoError;
pub use fetch::{Brought, Errand, FetchError, PackFault, advance, brought, fetch};
pub use history::{History, HistoryEntry};
pub use libgit::{initialise, is_inside_one};
pub use names::Flaw;
pub use notes::{note, noted};
pub use patch::unified;
pub use shared::{
    Claim, Laid, Parcel, ParcelFault, SharedApprovals, SharedError, SharedLocks, Stone, Swap,
};
pub use shelf::{Kind, Piece, Provenance, Shelf};
