//! The APIs of our providers, each looked at once, without changing anything.

use tokio::task::JoinSet;

use super::super::Scene;
use crate::model::{ApiObservation, DnsProvider, Estate, Evidence, Observation};
use crate::service::dns::knock::knock;

/// Looks at the API of every provider that has one.
pub async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    let mut running = JoinSet::new();
    for (place, provider) in scene.estate.dns_providers.iter().enumerate() {
        let (field, budget) = (scene.field.clone(), scene.budget());
        let (provider, zone) = (provider.clone(), zone_of(scene.estate, provider));
        running.spawn(async move {
            let knocked = knock(&field, &provider, zone.as_deref(), budget).await;
            (place, provider.id, knocked)
        });
    }
    let mut done = Vec::new();
    while let Some(one) = running.join_next().await {
        // A look that panicked would be a defect of this program: it is never a finding.
        done.extend(one.ok());
    }
    done.sort_by_key(|(place, ..)| *place);
    let evidence = done.into_iter().filter_map(|(_, id, knocked)| {
        let knocked = knocked?;
        let (endpoint, ending) = (knocked.endpoint, knocked.ending);
        let observation = Observation::Api(ApiObservation { endpoint, ending });
        Some(scene.evidence(&id, knocked.sent, knocked.took, observation))
    });
    evidence.collect()
}

/// Returns a zone that the provider should have.
fn zone_of(estate: &Estate, provider: &DnsProvider) -> Option<String> {
    let has = |zone: &&crate::model::Zone| {
        zone.delegated_to.contains(&provider.id) || zone.standby_at.contains(&provider.id)
    };
    estate.zones.iter().find(has).map(|zone| zone.name.clone())
}
