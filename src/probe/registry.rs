//! Registries: how each of our domains is held, asked over RDAP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Scene;
use crate::model::{
    Ending, Evidence, Id, Inconclusive, Observation, ProbeKind, Rdap, RegistryObservation, Zone,
};
use crate::net::{Deadline, Stopwatch};
use crate::service::rdap::{Told, ask};
use crate::service::{Budget, Field};

/// How many questions one registry is asked at a time: registries count them, and bar who asks too much.
const AT_ONCE: usize = 4;

/// One domain, to be asked about.
struct Asking {
    zone: Id,
    registrar: Id,
    /// In lower case, without a final dot, as RFC 9082 §3.1.3 wants it.
    name: String,
    rdap: Rdap,
}

/// Asks about every zone whose registrar says where.
pub(super) async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    if !scene.wants(ProbeKind::Registry) {
        return Vec::new();
    }
    let turns: BTreeMap<&Id, Arc<Semaphore>> = scene
        .estate
        .registrars
        .iter()
        .map(|registrar| (&registrar.id, Arc::new(Semaphore::new(AT_ONCE))))
        .collect();
    let mut running = JoinSet::new();
    for (number, asking) in scene.estate.zones.iter().filter_map(|it| asking(scene, it)).enumerate()
    {
        let Some(turn) = turns.get(&asking.registrar).cloned() else { continue };
        let (field, budget) = (scene.field.clone(), scene.budget());
        running.spawn(async move {
            let (told, took) = in_turn(&field, &turn, &asking, budget).await;
            (number, asking, told, took)
        });
    }
    let mut done = Vec::new();
    while let Some(one) = running.join_next().await {
        done.extend(one.ok());
    }
    done.sort_by_key(|(number, ..)| *number);
    done.into_iter().map(|(_, asking, told, took)| evidence(scene, asking, told, took)).collect()
}

fn asking(scene: &Scene<'_>, zone: &Zone) -> Option<Asking> {
    let registrar = scene.estate.registrar(zone.registrar.as_ref()?)?;
    Some(Asking {
        zone: zone.id.clone(),
        registrar: registrar.id.clone(),
        name: zone.name.trim_end_matches('.').to_ascii_lowercase(),
        rdap: registrar.rdap.clone()?,
    })
}

/// Waits for its turn inside the budget, then asks; whoever never had one was not asked.
async fn in_turn(
    field: &Field,
    turn: &Semaphore,
    asking: &Asking,
    budget: Budget,
) -> (Told, Duration) {
    let (watch, until) = (Stopwatch::start(), Deadline::after(budget.budget));
    let Some(Ok(_turn)) = until.run(turn.acquire()).await else {
        let ending = Ending::Inconclusive(Inconclusive::Deadline);
        return (Told { endpoint: None, sent: 0, ending }, watch.took());
    };
    let rest = budget.until(until);
    let mut told = ask(field, &asking.rdap, &asking.name, rest).await;
    if told.ending == Ending::TimedOut && rest.budget < budget.budget / 2 {
        told.ending = Ending::Inconclusive(Inconclusive::Deadline);
    }
    (told, watch.took())
}

fn evidence(scene: &Scene<'_>, asking: Asking, told: Told, took: Duration) -> Evidence {
    let Asking { zone, registrar, name, .. } = asking;
    let Told { endpoint, sent, ending } = told;
    let observation = RegistryObservation { registrar, name, endpoint, ending };
    scene.evidence(&zone, sent, took, Observation::Registry(observation))
}
