//! Plans out of an incident: only what was pinned there, unchanged.

use std::path::PathBuf;

use super::{DriveError, Operation};
use crate::model::{Event, Id, Plan, Record};
use crate::plan::Digest;
use crate::store::Incident;

/// Returns a plan by its path, digest or short digest, with where it lies.
///
/// # Errors
/// [`DriveError::Foreign`] when its text is none that was pinned in this incident, [`DriveError::OtherForm`].
pub fn load(incident: &Incident, wanted: &str) -> Result<(Plan, PathBuf), DriveError> {
    let (plan, path) = incident.load_plan(wanted)?;
    let shown = path.display().to_string();
    if plan.schema != Plan::SCHEMA {
        let (found, known) = (plan.schema, Plan::SCHEMA);
        return Err(DriveError::OtherForm { plan: shown, found, known });
    }
    let digest = Digest::of(&plan);
    let records = incident.records()?;
    let mut pinned: Vec<&str> = records.iter().filter_map(pinned).collect();
    if pinned.contains(&digest.hex().as_str()) {
        return Ok((plan, path));
    }
    pinned.dedup();
    let pinned = pinned.iter().map(|it| it.get(..8).unwrap_or(it).to_owned()).collect();
    Err(DriveError::Foreign { plan: shown, found: digest.short(), pinned })
}

/// Returns an earlier plan of an incident that a new one of a runbook may be held against.
///
/// # Errors
/// [`DriveError::Incomparable`] when it is of another incident, estate, mode or runbook; and as [`load`].
pub fn earlier(
    operation: &Operation,
    incident: &Incident,
    wanted: &str,
    runbook: &Id,
) -> Result<(Plan, PathBuf), DriveError> {
    let (plan, path) = load(incident, wanted)?;
    let mode = |mode| format!("{mode:?}").to_lowercase();
    let both = [
        ("mode", mode(plan.mode), mode(operation.mode)),
        ("incident", plan.incident.to_string(), incident.id().to_string()),
        ("estate", plan.estate.id.to_string(), operation.estate.id.to_string()),
        ("runbook", plan.runbook.id.to_string(), runbook.to_string()),
    ];
    match both.into_iter().find(|(_, there, here)| there != here) {
        None => Ok((plan, path)),
        Some((what, there, here)) => {
            let plan = path.display().to_string();
            Err(DriveError::Incomparable { plan, what, there, here })
        }
    }
}

fn pinned(record: &Record) -> Option<&str> {
    if let Event::Planned { digest, .. } = &record.event { Some(digest) } else { None }
}

/// Returns every plan that was pinned in an incident, in the order in which they were.
///
/// # Errors
/// As [`load`].
pub fn all(incident: &Incident) -> Result<Vec<Plan>, DriveError> {
    let mut plans = Vec::new();
    for record in incident.records()? {
        if let Event::Planned { digest, .. } = &record.event {
            plans.push(load(incident, digest)?.0);
        }
    }
    Ok(plans)
}
