//! How long caches keep our critical names, and that a name does not exist.

use super::World;
use super::claim::Claim;
use super::sight::Sight;
use crate::model::{DnsObservation, FactKind, Id, Truth, Zone, fully_qualified};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let zones = world.estate.zones.iter();
    zones.flat_map(|zone| [ttl(world, sight, zone), negative(world, sight, zone)]).collect()
}

/// What the authorities' SOA says: the smaller of its own time to live and its last field (RFC 2308 §5).
fn negative(world: &World<'_>, sight: &Sight<'_>, zone: &Zone) -> Claim {
    let providers = world.estate.dns_providers.iter().map(|provider| &provider.id);
    let name = fully_qualified(&zone.name);
    let kind = FactKind::DnsNegativeTtl;
    match longest(sight, providers, |dns| of_denial(&name, dns)) {
        Some((ttl, from)) => {
            let because = format!("caches may keep for {ttl} s that a name does not exist");
            Claim::new(kind, &zone.id, Truth::True, because).seconds(ttl).from(&from)
        }
        None => Claim::new(kind, &zone.id, Truth::Unknown, "no authority gave the zone's SOA"),
    }
}

fn of_denial(zone: &str, dns: &DnsObservation) -> Option<u32> {
    let answer = dns.ending.answer().filter(|answer| answer.aa && dns.name == zone)?;
    let soa = answer.answers.iter().find(|record| record.kind == "SOA" && record.name == zone)?;
    let minimum: u32 = soa.data.raw().split_ascii_whitespace().nth(6)?.parse().ok()?;
    Some(minimum.min(soa.ttl))
}

/// The authorities' own times count; what is left of them at a resolver only where no authority answers.
fn ttl(world: &World<'_>, sight: &Sight<'_>, zone: &Zone) -> Claim {
    let providers = world.estate.dns_providers.iter().map(|provider| &provider.id);
    let resolvers = world.estate.resolvers.iter().map(|resolver| &resolver.id);
    let kind = FactKind::DnsRecordTtl;
    let of_name = |dns: &DnsObservation| of_critical_name(zone, dns);
    let full = longest(sight, providers, of_name);
    let (found, what) = match full {
        Some(_) => (full, "caches may keep the critical names for"),
        None => (
            longest(sight, resolvers, of_name),
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
    asked: impl Iterator<Item = &'a Id>,
    ttl: impl Fn(&DnsObservation) -> Option<u32>,
) -> Option<(u32, Vec<Id>)> {
    let mut found: Option<(u32, Vec<Id>)> = None;
    for (id, dns) in asked.flat_map(|subject| sight.dns(subject)) {
        if let Some(ttl) = ttl(dns) {
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
