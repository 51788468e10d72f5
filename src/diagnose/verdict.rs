//! The verdict: which candidates are causes, and what that makes of the whole.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::candidate::{Candidate, candidates};
use super::explain::{Reach, is_bad, members};
use super::known::Known;
use super::silence::Silence;
use super::{Topology, healthy, next, rank, report};
use crate::model::binding::Member;
use crate::model::{
    Advice, Cause, Diagnosis, Estate, Fact, FactKind, Layer, Runbook, Since, Truth, Verdict,
};
use crate::wire::as_table::AsTable;

/// What a verdict is made of.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// What is declared.
    pub estate: &'a Estate,
    /// What failures look like.
    pub runbooks: &'a [&'a Runbook],
    /// What is known, from every vantage.
    pub facts: &'a [Fact],
    /// Since when facts have been as they are.
    pub since: &'a Since,
    /// Maps addresses to networks.
    pub as_table: Option<&'a AsTable>,
    /// When probing began (UTC).
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// One target's budget, in milliseconds.
    pub budget_ms: u64,
}

/// Explains the facts.
///
/// A cause is named when all its supports are true, no contradiction could be, and all that it must know is known;
/// unless something in front of it explains the same, or may. So turning known facts into unknown never makes a cause.
pub fn diagnose(case: &Case<'_>) -> Diagnosis {
    let topology = Topology::of(case.estate, case.as_table);
    let known = Known::of(case);
    let found = candidates(case, &known, &topology);
    let named = independent(case, &known, &topology, &found);
    let blind = found.iter().any(|it| it.is_named() && it.runbook.layer == Layer::Observer)
        || observer_is_cut_off(case);
    let mut causes: Vec<Cause> = named
        .into_iter()
        .filter(|candidate| !blind || candidate.runbook.layer == Layer::Observer)
        .map(|candidate| report::cause(&known, &topology, candidate))
        .collect();
    rank::rank(&mut causes);
    let unknown = healthy::unknown(&known, &topology);
    let verdict = match (blind, causes.is_empty()) {
        (true, _) => Verdict::ObserverFault,
        (false, false) => Verdict::Fault,
        (false, true) if known.bad.is_empty() && unknown.is_empty() => Verdict::Healthy,
        (false, true) => Verdict::Undetermined,
    };
    let next_probes = match verdict {
        Verdict::Fault => next::between(&known, &causes),
        Verdict::Undetermined => next::toward_a_verdict(&known, &found, &unknown),
        Verdict::Healthy | Verdict::ObserverFault => Vec::new(),
    };
    let (advice, advice_why) = advice(verdict, &causes);
    Diagnosis {
        schema: "lifeboat.diagnosis/v1".to_owned(),
        at: case.at,
        took_ms: case.took_ms,
        budget_ms: case.budget_ms,
        verdict,
        advice,
        advice_why,
        since: causes.iter().filter_map(|cause| report::since(&known, cause)).min(),
        causes,
        next_probes,
        unknown: unknown.into_iter().collect(),
        facts: case.facts.to_vec(),
    }
}

fn observer_is_cut_off(case: &Case<'_>) -> bool {
    let health = case.facts.iter().filter(|fact| fact.kind == FactKind::ObserverHealthy);
    health.map(|fact| fact.truth).reduce(Truth::or) == Some(Truth::False)
}

/// Returns the named candidates that nothing in front of them explains, or may explain, and no common silence covers.
fn independent<'a, 'b>(
    case: &Case<'_>,
    known: &Known<'_>,
    topology: &Topology,
    found: &'b [Candidate<'a>],
) -> Vec<&'b Candidate<'a>> {
    let silence = Silence::of(case, topology);
    let reach = |it: &Candidate<'_>| {
        it.member.as_ref().map(|at| Reach::of(known, topology, at, it.runbook.reach))
    };
    let reaches: Vec<Option<Reach<'_>>> = found.iter().map(reach).collect();
    let mut fronts: BTreeMap<&Member, Vec<usize>> = BTreeMap::new();
    for (at, reach) in reaches.iter().enumerate() {
        for member in reach.iter().flat_map(Reach::cut) {
            fronts.entry(member).or_default().push(at);
        }
    }
    let follows = |one: &Candidate<'_>| {
        let Some(own) = &one.member else { return false };
        let bad = one.supporting.iter().filter_map(|id| known.fact(id)).filter(|it| is_bad(it));
        let bad: Vec<_> = bad.map(|fact| (fact, members(fact))).collect();
        fronts.get(own).into_iter().flatten().any(|at| {
            let front = reaches[*at].as_ref().filter(|_| found[*at].member.as_ref() != Some(own));
            front.is_some_and(|front| bad.iter().all(|(fact, of)| front.explains(fact, of)))
        })
    };
    let free = |one: &&Candidate<'_>| one.is_named() && !follows(one) && !silence.covers(one);
    found.iter().filter(free).collect()
}

fn advice(verdict: Verdict, causes: &[Cause]) -> (Option<Advice>, Option<String>) {
    let wait = |why: &str| (Some(Advice::Wait), Some(why.to_owned()));
    match (verdict, causes.first()) {
        (Verdict::Healthy, _) => (None, None),
        (Verdict::Undetermined, _) => {
            wait("Nobody can tell what is wrong. Change nothing; make the next probes.")
        }
        (Verdict::Fault | Verdict::ObserverFault, Some(first)) => {
            (Some(first.advice), first.advice_why.clone())
        }
        (Verdict::Fault | Verdict::ObserverFault, None) => {
            wait("Nothing seen from here proves a fault of anybody's. Look from another network.")
        }
    }
}
