//! The estate of a zone with two DNS providers: Knot is A, PowerDNS is B, another PowerDNS (or another Knot) is the parent `test.`,
//! and an unbound recurses from there. A and B answer different addresses.

use super::estate::{self, Estate};
use super::knot::{Knot, KnotZone};
use super::lab::Lab;
use super::powerdns::PowerDns;
use super::tsig::TsigKey;
use super::unbound::Unbound;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};

/// The zone that both providers serve.
pub const ZONE: &str = "tracker.test.";
/// The name in it that users ask for.
pub const NAME: &str = "announce.tracker.test.";
/// The name servers of A and of B, as the parent names them.
pub const NS_A: &str = "ns1.prov-a.test.";
pub const NS_B: &str = "ns1.prov-b.test.";
/// The seconds that every RRset of these zones lives.
pub const TTL: u32 = 3;

/// All servers of the topology, and the estate that describes them.
pub struct Failover<Parent = PowerDns> {
    pub parent: Parent,
    pub a: Knot,
    pub b: PowerDns,
    pub control: Knot,
    pub resolver: Unbound,
    /// What A, and what B, answers for [`NAME`].
    pub answer_of_a: IpAddr,
    pub answer_of_b: IpAddr,
    pub estate: Estate,
}

impl Failover {
    /// Starts everything with the zone delegated to these name servers, and writes the estate.
    pub fn start(lab: &Lab, delegated_to: &[&str]) -> Failover {
        let mut parent = PowerDns::start(lab, "parent", lab.at(1, 53));
        parent.add_zone("test.", &parent_text(lab, delegated_to));
        let registrar = estate::registrar(lab, "reg-north", "test.", &parent);
        Failover::around(lab, delegated_to, parent, registrar)
    }

    /// Moves the delegation at the parent, as a person would; this counts as a PATCH there.
    pub fn delegate(&self, name_servers: &[&str]) {
        self.parent.replace("test.", ZONE, "NS", TTL, name_servers, "moved by hand");
    }
}

impl Failover<Knot> {
    /// As [`Failover::start`], with a Knot as the parent that is written by signed UPDATE.
    pub fn start_signed(lab: &Lab, delegated_to: &[&str], tsig: &TsigKey) -> Failover<Knot> {
        let text = parent_text(lab, delegated_to);
        let zones = [KnotZone { name: "test.", text: &text, signed: false }];
        let parent = Knot::start_open(lab, "parent", lab.at(1, 53), &zones, &[(tsig, &["update"])]);
        let registrar = tsig.registrar(lab, "reg-north", "test.", parent.address);
        Failover::around(lab, delegated_to, parent, registrar)
    }
}

impl<Parent> Failover<Parent> {
    fn around(lab: &Lab, delegated_to: &[&str], parent: Parent, registrar: Value) -> Self {
        let [parent_at, a_at, b_at, control_at, resolver_at] =
            [1, 2, 3, 4, 5].map(|host| lab.at(host, 53));
        let (answer_of_a, answer_of_b) = (lab.address(82), lab.address(83));
        let a =
            Knot::start(lab, "provider-a", a_at, ZONE, &zone_text(NS_A, delegated_to, answer_of_a));
        let mut b = PowerDns::start(lab, "provider-b", b_at);
        b.add_zone(ZONE, &zone_text(NS_B, delegated_to, answer_of_b));
        let control =
            Knot::start(lab, "control", control_at, "control.example.", &control_text(control_at));
        let zones = [("test.", parent_at), ("control.example.", control_at)];
        let resolver = Unbound::start(lab, "resolver", resolver_at, &zones);
        let mut estate = Estate::new("failover-lab");
        estate.add("registrars", registrar);
        estate.add("dns_providers", estate::unmanaged_provider("provider-a", NS_A, &a));
        estate.add("dns_providers", estate::powerdns_provider(lab, "provider-b", NS_B, &b));
        estate.add("zones", zone_of_the_estate(delegated_to, [answer_of_a, answer_of_b]));
        estate.add("controls", estate::dns_control("control", control_at, "control.example."));
        estate.add("resolvers", estate::resolver("resolver", resolver_at));
        estate.write(lab);
        Failover { parent, a, b, control, resolver, answer_of_a, answer_of_b, estate }
    }
}

fn zone_of_the_estate(delegated_to: &[&str], answers: [IpAddr; 2]) -> Value {
    let provider = |name: &&&str| if **name == NS_A { "provider-a" } else { "provider-b" };
    let live: Vec<&str> = delegated_to.iter().map(|name| provider(&name)).collect();
    let standby: Vec<&str> =
        ["provider-a", "provider-b"].into_iter().filter(|id| !live.contains(id)).collect();
    let expect = answers.map(|address| address.to_string());
    json!({"id": "z-main", "name": ZONE, "registrar": "reg-north", "delegated_to": live, "standby_at": standby,
           "critical": [{"name": "announce", "type": "A", "expect": expect, "ttl_at_most": "5m"}]})
}

fn parent_text(lab: &Lab, delegated_to: &[&str]) -> String {
    let [parent, a, b] = [1, 2, 3].map(|host| lab.address(host));
    let delegation: String =
        delegated_to.iter().map(|name| format!("{ZONE} NS {name}\n")).collect();
    format!(
        "$ORIGIN test.\n$TTL {TTL}\n@ SOA ns.nic host.nic 1 3600 600 86400 {TTL}\n@ NS ns.nic\nns.nic A {}\n\
         ns1.prov-a A {}\nns1.prov-b A {}\n{delegation}",
        parent, a, b
    )
}

fn zone_text(primary: &str, name_servers: &[&str], answer: IpAddr) -> String {
    let names: String = name_servers.iter().map(|name| format!("@ NS {name}\n")).collect();
    let own =
        if name_servers.contains(&primary) { String::new() } else { format!("@ NS {primary}\n") };
    let names = if own.is_empty() { names } else { own };
    format!(
        "$ORIGIN {ZONE}\n$TTL {TTL}\n@ SOA {primary} host.{ZONE} 1 3600 600 86400 {TTL}\n{names}announce A {answer}\n\
         www A {answer}\n"
    )
}

fn control_text(at: SocketAddr) -> String {
    format!("@ 300 SOA ns host 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A {}\n", at.ip())
}
