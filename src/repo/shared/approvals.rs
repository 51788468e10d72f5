//! Approvals that machines share: `refs/lifeboat/approvals/<estate>/<short digest>` names a commit with a plan, and
//! with what was signed of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::SharedError;
use super::parcel::{self, Parcel, ParcelFault};
use super::refs::{Move, Refs, spelt};
use crate::host::Processes;
use crate::model::{Id, Remote};

/// A place that carries approvals.
#[derive(Clone, Debug)]
pub struct SharedApprovals {
    refs: Refs,
    estate: Id,
}

/// What lies at a plan's ref.
#[derive(Debug)]
pub struct Laid {
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    /// What it holds.
    pub parcel: Result<Parcel, ParcelFault>,
}

impl SharedApprovals {
    /// Finds the place, as [`super::SharedLocks::open`] does.
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

    /// Names a plan's ref.
    pub fn reference(&self, short: &str) -> String {
        format!("refs/lifeboat/approvals/{}/{short}", spelt(&self.estate))
    }

    /// Looks at what lies there for a plan.
    ///
    /// # Errors
    /// [`SharedError::Unreachable`]; [`SharedError::Lost`] when it was changed while it was looked at.
    pub async fn look(&self, short: &str, within: Duration) -> Result<Option<Laid>, SharedError> {
        let found = self.refs.look(vec![self.reference(short)], parcel::read, within).await?;
        let Some(found) = found.into_iter().next() else { return Ok(None) };
        let parcel = found.holds.transpose().ok_or(SharedError::Lost)?;
        Ok(Some(Laid { commit: found.commit, parcel }))
    }

    /// Lays something there, if it is still as it was seen.
    ///
    /// # Errors
    /// [`SharedError::Lost`] when it is not; [`SharedError::Unreachable`].
    pub async fn lay(
        &self,
        short: &str,
        seen: Option<String>,
        parcel: &Parcel,
        within: Duration,
    ) -> Result<(), SharedError> {
        let put = Some(parcel.files());
        self.refs
            .swap(vec![Move { name: self.reference(short), seen, put }], within)
            .await
            .map(drop)
    }
}
