//! Probes against servers that answer, refuse, cut short, talk nonsense or say nothing at all.

mod apis;
mod dns;
mod encrypted;
mod observer;
mod paths;
mod reach;
mod registry;
mod second;
mod secure;
mod servers;
mod vantages;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::model::{
    DnsAnswer, DnsObservation, DnsRole, Ending, Estate, Evidence, EvidenceSet, Observation,
    ProbeKind,
};
use lifeboat::net::{Admission, Deadline, Door, Http, Pins, RouteMap};
use lifeboat::probe::probe;
use lifeboat::service::Field;
use serde_json::{Value, json};

/// Returns the trials of the probes.
pub fn trials() -> Vec<Trial> {
    let all = [
        apis::trials(),
        dns::trials(),
        encrypted::trials(),
        observer::trials(),
        paths::trials(),
        reach::trials(),
        registry::trials(),
        second::trials(),
        vantages::trials(),
    ];
    all.into_iter().flatten().collect()
}

/// One target's budget in the trials.
const BUDGET: Duration = Duration::from_millis(400);

/// How many tries lie inside it.
const TRIES: usize = 4;

/// More than any trial takes.
const AMPLE: Duration = Duration::from_secs(20);

fn play<T>(trial: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(trial)
}

/// Makes an estate of the given sections.
fn estate(sections: Value) -> Estate {
    let mut whole = json!({
        "schema": "lifeboat/estate/v1",
        "id": "trial",
        "probing": { "target_budget": "400ms", "tries": TRIES },
    });
    whole.as_object_mut().unwrap().extend(sections.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

/// Makes the ways to a world of loopback servers that play the estate's addresses.
fn sealed(map: RouteMap) -> Field {
    let door = Door::sealed(map, Admission::default(), Pins::new());
    Field {
        http: Http::new(door.clone()),
        door,
        clock: Clock::wall(),
        secrets: Secrets::fixed("none"),
        processes: Processes::live(),
        base: "/".into(),
        elsewhere: Arc::new(BTreeMap::new()),
    }
}

async fn run(estate: &Estate, field: &Field, kinds: &[ProbeKind]) -> EvidenceSet {
    let set = probe(estate, field, kinds, None, Deadline::after(AMPLE)).await;
    assert_eq!(set.schema, "lifeboat.evidence/v1");
    let numbers: Vec<String> = (1..=set.evidence.len()).map(|n| format!("e{n}")).collect();
    assert!(set.evidence.iter().map(|e| e.id.as_str()).eq(numbers.iter().map(String::as_str)));
    set
}

/// Returns the DNS evidence about a subject, for one name or type or server.
fn dns_of<'a>(set: &'a EvidenceSet, subject: &str) -> Vec<(&'a Evidence, &'a DnsObservation)> {
    let dns = |evidence: &'a Evidence| match &evidence.observation {
        Observation::Dns(dns) if evidence.subject == *subject => Some((evidence, dns)),
        _ => None,
    };
    set.evidence.iter().filter_map(dns).collect()
}

/// Names how an exchange ended, for comparison.
fn word(ending: &Ending<DnsAnswer>) -> String {
    match ending {
        Ending::Answered(answer) => answer.rcode.clone(),
        Ending::Malformed(_) => "malformed".to_owned(),
        Ending::Inconclusive(why) => format!("{why:?}"),
        other => format!("{other:?}"),
    }
}

/// Returns the name of the server in a role.
fn server_of(role: &DnsRole) -> &str {
    match role {
        DnsRole::Authority { server, .. }
        | DnsRole::Parent { server, .. }
        | DnsRole::Delegated { server, .. } => server,
        DnsRole::Resolver { .. } | DnsRole::Control => "",
    }
}
