//! Why a seedbox did not do what was asked.

use thiserror::Error;

use crate::host::HostError;
use crate::model::{Id, Remote, SeedboxKind, Span};
use crate::net::NetError;
use crate::service::{LATER, again};
use crate::wire::transmission::TransmissionError;

/// Why a seedbox did not do what was asked.
#[derive(Debug, Error)]
pub enum SeedboxError {
    /// Its client is one that cannot be spoken to yet.
    #[error("`{seedbox}` is of kind {kind:?}, which is not built yet")]
    NotBuilt {
        /// The seedbox.
        seedbox: Id,
        /// Its client.
        kind: SeedboxKind,
    },
    /// The credential or the certificate could not be read here.
    #[error("`{seedbox}`: {source}")]
    Here {
        /// The seedbox.
        seedbox: Id,
        /// Why.
        source: HostError,
    },
    /// No reply came.
    #[error("`{seedbox}`: {source}")]
    Net {
        /// The seedbox.
        seedbox: Id,
        /// Why.
        source: NetError,
    },
    /// It does not take the credential, or not from this machine.
    #[error("`{seedbox}` refuses the log-in (status {status})")]
    Denied {
        /// The seedbox.
        seedbox: Id,
        /// Its status.
        status: u16,
    },
    /// It, or what stands in front of it, has too much to do.
    #[error("`{seedbox}` is busy (status {status}){}", again(*.after))]
    Busy {
        /// The seedbox.
        seedbox: Id,
        /// Its status.
        status: u16,
        /// How long it asks to be left alone.
        after: Option<Span>,
    },
    /// It answers with a status of failure.
    #[error("`{seedbox}` answers with status {status}")]
    Status {
        /// The seedbox.
        seedbox: Id,
        /// Its status.
        status: u16,
    },
    /// It says no.
    #[error("`{seedbox}` says no: {said}")]
    Rejected {
        /// The seedbox.
        seedbox: Id,
        /// Its words.
        said: Remote,
    },
    /// Its reply is none of its client.
    #[error("`{seedbox}` replies as no Transmission does: {because}")]
    Malformed {
        /// The seedbox.
        seedbox: Id,
        /// What was wrong.
        because: Remote,
    },
    /// It holds no such torrent.
    #[error("`{seedbox}` holds no torrent {torrent}")]
    NoTorrent {
        /// The seedbox.
        seedbox: Id,
        /// The info-hash.
        torrent: String,
    },
    /// A list changed between planning and writing.
    #[error("`{seedbox}` has another tracker list for {torrent} than was planned from")]
    Drifted {
        /// The seedbox.
        seedbox: Id,
        /// The info-hash.
        torrent: String,
    },
    /// A list that this client's edits cannot reach, or could not come back from.
    #[error("`{seedbox}`: version {version} cannot make this tracker list, or could not undo it")]
    OutOfReach {
        /// The seedbox.
        seedbox: Id,
        /// Its version.
        version: Remote,
    },
    /// A URL that cannot stand in a tracker list.
    #[error("`{0}` is no announce URL")]
    BadUrl(Remote),
    /// It said that it did it, and did something else.
    #[error("`{seedbox}` said that it changed the list, and its list is another one")]
    Lied {
        /// The seedbox.
        seedbox: Id,
    },
}

impl SeedboxError {
    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        let said = match self {
            Self::Here { source, .. } => return source.hint(),
            Self::Net { source, .. } => source.hint()?,
            Self::Busy { .. } => "wait, then give the same command again",
            Self::NotBuilt { .. } => "change its lists by hand, with an `ask` step",
            Self::Denied { .. } => {
                "`credential` is `user:password`; check the daemon's `rpc-whitelist` too"
            }
            Self::Status { .. } | Self::Malformed { .. } => {
                "`rpc` is the base URL; `transmission/rpc` is appended to it"
            }
            Self::Drifted { .. } => "plan again",
            Self::OutOfReach { .. } => {
                "before version 4 it cannot put a tracker into a tier of others: give it a tier of its own"
            }
            Self::Lied { .. } => "look at the torrent before anything else is changed",
            Self::Rejected { .. } | Self::NoTorrent { .. } | Self::BadUrl(_) => return None,
        };
        Some(said.to_owned())
    }

    /// Tells whether a write that ended so surely changed nothing.
    pub(super) fn surely_nothing_changed(&self) -> bool {
        match self {
            Self::NotBuilt { .. }
            | Self::Here { .. }
            | Self::Denied { .. }
            | Self::Rejected { .. }
            | Self::NoTorrent { .. }
            | Self::Drifted { .. }
            | Self::OutOfReach { .. }
            | Self::BadUrl(_) => true,
            Self::Net { source, .. } => source.surely_not_sent(),
            // A gateway's word about what is behind it: 408 and 5xx may come after the effect.
            Self::Status { status, .. } => (400..500).contains(status) && *status != 408,
            Self::Malformed { .. } | Self::Lied { .. } | Self::Busy { .. } => false,
        }
    }

    /// Returns how long to wait before a call that surely did nothing may be sent again.
    pub(super) fn not_now(&self) -> Option<Span> {
        let Self::Busy { status, after, .. } = self else { return None };
        super::SERVICE.is_not_now(*status, after.is_some()).then(|| after.unwrap_or(LATER))
    }

    /// Names what a reply was.
    pub(super) fn of_reply(seedbox: &Id, error: TransmissionError) -> Self {
        let seedbox = seedbox.clone();
        match error {
            TransmissionError::Said(said) => {
                Self::Rejected { seedbox, said: Remote::nameless(said.raw().as_bytes()) }
            }
            TransmissionError::NotJson(_) | TransmissionError::Lacks(_) => {
                Self::Malformed { seedbox, because: Remote::nameless(error.to_string().as_bytes()) }
            }
        }
    }
}
