//! Whole copies of zones, as providers hold them now, held against what git has.

use tokio::task::JoinSet;

use super::Scene;
use crate::model::{
    CopyObservation, DnsProvider, Ending, Evidence, Inconclusive, Observation, ProbeKind, Zone,
    ZoneReference,
};
use crate::net::{Deadline, Stopwatch};
use crate::service::dns::{Ability, ability, copy};

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
        running.spawn(async move {
            let watch = Stopwatch::start();
            let ending = match &reference.copy {
                Ok(own) => match copy(&field, &provider, &zone, until).await {
                    Ok(copy) => Ending::Answered(zone.compare(
                        (&reference.provider, own),
                        (&provider.id, &copy),
                        akin,
                    )),
                    Err(error) => not_known(error.to_string()),
                },
                Err(because) => not_known(because.clone()),
            };
            (zone.id, reference.provider, provider.id, ending, watch.took())
        });
    }
    let mut found = running.join_all().await;
    found.sort_by(|one, other| (&one.0, &one.2).cmp(&(&other.0, &other.2)));
    let evidence = found.into_iter().map(|(zone, against, provider, ending, took)| {
        let observation = Observation::Copy(CopyObservation { zone, against, ending });
        scene.evidence(&provider, 1, took, observation)
    });
    evidence.collect()
}

/// Returns each reference with each provider that holds its zone and gives copies.
fn wanted<'a>(scene: &Scene<'a>) -> Vec<(&'a ZoneReference, &'a Zone, &'a DnsProvider)> {
    let mut wanted = Vec::new();
    for reference in scene.references {
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
