//! From a candidate to a cause, as people and programs read it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Topology;
use super::candidate::Candidate;
use super::explain::{Reach, is_bad};
use super::known::{Known, Way};
use crate::model::{Advice, AdviceRule, Cause, FaultReach, Guard, Id, Truth};

/// Makes the cause of a candidate.
pub(super) fn cause(known: &Known<'_>, topology: &Topology, candidate: &Candidate<'_>) -> Cause {
    let (advice, advice_why) = advice(known, candidate);
    let runbook = candidate.runbook;
    let holds = |guard: &Guard| known.judge(guard, &candidate.bindings).truth == Truth::True;
    let mechanism = runbook.mechanisms.iter().find(|(_, guard)| holds(guard));
    Cause {
        failure_mode: runbook.failure_mode.clone(),
        subject: candidate.subject(known.case),
        mechanism: mechanism.map(|(name, _)| name.clone()),
        layer: runbook.layer,
        plane: runbook.plane,
        probability: None,
        supporting: known.in_order(&candidate.supporting),
        contradicting: against(known, candidate),
        missing: missing(known, candidate),
        explains: explained(known, topology, candidate),
        impact: runbook.impact.clone(),
        runbook: runbook.id.clone(),
        advice,
        advice_why,
    }
}

/// Returns the bad facts that follow from a candidate, its own support aside.
fn explained(known: &Known<'_>, topology: &Topology, candidate: &Candidate<'_>) -> Vec<Id> {
    // Whose fault reaches nothing else explains nothing else.
    let (Some(member), FaultReach::Behind) = (&candidate.member, candidate.runbook.reach) else {
        return Vec::new();
    };
    let reach = Reach::of(known, topology, member, candidate.runbook.reach);
    let follow = reach.follow(known).filter(|fact| !candidate.supporting.contains(&fact.id));
    follow.map(|fact| fact.id.clone()).collect()
}

/// Returns facts of the supports' kinds and subjects that say the opposite, from another vantage.
fn against(known: &Known<'_>, candidate: &Candidate<'_>) -> Vec<Id> {
    let supports = candidate.supporting.iter().filter_map(|id| known.fact(id));
    let against = supports.filter(|fact| is_bad(fact)).flat_map(|support| {
        known
            .about(support.kind, &support.subject)
            .filter(|fact| fact.object == support.object && fact.truth == support.truth.negate())
    });
    known.in_order(against.map(|fact| &fact.id))
}

/// Returns what the runbook asks about and nobody knows.
fn missing(known: &Known<'_>, candidate: &Candidate<'_>) -> Vec<Id> {
    let runbook = candidate.runbook;
    let must_know = runbook.matches.must_know.iter().map(|query| Guard::Known(query.clone()));
    let advice = runbook.advice.iter().filter_map(|rule| rule.guard.clone());
    let stops = runbook.stop_when.iter().map(|rule| rule.guard.clone());
    let matches = runbook.matches.supports.iter().chain(&runbook.matches.contradicts).cloned();
    let guards = matches.chain(runbook.mechanisms.values().cloned()).chain(must_know);
    let asked = guards.chain(advice).chain(stops);
    let missing: BTreeSet<Id> =
        asked.flat_map(|guard| known.judge(&guard, &candidate.bindings).missing).collect();
    known.in_order(&missing)
}

/// Returns the advice; where a parameter is open, the most urgent of what its values lead to.
fn advice(known: &Known<'_>, candidate: &Candidate<'_>) -> (Advice, Option<String>) {
    let rules = &candidate.runbook.advice;
    let of_way = |way: &Way| -> Option<&AdviceRule> {
        let holds = |guard: &Guard| known.judge(guard, way).truth == Truth::True;
        rules.iter().find(|rule| rule.otherwise || rule.guard.as_ref().is_some_and(holds))
    };
    let rules = candidate.ways.iter().filter_map(of_way);
    let rule = rules.min_by_key(|rule| urgency(rule.say));
    rule.map_or((Advice::Wait, None), |rule| (rule.say, rule.why.clone()))
}

/// Orders advice, the most urgent first.
pub(super) const fn urgency(advice: Advice) -> u8 {
    match advice {
        Advice::Act => 0,
        Advice::Call => 1,
        Advice::Wait => 2,
    }
}

/// Returns since when a cause has been there: the earliest of what supports it.
pub(super) fn since(known: &Known<'_>, cause: &Cause) -> Option<Timestamp> {
    let facts = cause.supporting.iter().filter_map(|id| known.fact(id)).filter(|f| is_bad(f));
    facts
        .filter_map(|fact| {
            let (truth, since) = known.case.since.get(&(fact.kind, fact.subject.clone()))?;
            (*truth == fact.truth).then_some(*since)
        })
        .min()
}
