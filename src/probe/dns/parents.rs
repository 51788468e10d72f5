//! The servers of our zones' parents, asked where they delegate and what they sign.
//!
//! The estate may name them; else the resolvers say who they are, within the same budget.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use super::super::Scene;
use super::asking::observation;
use super::{Asking, ask_all, strangers};
use crate::model::{
    DnsRole, DnsTransport, Ending, Evidence, Inconclusive, NameServer, Zone, fully_qualified,
};
use crate::net::{Deadline, Origin, Stopwatch};
use crate::service::dns::Way;
use crate::service::{Budget, Resolvers};
use crate::wire::dns::Query;

/// The most servers of a parent that are asked when the resolvers named them.
const LEARNED: usize = 4;

/// A parent's server at one address.
#[derive(Clone, Debug)]
struct Server {
    name: String,
    address: SocketAddr,
    origin: Origin,
}

/// Asks the parent of every zone.
pub async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    let (watch, budget) = (Stopwatch::start(), scene.budget());
    let until = Deadline::after(budget.budget);
    let (declared, unknown): (Vec<_>, Vec<_>) =
        scene.estate.zones.iter().partition(|zone| !declared(scene, zone).is_empty());
    let now = declared.into_iter().flat_map(|zone| questions(zone, &self::declared(scene, zone)));
    let later = async {
        let parents = learn(scene, &unknown, Deadline::after(budget.budget / 2)).await;
        let (mut later, mut missing) = (Vec::new(), Vec::new());
        for zone in unknown {
            let parent = parent_zone(scene, zone);
            match parents.get(&parent) {
                Some(servers) if !servers.is_empty() => later.extend(questions(zone, servers)),
                Some(_) | None => missing.push(no_address(scene, zone, &parent, watch)),
            }
        }
        let budget = Budget { budget: until.left(), ..budget };
        let mut evidence = ask_all(scene, later, budget).await;
        evidence.extend(missing);
        evidence
    };
    let now = async {
        let evidence = ask_all(scene, now.collect(), budget).await;
        with_strangers(scene, evidence, until, budget).await
    };
    let later = async { with_strangers(scene, later.await, until, budget).await };
    let (mut evidence, later) = tokio::join!(now, later);
    evidence.extend(later);
    evidence
}

/// Adds what those say that the parents delegate to without our knowing them.
async fn with_strangers(
    scene: &Scene<'_>,
    mut parents: Vec<Evidence>,
    until: Deadline,
    budget: Budget,
) -> Vec<Evidence> {
    let strangers = strangers::probe(scene, &parents, until, budget).await;
    parents.extend(strangers);
    parents
}

/// Returns the parent's servers that the estate names.
fn declared(scene: &Scene<'_>, zone: &Zone) -> Vec<Server> {
    let registrar = zone.registrar.as_ref().and_then(|id| scene.estate.registrar(id));
    let nameservers: &[NameServer] = registrar.map_or(&[], |registrar| &registrar.nameservers);
    let server = |server: &NameServer| {
        let name = fully_qualified(&server.name);
        let at = |address: &crate::model::Address| Server {
            name: name.clone(),
            address: address.or_port(53),
            origin: Origin::Estate,
        };
        server.addresses.iter().map(at).collect::<Vec<_>>()
    };
    nameservers.iter().flat_map(server).collect()
}

/// Returns the zone that holds a zone's delegation.
fn parent_zone(scene: &Scene<'_>, zone: &Zone) -> String {
    let registrar = zone.registrar.as_ref().and_then(|id| scene.estate.registrar(id));
    let named = registrar.and_then(|registrar| registrar.parent_zone.as_deref());
    let name = fully_qualified(&zone.name);
    let above = || name.split_once('.').map_or(".", |(_, above)| above);
    fully_qualified(match named.unwrap_or_else(above) {
        "" => ".",
        parent => parent,
    })
}

/// Asks, for each zone and server, where it is delegated and what is signed, in both ways.
fn questions(zone: &Zone, servers: &[Server]) -> Vec<Asking> {
    let name = fully_qualified(&zone.name);
    let mut all = Vec::new();
    for server in servers {
        for way in [Way::UDP, Way::TCP] {
            all.extend(["NS", "DS"].map(|kind| Asking {
                subject: zone.id.clone(),
                role: DnsRole::Parent { zone: zone.id.clone(), server: server.name.clone() },
                server: server.address,
                origin: server.origin,
                way: way.clone(),
                query: Query::to_authority(&name, kind),
                fresh: false,
            }));
        }
    }
    all
}

/// Asks the resolvers for the servers of the zones' parents, and those for their addresses.
async fn learn(
    scene: &Scene<'_>,
    zones: &[&Zone],
    until: Deadline,
) -> BTreeMap<String, Vec<Server>> {
    let resolvers = Resolvers::new(scene.field.door.clone(), scene.estate, &scene.field.base);
    let mut running = tokio::task::JoinSet::new();
    let parents: std::collections::BTreeSet<String> =
        zones.iter().map(|zone| parent_zone(scene, zone)).collect();
    for parent in parents {
        let resolvers = resolvers.clone();
        running.spawn(async move {
            let servers = servers(&resolvers, &parent, until).await;
            (parent, servers)
        });
    }
    let mut found = BTreeMap::new();
    while let Some(done) = running.join_next().await {
        found.extend(done.ok());
    }
    found
}

async fn servers(resolvers: &Resolvers, parent: &str, until: Deadline) -> Vec<Server> {
    let answer = resolvers.ask(parent, "NS", until).await.unwrap_or_default();
    let named = answer.answers.iter().filter(|record| record.kind == "NS" && record.name == parent);
    let mut running = tokio::task::JoinSet::new();
    for name in named.take(LEARNED).map(|record| record.data.raw().to_owned()) {
        let resolvers = resolvers.clone();
        running.spawn(async move {
            let addresses = resolvers.addresses(&name, until).await;
            (name, addresses)
        });
    }
    let mut found = Vec::new();
    while let Some(done) = running.join_next().await {
        let Ok((name, addresses)) = done else { continue };
        found.extend(addresses.into_iter().map(|ip| Server {
            name: name.clone(),
            address: SocketAddr::new(ip, 53),
            origin: Origin::Learned,
        }));
    }
    found.sort_by_key(|server| server.address);
    found.truncate(LEARNED);
    found
}

/// Says that nobody knows whom to ask.
fn no_address(scene: &Scene<'_>, zone: &Zone, parent: &str, watch: Stopwatch) -> Evidence {
    let why = format!("no address of a server of the parent `{parent}` is known");
    let role = DnsRole::Parent { zone: zone.id.clone(), server: parent.to_owned() };
    let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 53));
    let query = Query::to_authority(fully_qualified(&zone.name), "NS");
    let ending = Ending::Inconclusive(Inconclusive::NoAddress(why));
    let observation = observation(role, nowhere, DnsTransport::Udp, &query, ending);
    scene.evidence(&zone.id, 0, watch.took(), observation)
}
