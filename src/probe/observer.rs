//! The observer itself: which paths this machine has, and whether targets that are nobody's of ours answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::task::JoinSet;

use super::Scene;
use super::dns::{Asking, ask_all};
use crate::model::{
    Address, Control, ControlKind, DnsRole, Ending, Estate, Evidence, Id, Observation,
    TcpObservation, VantageObservation, fully_qualified,
};
use crate::net::{Deadline, Door, Origin, Stopwatch, Transport};
use crate::service::dns::Way;
use crate::service::{Budget, ending};
use crate::wire::dns::Query;

/// Looks at this machine's paths and asks every control target.
pub(super) async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    let controls = &scene.estate.controls;
    let (names, streams) =
        tokio::join!(ask_all(scene, questions(controls), scene.budget()), connect_all(scene));
    let mut evidence = vec![paths(scene)];
    evidence.extend(names);
    evidence.extend(streams);
    evidence
}

/// Returns what a DNS control is asked for; nothing for another control.
pub(super) fn control_name(control: &Control) -> Option<(String, String)> {
    if control.kind != ControlKind::Dns {
        return None;
    }
    let name = control.name.as_deref().map_or_else(|| ".".to_owned(), fully_qualified);
    let kind = control.record.as_deref().unwrap_or("SOA").to_ascii_uppercase();
    Some((name, kind))
}

fn questions(controls: &[Control]) -> Vec<Asking> {
    let question = |control: &Control| {
        let (name, kind) = control_name(control)?;
        Some(Asking {
            subject: control.id.clone(),
            role: DnsRole::Control,
            server: control.address.or_port(53),
            origin: Origin::Estate,
            way: Way::UDP,
            query: Query::to_resolver(name, kind),
            fresh: false,
        })
    };
    controls.iter().filter_map(question).collect()
}

async fn connect_all(scene: &Scene<'_>) -> Vec<Evidence> {
    let mut running = JoinSet::new();
    for control in scene.estate.controls.iter().filter(|c| c.kind == ControlKind::Tcp) {
        let (door, id) = (scene.field.door.clone(), control.id.clone());
        let (endpoint, budget) = (control.address.or_port(443), scene.budget());
        running.spawn(async move { connect(&door, id, endpoint, budget).await });
    }
    let mut found = Vec::new();
    while let Some(done) = running.join_next().await {
        let Ok((id, observation, took)) = done else { continue };
        let sent = u32::from(!matches!(observation.ending, Ending::Inconclusive(_)));
        found.push(scene.evidence(&id, sent, took, Observation::Tcp(observation)));
    }
    found.sort_by(|a, b| a.subject.cmp(&b.subject));
    found
}

async fn connect(
    door: &Door,
    id: Id,
    endpoint: SocketAddr,
    budget: Budget,
) -> (Id, TcpObservation, Duration) {
    let (watch, deadline) = (Stopwatch::start(), Deadline::after(budget.budget));
    let opened = match door.admit(endpoint, Transport::Tcp, Origin::Estate) {
        Ok(peer) => door.tcp(&peer, deadline).await,
        Err(error) => Err(error),
    };
    let ending = match opened {
        Ok(stream) => Ending::Answered(super::scene::millis(stream.connected_in())),
        Err(error) => ending(&error),
    };
    (id, TcpObservation { endpoint, ending }, watch.took())
}

/// Says which address families this machine has a way for. No packet is sent.
fn paths(scene: &Scene<'_>) -> Evidence {
    let watch = Stopwatch::start();
    let targets = targets(scene.estate);
    let has = |is_family: fn(&IpAddr) -> bool, elsewhere: IpAddr| {
        let mut own = targets.iter().filter(|target| is_family(&target.ip())).peekable();
        // An estate without a target of this family leaves the question of a way to anywhere.
        match own.peek() {
            Some(_) => own.any(|target| scene.field.door.has_way_to(*target)),
            None => scene.field.door.has_way_to(SocketAddr::new(elsewhere, 53)),
        }
    };
    let observation = VantageObservation {
        failed: None,
        ipv4: has(IpAddr::is_ipv4, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
        ipv6: has(IpAddr::is_ipv6, IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))),
    };
    let vantage = scene.vantage.clone();
    scene.evidence(&vantage, 0, watch.took(), Observation::Vantage(observation))
}

/// Returns every address that the estate names, with some port that it is spoken to at.
fn targets(estate: &Estate) -> Vec<SocketAddr> {
    let servers = estate.dns_providers.iter().flat_map(|provider| &provider.nameservers);
    let parents = estate.registrars.iter().flat_map(|registrar| &registrar.nameservers);
    let names = servers.chain(parents).flat_map(|server| &server.addresses);
    let at = |port: u16| move |address: &Address| address.or_port(port);
    let controls = estate.controls.iter().map(|control| &control.address);
    let resolvers = estate.resolvers.iter().map(|resolver| &resolver.address);
    let trackers = estate.trackers.iter().flat_map(|tracker| &tracker.addresses);
    let seedboxes = estate.seedboxes.iter().flat_map(|seedbox| &seedbox.addresses);
    let ask = names.chain(controls).chain(resolvers).map(at(53));
    ask.chain(trackers.chain(seedboxes).map(at(443))).collect()
}
