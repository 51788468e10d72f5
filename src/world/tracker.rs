//! Trackers: what they answer to announces and scrapes, by UDP (BEP 15) and HTTP (BEP 3, 23, 48).

use super::state::State;
use crate::model::{Id, ServerState};
use crate::wire::http::{Request as WebRequest, Response};
use crate::wire::tracker_http::{AnnounceReply, Request as HttpRequest, ScrapeReply};
use crate::wire::tracker_udp::{Announce, Counts, InfoHash, Reply, Request};

/// Seconds between announces.
const INTERVAL: i32 = 1800;

/// The most peers of one answer: with all of them a datagram still fits (BEP 15).
const PEERS: usize = 200;

/// Any number will do, as long as a server knows it again.
const CONNECTION: u64 = 0x6c69_6665_626f_6174;

impl State {
    /// Returns a tracker's answer to a datagram; nothing to what is no request.
    pub fn tracker_udp(
        &self,
        tracker: &Id,
        state: ServerState,
        v6: bool,
        bytes: &[u8],
    ) -> Option<Vec<u8>> {
        let request = Request::decode(bytes).ok()?;
        let (transaction, connection) = match request {
            Request::Connect { transaction } => {
                return Some(Reply::Connect { transaction, connection: CONNECTION }.encode());
            }
            Request::Announce { transaction, connection, .. }
            | Request::Scrape { transaction, connection, .. } => (transaction, connection),
        };
        let no =
            complaint(state).or((connection != CONNECTION).then_some("Connection ID mismatch."));
        if let Some(no) = no {
            return Some(Reply::Error { transaction, message: no.into() }.encode());
        }
        Some(match request {
            Request::Connect { .. } => return None,
            Request::Announce { announce, .. } => {
                let (counts, peers) = self.announce(tracker, &announce, v6);
                let (seeders, leechers) = (counts.seeders, counts.leechers);
                Reply::Announce { transaction, interval: INTERVAL, leechers, seeders, peers }
                    .encode()
            }
            Request::Scrape { info_hashes, .. } => {
                let counts = info_hashes.iter().map(|hash| self.counts(tracker, hash)).collect();
                Reply::Scrape { transaction, counts }.encode()
            }
        })
    }

    /// Returns a tracker's answer to a request over HTTP.
    pub fn tracker_http(&self, tracker: &Id, state: ServerState, request: &WebRequest) -> Response {
        let asked = HttpRequest::parse(&format!("{}?{}", request.path, request.query));
        let failure = complaint(state).map(|text| text.as_bytes().to_vec());
        let body = match (asked, failure) {
            (Err(error), _) => {
                let failure = Some(error.to_string().into_bytes());
                AnnounceReply { failure, ..AnnounceReply::default() }.encode()
            }
            (Ok(_), Some(failure)) => {
                AnnounceReply { failure: Some(failure), ..AnnounceReply::default() }.encode()
            }
            (Ok(HttpRequest::Announce(announce)), None) => {
                let (counts, peers) = self.announce(tracker, &announce, false);
                AnnounceReply {
                    interval: Some(i64::from(INTERVAL)),
                    complete: Some(i64::from(counts.seeders)),
                    incomplete: Some(i64::from(counts.leechers)),
                    peers,
                    ..AnnounceReply::default()
                }
                .encode()
            }
            (Ok(HttpRequest::Scrape(hashes)), None) => {
                let files = hashes.into_iter().map(|hash| (hash, self.counts(tracker, &hash)));
                ScrapeReply { failure: None, files: files.collect() }.encode()
            }
        };
        Response { status: 200, kind: "text/plain", headers: Vec::new(), body }
    }

    fn announce(
        &self,
        tracker: &Id,
        announce: &Announce,
        v6: bool,
    ) -> (Counts, Vec<std::net::SocketAddr>) {
        let swarm = self.swarm(tracker, &hex(&announce.info_hash));
        let want = usize::try_from(announce.want).unwrap_or(PEERS).min(PEERS);
        let all = swarm.seeders.iter().chain(&swarm.leechers);
        let peers = all.filter(|peer| peer.is_ipv6() == v6).take(want).copied();
        (counts(swarm.seeders.len(), swarm.leechers.len()), peers.collect())
    }

    fn counts(&self, tracker: &Id, info_hash: &InfoHash) -> Counts {
        let swarm = self.swarm(tracker, &hex(info_hash));
        counts(swarm.seeders.len(), swarm.leechers.len())
    }
}

fn counts(seeders: usize, leechers: usize) -> Counts {
    let number = |count| i32::try_from(count).unwrap_or(i32::MAX);
    Counts { seeders: number(seeders), completed: number(seeders), leechers: number(leechers) }
}

/// Returns why a tracker that is not well does nothing.
const fn complaint(state: ServerState) -> Option<&'static str> {
    match state {
        ServerState::Lame => Some("torrent not registered with this tracker"),
        ServerState::Failing => Some("internal error"),
        ServerState::Up | ServerState::Hung | ServerState::Refused | ServerState::Dark => None,
    }
}

fn hex(info_hash: &InfoHash) -> String {
    info_hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
