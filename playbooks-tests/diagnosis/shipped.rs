//! The shipped runbooks as documents.

use libtest_mimic::Trial;
use lifeboat::model::{ActionKind, Guard, Phase, Runbook, StepKind};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Reads every runbook of `runbooks/`, by id.
pub fn runbooks() -> Vec<Runbook> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(read).collect()
}

pub fn trials() -> Vec<Trial> {
    trials![every_runbook_is_shipped_complete, changes_verify_undo_and_look_first]
}

fn every_runbook_is_shipped_complete() {
    let runbooks = runbooks();
    let ids: Vec<_> = runbooks.iter().map(|runbook| runbook.id.as_str()).collect();
    let wanted = [
        "carrier-outage",
        "certificate-failure",
        "delegation-fault",
        "dns-api-outage",
        "dns-failback",
        "dns-provider-outage",
        "dns-tampering",
        "dnssec-bogus",
        "domain-hold",
        "dual-delegation",
        "observer-fault",
        "prefix-withdrawal",
        "provider-removal",
        "record-drift",
        "resolver-outage",
        "standby-prestage",
        "tracker-loss",
        "ttl-lowering",
    ];
    assert_eq!(ids, wanted);
    for runbook in &runbooks {
        assert!(runbook.advice.last().is_some_and(|last| last.otherwise), "{}", runbook.id);
        for phase in Phase::ALL {
            let steps = &runbook.phases.get(phase).steps;
            let ids: BTreeSet<_> = steps.iter().map(|step| &step.id).collect();
            assert!(!steps.is_empty() && ids.len() == steps.len(), "{} {phase:?}", runbook.id);
            assert!(steps.iter().all(|step| step.kind().is_some()), "{} {phase:?}", runbook.id);
        }
    }
}

fn changes_verify_undo_and_look_first() {
    let mut changes = 0;
    for runbook in runbooks() {
        let steps = &runbook.phases.immediate.steps;
        let first = steps[0].check.as_ref().and_then(|check| check.require.as_ref());
        let sees =
            first.is_some_and(|guard: &Guard| guard.to_string().contains("observer.healthy"));
        assert!(sees, "{} must look first", runbook.id);
        for step in steps {
            match step.kind() {
                Some(StepKind::Change(change)) => {
                    changes += 1;
                    // The way back of shared keys is guarded by the plan itself.
                    let keys = [ActionKind::KeysShare, ActionKind::DsAdd].contains(&change.action);
                    let guarded = change.undo.refuse_unless.is_some();
                    assert!(guarded || keys, "{} {}", runbook.id, step.id);
                    assert!(!change.verify.ask.is_empty(), "{} {}", runbook.id, step.id);
                }
                Some(StepKind::Message(_)) => {
                    assert!(
                        step.on_fail.is_some(),
                        "{} {}: words never block",
                        runbook.id,
                        step.id
                    );
                }
                _ => {}
            }
        }
    }
    assert_eq!(changes, 14);
}
