//! Overrides (B8): each limit refuses, and gives way to its own flag with a reason and to no other.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use lifeboat::model::{
    FactKind, Found, Limit, LimitKind, Measure, Plan, Runbook, Torrent, Truth, Wanted,
};
use lifeboat::plan::{Digest, Refusal, Standing};
use serde_json::json;

use super::ground::{Case, OUTAGE, ROAD, TRACKER, changes, parent, torrent};

pub fn trials() -> Vec<Trial> {
    trials![
        b8_every_limit_gives_way_to_its_own_override_alone,
        b8_limits_hold_where_the_runbook_says_nothing,
        b8_small_zones_are_neither_free_nor_locked,
        b8_nothing_that_yields_nothing_deletes_everything,
        b8_ten_thousand_torrents_are_the_most,
        b8_members_of_a_step_are_counted_together,
        b8_what_was_overridden_is_in_the_plan_and_its_digest,
    ]
}

const A: [&str; 2] = ["ns1.a.test.", "ns2.a.test."];
const ONE: &str = "udp://one.test:6969/announce";
const REASON: &str = "the trial says so, out loud";

type Read = Box<dyn Fn(&Wanted) -> Found>;

/// A plan that breaks these limits, and no others.
struct Breaking {
    case: Case,
    read: Read,
    limits: Vec<LimitKind>,
}

fn breaking(
    case: Case,
    read: impl Fn(&Wanted) -> Found + 'static,
    limits: &[LimitKind],
) -> Breaking {
    Breaking { case, read: Box::new(read), limits: limits.to_vec() }
}

fn fleet(_: &Wanted) -> Found {
    Found::Torrents(vec![torrent('a', false, &[&[ONE]]), torrent('b', false, &[&[ONE]])])
}

fn single(_: &Wanted) -> Found {
    Found::Torrents(vec![torrent('a', false, &[&[ONE]])])
}

/// Makes the plans that break a limit. A limit that is new has no plan yet, and does not compile.
fn plans(limit: LimitKind) -> Vec<Breaking> {
    use LimitKind::*;
    match limit {
        RootNs => vec![root("."), root("test.")],
        EmptySource => vec![nobody_comes()],
        AllDeleted => vec![last_url_goes()],
        LastServer => ["keep_healthy_servers: 1, ", ""].map(standby_unknown).into(),
        LastTracker => vec![backup_unknown()],
        Share => {
            vec![small_zone(), seedbox_that_loses(), seedbox_of_the_runbook(), both_trackers()]
        }
        Count => vec![
            too_many(OUTAGE, "zones: 1", "zones: 0"),
            too_many(OUTAGE, "zones: 1", "record_sets: 0"),
            too_many(OUTAGE, "zones: 1", "changes: 0"),
            too_many(TRACKER, "torrents: 5000", "torrents: 3"),
            too_many(TRACKER, "torrents: 5000", "changes: 3"),
        ],
        RecordType => vec![other_records()],
        UnsafeDnssec => {
            let shut = |truth| gate(limit, (FactKind::DnssecSafeToMove, &["z", "b"]), truth);
            [Truth::False, Truth::Unknown].map(shut).into()
        }
        TcpDead => vec![gate(limit, (FactKind::DnsPathTcpFiltered, &["b"]), Truth::True)],
        NoParity => vec![gate(limit, (FactKind::ZoneParity, &["b", "git"]), Truth::False)],
        HiddenOrigin => {
            let shut = |truth| gate(limit, (FactKind::ZoneOriginHidden, &["z", "b"]), truth);
            [Truth::False, Truth::Unknown].map(shut).into()
        }
    }
}

/// The NS set at the top of a zone: of the root, and of a zone that is its own parent in the estate.
fn root(name: &str) -> Breaking {
    let mut case = Case::outage();
    case.estate.zones[0].name = name.to_owned();
    case.estate.registrars[0].parent_zone = Some(name.to_owned());
    case.rewrite(OUTAGE, &[("records: [NS]", "records: [NS, A, AAAA]")]);
    breaking(case, parent(&A, &[]), &[LimitKind::RootNs])
}

/// The standby has no name servers; a third provider that answers stays.
fn nobody_comes() -> Breaking {
    let mut case = Case::outage();
    case.estate.dns_providers[1].nameservers.clear();
    case.measure(FactKind::DnsAuthorityAnswers, &["inside"], Measure::part(2.0, 2.0));
    let servers = &["ns1.a.test.", "ns2.a.test.", "ns2.test."];
    breaking(case, parent(servers, &[]), &[LimitKind::EmptySource])
}

/// A list whose only tracker goes loses its last healthy one as well: two limits, two flags.
fn last_url_goes() -> Breaking {
    let mut case = Case::loss();
    let remove = [
        ("tracker.list.replace", "tracker.list.remove"),
        ("{ replace: $lost, with: $backup }", "{ remove: $lost }"),
    ];
    case.rewrite(TRACKER, &remove);
    breaking(case, fleet, &[LimitKind::AllDeleted, LimitKind::LastTracker])
}

/// Nobody knows whether the standby answers, and the runbook does not stop for it.
fn standby_unknown(said: &str) -> Breaking {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[("keep_healthy_servers: 1, ", said)]);
    case.runbook.stop_when.clear();
    case.say(FactKind::DnsAuthorityAnswers, &["b"], Truth::Unknown);
    breaking(case, parent(&A, &[]), &[LimitKind::LastServer])
}

fn backup_unknown() -> Breaking {
    let mut case = Case::loss();
    case.rewrite(TRACKER, &[("torrents: 5000, keep_healthy_servers: 1", "torrents: 5000")]);
    case.runbook.stop_when.clear();
    case.say(FactKind::TrackerAnswers, &["two"], Truth::Unknown);
    breaking(case, fleet, &[LimitKind::LastTracker])
}

/// A zone of two sets, both of which would change.
fn small_zone() -> Breaking {
    let mut case = Case::outage();
    super::delegations::to_inside(&mut case);
    case.zone_size = 2;
    breaking(case, parent(&A, &[("ns1.zone.test.", "192.0.2.99")]), &[LimitKind::Share])
}

/// Both torrents of each seedbox would lose a tracker that still answers.
fn seedbox_that_loses() -> Breaking {
    let mut case = Case::loss();
    case.say(FactKind::TrackerAnswers, &["one"], Truth::True);
    breaking(case, fleet, &[LimitKind::Share])
}

fn seedbox_of_the_runbook() -> Breaking {
    let mut case = Case::loss();
    case.rewrite(TRACKER, &[("torrents: 5000", "share: 60 %")]);
    breaking(case, fleet, &[LimitKind::Share])
}

/// One plan takes both trackers out of lists, one after the other, and both may well answer.
fn both_trackers() -> Breaking {
    let mut case = Case::loss();
    case.say(FactKind::TrackerAnswers, &["one"], Truth::True);
    let mut runbook: serde_json::Value = serde_yaml::from_str(TRACKER).unwrap();
    let steps = runbook["phases"]["immediate"]["steps"].as_array_mut().unwrap();
    let at = steps.iter().position(|step| step["id"] == "replace-tracker").unwrap();
    let mut back = steps[at].clone();
    back["id"] = "again".into();
    back["change"]["target"] = json!({"replace": "$backup", "with": "$lost"});
    steps.insert(at + 1, back);
    case.runbook = serde_json::from_value::<Runbook>(runbook).unwrap();
    breaking(case, single, &[LimitKind::Share])
}

fn too_many(text: &str, old: &str, new: &str) -> Breaking {
    let mut case = if text == OUTAGE { Case::outage() } else { Case::loss() };
    case.rewrite(text, &[(old, new)]);
    let read = move |wanted: &Wanted| match wanted {
        Wanted::Torrents { .. } => fleet(wanted),
        Wanted::Rrsets { .. }
        | Wanted::ZoneSize { .. }
        | Wanted::Keys { .. }
        | Wanted::Zone { .. } => parent(&A, &[])(wanted),
    };
    breaking(case, read, &[LimitKind::Count])
}

fn other_records() -> Breaking {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[("records: [NS]", "records: [A, AAAA]")]);
    breaking(case, parent(&A, &[]), &[LimitKind::RecordType])
}

/// The runbook would move whatever is known of the standby, and one gate is shut.
fn gate(limit: LimitKind, (fact, of): (FactKind, &[&str]), truth: Truth) -> Breaking {
    let mut case = Case::outage();
    case.rewrite(OUTAGE, &[(ROAD, "if: incident.declared\n")]);
    case.estate.zones[0].hide_origin = vec!["www".to_owned()];
    case.say(fact, of, truth);
    breaking(case, parent(&A, &[]), &[limit])
}

fn with(plan: &mut Breaking, given: &BTreeSet<LimitKind>) -> Result<Plan, Refusal> {
    let reasons = given.iter().map(|limit| (*limit, format!("{REASON}: {}", limit.name())));
    plan.case.overrides = reasons.collect();
    plan.case.pin(&plan.read)
}

/// Every set of up to three overrides, and of all or all but one, is tried on every plan: the very limits that it breaks, and nothing else, let it pass.
fn b8_every_limit_gives_way_to_its_own_override_alone() {
    let all = LimitKind::ALL;
    let (mut tried, mut refused, mut accepted) = (0, 0, 0);
    for limit in all {
        let plans = plans(*limit);
        assert!(!plans.is_empty(), "`{}` has no plan that breaks it", limit.name());
        for (number, mut plan) in plans.into_iter().enumerate() {
            let needed: BTreeSet<LimitKind> = plan.limits.iter().copied().collect();
            assert!(needed.contains(limit));
            let few_or_most = |bits: &u32| {
                let given = bits.count_ones() as usize;
                given <= 3 || given + 1 >= all.len()
            };
            for bits in (0..1_u32 << all.len()).filter(few_or_most) {
                let chosen = all.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
                let given: BTreeSet<LimitKind> = chosen.map(|(_, limit)| *limit).collect();
                tried += 1;
                let place = format!("{} {number} with {given:?}", limit.name());
                match with(&mut plan, &given) {
                    Ok(pinned) => {
                        assert_eq!(given, needed, "{place} is accepted");
                        held_in(&pinned, &needed);
                        accepted += 1;
                    }
                    Err(refusal) => {
                        assert_ne!(given, needed, "{place}: {refusal}");
                        says(&refusal, &needed, &given, &place);
                        refused += 1;
                    }
                }
            }
        }
    }
    eprintln!(
        "B8: {} limits, {tried} plans with as many sets of overrides: {refused} refused, {accepted} accepted",
        all.len()
    );
}

/// Checks that a refusal names what is missing, by how much, and the flag; or what is too much.
fn says(refusal: &Refusal, needed: &BTreeSet<LimitKind>, given: &BTreeSet<LimitKind>, place: &str) {
    assert_eq!(refusal.standing(), Standing::Refused, "{place}");
    let (said, hint) = (refusal.to_string(), refusal.hint().unwrap());
    let missing: BTreeSet<LimitKind> = needed.difference(given).copied().collect();
    match refusal {
        Refusal::Limit(breaches) => {
            let named: BTreeSet<LimitKind> = breaches.iter().map(|it| it.limit).collect();
            assert_eq!(named, missing, "{place}: {said}");
            for limit in &missing {
                assert!(said.contains(&format!("limit `{}`", limit.name())), "{place}: {said}");
                assert!(said.contains(|digit: char| digit.is_ascii_digit()), "no numbers: {said}");
                assert!(hint.contains(&format!("`{} REASON`", limit.flag())), "{place}: {hint}");
            }
            for limit in LimitKind::ALL.iter().filter(|limit| !missing.contains(limit)) {
                assert!(!hint.contains(&limit.flag()), "{place}: {hint}");
            }
        }
        Refusal::NotNeeded(unused) => {
            assert!(missing.is_empty(), "{place}: {said}");
            let unused: BTreeSet<LimitKind> = unused.iter().copied().collect();
            assert_eq!(unused, given.difference(needed).copied().collect(), "{place}: {said}");
            assert!(unused.iter().all(|limit| hint.contains(&limit.flag())), "{place}: {hint}");
        }
        other => panic!("{place}: {other}"),
    }
}

fn held_in(plan: &Plan, needed: &BTreeSet<LimitKind>) {
    let held: BTreeSet<LimitKind> = plan.overrides.iter().map(|it| it.limit).collect();
    assert_eq!(held, *needed);
    for entry in &plan.overrides {
        assert_eq!(entry.reason, format!("{REASON}: {}", entry.limit.name()));
        assert!(plan.steps.iter().any(|step| step.id == entry.step), "{entry:?}");
        assert!(!entry.because.is_empty(), "{entry:?}");
    }
}

fn broken(case: &Case, read: impl Fn(&Wanted) -> Found) -> BTreeSet<LimitKind> {
    match case.pin(read) {
        Ok(_) => BTreeSet::new(),
        Err(Refusal::Limit(breaches)) => breaches.iter().map(|breach| breach.limit).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn none() -> BTreeSet<LimitKind> {
    BTreeSet::new()
}

fn set(limits: &[LimitKind]) -> BTreeSet<LimitKind> {
    limits.iter().copied().collect()
}

fn unlimited(case: &mut Case) {
    case.runbook.stop_when.clear();
    for step in &mut case.runbook.phases.immediate.steps {
        if let Some(change) = &mut step.change {
            change.limit = Limit::default();
        }
    }
}

fn b8_limits_hold_where_the_runbook_says_nothing() {
    for limit in LimitKind::ALL {
        for mut plan in plans(*limit) {
            // What only a runbook can say: how few, and of which type.
            let said = matches!(limit, LimitKind::Count | LimitKind::RecordType);
            let of_runbook = plan.case.runbook.phases.immediate.steps.iter().any(|step| {
                step.change.as_ref().is_some_and(|change| change.limit.share.is_some())
            });
            if said || of_runbook {
                continue;
            }
            unlimited(&mut plan.case);
            let limits: BTreeSet<LimitKind> = plan.limits.iter().copied().collect();
            assert_eq!(broken(&plan.case, &plan.read), limits, "{}", limit.name());
        }
    }
    let mut wide = Case::loss();
    wide.rewrite(TRACKER, &[("torrents: 5000", "torrents: 5000, share: 100 %")]);
    wide.say(FactKind::TrackerAnswers, &["one"], Truth::True);
    let both = broken(&wide, fleet);
    assert!(both.contains(&LimitKind::Share), "a runbook only tightens: {both:?}");
}

fn b8_small_zones_are_neither_free_nor_locked() {
    let mut case = Case::outage();
    for size in [1, 2, 3, 1_000] {
        case.zone_size = size;
        assert_eq!(broken(&case, parent(&A, &[])), none(), "one set of {size} may change");
    }
    let mut case = Case::outage();
    super::delegations::to_inside(&mut case);
    let glued = || parent(&A, &[("ns1.zone.test.", "192.0.2.99")]);
    for (size, limits) in [(2, &[LimitKind::Share][..]), (3, &[]), (4, &[])] {
        case.zone_size = size;
        assert_eq!(broken(&case, glued()), set(limits), "two sets of {size}");
    }
    let mut case = Case::loss();
    case.say(FactKind::TrackerAnswers, &["one"], Truth::True);
    assert_eq!(broken(&case, single), none(), "the only torrent of a seedbox may be changed");
    case.say(FactKind::TrackerAnswers, &["one"], Truth::Unknown);
    let unknown = broken(&case, fleet);
    assert_eq!(unknown, set(&[LimitKind::Share]), "nobody knows that it is dead");
    case.say(FactKind::TrackerAnswers, &["one"], Truth::False);
    assert_eq!(broken(&case, fleet), none(), "a tracker that is known to be dead is nobody's loss");
}

fn b8_nothing_that_yields_nothing_deletes_everything() {
    let mut case = Case::outage();
    case.estate.dns_providers[1].nameservers.clear();
    unlimited(&mut case);
    let whole = set(&[LimitKind::EmptySource, LimitKind::AllDeleted, LimitKind::LastServer]);
    assert_eq!(broken(&case, parent(&A, &[])), whole, "a standby without servers");
    let mut case = Case::loss();
    case.estate.trackers[1].urls.clear();
    let limits = broken(&case, fleet);
    assert!(limits.contains(&LimitKind::EmptySource) && limits.contains(&LimitKind::AllDeleted));
    let empty = case.pin(|_| Found::Torrents(Vec::new())).unwrap();
    assert!(changes(&empty).is_empty(), "a seedbox that lists nothing loses nothing");
    let mut case = Case::of(super::ground::FAILBACK);
    case.params.insert("zone".to_owned(), "z".into());
    unlimited(&mut case);
    for id in ["a", "b"] {
        case.say(FactKind::DnsAuthorityAnswers, &[id], Truth::True);
    }
    case.say(FactKind::DnsDelegationAsIntended, &["z"], Truth::False);
    case.params.insert("failed".to_owned(), "a".into());
    case.estate.dns_providers[0].nameservers.clear();
    let limits = broken(&case, parent(&["ns1.b.test."], &[]));
    assert_eq!(limits, whole, "an intended provider without servers");
}

fn b8_ten_thousand_torrents_are_the_most() {
    let many = |count: u32| {
        let one = move |number: u32| Torrent {
            info_hash: format!("{number:040x}"),
            ..torrent('a', false, &[&[ONE]])
        };
        move |_: &Wanted| Found::Torrents((0..count).map(one).collect())
    };
    let mut case = Case::loss();
    unlimited(&mut case);
    assert_eq!(broken(&case, many(5_000)), none(), "two seedboxes with 5,000 each");
    let limits = broken(&case, many(5_001));
    assert_eq!(limits, set(&[LimitKind::Count]), "torrents, and changes");
    case.overrides.insert(LimitKind::Count, REASON.to_owned());
    let plan = case.pin(many(5_001)).unwrap();
    assert_eq!((plan.overrides.len(), changes(&plan).len()), (2, 10_002));
}

fn b8_members_of_a_step_are_counted_together() {
    let mut case = Case::outage();
    let mut second = case.estate.zones[0].clone();
    (second.id, second.name) = ("z2".into(), "two.test".to_owned());
    case.estate.zones.push(second);
    case.params.insert("zone".to_owned(), "z".into());
    for (kind, of) in
        [(FactKind::DnsDelegated, ["z2", "b"]), (FactKind::DnssecSafeToMove, ["z2", "b"])]
    {
        case.say(kind, &of, Truth::of(kind == FactKind::DnssecSafeToMove));
    }
    let mut runbook: serde_json::Value = serde_yaml::from_str(OUTAGE).unwrap();
    let steps = runbook["phases"]["immediate"]["steps"].as_array_mut().unwrap();
    let step = steps.iter_mut().find(|step| step["id"] == "move-delegation").unwrap();
    step["each"] = "zones".into();
    step["change"]["target"]["zone"] = "$each".into();
    case.runbook = serde_json::from_value(runbook).unwrap();
    assert_eq!(
        broken(&case, parent(&A, &[])),
        set(&[LimitKind::Count]),
        "one zone, said the runbook"
    );
    for step in &mut case.runbook.phases.immediate.steps {
        if let Some(change) = &mut step.change {
            change.limit.zones = Some(2);
        }
    }
    assert_eq!(changes(&case.pin(parent(&A, &[])).unwrap()).len(), 2);
}

fn b8_what_was_overridden_is_in_the_plan_and_its_digest() {
    let mut plan = seedbox_that_loses();
    let given = BTreeSet::from([LimitKind::Share]);
    let pinned = with(&mut plan, &given).unwrap();
    let digest = Digest::of(&pinned).hex();
    let mut other = pinned.clone();
    other.overrides[0].reason.push('!');
    assert_ne!(Digest::of(&other).hex(), digest, "another reason is another plan");
    other.overrides.clear();
    assert_ne!(Digest::of(&other).hex(), digest, "a silent override is another plan");
    let json = serde_json::to_value(&pinned).unwrap();
    assert_eq!(json["overrides"][0]["limit"], "share");
    assert_eq!(json["overrides"][0]["step"], "replace-tracker");
    let old = Plan { overrides: Vec::new(), ..pinned };
    let mut text = serde_json::to_value(&old).unwrap();
    text.as_object_mut().unwrap().remove("overrides");
    assert_eq!(serde_json::from_value::<Plan>(text).unwrap(), old, "older plans have none");
}
