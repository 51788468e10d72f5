//! The way between a resolver and our authorities, which only its answers tell: cut off, and what it lives on meanwhile.

use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::model::Truth::{False, True, Unknown};
use lifeboat::model::{DnsAnswer, DnsRecord, Estate, EvidenceSet, Remote};
use lifeboat::wire::dns::Received;

use super::paths::{DNS, Way, fact, lab, server, with_resolver, zone};
use super::servers::{Answer, Cast, answer, code, record};
use super::{BUDGET, dns_of, play, run, sealed, word};

pub fn trials() -> Vec<Trial> {
    trials![
        a_resolver_that_reaches_no_authority_is_cut_off,
        a_resolver_whose_checking_fails_is_not_cut_off,
        a_resolver_that_fails_for_other_reasons_is_not_cut_off,
        what_a_resolver_remembers_is_a_fuse,
        the_fuse_is_the_first_right_answer_that_runs_out,
        what_a_cache_makes_up_comes_from_no_authority,
        a_fresh_name_that_was_asked_for_too_late_tells_nothing,
        an_authority_that_answers_resolvers_alone_is_cut_off_from_us,
        what_another_provider_answers_tells_nothing_of_a_silent_one,
    ]
}

/// A resolver that answers names that are not ours.
fn resolver(ours: impl Fn(&Received) -> Option<DnsAnswer> + Send + Sync + 'static) -> Answer {
    Arc::new(move |asked: &Received| match asked.name.ends_with("lab.example.") {
        true => ours(asked),
        false => Some(DnsAnswer { aa: false, ..answer(vec![record(".", "NS", "a.root.")]) }),
    })
}

/// A way to `main`: nothing comes of it unless that is well.
fn way(well: bool) -> Way {
    if well { Way::default() } else { Way { loses: |_| true, tcp: false, ..Way::default() } }
}

/// Probes an estate with a resolver; nothing answers at `main` unless it is well.
async fn resolved(well: bool, ours: Answer) -> (Estate, EvidenceSet) {
    resolved_beside(way(well), zone(1), ours).await
}

async fn resolved_beside(way: Way, main: Answer, ours: Answer) -> (Estate, EvidenceSet) {
    let ours = resolver(move |asked| ours(asked));
    resolved_in(lab(with_resolver()), (way, main), ours).await
}

async fn resolved_in(
    estate: Estate,
    (way, main): (Way, Answer),
    resolver: Answer,
) -> (Estate, EvidenceSet) {
    let mut cast = Cast::default();
    server(&mut cast, "192.0.2.1:53", way, main).await;
    server(&mut cast, "192.0.2.2:53", Way::default(), zone(4)).await;
    server(&mut cast, "192.0.2.51:53", Way::default(), resolver).await;
    let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
    (estate, set)
}

/// Returns that estate with one zone alone, at both providers.
fn shared() -> Estate {
    let mut estate = lab(with_resolver());
    estate.zones.truncate(1);
    estate.zones[0].delegated_to = ["main", "other"].map(Into::into).to_vec();
    estate
}

/// Forgets `other` and its zone.
fn without_other((estate, mut set): (Estate, EvidenceSet)) -> (Estate, EvidenceSet) {
    set.evidence.retain(|it| it.subject != "other");
    (Estate { zones: estate.zones[..1].to_vec(), ..estate }, set)
}

fn a_resolver_that_reaches_no_authority_is_cut_off() {
    play(async {
        let fails: Answer = Arc::new(|_| Some(code("SERVFAIL")));
        // What does not get through to us does not get through to a resolver either.
        let hole = Way { largest: 512, ..Way::default() };
        let holed = resolved_beside(hole, zone(4), Arc::clone(&fails)).await;
        assert_eq!(fact(&holed, "dns.path.mtu-hole", "main").truth, True);
        let cut = resolved(true, Arc::clone(&fails)).await;
        let fact_of = |seen: &_| fact(seen, "dns.resolver.cut-off", "r");
        let holed = without_other(holed);
        assert_eq!(fact_of(&holed).truth, Unknown, "{}", fact_of(&holed).because);
        assert_eq!(fact_of(&cut).truth, True, "{}", fact_of(&cut).because);
        assert_eq!(fact(&cut, "dns.resolver.answers", "r").truth, True);
        // Only `main` has the zone, and is dead: the resolver may wait for it.
        let dead = without_other(resolved(false, fails).await);
        assert_eq!(fact_of(&dead).truth, Unknown, "{}", fact_of(&dead).because);
        let well = resolved(true, zone(1)).await;
        assert_eq!(fact_of(&well).truth, False, "{}", fact_of(&well).because);
        let made_up = dns_of(&well.1, "r").iter().filter(|(_, dns)| dns.manner.fresh).count();
        assert_eq!(made_up, 0, "who answers is asked for no name that is not there");
        let silent = resolved(true, Arc::new(|_| None)).await;
        assert_eq!(fact_of(&silent).truth, True, "{}", fact_of(&silent).because);
        // Where packets get lost it may still be trying.
        let lossy = Way { loses: |n| n % 8 == 1, ..Way::default() };
        let slow = without_other(resolved_beside(lossy, zone(1), Arc::new(|_| None)).await);
        assert_eq!(fact_of(&slow).truth, Unknown, "{}", fact_of(&slow).because);
    });
}

fn a_resolver_whose_checking_fails_is_not_cut_off() {
    play(async {
        let checks: Answer = Arc::new(|asked| match asked.checking_disabled {
            true => zone(1)(asked),
            false => Some(code("SERVFAIL")),
        });
        let seen = resolved(true, checks).await;
        let fact_of = |seen: &_| fact(seen, "dns.resolver.cut-off", "r");
        assert_eq!(fact_of(&seen).truth, Unknown, "{}", fact_of(&seen).because);
        let bogus: Answer = Arc::new(|_| {
            let extended_errors = vec![(7, Remote::new("expired")), (22, Remote::new(""))];
            Some(DnsAnswer { extended_errors, ..code("SERVFAIL") })
        });
        let seen = resolved(true, bogus).await;
        assert_eq!(fact_of(&seen).truth, Unknown, "{}", fact_of(&seen).because);
    });
}

fn a_resolver_that_fails_for_other_reasons_is_not_cut_off() {
    play(async {
        let fact_of = |seen: &_| fact(seen, "dns.resolver.cut-off", "r");
        let fails: Answer = Arc::new(|_| Some(code("SERVFAIL")));
        let ours = resolver(|_| Some(code("SERVFAIL")));
        // It may wait for the server of two that is dead.
        let waiting = resolved_in(shared(), (way(false), zone(1)), ours).await;
        assert_eq!(fact_of(&waiting).truth, Unknown, "{}", fact_of(&waiting).because);
        // It answers nothing, whoever is asked about.
        let broken = resolved_in(lab(with_resolver()), (way(true), zone(1)), fails).await;
        assert_eq!(fact_of(&broken).truth, Unknown, "{}", fact_of(&broken).because);
    });
}

/// What remembers `www` for a while, and reaches nobody.
fn remembering(asked: &Received) -> Option<DnsAnswer> {
    if asked.name != "www.lab.example." {
        return Some(code("SERVFAIL"));
    }
    let mut answer = DnsAnswer { aa: false, ..zone(1)(asked)? };
    answer.answers[0].ttl = 77;
    Some(answer)
}

fn what_a_resolver_remembers_is_a_fuse() {
    play(async {
        let fuse = |seen: &_| fact(seen, "dns.resolver.fuse", "r");
        let burning = resolved(false, Arc::new(remembering)).await;
        assert_eq!(fuse(&burning).truth, True, "{}", fuse(&burning).because);
        assert_eq!(fuse(&burning).measure.map(|it| it.value), Some(77.0));
        assert_eq!(fact(&burning, "dns.path.cut-off", "main").truth, False);
        let stale: Answer = Arc::new(|asked| {
            let extended_errors = vec![(3, Remote::new("stale"))];
            Some(DnsAnswer { extended_errors, ..remembering(asked)? })
        });
        let stale = resolved(false, stale).await;
        assert_eq!(fuse(&stale).measure.map(|it| it.value), Some(0.0));
        assert_eq!(fact(&stale, "dns.resolver.stale", "r").truth, True);
        let well = resolved(true, Arc::new(remembering)).await;
        assert_eq!(fuse(&well).truth, False, "{}", fuse(&well).because);
        assert_eq!(fact(&well, "dns.resolver.stale", "r").truth, False);
        let burnt = resolved(false, Arc::new(|_| Some(code("SERVFAIL")))).await;
        assert_eq!(fuse(&burnt).truth, False, "{}", fuse(&burnt).because);
        assert_eq!(fact(&burnt, "dns.resolver.stale", "r").truth, Unknown);
    });
}

/// What remembers addresses for so many seconds each, and reaches nobody.
fn holding(known: &'static [(&'static str, &'static str, u32)]) -> Answer {
    Arc::new(move |asked| {
        let own = known.iter().find(|(name, ..)| asked.name == format!("{name}.lab.example."));
        let Some((_, data, ttl)) = own else { return Some(code("SERVFAIL")) };
        let kept = DnsRecord { ttl: *ttl, ..record(&asked.name, "A", data) };
        Some(DnsAnswer { aa: false, ..answer(vec![kept]) })
    })
}

fn the_fuse_is_the_first_right_answer_that_runs_out() {
    play(async {
        let fuse = |seen: &_| fact(seen, "dns.resolver.fuse", "r");
        let two = holding(&[("www", "192.0.2.10", 77), ("lab", "192.0.2.11", 200)]);
        let two = resolved(false, two).await;
        assert_eq!(fuse(&two).measure.map(|it| it.value), Some(77.0), "{}", fuse(&two).because);
        let wrong = resolved(false, holding(&[("www", "203.0.113.66", 77)])).await;
        assert_eq!(fuse(&wrong).truth, False, "{}", fuse(&wrong).because);
    });
}

/// Stale denials (EDE 19) and those that a cache makes from others (EDE 29) need no authority that is alive.
fn what_a_cache_makes_up_comes_from_no_authority() {
    play(async {
        for code_of_it in [19, 29] {
            let made_up: Answer = Arc::new(move |asked| match asked.name.as_str() {
                "www.lab.example." => holding(&[("www", "192.0.2.10", 77)])(asked),
                _ => {
                    let extended_errors = vec![(code_of_it, Remote::new(""))];
                    Some(DnsAnswer { extended_errors, ..code("NXDOMAIN") })
                }
            });
            let seen = resolved(false, made_up).await;
            assert_eq!(fact(&seen, "dns.path.cut-off", "main").truth, False, "EDE {code_of_it}");
            let stale = fact(&seen, "dns.resolver.stale", "r").truth;
            assert_eq!(stale, if code_of_it == 19 { True } else { Unknown }, "EDE {code_of_it}");
            let fuse = fact(&seen, "dns.resolver.fuse", "r");
            assert_eq!(fuse.measure.map(|it| it.value), Some(77.0), "{}", fuse.because);
        }
    });
}

fn a_fresh_name_that_was_asked_for_too_late_tells_nothing() {
    play(async {
        // Its stale answer comes when less than half of the budget is left, and nothing else does.
        let ours = resolver(|asked| {
            let kept = (asked.name == "www.lab.example.").then(|| zone(1)(asked)).flatten()?;
            Some(DnsAnswer { extended_errors: vec![(3, Remote::new("stale"))], ..kept })
        });
        let mut cast = Cast::default();
        for at in ["192.0.2.1:53", "192.0.2.2:53"] {
            server(&mut cast, at, Way::default(), zone(1)).await;
        }
        let late = Way { late: BUDGET * 3 / 5, ..Way::default() };
        server(&mut cast, "192.0.2.51:53", late, ours).await;
        let estate = shared();
        let set = run(&estate, &sealed(cast.map.clone()), DNS).await;
        let seen = (estate, set);
        let fresh = dns_of(&seen.1, "r").into_iter().find(|(_, dns)| dns.manner.fresh);
        assert_eq!(word(&fresh.unwrap().1.ending), "Deadline");
        let cut = fact(&seen, "dns.resolver.cut-off", "r");
        assert_eq!(cut.truth, Unknown, "{}", cut.because);
    });
}

fn what_another_provider_answers_tells_nothing_of_a_silent_one() {
    play(async {
        // Its answer is stale, so that it is asked for a name that nobody asked for before; `other` gives that one.
        let ours = resolver(|asked| {
            let extended_errors = vec![(3, Remote::new("stale"))];
            let stale = asked.name == "www.lab.example.";
            let said = zone(1)(asked)?;
            Some(if stale { DnsAnswer { extended_errors, ..said } } else { said })
        });
        let seen = resolved_in(shared(), (way(false), zone(1)), ours).await;
        let fresh = dns_of(&seen.1, "r").into_iter().filter(|(_, dns)| dns.manner.fresh).count();
        assert_eq!(fresh, 1);
        let cut = fact(&seen, "dns.path.cut-off", "main");
        assert_eq!(cut.truth, Unknown, "{}", cut.because);
    });
}

fn an_authority_that_answers_resolvers_alone_is_cut_off_from_us() {
    play(async {
        let seen = resolved(false, zone(1)).await;
        let cut = fact(&seen, "dns.path.cut-off", "main");
        assert_eq!(cut.truth, True, "{}", cut.because);
        assert_eq!(fact(&seen, "dns.resolver.fuse", "r").truth, False);
        let fresh = dns_of(&seen.1, "r").into_iter().filter(|(_, dns)| dns.manner.fresh);
        let names: Vec<_> = fresh.map(|(_, dns)| dns.name.clone()).collect();
        assert!(names.len() == 1 && names[0].ends_with(".lab.example."), "{names:?}");
    });
}
