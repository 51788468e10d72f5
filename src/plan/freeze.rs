//! Small rules of freezing: branches in guards, open parameters, and what a failure leads to by default.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Argument, Guard, Id, OnFail, Query, Work};

/// Gives every branch in a guard its id in the plan.
pub fn branches(guard: Guard, full: &dyn Fn(&Id) -> Id) -> Guard {
    ways(guard, &|branch, way| Guard::Took { branch: full(&branch), way })
}

/// Puts the ways that are taken already into a guard.
pub fn taken(guard: Guard, taken: &BTreeMap<Id, Id>) -> Guard {
    ways(guard, &|branch, way| match taken.get(&branch) {
        Some(took) if *took == way => Guard::Always,
        Some(_) => Guard::Not(Box::new(Guard::Always)),
        None => Guard::Took { branch, way },
    })
}

/// Changes each mention of a branch.
fn ways(guard: Guard, change: &dyn Fn(Id, Id) -> Guard) -> Guard {
    let all = |parts: Vec<Guard>| parts.into_iter().map(|part| ways(part, change)).collect();
    match guard {
        Guard::All(parts) => Guard::All(all(parts)),
        Guard::Any(parts) => Guard::Any(all(parts)),
        Guard::Not(inner) => Guard::Not(Box::new(ways(*inner, change))),
        Guard::Took { branch, way } => change(branch, way),
        other @ (Guard::Is { .. }
        | Guard::Known(_)
        | Guard::Measure { .. }
        | Guard::Count { .. }
        | Guard::Age { .. }
        | Guard::Always) => other,
    }
}

/// Returns the parameters of a guard that stand for nothing.
pub fn open_parameters(guard: &Guard) -> BTreeSet<String> {
    let of = |query: &Query| {
        let open = query.arguments.iter().filter_map(|argument| match argument {
            Argument::Parameter { name, .. } => Some(name.clone()),
            Argument::Id(_) => None,
        });
        open.collect()
    };
    match guard {
        Guard::All(parts) | Guard::Any(parts) => parts.iter().flat_map(open_parameters).collect(),
        Guard::Not(inner) => open_parameters(inner),
        Guard::Known(query)
        | Guard::Is { query, .. }
        | Guard::Measure { query, .. }
        | Guard::Count { query, .. }
        | Guard::Age { query, .. } => of(query),
        Guard::Took { .. } | Guard::Always => BTreeSet::new(),
    }
}

/// Returns what a failure leads to. Words that fail never undo a repair: a message goes on unless it says `hold`.
pub const fn on_fail(said: Option<OnFail>, work: &Work) -> OnFail {
    match (said, work) {
        (None, Work::Message { .. }) => OnFail::Continue,
        (Some(OnFail::Undo), Work::Message { .. }) | (None, _) => OnFail::Hold,
        (Some(said), _) => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_that_are_taken_are_put_in() {
        let guard: Guard = "road = switch or not help = wait".parse().expect("a guard");
        let known = BTreeMap::from([("road".into(), "stay".into())]);
        let frozen = taken(guard, &known);
        assert_eq!(frozen.to_string(), "not (otherwise) or not (help = wait)");
        let full = |id: &Id| Id::new(format!("in/{id}"));
        assert_eq!(branches(frozen, &full).to_string(), "not (otherwise) or not (in/help = wait)");
    }

    #[test]
    fn words_that_fail_never_undo_a_repair() {
        let message = Work::Message { template: String::new(), to: Vec::new() };
        assert_eq!(on_fail(None, &message), OnFail::Continue);
        assert_eq!(on_fail(Some(OnFail::Undo), &message), OnFail::Hold);
        assert_eq!(on_fail(Some(OnFail::Hold), &message), OnFail::Hold);
        let took = Work::Took { way: "w".into(), because: String::new() };
        assert_eq!(on_fail(None, &took), OnFail::Hold);
    }
}
