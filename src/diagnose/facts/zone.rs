//! How long our critical names are kept by caches.

use super::World;
use super::claim::Claim;
use super::sight::Sight;
use crate::model::{DnsObservation, FactKind, Id, Truth, Zone};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.zones.iter().map(|zone| ttl(world, sight, zone)).collect()
}

/// The authorities' own times count; what is left of them at a resolver only where no authority answers.
fn ttl(world: &World<'_>, sight: &Sight<'_>, zone: &Zone) -> Claim {
    let providers = world.estate.dns_providers.iter().map(|provider| &provider.id);
    let resolvers = world.estate.resolvers.iter().map(|resolver| &resolver.id);
    let kind = FactKind::DnsRecordTtl;
    let full = longest(sight, zone, providers);
    let (found, what) = match full {
        Some(_) => (full, "caches may keep the critical names for"),
        None => (
            longest(sight, zone, resolvers),
            "no authority says; a resolver keeps them for another",
        ),
    };
    match found {
        Some((ttl, from)) => Claim::new(kind, &zone.id, Truth::True, format!("{what} {ttl} s"))
            .seconds(ttl)
            .from(&from),
        None => Claim::new(kind, &zone.id, Truth::Unknown, "no critical name was answered"),
    }
}

fn longest<'a>(
    sight: &Sight<'_>,
    zone: &Zone,
    asked: impl Iterator<Item = &'a Id>,
) -> Option<(u32, Vec<Id>)> {
    let mut found: Option<(u32, Vec<Id>)> = None;
    for (id, dns) in asked.flat_map(|subject| sight.dns(subject)) {
        if let Some(ttl) = of_critical_name(zone, dns) {
            let (longest, from) = found.get_or_insert_default();
            *longest = ttl.max(*longest);
            from.push(id.clone());
        }
    }
    found
}

fn of_critical_name(zone: &Zone, dns: &DnsObservation) -> Option<u32> {
    let critical = zone.critical.iter().find(|critical| {
        critical.kind.eq_ignore_ascii_case(&dns.kind) && zone.full_name(&critical.name) == dns.name
    })?;
    let records = dns.ending.answer()?.answers.iter();
    records.filter(|record| record.kind.eq_ignore_ascii_case(&critical.kind)).map(|r| r.ttl).max()
}
