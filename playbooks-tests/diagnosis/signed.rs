//! Signed zones: what a provider signs and what a resolver claims, each true, false and unknown, and what is made of it.

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use lifeboat::model::{
    DnsAnswer, DnsRecord, DnsRole, DnsTransport, Ending, Evidence, FactKind as K, Observation,
    Remote, Truth, Unit, Verdict,
};
use lifeboat::world::ZoneKey;
use serde_json::json;

use super::judged::{Judged, judged, with_evidence};
use super::world::{Mode, World};
use Truth::{False, True, Unknown};

pub fn trials() -> Vec<Trial> {
    trials![
        a_zone_without_ds_needs_no_signature,
        what_is_signed_is_valid_and_for_how_long,
        each_fault_of_a_signature_is_named_with_its_mechanism,
        who_fails_for_what_is_bogus_is_not_cut_off,
        a_question_that_wants_no_signature_accuses_nobody,
        without_the_parents_word_nobody_can_tell,
        the_operators_own_ds_counts_more_than_the_parents,
        a_provider_that_says_nothing_is_not_bogus,
        a_standby_is_safe_while_what_it_serves_validates,
        a_standby_is_judged_over_both_ways_and_by_each_server,
        who_is_safe_is_told_by_the_parents_ds_alone,
        a_resolver_forges_when_it_claims_to_have_validated_what_cannot_be,
    ]
}

const ZONE: &str = "seeds.example.";
const HOUR: i64 = 3600;

/// How a provider signs: key that it serves, key that it uses, from and to in seconds from now.
#[derive(Clone, Copy)]
struct Signing {
    served: u8,
    used: Option<u8>,
    from: i64,
    to: i64,
}

const GOOD: Signing = Signing { served: 0, used: Some(0), from: -HOUR, to: HOUR };

fn world() -> World {
    World::new().but(|world| world.ds = vec![ZoneKey::of(ZONE, 0).ds()])
}

fn sign(answer: &mut DnsAnswer, signing: Signing) {
    let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    let Some(used) = signing.used else { return };
    let key = ZoneKey::of(ZONE, used);
    let signature = key.sign(&answer.answers, at(signing.from), at(signing.to));
    answer.answers.extend(signature);
}

/// Signs what `prov-a` says, then changes what comes home.
fn signed(world: &World, signing: Signing, change: impl Fn(&mut Evidence)) -> Vec<Evidence> {
    signed_by(world, "prov-a", signing, change)
}

fn signed_by(
    world: &World,
    provider: &str,
    signing: Signing,
    change: impl Fn(&mut Evidence),
) -> Vec<Evidence> {
    let mut evidence = world.evidence();
    for one in &mut evidence {
        if let Observation::Dns(dns) = &mut one.observation
            && one.subject == *provider
            && let Ending::Answered(answer) = &mut dns.ending
        {
            if dns.kind == "DNSKEY" {
                answer.answers = vec![ZoneKey::of(ZONE, signing.served).dnskey(300)];
            }
            sign(answer, signing);
        }
        change(one);
    }
    evidence
}

fn played(signing: Signing, change: impl Fn(&mut Evidence)) -> Judged {
    let evidence = signed(&world(), signing, change);
    with_evidence(world(), &evidence)
}

#[track_caller]
fn holds(found: &Judged, kind: K, subject: &str, truth: Truth) {
    let fact = found.fact(kind, subject);
    assert_eq!(fact.truth, truth, "{kind} {subject}: {}", fact.because);
}

const FAULTS: [K; 7] = [
    K::DnssecExpired,
    K::DnssecNotYetValid,
    K::DnssecDsMismatch,
    K::DnssecMissingKey,
    K::DnssecStripped,
    K::DnssecWrongDenial,
    K::DnssecBadSignature,
];

fn a_zone_without_ds_needs_no_signature() {
    let found = judged(World::new()).is(Verdict::Healthy, &[]);
    holds(&found, K::DnssecValid, "prov-a", Unknown);
    FAULTS.into_iter().for_each(|kind| holds(&found, kind, "prov-a", Unknown));
    // With a digest that nobody here knows the zone is open (RFC 4035 §5.2): nothing is proven, and nothing bogus.
    let open = World::new().but(|world| world.ds = vec![format!("1 13 99 {}", "00".repeat(32))]);
    let found = judged(open).is(Verdict::Healthy, &[]);
    holds(&found, K::DnssecValid, "prov-a", Unknown);
    FAULTS.into_iter().for_each(|kind| holds(&found, kind, "prov-a", Unknown));
}

fn what_is_signed_is_valid_and_for_how_long() {
    let found = played(GOOD, |_| {}).is(Verdict::Healthy, &[]);
    holds(&found, K::DnssecValid, "prov-a", True);
    let measure = found.fact(K::DnssecValid, "prov-a").measure.unwrap();
    assert_eq!((measure.value, measure.unit), (3600.0, Unit::Seconds));
    FAULTS.into_iter().for_each(|kind| holds(&found, kind, "prov-a", False));
    // The first signature that runs out is what users notice.
    let soon = |one: &mut Evidence| {
        if let Observation::Dns(dns) = &mut one.observation
            && (one.subject.as_str(), dns.kind.as_str()) == ("prov-a", "NS")
            && let Ending::Answered(answer) = &mut dns.ending
        {
            answer.answers.retain(|record| record.kind == "NS");
            sign(answer, Signing { to: 60, ..GOOD });
        }
    };
    let left = played(GOOD, soon).fact(K::DnssecValid, "prov-a").measure.unwrap();
    assert_eq!(left.value, 60.0);
}

/// Resolvers that validate fail for our names, and for no others.
fn fail(one: &mut Evidence) {
    if let Observation::Dns(dns) = &mut one.observation
        && matches!(dns.role, DnsRole::Resolver { zone: Some(_) })
    {
        let failed = DnsAnswer { rcode: "SERVFAIL".into(), ..DnsAnswer::default() };
        dns.ending = Ending::Answered(failed);
    }
}

fn each_fault_of_a_signature_is_named_with_its_mechanism() {
    for (signing, kind, mechanism, advice) in [
        (Signing { to: -1, ..GOOD }, K::DnssecExpired, "expired", "act"),
        (Signing { from: 1, ..GOOD }, K::DnssecNotYetValid, "not-yet-valid", "act"),
        (Signing { served: 1, used: Some(1), ..GOOD }, K::DnssecDsMismatch, "ds-mismatch", "call"),
        (Signing { used: Some(1), ..GOOD }, K::DnssecMissingKey, "missing-key", "act"),
        (Signing { used: None, ..GOOD }, K::DnssecStripped, "stripped", "act"),
    ] {
        let wanted = format!("dnssec-bogus/prov-a/{mechanism} {advice}");
        let found = played(signing, fail).is(Verdict::Fault, &[&wanted]);
        holds(&found, K::DnssecValid, "prov-a", False);
        holds(&found, kind, "prov-a", True);
        FAULTS.into_iter().filter(|other| *other != kind).for_each(|other| {
            holds(&found, other, "prov-a", False);
        });
    }
    let forge = |one: &mut Evidence| {
        if let Observation::Dns(dns) = &mut one.observation
            && one.subject == "prov-a"
            && let Ending::Answered(answer) = &mut dns.ending
        {
            let addresses = answer.answers.iter_mut().filter(|record| record.kind == "A");
            addresses.for_each(|record| record.data = Remote::new("198.18.0.66"));
        }
    };
    let found = played(GOOD, forge);
    holds(&found, K::DnssecBadSignature, "prov-a", True);
    let gone = |one: &mut Evidence| {
        if let Observation::Dns(dns) = &mut one.observation
            && one.subject == "prov-a"
            && dns.kind == "A"
            && let Ending::Answered(answer) = &mut dns.ending
        {
            answer.answers.clear();
            answer.rcode = "NXDOMAIN".into();
            // From the top to `a`: ours lie elsewhere.
            let nsec = r"\# 20 0161057365656473076578616d706c6500000140";
            let mut denial =
                DnsAnswer { answers: vec![record(ZONE, "NSEC", nsec)], ..DnsAnswer::default() };
            sign(&mut denial, GOOD);
            answer.authority = denial.answers;
        }
    };
    let found = played(GOOD, gone);
    holds(&found, K::DnssecWrongDenial, "prov-a", True);
}

/// A resolver may say that it reached nobody when what it reached is bogus; so does one whose own way is cut.
fn who_fails_for_what_is_bogus_is_not_cut_off() {
    let unreached = |one: &mut Evidence| {
        fail(one);
        if let Observation::Dns(dns) = &mut one.observation
            && matches!(dns.role, DnsRole::Resolver { zone: Some(_) })
            && let Ending::Answered(answer) = &mut dns.ending
        {
            answer.extended_errors = vec![(22, Remote::new("no servers could be reached"))];
        }
    };
    let expired = Signing { to: -1, ..GOOD };
    let found = played(expired, unreached).is(Verdict::Fault, &["dnssec-bogus/prov-a/expired act"]);
    let resolver = found.world.estate().resolvers[0].id.clone();
    holds(&found, K::DnsResolverCutOff, resolver.as_str(), Unknown);
    let found = played(GOOD, unreached);
    holds(&found, K::DnsResolverCutOff, resolver.as_str(), True);
}

fn a_question_that_wants_no_signature_accuses_nobody() {
    let plain = |one: &mut Evidence| {
        if let Observation::Dns(dns) = &mut one.observation
            && dns.kind == "A"
            && let Ending::Answered(answer) = &mut dns.ending
        {
            dns.manner.dnssec = false;
            answer.answers.retain(|record| record.kind != "RRSIG");
        }
    };
    let found = played(GOOD, plain).is(Verdict::Healthy, &[]);
    holds(&found, K::DnssecStripped, "prov-a", False);
}

fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
    DnsRecord { name: name.into(), kind: kind.into(), ttl: 300, data: Remote::new(data) }
}

fn without_the_parents_word_nobody_can_tell() {
    let dark = world().with(Mode::Silent, &["203.0.113.1"]);
    let evidence = signed(&dark, Signing { to: -1, ..GOOD }, |_| {});
    let found = with_evidence(dark, &evidence);
    holds(&found, K::DnssecValid, "prov-a", Unknown);
    holds(&found, K::DnssecExpired, "prov-a", Unknown);
    assert_ne!(found.diagnosis.verdict, Verdict::Healthy);
}

fn the_operators_own_ds_counts_more_than_the_parents() {
    let own = |edition| {
        let dark = world().with(Mode::Silent, &["203.0.113.1"]);
        let world = dark.but(|world| {
            world.estate["zones"][0]["trust_anchor"] = json!([ZoneKey::of(ZONE, edition).ds()]);
        });
        let evidence = signed(&world, GOOD, |_| {});
        with_evidence(world, &evidence)
    };
    holds(&own(0), K::DnssecValid, "prov-a", True);
    holds(&own(1), K::DnssecValid, "prov-a", False);
    holds(&own(1), K::DnssecDsMismatch, "prov-a", True);
    let other = world().but(|world| {
        world.estate["zones"][0]["trust_anchor"] = json!([ZoneKey::of(ZONE, 1).ds()]);
    });
    let evidence = signed(&other, GOOD, |_| {});
    holds(&with_evidence(other, &evidence), K::DnssecDsMismatch, "prov-a", True);
}

fn a_provider_that_says_nothing_is_not_bogus() {
    let dead = world().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]);
    let evidence = signed(&dead, GOOD, fail);
    // Nobody else signs in its place, so moving would help nobody who validates.
    let wanted = ["dns-provider-outage/prov-a/hung call"];
    let found = with_evidence(dead, &evidence).is(Verdict::Fault, &wanted);
    holds(&found, K::DnssecValid, "prov-a", Unknown);
}

/// Diagnoses a world whose standby signs.
fn standing_by(world: World, signing: Signing, change: impl Fn(&mut Evidence)) -> Judged {
    let evidence = signed_by(&world, "prov-b", signing, change);
    with_evidence(world, &evidence)
}

const STANDBY: &str = "z-main, prov-b";

fn a_standby_is_safe_while_what_it_serves_validates() {
    let good = standing_by(world(), GOOD, |_| {});
    holds(&good, K::DnssecSafeToMove, STANDBY, True);
    for (signing, words) in [
        (Signing { to: -1, ..GOOD }, "expired 1 s ago at 203.0.113.70"),
        (Signing { from: 1, ..GOOD }, "is valid in 1 s only"),
        (Signing { served: 1, used: Some(1), ..GOOD }, "is one that its DS names"),
        (Signing { used: Some(1), ..GOOD }, "no key that seeds.example. serves signed"),
        (Signing { used: None, ..GOOD }, "has no signature"),
    ] {
        let found = standing_by(world(), signing, |_| {});
        holds(&found, K::DnssecSafeToMove, STANDBY, False);
        let because = &found.fact(K::DnssecSafeToMove, STANDBY).because;
        assert!(because.contains(words), "{because}");
    }
    let unsigned = judged(world());
    holds(&unsigned, K::DnssecSafeToMove, STANDBY, False);
    let because = &unsigned.fact(K::DnssecSafeToMove, STANDBY).because;
    assert!(because.contains("203.0.113.70 serves no key of seeds.example."), "{because}");
    // Nothing that was asked is left out of it, and what was not heard proves nothing.
    let dead = standing_by(world().with(Mode::Silent, &["203.0.113.70"]), GOOD, |_| {});
    holds(&dead, K::DnssecSafeToMove, STANDBY, Unknown);
}

/// Changes what a standby's DNSKEY is over a transport.
fn over(stream: bool, change: impl Fn(&mut Ending<DnsAnswer>)) -> impl Fn(&mut Evidence) {
    move |one: &mut Evidence| {
        if let Observation::Dns(dns) = &mut one.observation
            && one.subject == "prov-b"
            && dns.kind == "DNSKEY"
            && (dns.transport == DnsTransport::Tcp) == stream
        {
            change(&mut dns.ending);
        }
    }
}

fn a_standby_is_judged_over_both_ways_and_by_each_server() {
    let spoil = |ending: &mut Ending<DnsAnswer>| {
        if let Ending::Answered(answer) = ending {
            answer.answers.retain(|record| record.kind == "DNSKEY");
        }
    };
    for stream in [false, true] {
        let found = standing_by(world(), GOOD, over(stream, spoil));
        holds(&found, K::DnssecSafeToMove, STANDBY, False);
        // Keys that came one way alone are enough for what came the other.
        let lost = over(stream, |ending| *ending = Ending::TimedOut);
        holds(&standing_by(world(), GOOD, lost), K::DnssecSafeToMove, STANDBY, True);
    }
    let silent = |one: &mut Evidence| {
        for stream in [false, true] {
            over(stream, |ending| *ending = Ending::TimedOut)(one);
        }
    };
    holds(&standing_by(world(), GOOD, silent), K::DnssecSafeToMove, STANDBY, Unknown);
    let second = || {
        world().but(|world| {
            let server = json!({"name": "ns2.b.example.", "addresses": ["203.0.113.71"]});
            let providers = world.estate["dns_providers"].as_array_mut().unwrap();
            let b = providers.iter_mut().find(|it| it["id"] == "prov-b").unwrap();
            b["nameservers"].as_array_mut().unwrap().push(server);
        })
    };
    holds(&standing_by(second(), GOOD, |_| {}), K::DnssecSafeToMove, STANDBY, True);
    let one_late = |one: &mut Evidence| {
        if let Observation::Dns(dns) = &mut one.observation
            && dns.server.ip().to_string() == "203.0.113.71"
            && let Ending::Answered(answer) = &mut dns.ending
        {
            answer.answers.retain(|record| record.kind != "RRSIG");
            sign(answer, Signing { to: -60, ..GOOD });
        }
    };
    let found = standing_by(second(), GOOD, one_late);
    holds(&found, K::DnssecSafeToMove, STANDBY, False);
    let because = &found.fact(K::DnssecSafeToMove, STANDBY).because;
    assert!(because.contains("at 203.0.113.71"), "{because}");
}

/// The operator's own DS does not stand at the parent, where resolvers look.
fn who_is_safe_is_told_by_the_parents_ds_alone() {
    holds(&judged(World::new()), K::DnssecSafeToMove, STANDBY, True);
    let dark = world().with(Mode::Silent, &["203.0.113.1"]);
    holds(&standing_by(dark, GOOD, |_| {}), K::DnssecSafeToMove, STANDBY, Unknown);
    let own = world().but(|world| {
        world.estate["zones"][0]["trust_anchor"] = json!([ZoneKey::of(ZONE, 1).ds()]);
    });
    holds(&standing_by(own, GOOD, |_| {}), K::DnssecSafeToMove, STANDBY, True);
    let open = World::new().but(|world| world.ds = vec![format!("1 13 99 {}", "00".repeat(32))]);
    holds(&standing_by(open, GOOD, |_| {}), K::DnssecSafeToMove, STANDBY, Unknown);
}

fn a_resolver_forges_when_it_claims_to_have_validated_what_cannot_be() {
    // What `res-a` answers: address, key and end of its signature, and whether it claims to have validated.
    let answers = |address: &'static str, used: Option<u8>, to: i64, ad: bool| {
        played(GOOD, move |one| {
            if let Observation::Dns(dns) = &mut one.observation
                && one.subject == "res-a"
                && matches!(dns.role, DnsRole::Resolver { zone: Some(_) })
                && let Ending::Answered(answer) = &mut dns.ending
            {
                answer.ad = ad;
                answer.answers[0].data = Remote::new(address);
                sign(answer, Signing { used, to, ..GOOD });
            }
        })
    };
    let (ours, other) = ("198.18.0.10", "198.18.0.66");
    for (address, used, to, ad, truth) in [
        (ours, Some(0), HOUR, true, False),
        (other, None, HOUR, true, True),
        (other, None, HOUR, false, Unknown),
        (ours, None, HOUR, true, Unknown),
        (other, Some(1), HOUR, true, Unknown),
        (other, Some(0), -1, true, Unknown),
    ] {
        let found = answers(address, used, to, ad);
        holds(&found, K::DnsResolverFalseAd, "res-a", truth);
        let healthy = found.diagnosis.verdict == Verdict::Healthy;
        assert!(truth != True || !healthy, "a forger is no health");
        assert!(found.diagnosis.causes.iter().all(|cause| cause.failure_mode != "resolver-outage"));
    }
}
