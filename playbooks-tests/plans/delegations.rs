//! Delegations that are moved, restored, or typed by a person.

use libtest_mimic::Trial;
use lifeboat::model::{
    Expected, FactKind, Forecast, Found, LimitKind, Measure, Phase, RegistrarKind, Rrset, Span,
    Target, Truth, Undo, Unit, Value, Wanted, Work,
};
use lifeboat::plan::{Refusal, Standing};
use serde_json::json;

use super::ground::{Case, FAILBACK, OUTAGE, ROAD, changes, left_out, parent, steps};

pub fn trials() -> Vec<Trial> {
    trials![
        a_delegation_moves_with_one_request,
        what_stays_keeps_its_place,
        a_server_that_is_disabled_there_is_enabled_once,
        glue_is_written_for_servers_inside_the_zone_alone,
        glue_that_is_right_is_left_alone,
        a_delegation_that_is_moved_already_is_no_change,
        a_parent_that_says_something_else_is_drift,
        a_parent_that_cannot_be_read_is_named,
        a_delegation_goes_back_to_where_the_estate_intends_it,
        without_a_word_the_way_back_needs_whoever_answered_before,
        a_manual_registrar_is_a_person_and_a_look_at_the_parent,
        a_zone_without_a_registrar_is_refused,
        an_unmeasured_time_to_live_is_said_to_be,
        old_servers_that_may_answer_otherwise_lengthen_the_forecast,
        each_resolver_has_the_forecast_that_its_ways_give_it,
        what_a_resolver_holds_makes_its_forecast,
        a_denial_that_caches_may_hold_counts,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];

fn sets(value: &Value) -> &[Rrset] {
    match value {
        Value::Rrsets(sets) => sets,
        Value::Trackers(_) => panic!("{value:?}"),
    }
}

fn data(set: &Rrset) -> Vec<&str> {
    set.records.iter().map(|record| record.content.as_str()).collect()
}

fn a_delegation_moves_with_one_request() {
    let case = Case::outage();
    let plan = case.pin(parent(&A, &[])).unwrap();
    let [change] = changes(&plan)[..] else { panic!("{:?}", changes(&plan)) };
    let Target::Rrsets { service, zone, keys } = &change.target else { panic!() };
    assert_eq!((service.as_str(), zone.as_str(), keys.len()), ("reg", "test.", 1));
    assert_eq!((keys[0].name.as_str(), keys[0].kind.as_str()), ("zone.test.", "NS"));
    let (before, after) = (&sets(&change.before)[0], &sets(&change.after)[0]);
    assert_eq!(data(before), A);
    assert_eq!(data(after), ["ns1.b.test.", "ns2.b.test."]);
    assert_eq!((after.ttl, &after.comments), (300, &before.comments));
    assert_eq!((change.object.as_str(), change.settle), ("z", Span::from_secs(3)));
    let moved = plan.steps.iter().find(|step| step.id == "move-delegation").unwrap();
    let Work::Change(planned) = &moved.work else { panic!() };
    assert_eq!(planned.forecast.latest, Span::from_secs(300 + 10));
    assert_eq!(planned.verify.not_yet_until, Span::from_secs(310 + 20));
    let Expected::Delegation { zone, after, before } = &planned.verify.expected else { panic!() };
    assert_eq!(zone, "z");
    assert_eq!(
        (&after.servers[..], &after.providers[..]),
        (&["ns1.b.test.".to_owned(), "ns2.b.test.".to_owned()][..], &["b".into()][..])
    );
    assert_eq!((before.servers.len(), &before.providers[..]), (2, &["a".into()][..]));
    let Undo::Reverse { refuse_unless: Some(guard), .. } = &planned.undo else { panic!() };
    assert_eq!(guard.to_string(), "dns.authority.answers(a) is true");
    let approval = plan.approval.as_ref().unwrap();
    assert_eq!((approval.policy.as_str(), approval.people), ("delegation", 2));
    assert_eq!(plan.target, "z");
    let uses = &plan.requests["reg"];
    assert_eq!((uses.uses, uses.of), (6, Some(1200)));
    assert!(plan.facts.iter().any(|fact| fact.kind == FactKind::DnsDelegationTtl));
    assert!(left_out(&plan, "hold-writers").unwrap().contains("managed_by"));
}

fn what_stays_keeps_its_place() {
    let mut case = Case::outage();
    case.estate.zones[0].delegated_to.push("inside".into());
    case.say(FactKind::DnsDelegated, &["z", "inside"], Truth::True);
    let servers = ["ns2.test.", "NS1.A.test.", "ns1.zone.test.", "ns9.elsewhere.example."];
    let plan = case.pin(parent(&servers, &[])).unwrap();
    let after = &sets(&changes(&plan)[0].after)[0];
    let wanted =
        ["ns2.test.", "ns1.zone.test.", "ns9.elsewhere.example.", "ns1.b.test.", "ns2.b.test."];
    assert_eq!(data(after), wanted);
}

fn a_server_that_is_disabled_there_is_enabled_once() {
    let case = Case::outage();
    let found = |wanted: &Wanted| {
        let mut found = parent(&["ns1.a.test.", "ns1.b.test.", "ns2.a.test."], &[])(wanted);
        let Found::Value(Value::Rrsets(sets)) = &mut found else { panic!() };
        sets[0].records[1].disabled = true;
        found
    };
    let plan = case.pin(found).unwrap();
    let after = &sets(&changes(&plan)[0].after)[0];
    assert_eq!(data(after), ["ns1.b.test.", "ns2.b.test."]);
    assert!(after.records.iter().all(|record| !record.disabled));
}

pub fn to_inside(case: &mut Case) {
    case.estate.zones[0].standby_at = vec!["inside".into()];
    case.say(FactKind::DnsAuthorityAnswers, &["inside"], Truth::True);
    case.say(FactKind::ZoneParity, &["inside", "git"], Truth::True);
    case.say(FactKind::DnssecSafeToMove, &["z", "inside"], Truth::True);
    case.say(FactKind::ZoneOriginHidden, &["z", "inside"], Truth::True);
    case.say(FactKind::DnsDelegated, &["z", "inside"], Truth::False);
    case.rewrite(super::ground::OUTAGE, &[("records: [NS]", "records: [NS, A]")]);
}

fn glue_is_written_for_servers_inside_the_zone_alone() {
    let mut case = Case::outage();
    to_inside(&mut case);
    let plan = case.pin(parent(&A, &[])).unwrap();
    let [change] = changes(&plan)[..] else { panic!("one request for both") };
    let (before, after) = (sets(&change.before), sets(&change.after));
    assert_eq!(data(&after[0]), ["ns1.zone.test.", "ns2.test."]);
    assert_eq!((after.len(), after[1].key.name.as_str()), (2, "ns1.zone.test."));
    assert_eq!((data(&after[1]), after[1].ttl), (vec!["192.0.2.5"], 300));
    assert!(before[1].records.is_empty(), "an undo takes it away again");
}

fn glue_that_is_right_is_left_alone() {
    let mut case = Case::outage();
    to_inside(&mut case);
    let plan = case.pin(parent(&A, &[("ns1.zone.test.", "192.0.2.5")])).unwrap();
    assert_eq!(sets(&changes(&plan)[0].after).len(), 1);
    let plan = case.pin(parent(&A, &[("ns1.zone.test.", "192.0.2.99")])).unwrap();
    let change = changes(&plan)[0];
    assert_eq!(data(&sets(&change.before)[1]), ["192.0.2.99"]);
    assert_eq!(sets(&change.after)[1].comments, sets(&change.before)[1].comments);
}

fn a_delegation_that_is_moved_already_is_no_change() {
    let case = Case::outage();
    let plan = case.pin(parent(&["ns2.b.test.", "NS1.b.test."], &[])).unwrap();
    assert!(changes(&plan).is_empty() && plan.approval.is_none() && plan.requests.is_empty());
    assert!(left_out(&plan, "move-delegation").unwrap().contains("already"));
    assert!(steps(&plan).contains(&"say-what-we-did"));
    assert_eq!(plan.target, "a", "what the runbook is about");
}

fn a_parent_that_says_something_else_is_drift() {
    let case = Case::outage();
    for servers in [&["ns1.stranger.example."][..], &[]] {
        let refusal = case.pin(parent(servers, &[])).unwrap_err();
        assert!(matches!(refusal, Refusal::Drift { .. }), "{refusal}");
        assert_eq!(refusal.standing(), Standing::Refused);
    }
}

fn a_parent_that_cannot_be_read_is_named() {
    let case = Case::outage();
    let refusal = case.pin(|_| Found::Unreadable("it hangs".to_owned())).unwrap_err();
    let said = refusal.to_string();
    assert!(said.contains("`reg`") && said.contains("it hangs"), "{said}");
    let refusal = case.draft().unwrap().pin(Default::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::Unreadable { .. }), "{refusal}");
}

pub fn back() -> Case {
    let mut case = Case::of(FAILBACK);
    case.params.insert("zone".to_owned(), "z".into());
    for kind in [FactKind::DnsAuthorityAnswers, FactKind::DnsAuthorityTcp] {
        case.say(kind, &["a"], Truth::True);
        case.say(kind, &["b"], Truth::True);
    }
    case.say(FactKind::ZoneParity, &["a", "git"], Truth::True);
    case.say(FactKind::DnssecSafeToMove, &["z", "a"], Truth::True);
    case.say(FactKind::DnsDelegationAsIntended, &["z"], Truth::False);
    case
}

fn a_delegation_goes_back_to_where_the_estate_intends_it() {
    let mut case = back();
    let plan =
        case.pin(parent(&["ns1.b.test.", "ns2.b.test.", "ns1.stranger.example."], &[])).unwrap();
    assert_eq!(data(&sets(&changes(&plan)[0].after)[0]), A);
    case.estate.zones[0].delegated_to = vec!["a".into(), "b".into()];
    case.params.insert("failed".to_owned(), "a".into());
    let plan = case.pin(parent(&["ns2.b.test.", "ns1.b.test."], &[])).unwrap();
    let both = ["ns2.b.test.", "ns1.b.test.", "ns1.a.test.", "ns2.a.test."];
    assert_eq!(data(&sets(&changes(&plan)[0].after)[0]), both);
}

fn without_a_word_the_way_back_needs_whoever_answered_before() {
    let mut case = Case::outage();
    let said = ", refuse_unless: \"dns.authority.answers($failed) is true\"";
    case.rewrite(super::ground::OUTAGE, &[(said, "")]);
    case.forget(FactKind::DnsAuthorityAnswers);
    case.say(FactKind::DnsAuthorityAnswers, &["b"], Truth::True);
    let plan = case.pin(parent(&A, &[])).unwrap();
    let Work::Change(planned) =
        &plan.steps.iter().find(|step| step.id == "move-delegation").unwrap().work
    else {
        panic!()
    };
    let Undo::Reverse { refuse_unless: Some(guard), .. } = &planned.undo else { panic!() };
    assert_eq!(guard.to_string(), "dns.authority.answers(a) is true");
    let listed = plan.unknowns.iter().filter(|unknown| unknown.guard == *guard).count();
    assert_eq!(listed, 1, "nobody knows it now, so it is listed");
}

fn a_manual_registrar_is_a_person_and_a_look_at_the_parent() {
    let mut case = Case::outage();
    case.estate.registrars[0].kind = RegistrarKind::Manual;
    case.estate.registrars[0].locks = vec!["clientTransferProhibited".to_owned()];
    assert!(case.draft().unwrap().wants().is_empty());
    let plan = case.pin(parent(&A, &[])).unwrap();
    assert!(changes(&plan).is_empty() && plan.approval.is_none());
    let place = steps(&plan).iter().position(|id| *id == "move-delegation").unwrap();
    let Work::Ask(ask) = &plan.steps[place].work else { panic!() };
    let said = ask.instruction.as_deref().unwrap();
    for word in [
        "`reg`",
        "zone.test.",
        "`a`",
        "`b`",
        "ns1.b.test., ns2.b.test.",
        "clientTransferProhibited",
    ] {
        assert!(said.contains(word), "{said}");
    }
    assert_eq!(plan.steps[place + 1].id, "move-delegation.at-the-parent");
    let Work::Wait { until: Some(until), at_most } = &plan.steps[place + 1].work else { panic!() };
    assert_eq!(
        until.to_string(),
        "dns.delegated(z, b) is true and not (dns.delegated(z, a) is true)"
    );
    assert!(*at_most > Span::from_secs(3_600));
}

fn a_zone_without_a_registrar_is_refused() {
    let mut case = Case::outage();
    case.estate.zones[0].registrar = None;
    let refusal = case.draft().unwrap_err();
    assert!(refusal.to_string().contains("registrar"), "{refusal}");
    assert_eq!(refusal.standing(), Standing::Refused);
    case.phase = Phase::PostIncident;
    case.say(FactKind::IncidentResolved, &["small"], Truth::True);
    assert!(case.draft().is_ok(), "a phase that moves nothing needs no registrar");
}

fn an_unmeasured_time_to_live_is_said_to_be() {
    let mut case = Case::outage();
    case.forget(FactKind::DnsDelegationTtl);
    let plan = case.pin(parent(&A, &[])).unwrap();
    let Work::Change(planned) =
        &plan.steps.iter().find(|step| step.id == "move-delegation").unwrap().work
    else {
        panic!()
    };
    assert!(planned.forecast.because.contains("not measured"), "{}", planned.forecast.because);
    assert_eq!(planned.forecast.latest, Span::from_secs(172_800 + 10));
}

fn forecast(case: &Case) -> Forecast {
    let plan = case.pin(parent(&A, &[])).unwrap();
    let moved = plan.steps.iter().find(|step| step.id == "move-delegation").unwrap();
    let Work::Change(planned) = &moved.work else { panic!() };
    planned.forecast.clone()
}

/// The delegation lives for 300 s, the records for 60 s.
fn old_servers_that_may_answer_otherwise_lengthen_the_forecast() {
    use Truth::{False, True, Unknown};
    let failback = |answers, parity| {
        let mut case = Case::outage();
        case.rewrite(OUTAGE, &[(ROAD, "if: incident.declared\n")]);
        if parity == False {
            case.overrides.insert(LimitKind::NoParity, "the trial wants it so".to_owned());
        }
        case.say(FactKind::DnsAuthorityAnswers, &["a"], answers);
        case.say(FactKind::ZoneParity, &["b", "git"], parity);
        forecast(&case).latest.as_secs()
    };
    for parity in [True, False, Unknown] {
        assert_eq!(failback(False, parity), 310, "the dead differ in nothing: {parity:?}");
    }
    for answers in [True, Unknown] {
        assert_eq!(failback(answers, True), 310, "{answers:?}");
        assert_eq!(failback(answers, False), 370, "{answers:?}");
        assert_eq!(failback(answers, Unknown), 370, "{answers:?}");
    }
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[(ROAD, "if: incident.declared\n")]);
    case.say(FactKind::DnsAuthorityAnswers, &["a"], True);
    case.forget(FactKind::ZoneParity);
    assert_eq!(forecast(&case).latest.as_secs(), 370, "nobody said a word of it");
}

fn each_resolver_has_the_forecast_that_its_ways_give_it() {
    let mut case = Case::outage();
    let resolvers = json!([
        {"id": "plain", "address": "198.51.100.1"},
        {"id": "stale", "address": "198.51.100.2", "serve_stale": true},
        {"id": "slow", "address": "198.51.100.3", "dead_server_memory": "1m"},
    ]);
    case.estate.resolvers = serde_json::from_value(resolvers).unwrap();
    let whole = forecast(&case);
    let of = |id: &str| whole.resolvers.iter().find(|it| it.resolver == id);
    let latest = |id: &str| of(id).map(|it| it.latest.as_secs());
    assert_eq!([latest("plain"), latest("stale"), latest("slow")], [None, Some(310), Some(370)]);
    assert_eq!((whole.earliest.as_secs(), whole.latest.as_secs()), (0, 370));
    assert!(whole.because.contains("the last is `slow`"), "{}", whole.because);
    assert!(of("slow").unwrap().because.contains("found dead for 1m"));
    // Nothing lives as long as what is served once more after it has expired.
    for kind in [FactKind::DnsDelegationTtl, FactKind::DnsRecordTtl] {
        case.measure(kind, &["z"], Measure { value: 5.0, unit: Unit::Seconds, of: None });
    }
    case.estate.resolvers.truncate(2);
    let short = forecast(&case);
    let [stale] = &short.resolvers[..] else { panic!("{short:?}") };
    assert_eq!((stale.latest.as_secs(), short.latest.as_secs()), (40, 40));
}

fn what_a_resolver_holds_makes_its_forecast() {
    let mut case = Case::outage();
    let resolvers = json!([
        {"id": "early", "address": "198.51.100.1"},
        {"id": "late", "address": "198.51.100.2"},
        {"id": "slow", "address": "198.51.100.3", "dead_server_memory": "1m"},
    ]);
    case.estate.resolvers = serde_json::from_value(resolvers).unwrap();
    let left = |case: &mut Case, kind, resolver: &str, value| {
        case.measure(kind, &["z", resolver], Measure { value, unit: Unit::Seconds, of: None });
    };
    for (resolver, seconds) in [("early", 3.0), ("late", 23.0), ("slow", 23.0)] {
        left(&mut case, FactKind::DnsDelegationLeft, resolver, seconds);
    }
    let likely = |case: &Case| -> Vec<u64> {
        forecast(case).resolvers.iter().map(|it| it.likely.as_secs()).collect()
    };
    assert_eq!(likely(&case), [3, 23, 53]);
    assert_eq!(forecast(&case).likely.as_secs(), 23, "the middle one");
    left(&mut case, FactKind::DnsRecordLeft, "early", 150.0);
    assert_eq!(likely(&case), [150, 23, 53], "its records outlive the delegation");
    // Of whom it is not known, half of all that may be kept is likely; and then for all.
    case.forget(FactKind::DnsDelegationLeft);
    left(&mut case, FactKind::DnsDelegationLeft, "late", 23.0);
    let whole = forecast(&case);
    assert_eq!(whole.likely.as_secs(), 150);
    assert!(whole.resolvers.iter().all(|it| it.resolver != "early"), "{whole:?}");
}

fn a_denial_that_caches_may_hold_counts() {
    let latest = |resolves| {
        let mut case = Case::outage();
        let minimum = Measure { value: 900.0, unit: Unit::Seconds, of: None };
        case.measure(FactKind::DnsNegativeTtl, &["z"], minimum);
        case.say(FactKind::DnsNameResolves, &["res-a"], Truth::True);
        case.say(FactKind::DnsNameResolves, &["res-b"], resolves);
        forecast(&case).latest.as_secs()
    };
    assert_eq!(latest(Truth::True), 310);
    assert_eq!([latest(Truth::False), latest(Truth::Unknown)], [910, 910]);
}
