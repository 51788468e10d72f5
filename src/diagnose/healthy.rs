//! What `healthy` needs besides that nothing is bad: everything that a rule must know is known.

use std::collections::BTreeSet;

use super::Topology;
use super::candidate::subjects;
use super::known::{Known, Way};
use crate::model::binding::complete_behind;
use crate::model::{Argument, Guard, Id, Query, Truth};

/// Returns what some rule must know of a declared object and nobody knows, by fact id.
pub(super) fn unknown(known: &Known<'_>, topology: &Topology) -> BTreeSet<Id> {
    let (case, mut unknown) = (known.case, BTreeSet::new());
    for runbook in case.runbooks.iter().copied() {
        for (bound, _) in subjects(case, runbook) {
            let bindings = if runbook.matches.must_know.iter().all(|query| names(query, &bound)) {
                bound
            } else {
                complete_behind(case.estate, runbook, &bound, topology.behind()).known
            };
            for query in runbook.matches.must_know.iter().filter(|query| names(query, &bindings)) {
                let judged = known.judge(&Guard::Known(query.clone()), &bindings);
                if judged.truth == Truth::True {
                    continue;
                }
                unknown.extend(known.wanting(&judged));
                let absent = !known.has(query, &bindings) && !query.arguments.is_empty();
                unknown.extend(absent.then(|| Id::new(shown(query, &bindings))));
            }
        }
    }
    unknown
}

/// Tells whether every parameter that a query names stands for something.
fn names(query: &Query, bindings: &Way) -> bool {
    query.arguments.iter().all(|argument| match argument {
        Argument::Parameter { name, .. } => bindings.contains_key(name),
        Argument::Id(_) => true,
    })
}

fn shown(query: &Query, bindings: &Way) -> String {
    let argument = |argument: &Argument| match argument {
        Argument::Parameter { name, .. } => {
            bindings.get(name).map_or_else(|| name.clone(), ToString::to_string)
        }
        Argument::Id(id) => id.to_string(),
    };
    let arguments: Vec<String> = query.arguments.iter().map(argument).collect();
    format!("{}({})", query.kind, arguments.join(", "))
}
