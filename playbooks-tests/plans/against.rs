//! What differs between two plans: every field has its line, and nothing is held against a plan of something else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use libtest_mimic::Trial;
use lifeboat::model::{FactKind, Measure, OnFail, Plan, Undo, Unit, Work};
use lifeboat::render::{self, Against, Seal, Style};
use lifeboat::view;
use serde_json::{Value, json};

use super::ground::{Case, parent};
use crate::approvals::program::Place;
use crate::journals::changed::variants;
use crate::simulator::plan::{ask, change, check, message, settling, step, unused, wait};

pub fn trials() -> Vec<Trial> {
    trials![
        b1_no_field_of_a_plan_differs_without_a_line,
        what_differs_is_named_once_and_alone,
        what_differs_drives_no_terminal,
        a_plan_is_held_against_an_earlier_one,
    ]
}

/// A plan with something in every field that a plan can have.
fn sample() -> Plan {
    let mut case = Case::outage();
    let measure = Measure { value: 12.0, unit: Unit::Milliseconds, of: Some(20.0) };
    case.measure(FactKind::DnsServerAnswers, &["b/ns1.b.test.@192.0.2.3:53"], measure);
    let mut plan = case.pin(parent(&["ns1.a.test.", "ns2.a.test."], &[])).unwrap();
    let took = Work::Took { way: "switch".into(), because: "parity is right".to_owned() };
    plan.steps.extend([
        ask("ask", OnFail::Hold),
        message("say", OnFail::Continue),
        check("look", OnFail::Hold),
        change("lists", OnFail::Undo, 2, true, settling()),
        change("served", OnFail::Hold, 1, true, unused()),
        change("last", OnFail::Hold, 1, true, Undo::Irreversible { reason: "sent".to_owned() }),
        step("road", OnFail::Hold, took),
        wait("wait", OnFail::Hold),
    ]);
    let mut value = serde_json::to_value(&plan).unwrap();
    value["includes"] = json!([value["runbook"].clone()]);
    value["left_out"] = json!([{"step": "help", "because": "road = switch"}]);
    value["unknowns"] =
        json!([{"step": "ask", "guard": "registry.hold(z) is true", "on_unknown": "skip"}]);
    value["overrides"] = json!([{"step": "ask", "limit": "count", "because": "7, and 5 are allowed",
        "reason": "agreed on the phone"}]);
    value["rests_on"] = json!({"pins": "00", "service reg": "{\"api\":\"http://127.0.0.1:1\"}"});
    value["requests"] = json!({"reg": {"uses": 2, "of": 1_200}, "box": {"uses": 1, "of": null}});
    value["approval"]["approvers"] = json!([{"contact": "ben", "principal": "ben@example.org"},
        {"contact": "carla", "principal": "carla@example.org"}]);
    value["approval"]["requester"] = json!("anna");
    value["approval"]["codes"] = json!(true);
    value["approval"]["alone"] = json!({"after": "10m", "rehearsed_within": "90d"});
    let last = value["steps"].as_array().unwrap().iter().position(|it| it["id"] == "last").unwrap();
    value["steps"][last]["work"]["change"]["verify"]["expected"] = json!({"top": {"zone": "z", "at": "a",
        "kind": "NS", "comes": ["ns1.b.test."], "goes": ["ns1.c.test."]}});
    value["steps"][last]["work"]["change"]["verify"]["turn"] = json!("1h");
    let asked = value["steps"].as_array().unwrap().iter().position(|it| it["id"] == "ask").unwrap();
    value["steps"][asked]["work"]["ask"]["who"] = json!("ben");
    value["steps"][asked]["work"]["ask"]["patch"] = json!("z");
    value["steps"][asked]["timeout"] = json!("5m");
    let served =
        value["steps"].as_array().unwrap().iter().position(|it| it["id"] == "served").unwrap();
    let set = |ttl| json!([{"name": "w.test.", "type": "A", "ttl": ttl, "data": ["192.0.2.1"], "apart": "proxied"}]);
    value["steps"][served]["work"]["change"]["verify"]["expected"] = json!({"records": {"zone": "z", "at": "b",
        "source": {"from": "git", "provider": "a"}, "after": set(60), "before": set(300)}});
    let of_resolver =
        json!([{"resolver": "res", "likely": "3m", "latest": "8m", "because": "it remembers"}]);
    let steps = value["steps"].as_array_mut().unwrap();
    for change in steps.iter_mut().filter_map(|step| step["work"].get_mut("change")) {
        change["forecast"]["resolvers"] = of_resolver.clone();
        let sets = change.pointer_mut("/changes/0/before/rrsets/0/records");
        for record in sets.and_then(Value::as_array_mut).into_iter().flatten() {
            record["beside"] = json!({"proxied": true, "automatic": true, "comment": "by ops",
                "tags": ["team:ops"], "settings": ["ipv4_only"]});
        }
    }
    serde_json::from_value(value).unwrap()
}

const SEAL: Seal<'static> = Seal { hex: "00", short: "00", words: "none", path: "plan.json" };

fn page(before: &Plan, after: &Plan) -> String {
    let differences = view::delta(before, after);
    let against = Against { plan: before, seal: SEAL, differences: &differences };
    let style = Style { width: 100, ..Style::default() };
    render::delta(after, &SEAL, &against, &style).to_string()
}

/// Returns where two documents differ first: the fields down to it, and what stands there then.
fn first<'a>(before: &Value, after: &'a Value, path: &mut Vec<String>) -> &'a Value {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) if old.keys().eq(new.keys()) => {
            let (key, _) = old.iter().find(|(key, value)| new[*key] != **value).unwrap();
            path.push(key.clone());
            first(&old[key], &new[key], path)
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            let at = (0..old.len()).find(|at| old[*at] != new[*at]).unwrap();
            first(&old[at], &new[at], path)
        }
        _ => after,
    }
}

/// What is worded apart from the rest: as moments, and as what was measured.
const APART: [&str; 3] = ["facts", "pinned_at", "start_by"];

/// The first words of the lines that tell a difference.
const MARKS: [&str; 9] =
    ["~ ", "+ ", "- ", "times ", "seen at ", "measures ", "reasons ", "evidence ", "numbers "];

fn b1_no_field_of_a_plan_differs_without_a_line() {
    let plan = sample();
    every_field_has_a_value(&plan);
    let own = serde_json::to_value(&plan).unwrap();
    let same = page(&plan, &plan);
    assert!(same.contains("Nothing differs but times."), "{same}");
    let known: BTreeSet<&str> = same.lines().collect();
    let (mut told, mut fields) = (0, BTreeSet::new());
    for other in others(&plan, &own) {
        let (mut path, now) = (Vec::new(), serde_json::to_value(other).unwrap());
        let leaf = first(&own, &now, &mut path);
        let there = page(&plan, other);
        for (text, way) in [(&there, "there"), (&page(other, &plan), "and back")] {
            let says = |line: &&str| MARKS.iter().any(|mark| line.trim_start().starts_with(mark));
            let new: Vec<&str> =
                text.lines().filter(|line| !known.contains(line)).filter(says).collect();
            assert!(!new.is_empty(), "{path:?}: no line {way}: {text}");
            let field: Vec<&str> = path.iter().map(String::as_str).collect();
            let light = matches!(
                field[..],
                ["pinned_at" | "start_by"]
                    | ["facts", "id" | "at" | "measure" | "because" | "from", ..]
            );
            assert_eq!(text.contains("Nothing differs but"), light, "{path:?}: {text}");
        }
        let text = there.split_whitespace().collect::<Vec<_>>().join(" ");
        let said =
            leaf.as_str().filter(|said| !said.is_empty() && !APART.contains(&path[0].as_str()));
        assert!(said.is_none_or(|said| text.contains(said)), "{path:?}: not {leaf}: {text}");
        told += 1;
        fields.insert(path.join("/"));
    }
    assert!(told > 500 && fields.len() > 90, "only {told} changes of {} fields", fields.len());
    eprintln!("B1: {told} changes of {} fields, a line for each", fields.len());
}

/// Returns plans that differ from the sample in one place each, each of its texts among them; they are made once.
fn others(plan: &Plan, own: &Value) -> &'static [Plan] {
    static MADE: OnceLock<Vec<Plan>> = OnceLock::new();
    MADE.get_or_init(|| made(plan, own))
}

fn made(plan: &Plan, own: &Value) -> Vec<Plan> {
    let folder = tempfile::tempdir().unwrap();
    let schema = crate::commands::json(folder.path(), &["schema", "plan"], 0);
    let more = ["2027-01-01T00:00:00Z", "7m", "observer.healthy is false", "observer.healthy", "7"];
    let mut words: Vec<String> = more.map(str::to_owned).into();
    constants(&schema, &mut words);
    let read = |value: Value| serde_json::from_value::<Plan>(value).ok().filter(|it| it != plan);
    let mut others: Vec<Plan> = variants(own).into_iter().filter_map(read).collect();
    let mut texts = Vec::new();
    pointers(own, "", &mut texts);
    for pointer in texts {
        let put = |text: &str| {
            let mut other = own.clone();
            *other.pointer_mut(&pointer).unwrap() = json!(text);
            read(other)
        };
        let is_free = put(&format!("{}x", own.pointer(&pointer).unwrap().as_str().unwrap()));
        if is_free.is_none() {
            // Where one word alone may stand, there may be none.
            let none = || {
                let mut other = own.clone();
                *other.pointer_mut(&pointer).unwrap() = Value::Null;
                read(other)
            };
            let other = words.iter().find_map(|word| put(word)).or_else(none);
            others.push(other.unwrap_or_else(|| panic!("nothing else can stand at {pointer}")));
        }
    }
    others
}

/// Returns where each text of a document stands.
fn pointers(value: &Value, path: &str, all: &mut Vec<String>) {
    match value {
        Value::String(_) => all.push(path.to_owned()),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(at, item)| pointers(item, &format!("{path}/{at}"), all));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, item)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            pointers(item, &format!("{path}/{key}"), all);
        }),
        _ => {}
    }
}

/// Returns every word that a schema names.
fn constants(schema: &Value, words: &mut Vec<String>) {
    if let Value::Object(fields) = schema {
        let all = fields.get("enum").and_then(Value::as_array).into_iter().flatten();
        words.extend(all.chain(fields.get("const")).filter_map(Value::as_str).map(str::to_owned));
    }
    children(schema).for_each(|inner| constants(inner, words));
}

/// A field that a plan can have and the sample has not would be tried by nobody.
fn every_field_has_a_value(plan: &Plan) {
    let folder = tempfile::tempdir().unwrap();
    let schema = crate::commands::json(folder.path(), &["schema", "plan"], 0);
    let (mut can, mut has) = (BTreeSet::new(), BTreeSet::new());
    properties(&schema, &mut can);
    keys(&serde_json::to_value(plan).unwrap(), &mut has);
    let none: Vec<&String> = can.difference(&has).collect();
    assert!(none.is_empty(), "the sample has no {none:?}");
}

fn properties(schema: &Value, names: &mut BTreeSet<String>) {
    if let Value::Object(fields) = schema {
        let own = fields.get("properties").and_then(Value::as_object);
        names.extend(own.into_iter().flat_map(|own| own.keys().cloned()));
    }
    children(schema).for_each(|inner| properties(inner, names));
}

fn keys(value: &Value, names: &mut BTreeSet<String>) {
    if let Value::Object(fields) = value {
        names.extend(fields.keys().cloned());
    }
    children(value).for_each(|inner| keys(inner, names));
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Two changes at once are told like each alone: neither hides the other.
fn what_differs_is_named_once_and_alone() {
    let plan = sample();
    let own = serde_json::to_value(&plan).unwrap();
    let places = |other: &Plan| {
        let told = view::delta(&plan, other);
        let all: BTreeMap<String, String> =
            told.iter().map(|it| (it.place(), format!("{:?}", it.after))).collect();
        assert_eq!(all.len(), told.len(), "a place is named twice");
        all
    };
    let others = others(&plan, &own);
    let all: Vec<Value> = others.iter().map(|other| serde_json::to_value(other).unwrap()).collect();
    let alone: Vec<BTreeMap<String, String>> = others.iter().map(places).collect();
    let mut tried = 0;
    for (at, one) in all.iter().enumerate() {
        let beside = (at * 7 + all.len() / 2) % all.len();
        let two = &all[beside];
        let field =
            |it: &Value| own.as_object().unwrap().keys().find(|key| it[*key] != own[*key]).cloned();
        let (Some(first), Some(second)) = (field(one), field(two)) else { continue };
        if first == second {
            continue;
        }
        let mut merged = one.clone();
        merged[&second] = two[&second].clone();
        let Ok(merged) = serde_json::from_value(merged) else { continue };
        let both = alone[at].clone().into_iter().chain(alone[beside].clone());
        assert_eq!(both.collect::<BTreeMap<_, _>>(), places(&merged));
        tried += 1;
    }
    assert!(tried > 200, "only {tried} pairs");
}

fn what_differs_drives_no_terminal() {
    let plan = sample();
    let own = serde_json::to_value(&plan).unwrap();
    let mut tried = 0;
    for variant in variants(&own) {
        // The mutation marks a text by an x at its end.
        let hostile = variant.to_string().replace("x\"", "\\u001b]0;x\\u0007\\u202e\\r\\n\"");
        let Ok(other) = serde_json::from_str::<Plan>(&hostile) else { continue };
        let text = page(&plan, &other);
        assert!(text.chars().all(|c| c == '\n' || c == ' ' || c.is_ascii_graphic()), "{text}");
        tried += usize::from(other != plan);
    }
    assert!(tried > 300, "only {tried} were tried");
}

fn a_plan_is_held_against_an_earlier_one() {
    let place = Place::start("people: 1, by: terminal");
    let (old, target, path) = place.plan();
    let again = ["plan", "tracker-loss", "--set", "lost=one", "--set", "backup=two", "--against"];
    for name in [&old, &path] {
        let (code, out, talk) = place.run(&[&again[..], &[name]].concat(), "");
        assert!(code == 0 && out.contains("Nothing differs but times"), "{code}: {out}{talk}");
        assert_eq!(out.matches(&format!("against    {old}, pinned")).count(), 1, "{out}");
        let ends: Vec<&str> = out.lines().rev().take(3).collect();
        assert_eq!(ends[0], format!("target: {target}"));
        assert!(ends[1].starts_with("short: ") && ends[2].starts_with("digest: "), "{out}");
        assert!(!out.contains("replace-tracker"), "the whole plan is shown: {out}");
    }
    let estate = place.folder.path().join("lifeboat.yaml");
    let text = std::fs::read_to_string(&estate).unwrap();
    std::fs::write(&estate, text.replace("people: 1, by: terminal", "people: 2, by: signature"))
        .unwrap();
    let (code, out, talk) = place.run(&[&again[..], &[&old, "--json"]].concat(), "");
    assert_eq!(code, 0, "{talk}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    let against = &plan["against"];
    assert_eq!((&against["short"], &against["same"]), (&json!(old), &json!(false)));
    assert_eq!(against["digest"].as_str().unwrap().len(), 64);
    let differences = against["differences"].as_array().unwrap();
    let found = |path: &str| differences.iter().find(|it| it["path"] == path).unwrap();
    let by = found("approval/by");
    assert_eq!((&by["before"], &by["after"]), (&json!("terminal"), &json!("signature")));
    for path in ["approval/people", "estate/digest", "pinned_at", "start_by"] {
        found(path);
    }
    let (_, out, _) = place.run(&[&again[..], &[&old]].concat(), "");
    for line in
        ["~ approval: by: terminal -> signature", "~ approval: people: 1 -> 2", "~ estate: digest:"]
    {
        assert!(out.contains(line), "no `{line}`: {out}");
    }
    let (_, before, _) = place.run(&["timeline"], "");
    for (words, code, said) in [
        (["plan", "tracker-loss", "--against", "00000000"], 2, "00000000"),
        (
            ["plan", "carrier-outage", "--against", old.as_str()],
            6,
            "it is of the runbook `tracker-loss`",
        ),
        (["plan", "tracker-loss", "--against", "lifeboat.yaml/none"], 2, "lifeboat.yaml/none"),
    ] {
        let (found, out, talk) = place.run(&words, "");
        assert!(found == code && talk.contains(said), "{words:?}: {found}: {out}{talk}");
    }
    let pinned = |text: &str| text.matches("pinned").count();
    let (_, after, _) = place.run(&["timeline"], "");
    assert_eq!(pinned(&before), pinned(&after), "a refused plan was pinned: {after}");
}
