//! Gates: what must hold of whoever comes into a delegation, and a hold that stops everything.

use libtest_mimic::Trial;
use lifeboat::model::{FactKind, LimitKind, OnUnknown, RegistrarKind, Truth, Work};
use lifeboat::plan::{Refusal, Standing};

use super::ground::{Case, FAILBACK, OUTAGE, ROAD, changes, parent};

pub fn trials() -> Vec<Trial> {
    trials![
        b8_a_hold_stops_everything_and_no_override_goes_past_it,
        b8_a_gate_is_about_those_who_come_alone,
        b8_one_vantage_that_knows_better_shuts_a_gate,
        b8_what_nobody_knows_is_listed_once_or_refused,
        what_is_not_known_to_be_safe_calls_for_help,
        b8_no_person_is_told_to_do_what_a_gate_forbids,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];

/// An outage whose runbook moves whatever is known of the standby.
fn bold() -> Case {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[(ROAD, "if: incident.declared\n")]);
    case.runbook.stop_when.clear();
    case
}

fn limits(case: &Case) -> Vec<LimitKind> {
    match case.pin(parent(&A, &[])) {
        Ok(_) => Vec::new(),
        Err(Refusal::Limit(breaches)) => breaches.iter().map(|breach| breach.limit).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn b8_a_hold_stops_everything_and_no_override_goes_past_it() {
    let mut case = bold();
    case.say(FactKind::RegistryHold, &["z"], Truth::True);
    for all in [false, true] {
        let reasons = LimitKind::ALL.iter().filter(|_| all);
        case.overrides = reasons.map(|limit| (*limit, "the trial says so".to_owned())).collect();
        let refusal = case.pin(parent(&A, &[])).unwrap_err();
        assert!(matches!(&refusal, Refusal::Held { zone, .. } if zone == "z"), "{refusal}");
        assert_eq!(refusal.standing(), Standing::Refused);
        let hint = refusal.hint().unwrap();
        assert!(hint.contains("call counsel") && !hint.contains("--override"), "{hint}");
    }
    case.overrides.clear();
    case.say(FactKind::RegistryHold, &["z"], Truth::False);
    assert_eq!(limits(&case), []);
}

fn b8_a_gate_is_about_those_who_come_alone() {
    let mut case = Case::of(FAILBACK);
    case.runbook.stop_when.clear();
    case.estate.zones[0].delegated_to = vec!["a".into(), "b".into()];
    for (name, id) in [("zone", "z"), ("failed", "a")] {
        case.params.insert(name.to_owned(), id.into());
    }
    for id in ["a", "b"] {
        case.say(FactKind::DnsAuthorityAnswers, &[id], Truth::True);
    }
    case.say(FactKind::DnsDelegationAsIntended, &["z"], Truth::False);
    case.say(FactKind::DnssecSafeToMove, &["z", "a"], Truth::True);
    case.say(FactKind::DnssecSafeToMove, &["z", "b"], Truth::False);
    let there = ["ns1.b.test.", "ns2.b.test."];
    assert_eq!(changes(&case.pin(parent(&there, &[])).unwrap()).len(), 1, "b is there already");
    // One server of two is there: the other one comes.
    let refusal = case.pin(parent(&there[..1], &[])).unwrap_err();
    assert!(refusal.to_string().contains("dnssec.safe-to-move(z, b)"), "{refusal}");
    case.say(FactKind::DnssecSafeToMove, &["z", "a"], Truth::False);
    let refusal = case.pin(parent(&there, &[])).unwrap_err();
    assert!(refusal.to_string().contains("dnssec.safe-to-move(z, a)"), "{refusal}");
}

fn b8_one_vantage_that_knows_better_shuts_a_gate() {
    for (kind, of, bad, limit) in [
        (FactKind::DnssecSafeToMove, &["z", "b"][..], Truth::False, LimitKind::UnsafeDnssec),
        (FactKind::DnsPathTcpFiltered, &["b"], Truth::True, LimitKind::TcpDead),
    ] {
        let mut case = bold();
        let mut other = case.clone_of(kind, of);
        (other.id, other.vantage) = ("f-far".into(), "far".into());
        other.truth = Truth::Unknown;
        case.facts.push(other.clone());
        assert_eq!(limits(&case), [], "what one does not know, another does");
        case.facts.pop();
        other.truth = bad;
        case.facts.push(other);
        assert_eq!(limits(&case), [limit]);
    }
}

fn b8_what_nobody_knows_is_listed_once_or_refused() {
    let mut case = bold();
    for kind in [FactKind::DnsPathTcpFiltered, FactKind::ZoneParity] {
        case.forget(kind);
    }
    let plan = case.pin(parent(&A, &[])).unwrap();
    for guard in [
        "registry.hold(z) is false",
        "dns.path.tcp-filtered(b) is false",
        "zone.parity(b, git) is true",
    ] {
        let mut listed = plan.unknowns.iter().filter(|it| it.guard.to_string() == guard);
        let one = listed.next().unwrap_or_else(|| panic!("{guard}: {:?}", plan.unknowns));
        assert_eq!((one.step.as_str(), one.on_unknown), ("move-delegation", OnUnknown::Proceed));
        assert_eq!(listed.count(), 0, "{guard}");
    }
    case.forget(FactKind::DnssecSafeToMove);
    assert_eq!(limits(&case), [LimitKind::UnsafeDnssec]);
    case.overrides.insert(LimitKind::UnsafeDnssec, "the signer is on the way".to_owned());
    let plan = case.pin(parent(&A, &[])).unwrap();
    let unknown = |text: &str| plan.unknowns.iter().any(|it| it.guard.to_string() == text);
    assert!(
        unknown("dnssec.safe-to-move(z, b) is true"),
        "what is gone past is listed all the same"
    );
}

/// The shipped runbook moves to nobody of whom it does not know what counts, and asks a person.
fn what_is_not_known_to_be_safe_calls_for_help() {
    for (kind, of, truths) in [
        (FactKind::DnssecSafeToMove, ["z", "b"], &[Truth::Unknown][..]),
        (FactKind::ZoneOriginHidden, ["z", "b"], &[Truth::Unknown]),
        (FactKind::ZoneParity, ["b", "git"], &[Truth::Unknown, Truth::False]),
    ] {
        for truth in truths {
            let mut case = Case::outage();
            case.say(kind, &of, *truth);
            let plan = case.pin(parent(&A, &[])).unwrap();
            assert!(changes(&plan).is_empty(), "{kind} {truth}");
            assert!(plan.steps.iter().any(|step| step.id == "help"), "{kind} {truth}");
        }
    }
    let mut case = Case::outage();
    case.say(FactKind::DnssecSafeToMove, &["z", "b"], Truth::False);
    assert_eq!(limits(&case), [LimitKind::UnsafeDnssec]);
    let mut case = Case::outage();
    case.say(FactKind::DnsPathTcpFiltered, &["b"], Truth::True);
    assert_eq!(limits(&case), [LimitKind::TcpDead]);
}

fn b8_no_person_is_told_to_do_what_a_gate_forbids() {
    let mut case = Case::outage();
    case.estate.registrars[0].kind = RegistrarKind::Manual;
    assert_eq!(limits(&case), []);
    case.say(FactKind::DnssecSafeToMove, &["z", "b"], Truth::False);
    assert_eq!(limits(&case), [LimitKind::UnsafeDnssec]);
    // What held when it was pinned is looked at once more before anything is typed.
    let again = |case: &Case| {
        let plan = case.pin(parent(&A, &[])).unwrap();
        let place = plan.steps.iter().position(|step| step.id == "move-delegation.gates").unwrap();
        assert_eq!(plan.steps[place + 1].id, "move-delegation");
        let Work::Check { require: Some(guard), .. } = &plan.steps[place].work else { panic!() };
        guard.to_string()
    };
    case.say(FactKind::DnssecSafeToMove, &["z", "b"], Truth::True);
    assert_eq!(
        again(&case),
        "registry.hold(z) is not true and dnssec.safe-to-move(z, b) is true \
         and dns.path.tcp-filtered(b) is not true and zone.parity(b, git) is not false"
    );
    case.say(FactKind::DnssecSafeToMove, &["z", "b"], Truth::False);
    case.overrides.insert(LimitKind::UnsafeDnssec, "the signer is on the way".to_owned());
    assert!(!again(&case).contains("safe-to-move"), "what is gone past is not asked again");
    case.runbook.stop_when.clear();
    case.say(FactKind::RegistryHold, &["z"], Truth::True);
    assert!(matches!(case.draft().unwrap_err(), Refusal::Held { .. }));
}
