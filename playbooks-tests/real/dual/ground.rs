//! A zone at two providers, and the resolvers that its users have: A is a Knot that is written by signed UPDATE, B a
//! PowerDNS that is written by its API, C a Knot that nobody writes. The parent `test.` is a PowerDNS, and above it
//! stands a root of ours. Both providers hold the same names and answer different addresses.

use crate::real::bind;
use crate::real::daemon::Daemon;
use crate::real::dns;
use crate::real::estate::{self, Estate};
use crate::real::knot::{Knot, KnotZone};
use crate::real::lab::Lab;
use crate::real::powerdns::PowerDns;
use crate::real::recursor;
use crate::real::tsig::TsigKey;
use crate::real::unbound::Unbound;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};

pub const ZONE: &str = "tracker.test.";
/// Any name below it has an address that lives for a second.
pub const WILDCARD: &str = "w.tracker.test.";
pub const NS_A: &str = "ns1.prov-a.test.";
pub const NS_B: &str = "ns1.prov-b.test.";
pub const NS_C: &str = "ns1.prov-c.test.";
/// The seconds that everything else lives.
const TTL: u32 = 3;

/// A validating resolver, which serves nothing that is stale.
pub struct Resolver {
    pub name: &'static str,
    pub address: SocketAddr,
    daemon: Daemon,
}

pub struct Ground {
    pub parent: PowerDns,
    pub a: Knot,
    pub b: PowerDns,
    /// C and the root, which nobody stops.
    _others: [Knot; 2],
    pub resolvers: Vec<Resolver>,
    pub answer_of_a: IpAddr,
    pub answer_of_b: IpAddr,
    pub estate: Estate,
}

impl Ground {
    /// Starts everything with the zone delegated to these name servers, and writes the estate.
    pub fn start(lab: &Lab, delegated_to: &[&str], signed: bool) -> Ground {
        let [root_at, parent_at, a_at, b_at, c_at] = [1, 2, 3, 4, 5].map(|host| lab.at(host, 53));
        let (answer_of_a, answer_of_b) = (lab.address(82), lab.address(83));
        let root = root(lab, root_at, parent_at);
        let tsig = TsigKey::new("lab-key");
        let text = |own: &str, answer| zone_text(own, delegated_to, answer);
        let text_of_a = text(NS_A, answer_of_a);
        let zone = KnotZone { name: ZONE, text: &text_of_a, signed };
        let may = ["update", "transfer"];
        let a = Knot::start_open(lab, "provider-a", a_at, &[zone], &[(&tsig, &may)]);
        let mut b = PowerDns::start(lab, "provider-b", b_at);
        b.add_zone(ZONE, &text(NS_B, answer_of_b));
        let c = Knot::start(lab, "provider-c", c_at, ZONE, &text(NS_C, answer_of_a));
        let mut parent = PowerDns::start(lab, "parent", parent_at);
        let ds = if signed {
            b.sign(ZONE);
            format!("{ZONE} DS {}\n", a.ds(ZONE))
        } else {
            String::new()
        };
        parent.add_zone("test.", &(parent_text(lab, delegated_to) + &ds));
        let (_, anchor) = parent.sign("test.");
        let resolvers = resolvers(lab, root_at, &anchor);
        let mut estate = Estate::new("dual-lab");
        estate.add("registrars", estate::registrar(lab, "reg-north", "test.", &parent));
        estate.add("dns_providers", tsig.provider(lab, "provider-a", NS_A, a_at));
        estate.add("dns_providers", estate::powerdns_provider(lab, "provider-b", NS_B, &b));
        estate.add("dns_providers", estate::unmanaged_provider("provider-c", NS_C, &c));
        estate.add("zones", zone_of_the_estate(delegated_to, [answer_of_a, answer_of_b]));
        estate.add("controls", estate::dns_control("control", root_at, "control.example."));
        for resolver in &resolvers {
            estate.add("resolvers", estate::resolver(resolver.name, resolver.address));
        }
        estate.write(lab);
        Ground { parent, a, b, _others: [c, root], resolvers, answer_of_a, answer_of_b, estate }
    }

    /// Starts the resolvers again, with nothing in their caches.
    pub fn forget(&mut self) {
        for resolver in &mut self.resolvers {
            resolver.daemon.start_again();
            ready(resolver);
        }
    }
}

/// The longest that unbound waits for a server before it tries another way, and for how long it remembers that one died.
/// Every server is near here, and other trials play at the same time.
const BRISK: &str =
    "unknown-server-time-limit: 120\n  infra-cache-max-rtt: 150\n  infra-host-ttl: 10";

fn ready(resolver: &mut Resolver) {
    let at = resolver.address;
    let resolves = || dns::ask(at, &format!("begin.{WILDCARD}"), "A");
    resolver.daemon.ready(|| resolves().filter(|answer| answer.status == "NOERROR"));
}

fn resolvers(lab: &Lab, root: SocketAddr, ds: &str) -> Vec<Resolver> {
    let [unbound_at, bind_at, recursor_at] = [6, 7, 8].map(|host| lab.at(host, 53));
    let anchor = format!("test. DS {ds}");
    let stubs = [(".", root)];
    let unbound = Unbound::start_set(lab, "unbound", unbound_at, (&stubs, &[anchor]), BRISK);
    let bind = bind::start_fresh(lab, "bind", bind_at, root, ("test.", ds));
    let recursor = recursor::start_fresh(lab, "recursor", recursor_at, root, ("test.", ds));
    let mut resolvers = vec![
        Resolver { name: "unbound", address: unbound_at, daemon: unbound.daemon },
        Resolver { name: "bind", address: bind_at, daemon: bind },
        Resolver { name: "recursor", address: recursor_at, daemon: recursor },
    ];
    resolvers.iter_mut().for_each(ready);
    resolvers
}

/// The root, which also holds the name of nobody we know.
fn root(lab: &Lab, at: SocketAddr, parent: SocketAddr) -> Knot {
    let (own, parent) = (at.ip(), parent.ip());
    let top = format!(
        ". 3600 SOA a.root. host.root. 1 3600 600 86400 3600\n. 3600 NS a.root.\na.root. 3600 A {own}\n\
         test. 3600 NS ns.nic.test.\nns.nic.test. 3600 A {parent}\n\
         control.example. 3600 NS a.root.\n"
    );
    let control = format!(
        "@ 3600 SOA a.root. host.root. 1 3600 600 86400 3600\n@ 3600 NS a.root.\nns 3600 A {own}\n"
    );
    let zone = |name, text| KnotZone { name, text, signed: false };
    Knot::start_zones(lab, "root", at, &[zone(".", &top), zone("control.example.", &control)])
}

fn zone_of_the_estate(delegated_to: &[&str], answers: [IpAddr; 2]) -> Value {
    let all = [(NS_A, "provider-a"), (NS_B, "provider-b"), (NS_C, "provider-c")];
    let is_live = |(name, _): &&(&str, &str)| delegated_to.contains(name);
    let live: Vec<&str> = all.iter().filter(is_live).map(|(_, id)| *id).collect();
    let standby: Vec<&str> = if live.len() == 1 { vec!["provider-b"] } else { Vec::new() };
    let expect = answers.map(|address| address.to_string());
    json!({"id": "z-main", "name": ZONE, "registrar": "reg-north", "delegated_to": live, "standby_at": standby,
           "critical": [{"name": "announce", "type": "A", "expect": expect, "ttl_at_most": "5m"}]})
}

fn parent_text(lab: &Lab, delegated_to: &[&str]) -> String {
    let [parent, a, b, c] = [2, 3, 4, 5].map(|host| lab.address(host));
    let delegation: String =
        delegated_to.iter().map(|name| format!("{ZONE} NS {name}\n")).collect();
    format!(
        "$ORIGIN test.\n$TTL {TTL}\n@ SOA ns.nic host.nic 1 3600 600 86400 {TTL}\n@ NS ns.nic\nns.nic A {parent}\n\
         ns1.prov-a A {a}\nns1.prov-b A {b}\nns1.prov-c A {c}\n{delegation}"
    )
}

/// A provider lists who is delegated to, or itself where it is not among those.
fn zone_text(own: &str, delegated_to: &[&str], answer: IpAddr) -> String {
    let listed = if delegated_to.contains(&own) { delegated_to } else { &[own] };
    let names: String = listed.iter().map(|name| format!("@ NS {name}\n")).collect();
    format!(
        "$ORIGIN {ZONE}\n$TTL {TTL}\n@ SOA {own} host.{ZONE} 1 3600 600 86400 {TTL}\n{names}\
         announce A {answer}\nwww A {answer}\n*.w 1 A {answer}\n"
    )
}

/// A runbook whose one change takes a provider out.
pub const TAKE_OUT: &str = r#"schema: lifeboat/runbook/v1
id: take-out
title: A provider is taken out of the delegation
failure_mode: dns-provider-outage
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "None."
advice: [{ otherwise: true, say: act, why: "It is to go." }]
review_after: 90d
params:
  gone: { type: dns-provider, from: cause.subject, example: provider-c }
  zone: { type: zone, example: z-main }
matches:
  supports: ["dns.authority.answers($gone) is false"]
  must_know: [observer.healthy]
phases:
  immediate:
    enter: "incident.declared"
    exit: "dns.delegated($zone, $gone) is false"
    steps:
      - id: take-out
        change:
          action: dns.delegation.remove
          target: { zone: $zone, remove: $gone }
          why: "It is to go."
          approval: { policy: delegation, expires: 30m }
          limit: { zones: 1, records: [NS], keep_healthy_servers: 1 }
          effect: { record_ttl: measured, delegation_ttl: measured }
          verify: { ask: [parent, authorities, resolvers], want: delegated, not_yet_until: effect.latest }
          undo: { action: dns.delegation.restore }
        on_fail: hold
  recovery: { enter: "immediate.done", exit: "otherwise", steps: [] }
  post_incident: { enter: "incident.resolved", exit: "otherwise", steps: [] }
"#;
