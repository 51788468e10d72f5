//! `note`: write something down in the journal; also while a run is under way.

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};
use crate::model::Event;

/// Write something down in the journal.
#[derive(Debug, Args)]
pub struct Arguments {
    /// What
    #[arg(required = true)]
    text: Vec<String>,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident(&operation, global)?;
        let (by, text) = (desk.environment.user.clone(), self.text.join(" "));
        let record = incident.append(Event::Noted { by, text }, operation.field.clock.now())?;
        desk.screen.talk(&format!("Noted as #{} in {}.", record.seq, incident.id()));
        Ok(Exit::Done)
    }
}
