//! Guards: what is judged when a plan is drafted, and what an unknown leads to.

use libtest_mimic::Trial;
use lifeboat::model::{FactKind, Found, OnUnknown, Truth, Work};
use lifeboat::plan::{Refusal, Standing};

use super::ground::{Case, changes, left_out, parent, steps};

pub fn trials() -> Vec<Trial> {
    trials![
        a_stop_rule_that_is_true_ends_it_with_its_words,
        a_stop_rule_that_is_unknown_is_listed_once,
        a_phase_begins_when_its_entry_is_true,
        otherwise_catches_every_unknown,
        the_first_open_way_is_taken,
        what_was_taken_earlier_still_counts,
        an_unknown_step_is_skipped_done_or_refused,
        an_ask_for_what_is_absent_is_left_out,
        messages_go_to_channels_and_audiences,
        a_step_is_done_once_for_each,
        without_a_standby_a_person_is_asked_and_nothing_moves,
        parameters_are_held_against_the_estate,
        an_optional_parameter_leaves_its_steps_out,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];

fn a_stop_rule_that_is_true_ends_it_with_its_words() {
    let mut case = Case::outage();
    case.say(FactKind::RegistryHold, &["z"], Truth::True);
    let refusal = case.draft().unwrap_err();
    assert!(refusal.to_string().contains("Call counsel"), "{refusal}");
    assert_eq!(refusal.standing(), Standing::Refused);
    let mut case = Case::outage();
    case.forget(FactKind::DnsAuthorityAnswers);
    assert!(
        matches!(case.draft().unwrap_err(), Refusal::Stopped { .. }),
        "`is not true` holds for an unknown"
    );
}

fn a_stop_rule_that_is_unknown_is_listed_once() {
    let case = Case::outage();
    let plan = case.pin(parent(&A, &[])).unwrap();
    let listed: Vec<_> = plan.unknowns.iter().filter(|it| it.step == "stop-when").collect();
    assert_eq!(listed.len(), 1);
    let text = listed[0].guard.to_string();
    assert_eq!(text, "registry.hold(z) is true or account.suspended(a) is true");
    assert_eq!(listed[0].on_unknown, OnUnknown::Proceed);
}

fn a_phase_begins_when_its_entry_is_true() {
    let mut case = Case::outage();
    for truth in [Truth::False, Truth::Unknown] {
        case.say(FactKind::IncidentDeclared, &["small"], truth);
        let refusal = case.draft().unwrap_err();
        assert!(matches!(&refusal, Refusal::NotYet { truth: it, .. } if *it == truth), "{refusal}");
    }
    case.forget(FactKind::IncidentDeclared);
    assert!(matches!(case.draft().unwrap_err(), Refusal::NotYet { truth: Truth::Unknown, .. }));
}

fn otherwise_catches_every_unknown() {
    let mut case = Case::outage();
    case.forget(FactKind::DnssecSafeToMove);
    let plan = case.pin(parent(&A, &[])).unwrap();
    let took = plan.steps.iter().find(|step| step.id == "road").unwrap();
    assert!(matches!(&took.work, Work::Took { way, .. } if way == "call-for-help"));
    assert!(changes(&plan).is_empty() && steps(&plan).contains(&"help"));
    let unknown = plan.unknowns.iter().find(|it| it.step == "road").unwrap();
    assert!(unknown.guard.to_string().contains("dnssec.safe-to-move(z, b)"));
    assert_eq!(unknown.on_unknown, OnUnknown::Skip);
    assert!(left_out(&plan, "move-delegation").unwrap().contains("road = switch"));
    case.runbook.phases.immediate.steps[1].branch.as_mut().unwrap().pop();
    assert!(matches!(case.draft().unwrap_err(), Refusal::NoWay { .. }));
}

fn the_first_open_way_is_taken() {
    let mut case = Case::outage();
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::True);
    let plan = case.pin(parent(&A, &[])).unwrap();
    let took = plan.steps.iter().find(|step| step.id == "road").unwrap();
    assert!(matches!(&took.work, Work::Took { way, .. } if way == "wait-it-out"));
    assert!(changes(&plan).is_empty());
}

const SMALL: &str = r#"
schema: lifeboat/runbook/v1
id: small
title: t
failure_mode: small
owner: keeper
severity_at_least: minor
layer: dns
plane: control
impact: i
advice: [{ otherwise: true, say: act }]
review_after: 90d
params: { far: { type: dns-provider, optional: true, among: $zone.standby_at }, zone: { type: zone } }
matches: { supports: [observer.healthy] }
phases:
  immediate: { enter: incident.declared, exit: observer.healthy, steps: [STEPS] }
  recovery: { enter: incident.declared, exit: observer.healthy, steps: [] }
  post_incident: { enter: incident.declared, exit: observer.healthy, steps: [] }
"#;

fn small(steps: &str) -> Case {
    let mut case = Case::of(&SMALL.replace("STEPS", steps));
    case.say(FactKind::DnsDelegated, &["z", "a"], Truth::True);
    case
}

fn nothing(_: &lifeboat::model::Wanted) -> Found {
    panic!("nothing is wanted")
}

fn what_was_taken_earlier_still_counts() {
    let steps = r#"{ id: s, when: "road = switch", ask: { do: x } }, { id: w, wait: { until: "road = stay or dns.control.answers is true", at_most: 1h } }"#;
    let mut case = small(steps);
    let plan = case.pin(nothing).unwrap();
    assert!(left_out(&plan, "s").unwrap().contains("nobody knows"));
    case.taken.insert("road".into(), "switch".into());
    let plan = case.pin(nothing).unwrap();
    assert_eq!(super::ground::steps(&plan), ["s", "w"]);
    let Work::Wait { until: Some(until), .. } = &plan.steps[1].work else { panic!() };
    assert_eq!(until.to_string(), "not (otherwise) or dns.control.answers is true");
}

fn an_unknown_step_is_skipped_done_or_refused() {
    let step = |more: &str| {
        format!(r#"{{ id: s, when: "dns.control.answers is true", ask: {{ do: x }}{more} }}"#)
    };
    let plan = small(&step("")).pin(nothing).unwrap();
    assert!(plan.steps.is_empty() && left_out(&plan, "s").is_some());
    assert_eq!((plan.unknowns.len(), plan.unknowns[0].on_unknown), (1, OnUnknown::Skip));
    let plan = small(&step(", on_unknown: proceed")).pin(nothing).unwrap();
    assert_eq!((steps(&plan), plan.unknowns.len()), (vec!["s"], 1));
    let twice = r#"{ id: s, when: "dns.control.answers is true", on_unknown: proceed, check: { probe: [dns], require: "dns.control.answers is true" } }"#;
    assert_eq!(small(twice).pin(nothing).unwrap().unknowns.len(), 1, "listed once");
    let refusal = small(&step(", on_unknown: refuse")).draft().unwrap_err();
    assert!(matches!(refusal, Refusal::Unknown { .. }), "{refusal}");
    let mut case = small(&step(""));
    case.say(FactKind::DnsControlAnswers, &["small"], Truth::False);
    let plan = case.pin(nothing).unwrap();
    assert!(left_out(&plan, "s").unwrap().ends_with("is false") && plan.unknowns.is_empty());
}

fn an_ask_for_what_is_absent_is_left_out() {
    let mut case = small(
        "{ id: s, ask: { do: $zone.managed_by.hold } }, { id: t, ask: { do: $zone.nonsense } }",
    );
    let plan = case.pin(nothing).unwrap();
    assert!(plan.steps.is_empty());
    assert!(left_out(&plan, "s").unwrap().contains("`z` has no `managed_by.hold`"));
    let managed = serde_json::json!({"tool": "octodns", "hold": {"manual": "pause it"}});
    case.estate.zones[0].managed_by = serde_json::from_value(managed).unwrap();
    let plan = case.pin(nothing).unwrap();
    let Work::Ask(ask) = &plan.steps[0].work else { panic!() };
    assert_eq!(ask.instruction.as_deref(), Some("pause it"));
    assert_eq!(plan.steps[0].owner, Some("keeper".into()));
    let refusal = small("{ id: s, ask: { do: $nobody.hold } }").draft().unwrap_err();
    assert_eq!(refusal.standing(), Standing::Document, "{refusal}");
}

fn messages_go_to_channels_and_audiences() {
    let message = "{ id: m, message: { template: t, to: [customers, team, page, nowhere] } }, { id: n, message: { template: t, to: [nowhere] } }";
    let plan = small(message).pin(nothing).unwrap();
    let Work::Message { to, .. } = &plan.steps[0].work else { panic!() };
    let planned: Vec<_> = to.iter().map(|it| (it.id.as_str(), it.languages.join("+"))).collect();
    assert_eq!(planned, [("page", "en+de".to_owned()), ("log", "en".to_owned())]);
    assert_eq!(steps(&plan), ["m"]);
    assert!(left_out(&plan, "m").unwrap().contains("`nowhere`") && left_out(&plan, "n").is_some());
}

fn a_step_is_done_once_for_each() {
    let steps = r#"{ id: s, each: $zone.delegated_to, ask: { do: x, question: $each } }, { id: t, each: seedboxes, when: "seedbox.answers($each) is true", ask: { do: $each.rpc } }"#;
    let mut case = small(steps);
    case.estate.zones[0].delegated_to.push("b".into());
    case.say(FactKind::SeedboxAnswers, &["east"], Truth::False);
    case.say(FactKind::SeedboxAnswers, &["west"], Truth::True);
    let plan = case.pin(nothing).unwrap();
    assert_eq!(super::ground::steps(&plan), ["s.a", "s.b", "t.west"]);
    let Work::Ask(ask) = &plan.steps[2].work else { panic!() };
    assert_eq!(ask.instruction.as_deref(), Some("http://127.0.0.1:3/"));
    assert!(left_out(&plan, "t.east").is_some());
}

fn without_a_standby_a_person_is_asked_and_nothing_moves() {
    let mut case = Case::outage();
    case.estate.zones[0].standby_at.clear();
    let plan = case.pin(nothing).unwrap();
    let steps = super::ground::steps(&plan);
    assert!(steps.contains(&"help") && !steps.contains(&"move-delegation"), "{steps:?}");
    assert!(left_out(&plan, "stop-when").unwrap().contains("nothing stands for what"));
    assert!(left_out(&plan, "road").unwrap().contains("`$standby` stands for nothing"));
    assert!(plan.unknowns.iter().all(|it| !it.guard.to_string().contains("standby")));
    // What a rule says beside it holds as ever.
    let rule =
        ("account.suspended($failed) is true\"", "dns.authority.answers($standby) is not true\"");
    let mut beside = Case::outage();
    beside.runbook = Case::of(&super::ground::OUTAGE.replace(rule.0, rule.1)).runbook;
    beside.estate.zones[0].standby_at.clear();
    beside.say(FactKind::RegistryHold, &["z"], Truth::False);
    assert!(beside.pin(nothing).is_ok());
    beside.say(FactKind::RegistryHold, &["z"], Truth::True);
    assert!(matches!(beside.pin(nothing).unwrap_err(), Refusal::Stopped { .. }));
}

fn parameters_are_held_against_the_estate() {
    let mut case = Case::outage();
    case.params.insert("standby".to_owned(), "nobody".into());
    let refusal = case.draft().unwrap_err();
    assert!(matches!(&refusal, Refusal::NoSuch { fitting, .. } if fitting.len() == 3), "{refusal}");
    assert_eq!(refusal.standing(), Standing::Usage);
    case.params.remove("standby");
    case.params.insert("stanby".to_owned(), "b".into());
    assert!(matches!(case.draft().unwrap_err(), Refusal::NoParameter { .. }));
    case.params.remove("stanby");
    case.estate.zones[0].standby_at.push("inside".into());
    let refusal = case.draft().unwrap_err();
    assert!(refusal.hint().unwrap().contains("--set standby="), "{refusal}");
    case.params.insert("standby".to_owned(), "b".into());
    assert_eq!(case.pin(parent(&A, &[])).unwrap().params["standby"], "b");
}

fn an_optional_parameter_leaves_its_steps_out() {
    let steps = r#"{ id: s, ask: { do: $far } }, { id: t, check: { probe: [dns], require: "dns.authority.answers($far) is true" } }, { id: u, when: "dns.authority.answers($far) is true", ask: { do: x } }"#;
    let mut case = small(steps);
    case.say(FactKind::DnsAuthorityAnswers, &["b"], Truth::True);
    assert_eq!(super::ground::steps(&case.pin(nothing).unwrap()), ["s", "t", "u"]);
    case.estate.zones[0].standby_at.clear();
    let plan = case.pin(nothing).unwrap();
    assert!(plan.steps.is_empty() && plan.unknowns.is_empty());
    for step in ["s", "t", "u"] {
        assert!(left_out(&plan, step).unwrap().contains("`$far` stands for nothing"), "{step}");
    }
}
