//! A question over connections: TCP (RFC 7766), TLS (RFC 7858) and HTTPS (RFC 8484), one question on each.

use super::ask::{Caller, Told, nonsense, read};
use super::https::{self, Place};
use super::way::Way;
use crate::model::{DnsAnswer, Ending, Inconclusive};
use crate::net::{Deadline, NetError, Peer, Stopwatch, Stream};
use crate::service::{Budget, ending};
use crate::wire::dns::{Query, is_answer_to};

/// A message under way, with its id.
pub(super) struct Message<'a> {
    pub id: u16,
    pub bytes: &'a [u8],
    pub query: &'a Query,
}

impl Caller<'_> {
    /// Asks on one connection after the other, for as long as they fail early.
    pub(super) async fn over_streams(
        &self,
        peer: &Peer,
        message: &Message<'_>,
        budget: Budget,
    ) -> Told {
        let until = Deadline::after(budget.budget);
        let gap = budget.budget.mul_f64(0.8) / budget.tries.max(1);
        let (mut sent, mut last) = (0, Ending::Inconclusive(Inconclusive::Deadline));
        for left in (0..budget.tries.max(1)).rev() {
            if until.passed() {
                break;
            }
            let next = until.within(gap);
            last = self.on_a_stream(peer, message, until).await;
            sent += u32::from(!matches!(last, Ending::Inconclusive(_)));
            // Only what failed early is worth another connection: TCP repeats lost packets itself.
            let failed = matches!(last, Ending::Refused | Ending::Unreachable | Ending::Closed);
            if !failed || left == 0 {
                break;
            }
            next.wait().await;
        }
        let heard = u32::from(last.answer().is_some());
        Told { heard, ..Told::without_answer(last, sent) }
    }

    async fn on_a_stream(
        &self,
        peer: &Peer,
        message: &Message<'_>,
        until: Deadline,
    ) -> Ending<DnsAnswer> {
        let watch = Stopwatch::start();
        match self.exchange(peer, message.bytes, until).await {
            Ok(bytes) if is_answer_to(&bytes, message.id, message.query) => {
                read(&bytes, watch.took())
            }
            Ok(bytes) => nonsense(&bytes),
            Err(ending) => ending,
        }
    }

    async fn exchange(
        &self,
        peer: &Peer,
        message: &[u8],
        until: Deadline,
    ) -> Result<Vec<u8>, Ending<DnsAnswer>> {
        let here = |why: &String| Ending::Inconclusive(Inconclusive::Local(why.clone()));
        let framed = match &self.way {
            Way::Plain(_) => framed(self.door.tcp(peer, until).await, message, until).await,
            Way::Tls(proof) => {
                let ca = proof.ca.as_ref().map_err(here)?.as_deref();
                framed(self.door.tls(peer, &proof.name, ca, until).await, message, until).await
            }
            Way::Https(proof, path) => {
                let (server, ca) = (self.server, proof.ca.as_ref().map_err(here)?.as_deref());
                let place = Place { server, name: &proof.name, path, ca };
                return https::exchange(self.door, &place, message, until).await;
            }
        };
        framed.map_err(|error| ending(&error))
    }
}

/// Exchanges one message over a connection, each with its length before it (RFC 1035 §4.2.2, RFC 7858 §3.3).
async fn framed(
    opened: Result<Stream, NetError>,
    message: &[u8],
    until: Deadline,
) -> Result<Vec<u8>, NetError> {
    let length = u16::try_from(message.len()).map_err(|_| NetError::BadRequest("too long"))?;
    let mut stream = opened?;
    stream.write_all(&[&length.to_be_bytes(), message].concat(), until).await?;
    next_message(&mut stream, until).await
}

/// Reads one message with its length before it.
pub(super) async fn next_message(
    stream: &mut Stream,
    until: Deadline,
) -> Result<Vec<u8>, NetError> {
    let length = stream.read_exact(2, until).await?;
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    stream.read_exact(length, until).await
}
