//! One DNS question to one server, tried again within one budget.
//!
//! Over UDP on a connected socket, which hears a closed port at once; over streams, encrypted or not, on one
//! connection a try, where a refusal costs its try alone. Follows no referral and no truncation.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::streams::Message;
use super::way::Way;
use crate::host::{HostError, random};
use crate::model::{Bulk, Declaration, DnsAnswer, Ending, Inconclusive, Remote, RequestKind, Span};
use crate::net::{
    Asked, Companion, Deadline, Door, NetError, Origin, Peer, Question, Stopwatch, Transport,
};
use crate::service::{Budget, ending};
use crate::wire::dns::{Query, decode, encode_query, is_answer_to};

/// What a name server is held to.
pub const SERVICE: Declaration = Declaration {
    name: "dns",
    settle: Span::from_millis(0),
    settle_because: "a question changes nothing",
    conditional: false,
    quota: None,
    not_now: &[],
    requests: &[RequestKind::read("QUERY")],
    read: 1,
    write: 0,
    bulk: Bulk::NONE,
};

/// How long an answer is listened on for at most, for a second, different one.
const LISTENING: Duration = Duration::from_secs(1);

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// How it ended.
    pub ending: Ending<DnsAnswer>,
    /// How many tries left this machine.
    pub sent: u32,
    /// How many answers came to them, copies included.
    pub heard: u32,
    /// A second answer to the same try, which says something else.
    pub second: Option<DnsAnswer>,
    /// How long it took until the answer or the end of the budget.
    pub took: Duration,
}

impl Told {
    pub(super) const fn without_answer(ending: Ending<DnsAnswer>, sent: u32) -> Self {
        Self { ending, sent, heard: 0, second: None, took: Duration::ZERO }
    }

    /// Takes back a silence that was not waited for: less than half of the budget was left for it.
    pub fn unless_cut_short(self, rest: Budget, whole: Budget) -> Self {
        if self.ending == Ending::TimedOut && rest.budget < whole.budget / 2 {
            return Self { ending: Ending::Inconclusive(Inconclusive::Deadline), ..self };
        }
        self
    }
}

/// What is listened to over UDP.
#[derive(Clone, Debug)]
pub enum Hearing {
    /// The first answer.
    First,
    /// The first answer, and for a second while others of its group still wait for theirs.
    Beside(Arc<Companion>),
    /// Every answer to every try, to count them.
    Every,
}

/// A way to one server, and what may be spent on it.
#[derive(Clone, Debug)]
pub struct Caller<'a> {
    /// The way to the network.
    pub door: &'a Door,
    /// Where.
    pub server: SocketAddr,
    /// Who named that address.
    pub origin: Origin,
    /// How.
    pub way: Way,
    /// What it may cost.
    pub budget: Budget,
    /// What is listened to.
    pub hearing: Hearing,
}

/// Asks a server, and takes the first answer. The answer may be any: an error code is an answer too.
pub async fn ask(
    door: &Door,
    server: SocketAddr,
    origin: Origin,
    way: impl Into<Way>,
    query: &Query,
    budget: Budget,
) -> Told {
    let way = way.into();
    Caller { door, server, origin, way, budget, hearing: Hearing::First }.ask(query).await
}

impl Caller<'_> {
    /// Asks the server.
    pub async fn ask(&self, query: &Query) -> Told {
        let (watch, until) = (Stopwatch::start(), Deadline::after(self.budget.budget));
        let mut told = self.once(query, self.budget).await;
        let unknown_option =
            matches!(&told.ending, Ending::Answered(answer) if answer.rcode == "FORMERR");
        if unknown_option && query.payload.is_some() {
            // A server from before RFC 6891 says so (§7); it is asked once more without EDNS.
            let plain = Query { payload: None, dnssec: false, ..query.clone() };
            let rest = self.budget.until(until);
            let again = self.once(&plain, rest).await.unless_cut_short(rest, self.budget);
            let (sent, heard) = (told.sent + again.sent, told.heard + again.heard);
            told = Told { sent, heard, ..again };
        }
        Told { took: watch.took(), ..told }
    }

    async fn once(&self, query: &Query, budget: Budget) -> Told {
        let local =
            |text: String| Told::without_answer(Ending::Inconclusive(Inconclusive::Local(text)), 0);
        let id = match self.id() {
            Ok(id) => id,
            Err(error) => return local(error.to_string()),
        };
        let request = match encode_query(id, query) {
            Ok(request) => request,
            Err(error) => return local(error.to_string()),
        };
        let peer = match self.door.admit(self.server, self.way.carrier(), self.origin) {
            Ok(peer) => peer,
            Err(error) => return Told::without_answer(ending(&error), 0),
        };
        match self.way.carrier() {
            Transport::Udp => self.over_udp(&peer, id, request, query, budget).await,
            Transport::Tcp => {
                self.over_streams(&peer, &Message { id, bytes: &request, query }, budget).await
            }
        }
    }

    /// Returns the question's id: a secret from forgers, but 0 where caches of HTTP keep answers (RFC 8484 §4.1).
    fn id(&self) -> Result<u16, HostError> {
        match self.way {
            Way::Https(..) => Ok(0),
            Way::Plain(_) | Way::Tls(_) => random::u16(),
        }
    }

    async fn over_udp(
        &self,
        peer: &Peer,
        id: u16,
        request: Vec<u8>,
        query: &Query,
        budget: Budget,
    ) -> Told {
        let asked = query.clone();
        let accept = move |bytes: &[u8]| is_answer_to(bytes, id, &asked);
        let mut question = Question::spread(request, accept, budget.tries, budget.budget);
        match &self.hearing {
            Hearing::First => {}
            Hearing::Every => question.every = true,
            Hearing::Beside(companion) => {
                question.companion = Some(Arc::clone(companion));
                question.linger = LISTENING.min(budget.budget / 3);
            }
        }
        let asked = self.door.ask_connected(peer, &question).await;
        let ending = match &asked.answer {
            Ok(datagram) => read(&datagram.bytes, datagram.took),
            Err(NetError::TimedOut) => silence(&asked),
            Err(error) => ending(error),
        };
        let second = ending.answer().and_then(|first| second(first, &asked));
        Told { ending, sent: asked.sent, heard: asked.heard, second, took: Duration::ZERO }
    }
}

/// Returns an answer that says something else than the first. Two tries may well have two answers: only more
/// answers than tries are too many.
fn second(first: &DnsAnswer, asked: &Asked) -> Option<DnsAnswer> {
    let later = asked.later.iter().filter(|_| asked.heard > asked.sent);
    let answers = later.filter_map(|datagram| decode(&datagram.bytes).ok());
    answers.map(|(_, answer)| answer).find(|answer| says_else(first, answer))
}

/// Tells whether two answers say different things: order and times to live do not count.
fn says_else(one: &DnsAnswer, two: &DnsAnswer) -> bool {
    let said = |answer: &DnsAnswer| {
        let records = answer.answers.iter();
        let mut records: Vec<_> =
            records.map(|it| (it.name.clone(), it.kind.clone(), it.data.clone())).collect();
        records.sort();
        (answer.rcode.clone(), records)
    };
    said(one) != said(two)
}

/// Tells a server that says nothing from one that says nonsense, and both from one never asked.
fn silence(asked: &Asked) -> Ending<DnsAnswer> {
    match asked.strays.first() {
        Some(stray) => nonsense(&stray.bytes),
        None if asked.sent == 0 => Ending::Inconclusive(Inconclusive::Deadline),
        None => Ending::TimedOut,
    }
}

pub(super) fn read(bytes: &[u8], took: Duration) -> Ending<DnsAnswer> {
    match decode(bytes) {
        Ok((_, answer)) => {
            let (latency_ms, bytes) =
                (millis(took), u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            Ending::Answered(DnsAnswer { latency_ms, bytes, ..answer })
        }
        Err(error) => Ending::Malformed(Remote::new(error.to_string())),
    }
}

/// Says what is wrong with bytes that are not the answer.
pub(super) fn nonsense<T>(bytes: &[u8]) -> Ending<T> {
    let why = decode(bytes).map(|_| "an answer to another question".to_owned());
    Ending::Malformed(Remote::new(why.unwrap_or_else(|error| error.to_string())))
}

/// Returns whole milliseconds.
fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
