//! BEP 15 over both kinds of sockets: a connected one hears refusals at once, an unconnected one also
//! hears replies from a wrong source address, as most clients do.

use std::time::Duration;

use super::{Endpoint, LEAVING, Told, leaving, malformed, millis, take_peers};
use crate::host::random;
use crate::model::{Ending, Inconclusive, Remote, TrackerAnswer};
use crate::net::{
    Asked, Datagram, Deadline, Door, NetError, Peer, Question, Refusals, Stopwatch, Transport,
};
use crate::service::{Budget, Field, PeerSet, ending};
use crate::wire::tracker_udp::{Announce, Counts, Family, InfoHash, Reply, Request, is_reply_to};

/// Why there is no reply to work with.
enum No {
    Net(NetError),
    NotSent,
    Nonsense(String),
}

/// Which kind of socket.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Socket {
    Connected,
    Shared,
}

/// A conversation with one tracker over one kind of socket, all of it within one budget.
struct Talk<'a> {
    door: &'a Door,
    peer: Peer,
    socket: Socket,
    tries: u32,
    until: Deadline,
    sent: u32,
    wrong_source: bool,
}

/// A reply, and the time since the try before it.
type Replied = (Reply, Duration);

/// Announces over both kinds of sockets, then leaves.
pub(super) async fn announce(
    field: &Field,
    endpoint: &Endpoint,
    announce: Announce,
    budget: Budget,
) -> Told {
    both(field, endpoint, Some(&announce), budget).await
}

/// Shakes hands over both kinds of sockets.
pub(super) async fn connect(field: &Field, endpoint: &Endpoint, budget: Budget) -> Told {
    both(field, endpoint, None, budget).await
}

async fn both(
    field: &Field,
    endpoint: &Endpoint,
    announce: Option<&Announce>,
    budget: Budget,
) -> Told {
    let peer = match field.door.admit(endpoint.address, Transport::Udp, endpoint.origin) {
        Ok(peer) => peer,
        Err(error) => return Told::new(ending(&error)),
    };
    let mut own = Talk::new(&field.door, peer, Socket::Connected, budget);
    let mut shared = Talk::new(&field.door, peer, Socket::Shared, budget);
    let (url_data, watch) = (url_data(endpoint), Stopwatch::start());
    let (by_own, by_shared) =
        tokio::join!(own.join_swarm(announce, &url_data), shared.join_swarm(announce, &url_data));
    let took = watch.took();
    let joined = [&by_own, &by_shared].into_iter().flatten().find(|it| is_joined(&it.1));
    if let (Some((connection, _, _)), Some(announce)) = (joined, announce) {
        leave(&field.door, &peer, *connection, announce, &url_data).await;
    }
    let mut peers = PeerSet::default();
    let mut told = |said: Result<(u64, Reply, Duration), No>, sent: u32| match said {
        Ok((_, reply, took)) => answer(field, reply, took, announce.is_some(), &mut peers),
        Err(no) => no.ending(sent),
    };
    let (ending, unconnected) = (told(by_own, own.sent), told(by_shared, shared.sent));
    let (wrong_source, sent) = (shared.wrong_source, own.sent + shared.sent);
    let unconnected = Some(unconnected);
    Told { ending, unconnected, wrong_source, peers, sent, took }
}

/// Asks for counts over both kinds of sockets and takes what either hears.
pub(super) async fn scrape(
    field: &Field,
    endpoint: &Endpoint,
    info_hashes: &[InfoHash],
    budget: Budget,
) -> Ending<Vec<Counts>> {
    let peer = match field.door.admit(endpoint.address, Transport::Udp, endpoint.origin) {
        Ok(peer) => peer,
        Err(error) => return ending(&error),
    };
    let mut own = Talk::new(&field.door, peer, Socket::Connected, budget);
    let mut shared = Talk::new(&field.door, peer, Socket::Shared, budget);
    let (by_own, by_shared) = tokio::join!(own.scrape(info_hashes), shared.scrape(info_hashes));
    match (by_own, by_shared) {
        (Ok(counts), _) | (Err(_), Ok(counts)) => Ending::Answered(counts),
        (Err(no), Err(_)) => no.ending(own.sent),
    }
}

/// Leaves the swarm. Whether it is heard does not matter to anybody who waits for a verdict.
async fn leave(door: &Door, peer: &Peer, connection: u64, announce: &Announce, url_data: &[u8]) {
    let budget = Budget { tries: 2, budget: LEAVING };
    let mut talk = Talk::new(door, *peer, Socket::Shared, budget);
    let (announce, url_data) = (leaving(announce), url_data.to_vec());
    let request = |transaction| Request::Announce { connection, transaction, announce, url_data };
    let _ = talk.ask(1, request).await;
}

/// A path is only worth sending where it tells more than that this is an announce (BEP 41).
fn url_data(endpoint: &Endpoint) -> Vec<u8> {
    match endpoint.path.as_str() {
        "" | "/" | "/announce" => Vec::new(),
        path => path.as_bytes().to_vec(),
    }
}

/// Puts a reply into the evidence's words.
fn answer(
    field: &Field,
    reply: Reply,
    took: Duration,
    announced: bool,
    peers: &mut PeerSet,
) -> Ending<TrackerAnswer> {
    let mut answer = TrackerAnswer { latency_ms: millis(took), ..TrackerAnswer::default() };
    match reply {
        Reply::Announce { interval, leechers, seeders, peers: named, .. } if announced => {
            answer.interval_s = Some(i64::from(interval));
            answer.complete = Some(i64::from(seeders));
            answer.incomplete = Some(i64::from(leechers));
            peers.join(take_peers(field, &mut answer, &named));
        }
        Reply::Connect { .. } if !announced => {}
        Reply::Error { message, .. } => answer.failure = Some(Remote::nameless(&message)),
        Reply::Bare { .. } if announced => {
            let words =
                "an empty answer, as opentracker gives for a torrent that it does not serve";
            answer.failure = Some(Remote::new(words));
        }
        Reply::Announce { .. }
        | Reply::Connect { .. }
        | Reply::Bare { .. }
        | Reply::Scrape { .. } => {
            return malformed("a reply to another question");
        }
    }
    Ending::Answered(answer)
}

impl<'a> Talk<'a> {
    fn new(door: &'a Door, peer: Peer, socket: Socket, budget: Budget) -> Self {
        let (tries, until) = (budget.tries.max(1), Deadline::after(budget.budget));
        Self { door, peer, socket, tries, until, sent: 0, wrong_source: false }
    }

    /// Connects, then announces where there is something to announce. Returns the connection id and
    /// the last reply.
    async fn join_swarm(
        &mut self,
        announce: Option<&Announce>,
        url_data: &[u8],
    ) -> Result<(u64, Reply, Duration), No> {
        let (reply, took) = self.ask(0, |transaction| Request::Connect { transaction }).await?;
        let (Reply::Connect { connection, .. }, Some(announce)) = (&reply, announce) else {
            return Ok((0, reply, took));
        };
        let connection = *connection;
        let (announce, url_data) = (announce.clone(), url_data.to_vec());
        let request =
            |transaction| Request::Announce { connection, transaction, announce, url_data };
        let (reply, took) = self.ask(1, request).await?;
        Ok((connection, reply, took))
    }

    async fn scrape(&mut self, info_hashes: &[InfoHash]) -> Result<Vec<Counts>, No> {
        let (reply, _) = self.ask(0, |transaction| Request::Connect { transaction }).await?;
        let Reply::Connect { connection, .. } = reply else { return Err(No::unexpected(reply)) };
        let info_hashes = info_hashes.to_vec();
        let wanted = info_hashes.len();
        let request = |transaction| Request::Scrape { connection, transaction, info_hashes };
        let (reply, _) = self.ask(2, request).await?;
        if let Reply::Scrape { counts, .. } = &reply
            && counts.len() == wanted
        {
            return Ok(counts.clone());
        }
        Err(No::unexpected(reply))
    }

    /// Sends one request, several times if need be, and waits for its reply.
    async fn ask(
        &mut self,
        action: u32,
        request: impl FnOnce(u32) -> Request,
    ) -> Result<Replied, No> {
        let transaction = random::u32().map_err(|error| No::Nonsense(error.to_string()))?;
        let accept = move |bytes: &[u8]| is_reply_to(bytes, action, transaction);
        let bytes = request(transaction).encode();
        let heard = match self.socket {
            Socket::Connected => self.ask_connected(bytes, accept).await?,
            Socket::Shared => self.ask_shared(bytes, accept).await?,
        };
        let reply = Reply::decode(&heard.bytes, Family::of(self.peer.address()));
        reply.map(|reply| (reply, heard.took)).map_err(|error| No::Nonsense(error.to_string()))
    }

    async fn ask_connected(
        &mut self,
        bytes: Vec<u8>,
        accept: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
    ) -> Result<Datagram, No> {
        let question = Question::spread(bytes, accept, self.tries, self.until.left());
        let asked = self.door.ask_connected(&self.peer, &question).await;
        self.sent += asked.sent;
        asked.answer.clone().map_err(|error| self.silence(error, &asked))
    }

    /// Asks try by try, so that a reply from a wrong address, which ends no question, costs one gap
    /// and not the budget.
    async fn ask_shared(
        &mut self,
        bytes: Vec<u8>,
        accept: impl Fn(&[u8]) -> bool + Send + Sync + 'static,
    ) -> Result<Datagram, No> {
        let gap = self.until.left().mul_f64(0.8) / self.tries;
        let mut question = Question::spread(bytes, accept, 1, gap);
        question.refusals = Refusals::Counted;
        let mut silence = No::NotSent;
        for left in (0..self.tries).rev() {
            question.until = if left == 0 { self.until } else { self.until.within(gap) };
            let asked = self.door.ask_shared(&self.peer, &question).await;
            self.sent += asked.sent;
            if let Some(stray) = asked.from_elsewhere(&self.peer).filter(|_| asked.answer.is_err())
            {
                self.wrong_source = true;
                return Ok(stray.clone());
            }
            match asked.answer.clone() {
                Ok(answer) => return Ok(answer),
                Err(error) if error.inconclusive() => return Err(No::Net(error)),
                Err(error) => silence = silence.then(self.silence(error, &asked)),
            }
            if left > 0 {
                question.until.wait().await;
            }
        }
        Err(silence)
    }

    /// Tells a tracker that says nothing from one that says nonsense, and both from one never asked.
    fn silence(&self, error: NetError, asked: &Asked) -> No {
        match (error, asked.strays.first()) {
            (NetError::TimedOut, Some(_)) => No::Nonsense("a reply to another question".to_owned()),
            (NetError::TimedOut, None) if self.sent == 0 => No::NotSent,
            (error, _) => No::Net(error),
        }
    }
}

impl No {
    /// Keeps what says most: nonsense, then a refusal, then silence.
    fn then(self, later: Self) -> Self {
        match (&self, &later) {
            (Self::Nonsense(_), _) => self,
            (Self::Net(error), Self::Net(NetError::TimedOut)) if *error != NetError::TimedOut => {
                self
            }
            (Self::Net(_) | Self::NotSent, _) => later,
        }
    }

    fn unexpected(reply: Reply) -> Self {
        Self::Nonsense(match reply {
            Reply::Error { message, .. } => Remote::nameless(&message).to_string(),
            Reply::Connect { .. }
            | Reply::Announce { .. }
            | Reply::Bare { .. }
            | Reply::Scrape { .. } => "a reply to another question".to_owned(),
        })
    }

    fn ending<T>(self, sent: u32) -> Ending<T> {
        match self {
            Self::NotSent => Ending::Inconclusive(Inconclusive::Deadline),
            Self::Net(NetError::TimedOut) if sent == 0 => {
                Ending::Inconclusive(Inconclusive::Deadline)
            }
            Self::Net(error) => ending(&error),
            Self::Nonsense(why) => malformed(why),
        }
    }
}

/// Tells whether a reply means that we are in the swarm now.
const fn is_joined(reply: &Reply) -> bool {
    match reply {
        Reply::Announce { .. } => true,
        Reply::Connect { .. } | Reply::Bare { .. } | Reply::Scrape { .. } | Reply::Error { .. } => {
            false
        }
    }
}
