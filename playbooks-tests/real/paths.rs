//! The ways between us, a resolver and an authority, each broken by rules of the kernel's packet filter.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::estate::{self, Estate};
use super::knot::Knot;
use super::lab::Lab;
use super::loss::Loss;
use super::unbound::Unbound;

/// The trials of the ways.
pub fn trials() -> Vec<Trial> {
    trials![what_a_way_loses_is_named, each_way_stands_for_itself]
}

const ZONE: &str = "tracker.test.";

/// One authority at two addresses: ours, and the one that the resolver knows.
struct Ways {
    lab: Lab,
    loss: Loss,
    resolver: Unbound,
    _servers: [Knot; 3],
}

impl Ways {
    fn open() -> Ways {
        let lab = Lab::new();
        let [ours, theirs, control_at] = [1, 2, 4].map(|host| lab.at(host, 53));
        let text = zone();
        let a = Knot::start(&lab, "ours", ours, ZONE, &text);
        let b = Knot::start(&lab, "theirs", theirs, ZONE, &text);
        let control = "@ 300 SOA ns host 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A 192.0.2.1\n";
        let c = Knot::start(&lab, "control", control_at, "control.example.", control);
        let zones = [(ZONE, theirs), ("control.example.", control_at)];
        let resolver = Unbound::start(&lab, "resolver", lab.at(5, 53), &zones);
        let mut estate = Estate::new("ways");
        estate
            .add("dns_providers", estate::unmanaged_provider("provider-a", "ns1.prov-a.test.", &a));
        estate.add(
            "zones",
            json!({"id": "z-main", "name": ZONE, "delegated_to": ["provider-a"], "critical": [
                {"name": "announce", "type": "A", "expect": ["192.0.2.10"]},
                {"name": "large", "type": "TXT"},
            ]}),
        );
        for id in ["control", "control-ns"] {
            estate.add("controls", estate::dns_control(id, control_at, "control.example."));
        }
        estate.item("controls", "control-ns")["type"] = json!("NS");
        estate.add("resolvers", estate::resolver("resolver", resolver.address));
        estate.write(&lab);
        let loss = Loss::new(&lab);
        Ways { lab, loss, resolver, _servers: [a, b, c] }
    }

    fn diagnose(&self) -> Value {
        self.lab.lifeboat(&["diagnose", "--json"]).run().json()
    }

    /// Tells the verdict, and each cause as `mode subject mechanism`.
    fn causes(&self) -> (String, Vec<String>) {
        let seen = self.diagnose();
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let cause = |cause: &Value| {
            ["failure_mode", "subject", "mechanism"].map(|key| word(&cause[key])).join(" ")
        };
        let causes = seen["causes"].as_array().unwrap().iter().map(cause).collect();
        (word(&seen["verdict"]), causes)
    }

    fn fact(&self, seen: &Value, kind: &str) -> Value {
        let mut facts = seen["facts"].as_array().unwrap().iter();
        facts.find(|fact| fact["kind"] == kind).unwrap().clone()
    }
}

/// A zone whose TXT set takes 900 bytes.
fn zone() -> String {
    let long = format!("\"{}\" ", "x".repeat(220)).repeat(4);
    format!(
        "$ORIGIN {ZONE}\n$TTL 300\n@ SOA ns1.prov-a.test. host 1 3600 600 86400 300\n@ NS ns1.prov-a.test.\n\
         announce A 192.0.2.10\nlarge TXT {long}\n"
    )
}

fn one(mechanism: &str) -> (String, Vec<String>) {
    ("fault".to_owned(), vec![format!("dns-provider-outage provider-a {mechanism}")])
}

fn what_a_way_loses_is_named() {
    let ways = Ways::open();
    let (healthy, none) = ("healthy".to_owned(), Vec::new());
    assert_eq!(ways.causes(), (healthy.clone(), none.clone()));
    let at = ways.lab.address(1);
    for (mechanism, rule) in [
        ("mtu-hole", format!("ip saddr {at} udp sport 53 udp length > 600 drop")),
        ("tcp-filtered", format!("ip daddr {at} tcp dport 53 drop")),
        // One additional record: the question has EDNS.
        ("edns-hostile", format!("ip daddr {at} udp dport 53 @th,144,16 1 drop")),
        ("loss", format!("ip daddr {at} udp dport 53 numgen random mod 100 < 60 drop")),
        ("hung", format!("ip daddr {at} drop")),
    ] {
        ways.loss.rule(&rule);
        let seen = ways.causes();
        ways.loss.mend();
        if mechanism == "hung" {
            // The resolver gets answers where we get none: our own way there is cut, and nobody is blamed.
            assert_eq!(seen, ("undetermined".to_owned(), none.clone()));
        } else {
            assert_eq!(seen, one(mechanism), "{rule}");
        }
    }
    assert_eq!(ways.causes(), (healthy, none));
}

fn each_way_stands_for_itself() {
    let mut ways = Ways::open();
    let (ours, theirs) = (ways.lab.address(1), ways.lab.address(2));
    ways.loss.black_hole(theirs);
    ways.resolver.restart();
    let cut = "resolver-outage resolver cut-off".to_owned();
    assert_eq!(ways.causes(), ("fault".to_owned(), vec![cut]));

    ways.loss.mend();
    assert_eq!(ways.causes().0, "healthy", "the resolver has asked again");
    ways.loss.black_hole(ours);
    let seen = ways.diagnose();
    assert_eq!(ways.fact(&seen, "dns.path.cut-off")["truth"], "true");
    assert_eq!(ways.fact(&seen, "dns.resolver.fuse")["truth"], "false");

    ways.loss.black_hole(theirs);
    let seen = ways.diagnose();
    let fuse = ways.fact(&seen, "dns.resolver.fuse");
    let left = fuse["measure"]["value"].as_f64().unwrap_or_default();
    assert!(fuse["truth"] == "true" && (200.0..=300.0).contains(&left), "{fuse}");
    assert_eq!(seen["causes"][0]["failure_mode"], "dns-provider-outage");
    assert_eq!(seen["causes"][0]["mechanism"], "hung");
}
