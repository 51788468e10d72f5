//! A small world of evidence: an estate whose parts can be broken one by one, and what probes would bring home.

use jiff::Timestamp;
use lifeboat::model::{
    Baseline, BgpObservation, BgpRoute, BgpSession, BgpView, DnsAnswer, DnsManner, DnsObservation,
    DnsRecord, DnsRole, DnsTransport, Ending, Estate, Evidence, Id, Inconclusive, Observation,
    PeersObservation, RegistryAnswer, RegistryObservation, Remote, SeedboxAnswer,
    SeedboxObservation, TcpObservation, TrackerAnswer, TrackerObservation, VantageObservation,
    Zone, fully_qualified,
};
use lifeboat::wire::as_table::AsTable;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// How a host behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Fine,
    /// Says nothing: hung, filtered, or behind a path that forwards nothing.
    Silent,
    /// Its host refuses: killed.
    Refused,
    /// Talks, but not as it should: lame, a failure reason, SERVFAIL.
    Odd,
}

/// The world: an estate as data, and its state.
#[derive(Clone)]
pub struct World {
    pub estate: Value,
    pub as_table: String,
    pub baseline: Option<Value>,
    pub modes: BTreeMap<IpAddr, Mode>,
    /// Provider ids that the parent delegates `z-main` to.
    pub delegated: Vec<String>,
    /// Peers by AS.
    pub peers: BTreeMap<u32, u32>,
    pub peer_sources: (u32, u32),
    /// Which of the collector's neighbours announce `p-own`; none: its socket does not answer.
    pub announcing: Option<Vec<&'static str>>,
    pub origin: u32,
    /// This machine has a route for IPv6.
    pub v6_route: bool,
    /// The DS records of the parent, and the DNSKEYs that each provider serves.
    pub ds: Vec<String>,
    pub keys: BTreeMap<String, Vec<String>>,
    /// Where a name resolves to, by provider.
    pub answers: BTreeMap<String, String>,
    /// How asking the registry about `z-main` ends; none: the estate names no registry.
    pub registry: Option<Ending<RegistryAnswer>>,
    /// Servers that the parent names besides and the estate does not.
    pub strangers: Vec<String>,
    /// Which servers a provider's copy of a zone names, where it names others than it should.
    pub own_servers: BTreeMap<String, Vec<String>>,
}

pub const NEIGHBOURS: [&str; 3] = ["north", "south", "east"];

impl World {
    /// Everything is fine.
    pub fn new() -> World {
        World {
            estate: estate(),
            as_table: AS_TABLE.to_owned(),
            baseline: Some(json!({"schema": "lifeboat.baseline/v1", "peers": [
                {"carrier": "verizon", "median": 40, "low": 20},
                {"carrier": "dtag", "median": 30, "low": 15}]})),
            modes: BTreeMap::new(),
            delegated: vec!["prov-a".to_owned()],
            peers: BTreeMap::from([(701, 41), (3320, 28), (64500, 9)]),
            peer_sources: (4, 4),
            announcing: Some(NEIGHBOURS.to_vec()),
            origin: 64500,
            v6_route: false,
            ds: Vec::new(),
            keys: BTreeMap::new(),
            answers: BTreeMap::new(),
            registry: None,
            strangers: Vec::new(),
            own_servers: BTreeMap::new(),
        }
    }

    /// Sets hosts to a mode.
    pub fn with(mut self, mode: Mode, hosts: &[&str]) -> World {
        self.modes.extend(hosts.iter().map(|host| (host.parse::<IpAddr>().unwrap(), mode)));
        self
    }

    /// Sets every host of the world to a mode.
    pub fn all(mut self, mode: Mode) -> World {
        let hosts = self.hosts();
        self.modes.extend(hosts.into_iter().map(|host| (host, mode)));
        self
    }

    /// Changes whatever is not a mode.
    pub fn but(mut self, change: impl FnOnce(&mut World)) -> World {
        change(&mut self);
        self
    }

    pub fn estate(&self) -> Estate {
        let mut estate = self.estate.clone();
        if self.registry.is_some() {
            estate["registrars"][0]["rdap"] = json!({"url": "https://rdap.nic.example/"});
        }
        serde_json::from_value(estate).unwrap()
    }

    pub fn table(&self) -> Option<AsTable> {
        (!self.as_table.is_empty()).then(|| AsTable::parse(&self.as_table).unwrap())
    }

    pub fn baseline(&self) -> Option<Baseline> {
        self.baseline.clone().map(|value| serde_json::from_value(value).unwrap())
    }

    fn hosts(&self) -> BTreeSet<IpAddr> {
        let spoken = |evidence: &Evidence| match &evidence.observation {
            Observation::Dns(dns) => Some(dns.server.ip()),
            Observation::Tracker(tracker) => tracker.endpoint.map(|at| at.ip()),
            Observation::Tcp(tcp) => Some(tcp.endpoint.ip()),
            Observation::Seedbox(seedbox) => seedbox.endpoint.map(|at| at.ip()),
            Observation::Peers(_)
            | Observation::Bgp(_)
            | Observation::Registry(_)
            | Observation::Vantage(_)
            | Observation::Copy(_) => None,
            Observation::Api(api) => api.endpoint.map(|at| at.ip()),
        };
        self.evidence().iter().filter_map(spoken).collect()
    }

    fn mode(&self, ip: IpAddr) -> Mode {
        self.modes.get(&ip).copied().unwrap_or(Mode::Fine)
    }

    fn ending<T>(&self, at: SocketAddr, fine: T, odd: T) -> Ending<T> {
        if at.is_ipv6() && !self.v6_route {
            return Ending::Inconclusive(Inconclusive::NoPath);
        }
        match self.mode(at.ip()) {
            Mode::Fine => Ending::Answered(fine),
            Mode::Odd => Ending::Answered(odd),
            Mode::Silent => Ending::TimedOut,
            Mode::Refused => Ending::Refused,
        }
    }

    /// Returns what a full round of probes from here brings home.
    pub fn evidence(&self) -> Vec<Evidence> {
        let estate = self.estate();
        let mut found = vec![(
            Id::from("here"),
            Observation::Vantage(VantageObservation {
                failed: None,
                ipv4: true,
                ipv6: self.v6_route,
            }),
        )];
        found.extend(self.controls(&estate));
        found.extend(self.authorities(&estate));
        found.extend(self.parents(&estate));
        found.extend(self.resolvers(&estate));
        found.extend(self.trackers(&estate));
        found.extend(self.seedboxes(&estate));
        found.extend(self.routes(&estate));
        found.extend(self.registry(&estate));
        found.push((estate.id.clone(), self.peers()));
        let make = |(at, (subject, observation)): (usize, (Id, Observation))| Evidence {
            id: Id::new(format!("e{}", at + 1)),
            subject,
            vantage: "here".into(),
            at: Timestamp::UNIX_EPOCH,
            took_ms: 20,
            sent: 1,
            observation,
        };
        found.into_iter().enumerate().map(make).collect()
    }

    fn controls(&self, estate: &Estate) -> Vec<(Id, Observation)> {
        let one = |control: &lifeboat::model::Control| {
            let dns = control.kind == lifeboat::model::ControlKind::Dns;
            let at = control.address.or_port(if dns { 53 } else { 443 });
            let observation = if dns {
                let ending = self.ending(
                    at,
                    answer("SOA", "control.example.", "x y 1 1 1 1 1"),
                    odd("SERVFAIL"),
                );
                dns_of(DnsRole::Control, at, DnsTransport::Udp, ("control.example.", "SOA"), ending)
            } else {
                Observation::Tcp(TcpObservation { endpoint: at, ending: self.ending(at, 9, 9) })
            };
            (control.id.clone(), observation)
        };
        estate.controls.iter().map(one).collect()
    }

    fn authorities(&self, estate: &Estate) -> Vec<(Id, Observation)> {
        let mut found = Vec::new();
        for provider in &estate.dns_providers {
            for zone in &estate.zones {
                if !zone.delegated_to.contains(&provider.id)
                    && !zone.standby_at.contains(&provider.id)
                {
                    continue;
                }
                for server in &provider.nameservers {
                    for at in server.addresses.iter().map(|address| address.or_port(53)) {
                        let role = || DnsRole::Authority {
                            provider: provider.id.clone(),
                            zone: zone.id.clone(),
                            server: fully_qualified(&server.name),
                        };
                        for (name, kind, transport) in questions(zone) {
                            let fine = self.authoritative(zone, provider.id.as_str(), &name, &kind);
                            let ending = self.ending(at, fine, odd("REFUSED"));
                            let observation = dns_of(role(), at, transport, (&name, &kind), ending);
                            found.push((provider.id.clone(), observation));
                        }
                    }
                }
            }
        }
        found
    }

    fn authoritative(&self, zone: &Zone, provider: &str, name: &str, kind: &str) -> DnsAnswer {
        let records: Vec<DnsRecord> = match kind {
            "SOA" => vec![record(name, "SOA", "ns host 1 3600 600 86400 60")],
            "NS" => self.servers_of(provider).iter().map(|it| record(name, "NS", it)).collect(),
            "DNSKEY" => self
                .keys
                .get(provider)
                .into_iter()
                .flatten()
                .map(|key| record(name, "DNSKEY", key))
                .collect(),
            "AAAA" if zone.hidden_names().iter().any(|hidden| hidden == name) => Vec::new(),
            _ => vec![record(name, kind, &self.address(zone, provider))],
        };
        DnsAnswer { aa: true, ..full(records) }
    }

    /// A provider that the zone is delegated to names all of those; any other names itself.
    fn servers_of(&self, provider: &str) -> Vec<String> {
        let named = self.own_servers.get(provider).cloned();
        let among = self.delegated.iter().any(|id| id == provider);
        let fits = |id: &str| id == provider || (among && self.delegated.iter().any(|it| it == id));
        let estate = self.estate();
        let providers = estate.dns_providers.iter().filter(|it| fits(it.id.as_str()));
        let servers = providers.flat_map(|it| &it.nameservers).map(|it| fully_qualified(&it.name));
        named.unwrap_or_else(|| servers.collect())
    }

    fn address(&self, zone: &Zone, provider: &str) -> String {
        let _ = zone;
        self.answers.get(provider).cloned().unwrap_or_else(|| "198.18.0.10".to_owned())
    }

    fn parents(&self, estate: &Estate) -> Vec<(Id, Observation)> {
        let mut found = Vec::new();
        for zone in &estate.zones {
            let Some(registrar) = zone.registrar.as_ref().and_then(|id| estate.registrar(id))
            else {
                continue;
            };
            let intended: Vec<String> = match zone.id.as_str() {
                "z-main" => self.delegated.clone(),
                _ => zone.delegated_to.iter().map(ToString::to_string).collect(),
            };
            let name = fully_qualified(&zone.name);
            for server in &registrar.nameservers {
                for at in server.addresses.iter().map(|address| address.or_port(53)) {
                    for transport in [DnsTransport::Udp, DnsTransport::Tcp] {
                        let role = || DnsRole::Parent {
                            zone: zone.id.clone(),
                            server: server.name.clone(),
                        };
                        let servers = estate
                            .dns_providers
                            .iter()
                            .filter(|provider| intended.contains(&provider.id.to_string()))
                            .flat_map(|provider| &provider.nameservers);
                        let servers = servers.map(|server| &server.name).chain(&self.strangers);
                        let referral = servers.map(|server| record(&name, "NS", server)).collect();
                        let additional = glue(estate, &name);
                        let fine =
                            DnsAnswer { authority: referral, additional, ..full(Vec::new()) };
                        let ending = self.ending(at, fine, odd("SERVFAIL"));
                        found.push((
                            zone.id.clone(),
                            dns_of(role(), at, transport, (&name, "NS"), ending),
                        ));
                        let signed = self.ds.iter().map(|ds| record(&name, "DS", ds)).collect();
                        let ending = self.ending(at, full(signed), odd("SERVFAIL"));
                        found.push((
                            zone.id.clone(),
                            dns_of(role(), at, transport, (&name, "DS"), ending),
                        ));
                    }
                }
            }
        }
        found
    }

    /// A resolver gives what the first provider says that the parent delegates to and that answers; else it fails.
    fn resolvers(&self, estate: &Estate) -> Vec<(Id, Observation)> {
        let mut found = Vec::new();
        for resolver in &estate.resolvers {
            let at = resolver.address.or_port(53);
            for transport in [DnsTransport::Udp, DnsTransport::Tcp] {
                // What the resolver would have to ask may be dead itself: then it is silent on that name alone.
                let dead = |control: &lifeboat::model::Control| {
                    control.kind == lifeboat::model::ControlKind::Dns
                        && self.mode(control.address.ip) != Mode::Fine
                };
                let fine = answer("SOA", "control.example.", "x y 1 1 1 1 1");
                let mut ending = self.ending(at, fine, odd("SERVFAIL"));
                if estate.controls.iter().any(dead) && self.mode(at.ip()) == Mode::Fine {
                    ending = Ending::TimedOut;
                }
                let role = DnsRole::Resolver { zone: None };
                let observation = dns_of(role, at, transport, ("control.example.", "SOA"), ending);
                found.push((resolver.id.clone(), observation));
            }
            for zone in &estate.zones {
                for critical in &zone.critical {
                    let name = zone.full_name(&critical.name);
                    let resolved = self.resolved(estate, zone).map_or_else(
                        || odd("SERVFAIL"),
                        |address| answer(&critical.kind, &name, &address),
                    );
                    let ending = self.ending(at, resolved, odd("SERVFAIL"));
                    let role = DnsRole::Resolver { zone: Some(zone.id.clone()) };
                    let asked = (name.as_str(), critical.kind.as_str());
                    found.push((
                        resolver.id.clone(),
                        dns_of(role, at, DnsTransport::Udp, asked, ending),
                    ));
                }
            }
        }
        found
    }

    fn resolved(&self, estate: &Estate, zone: &Zone) -> Option<String> {
        let delegated: Vec<String> = match zone.id.as_str() {
            "z-main" => self.delegated.clone(),
            _ => zone.delegated_to.iter().map(ToString::to_string).collect(),
        };
        let answers = |id: &&String| {
            let provider = estate.provider(&Id::new(id.as_str())).unwrap();
            let mut servers = provider.nameservers.iter().flat_map(|server| &server.addresses);
            servers.any(|address| self.mode(address.ip) == Mode::Fine)
        };
        delegated.iter().find(answers).map(|id| self.address(zone, id))
    }

    fn trackers(&self, estate: &Estate) -> Vec<(Id, Observation)> {
        let mut found = Vec::new();
        for tracker in &estate.trackers {
            for url in &tracker.urls {
                for address in &tracker.addresses {
                    let at = address.or_port(6969);
                    let fine = TrackerAnswer {
                        interval_s: Some(1800),
                        peers: 3,
                        lists_seedboxes: vec!["sb-one".into()],
                        ..TrackerAnswer::default()
                    };
                    let failing = TrackerAnswer {
                        failure: Some(Remote::new("database is down")),
                        ..fine.clone()
                    };
                    let ending = self.ending(at, fine, failing);
                    let udp = url.starts_with("udp:");
                    let observation = Observation::Tracker(TrackerObservation {
                        url: url.clone(),
                        endpoint: Some(at),
                        unconnected: udp.then(|| ending.clone()),
                        ending,
                        wrong_source: false,
                        connect_only: false,
                    });
                    found.push((tracker.id.clone(), observation));
                }
            }
        }
        found
    }

    fn seedboxes(&self, estate: &Estate) -> Vec<(Id, Observation)> {
        let one = |seedbox: &lifeboat::model::Seedbox| {
            let at = seedbox.addresses[0].or_port(9091);
            let ending = match self.ending(at, SeedboxAnswer::default(), SeedboxAnswer::default()) {
                Ending::Answered(_) if self.mode(at.ip()) == Mode::Odd => Ending::Closed,
                ending => ending,
            };
            let observation = SeedboxObservation { endpoint: Some(at), ending };
            (seedbox.id.clone(), Observation::Seedbox(observation))
        };
        estate.seedboxes.iter().map(one).collect()
    }

    fn routes(&self, estate: &Estate) -> Vec<(Id, Observation)> {
        let view = |announcing: &Vec<&'static str>| {
            let mut view = BgpView::default();
            for (at, name) in NEIGHBOURS.iter().enumerate() {
                view.sessions.push(BgpSession {
                    neighbour: Remote::new(*name),
                    asn: Some(65_000 + at as u32),
                    established: true,
                    age_s: Some(9_000),
                });
                for prefix in estate.prefixes.iter().filter(|_| announcing.contains(name)) {
                    view.routes.push(BgpRoute {
                        prefix: prefix.id.clone(),
                        network: prefix.cidr,
                        neighbour: Remote::new(*name),
                        as_path: vec![65_000 + at as u32, self.origin],
                        best: at == 0,
                        age_s: Some(9_000),
                    });
                }
            }
            view
        };
        let one = |id: &Id, collector: bool| {
            let ending = match &self.announcing {
                Some(announcing) => Ending::Answered(view(announcing)),
                None => Ending::Inconclusive(Inconclusive::Local("no such socket".to_owned())),
            };
            (id.clone(), Observation::Bgp(BgpObservation { collector, ending }))
        };
        let collectors = estate.collectors.iter().map(|collector| one(&collector.id, true));
        collectors.chain(estate.routers.iter().map(|router| one(&router.id, false))).collect()
    }

    fn registry(&self, estate: &Estate) -> Option<(Id, Observation)> {
        let zone = estate.zones.first()?;
        let observation = RegistryObservation {
            registrar: zone.registrar.clone()?,
            name: zone.name.trim_end_matches('.').to_owned(),
            endpoint: None,
            ending: self.registry.clone()?,
        };
        Some((zone.id.clone(), Observation::Registry(observation)))
    }

    fn peers(&self) -> Observation {
        let (sources, asked) = self.peer_sources;
        Observation::Peers(PeersObservation {
            by_asn: self.peers.clone(),
            unmapped: 0,
            sources,
            asked,
            inconclusive: None,
        })
    }
}

fn questions(zone: &Zone) -> Vec<(String, String, DnsTransport)> {
    let apex = fully_qualified(&zone.name);
    let own =
        ["SOA", "NS", "DNSKEY"].map(|kind| (apex.clone(), kind.to_owned(), DnsTransport::Udp));
    let critical = zone
        .critical
        .iter()
        .map(|critical| (zone.full_name(&critical.name), critical.kind.clone(), DnsTransport::Udp));
    let hidden = zone.hidden_names().into_iter().flat_map(|name| {
        ["A", "AAAA"].map(|kind| (name.clone(), kind.to_owned(), DnsTransport::Udp))
    });
    let streams = ["SOA", "DNSKEY"].map(|kind| (apex.clone(), kind.to_owned(), DnsTransport::Tcp));
    own.into_iter().chain(critical).chain(hidden).chain(streams).collect()
}

fn dns_of(
    role: DnsRole,
    server: SocketAddr,
    transport: DnsTransport,
    (name, kind): (&str, &str),
    ending: Ending<DnsAnswer>,
) -> Observation {
    let (name, kind) = (name.to_owned(), kind.to_owned());
    let (manner, heard) = (DnsManner { dnssec: true, ..DnsManner::default() }, 0);
    let second = None;
    Observation::Dns(DnsObservation {
        role,
        server,
        transport,
        name,
        kind,
        manner,
        ending,
        heard,
        second,
    })
}

fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
    DnsRecord { name: name.to_owned(), kind: kind.to_owned(), ttl: 300, data: Remote::new(data) }
}

/// The addresses of every server whose name lies in a zone.
fn glue(estate: &Estate, zone: &str) -> Vec<DnsRecord> {
    let servers = estate.dns_providers.iter().flat_map(|provider| &provider.nameservers);
    let inside =
        servers.filter(|server| fully_qualified(&server.name).ends_with(&format!(".{zone}")));
    let of = |server: &lifeboat::model::NameServer| -> Vec<DnsRecord> {
        let name = fully_qualified(&server.name);
        let each = server.addresses.iter().map(|address| {
            let kind = if address.ip.is_ipv4() { "A" } else { "AAAA" };
            record(&name, kind, &address.ip.to_string())
        });
        each.collect()
    };
    inside.flat_map(of).collect()
}

fn full(answers: Vec<DnsRecord>) -> DnsAnswer {
    DnsAnswer { rcode: "NOERROR".to_owned(), answers, latency_ms: 12, ..DnsAnswer::default() }
}

fn answer(kind: &str, name: &str, data: &str) -> DnsAnswer {
    full(vec![record(name, kind, data)])
}

fn odd(rcode: &str) -> DnsAnswer {
    DnsAnswer { rcode: rcode.to_owned(), ..DnsAnswer::default() }
}

/// `p-own` (AS 64500) holds two trackers and a seedbox; everything else stands alone.
const AS_TABLE: &str = "\
192.0.2.0\t192.0.2.255\t64501\tUS\tProvider A\n\
203.0.113.64\t203.0.113.127\t64502\tDE\tProvider B\n\
198.18.0.0\t198.18.0.255\t64500\tDE\tOwn\n\
198.51.100.0\t198.51.100.127\t64503\tCA\tElsewhere\n\
100.64.0.0\t100.64.255.255\t701\tUS\tVerizon\n\
100.96.0.0\t100.96.255.255\t3320\tDE\tDTAG\n";

fn estate() -> Value {
    let provider = |id: &str, addresses: &[&str]| {
        let servers: Vec<Value> = addresses
            .iter()
            .enumerate()
            .map(|(at, address)| json!({"name": format!("ns{}.{id}.example.", at + 1), "addresses": [address]}))
            .collect();
        json!({"id": id, "kind": "unmanaged", "nameservers": servers})
    };
    let tracker = |id: &str, address: &str, standby: bool| {
        json!({"id": id, "standby": standby, "swarm": "canary", "addresses": [format!("{address}:6969")],
               "urls": [format!("udp://{id}.seeds.example:6969/announce"), format!("http://{id}.seeds.example:6969/announce")]})
    };
    json!({
        "schema": "lifeboat/estate/v1", "id": "the-estate",
        "registrars": [{"id": "reg", "kind": "manual", "nameservers": [{"name": "a.nic.example.", "addresses": ["203.0.113.1:5301"]}]}],
        "dns_providers": [provider("prov-a", &["192.0.2.1:5302", "192.0.2.2:5302"]), provider("prov-b", &["203.0.113.70:5303"])],
        "zones": [{"id": "z-main", "name": "seeds.example.", "registrar": "reg", "delegated_to": ["prov-a"], "standby_at": ["prov-b"],
                   "critical": [{"name": "t-one", "type": "A", "expect": ["198.18.0.10"]}, {"name": "www", "type": "A", "expect": "any"}]}],
        "prefixes": [{"id": "p-own", "cidr": "198.18.0.0/24", "origin": 64500, "upstreams": ["u-transit"]}],
        "upstreams": [{"id": "u-transit", "asn": 64510}],
        "trackers": [tracker("t-one", "198.18.0.10", false), tracker("t-two", "198.18.0.11", false),
                     tracker("t-far", "198.51.100.20", false), tracker("t-backup", "203.0.113.7", true)],
        "swarms": [{"id": "canary", "info_hash": "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69"}],
        "seedboxes": [{"id": "sb-one", "kind": "transmission", "rpc": "http://198.18.0.30:9091/", "addresses": ["198.18.0.30:9091"]}],
        "vantages": [{"id": "here", "kind": "local"}],
        "controls": [{"id": "ctl-dns", "kind": "dns", "address": "192.88.99.1:5304", "name": "control.example.", "type": "SOA"},
                     {"id": "ctl-tcp", "kind": "tcp", "address": "192.88.99.2:443"}],
        "resolvers": [{"id": "res-a", "address": "198.51.100.153:5305"}, {"id": "res-b", "address": "203.0.113.153:5306"}],
        "carriers": [{"id": "verizon", "asn": 701, "usual_share": "40 %"}, {"id": "dtag", "asn": 3320, "usual_share": "30 %"}],
        "collectors": [{"id": "lg", "kind": "bird", "socket": "/run/lg.ctl"}],
    })
}
