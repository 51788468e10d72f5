//! The cast: who plays which real address and port. Made once, from the estate alone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::names::{above, below, documentation, fqdn};
use super::place::Place;
use crate::model::{
    Address, ControlKind, DnsProviderKind, DnsTransport, Estate, Id, NameServer, RegistrarKind,
    SeedboxKind, Zone,
};
use crate::net::Transport;
use crate::wire::as_table::AsTable;

/// A part that somebody plays at an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A DNS provider's name server.
    Authority(Id),
    /// A name server of the zones that a registrar writes into.
    Parent(Id),
    /// A resolver.
    Resolver(Id),
    /// A resolver over HTTPS.
    ResolverWeb(Id),
    /// A control target that answers names.
    ControlName(Id),
    /// A control target that is only connected to.
    ControlPort(Id),
    /// The API of a DNS provider.
    ProviderApi(Id),
    /// The API of a registrar.
    RegistrarApi(Id),
    /// The registry that tells how it holds a registrar's domains.
    Registry(Id),
    /// A tracker.
    Tracker(Id),
    /// A seedbox's remote control.
    Seedbox(Id),
}

/// What is spoken at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// DNS.
    Dns,
    /// HTTP.
    Http,
    /// The UDP tracker protocol.
    TrackerUdp,
    /// Nothing at all: it opens.
    Opens,
}

impl Role {
    /// Returns the estate's id of whoever plays it.
    pub const fn id(&self) -> &Id {
        match self {
            Self::Authority(id)
            | Self::Parent(id)
            | Self::Resolver(id)
            | Self::ResolverWeb(id)
            | Self::ControlName(id)
            | Self::ControlPort(id)
            | Self::ProviderApi(id)
            | Self::RegistrarApi(id)
            | Self::Registry(id)
            | Self::Tracker(id)
            | Self::Seedbox(id) => id,
        }
    }

    /// Tells whether it is an API, whose faults are its own.
    pub const fn is_api(&self) -> bool {
        matches!(self, Self::ProviderApi(_) | Self::RegistrarApi(_) | Self::Registry(_))
    }

    /// Returns what it speaks over a transport.
    pub const fn speech(&self, transport: Transport) -> Speech {
        match (self, transport) {
            (
                Self::Authority(_) | Self::Parent(_) | Self::Resolver(_) | Self::ControlName(_),
                _,
            ) => Speech::Dns,
            (Self::ControlPort(_), _) => Speech::Opens,
            (Self::Tracker(_), Transport::Udp) => Speech::TrackerUdp,
            (
                Self::ResolverWeb(_)
                | Self::Tracker(_)
                | Self::ProviderApi(_)
                | Self::RegistrarApi(_)
                | Self::Registry(_)
                | Self::Seedbox(_),
                Transport::Udp | Transport::Tcp,
            ) => Speech::Http,
        }
    }
}

/// An address and port, and how it is spoken to.
pub type Endpoint = (SocketAddr, Transport);

/// Who plays what.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    /// Every endpoint with the parts that are played there.
    pub endpoints: BTreeMap<Endpoint, BTreeSet<Role>>,
    /// Every host's name with its addresses.
    pub names: BTreeMap<String, Vec<IpAddr>>,
    /// Every name server's name with where it listens.
    pub servers: BTreeMap<String, Vec<SocketAddr>>,
    /// The parents: by registrar, or invented for a zone that names none.
    pub parents: BTreeMap<Id, Parent>,
    /// The AS of every address that matters.
    pub asn: BTreeMap<IpAddr, u32>,
}

/// A registrar's side of the delegations.
#[derive(Clone, Debug, Default)]
pub struct Parent {
    /// The zones that hold the delegations.
    pub zones: BTreeSet<String>,
    /// Their name servers.
    pub nameservers: Vec<String>,
}

/// Returns the zone above an estate's zone.
pub fn parent_zone(estate: &Estate, zone: &Zone) -> String {
    let registrar = zone.registrar.as_ref().and_then(|id| estate.registrar(id));
    let written = registrar.and_then(|registrar| registrar.parent_zone.as_deref());
    written.map_or_else(|| above(&fqdn(&zone.name)), fqdn)
}

/// Returns the key of a zone's parent in [`Cast::parents`].
pub fn parent_of(zone: &Zone) -> Id {
    // No registrar can have this id: a colon is no letter of one.
    zone.registrar
        .clone()
        .unwrap_or_else(|| Id::new(format!("parent:{}", above(&fqdn(&zone.name)))))
}

impl Cast {
    /// Makes the cast of an estate.
    pub fn of(estate: &Estate, table: Option<&AsTable>) -> Self {
        let mut casting = Casting::new(estate, table);
        casting.providers();
        casting.parents();
        casting.resolvers();
        casting.controls();
        casting.trackers();
        casting.seedboxes();
        casting.finish()
    }

    /// Returns the endpoints at which somebody plays a part.
    pub fn played_by<'a>(&'a self, role: &'a Role) -> impl Iterator<Item = Endpoint> + 'a {
        self.endpoints.iter().filter(|(_, roles)| roles.contains(role)).map(|(at, _)| *at)
    }
}

struct Casting<'a> {
    estate: &'a Estate,
    table: Option<&'a AsTable>,
    taken: BTreeSet<IpAddr>,
    cast: Cast,
}

impl<'a> Casting<'a> {
    fn new(estate: &'a Estate, table: Option<&'a AsTable>) -> Self {
        Self { estate, table, taken: written(estate), cast: Cast::default() }
    }

    fn play(&mut self, address: SocketAddr, transport: Transport, role: Role) {
        self.cast.endpoints.entry((address, transport)).or_default().insert(role);
    }

    fn play_dns(&mut self, address: SocketAddr, role: &Role) {
        self.play(address, Transport::Udp, role.clone());
        self.play(address, Transport::Tcp, role.clone());
    }

    fn nameserver(&mut self, server: &NameServer, role: &Role) {
        let name = fqdn(&server.name);
        for address in &server.addresses {
            let at = address.or_port(53);
            self.play_dns(at, role);
            add(self.cast.servers.entry(name.clone()).or_default(), at);
            add(self.cast.names.entry(name.clone()).or_default(), at.ip());
        }
    }

    fn providers(&mut self) {
        for provider in &self.estate.dns_providers {
            let role = Role::Authority(provider.id.clone());
            provider.nameservers.iter().for_each(|server| self.nameserver(server, &role));
            if let (DnsProviderKind::Powerdns, Some(api)) = (provider.kind, &provider.api) {
                self.web(api, &provider.addresses, Role::ProviderApi(provider.id.clone()));
            }
        }
    }

    fn parents(&mut self) {
        for zone in &self.estate.zones {
            let parent = self.cast.parents.entry(parent_of(zone)).or_default();
            parent.zones.insert(parent_zone(self.estate, zone));
        }
        for (id, parent) in self.cast.parents.clone() {
            let registrar = self.estate.registrar(&id);
            let written = registrar.map_or(&[][..], |registrar| &registrar.nameservers);
            let servers = match written {
                [] => parent.zones.iter().map(|zone| self.invented_server(zone)).collect(),
                written => written.to_vec(),
            };
            let role = Role::Parent(id.clone());
            servers.iter().for_each(|server| self.nameserver(server, &role));
            let names = servers.iter().map(|server| fqdn(&server.name)).collect();
            self.cast.parents.insert(id, Parent { nameservers: names, ..parent });
        }
        for registrar in &self.estate.registrars {
            if let (RegistrarKind::Powerdns, Some(api)) = (registrar.kind, &registrar.api) {
                self.web(api, &registrar.addresses, Role::RegistrarApi(registrar.id.clone()));
            }
            if let Some(rdap) = &registrar.rdap {
                self.web(&rdap.url, &rdap.addresses, Role::Registry(registrar.id.clone()));
            }
        }
    }

    fn invented_server(&mut self, zone: &str) -> NameServer {
        let name = if zone == "." { "a.root.example.".to_owned() } else { below("ns1", zone) };
        let known = self.cast.names.get(&name).and_then(|all| all.first().copied());
        let ip = known.or_else(|| self.invent());
        let addresses = ip.map(|ip| Address { ip, port: None }).into_iter().collect();
        NameServer { name, addresses }
    }

    fn resolvers(&mut self) {
        for resolver in &self.estate.resolvers {
            let id = || resolver.id.clone();
            for transport in &resolver.transports {
                let at = resolver.at(*transport);
                match transport {
                    DnsTransport::Udp => self.play(at, Transport::Udp, Role::Resolver(id())),
                    // Nobody can hold the certificate of somebody else's name: a sealed door does without.
                    DnsTransport::Tcp | DnsTransport::Dot => {
                        self.play(at, Transport::Tcp, Role::Resolver(id()));
                    }
                    DnsTransport::Doh => self.play(at, Transport::Tcp, Role::ResolverWeb(id())),
                }
            }
        }
    }

    fn controls(&mut self) {
        for control in &self.estate.controls {
            match control.kind {
                ControlKind::Dns => {
                    let role = Role::ControlName(control.id.clone());
                    self.play_dns(control.address.or_port(53), &role);
                }
                ControlKind::Tcp => {
                    let role = Role::ControlPort(control.id.clone());
                    self.play(control.address.or_port(443), Transport::Tcp, role);
                }
            }
        }
    }

    fn trackers(&mut self) {
        for tracker in &self.estate.trackers {
            for url in &tracker.urls {
                self.web(url, &tracker.addresses, Role::Tracker(tracker.id.clone()));
            }
        }
    }

    fn seedboxes(&mut self) {
        for seedbox in &self.estate.seedboxes {
            if seedbox.kind == SeedboxKind::Transmission {
                self.web(&seedbox.rpc, &seedbox.addresses, Role::Seedbox(seedbox.id.clone()));
            }
        }
    }

    /// Plays a URL at its literal address, its noted addresses or, failing both, an invented one.
    fn web(&mut self, url: &str, noted: &[Address], role: Role) {
        let Some(place) = Place::of(url) else { return };
        let transport = if place.is_udp() { Transport::Udp } else { Transport::Tcp };
        let literal = place.literal().map(|ip| Address { ip, port: None });
        let addresses: Vec<Address> = match (literal, noted) {
            (Some(literal), _) => vec![literal],
            (None, []) => self.found(&place.host).into_iter().collect(),
            (None, noted) => noted.to_vec(),
        };
        for address in addresses {
            self.play(address.or_port(place.port), transport, role.clone());
            // A name's address carries no port, so whoever looks it up takes the URL's.
            self.play(SocketAddr::new(address.ip, place.port), transport, role.clone());
            if literal.is_none() {
                add(self.cast.names.entry(fqdn(&place.host)).or_default(), address.ip);
            }
        }
    }

    /// Returns the address of a host that nobody noted: what a zone should answer, else a new one.
    fn found(&mut self, host: &str) -> Option<Address> {
        let known = self.cast.names.get(&fqdn(host)).and_then(|all| all.first().copied());
        let expected = || super::zones::expected_address(self.estate, &fqdn(host));
        let ip = known.or_else(expected).or_else(|| self.invent())?;
        Some(Address { ip, port: None })
    }

    /// Returns a documentation address that nobody has and that lies in no carrier's network.
    fn invent(&mut self) -> Option<IpAddr> {
        let carriers: Vec<u32> = self.estate.carriers.iter().map(|carrier| carrier.asn).collect();
        let asn = |ip: &IpAddr| self.table.and_then(|table| table.asn_of(*ip));
        let quiet = |ip: &IpAddr| {
            let ours = self.estate.prefixes.iter().any(|prefix| prefix.cidr.contains(ip));
            !ours && asn(ip).is_none_or(|asn| !carriers.contains(&asn))
        };
        let ip = documentation().filter(|ip| !self.taken.contains(ip)).find(quiet)?;
        self.taken.insert(ip);
        Some(ip)
    }

    fn finish(mut self) -> Cast {
        let played = self.cast.endpoints.keys().map(|(at, _)| at.ip());
        let asn = |ip: IpAddr| Some((ip, self.table?.asn_of(ip)?));
        self.cast.asn = played.filter_map(asn).collect();
        self.cast
    }
}

/// Returns every address that the estate writes, so that none is invented twice.
fn written(estate: &Estate) -> BTreeSet<IpAddr> {
    let servers = estate.dns_providers.iter().flat_map(|provider| &provider.nameservers);
    let parents = estate.registrars.iter().flat_map(|registrar| &registrar.nameservers);
    let noted = servers.chain(parents).flat_map(|server| &server.addresses);
    let noted = noted
        .chain(estate.dns_providers.iter().flat_map(|provider| &provider.addresses))
        .chain(estate.registrars.iter().flat_map(|registrar| &registrar.addresses))
        .chain(
            estate.registrars.iter().filter_map(|it| it.rdap.as_ref()).flat_map(|it| &it.addresses),
        )
        .chain(estate.trackers.iter().flat_map(|tracker| &tracker.addresses))
        .chain(estate.seedboxes.iter().flat_map(|seedbox| &seedbox.addresses))
        .chain(estate.resolvers.iter().map(|resolver| &resolver.address))
        .chain(estate.controls.iter().map(|control| &control.address))
        .chain(estate.dht_nodes.iter().map(|node| &node.address));
    let urls = estate.seedboxes.iter().map(|seedbox| &seedbox.rpc);
    let urls = urls.chain(estate.trackers.iter().flat_map(|tracker| &tracker.urls));
    let literal = urls.filter_map(|url| Place::of(url)?.literal());
    let expected = estate.zones.iter().flat_map(super::zones::expected_addresses);
    noted.map(|address| address.ip).chain(literal).chain(expected).collect()
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
