//! The resolvers that our users have, asked for our names and for a name that is not ours.

use super::super::Scene;
use super::Asking;
use crate::model::{ControlKind, DnsRole, Estate, Id, Resolver};
use crate::net::Origin;
use crate::service::dns::Way;
use crate::wire::dns::Query;

/// The most control names that each resolver is asked for.
const CONTROLS: usize = 2;

/// Returns the questions to every resolver. Its first transport is asked for everything, plain ones first, the
/// others for control names alone: whether the way is open is all that they can add.
pub fn questions(scene: &Scene<'_>) -> Vec<Asking> {
    let estate = scene.estate;
    let controls = control_names(estate);
    let mut all = Vec::new();
    for resolver in &estate.resolvers {
        for (rank, way) in Way::to(resolver, &scene.field.base).into_iter().enumerate() {
            let ask = |zone: Option<&Id>, name: &str, kind: &str| Asking {
                subject: resolver.id.clone(),
                role: DnsRole::Resolver { zone: zone.cloned() },
                server: resolver.at(way.transport()),
                origin: Origin::Estate,
                way: way.clone(),
                query: question(resolver, zone, name, kind),
                fresh: false,
            };
            all.extend(controls.iter().map(|(name, kind)| ask(None, name, kind)));
            for zone in estate.zones.iter().filter(|_| rank == 0) {
                // How long it keeps a delegation tells when its users see one that has moved.
                let held = ask(Some(&zone.id), &zone.full_name("@"), "NS");
                all.push(held.put(|query| (query.recursion, query.client_subnet) = (false, None)));
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

/// Returns names that tell a dead resolver from a dead authority: the controls', else the root's servers.
fn control_names(estate: &Estate) -> Vec<(String, String)> {
    let controls = estate.controls.iter().filter(|control| control.kind == ControlKind::Dns);
    let mut names: Vec<_> = controls.filter_map(super::super::observer::control_name).collect();
    names.dedup();
    names.truncate(CONTROLS);
    if names.is_empty() { vec![(".".to_owned(), "NS".to_owned())] } else { names }
}
