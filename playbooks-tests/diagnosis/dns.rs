//! DNS faults: each fact when it is true, false and unknown, and what the fault is called then.

use super::judged::{Judged, judged, with_evidence};
use super::tampering::denying;
use super::world::{Mode, World};
use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::model::{
    ApiAnswer, ApiObservation, DnsAnswer, DnsManner, DnsObservation, DnsRecord, DnsRole,
    DnsTransport, Ending, Evidence, FactKind, Inconclusive, Observation, Remote, Truth, Verdict,
};
use serde_json::json;
use std::net::SocketAddr;

pub fn trials() -> Vec<Trial> {
    trials![
        records_drift_at_one_provider,
        one_server_of_several_has_drifted,
        declared_splits_and_aliases_are_no_drift,
        servers_disagree_where_nothing_is_declared,
        a_critical_name_is_kept_for_longer_than_the_estate_wants,
        a_delegation_is_missing_or_names_other_servers,
        one_server_of_several_is_lame,
        glue_is_held_against_the_zone,
        a_stranger_that_the_parent_names_is_held_against_the_zone,
        an_api_fails_in_four_ways,
        an_api_hides_no_other_fault,
        a_tracker_is_not_blamed_for_its_name,
    ]
}

use FactKind as K;
use Truth::{False, True, Unknown};

#[track_caller]
pub fn holds(found: &Judged, wanted: &[(FactKind, &str, Truth)]) {
    for (kind, subject, truth) in wanted {
        let fact = found.fact(*kind, subject);
        assert_eq!(fact.truth, *truth, "{kind} {subject}: {}", fact.because);
    }
}

/// Diagnoses a world some of whose DNS answers are changed on their way home.
pub fn with(
    world: World,
    mut change: impl FnMut(&str, &DnsRole, &DnsObservation, &mut DnsAnswer),
) -> Judged {
    let mut evidence = world.evidence();
    for one in &mut evidence {
        let subject = one.subject.to_string();
        if let Observation::Dns(dns) = &mut one.observation {
            let asked = dns.clone();
            if let Ending::Answered(answer) = &mut dns.ending {
                change(&subject, &asked.role, &asked, answer);
            }
        }
    }
    with_evidence(world, &evidence)
}

pub fn record(name: &str, kind: &str, ttl: u32, data: &str) -> DnsRecord {
    DnsRecord { name: name.to_owned(), kind: kind.to_owned(), ttl, data: Remote::new(data) }
}

pub fn is_name(dns: &DnsObservation, host: &str) -> bool {
    dns.name == format!("{host}.seeds.example.")
}

fn records_drift_at_one_provider() {
    let drifted = |id: &str| {
        World::new().but(|world| {
            world.answers.insert(id.to_owned(), "192.0.2.66".to_owned());
        })
    };
    let found = judged(drifted("prov-a")).is(Verdict::Fault, &["record-drift/prov-a/changed call"]);
    let truths = [
        (K::DnsRecordsChanged, "prov-a", True),
        (K::DnsRecordsChanged, "prov-b", False),
        (K::DnsResolverForges, "res-a", False),
    ];
    holds(&found, &truths);
    judged(drifted("prov-b")).is(Verdict::Fault, &["record-drift/prov-b/changed wait"]);
    let deleted = with(World::new(), |_, role, dns, answer| {
        if !matches!(role, DnsRole::Parent { .. }) && is_name(dns, "t-one") {
            let denied = |it: &DnsRole| matches!(it, DnsRole::Authority { provider, .. } if provider == "prov-a");
            let aa = denied(role);
            if aa || matches!(role, DnsRole::Resolver { .. }) {
                *answer = DnsAnswer { rcode: "NXDOMAIN".to_owned(), aa, ..DnsAnswer::default() };
            }
        }
    });
    let deleted = deleted.is(Verdict::Fault, &["record-drift/prov-a/missing call"]);
    holds(
        &deleted,
        &[(K::DnsRecordsMissing, "prov-a", True), (K::DnsResolverCensors, "res-a", False)],
    );
    let dead = judged(World::new().with(Mode::Silent, &["203.0.113.70"]));
    holds(
        &dead,
        &[
            (K::DnsRecordsChanged, "prov-b", Unknown),
            (K::DnsRecordsMissing, "prov-b", Unknown),
            (K::DnsRecordsDisagree, "prov-b", Unknown),
        ],
    );
}

fn one_server_of_several_has_drifted() {
    for host in ["ns1.prov-a.example.", "ns2.prov-a.example."] {
        let at = |change: fn(&mut DnsAnswer)| {
            with(World::new(), move |_, role, dns, answer| {
                let own = matches!(role, DnsRole::Authority { server, .. } if server == host);
                if own && is_name(dns, "t-one") {
                    change(answer);
                }
            })
        };
        let changed = at(|answer| answer.answers[0].data = Remote::new("192.0.2.66"));
        holds(&changed, &[(K::DnsRecordsChanged, "prov-a", True)]);
        let missing = at(|answer| answer.answers.clear());
        holds(&missing, &[(K::DnsRecordsMissing, "prov-a", True)]);
        for (found, kind) in [(changed, K::DnsRecordsChanged), (missing, K::DnsRecordsMissing)] {
            let because = &found.fact(kind, "prov-a").because;
            assert!(because.contains(host.trim_end_matches('.')), "{because}");
        }
    }
}

fn declared_splits_and_aliases_are_no_drift() {
    let split = World::new().but(|world| {
        world.estate["zones"][0]["critical"][0]["expect"] = json!(["198.18.0.10", "198.18.0.11"]);
        world.answers.insert("prov-b".to_owned(), "198.18.0.11".to_owned());
    });
    let found = judged(split).is(Verdict::Healthy, &[]);
    holds(
        &found,
        &[(K::DnsRecordsChanged, "prov-b", False), (K::DnsRecordsDisagree, "prov-b", False)],
    );
    let alias = with(World::new(), |_, role, dns, answer| {
        if is_name(dns, "t-one") {
            let alias = record(&dns.name, "CNAME", 300, "t-one.cdn.example.");
            match role {
                DnsRole::Authority { .. } => answer.answers = vec![alias],
                DnsRole::Resolver { .. } => answer.answers.insert(0, alias),
                DnsRole::Parent { .. } | DnsRole::Delegated { .. } | DnsRole::Control => {}
            }
        }
    });
    holds(
        &alias,
        &[(K::DnsRecordsMissing, "prov-a", False), (K::DnsResolverForges, "res-a", False)],
    );
}

fn servers_disagree_where_nothing_is_declared() {
    let unsaid = |declared: serde_json::Value| {
        World::new().but(|world| {
            world.estate["zones"][0]["critical"] = declared;
            world.answers.insert("prov-b".to_owned(), "198.18.0.11".to_owned());
        })
    };
    let found = judged(unsaid(json!([{"name": "t-one", "type": "A"}])));
    holds(
        &found,
        &[
            (K::DnsRecordsDisagree, "prov-a", True),
            (K::DnsRecordsDisagree, "prov-b", True),
            (K::DnsRecordsChanged, "prov-a", False),
        ],
    );
    found.is(
        Verdict::Fault,
        &["record-drift/prov-a/disagree call", "record-drift/prov-b/disagree wait"],
    );
    let any = judged(unsaid(json!([{"name": "t-one", "type": "A", "expect": "any"}])));
    holds(&any, &[(K::DnsRecordsDisagree, "prov-a", False)]);
}

/// Diagnoses a world in which one name may be kept for five minutes, and is given these records by one provider.
fn bounded(provider: &str, records: &[(&str, &str, u32)]) -> Judged {
    let world = World::new().but(|world| {
        world.estate["zones"][0]["critical"][0]["ttl_at_most"] = json!("5m");
    });
    with(world, |subject, role, dns, answer| {
        if subject == provider && is_name(dns, "t-one") && matches!(role, DnsRole::Authority { .. })
        {
            let made =
                records.iter().map(|(name, kind, ttl)| record(name, kind, *ttl, "198.18.0.10"));
            answer.answers = made.collect();
        }
    })
}

fn a_critical_name_is_kept_for_longer_than_the_estate_wants() {
    let own = "t-one.seeds.example.";
    let long = |found: &Judged, truth| holds(found, &[(K::DnsRecordsLongLived, "z-main", truth)]);
    let cause = ["ttl-too-long/z-main/long-lived wait"];
    for provider in ["prov-a", "prov-b"] {
        let found = bounded(provider, &[(own, "A", 301)]).is(Verdict::Fault, &cause);
        long(&found, True);
        let fact = found.fact(K::DnsRecordsLongLived, "z-main");
        assert!(fact.because.contains(&format!("kept for 5m1s by {provider}")), "{}", fact.because);
        assert_eq!(fact.measure.unwrap().to_string(), "1 of 1");
    }
    long(&bounded("prov-a", &[(own, "A", 300)]).is(Verdict::Healthy, &[]), False);
    let elsewhere = [(own, "CNAME", 60), ("t-one.cdn.example.", "A", 86_400)];
    long(&bounded("prov-a", &elsewhere), False);
    long(&bounded("prov-a", &[(own, "CNAME", 301)]), True);
    // Nobody knows of whom nothing was heard; what is known to be kept for longer is so anyway.
    let heard = |ttl| {
        let mut world = World::new().with(Mode::Silent, &["203.0.113.70"]);
        world.estate["zones"][0]["critical"][0]["ttl_at_most"] = json!(ttl);
        judged(world)
    };
    long(&heard("5m"), Unknown);
    long(&heard("299s"), True);
    let unbounded = judged(World::new());
    let fact = unbounded.fact(K::DnsRecordsLongLived, "z-main");
    assert_eq!((fact.truth, fact.measure.unwrap().to_string()), (Unknown, "0 of 0".to_owned()));
    unbounded.is(Verdict::Healthy, &[]);
}

fn a_delegation_is_missing_or_names_other_servers() {
    let fine = judged(World::new());
    holds(
        &fine,
        &[(K::DnsDelegationPresent, "z-main", True), (K::DnsDelegationConsistent, "z-main", True)],
    );
    let nowhere = || World::new().but(|world| world.delegated.clear());
    holds(
        &with(nowhere(), denying("NXDOMAIN", None)),
        &[(K::DnsResolverCensors, "res-a", Unknown)],
    );
    let missing = judged(nowhere());
    holds(&missing, &[(K::DnsDelegationPresent, "z-main", False)]);
    let named =
        missing.diagnosis.causes.iter().any(|it| {
            it.failure_mode == "delegation-fault" && it.mechanism == Some("missing".into())
        });
    assert!(named, "{}", missing.told());
    // A parent that does not know the name has no DS for it: nobody waits for signatures.
    let unknown = |aa| {
        with(nowhere(), move |_, role, _, answer| {
            if matches!(role, DnsRole::Parent { .. }) {
                (answer.rcode, answer.aa) = ("NXDOMAIN".to_owned(), aa);
                answer.answers.clear();
            }
        })
    };
    let waits = |found: &Judged| found.fact(K::DnssecValid, "prov-a").measure.is_none();
    assert!(!waits(&unknown(true)) && waits(&unknown(false)), "only an authority can say so");
    unknown(true).is(Verdict::Fault, &["delegation-fault/z-main/missing call"]);
    let own = World::new().but(|world| {
        world.own_servers.insert("prov-a".to_owned(), vec!["ns1.prov-a.example.".to_owned()]);
    });
    let found = judged(own).is(Verdict::Fault, &["delegation-fault/z-main/mismatch wait"]);
    holds(&found, &[(K::DnsDelegationConsistent, "z-main", False)]);
    let silent = judged(World::new().with(Mode::Silent, &["203.0.113.1"]));
    holds(
        &silent,
        &[
            (K::DnsDelegationPresent, "z-main", Unknown),
            (K::DnsDelegationConsistent, "z-main", Unknown),
        ],
    );
    // Where no resolver is sent, a copy may name whom it likes.
    let standby = World::new().but(|world| {
        world.own_servers.insert("prov-b".to_owned(), vec!["ns9.prov-b.example.".to_owned()]);
    });
    judged(standby).is(Verdict::Healthy, &[]);
}

fn one_server_of_several_is_lame() {
    let found = judged(World::new().with(Mode::Odd, &["192.0.2.2"]))
        .is(Verdict::Fault, &["delegation-fault/z-main/lame call"]);
    holds(
        &found,
        &[(K::DnsDelegationLame, "z-main", True), (K::DnsAuthorityAnswers, "prov-a", True)],
    );
    let standby = judged(World::new().with(Mode::Odd, &["203.0.113.70"]));
    holds(&standby, &[(K::DnsDelegationLame, "z-main", False)]);
    let silent = judged(World::new().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]));
    holds(&silent, &[(K::DnsDelegationLame, "z-main", Unknown)]);
}

fn dns(role: DnsRole, at: &str, (name, kind): (&str, &str), answer: DnsAnswer) -> Observation {
    let server: SocketAddr = at.parse().unwrap();
    let (name, kind) = (name.to_owned(), kind.to_owned());
    Observation::Dns(DnsObservation {
        role,
        server,
        transport: DnsTransport::Udp,
        name,
        kind,
        manner: DnsManner::default(),
        heard: 1,
        ending: Ending::Answered(answer),
        second: None,
    })
}

/// Adds evidence to what a world brings home.
fn and(world: World, more: Vec<(&str, Observation)>) -> Judged {
    let evidence = world.evidence();
    joined(world, evidence, more)
}

fn joined(world: World, mut evidence: Vec<Evidence>, more: Vec<(&str, Observation)>) -> Judged {
    for (subject, observation) in more {
        let id = format!("e{}", evidence.len() + 1).as_str().into();
        let (subject, vantage) = (subject.into(), "here".into());
        let at = Timestamp::UNIX_EPOCH;
        evidence.push(Evidence { id, subject, vantage, at, took_ms: 9, sent: 1, observation });
    }
    with_evidence(world, &evidence)
}

const HOST: &str = "ns1.seeds.example.";

/// What the zone's own server says of its addresses, and what a referral of the parent has.
fn glue_and_own(glue: &[&str], own: &[&str]) -> Judged {
    let world = World::new().but(|world| {
        let servers = json!([{"name": HOST, "addresses": ["192.0.2.1:5302"]}]);
        world.estate["dns_providers"][0]["nameservers"] = servers;
    });
    let said = |kind: &str, data: &[&str]| {
        let answers = data.iter().map(|data| record(HOST, kind, 300, data)).collect();
        let rcode = "NOERROR".to_owned();
        let answer = DnsAnswer { rcode, aa: true, answers, ..DnsAnswer::default() };
        let (provider, zone, server) = ("prov-a".into(), "z-main".into(), HOST.to_owned());
        let role = DnsRole::Authority { provider, zone, server };
        ("prov-a", dns(role, "192.0.2.1:5302", (HOST, kind), answer))
    };
    let referral = DnsAnswer {
        rcode: "NOERROR".to_owned(),
        authority: vec![record("seeds.example.", "NS", 300, HOST)],
        additional: glue.iter().map(|data| record(HOST, "A", 300, data)).collect(),
        ..DnsAnswer::default()
    };
    let role = DnsRole::Parent { zone: "z-main".into(), server: "a.nic.example.".to_owned() };
    let parent = dns(role, "203.0.113.1:5301", ("seeds.example.", "NS"), referral);
    let mut evidence = world.evidence();
    evidence.retain(|one| {
        !matches!(&one.observation, Observation::Dns(dns)
        if matches!(dns.role, DnsRole::Parent { .. }) && dns.kind == "NS")
    });
    joined(world, evidence, vec![said("A", own), said("AAAA", &[]), ("z-main", parent)])
}

fn glue_is_held_against_the_zone() {
    let judge = |glue: &[&str], own: &[&str]| {
        glue_and_own(glue, own).fact(K::DnsDelegationGlue, "z-main").clone()
    };
    assert_eq!(judge(&["192.0.2.1"], &["192.0.2.1", "192.0.2.9"]).truth, True);
    let wrong = judge(&["192.0.2.7"], &["192.0.2.1"]);
    let named = wrong.because.contains("192.0.2.7");
    assert_eq!((wrong.truth, named), (False, true), "{}", wrong.because);
    assert_eq!(judge(&[], &["192.0.2.1"]).truth, False);
    // The estate notes the address: nobody needs to be asked.
    assert_eq!(judge(&["192.0.2.1"], &[]).truth, True);
    holds(&judged(World::new()), &[(K::DnsDelegationGlue, "z-main", Unknown)]);
    glue_and_own(&["192.0.2.7"], &["192.0.2.1"])
        .is(Verdict::Fault, &["delegation-fault/z-main/glue wait"]);
}

fn a_stranger_that_the_parent_names_is_held_against_the_zone() {
    const STRANGER: &str = "ns.stranger.example.";
    let world = || World::new().but(|world| world.strangers = vec![STRANGER.to_owned()]);
    let role = DnsRole::Delegated { zone: "z-main".into(), server: STRANGER.to_owned() };
    let refused = DnsAnswer { rcode: "REFUSED".to_owned(), ..DnsAnswer::default() };
    let lame = and(
        world(),
        vec![("z-main", dns(role, "198.51.100.9:53", ("seeds.example.", "SOA"), refused))],
    );
    lame.is(Verdict::Fault, &["delegation-fault/z-main/lame call"]);
    judged(world()).is(Verdict::Fault, &["delegation-fault/z-main/mismatch wait"]);
}

fn api(ending: Ending<ApiAnswer>) -> (&'static str, Observation) {
    ("prov-a", Observation::Api(ApiObservation { endpoint: None, ending }))
}

fn said(status: u16) -> Ending<ApiAnswer> {
    Ending::Answered(ApiAnswer { status: Some(status), with_credential: true, latency_ms: 4 })
}

/// Whoever was shown no credential says nothing about ours.
fn unshown(status: u16) -> Ending<ApiAnswer> {
    Ending::Answered(ApiAnswer { status: Some(status), with_credential: false, latency_ms: 4 })
}

fn an_api_fails_in_four_ways() {
    let no_path = Ending::Inconclusive(Inconclusive::NoAddress("none".to_owned()));
    for (ending, answers, accepts, causes) in [
        (said(200), True, True, &[][..]),
        (said(404), True, Unknown, &[]),
        (said(401), True, False, &[]),
        (unshown(200), True, Unknown, &[]),
        (unshown(401), True, Unknown, &[]),
        (said(502), False, Unknown, &["dns-api-outage/prov-a/errors wait"]),
        (Ending::TimedOut, False, Unknown, &["dns-api-outage/prov-a/hung wait"]),
        (Ending::Refused, False, Unknown, &["dns-api-outage/prov-a/refused wait"]),
        (Ending::Closed, False, Unknown, &["dns-api-outage/prov-a/errors wait"]),
        (no_path, Unknown, Unknown, &[]),
    ] {
        let verdict = match (causes, accepts) {
            ([_, ..], _) => Verdict::Fault,
            ([], False) => Verdict::Undetermined,
            ([], True | Unknown) => Verdict::Healthy,
        };
        let found = and(World::new(), vec![api(ending)]).is(verdict, causes);
        holds(
            &found,
            &[
                (K::DnsApiAnswers, "prov-a", answers),
                (K::DnsApiAccepts, "prov-a", accepts),
                (K::DnsApiAnswers, "prov-b", Unknown),
            ],
        );
    }
    let both = World::new().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]);
    let both = and(both, vec![api(Ending::TimedOut)]);
    assert!(
        both.diagnosis.causes.iter().all(|it| it.failure_mode != "dns-api-outage"),
        "{}",
        both.told()
    );
}

fn an_api_hides_no_other_fault() {
    let lame = World::new().with(Mode::Odd, &["192.0.2.2"]);
    and(lame, vec![api(said(500))]).is(
        Verdict::Fault,
        &["delegation-fault/z-main/lame call", "dns-api-outage/prov-a/errors wait"],
    );
}

fn a_tracker_is_not_blamed_for_its_name() {
    let wandering = |expect: serde_json::Value| {
        let world = World::new().but(|world| {
            world.estate["zones"][0]["critical"][0]["expect"] = expect;
            world.estate["trackers"][0]["addresses"] = json!(["192.0.2.66:6969"]);
        });
        let evidence = world.clone().with(Mode::Silent, &["192.0.2.66"]).evidence();
        // The probe was led there by the name: the estate notes no address.
        let world = world.but(|world| world.estate["trackers"][0]["addresses"] = json!([]));
        with_evidence(world, &evidence).truth(K::TrackerAnswers, "t-one")
    };
    assert_eq!(wandering(json!(["198.18.0.10"])), Unknown);
    assert_eq!(wandering(json!(["192.0.2.66"])), False);
    assert_eq!(wandering(json!("any")), False);
}
