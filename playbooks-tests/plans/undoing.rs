//! The way back: a plan says when an undo takes effect, and calls nothing reversible that caches outlive.

use libtest_mimic::Trial;
use lifeboat::model::{
    FactKind, Found, Measure, Phase, Plan, RegistrarKind, Span, Unit, Value, Wanted, Work,
};
use lifeboat::render::{self, Seal, Style};

use super::delegations::to_inside;
use super::ground::{Case, changes, parent};

pub fn trials() -> Vec<Trial> {
    trials![
        b10_an_undo_says_when_it_takes_effect_and_none_is_called_reversible_beyond_its_bound,
        b10_what_was_written_counts_when_it_is_kept_longer_than_what_was_measured,
        b10_each_set_counts_with_what_it_was_before_and_what_it_becomes,
        b10_a_time_that_was_stated_shortens_no_way_back,
        b10_clients_keep_a_tracker_until_their_next_announce,
        b10_a_person_is_told_before_typing_how_long_a_way_back_takes,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];

pub fn seconds(value: u64) -> Measure {
    Measure { value: value as f64, unit: Unit::Seconds, of: None }
}

/// An outage in which the delegation and the records live for so long; nothing where nobody measured.
fn living(delegation: Option<u64>, record: Option<u64>) -> Case {
    let mut case = Case::outage();
    for (kind, measured) in
        [(FactKind::DnsDelegationTtl, delegation), (FactKind::DnsRecordTtl, record)]
    {
        case.forget(kind);
        if let Some(measured) = measured {
            case.measure(kind, &["z"], seconds(measured));
        }
    }
    case
}

fn shown(plan: &Plan) -> String {
    let seal = Seal { hex: "00", short: "00", words: "none", path: "plan.json" };
    let text = render::plan(plan, &seal, &Style { width: 100, ..Style::default() });
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The latest effect of the way back, and whether it is called reversible: by the plan and by what people read.
fn way_back(plan: &Plan) -> (u64, bool) {
    let changed = plan.steps.iter().find_map(|step| match &step.work {
        Work::Change(planned) => Some(planned),
        _ => None,
    });
    let back = &changed.expect("changes something").way_back;
    let text = shown(plan);
    let (yes, no) = (text.contains("reversible within"), text.contains("not reversible within"));
    assert!(yes, "{text}");
    assert_eq!(!no, back.in_time, "{text}");
    assert_eq!(back.in_time, back.forecast.latest <= back.bound);
    assert!(
        text.contains(&format!("latest {} after the last write", back.forecast.latest)),
        "{text}"
    );
    (back.forecast.latest.as_secs(), back.in_time)
}

fn b10_an_undo_says_when_it_takes_effect_and_none_is_called_reversible_beyond_its_bound() {
    let (mut held, mut called) = (0, 0);
    let times = [
        None,
        Some(0),
        Some(30),
        Some(300),
        Some(3_600),
        Some(14_000),
        Some(86_400),
        Some(172_800),
    ];
    for delegation in times {
        for record in times {
            let plan = living(delegation, record).pin(parent(&A, &[])).unwrap();
            let (latest, reversible) = way_back(&plan);
            // The sets that the registrar holds live for 300 s, whatever was measured of them.
            let kept = delegation.unwrap_or(172_800).max(300) + record.unwrap_or(86_400);
            assert!(latest >= kept, "{latest} < {kept}");
            assert_eq!(reversible, latest <= 4 * 3_600, "{latest}");
            assert!(
                !reversible || kept <= 4 * 3_600,
                "what outlives the bound is called reversible"
            );
            held += 1;
            called += u32::from(reversible);
        }
    }
    assert!(called > 0 && called < held);
    eprintln!("B10: {held} plans, {called} called reversible, 0 of them outlive their bound");
}

fn b10_what_was_written_counts_when_it_is_kept_longer_than_what_was_measured() {
    let case = living(Some(30), Some(30));
    let short = case.pin(parent(&A, &[])).unwrap();
    assert_eq!(way_back(&short), (300 + 30 + 30, true));
    let long = |wanted: &Wanted| match parent(&A, &[])(wanted) {
        Found::Value(Value::Rrsets(mut sets)) => {
            sets.iter_mut().for_each(|set| set.ttl = 172_800);
            Found::Value(Value::Rrsets(sets))
        }
        other => other,
    };
    assert_eq!(way_back(&case.pin(long).unwrap()), (172_800 + 30 + 30, false));
}

/// Glue beside the delegation, each with a time of its own: what goes, what comes in its place, what comes anew.
fn b10_each_set_counts_with_what_it_was_before_and_what_it_becomes() {
    let mut case = living(Some(30), Some(30));
    to_inside(&mut case);
    let there = [("ns1.zone.test.", "192.0.2.99")];
    for (glue, ns, own, kept) in [
        // The address is another one: its set keeps its time.
        (&there[..], 300, 172_800, 172_800),
        (&there[..], 172_800, 300, 172_800),
        // It was not there, and comes with the time of the delegation; what was said of it before counts as well.
        (&[], 300, 172_800, 172_800),
        (&[], 172_800, 0, 172_800),
        (&[], 300, 0, 300),
    ] {
        let found = |wanted: &Wanted| match parent(&A, glue)(wanted) {
            Found::Value(Value::Rrsets(mut sets)) => {
                for set in &mut sets {
                    set.ttl = if set.key.kind == "NS" { ns } else { own };
                }
                Found::Value(Value::Rrsets(sets))
            }
            other => other,
        };
        let expected = (kept + 30 + 30, kept == 300);
        assert_eq!(way_back(&case.pin(found).unwrap()), expected, "NS {ns}, glue {own}: {glue:?}");
    }
}

fn b10_a_time_that_was_stated_shortens_no_way_back() {
    let mut case = living(Some(20_000), Some(60));
    for step in &mut case.runbook.phases.immediate.steps {
        if let Some(change) = &mut step.change {
            change.effect = serde_json::from_value(
                serde_json::json!({"delegation_ttl": "30s", "record_ttl": "30s"}),
            )
            .unwrap();
        }
    }
    assert_eq!(way_back(&case.pin(parent(&A, &[])).unwrap()), (20_000 + 60 + 30, false));
}

fn b10_clients_keep_a_tracker_until_their_next_announce() {
    let plan = Case::loss().pin(super::lists::fleet).unwrap();
    assert!(!changes(&plan).is_empty());
    assert_eq!(plan.phase, Phase::Immediate);
    let (latest, reversible) = way_back(&plan);
    assert!(reversible && latest > 30, "{latest}");
}

fn b10_a_person_is_told_before_typing_how_long_a_way_back_takes() {
    for (delegation, says) in [
        (Some(300), "It can be reversed: users notice that 6m30s after it is typed back at most."),
        (None, "It cannot be reversed within 4h: caches keep what is typed for up to"),
    ] {
        let mut case = living(delegation, Some(60));
        case.estate.registrars[0].kind = RegistrarKind::Manual;
        let plan = case.pin(parent(&A, &[])).unwrap();
        let told = plan.steps.iter().any(|step| match &step.work {
            Work::Ask(ask) => ask.why.as_ref().is_some_and(|why| why.contains(says)),
            _ => false,
        });
        assert!(told, "{:#?}", plan.steps);
    }
    assert_eq!(Span::from_secs(390).to_string(), "6m30s");
}
