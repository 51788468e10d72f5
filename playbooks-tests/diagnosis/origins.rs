//! Hidden origins: what a provider would publish at a name that stands behind a proxy elsewhere, true, false and unknown.

use libtest_mimic::Trial;
use lifeboat::model::{
    CopyObservation, DnsAnswer, DnsRecord, Ending, Evidence, FactKind as K, HiddenSet,
    Inconclusive, Observation, Remote, Truth, Verdict,
};
use serde_json::json;

use super::judged::{Judged, judged, with_evidence};
use super::world::{Mode, World};
use Truth::{False, True, Unknown};

pub fn trials() -> Vec<Trial> {
    trials![
        a_zone_that_hides_nothing_shows_nothing,
        what_is_public_already_may_be_answered_by_everybody,
        an_origin_is_known_by_the_copies_whatever_the_estate_expects,
        what_nobody_can_hold_against_the_public_is_unknown,
        a_name_counts_by_where_its_alias_leads,
        whoever_stands_in_front_shows_its_own_addresses,
        no_sentence_and_no_other_vantage_tells_an_origin,
    ]
}

const STANDBY: &str = "z-main, prov-b";
const FRONT: &str = "z-main, prov-a";
const NAME: &str = "www.seeds.example.";
/// What the proxy answers, and what it hides.
const EDGE: &str = "198.18.0.10";
const ORIGIN: &str = "198.18.0.99";

/// A proxies `www` and serves; B answers it with an address of its own.
fn world(there: &str) -> World {
    World::new().but(|world| {
        world.estate["zones"][0]["hide_origin"] = json!(["www"]);
        world.answers.insert("prov-b".into(), there.into());
    })
}

/// A is dead, so that nobody hears what is public now.
fn dark(there: &str) -> World {
    world(there).with(Mode::Silent, &["192.0.2.1", "192.0.2.2"])
}

/// Says that the estate expects an address there.
fn expecting(world: World, address: &str) -> World {
    world.but(|world| {
        let critical = world.estate["zones"][0]["critical"].as_array_mut().unwrap();
        critical.push(json!({"name": "www", "type": "A", "expect": [address, EDGE]}));
    })
}

fn set(at: &str, proxied: bool, committed: bool, data: &str) -> HiddenSet {
    let (name, at, data) = (NAME.to_owned(), at.into(), vec![Remote::new(data)]);
    HiddenSet { name, at, proxied, committed, data }
}

/// Adds what copies have at the hidden names.
fn copies(mut evidence: Vec<Evidence>, hidden: Vec<HiddenSet>) -> Vec<Evidence> {
    let mut copy = evidence[0].clone();
    (copy.id, copy.subject) = ("e-copy".into(), "prov-b".into());
    let ending = Ending::Inconclusive(Inconclusive::NotAvailable("it gives none now".into()));
    let (zone, against) = ("z-main".into(), "prov-a".into());
    copy.observation = Observation::Copy(CopyObservation { zone, against, ending, hidden });
    evidence.push(copy);
    evidence
}

fn copied(world: World, hidden: Vec<HiddenSet>) -> Judged {
    let evidence = copies(world.evidence(), hidden);
    with_evidence(world, &evidence)
}

#[track_caller]
fn holds(found: &Judged, subject: &str, truth: Truth) {
    let fact = found.fact(K::ZoneOriginHidden, subject);
    assert_eq!(fact.truth, truth, "{subject}: {}", fact.because);
    assert!(!fact.because.contains(ORIGIN), "it tells the origin: {}", fact.because);
}

fn a_zone_that_hides_nothing_shows_nothing() {
    let found = judged(World::new()).is(Verdict::Healthy, &[]);
    [STANDBY, FRONT].iter().for_each(|of| holds(&found, of, True));
    // What a standby would do is no fault of anybody's now.
    let shown = judged(world(ORIGIN));
    holds(&shown, STANDBY, False);
    assert!(shown.diagnosis.causes.iter().all(|cause| cause.failure_mode != "dns-provider-outage"));
}

fn what_is_public_already_may_be_answered_by_everybody() {
    let found = judged(world(EDGE));
    [STANDBY, FRONT].iter().for_each(|of| holds(&found, of, True));
    // Everybody that resolvers are sent to was heard, and nobody answers so.
    holds(&judged(world(ORIGIN)), STANDBY, False);
    holds(&judged(expecting(world(ORIGIN), ORIGIN)), STANDBY, True);
    let committed =
        |address: &str| copied(world(ORIGIN), vec![set("prov-a", false, true, address)]);
    holds(&committed(ORIGIN), STANDBY, True);
    holds(&committed("198.18.0.77"), STANDBY, False);
    // What another's copy holds now is not public by that.
    holds(&copied(world(ORIGIN), vec![set("prov-b", false, false, ORIGIN)]), STANDBY, False);
}

fn an_origin_is_known_by_the_copies_whatever_the_estate_expects() {
    for (committed, at) in [(true, "prov-a"), (false, "prov-b")] {
        for world in [dark(ORIGIN), expecting(dark(ORIGIN), ORIGIN)] {
            // Another provider's copy says so, be it of today or of git.
            holds(&copied(world, vec![set(at, true, committed, ORIGIN)]), STANDBY, False);
        }
    }
    // What is answered to everybody now is hidden no longer.
    let shown = world(ORIGIN).but(|world| {
        world.answers.insert("prov-a".into(), ORIGIN.into());
    });
    holds(&copied(shown, vec![set("prov-a", true, true, ORIGIN)]), STANDBY, True);
}

fn what_nobody_can_hold_against_the_public_is_unknown() {
    holds(&judged(dark(ORIGIN)), STANDBY, Unknown);
    holds(&judged(expecting(dark(ORIGIN), ORIGIN)), STANDBY, True);
    holds(&judged(world(EDGE).with(Mode::Silent, &["203.0.113.70"])), STANDBY, Unknown);
    holds(&judged(world(EDGE).with(Mode::Odd, &["203.0.113.70"])), STANDBY, Unknown);
    // One question without an answer, of the standby's or of those who serve.
    let without = |of: &str, kind: &str, there: &str| {
        let world = world(there);
        let mut evidence = world.evidence();
        for one in evidence.iter_mut().filter(|one| one.subject == *of) {
            if let Observation::Dns(dns) = &mut one.observation
                && dns.name == NAME
                && dns.kind == kind
            {
                dns.ending = Ending::Inconclusive(Inconclusive::Deadline);
            }
        }
        with_evidence(world, &evidence)
    };
    for kind in ["A", "AAAA"] {
        holds(&without("prov-b", kind, EDGE), STANDBY, Unknown);
        holds(&without("prov-a", kind, ORIGIN), STANDBY, Unknown);
    }
}

fn a_name_counts_by_where_its_alias_leads() {
    const TARGET: &str = "origin.seeds.example.";
    let aliased = |world: World, hidden: Vec<HiddenSet>| {
        let mut evidence = copies(world.evidence(), hidden);
        for one in evidence.iter_mut().filter(|one| one.subject == "prov-b") {
            if let Observation::Dns(dns) = &mut one.observation
                && dns.name == NAME
                && let Ending::Answered(DnsAnswer { answers, .. }) = &mut dns.ending
            {
                let (name, kind, ttl) = (NAME.into(), "CNAME".into(), 60);
                answers.insert(0, DnsRecord { name, kind, ttl, data: Remote::new(TARGET) });
            }
        }
        with_evidence(world, &evidence)
    };
    // Its addresses are public; that name is not.
    holds(&aliased(world(EDGE), Vec::new()), STANDBY, False);
    holds(&aliased(dark(EDGE), vec![set("prov-a", true, true, TARGET)]), STANDBY, False);
    let public = vec![set("prov-a", false, true, "Origin.seeds.example")];
    holds(&aliased(world(EDGE), public), STANDBY, True);
}

fn whoever_stands_in_front_shows_its_own_addresses() {
    // Moved away from the proxy: its addresses are answered by nobody else, and meant to be public.
    let moved = || {
        world(EDGE).but(|world| {
            world.delegated = vec!["prov-b".to_owned()];
            world.answers.insert("prov-a".into(), "198.18.0.50".into());
        })
    };
    holds(&judged(moved()), FRONT, True);
    let bare = vec![set("prov-b", true, true, "198.18.0.50")];
    holds(&copied(moved(), bare), FRONT, False);
    // A standby that is a proxy too, by its own copy.
    let proxied = vec![set("prov-b", true, false, ORIGIN)];
    holds(&copied(world("198.18.0.60"), proxied.clone()), STANDBY, True);
    holds(&copied(world(ORIGIN), proxied), STANDBY, False);
}

fn no_sentence_and_no_other_vantage_tells_an_origin() {
    let world = world(ORIGIN);
    let mut evidence = copies(world.evidence(), vec![set("prov-a", true, true, ORIGIN)]);
    let elsewhere = evidence.clone().into_iter().map(|mut one| {
        one.vantage = "lg".into();
        one
    });
    let elsewhere: Vec<Evidence> = elsewhere.collect();
    evidence.extend(elsewhere);
    let found = with_evidence(world, &evidence);
    let facts = found.facts.iter().filter(|fact| fact.kind == K::ZoneOriginHidden);
    assert!(facts.clone().all(|fact| fact.vantage != "lg"), "{}", found.told());
    assert!(facts.clone().all(|fact| !fact.because.contains(ORIGIN)), "{}", found.told());
    assert_eq!(facts.count(), 2);
}
