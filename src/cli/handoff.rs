//! `handoff`: what the next person must know.

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};
use crate::render;
use crate::view::{self, Chronicle};
use crate::words::Format;

/// Print what the next person must know.
#[derive(Debug, Args)]
pub struct Arguments {}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident_for_reading(&operation, global)?;
        let chronicle = Chronicle::fold(&incident.records()?);
        let handoff = view::handoff(&chronicle, operation.field.clock.now());
        if global.json {
            desk.screen.data(&render::json::handoff(&handoff)?)?;
        } else {
            let text = operation.words.render("handoff.en.md", &handoff, Format::Markdown)?;
            desk.screen.copy(&text)?;
        }
        Ok(Exit::Done)
    }
}
