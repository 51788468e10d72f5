//! Whether anything of ours that stands in a network answers: the reachability that no routing table tells.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::World;
use super::claim::{Claim, MOOT, count, list};
use super::sight::{Outcome, Sight};
use crate::model::{
    Ending, FactKind, Id, Measure, Observation, ParamKind, Prefix, Truth, Upstream,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let hosts = Hosts::of(sight);
    let mut claims = Vec::new();
    for prefix in &world.estate.prefixes {
        let member = (ParamKind::Prefix, prefix.id.clone());
        let anything = !world.topology.cut_off(&member).is_subset(&BTreeSet::from([member]));
        let found = hosts.inside(|ip| prefix.cidr.contains(&ip));
        claims.push(found.claim(FactKind::NetworkAnswers, &prefix.id, anything));
    }
    for carrier in &world.estate.carriers {
        let member = (ParamKind::Carrier, carrier.id.clone());
        let anything = !world.topology.cut_off(&member).is_subset(&BTreeSet::from([member]));
        let inside = |ip| world.as_table.and_then(|table| table.asn_of(ip)) == Some(carrier.asn);
        let mut found = hosts.inside(inside);
        found.extend(dwellers(world, sight, &carrier.id));
        claims.push(found.claim(FactKind::NetworkAnswers, &carrier.id, anything));
    }
    for upstream in &world.estate.upstreams {
        claims.push(carries(world, &hosts, upstream));
    }
    claims
}

/// Each address that was spoken to, whether its host is alive, and the evidence.
struct Hosts<'a> {
    by_ip: BTreeMap<IpAddr, (bool, Vec<&'a Id>)>,
}

/// Hosts in one network.
#[derive(Default)]
struct Found<'a> {
    alive: BTreeSet<String>,
    silent: BTreeSet<String>,
    from: Vec<&'a Id>,
}

impl<'a> Hosts<'a> {
    /// A refusal is a sign of life here: the host, or the one before it, said so.
    fn of(sight: &Sight<'a>) -> Self {
        let mut by_ip: BTreeMap<IpAddr, (bool, Vec<&Id>)> = BTreeMap::new();
        for evidence in sight.evidence() {
            let seen = match &evidence.observation {
                Observation::Dns(dns) => alive(sight, Some(dns.server), &dns.ending),
                Observation::Tracker(asked) => {
                    let seen = alive(sight, asked.endpoint, &asked.ending);
                    let other = asked.unconnected.as_ref();
                    let other = other.and_then(|ending| alive(sight, asked.endpoint, ending));
                    seen.into_iter().chain(other).reduce(|one, two| (one.0, one.1 || two.1))
                }
                Observation::Tcp(tcp) => alive(sight, Some(tcp.endpoint), &tcp.ending),
                Observation::Seedbox(asked) => alive(sight, asked.endpoint, &asked.ending),
                Observation::Peers(_)
                | Observation::Bgp(_)
                | Observation::Registry(_)
                | Observation::Vantage(_)
                | Observation::Copy(_) => None,
                Observation::Api(asked) => alive(sight, asked.endpoint, &asked.ending),
            };
            if let Some((ip, alive)) = seen {
                let host = by_ip.entry(ip).or_default();
                host.0 |= alive;
                host.1.push(&evidence.id);
            }
        }
        Self { by_ip }
    }

    fn inside(&self, inside: impl Fn(IpAddr) -> bool) -> Found<'a> {
        let mut found = Found::default();
        for (ip, (alive, from)) in self.by_ip.iter().filter(|(ip, _)| inside(**ip)) {
            let into = if *alive { &mut found.alive } else { &mut found.silent };
            into.insert(ip.to_string());
            found.from.extend(from);
        }
        found
    }
}

fn alive<T>(
    sight: &Sight<'_>,
    endpoint: Option<std::net::SocketAddr>,
    ending: &Ending<T>,
) -> Option<(IpAddr, bool)> {
    let ip = endpoint?.ip();
    // Where this machine has no route although its path works, nothing arrives: that is what is asked here.
    if sight.is_off_the_map(endpoint?, ending) {
        return Some((ip, false));
    }
    match sight.outcome(endpoint, ending) {
        Outcome::Answered(_) | Outcome::Odd(_) | Outcome::Refused => Some((ip, true)),
        Outcome::Silent => Some((ip, false)),
        Outcome::Nothing { .. } => None,
    }
}

/// A vantage inside a carrier's network that sees anything at all is alive.
fn dwellers<'a>(world: &World<'_>, sight: &Sight<'a>, carrier: &Id) -> Found<'a> {
    let mut found = Found::default();
    let here = world.estate.vantage(sight.vantage);
    let inside = here.is_some_and(|vantage| vantage.carrier.as_ref() == Some(carrier));
    if inside && (sight.v4.truth == Truth::True || sight.v6.truth == Truth::True) {
        found.alive.insert(sight.vantage.to_string());
        found.from.extend(sight.evidence().map(|evidence| &evidence.id));
    }
    found
}

impl<'a> Found<'a> {
    fn extend(&mut self, other: Found<'a>) {
        self.alive.extend(other.alive);
        self.silent.extend(other.silent);
        self.from.extend(other.from);
    }

    fn claim(&self, kind: FactKind, subject: &Id, anything: bool) -> Claim {
        let (alive, all) = (self.alive.len(), self.alive.len() + self.silent.len());
        let silent: Vec<&String> = self.silent.iter().collect();
        let hosts = count(all, "host", "hosts");
        let (truth, because) = match (alive, all) {
            (_, 0) if !anything => {
                return Claim::moot(kind, subject, "nothing of ours stands there");
            }
            (_, 0) => (Truth::Unknown, "nothing that stands there could be asked".to_owned()),
            (0, _) => (Truth::False, format!("none of {hosts} answers: {}", list(&silent))),
            (alive, _) => (Truth::True, format!("{alive} of {hosts} there answer")),
        };
        let measure = (all > 0).then_some(Measure::part(alive as f64, all as f64));
        Claim::new(kind, subject, truth, because).measured(measure).from(self.from.iter().copied())
    }
}

/// Only what has no other way in tells whether an upstream carries.
fn carries(world: &World<'_>, hosts: &Hosts<'_>, upstream: &Upstream) -> Claim {
    let sole = |prefix: &&Prefix| prefix.upstreams == [upstream.id.clone()];
    let prefixes: Vec<&Prefix> = world.estate.prefixes.iter().filter(sole).collect();
    let kind = FactKind::UpstreamCarries;
    let member = (ParamKind::Upstream, upstream.id.clone());
    let stands =
        |(kind, _): &(ParamKind, Id)| !matches!(kind, ParamKind::Prefix | ParamKind::Upstream);
    let anything = world.topology.cut_off(&member).iter().any(stands);
    if prefixes.is_empty() {
        return Claim::new(
            kind,
            &upstream.id,
            Truth::Unknown,
            "no prefix of ours depends on it alone",
        )
        .measured(Some(MOOT));
    }
    let found = hosts.inside(|ip| prefixes.iter().any(|prefix| prefix.cidr.contains(&ip)));
    found.claim(kind, &upstream.id, anything)
}
