//! Zone data: what each provider and each parent holds, and what a change through an API does to it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::cast::{Cast, parent_of, parent_zone};
use super::names::{absolute, documentation, draw, fqdn, within};
use crate::model::{CriticalName, Estate, Expect, Id, RrContent, RrKey, Rrset, Zone};

/// How long caches keep a delegation, in seconds.
pub const DELEGATION_TTL: u32 = 900;

/// How long they keep other records, unless the estate wants less.
pub const RECORD_TTL: u32 = 300;

/// How long they keep that there is nothing (RFC 2308).
pub const NEGATIVE_TTL: u32 = 60;

/// Who holds zone data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A DNS provider.
    Provider(Id),
    /// A registrar, or an invented parent.
    Parent(Id),
}

/// All zones that one owner holds, by name.
pub type Store = BTreeMap<String, ZoneData>;

/// One zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneData {
    /// Its name, fully qualified.
    pub name: String,
    /// Its serial number.
    pub serial: u32,
    /// Its record sets, without SOA.
    pub sets: BTreeMap<RrKey, Rrset>,
}

impl ZoneData {
    /// Makes a zone with its name servers.
    pub fn new(name: &str, servers: &[String], ttl: u32) -> Self {
        let mut zone = Self { name: name.to_owned(), serial: 2_026_030_100, sets: BTreeMap::new() };
        zone.put(name, "NS", ttl, servers.to_vec());
        zone
    }

    /// Puts a record set in place of what was there; without values there is none.
    pub fn put(&mut self, name: &str, kind: &str, ttl: u32, values: Vec<String>) {
        let key = RrKey { name: fqdn(name), kind: kind.to_ascii_uppercase() };
        if values.is_empty() {
            self.sets.remove(&key);
            return;
        }
        let records =
            values.into_iter().map(|content| RrContent { content, disabled: false, beside: None });
        let comments = Vec::new();
        self.sets.insert(key.clone(), Rrset { key, ttl, records: records.collect(), comments });
    }

    /// Returns a record set.
    pub fn get(&self, name: &str, kind: &str) -> Option<&Rrset> {
        self.sets.get(&RrKey { name: name.to_owned(), kind: kind.to_owned() })
    }

    /// Tells whether a name exists, be it only because another lies below it (RFC 8020).
    pub fn has(&self, name: &str) -> bool {
        name == self.name || self.sets.keys().any(|key| within(&key.name, name))
    }

    /// Returns the data of its SOA record.
    pub fn soa(&self) -> String {
        let main = self.get(&self.name, "NS").and_then(|set| set.records.first());
        let main = main.map_or("ns.invalid.", |record| record.content.as_str());
        let contact = if self.name == "." { String::new() } else { self.name.clone() };
        format!("{main} hostmaster.{contact} {} 10800 3600 604800 {NEGATIVE_TTL}", self.serial)
    }
}

/// Makes what everybody holds on a quiet day.
pub fn stores(estate: &Estate, cast: &Cast) -> BTreeMap<Owner, Store> {
    let mut all: BTreeMap<Owner, Store> = BTreeMap::new();
    for provider in &estate.dns_providers {
        let own = |zone: &&Zone| {
            zone.delegated_to.contains(&provider.id) || zone.standby_at.contains(&provider.id)
        };
        let zones = estate.zones.iter().filter(own).map(|zone| {
            let data = at_provider(estate, cast, zone, &provider.id);
            (data.name.clone(), data)
        });
        all.insert(Owner::Provider(provider.id.clone()), zones.collect());
    }
    for id in cast.parents.keys() {
        all.insert(Owner::Parent(id.clone()), at_parent(estate, cast, id));
    }
    all
}

/// A provider that the zone is delegated to names all of those; a standby names itself.
fn at_provider(estate: &Estate, cast: &Cast, zone: &Zone, provider: &Id) -> ZoneData {
    let name = fqdn(&zone.name);
    let servers = match zone.delegated_to.contains(provider) {
        true => servers_of(estate, &zone.delegated_to),
        false => servers_of(estate, std::slice::from_ref(provider)),
    };
    let mut data = ZoneData::new(&name, &servers, RECORD_TTL);
    for (host, addresses) in cast.names.iter().filter(|(host, _)| within(host, &name)) {
        put_addresses(&mut data, host, addresses, RECORD_TTL);
    }
    for critical in &zone.critical {
        let ttl = critical.ttl_at_most.map_or(u64::from(RECORD_TTL), |most| most.as_secs());
        let ttl = u32::try_from(ttl).unwrap_or(RECORD_TTL).clamp(1, RECORD_TTL);
        let full = absolute(&critical.name, &name);
        // What another part of the estate says of the same host stands, where nothing is expected.
        let known = data
            .get(&full, &critical.kind.to_ascii_uppercase())
            .map(|set| set.records.iter().map(|record| record.content.clone()).collect());
        let values = match (&critical.expect, known) {
            (Expect::Values(values), _) if !values.is_empty() => values.clone(),
            (_, Some(known)) => known,
            (_, None) => vec![likely(&full, critical)],
        };
        data.put(&full, &critical.kind, ttl, values);
    }
    data
}

fn at_parent(estate: &Estate, cast: &Cast, id: &Id) -> Store {
    let Some(parent) = cast.parents.get(id) else { return Store::new() };
    let mut store = Store::new();
    for name in &parent.zones {
        let mut data = ZoneData::new(name, &parent.nameservers, DELEGATION_TTL);
        for (host, addresses) in cast.names.iter().filter(|(host, _)| within(host, name)) {
            if cast.servers.contains_key(host) {
                put_addresses(&mut data, host, addresses, DELEGATION_TTL);
            }
        }
        let ours = |zone: &&Zone| parent_of(zone) == *id && parent_zone(estate, zone) == *name;
        for zone in estate.zones.iter().filter(ours) {
            let servers = servers_of(estate, &zone.delegated_to);
            data.put(&zone.name, "NS", DELEGATION_TTL, servers);
        }
        store.insert(name.clone(), data);
    }
    store
}

/// Returns the names of all servers of some providers.
pub fn servers_of(estate: &Estate, providers: &[Id]) -> Vec<String> {
    let all = providers.iter().filter_map(|id| estate.provider(id));
    all.flat_map(|provider| &provider.nameservers).map(|server| fqdn(&server.name)).collect()
}

fn put_addresses(data: &mut ZoneData, host: &str, addresses: &[IpAddr], ttl: u32) {
    let of = |v4: bool| {
        addresses.iter().filter(|ip| ip.is_ipv4() == v4).map(ToString::to_string).collect()
    };
    data.put(host, "A", ttl, of(true));
    data.put(host, "AAAA", ttl, of(false));
}

/// Returns a believable answer for a name of which the estate only says that it must be there.
fn likely(name: &str, critical: &CriticalName) -> String {
    let pick = draw(name);
    match critical.kind.to_ascii_uppercase().as_str() {
        "A" => {
            let count = documentation().count() as u64;
            let pick = usize::try_from(pick % count).unwrap_or_default();
            documentation().nth(pick).map_or_else(String::new, |ip| ip.to_string())
        }
        "AAAA" => format!("2001:db8::{:x}", pick & 0xffff),
        "MX" => format!("10 mx.{name}"),
        "SRV" => format!("0 0 443 host.{name}"),
        "CNAME" | "NS" | "PTR" => format!("host.{name}"),
        _ => "\"exercise\"".to_owned(),
    }
}

/// Returns the address that a zone of the estate should answer for a host.
pub fn expected_address(estate: &Estate, host: &str) -> Option<IpAddr> {
    let of = |zone: &Zone| {
        let zone_name = fqdn(&zone.name);
        let same = |critical: &&CriticalName| absolute(&critical.name, &zone_name) == host;
        zone.critical.iter().filter(same).flat_map(addresses).next()
    };
    estate.zones.iter().find_map(of)
}

/// Returns all addresses that a zone should answer.
pub fn expected_addresses(zone: &Zone) -> Vec<IpAddr> {
    zone.critical.iter().flat_map(addresses).collect()
}

fn addresses(critical: &CriticalName) -> Vec<IpAddr> {
    match &critical.expect {
        Expect::Values(values) => values.iter().filter_map(|value| value.parse().ok()).collect(),
        Expect::Unsaid | Expect::Word(_) => Vec::new(),
    }
}
