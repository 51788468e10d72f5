//! The course of one question: when to send, what to keep, when to stop. Opens no socket itself.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::{Asked, Datagram, NetError, Question, Refusals};

/// How long an answer is listened on for once nobody beside it waits any more: what was on its way is let in.
const LAST: Duration = Duration::from_millis(20);

/// One question under way.
pub(super) struct Exchange<'a> {
    question: &'a Question,
    began: Instant,
    last_try: Instant,
    next: usize,
    sent: u32,
    refused: u32,
    heard: u32,
    failure: Option<NetError>,
    answer: Option<Datagram>,
    answered: Option<Instant>,
    until: Instant,
    done: bool,
    /// It listens on for nobody's sake any more.
    alone: bool,
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
            heard: 0,
            failure: None,
            answer: None,
            answered: None,
            until: question.until.instant(),
            done: false,
            alone: false,
            strays: Vec::new(),
            later: Vec::new(),
        }
    }

    /// Tells whether nothing is to be waited for any more.
    pub fn is_over(&self) -> bool {
        self.done || Instant::now() >= self.until
    }

    /// Waits for an event, but no longer than until the next try or the end is due.
    pub async fn next<T>(&mut self, event: impl Future<Output = T>) -> Option<T> {
        let wake = self.due().map_or(self.until, |due| due.min(self.until));
        let listening = self.answer.is_some() && !self.alone;
        let question = self.question;
        let companion = question.companion.as_ref().filter(|_| listening);
        let alone = async {
            match companion {
                Some(companion) => companion.alone().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = event => return Some(event),
            () = tokio::time::sleep_until(wake) => return None,
            () = alone => {}
        }
        self.alone = true;
        self.until = self.until.min((Instant::now() + LAST).max(self.copies_due()));
        None
    }

    /// Returns until when copies of the answer may come that its further tries caused: an answer takes at most as
    /// long as the first one took since the first try.
    fn copies_due(&self) -> Instant {
        let answered = self.answered.filter(|_| self.heard < self.sent);
        answered.map_or(self.began, |at| at + (at - self.began))
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
        let open = (self.answer.is_none() || self.question.every) && !self.done;
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
            return keep(&mut self.strays, datagram);
        }
        self.heard += 1;
        if self.answer.is_some() {
            keep(&mut self.later, datagram);
        } else {
            self.answer = Some(datagram);
            self.has_answer();
        }
        let tries = self.question.tries.len();
        // Nothing more can come of the tries, and whoever counts them waits for nothing else.
        self.done |= self.question.every && usize::try_from(self.heard).is_ok_and(|n| n >= tries);
    }

    /// Decides how long to listen on.
    fn has_answer(&mut self) {
        let now = Instant::now();
        self.answered = Some(now);
        if !self.question.every {
            self.until = self.until.min(now + self.question.linger);
        }
        if let Some(companion) = &self.question.companion {
            companion.answered();
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
        let Self { sent, refused, heard, strays, later, .. } = self;
        Asked { answer, sent, refused, heard, strays, later }
    }
}

fn keep(list: &mut Vec<Datagram>, datagram: Datagram) {
    if list.len() < Asked::STRAYS {
        list.push(datagram);
    }
}
