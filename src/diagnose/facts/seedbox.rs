//! The seedboxes' remote controls.

use super::World;
use super::claim::Claim;
use super::sight::Sight;
use super::tally::{Score, Tally};
use crate::model::{FactKind, Seedbox};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.seedboxes.iter().map(|seedbox| answers(sight, seedbox)).collect()
}

fn answers(sight: &Sight<'_>, seedbox: &Seedbox) -> Claim {
    let mut tally = Tally { noun: ("remote control", "remote controls"), ..Tally::default() };
    for (id, asked) in sight.seedboxes(&seedbox.id) {
        tally.from.push(id.clone());
        let score = Score::of(sight.outcome(asked.endpoint, &asked.ending), |_| None);
        let name = asked.endpoint.map_or_else(|| seedbox.id.to_string(), |at| at.to_string());
        tally.scores.push((name, score));
    }
    if tally.scores.is_empty() {
        let why = "was not asked".to_owned();
        tally.scores.push((seedbox.id.to_string(), Score::Nothing { why, moot: false }));
    }
    tally.answers(FactKind::SeedboxAnswers, &seedbox.id)
}
