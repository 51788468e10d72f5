//! Resolvers that say what no authority says: each fact true, false and unknown, and what is made of it.

use libtest_mimic::Trial;
use lifeboat::model::Truth::{False, True, Unknown};
use lifeboat::model::{DnsAnswer, DnsObservation, DnsRole, FactKind as K, Remote, Verdict};
use serde_json::json;

use super::dns::{holds, is_name, record, with};
use super::judged::judged;
use super::world::{Mode, World};

pub fn trials() -> Vec<Trial> {
    trials![
        an_answer_that_no_authority_has_is_forged,
        what_may_have_been_right_is_no_forgery,
        a_resolver_that_admits_it_needs_no_witness,
        what_an_alias_leads_to_elsewhere_accuses_nobody,
        a_name_that_only_a_resolver_denies_is_censored,
        a_denial_may_be_older_than_the_name,
    ]
}

/// `res-a` gives one name another address for so many seconds.
fn forging(
    host: &'static str,
    ttl: u32,
) -> impl FnMut(&str, &DnsRole, &DnsObservation, &mut DnsAnswer) {
    move |subject, _, dns, answer| {
        if subject == "res-a" && is_name(dns, host) {
            "NOERROR".clone_into(&mut answer.rcode);
            answer.answers = vec![record(&dns.name, "A", ttl, "192.0.2.66")];
        }
    }
}

fn an_answer_that_no_authority_has_is_forged() {
    let fine = judged(World::new()).is(Verdict::Healthy, &[]);
    for resolver in ["res-a", "res-b"] {
        holds(
            &fine,
            &[(K::DnsResolverForges, resolver, False), (K::DnsResolverCensors, resolver, False)],
        );
    }
    let found = with(World::new(), forging("t-one", 60))
        .is(Verdict::Fault, &["dns-tampering/res-a/poisoned call"]);
    holds(&found, &[(K::DnsResolverForges, "res-a", True), (K::DnsResolverForges, "res-b", False)]);
    let fact = found.fact(K::DnsResolverForges, "res-a");
    assert!(fact.because.contains("192.0.2.66 for another 60 s"), "{}", fact.because);
    // Both resolvers say the same: they are not held against each other.
    let both = with(World::new(), |_, role, dns, answer| {
        if matches!(role, DnsRole::Resolver { .. }) && is_name(dns, "t-one") {
            answer.answers = vec![record(&dns.name, "A", 60, "192.0.2.66")];
        }
    });
    both.is(
        Verdict::Fault,
        &["dns-tampering/res-a/poisoned call", "dns-tampering/res-b/poisoned call"],
    );
    let any = with(World::new(), forging("www", 60)).is(Verdict::Healthy, &[]);
    holds(&any, &[(K::DnsResolverForges, "res-a", False)]);
}

fn what_may_have_been_right_is_no_forgery() {
    let unheard =
        with(World::new().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]), forging("t-one", 60));
    holds(&unheard, &[(K::DnsResolverForges, "res-a", Unknown)]);
    let changed = |serial: &'static str, ttl| {
        let mut forge = forging("t-one", ttl);
        with(World::new(), move |subject, role, dns, answer| {
            forge(subject, role, dns, answer);
            if dns.kind == "SOA" && matches!(role, DnsRole::Authority { .. }) {
                answer.answers =
                    vec![record(&dns.name, "SOA", 300, &format!("ns host {serial} 1 1 1 1"))];
            }
        })
    };
    // All evidence of this world is taken when 1970 begins.
    holds(&changed("1970010100", 60), &[(K::DnsResolverForges, "res-a", Unknown)]);
    holds(&changed("0", 300), &[(K::DnsResolverForges, "res-a", Unknown)]);
    holds(&changed("0", 301), &[(K::DnsResolverForges, "res-a", True)]);
    holds(&changed("1969123100", 60), &[(K::DnsResolverForges, "res-a", Unknown)]);
    holds(&changed("1969123000", 60), &[(K::DnsResolverForges, "res-a", True)]);
    holds(&changed("7", 60), &[(K::DnsResolverForges, "res-a", True)]);
    let moved = World::new().but(|world| world.strangers = vec!["ns.stranger.example.".to_owned()]);
    holds(&with(moved, forging("t-one", 60)), &[(K::DnsResolverForges, "res-a", Unknown)]);
    let unsaid = World::new().but(|world| {
        world.estate["zones"][0]["critical"] = json!([{"name": "t-one", "type": "A"}])
    });
    let found = with(unsaid, forging("t-one", 60)).is(Verdict::Undetermined, &[]);
    holds(&found, &[(K::DnsResolverForges, "res-a", Unknown)]);
}

fn a_resolver_that_admits_it_needs_no_witness() {
    let silent = World::new().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]);
    let mut forge = forging("t-one", 60);
    let found = with(silent, |subject, role, dns, answer| {
        forge(subject, role, dns, answer);
        if subject == "res-a" && is_name(dns, "t-one") {
            answer.extended_errors = vec![(4, Remote::new(""))];
        }
        if subject == "res-b" && is_name(dns, "t-one") {
            *answer = DnsAnswer {
                rcode: "SERVFAIL".to_owned(),
                extended_errors: vec![(16, Remote::new(""))],
                ..DnsAnswer::default()
            };
        }
    });
    holds(&found, &[(K::DnsResolverForges, "res-a", True), (K::DnsResolverCensors, "res-b", True)]);
    // Blocked, censored, filtered (RFC 8914 §4.16 to §4.18); prohibited (§4.19) is about who asks.
    for (code, truth) in [(15, True), (16, True), (17, True), (18, Unknown)] {
        let found = with(World::new(), |subject, _, dns, answer| {
            if subject == "res-a" && (is_name(dns, "t-one") || is_name(dns, "www")) {
                let extended_errors = vec![(code, Remote::new(""))];
                *answer = DnsAnswer {
                    rcode: "SERVFAIL".to_owned(),
                    extended_errors,
                    ..DnsAnswer::default()
                };
            }
        });
        holds(&found, &[(K::DnsResolverCensors, "res-a", truth)]);
    }
}

fn what_an_alias_leads_to_elsewhere_accuses_nobody() {
    let alias = |last: &'static [&'static str]| {
        with(World::new(), move |subject, role, dns, answer| {
            if !is_name(dns, "t-one") {
                return;
            }
            let alias = record(&dns.name, "CNAME", 300, "t-one.cdn.example.");
            let address = |data: &&str| record("t-one.cdn.example.", "A", 60, data);
            match role {
                DnsRole::Authority { .. } => answer.answers = vec![alias],
                DnsRole::Resolver { .. } if subject == "res-a" => {
                    answer.answers = [alias].into_iter().chain(last.iter().map(address)).collect();
                }
                DnsRole::Resolver { .. }
                | DnsRole::Parent { .. }
                | DnsRole::Delegated { .. }
                | DnsRole::Control => {}
            }
        })
    };
    holds(&alias(&["192.0.2.66"]), &[(K::DnsResolverForges, "res-a", Unknown)]);
    holds(&alias(&[]), &[(K::DnsResolverCensors, "res-a", False)]);
}

pub fn denying(
    code: &'static str,
    serial: Option<u32>,
) -> impl FnMut(&str, &DnsRole, &DnsObservation, &mut DnsAnswer) {
    move |subject, _, dns, answer| {
        if subject == "res-a" && is_name(dns, "t-one") {
            let soa =
                |serial| record("seeds.example.", "SOA", 60, &format!("ns host {serial} 1 1 1 1"));
            let authority = serial.map(soa).into_iter().collect();
            *answer = DnsAnswer { rcode: code.to_owned(), authority, ..DnsAnswer::default() };
        }
    }
}

fn a_name_that_only_a_resolver_denies_is_censored() {
    for code in ["NXDOMAIN", "NOERROR", "REFUSED"] {
        let found = with(World::new(), denying(code, None))
            .is(Verdict::Fault, &["dns-tampering/res-a/censored call"]);
        holds(
            &found,
            &[(K::DnsResolverCensors, "res-a", True), (K::DnsResolverCensors, "res-b", False)],
        );
    }
    let unheard = with(
        World::new().with(Mode::Silent, &["192.0.2.1", "192.0.2.2"]),
        denying("NXDOMAIN", None),
    );
    holds(&unheard, &[(K::DnsResolverCensors, "res-a", Unknown)]);
    // What was cut shows nothing of what it left out: the whole comes over TCP.
    let cut = with(World::new(), |subject, _, dns, answer| {
        if subject == "res-a" && is_name(dns, "t-one") {
            answer.tc = true;
            answer.answers.clear();
        }
    });
    holds(&cut, &[(K::DnsResolverCensors, "res-a", False)]);
    // What refuses every name withholds none of ours.
    let closed = with(World::new(), |subject, _, _, answer| {
        if subject == "res-a" {
            *answer = DnsAnswer { rcode: "REFUSED".to_owned(), ..DnsAnswer::default() };
        }
    });
    holds(&closed, &[(K::DnsResolverCensors, "res-a", Unknown)]);
}

fn a_denial_may_be_older_than_the_name() {
    let told = |serial| with(World::new(), denying("NXDOMAIN", Some(serial)));
    holds(&told(1), &[(K::DnsResolverCensors, "res-a", True)]);
    holds(&told(0), &[(K::DnsResolverCensors, "res-a", Unknown)]);
}
