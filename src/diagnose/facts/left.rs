//! What each resolver still holds of our zones: from when on its users see a delegation that has moved.

use super::World;
use super::claim::Claim;
use super::sight::Sight;
use crate::model::{
    DnsAnswer, DnsObservation, DnsRole, FactKind, Id, Resolver, Truth, Zone, fully_qualified,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let zones = world.estate.zones.iter();
    let pairs = zones.flat_map(|zone| world.estate.resolvers.iter().map(move |it| (zone, it)));
    pairs
        .flat_map(|(zone, resolver)| {
            [delegation(sight, zone, resolver), records(sight, zone, resolver)]
        })
        .collect()
}

/// What is left of the time to live of the zone's name servers, which it answers or refers to.
fn delegation(sight: &Sight<'_>, zone: &Zone, resolver: &Resolver) -> Claim {
    let apex = fully_qualified(&zone.name);
    let left = |dns: &DnsObservation| {
        let asked = dns.manner.from_cache && dns.name == apex && dns.kind == "NS";
        let answer = usable(dns).filter(|_| asked)?;
        let records = answer.answers.iter().chain(&answer.authority);
        let own = records.filter(|record| record.name == apex && record.kind == "NS");
        own.map(|record| record.ttl).min()
    };
    let found = longest(sight, zone, resolver, left);
    told(FactKind::DnsDelegationLeft, (zone, resolver), found, "the zone's name servers")
}

/// What is left of the critical name that it keeps longest.
fn records(sight: &Sight<'_>, zone: &Zone, resolver: &Resolver) -> Claim {
    let left = |dns: &DnsObservation| {
        let is = |name: &str, kind: &str| name == dns.name && kind.eq_ignore_ascii_case(&dns.kind);
        zone.critical.iter().find(|it| is(&zone.full_name(&it.name), &it.kind))?;
        let answer = usable(dns).filter(|_| dns.manner.is_usual())?;
        let records = answer.answers.iter();
        // An answer lives as long as the record of it that runs out first.
        records.filter(|record| is(&record.name, &record.kind)).map(|record| record.ttl).min()
    };
    let found = longest(sight, zone, resolver, left);
    told(FactKind::DnsRecordLeft, (zone, resolver), found, "our critical names")
}

fn usable(dns: &DnsObservation) -> Option<&DnsAnswer> {
    dns.ending.answer().filter(|answer| answer.rcode == "NOERROR" && !answer.tc)
}

fn longest(
    sight: &Sight<'_>,
    zone: &Zone,
    resolver: &Resolver,
    left: impl Fn(&DnsObservation) -> Option<u32>,
) -> Option<(u32, Vec<Id>)> {
    let of_zone = |dns: &DnsObservation| matches!(&dns.role, DnsRole::Resolver { zone: Some(of) } if *of == zone.id);
    let answers = sight.every_dns(&resolver.id).filter(|(_, dns)| of_zone(dns));
    let told: Vec<(u32, &Id)> = answers.filter_map(|(id, dns)| Some((left(dns)?, id))).collect();
    let longest = told.iter().map(|(seconds, _)| *seconds).max()?;
    Some((longest, told.into_iter().map(|(_, id)| id.clone()).collect()))
}

fn told(
    kind: FactKind,
    (zone, resolver): (&Zone, &Resolver),
    found: Option<(u32, Vec<Id>)>,
    what: &str,
) -> Claim {
    let claim = |truth, because| Claim::new(kind, &zone.id, truth, because).with(&resolver.id);
    match found {
        Some((seconds, from)) => {
            let because = format!("it keeps {what} for another {seconds} s");
            claim(Truth::True, because).seconds(seconds).from(&from)
        }
        None => claim(Truth::Unknown, format!("it gave no answer for {what}")),
    }
}
