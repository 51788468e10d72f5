//! Trackers over HTTP(S): redirects followed through admission, bodies capped, refusals read.

use std::time::Duration;

use super::{Endpoint, LEAVING, Told, leaving, malformed, millis, take_peers};
use crate::model::{Ending, Inconclusive, Remote, TrackerAnswer};
use crate::net::{
    Deadline, HttpReply, HttpRequest, Method, NetError, PlainHttp, Purpose, Stopwatch, Transport,
};
use crate::service::{Budget, Field, PeerSet, ending};
use crate::wire::tracker_http::{AnnounceReply, ScrapeReply, announce_url, scrape_url};
use crate::wire::tracker_udp::{Announce, Counts, InfoHash};

/// The longest reply that is read: 200 peers are 1.2 KB, or 20 KB as dictionaries.
const CAP: usize = 256 << 10;

/// How many redirects are followed.
const HOPS: u8 = 5;

/// Announces, then leaves.
pub(super) async fn announce(
    field: &Field,
    endpoint: &Endpoint,
    announce: Announce,
    budget: Budget,
) -> Told {
    let watch = Stopwatch::start();
    let (reply, sent) = get(field, endpoint, &announce_url(&endpoint.url, &announce), budget).await;
    let took = watch.took();
    let (ending, peers, joined) = match reply {
        Ok(reply) => read(field, &reply),
        Err(error) => (ending(&error), PeerSet::default(), false),
    };
    if joined {
        let url = announce_url(&endpoint.url, &leaving(&announce));
        // Whether it is heard does not matter to anybody who waits for a verdict.
        let _ = get(field, endpoint, &url, Budget { tries: 1, budget: LEAVING }).await;
    }
    Told { peers, sent, took, ..Told::new(ending) }
}

/// Asks for counts.
pub(super) async fn scrape(
    field: &Field,
    endpoint: &Endpoint,
    info_hashes: &[InfoHash],
    budget: Budget,
) -> Ending<Vec<Counts>> {
    let Some(url) = scrape_url(&endpoint.url, info_hashes) else {
        let why = "this announce URL has no scrape URL (BEP 48)".to_owned();
        return Ending::Inconclusive(Inconclusive::NotAvailable(why));
    };
    let (reply, _) = get(field, endpoint, &url, budget).await;
    let reply = match reply {
        Ok(reply) => reply,
        Err(error) => return ending(&error),
    };
    if let Some(why) = unusable(&reply) {
        return malformed(why);
    }
    match ScrapeReply::decode(&reply.body) {
        Err(error) => malformed(error),
        Ok(ScrapeReply { failure: Some(failure), .. }) => {
            Ending::Malformed(Remote::nameless(&failure))
        }
        Ok(ScrapeReply { failure: None, files }) => {
            let of = |hash: &InfoHash| files.iter().find(|(found, _)| found == hash);
            let counts = |hash| of(hash).map_or_else(Counts::default, |(_, counts)| *counts);
            Ending::Answered(info_hashes.iter().map(counts).collect())
        }
    }
}

/// Puts a reply into the evidence's words; tells the peers, and whether we are in the swarm now.
fn read(field: &Field, reply: &HttpReply) -> (Ending<TrackerAnswer>, PeerSet, bool) {
    let nothing = |ending| (ending, PeerSet::default(), false);
    let decoded = AnnounceReply::decode(&reply.body);
    let refuses = decoded.as_ref().is_ok_and(|it| it.failure.is_some());
    // Some trackers give their reason together with a status of failure.
    if let Some(why) = unusable(reply).filter(|_| !(refuses && reply.whole)) {
        return nothing(malformed(why));
    }
    let said = match decoded {
        Ok(said) => said,
        Err(error) => return nothing(malformed(error)),
    };
    let mut answer = TrackerAnswer {
        failure: said.failure.as_deref().map(Remote::nameless),
        warning: said.warning.as_deref().map(Remote::nameless),
        interval_s: said.interval,
        complete: said.complete,
        incomplete: said.incomplete,
        redirected: reply.hops > 0,
        latency_ms: millis(reply.took),
        ..TrackerAnswer::default()
    };
    let peers = take_peers(field, &mut answer, &said.peers);
    answer.peers = answer.peers.saturating_add(said.named);
    let joined = answer.failure.is_none();
    (Ending::Answered(answer), peers, joined)
}

/// Says why a reply cannot be read, before its body is looked at.
fn unusable(reply: &HttpReply) -> Option<String> {
    if (300..400).contains(&reply.status) {
        return Some(format!("status {} after {} redirects", reply.status, reply.hops));
    }
    if !reply.is_success() {
        return Some(format!("status {}", reply.status));
    }
    (!reply.whole).then(|| format!("a body that breaks off, or is longer than {} KiB", CAP >> 10))
}

/// Gets a URL at the endpoint's address; what fails early is tried again within the budget.
async fn get(
    field: &Field,
    endpoint: &Endpoint,
    url: &str,
    budget: Budget,
) -> (Result<HttpReply, NetError>, u32) {
    if let Err(error) = field.door.admit(endpoint.address, Transport::Tcp, endpoint.origin) {
        return (Err(error), 0);
    }
    let until = Deadline::after(budget.budget);
    let gap = budget.budget.mul_f64(0.8) / budget.tries.max(1);
    let mut sent = 0;
    let mut last = Err(NetError::NoSeat);
    for left in (0..budget.tries.max(1)).rev() {
        let next = until.within(gap);
        let mut request = request(endpoint, url, until.left());
        request.purpose = Purpose::Measure { first: sent == 0 };
        last = field.http.request(request).await;
        sent += u32::from(!last.as_ref().is_err_and(NetError::inconclusive));
        // Only what failed early is worth another connection: TCP repeats lost packets itself.
        if !last.as_ref().is_err_and(failed_early) || left == 0 || until.passed() {
            break;
        }
        next.wait().await;
    }
    (last, sent)
}

fn request(endpoint: &Endpoint, url: &str, left: Duration) -> HttpRequest {
    let mut request = HttpRequest::new(Method::Get, url, left);
    request.pinned = vec![endpoint.address];
    request.ca = endpoint.ca.clone();
    request.body_cap = CAP;
    request.follow = HOPS;
    request.plain = PlainHttp::Anywhere;
    request
}

/// Tells whether a failure came before the budget was spent and says nothing final.
fn failed_early(error: &NetError) -> bool {
    match error {
        NetError::Refused
        | NetError::HostUnreachable
        | NetError::NetworkUnreachable
        | NetError::Closed => true,
        NetError::ConnectTimedOut
        | NetError::TimedOut
        | NetError::Lost
        | NetError::Malformed
        | NetError::Tls(_)
        | NetError::Sealed
        | NetError::NotAdmitted(_)
        | NetError::NotLoopback(_)
        | NetError::PlainRefused
        | NetError::OtherOrigin
        | NetError::BadUrl
        | NetError::BadRequest(_)
        | NetError::NoAddress
        | NetError::NoRoute
        | NetError::NoSeat
        | NetError::Barred(_)
        | NetError::Local(_) => false,
    }
}
