//! What the parents' answers make worth asking: servers that the estate does not name, and addresses that it does not note.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::super::Scene;
use super::{Asking, ask_all};
use crate::model::{
    DnsAnswer, DnsProvider, DnsRole, Estate, Evidence, Id, NameServer, Observation, Zone,
    fully_qualified,
};
use crate::net::{Deadline, Origin};
use crate::service::dns::Way;
use crate::service::{Budget, Resolvers};
use crate::wire::dns::Query;

/// The most strangers of one zone, and the most addresses of one, that are asked.
const STRANGERS: usize = 4;
const ADDRESSES: usize = 2;

/// A stranger with the addresses that the parent gave for it.
type Found = (Id, String, BTreeSet<SocketAddr>);

/// Asks each of them about the zone, within what is left of the budget.
pub async fn probe(
    scene: &Scene<'_>,
    parents: &[Evidence],
    until: Deadline,
    budget: Budget,
) -> Vec<Evidence> {
    let mut questions = Vec::new();
    for (zone, server, mut addresses) in found(scene.estate, parents) {
        if addresses.is_empty() {
            let resolvers =
                Resolvers::new(scene.field.door.clone(), scene.estate, &scene.field.base);
            let within = until.within(until.left() / 2);
            let known = resolvers.addresses(&server, within).await;
            addresses = known.into_iter().map(|ip| SocketAddr::new(ip, 53)).collect();
        }
        if let Some(zone) = scene.estate.zone(&zone) {
            let asked = addresses.into_iter().take(ADDRESSES);
            questions.extend(asked.flat_map(|at| about(zone, &server, at)));
        }
    }
    questions.extend(wandering(scene.estate, parents));
    ask_all(scene, questions, budget.until(until)).await
}

/// Asks a zone's own servers where one of them is, when the parent has an address for it that the estate does not note.
fn wandering(estate: &Estate, parents: &[Evidence]) -> Vec<Asking> {
    let mut asked = BTreeSet::new();
    let mut questions = Vec::new();
    for evidence in parents {
        let Observation::Dns(dns) = &evidence.observation else { continue };
        let DnsRole::Parent { zone, .. } = &dns.role else { continue };
        let Some(answer) = dns.ending.answer().filter(|_| dns.kind == "NS") else { continue };
        for (provider, server) in inside(estate, &dns.name) {
            let name = fully_qualified(&server.name);
            let noted = |at: &SocketAddr| server.addresses.iter().any(|it| it.ip == at.ip());
            let strange = glue(answer, &name).iter().any(|at| !noted(at));
            if strange && asked.insert((zone.clone(), name.clone())) {
                questions.extend(of_host(estate, zone, provider, &name));
            }
        }
    }
    questions
}

/// Returns the estate's servers whose names lie in a zone.
fn inside<'a>(
    estate: &'a Estate,
    zone: &'a str,
) -> impl Iterator<Item = (&'a DnsProvider, &'a NameServer)> {
    let all = estate.dns_providers.iter();
    let all = all.flat_map(|provider| provider.nameservers.iter().map(move |it| (provider, it)));
    all.filter(move |(_, server)| {
        let name = fully_qualified(&server.name);
        name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Asks every server of a provider for a host's addresses.
fn of_host(estate: &Estate, zone: &Id, provider: &DnsProvider, host: &str) -> Vec<Asking> {
    let mut questions = Vec::new();
    if estate.zone(zone).is_none() {
        return questions;
    }
    for server in &provider.nameservers {
        for address in &server.addresses {
            questions.extend(["A", "AAAA"].map(|kind| Asking {
                subject: provider.id.clone(),
                role: DnsRole::Authority {
                    provider: provider.id.clone(),
                    zone: zone.clone(),
                    server: fully_qualified(&server.name),
                },
                server: address.or_port(53),
                origin: Origin::Estate,
                way: Way::UDP,
                query: Query::to_authority(host, kind),
                fresh: false,
            }));
        }
    }
    questions
}

fn about(zone: &Zone, server: &str, at: SocketAddr) -> impl Iterator<Item = Asking> {
    let (id, server, name) = (zone.id.clone(), server.to_owned(), fully_qualified(&zone.name));
    ["SOA", "NS"].into_iter().map(move |kind| Asking {
        subject: id.clone(),
        role: DnsRole::Delegated { zone: id.clone(), server: server.clone() },
        server: at,
        origin: Origin::Learned,
        way: Way::UDP,
        query: Query::to_authority(&name, kind),
        fresh: false,
    })
}

/// Returns the servers that the parents' answers name and no provider of the estate has.
fn found(estate: &Estate, parents: &[Evidence]) -> Vec<Found> {
    let providers = estate.dns_providers.iter().flat_map(|provider| &provider.nameservers);
    let known: BTreeSet<String> = providers.map(|server| fully_qualified(&server.name)).collect();
    let mut strangers: BTreeMap<Id, BTreeMap<String, BTreeSet<SocketAddr>>> = BTreeMap::new();
    for evidence in parents {
        let Observation::Dns(dns) = &evidence.observation else { continue };
        let DnsRole::Parent { zone, .. } = &dns.role else { continue };
        let Some(answer) = dns.ending.answer().filter(|_| dns.kind == "NS") else { continue };
        for server in named(answer, &dns.name).filter(|server| !known.contains(server)) {
            let addresses = glue(answer, &server);
            let of_zone = strangers.entry(zone.clone()).or_default();
            of_zone.entry(server).or_default().extend(addresses);
        }
    }
    let each = strangers.into_iter().flat_map(|(zone, servers)| {
        let few = servers.into_iter().take(STRANGERS);
        few.map(move |(server, addresses)| (zone.clone(), server, addresses))
    });
    each.collect()
}

fn named<'a>(answer: &'a DnsAnswer, zone: &'a str) -> impl Iterator<Item = String> + 'a {
    let records = answer.answers.iter().chain(&answer.authority);
    let of_zone = records.filter(move |record| record.kind == "NS" && record.name == zone);
    of_zone.map(|record| fully_qualified(record.data.raw()))
}

fn glue(answer: &DnsAnswer, server: &str) -> BTreeSet<SocketAddr> {
    let records = answer.additional.iter().filter(|record| record.name == server);
    let addresses = records.filter_map(|record| record.data.raw().parse().ok());
    addresses.map(|ip| SocketAddr::new(ip, 53)).collect()
}
