//! Each runbook fires on its own failure and on no other; several at once; and when nobody can tell.

use super::judged::{causes, judged};
use super::world::{Mode, World};
use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::model::{
    Advice, Ending, FactKind, Id, Inconclusive, Observation, ProbeKind, Since, Truth, Verdict,
};
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    trials![
        a_healthy_estate_is_healthy,
        a_dead_provider_is_named_with_its_mechanism,
        delegated_to_both_the_advice_is_to_wait,
        a_lame_provider_calls_for_a_call,
        a_dead_resolver_is_named_and_nobody_else,
        resolvers_are_not_blamed_for_a_dead_authority,
        a_dead_tracker_is_named_and_its_backup_is_the_advice,
        a_dead_backup_changes_the_advice,
        a_failing_tracker_is_named,
        a_dark_carrier_is_named_alone,
        a_dark_carrier_explains_what_stands_in_it,
        a_dark_carrier_explains_the_one_thing_that_stands_in_it,
        a_prefix_without_a_route_from_here_is_withdrawn_all_the_same,
        a_machine_without_any_path_blames_nobody,
        a_carrier_that_answers_is_not_dark,
        every_carrier_at_once_is_nobodys_fault_yet,
        a_withdrawn_prefix_explains_what_stands_in_it,
        a_transit_that_forwards_nothing_blames_nobody,
        one_silent_tracker_in_an_announced_prefix_is_not_known_to_be_dead,
        a_cut_observer_blames_nobody,
        dead_control_targets_alone_change_nothing,
        without_ipv6_the_estate_is_healthy_all_the_same,
        a_moved_delegation_is_a_fault_to_be_turned_back,
        two_causes_stay_two,
        a_part_of_a_provider_is_neither_fault_nor_health,
        a_stale_view_of_routes_is_not_health,
        since_is_the_earliest_support,
        a_new_failure_mode_is_a_document,
    ]
}

const SILENT: Mode = Mode::Silent;
const REFUSED: Mode = Mode::Refused;
const A: [&str; 2] = ["192.0.2.1", "192.0.2.2"];
const PREFIX: [&str; 3] = ["198.18.0.10", "198.18.0.11", "198.18.0.30"];

fn a_healthy_estate_is_healthy() {
    let found = judged(World::new()).is(Verdict::Healthy, &[]);
    assert_eq!(found.diagnosis.advice, None);
    assert!(found.diagnosis.unknown.is_empty() && found.diagnosis.next_probes.is_empty());
}

fn a_dead_provider_is_named_with_its_mechanism() {
    for (mode, mechanism) in [(SILENT, "hung"), (REFUSED, "refused")] {
        let wanted = format!("dns-provider-outage/prov-a/{mechanism} act");
        let found = judged(World::new().with(mode, &A)).is(Verdict::Fault, &[&wanted]);
        let cause = &found.diagnosis.causes[0];
        let support = found.fact(FactKind::DnsAuthorityAnswers, "prov-a");
        assert_eq!(cause.supporting, std::slice::from_ref(&support.id));
        for (kind, subject) in
            [(FactKind::ResolverAnswersRight, "z-main"), (FactKind::DnsNameResolves, "res-b")]
        {
            assert!(cause.explains.contains(&found.fact(kind, subject).id), "{kind} {subject}");
        }
        assert!(cause.missing.contains(&found.fact(FactKind::RegistryHold, "z-main").id));
        assert_eq!((cause.probability, cause.runbook.as_str()), (None, "dns-provider-outage"));
    }
}

fn delegated_to_both_the_advice_is_to_wait() {
    let both = |world: &mut World| {
        world.delegated = vec!["prov-a".into(), "prov-b".into()];
        world.estate["zones"][0]["delegated_to"] = json!(["prov-a", "prov-b"]);
        world.estate["zones"][0]["standby_at"] = json!([]);
    };
    let found = judged(World::new().but(both).with(SILENT, &A));
    let found = found.is(Verdict::Fault, &["dns-provider-outage/prov-a/hung wait"]);
    assert_eq!(found.diagnosis.advice, Some(Advice::Wait));
}

fn a_lame_provider_calls_for_a_call() {
    judged(World::new().with(Mode::Odd, &A))
        .is(Verdict::Fault, &["dns-provider-outage/prov-a/lame call"]);
}

fn a_dead_resolver_is_named_and_nobody_else() {
    for (mode, mechanism) in [(SILENT, "hung"), (REFUSED, "refused")] {
        let wanted = format!("resolver-outage/res-a/{mechanism} wait");
        let found =
            judged(World::new().with(mode, &["198.51.100.153"])).is(Verdict::Fault, &[&wanted]);
        let right = found.fact(FactKind::ResolverAnswersRight, "z-main");
        assert!(found.diagnosis.causes[0].explains.contains(&right.id));
        assert_eq!(
            right.measure.map(|measure| (measure.value, measure.of)),
            Some((2.0, Some(4.0)))
        );
    }
}

fn resolvers_are_not_blamed_for_a_dead_authority() {
    // Resolvers that time out on our names because the authority does, and no control to tell them apart by.
    let mut world = World::new().with(SILENT, &A).with(SILENT, &["198.51.100.153", "192.88.99.1"]);
    world.estate["controls"] =
        json!([{"id": "ctl-tcp", "kind": "tcp", "address": "192.88.99.2:443"}]);
    let found = judged(world).is(Verdict::Fault, &["dns-provider-outage/prov-a/hung act"]);
    assert_eq!(found.truth(FactKind::DnsResolverAnswers, "res-a"), Truth::Unknown);
}

fn a_dead_tracker_is_named_and_its_backup_is_the_advice() {
    judged(World::new().with(REFUSED, &["198.18.0.10"]))
        .is(Verdict::Fault, &["tracker-loss/t-one/refused act"]);
    judged(World::new().with(SILENT, &["198.18.0.10"]))
        .is(Verdict::Fault, &["tracker-loss/t-one/hung act"]);
}

fn a_dead_backup_changes_the_advice() {
    let world = World::new().with(REFUSED, &["198.18.0.10", "203.0.113.7"]);
    judged(world).is(
        Verdict::Fault,
        &["tracker-loss/t-backup/refused act", "tracker-loss/t-one/refused call"],
    );
}

fn a_failing_tracker_is_named() {
    judged(World::new().with(Mode::Odd, &["198.51.100.20"]))
        .is(Verdict::Fault, &["tracker-loss/t-far/fails act"]);
}

fn no_verizon(world: &mut World) {
    world.peers.remove(&701);
}

/// Provider A and one tracker stand inside the carrier's network.
fn inside_the_carrier(world: &mut World) {
    let text = world.estate.to_string();
    let text = text.replace("192.0.2.1:", "100.64.0.1:").replace("192.0.2.2:", "100.64.0.2:");
    world.estate = serde_json::from_str(&text.replace("198.51.100.20", "100.64.0.20")).unwrap();
}

const IN_CARRIER: [&str; 3] = ["100.64.0.1", "100.64.0.2", "100.64.0.20"];

fn a_dark_carrier_is_named_alone() {
    judged(World::new().but(no_verizon))
        .is(Verdict::Fault, &["carrier-outage/verizon/users-gone wait"]);
}

fn a_dark_carrier_explains_what_stands_in_it() {
    let world = World::new().but(inside_the_carrier).but(no_verizon).with(SILENT, &IN_CARRIER);
    let world = world.but(|world| world.peer_sources = (3, 4));
    let found = judged(world).is(Verdict::Fault, &["carrier-outage/verizon/silent act"]);
    let explains = &found.diagnosis.causes[0].explains;
    for (kind, subject) in [
        (FactKind::DnsAuthorityAnswers, "prov-a"),
        (FactKind::TrackerAnswers, "t-far"),
        (FactKind::ResolverAnswersRight, "z-main"),
        (FactKind::NetworkAnswers, "verizon"),
    ] {
        assert!(explains.contains(&found.fact(kind, subject).id), "{kind} {subject}");
    }
    assert_eq!(found.truth(FactKind::BgpSeen, "p-own"), Truth::True);
}

fn a_dark_carrier_explains_the_one_thing_that_stands_in_it() {
    let only = |world: &mut World| {
        let text = world.estate.to_string();
        world.estate = serde_json::from_str(&text.replace("198.51.100.20", "100.64.0.20")).unwrap();
    };
    let world = World::new().but(only).with(SILENT, &IN_CARRIER[2..]);
    judged(world.clone()).is(Verdict::Fault, &["tracker-loss/t-far/hung act"]);
    judged(world.clone().but(no_verizon))
        .is(Verdict::Fault, &["carrier-outage/verizon/silent act"]);
    // While nobody knows whether the carrier is dark, the tracker in it is not blamed.
    let uncounted = |world: &mut World| world.peer_sources = (0, 4);
    judged(world.but(uncounted)).is(Verdict::Undetermined, &[]);
}

/// What a machine says that has no route to these hosts.
fn without_route(world: World, hosts: &[&str]) -> super::judged::Judged {
    let hosts: Vec<std::net::IpAddr> = hosts.iter().map(|host| host.parse().unwrap()).collect();
    let mut evidence = world.evidence();
    let no_path = || Ending::Inconclusive(Inconclusive::NoPath);
    for evidence in &mut evidence {
        match &mut evidence.observation {
            Observation::Tracker(asked) if hosts.contains(&asked.endpoint.unwrap().ip()) => {
                (asked.ending, asked.unconnected) = (no_path_of_a_tracker(), None);
            }
            Observation::Seedbox(asked) if hosts.contains(&asked.endpoint.unwrap().ip()) => {
                asked.ending = Ending::Inconclusive(Inconclusive::NoPath);
            }
            Observation::Dns(asked) if hosts.contains(&asked.server.ip()) => {
                asked.ending = no_path()
            }
            _ => {}
        }
    }
    super::judged::with_evidence(world, &evidence)
}

fn no_path_of_a_tracker() -> Ending<lifeboat::model::TrackerAnswer> {
    Ending::Inconclusive(Inconclusive::NoPath)
}

fn a_prefix_without_a_route_from_here_is_withdrawn_all_the_same() {
    let gone = World::new().but(|world| world.announcing = Some(Vec::new()));
    let found = without_route(gone, &PREFIX);
    let found = found.is(Verdict::Fault, &["prefix-withdrawal/p-own/withdrawn call"]);
    assert_eq!(found.truth(FactKind::TrackerAnswers, "t-one"), Truth::Unknown);
    assert_eq!(found.truth(FactKind::NetworkAnswers, "p-own"), Truth::False);
    // A hole in this machine's own routes is neither a fault of theirs nor health.
    let hole = without_route(World::new(), &["198.51.100.20"]);
    hole.is(Verdict::Undetermined, &[]);
}

fn a_machine_without_any_path_blames_nobody() {
    let world = World::new();
    let mut evidence = world.evidence();
    evidence.retain(|evidence| matches!(evidence.observation, Observation::Vantage(_)));
    if let Observation::Vantage(look) = &mut evidence[0].observation {
        (look.ipv4, look.ipv6) = (false, false);
    }
    super::judged::with_evidence(world, &evidence)
        .is(Verdict::ObserverFault, &["observer-fault/the-estate/cut-off wait"]);
}

fn a_carrier_that_answers_is_not_dark() {
    // The provider in it is dead, the tracker beside it lives, and users are there.
    let world = World::new().but(inside_the_carrier).with(SILENT, &IN_CARRIER[..2]);
    judged(world).is(Verdict::Fault, &["dns-provider-outage/prov-a/hung act"]);
    // Users gone, but a host in it answers: nobody can tell.
    judged(World::new().but(inside_the_carrier).but(no_verizon)).is(Verdict::Undetermined, &[]);
}

fn every_carrier_at_once_is_nobodys_fault_yet() {
    let found =
        judged(World::new().but(|world| world.peers.clear())).is(Verdict::Undetermined, &[]);
    assert_eq!(found.diagnosis.advice, Some(Advice::Wait));
    assert!(found.diagnosis.next_probes.iter().any(|next| next.probe == ProbeKind::Peers));
}

fn a_withdrawn_prefix_explains_what_stands_in_it() {
    let world = World::new().with(SILENT, &PREFIX).but(|world| world.announcing = Some(Vec::new()));
    let found = judged(world).is(Verdict::Fault, &["prefix-withdrawal/p-own/withdrawn call"]);
    let explains = &found.diagnosis.causes[0].explains;
    for subject in ["t-one", "t-two"] {
        assert!(explains.contains(&found.fact(FactKind::TrackerAnswers, subject).id), "{subject}");
    }
    assert!(explains.contains(&found.fact(FactKind::UpstreamCarries, "u-transit").id));
}

fn a_transit_that_forwards_nothing_blames_nobody() {
    let found = judged(World::new().with(SILENT, &PREFIX)).is(Verdict::Undetermined, &[]);
    assert_eq!(found.truth(FactKind::UpstreamCarries, "u-transit"), Truth::False);
    assert_eq!(found.truth(FactKind::BgpSeen, "p-own"), Truth::True);
    assert!(!found.diagnosis.next_probes.is_empty());
    // Nor without any view of routes: things that share a block do not break one by one.
    let blind = |world: &mut World| world.estate["collectors"] = json!([]);
    judged(World::new().but(blind).with(SILENT, &PREFIX)).is(Verdict::Undetermined, &[]);
}

fn one_silent_tracker_in_an_announced_prefix_is_not_known_to_be_dead() {
    let alone = |world: &mut World| {
        world.estate["seedboxes"] = json!([]);
        world.estate["trackers"].as_array_mut().unwrap().remove(1);
    };
    judged(World::new().but(alone).with(SILENT, &PREFIX[..1])).is(Verdict::Undetermined, &[]);
    judged(World::new().but(alone).with(REFUSED, &PREFIX[..1]))
        .is(Verdict::Fault, &["tracker-loss/t-one/refused act"]);
}

fn a_cut_observer_blames_nobody() {
    for mode in [SILENT, REFUSED] {
        let found = judged(World::new().all(mode).but(|world| world.peer_sources = (0, 4)));
        let found = found.is(Verdict::ObserverFault, &["observer-fault/the-estate/cut-off wait"]);
        for kind in
            [FactKind::TrackerAnswers, FactKind::DnsAuthorityAnswers, FactKind::SeedboxAnswers]
        {
            let mut about = found.facts.iter().filter(|fact| fact.kind == kind);
            assert!(about.all(|fact| fact.truth == Truth::Unknown), "{kind}");
        }
    }
    // Without the runbook the verdict is the same, and without a control nobody can tell.
    let bare = judged(World::new().all(SILENT));
    let verdict = bare.with_runbooks(&[]);
    assert_eq!((verdict.verdict, verdict.causes.len()), (Verdict::ObserverFault, 0));
    let without = World::new().but(|world| world.estate["controls"] = json!([])).all(SILENT);
    judged(without).is(Verdict::Undetermined, &[]);
}

fn dead_control_targets_alone_change_nothing() {
    let controls = ["192.88.99.1", "192.88.99.2"];
    let found = judged(World::new().with(SILENT, &controls)).is(Verdict::Healthy, &[]);
    assert_eq!(found.truth(FactKind::DnsControlAnswers, "the-estate"), Truth::False);
    // A provider that dies meanwhile is still found, by those that answer.
    judged(World::new().with(SILENT, &controls).with(SILENT, &A))
        .is(Verdict::Fault, &["dns-provider-outage/prov-a/hung act"]);
}

fn six(world: &mut World) {
    world.estate["trackers"][0]["addresses"] =
        json!(["198.18.0.10:6969", "[2001:db8:10::10]:6969"]);
    world.estate["dns_providers"][0]["nameservers"][0]["addresses"] =
        json!(["192.0.2.1:5302", "[2001:db8:1::1]:5302"]);
    let only = json!({"id": "t-six", "addresses": ["[2001:db8:10::66]:6969"], "urls": ["udp://t-six.seeds.example:6969/announce"]});
    world.estate["trackers"].as_array_mut().unwrap().push(only);
}

fn without_ipv6_the_estate_is_healthy_all_the_same() {
    let found = judged(World::new().but(six)).is(Verdict::Healthy, &[]);
    for (kind, subject) in [
        (FactKind::ObserverIpv6, "the-estate"),
        (FactKind::TrackerAnswers, "t-six"),
        (FactKind::DnsServerAnswers, "prov-a/ns1.prov-a.example@[2001:db8:1::1]:5302"),
    ] {
        assert_eq!(found.truth(kind, subject), Truth::Unknown, "{kind}");
    }
    let odd = found.facts.iter().find(|fact| {
        !(fact.truth != Truth::False
            || fact.kind.name().ends_with("-out")
            || fact.kind.name().ends_with("refuses")
            || fact.kind.name().starts_with("dns.records.")
            || fact.kind.name().starts_with("dns.path.")
            || fact.kind.name().starts_with("dns.answer.")
            || fact.kind.name().starts_with("dns.resolver.")
            || fact.kind == FactKind::DnsDelegationLame
            || fact.kind == FactKind::DnsAuthorityLame
            || fact.kind == FactKind::TrackerFails
            || fact.kind == FactKind::TrackerWrongSource
            || fact.kind == FactKind::DnsDelegated)
    });
    assert!(odd.is_none(), "{odd:?}\n{}", found.told());
    // A path that exists but over which nothing at all answers tells nothing either.
    let broken = |world: &mut World| world.v6_route = true;
    let dead = ["2001:db8:10::10", "2001:db8:1::1", "2001:db8:10::66"];
    let found = judged(World::new().but(six).but(broken).with(SILENT, &dead));
    assert_eq!(found.truth(FactKind::TrackerAnswers, "t-six"), Truth::Unknown);
    assert_ne!(found.diagnosis.verdict, Verdict::Fault);
}

fn a_moved_delegation_is_a_fault_to_be_turned_back() {
    let moved = |world: &mut World| world.delegated = vec!["prov-b".into()];
    let found =
        judged(World::new().but(moved)).is(Verdict::Fault, &["delegation-fault/z-main/moved wait"]);
    let mut since = Since::new();
    let two_hours_ago = Timestamp::from_second(-7_200).unwrap();
    since.insert((FactKind::DnsAuthorityAnswers, Id::from("prov-a")), (Truth::True, two_hours_ago));
    assert_eq!(causes(&found.since(&since)), ["delegation-fault/z-main/moved act"]);
    // While the intended provider is dead, that is the cause, and everybody already uses the other one.
    judged(World::new().but(moved).with(SILENT, &A))
        .is(Verdict::Fault, &["dns-provider-outage/prov-a/hung wait"]);
}

/// Breaks one thing of a world.
type Break = fn(World) -> World;

fn two_causes_stay_two() {
    let parts: [(&str, Break); 5] = [
        ("dns-provider-outage/prov-a/refused act", |world| world.with(REFUSED, &A)),
        ("resolver-outage/res-a/hung wait", |world| world.with(SILENT, &["198.51.100.153"])),
        ("tracker-loss/t-far/refused act", |world| world.with(REFUSED, &["198.51.100.20"])),
        ("carrier-outage/verizon/users-gone wait", |world| world.but(no_verizon)),
        ("prefix-withdrawal/p-own/withdrawn call", |world| {
            world.with(SILENT, &PREFIX).but(|world| world.announcing = Some(Vec::new()))
        }),
    ];
    for (one, (first, break_one)) in parts.iter().enumerate() {
        for (second, break_two) in &parts[one + 1..] {
            let found = judged(break_two(break_one(World::new())));
            let mut listed = causes(&found.diagnosis);
            listed.sort();
            let mut wanted = vec![(*first).to_owned(), (*second).to_owned()];
            wanted.sort();
            assert_eq!(listed, wanted, "{}", found.told());
            assert_eq!(found.diagnosis.verdict, Verdict::Fault);
        }
    }
}

fn a_part_of_a_provider_is_neither_fault_nor_health() {
    let found = judged(World::new().with(REFUSED, &A[..1])).is(Verdict::Undetermined, &[]);
    let answers = found.fact(FactKind::DnsAuthorityAnswers, "prov-a");
    assert_eq!(
        (answers.truth, answers.measure.map(|m| m.to_string())),
        (Truth::True, Some("1 of 2".into()))
    );
    assert!(found.diagnosis.next_probes.iter().any(|next| next.of.contains("prov-a")));
}

fn a_stale_view_of_routes_is_not_health() {
    let found =
        judged(World::new().but(|world| world.announcing = None)).is(Verdict::Undetermined, &[]);
    let seen = found.fact(FactKind::BgpSeen, "p-own");
    assert_eq!(seen.truth, Truth::Unknown);
    assert!(found.diagnosis.unknown.contains(&seen.id));
    // With routes unknown, silence in the prefix is nobody's: it may have been withdrawn.
    let world = World::new().but(|world| world.announcing = None).with(SILENT, &PREFIX);
    judged(world).is(Verdict::Undetermined, &[]);
}

fn since_is_the_earliest_support() {
    let found = judged(World::new().with(SILENT, &A));
    let at = |second| Timestamp::from_second(second).unwrap();
    let key = |kind, subject: &str| (kind, Id::from(subject));
    let since = Since::from([
        (key(FactKind::DnsAuthorityAnswers, "prov-a"), (Truth::False, at(-600))),
        (key(FactKind::TrackerAnswers, "t-one"), (Truth::True, at(-9_000))),
    ]);
    assert_eq!(found.since(&since).since, Some(at(-600)));
    let other =
        Since::from([(key(FactKind::DnsAuthorityAnswers, "prov-a"), (Truth::True, at(-600)))]);
    assert_eq!(found.since(&other).since, None);
}

fn a_new_failure_mode_is_a_document() {
    let found = judged(World::new().with(SILENT, &PREFIX));
    let mut runbooks = super::shipped::runbooks();
    let mut transit = runbooks.iter().find(|it| it.id == "tracker-loss").unwrap().clone();
    transit.id = "transit-loss".into();
    transit.failure_mode = "transit-loss".into();
    transit.params = serde_yaml::from_str("lost: { type: upstream, from: cause.subject }").unwrap();
    transit.mechanisms.clear();
    transit.advice = serde_yaml::from_str("[{ otherwise: true, say: call }]").unwrap();
    transit.matches = serde_yaml::from_str(
        "supports: [\"upstream.carries($lost) is false\", \"bgp.seen is true\"]\nmust_know: [observer.healthy]",
    )
    .unwrap();
    runbooks.push(transit);
    let diagnosis = found.with_runbooks(&runbooks);
    assert_eq!(causes(&diagnosis), ["transit-loss/u-transit/- call"]);
}
