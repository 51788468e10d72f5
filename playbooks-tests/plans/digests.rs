//! Digests: whatever is changed in a plan, its digest is another.

use libtest_mimic::Trial;
use lifeboat::model::{FactKind, Measure, Mode, Plan, Unit};
use lifeboat::plan::{Digest, canonical};
use serde_json::Value;
use std::collections::BTreeMap;

use super::ground::{Case, parent};

pub fn trials() -> Vec<Trial> {
    trials![
        whatever_is_changed_changes_the_digest,
        a_plan_that_is_read_back_has_the_same_digest,
        numbers_of_any_length_read_back_as_they_were,
        the_short_digest_and_the_words_come_from_the_digest,
        the_same_case_gives_the_same_plan,
    ]
}

fn plan() -> Plan {
    let mut case = Case::outage();
    let third = Measure { value: 1.0 / 3.0, unit: Unit::Milliseconds, of: Some(0.1 + 0.2) };
    case.measure(FactKind::DnsServerAnswers, &["b/ns1.b.test.@192.0.2.3:53"], third);
    case.measure(FactKind::DnsServerAnswers, &["b/ns2.b.test.@192.0.2.4:53"], third);
    case.pin(parent(&["ns1.a.test.", "ns2.a.test."], &[])).unwrap()
}

/// Every way to spoil one leaf, and to drop one member or item.
fn spoilt(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![Value::Bool(true)],
        Value::Bool(it) => vec![Value::Bool(!it)],
        Value::Number(it) => vec![Value::from(it.as_f64().unwrap() + 1.0), Value::Null],
        Value::String(it) => vec![Value::from(format!("{it} ")), Value::from("")],
        Value::Array(items) => {
            let inner = items.iter().enumerate().flat_map(|(at, item)| {
                let put = move |new| {
                    let mut items = items.clone();
                    items[at] = new;
                    Value::from(items)
                };
                spoilt(item).into_iter().map(put)
            });
            let drop = (0..items.len()).map(|at| {
                let mut items = items.clone();
                items.remove(at);
                Value::from(items)
            });
            inner.chain(drop).collect()
        }
        Value::Object(map) => {
            let inner = map.iter().flat_map(|(key, item)| {
                let put = move |new| {
                    let mut map = map.clone();
                    map.insert(key.clone(), new);
                    Value::from(map)
                };
                spoilt(item).into_iter().map(put)
            });
            let drop = map.keys().map(|key| {
                let mut map = map.clone();
                map.remove(key);
                Value::from(map)
            });
            inner.chain(drop).collect()
        }
    }
}

fn whatever_is_changed_changes_the_digest() {
    let plan = plan();
    let value = serde_json::to_value(&plan).unwrap();
    let own = canonical(&value);
    assert_eq!(own, Digest::text(&plan));
    let mut digests = BTreeMap::from([(Digest::of(&plan), plan.clone())]);
    let all: Vec<Value> = spoilt(&value);
    for other in &all {
        assert_ne!(canonical(other), own);
        // Two texts may say the same plan: `null` and nothing at all. Two plans never share a digest.
        if let Ok(other) = serde_json::from_value::<Plan>(other.clone()) {
            let first = digests.entry(Digest::of(&other)).or_insert_with(|| other.clone());
            assert_eq!(*first, other);
        }
    }
    let readable = digests.len();
    assert!(all.len() > 500 && readable > 100, "{} of {}", readable, all.len());
    let drill = Plan { mode: Mode::Drill, ..plan.clone() };
    assert_ne!(Digest::of(&drill), Digest::of(&plan));
}

fn a_plan_that_is_read_back_has_the_same_digest() {
    let plan = plan();
    for text in [Digest::text(&plan), serde_json::to_string_pretty(&plan).unwrap()] {
        let back: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(back, plan);
        assert_eq!(Digest::of(&back), Digest::of(&plan));
    }
}

/// JSON readers that are quick are a bit off at the last digit of some numbers; a plan holds none of those.
fn numbers_of_any_length_read_back_as_they_were() {
    let mut case = Case::outage();
    for at in 1..=400_u32 {
        let value = f64::from(at).sqrt() * 1e-3 + f64::from(at * 7_919);
        let measure = Measure { value, unit: Unit::Milliseconds, of: Some(value.ln()) };
        let server = format!("b/ns1.b.test.@192.0.2.3:{at}");
        case.measure(FactKind::DnsServerAnswers, &[&server], measure);
    }
    let plan = case.pin(parent(&["ns1.a.test."], &[])).unwrap();
    assert!(plan.facts.len() > 400);
    for measure in plan.facts.iter().filter_map(|fact| fact.measure) {
        let decimals = measure.value.to_string().split_once('.').map_or(0, |(_, it)| it.len());
        assert!(decimals <= 3, "{measure}");
    }
    let back: Plan = serde_json::from_str(&Digest::text(&plan)).unwrap();
    assert_eq!(Digest::of(&back), Digest::of(&plan));
}

fn the_short_digest_and_the_words_come_from_the_digest() {
    let digest = Digest::of(&plan());
    assert_eq!((digest.hex().len(), digest.short()), (64, digest.hex()[..8].to_owned()));
    assert_eq!(digest.words().split(' ').count(), 6);
    assert_eq!(digest.to_string(), digest.hex());
}

fn the_same_case_gives_the_same_plan() {
    assert_eq!(plan(), plan());
}
