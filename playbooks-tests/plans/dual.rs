//! A provider beside another: added, and taken out again while somebody is left.

use libtest_mimic::Trial;
use lifeboat::model::{
    Expected, FactKind, LimitKind, Plan, PlannedChange, RegistrarKind, Truth, Undo, Value, Work,
};
use lifeboat::plan::Refusal;

use super::ground::{Case, OUTAGE, changes, left_out, parent};

pub fn trials() -> Vec<Trial> {
    trials![
        a_provider_comes_beside_those_that_are_there,
        a_provider_that_is_there_already_is_no_change,
        a_provider_goes_and_the_rest_stays,
        the_last_that_is_known_to_answer_does_not_go,
        the_last_provider_does_not_go,
        nobody_is_told_to_take_the_last_one_out,
        whoever_types_it_is_told_who_comes_and_who_goes,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];
pub const BOTH: [&str; 4] = ["ns1.a.test.", "ns2.a.test.", "ns1.b.test.", "ns2.b.test."];

/// The outage, in which its one change is another.
fn case(action: &str, target: &str) -> Case {
    let mut case = Case::outage();
    case.rewrite(
        OUTAGE,
        &[
            ("action: dns.delegation.replace", &format!("action: {action}")),
            ("{ zone: $zone, remove: $failed, add: $standby }", target),
            ("want: only-standby", "want: delegated"),
            (", refuse_unless: \"dns.authority.answers($failed) is true\"", ""),
            (
                "if: \"dns.delegated($zone, $standby) is true\" }      #",
                "if: \"observer.healthy is false\" } #",
            ),
        ],
    );
    case
}

pub fn add() -> Case {
    case("dns.delegation.add", "{ zone: $zone, add: $standby }")
}

pub fn remove() -> Case {
    let mut case = case("dns.delegation.remove", "{ zone: $zone, remove: $failed }");
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::True);
    case
}

fn planned(plan: &Plan) -> &PlannedChange {
    let step = plan.steps.iter().find(|step| step.id == "move-delegation").unwrap();
    let Work::Change(planned) = &step.work else { panic!("{:?}", step.work) };
    planned
}

fn after(plan: &Plan) -> Vec<&str> {
    let [change] = changes(plan)[..] else { panic!("{:?}", changes(plan)) };
    let Value::Rrsets(sets) = &change.after else { panic!("{change:?}") };
    sets[0].records.iter().map(|record| record.content.as_str()).collect()
}

fn way_back(plan: &Plan) -> String {
    let Undo::Reverse { refuse_unless: Some(guard), .. } = &planned(plan).undo else { panic!() };
    guard.to_string()
}

fn a_provider_comes_beside_those_that_are_there() {
    let plan = add().pin(parent(&A, &[])).unwrap();
    assert_eq!(after(&plan), BOTH);
    let Expected::Delegation { after, before, .. } = &planned(&plan).verify.expected else {
        panic!()
    };
    assert_eq!((after.servers.len(), after.providers.len()), (4, 2));
    assert_eq!(before.providers, ["a"]);
    assert_eq!(way_back(&plan), "dns.authority.answers(a) is true");
    assert_eq!(planned(&plan).forecast.latest.as_secs(), 310, "nobody goes");
}

fn a_provider_that_is_there_already_is_no_change() {
    let plan = add().pin(parent(&BOTH, &[])).unwrap();
    assert!(changes(&plan).is_empty(), "{:?}", changes(&plan));
    assert!(left_out(&plan, "move-delegation").unwrap().contains("already"));
    let plan = remove().pin(parent(&["ns1.b.test."], &[])).unwrap();
    assert!(left_out(&plan, "move-delegation").unwrap().contains("already"));
}

fn a_provider_goes_and_the_rest_stays() {
    let strange = [&BOTH[..], &["ns9.elsewhere.example."]].concat();
    let plan = remove().pin(parent(&strange, &[])).unwrap();
    assert_eq!(after(&plan), ["ns1.b.test.", "ns2.b.test.", "ns9.elsewhere.example."]);
    let both = "dns.authority.answers(a) is true and dns.authority.answers(b) is true";
    assert_eq!(way_back(&plan), both);
    let mut alive = remove();
    alive.say(FactKind::DnsAuthorityAnswers, &["a"], Truth::True);
    let latest = |case: &Case| planned(&case.pin(parent(&BOTH, &[])).unwrap()).forecast.latest;
    assert_eq!(latest(&remove()).as_secs(), 310, "the dead give no old answer");
    assert_eq!(latest(&alive).as_secs(), 370, "the living may");
    alive.say(FactKind::ZoneParity, &["a", "git"], Truth::True);
    assert_eq!(latest(&alive).as_secs(), 310, "but for those that hold the same");
}

fn refused(case: &Case, servers: &[&str]) -> (Vec<LimitKind>, String) {
    let refusal = case.pin(parent(servers, &[])).unwrap_err();
    let Refusal::Limit(breaches) = &refusal else { panic!("{refusal}") };
    (breaches.iter().map(|breach| breach.limit).collect(), refusal.to_string())
}

/// Two of three are stopped, and the third is the one that shall go.
fn the_last_that_is_known_to_answer_does_not_go() {
    let mut case = remove();
    case.runbook.stop_when.clear();
    case.estate.zones[0].delegated_to = vec!["a".into(), "b".into(), "inside".into()];
    case.say(FactKind::DnsAuthorityAnswers, &["a"], Truth::True);
    let three = [&BOTH[..], &["ns1.zone.test."]].concat();
    for truth in [Truth::False, Truth::Unknown] {
        case.say(FactKind::DnsAuthorityAnswers, &["b"], truth);
        case.say(FactKind::DnsAuthorityAnswers, &["inside"], truth);
        let (limits, said) = refused(&case, &three);
        assert_eq!(limits, [LimitKind::LastServer], "{said}");
        assert!(said.contains("0 name servers") && said.contains("the limit is 1"), "{said}");
    }
    case.say(FactKind::DnsAuthorityAnswers, &["inside"], Truth::True);
    assert!(case.pin(parent(&three, &[])).is_ok(), "one is left that answers");
}

fn the_last_provider_does_not_go() {
    let (limits, said) = refused(&remove(), &A);
    assert_eq!(limits, [LimitKind::AllDeleted, LimitKind::LastServer], "{said}");
}

fn by_hand(mut case: Case) -> Case {
    case.estate.registrars[0].kind = RegistrarKind::Manual;
    case
}

fn nobody_is_told_to_take_the_last_one_out() {
    let mut case = by_hand(remove());
    case.runbook.stop_when.clear();
    assert!(case.pin(parent(&BOTH, &[])).is_ok());
    case.say(FactKind::DnsAuthorityAnswers, &["b"], Truth::Unknown);
    let (limits, said) = refused(&case, &BOTH);
    assert_eq!(limits, [LimitKind::LastServer], "{said}");
    case.say(FactKind::DnsAuthorityAnswers, &["b"], Truth::True);
    case.say(FactKind::DnsDelegated, &["z", "b"], Truth::False);
    let (limits, said) = refused(&case, &BOTH);
    assert_eq!(
        limits,
        [LimitKind::LastServer],
        "the parent does not know the one that answers: {said}"
    );
}

fn whoever_types_it_is_told_who_comes_and_who_goes() {
    let told = |case: Case| {
        let plan = by_hand(case).pin(parent(&BOTH, &[])).unwrap();
        let place = plan.steps.iter().position(|step| step.id == "move-delegation").unwrap();
        let (Work::Ask(ask), Work::Wait { until: Some(until), .. }) =
            (&plan.steps[place].work, &plan.steps[place + 1].work)
        else {
            panic!("{:?}", plan.steps)
        };
        (ask.instruction.clone().unwrap(), until.to_string())
    };
    let (said, until) = told(add());
    assert!(said.contains("put in those of `b` beside") && said.contains("ns1.b.test."), "{said}");
    assert_eq!(until, "dns.delegated(z, b) is true");
    let (said, until) = told(remove());
    assert!(said.contains("take out those of `a`") && !said.contains("ns1.b.test."), "{said}");
    assert_eq!(until, "not (dns.delegated(z, a) is true)");
}
