//! Why a drill's world cannot be played.

use std::net::SocketAddr;

use thiserror::Error;

use crate::model::Id;
use crate::net::NetError;

/// Why a drill's world cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorldError {
    /// A line of the timeline has no fault, or several.
    #[error("the timeline's line {0} has not exactly one fault")]
    NotOneFault(usize),
    /// A fault names what the estate does not have.
    #[error("the timeline's line {line} names `{id}`, which the estate does not have")]
    Unknown {
        /// Which line, from 1.
        line: usize,
        /// The name.
        id: Id,
    },
    /// A machine other than a name server can be lame or failing only as a whole.
    #[error("the timeline's line {0} makes a part of a machine lame or failing")]
    PartlyLame(usize),
    /// Two services that speak differently share an address and port.
    #[error("two services that speak differently share {0}")]
    Clash(SocketAddr),
    /// Loopback failed.
    #[error("a loopback server cannot be played: {0}")]
    Net(#[from] NetError),
}

impl WorldError {
    /// Returns what to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotOneFault(_) => {
                "write one key under `fault`; `lifeboat schema scenario` lists them"
            }
            Self::Unknown { .. } => "use an id of the estate that the drill plays",
            Self::PartlyLame(_) => {
                "leave out `only` and `transport`, or use `hung`, `refused` or `dark`"
            }
            Self::Clash(_) => "give each service of the estate its own address or port",
            Self::Net(_) => {
                "see whether this machine lets you open sockets on 127.0.0.1, and how many (`ulimit -n`)"
            }
        }
    }
}
