//! `halt`: stop a run before its next effect, from another terminal.

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};

/// Stop a run before its next effect, from another terminal.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Why
    #[arg(long, default_value = "asked for")]
    reason: String,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident(&operation, global)?;
        let (by, reason) = (desk.environment.user.clone(), self.reason);
        incident.request_halt(&by, &reason, operation.field.clock.now())?;
        desk.screen.talk(
            "Asked. The run stops before its next effect; what is already sent is settled first. \
             `lifeboat resume` continues.",
        );
        Ok(Exit::Done)
    }
}
