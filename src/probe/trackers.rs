//! Trackers: every announce URL at every address, all at once; with the operator's own swarm or, where
//! none is named, only as far as the connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::task::JoinSet;

use super::Scene;
use crate::model::{
    Ending, Estate, Evidence, Id, Inconclusive, Observation, Tracker, TrackerAnswer,
    TrackerObservation,
};
use crate::net::{Deadline, NetError, Stopwatch};
use crate::service::tracker::{self, Endpoint, Told, announce, connect, endpoints};
use crate::service::{Budget, Field, PeerSet, ending, seedbox};
use crate::wire::tracker_udp::InfoHash;

/// What trackers said.
#[derive(Default)]
pub(super) struct Heard {
    /// One piece for each URL at each address.
    pub evidence: Vec<Evidence>,
    /// The peers that they named.
    pub peers: PeerSet,
    /// How many trackers were asked for peers.
    pub asked: u32,
    /// How many of them answered.
    pub answered: u32,
}

/// One URL of one tracker, to be asked.
struct Asking {
    place: (usize, usize),
    tracker: Tracker,
    url: String,
    hash: Result<Option<InfoHash>, String>,
}

/// What came of it, for each address.
type Answers = Vec<(Option<SocketAddr>, Told)>;

/// Asks every tracker, and each only once, whoever wants to know.
pub(super) async fn probe(scene: &Scene<'_>) -> Heard {
    let estate = Arc::new(scene.estate.clone());
    let mut running = JoinSet::new();
    for asking in askings(scene.estate) {
        let (estate, field, budget) = (Arc::clone(&estate), scene.field.clone(), scene.budget());
        running.spawn(async move {
            let answers = ask(&estate, &field, &asking, budget).await;
            (asking, answers)
        });
    }
    let mut done: Vec<(Asking, Answers)> = Vec::new();
    while let Some(one) = running.join_next().await {
        done.extend(one.ok());
    }
    done.sort_by_key(|(asking, _)| asking.place);
    gather(scene, done)
}

fn askings(estate: &Estate) -> Vec<Asking> {
    let trackers = estate.trackers.iter().enumerate();
    let each = trackers.flat_map(|(at, tracker)| {
        let hash = swarm(estate, tracker);
        let asking = move |(number, url): (usize, &String)| Asking {
            place: (at, number),
            tracker: tracker.clone(),
            url: url.clone(),
            hash: hash.clone(),
        };
        tracker.urls.iter().enumerate().map(asking)
    });
    each.collect()
}

/// Returns the info-hash that the operator named for a tracker; none when no swarm is named.
fn swarm(estate: &Estate, tracker: &Tracker) -> Result<Option<InfoHash>, String> {
    let named = match &tracker.swarm {
        Some(id) => Some(estate.swarms.iter().find(|it| it.id == *id).ok_or("no such swarm")?),
        None => estate.swarms.first(),
    };
    let hash = |text: &str| tracker::info_hash(text).ok_or("its swarm's info-hash is none".into());
    named.map(|swarm| hash(&swarm.info_hash)).transpose()
}

async fn ask(estate: &Estate, field: &Field, asking: &Asking, budget: Budget) -> Answers {
    let (watch, until) = (Stopwatch::start(), Deadline::after(budget.budget));
    let nowhere = |ending| vec![(None, Told { took: watch.took(), ..nothing(ending) })];
    let hash = match &asking.hash {
        Ok(hash) => *hash,
        Err(why) => return nowhere(Ending::Inconclusive(Inconclusive::Local(why.clone()))),
    };
    // Resolvers get half of the time, so that a slow one leaves some for the tracker.
    let half = until.within(budget.budget / 2);
    let found = endpoints(field, estate, &asking.tracker, &asking.url, half).await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return nowhere(unresolved(&error, &asking.url)),
    };
    let mut running = JoinSet::new();
    for (number, endpoint) in found.into_iter().enumerate() {
        let (field, budget) = (field.clone(), budget.until(until));
        running.spawn(async move { (number, one(&field, endpoint, hash, budget).await) });
    }
    let mut answers = running.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

async fn one(
    field: &Field,
    endpoint: Endpoint,
    hash: Option<InfoHash>,
    budget: Budget,
) -> (Option<SocketAddr>, Told) {
    let told = match hash {
        Some(hash) => announce(field, &endpoint, hash, budget).await,
        None => connect(field, &endpoint, budget).await,
    };
    (Some(endpoint.address), told)
}

/// Says why there is nowhere to ask: whatever became of the look-up says nothing of the tracker.
fn unresolved(error: &NetError, url: &str) -> Ending<TrackerAnswer> {
    if error.inconclusive() && *error != NetError::NoAddress {
        return ending(error);
    }
    Ending::Inconclusive(Inconclusive::NoAddress(format!("{url}: {error}")))
}

fn nothing(ending: Ending<TrackerAnswer>) -> Told {
    Told {
        ending,
        unconnected: None,
        wrong_source: false,
        peers: PeerSet::default(),
        sent: 0,
        took: std::time::Duration::ZERO,
    }
}

/// Makes evidence of the answers, and lets go of the peers' addresses but for the count.
fn gather(scene: &Scene<'_>, done: Vec<(Asking, Answers)>) -> Heard {
    let hosts: Vec<(&Id, Vec<IpAddr>)> =
        scene.estate.seedboxes.iter().map(|it| (&it.id, seedbox::hosts(it))).collect();
    let mut heard = Heard::default();
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    for (asking, answers) in done {
        let connect_only = matches!(asking.hash, Ok(None));
        for (endpoint, told) in answers {
            if !connect_only {
                asked.push(asking.place.0);
                answered.extend(speaks(&told).then_some(asking.place.0));
            }
            let (sent, took, peers) = (told.sent, told.took, told.peers.clone());
            let observation = observation(&asking, endpoint, told, connect_only, &hosts);
            let observation = Observation::Tracker(observation);
            heard.evidence.push(scene.evidence(&asking.tracker.id, sent, took, observation));
            heard.peers.join(peers);
        }
    }
    (heard.asked, heard.answered) = (distinct(asked), distinct(answered));
    heard
}

fn distinct(mut places: Vec<usize>) -> u32 {
    places.sort_unstable();
    places.dedup();
    u32::try_from(places.len()).unwrap_or(u32::MAX)
}

/// Tells whether a tracker answered with more than a refusal.
fn speaks(told: &Told) -> bool {
    let endings = [Some(&told.ending), told.unconnected.as_ref()];
    let mut answers = endings.into_iter().flatten().filter_map(Ending::answer);
    answers.any(|answer| answer.failure.is_none())
}

fn observation(
    asking: &Asking,
    endpoint: Option<SocketAddr>,
    told: Told,
    connect_only: bool,
    hosts: &[(&Id, Vec<IpAddr>)],
) -> TrackerObservation {
    let named = |hosts: &[IpAddr]| hosts.iter().any(|ip| told.peers.has(*ip));
    let listed = hosts.iter().filter(|(_, hosts)| named(hosts)).map(|(id, _)| (*id).clone());
    let listed: Vec<Id> = listed.collect();
    let with = |ending: Ending<TrackerAnswer>| match ending {
        Ending::Answered(answer) if answer.peers > 0 => {
            Ending::Answered(TrackerAnswer { lists_seedboxes: listed.clone(), ..answer })
        }
        other @ (Ending::Answered(_)
        | Ending::TimedOut
        | Ending::Refused
        | Ending::Unreachable
        | Ending::Closed
        | Ending::Malformed(_)
        | Ending::Inconclusive(_)) => other,
    };
    TrackerObservation {
        url: asking.url.clone(),
        endpoint,
        ending: with(told.ending),
        unconnected: told.unconnected.map(with),
        wrong_source: told.wrong_source,
        connect_only,
    }
}
