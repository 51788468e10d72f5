//! Where the parents delegate our zones, and what that allows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::World;
use super::claim::{Claim, list};
use super::sight::{Outcome, Sight};
use super::tally::{Score, Tally};
use crate::model::{
    DnsAnswer, DnsObservation, DnsProvider, DnsRole, Estate, FactKind, Id, Truth, Zone,
    fully_qualified,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.zones.iter().flat_map(|zone| of_zone(world.estate, sight, zone)).collect()
}

/// Tells whether the parent delegates a zone to exactly the providers that the estate names.
pub(super) fn is_as_intended(estate: &Estate, sight: &Sight<'_>, zone: &Zone) -> Truth {
    parent(sight, zone).as_intended(estate).truth()
}

/// Tells whether the parent delegates a zone to a provider.
pub(super) fn leads_to(sight: &Sight<'_>, zone: &Zone, provider: &DnsProvider) -> Truth {
    parent(sight, zone).delegates_to(provider).truth()
}

/// What the parent's servers say of one zone.
struct Parent<'a> {
    zone: &'a Zone,
    /// The delegated servers, by each server of the parent that answered.
    delegated: Vec<BTreeSet<String>>,
    /// Seconds, the largest.
    ttl: Option<u32>,
    tally: Tally,
    from: Vec<Id>,
}

fn of_zone(estate: &Estate, sight: &Sight<'_>, zone: &Zone) -> Vec<Claim> {
    let parent = parent(sight, zone);
    let mut claims = vec![
        parent.tally.answers(FactKind::DnsParentAnswers, &zone.id),
        parent.as_intended(estate),
        parent.present(),
        ttl(estate, sight, &parent),
    ];
    for provider in &estate.dns_providers {
        claims.push(parent.delegates_to(provider));
    }
    claims
}

fn parent<'a>(sight: &Sight<'_>, zone: &'a Zone) -> Parent<'a> {
    let name = fully_qualified(&zone.name);
    let mut delegated: BTreeMap<SocketAddr, BTreeSet<String>> = BTreeMap::new();
    let mut scores: BTreeMap<SocketAddr, (String, Score)> = BTreeMap::new();
    let (mut ttl, mut from) = (None, Vec::new());
    for (id, dns) in of_parent(sight, zone, "NS") {
        from.push(id.clone());
        let outcome = sight.outcome(Some(dns.server), &dns.ending);
        if let Outcome::Answered(answer) = &outcome {
            let servers = name_servers(answer, &name);
            ttl = ttl.max(servers.iter().map(|(_, ttl)| *ttl).max());
            if usable(answer) && !answer.tc {
                let names = servers.into_iter().map(|(name, _)| name);
                delegated.entry(dns.server).or_default().extend(names);
            }
        }
        let score = Score::of(outcome, |answer| {
            let rcode = crate::model::Remote::new(&answer.rcode);
            (!usable(answer)).then(|| format!("answers {rcode}"))
        });
        let shown = match &dns.role {
            DnsRole::Parent { server, .. } => crate::model::Remote::new(server).to_string(),
            DnsRole::Authority { .. }
            | DnsRole::Delegated { .. }
            | DnsRole::Resolver { .. }
            | DnsRole::Control => continue,
        };
        let entry = scores.entry(dns.server).or_insert_with(|| (shown, score.clone()));
        entry.1 = entry.1.clone().better(score);
    }
    let scores = scores.into_values().collect();
    let tally = Tally { scores, from: from.clone(), noun: ("parent server", "parent servers") };
    Parent { zone, delegated: delegated.into_values().collect(), ttl, tally, from }
}

pub(super) fn usable(answer: &DnsAnswer) -> bool {
    matches!(answer.rcode.as_str(), "NOERROR" | "NXDOMAIN")
}

pub(super) fn of_parent<'a>(
    sight: &Sight<'a>,
    zone: &Zone,
    kind: &'static str,
) -> impl Iterator<Item = (&'a Id, &'a DnsObservation)> {
    let id = zone.id.clone();
    sight.dns(&zone.id).filter(move |(_, dns)| {
        matches!(&dns.role, DnsRole::Parent { zone, .. } if *zone == id) && dns.kind == kind
    })
}

/// Returns the names that an answer delegates to, a referral's or its own, each with its time to live.
pub(super) fn name_servers(answer: &DnsAnswer, zone: &str) -> Vec<(String, u32)> {
    let records = answer.answers.iter().chain(&answer.authority);
    records
        .filter(|record| record.kind == "NS" && record.name == zone)
        .map(|record| (fully_qualified(record.data.raw()), record.ttl))
        .collect()
}

pub(super) fn names_of(provider: &DnsProvider) -> BTreeSet<String> {
    provider.nameservers.iter().map(|server| fully_qualified(&server.name)).collect()
}

impl Parent<'_> {
    fn unknown(&self) -> Option<String> {
        self.delegated
            .is_empty()
            .then(|| format!("the parent did not say: {}", self.tally.because()))
    }

    /// Unknown while the parent's servers disagree, as they may for a moment after a change.
    fn delegates_to(&self, provider: &DnsProvider) -> Claim {
        let names = names_of(provider);
        let lists = |servers: &BTreeSet<String>| !servers.is_disjoint(&names);
        let (yes, no): (Vec<_>, Vec<_>) = self.delegated.iter().partition(|set| lists(set));
        let (truth, because) = match (yes.first(), no.first()) {
            (None, None) => (Truth::Unknown, self.unknown().unwrap_or_default()),
            (Some(_), Some(_)) => (Truth::Unknown, "the parent's servers disagree".to_owned()),
            (Some(set), None) => (Truth::True, delegates(set)),
            (None, Some(set)) => (Truth::False, delegates(set)),
        };
        Claim::new(FactKind::DnsDelegated, &self.zone.id, truth, because)
            .with(&provider.id)
            .from(&self.from)
    }

    fn as_intended(&self, estate: &Estate) -> Claim {
        let claim = |truth, because| {
            let kind = FactKind::DnsDelegationAsIntended;
            Claim::new(kind, &self.zone.id, truth, because).from(&self.from)
        };
        if let Some(because) = self.unknown() {
            return claim(Truth::Unknown, because);
        }
        let faults: Vec<String> =
            self.delegated.iter().filter_map(|set| departure(estate, self.zone, set)).collect();
        match faults.first() {
            None => claim(Truth::True, self.delegated.first().map(delegates).unwrap_or_default()),
            Some(_) if faults.len() < self.delegated.len() => {
                claim(Truth::Unknown, "the parent's servers disagree".to_owned())
            }
            Some(fault) => claim(Truth::False, fault.clone()),
        }
    }
}

impl Parent<'_> {
    /// False when every server of the parent that answers names no server of the zone.
    fn present(&self) -> Claim {
        let empty = self.delegated.iter().filter(|servers| servers.is_empty()).count();
        let (truth, because) = match (self.delegated.first(), empty) {
            (None, _) => (Truth::Unknown, self.unknown().unwrap_or_default()),
            (Some(servers), 0) => (Truth::True, delegates(servers)),
            (Some(servers), _) if empty == self.delegated.len() => {
                (Truth::False, delegates(servers))
            }
            (Some(_), _) => (Truth::Unknown, "the parent's servers disagree".to_owned()),
        };
        Claim::new(FactKind::DnsDelegationPresent, &self.zone.id, truth, because).from(&self.from)
    }
}

fn delegates(servers: &BTreeSet<String>) -> String {
    let shown: Vec<String> =
        servers.iter().map(|name| crate::model::Remote::new(name).to_string()).collect();
    if shown.is_empty() {
        return "the parent does not delegate the zone at all".to_owned();
    }
    format!("the parent delegates to {}", list(&shown))
}

/// Says how a delegation departs from the intended providers; a provider counts when any server of it is listed.
fn departure(estate: &Estate, zone: &Zone, servers: &BTreeSet<String>) -> Option<String> {
    let intended: Vec<_> = zone.delegated_to.iter().filter_map(|id| estate.provider(id)).collect();
    let missing = intended.iter().find(|provider| names_of(provider).is_disjoint(servers));
    if let Some(missing) = missing {
        return Some(format!("{}, not to {}", delegates(servers), missing.id));
    }
    let known: BTreeSet<String> = intended.iter().flat_map(|provider| names_of(provider)).collect();
    let stranger = servers.iter().find(|name| !known.contains(*name))?;
    let shown = crate::model::Remote::new(stranger);
    Some(format!("the parent also delegates to {shown}, which is not intended"))
}

/// The longest time that a resolver may keep the delegation: the parent's, or the zone's own copy of it.
fn ttl(estate: &Estate, sight: &Sight<'_>, parent: &Parent<'_>) -> Claim {
    let name = fully_qualified(&parent.zone.name);
    let mut longest = parent.ttl;
    let mut from = parent.from.clone();
    for provider in &estate.dns_providers {
        for (id, dns) in sight.dns(&provider.id).filter(|(_, dns)| dns.name == name) {
            let Some(answer) = dns.ending.answer().filter(|_| dns.kind == "NS") else { continue };
            longest = longest.max(name_servers(answer, &name).iter().map(|(_, ttl)| *ttl).max());
            from.push(id.clone());
        }
    }
    let (kind, zone) = (FactKind::DnsDelegationTtl, &parent.zone.id);
    match (parent.ttl, longest) {
        (Some(_), Some(longest)) => {
            let because = format!("resolvers may keep the delegation for {longest} s");
            Claim::new(kind, zone, Truth::True, because).seconds(longest).from(&from)
        }
        (None, _) | (_, None) => {
            let because = parent.unknown().unwrap_or_else(|| "there is no delegation".to_owned());
            Claim::new(kind, zone, Truth::Unknown, because).from(&from)
        }
    }
}

/// Returns the DS records that any server of the parent gave for a zone, with the evidence; nothing where none did say.
pub(super) fn ds_at_parent(sight: &Sight<'_>, zone: &Zone) -> (Option<Vec<String>>, Vec<Id>) {
    let name = fully_qualified(&zone.name);
    let (mut signing, mut from) = (None::<Vec<String>>, Vec::new());
    for (id, dns) in of_parent(sight, zone, "DS") {
        from.push(id.clone());
        let whole = |answer: &&DnsAnswer| answer.rcode == "NOERROR" && !answer.tc;
        let Some(answer) = dns.ending.answer().filter(whole) else {
            continue;
        };
        let records = answer.answers.iter().filter(|r| r.kind == "DS" && r.name == name);
        signing.get_or_insert_default().extend(records.map(|record| record.data.raw().to_owned()));
    }
    (signing, from)
}
