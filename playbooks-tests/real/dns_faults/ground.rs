//! One lab: a root, a top-level domain, two providers, resolvers; and the estate that describes them.

use super::serving::{Root, Server, resolver};
use super::setting::{Resolver, Setting, Software};
use super::signed::Key;
use crate::real::daemon::Daemon;
use crate::real::dnsdist::{self, Lie};
use crate::real::estate::{self, Estate};
use crate::real::lab::Lab;
use crate::real::loss::Loss;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What zones and delegation say; a row changes some of it.
#[derive(Clone, Default)]
pub struct Text {
    /// Names that the zone lists as name servers besides its own.
    pub also_named: Vec<String>,
    /// Names that the parent delegates to besides, with an address where it has one.
    pub also_delegated: Vec<(String, Option<SocketAddr>)>,
    /// The parent does not delegate the zone at all.
    pub undelegated: bool,
    /// The parent's address of the first server, where that is another.
    pub glue: Option<SocketAddr>,
    /// What the critical name has at the first provider, where that is something else.
    pub critical: Option<Vec<String>>,
    /// The same at the other provider.
    pub critical_there: Option<Vec<String>>,
}

/// A lab that runs.
pub struct Ground {
    pub lab: Lab,
    pub setting: Setting,
    pub loss: Loss,
    pub first: Vec<Server>,
    pub other: Server,
    root: Server,
    keys: Vec<Key>,
    /// The resolver, and what stands before it.
    pub resolving: Option<(Resolver, Daemon)>,
    front: Option<Daemon>,
    /// Where the first provider's API is, if the estate names one.
    pub api: Option<SocketAddr>,
}

impl Ground {
    /// Starts everything but a resolver.
    pub fn start(seed: u64) -> Ground {
        let (lab, setting) = (Lab::new(), Setting::of(seed));
        let at = |host: u8| lab.at(setting.base + host, 53);
        let server = |place: u8, software: Software| {
            Server::new(software, &format!("server-{place}"), at(place))
        };
        let first = setting.servers.iter().zip(1..).map(|(kind, place)| server(place, *kind));
        let algorithm = setting.signing.map_or("ECDSAP256SHA256", |signing| signing.algorithm);
        let zones = [".", &setting.top, &setting.zone];
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
        };
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
        self.load_parent(text);
        let zone = self.setting.zone.clone();
        let mine = self.zone_text(text, text.critical.as_deref());
        let theirs = self.zone_text(text, text.critical_there.as_deref());
        self.first.iter_mut().for_each(|server| server.serve(&self.lab, &[(&zone, &mine)]));
        self.other.serve(&self.lab, &[(&zone, &theirs)]);
    }

    fn load_parent(&mut self, text: &Text) {
        let (top, zone) = (self.setting.top.clone(), self.setting.zone.clone());
        let ip = self.root.address.ip();
        let start = |ttl: u32, origin: &str| {
            format!(
                "$ORIGIN {origin}\n$TTL {ttl}\n@ IN SOA ns.nic.{top} host.nic.{top} 1 3600 600 86400 60\n"
            )
        };
        let root = start(3600, ".")
            + &format!(
                "@ IN NS a.root.\na.root. IN A {ip}\n{top} IN NS ns.nic.{top}\nns.nic.{top} IN A {ip}\n{top} IN DS {}\n",
                self.keys[1].ds()
            );
        let ttl = self.setting.ttl;
        let mut parent =
            start(ttl, &top) + &format!("@ IN NS ns.nic.{top}\nns.nic.{top} IN A {ip}\n");
        if !text.undelegated {
            for (name, _) in self.delegated() {
                parent.push_str(&format!("{zone} IN NS {name}\n"));
            }
            for (name, at) in &text.also_delegated {
                parent.push_str(&format!("{zone} IN NS {name}\n"));
                parent
                    .push_str(&at.map_or(String::new(), |at| format!("{name} IN A {}\n", at.ip())));
            }
            if self.setting.signing.is_some() {
                parent.push_str(&format!("{zone} IN DS {}\n", self.keys[2].ds()));
            }
        }
        for (place, (name, at)) in self.servers().into_iter().enumerate() {
            let glued = text.glue.filter(|_| place == 0).unwrap_or(at);
            if !text.undelegated || !self.setting.inside || place >= self.first.len() {
                parent.push_str(&format!("{name} IN A {}\n", glued.ip()));
            }
        }
        let nsec3 = self.setting.signing.is_some_and(|signing| signing.nsec3);
        let root = self.keys[0].sign(&root, false);
        let parent = self.keys[1].sign(&parent, nsec3);
        self.root.serve(&self.lab, &[(".", &root), (&top, &parent)]);
    }

    fn zone_text(&self, text: &Text, critical: Option<&[String]>) -> String {
        let Setting { zone, ttl, host, .. } = &self.setting;
        let mut plain = format!(
            "$ORIGIN {zone}\n$TTL {ttl}\n@ IN SOA {} host.{zone} 1 3600 600 86400 {}\nother IN A 192.0.2.80\n",
            self.servers()[0].0,
            ttl.min(&60)
        );
        let named = self.delegated().into_iter().map(|(name, _)| name);
        for name in named.chain(text.also_named.iter().cloned()) {
            plain.push_str(&format!("@ IN NS {name}\n"));
        }
        for (name, at) in
            self.servers().iter().filter(|(name, _)| name.ends_with(&format!(".{zone}")))
        {
            plain.push_str(&format!("{name} IN A {}\n", at.ip()));
        }
        let values = critical.map_or_else(|| self.expected(), <[String]>::to_vec);
        for value in values {
            plain.push_str(&format!("{host} IN A {value}\n"));
        }
        match self.setting.signing {
            Some(signing) => self.keys[2].sign(&plain, signing.nsec3),
            None => plain,
        }
    }

    /// Returns what the critical name should be.
    pub fn expected(&self) -> Vec<String> {
        (0..self.setting.values).map(|at| format!("192.0.2.{}", 10 + at)).collect()
    }

    /// Returns every name server with its address, the other provider's last.
    fn servers(&self) -> Vec<(String, SocketAddr)> {
        let above = if self.setting.inside { &self.setting.zone } else { &self.setting.top };
        let own = self.first.iter().enumerate();
        let own = own.map(|(at, server)| (format!("ns{}.{above}", at + 1), server.address));
        own.chain([(self.other_name(), self.other.address)]).collect()
    }

    fn other_name(&self) -> String {
        format!("ns.elsewhere.{}", self.setting.top)
    }

    fn delegated(&self) -> Vec<(String, SocketAddr)> {
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
            front.ready(|| crate::real::dns::ask(at, ".", "SOA"));
            self.front = Some(front);
        }
    }

    /// Writes the estate.
    pub fn describe(&self) {
        let Setting { top, zone, both, .. } = &self.setting;
        let mut estate = Estate::new("dns-lab");
        estate.0["probing"] = json!({"target_budget": "1s", "tries": 4});
        let nic = json!([{"name": format!("ns.nic.{top}"), "addresses": [self.root.address.to_string()]}]);
        estate.add(
            "registrars",
            json!({"id": "reg", "kind": "manual", "parent_zone": top, "nameservers": nic}),
        );
        let servers = self.servers();
        let (own, other) = servers.split_at(self.first.len());
        let mut first =
            json!({"id": "first", "kind": "unmanaged", "nameservers": nameservers(own)});
        if let Some(api) = self.api {
            first["kind"] = json!("powerdns");
            first["api"] = json!(format!("http://{api}/api/v1/servers/localhost"));
            first["credential"] = estate::secret(&self.lab, "key", "shown to nobody else");
        }
        estate.add("dns_providers", first);
        estate.add(
            "dns_providers",
            json!({"id": "other", "kind": "unmanaged", "nameservers": nameservers(other)}),
        );
        let (to, by) = if *both {
            (json!(["first", "other"]), json!([]))
        } else {
            (json!(["first"]), json!(["other"]))
        };
        let critical = json!([{"name": self.setting.host, "type": "A", "expect": self.expected()}]);
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

    /// Asks the resolver for the critical name, so that it knows it.
    pub fn warm(&self) {
        let (at, name) = (self.at(30), self.setting.name());
        crate::real::until::until("a warm cache", crate::real::until::STARTUP, || {
            crate::real::dns::ask(at, &name, "A").filter(|answer| !answer.records.is_empty())
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

fn nameservers(servers: &[(String, SocketAddr)]) -> Value {
    let one =
        |(name, at): &(String, SocketAddr)| json!({"name": name, "addresses": [at.to_string()]});
    servers.iter().map(one).collect()
}
