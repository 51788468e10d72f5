//! What journals and drills prove: the grade of each runbook, and whether the last live incident is closed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::diagnose::readiness::LastIncident;
use crate::drive::{Operation, plans};
use crate::model::{Grade, Graded, Id, Mode, RunbookMark};
use crate::plan::Digest;
use crate::store::{Incident, Listed, rehearsals};
use crate::view::{CarriedOut, Chronicle, carried_out, grades};

/// The past of an estate, as far as its state directory knows.
#[derive(Default)]
pub struct History {
    pub graded: Vec<Graded>,
    pub last: LastIncident,
    /// When a drill carried each runbook out last, by the clock of this machine; absent where nobody can tell.
    pub rehearsed: Option<BTreeMap<Id, Timestamp>>,
}

/// Reads the past; a journal that cannot be read is named and left out.
pub fn of(operation: &Operation, trouble: &mut Vec<String>) -> History {
    let listed = operation.incidents.list().unwrap_or_else(|error| {
        trouble.push(format!("The incidents are left out: {error}"));
        Vec::new()
    });
    let drills = drills(operation, trouble);
    let rehearsed = drills.as_deref().map(|all| lately(all, operation.field.clock.now()));
    let mut carried = drills.unwrap_or_default();
    for one in &listed {
        let Ok(incident) = operation.incidents.incident(one.id.as_str()) else { continue };
        match incident.records() {
            Ok(records) => {
                let chronicle = Chronicle::fold(&records);
                carried.extend(carried_out(&chronicle, &digests(&incident)));
            }
            Err(error) => trouble.push(format!("`{}` is left out: {error}", one.id)),
        }
    }
    let marks: Vec<&RunbookMark> = operation.runbooks.iter().map(|it| &it.mark).collect();
    History { graded: grades(&marks, &carried), last: last(&listed), rehearsed }
}

/// A rehearsal of tomorrow is a clock that was wrong, and proves nothing to whoever is alone.
fn lately(drills: &[CarriedOut], now: Timestamp) -> BTreeMap<Id, Timestamp> {
    let mut all: BTreeMap<Id, Timestamp> = BTreeMap::new();
    for it in drills.iter().filter(|it| it.at <= now) {
        let last = all.entry(it.runbook.clone()).or_insert(it.at);
        *last = it.at.max(*last);
    }
    all
}

fn drills(operation: &Operation, trouble: &mut Vec<String>) -> Option<Vec<CarriedOut>> {
    let rehearsed = rehearsals::load(&operation.incidents.rehearsals_path());
    let rehearsed = rehearsed
        .map_err(|error| trouble.push(format!("The drills are left out: {error}")))
        .ok()?;
    let one = |it: rehearsals::Rehearsed| CarriedOut {
        runbook: it.runbook,
        digest: Some(it.digest),
        grade: Grade::Drilled,
        at: it.at,
    };
    Some(rehearsed.into_iter().map(one).collect())
}

/// Returns each plan's runbook by its digest at that time; a plan that cannot be read proves nothing.
pub fn digests(incident: &Incident) -> BTreeMap<String, String> {
    let plans = plans::all(incident).unwrap_or_default();
    plans.iter().map(|plan| (Digest::of(plan).hex(), plan.runbook.digest.clone())).collect()
}

/// Returns the newest live incident. One whose journal does not say which mode it is counts.
fn last(listed: &[Listed]) -> LastIncident {
    let live = listed.iter().filter(|one| one.mode != Some(Mode::Drill));
    live.max_by_key(|one| one.declared).map_or_else(LastIncident::default, |one| LastIncident {
        id: Some(one.id.clone()),
        closed: one.closed,
    })
}
