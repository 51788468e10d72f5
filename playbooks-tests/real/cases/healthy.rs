//! Case 1: everything works, slowly and with losses, and nobody cries wolf.

use super::operator::causes;
use crate::real::failover::{Failover, NS_A};
use crate::real::lab::Lab;
use crate::real::loss::Loss;
use crate::real::relay;
use libtest_mimic::Trial;
use serde_json::json;
use std::time::Duration;

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![healthy_in_fifty_of_fifty_runs]
}

/// One name server answers 180 ms late, and every twentieth packet to or from each server is lost.
fn healthy_in_fifty_of_fifty_runs() {
    let lab = Lab::new();
    let mut topology = Failover::start(&lab, &[NS_A]);
    let slow = lab.at(9, 53);
    relay::slow(slow, topology.a.address, Duration::from_millis(180));
    topology.estate.item("dns_providers", "provider-a")["nameservers"] = json!([
        {"name": NS_A, "addresses": [topology.a.address.to_string(), slow.to_string()]}
    ]);
    topology.estate.write(&lab);
    let loss = Loss::new(&lab);
    let servers = [topology.parent.address, topology.a.address, topology.b.address];
    let others = [slow, topology.resolver.address, topology.control.address];
    servers.iter().chain(&others).for_each(|server| loss.one_in(20, server.ip()));
    let mut said = Vec::new();
    for _ in 0..50 {
        let ran = lab.lifeboat(&["diagnose", "--json"]).run();
        let verdict = ran.json()["verdict"].as_str().unwrap().to_owned();
        said.push((ran.code, verdict, causes(&ran.json())));
    }
    let wrong: Vec<_> = said.iter().filter(|(code, ..)| *code != 0).collect();
    assert!(wrong.is_empty(), "{} of 50 runs were not healthy: {wrong:?}", wrong.len());
}
