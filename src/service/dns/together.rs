//! Many questions to one server on one connection (RFC 7766 §6.2.1.1), some of them under way at once.
//!
//! What it leaves unanswered since it closes the connection, or says something else, is asked by itself.

use super::ask::read;
use super::round::{Server, query};
use super::streams::next_message;
use crate::host::random;
use crate::model::{DnsAnswer, Ending};
use crate::net::{Deadline, Door, NetError, Stopwatch, Stream, Transport};
use crate::service::{Budget, ending};
use crate::wire::dns::{Query, encode_query, is_answer_to};

/// How many questions are under way on the connection.
const UNDER_WAY: usize = 32;

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
    let mut stream = match opened.await {
        Ok(stream) => stream,
        Err(error) => return questions.iter().map(|_| Some(ending(&error))).collect(),
    };
    let mut endings = Vec::with_capacity(questions.len());
    for bundle in questions.chunks(UNDER_WAY) {
        let mut answers = vec![None; bundle.len()];
        let until = Deadline::after(budget.budget);
        let played = play(&mut stream, server, bundle, &mut answers, until).await;
        endings.append(&mut answers);
        match played {
            Ok(()) => {}
            Err(NetError::TimedOut) => return silent(endings, questions.len()),
            Err(_) => break,
        }
    }
    endings.resize(questions.len(), None);
    endings
}

/// Gives a server up that said nothing for a whole budget: what it did not answer is not asked once more.
fn silent(endings: Vec<Option<Ending<DnsAnswer>>>, count: usize) -> Vec<Option<Ending<DnsAnswer>>> {
    let rest = std::iter::repeat(None);
    let all = endings.into_iter().chain(rest).take(count);
    all.map(|it| Some(it.unwrap_or(Ending::TimedOut))).collect()
}

/// Asks a bundle, and puts each answer in its place, whatever the order in which they come.
async fn play(
    stream: &mut Stream,
    server: &Server,
    bundle: &[(&str, &str)],
    answers: &mut [Option<Ending<DnsAnswer>>],
    until: Deadline,
) -> Result<(), NetError> {
    let first = random::u16().map_err(|_| NetError::Local(std::io::ErrorKind::Other))?;
    let queries: Vec<Query> = bundle.iter().map(|(name, kind)| query(server, name, kind)).collect();
    let mut bytes = Vec::new();
    for (place, query) in (0..).zip(&queries) {
        let message = encode_query(first.wrapping_add(place), query);
        let message = message.map_err(|_| NetError::BadRequest("no question"))?;
        let length = u16::try_from(message.len()).map_err(|_| NetError::BadRequest("too long"))?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(message);
    }
    let watch = Stopwatch::start();
    stream.write_all(&bytes, until).await?;
    for _ in 0..bundle.len() {
        let bytes = next_message(stream, until).await?;
        let id = bytes.first_chunk::<2>().map(|id| u16::from_be_bytes(*id));
        let id = id.ok_or(NetError::Malformed)?;
        let place = usize::from(id.wrapping_sub(first));
        let query = queries.get(place).ok_or(NetError::Malformed)?;
        if answers[place].is_some() || !is_answer_to(&bytes, id, query) {
            return Err(NetError::Malformed);
        }
        let ending = read(&bytes, watch.took());
        // It may know no EDNS, and is asked again without.
        let unknown_option = ending.answer().is_some_and(|answer| answer.rcode == "FORMERR");
        answers[place] = Some(ending).filter(|_| !unknown_option);
    }
    Ok(())
}
