//! The resolvers that our users have, asked for our names and for a name that is not ours.

use super::super::Scene;
use super::Asking;
use super::asking::observation;
use crate::model::{
    ControlKind, DnsRole, DnsTransport, Ending, Estate, Evidence, Id, Inconclusive, Resolver,
};
use crate::net::{Origin, Transport};
use crate::wire::dns::Query;

/// The most control names that each resolver is asked for.
const CONTROLS: usize = 2;

/// Returns the questions to every resolver. Its first plain transport is asked for everything, the other
/// one for a control name alone: whether the way is open is all that it can add.
pub fn questions(estate: &Estate) -> Vec<Asking> {
    let controls = control_names(estate);
    let mut all = Vec::new();
    for resolver in &estate.resolvers {
        for (rank, transport) in plain_transports(resolver).into_iter().enumerate() {
            let ask = |zone: Option<&Id>, name: &str, kind: &str| Asking {
                subject: resolver.id.clone(),
                role: DnsRole::Resolver { zone: zone.cloned() },
                server: resolver.address.or_port(53),
                origin: Origin::Estate,
                transport,
                query: question(resolver, zone, name, kind),
                fresh: false,
            };
            all.extend(controls.iter().map(|(name, kind)| ask(None, name, kind)));
            for zone in estate.zones.iter().filter(|_| rank == 0) {
                all.extend(zone.critical.iter().map(|critical| {
                    let kind = critical.kind.to_ascii_uppercase();
                    ask(Some(&zone.id), &zone.full_name(&critical.name), &kind)
                }));
            }
        }
    }
    all
}

/// Our own names are asked for on behalf of the users' network, where the estate names one; a control name tells who
/// answers.
fn question(resolver: &Resolver, zone: Option<&Id>, name: &str, kind: &str) -> Query {
    let client_subnet = resolver.client_subnet.filter(|_| zone.is_some());
    let nsid = zone.is_none();
    // Only who asks for signatures is told what was validated (RFC 6840 §5.7).
    Query { dnssec: true, nsid, client_subnet, ..Query::to_resolver(name, kind) }
}

fn plain_transports(resolver: &Resolver) -> Vec<Transport> {
    let plain = [(DnsTransport::Udp, Transport::Udp), (DnsTransport::Tcp, Transport::Tcp)];
    let has = |(transport, plain)| resolver.transports.contains(&transport).then_some(plain);
    plain.into_iter().filter_map(has).collect()
}

/// Returns names that tell a dead resolver from a dead authority: the controls', else the root's servers.
fn control_names(estate: &Estate) -> Vec<(String, String)> {
    let controls = estate.controls.iter().filter(|control| control.kind == ControlKind::Dns);
    let mut names: Vec<_> = controls.filter_map(super::super::observer::control_name).collect();
    names.dedup();
    names.truncate(CONTROLS);
    if names.is_empty() { vec![(".".to_owned(), "NS".to_owned())] } else { names }
}

/// Says of each encrypted transport that it cannot be asked yet.
pub fn not_built(scene: &Scene<'_>) -> Vec<Evidence> {
    let mut all = Vec::new();
    for resolver in &scene.estate.resolvers {
        let encrypted = resolver.transports.iter().filter_map(|transport| match transport {
            DnsTransport::Udp | DnsTransport::Tcp => None,
            DnsTransport::Dot => Some((*transport, "DNS over TLS is not built")),
            DnsTransport::Doh => Some((*transport, "DNS over HTTPS is not built")),
        });
        for (transport, why) in encrypted {
            let ending = Ending::Inconclusive(Inconclusive::NotAvailable(why.to_owned()));
            let role = DnsRole::Resolver { zone: None };
            let port = if transport == DnsTransport::Dot { 853 } else { 443 };
            let server = resolver.address.or_port(port);
            let query = Query::to_resolver(".", "NS");
            let observation = observation(role, server, transport, &query, ending);
            all.push(scene.evidence(&resolver.id, 0, std::time::Duration::ZERO, observation));
        }
    }
    all
}
