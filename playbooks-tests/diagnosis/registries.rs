//! What registries say of a domain: each fact true, false and unknown, and what a hold is diagnosed as.

use libtest_mimic::Trial;
use lifeboat::model::{
    Advice, Ending, FactKind, Inconclusive, ProbeKind, Registration, RegistrationStatus,
    RegistryAnswer, Remote, Truth, Verdict,
};

use super::judged::{Judged, judged};
use super::world::{Mode, World};
use FactKind as K;
use Truth::{False, True, Unknown};

pub fn trials() -> Vec<Trial> {
    trials![
        each_status_makes_its_facts,
        a_day_that_has_passed_is_told_from_one_that_has_not,
        name_servers_are_held_against_the_estate,
        what_was_not_said_is_not_known,
        a_registry_that_knows_no_such_domain_holds_nothing,
        a_parent_that_delegates_to_nobody_is_told_from_one_that_does_not_say,
        a_hold_is_named_with_whose_it_is,
        a_hold_that_the_parent_does_not_show_yet_is_one_all_the_same,
        a_lost_delegation_without_a_word_of_the_registry_is_not_decided,
        a_lost_delegation_of_a_domain_that_nobody_holds_is_no_hold,
        a_registry_that_does_not_answer_blames_nobody,
        a_hold_beside_a_dead_provider_stays_two_causes,
    ]
}

/// The estate is judged at the beginning of time.
const DAY: i64 = 86_400;

fn registration(statuses: &[&str]) -> Registration {
    Registration {
        statuses: Some(statuses.iter().map(|text| RegistrationStatus::of(text)).collect()),
        expires: Some(jiff::Timestamp::from_second(90 * DAY).unwrap()),
        nameservers: Some(vec![Remote::new("ns1.prov-a.example.")]),
        ..Registration::default()
    }
}

/// A domain that its registry holds, and that its parent delegates to nobody.
pub fn held() -> World {
    lost(answered(registration(&["server hold"])))
}

fn answered(registration: Registration) -> World {
    ending(Ending::Answered(RegistryAnswer::Registered(registration)))
}

fn ending(ending: Ending<RegistryAnswer>) -> World {
    World::new().but(|world| world.registry = Some(ending))
}

#[track_caller]
fn holds(found: &Judged, wanted: &[(FactKind, Truth)]) {
    for (kind, truth) in wanted {
        let fact = found.fact(*kind, "z-main");
        assert_eq!(fact.truth, *truth, "{kind}: {}", fact.because);
    }
}

fn each_status_makes_its_facts() {
    let kinds = [
        K::RegistryHold,
        K::RegistryHoldByRegistry,
        K::RegistryHoldByRegistrar,
        K::RegistryDeleting,
        K::RegistryLocked,
    ];
    for (statuses, truths) in [
        (&["active"][..], [False; 5]),
        (&[][..], [False; 5]),
        (&["server hold"][..], [True, True, False, False, False]),
        (&["inactive", "clientHold"][..], [True, False, True, False, False]),
        (&["server hold", "client hold"][..], [True, True, True, False, False]),
        (&["redemption period"][..], [False, False, False, True, False]),
        (&["pending delete"][..], [False, False, False, True, False]),
        (&["pending restore"][..], [False, False, False, True, False]),
        (&["locked"][..], [False, False, False, False, True]),
        (&["transfer prohibited"][..], [False, False, False, False, True]),
        (&["client transfer prohibited"][..], [False, False, False, False, True]),
        (&["serverTransferProhibited", "x"][..], [False, False, False, False, True]),
        (&["client update prohibited", "auto renew period"][..], [False; 5]),
    ] {
        let found = judged(answered(registration(statuses)));
        for (kind, truth) in kinds.into_iter().zip(truths) {
            holds(&found, &[(kind, truth)]);
        }
        holds(&found, &[(K::RegistryRegistered, True)]);
    }
    let locks = ["client transfer prohibited", "client update prohibited", "ok"];
    let found = judged(answered(registration(&locks)));
    let measure = found.fact(K::RegistryLocked, "z-main").measure.map(|it| it.to_string());
    assert_eq!(measure.as_deref(), Some("2 of 3"));
    let hold = judged(answered(registration(&["server hold"])));
    assert_eq!(hold.fact(K::RegistryHold, "z-main").because, "the registry lists `server hold`");
}

fn a_day_that_has_passed_is_told_from_one_that_has_not() {
    let until = |second: Option<i64>| {
        let expires = second.map(|second| jiff::Timestamp::from_second(second).unwrap());
        judged(answered(Registration { expires, ..registration(&["active"]) }))
    };
    for (second, expired, left) in [
        (Some(1), False, Some(1.0)),
        (Some(0), True, Some(0.0)),
        (Some(-DAY), True, Some(-86_400.0)),
    ] {
        let found = until(second);
        holds(&found, &[(K::RegistryExpired, expired), (K::RegistryExpires, True)]);
        assert_eq!(found.fact(K::RegistryExpires, "z-main").measure.map(|it| it.value), left);
    }
    holds(&until(None), &[(K::RegistryExpired, Unknown), (K::RegistryExpires, Unknown)]);
}

fn name_servers_are_held_against_the_estate() {
    let listing = |names: Option<&[&str]>| {
        let nameservers = names.map(|names| names.iter().map(|name| Remote::new(*name)).collect());
        judged(answered(Registration { nameservers, ..registration(&["active"]) }))
    };
    for (names, truth) in [
        (Some(&["NS1.PROV-A.EXAMPLE", "ns2.prov-a.example."][..]), True),
        (Some(&["ns1.prov-b.example"][..]), False),
        (Some(&["ns1.prov-a.example", "ns.stranger.example"][..]), False),
        (Some(&[][..]), False),
        (None, Unknown),
    ] {
        holds(&listing(names), &[(K::RegistryDelegationAsIntended, truth)]);
    }
}

const KINDS: [FactKind; 9] = [
    K::RegistryRegistered,
    K::RegistryHold,
    K::RegistryHoldByRegistry,
    K::RegistryHoldByRegistrar,
    K::RegistryDeleting,
    K::RegistryExpired,
    K::RegistryExpires,
    K::RegistryLocked,
    K::RegistryDelegationAsIntended,
];

fn what_was_not_said_is_not_known() {
    let silent = [
        Ending::TimedOut,
        Ending::Refused,
        Ending::Unreachable,
        Ending::Closed,
        Ending::Malformed(Remote::new("status 404, and no error of RDAP")),
        Ending::Inconclusive(Inconclusive::Busy("status 429".to_owned())),
        Ending::Inconclusive(Inconclusive::Deadline),
    ];
    for how in silent {
        let found = judged(ending(how));
        KINDS.into_iter().for_each(|kind| holds(&found, &[(kind, Unknown)]));
        found.is(Verdict::Healthy, &[]);
    }
    // Without a registry nothing could ever be known, and health does not wait for it.
    let found = judged(World::new());
    for kind in KINDS {
        let fact = found.fact(kind, "z-main");
        let of = fact.measure.and_then(|measure| measure.of);
        assert_eq!((fact.truth, of), (Unknown, Some(0.0)), "{kind}");
    }
    let bare = judged(answered(Registration::default()));
    holds(&bare, &[(K::RegistryRegistered, True)]);
    KINDS[1..].iter().for_each(|kind| holds(&bare, &[(*kind, Unknown)]));
}

fn a_registry_that_knows_no_such_domain_holds_nothing() {
    let words = Remote::new("Not \u{1b}[2JFound");
    let found = judged(ending(Ending::Answered(RegistryAnswer::NotRegistered(words))));
    holds(&found, &[(K::RegistryRegistered, False)]);
    KINDS[1..].iter().for_each(|kind| holds(&found, &[(*kind, Unknown)]));
    let because = &found.fact(K::RegistryRegistered, "z-main").because;
    assert!(because.contains("\\u{1b}") && !because.contains('\u{1b}'), "{because}");
}

fn a_parent_that_delegates_to_nobody_is_told_from_one_that_does_not_say() {
    let at = |delegated: Vec<String>| judged(World::new().but(|it| it.delegated = delegated));
    holds(&at(Vec::new()), &[(K::DnsDelegationPresent, False)]);
    holds(&at(vec!["prov-b".to_owned()]), &[(K::DnsDelegationPresent, True)]);
    let dead = judged(World::new().with(Mode::Silent, &["203.0.113.1"]));
    holds(&dead, &[(K::DnsDelegationPresent, Unknown)]);
    let odd = judged(World::new().with(Mode::Odd, &["203.0.113.1"]));
    holds(&odd, &[(K::DnsDelegationPresent, Unknown)]);
}

/// A world whose parent delegates `z-main` to nobody.
fn lost(world: World) -> World {
    world.but(|world| world.delegated = Vec::new())
}

fn a_hold_is_named_with_whose_it_is() {
    let past = Some(jiff::Timestamp::from_second(-DAY).unwrap());
    for (statuses, expires, mechanism) in [
        (&["server hold"][..], None, "by-registry"),
        (&["client hold"][..], None, "by-registrar"),
        (&["server hold", "client hold"][..], None, "by-registry"),
        (&["redemption period"][..], None, "deleting"),
        (&["client hold", "auto renew period"][..], past, "by-registrar"),
        (&["auto renew period"][..], past, "expired"),
    ] {
        let world = lost(answered(Registration { expires, ..registration(statuses) }));
        let wanted = format!("domain-hold/z-main/{mechanism} call");
        let found = judged(world).is(Verdict::Fault, &[&wanted]);
        assert_eq!(found.diagnosis.advice, Some(Advice::Call), "{}", found.told());
        let explains = &found.diagnosis.causes[0].explains;
        for kind in [K::DnsDelegationPresent, K::DnsDelegationAsIntended, K::ResolverAnswersRight] {
            assert!(explains.contains(&found.fact(kind, "z-main").id), "{kind}");
        }
    }
    let none = Ending::Answered(RegistryAnswer::NotRegistered(Remote::new("Not Found")));
    judged(lost(ending(none))).is(Verdict::Fault, &["domain-hold/z-main/gone call"]);
}

fn a_hold_that_the_parent_does_not_show_yet_is_one_all_the_same() {
    judged(answered(registration(&["server hold"])))
        .is(Verdict::Fault, &["domain-hold/z-main/by-registry call"]);
    let dead = answered(registration(&["client hold"])).with(Mode::Silent, &["203.0.113.1"]);
    judged(dead).is(Verdict::Fault, &["domain-hold/z-main/by-registrar call"]);
    // It is delegated, so whoever knows no such domain is not its registry.
    let none = Ending::Answered(RegistryAnswer::NotRegistered(Remote::new("Not Found")));
    judged(ending(none)).is(Verdict::Undetermined, &[]);
}

fn a_lost_delegation_without_a_word_of_the_registry_is_not_decided() {
    for how in [
        Ending::TimedOut,
        Ending::Malformed(Remote::new("it is about `another.example`")),
        Ending::Inconclusive(Inconclusive::Busy("status 503".to_owned())),
    ] {
        let found = judged(lost(ending(how))).is(Verdict::Undetermined, &[]);
        let registry = |it: &&lifeboat::model::NextProbe| it.probe == ProbeKind::Registry;
        let next: Vec<_> = found.diagnosis.next_probes.iter().filter(registry).collect();
        assert!(next.iter().any(|it| it.of.ends_with(" of z-main")), "{next:?}");
        assert!(
            next.iter().any(|it| it.separates.iter().any(|id| id == "domain-hold")),
            "{next:?}"
        );
    }
}

fn a_lost_delegation_of_a_domain_that_nobody_holds_is_no_hold() {
    let found = judged(lost(answered(registration(&["client transfer prohibited"]))));
    let causes = &found.diagnosis.causes;
    assert!(causes.iter().all(|it| it.failure_mode != "domain-hold"), "{}", found.told());
}

fn a_registry_that_does_not_answer_blames_nobody() {
    let dead = || ending(Ending::TimedOut);
    judged(dead()).is(Verdict::Healthy, &[]);
    let provider = dead().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]);
    judged(provider).is(Verdict::Fault, &["dns-provider-outage/prov-a/hung act"]);
    judged(dead().with(Mode::Silent, &["198.51.100.20"]))
        .is(Verdict::Fault, &["tracker-loss/t-far/hung act"]);
}

fn a_hold_beside_a_dead_provider_stays_two_causes() {
    let world = lost(answered(registration(&["server hold"])));
    let world = world.with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]);
    let found = judged(world);
    let modes: Vec<_> = found.diagnosis.causes.iter().map(|it| it.failure_mode.as_str()).collect();
    assert!(modes.contains(&"domain-hold"), "{}", found.told());
    let provider =
        found.diagnosis.causes.iter().find(|it| it.failure_mode == "dns-provider-outage");
    assert!(provider.is_none_or(|it| it.advice != Advice::Act), "{}", found.told());
}
