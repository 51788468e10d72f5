//! Judging guards: conditions held against facts, three-valued.
//!
//! Several vantages (or subjects, where none is named) join by Kleene's *or*: one true is true, false needs
//! every one to be false. So turning a known fact into an unknown one never makes anything likelier.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Argument, Bound, Comparison, CountBy, Fact, FactKind, Guard, Id, Query, Truth};

/// Since when a fact has had its truth without a break, as the journal and earlier diagnoses know it.
pub type Since = BTreeMap<(FactKind, Id), (Truth, Timestamp)>;

/// What guards are held against.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The facts.
    pub facts: &'a [Fact],
    /// What `$name` stands for.
    pub bindings: &'a BTreeMap<String, Id>,
    /// Which way each branch took.
    pub taken: &'a BTreeMap<Id, Id>,
    /// Since when facts have been as they are.
    pub since: &'a Since,
    /// Now (UTC).
    pub now: Timestamp,
}

/// What a guard came to, and on which facts it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The answer.
    pub truth: Truth,
    /// Known facts that it rests on, by id.
    pub used: BTreeSet<Id>,
    /// Facts that nobody knows: ids, or the query's text where there is no such fact at all.
    pub missing: BTreeSet<Id>,
}

impl Ground<'_> {
    /// Returns the id that an argument stands for; `None` for an unbound parameter.
    pub fn argument(&self, argument: &Argument) -> Option<Id> {
        match argument {
            Argument::Id(id) => Some(id.clone()),
            Argument::Parameter { name, .. } => self.bindings.get(name).cloned(),
        }
    }

    /// Returns the facts that a query speaks of.
    pub fn select(&self, query: &Query) -> Vec<&Fact> {
        let wanted: Vec<Option<Id>> = query.arguments.iter().map(|a| self.argument(a)).collect();
        let fits = |at: usize, actual: Option<&Id>| match wanted.get(at) {
            None => true,
            Some(wanted) => wanted.is_some() && wanted.as_ref() == actual,
        };
        let of = |fact: &&Fact| {
            fact.kind == query.kind && fits(0, Some(&fact.subject)) && fits(1, fact.object.as_ref())
        };
        self.facts.iter().filter(of).collect()
    }
}

impl Guard {
    /// Returns every fact that this guard speaks of.
    pub fn queries(&self) -> Vec<&Query> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::queries).collect(),
            Self::Not(inner) => inner.queries(),
            Self::Known(query)
            | Self::Is { query, .. }
            | Self::Measure { query, .. }
            | Self::Count { query, .. }
            | Self::Age { query, .. } => vec![query],
            Self::Took { .. } | Self::Always => Vec::new(),
        }
    }

    /// Holds the guard against the facts.
    pub fn judge(&self, ground: &Ground<'_>) -> Judgement {
        match self {
            Self::All(parts) => join(parts, ground, Truth::and, Truth::True),
            Self::Any(parts) => join(parts, ground, Truth::or, Truth::False),
            Self::Not(inner) => {
                let inner = inner.judge(ground);
                Judgement { truth: inner.truth.negate(), ..inner }
            }
            Self::Always => Judgement::plain(Truth::True),
            Self::Took { branch, way } => Judgement::plain(match ground.taken.get(branch) {
                Some(taken) => Truth::of(taken == way),
                None => Truth::Unknown,
            }),
            Self::Is { query, truth, negated } => is(ground, query, *truth, *negated),
            Self::Known(query) => {
                let joined = joined(ground, query);
                Judgement { truth: Truth::of(joined.truth.is_known()), ..joined }
            }
            Self::Measure { query, comparison, bound } => {
                measure(ground, query, *comparison, *bound)
            }
            Self::Count { query, truth, by, comparison, bound } => {
                count(ground, query, *truth, *by, *comparison, *bound)
            }
            Self::Age { query, truth, comparison, span } => {
                let found = joined(ground, query);
                let mut judged = is(ground, query, *truth, false);
                if judged.truth == Truth::True {
                    let age = age_ms(ground, query, found.truth);
                    judged.truth = age.map_or(Truth::Unknown, |age| {
                        Truth::of(comparison.holds(age, span.as_millis() as f64))
                    });
                }
                judged
            }
        }
    }
}

impl Judgement {
    const fn plain(truth: Truth) -> Self {
        Self { truth, used: BTreeSet::new(), missing: BTreeSet::new() }
    }

    fn of_facts(truth: Truth, query: &Query, facts: &[&Fact]) -> Self {
        let mut judged = Self::plain(truth);
        for fact in facts {
            let into = if fact.truth.is_known() { &mut judged.used } else { &mut judged.missing };
            into.insert(fact.id.clone());
        }
        if facts.is_empty() {
            judged.missing.insert(Id::new(query.to_string()));
        }
        judged
    }
}

/// Joins the facts of a query by Kleene's *or*; no fact at all is unknown.
fn joined(ground: &Ground<'_>, query: &Query) -> Judgement {
    let facts = ground.select(query);
    let truth = facts.iter().map(|fact| fact.truth).reduce(Truth::or).unwrap_or(Truth::Unknown);
    Judgement::of_facts(truth, query, &facts)
}

fn join(
    parts: &[Guard],
    ground: &Ground<'_>,
    by: fn(Truth, Truth) -> Truth,
    start: Truth,
) -> Judgement {
    parts.iter().map(|part| part.judge(ground)).fold(Judgement::plain(start), |mut all, part| {
        all.truth = by(all.truth, part.truth);
        all.used.extend(part.used);
        all.missing.extend(part.missing);
        all
    })
}

/// `is not …` is a plain comparison, so it is never unknown; `is …` of an unknown fact is unknown.
fn is(ground: &Ground<'_>, query: &Query, wanted: Truth, negated: bool) -> Judgement {
    let found = joined(ground, query);
    let same = found.truth == wanted;
    let truth = match (negated, wanted, found.truth) {
        (true, _, _) => Truth::of(!same),
        (false, Truth::True | Truth::False, Truth::Unknown) => Truth::Unknown,
        (false, _, _) => Truth::of(same),
    };
    Judgement { truth, ..found }
}

fn measure(ground: &Ground<'_>, query: &Query, comparison: Comparison, bound: Bound) -> Judgement {
    let facts = ground.select(query);
    let one = |fact: &&Fact| {
        let measure = fact.measure.filter(|_| fact.truth.is_known());
        let number = measure.and_then(|measure| match bound {
            Bound::Percent(_) => measure.percent(),
            Bound::Number(_) | Bound::Span(_) => Some(measure.value),
        });
        number.map_or(Truth::Unknown, |n| Truth::of(comparison.holds(n, limit(bound))))
    };
    let truth = facts.iter().map(one).reduce(Truth::or).unwrap_or(Truth::Unknown);
    Judgement::of_facts(truth, query, &facts)
}

/// Spans are compared in seconds, the unit of the facts that measure time.
fn limit(bound: Bound) -> f64 {
    match bound {
        Bound::Number(number) | Bound::Percent(number) => number,
        Bound::Span(span) => span.as_millis() as f64 / 1_000.0,
    }
}

/// Counts what is so for certain and what may be so; unknown when the two disagree about the bound.
fn count(
    ground: &Ground<'_>,
    query: &Query,
    truth: Truth,
    by: CountBy,
    comparison: Comparison,
    bound: Bound,
) -> Judgement {
    let facts = ground.select(query);
    let mut groups: BTreeMap<&Id, Truth> = BTreeMap::new();
    for fact in &facts {
        let key = match by {
            CountBy::Vantage => &fact.vantage,
            CountBy::Subject => &fact.subject,
        };
        let group = groups.entry(key).or_insert(Truth::False);
        *group = group.or(match (fact.truth, truth) {
            (Truth::Unknown, Truth::True | Truth::False) => Truth::Unknown,
            (found, wanted) => Truth::of(found == wanted),
        });
    }
    let sure = groups.values().filter(|found| **found == Truth::True).count();
    let open = groups.values().filter(|found| **found == Truth::Unknown).count();
    let target = match bound {
        Bound::Percent(share) => share * groups.len() as f64 / 100.0,
        Bound::Number(_) | Bound::Span(_) => limit(bound),
    };
    let (low, high) =
        (comparison.holds(sure as f64, target), comparison.holds((sure + open) as f64, target));
    let answer = if low == high && !facts.is_empty() { Truth::of(low) } else { Truth::Unknown };
    Judgement::of_facts(answer, query, &facts)
}

fn age_ms(ground: &Ground<'_>, query: &Query, truth: Truth) -> Option<f64> {
    let facts = ground.select(query);
    let started = facts.iter().filter(|fact| fact.truth == truth).filter_map(|fact| {
        let (was, since) = ground.since.get(&(fact.kind, fact.subject.clone()))?;
        (*was == truth).then_some(*since)
    });
    let since = started.min()?;
    Some((ground.now.as_millisecond() - since.as_millisecond()) as f64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::{Ground, Since};
    use crate::model::{Fact, FactKind, Guard, Id, Measure, Truth};

    fn fact(id: &str, vantage: &str, truth: Truth) -> Fact {
        Fact {
            id: id.into(),
            kind: FactKind::DnsAuthorityAnswers,
            subject: "a".into(),
            object: None,
            vantage: vantage.into(),
            at: Timestamp::UNIX_EPOCH,
            truth,
            measure: Some(Measure::part(1.0, 2.0)),
            because: String::new(),
            from: Vec::new(),
        }
    }

    fn judge(text: &str, facts: &[Fact]) -> Truth {
        let bindings = BTreeMap::from([("p".to_owned(), Id::from("a"))]);
        let mut since = Since::new();
        since.insert(
            (FactKind::DnsAuthorityAnswers, "a".into()),
            (Truth::True, Timestamp::UNIX_EPOCH),
        );
        let now = Timestamp::from_second(7_200).expect("in range");
        let ground =
            Ground { facts, bindings: &bindings, taken: &BTreeMap::new(), since: &since, now };
        text.parse::<Guard>().expect("a guard").judge(&ground).truth
    }

    #[test]
    fn unknown_is_neither_true_nor_false() {
        let unknown = [fact("f1", "here", Truth::Unknown)];
        for (text, truth) in [
            ("dns.authority.answers($p) is true", Truth::Unknown),
            ("dns.authority.answers($p) is false", Truth::Unknown),
            ("dns.authority.answers($p) is not true", Truth::True),
            ("not dns.authority.answers($p) is true", Truth::Unknown),
            ("known(dns.authority.answers($p))", Truth::False),
            ("dns.authority.answers(b) is false", Truth::Unknown),
            ("dns.authority.answers($p) >= 50 %", Truth::Unknown),
            ("count(dns.authority.answers($p) is false, by: vantage) >= 1", Truth::Unknown),
            ("count(dns.authority.answers($p) is false, by: vantage) >= 2", Truth::False),
            ("age(dns.authority.answers($p) is true) >= 2h", Truth::Unknown),
        ] {
            assert_eq!(judge(text, &unknown), truth, "{text}");
        }
    }

    #[test]
    fn vantages_join_by_or_and_are_counted_apart() {
        let mixed = [fact("f1", "here", Truth::False), fact("f2", "there", Truth::True)];
        for (text, truth) in [
            ("dns.authority.answers($p) is true", Truth::True),
            ("dns.authority.answers($p) is false", Truth::False),
            ("count(dns.authority.answers($p) is false, by: vantage) >= 1", Truth::True),
            ("dns.authority.answers($p) >= 50 %", Truth::True),
            ("dns.authority.answers($p) >= 51 %", Truth::False),
            ("age(dns.authority.answers($p) is true) >= 2h", Truth::True),
            ("age(dns.authority.answers($p) is true) > 2h", Truth::False),
        ] {
            assert_eq!(judge(text, &mixed), truth, "{text}");
        }
    }

    #[test]
    fn losing_knowledge_never_makes_a_falsehood() {
        let open = [fact("f1", "here", Truth::False), fact("f2", "there", Truth::Unknown)];
        assert_eq!(judge("dns.authority.answers($p) is false", &open), Truth::Unknown);
    }
}
