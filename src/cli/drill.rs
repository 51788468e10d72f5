//! `drill`: rehearse an outage in a sealed world, by hand or with an unattended responder.

mod colleagues;
mod rehearsal;
mod responder;
mod stage;
mod tabletop;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

pub(super) use rehearsal::{Rehearsal, rehearse};
pub(super) use stage::Script;

use super::{Desk, Exit, Failure, Global, office};
use crate::drive::Operation;
use crate::host::{Clock, files};
use crate::model::Id;
use crate::store::rehearsals::{self, Rehearsed};

/// Rehearse an outage in a sealed world.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A scenario's name or file; the list of them when none is named
    scenario: Option<String>,
    /// Let the built-in responder do what the commands advise
    #[arg(long)]
    unattended: bool,
    /// Keep the drill's incident, messages and plans in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        if desk.play.is_some() {
            return Err(Failure::new(Exit::Usage, "this is a drill already"));
        }
        let Some(wanted) = &self.scenario else { return list(desk, global) };
        let script = Script::find(desk, global, wanted)?;
        if !self.unattended {
            return tabletop::play(desk, global, &script, self.keep.as_deref()).await;
        }
        let rehearsal = rehearse(desk, global, &script, self.keep.as_deref()).await?;
        if let Err(failure) = remember(desk, global, &script, &rehearsal) {
            desk.screen
                .talk(&format!("This drill is not remembered for `ready`: {}", failure.message));
        }
        if global.json {
            desk.screen.data(&office::json(&rehearsal.document())?)?;
        } else {
            desk.screen.data(&rehearsal.text(desk))?;
        }
        Ok(rehearsal.exit())
    }
}

/// Remembers which runbooks a drill carried out, beside the estate's incidents; without an estate there is nobody to tell.
fn remember(
    desk: &Desk,
    global: &Global,
    script: &Script,
    rehearsal: &Rehearsal,
) -> Result<(), Failure> {
    if !files::exists(&global.estate) || rehearsal.exit() != Exit::Done {
        return Ok(());
    }
    let (source, base) = office::source(desk, &global.estate)?;
    let state = desk.environment.state_directory.as_deref();
    let (operation, _) = Operation::open_for_looking(&source, &base, state, None)?;
    let at = Clock::wall().now();
    let one = |(runbook, digest): &(Id, String)| Rehearsed {
        runbook: runbook.clone(),
        digest: digest.clone(),
        scenario: script.scenario.id.clone(),
        at,
    };
    let once: BTreeSet<_> = rehearsal.carried_out.iter().collect();
    let all = once.into_iter().map(one).collect();
    Ok(rehearsals::add(&operation.incidents.rehearsals_path(), all)?)
}

fn list(desk: &Desk, global: &Global) -> Result<Exit, Failure> {
    let pieces = Script::names(desk, global)?;
    if global.json {
        let names: Vec<&str> = pieces.iter().map(|piece| piece.name.as_str()).collect();
        let document = serde_json::json!({"schema": "lifeboat.scenarios/v1", "scenarios": names});
        desk.screen.json(&document)?;
    } else {
        desk.screen
            .data(&pieces.iter().map(|piece| format!("{}\n", piece.name)).collect::<String>())?;
        desk.screen
            .talk("Play one: `lifeboat drill NAME`, or with `--unattended` to watch it done.");
    }
    Ok(Exit::Done)
}
