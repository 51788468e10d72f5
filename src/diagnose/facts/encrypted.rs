//! The encrypted ways to a resolver: DNS over TLS (RFC 7858) and over HTTPS (RFC 8484).
//!
//! Over such a way nothing but a DNS message is an answer: a certificate that proves nothing, a closed port and a web page
//! all leave its users without names. Silence may be a filter near us: it counts only while somebody else is heard in
//! the same way.

use super::World;
use super::claim::{Claim, MOOT, list};
use super::sight::{Outcome, Sight};
use crate::model::{
    DnsAnswer, DnsObservation, DnsTransport, Ending, Estate, FactKind, Id, Measure, Observation,
    Resolver, Truth,
};

const KIND: FactKind = FactKind::DnsResolverTlsFails;

/// The transports that encrypt.
const ENCRYPTED: [DnsTransport; 2] = [DnsTransport::Dot, DnsTransport::Doh];

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.resolvers.iter().map(|it| of_resolver(world.estate, sight, it)).collect()
}

/// Says why an exchange over an encrypted way was none, in words that need no probing to understand; `None` where
/// nothing follows from it, or nothing came back at all.
pub(super) fn failure(
    outcome: &Outcome<'_, DnsAnswer>,
    ending: &Ending<DnsAnswer>,
) -> Option<String> {
    match (outcome, ending) {
        (Outcome::Odd(_), Ending::Malformed(what)) => Some(what.to_string()),
        (Outcome::Odd(what), _) => Some(what.clone()),
        (Outcome::Refused, _) => Some("the port is closed".to_owned()),
        (Outcome::Answered(_) | Outcome::Silent | Outcome::Nothing { .. }, _) => None,
    }
}

/// What is known of one way.
enum State {
    Works,
    Fails(String),
    Unknown { why: String, moot: bool },
}

fn of_resolver(estate: &Estate, sight: &Sight<'_>, resolver: &Resolver) -> Claim {
    let mut ways = Ways { moot: true, ..Ways::default() };
    for transport in ENCRYPTED.into_iter().filter(|it| resolver.has(*it)) {
        let asked: Vec<_> =
            sight.dns(&resolver.id).filter(|(_, dns)| dns.transport == transport).collect();
        ways.from.extend(asked.iter().map(|(id, _)| (*id).clone()));
        ways.add(transport, state(estate, sight, resolver, &asked, transport));
    }
    ways.claim(&resolver.id)
}

/// The ways to one resolver, as far as they are known.
#[derive(Default)]
struct Ways {
    works: usize,
    fails: Vec<String>,
    unknown: Vec<String>,
    moot: bool,
    from: Vec<Id>,
}

impl Ways {
    fn add(&mut self, transport: DnsTransport, state: State) {
        let title = transport.title();
        match state {
            State::Works => self.works += 1,
            State::Fails(why) => self.fails.push(format!("{title}: {why}")),
            State::Unknown { why, moot } => {
                self.moot &= moot;
                self.unknown.push(format!("{title}: {why}"));
            }
        }
    }

    /// True once one fails; false only when every one is known to answer.
    fn claim(&self, id: &Id) -> Claim {
        let told = self.fails.len() + self.works;
        if told + self.unknown.len() == 0 {
            return Claim::moot(KIND, id, "it is declared without an encrypted transport");
        }
        let (truth, because) = match (self.fails.is_empty(), self.unknown.is_empty()) {
            (false, _) => (Truth::True, list(&self.fails)),
            (true, false) => (Truth::Unknown, list(&self.unknown)),
            (true, true) => (Truth::False, "every encrypted transport answers".to_owned()),
        };
        let measure = match told {
            0 => self.moot.then_some(MOOT),
            told => truth.is_known().then(|| Measure::part(self.fails.len() as f64, told as f64)),
        };
        Claim::new(KIND, id, truth, because).measured(measure).from(&self.from)
    }
}

fn state(
    estate: &Estate,
    sight: &Sight<'_>,
    resolver: &Resolver,
    asked: &[(&Id, &DnsObservation)],
    transport: DnsTransport,
) -> State {
    let (mut failure, mut silent, mut why_not) = (None, false, None);
    for (_, dns) in asked {
        let outcome = sight.outcome(Some(dns.server), &dns.ending);
        failure = failure.or(self::failure(&outcome, &dns.ending));
        match outcome {
            Outcome::Answered(_) => return State::Works,
            Outcome::Silent => silent = true,
            Outcome::Nothing { why, moot } => why_not = Some((why, moot)),
            Outcome::Odd(_) | Outcome::Refused => {}
        }
    }
    match (failure, silent, why_not) {
        (Some(why), ..) => State::Fails(why),
        (None, true, _) if others_are_heard(estate, sight, resolver, transport) => {
            State::Fails("no answer in time, though others are heard in this way".to_owned())
        }
        (None, true, _) => {
            let why = "no answer in time, and nobody else is heard in this way: it may be filtered near here";
            State::Unknown { why: why.to_owned(), moot: false }
        }
        (None, false, Some((why, moot))) => State::Unknown { why, moot },
        (None, false, None) => State::Unknown { why: "it was not asked".to_owned(), moot: false },
    }
}

/// Tells whether another resolver answers over the same transport.
fn others_are_heard(
    estate: &Estate,
    sight: &Sight<'_>,
    resolver: &Resolver,
    transport: DnsTransport,
) -> bool {
    let others = |id: &Id| *id != resolver.id && estate.resolver(id).is_some();
    sight.evidence().filter(|evidence| others(&evidence.subject)).any(|evidence| {
        matches!(&evidence.observation, Observation::Dns(dns)
            if dns.transport == transport && dns.ending.answer().is_some())
    })
}
