//! What sits behind what, from the estate and the table of networks.
//!
//! A carrier holds what stands in its network; a prefix what stands in its block; an upstream the prefixes that have
//! no other; a DNS provider the zones that are meant to be delegated to it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::model::binding::{Behind, Member};
use crate::model::{Address, Estate, Id, ParamKind, Prefix};
use crate::wire::as_table::AsTable;

/// What sits behind what in one estate.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    behind: Behind,
    networks: BTreeMap<Network, BTreeSet<Member>>,
    places: BTreeMap<Member, Vec<IpAddr>>,
}

/// A block or a network that several of our things may share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Network {
    /// A prefix of the estate.
    Prefix(Id),
    /// An autonomous system.
    Asn(u32),
}

impl Topology {
    /// Works it out.
    pub fn of(estate: &Estate, as_table: Option<&AsTable>) -> Self {
        let asn_of = |ip: IpAddr| as_table.and_then(|table| table.asn_of(ip));
        let places = places(estate);
        let networks = networks(estate, &places, &asn_of);
        let mut direct = Behind::new();
        for carrier in &estate.carriers {
            let members = networks.get(&Network::Asn(carrier.asn)).cloned().unwrap_or_default();
            direct.insert((ParamKind::Carrier, carrier.id.clone()), members);
        }
        for resolver in &estate.resolvers {
            if let Some(carrier) = &resolver.carrier {
                let own = direct.entry((ParamKind::Carrier, carrier.clone())).or_default();
                own.insert((ParamKind::Resolver, resolver.id.clone()));
            }
        }
        for prefix in &estate.prefixes {
            let network = Network::Prefix(prefix.id.clone());
            let members = networks.get(&network).cloned().unwrap_or_default();
            direct.insert((ParamKind::Prefix, prefix.id.clone()), members);
        }
        for upstream in &estate.upstreams {
            let sole = |prefix: &&Prefix| prefix.upstreams == [upstream.id.clone()];
            let prefixes = estate.prefixes.iter().filter(sole);
            let prefixes = prefixes.map(|prefix| (ParamKind::Prefix, prefix.id.clone())).collect();
            direct.insert((ParamKind::Upstream, upstream.id.clone()), prefixes);
        }
        for zone in &estate.zones {
            for provider in &zone.delegated_to {
                let zones = direct.entry((ParamKind::DnsProvider, provider.clone())).or_default();
                zones.insert((ParamKind::Zone, zone.id.clone()));
            }
        }
        let behind = direct.keys().map(|front| (front.clone(), reach(&direct, front))).collect();
        Self { behind, networks, places }
    }

    /// Returns what sits behind what, near and far.
    pub const fn behind(&self) -> &Behind {
        &self.behind
    }

    /// Returns an object with everything that sits behind it.
    pub fn cut_off(&self, front: &Member) -> BTreeSet<Member> {
        let mut all = self.behind.get(front).cloned().unwrap_or_default();
        all.insert(front.clone());
        all
    }

    /// Returns the networks that hold an object, each with everything of ours in it.
    pub(super) fn around<'a>(
        &'a self,
        member: &'a Member,
    ) -> impl Iterator<Item = (&'a Network, &'a BTreeSet<Member>)> {
        self.networks.iter().filter(|(_, members)| members.contains(member))
    }

    /// Returns the addresses that an object is reached at.
    pub(super) fn places(&self, member: &Member) -> &[IpAddr] {
        self.places.get(member).map_or(&[], Vec::as_slice)
    }
}

/// Follows what sits behind what to its end.
fn reach(direct: &Behind, front: &Member) -> BTreeSet<Member> {
    let (mut found, mut next) = (BTreeSet::new(), vec![front.clone()]);
    while let Some(member) = next.pop() {
        for behind in direct.get(&member).into_iter().flatten() {
            if found.insert(behind.clone()) {
                next.push(behind.clone());
            }
        }
    }
    found
}

/// Returns the addresses of everything that stands somewhere.
fn places(estate: &Estate) -> BTreeMap<Member, Vec<IpAddr>> {
    let ips = |addresses: &[Address]| addresses.iter().map(|a| a.ip).collect::<Vec<_>>();
    let mut places = BTreeMap::new();
    for provider in &estate.dns_providers {
        let servers = provider.nameservers.iter().flat_map(|server| ips(&server.addresses));
        places.insert((ParamKind::DnsProvider, provider.id.clone()), servers.collect());
    }
    for tracker in &estate.trackers {
        let literals = tracker.urls.iter().filter_map(|url| literal(url));
        let all = ips(&tracker.addresses).into_iter().chain(literals).collect();
        places.insert((ParamKind::Tracker, tracker.id.clone()), all);
    }
    for resolver in &estate.resolvers {
        places.insert((ParamKind::Resolver, resolver.id.clone()), vec![resolver.address.ip]);
    }
    for seedbox in &estate.seedboxes {
        let all = ips(&seedbox.addresses).into_iter().chain(literal(&seedbox.rpc)).collect();
        places.insert((ParamKind::Seedbox, seedbox.id.clone()), all);
    }
    places
}

/// Returns the address that stands in a URL in a host's place.
fn literal(url: &str) -> Option<IpAddr> {
    let host = url.split_once("://")?.1.split('/').next()?;
    if let Some(six) = host.strip_prefix('[') {
        return six.split(']').next()?.parse().ok();
    }
    host.split(':').next()?.parse().ok()
}

fn networks(
    estate: &Estate,
    places: &BTreeMap<Member, Vec<IpAddr>>,
    asn_of: &impl Fn(IpAddr) -> Option<u32>,
) -> BTreeMap<Network, BTreeSet<Member>> {
    let mut networks: BTreeMap<Network, BTreeSet<Member>> = BTreeMap::new();
    for (member, ips) in places {
        let asns: BTreeSet<u32> = ips.iter().filter_map(|ip| asn_of(*ip)).collect();
        for asn in asns {
            if stands_in(ips, |ip| asn_of(ip).map(|other| other == asn)) {
                networks.entry(Network::Asn(asn)).or_default().insert(member.clone());
            }
        }
        for prefix in &estate.prefixes {
            if stands_in(ips, |ip| Some(prefix.cidr.contains(&ip))) {
                let network = Network::Prefix(prefix.id.clone());
                networks.entry(network).or_default().insert(member.clone());
            }
        }
    }
    networks
}

/// Tells whether something stands in a network: in one address family, some address is inside and none is outside.
fn stands_in(ips: &[IpAddr], inside: impl Fn(IpAddr) -> Option<bool>) -> bool {
    [true, false].into_iter().any(|v6| {
        let known: Vec<bool> =
            ips.iter().filter(|ip| ip.is_ipv6() == v6).filter_map(|ip| inside(*ip)).collect();
        !known.is_empty() && known.into_iter().all(|inside| inside)
    })
}
