//! What is asked over UDP, and all that came of it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Companion, Deadline, NetError};
use crate::model::KnownSecrets;

/// Tells whether a datagram answers the question: the right transaction id, the right shape.
pub type Accept = Arc<dyn Fn(&[u8]) -> bool + Send + Sync>;

/// What a refusal means for the tries that are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusals {
    /// The first one ends the question.
    Final,
    /// Each costs its try; the question ends with the last one.
    Counted,
}

/// A request that is sent several times within one budget until something answers it.
#[derive(Clone)]
pub struct Question {
    /// The datagram.
    pub request: Vec<u8>,
    /// What counts as its answer.
    pub accept: Accept,
    /// When each try leaves, counted from the first moment a socket is there; ascending.
    pub tries: Vec<Duration>,
    /// When the budget ends.
    pub until: Deadline,
    /// What a refusal means.
    pub refusals: Refusals,
    /// How long to go on listening after the answer, for a second, different one.
    pub linger: Duration,
    /// What is asked beside it: once nobody there waits any more, it does not listen on either, except for
    /// what its own further tries may still bring.
    pub companion: Option<Arc<Companion>>,
    /// Every try leaves, whatever was answered, so that answers can be counted.
    pub every: bool,
}

/// A datagram that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Its payload.
    pub bytes: Vec<u8>,
    /// Who sent it.
    pub from: SocketAddr,
    /// The time since the last try that left before it.
    pub took: Duration,
}

/// What came of a question.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The first answer, or why there is none.
    pub answer: Result<Datagram, NetError>,
    /// How many tries left this machine.
    pub sent: u32,
    /// How many of them were refused.
    pub refused: u32,
    /// How many answers came, copies included.
    pub heard: u32,
    /// What came and is no answer: from the peer with another content, or the right content from
    /// another address. At most [`Asked::STRAYS`].
    pub strays: Vec<Datagram>,
    /// Further answers that came while lingering.
    pub later: Vec<Datagram>,
}

impl Question {
    /// Makes a question whose tries are spread evenly over the first four fifths of a budget.
    pub fn spread(
        request: Vec<u8>,
        accept: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
        tries: u32,
        budget: Duration,
    ) -> Self {
        let gap = budget.mul_f64(0.8) / tries.max(1);
        Self {
            request,
            accept: Arc::new(accept),
            tries: (0..tries.max(1)).map(|n| gap * n).collect(),
            until: Deadline::after(budget),
            refusals: Refusals::Counted,
            linger: Duration::ZERO,
            companion: None,
            every: false,
        }
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tries = self.tries.len();
        write!(f, "Question({} bytes, {tries} tries)", self.request.len())
    }
}

impl Asked {
    /// Overwrites known secrets in every datagram.
    pub(super) fn hiding(mut self, known: &KnownSecrets) -> Self {
        let heard = self.answer.iter_mut().chain(&mut self.strays).chain(&mut self.later);
        for datagram in heard {
            known.hide(&mut datagram.bytes);
        }
        self
    }

    /// The most strays and later answers that are kept.
    pub const STRAYS: usize = 8;

    /// Makes the result of a question that never left.
    pub(super) fn not_sent(error: NetError) -> Self {
        let (strays, later) = (Vec::new(), Vec::new());
        Self { answer: Err(error), sent: 0, refused: 0, heard: 0, strays, later }
    }

    /// Returns the right answer that came from a wrong address, if one did.
    pub fn from_elsewhere(&self, peer: &super::Peer) -> Option<&Datagram> {
        self.strays.iter().find(|stray| stray.from != peer.address())
    }
}
