//! Parameters: what was given is held against runbook and estate, and the rest is filled in where it is certain.

use std::collections::BTreeMap;

use super::Refusal;
use crate::model::binding::{self, Behind};
use crate::model::{Estate, Id, Runbook};

/// Completes a runbook's parameters.
///
/// # Errors
/// [`Refusal::NoParameter`], [`Refusal::NoSuch`] for what was given, [`Refusal::Unbound`] for what is missing.
pub fn bound(
    estate: &Estate,
    runbook: &Runbook,
    given: &BTreeMap<String, Id>,
    behind: &Behind,
) -> Result<BTreeMap<String, Id>, Refusal> {
    for (parameter, id) in given {
        let Some(param) = runbook.params.get(parameter) else {
            let has = runbook.params.keys().cloned().collect();
            let (runbook, parameter) = (runbook.id.clone(), parameter.clone());
            return Err(Refusal::NoParameter { runbook, parameter, has });
        };
        let fitting = estate.ids_of(param.kind);
        if !fitting.contains(id) {
            let (parameter, id) = (parameter.clone(), id.clone());
            return Err(Refusal::NoSuch { parameter, id, fitting });
        }
    }
    let bindings = binding::complete_behind(estate, runbook, given, behind);
    match bindings.open.into_iter().next() {
        None => Ok(bindings.known),
        Some((parameter, fitting)) => Err(Refusal::Unbound { parameter, fitting }),
    }
}

/// Binds the parameters of an included runbook: by the same names where they fit, else by what fits.
///
/// # Errors
/// As [`bound`].
pub fn bound_within(
    estate: &Estate,
    included: &Runbook,
    outer: &BTreeMap<String, Id>,
    behind: &Behind,
) -> Result<BTreeMap<String, Id>, Refusal> {
    let fits = |(name, id): &(&String, &Id)| {
        let param = included.params.get(*name);
        param.is_some_and(|param| estate.ids_of(param.kind).contains(id))
    };
    let same = outer.iter().filter(fits).map(|(name, id)| (name.clone(), id.clone())).collect();
    bound(estate, included, &same, behind)
}
