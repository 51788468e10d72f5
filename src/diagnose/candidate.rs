//! Candidates: each runbook with each object that its failure could be of, held against the facts.

use std::collections::{BTreeMap, BTreeSet};

use super::Topology;
use super::known::{Known, Way};
use super::strict::strict;
use super::verdict::Case;
use crate::model::binding::{Member, complete_behind};
use crate::model::{Guard, Id, ParamSource, Runbook, Truth};

/// The most ways to fill open parameters that are tried.
const WAYS: usize = 8;

/// A runbook with an object that its failure may be of.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    pub runbook: &'a Runbook,
    /// The object, with its kind; none where the runbook is about the estate as a whole.
    pub member: Option<Member>,
    /// What its parameters stand for.
    pub bindings: Way,
    /// Each way to fill what stayed open, that one included.
    pub ways: Vec<Way>,
    /// Known facts that its supports rest on, by id.
    pub supporting: BTreeSet<Id>,
    /// Facts that it could not be decided without, by id.
    pub undecided: BTreeSet<Id>,
}

impl Candidate<'_> {
    /// Tells whether its failure is there: everything that must be known is, and says so.
    pub fn is_named(&self) -> bool {
        self.undecided.is_empty()
    }

    /// Returns the id of what it is about.
    pub fn subject(&self, case: &Case<'_>) -> Id {
        self.member.as_ref().map_or_else(|| case.estate.id.clone(), |(_, id)| id.clone())
    }
}

/// Returns the candidates that are there, and those that only lack knowledge.
pub(super) fn candidates<'a>(
    case: &'a Case<'a>,
    known: &Known<'a>,
    topology: &Topology,
) -> Vec<Candidate<'a>> {
    let mut found = Vec::new();
    for runbook in case.runbooks.iter().copied().filter(|it| !it.matches.by_name()) {
        for (bound, member) in subjects(case, runbook) {
            // Most objects are fine: that is seen before anything else is filled in.
            if is_out(runbook, known, &bound) {
                continue;
            }
            let bindings = complete_behind(case.estate, runbook, &bound, topology.behind());
            let ways = bindings.completions(WAYS);
            let judged = ways.iter().filter_map(|way| judge(runbook, known, way));
            let best = judged.min_by_key(|(_, _, undecided)| !undecided.is_empty());
            let Some((bindings, supporting, undecided)) = best else { continue };
            found.push(Candidate { runbook, member, bindings, ways, supporting, undecided });
        }
    }
    found
}

/// Returns what a runbook may be about: each object of its subject's kind, or the whole estate.
pub(super) fn subjects(case: &Case<'_>, runbook: &Runbook) -> Vec<(Way, Option<Member>)> {
    let subject =
        runbook.params.iter().find(|(_, param)| param.from == Some(ParamSource::CauseSubject));
    let Some((name, param)) = subject else { return vec![(BTreeMap::new(), None)] };
    let ids = case.estate.ids_of(param.kind).into_iter();
    ids.map(|id| (BTreeMap::from([(name.clone(), id.clone())]), Some((param.kind, id)))).collect()
}

fn is_out(runbook: &Runbook, known: &Known<'_>, bound: &Way) -> bool {
    let supports = &runbook.matches.supports;
    supports.iter().any(|guard| known.judge(&strict(guard), bound).truth == Truth::False)
}

type Judged = (Way, BTreeSet<Id>, BTreeSet<Id>);

/// Holds a runbook against the facts; `None` when it is not there, and could not be.
fn judge(runbook: &Runbook, known: &Known<'_>, way: &Way) -> Option<Judged> {
    let (mut supporting, mut undecided) = (BTreeSet::new(), BTreeSet::new());
    for guard in &runbook.matches.supports {
        let judged = known.judge(&strict(guard), way);
        match judged.truth {
            Truth::True => supporting.extend(judged.used),
            Truth::False => return None,
            Truth::Unknown => {
                let wanting = known.wanting(&judged);
                if wanting.is_empty() {
                    return None;
                }
                undecided.extend(wanting);
            }
        }
    }
    for guard in &runbook.matches.contradicts {
        undecided.extend(contradicted(guard, known, way)?);
    }
    for query in &runbook.matches.must_know {
        let judged = known.judge(&Guard::Known(query.clone()), way);
        if judged.truth != Truth::True {
            undecided.extend(known.wanting(&judged));
        }
    }
    Some((way.clone(), supporting, undecided))
}

/// Returns what keeps a contradiction undecided; `None` when it holds. Both readings of it must fail.
fn contradicted(guard: &Guard, known: &Known<'_>, way: &Way) -> Option<BTreeSet<Id>> {
    let mut undecided = BTreeSet::new();
    for judged in [known.judge(guard, way), known.judge(&strict(guard), way)] {
        match judged.truth {
            Truth::True => return None,
            Truth::False => {}
            Truth::Unknown => undecided.extend(known.wanting(&judged)),
        }
    }
    Some(undecided)
}
