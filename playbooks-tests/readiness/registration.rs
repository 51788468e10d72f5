//! Domains at their registries: how long they last, whether they are locked, and where all name servers hang.

use libtest_mimic::Trial;
use lifeboat::diagnose::readiness::may_stop;
use lifeboat::model::{FactKind, Finding, Measure, Rule, Truth, Unit};
use serde_json::json;

use super::case::{Case, item};

pub fn trials() -> Vec<Trial> {
    trials![
        a_registration_that_ends_soon_is_told,
        a_domain_that_is_held_is_told_to_counsel,
        a_domain_without_a_lock_is_told,
        what_no_registry_says_is_not_known,
        name_servers_of_one_fate_are_told,
        d8_the_registry_is_a_need_of_the_tool_itself,
    ]
}

/// A zone that is registered for so many seconds, and locked or not.
fn registered(seconds: f64, locked: Truth) -> Case {
    let mut case = Case::sound();
    case.say(FactKind::RegistryExpires, "z", Truth::True);
    let last = case.facts.last_mut().unwrap();
    last.measure = Some(Measure { value: seconds, unit: Unit::Seconds, of: None });
    case.say(FactKind::RegistryLocked, "z", locked);
    case
}

const DAY: f64 = 86_400.0;

fn a_registration_that_ends_soon_is_told() {
    registered(60.0 * DAY, Truth::True).quiet_about(Rule::RegistrationLasts);
    for (seconds, words) in [
        (60.0 * DAY - 1.0, "59 days from now"),
        (1.5 * DAY, "1 day from now"),
        (60.0, "0 days from now"),
        (0.0, "and that has passed"),
        (-9.0 * DAY, "and that has passed"),
    ] {
        let finding =
            registered(seconds, Truth::True).warned_of(Rule::RegistrationLasts, Truth::False);
        assert!(finding.because.ends_with(words), "{}", finding.because);
        assert_eq!(finding.who, Some("first-on-call".into()));
    }
    assert!(!may_stop(Rule::RegistrationLasts) && !may_stop(Rule::ServersApart));
}

fn a_domain_that_is_held_is_told_to_counsel() {
    for kind in [FactKind::RegistryHold, FactKind::RegistryDeleting] {
        let mut case = registered(900.0 * DAY, Truth::True);
        case.say(kind, "z", Truth::False);
        case.quiet_about(Rule::RegistrationLasts);
        case.say(kind, "z", Truth::True);
        let finding = case.warned_of(Rule::RegistrationLasts, Truth::False);
        assert_eq!(finding.who, Some("lawyer".into()));
        assert!(finding.remedy.starts_with("change nothing"), "{}", finding.remedy);
    }
}

fn a_domain_without_a_lock_is_told() {
    registered(900.0 * DAY, Truth::True).quiet_about(Rule::RegistrationLocked);
    registered(900.0 * DAY, Truth::False).warned_of(Rule::RegistrationLocked, Truth::False);
    registered(900.0 * DAY, Truth::Unknown).warned_of(Rule::RegistrationLocked, Truth::Unknown);
}

fn what_no_registry_says_is_not_known() {
    let case = Case::sound();
    for rule in [Rule::RegistrationLasts, Rule::RegistrationLocked] {
        let finding = case.warned_of(rule, Truth::Unknown);
        assert!(finding.because.starts_with("not known: "), "{}", finding.because);
        assert!(finding.remedy.contains("rdap"), "{}", finding.remedy);
    }
}

/// The sound estate, delegated to both providers, the second one otherwise.
fn both(company: &str, at: &str, server: &str) -> Case {
    Case::sound().with(|it| {
        item(it, "zones", "z")["delegated_to"] = json!(["north", "south"]);
        item(it, "zones", "z")["standby_at"] = json!([]);
        let south = item(it, "dns_providers", "south");
        south["company"] = json!(company);
        south["nameservers"] = json!([{"name": server, "addresses": [at]}]);
    })
}

fn name_servers_of_one_fate_are_told() {
    both("South BV", "198.51.100.200", "ns1.south.test").quiet_about(Rule::ServersApart);
    let said = |case: Case| case.warned_of(Rule::ServersApart, Truth::False).because;
    let network = said(both("South BV", "198.51.100.100", "ns1.south.test"));
    assert_eq!(network, "all name servers of `z` stand in one network, AS65003");
    let company = said(both(" north inc", "198.51.100.200", "ns1.south.test"));
    assert_eq!(company, "all name servers of `z` are of one company, `north inc`");
    let domain = said(both("South BV", "198.51.100.200", "ns1.south.EXAMPLE."));
    assert_eq!(domain, "all name servers of `z` have names under `example`");
    let all = said(Case::sound());
    assert!(all.contains("are of one provider, `north`") && all.contains(", and "), "{all}");
    // What the table does not know, or nobody wrote, is not held against anybody.
    both("South BV", "100.64.0.1", "ns1.south.test").quiet_about(Rule::ServersApart);
    let mut blind = both("South BV", "198.51.100.100", "ns1.south.test");
    blind.table = None;
    blind.quiet_about(Rule::ServersApart);
    let unsaid = both("", "198.51.100.200", "ns1.south.test")
        .with(|it| item(it, "dns_providers", "south")["company"] = json!(null));
    unsaid.quiet_about(Rule::ServersApart);
}

fn d8_the_registry_is_a_need_of_the_tool_itself() {
    let case = Case::sound().with(|it| {
        item(it, "registrars", "registry")["rdap"] =
            json!({"url": "https://rdap.harbour.example/v1/", "ca": {"file": "private/nic.pem"}});
    });
    let report = case.blocked_by(&[]);
    let needs: Vec<_> = report.needs.iter().filter(|need| need.of == "registry").collect();
    let host = needs.iter().find(|need| need.what.contains("rdap.harbour.example")).unwrap();
    assert_eq!((host.there, host.declared), (Truth::Unknown, false));
    assert!(needs.iter().any(|need| need.what == "`private/nic.pem`"), "{needs:?}");
    let unpinned = |it: &&Finding| it.rule == Rule::EndpointPinned;
    let unpinned: Vec<_> = report.warnings.iter().filter(unpinned).collect();
    assert!(unpinned.iter().any(|it| it.because.contains("rdap.harbour.example")), "{unpinned:#?}");
    case.warned_of(Rule::OwnWayApart, Truth::False);
}
