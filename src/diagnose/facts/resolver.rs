//! The resolvers that our users have.
//!
//! A resolver that says nothing is only dead when somebody else could answer the same question: a control that
//! answers us directly, or an authority of the zone. Else the fault may lie behind it, and nobody knows.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::World;
use super::authority::zone_is_answered;
use super::claim::{Claim, count, list};
use super::encrypted::failure;
use super::sight::{Outcome, Sight};
use crate::model::{
    CriticalName, DnsAnswer, DnsObservation, DnsRole, Estate, Expect, FactKind, Id, Measure,
    Observation, Resolver, Truth, Zone,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut names: BTreeMap<&Id, Names> = BTreeMap::new();
    for resolver in &world.estate.resolvers {
        claims.extend(alive(world, sight, resolver));
        let mut own = Names::default();
        for zone in &world.estate.zones {
            let found = resolved(sight, resolver, zone);
            own.add(&found);
            names.entry(&zone.id).or_default().add(&found);
        }
        claims.push(own.claim(FactKind::DnsNameResolves, &resolver.id, asks(world.estate)));
    }
    for zone in &world.estate.zones {
        let found = names.remove(&zone.id).unwrap_or_default();
        let asks = !zone.critical.is_empty() && !world.estate.resolvers.is_empty();
        claims.push(found.claim(FactKind::ResolverAnswersRight, &zone.id, asks));
    }
    claims
}

fn asks(estate: &Estate) -> bool {
    estate.zones.iter().any(|zone| !zone.critical.is_empty())
}

/// What questions to one resolver came to.
#[derive(Default)]
struct Questions {
    right: usize,
    failing: usize,
    silent: usize,
    refused: usize,
    /// Why what came over an encrypted way was no answer.
    broken: Vec<String>,
    /// Silence that nothing else explains.
    dead: usize,
    why_not: Vec<String>,
    moot: bool,
    from: Vec<Id>,
}

fn alive(world: &World<'_>, sight: &Sight<'_>, resolver: &Resolver) -> [Claim; 3] {
    let mut asked = Questions { moot: true, ..Questions::default() };
    // Who has both is judged by what users have by default; its encrypted ways have a fact of their own.
    let counts = |dns: &DnsObservation| dns.transport.is_plain() || !resolver.is_plain();
    for (id, dns) in sight.dns(&resolver.id).filter(|(_, dns)| counts(dns)) {
        asked.from.push(id.clone());
        let outcome = sight.outcome(Some(dns.server), &dns.ending);
        let broken = failure(&outcome, &dns.ending).filter(|_| !dns.transport.is_plain());
        match outcome {
            Outcome::Odd(_) if broken.is_some() => asked.broken.extend(broken),
            Outcome::Answered(answer) if answers_at_all(answer) => asked.right += 1,
            Outcome::Answered(_) | Outcome::Odd(_) => asked.failing += 1,
            Outcome::Refused => asked.refused += 1,
            Outcome::Silent => {
                asked.silent += 1;
                asked.dead += usize::from(could_be_answered(world.estate, sight, dns));
            }
            Outcome::Nothing { why, moot } => {
                asked.moot &= moot;
                if !asked.why_not.contains(&why) {
                    asked.why_not.push(why);
                }
            }
        }
    }
    asked.moot &= !asked.from.is_empty();
    asked.claims(&resolver.id)
}

fn answers_at_all(answer: &DnsAnswer) -> bool {
    matches!(answer.rcode.as_str(), "NOERROR" | "NXDOMAIN")
}

/// Tells whether somebody else is known to have an answer to the question.
fn could_be_answered(estate: &Estate, sight: &Sight<'_>, dns: &DnsObservation) -> bool {
    let DnsRole::Resolver { zone } = &dns.role else { return false };
    match zone.as_ref().and_then(|id| estate.zone(id)) {
        Some(zone) => zone_is_answered(sight, &zone.delegated_to, &zone.id),
        None => sight.evidence().any(|evidence| {
            matches!(&evidence.observation, Observation::Dns(control)
                if control.role == DnsRole::Control && control.ending.answer().is_some())
        }),
    }
}

impl Questions {
    /// An answer that only says "I failed" is an answer: what fails may stand behind the resolver.
    fn truth(&self) -> Truth {
        if self.right + self.failing > 0 {
            Truth::True
        } else if self.refused + self.dead + self.broken.len() > 0 {
            Truth::False
        } else {
            Truth::Unknown
        }
    }

    fn claims(&self, id: &Id) -> [Claim; 3] {
        let truth = self.truth();
        // Silence that may come from behind the resolver takes nothing from it while it answers other questions.
        let silent = if truth == Truth::Unknown { self.silent } else { self.dead };
        let asked = self.right + self.failing + silent + self.refused + self.broken.len();
        let answered = self.right + self.failing;
        let part = Measure::part(answered as f64, asked as f64);
        let measure = match (truth, asked) {
            (Truth::Unknown, 0) if self.moot => Some(super::claim::MOOT),
            (Truth::Unknown, _) => None,
            (Truth::True | Truth::False, _) => Some(part),
        };
        let known = |so: bool| if truth.is_known() { Truth::of(so) } else { Truth::Unknown };
        let down = truth == Truth::False;
        let because = self.because(truth, answered, asked);
        let claim = |kind, truth| Claim::new(kind, id, truth, because.clone()).from(&self.from);
        [
            claim(FactKind::DnsResolverAnswers, truth).measured(measure),
            claim(
                FactKind::DnsResolverTimesOut,
                known(down && self.refused == 0 && self.broken.is_empty()),
            ),
            claim(FactKind::DnsResolverRefuses, known(down && self.refused > 0)),
        ]
    }

    fn because(&self, truth: Truth, answered: usize, asked: usize) -> String {
        let questions = count(asked, "question", "questions");
        match truth {
            Truth::True if self.right == 0 => {
                format!("{answered} of {questions} answered, each with a failure")
            }
            Truth::True => format!("{answered} of {questions} answered"),
            Truth::False if self.refused > 0 => "the host refuses".to_owned(),
            Truth::False if !self.broken.is_empty() => {
                format!("it is asked over TLS alone, and that fails: {}", self.broken[0])
            }
            Truth::False => {
                format!("no answer to {questions}, though others have the answer")
            }
            Truth::Unknown if asked > 0 => {
                format!("no answer to {questions}, but what it would have to ask may be dead")
            }
            Truth::Unknown if self.why_not.is_empty() => "it was not asked".to_owned(),
            Truth::Unknown => list(&self.why_not),
        }
    }
}

/// What came of the critical names.
#[derive(Default)]
struct Names {
    right: usize,
    asked: usize,
    wrong: Vec<String>,
    unknown: usize,
    from: Vec<Id>,
}

impl Names {
    fn add(&mut self, other: &Self) {
        self.right += other.right;
        self.asked += other.asked;
        self.unknown += other.unknown;
        self.wrong.extend(other.wrong.iter().cloned());
        self.from.extend(other.from.iter().cloned());
    }

    /// True only when every name that was asked is right everywhere; the measure tells how many are.
    fn claim(&self, kind: FactKind, subject: &Id, asks: bool) -> Claim {
        let (truth, because) = match self.asked {
            _ if !asks => return Claim::moot(kind, subject, "no critical name is declared for it"),
            0 => (Truth::Unknown, "no critical name could be asked".to_owned()),
            asked if self.right == asked => (Truth::True, format!("all of {} right", names(asked))),
            asked => {
                let because =
                    format!("{} of {} right - {}", self.right, names(asked), list(&self.wrong));
                (Truth::False, because)
            }
        };
        let measure = Measure::part(self.right as f64, self.asked as f64);
        Claim::new(kind, subject, truth, because)
            .measured((self.asked > 0).then_some(measure))
            .from(&self.from)
    }
}

fn names(number: usize) -> String {
    count(number, "answer for a critical name", "answers for critical names")
}

fn resolved(sight: &Sight<'_>, resolver: &Resolver, zone: &Zone) -> Names {
    let mut names = Names::default();
    for critical in &zone.critical {
        let (name, kind) = (zone.full_name(&critical.name), critical.kind.to_ascii_uppercase());
        let about = sight.dns(&resolver.id).filter(|(_, dns)| {
            matches!(&dns.role, DnsRole::Resolver { zone: Some(of) } if *of == zone.id)
                && dns.name == name
                && dns.kind == kind
        });
        let mut verdicts = Vec::new();
        for (id, dns) in about {
            names.from.push(id.clone());
            verdicts.extend(match sight.outcome(Some(dns.server), &dns.ending) {
                // What was cut says nothing; it was asked for again over TCP.
                Outcome::Answered(answer) if answer.tc => None,
                Outcome::Answered(answer) => Some(wrong(critical, answer)),
                Outcome::Odd(what) => Some(Some(what)),
                Outcome::Silent => Some(Some("no answer".to_owned())),
                Outcome::Refused => Some(Some("the host refuses".to_owned())),
                Outcome::Nothing { .. } => None,
            });
        }
        match verdicts.iter().find(|verdict| verdict.is_none()).or(verdicts.first()) {
            None => names.unknown += 1,
            Some(None) => (names.right, names.asked) = (names.right + 1, names.asked + 1),
            Some(Some(why)) => {
                names.asked += 1;
                names.wrong.push(format!("{name} {kind} at {}: {why}", resolver.id));
            }
        }
    }
    names
}

/// Says what is wrong with an answer for a critical name; nothing when it is as the estate has it.
pub(super) fn wrong(critical: &CriticalName, answer: &DnsAnswer) -> Option<String> {
    if answer.rcode != "NOERROR" {
        return Some(crate::model::Remote::new(&answer.rcode).to_string());
    }
    let kind = critical.kind.to_ascii_uppercase();
    let values: Vec<_> = answer.answers.iter().filter(|record| record.kind == kind).collect();
    if values.is_empty() {
        return Some("no such record".to_owned());
    }
    let Expect::Values(expected) = &critical.expect else { return None };
    let known = |data: &str| expected.iter().any(|wanted| same(wanted, data));
    let stranger = values.iter().find(|record| !known(record.data.raw()))?;
    Some(format!("{} is not what the estate expects", stranger.data))
}

/// Compares presentation forms: case, a final dot and the way an address is written do not count.
pub(super) fn same(wanted: &str, found: &str) -> bool {
    if let (Ok(wanted), Ok(found)) = (wanted.parse::<IpAddr>(), found.parse::<IpAddr>()) {
        return wanted == found;
    }
    wanted.trim_end_matches('.').eq_ignore_ascii_case(found.trim_end_matches('.'))
}
