//! `runbook`: which runbooks there are, what one says, what became of it, and who vouches for it.

mod accept;
mod diff;
mod fetch;
mod log;
mod repository;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Desk, Exit, Failure, Global, office};
use crate::drive::Shelved;
use crate::host::{Channel, files};
use crate::model::Mode;
use crate::render::{self, Listed};
use crate::repo::{Kind, Provenance, Shelf};

/// List, show, compare, fetch and accept runbooks.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Every runbook, with where it came from
    List,
    /// One runbook's text
    Show {
        /// Its name
        name: String,
    },
    Log(log::Arguments),
    Diff(diff::Arguments),
    Fetch(fetch::Arguments),
    Accept(accept::Arguments),
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        match self.what {
            What::List => list(desk, global),
            What::Show { name } => show(desk, global, &name),
            What::Log(arguments) => arguments.execute(desk, global),
            What::Diff(arguments) => arguments.execute(desk, global),
            What::Fetch(arguments) => arguments.execute(desk, global).await,
            What::Accept(arguments) => arguments.execute(desk, global).await,
        }
    }
}

fn list(desk: &Desk, global: &Global) -> Result<Exit, Failure> {
    let operation = office::operation(desk, global)?;
    office::tell_of_broken(desk, &operation);
    if global.json {
        let row = |it: &Shelved| {
            json!({"id": it.runbook.id, "title": it.runbook.title,
                "failure_mode": it.runbook.failure_mode, "source": it.mark, "from": from(&it.from)})
        };
        let rows: Vec<_> = operation.runbooks.iter().map(row).collect();
        let document = json!({"schema": "lifeboat.runbooks/v1", "runbooks": rows});
        desk.screen.json(&document)?;
        return Ok(Exit::Done);
    }
    let from: Vec<String> = operation.runbooks.iter().map(|it| from(&it.from)).collect();
    let rows = operation.runbooks.iter().zip(&from);
    let rows: Vec<Listed<'_>> =
        rows.map(|(it, from)| Listed { runbook: &it.runbook, from }).collect();
    desk.screen.data(&render::runbook_list(&rows, &desk.style(Channel::Data)))?;
    Ok(Exit::Done)
}

/// Shows a runbook; without an estate, the embedded one.
fn show(desk: &Desk, global: &Global, name: &str) -> Result<Exit, Failure> {
    let shelf = match desk.play.as_deref() {
        Some(play) => play.shelf.clone(),
        None if files::exists(&global.estate) => {
            let (_, base) = office::source(desk, &global.estate)?;
            Shelf::open(&base, Mode::Live)?
        }
        None => Shelf::embedded(),
    };
    let Some(piece) = shelf.get(Kind::Runbook, name) else {
        let names: Vec<&str> = shelf.of(Kind::Runbook).map(|piece| piece.name.as_str()).collect();
        return Err(Failure::new(Exit::Usage, format!("there is no runbook `{name}`"))
            .hint(format!("there are: {}", names.join(", "))));
    };
    desk.screen.talk(&format!("{} | {} | {}", piece.path, from(&piece.from), &piece.digest()[..8]));
    desk.screen.copy(&piece.text)?;
    Ok(Exit::Done)
}

/// Says where a runbook came from.
fn from(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Embedded => "embedded".to_owned(),
        Provenance::Commit(id) => format!("commit {}", &id[..id.len().min(12)]),
        Provenance::Uncommitted => "uncommitted: drills only".to_owned(),
    }
}
