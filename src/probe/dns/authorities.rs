//! The name servers of our providers, asked about the zones that they should serve.

use super::Asking;
use crate::model::{DnsProvider, DnsRole, Estate, Zone, fully_qualified};
use crate::net::{Origin, Transport};
use crate::service::dns::Way;
use crate::wire::dns::Query;

/// Returns the questions to every address of every server: for each zone that is delegated to its
/// provider or stands by there, SOA, NS, DNSKEY, each critical name and the addresses of each name whose origin is
/// hidden, and SOA and DNSKEY over TCP as well; each with its signatures.
pub fn questions(estate: &Estate) -> Vec<Asking> {
    let mut all = Vec::new();
    for provider in &estate.dns_providers {
        for zone in estate.zones.iter().filter(|zone| serves(provider, zone)) {
            all.extend(about(provider, zone));
        }
    }
    all
}

fn serves(provider: &DnsProvider, zone: &Zone) -> bool {
    [&zone.delegated_to, &zone.standby_at].into_iter().flatten().any(|id| *id == provider.id)
}

fn about(provider: &DnsProvider, zone: &Zone) -> Vec<Asking> {
    let apex = fully_qualified(&zone.name);
    let own = ["SOA", "NS", "DNSKEY"].map(|kind| (apex.clone(), kind.to_owned(), Transport::Udp));
    let critical = zone
        .critical
        .iter()
        .map(|name| (zone.full_name(&name.name), name.kind.to_ascii_uppercase(), Transport::Udp));
    let hidden = zone
        .hidden_names()
        .into_iter()
        .flat_map(|name| ["A", "AAAA"].map(|kind| (name.clone(), kind.to_owned(), Transport::Udp)));
    let streams = ["SOA", "DNSKEY"].map(|kind| (apex.clone(), kind.to_owned(), Transport::Tcp));
    let mut wanted: Vec<_> = own.into_iter().chain(critical).chain(hidden).chain(streams).collect();
    let mut seen = std::collections::BTreeSet::new();
    wanted.retain(|question| seen.insert(question.clone()));
    let mut all = Vec::new();
    for server in &provider.nameservers {
        for address in &server.addresses {
            let role = || DnsRole::Authority {
                provider: provider.id.clone(),
                zone: zone.id.clone(),
                server: fully_qualified(&server.name),
            };
            all.extend(wanted.iter().map(|(name, kind, transport)| Asking {
                subject: provider.id.clone(),
                role: role(),
                server: address.or_port(53),
                origin: Origin::Estate,
                way: Way::from(*transport),
                query: question(name, kind, *transport),
                fresh: false,
            }));
        }
    }
    all
}

/// Whoever answers for the apex is asked for its name as well.
fn question(name: &str, kind: &str, transport: Transport) -> Query {
    let nsid = kind == "SOA" && transport == Transport::Udp;
    Query { dnssec: true, nsid, ..Query::to_authority(name, kind) }
}
