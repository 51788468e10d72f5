//! Resolvers over TLS and HTTPS: when they fail, when they work, when nobody can tell, and what that is called.

use super::judged::{Judged, with_evidence};
use super::world::{Mode, World};
use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::model::{
    DnsAnswer, DnsManner, DnsObservation, DnsRole, DnsTransport, Ending, Evidence, FactKind,
    Inconclusive, Observation, Remote, Truth, Verdict,
};
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    trials![
        a_failing_certificate_is_one_whatever_the_way,
        what_answers_over_tls_does_not_fail,
        what_could_not_be_asked_fails_nobody,
        silence_over_tls_counts_while_others_are_heard,
        a_resolver_that_answers_in_the_clear_is_no_outage,
        a_resolver_with_tls_alone_is_judged_by_it,
        tls_does_not_hide_a_dead_resolver,
    ]
}

use DnsTransport::{Doh, Dot};
use FactKind as K;
use Truth::{False, True, Unknown};

const FAILS: FactKind = FactKind::DnsResolverTlsFails;

/// Resolvers of the world that have transports besides.
fn encrypted(resolvers: &[usize], transports: &[&str]) -> World {
    World::new().but(|world| {
        for at in resolvers {
            let resolver = &mut world.estate["resolvers"][*at];
            resolver["transports"] = json!(transports);
            resolver["tls_name"] = json!("dns.res.example");
        }
    })
}

/// What asking a resolver over a transport came to.
type Asked = (&'static str, DnsTransport, Ending<DnsAnswer>);

/// Diagnoses a world with what was asked besides; of a resolver without plain transports, nothing else was.
fn with(world: World, asked: Vec<Asked>) -> Judged {
    let estate = world.estate();
    let mut evidence = world.evidence();
    evidence.retain(|it| {
        let Observation::Dns(dns) = &it.observation else { return true };
        estate.resolver(&it.subject).is_none_or(|it| it.is_plain() || !dns.transport.is_plain())
    });
    for (subject, transport, ending) in asked {
        let resolver = estate.resolver(&subject.into()).unwrap();
        let names =
            [(None, "control.example.", "SOA"), (Some("z-main"), "t-one.seeds.example.", "A")];
        // Who has nothing else is asked everything that way.
        let count = if resolver.is_plain() { 1 } else { 2 };
        for (zone, name, kind) in names.into_iter().take(count) {
            let observation = DnsObservation {
                role: DnsRole::Resolver { zone: zone.map(Into::into) },
                server: resolver.at(transport),
                transport,
                name: name.into(),
                kind: kind.into(),
                manner: DnsManner::default(),
                heard: 1,
                ending: ending.clone(),
                second: None,
            };
            evidence.push(Evidence {
                id: format!("e{}", evidence.len() + 1).as_str().into(),
                subject: subject.into(),
                vantage: "here".into(),
                at: Timestamp::UNIX_EPOCH,
                took_ms: 9,
                sent: 1,
                observation: Observation::Dns(observation),
            });
        }
    }
    with_evidence(world, &evidence)
}

fn fine() -> Ending<DnsAnswer> {
    Ending::Answered(DnsAnswer { rcode: "NOERROR".into(), ..DnsAnswer::default() })
}

fn untrusted() -> Ending<DnsAnswer> {
    Ending::Malformed(Remote::new("TLS: invalid peer certificate: UnknownIssuer"))
}

#[track_caller]
fn says(found: &Judged, truth: Truth, words: &str) {
    let fact = found.fact(FAILS, "res-a");
    assert_eq!(fact.truth, truth, "{}", fact.because);
    assert!(fact.because.contains(words), "{}", fact.because);
}

const ALL: [&str; 4] = ["udp", "tcp", "dot", "doh"];

fn a_failing_certificate_is_one_whatever_the_way() {
    for (ending, words) in [
        (untrusted(), "DNS over TLS: TLS: invalid peer certificate: UnknownIssuer"),
        (Ending::Refused, "DNS over TLS: the port is closed"),
        (Ending::Closed, "DNS over TLS: hung up"),
    ] {
        let asked = vec![("res-a", Dot, ending), ("res-a", Doh, fine())];
        let found = with(encrypted(&[0], &ALL), asked);
        says(&found, True, words);
        let measure = found.fact(FAILS, "res-a").measure.unwrap();
        assert_eq!((measure.value, measure.of), (1.0, Some(2.0)));
        found.is(Verdict::Fault, &["certificate-failure/res-a/tls call"]);
    }
    let status = Ending::Malformed(Remote::new("HTTP: status 502"));
    let asked = vec![("res-a", Dot, fine()), ("res-a", Doh, status)];
    says(&with(encrypted(&[0], &ALL), asked), True, "DNS over HTTPS: HTTP: status 502");
}

fn what_answers_over_tls_does_not_fail() {
    let asked = vec![("res-a", Dot, fine()), ("res-a", Doh, fine())];
    let found = with(encrypted(&[0], &ALL), asked).is(Verdict::Healthy, &[]);
    says(&found, False, "every encrypted transport answers");
    // That it fails for a name is no matter of TLS.
    let failing = Ending::Answered(DnsAnswer { rcode: "SERVFAIL".into(), ..DnsAnswer::default() });
    let found = with(encrypted(&[0], &["udp", "tcp", "dot"]), vec![("res-a", Dot, failing)]);
    says(&found, False, "");
}

fn what_could_not_be_asked_fails_nobody() {
    let local = || Ending::Inconclusive(Inconclusive::Local("`ca` cannot be read".into()));
    let late = || Ending::Inconclusive(Inconclusive::Deadline);
    for ending in [local(), late()] {
        let found = with(encrypted(&[0], &["udp", "tcp", "dot"]), vec![("res-a", Dot, ending)]);
        says(&found, Unknown, "DNS over TLS: ");
        assert_ne!(found.fact(FAILS, "res-a").measure.and_then(|it| it.of), Some(0.0));
        found.is(Verdict::Undetermined, &[]);
    }
    // One way works, and of the other nobody can tell.
    let asked = vec![("res-a", Dot, fine()), ("res-a", Doh, local())];
    says(&with(encrypted(&[0], &ALL), asked), Unknown, "DNS over HTTPS");
    let found = with(encrypted(&[0], &["udp", "tcp", "dot"]), Vec::new());
    says(&found, Unknown, "it was not asked");
    let none = with(World::new(), Vec::new()).is(Verdict::Healthy, &[]);
    says(&none, Unknown, "without an encrypted transport");
}

fn silence_over_tls_counts_while_others_are_heard() {
    let silent = || ("res-a", Dot, Ending::TimedOut);
    let both = || encrypted(&[0, 1], &["udp", "tcp", "dot"]);
    let found = with(both(), vec![silent(), ("res-b", Dot, fine())]);
    says(&found, True, "others are heard");
    for other in [Ending::TimedOut, Ending::Refused, untrusted()] {
        let found = with(both(), vec![silent(), ("res-b", Dot, other)]);
        says(&found, Unknown, "filtered near here");
    }
    // Another way of somebody else's says nothing of this one.
    let found = with(encrypted(&[0, 1], &ALL), vec![silent(), ("res-b", Doh, fine())]);
    says(&found, Unknown, "filtered near here");
}

fn a_resolver_that_answers_in_the_clear_is_no_outage() {
    for ending in [untrusted(), Ending::Refused, Ending::Closed, Ending::TimedOut] {
        let found = with(encrypted(&[0], &["udp", "tcp", "dot"]), vec![("res-a", Dot, ending)]);
        let answers = found.fact(K::DnsResolverAnswers, "res-a");
        let whole = answers.measure.is_some_and(|it| it.of == Some(it.value));
        assert!(answers.truth == True && whole, "{}", answers.because);
        assert_eq!(found.truth(K::DnsResolverRefuses, "res-a"), False);
        let outage = |it: &lifeboat::model::Cause| it.failure_mode == "resolver-outage";
        assert!(!found.diagnosis.causes.iter().any(outage), "{}", found.told());
    }
}

fn a_resolver_with_tls_alone_is_judged_by_it() {
    let alone = || encrypted(&[0], &["dot"]);
    let found = with(alone(), vec![("res-a", Dot, fine())]);
    assert_eq!(found.truth(K::DnsResolverAnswers, "res-a"), True);
    for (ending, mechanism) in
        [(untrusted(), "tls"), (Ending::Refused, "refused"), (Ending::TimedOut, "hung")]
    {
        let found = with(alone(), vec![("res-a", Dot, ending)]);
        assert_eq!(found.truth(K::DnsResolverAnswers, "res-a"), False, "{mechanism}");
        let cause = found.diagnosis.causes.iter().find(|it| it.subject == "res-a").unwrap();
        assert_eq!(cause.failure_mode, "resolver-outage");
        assert_eq!(cause.mechanism.as_ref().unwrap().as_str(), mechanism);
        let named = found.diagnosis.causes.iter().map(|it| it.failure_mode.as_str());
        assert!(!named.into_iter().any(|it| it == "certificate-failure"));
    }
    let local = Ending::Inconclusive(Inconclusive::Local("`ca` cannot be read".into()));
    let found = with(alone(), vec![("res-a", Dot, local)]);
    assert_eq!(found.truth(K::DnsResolverAnswers, "res-a"), Unknown);
}

/// Who is asked in both ways, and answers over TLS alone, has left all users of the plain one without names.
fn tls_does_not_hide_a_dead_resolver() {
    let world = encrypted(&[0], &["udp", "tcp", "dot"]).with(Mode::Refused, &["198.51.100.153"]);
    let found = with(world, vec![("res-a", Dot, fine())]);
    assert_eq!(found.truth(K::DnsResolverAnswers, "res-a"), False);
    says(&found, False, "");
    found.is(Verdict::Fault, &["resolver-outage/res-a/refused wait"]);
}
