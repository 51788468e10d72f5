//! `timeline`: what happened, in order.

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};
use crate::host::Channel;
use crate::render;
use crate::view::Chronicle;

/// Print what happened, in order.
#[derive(Debug, Args)]
pub struct Arguments {}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident_for_reading(&operation, global)?;
        let chronicle = Chronicle::fold(&incident.records()?);
        if global.json {
            desk.screen.data(&render::json::timeline(&chronicle)?)?;
        } else {
            desk.screen.data(&render::timeline(&chronicle, &desk.style(Channel::Data)))?;
        }
        Ok(Exit::Done)
    }
}
