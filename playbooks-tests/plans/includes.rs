//! Included runbooks: spliced in under their own rules, their digests recorded.

use libtest_mimic::Trial;
use lifeboat::model::{FactKind, Phase, Truth, Work};
use lifeboat::plan::Refusal;

use super::ground::{Case, FAILBACK, changes, mark, parent, runbook, steps};

pub fn trials() -> Vec<Trial> {
    trials![
        an_included_runbook_is_spliced_in,
        an_included_runbook_keeps_its_stop_rules,
        an_included_runbook_that_is_missing_or_goes_round_is_refused,
    ]
}

const B: [&str; 2] = ["ns1.b.test.", "ns2.b.test."];

/// The recovery of the provider's outage: it is back, and the delegation still leads to the standby.
fn recovery() -> Case {
    let mut case = Case::outage();
    case.phase = Phase::Recovery;
    let failback = runbook(FAILBACK);
    case.includes.push((failback.clone(), mark(&failback.id)));
    case.taken.insert("road".into(), "switch".into());
    case.say(FactKind::ImmediateDone, &["small"], Truth::True);
    case.say(FactKind::DnsAuthorityAnswers, &["a"], Truth::True);
    case.say(FactKind::DnsDelegationAsIntended, &["z"], Truth::False);
    case.say(FactKind::ZoneParity, &["a", "git"], Truth::True);
    case.say(FactKind::DnssecSafeToMove, &["z", "a"], Truth::True);
    case
}

fn an_included_runbook_is_spliced_in() {
    let case = recovery();
    let plan = case.pin(parent(&B, &[])).unwrap();
    let all = steps(&plan);
    let place = |id: &str| all.iter().position(|step| *step == id).unwrap();
    assert!(place("steady") < place("dns-failback/look"));
    assert!(place("dns-failback/return-delegation") < place("say-it-is-over"));
    assert_eq!(plan.includes, [mark(&"dns-failback".into())]);
    assert_eq!(changes(&plan).len(), 1);
    let steady = plan.steps.iter().find(|step| step.id == "dns-failback/steady").unwrap();
    let Work::Wait { until: Some(until), .. } = &steady.work else { panic!() };
    assert_eq!(until.to_string(), "age(dns.authority.answers(a) is true) >= 2h");
    assert_eq!(plan.runbook.id, "dns-provider-outage");
}

fn an_included_runbook_keeps_its_stop_rules() {
    let mut case = recovery();
    case.say(FactKind::DnsAuthorityAnswers, &["a"], Truth::False);
    let refusal = case.draft().unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Stopped { runbook, .. } if runbook == "dns-failback"),
        "{refusal}"
    );
    case.say(FactKind::DnsDelegationAsIntended, &["z"], Truth::True);
    let plan = case.pin(parent(&B, &[])).unwrap();
    assert!(plan.includes.is_empty(), "a step that is left out includes nothing");
}

fn an_included_runbook_that_is_missing_or_goes_round_is_refused() {
    let mut case = recovery();
    let failback = case.includes.remove(0);
    let refusal = case.draft().unwrap_err();
    assert!(refusal.to_string().contains("no runbook `dns-failback`"), "{refusal}");
    let mut round = failback.0;
    let including = case.runbook.phases.recovery.steps.iter().find(|step| step.id == "failback");
    round.phases.immediate.steps.push(including.unwrap().clone());
    case.includes.push((round, failback.1));
    let refusal = case.draft().unwrap_err();
    assert!(refusal.to_string().contains("included twice"), "{refusal}");
}
