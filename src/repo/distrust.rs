//! Why nobody vouches for a commit.

use thiserror::Error;

use crate::trust::{Refusal, RevokedFault};

/// Why a commit is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Distrust {
    /// Nobody signed it.
    #[error("commit {} is not signed", short(commit))]
    Unsigned {
        /// The commit.
        commit: String,
    },
    /// It carries more than one signature.
    #[error("commit {} carries several signatures, so that none is meant", short(commit))]
    Several {
        /// The commit.
        commit: String,
    },
    /// It is signed by GPG or X.509.
    #[error("commit {} is signed by GPG or X.509, and only SSH signatures count", short(commit))]
    NotSsh {
        /// The commit.
        commit: String,
    },
    /// Its signature does not count.
    #[error("commit {} is refused: {refusal}", short(commit))]
    Refused {
        /// The commit.
        commit: String,
        /// Why.
        refusal: Refusal,
    },
    /// There is no list of who may sign.
    #[error(
        "commit {} has no `allowed_signers` beside the estate, so nobody may sign",
        short(commit)
    )]
    NoSigners {
        /// The commit.
        commit: String,
    },
    /// The list of revoked keys is not understood.
    #[error("`revoked_keys` is not understood: {fault}")]
    Revocations {
        /// What is wrong.
        fault: RevokedFault,
    },
    /// It is older than what was accepted.
    #[error(
        "commit {} is older than {}, which was accepted before: it was rolled back",
        short(head),
        short(seen)
    )]
    Older {
        /// The commit at HEAD.
        head: String,
        /// What was accepted.
        seen: String,
    },
    /// It does not descend from what was accepted.
    #[error(
        "commit {} does not descend from {}, which was accepted before: the branch was moved or rewritten",
        short(head),
        short(seen)
    )]
    Unrelated {
        /// The commit at HEAD.
        head: String,
        /// What was accepted.
        seen: String,
    },
    /// History is cut before what was accepted.
    #[error("the history does not reach back to {}, which was accepted before", short(seen))]
    Cut {
        /// What was accepted.
        seen: String,
    },
    /// There are too many commits.
    #[error("more than {most} commits lie between what was accepted and HEAD")]
    TooFar {
        /// The most that are looked at.
        most: usize,
    },
    /// The estate lies in no commit at all.
    #[error("the estate wants signed commits, and lies in no commit of a git repository")]
    NoCommit,
}

impl Distrust {
    /// Says what to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Unsigned { .. } | Self::NotSsh { .. } | Self::Several { .. } => {
                "sign it: `git config gpg.format ssh`, `user.signingkey KEY`, then `git commit -S --amend`".to_owned()
            }
            Self::Refused { refusal, .. } => match refusal {
                Refusal::Unreadable(_) | Refusal::NoNamespace | Refusal::Namespace { .. } | Refusal::Forged(_) => {
                    "let somebody of `allowed_signers` make the commit anew with `git commit -S`".to_owned()
                }
                Refusal::Untouched(_) => "sign it again and touch the key when it blinks".to_owned(),
                Refusal::Revoked(_)
                | Refusal::Unknown(_)
                | Refusal::NotHere { .. }
                | Refusal::NotYet { .. }
                | Refusal::Expired { .. } => {
                    "let somebody whom `allowed_signers` allows now commit on top, signed; `lifeboat runbook log` shows who signed what".to_owned()
                }
            },
            Self::NoSigners { .. } => {
                "commit `allowed_signers` beside the estate, or say `trust: { commits: any }`".to_owned()
            }
            Self::Revocations { fault } => fault.hint().to_owned(),
            Self::Older { .. } => {
                "`git pull` brings the newer one; `lifeboat runbook accept` accepts this one at a terminal".to_owned()
            }
            Self::Unrelated { .. } | Self::TooFar { .. } => {
                "find out who rewrote it; `lifeboat runbook accept` accepts it at a terminal".to_owned()
            }
            Self::Cut { .. } => "`git fetch --unshallow` brings the rest".to_owned(),
            Self::NoCommit => "`git init`, then commit it signed; or say `trust: { commits: any }`".to_owned(),
        }
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
