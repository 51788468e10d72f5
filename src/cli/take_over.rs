//! `take-over`: shut out whoever runs the incident.

use clap::Args;
use serde_json::json;

use super::{Desk, Exit, Failure, Global, locks, office};
use crate::drive::{DriveError, Operation, plans, sharing};
use crate::journal::may_land_until;
use crate::model::{Held, Holder};
use crate::net::Deadline;
use crate::repo::SharedError;
use crate::store::Incident;

/// Shut out whoever runs the incident, so that `resume` works here.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Why; it is written into the journal
    #[arg(long, required = true)]
    reason: String,
}

impl Arguments {
    /// Takes over what other machines hold of this incident and of the services of its plans.
    async fn elsewhere(
        &self,
        desk: &Desk,
        until: Deadline,
        operation: &Operation,
        incident: &Incident,
        by: &Holder,
    ) -> Result<Vec<Held>, Failure> {
        let Some(shared) = locks::open(operation)? else { return Ok(Vec::new()) };
        let whats = locks::concerned(incident, &plans::all(incident)?);
        match sharing::seize(&shared, &whats, by, operation.field.clock.now(), until).await {
            Ok(held) => Ok(held),
            Err(error @ SharedError::Unreachable { .. }) => {
                desk.screen.talk(&format!("{error}: nobody on another machine is shut out."));
                Ok(Vec::new())
            }
            Err(error) => Err(DriveError::from(error).into()),
        }
    }

    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let reason = self.reason.trim();
        if reason.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "a run is taken over for a reason, and none was given",
            )
            .hint("say it: `--reason \"its laptop is lost\"`"));
        }
        let operation = office::operation(desk, global)?;
        let incident = office::incident_to_act(&operation, global)?;
        let now = operation.field.clock.now();
        let until = Deadline::after(global.deadline.duration());
        let by = incident.holder(locks::signer(desk), now);
        let elsewhere = self.elsewhere(desk, until, &operation, &incident, &by).await?;
        let (mut held, record) = incident.take_over(&by, reason, &elsewhere, now)?;
        held.extend(elsewhere);
        office::anchor(desk, &operation, &incident);
        let lands = may_land_until(&incident.records()?).filter(|until| *until > now);
        if global.json {
            let document = json!({"schema": "lifeboat.take-over/v1", "incident": incident.id(),
                "record": record.seq, "reason": reason, "held": held, "may_land_until": lands});
            desk.screen.json(&document)?;
            return Ok(Exit::Done);
        }
        for held in &held {
            desk.screen.data(&locks::sentence(&held.to_string()))?;
        }
        if held.is_empty() {
            desk.screen.data("Nobody holds it now: the process that ran it has ended.")?;
        }
        desk.screen.data(&format!(
            "Taken over as #{}: whatever the old one still asks for is refused.",
            record.seq
        ))?;
        let waits = lands.map_or_else(String::new, |until| {
            format!("; it waits until {until}, when what was sent can no longer land")
        });
        desk.screen.talk(&format!("Next: `lifeboat resume` goes on{waits}."));
        Ok(Exit::Done)
    }
}
