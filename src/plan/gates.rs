//! Gates: what must hold of each provider whose servers come into a delegation, whatever the runbook says.
//!
//! Held when a plan is pinned, and again right before the step's first write. What one vantage knows to be wrong shuts
//! a gate, however well it looks from others.

use std::collections::BTreeSet;
use std::fmt;

use super::delegation::names;
use crate::model::{
    Argument, DnsProvider, Estate, Expected, Fact, FactKind, Guard, Id, LimitKind, Query,
    SubjectKind, Truth, Zone, fully_qualified,
};

/// What is known of who comes.
#[derive(Clone, Copy)]
pub struct Gates<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The facts.
    pub facts: &'a [Fact],
}

/// What the gates of one change come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passage {
    /// Why nothing at all may be changed, whoever wants it.
    pub hold: Option<String>,
    /// The limits that would be broken, and by how much.
    pub broken: Vec<(LimitKind, String)>,
    /// What nobody knows.
    pub unknown: Vec<Guard>,
    /// The facts that all of this rests on.
    pub used: Vec<Id>,
}

/// One gate: a fact, how it must be, and what stands for it.
struct Gate {
    limit: LimitKind,
    fact: FactKind,
    must_be: Truth,
    /// Not knowing shuts it as well: what came of it could not be taken back soon.
    must_be_known: bool,
    /// What may not come in, and what to do instead.
    none: &'static str,
}

/// The word by which `zone.parity` names what a copy is held against.
const SOURCE: &str = "git";

const GATES: [Gate; 4] = [
    Gate {
        limit: LimitKind::UnsafeDnssec,
        fact: FactKind::DnssecSafeToMove,
        must_be: Truth::True,
        must_be_known: true,
        none: "0 providers may come in that validating resolvers refuse: have it sign anew by a key that the DS names, \
               or have the DS taken out first",
    },
    Gate {
        limit: LimitKind::TcpDead,
        fact: FactKind::DnsPathTcpFiltered,
        must_be: Truth::False,
        must_be_known: false,
        none: "0 providers may come in that cannot be reached over TCP: have port 53 opened there",
    },
    Gate {
        limit: LimitKind::NoParity,
        fact: FactKind::ZoneParity,
        must_be: Truth::True,
        must_be_known: false,
        none: "0 providers may come in with another copy: `lifeboat zone parity` shows what to mend",
    },
    Gate {
        limit: LimitKind::HiddenOrigin,
        fact: FactKind::ZoneOriginHidden,
        must_be: Truth::True,
        must_be_known: true,
        none: "0 hidden origins may become public: have it answer with addresses that are public already",
    },
];

impl Gates<'_> {
    /// Holds every gate for the providers whose servers a change puts in.
    pub fn of_change(&self, expected: &Expected) -> Passage {
        match expected {
            Expected::Delegation { zone, .. } => match self.estate.zone(zone) {
                Some(zone) => self.of(zone, &self.coming(expected)),
                None => Passage::default(),
            },
            Expected::Top { .. } | Expected::Records { .. } | Expected::Listed { .. } => {
                Passage::default()
            }
        }
    }

    /// Returns the providers that have a server in a delegation afterwards which was not there before.
    pub fn coming(&self, expected: &Expected) -> Vec<&DnsProvider> {
        let Expected::Delegation { before, after, .. } = expected else { return Vec::new() };
        let named = |servers: &[String]| -> BTreeSet<String> {
            servers.iter().map(|server| fully_qualified(server)).collect()
        };
        let (before, after) = (named(&before.servers), named(&after.servers));
        let new: BTreeSet<String> = after.difference(&before).cloned().collect();
        let all = self.estate.dns_providers.iter();
        all.filter(|provider| !names([*provider]).is_disjoint(&new)).collect()
    }

    /// Holds every gate for providers that come into a zone's delegation.
    pub fn of(&self, zone: &Zone, coming: &[&DnsProvider]) -> Passage {
        let mut passage = Passage::default();
        if coming.is_empty() {
            return passage;
        }
        let held = Asked { kind: FactKind::RegistryHold, of: vec![zone.id.clone()] };
        let (open, because) = self.judge(&held, Truth::False, &mut passage);
        match open {
            Truth::True => {}
            Truth::False => passage.hold = Some(because),
            Truth::Unknown => passage.unknown.push(held.must_be(Truth::False)),
        }
        for provider in coming {
            for gate in GATES.iter().filter(|gate| gate.is_there(zone)) {
                self.hold(gate, &Asked::of(gate.fact, zone, provider), &mut passage);
            }
        }
        passage
    }

    /// Returns what must hold of them once more before a person acts, but for the limits that are gone past.
    pub fn guard(&self, zone: &Zone, coming: &[&DnsProvider], past: &[LimitKind]) -> Guard {
        let held = Asked { kind: FactKind::RegistryHold, of: vec![zone.id.clone()] };
        let mut parts = vec![held.must_not_be(Truth::True)];
        for provider in coming {
            for gate in GATES.iter().filter(|it| it.is_there(zone) && !past.contains(&it.limit)) {
                let asked = Asked::of(gate.fact, zone, provider);
                parts.push(match gate.must_be_known {
                    true => asked.must_be(gate.must_be),
                    false => asked.must_not_be(gate.must_be.negate()),
                });
            }
        }
        Guard::All(parts)
    }

    fn hold(&self, gate: &Gate, asked: &Asked, passage: &mut Passage) {
        let (open, because) = self.judge(asked, gate.must_be, passage);
        let shut = match open {
            Truth::True => return,
            Truth::False => format!("`{asked}` is {}: {because}", gate.must_be.negate()),
            Truth::Unknown => format!("nobody knows whether `{asked}` is {}", gate.must_be),
        };
        if open == Truth::False || gate.must_be_known {
            passage.broken.push((gate.limit, format!("{shut}; {}", gate.none)));
        }
        if open == Truth::Unknown {
            passage.unknown.push(asked.must_be(gate.must_be));
        }
    }

    /// Tells whether a fact is as it must be: not where any vantage knows better.
    fn judge(&self, asked: &Asked, must_be: Truth, passage: &mut Passage) -> (Truth, String) {
        let facts: Vec<&Fact> = self.facts.iter().filter(|fact| asked.is_about(fact)).collect();
        passage.used.extend(facts.iter().map(|fact| fact.id.clone()));
        let that_is = |truth: Truth| facts.iter().find(|fact| fact.truth == truth);
        match (that_is(must_be.negate()), that_is(must_be)) {
            (Some(wrong), _) => (Truth::False, wrong.because.clone()),
            (None, Some(right)) => (Truth::True, right.because.clone()),
            (None, None) => (Truth::Unknown, String::new()),
        }
    }
}

impl Gate {
    fn is_there(&self, zone: &Zone) -> bool {
        self.limit != LimitKind::HiddenOrigin || !zone.hide_origin.is_empty()
    }
}

/// A fact of certain objects.
struct Asked {
    kind: FactKind,
    of: Vec<Id>,
}

impl Asked {
    fn of(kind: FactKind, zone: &Zone, provider: &DnsProvider) -> Self {
        let id = |argument: &SubjectKind| match () {
            () if *argument == SubjectKind::Zone => zone.id.clone(),
            () if *argument == SubjectKind::Source => Id::from(SOURCE),
            () => provider.id.clone(),
        };
        Self { kind, of: kind.arguments().iter().map(id).collect() }
    }

    fn is_about(&self, fact: &Fact) -> bool {
        let own = self.of.iter();
        fact.kind == self.kind && own.eq([&fact.subject].into_iter().chain(&fact.object))
    }

    fn query(&self) -> Query {
        let arguments = self.of.iter().map(|id| Argument::Id(id.clone())).collect();
        Query { kind: self.kind, arguments }
    }

    fn must_be(&self, truth: Truth) -> Guard {
        Guard::Is { query: self.query(), truth, negated: false }
    }

    fn must_not_be(&self, truth: Truth) -> Guard {
        Guard::Is { query: self.query(), truth, negated: true }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query().fmt(f)
    }
}
