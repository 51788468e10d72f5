//! The course of one question: when to send, what to keep, when to stop. Opens no socket itself.

use std::net::SocketAddr;

use tokio::time::Instant;

use super::{Asked, Datagram, NetError, Question, Refusals};

/// One question under way.
pub(super) struct Exchange<'a> {
    question: &'a Question,
    began: Instant,
    last_try: Instant,
    next: usize,
    sent: u32,
    refused: u32,
    failure: Option<NetError>,
    answer: Option<Datagram>,
    until: Instant,
    done: bool,
    strays: Vec<Datagram>,
    later: Vec<Datagram>,
}

impl<'a> Exchange<'a> {
    /// Begins now.
    pub fn new(question: &'a Question) -> Self {
        let began = Instant::now();
        Self {
            question,
            began,
            last_try: began,
            next: 0,
            sent: 0,
            refused: 0,
            failure: None,
            answer: None,
            until: question.until.instant(),
            done: false,
            strays: Vec::new(),
            later: Vec::new(),
        }
    }

    /// Tells whether nothing is to be waited for any more.
    pub fn is_over(&self) -> bool {
        self.done || Instant::now() >= self.until
    }

    /// Returns when to wake at the latest: for the next try, or for the end.
    pub fn wake(&self) -> Instant {
        self.due().map_or(self.until, |due| due.min(self.until))
    }

    /// Tells whether a try is due, and takes note of it.
    pub fn take_try(&mut self) -> bool {
        let now = Instant::now();
        let due = self.due().is_some_and(|due| due <= now);
        if due {
            self.next += 1;
            self.last_try = now;
        }
        due
    }

    fn due(&self) -> Option<Instant> {
        let open = self.answer.is_none() && !self.done;
        let offset = self.question.tries.get(self.next).filter(|_| open)?;
        Some(self.began + *offset)
    }

    /// Takes note of a try that left, or of why it could not.
    pub fn tried(&mut self, result: Result<(), NetError>) {
        match result {
            Ok(()) => self.sent += 1,
            Err(error) => {
                let hopeless = error == NetError::NoRoute;
                self.failure.get_or_insert(error);
                self.done |= hopeless && self.sent == 0;
            }
        }
    }

    /// Takes a datagram from the peer, or an acceptable one from elsewhere.
    pub fn heard(&mut self, bytes: &[u8], from: SocketAddr, is_peer: bool) {
        let took = self.last_try.elapsed();
        let datagram = Datagram { bytes: bytes.to_vec(), from, took };
        if !is_peer || !(self.question.accept)(bytes) {
            keep(&mut self.strays, datagram);
        } else if self.answer.is_some() {
            keep(&mut self.later, datagram);
        } else {
            self.answer = Some(datagram);
            self.until = self.until.min(Instant::now() + self.question.linger);
        }
    }

    /// Takes a refusal of one of this question's own tries.
    pub fn refused(&mut self, error: NetError) {
        self.refused += 1;
        self.failure = Some(error);
        let last = self.next >= self.question.tries.len();
        self.done |= self.answer.is_none() && (last || self.question.refusals == Refusals::Final);
    }

    /// Ends it.
    pub fn finish(self) -> Asked {
        let silent = || self.failure.filter(|_| self.sent == 0 || self.refused > 0);
        let answer = match self.answer {
            Some(answer) => Ok(answer),
            None => Err(silent().unwrap_or(NetError::TimedOut)),
        };
        let (sent, refused) = (self.sent, self.refused);
        Asked { answer, sent, refused, strays: self.strays, later: self.later }
    }
}

fn keep(list: &mut Vec<Datagram>, datagram: Datagram) {
    if list.len() < Asked::STRAYS {
        list.push(datagram);
    }
}
