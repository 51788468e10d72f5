//! unbound and BIND over TLS and HTTPS, with certificates of the trial's own authority, good and bad.

use std::path::PathBuf;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::bind;
use super::cases::operator::{causes, diagnose, truth};
use super::dns;
use super::failover::{Failover, NAME, NS_A};
use super::lab::Lab;
use super::unbound::Unbound;
use crate::doors::tls::{Authority, Identity};

pub fn trials() -> Vec<Trial> {
    trials![resolvers_over_tls_are_well_or_blamed_for_that_alone]
}

const HOST: &str = "dns.lab.test";

/// Writes a certificate and its key.
fn files(lab: &Lab, name: &str, identity: &Identity) -> (PathBuf, PathBuf) {
    let certificate = lab.write(&format!("tls/{name}.pem"), &identity.pem);
    (certificate, lab.write(&format!("tls/{name}.key"), &identity.key_pem))
}

/// A resolver of the estate at a host of the lab, with what else is said of it.
fn resolver(lab: &Lab, id: &str, host: u8, transports: &[&str], more: Value) -> Value {
    let mut resolver = json!({
        "id": id, "address": lab.address(host).to_string(), "transports": transports,
        "tls_name": HOST, "ca": {"file": "tls/ca.pem"},
    });
    resolver.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resolver
}

/// Returns how each question to a resolver over a transport ended.
fn endings(printed: &Value, id: &str, transport: &str) -> Vec<Value> {
    let all = printed["evidence"].as_array().unwrap().iter();
    let of = all.filter(|it| it["subject"] == id && it["observation"]["transport"] == transport);
    of.map(|it| it["observation"]["ending"].clone()).collect()
}

fn resolvers_over_tls_are_well_or_blamed_for_that_alone() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let authority = Authority::new();
    lab.write("tls/ca.pem", authority.pem());
    let good = files(&lab, "good", &authority.certify(HOST));
    let zones =
        [("test.", topology.parent.address), ("control.example.", topology.control.address)];
    let unbound = |name: &str, host: u8, (certificate, key): &(PathBuf, PathBuf)| {
        Unbound::start_over_tls(&lab, name, lab.at(host, 53), &zones, (certificate, key))
    };
    let _unbound = unbound("unbound", 6, &good);
    let (at, behind) = (lab.at(7, 53), topology.resolver.address);
    let mut bind = bind::start_over_tls(&lab, "bind", at, behind, (&good.0, &good.1));
    bind.ready(|| dns::ask(at, NAME, "A").filter(|answer| answer.status == "NOERROR"));

    // Both ways beside the plain ones, and each of them alone.
    let all = ["udp", "tcp", "dot", "doh"];
    for (id, host, transports) in [
        ("unbound", 6, &all[..]),
        ("bind", 7, &all),
        ("unbound-dot", 6, &all[2..3]),
        ("unbound-doh", 6, &all[3..]),
        ("bind-dot", 7, &all[2..3]),
        ("bind-doh", 7, &all[3..]),
    ] {
        topology.estate.add("resolvers", resolver(&lab, id, host, transports, json!({})));
    }
    topology.estate.write(&lab);
    let well = diagnose(&lab, 0);
    for id in ["unbound", "bind", "unbound-dot", "unbound-doh", "bind-dot", "bind-doh"] {
        assert_eq!(truth(&well, "dns.resolver.tls-fails", id).as_deref(), Some("false"), "{id}");
        assert_eq!(truth(&well, "dns.name.resolves", id).as_deref(), Some("true"), "{id}");
    }
    let printed = lab.lifeboat(&["probe", "dns", "--json"]).run().code(0).json();
    for (id, transport) in
        [("unbound-dot", "dot"), ("bind-dot", "dot"), ("unbound-doh", "doh"), ("bind-doh", "doh")]
    {
        let found = endings(&printed, id, transport);
        assert_eq!(found.len(), 3, "a control, our name, and what it holds at {id}: {found:?}");
        assert!(found.iter().all(|it| it["answered"]["rcode"] == "NOERROR"), "{id}: {found:?}");
    }

    let stranger = files(&lab, "stranger", &authority.certify("www.elsewhere.test"));
    let old = files(&lab, "old", &authority.certify_until(HOST, 2020));
    let unknown = files(&lab, "unknown", &Authority::named("a stranger").certify(HOST));
    let _bad = [
        unbound("stranger", 9, &stranger),
        unbound("old", 10, &old),
        unbound("unknown", 11, &unknown),
    ];
    let bad = [
        ("stranger", 9, "not valid for name"),
        ("old", 10, "expired"),
        ("unknown", 11, "UnknownIssuer"),
    ];
    for (id, host, _) in bad {
        topology.estate.add("resolvers", resolver(&lab, id, host, &all, json!({})));
    }
    let closed = json!({"dot_port": 8853, "doh_path": "/other"});
    topology.estate.add("resolvers", resolver(&lab, "closed", 6, &all, closed));
    topology.estate.add("resolvers", resolver(&lab, "old-alone", 10, &all[2..], json!({})));
    topology.estate.write(&lab);
    let ill = diagnose(&lab, 4);
    let mut named = causes(&ill);
    named.sort();
    let mut wanted = ["closed", "old", "stranger", "unknown"]
        .map(|id| format!("certificate-failure/{id}/tls"))
        .to_vec();
    wanted.push("resolver-outage/old-alone/tls".to_owned());
    assert_eq!(named, wanted, "{ill:#}");
    let because = |id: &str| {
        let all = ill["facts"].as_array().unwrap();
        let fact =
            all.iter().find(|it| it["kind"] == "dns.resolver.tls-fails" && it["subject"] == id);
        fact.unwrap()["because"].as_str().unwrap().to_owned()
    };
    for (id, _, words) in bad {
        for title in ["DNS over TLS: ", "DNS over HTTPS: "] {
            let because = because(id);
            assert!(because.contains(title) && because.contains(words), "{id}: {because}");
        }
        assert_eq!(truth(&ill, "dns.resolver.answers", id).as_deref(), Some("true"), "{id}");
    }
    let because = because("closed");
    assert!(
        because.contains("the port is closed") && because.contains("HTTP: status 404"),
        "{because}"
    );
}
