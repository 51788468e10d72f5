//! Each fact: when it is true, when false, when unknown, and what it says then.

use super::judged::{Judged, judged, with_evidence};
use super::world::{Mode, World};
use libtest_mimic::Trial;
use lifeboat::model::{
    CopyObservation, Ending, Evidence, FactKind, Gap, Id, Inconclusive, Observation, Remote,
    SetGap, TrackerAnswer, Truth, VantageObservation, ZoneComparison,
};
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    trials![
        authorities_answer_time_out_refuse_or_are_lame,
        a_server_that_answers_over_tcp_alone_does_not_answer,
        resolvers_are_right_or_not,
        the_parent_tells_where_the_zone_is_delegated,
        a_standby_is_in_parity_or_not,
        a_whole_copy_decides_parity_with_what_is_answered,
        an_answer_that_was_cut_accuses_nobody,
        trackers_must_answer_sanely,
        a_wrong_source_is_no_answer,
        peers_are_held_against_what_is_usual,
        a_share_tells_where_no_number_does,
        routes_are_seen_and_by_the_right_origin,
        networks_answer_while_anything_in_them_does,
        seedboxes_answer_or_not,
        a_failed_vantage_is_no_finding,
        another_vantage_joins_by_or,
        remote_text_is_spelt_out,
        sentences_can_be_read_at_night,
    ]
}

use FactKind as K;
use Truth::{False, True, Unknown};

#[track_caller]
fn holds(found: &Judged, wanted: &[(FactKind, &str, Truth)]) {
    for (kind, subject, truth) in wanted {
        let fact = found.fact(*kind, subject);
        assert_eq!(fact.truth, *truth, "{kind} {subject}: {}", fact.because);
    }
}

/// Diagnoses a world whose evidence is changed on its way home.
fn with(world: World, mut change: impl FnMut(&mut Evidence)) -> Judged {
    let mut evidence = world.evidence();
    evidence.iter_mut().for_each(&mut change);
    with_evidence(world, &evidence)
}

/// What was cut (TC) shows nothing of what it left out.
fn an_answer_that_was_cut_accuses_nobody() {
    let zone = [K::DnsDelegationPresent, K::DnsDelegationConsistent, K::DnsDelegationGlue];
    let provider = [K::DnsRecordsChanged, K::DnsRecordsMissing, K::DnsRecordsDisagree];
    let resolver = [K::DnsResolverForges, K::DnsResolverCensors];
    let found = with(World::new(), |evidence| {
        let Observation::Dns(dns) = &mut evidence.observation else { return };
        if let Ending::Answered(answer) = &mut dns.ending {
            answer.tc = true;
            answer.answers.clear();
            answer.authority.clear();
            answer.additional.clear();
        }
    });
    assert_eq!(found.diagnosis.causes, [], "{}", found.told());
    zone.into_iter().for_each(|kind| holds(&found, &[(kind, "z-main", Unknown)]));
    provider.into_iter().for_each(|kind| holds(&found, &[(kind, "prov-a", Unknown)]));
    resolver.into_iter().for_each(|kind| holds(&found, &[(kind, "res-a", Unknown)]));
    holds(&found, &[(K::DnssecSafeToMove, "z-main, prov-b", Unknown)]);
}

fn authorities_answer_time_out_refuse_or_are_lame() {
    let kinds = [
        K::DnsAuthorityAnswers,
        K::DnsAuthorityTimesOut,
        K::DnsAuthorityRefuses,
        K::DnsAuthorityLame,
        K::DnsAuthorityTcp,
    ];
    for (mode, truths) in [
        (Mode::Fine, [True, False, False, False, True]),
        (Mode::Silent, [False, True, False, False, False]),
        (Mode::Refused, [False, False, True, False, False]),
        (Mode::Odd, [False, False, False, True, False]),
    ] {
        let found = judged(World::new().with(mode, &["192.0.2.1", "192.0.2.2"]));
        for (kind, truth) in kinds.into_iter().zip(truths) {
            holds(&found, &[(kind, "prov-a", truth)]);
        }
    }
    let unasked = with_evidence(World::new(), &[]);
    kinds.into_iter().for_each(|kind| holds(&unasked, &[(kind, "prov-a", Unknown)]));
    let mixed =
        judged(World::new().with(Mode::Silent, &["192.0.2.1"]).with(Mode::Refused, &["192.0.2.2"]));
    holds(
        &mixed,
        &[(K::DnsAuthorityTimesOut, "prov-a", False), (K::DnsAuthorityRefuses, "prov-a", True)],
    );
}

fn a_server_that_answers_over_tcp_alone_does_not_answer() {
    let found = with(World::new(), |evidence| {
        if let Observation::Dns(dns) = &mut evidence.observation
            && evidence.subject == "prov-b"
            && dns.transport == lifeboat::model::DnsTransport::Udp
        {
            dns.ending = Ending::TimedOut;
        }
    });
    holds(
        &found,
        &[(K::DnsAuthorityAnswers, "prov-b", False), (K::DnsAuthorityTcp, "prov-b", True)],
    );
}

fn resolvers_are_right_or_not() {
    let fine = judged(World::new());
    holds(
        &fine,
        &[
            (K::DnsResolverAnswers, "res-a", True),
            (K::DnsNameResolves, "res-a", True),
            (K::ResolverAnswersRight, "z-main", True),
        ],
    );
    let poisoned = with(World::new(), |evidence| {
        if let Observation::Dns(dns) = &mut evidence.observation
            && evidence.subject == "res-a"
            && let Ending::Answered(answer) = &mut dns.ending
        {
            answer
                .answers
                .iter_mut()
                .filter(|it| it.kind == "A")
                .for_each(|it| it.data = Remote::new("10.6.6.6"));
        }
    });
    holds(
        &poisoned,
        &[
            (K::DnsResolverAnswers, "res-a", True),
            (K::DnsNameResolves, "res-a", False),
            (K::DnsNameResolves, "res-b", True),
            (K::ResolverAnswersRight, "z-main", False),
        ],
    );
    let share = poisoned.fact(K::ResolverAnswersRight, "z-main").measure.and_then(|m| m.percent());
    assert_eq!(share, Some(75.0));
    let failing = judged(World::new().with(Mode::Odd, &["198.51.100.153"]));
    holds(
        &failing,
        &[(K::DnsResolverAnswers, "res-a", True), (K::DnsNameResolves, "res-a", False)],
    );
}

fn the_parent_tells_where_the_zone_is_delegated() {
    let at = |delegated: &[&str]| {
        let delegated = delegated.iter().map(|id| (*id).to_owned()).collect();
        judged(World::new().but(|world| world.delegated = delegated))
    };
    let (a, b) = ("z-main, prov-a", "z-main, prov-b");
    holds(
        &at(&["prov-a"]),
        &[
            (K::DnsDelegated, a, True),
            (K::DnsDelegated, b, False),
            (K::DnsDelegationAsIntended, "z-main", True),
        ],
    );
    holds(
        &at(&["prov-b"]),
        &[
            (K::DnsDelegated, a, False),
            (K::DnsDelegated, b, True),
            (K::DnsDelegationAsIntended, "z-main", False),
        ],
    );
    holds(
        &at(&["prov-a", "prov-b"]),
        &[
            (K::DnsDelegated, a, True),
            (K::DnsDelegated, b, True),
            (K::DnsDelegationAsIntended, "z-main", False),
        ],
    );
    holds(&at(&[]), &[(K::DnsDelegated, a, False), (K::DnsDelegationTtl, "z-main", Unknown)]);
    let found = at(&["prov-a"]);
    for (kind, seconds) in
        [(K::DnsDelegationTtl, 300.0), (K::DnsRecordTtl, 300.0), (K::DnsNegativeTtl, 60.0)]
    {
        assert_eq!(
            found.fact(kind, "z-main").measure.map(|measure| measure.value),
            Some(seconds),
            "{kind}"
        );
    }
    let dead = judged(World::new().with(Mode::Silent, &["203.0.113.1"]));
    holds(
        &dead,
        &[
            (K::DnsParentAnswers, "z-main", False),
            (K::DnsDelegated, a, Unknown),
            (K::DnsDelegationAsIntended, "z-main", Unknown),
        ],
    );
}

fn a_standby_is_in_parity_or_not() {
    let key = "prov-b, git";
    holds(&judged(World::new()), &[(K::ZoneParity, key, True)]);
    let stale = World::new().but(|world| {
        world.answers.insert("prov-b".into(), "198.18.0.99".into());
    });
    holds(&judged(stale), &[(K::ZoneParity, key, False), (K::ZoneParity, "prov-a, git", True)]);
    holds(
        &judged(World::new().with(Mode::Silent, &["203.0.113.70"])),
        &[(K::ZoneParity, key, Unknown)],
    );
    let without = |kind: &'static str| {
        with(World::new(), move |evidence| {
            if let Observation::Dns(dns) = &mut evidence.observation
                && evidence.subject == "prov-b"
                && dns.kind == kind
                && let Ending::Answered(answer) = &mut dns.ending
            {
                answer.answers.clear();
            }
        })
    };
    ["SOA", "NS", "A"]
        .into_iter()
        .for_each(|kind| holds(&without(kind), &[(K::ZoneParity, key, False)]));
}

/// Diagnoses a world in which a whole copy of `prov-b` was read, or was to be.
fn copied(world: World, ending: Ending<ZoneComparison>) -> Judged {
    let mut evidence = world.evidence();
    let mut copy = evidence[0].clone();
    (copy.id, copy.subject) = ("e-copy".into(), "prov-b".into());
    let (zone, against) = ("z-main".into(), "prov-a".into());
    copy.observation =
        Observation::Copy(CopyObservation { zone, against, ending, hidden: Vec::new() });
    evidence.push(copy);
    with_evidence(world, &evidence)
}

fn a_whole_copy_decides_parity_with_what_is_answered() {
    let said = |found: &Judged| {
        let fact = found.fact(K::ZoneParity, "prov-b, git");
        (fact.truth, fact.measure.map(|it| it.to_string()), fact.because.clone())
    };
    let agrees = || ZoneComparison { compared: 40, alike: 40, ..ZoneComparison::default() };
    let (truth, measure, because) = said(&copied(World::new(), Ending::Answered(agrees())));
    assert_eq!((truth, measure.as_deref()), (True, Some("40 of 40")), "{because}");
    assert!(because.starts_with("40 record sets as git has them"), "{because}");
    let gap = SetGap { name: "text.x.".into(), kind: "TXT".into(), gap: Gap::Missing };
    let differs = ZoneComparison { alike: 28, gaps: vec![gap], ..agrees() };
    let (truth, measure, because) = said(&copied(World::new(), Ending::Answered(differs)));
    assert_eq!((truth, measure.as_deref()), (False, Some("28 of 40")), "{because}");
    assert!(because.contains("text.x. TXT is missing; 11 further record sets"), "{because}");
    let unread = Ending::Inconclusive(Inconclusive::NotAvailable("it was late".into()));
    let (truth, measure, because) = said(&copied(World::new(), unread));
    assert_eq!((truth, measure), (Unknown, None), "{because}");
    assert!(because.contains("it was late"), "{because}");
    // A whole copy that agrees makes up neither for silence nor for a wrong answer.
    let silent = World::new().with(Mode::Silent, &["203.0.113.70"]);
    assert_eq!(said(&copied(silent, Ending::Answered(agrees()))).0, Unknown);
    let stale = World::new().but(|world| {
        world.answers.insert("prov-b".into(), "198.18.0.99".into());
    });
    assert_eq!(said(&copied(stale, Ending::Answered(agrees()))).0, False);
}

/// Gives `t-far` another answer.
fn far(change: impl Fn(&mut TrackerAnswer)) -> Judged {
    with(World::new(), |evidence| {
        let far = evidence.subject == "t-far";
        if let Observation::Tracker(asked) = &mut evidence.observation
            && far
        {
            for ending in
                [Some(&mut asked.ending), asked.unconnected.as_mut()].into_iter().flatten()
            {
                if let Ending::Answered(answer) = ending {
                    change(answer);
                }
            }
        }
    })
}

fn trackers_must_answer_sanely() {
    holds(&far(|_| {}), &[(K::TrackerAnswers, "t-far", True), (K::TrackerFails, "t-far", False)]);
    let faults: [fn(&mut TrackerAnswer); 4] = [
        |answer| answer.failure = Some(Remote::new("not here")),
        |answer| answer.interval_s = Some(0),
        |answer| answer.interval_s = None,
        |answer| (answer.peers, answer.bogons) = (5, 5),
    ];
    for fault in faults {
        holds(
            &far(fault),
            &[
                (K::TrackerAnswers, "t-far", False),
                (K::TrackerFails, "t-far", True),
                (K::TrackerTimesOut, "t-far", False),
                (K::TrackerRefuses, "t-far", False),
            ],
        );
    }
    holds(&judged(World::new()), &[(K::TrackerLists, "sb-one", True)]);
    let unlisted = with(World::new(), |evidence| {
        if let Observation::Tracker(asked) = &mut evidence.observation
            && let Ending::Answered(answer) = &mut asked.ending
        {
            answer.lists_seedboxes.clear();
        }
    });
    holds(&unlisted, &[(K::TrackerLists, "sb-one", Unknown)]);
}

fn a_wrong_source_is_no_answer() {
    let found = with(World::new(), |evidence| {
        let far = evidence.subject == "t-far";
        if let Observation::Tracker(asked) = &mut evidence.observation
            && far
        {
            asked.wrong_source = asked.unconnected.is_some();
            asked.ending = Ending::TimedOut;
        }
    });
    holds(
        &found,
        &[
            (K::TrackerAnswers, "t-far", False),
            (K::TrackerWrongSource, "t-far", True),
            (K::TrackerWrongSource, "t-one", False),
        ],
    );
}

fn peers_are_held_against_what_is_usual() {
    let share = |peers: u32, sources: (u32, u32), dtag: u32| {
        judged(World::new().but(|world| {
            world.peers = [(701, peers), (3320, dtag)].into();
            world.peer_sources = sources;
        }))
    };
    holds(&share(20, (4, 4), 30), &[(K::PeersShare, "verizon", True)]);
    holds(&share(19, (4, 4), 30), &[(K::PeersShare, "verizon", False)]);
    // Half of everybody is missing with half of the sources: that is no carrier's fault.
    holds(&share(15, (2, 4), 15), &[(K::PeersShare, "verizon", True)]);
    holds(&share(4, (2, 4), 15), &[(K::PeersShare, "verizon", False)]);
    holds(&share(0, (0, 4), 0), &[(K::PeersShare, "verizon", Unknown)]);
    let without = World::new().but(|world| world.as_table = String::new());
    let found = judged(without);
    holds(&found, &[(K::PeersShare, "verizon", Unknown)]);
    assert!(found.fact(K::PeersShare, "verizon").because.contains("no table"), "{}", found.told());
}

fn a_share_tells_where_no_number_does() {
    let share = |peers: u32, others: u32| {
        judged(World::new().but(|world| {
            world.baseline = None;
            world.peers = [(701, peers), (64_500, others)].into();
        }))
    };
    // 40 % is usual: beside 60 others that is 40.
    holds(&share(40, 60), &[(K::PeersShare, "verizon", True)]);
    holds(&share(10, 60), &[(K::PeersShare, "verizon", True)]);
    holds(&share(9, 60), &[(K::PeersShare, "verizon", False)]);
    holds(&share(0, 12), &[(K::PeersShare, "verizon", Unknown)]);
}

fn routes_are_seen_and_by_the_right_origin() {
    let announced =
        |by: Option<Vec<&'static str>>| judged(World::new().but(|world| world.announcing = by));
    let found = announced(Some(vec!["north"]));
    holds(
        &found,
        &[
            (K::BgpSeen, "p-own", True),
            (K::BgpOriginRight, "p-own", True),
            (K::BgpViewFresh, "the-estate", True),
        ],
    );
    assert_eq!(
        found.fact(K::BgpSeen, "p-own").measure.map(|m| m.to_string()),
        Some("1 of 3".to_owned())
    );
    let gone = announced(Some(Vec::new()));
    holds(&gone, &[(K::BgpSeen, "p-own", False), (K::BgpOriginRight, "p-own", Unknown)]);
    let blind = announced(None);
    holds(&blind, &[(K::BgpSeen, "p-own", Unknown), (K::BgpViewFresh, "the-estate", False)]);
    let hijacked = judged(World::new().but(|world| world.origin = 666));
    holds(&hijacked, &[(K::BgpSeen, "p-own", True), (K::BgpOriginRight, "p-own", False)]);
    let down = with(World::new(), |evidence| {
        if let Observation::Bgp(bgp) = &mut evidence.observation
            && let Ending::Answered(view) = &mut bgp.ending
        {
            view.sessions.iter_mut().for_each(|session| session.established = false);
        }
    });
    holds(&down, &[(K::BgpSeen, "p-own", Unknown), (K::BgpViewFresh, "the-estate", False)]);
    // Our own router knows its own routes, whatever the world hears.
    let own = |asn: u32| {
        judged(World::new().but(|world| {
            world.estate["collectors"] = json!([]);
            world.estate["routers"] =
                json!([{"id": "lg", "kind": "bird", "socket": "/run/r.ctl", "asn": asn}]);
            world.announcing = Some(Vec::new());
        }))
    };
    holds(&own(64_500), &[(K::BgpSeen, "p-own", Unknown)]);
    holds(&own(65_999), &[(K::BgpSeen, "p-own", False)]);
    let beside = World::new().but(|world| {
        world.estate["routers"] =
            json!([{"id": "own", "kind": "bird", "socket": "/run/r.ctl", "asn": 64_500}]);
    });
    let silent = with(beside, |evidence| {
        let own = evidence.subject == "own";
        if let Observation::Bgp(bgp) = &mut evidence.observation
            && let (true, Ending::Answered(view)) = (own, &mut bgp.ending)
        {
            view.routes.clear();
        }
    });
    let seen = silent.fact(K::BgpSeen, "p-own").measure.map(|measure| measure.to_string());
    assert_eq!(seen, Some("3 of 3".to_owned()));
}

fn networks_answer_while_anything_in_them_does() {
    let prefix = ["198.18.0.10", "198.18.0.11", "198.18.0.30"];
    holds(
        &judged(World::new()),
        &[
            (K::NetworkAnswers, "p-own", True),
            (K::UpstreamCarries, "u-transit", True),
            (K::NetworkAnswers, "verizon", Unknown),
        ],
    );
    let one = judged(World::new().with(Mode::Silent, &prefix[..2]));
    holds(&one, &[(K::NetworkAnswers, "p-own", True)]);
    assert_eq!(
        one.fact(K::NetworkAnswers, "p-own").measure.map(|m| m.to_string()),
        Some("1 of 3".to_owned())
    );
    holds(
        &judged(World::new().with(Mode::Silent, &prefix)),
        &[(K::NetworkAnswers, "p-own", False), (K::UpstreamCarries, "u-transit", False)],
    );
    // A refusal shows that packets arrive.
    holds(
        &judged(World::new().with(Mode::Refused, &prefix)),
        &[(K::NetworkAnswers, "p-own", True)],
    );
    let two = World::new().but(|world| {
        world.estate["upstreams"]
            .as_array_mut()
            .unwrap()
            .push(json!({"id": "u-other", "asn": 64511}));
        world.estate["prefixes"][0]["upstreams"] = json!(["u-transit", "u-other"]);
    });
    holds(&judged(two.with(Mode::Silent, &prefix)), &[(K::UpstreamCarries, "u-transit", Unknown)]);
}

fn seedboxes_answer_or_not() {
    holds(&judged(World::new()), &[(K::SeedboxAnswers, "sb-one", True)]);
    holds(
        &judged(World::new().with(Mode::Refused, &["198.18.0.30"])),
        &[(K::SeedboxAnswers, "sb-one", False)],
    );
    let unbuilt = with(World::new(), |evidence| {
        if let Observation::Seedbox(asked) = &mut evidence.observation {
            asked.ending = Ending::Inconclusive(Inconclusive::NotAvailable("not built".into()));
        }
    });
    holds(&unbuilt, &[(K::SeedboxAnswers, "sb-one", Unknown)]);
}

fn vps(world: &mut World) {
    let vps = json!({"id": "vps", "kind": "command", "argv": ["ssh", "vps", "lifeboat"]});
    world.estate["vantages"].as_array_mut().unwrap().push(vps);
}

fn a_failed_vantage_is_no_finding() {
    let world = World::new().but(vps);
    let mut evidence = world.evidence();
    let failed =
        VantageObservation { failed: Some(Remote::new("exit code 255")), ipv4: false, ipv6: false };
    evidence.push(Evidence {
        id: "e999".into(),
        subject: "vps".into(),
        vantage: "vps".into(),
        observation: Observation::Vantage(failed),
        ..evidence[0].clone()
    });
    let found = with_evidence(world, &evidence).is(lifeboat::model::Verdict::Healthy, &[]);
    holds(&found, &[(K::VantageAnswers, "vps", Unknown), (K::VantageAnswers, "here", True)]);
    assert_eq!(found.facts.iter().filter(|fact| fact.vantage == "vps").count(), 1);
}

/// Evidence of a second vantage that saw another world.
fn seen_from_vps(here: World, there: &World) -> Judged {
    let here = here.but(vps);
    let mut evidence = here.evidence();
    let first = evidence.len();
    evidence.extend(there.evidence().into_iter().enumerate().map(|(at, mut seen)| {
        seen.id = Id::new(format!("e{}", first + at + 1));
        seen.vantage = "vps".into();
        if matches!(seen.observation, Observation::Vantage(_)) {
            seen.subject = "vps".into();
        }
        seen
    }));
    with_evidence(here, &evidence)
}

fn another_vantage_joins_by_or() {
    use lifeboat::model::Verdict;
    let dead = || World::new().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]);
    seen_from_vps(dead(), &dead()).is(Verdict::Fault, &["dns-provider-outage/prov-a/hung act"]);
    // Dead from here, alive from there: a path, not the provider; and not health either.
    seen_from_vps(dead(), &World::new()).is(Verdict::Undetermined, &[]);
    // One blind eye blames nobody and takes nothing from the other's sight.
    let blind = World::new().all(Mode::Silent).but(|world| world.peer_sources = (0, 4));
    seen_from_vps(blind.clone(), &World::new()).is(Verdict::Healthy, &[]);
    seen_from_vps(blind, &dead()).is(Verdict::Fault, &["dns-provider-outage/prov-a/hung act"]);
}

fn remote_text_is_spelt_out() {
    let hostile = "\u{1b}[2Jgone\u{202e}";
    let found = far(|answer| answer.failure = Some(Remote::new(hostile)));
    let because = &found.fact(K::TrackerAnswers, "t-far").because;
    assert!(
        because.contains("gone") && !because.contains('\u{1b}') && !because.contains('\u{202e}'),
        "{because}"
    );
    let found = with(World::new(), |evidence| {
        if let Observation::Dns(dns) = &mut evidence.observation
            && let Ending::Answered(answer) = &mut dns.ending
        {
            answer.rcode = hostile.to_owned();
            answer.authority.iter_mut().for_each(|record| record.data = Remote::new(hostile));
        }
    });
    for fact in &found.facts {
        assert!(
            !fact.because.contains('\u{1b}') && !fact.because.contains('\u{202e}'),
            "{}",
            fact.because
        );
    }
}

fn sentences_can_be_read_at_night() {
    let found = judged(
        World::new()
            .with(Mode::Silent, &["192.0.2.1", "192.0.2.2"])
            .with(Mode::Refused, &["198.51.100.20"]),
    );
    let said = |kind, subject: &str| found.fact(kind, subject).because.clone();
    let sentences = [
        (K::ObserverHealthy, "the-estate", "10 of 13 targets answered"),
        (
            K::DnsAuthorityAnswers,
            "prov-a",
            "0 of 2 servers answer - no answer at all (ns1.prov-a.example@192.0.2.1:5302; ns2.prov-a.example@192.0.2.2:5302)",
        ),
        (K::DnsAuthorityAnswers, "prov-b", "ns1.prov-b.example@203.0.113.70:5303: answers"),
        (K::DnsResolverAnswers, "res-a", "4 of 4 questions answered"),
        (
            K::DnsNameResolves,
            "res-a",
            "0 of 2 answers for critical names right - t-one.seeds.example. A at res-a: SERVFAIL; www.seeds.example. A at res-a: SERVFAIL",
        ),
        (
            K::DnsDelegationAsIntended,
            "z-main",
            "the parent delegates to ns1.prov-a.example.; ns2.prov-a.example.",
        ),
        (
            K::TrackerAnswers,
            "t-far",
            "0 of 2 endpoints answer - the host refuses (http://t-far.seeds.example:6969/announce at 198.51.100.20; udp://t-far.seeds.example:6969/announce at 198.51.100.20)",
        ),
        (K::PeersShare, "verizon", "41 peers seen, where 40 are usual and 20 the least"),
        (K::NetworkAnswers, "p-own", "3 of 3 hosts there answer"),
        (K::BgpSeen, "p-own", "announced by 3 of 3 neighbours that are up"),
        (K::RegistryHold, "z-main", "the estate names no RDAP server for it"),
    ];
    for (kind, subject, sentence) in sentences {
        assert_eq!(said(kind, subject), sentence);
    }
}
