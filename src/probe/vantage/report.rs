//! What comes back from another vantage: a document of somebody else's machine, cleaned before it is believed.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::model::{
    DnsRole, Estate, Evidence, EvidenceSet, Id, Observation, Remote, VantageObservation,
    strike_addresses,
};
use crate::wire::json::Json;

/// Reads a report and returns its evidence as this vantage's.
///
/// Left out is what is about nothing of this estate, and what that place cannot know: it has neither our
/// credentials nor our private certificate authorities nor our routers' sockets.
///
/// # Errors
/// Why the document is no report, for people.
pub fn read(estate: &Estate, vantage: &Id, document: &[u8]) -> Result<Vec<Evidence>, Remote> {
    let no_report = |why: String| Remote::new(format!("its report cannot be read: {why}"));
    let mut value = Json::decode(document).map_err(|error| no_report(error.to_string()))?;
    value.rewrite(&plain);
    if value.get("schema").text() != Some(EvidenceSet::SCHEMA) {
        return Err(no_report(format!("it is no `{}`", EvidenceSet::SCHEMA)));
    }
    let set: EvidenceSet =
        EvidenceSet::deserialize(value).map_err(|error| no_report(error.to_string()))?;
    let set = nameless(set).map_err(|error| no_report(error.to_string()))?;
    let known = known(estate);
    let mut evidence: Vec<Evidence> = set
        .evidence
        .into_iter()
        .filter_map(|evidence| adopt(estate, &known, vantage, evidence))
        .collect();
    if !evidence.iter().any(|evidence| matches!(evidence.observation, Observation::Vantage(_))) {
        return Err(no_report("it does not say that the vantage looked at itself".to_owned()));
    }
    evidence.iter_mut().for_each(|evidence| evidence.vantage = vantage.clone());
    Ok(evidence)
}

/// Spells out control and formatting characters of a text, as `Remote` shows them.
fn plain(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let piece = |piece: &[char]| Remote::new(piece.iter().collect::<String>()).to_string();
    all.chunks(Remote::SHOWN).map(piece).collect()
}

/// Strikes out addresses of people that trackers named there.
fn nameless(set: EvidenceSet) -> Result<EvidenceSet, serde_json::Error> {
    let mut document = serde_json::to_value(set)?;
    strike_addresses(&mut document);
    serde_json::from_value(document)
}

/// Returns the ids that evidence may be about.
fn known(estate: &Estate) -> BTreeSet<&Id> {
    let mut all = BTreeSet::from([&estate.id]);
    all.extend(estate.dns_providers.iter().map(|member| &member.id));
    all.extend(estate.zones.iter().map(|member| &member.id));
    all.extend(estate.resolvers.iter().map(|member| &member.id));
    all.extend(estate.controls.iter().map(|member| &member.id));
    all.extend(estate.carriers.iter().map(|member| &member.id));
    all.extend(estate.trackers.iter().map(|member| &member.id));
    all
}

/// Takes one piece of evidence over, or leaves it out.
fn adopt(
    estate: &Estate,
    known: &BTreeSet<&Id>,
    vantage: &Id,
    mut evidence: Evidence,
) -> Option<Evidence> {
    let ours = known.contains(&evidence.subject);
    let keep = match &evidence.observation {
        Observation::Dns(dns) => ours && role_is_known(estate, &dns.role),
        Observation::Tracker(asked) => ours && !needs_our_authority(estate, &evidence, &asked.url),
        Observation::Peers(_) | Observation::Tcp(_) => ours,
        Observation::Vantage(VantageObservation { .. }) => {
            evidence.subject = vantage.clone();
            true
        }
        Observation::Bgp(_)
        | Observation::Seedbox(_)
        | Observation::Registry(_)
        | Observation::Api(_)
        | Observation::Copy(_) => false,
    };
    keep.then_some(evidence)
}

fn role_is_known(estate: &Estate, role: &DnsRole) -> bool {
    match role {
        DnsRole::Authority { provider, zone, .. } => {
            estate.provider(provider).is_some() && estate.zone(zone).is_some()
        }
        DnsRole::Parent { zone, .. } | DnsRole::Delegated { zone, .. } => {
            estate.zone(zone).is_some()
        }
        DnsRole::Resolver { zone } => zone.as_ref().is_none_or(|zone| estate.zone(zone).is_some()),
        DnsRole::Control => true,
    }
}

/// Tells whether a tracker's certificate can be judged only here.
fn needs_our_authority(estate: &Estate, evidence: &Evidence, url: &str) -> bool {
    let private = estate.tracker(&evidence.subject).is_some_and(|tracker| tracker.ca.is_some());
    private && url.starts_with("https:")
}
