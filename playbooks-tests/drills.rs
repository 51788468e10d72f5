//! One trial for each scenario file: its world is played, looked at as the tool looks, and the verdict
//! held against what the scenario says is true.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::pace;
use libtest_mimic::Trial;
use lifeboat::diagnose::{self, Case};
use lifeboat::document::{Source, Workspace, lint};
use lifeboat::model::{Diagnosis, Ended, ProbeKind, Runbook, Scenario, Since, Truth};
use lifeboat::net::Deadline;
use lifeboat::probe::probe;

use super::diagnosis::runbooks;
use super::worlds::{Drill, folder, load, play};

pub fn trials() -> Vec<Trial> {
    let names = names(&folder());
    let scenario =
        |name: String| pace::trial(format!("drills::{name}"), move || fires_or_stays_quiet(&name));
    let mut all: Vec<Trial> = names.into_iter().map(scenario).collect();
    all.extend(trials![
        the_estate_and_every_scenario_lint_clean,
        every_runbook_has_one_that_fires_and_one_that_does_not,
        another_fault_under_the_same_truth_is_misclassified,
    ]);
    all
}

/// Returns the names of a folder's documents, sorted.
fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = files
        .filter_map(|name| name.into_string().ok()?.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn the_estate_and_every_scenario_lint_clean() {
    let source = |folder: &Path, name: &str| {
        let path = folder.join(format!("{name}.yaml"));
        Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap())
    };
    let all = |folder: &Path| -> Vec<Source> {
        names(folder).iter().map(|name| source(folder, name)).collect()
    };
    let workspace = Workspace {
        estate: Some(source(&folder().join("estate"), "lifeboat")),
        runbooks: all(&Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks")),
        scenarios: all(&folder()),
        ..Workspace::default()
    };
    assert!(workspace.scenarios.len() >= 14);
    let faults = lint(&workspace).0;
    let lines: Vec<_> = faults
        .iter()
        .map(|it| format!("{}:{}:{}: {}; {}", it.path, it.line, it.column, it.found, it.hint))
        .collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

fn fires_or_stays_quiet(name: &str) {
    let scenario: Scenario = load(&format!("{name}.yaml"));
    assert_eq!(scenario.id, *name, "a scenario is named as its file");
    let diagnosis = look(&scenario);
    let wrong = differences(&scenario, &diagnosis);
    assert!(wrong.is_empty(), "{}", shown(&wrong, &diagnosis));
}

/// Plays a scenario until somebody looks, and looks.
fn look(scenario: &Scenario) -> Diagnosis {
    let runbooks = runbooks();
    let runbooks: Vec<&Runbook> = runbooks.iter().collect();
    play(async {
        let estate = scenario.estate.as_deref().unwrap_or("estate/lifeboat.yaml");
        let drill = Drill::start(load(estate), scenario.clone()).await;
        drill.clock.wait_until(scenario.first_look()).await;
        let (estate, table) = (&drill.estate, Some(&drill.table));
        let deadline = Deadline::after(Duration::from_secs(20));
        let seen = probe(estate, &drill.field(), &ProbeKind::ALL, table, deadline).await;
        let evidence = &seen.evidence;
        let facts =
            diagnose::facts(estate, evidence, Some(&drill.baseline), table, drill.clock.now());
        diagnose::diagnose(&Case {
            estate,
            runbooks: &runbooks,
            facts: &facts,
            since: &Since::new(),
            as_table: table,
            at: seen.at,
            took_ms: seen.took_ms,
            budget_ms: estate.probing.target_budget.as_millis(),
        })
    })
}

/// Says in what a diagnosis is not the truth.
fn differences(scenario: &Scenario, diagnosis: &Diagnosis) -> Vec<String> {
    let mut wrong = Vec::new();
    let truth = &scenario.truth;
    if diagnosis.verdict != truth.verdict {
        wrong.push(format!("{:?} instead of {:?}", diagnosis.verdict, truth.verdict));
    }
    let said: BTreeSet<_> =
        diagnosis.causes.iter().map(|it| (it.failure_mode.clone(), it.subject.clone())).collect();
    let meant: BTreeSet<_> =
        truth.causes.iter().map(|it| (it.failure_mode.clone(), it.subject.clone())).collect();
    wrong.extend(
        meant.difference(&said).map(|(mode, subject)| format!("missed {mode} of {subject}")),
    );
    wrong
        .extend(said.difference(&meant).map(|(mode, subject)| format!("said {mode} of {subject}")));
    for cause in &truth.causes {
        let found = diagnosis
            .causes
            .iter()
            .find(|it| it.failure_mode == cause.failure_mode && it.subject == cause.subject);
        if let (Some(found), Some(meant)) = (found, &cause.mechanism)
            && found.mechanism.as_ref() != Some(meant)
        {
            wrong.push(format!("mechanism {:?} instead of {meant}", found.mechanism));
        }
    }
    let fired = scenario.must_not_fire.iter();
    let fired = fired.filter(|mode| diagnosis.causes.iter().any(|it| it.failure_mode == **mode));
    wrong.extend(fired.map(|mode| format!("{mode} must not fire")));
    if let Some(advice) = scenario.expect.advice
        && diagnosis.advice != Some(advice)
    {
        wrong.push(format!("advice {:?} instead of {advice:?}", diagnosis.advice));
    }
    wrong
}

fn shown(wrong: &[String], diagnosis: &Diagnosis) -> String {
    let causes = diagnosis
        .causes
        .iter()
        .map(|it| format!("cause: {} of {} ({:?})", it.failure_mode, it.subject, it.mechanism));
    let facts = diagnosis.facts.iter().filter(|fact| fact.truth != Truth::True).map(|fact| {
        let (kind, truth, because) = (fact.kind, fact.truth, &fact.because);
        format!("{} {kind}({}) at {}: {truth}, {because}", fact.id, fact.subject, fact.vantage)
    });
    let lines = wrong.iter().map(|line| format!("wrong: {line}"));
    let unknown = diagnosis.unknown.iter().map(|id| format!("healthy would need: {id}"));
    lines.chain(unknown).chain(causes).chain(facts).collect::<Vec<_>>().join("\n")
}

fn every_runbook_has_one_that_fires_and_one_that_does_not() {
    for runbook in runbooks() {
        let fires: Scenario = load(&format!("{}.yaml", runbook.id));
        let quiet: Scenario = load(&format!("{}.quiet.yaml", runbook.id));
        if runbook.matches.by_name() {
            for (scenario, ended) in [(&fires, Ended::Completed), (&quiet, Ended::Refused)] {
                let planned = scenario.planned.as_ref().map(|it| &it.runbook);
                assert_eq!(planned, Some(&runbook.id), "{}", scenario.id);
                assert_eq!(scenario.expect.ended, Some(ended), "{}", scenario.id);
            }
            continue;
        }
        let fired = fires.truth.causes.iter().any(|it| it.failure_mode == runbook.failure_mode);
        assert!(fired, "{}", runbook.id);
        assert!(quiet.must_not_fire.contains(&runbook.failure_mode), "{}", runbook.id);
        let silent = quiet.truth.causes.iter().all(|it| it.failure_mode != runbook.failure_mode);
        assert!(silent, "{}", runbook.id);
    }
}

/// A copied drill whose fault was replaced, and its truth not.
fn another_fault_under_the_same_truth_is_misclassified() {
    let fires: Scenario = load("tracker-loss.yaml");
    let other: Scenario = load("resolver-outage.yaml");
    let copied = Scenario { timeline: other.timeline, ..fires };
    let wrong = differences(&copied, &look(&copied));
    assert!(wrong.iter().any(|it| it == "missed tracker-loss of t-two"), "{wrong:?}");
    assert!(wrong.iter().any(|it| it == "said resolver-outage of res-a"), "{wrong:?}");
}
