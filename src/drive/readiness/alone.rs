//! What can be told of standing approvals before there is a plan: where they lead, who signed them, how often they
//! were used.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::diagnose::readiness::StandingLook;
use crate::document::{self, Source, Workspace};
use crate::drive::standing::{self, Envelope};
use crate::drive::{DriveError, Operation};
use crate::model::Id;

/// Looks at every standing approval that can be read.
///
/// # Errors
/// What the disk said.
pub fn looks(
    operation: &Operation,
    estate: &Source,
    now: Timestamp,
) -> Result<Vec<StandingLook>, DriveError> {
    operation.standing.all.iter().map(|it| look(operation, estate, it, now)).collect()
}

fn look(
    operation: &Operation,
    estate: &Source,
    envelope: &Envelope,
    now: Timestamp,
) -> Result<StandingLook, DriveError> {
    let contacts = &operation.estate.contacts;
    let holders = envelope.standing.holders.iter();
    let mut signed = BTreeMap::new();
    for holder in holders.filter(|id| contacts.iter().any(|it| it.id == **id)) {
        signed.insert(holder.clone(), signed_for(operation, envelope, holder, now)?);
    }
    let used = standing::used(operation, &envelope.mark, None)?.ok();
    let (standing, flaws) = (envelope.standing.clone(), flaws(operation, estate, envelope));
    Ok(StandingLook { standing, flaws, signed, used })
}

/// Counts who has signed for a holder, and says why the others do not count.
fn signed_for(
    operation: &Operation,
    envelope: &Envelope,
    holder: &Id,
    now: Timestamp,
) -> Result<(usize, String), DriveError> {
    match standing::signed_by(operation, envelope, holder, now) {
        Ok((people, doubted)) => Ok((people.len(), standing::doubts(&doubted))),
        Err(error @ (DriveError::NoSigners { .. } | DriveError::Revoked { .. })) => {
            Ok((0, format!("; {error}")))
        }
        Err(error) => Err(error),
    }
}

/// Returns what of it leads nowhere, as `lint` finds it.
fn flaws(operation: &Operation, estate: &Source, envelope: &Envelope) -> Vec<String> {
    let runbooks = operation.runbooks.iter().map(|it| it.runbook.id.to_string());
    let workspace = Workspace {
        estate: Some(estate.clone()),
        estate_is_given: true,
        standing: vec![Source::new(envelope.path.clone(), envelope.text.clone())],
        other_runbooks: runbooks.collect::<BTreeSet<String>>(),
        ..Workspace::default()
    };
    let faults = document::lint(&workspace);
    let said =
        |it: &document::Fault| format!("{}:{}:{}: {}", it.path, it.line, it.column, it.found);
    faults.0.iter().map(said).collect()
}
