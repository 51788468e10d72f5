//! Seedboxes: whether they answer, and what their torrents list.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::Scene;
use crate::model::{
    Ending, Estate, Evidence, Inconclusive, Observation, ProbeKind, Remote, Seedbox, SeedboxAnswer,
    SeedboxObservation,
};
use crate::net::{Deadline, Stopwatch};
use crate::service::seedbox::{SeedboxError, Seen, state};
use crate::service::{Budget, Field, ending};

/// Asks every seedbox.
pub(super) async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    if !scene.wants(ProbeKind::Seedboxes) {
        return Vec::new();
    }
    let estate = Arc::new(scene.estate.clone());
    let mut running = JoinSet::new();
    for (number, seedbox) in scene.estate.seedboxes.iter().enumerate() {
        let (estate, field, budget) = (Arc::clone(&estate), scene.field.clone(), scene.budget());
        let seedbox = seedbox.clone();
        running.spawn(async move {
            let watch = Stopwatch::start();
            let seen = ask(&field, &estate, &seedbox, budget).await;
            (number, seedbox, seen, watch.took())
        });
    }
    let mut done = Vec::new();
    while let Some(one) = running.join_next().await {
        done.extend(one.ok());
    }
    done.sort_by_key(|(number, ..)| *number);
    let evidence = done.into_iter().map(|(_, seedbox, seen, took)| {
        let (endpoint, sent) = (seen.endpoint, seen.sent);
        let ending = match seen.answer {
            Ok(answer) => Ending::Answered(answer),
            Err(error) => failed(&seedbox, &error),
        };
        let observation = Observation::Seedbox(SeedboxObservation { endpoint, ending });
        scene.evidence(&seedbox.id, sent, took, observation)
    });
    evidence.collect()
}

/// Asks one seedbox; what failed early is tried again within the budget.
async fn ask(field: &Field, estate: &Estate, seedbox: &Seedbox, budget: Budget) -> Seen {
    let until = Deadline::after(budget.budget);
    let gap = budget.budget.mul_f64(0.8) / budget.tries.max(1);
    let mut sent = 0;
    let mut left = budget.tries.max(1);
    loop {
        let next = until.within(gap);
        let Seen { endpoint, answer, sent: now } =
            state(field, estate, seedbox, until, sent == 0).await;
        (sent, left) = (sent + now, left - 1);
        let again = answer.as_ref().is_err_and(is_early) && left > 0 && !until.passed();
        if !again {
            return Seen { endpoint, answer, sent };
        }
        next.wait().await;
    }
}

/// Tells whether nobody listened, which may be over in a moment.
fn is_early(error: &SeedboxError) -> bool {
    matches!(error, SeedboxError::Net { source, .. }
        if source.surely_not_sent() && !source.inconclusive())
}

/// Says how it ended; what is this estate's or this machine's own fault is inconclusive.
fn failed(seedbox: &Seedbox, error: &SeedboxError) -> Ending<SeedboxAnswer> {
    let text = error.to_string();
    match error {
        SeedboxError::Net { source, .. } => ending(source),
        SeedboxError::NotBuilt { .. } => Ending::Inconclusive(Inconclusive::NotAvailable(text)),
        SeedboxError::Denied { .. } if seedbox.credential.is_none() => {
            let why = "no credential is at hand".to_owned();
            Ending::Inconclusive(Inconclusive::NotAvailable(why))
        }
        SeedboxError::Here { .. } | SeedboxError::Denied { .. } => {
            Ending::Inconclusive(Inconclusive::Local(text))
        }
        SeedboxError::Busy { .. }
        | SeedboxError::Status { .. }
        | SeedboxError::Rejected { .. }
        | SeedboxError::Malformed { .. }
        | SeedboxError::NoTorrent { .. }
        | SeedboxError::Drifted { .. }
        | SeedboxError::OutOfReach { .. }
        | SeedboxError::BadUrl(_)
        | SeedboxError::Lied { .. } => Ending::Malformed(Remote::new(text)),
    }
}
