//! The zone cut: what the parent says of a zone's servers, held against what the zone and its servers say themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::World;
use super::authoritative::{authoritative, delegated, serving, values};
use super::authority::not_authoritative;
use super::claim::{Claim, list};
use super::delegation::{name_servers, names_of, of_parent, usable};
use super::sight::{Outcome, Sight};
use crate::model::{
    DnsAnswer, DnsObservation, DnsRole, FactKind, Id, Measure, Remote, Truth, Zone, fully_qualified,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.zones.iter().flat_map(|zone| of_zone(world, sight, zone)).collect()
}

/// Both sides of one cut.
struct Cut<'a> {
    zone: &'a Zone,
    /// The zone's name, fully qualified.
    name: String,
    /// What each server of the parent delegates to.
    above: BTreeMap<SocketAddr, BTreeSet<String>>,
    /// All of that together.
    delegated: BTreeSet<String>,
    /// What was said about the zone by those that should serve it: server, evidence.
    below: Vec<(&'a str, &'a Id, &'a DnsObservation)>,
    from_above: Vec<Id>,
}

fn of_zone(world: &World<'_>, sight: &Sight<'_>, zone: &Zone) -> [Claim; 3] {
    let cut = Cut::of(world, sight, zone);
    [cut.consistent(sight), cut.glue(world, sight), cut.lame(sight)]
}

impl<'a> Cut<'a> {
    fn of(world: &World<'a>, sight: &Sight<'a>, zone: &'a Zone) -> Self {
        let name = fully_qualified(&zone.name);
        let mut above: BTreeMap<SocketAddr, BTreeSet<String>> = BTreeMap::new();
        let mut from_above = Vec::new();
        for (id, dns) in of_parent(sight, zone, "NS") {
            from_above.push(id.clone());
            if let Some(answer) = dns.ending.answer().filter(|it| usable(it) && !it.tc) {
                let names = name_servers(answer, &name).into_iter().map(|(server, _)| server);
                above.entry(dns.server).or_default().extend(names);
            }
        }
        let delegated = delegated(sight, zone).unwrap_or_default();
        let below = below(world, sight, zone, &delegated);
        Self { zone, name, above, delegated, below, from_above }
    }

    fn claim(&self, kind: FactKind, truth: Truth, because: impl Into<String>) -> Claim {
        let below = self.below.iter().map(|(_, id, _)| *id);
        Claim::new(kind, &self.zone.id, truth, because).from(self.from_above.iter().chain(below))
    }

    fn consistent(&self, sight: &Sight<'_>) -> Claim {
        let kind = FactKind::DnsDelegationConsistent;
        let mut above = self.above.values();
        if self.delegated.is_empty() {
            return self.claim(kind, Truth::Unknown, "the parent names no server");
        }
        if above.any(|servers| *servers != self.delegated) {
            return self.claim(kind, Truth::Unknown, "the parent's servers disagree");
        }
        let of_zone = |dns: &&DnsObservation| dns.kind == "NS" && dns.name == self.name;
        let mut heard = false;
        for (server, _, dns) in &self.below {
            let Some(answer) = Some(*dns).filter(of_zone).and_then(|dns| authoritative(sight, dns))
            else {
                continue;
            };
            heard = true;
            let own: BTreeSet<String> = values(answer, "NS").map(fully_qualified).collect();
            if let Some(why) = differs(&self.delegated, &own) {
                let server = Remote::new(server.trim_end_matches('.'));
                return self.claim(kind, Truth::False, format!("{why}, says {server}"));
            }
        }
        match heard {
            true => self.claim(kind, Truth::True, "the parent and the zone name the same servers"),
            false => self.claim(kind, Truth::Unknown, "the zone's own servers did not say"),
        }
    }

    /// Only servers whose names lie in the zone need glue (RFC 9471), and only a referral has it. Where the estate and the
    /// parent agree on the addresses, nobody else is asked for them.
    fn glue(&self, world: &World<'_>, sight: &Sight<'_>) -> Claim {
        let kind = FactKind::DnsDelegationGlue;
        let inside: Vec<&String> =
            self.delegated.iter().filter(|server| within(server, &self.name)).collect();
        if inside.is_empty() {
            return Claim::moot(kind, &self.zone.id, "no name server's name lies in the zone");
        }
        let referrals = self.referrals(sight);
        if referrals.is_empty() {
            return self.claim(kind, Truth::Unknown, "the parent did not say");
        }
        let mut unknown = None;
        for server in inside {
            let shown = Remote::new(server.trim_end_matches('.')).to_string();
            let glue = glue_of(&referrals, server);
            let mut known = noted(world, server);
            let own = self.addresses(sight, server);
            known.extend(own.iter().flatten());
            let strange = glue.iter().find(|ip| !known.contains(ip));
            match (glue.is_empty(), strange, own.is_some()) {
                (true, ..) => {
                    let why = format!("the parent has no address of {shown}");
                    return self.claim(kind, Truth::False, why);
                }
                (false, Some(ip), true) => {
                    let why = format!("the parent has {ip} for {shown}, the zone does not");
                    return self.claim(kind, Truth::False, why);
                }
                (false, Some(_), false) => unknown = Some(shown),
                (false, None, _) => {}
            }
        }
        match unknown {
            Some(server) => {
                let why = format!("the zone did not say where {server} is");
                self.claim(kind, Truth::Unknown, why)
            }
            None => self.claim(kind, Truth::True, "the parent has the addresses as they are"),
        }
    }

    /// The parent's referrals; a server that has the zone as well gives none.
    fn referrals(&self, sight: &Sight<'a>) -> Vec<&'a DnsAnswer> {
        let answers = of_parent(sight, self.zone, "NS").filter_map(|(_, dns)| dns.ending.answer());
        answers.filter(|answer| usable(answer) && !answer.aa && !answer.tc).collect()
    }

    /// Returns the addresses that the zone itself gives a server; `None` until both families were answered.
    fn addresses(&self, sight: &Sight<'_>, server: &str) -> Option<BTreeSet<IpAddr>> {
        let of_kind = |kind: &str| -> Option<BTreeSet<IpAddr>> {
            let mut found = None::<BTreeSet<IpAddr>>;
            for (_, _, dns) in self.below.iter().filter(|(_, _, dns)| dns.kind == kind) {
                if let Some(answer) = authoritative(sight, dns).filter(|_| dns.name == server) {
                    let own = values(answer, kind).filter_map(|data| data.parse::<IpAddr>().ok());
                    found.get_or_insert_default().extend(own);
                }
            }
            found
        };
        let (v4, v6) = (of_kind("A")?, of_kind("AAAA")?);
        Some(v4.into_iter().chain(v6).collect())
    }

    /// A server is lame that talks about the zone and is authoritative in no answer about it (RFC 9499 §5).
    fn lame(&self, sight: &Sight<'_>) -> Claim {
        let mut servers: BTreeMap<(&str, SocketAddr), Option<String>> = BTreeMap::new();
        for (server, _, dns) in &self.below {
            let Outcome::Answered(answer) = sight.outcome(Some(dns.server), &dns.ending) else {
                continue;
            };
            let wrong = not_authoritative(answer);
            let entry = servers.entry((server, dns.server)).or_insert_with(|| wrong.clone());
            if wrong.is_none() {
                *entry = None;
            }
        }
        let lame: Vec<String> = servers
            .iter()
            .filter_map(|((server, at), wrong)| {
                let server = Remote::new(server.trim_end_matches('.'));
                wrong.as_ref().map(|wrong| format!("{server} at {}: {wrong}", at.ip()))
            })
            .collect();
        let (truth, because) = match (servers.len(), lame.len()) {
            (0, _) => (Truth::Unknown, "no server of the zone said anything".to_owned()),
            (_, 0) => (Truth::False, "every server that talks answers for the zone".to_owned()),
            (_, _) => (Truth::True, list(&lame)),
        };
        let measure = Measure::part(lame.len() as f64, servers.len() as f64);
        self.claim(FactKind::DnsDelegationLame, truth, because)
            .measured(truth.is_known().then_some(measure))
    }
}

/// Returns what those said that resolvers are sent to: by the parent's word, else as the estate intends.
fn below<'a>(
    world: &World<'a>,
    sight: &Sight<'a>,
    zone: &'a Zone,
    delegated: &BTreeSet<String>,
) -> Vec<(&'a str, &'a Id, &'a DnsObservation)> {
    let ours: BTreeSet<String> = serving(world.estate, zone).flat_map(names_of).collect();
    let known = !delegated.is_disjoint(&ours);
    let mut found = Vec::new();
    for provider in serving(world.estate, zone) {
        let intended = zone.delegated_to.contains(&provider.id);
        for (id, dns) in sight.dns(&provider.id) {
            let DnsRole::Authority { zone: of, server, .. } = &dns.role else { continue };
            let sent = if known { delegated.contains(&fully_qualified(server)) } else { intended };
            if sent && *of == zone.id {
                found.push((server.as_str(), id, dns));
            }
        }
    }
    for (id, dns) in sight.dns(&zone.id) {
        if let DnsRole::Delegated { server, .. } = &dns.role {
            found.push((server.as_str(), id, dns));
        }
    }
    found
}

/// Returns the addresses that a referral has for a server.
fn glue_of(referrals: &[&DnsAnswer], server: &str) -> BTreeSet<IpAddr> {
    let records = referrals.iter().flat_map(|answer| &answer.additional);
    let own = records.filter(|record| record.name == server);
    own.filter_map(|record| record.data.raw().parse().ok()).collect()
}

/// Returns the addresses that the estate notes for a server.
fn noted(world: &World<'_>, server: &str) -> BTreeSet<IpAddr> {
    let all = world.estate.dns_providers.iter().flat_map(|provider| &provider.nameservers);
    let own = all.filter(|named| fully_qualified(&named.name) == server);
    own.flat_map(|named| &named.addresses).map(|address| address.ip).collect()
}

/// Says how the parent's servers and the zone's own differ.
fn differs(parent: &BTreeSet<String>, own: &BTreeSet<String>) -> Option<String> {
    let shown = |names: Vec<&String>| {
        let names: Vec<String> =
            names.iter().map(|name| Remote::new(name.trim_end_matches('.')).to_string()).collect();
        list(&names)
    };
    let (above, below): (Vec<_>, Vec<_>) =
        (parent.difference(own).collect(), own.difference(parent).collect());
    match (above.is_empty(), below.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("the parent also names {}", shown(above))),
        (true, false) => Some(format!("the parent does not name {}", shown(below))),
        (false, false) => {
            Some(format!("the parent names {}, the zone {}", shown(above), shown(below)))
        }
    }
}

/// Tells whether a name lies at or below another, both fully qualified.
fn within(name: &str, above: &str) -> bool {
    name == above || name.strip_suffix(above).is_some_and(|rest| rest.ends_with('.'))
}
