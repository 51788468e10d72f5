//! What a plan rests on beyond itself: how its services are reached, whom its probes call, which words it says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Operation, sha256};
use crate::document;
use crate::model::Plan;

/// The keys of a service that say where its requests go and who may answer them.
const WAYS: &[&str] =
    &["kind", "api", "rpc", "server", "socket", "addresses", "zone_id", "ca", "credential", "tsig"];

/// Returns everything that a plan rests on, each under a name that people read; secrets stand as where they lie.
pub fn of(operation: &Operation, plan: &Plan) -> BTreeMap<String, String> {
    let mut ground = BTreeMap::from([
        ("pins".to_owned(), sha256(document::pin_text(&operation.pins).as_bytes())),
        ("templates".to_owned(), operation.words_digest.clone()),
    ]);
    let estate = serde_json::to_value(&operation.estate).expect("an estate is JSON");
    for service in services(plan) {
        ground.insert(format!("service {service}"), ways(&estate, &service));
    }
    for vantage in estate["vantages"].as_array().into_iter().flatten() {
        if let (Some(id), Value::Array(argv)) = (vantage["id"].as_str(), &vantage["argv"]) {
            ground.insert(format!("vantage {id}"), Value::from(argv.clone()).to_string());
        }
    }
    ground
}

/// Returns the first thing that a plan rests on and that is another one now: its name, as planned, and as it is here.
pub fn moved(operation: &Operation, plan: &Plan) -> Option<(String, String, String)> {
    let here = of(operation, plan);
    let name = plan.rests_on.keys().find(|name| plan.rests_on.get(*name) != here.get(*name))?;
    let said = |ground: &BTreeMap<String, String>| {
        ground.get(name).map_or_else(|| "none".to_owned(), |said| said.chars().take(120).collect())
    };
    Some((format!("`{name}`"), said(&plan.rests_on), said(&here)))
}

fn services(plan: &Plan) -> Vec<String> {
    plan.changes().map(|change| change.target.service().to_string()).collect()
}

/// Writes down how a service is reached, wherever in the estate it stands.
fn ways(estate: &Value, service: &str) -> String {
    let sections = estate.as_object().into_iter().flat_map(|sections| sections.values());
    let mut entries = sections.filter_map(Value::as_array).flatten();
    let entry = entries.find(|entry| entry["id"] == *service).unwrap_or(&Value::Null);
    let known =
        WAYS.iter().filter(|way| !entry[**way].is_null() && entry[**way] != Value::Array(vec![]));
    let ways: BTreeMap<&str, &Value> = known.map(|way| (*way, &entry[*way])).collect();
    serde_json::to_string(&ways).expect("what was JSON stays so")
}
