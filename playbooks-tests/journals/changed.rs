//! Promise A9: a changed plan, runbook, estate or binary resumes no old journal wrongly.

use libtest_mimic::Trial;
use lifeboat::drive::sha256;
use lifeboat::journal::verify;
use lifeboat::model::{Audience, Direction, Event, OnFail, Phase, Plan, PlannedChannel, Work};
use lifeboat::plan::Digest;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

use super::Desk;
use crate::commands::ran;
use crate::simulator::plan::{ask, change, check, free, message, plan, step};

pub fn trials() -> Vec<Trial> {
    trials![
        a9_no_field_of_a_plan_may_change,
        a9_a_plan_of_another_version_form_mode_or_incident_is_refused,
        a9_a_changed_estate_is_refused,
        nothing_is_held_against_a_plan_of_something_else,
        a9_a_changed_runbook_puts_no_word_into_a_run,
    ]
}

/// Returns a plan of this incident; its first step asks a person, so that nothing is ever sent.
fn of(desk: &Desk) -> Plan {
    let mut plan = plan(vec![
        ask("hold-writers-", OnFail::Hold),
        message("say-", OnFail::Continue),
        check("look-", OnFail::Hold),
        change("move-", OnFail::Hold, 2, true, free()),
    ]);
    let estate = fs::read(desk.path().join("lifeboat.yaml")).unwrap();
    plan.tool = env!("CARGO_PKG_VERSION").to_owned();
    plan.incident = desk.incident().id().clone();
    plan.estate.id = desk.folder.parent().unwrap().file_name().unwrap().to_str().unwrap().into();
    plan.estate.digest = sha256(&estate);
    plan.includes = vec![plan.runbook.clone()];
    plan.start_by = jiff::Timestamp::MAX;
    plan.left_out = vec![serde_json::from_value(json!({"step": "x", "because": "y"})).unwrap()];
    plan
}

/// Writes a plan down as pinned and begun; returns where it lies.
fn begun(desk: &Desk, plan: &Plan) -> PathBuf {
    let (incident, digest) = (desk.incident(), Digest::of(plan).hex());
    let path = incident.save_plan(plan, &digest).unwrap();
    let (runbook, target) = (plan.runbook.id.clone(), plan.target.clone());
    let planned = Event::Planned {
        digest: digest.clone(),
        runbook,
        phase: Phase::Immediate,
        changes: 2,
        target,
    };
    let started = Event::Started { digest, direction: Direction::Do };
    for event in [planned, started] {
        incident.append(event, jiff::Timestamp::UNIX_EPOCH).unwrap();
    }
    path
}

/// Collects every variant of a document that differs in one place.
pub fn variants(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!("x")],
        Value::Bool(it) => vec![json!(!it)],
        Value::Number(it) => vec![json!(it.as_u64().unwrap_or_default() + 1)],
        Value::String(it) => vec![json!(format!("{it}x")), json!("")],
        Value::Array(items) => {
            let mut all = Vec::new();
            for (at, item) in items.iter().enumerate() {
                for variant in variants(item) {
                    let mut items = items.clone();
                    items[at] = variant;
                    all.push(Value::Array(items));
                }
                let mut dropped = items.clone();
                dropped.remove(at);
                all.push(Value::Array(dropped));
                let mut doubled = items.clone();
                doubled.insert(at, item.clone());
                all.push(Value::Array(doubled));
            }
            all
        }
        Value::Object(fields) => {
            let mut all = Vec::new();
            for (name, field) in fields {
                for variant in variants(field) {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), variant);
                    all.push(Value::Object(fields));
                }
                if !field.is_null() {
                    let mut dropped = fields.clone();
                    dropped.remove(name);
                    all.push(Value::Object(dropped));
                }
            }
            all
        }
    }
}

fn a9_no_field_of_a_plan_may_change() {
    let desk = Desk::new();
    let plan = of(&desk);
    let path = begun(&desk, &plan);
    ran(desk.path(), &["resume"], 5);
    let before = desk.bytes();
    let original: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let (mut refused, mut same) = (0, 0);
    for variant in variants(&original) {
        // A default that is left out says the same; then it is the same plan.
        if serde_json::from_value::<Plan>(variant.clone()).is_ok_and(|read| read == plan) {
            same += 1;
            continue;
        }
        assert_ne!(variant, original);
        fs::write(&path, variant.to_string()).unwrap();
        let (_, told) = ran(desk.path(), &["resume"], 3);
        let difference = ["its digest is", "is not what it should be", "is written as"];
        assert!(difference.iter().any(|it| told.contains(it)), "{told}\n{variant}");
        refused += 1;
    }
    assert!(refused > 150, "only {refused} changes were tried");
    assert_eq!(desk.bytes(), before, "a refused run left a record");
    fs::write(&path, serde_json::to_vec_pretty(&plan).unwrap()).unwrap();
    ran(desk.path(), &["resume"], 5);
    eprintln!(
        "A9: {refused} changed plans refused, {same} left out a default and are the same plan"
    );
}

fn a9_a_plan_of_another_version_form_mode_or_incident_is_refused() {
    type Change = fn(&mut Plan);
    let cases: [(&str, Change, i32, [&str; 2]); 4] = [
        (
            "version",
            |plan| plan.tool = "0.0.9".into(),
            6,
            ["lifeboat 0.0.9", env!("CARGO_PKG_VERSION")],
        ),
        (
            "form",
            |plan| plan.schema = "lifeboat.plan/v0".into(),
            3,
            ["lifeboat.plan/v0", "lifeboat.plan/v1"],
        ),
        ("mode", |plan| plan.mode = lifeboat::model::Mode::Drill, 6, ["Drill", "Live"]),
        ("incident", |plan| plan.incident = "other".into(), 6, ["other", "names-fail"]),
    ];
    for (what, change, code, shown) in cases {
        let desk = Desk::new();
        let mut plan = of(&desk);
        change(&mut plan);
        begun(&desk, &plan);
        let before = desk.bytes();
        for words in [&["resume"][..], &["undo"], &["run", &Digest::of(&plan).short()]] {
            let (_, told) = ran(desk.path(), words, code);
            assert!(shown.iter().all(|it| told.contains(it)), "{what}: {words:?}: {told}");
        }
        let after = desk.bytes();
        let new = verify(&after).unwrap().records.split_off(verify(&before).unwrap().records.len());
        let others = new.iter().filter(|record| !matches!(record.event, Event::Refused { .. }));
        assert_eq!(others.count(), 0, "{what}: a refused run went on: {new:?}");
    }
}

fn nothing_is_held_against_a_plan_of_something_else() {
    type Change = fn(&mut Plan);
    let cases: [(Change, i32, &str); 5] = [
        (|plan| plan.mode = lifeboat::model::Mode::Drill, 6, "it is of the mode `drill`"),
        (|plan| plan.incident = "other".into(), 6, "it is of the incident `other`"),
        (|plan| plan.estate.id = "elsewhere".into(), 6, "it is of the estate `elsewhere`"),
        (|plan| plan.runbook.id = "another".into(), 6, "it is of the runbook `another`"),
        (|plan| plan.schema = "lifeboat.plan/v0".into(), 3, "lifeboat.plan/v0"),
    ];
    for (change, code, said) in cases {
        let desk = Desk::new();
        let mut plan = of(&desk);
        change(&mut plan);
        let path = begun(&desk, &plan);
        let short = Digest::of(&plan).short();
        let (_, told) = ran(desk.path(), &["plan", "runbook", "--against", &short], code);
        assert!(told.contains(said), "{told}");
        // Changed after it was pinned, it is none of this incident.
        plan.tool.push('x');
        fs::write(&path, serde_json::to_vec(&plan).unwrap()).unwrap();
        ran(desk.path(), &["plan", "runbook", "--against", path.to_str().unwrap()], 3);
    }
}

fn a9_a_changed_estate_is_refused() {
    let desk = Desk::new();
    let plan = of(&desk);
    begun(&desk, &plan);
    let path = desk.path().join("lifeboat.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let changed = format!("{text}# moved\n");
    fs::write(&path, &changed).unwrap();
    let (_, told) = ran(desk.path(), &["resume"], 6);
    for digest in [&plan.estate.digest, &sha256(changed.as_bytes())] {
        assert!(told.contains(&digest[..8]), "{told}");
    }
    fs::write(&path, text).unwrap();
    ran(desk.path(), &["resume"], 5);
}

/// Runs until a person is asked, with a committed runbook whose impact says a word; returns what was published.
fn published(word: &str, marked: bool) -> String {
    let desk = Desk::committed();
    let shipped =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/tracker-loss.yaml");
    let shipped = fs::read_to_string(shipped).unwrap();
    let impact = shipped.lines().find(|line| line.starts_with("impact:")).unwrap();
    let own = shipped.replace(impact, &format!("impact: {word}"));
    fs::create_dir_all(desk.path().join("runbooks")).unwrap();
    fs::write(desk.path().join("runbooks/tracker-loss.yaml"), &own).unwrap();
    crate::repository::commit(desk.path());
    let mut plan = of(&desk);
    plan.runbook.id = "tracker-loss".into();
    plan.runbook.digest = sha256(if marked { own.as_bytes() } else { shipped.as_bytes() });
    let channel = PlannedChannel {
        id: "status-page".into(),
        audience: Audience::Customers,
        languages: vec!["en".to_owned()],
    };
    let work = Work::Message { template: "status/investigating".to_owned(), to: vec![channel] };
    plan.steps.insert(0, step("tell", OnFail::Hold, work));
    begun(&desk, &plan);
    ran(desk.path(), &["resume"], 5);
    let folder = fs::read_dir(desk.folder.join("status")).unwrap();
    folder.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

fn a9_a_changed_runbook_puts_no_word_into_a_run() {
    let said = published("Nobody finds anything any more.", true);
    assert!(said.contains("Nobody finds anything any more."), "{said}");
    let said = published("Nobody finds anything any more.", false);
    assert!(!said.contains("Nobody finds anything any more."), "{said}");
}
