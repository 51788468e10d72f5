//! The next probes: what would tell explanations apart, or make the unknown known.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::Candidate;
use super::known::Known;
use crate::model::{Cause, Fact, Id, NextProbe, ProbeKind};

/// The most that are worth reading at once.
const SHOWN: usize = 8;

/// How much a probe would tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// It decides whether something is a cause.
    Decides,
    /// Health waits for it.
    Awaited,
    /// It only looks once more.
    Again,
}

/// What is asked, of what in words; how much it tells, and the failure modes that it tells apart.
type Wishes = BTreeMap<(ProbeKind, String), (Weight, BTreeSet<Id>)>;

/// Returns what would separate the top two causes.
pub(super) fn between(known: &Known<'_>, causes: &[Cause]) -> Vec<NextProbe> {
    let [first, second, ..] = causes else { return Vec::new() };
    let both = BTreeSet::from([first.failure_mode.clone(), second.failure_mode.clone()]);
    let mut wishes = Wishes::new();
    for fact in first.missing.iter().chain(&second.missing).filter_map(|id| known.fact(id)) {
        wish(&mut wishes, fact, Weight::Decides, both.iter());
    }
    shown(wishes)
}

/// Returns what would make an undetermined verdict a verdict: what candidates lack, what `healthy` lacks, and
/// another look, from elsewhere, at what is bad and unexplained.
pub(super) fn toward_a_verdict(
    known: &Known<'_>,
    candidates: &[Candidate<'_>],
    unknown: &BTreeSet<Id>,
) -> Vec<NextProbe> {
    let modes: BTreeSet<&Id> = candidates.iter().map(|it| &it.runbook.failure_mode).collect();
    let mut wishes = Wishes::new();
    for candidate in candidates {
        for fact in candidate.undecided.iter().filter_map(|id| known.fact(id)) {
            wish(&mut wishes, fact, Weight::Decides, modes.iter().copied());
        }
    }
    for fact in unknown.iter().filter_map(|id| known.fact(id)) {
        wish(&mut wishes, fact, Weight::Awaited, std::iter::empty());
    }
    for (fact, _) in &known.bad {
        if let Some(probe) = fact.kind.probe() {
            // A server's subject is `provider/name@address`: one look covers all of a provider.
            let whole = fact.subject.as_str();
            let of = whole.split_once('/').map_or(whole, |(provider, _)| provider);
            let again = format!("{of}, again and from another vantage");
            let (_, separates) =
                wishes.entry((probe, again)).or_insert((Weight::Again, BTreeSet::new()));
            separates.extend(modes.iter().copied().cloned());
        }
    }
    shown(wishes)
}

fn wish<'a>(
    wishes: &mut Wishes,
    fact: &Fact,
    weight: Weight,
    separates: impl Iterator<Item = &'a Id>,
) {
    if let Some(probe) = fact.kind.probe() {
        let of = format!("{} of {}", fact.kind, fact.subject);
        let (known, modes) = wishes.entry((probe, of)).or_insert((weight, BTreeSet::new()));
        *known = weight.min(*known);
        modes.extend(separates.cloned());
    }
}

/// The most telling first.
fn shown(wishes: Wishes) -> Vec<NextProbe> {
    let mut wishes: Vec<_> = wishes.into_iter().collect();
    wishes.sort_by_key(|(_, (weight, separates))| (*weight, std::cmp::Reverse(separates.len())));
    let shown = wishes.into_iter().take(SHOWN);
    let probe = |((probe, of), (_, separates))| {
        let separates = BTreeSet::into_iter(separates).collect();
        NextProbe { probe, of, separates }
    };
    shown.map(probe).collect()
}
