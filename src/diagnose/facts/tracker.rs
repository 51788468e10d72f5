//! The trackers.
//!
//! A tracker answers while any endpoint of it does; the measure tells how many, and less than all is no health.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::World;
use super::authoritative::expected;
use super::claim::Claim;
use super::sight::{Outcome, Sight};
use super::tally::{Score, Tally};
use crate::model::{
    CriticalName, FactKind, Id, Measure, Remote, Tracker, TrackerAnswer, TrackerObservation, Truth,
    fully_qualified,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let trackers = world.estate.trackers.iter();
    let of = |tracker| of_tracker(world, sight, tracker);
    let mut claims: Vec<Claim> = trackers.flat_map(of).collect();
    claims.extend(lists(world, sight));
    claims
}

fn of_tracker(world: &World<'_>, sight: &Sight<'_>, tracker: &Tracker) -> [Claim; 5] {
    let id = &tracker.id;
    let tally = tally(world, sight, tracker);
    let stray = sight.trackers(id).any(|(_, asked)| asked.wrong_source);
    let truth = if tally.known() == 0 { Truth::Unknown } else { Truth::of(stray) };
    let because = if stray {
        "an answer came from another address than was asked; clients drop it".to_owned()
    } else {
        tally.because()
    };
    [
        tally.answers(FactKind::TrackerAnswers, id),
        tally.times_out(FactKind::TrackerTimesOut, id),
        tally.refuses(FactKind::TrackerRefuses, id),
        tally.odd(FactKind::TrackerFails, id),
        Claim::new(FactKind::TrackerWrongSource, id, truth, because).from(&tally.from),
    ]
}

fn tally(world: &World<'_>, sight: &Sight<'_>, tracker: &Tracker) -> Tally {
    let mut endpoints: BTreeMap<(&str, Option<SocketAddr>), Score> = BTreeMap::new();
    let mut tally = Tally { noun: ("endpoint", "endpoints"), ..Tally::default() };
    for (id, asked) in sight.trackers(&tracker.id) {
        tally.from.push(id.clone());
        let score = match (score(sight, asked), led_astray(world, tracker, asked)) {
            (Score::Good, _) => Score::Good,
            (_, Some(why)) => Score::Nothing { why, moot: false },
            (score, None) => score,
        };
        let entry = endpoints.entry((&asked.url, asked.endpoint)).or_insert_with(|| score.clone());
        *entry = entry.clone().better(score);
    }
    for ((url, endpoint), score) in endpoints {
        let at = endpoint.map(|endpoint| format!(" at {}", endpoint.ip())).unwrap_or_default();
        tally.scores.push((format!("{}{at}", Remote::new(url)), score));
    }
    if tally.scores.is_empty() {
        let why = "was not asked".to_owned();
        tally.scores.push((tracker.id.to_string(), Score::Nothing { why, moot: false }));
    }
    tally
}

/// Says why a failure at an endpoint is none of the tracker's: a name of ours led to an address that it must not have.
fn led_astray(world: &World<'_>, tracker: &Tracker, asked: &TrackerObservation) -> Option<String> {
    let ip = asked.endpoint?.ip();
    if tracker.addresses.iter().any(|noted| noted.ip == ip) {
        return None;
    }
    let host = fully_qualified(host_of(&asked.url)?);
    let kind = if ip.is_ipv4() { "A" } else { "AAAA" };
    let mut named = world.estate.zones.iter().flat_map(|zone| {
        let of_host = |critical: &&CriticalName| {
            zone.full_name(&critical.name) == host && critical.kind.eq_ignore_ascii_case(kind)
        };
        zone.critical.iter().filter(of_host)
    });
    let astray = named.any(|critical| expected(critical, &ip.to_string()) == Some(false));
    astray.then(|| format!("its name leads to {ip}, which the estate does not expect"))
}

/// Returns the host of a URL, where it is a name.
fn host_of(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?']).next()?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    (!host.starts_with('[') && host.parse::<std::net::IpAddr>().is_err()).then_some(host)
}

/// An answer on either socket will do, unless it came from a stranger's address.
fn score(sight: &Sight<'_>, asked: &TrackerObservation) -> Score {
    let judge = |answer: &TrackerAnswer| insane(answer, asked.connect_only);
    let connected = Score::of(sight.outcome(asked.endpoint, &asked.ending), judge);
    if asked.wrong_source {
        return connected.better(Score::Odd("answers from another address".to_owned()));
    }
    match &asked.unconnected {
        Some(ending) => connected.better(Score::of(sight.outcome(asked.endpoint, ending), judge)),
        None => connected,
    }
}

/// Says what is wrong with an announce's answer.
fn insane(answer: &TrackerAnswer, connect_only: bool) -> Option<String> {
    if let Some(failure) = &answer.failure {
        return Some(format!("it says: {failure}"));
    }
    if connect_only {
        return None;
    }
    match answer.interval_s {
        None => return Some("no announce interval".to_owned()),
        Some(interval) if interval <= 0 => return Some(format!("an interval of {interval} s")),
        Some(_) => {}
    }
    (answer.peers > 0 && answer.bogons == answer.peers)
        .then(|| "every peer has an impossible address".to_owned())
}

/// A seedbox that no tracker lists may simply not hold the probed torrent: that is unknown, never false.
fn lists(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let mut answered = Vec::new();
    for tracker in &world.estate.trackers {
        for (id, asked) in sight.trackers(&tracker.id) {
            if let Outcome::Answered(answer) = sight.outcome(asked.endpoint, &asked.ending) {
                answered.push((id, &tracker.id, answer));
            }
        }
    }
    let of = |seedbox: &Id| {
        let listing: Vec<_> = answered
            .iter()
            .filter(|(.., answer)| answer.lists_seedboxes.contains(seedbox))
            .collect();
        let kind = FactKind::TrackerLists;
        let from = answered.iter().map(|(id, ..)| *id);
        match listing.first() {
            Some((_, tracker, _)) => Claim::new(
                kind,
                seedbox,
                Truth::True,
                format!("{tracker} lists it in the probed swarm"),
            )
            .measured(Some(Measure::part(1.0, 1.0))),
            None => {
                let because = "no tracker lists it in the probed swarm, which it may not hold";
                Claim::new(kind, seedbox, Truth::Unknown, because)
            }
        }
        .from(from)
    };
    world.estate.seedboxes.iter().map(|seedbox| of(&seedbox.id)).collect()
}
