//! What a resolver holds of a zone still: which answers tell it, and that whoever told nothing is not known.

use super::dns::record;
use super::judged::{Judged, with_evidence};
use super::world::World;
use libtest_mimic::Trial;
use lifeboat::model::{
    DnsAnswer, DnsManner, DnsRecord, DnsRole, Ending, FactKind, Id, Observation, Truth,
};

pub fn trials() -> Vec<Trial> {
    trials![
        a_delegation_is_held_until_the_first_of_its_servers_runs_out,
        a_critical_name_is_held_until_its_first_record_runs_out,
    ]
}

const ZONE: &str = "seeds.example.";
const WWW: &str = "www.seeds.example.";

/// An answer of `res-a` beside its usual ones, in which every critical name lives for another 300 s.
type More<'a> = (&'a str, &'a str, DnsManner, DnsAnswer);

fn holding(more: Vec<More<'_>>) -> Judged {
    let world = World::new();
    let mut evidence = world.evidence();
    let of_zone = |it: &Observation| matches!(it, Observation::Dns(dns) if matches!(dns.role, DnsRole::Resolver { zone: Some(_) }));
    let like = evidence.iter().find(|it| it.subject == "res-a" && of_zone(&it.observation));
    let like = like.unwrap().clone();
    for (at, (name, kind, manner, answer)) in more.into_iter().enumerate() {
        let mut one = like.clone();
        one.id = Id::new(format!("more-{at}"));
        let Observation::Dns(dns) = &mut one.observation else { panic!() };
        (dns.name, dns.kind) = (name.to_owned(), kind.to_owned());
        (dns.manner, dns.ending) = (manner, Ending::Answered(answer));
        evidence.push(one);
    }
    with_evidence(world, &evidence)
}

fn answer(answers: Vec<DnsRecord>, authority: Vec<DnsRecord>) -> DnsAnswer {
    DnsAnswer { rcode: "NOERROR".to_owned(), answers, authority, ..DnsAnswer::default() }
}

fn cached() -> DnsManner {
    DnsManner { from_cache: true, ..DnsManner::default() }
}

/// For how long `res-a` holds it still; nothing where it is not known.
fn left(found: &Judged, kind: FactKind) -> Option<f64> {
    let fact = found.fact(kind, "z-main, res-a");
    assert_eq!(fact.truth == Truth::True, fact.measure.is_some(), "{fact:?}");
    assert!(fact.truth != Truth::False, "{fact:?}");
    fact.measure.map(|measure| measure.value)
}

fn a_delegation_is_held_until_the_first_of_its_servers_runs_out() {
    let ns = |ttl| record(ZONE, "NS", ttl, "ns1.prov-a.example.");
    let referral = || answer(Vec::new(), vec![ns(23), ns(17), record("example.", "NS", 5, "a.")]);
    let given = |more| left(&holding(more), FactKind::DnsDelegationLeft);
    assert_eq!(given(Vec::new()), None, "nobody asked");
    let told = |answer| (ZONE, "NS", cached(), answer);
    assert_eq!(given(vec![told(referral())]), Some(17.0));
    let answered = answer(vec![ns(40)], Vec::new());
    assert_eq!(given(vec![told(referral()), told(answered)]), Some(40.0), "one of its caches");
    let fetched = (ZONE, "NS", DnsManner::default(), referral());
    assert_eq!(given(vec![fetched]), None, "it was fetched, and not held");
    assert_eq!(given(vec![told(DnsAnswer { tc: true, ..referral() })]), None);
    let failed = DnsAnswer { rcode: "SERVFAIL".to_owned(), ..referral() };
    assert_eq!(given(vec![told(failed)]), None);
    let above = answer(Vec::new(), vec![record("example.", "NS", 5, "a.")]);
    assert_eq!(given(vec![told(above)]), None, "it holds the parent's alone");
    assert_eq!(given(vec![(ZONE, "SOA", cached(), referral())]), None, "another question");
    let found = holding(vec![told(referral())]);
    assert_eq!(found.fact(FactKind::DnsDelegationLeft, "z-main, res-b").truth, Truth::Unknown);
}

fn a_critical_name_is_held_until_its_first_record_runs_out() {
    let a = |name, ttl| record(name, "A", ttl, "198.18.0.10");
    let given = |manner, answers| {
        let more = vec![(WWW, "A", manner, answer(answers, Vec::new()))];
        left(&holding(more), FactKind::DnsRecordLeft)
    };
    let usual = DnsManner::default;
    assert_eq!(given(usual(), vec![a(WWW, 900)]), Some(900.0), "the name that it keeps longest");
    assert_eq!(given(usual(), vec![a(WWW, 900), a(WWW, 500)]), Some(500.0));
    assert_eq!(given(usual(), vec![a("w.cdn.example.", 900)]), Some(300.0), "not ours");
    let fresh = DnsManner { fresh: true, ..usual() };
    assert_eq!(given(fresh, vec![a(WWW, 900)]), Some(300.0), "no user asks so");
    let other = vec![("mail.seeds.example.", "A", usual(), answer(vec![a(WWW, 900)], Vec::new()))];
    assert_eq!(left(&holding(other), FactKind::DnsRecordLeft), Some(300.0), "not critical");
}
