//! Why an operation cannot go on.

use std::collections::BTreeSet;

use thiserror::Error;

use super::Rebound;

use crate::document::Faults;
use crate::host::HostError;
use crate::model::Id;
use crate::plan::Refusal;
use crate::repo::{Distrust, RepoError, SharedError};
use crate::store::StoreError;
use crate::trust::RevokedFault;
use crate::wire::as_table::AsTableError;
use crate::words::WordsError;

/// Why an operation cannot go on.
#[derive(Debug, Error)]
pub enum DriveError {
    /// A document is invalid.
    #[error(transparent)]
    Document(#[from] Faults),
    /// The operator's repository cannot be read.
    #[error(transparent)]
    Repo(#[from] RepoError),
    /// The disk failed, or an incident is not there.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The place of shared locks is none.
    #[error(transparent)]
    Shared(#[from] SharedError),
    /// A template is invalid.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// No plan can be pinned.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The table of networks is invalid.
    #[error("`{path}`: {error}")]
    AsTable {
        /// Which file.
        path: String,
        /// What is wrong.
        error: AsTableError,
    },
    /// There is no such runbook.
    #[error("there is no runbook `{id}`")]
    NoRunbook {
        /// What was named.
        id: Id,
        /// What there is.
        there: Vec<Id>,
    },
    /// The runbook is in no commit, so it runs in drills alone.
    #[error("`{path}` is in no commit, and an uncommitted runbook runs only in a drill")]
    Uncommitted {
        /// Its path.
        path: String,
    },
    /// Nobody vouches for the commit.
    #[error(transparent)]
    Distrusted(Box<Distrust>),
    /// The folder is not as it was committed.
    #[error("not as the commit at HEAD has it: {}", paths.join(", "))]
    Loose {
        /// The files.
        paths: Vec<String>,
    },
    /// A credential would go elsewhere than before.
    #[error("{} went to {}, and would now go to {}", .0.credential, origins(&.0.before), origins(&.0.now))]
    Rebound(Rebound),
    /// Another process accepted another commit of the estate.
    #[error("another process accepted another commit meanwhile")]
    SeenMeanwhile,
    /// Several causes fit the runbook.
    #[error("several subjects fit `{param}`: {}", list(there))]
    SeveralSubjects {
        /// The parameter.
        param: String,
        /// What fits.
        there: Vec<Id>,
    },
    /// A plan was changed, or is of another incident.
    #[error(
        "`{plan}` is none of the plans that were pinned in this incident, or was changed since: its digest is {found}, pinned were {}",
        if pinned.is_empty() { "none".to_owned() } else { pinned.join(", ") }
    )]
    Foreign {
        /// Where it lies.
        plan: String,
        /// The short digest of what it says now.
        found: String,
        /// The short digests of what was pinned.
        pinned: Vec<String>,
    },
    /// A plan's form is not the one that this version knows.
    #[error("`{plan}` is written as `{found}`; this version runs `{known}`")]
    OtherForm {
        /// Where it lies.
        plan: String,
        /// What it says of itself.
        found: String,
        /// What is known.
        known: &'static str,
    },
    /// An earlier plan is about something else than the new one.
    #[error(
        "nothing is held against `{plan}`: it is of the {what} `{there}`, and the new plan of `{here}`"
    )]
    Incomparable {
        /// Where it lies.
        plan: String,
        /// What differs.
        what: &'static str,
        /// What it is of.
        there: String,
        /// What the new plan is of.
        here: String,
    },
    /// The journal is not the one that somebody else saw.
    #[error("the journal of `{incident}` is not what it was: {why}")]
    Contradicted {
        /// The incident.
        incident: Id,
        /// The first anchor that does not fit, and what it means.
        why: String,
    },
    /// Nobody is listed who may sign.
    #[error("signatures are wanted, and `{path}` is not there")]
    NoSigners {
        /// Where the list would lie.
        path: String,
    },
    /// The list of revoked keys is not understood.
    #[error("`{path}`: {fault}; until it is, no signature counts")]
    Revoked {
        /// Which file.
        path: String,
        /// What is wrong.
        fault: RevokedFault,
    },
    /// A journal that may hold a use of a code cannot be read.
    #[error(
        "nobody can tell which printed codes were spent: the journal of incident `{incident}` cannot be read"
    )]
    Uncounted {
        /// The incident.
        incident: Id,
    },
    /// The agent does not sign.
    #[error("the agent at `{socket}` does not sign: {why}")]
    Agent {
        /// Its socket.
        socket: String,
        /// Why.
        why: String,
    },
    /// We ourselves cannot see, so nothing is offered.
    #[error("this machine cannot see the world, so nothing is offered")]
    ObserverFault,
    /// There is no place to keep incidents.
    #[error("there is no folder to keep incidents in")]
    NoStateDirectory,
}

fn origins(origins: &BTreeSet<String>) -> String {
    origins.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn list(ids: &[Id]) -> String {
    ids.iter().map(Id::as_str).collect::<Vec<_>>().join(", ")
}

impl DriveError {
    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Document(_) => Some("mend the document; `lifeboat lint` checks it again".into()),
            Self::Repo(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Host(error) => error.hint(),
            Self::Shared(error) => error.hint().map(str::to_owned),
            Self::Words(error) => Some(error.hint()),
            Self::Refused(refusal) => refusal.hint(),
            Self::AsTable { .. } => Some("write start, end, AS number, country and name with tabs between".into()),
            Self::NoRunbook { there, .. } => Some(format!("there are: {}", list(there))),
            Self::Uncommitted { .. } => Some("`git add` and `git commit` it, then plan again".into()),
            Self::Distrusted(distrust) => Some(distrust.hint()),
            Self::Loose { .. } => {
                Some("`git diff` shows it; `git commit` it, or `git checkout` what was committed".into())
            }
            Self::Rebound(_) => Some(
                "find out who moved it; `lifeboat runbook accept` accepts it at a terminal, a signed commit by itself".into(),
            ),
            Self::SeenMeanwhile => Some("the same command begins again".into()),
            Self::SeveralSubjects { param, there } => {
                Some(format!("say which: `--set {param}={}`", there.first().map_or("ID", Id::as_str)))
            }
            Self::Foreign { .. } => Some("pin a new plan: `lifeboat plan`".into()),
            Self::OtherForm { .. } => {
                Some("use the version that pinned it, or pin a new plan: `lifeboat plan`".into())
            }
            Self::Incomparable { .. } => {
                Some("name an earlier plan of this runbook, or leave `--against` out; `lifeboat timeline` lists them".into())
            }
            Self::Contradicted { .. } => Some(
                "restore the whole journal from a copy; `lifeboat journal verify` says more, nothing is run on it".into(),
            ),
            Self::NoSigners { .. } => Some(
                "list each approver: PRINCIPAL namespaces=\"lifeboat-approval@v1,lifeboat-drill-approval@v1\" KEY".into(),
            ),
            Self::Revoked { fault, .. } => Some(fault.hint().into()),
            Self::Uncounted { .. } => Some(
                "`lifeboat journal verify --incident ID` says what is wrong with it; sign, where anybody can".into(),
            ),
            Self::Agent { .. } => Some("`ssh-add -l` lists its keys; `ssh-add KEY` adds one".into()),
            Self::ObserverFault => {
                Some("mend this machine's network, or plan from another vantage; `lifeboat diagnose` says more".into())
            }
            Self::NoStateDirectory => {
                Some("set HOME, or let the estate say `incidents: { directory: ... }`".into())
            }
        }
    }
}
