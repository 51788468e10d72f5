//! Peers by network: what trackers and seedboxes name, counted together and then forgotten.

use super::Scene;
use super::trackers::{self, Heard};
use crate::model::{
    Evidence, Inconclusive, Observation, PeersObservation, ProbeKind, Seedbox, SeedboxKind,
};
use crate::net::{Deadline, Stopwatch};
use crate::service::{PeerSet, seedbox};

/// Asks trackers once, for what they say of themselves and for the peers that they name, and seedboxes
/// for theirs.
pub(super) async fn trackers_and_peers(scene: &Scene<'_>) -> Vec<Evidence> {
    let (of_trackers, of_peers) = (scene.wants(ProbeKind::Trackers), scene.wants(ProbeKind::Peers));
    if !of_trackers && !of_peers {
        return Vec::new();
    }
    let watch = Stopwatch::start();
    let (mut heard, boxes) = tokio::join!(trackers::probe(scene), boxes(scene, of_peers));
    let mut evidence = std::mem::take(&mut heard.evidence);
    if !of_trackers {
        evidence.clear();
    }
    if of_peers {
        let observation = Observation::Peers(count(scene, heard, boxes));
        evidence.push(scene.evidence(&scene.estate.id, 0, watch.took(), observation));
    }
    evidence
}

/// What seedboxes said, of as many as were asked.
#[derive(Default)]
struct Boxes {
    peers: PeerSet,
    asked: u32,
    answered: u32,
}

/// Asks every seedbox for its connected peers; one that cannot be spoken to yet is not asked.
async fn boxes(scene: &Scene<'_>, wanted: bool) -> Boxes {
    let mut boxes = Boxes::default();
    let mut running = tokio::task::JoinSet::new();
    let askable = |it: &&Seedbox| wanted && it.kind == SeedboxKind::Transmission;
    for one in scene.estate.seedboxes.iter().filter(askable) {
        boxes.asked += 1;
        let (field, one) = (scene.field.clone(), one.clone());
        let until = Deadline::after(scene.budget().budget);
        running.spawn(async move { seedbox::peers(&field, &one, until).await });
    }
    while let Some(done) = running.join_next().await {
        // Why one did not answer stands in its own evidence.
        let Ok(Ok(peers)) = done else { continue };
        boxes.answered += 1;
        boxes.peers.join(peers);
    }
    boxes
}

fn count(scene: &Scene<'_>, heard: Heard, boxes: Boxes) -> PeersObservation {
    let (sources, asked) = (heard.answered + boxes.answered, heard.asked + boxes.asked);
    let nothing = |why: &str| PeersObservation {
        sources,
        asked,
        inconclusive: Some(Inconclusive::NotAvailable(why.to_owned())),
        ..PeersObservation::default()
    };
    let Some(table) = scene.as_table else { return nothing("no `as_table` is at hand") };
    if asked == 0 {
        return nothing("no tracker with a swarm and no seedbox is declared");
    }
    let mut peers = heard.peers;
    peers.join(boxes.peers);
    let count = peers.count(table, &scene.estate.network.allow_private);
    let (by_asn, unmapped) = (count.by_asn, count.unmapped);
    PeersObservation { by_asn, unmapped, sources, asked, inconclusive: None }
}
