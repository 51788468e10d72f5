//! Laws that hold for every world: names and order mean nothing, healthy things change nothing, and not knowing
//! never makes a cause or health.

use super::judged::{Judged, causes, judged, with_evidence};
use super::registries::held;
use super::world::{Mode, World};
use libtest_mimic::Trial;
use lifeboat::model::{Evidence, Fact, Truth, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn trials() -> Vec<Trial> {
    trials![
        names_addresses_ports_and_order_mean_nothing,
        thirty_healthy_objects_change_nothing,
        not_knowing_one_fact_never_makes_a_cause_or_health,
        not_knowing_many_facts_never_makes_a_cause_or_health,
        a_runbook_that_asks_for_ignorance_gets_none,
        evidence_that_was_not_gathered_never_makes_a_cause_or_health,
        every_declared_subject_has_its_facts,
    ]
}

const A: [&str; 2] = ["192.0.2.1", "192.0.2.2"];
const PREFIX: [&str; 3] = ["198.18.0.10", "198.18.0.11", "198.18.0.30"];

/// Worlds of every kind of trouble.
fn worlds() -> Vec<World> {
    let silent = |hosts: &[&str]| World::new().with(Mode::Silent, hosts);
    let no_users = |world: &mut World| {
        world.peers.remove(&701);
    };
    let in_carrier = |world: World| {
        let text = world.estate.to_string();
        let text = text.replace("192.0.2.1:", "100.64.0.1:").replace("192.0.2.2:", "100.64.0.2:");
        let text = text.replace("198.51.100.20", "100.64.0.20");
        World { estate: serde_json::from_str(&text).unwrap(), ..world }
    };
    vec![
        World::new(),
        silent(&A),
        World::new().with(Mode::Refused, &A),
        World::new().with(Mode::Odd, &A),
        silent(&A[..1]),
        silent(&["198.51.100.153"]),
        silent(&["198.51.100.153", "198.51.100.20"]),
        World::new().with(Mode::Refused, &["198.18.0.10", "198.51.100.20"]),
        World::new().but(no_users),
        in_carrier(World::new())
            .but(no_users)
            .with(Mode::Silent, &["100.64.0.1", "100.64.0.2", "100.64.0.20"]),
        in_carrier(World::new()).but(no_users),
        silent(&PREFIX),
        silent(&PREFIX).but(|world| world.announcing = Some(Vec::new())),
        silent(&PREFIX).but(|world| world.announcing = None),
        World::new().but(|world| world.delegated = vec!["prov-b".into()]),
        World::new().all(Mode::Silent),
        silent(&["192.88.99.1", "192.88.99.2"]),
        silent(&A).with(Mode::Silent, &["192.88.99.1"]).but(no_users),
        held(),
        held().but(|world| world.registry = Some(lifeboat::model::Ending::TimedOut)),
    ]
}

/// Other names for everything, in one text: ids, networks, ports and domains.
const NAMES: [(&str, &str); 40] = [
    ("prov-a", "zulu"),
    ("prov-b", "alpha"),
    ("z-main", "omega"),
    ("the-estate", "another"),
    ("p-own", "block"),
    ("u-transit", "pipe"),
    ("t-one", "tango"),
    ("t-two", "bravo"),
    ("t-far", "able"),
    ("t-backup", "zz-spare"),
    ("sb-one", "crate"),
    ("\"here\"", "\"mast\""),
    ("ctl-dns", "yard"),
    ("ctl-tcp", "rope"),
    ("res-a", "zed"),
    ("res-b", "ace"),
    ("verizon", "yonder"),
    ("dtag", "aloft"),
    ("\"lg\"", "\"watch\""),
    ("\"reg\"", "\"clerk\""),
    ("canary", "finch"),
    ("seeds.example", "fruit.test"),
    ("control.example", "nobody.test"),
    (".nic.example", ".top.test"),
    ("192.0.2.", "203.0.250."),
    ("203.0.113.", "203.0.7."),
    ("198.18.0.", "198.19.44."),
    ("198.51.100.", "198.51.7."),
    ("100.64.", "100.70."),
    ("100.96.", "100.99."),
    ("192.88.99.", "192.88.7."),
    (":6969", ":7171"),
    (":530", ":539"),
    (":9091", ":9191"),
    ("64500", "65100"),
    ("64501", "65101"),
    ("64502", "65102"),
    ("64503", "65103"),
    ("\"701\"", "\"7018\""),
    ("asn\":701,", "asn\":7018,"),
];

fn renamed(text: &str) -> String {
    NAMES.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn shuffled(value: Value) -> Value {
    match value {
        Value::Array(mut items) => {
            items.reverse();
            let middle = items.len() / 2;
            items.rotate_left(middle);
            Value::Array(items.into_iter().map(shuffled).collect())
        }
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, shuffled(value))).collect())
        }
        other => other,
    }
}

/// What a diagnosis says, apart from the numbers of its facts and the order of equals.
fn said(found: &Judged) -> (Verdict, BTreeSet<String>, BTreeSet<String>) {
    let diagnosis = &found.diagnosis;
    let told =
        |fact: &Fact| format!("{} {} {:?} {}", fact.kind, fact.subject, fact.object, fact.truth);
    let support =
        diagnosis.causes.iter().flat_map(|cause| cause.supporting.iter().chain(&cause.explains));
    let support = support.filter_map(|id| diagnosis.facts.iter().find(|fact| fact.id == *id));
    (diagnosis.verdict, causes(diagnosis).into_iter().collect(), support.map(told).collect())
}

fn names_addresses_ports_and_order_mean_nothing() {
    for world in worlds() {
        let evidence = serde_json::to_string(&world.evidence()).unwrap();
        let other: Vec<Value> = serde_json::from_str(&renamed(&evidence)).unwrap();
        let Value::Array(other) = shuffled_outside(other) else { unreachable!() };
        let other: Vec<Evidence> =
            other.into_iter().map(|e| serde_json::from_value(e).unwrap()).collect();
        let table = renamed(&world.as_table).replace("\t701\t", "\t7018\t");
        let baseline = world
            .baseline
            .as_ref()
            .map(|it| serde_json::from_str(&renamed(&it.to_string())).unwrap());
        let estate: Value = serde_json::from_str(&renamed(&world.estate.to_string())).unwrap();
        let estate = shuffled(estate);
        let twin = World { estate, as_table: table, baseline, ..world.clone() };
        let first = said(&judged(world));
        let second = said(&with_evidence(twin, &other));
        let rename =
            |set: BTreeSet<String>| set.iter().map(|text| renamed(text)).collect::<BTreeSet<_>>();
        assert_eq!((first.0, rename(first.1), rename(first.2)), second);
    }
}

/// Puts a list in another order and leaves what is inside as it came: a server's answers keep their order.
fn shuffled_outside(mut items: Vec<Value>) -> Value {
    items.reverse();
    let middle = items.len() / 3;
    items.rotate_left(middle);
    Value::Array(items)
}

fn thirty_healthy_objects_change_nothing() {
    let crowd = |world: &mut World| {
        for number in 0..10 {
            let mut add = |section: &str, item: Value| {
                world.estate[section].as_array_mut().unwrap().push(item)
            };
            let address = |net: &str| format!("{net}.{number}");
            add(
                "trackers",
                json!({"id": format!("more-t{number}"), "swarm": "canary", "addresses": [format!("{}:6969", address("198.51.101"))],
                "urls": [format!("udp://more{number}.seeds.example:6969/announce")]}),
            );
            add(
                "resolvers",
                json!({"id": format!("more-r{number}"), "address": address("198.51.102")}),
            );
            add(
                "dns_providers",
                json!({"id": format!("more-p{number}"), "kind": "unmanaged",
                "nameservers": [{"name": format!("ns.more{number}.example."), "addresses": [address("198.51.103")]}]}),
            );
            add(
                "zones",
                json!({"id": format!("more-z{number}"), "name": format!("more{number}.example."), "registrar": "reg",
                "delegated_to": [format!("more-p{number}")], "critical": [{"name": "@", "type": "A", "expect": "any"}]}),
            );
        }
    };
    for world in worlds() {
        let first = judged(world.clone());
        // A world where nothing answers has no room for healthy things.
        if first.diagnosis.verdict == Verdict::ObserverFault {
            continue;
        }
        let second = judged(world.but(crowd));
        let short = |found: &Judged| {
            (found.diagnosis.verdict, causes(&found.diagnosis), found.diagnosis.advice)
        };
        assert_eq!(short(&first), short(&second), "{}", second.told());
    }
}

#[track_caller]
fn says_no_more(before: &Judged, facts: &[Fact], what: &str) {
    let after = before.again(facts);
    let (was, is): (BTreeSet<_>, BTreeSet<_>) = (key(&before.diagnosis), key(&after));
    assert!(is.is_subset(&was), "without {what}: {is:?}, where {was:?} were known");
    let made_healthy =
        after.verdict == Verdict::Healthy && before.diagnosis.verdict != Verdict::Healthy;
    assert!(!made_healthy, "without {what} the estate is called healthy");
}

fn key(diagnosis: &lifeboat::model::Diagnosis) -> BTreeSet<String> {
    diagnosis
        .causes
        .iter()
        .map(|cause| format!("{}/{}", cause.failure_mode, cause.subject))
        .collect()
}

fn forget(fact: &mut Fact) {
    fact.truth = Truth::Unknown;
    fact.measure = None;
}

fn not_knowing_one_fact_never_makes_a_cause_or_health() {
    for world in worlds() {
        let before = judged(world);
        for at in 0..before.facts.len() {
            let mut facts = before.facts.clone();
            let what = format!("{} {}", facts[at].kind, facts[at].subject);
            forget(&mut facts[at]);
            says_no_more(&before, &facts, &what);
        }
    }
}

fn not_knowing_many_facts_never_makes_a_cause_or_health() {
    let mut seed = 20_261_125_u64;
    let mut chance = move |of: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % of
    };
    for world in worlds() {
        let before = judged(world);
        for round in 0..60 {
            let mut facts = before.facts.clone();
            let of = 2 + round % 9;
            facts.iter_mut().filter(|_| chance(of) == 0).for_each(forget);
            says_no_more(&before, &facts, "a part of the facts");
        }
    }
}

/// An operator's runbook may write `is not true` or `is unknown`; not knowing still makes no cause.
fn a_runbook_that_asks_for_ignorance_gets_none() {
    let before = judged(World::new());
    let mut facts = before.facts.clone();
    facts.iter_mut().filter(|fact| fact.subject == "t-far").for_each(forget);
    for support in [
        "tracker.answers($lost) is not true",
        "tracker.answers($lost) is unknown",
        "not known(tracker.answers($lost))",
    ] {
        let mut runbooks = super::shipped::runbooks();
        for runbook in runbooks.iter_mut().filter(|runbook| runbook.id == "tracker-loss") {
            runbook.matches.supports = vec![support.parse().unwrap()];
            runbook.matches.must_know.retain(|query| query.arguments.is_empty());
        }
        let mut blind = judged(World::new());
        blind.facts.clone_from(&facts);
        assert!(blind.with_runbooks(&runbooks).causes.is_empty(), "{support}");
        let seeing = judged(World::new().with(Mode::Refused, &["198.51.100.20"]));
        let fires = !seeing.with_runbooks(&runbooks).causes.is_empty();
        assert_eq!(fires, support.ends_with("is not true"), "{support}");
    }
}

/// Evidence that turns inconclusive, as a deadline makes it, changes verdicts toward "nobody can tell" alone.
fn evidence_that_was_not_gathered_never_makes_a_cause_or_health() {
    for world in worlds() {
        let before = judged(world.clone());
        let evidence = world.evidence();
        let step = 7;
        for start in 0..step {
            let kept: Vec<Evidence> = evidence
                .iter()
                .enumerate()
                .map(
                    |(at, evidence)| {
                        if at % step == start { not_sent(evidence) } else { evidence.clone() }
                    },
                )
                .collect();
            let after = with_evidence(world.clone(), &kept);
            let (was, is) = (key(&before.diagnosis), key(&after.diagnosis));
            assert!(is.is_subset(&was), "{is:?}, where {was:?} were known\n{}", after.told());
        }
    }
}

fn not_sent(evidence: &Evidence) -> Evidence {
    let mut value = serde_json::to_value(evidence).unwrap();
    if value["observation"].get("ending").is_some() {
        value["observation"]["ending"] = json!({"inconclusive": "deadline"});
        if let Some(unconnected) = value["observation"].get_mut("unconnected") {
            *unconnected = Value::Null;
        }
    }
    serde_json::from_value(value).unwrap()
}

fn every_declared_subject_has_its_facts() {
    use lifeboat::model::{FactKind, ParamKind, SubjectKind};
    let found = judged(World::new());
    let estate = found.world.estate();
    for kind in FactKind::ALL {
        let journal = kind.name().starts_with("incident.")
            || kind.name().ends_with(".done")
            || matches!(kind, FactKind::PostmortemAccepted | FactKind::ActionsAllOwned);
        // Without an incident that changed something there is nothing that could stand.
        if *kind == FactKind::ChangeStands {
            continue;
        }
        let of = match kind.arguments().first() {
            Some(SubjectKind::DnsProvider) => ParamKind::DnsProvider,
            Some(SubjectKind::Zone) => ParamKind::Zone,
            Some(SubjectKind::Resolver) => ParamKind::Resolver,
            Some(SubjectKind::Tracker) => ParamKind::Tracker,
            Some(SubjectKind::Seedbox) => ParamKind::Seedbox,
            Some(SubjectKind::Carrier) => ParamKind::Carrier,
            Some(SubjectKind::Prefix) => ParamKind::Prefix,
            Some(SubjectKind::Upstream) => ParamKind::Upstream,
            Some(_) | None => {
                let any = found.facts.iter().any(|fact| fact.kind == *kind);
                assert_eq!(any, !journal, "{kind}");
                continue;
            }
        };
        for id in estate.ids_of(of) {
            let own = |fact: &Fact| {
                fact.kind == *kind && fact.subject.as_str().split('/').next() == Some(id.as_str())
            };
            assert!(found.facts.iter().any(own), "{kind} of {id}");
        }
    }
    let ids: BTreeSet<_> = found.facts.iter().map(|fact| &fact.id).collect();
    assert_eq!(ids.len(), found.facts.len());
    assert!(found.facts.iter().all(|fact| !fact.because.is_empty()));
}
