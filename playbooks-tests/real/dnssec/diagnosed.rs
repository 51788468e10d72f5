//! A provider whose signatures have run out, as the program sees it: nobody else is blamed, and it is well once they hold again.

use serde_json::{Value, json};

use super::super::estate::{self, Estate};
use super::super::knot::{Knot, KnotZone};
use super::super::lab::Lab;
use super::super::unbound::Unbound;
use super::signed::{Denying, Signer, Times};

const ZONE: &str = "tracker.test.";
const NS: &str = "ns1.prov-a.test.";

pub fn expired_signatures_are_a_fault_of_their_provider_alone() {
    let lab = Lab::new();
    let signer = Signer::new(&lab, "signer", 13, Denying::Names);
    for zone in ["test.", ZONE] {
        signer.make_key(zone, true);
        signer.make_key(zone, false);
    }
    let address = lab.address(82).to_string();
    let expired = signer.sign(ZONE, &zone_text(1, &address), Times::Past).text();
    let above = signer.sign("test.", &parent_text(&lab, &signer.ds(ZONE)), Times::Now).text();
    let [parent_at, a_at, control_at, resolver_at] = [1, 2, 4, 5].map(|host| lab.at(host, 53));
    let serve = |name: &str, at, zone, text: &str| {
        Knot::start_zones(&lab, name, at, &[KnotZone { name: zone, text, signed: false }])
    };
    let _parent = serve("parent", parent_at, "test.", &above);
    let a = serve("provider-a", a_at, ZONE, &expired);
    let own = format!(
        "@ 300 SOA ns host 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A {}\n",
        control_at.ip()
    );
    let _control = serve("control", control_at, "control.example.", &own);
    let zones = [("test.", parent_at), ("control.example.", control_at)];
    let anchors: Vec<String> =
        signer.ds("test.").iter().map(|ds| format!("test. DS {ds}")).collect();
    let mut resolver = Unbound::start_validating(&lab, "resolver", resolver_at, &zones, &anchors);
    estate_of(&lab, &a, resolver_at, &address, [parent_at, control_at]).write(&lab);

    let seen = lab.lifeboat(&["diagnose", "--json"]).run().code(4).json();
    let cause = json!(["dnssec-bogus", "provider-a", "expired"]);
    assert_eq!(causes(&seen), [cause], "{seen:#}");
    let wrong = fact(&seen, "resolver.answers-right");
    assert_eq!(wrong["truth"], "false", "the resolver validates: {wrong}");
    assert_eq!(fact(&seen, "dns.resolver.answers")["truth"], "true");

    a.replace(ZONE, &signer.sign(ZONE, &zone_text(2, &address), Times::Now).text());
    resolver.restart();
    let seen = lab.lifeboat(&["diagnose", "--json"]).run().json();
    let valid = fact(&seen, "dnssec.valid");
    assert_eq!(valid["truth"], "true", "{valid}");
    let left = valid["measure"]["value"].as_f64().unwrap();
    assert!((29.0..=30.0).contains(&(left / 86_400.0)), "{valid}");
    let claimed = fact(&seen, "dns.resolver.false-ad");
    assert_eq!(claimed["truth"], "false", "{claimed}");
    assert_eq!((&seen["verdict"], causes(&seen).len()), (&json!("healthy"), 0), "{seen:#}");
}

fn causes(seen: &Value) -> Vec<Value> {
    let causes = seen["causes"].as_array().unwrap().iter();
    causes.map(|it| json!([it["failure_mode"], it["subject"], it["mechanism"]])).collect()
}

fn fact<'a>(seen: &'a Value, kind: &str) -> &'a Value {
    let facts = seen["facts"].as_array().unwrap();
    facts.iter().find(|fact| fact["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

fn zone_text(serial: u32, address: &str) -> String {
    format!(
        "{ZONE} 3 IN SOA {NS} host.{ZONE} {serial} 3600 600 86400 3\n{ZONE} 3 IN NS {NS}\n\
         announce.{ZONE} 3 IN A {address}\n"
    )
}

fn parent_text(lab: &Lab, ds: &[String]) -> String {
    let ds: String = ds.iter().map(|ds| format!("{ZONE} 3 IN DS {ds}\n")).collect();
    format!(
        "test. 3 IN SOA ns.nic.test. host.test. 1 3600 600 86400 3\ntest. 3 IN NS ns.nic.test.\n\
         ns.nic.test. 3 IN A {}\n{NS} 3 IN A {}\n{ZONE} 3 IN NS {NS}\n{ds}",
        lab.address(1),
        lab.address(2)
    )
}

fn estate_of(
    lab: &Lab,
    a: &Knot,
    resolver: std::net::SocketAddr,
    address: &str,
    [parent, control]: [std::net::SocketAddr; 2],
) -> Estate {
    let mut estate = Estate::new(&format!("signed-lab-{}", lab.number()));
    let servers = json!([{"name": "ns.nic.test.", "addresses": [parent.to_string()]}]);
    estate.add(
        "registrars",
        json!({"id": "reg", "kind": "manual", "parent_zone": "test.", "nameservers": servers}),
    );
    estate.add("dns_providers", estate::unmanaged_provider("provider-a", NS, a));
    let critical = json!([{"name": "announce", "type": "A", "expect": [address]}]);
    estate.add(
        "zones",
        json!({"id": "z-main", "name": ZONE, "registrar": "reg", "delegated_to": ["provider-a"], "critical": critical}),
    );
    estate.add("controls", estate::dns_control("control", control, "control.example."));
    estate.add("resolvers", estate::resolver("resolver", resolver));
    estate
}
