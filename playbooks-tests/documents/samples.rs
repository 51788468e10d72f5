//! The sample documents are clean, and valid by the schema that is printed.

use std::path::Path;

use libtest_mimic::Trial;
use lifeboat::document::{self, Kind, Source, Workspace};
use serde_json::Value;

use super::tree;

/// Returns the trials of the samples.
pub fn trials() -> Vec<Trial> {
    trials![
        the_sample_estate_is_clean,
        the_sample_runbook_is_clean,
        every_shipped_document_is_clean,
        the_samples_are_valid_by_the_printed_schema,
        words_after_a_comma_go_on,
        json_is_read_as_well,
        what_a_vantage_gets_parses_there,
    ]
}

/// Reads a file beside this one.
pub fn sample(name: &str) -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks-tests/documents").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    Source::new(name, text)
}

fn the_sample_estate_is_clean() {
    let estate =
        document::estate(&sample("estate.yaml")).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(estate.zones[0].critical.len(), 3);
    assert_eq!(estate.approvals.len(), 2);
    assert_eq!(estate.incidents.directory, None);
}

fn the_sample_runbook_is_clean() {
    let runbook =
        document::runbook(&sample("runbook.yaml")).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(runbook.phases.immediate.steps.len(), 8);
    let workspace = Workspace {
        estate: Some(sample("estate.yaml")),
        runbooks: vec![sample("runbook.yaml")],
        other_runbooks: ["dns-failback".to_owned()].into(),
        ..Workspace::default()
    };
    let faults = document::lint(&workspace);
    assert!(faults.is_empty(), "{faults}");
}

fn every_shipped_document_is_clean() {
    for (name, workspace) in tree::shipped() {
        let faults = document::lint(&workspace);
        assert!(faults.is_empty(), "{name}:\n{faults}\n");
    }
}

fn the_samples_are_valid_by_the_printed_schema() {
    let estate =
        document::estate(&sample("estate.yaml")).unwrap_or_else(|faults| panic!("{faults}"));
    let runbook =
        document::runbook(&sample("runbook.yaml")).unwrap_or_else(|faults| panic!("{faults}"));
    valid(Kind::Estate, &serde_json::to_value(estate).unwrap());
    valid(Kind::Runbook, &serde_json::to_value(runbook).unwrap());
    let pins = document::pins(&sample("pins.yaml")).unwrap_or_else(|faults| panic!("{faults}"));
    valid(Kind::Pins, &serde_json::to_value(pins).unwrap());
    let mut wrong = document::schema(Kind::Estate);
    wrong["required"] = serde_json::json!(["colour"]);
    let estate = serde_json::json!({ "schema": "lifeboat/estate/v1", "id": "a" });
    assert!(jsonschema::validator_for(&document::schema(Kind::Estate)).unwrap().is_valid(&estate));
    assert!(!jsonschema::validator_for(&wrong).unwrap().is_valid(&estate));
}

/// Holds a value, its empty keys left out as documents leave them out, against a printed schema.
fn valid(kind: Kind, value: &Value) {
    let validator = jsonschema::validator_for(&document::schema(kind)).unwrap();
    let value = filled(value);
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{kind}: {errors:#?}");
}

fn filled(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let filled_in = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(filled_in.map(|(key, value)| (key.clone(), filled(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(filled).collect()),
        other => other.clone(),
    }
}

fn words_after_a_comma_go_on() {
    let text = "schema: lifeboat/estate/v1\nid: a\nswarms: [{ id: s, note: ours, no user, in it, info_hash: INFO }]\n";
    let text = text.replace("INFO", "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69");
    let estate = document::estate(&Source::new("a", text.as_str()))
        .unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(estate.swarms[0].note.as_deref(), Some("ours, no user, in it"));
    let quoted = text.replace("note: ours,", "note: \"ours\",");
    let faults = document::estate(&Source::new("a", quoted)).unwrap_err();
    assert_eq!(faults.len(), 2, "quoted text has ended: {faults}");
}

fn json_is_read_as_well() {
    let estate =
        document::estate(&sample("estate.yaml")).unwrap_or_else(|faults| panic!("{faults}"));
    for text in
        [serde_json::to_string(&estate).unwrap(), serde_json::to_string_pretty(&estate).unwrap()]
    {
        let again =
            document::estate(&Source::new("-", text)).unwrap_or_else(|faults| panic!("{faults}"));
        assert_eq!(again, estate);
    }
}

fn what_a_vantage_gets_parses_there() {
    let estate =
        document::estate(&sample("estate.yaml")).unwrap_or_else(|faults| panic!("{faults}"));
    let sent = document::estate_without_secrets(&estate);
    for word in ["private/", "pass", "LIFEBOAT_POWERDNS_KEY", "BatchMode", "oncall@"] {
        assert!(!sent.contains(word), "{word} leaves this machine");
    }
    let there =
        document::estate(&Source::new("-", sent)).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!((there.zones, there.trackers), (estate.zones, estate.trackers));
}
