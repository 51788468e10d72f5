//! `diagnose`: probe, and say what is broken, where, how sure and why.

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};
use crate::drive::Operation;
use crate::drive::survey::{self, Sought, Survey};
use crate::host::Channel;
use crate::model::{Diagnosis, Verdict};
use crate::render;
use crate::store::Incident;

/// Probe, and say what is broken, where, how sure and why.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Write the verdict into the open incident's journal
    #[arg(long)]
    record: bool,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let operation = office::operation(desk, global)?;
        office::tell_of_broken(desk, &operation);
        let incident = readable(desk, office::incident_if_any(&operation, global)?);
        let named = if self.record { Some(office::incident(&operation, global)?) } else { None };
        let found =
            survey::survey(&operation, Sought::EVERYTHING, global.deadline, incident.as_ref())
                .await?;
        if let Some(incident) = named {
            write_down(desk, &operation, &incident, &found);
        }
        if global.json {
            desk.screen.data(&render::json::diagnosis(&found.diagnosis)?)?;
        } else {
            desk.screen.data(&render::diagnosis(&found.diagnosis, &desk.style(Channel::Data)))?;
        }
        Ok(exit_of(&found.diagnosis))
    }
}

/// Leaves out a journal that cannot be read, and says so: whoever looks at the world needs none.
fn readable(desk: &Desk, incident: Option<Incident>) -> Option<Incident> {
    let error = incident.as_ref()?.records().err();
    match error {
        None => incident,
        Some(error) => {
            desk.screen.talk(&format!("The journal is left out of this verdict: {error}"));
            None
        }
    }
}

/// Writes a verdict into the journal; one that cannot be written is given all the same.
fn write_down(desk: &Desk, operation: &Operation, incident: &Incident, found: &Survey) {
    match survey::record(operation, incident, found) {
        Ok(None) => {}
        Ok(Some(error)) => desk.screen.talk(&format!("The evidence is not kept: {error}")),
        Err(error) => {
            desk.screen.talk(&format!("This verdict is not in the journal: {error}"));
            if let Some(hint) = error.hint() {
                desk.screen.talk(&format!("  do: {hint}"));
            }
        }
    }
}

/// Returns the exit code of a verdict.
pub(super) fn exit_of(diagnosis: &Diagnosis) -> Exit {
    match diagnosis.verdict {
        Verdict::Healthy => Exit::Done,
        Verdict::Fault => Exit::No,
        Verdict::Undetermined | Verdict::ObserverFault => Exit::CannotTell,
    }
}
