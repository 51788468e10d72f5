//! Many questions to one server on one connection (RFC 7766 §6.2.1.1), some of them under way at once.
//!
//! What it leaves unanswered since it closes the connection, or says something else, is asked by itself.

use super::ask::read;
use super::round::{Server, query};
use crate::host::random;
use crate::model::{DnsAnswer, Ending};
use crate::net::{Deadline, Door, NetError, Stopwatch, Stream, Transport};
use crate::service::{Budget, ending};
use crate::wire::dns::{Query, encode_query, is_answer_to};

/// How many questions are under way on the connection.
const UNDER_WAY: usize = 64;

/// How many answers each budget is for: a server may be slow, as long as it is not much slower than that.
const ENOUGH: usize = 32;

/// The most bytes that are read at once.
const PIECE: usize = 16 << 10;

/// Asks a server for each name and type, and returns an ending for each; nothing for what is to be asked by itself.
///
/// A server that takes no connection has the same ending for each.
pub(super) async fn ask(
    door: &Door,
    server: &Server,
    questions: &[(&str, &str)],
    budget: Budget,
) -> Vec<Option<Ending<DnsAnswer>>> {
    let until = Deadline::after(budget.budget);
    let opened = async {
        let peer = door.admit(server.address, Transport::Tcp, server.origin())?;
        door.tcp(&peer, until).await
    };
    let stream = match opened.await {
        Ok(stream) => stream,
        Err(error) => return questions.iter().map(|_| Some(ending(&error))).collect(),
    };
    let Ok(first) = random::u16() else { return vec![None; questions.len()] };
    let queries: Vec<Query> =
        questions.iter().map(|(name, kind)| query(server, name, kind)).collect();
    let endings = vec![None; queries.len()];
    let mut talk = Talk { stream, first, queries, under_way: Vec::new(), endings, heard: 0 };
    match talk.play(budget).await {
        // It said nothing for a whole budget: what it did not answer is not asked once more.
        Err(NetError::TimedOut) => {
            let given_up = talk.endings.into_iter().map(|it| it.or(Some(Ending::TimedOut)));
            given_up.collect()
        }
        Ok(()) | Err(_) => talk.endings,
    }
}

/// One connection and what is asked on it, in order; each question's id says its place.
struct Talk {
    stream: Stream,
    first: u16,
    queries: Vec<Query>,
    /// Since when each that was asked is under way; nothing once it was answered.
    under_way: Vec<Option<Stopwatch>>,
    endings: Vec<Option<Ending<DnsAnswer>>>,
    /// How many were answered.
    heard: usize,
}

impl Talk {
    /// Asks on as answers come, in whatever order, for as long as enough of them come within each budget.
    async fn play(&mut self, budget: Budget) -> Result<(), NetError> {
        let mut bytes = Vec::new();
        let (mut until, mut enough) = (Deadline::after(budget.budget), ENOUGH);
        while self.heard < self.queries.len() {
            self.ask_on(until).await?;
            let piece = self.stream.read_some_at_once(PIECE, until).await?;
            if piece.is_empty() {
                return Err(NetError::Closed);
            }
            bytes.extend(piece);
            while let Some(mut message) = take_message(&mut bytes) {
                self.stream.hide(&mut message);
                self.take(&message)?;
            }
            if self.heard >= enough {
                (until, enough) = (Deadline::after(budget.budget), self.heard + ENOUGH);
            }
        }
        Ok(())
    }

    /// Sends as many questions as there is room for.
    async fn ask_on(&mut self, until: Deadline) -> Result<(), NetError> {
        let mut bytes = Vec::new();
        let asked = self.under_way.len();
        let room = UNDER_WAY - (asked - self.heard);
        for (place, query) in self.queries.iter().enumerate().skip(asked).take(room) {
            let message = encode_query(self.id(place)?, query);
            let message = message.map_err(|_| NetError::BadRequest("no question"))?;
            let length =
                u16::try_from(message.len()).map_err(|_| NetError::BadRequest("too long"))?;
            bytes.extend(length.to_be_bytes());
            bytes.extend(message);
            self.under_way.push(Some(Stopwatch::start()));
        }
        self.stream.write_all(&bytes, until).await
    }

    fn id(&self, place: usize) -> Result<u16, NetError> {
        let place = u16::try_from(place).map_err(|_| NetError::BadRequest("too many"))?;
        Ok(self.first.wrapping_add(place))
    }

    /// Puts an answer in its place.
    fn take(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        let id = bytes.first_chunk::<2>().map(|id| u16::from_be_bytes(*id));
        let id = id.ok_or(NetError::Malformed)?;
        let place = usize::from(id.wrapping_sub(self.first));
        let watch = self.under_way.get_mut(place).and_then(Option::take);
        let (Some(watch), Some(query)) = (watch, self.queries.get(place)) else {
            return Err(NetError::Malformed);
        };
        if !is_answer_to(bytes, id, query) {
            return Err(NetError::Malformed);
        }
        self.heard += 1;
        let ending = read(bytes, watch.took());
        // It may know no EDNS, and is asked again without.
        let unknown_option = ending.answer().is_some_and(|answer| answer.rcode == "FORMERR");
        self.endings[place] = Some(ending).filter(|_| !unknown_option);
        Ok(())
    }
}

/// Takes the first message, with its length before it, as soon as it is there.
fn take_message(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = usize::from(u16::from_be_bytes(*bytes.first_chunk()?));
    let message = bytes.get(2..2 + length)?.to_vec();
    bytes.drain(..2 + length);
    Some(message)
}
