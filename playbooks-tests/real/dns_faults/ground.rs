//! One lab: a root, a top-level domain, two providers, resolvers; and the estate that describes them.

use super::serving::{Root, Server, resolver};
use super::setting::{Benign, Resolver, Setting, Software};
use super::signed::Key;
use super::texts::{Side, Text};
use crate::real::daemon::Daemon;
use crate::real::dns;
use crate::real::dnsdist::{self, Lie};
use crate::real::estate::{self, Estate};
use crate::real::lab::Lab;
use crate::real::loss::Loss;
use crate::real::relay;
use crate::real::until::{STARTUP, until};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// Where the slow way to a server begins, among the lab's hosts.
const SLOW: u8 = 22;

/// A lab that runs.
pub struct Ground {
    pub lab: Lab,
    pub setting: Setting,
    pub benign: Benign,
    pub loss: Loss,
    pub first: Vec<Server>,
    pub other: Server,
    root: Server,
    /// Those of the root, the top-level domain, the zone, and one that is not the zone's.
    pub keys: Vec<Key>,
    /// The resolver, and what stands before it.
    pub resolving: Option<(Resolver, Daemon)>,
    front: Option<Daemon>,
    /// Where the first provider's API is, if the estate names one.
    pub api: Option<SocketAddr>,
}

impl Ground {
    /// Starts everything but a resolver.
    pub fn start(seed: u64, benign: Benign) -> Ground {
        let (lab, mut setting) = (Lab::new(), Setting::of(seed));
        benign.settle(&mut setting);
        let at = |host: u8| lab.at(setting.base + host, 53);
        let server = |place: u8, software: Software| {
            Server::new(software, &format!("server-{place}"), at(place))
        };
        let first = setting.servers.iter().zip(1..).map(|(kind, place)| server(place, *kind));
        let algorithm = setting.signing.map_or("ECDSAP256SHA256", |signing| signing.algorithm);
        let zones = [".", &setting.top, &setting.zone, &setting.zone];
        let keys = zones.map(|zone| Key::make(&lab, zone, algorithm)).into_iter().collect();
        let mut ground = Ground {
            loss: Loss::new(&lab),
            first: first.collect(),
            other: server(9, setting.other),
            root: Server::new(Software::Knot, "root", at(0)),
            keys,
            resolving: None,
            front: None,
            api: None,
            lab,
            setting,
            benign,
        };
        if benign == Benign::Slow {
            relay::slow(ground.at(SLOW), ground.first[1].address, Duration::from_millis(180));
        }
        ground.load(&Text::default());
        ground
    }

    fn at(&self, host: u8) -> SocketAddr {
        self.lab.at(self.setting.base + host, 53)
    }

    /// Returns the root as resolvers know it.
    fn begin(&self) -> Root {
        let (ds, dnskey) = (self.keys[0].ds(), self.keys[0].dnskey());
        Root { address: self.root.address, ds, dnskey }
    }

    /// Loads all zones anew, as a text says, everywhere.
    pub fn load(&mut self, text: &Text) {
        let (top, zone) = (self.setting.top.clone(), self.setting.zone.clone());
        let [root, parent] = self.parents(text);
        self.root.serve(&self.lab, &[(".", &root), (&top, &parent)]);
        let [mine, theirs] = [Side::First, Side::Other].map(|side| self.zone_text(text, side));
        self.first.iter_mut().for_each(|server| server.serve(&self.lab, &[(&zone, &mine)]));
        self.other.serve(&self.lab, &[(&zone, &theirs)]);
    }

    /// Returns what the critical name should be.
    pub fn expected(&self) -> Vec<String> {
        (0..self.setting.values).map(|at| format!("192.0.2.{}", 10 + at)).collect()
    }

    /// Returns every name server with its address, the other provider's last.
    pub fn servers(&self) -> Vec<(String, SocketAddr)> {
        let above = if self.setting.inside { &self.setting.zone } else { &self.setting.top };
        let slow = |at: usize| self.benign == Benign::Slow && at == 1;
        let own = self.first.iter().enumerate().map(|(at, server)| {
            let address = if slow(at) { self.at(SLOW) } else { server.address };
            (format!("ns{}.{above}", at + 1), address)
        });
        own.chain([(self.other_name(), self.other.address)]).collect()
    }

    fn other_name(&self) -> String {
        format!("ns.elsewhere.{}", self.setting.top)
    }

    /// Returns a name server's other address, of a network that is not there.
    pub fn sixth_of(&self, place: usize) -> Option<String> {
        (self.benign == Benign::NoIpv6).then(|| format!("2001:db8::{}", place + 1))
    }

    pub fn delegated(&self) -> Vec<(String, SocketAddr)> {
        let count = self.first.len() + usize::from(self.setting.both);
        self.servers().into_iter().take(count).collect()
    }

    /// Starts a resolver with empty caches; in front of it, somebody who lies where that is wanted.
    pub fn resolve_by(&mut self, kind: Resolver, lie: Option<Lie>) {
        self.front = None;
        self.resolving = None;
        let behind = self.at(30);
        let daemon = resolver(&self.lab, kind, behind, &self.begin(), self.setting.ede);
        self.resolving = Some((kind, daemon));
        if let Some(lie) = lie {
            let name = self.setting.name();
            let mut front = dnsdist::start(&self.lab, "front", self.at(31), behind, (&name, lie));
            let at = self.at(31);
            front.ready(|| dns::ask(at, ".", "SOA"));
            self.front = Some(front);
        }
        if self.benign == Benign::Loss {
            self.lose_between_us_and_all();
        }
    }

    /// Loses every twentieth question to any server and every twentieth answer of it, but what the resolver asks itself:
    /// how long that takes to try again is its own affair.
    fn lose_between_us_and_all(&self) {
        let resolver = self.at(30).ip();
        let servers = self.servers().into_iter().map(|(_, at)| at);
        for at in servers.chain([self.root.address, self.at(30)]) {
            let ip = at.ip();
            for way in [
                format!("ip saddr != {resolver} ip daddr {ip} udp dport 53"),
                format!("ip daddr != {resolver} ip saddr {ip} udp sport 53"),
            ] {
                self.loss.rule(&format!("{way} numgen random mod 20 0 drop"));
            }
        }
    }

    /// Writes the estate.
    pub fn describe(&self) {
        let Setting { top, zone, both, .. } = &self.setting;
        let mut estate = Estate::new("dns-lab");
        estate.0["probing"] = json!({"target_budget": "1s", "tries": 5});
        let nic = json!([{"name": format!("ns.nic.{top}"), "addresses": [self.root.address.to_string()]}]);
        estate.add(
            "registrars",
            json!({"id": "reg", "kind": "manual", "parent_zone": top, "nameservers": nic}),
        );
        let servers = self.servers();
        let told: Vec<Value> =
            servers.iter().enumerate().map(|(at, it)| self.told(at, it)).collect();
        let (own, other) = told.split_at(self.first.len());
        let mut first = json!({"id": "first", "kind": "unmanaged", "nameservers": own});
        if let Some(api) = self.api {
            first["kind"] = json!("powerdns");
            first["api"] = json!(format!("http://{api}/api/v1/servers/localhost"));
            first["credential"] = estate::secret(&self.lab, "key", "shown to nobody else");
        }
        estate.add("dns_providers", first);
        estate.add(
            "dns_providers",
            json!({"id": "other", "kind": "unmanaged", "nameservers": other}),
        );
        let (to, by) = if *both {
            (json!(["first", "other"]), json!([]))
        } else {
            (json!(["first"]), json!(["other"]))
        };
        let critical = json!([
            {"name": self.setting.host, "type": "A", "expect": self.expected()},
            {"name": "large", "type": "TXT"},
        ]);
        estate.add(
            "zones",
            json!({"id": "zone", "name": zone, "registrar": "reg", "delegated_to": to,
            "standby_at": by, "critical": critical}),
        );
        estate.add("controls", estate::dns_control("control", self.root.address, top));
        let seen = if self.front.is_some() { self.at(31) } else { self.at(30) };
        estate.add("resolvers", estate::resolver("resolver", seen));
        estate.write(&self.lab);
    }

    /// Runs `diagnose` and returns the verdict's document.
    pub fn diagnose(&self) -> Value {
        self.describe();
        let ran = self.lab.lifeboat(&["diagnose", "--json"]).run();
        ran.json()
    }

    fn told(&self, place: usize, (name, at): &(String, SocketAddr)) -> Value {
        let six = self.sixth_of(place).map(|six| format!("[{six}]:53"));
        let addresses: Vec<String> = [at.to_string()].into_iter().chain(six).collect();
        json!({"name": name, "addresses": addresses})
    }

    /// Asks the resolver for the critical name, so that it knows it.
    pub fn warm(&self) {
        let (at, name) = (self.at(30), self.setting.name());
        until("a warm cache", STARTUP, || {
            dns::ask(at, &name, "A").filter(|answer| !answer.records.is_empty())
        });
    }

    /// Waits until the resolver gives what it may keep no longer: with a time to live that has begun anew, while nobody
    /// is there to ask.
    pub fn grow_stale(&self) {
        let (at, name, mut left) = (self.at(30), self.setting.name(), u32::MAX);
        until("a stale answer", STARTUP, || {
            let answer = dns::ask(at, &name, "A")?;
            let before = std::mem::replace(&mut left, answer.records.first()?.ttl);
            (left > before).then_some(())
        });
    }

    /// Returns where the root and the top-level domain are served.
    pub fn root_address(&self) -> SocketAddr {
        self.root.address
    }

    /// Returns where the resolver is.
    pub fn resolver_address(&self) -> SocketAddr {
        self.at(30)
    }

    /// Returns an address of the lab at which nobody listens.
    pub fn nobody(&self) -> SocketAddr {
        self.at(35)
    }
}
