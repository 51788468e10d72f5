//! Whole copies of zones, as providers hold them now, held against what git has.

use tokio::task::JoinSet;

use super::Scene;
use crate::model::{
    CopyObservation, DnsProvider, Ending, Evidence, Inconclusive, Observation, ProbeKind, Zone,
    ZoneReference,
};
use crate::net::{Deadline, Stopwatch};
use crate::service::dns::{Ability, ability};

/// Copies each zone of which git has a copy from every provider that gives one, all at once, each within the budget of
/// one target.
pub(super) async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    if !scene.wants(ProbeKind::Dns) {
        return Vec::new();
    }
    let mut running = JoinSet::new();
    for (reference, zone, provider) in wanted(scene) {
        let (field, zone, provider) = (scene.field.clone(), zone.clone(), provider.clone());
        let (reference, until) = (reference.clone(), Deadline::after(scene.budget().budget));
        let akin = is_akin(scene, &reference, &provider);
        let wholes = scene.against.wholes.clone();
        running.spawn(async move {
            let watch = Stopwatch::start();
            let of = reference.clone();
            let read = wholes.read(&field, &provider, &zone, until.left()).await;
            // One after the other: a large zone is in memory three times while its reply is read.
            let own = tokio::task::spawn_blocking(move || of.copy().clone()).await;
            let (ending, hidden) = match own.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(own) => {
                    let mut hidden = zone.hidden_sets(&reference.provider, &own, true);
                    let ending = match read {
                        Ok(read) => {
                            hidden.extend(zone.hidden_sets(&provider.id, &read.copy, false));
                            Ending::Answered(zone.compare(
                                (&reference.provider, &own),
                                (&provider.id, &read.copy),
                                akin,
                            ))
                        }
                        Err(error) => not_known(error.to_string()),
                    };
                    (ending, hidden)
                }
                Err(because) => (not_known(because), Vec::new()),
            };
            let (zone, against) = (zone.id, reference.provider);
            (provider.id, CopyObservation { zone, against, ending, hidden }, watch.took())
        });
    }
    let mut found = running.join_all().await;
    found.sort_by(|one, other| (&one.1.zone, &one.0).cmp(&(&other.1.zone, &other.0)));
    let evidence = found
        .into_iter()
        .map(|(provider, copy, took)| scene.evidence(&provider, 1, took, Observation::Copy(copy)));
    evidence.collect()
}

/// Returns each reference with each provider that holds its zone and gives copies.
fn wanted<'a>(scene: &Scene<'a>) -> Vec<(&'a ZoneReference, &'a Zone, &'a DnsProvider)> {
    let mut wanted = Vec::new();
    for reference in &scene.against.references {
        let Some(zone) = scene.estate.zone(&reference.zone) else { continue };
        let holders = zone.delegated_to.iter().chain(&zone.standby_at);
        let holders = holders.filter_map(|id| scene.estate.provider(id));
        let give = holders.filter(|it| !matches!(ability(it.kind), Ability::None(_)));
        wanted.extend(give.map(|provider| (reference, zone, provider)));
    }
    wanted
}

fn is_akin(scene: &Scene<'_>, reference: &ZoneReference, provider: &DnsProvider) -> bool {
    scene.estate.provider(&reference.provider).is_some_and(|it| it.kind == provider.kind)
}

/// What was not read says nothing, whoever was to blame.
fn not_known<T>(because: String) -> Ending<T> {
    Ending::Inconclusive(Inconclusive::NotAvailable(because))
}
