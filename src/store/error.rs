//! What can go wrong with what is kept.

use thiserror::Error;

use crate::host::HostError;
use crate::journal::Broken;
use crate::model::{Held, Id};

/// Why something could not be kept or found.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The record is not on the disk, so nothing may follow from it.
    #[error("the record is not durable: {0}")]
    NotDurable(#[source] HostError),
    /// Something else of the machine's.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The journal is none.
    #[error("`{id}`: {broken}")]
    Broken {
        /// The incident.
        id: Id,
        /// Its first bad line.
        #[source]
        broken: Broken,
    },
    /// A record must be understood and is not.
    #[error("record {seq} of `{id}` is a `{kind}`, which this version does not know and must")]
    NotUnderstood {
        /// The incident.
        id: Id,
        /// The record's number.
        seq: u64,
        /// Its kind.
        kind: String,
    },
    /// There is no such incident.
    #[error("there is no incident `{0}`")]
    NoIncident(String),
    /// None is open.
    #[error("no incident is open")]
    NoneOpen,
    /// Several are open.
    #[error("several incidents are open: {}", .0.iter().map(Id::as_str).collect::<Vec<_>>().join(", "))]
    SeveralOpen(Vec<Id>),
    /// There is no such plan.
    #[error("there is no plan `{0}`")]
    NoPlan(String),
    /// A short digest fits several plans.
    #[error("`{name}` fits several plans: {}", .fits.join(", "))]
    SeveralPlans {
        /// What was asked for.
        name: String,
        /// What it fits.
        fits: Vec<String>,
    },
    /// A document of the store's cannot be read.
    #[error("`{path}` is not what it should be: {why}")]
    Malformed {
        /// Where.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// This process's run was taken away from it.
    #[error("{0}: this process may do nothing more")]
    Superseded(String),
    /// Somebody else holds a lock that is needed.
    #[error("{0}")]
    Busy(Box<Held>),
    /// There is nobody to shut out.
    #[error(
        "nobody holds the incident `{0}`, and no run of it is open: there is nothing to take over"
    )]
    NobodyRuns(Id),
    /// A run of the incident is open, so its transcripts stay.
    #[error("a run of `{0}` is open, and it may still need its transcripts")]
    InUse(Id),
}

impl StoreError {
    /// Returns the next thing to do, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotDurable(_) => Some(
                "make room or mend the disk, then the same command again, or `lifeboat resume` for a \
                 run that was begun; nothing was sent without a record"
                    .to_owned(),
            ),
            Self::Host(error) => error.hint(),
            Self::Broken { broken, .. } => Some(broken.hint().to_owned()),
            Self::NotUnderstood { .. } => Some("use the version that wrote it".to_owned()),
            Self::NoIncident(_) | Self::SeveralOpen(_) => {
                Some("`lifeboat incidents` lists them; choose with `--incident ID`".to_owned())
            }
            Self::NoneOpen => {
                Some("`lifeboat declare TITLE --severity major` opens one".to_owned())
            }
            Self::NoPlan(_) => Some("give its path, its digest or its short digest".to_owned()),
            Self::SeveralPlans { .. } => Some("give more digits".to_owned()),
            Self::Malformed { .. } => None,
            Self::Superseded(_) => Some("`lifeboat status` shows who runs it now".to_owned()),
            Self::Busy(held) => Some(shut_out(held)),
            Self::NobodyRuns(_) => Some("`lifeboat run PLAN` begins".to_owned()),
            Self::InUse(_) => Some("`lifeboat status` shows it; end it, or close the incident".to_owned()),
        }
    }
}

/// Says how a holder is stopped, or shut out.
fn shut_out(held: &Held) -> String {
    if held.shared.is_some() {
        return "ask them to stop; `lifeboat take-over --reason TEXT` shuts them out before their next effect".to_owned();
    }
    let incident = held.holder.as_ref().map(|holder| &holder.incident);
    let named = incident.filter(|id| **id != *held.what.id() && Id::is_well_formed(id.as_str()));
    let named = named.map(|id| format!(" --incident {id}")).unwrap_or_default();
    format!(
        "`lifeboat halt{named}` asks it to stop; `lifeboat take-over{named} --reason TEXT` shuts it out"
    )
}
