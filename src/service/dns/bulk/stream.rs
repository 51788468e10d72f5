//! What was cut, asked again over TCP: many questions on one connection (RFC 7766 §6.2.1.1).

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::time::Duration;

use super::caller::head;
use super::{Hearer, Manner, Outcome, Tally, judge};
use crate::host::random;
use crate::net::{Deadline, Door, NetError, Origin, Peer, Transport};
use crate::service::dns::streams::next_message;
use crate::wire::dns::{Glance, Roll};

/// How many questions are under way on a connection.
const TOGETHER: usize = 32;

/// How many connections in a row may bring nothing.
const FAILURES: u8 = 3;

/// How long a connection, and an answer on it, is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Connections to one server, one after the other.
pub struct Streams<'a> {
    pub door: &'a Door,
    pub server: SocketAddr,
    pub roll: &'a Roll,
    pub manner: Manner,
    pub tally: &'a mut Tally,
}

/// Questions that left together, with ids from `first` on.
struct Bundle {
    numbers: Vec<u32>,
    first: u16,
}

impl Streams<'_> {
    /// Asks for questions until each is answered, or nobody answers any more.
    pub async fn ask<H: Hearer>(&mut self, cut: Vec<u32>, hearer: &mut H) -> Result<(), NetError> {
        let (mut left, mut failures) = (cut, 0);
        if left.is_empty() {
            return Ok(());
        }
        let peer = self.door.admit(self.server, Transport::Tcp, Origin::Estate)?;
        while !left.is_empty() && failures < FAILURES && !self.manner.until.passed() {
            let before = left.len();
            // Whatever ends a connection ends it alone: what was answered on it is answered.
            let _ = self.play(&peer, &mut left, hearer).await;
            failures = if left.len() < before { 0 } else { failures + 1 };
        }
        for number in left {
            let _ = hearer.hear(number as usize, Outcome::Lost(failures));
        }
        Ok(())
    }

    /// Asks over one connection as long as it answers, and takes what was answered off the list.
    async fn play<H: Hearer>(
        &mut self,
        peer: &Peer,
        left: &mut Vec<u32>,
        hearer: &mut H,
    ) -> Result<(), NetError> {
        let mut stream = self.door.tcp(peer, self.patience()).await?;
        while !left.is_empty() {
            let numbers: Vec<u32> = left.iter().copied().take(TOGETHER).collect();
            let first = random::u16().map_err(|_| NetError::Local(std::io::ErrorKind::Other))?;
            let bundle = Bundle { numbers, first };
            let bytes = bundle.messages(self.roll, self.manner.recursion);
            stream.write_all(&bytes, self.patience()).await?;
            self.tally.sent += bundle.numbers.len() as u64;
            for _ in 0..bundle.numbers.len() {
                let bytes = next_message(&mut stream, self.patience()).await?;
                self.take(&bytes, &bundle, left, hearer)?;
            }
        }
        Ok(())
    }

    fn patience(&self) -> Deadline {
        self.manner.until.within(PATIENCE)
    }

    fn take<H: Hearer>(
        &mut self,
        bytes: &[u8],
        bundle: &Bundle,
        left: &mut Vec<u32>,
        hearer: &mut H,
    ) -> Result<(), NetError> {
        let found =
            bundle.number(bytes).filter(|number| left.contains(number)).and_then(|number| {
                Some((number, Glance::of(bytes, self.roll.question(number as usize))?))
            });
        let Some((number, glance)) = found else {
            self.tally.strays += 1;
            return Err(NetError::Malformed);
        };
        left.retain(|it| *it != number);
        let outcome = judge(self.roll, number as usize, glance, &mut Vec::new());
        // Cut over TCP, too: that is no answer to anything.
        match hearer.hear(number as usize, outcome.unwrap_or(Outcome::Broken(glance))) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(NetError::Closed),
        }
    }
}

impl Bundle {
    fn messages(&self, roll: &Roll, recursion: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (place, number) in (0..).zip(&self.numbers) {
            let head = head(self.first.wrapping_add(place), recursion);
            let question = roll.question(*number as usize);
            let length = u16::try_from(head.len() + question.len()).unwrap_or_default();
            bytes.extend(length.to_be_bytes());
            bytes.extend(head);
            bytes.extend(question);
        }
        bytes
    }

    /// Returns the question whose id a message has.
    fn number(&self, message: &[u8]) -> Option<u32> {
        let id = u16::from_be_bytes(*message.first_chunk::<2>()?);
        self.numbers.get(usize::from(id.wrapping_sub(self.first))).copied()
    }
}
