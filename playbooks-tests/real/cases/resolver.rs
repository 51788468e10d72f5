//! Cases 4 and 5: a resolver that is a black hole, and an observer that cannot see.

use super::operator::{causes, declare, diagnose, truth};
use crate::real::failover::{Failover, NS_A};
use crate::real::lab::Lab;
use crate::real::loss::Loss;
use libtest_mimic::Trial;
use serde_json::json;
use std::time::Duration;

/// Returns the trials of the cases.
pub fn trials() -> Vec<Trial> {
    trials![
        a_black_holed_resolver_is_blamed_alone,
        an_observer_without_a_path_blames_nobody,
        dead_controls_of_a_healthy_estate_are_healthy,
        no_ipv6_here_is_no_fault_there,
    ]
}

fn a_black_holed_resolver_is_blamed_alone() {
    let lab = Lab::new();
    let topology = Failover::start(&lab, &[NS_A]);
    let loss = Loss::new(&lab);
    loss.black_hole(topology.resolver.address.ip());
    let ran = lab.lifeboat(&["diagnose", "--json", "--deadline", "10s"]).run().code(4);
    assert!(ran.took < Duration::from_millis(10_500), "it took {:?}", ran.took);
    let diagnosis = ran.json();
    let named = causes(&diagnosis);
    assert_eq!(named.len(), 1, "{diagnosis:#}");
    assert!(named[0].starts_with("resolver-outage/resolver/"), "{named:?}");
    assert_eq!(truth(&diagnosis, "dns.authority.answers", "provider-a").as_deref(), Some("true"));
}

fn an_observer_without_a_path_blames_nobody() {
    let lab = Lab::new();
    let topology = Failover::start(&lab, &[NS_A]);
    let loss = Loss::new(&lab);
    let servers = [topology.parent.address, topology.a.address, topology.b.address];
    let others = [topology.resolver.address, topology.control.address];
    servers.iter().chain(&others).for_each(|server| loss.black_hole(server.ip()));
    let diagnosis = diagnose(&lab, 10);
    assert_eq!(diagnosis["verdict"], "observer-fault", "{diagnosis:#}");
    assert!(causes(&diagnosis).iter().all(|cause| cause.starts_with("observer-fault/")));
    declare(&lab, "we cannot see anything");
    lab.lifeboat(&["plan", "dns-provider-outage"]).run().code(6);
    lab.lifeboat(&["plan", "observer-fault"]).run().code(6);
    loss.mend();
    diagnose(&lab, 0);
}

fn dead_controls_of_a_healthy_estate_are_healthy() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    topology.control.daemon.kill();
    let diagnosis = diagnose(&lab, 0);
    assert_eq!(diagnosis["verdict"], "healthy", "{diagnosis:#}");
}

fn no_ipv6_here_is_no_fault_there() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let address = topology.a.address.to_string();
    topology.estate.item("dns_providers", "provider-a")["nameservers"] =
        json!([{"name": NS_A, "addresses": [address, "[2001:db8:5::53]:53"]}]);
    topology.estate.write(&lab);
    let diagnosis = diagnose(&lab, 0);
    assert_eq!(diagnosis["verdict"], "healthy", "{diagnosis:#}");
    assert_ne!(truth(&diagnosis, "observer.ipv6", "failover-lab").as_deref(), Some("true"));
}
