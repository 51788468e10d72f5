//! The trackers.
//!
//! A tracker answers while any endpoint of it does; the measure tells how many, and less than all is no health.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::World;
use super::claim::Claim;
use super::sight::{Outcome, Sight};
use super::tally::{Score, Tally};
use crate::model::{
    FactKind, Id, Measure, Remote, Tracker, TrackerAnswer, TrackerObservation, Truth,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let trackers = world.estate.trackers.iter();
    let mut claims: Vec<Claim> = trackers.flat_map(|tracker| of_tracker(sight, tracker)).collect();
    claims.extend(lists(world, sight));
    claims
}

fn of_tracker(sight: &Sight<'_>, tracker: &Tracker) -> [Claim; 5] {
    let id = &tracker.id;
    let tally = tally(sight, tracker);
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

fn tally(sight: &Sight<'_>, tracker: &Tracker) -> Tally {
    let mut endpoints: BTreeMap<(&str, Option<SocketAddr>), Score> = BTreeMap::new();
    let mut tally = Tally { noun: ("endpoint", "endpoints"), ..Tally::default() };
    for (id, asked) in sight.trackers(&tracker.id) {
        tally.from.push(id.clone());
        let score = score(sight, asked);
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
