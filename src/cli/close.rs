//! `close`: close the incident.

use clap::Args;

use super::{Desk, Exit, Failure, Global, locks, office};
use crate::model::Event;

/// Close the incident.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Why it is over
    #[arg(long, default_value = "over")]
    reason: String,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident(&operation, global)?;
        let _hold = locks::incident(&incident, desk, &operation)?;
        let (by, reason) = (desk.environment.user.clone(), self.reason);
        incident.append(Event::Closed { by, reason }, operation.field.clock.now())?;
        office::anchor(desk, &operation, &incident);
        desk.screen.talk(&format!("Closed {}. Next: `lifeboat postmortem`.", incident.id()));
        Ok(Exit::Done)
    }
}
