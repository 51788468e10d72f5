//! Probes: the estate in, evidence out, all at once under one deadline.
//!
//! [`probe`] asks everything concurrently, so that the whole takes about as long as one target. Nothing
//! here has an opinion: what could not be asked is `Inconclusive`, and everything else came from outside.

mod bgp;
mod copies;
mod dns;
mod hurry;
mod observer;
mod peers;
mod registry;
mod scene;
mod seedboxes;
mod trackers;
pub mod vantage;

pub use scene::{Against, Scene};

use crate::model::{Estate, Evidence, EvidenceSet, Id, ProbeKind, VantageKind};
use crate::net::{Deadline, Stopwatch};
use crate::service::Field;
use crate::wire::as_table::AsTable;

/// Probes as [`probe_against`] does, and holds no copy of a zone against git.
pub async fn probe(
    estate: &Estate,
    field: &Field,
    kinds: &[ProbeKind],
    as_table: Option<&AsTable>,
    deadline: Deadline,
) -> EvidenceSet {
    probe_against(&Against::default(), estate, field, kinds, as_table, deadline).await
}

/// Probes from here and from every other vantage of the estate, and holds whole copies against what git has of zones.
///
/// Each target has the estate's budget, and nothing waits longer than `deadline`. The observer itself is
/// always looked at. A scripted clock stands still meanwhile.
pub async fn probe_against(
    against: &Against,
    estate: &Estate,
    field: &Field,
    kinds: &[ProbeKind],
    as_table: Option<&AsTable>,
    deadline: Deadline,
) -> EvidenceSet {
    let busy = field.clock.busy();
    let (at, watch) = (field.clock.now(), Stopwatch::start());
    let vantage = local_vantage(estate);
    let scene = Scene { estate, field, kinds, as_table, against, deadline, vantage };
    let (mut evidence, elsewhere) = tokio::join!(here(&scene), vantage::probe(&scene));
    evidence.extend(elsewhere);
    for (number, evidence) in evidence.iter_mut().enumerate() {
        evidence.id = Id::new(format!("e{}", number + 1));
    }
    drop(busy);
    EvidenceSet {
        schema: EvidenceSet::SCHEMA.to_owned(),
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        at,
        took_ms: scene::millis(watch.took()),
        evidence,
    }
}

/// Returns the vantage that this process is: the first local one that the estate names, else `here`.
pub fn local_vantage(estate: &Estate) -> Id {
    let local = estate.vantages.iter().find(|vantage| vantage.kind == VantageKind::Local);
    local.map_or_else(|| Id::new("here"), |vantage| vantage.id.clone())
}

/// Probes from one place. When the deadline leaves less than one target's budget, nobody was waited for:
/// then silence says nothing.
async fn here(scene: &Scene<'_>) -> Vec<Evidence> {
    let hurried = scene.is_hurried();
    let (observer, dns, copies, peers, bgp, seedboxes, registry) = tokio::join!(
        observer::probe(scene),
        dns::probe(scene),
        copies::probe(scene),
        peers::trackers_and_peers(scene),
        bgp::probe(scene),
        seedboxes::probe(scene),
        registry::probe(scene)
    );
    let all = [observer, dns, copies, peers, bgp, seedboxes, registry];
    let mut evidence: Vec<Evidence> = all.into_iter().flatten().collect();
    if hurried {
        evidence.iter_mut().for_each(|evidence| hurry::forgive(&mut evidence.observation));
    }
    evidence
}
