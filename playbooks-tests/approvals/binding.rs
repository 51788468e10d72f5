//! What a signature binds: a real plan, each of its fields and bytes changed after it was signed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::model::{ApprovalProof, Direction, Event, LimitKind, Plan, Record};
use lifeboat::plan::Digest;
use lifeboat::trust::{Statement, namespace};
use serde_json::{Value, json};

use super::program::Place;
use super::{judged, key};

/// Returns the trials of binding.
pub fn trials() -> Vec<Trial> {
    trials![b1_no_field_of_an_approved_plan_may_change, b1_no_byte_of_what_was_approved_may_change]
}

/// A plan as the program pinned it, and the journal in which ben and carla signed it.
struct Bundle {
    plan: Plan,
    records: Vec<Record>,
    allowed: String,
    now: Timestamp,
}

impl Bundle {
    fn new() -> Self {
        let place = Place::start("people: 2, by: signature");
        let (_, _, path) = place.plan();
        let text = std::fs::read_to_string(path).unwrap();
        let mut plan: Plan = serde_json::from_str(&text).unwrap();
        let argv = "[\"ssh\",\"edge.example.org\",\"lifeboat\"]".to_owned();
        plan.rests_on.insert("vantage edge".to_owned(), argv);
        let plan = filled(&plan);
        let now = plan.pinned_at;
        let allowed = std::fs::read_to_string(place.folder.path().join("allowed_signers")).unwrap();
        let journal = place.folder.path().join(".local/state/lifeboat/fleet");
        let incident = std::fs::read_dir(journal)
            .unwrap()
            .flatten()
            .find(|it| it.path().join("journal.jsonl").exists())
            .unwrap();
        let lines = std::fs::read_to_string(incident.path().join("journal.jsonl")).unwrap();
        let records = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut bundle = Self { plan, records, allowed, now };
        for (by, seed) in [("ben", 2), ("carla", 3)] {
            let event = bundle.yes(by, seed);
            let last = bundle.records.last().unwrap().clone();
            bundle.records.push(Record { seq: last.seq + 1, event, ..last });
        }
        bundle
    }

    fn statement(&self, by: &str) -> String {
        let (digest, principal) = (Digest::of(&self.plan).hex(), format!("{by}@example.org"));
        let expires = self.now + jiff::SignedDuration::from_mins(5);
        let (plan, direction) = (&self.plan, Direction::Do);
        Statement {
            plan,
            digest: &digest,
            direction,
            head: None,
            expires,
            contact: by,
            principal: &principal,
        }
        .text()
    }

    fn yes(&self, by: &str, seed: u8) -> Event {
        let signature = key(seed).0.sign(self.statement(by).as_bytes(), namespace(self.plan.mode));
        Event::Approved {
            digest: Digest::of(&self.plan).hex(),
            by: by.to_owned(),
            means: ApprovalProof::Signature,
            direction: Direction::Do,
            expires: self.now + jiff::SignedDuration::from_mins(5),
            head: None,
            signature: Some(signature.unwrap()),
            standing: None,
            code: None,
        }
    }

    /// Tells whether a plan may be run on this journal, and on one whose records name it instead.
    fn lets(&self, plan: &Plan) -> bool {
        let digest = Digest::of(plan).hex();
        let mut renamed = self.records.clone();
        for record in &mut renamed {
            if let Event::Approved { digest: of, .. } = &mut record.event {
                of.clone_from(&digest);
            }
        }
        [&self.records, &renamed]
            .iter()
            .any(|records| judged(plan, records, (&self.allowed, ""), self.now).is_ok())
    }
}

/// Puts something into each list that the program left empty.
fn filled(plan: &Plan) -> Plan {
    let mut document = serde_json::to_value(plan).unwrap();
    document["includes"] = json!([document["runbook"].clone()]);
    document["approval"]["codes"] = json!(true);
    document["left_out"] = json!([{"step": "told", "because": "nobody is there"}]);
    document["unknowns"] =
        json!([{"step": "exit", "guard": document["exit"].clone(), "on_unknown": "refuse"}]);
    document["overrides"] = json!([{"limit": LimitKind::ALL[0], "step": "moved", "because": "7 of 6", "reason": "fire"}]);
    serde_json::from_value(document).unwrap()
}

/// Returns each value of a document with its path.
fn leaves(value: &Value, path: &str, all: &mut Vec<String>) {
    all.push(path.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            leaves(value, &format!("{path}/{key}"), all);
        }),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), all));
        }
        _ => {}
    }
}

/// Other values of the same kind.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![Value::from("x"), Value::from(1), Value::from("1s")],
        Value::Bool(said) => vec![Value::from(!said)],
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            vec![Value::from(number as u64 + 1), Value::from(number + 1.0), Value::Null]
        }
        Value::String(text) => {
            let mut others = vec![
                format!("{text}x"),
                format!("x{text}"),
                text.chars().rev().collect(),
                String::new(),
            ];
            others.extend(
                [
                    "1h7m",
                    "2031-01-01T00:00:00Z",
                    "recovery",
                    "drill",
                    "undo",
                    "terminal",
                    "hold",
                    "continue",
                ]
                .map(str::to_owned),
            );
            others.extend(
                [
                    "true",
                    "false",
                    "unknown",
                    "do",
                    "warn",
                    "refuse",
                    "all",
                    "replace",
                    "append",
                    "otherwise",
                ]
                .map(str::to_owned),
            );
            others.into_iter().map(Value::from).chain([Value::Null]).collect()
        }
        Value::Array(items) => {
            let shorter = items.get(1..).unwrap_or_default().to_vec();
            let longer = items.iter().chain(items.last()).cloned().collect::<Vec<_>>();
            vec![
                Value::from(shorter),
                Value::from(longer),
                Value::from(vec!["x"]),
                Value::from(Vec::<Value>::new()),
            ]
        }
        Value::Object(map) => {
            let mut shorter = map.clone();
            if let Some(key) = map.keys().next() {
                shorter.remove(key);
            }
            vec![Value::Object(shorter), Value::Null]
        }
    }
}

fn b1_no_field_of_an_approved_plan_may_change() {
    let bundle = Bundle::new();
    assert!(bundle.lets(&bundle.plan), "the control: what was signed may run");
    let document = serde_json::to_value(&bundle.plan).unwrap();
    let mut paths = Vec::new();
    leaves(&document, "", &mut paths);
    let (mut tried, mut changed, mut digests) = (0, BTreeSet::new(), BTreeSet::new());
    for path in &paths {
        for other in others(document.pointer(path).unwrap()) {
            let mut mutated = document.clone();
            *mutated.pointer_mut(path).unwrap() = other;
            let Ok(plan) = serde_json::from_value::<Plan>(mutated) else { continue };
            // Only what says something else, and is well-formed, counts as a change.
            if plan == bundle.plan || !digests.insert(Digest::of(&plan).hex()) {
                continue;
            }
            assert!(Digest::of(&plan) != Digest::of(&bundle.plan), "no digest says {path}");
            assert!(!bundle.lets(&plan), "{path}");
            changed.insert(path.clone());
            tried += 1;
        }
    }
    eprintln!("B1: {tried} changes at {} places, all refused", changed.len());
    assert!(tried >= 200, "only {tried} changes");
    for field in [
        "/tool",
        "/mode",
        "/incident",
        "/estate/id",
        "/estate/digest",
        "/runbook/id",
        "/runbook/digest",
        "/runbook/commit",
        "/phase",
        "/params/",
        "/target",
        "/pinned_at",
        "/start_by",
        "/approval/people",
        "/approval/by",
        "/approval/expires",
        "/approval/approvers/",
        "/approval/requester",
        "/approval/codes",
        "/rests_on/pins",
        "/rests_on/templates",
        "/rests_on/service sb",
        "/rests_on/vantage edge",
        "/limit",
        "/verify",
        "/undo",
        "/forecast",
        "/before",
        "/after",
        "/settle",
        "/object",
        "/template",
        "/languages",
        "/on_fail",
        "/requests/",
        "/facts/",
        "/includes/",
        "/left_out/",
        "/unknowns/",
        "/overrides/",
        "/exit",
    ] {
        assert!(changed.iter().any(|path| path.contains(field)), "nothing changed `{field}`");
    }
}

fn b1_no_byte_of_what_was_approved_may_change() {
    let bundle = Bundle::new();
    let mut tried = 0;
    // The statement that was signed.
    for by in ["ben", "carla"] {
        let text = bundle.statement(by);
        let Some(Event::Approved { signature: Some(signature), .. }) = bundle
            .records
            .iter()
            .map(|record| &record.event)
            .find(|event| matches!(event, Event::Approved { by: of, .. } if of == by))
        else {
            panic!("{by} has signed")
        };
        let allowed = lifeboat::trust::AllowedSigners::parse(bundle.allowed.as_bytes());
        let stands = |text: &[u8]| {
            let domain = namespace(bundle.plan.mode);
            let revoked = lifeboat::trust::Revoked::default();
            lifeboat::trust::verify(
                text,
                signature.as_bytes(),
                domain,
                &allowed,
                &revoked,
                bundle.now,
            )
            .is_ok()
        };
        assert!(stands(text.as_bytes()));
        for bit in 0..text.len() * 8 {
            let mut changed = text.clone().into_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!stands(&changed), "bit {bit} of {by}'s statement");
            tried += 1;
        }
    }
    // The plan's own file.
    let text = Digest::text(&bundle.plan);
    for byte in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[byte] ^= 1 << (byte % 7);
        tried += 1;
        // A word that nobody reads may change; whatever is read may not.
        let Ok(plan) = serde_json::from_slice::<Plan>(&changed) else { continue };
        assert!(plan == bundle.plan || !bundle.lets(&plan), "byte {byte} of the plan");
    }
    eprintln!("B1: {tried} changed bytes and bits, all refused");
    assert!(tried >= 10_000, "only {tried}");
}
