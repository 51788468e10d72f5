//! Limits: each one refuses, and what nobody knows does not count as good.

use libtest_mimic::Trial;
use lifeboat::model::{
    FactKind, Found, LimitKind, Measure, RegistrarKind, Severity, Truth, Wanted,
};
use lifeboat::plan::{Refusal, Standing};

use super::ground::{Case, OUTAGE, TRACKER, changes, parent, torrent};

pub fn trials() -> Vec<Trial> {
    trials![
        too_many_zones_are_refused,
        a_record_type_beyond_the_limit_is_refused,
        servers_that_are_not_known_to_answer_do_not_count,
        single_servers_are_counted_where_they_are_known,
        too_many_torrents_are_refused,
        a_list_needs_a_tracker_that_answers,
        an_origin_that_would_become_public_is_refused,
        the_root_is_never_touched,
        a_blind_observer_changes_nothing,
        an_unknown_policy_is_named,
        an_incident_that_is_too_light_is_refused,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];

fn refused(case: &Case, words: &[&str]) {
    let refusal = case.pin(parent(&A, &[])).unwrap_err();
    let said = refusal.to_string();
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
    assert_eq!(refusal.standing(), Standing::Refused, "{said}");
}

fn too_many_zones_are_refused() {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[("zones: 1", "zones: 0")]);
    refused(&case, &["1 zone;", "the limit is 0"]);
}

fn a_record_type_beyond_the_limit_is_refused() {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[("records: [NS]", "records: [A, AAAA]")]);
    refused(&case, &["NS records", "A, AAAA"]);
}

fn servers_that_are_not_known_to_answer_do_not_count() {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[("keep_healthy_servers: 1", "keep_healthy_servers: 2")]);
    assert!(case.pin(parent(&A, &[])).is_ok());
    case.measure(FactKind::DnsAuthorityAnswers, &["b"], Measure::part(1.0, 2.0));
    refused(&case, &["1 name server that is", "the limit is 2"]);
    case.say(FactKind::DnsAuthorityAnswers, &["b"], Truth::Unknown);
    let stop = [(
        "  - { if: \"dns.authority.answers($standby) is not true\", say: \"The standby does not answer, or we cannot tell. Do not move.\" }\n",
        "",
    )];
    case.rewrite(OUTAGE, &stop);
    refused(&case, &["0 name servers", "the limit is 1"]);
}

fn single_servers_are_counted_where_they_are_known() {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[("keep_healthy_servers: 1", "keep_healthy_servers: 2")]);
    case.say(FactKind::DnsServerAnswers, &["b/ns1.b.test.@192.0.2.3:53"], Truth::True);
    case.say(FactKind::DnsServerAnswers, &["b/ns1.b.test.@[2001:db8::3]:53"], Truth::True);
    case.say(FactKind::DnsServerAnswers, &["b/ns2.b.test.@192.0.2.4:53"], Truth::Unknown);
    refused(&case, &["1 name server that is"]);
    case.say(FactKind::DnsServerAnswers, &["b/ns2.b.test.@192.0.2.4:53"], Truth::True);
    assert!(case.pin(parent(&A, &[])).is_ok());
}

const ONE: &str = "udp://one.test:6969/announce";

fn fleet(_: &Wanted) -> Found {
    Found::Torrents(vec![torrent('a', false, &[&[ONE]]), torrent('b', false, &[&[ONE]])])
}

fn too_many_torrents_are_refused() {
    let mut case = Case::loss();
    case.rewrite(TRACKER, &[("torrents: 5000", "torrents: 4")]);
    assert_eq!(changes(&case.pin(fleet).unwrap()).len(), 4);
    case.rewrite(TRACKER, &[("torrents: 5000", "torrents: 3")]);
    let said = case.pin(fleet).unwrap_err().to_string();
    assert!(said.contains("4 torrents") && said.contains("the limit is 3"), "{said}");
}

fn a_list_needs_a_tracker_that_answers() {
    let mut case = Case::loss();
    case.runbook.stop_when.clear();
    for truth in [Truth::False, Truth::Unknown] {
        case.say(FactKind::TrackerAnswers, &["two"], truth);
        let said = case.pin(fleet).unwrap_err().to_string();
        assert!(said.contains("0 trackers of a torrent"), "{said}");
    }
}

fn an_origin_that_would_become_public_is_refused() {
    let mut case = Case::outage();
    case.estate.zones[0].hide_origin = vec!["www".to_owned()];
    assert!(case.pin(parent(&A, &[])).is_ok());
    case.say(FactKind::ZoneOriginHidden, &["z", "b"], Truth::False);
    refused(&case, &["`zone.origin-hidden(z, b)` is false", "the trial says so"]);
    for step in &mut case.runbook.phases.immediate.steps {
        if let Some(change) = &mut step.change {
            change.limit.exposes_origin = None;
        }
    }
    refused(&case, &["`zone.origin-hidden(z, b)` is false"]);
    case.estate.zones[0].hide_origin.clear();
    assert!(case.pin(parent(&A, &[])).is_ok(), "nothing is hidden there");
}

fn the_root_is_never_touched() {
    let mut case = Case::outage();
    case.estate.zones[0].name = ".".to_owned();
    case.estate.registrars[0].parent_zone = Some(".".to_owned());
    let refusal = case.pin(parent(&A, &[])).unwrap_err();
    let Refusal::Limit(breaches) = &refusal else { panic!("{refusal}") };
    assert!(breaches.iter().any(|breach| breach.limit == LimitKind::RootNs), "{refusal}");
    case.estate.registrars[0].kind = RegistrarKind::Manual;
    let refusal = case.draft().unwrap_err();
    assert!(matches!(refusal, Refusal::NotAvailable { .. }), "no person is told to: {refusal}");
    let mut case = Case::outage();
    case.estate.registrars[0].parent_zone = Some("other.test.".to_owned());
    assert!(case.draft().unwrap_err().to_string().contains("no delegation of `other.test.`"));
}

fn a_blind_observer_changes_nothing() {
    let mut case = Case::outage();
    case.runbook.stop_when.clear();
    case.say(FactKind::ObserverHealthy, &["small"], Truth::False);
    let refusal = case.pin(parent(&A, &[])).unwrap_err();
    assert_eq!((&refusal, refusal.standing()), (&Refusal::ObserverFault, Standing::Refused));
    let moved = ["ns1.b.test.", "ns2.b.test."];
    assert!(case.pin(parent(&moved, &[])).is_ok(), "a plan that changes nothing needs no eyes");
}

fn an_unknown_policy_is_named() {
    let mut case = Case::outage();
    case.estate.approvals.remove("delegation");
    let refusal = case.draft().unwrap_err();
    assert!(
        matches!(&refusal, Refusal::NoPolicy { policy, .. } if policy == "delegation"),
        "{refusal}"
    );
}

fn an_incident_that_is_too_light_is_refused() {
    let mut case = Case::outage();
    case.severity = Severity::Minor;
    let refusal = case.pin(parent(&A, &[])).unwrap_err();
    let (said, hint) = (refusal.to_string(), refusal.hint().unwrap());
    assert!(said.contains("major") && said.contains("minor"), "{said}");
    assert!(hint.contains("lifeboat declare") && hint.contains("--severity major"), "{hint}");
    assert_eq!(refusal.standing(), Standing::Refused);
    for severity in [Severity::Major, Severity::Critical] {
        case.severity = severity;
        assert!(case.pin(parent(&A, &[])).is_ok(), "{severity:?}");
    }
}
