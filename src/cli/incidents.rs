//! `incidents`: list incidents.

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};
use crate::host::Channel;
use crate::render::{self, Shown};
use crate::view::Chronicle;

/// List incidents.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Closed ones as well
    #[arg(long)]
    all: bool,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let mut folded = Vec::new();
        for entry in
            operation.incidents.list()?.iter().filter(|it| self.all || it.is_open() || global.json)
        {
            let incident = operation.incidents.incident(entry.id.as_str())?;
            let directory = incident.folder().display().to_string();
            match incident.records() {
                Ok(records) => folded.push((Chronicle::fold(&records), directory)),
                // One broken journal hides no other incident.
                Err(error) => desk.screen.talk(&format!("{directory} is left out: {error}")),
            }
        }
        let shown: Vec<Shown<'_>> =
            folded.iter().map(|(chronicle, directory)| Shown { chronicle, directory }).collect();
        if global.json {
            desk.screen.data(&render::json::incidents(&shown)?)?;
        } else {
            desk.screen.data(&render::incidents(&shown, &desk.style(Channel::Data)))?;
        }
        Ok(Exit::Done)
    }
}
