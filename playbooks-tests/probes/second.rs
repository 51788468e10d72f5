//! What is asked because of what a parent said: servers that nobody noted, and addresses that are not the noted ones.

use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::model::{DnsAnswer, DnsRole, Estate, EvidenceSet, ProbeKind};
use lifeboat::wire::dns::Received;
use serde_json::json;

use super::servers::{Answer, Cast, answer, record};
use super::{dns_of, estate, play, run, sealed, word};

pub fn trials() -> Vec<Trial> {
    trials![
        a_server_that_only_the_parent_names_is_asked,
        a_host_of_the_zone_is_asked_for_when_its_glue_is_strange,
        a_parent_that_says_nothing_new_costs_nothing,
    ]
}

/// A zone with one server of its own, and a parent that the estate names.
fn own_server() -> Estate {
    estate(json!({
        "registrars": [{"id": "reg", "kind": "manual", "nameservers": [
            {"name": "a.example.", "addresses": ["192.0.2.7"]}]}],
        "dns_providers": [{"id": "p", "kind": "unmanaged", "nameservers": [
            {"name": "ns1.lab.example.", "addresses": ["192.0.2.1"]}]}],
        "zones": [{"id": "z", "name": "lab.example.", "registrar": "reg", "delegated_to": ["p"]}],
    }))
}

/// A parent that delegates to some servers, each with an address.
fn delegating(servers: &'static [(&'static str, &'static str)]) -> Answer {
    Arc::new(move |asked: &Received| {
        let authority = servers.iter().map(|(name, _)| record("lab.example.", "NS", name));
        let additional = servers.iter().map(|(name, at)| record(name, "A", at));
        let referral = DnsAnswer {
            rcode: "NOERROR".into(),
            authority: authority.collect(),
            additional: additional.collect(),
            ..DnsAnswer::default()
        };
        Some(if asked.kind == "NS" { referral } else { answer(Vec::new()) })
    })
}

/// What was asked of servers in a second step: the server's name, type and ending.
fn strangers(set: &EvidenceSet) -> Vec<String> {
    let dns = dns_of(set, "z").into_iter();
    let shown = dns.filter_map(|(_, dns)| match &dns.role {
        DnsRole::Delegated { server, .. } => {
            Some(format!("{server} {} {}", dns.kind, word(&dns.ending)))
        }
        _ => None,
    });
    shown.collect()
}

/// Which hosts of the zone its own server was asked for.
fn hosts(set: &EvidenceSet) -> Vec<String> {
    let dns = dns_of(set, "p").into_iter().filter(|(_, dns)| dns.name == "ns1.lab.example.");
    dns.map(|(_, dns)| dns.kind.clone()).collect()
}

fn seen(servers: &'static [(&'static str, &'static str)]) -> EvidenceSet {
    play(async move {
        let mut cast = Cast::default();
        cast.name_server("192.0.2.7:53", delegating(servers)).await;
        cast.name_server("192.0.2.1:53", Arc::new(|_| Some(answer(Vec::new())))).await;
        cast.name_server("192.0.2.9:53", Arc::new(|_| Some(super::servers::code("REFUSED")))).await;
        run(&own_server(), &sealed(cast.map.clone()), &[ProbeKind::Dns]).await
    })
}

fn a_server_that_only_the_parent_names_is_asked() {
    let set = seen(&[("ns1.lab.example.", "192.0.2.1"), ("ns.other.example.", "192.0.2.9")]);
    assert_eq!(strangers(&set), ["ns.other.example. SOA REFUSED", "ns.other.example. NS REFUSED"]);
}

fn a_host_of_the_zone_is_asked_for_when_its_glue_is_strange() {
    let set = seen(&[("ns1.lab.example.", "192.0.2.66")]);
    assert_eq!(hosts(&set), ["A", "AAAA"]);
    assert_eq!(strangers(&set), [""; 0]);
}

fn a_parent_that_says_nothing_new_costs_nothing() {
    let set = seen(&[("ns1.lab.example.", "192.0.2.1")]);
    assert_eq!((hosts(&set), strangers(&set)), (Vec::new(), Vec::new()));
}
