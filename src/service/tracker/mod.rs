//! Trackers: announce, scrape and connect, over UDP (BEP 15) and HTTP (BEP 3, 7, 23, 48).
//!
//! An announce joins the operator's own swarm as a peer that has nothing, at a port where nobody
//! listens, and leaves it (`stopped`) as soon as it is answered: nothing stays behind at the tracker, and
//! nobody is sent to us for longer than the answer takes. A peer that only ever says `stopped` would
//! leave less, but trackers give it no peers.

mod endpoint;
mod http;
mod udp;

use std::net::SocketAddr;
use std::time::Duration;

pub use endpoint::{Endpoint, Scheme, endpoints};

use super::{Budget, Field, PeerSet, ending};
use crate::host::random;
use crate::model::{
    Bulk, Declaration, Ending, Estate, Inconclusive, Remote, RequestKind, Span, Tracker,
    TrackerAnswer, is_bogon,
};
use crate::net::{Deadline, Stopwatch, Transport};
use crate::wire::tracker_udp::{Announce, Counts, Event, InfoHash};

/// The services of this family.
pub const SERVICES: &[&Declaration] = &[&SERVICE];

/// What a tracker is held to. An announce leaves one entry of ours, always the same one, until `stopped`
/// or until the tracker forgets it; no plan makes one.
pub const SERVICE: Declaration = Declaration {
    name: "tracker",
    settle: Span::from_millis(0),
    settle_because: "a late announce changes no list, and a tracker forgets a peer that says no more",
    conditional: false,
    quota: None,
    not_now: &[],
    requests: &[
        RequestKind::read("connect"),
        RequestKind::read("announce"),
        RequestKind::read("scrape"),
    ],
    read: 2,
    write: 0,
    bulk: Bulk::NONE,
};

/// The port that we claim: always the same, so that a tracker keeps one entry of us at most.
pub const PORT: u16 = 61_001;

/// Who we say that we are.
const PEER_ID: &[u8; 20] = b"-LB0001-lifeboatprob";

/// How many peers we ask for: as many as fit into one unfragmented datagram.
const WANT: (i32, i32) = (200, 74);

/// How long leaving may take.
const LEAVING: Duration = Duration::from_millis(200);

/// What came of an announce, or of a connection alone.
#[derive(Clone, Debug)]
pub struct Told {
    /// How it ended on a connected socket (UDP), or over HTTP.
    pub ending: Ending<TrackerAnswer>,
    /// How it ended on an unconnected socket; absent over HTTP.
    pub unconnected: Option<Ending<TrackerAnswer>>,
    /// An answer came from another address than was asked.
    pub wrong_source: bool,
    /// The peers that it named, ourselves left out.
    pub peers: PeerSet,
    /// How many requests left.
    pub sent: u32,
    /// How long it took until the answer or the end of the budget.
    pub took: Duration,
}

/// Reads 40 hexadecimal digits.
pub fn info_hash(text: &str) -> Option<InfoHash> {
    let digits = Some(text).filter(|it| it.len() == 40 && it.is_ascii())?;
    let mut hash = [0; 20];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// Announces to a tracker, and leaves the swarm again.
pub async fn announce(
    field: &Field,
    endpoint: &Endpoint,
    info_hash: InfoHash,
    budget: Budget,
) -> Told {
    match random::u32() {
        Err(error) => Told::new(Ending::Inconclusive(Inconclusive::Local(error.to_string()))),
        Ok(key) => {
            let announce = joining(endpoint, info_hash, key);
            match endpoint.scheme {
                Scheme::Udp => udp::announce(field, endpoint, announce, budget).await,
                Scheme::Http => http::announce(field, endpoint, announce, budget).await,
            }
        }
    }
}

/// Shakes hands with a tracker and says nothing: a connect request over UDP, a TCP connection for HTTP.
pub async fn connect(field: &Field, endpoint: &Endpoint, budget: Budget) -> Told {
    match endpoint.scheme {
        Scheme::Udp => udp::connect(field, endpoint, budget).await,
        Scheme::Http => open(field, endpoint, budget).await,
    }
}

async fn open(field: &Field, endpoint: &Endpoint, budget: Budget) -> Told {
    let (watch, until) = (Stopwatch::start(), Deadline::after(budget.budget));
    let opened = match field.door.admit(endpoint.address, Transport::Tcp, endpoint.origin) {
        Ok(peer) => field.door.tcp(&peer, until).await,
        Err(error) => Err(error),
    };
    let answer = |took: Duration| TrackerAnswer { latency_ms: millis(took), ..Default::default() };
    let ending = match opened {
        Ok(stream) => Ending::Answered(answer(stream.connected_in())),
        Err(error) => ending(&error),
    };
    let sent = u32::from(!matches!(ending, Ending::Inconclusive(_)));
    Told { sent, took: watch.took(), ..Told::new(ending) }
}

/// Asks a tracker for the counts of torrents, in their order; one that it does not know has none.
pub async fn scrape(
    field: &Field,
    endpoint: &Endpoint,
    info_hashes: &[InfoHash],
    budget: Budget,
) -> Ending<Vec<Counts>> {
    match endpoint.scheme {
        Scheme::Udp => udp::scrape(field, endpoint, info_hashes, budget).await,
        Scheme::Http => http::scrape(field, endpoint, info_hashes, budget).await,
    }
}

/// Asks all endpoints of a tracker for one torrent's counts and returns the best that any of them says.
///
/// # Errors
/// What each of them said, when none gave counts.
pub async fn counts(
    field: &Field,
    estate: &Estate,
    tracker: &Tracker,
    hash: InfoHash,
    budget: Budget,
) -> Result<Counts, String> {
    let mut asking = tokio::task::JoinSet::new();
    let mut failures = Vec::new();
    let until = Deadline::after(budget.budget);
    for url in &tracker.urls {
        match endpoints(field, estate, tracker, url, until).await {
            Err(error) => failures.push(format!("{url}: {error}")),
            Ok(found) => {
                for endpoint in found {
                    let field = field.clone();
                    asking.spawn(async move {
                        let ending = scrape(&field, &endpoint, &[hash], budget.until(until)).await;
                        (endpoint, ending)
                    });
                }
            }
        }
    }
    let mut best: Option<Counts> = None;
    while let Some(done) = asking.join_next().await {
        let Ok((endpoint, ending)) = done else { continue };
        match ending.answer().and_then(|counts| counts.first()) {
            Some(counts) if best.is_none_or(|best| counts.seeders > best.seeders) => {
                best = Some(*counts);
            }
            Some(_) => {}
            None => failures.push(format!(
                "{} at {}: {}",
                endpoint.url,
                endpoint.address,
                words(&ending)
            )),
        }
    }
    best.ok_or_else(|| failures.join("; "))
}

/// Says in words how something ended that gave nothing.
fn words<T>(ending: &Ending<T>) -> String {
    match ending {
        Ending::Answered(_) => "answered without counts".to_owned(),
        Ending::TimedOut => "no answer".to_owned(),
        Ending::Refused => "refused".to_owned(),
        Ending::Unreachable => "unreachable".to_owned(),
        Ending::Closed => "closed early".to_owned(),
        Ending::Malformed(said) => said.to_string(),
        Ending::Inconclusive(why) => format!("could not be asked ({why:?})"),
    }
}

/// What we say when we join.
fn joining(endpoint: &Endpoint, info_hash: InfoHash, key: u32) -> Announce {
    Announce {
        info_hash,
        peer_id: *PEER_ID,
        downloaded: 0,
        left: 1,
        uploaded: 0,
        event: Event::Started,
        key,
        want: if endpoint.address.is_ipv4() { WANT.0 } else { WANT.1 },
        port: PORT,
    }
}

/// What we say when we leave.
fn leaving(announce: &Announce) -> Announce {
    Announce { event: Event::Stopped, want: 0, ..announce.clone() }
}

/// Takes note of named peers: how many, how many of them cannot be any; we are none.
fn take_peers(field: &Field, answer: &mut TrackerAnswer, named: &[SocketAddr]) -> PeerSet {
    let allow = &field.door.admission().allow_private;
    let others: Vec<_> = named.iter().filter(|peer| peer.port() != PORT).collect();
    let bogons = others.iter().filter(|peer| peer.port() == 0 || is_bogon(peer.ip(), allow));
    answer.peers = u32::try_from(others.len()).unwrap_or(u32::MAX);
    answer.bogons = u32::try_from(bogons.count()).unwrap_or(u32::MAX);
    others.into_iter().map(SocketAddr::ip).collect()
}

impl Told {
    fn new(ending: Ending<TrackerAnswer>) -> Self {
        Self {
            ending,
            unconnected: None,
            wrong_source: false,
            peers: PeerSet::default(),
            sent: 0,
            took: Duration::ZERO,
        }
    }
}

/// Makes an ending of what makes no sense.
fn malformed<T>(why: impl ToString) -> Ending<T> {
    Ending::Malformed(Remote::nameless(why.to_string().as_bytes()))
}

/// Returns whole milliseconds.
fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_hashes_are_forty_digits() {
        let hash = info_hash("5F3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69").expect("is one");
        assert_eq!((hash[0], hash[19]), (0x5f, 0x69));
        for bad in ["", "5f3c", "zf3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69", "äääääääääääääääääääa"]
        {
            assert_eq!(info_hash(bad), None, "{bad}");
        }
    }
}
