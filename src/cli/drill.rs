//! `drill`: rehearse an outage in a sealed world, by hand or with an unattended responder.

mod rehearsal;
mod responder;
mod stage;
mod tabletop;

use std::path::PathBuf;

use clap::Args;

pub(super) use rehearsal::rehearse;
pub(super) use stage::Script;

use super::{Desk, Exit, Failure, Global, office};

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
        if global.json {
            desk.screen.data(&office::json(&rehearsal.document())?)?;
        } else {
            desk.screen.data(&rehearsal.text(desk))?;
        }
        Ok(rehearsal.exit())
    }
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
