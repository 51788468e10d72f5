//! The facts of a case, indexed: estates have thousands of them, and each candidate asks about a handful.

use std::collections::{BTreeMap, BTreeSet};

use super::explain::{is_bad, is_of_network, members};
use super::moot::is_moot;
use super::verdict::Case;
use crate::model::binding::Member;
use crate::model::{Argument, Fact, FactKind, Ground, Guard, Id, Judgement, ParamKind, Query};

/// The facts of a case.
pub(super) struct Known<'a> {
    pub case: &'a Case<'a>,
    by_id: BTreeMap<&'a Id, usize>,
    by_kind: BTreeMap<FactKind, Vec<usize>>,
    by_subject: BTreeMap<FactKind, BTreeMap<&'a Id, Vec<usize>>>,
    /// Facts that say that something is wrong, each with the objects that it may be about.
    pub bad: Vec<(&'a Fact, Vec<Member>)>,
    /// Where in `bad` the facts about an object stand.
    pub bad_of: BTreeMap<Member, Vec<usize>>,
    /// Where in `bad` the facts stand that may follow from what is not their subject.
    pub beyond: Vec<usize>,
    /// Zones whose names are given wrong, and resolvers that give names wrong.
    pub wrong: [Vec<Member>; 2],
    taken: BTreeMap<Id, Id>,
}

/// What parameters stand for.
pub(super) type Way = BTreeMap<String, Id>;

impl<'a> Known<'a> {
    pub fn of(case: &'a Case<'a>) -> Self {
        let mut by_kind: BTreeMap<FactKind, Vec<usize>> = BTreeMap::new();
        let mut by_subject: BTreeMap<FactKind, BTreeMap<&Id, Vec<usize>>> = BTreeMap::new();
        for (at, fact) in case.facts.iter().enumerate() {
            by_kind.entry(fact.kind).or_default().push(at);
            let subjects = by_subject.entry(fact.kind).or_default();
            subjects.entry(&fact.subject).or_default().push(at);
        }
        let bad = case.facts.iter().filter(|fact| is_bad(fact));
        let bad: Vec<_> = bad.map(|fact| (fact, members(fact))).collect();
        let mut bad_of: BTreeMap<Member, Vec<usize>> = BTreeMap::new();
        for (at, (_, members)) in bad.iter().enumerate() {
            members.iter().for_each(|member| bad_of.entry(member.clone()).or_default().push(at));
        }
        let beyond = bad
            .iter()
            .enumerate()
            .filter(|(_, (fact, _))| is_of_names(fact.kind) || is_of_network(fact.kind));
        let beyond = beyond.map(|(at, _)| at).collect();
        let wrong = |kind: FactKind, of: ParamKind| {
            let facts = bad.iter().filter(|(fact, _)| fact.kind == kind);
            facts.map(|(fact, _)| (of, fact.subject.clone())).collect()
        };
        let wrong = [
            wrong(FactKind::ResolverAnswersRight, ParamKind::Zone),
            wrong(FactKind::DnsNameResolves, ParamKind::Resolver),
        ];
        let by_id = case.facts.iter().enumerate().map(|(at, fact)| (&fact.id, at)).collect();
        Self {
            case,
            by_id,
            by_kind,
            by_subject,
            bad,
            bad_of,
            beyond,
            wrong,
            taken: BTreeMap::new(),
        }
    }

    /// Returns a fact by its id.
    pub fn fact(&self, id: &Id) -> Option<&'a Fact> {
        self.by_id.get(id).map(|at| &self.case.facts[*at])
    }

    /// Returns the facts of a kind about a subject.
    pub fn about(&self, kind: FactKind, subject: &Id) -> impl Iterator<Item = &'a Fact> {
        let found = self.by_subject.get(&kind).and_then(|of| of.get(subject));
        found.into_iter().flatten().map(|at| &self.case.facts[*at])
    }

    /// Returns the ids of facts in the case's order.
    pub fn in_order<'b>(&self, ids: impl IntoIterator<Item = &'b Id>) -> Vec<Id> {
        let places: BTreeSet<usize> =
            ids.into_iter().filter_map(|id| self.by_id.get(id)).copied().collect();
        places.into_iter().map(|at| self.case.facts[at].id.clone()).collect()
    }

    /// Holds a guard against the facts that it speaks of.
    pub fn judge(&self, guard: &Guard, way: &Way) -> Judgement {
        let mut places: BTreeSet<usize> = BTreeSet::new();
        for query in guard.queries() {
            places.extend(self.places(query, way));
        }
        let facts: Vec<Fact> = places.into_iter().map(|at| self.case.facts[at].clone()).collect();
        let Case { since, at, .. } = *self.case;
        let ground = Ground { facts: &facts, bindings: way, taken: &self.taken, since, now: at };
        guard.judge(&ground)
    }

    /// Tells whether there is any fact that a query speaks of.
    pub fn has(&self, query: &Query, way: &Way) -> bool {
        !self.places(query, way).is_empty()
    }

    /// Returns where the facts of a query's kind and subject stand; its second argument is the judgement's.
    fn places<'b>(&'b self, query: &Query, way: &Way) -> &'b [usize] {
        let Some(first) = query.arguments.first() else {
            return self.by_kind.get(&query.kind).map_or(&[], Vec::as_slice);
        };
        let subject = match first {
            Argument::Id(id) => Some(id),
            Argument::Parameter { name, .. } => way.get(name),
        };
        let found = subject.and_then(|id| self.by_subject.get(&query.kind)?.get(id));
        found.map_or(&[], Vec::as_slice)
    }

    /// Returns what is missing that could be known.
    pub fn wanting(&self, judged: &Judgement) -> BTreeSet<Id> {
        let could = |id: &&Id| self.fact(id).is_some_and(|fact| !is_moot(self.case.estate, fact));
        judged.missing.iter().filter(could).cloned().collect()
    }
}

const fn is_of_names(kind: FactKind) -> bool {
    matches!(kind, FactKind::DnsNameResolves | FactKind::ResolverAnswersRight)
}
