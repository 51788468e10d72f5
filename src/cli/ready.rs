//! `ready`: say what would stop a runbook, before the incident.

use clap::Args;

use super::{Desk, Exit, Failure, Global, office};
use crate::document::Source;
use crate::drive::Operation;
use crate::drive::readiness::{self, Looking};
use crate::host::Channel;
use crate::model::Ready;
use crate::render;

/// Say what would stop a runbook, before the incident.
#[derive(Debug, Args)]
pub struct Arguments {
    /// List every host, credential and path that each runbook needs
    #[arg(long)]
    needs: bool,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let (source, operation, unread) = open(desk, global)?;
        office::tell_of_broken(desk, &operation);
        let looking = Looking {
            source: &source,
            unread: &unread,
            deadline: global.deadline,
            offline: global.offline,
        };
        let looked = readiness::ready(&operation, looking).await?;
        looked.trouble.iter().for_each(|line| desk.screen.talk(line));
        if !looked.pinned.is_empty() {
            let hosts = looked.pinned.join("`, `");
            desk.screen.talk(&format!(
                "Noted addresses of `{hosts}` in pins.yaml; commit it with the estate."
            ));
        }
        let report = &looked.readiness;
        if global.json {
            desk.screen.data(&render::json::readiness(report)?)?;
        } else {
            desk.screen.data(&render::readiness(report, self.needs, &desk.style(Channel::Data)))?;
        }
        Ok(exit_of(report.verdict))
    }
}

/// The estate's document, what was opened of it, and the files that cannot be read.
type Opened = (Source, Operation, Vec<(String, String)>);

/// Opens the estate without those of its files that cannot be read: they are findings here.
fn open(desk: &Desk, global: &Global) -> Result<Opened, Failure> {
    let play = desk.play.as_deref();
    let (source, base) = match play {
        Some(play) => (play.estate.clone(), play.field.base.clone()),
        None => office::source(desk, &global.estate)?,
    };
    let state = desk.environment.state_directory.as_deref();
    let (operation, unread) = Operation::open_for_looking(&source, &base, state, play)?;
    Ok((source, operation, unread))
}

/// Returns the exit code of a verdict.
const fn exit_of(verdict: Ready) -> Exit {
    match verdict {
        Ready::Ready => Exit::Done,
        Ready::NotReady => Exit::No,
        Ready::CannotTell => Exit::CannotTell,
    }
}
