//! Plans for real servers: a field on loopback, facts as a diagnosis would say them, drafting and pinning.

use super::lab::Lab;
use jiff::Timestamp;
use lifeboat::action;
use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::model::binding::Behind;
use lifeboat::model::{
    Estate, Fact, FactKind, Mode, Phase, Plan, PlannedChange, Runbook, RunbookMark, Severity,
    Since, Truth, Work,
};
use lifeboat::net::{Admission, Door, Http, Pins};
use lifeboat::plan::{Pinning, Refusal, draft};
use lifeboat::service::Field;
use serde_json::json;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// Runs a trial on one thread.
pub fn play<T>(trial: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(trial)
}

/// The real network, as far as loopback.
pub fn field(lab: &Lab) -> Field {
    let admission = Admission { allow_private: vec!["127.0.0.0/8".parse().unwrap()] };
    let door = Door::live(admission, Pins::new());
    Field {
        http: Http::new(door.clone()),
        door,
        clock: Clock::wall(),
        secrets: Secrets::live(lab.folder()),
        processes: Processes::live(),
        base: lab.folder().to_owned(),
        elsewhere: Arc::default(),
    }
}

/// Says something, as a diagnosis would.
pub fn fact(kind: FactKind, of: &[&str], truth: Truth) -> Fact {
    let document = json!({
        "id": format!("f-{}-{}", kind.name(), of.join("-")), "kind": kind, "subject": of[0],
        "object": of.get(1), "vantage": "here", "at": "2026-11-25T03:00:00Z", "truth": truth,
        "measure": null, "because": "the trial says so",
    });
    serde_json::from_value(document).unwrap()
}

/// Drafts a runbook's first phase, reads what it wants, and pins it.
pub async fn pinned(
    field: &Field,
    estate: &Estate,
    text: &str,
    given: &[(&str, &str)],
    facts: &[Fact],
) -> Plan {
    try_pinned(field, estate, text, given, facts).await.unwrap()
}

/// As [`pinned`], for a phase that may be refused.
pub async fn try_pinned(
    field: &Field,
    estate: &Estate,
    text: &str,
    given: &[(&str, &str)],
    facts: &[Fact],
) -> Result<Plan, Refusal> {
    let runbook: Runbook = serde_yaml::from_str(text).unwrap();
    let (id, path, digest) = (runbook.id.clone(), "embedded".to_owned(), "a digest".to_owned());
    let (behind, since) = (Behind::new(), Since::new());
    let draft = draft(Pinning {
        estate,
        estate_digest: "of the estate".to_owned(),
        services: lifeboat::service::terms(estate),
        runbook: (&runbook, RunbookMark { id, commit: None, path, digest }),
        includes: &[],
        phase: Phase::Immediate,
        params: given.iter().map(|(name, id)| ((*name).to_owned(), (*id).into())).collect(),
        behind: &behind,
        taken: BTreeMap::new(),
        mode: Mode::Live,
        incident: "i-1".into(),
        severity: Severity::Critical,
        overrides: BTreeMap::new(),
        facts,
        since: &since,
        announce_interval: None,
        now: Timestamp::UNIX_EPOCH,
        tool: "0".to_owned(),
        requester: "anna".to_owned(),
    })?;
    let mut found = BTreeMap::new();
    for wanted in draft.wants() {
        found.insert(
            wanted.clone(),
            action::find(field, estate, wanted, Duration::from_secs(10)).await,
        );
    }
    draft.pin(found)
}

/// Returns the first change step of a plan.
pub fn planned(plan: &Plan) -> &PlannedChange {
    let of = plan.steps.iter().find_map(|step| match &step.work {
        Work::Change(planned) => Some(planned),
        _ => None,
    });
    of.unwrap()
}
