//! `zone`: whole copies of the estate's zones, held against one another, and one server's answers against what is written.

mod answers;
mod ask;
mod diff;
mod parity;
mod patch;
mod snapshot;

use clap::{Args, Subcommand};

use super::{Desk, Exit, Failure, Global};
use crate::drive::Operation;
use crate::model::{Id, Zone, fully_qualified};

/// Copy zones into the repository, compare copies, and ask one server for many names.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Snapshot(snapshot::Arguments),
    Diff(diff::Arguments),
    Parity(parity::Arguments),
    Patch(patch::Arguments),
    Ask(ask::Arguments),
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        match self.what {
            What::Snapshot(arguments) => arguments.execute(desk, global).await,
            What::Diff(arguments) => arguments.execute(desk, global).await,
            What::Parity(arguments) => arguments.execute(desk, global).await,
            What::Patch(arguments) => arguments.execute(desk, global),
            What::Ask(arguments) => arguments.execute(desk, global).await,
        }
    }
}

/// Returns the zones that are named by id or name, or all of them.
fn zones<'a>(operation: &'a Operation, named: &[String]) -> Result<Vec<&'a Zone>, Failure> {
    let all = &operation.estate.zones;
    if all.is_empty() {
        return Err(Failure::new(Exit::Usage, "the estate has no `zones`"));
    }
    let find = |name: &String| {
        let is = |zone: &&Zone| {
            zone.id == *name.as_str() || fully_qualified(&zone.name) == fully_qualified(name)
        };
        all.iter().find(is).ok_or_else(|| {
            let ids: Vec<&str> = all.iter().map(|zone| zone.id.as_str()).collect();
            Failure::new(Exit::Usage, format!("the estate has no zone `{name}`"))
                .hint(format!("there are: {}", ids.join(", ")))
        })
    };
    if named.is_empty() { Ok(all.iter().collect()) } else { named.iter().map(find).collect() }
}

/// Checks that a provider holds one of these zones.
fn holds(zones: &[&Zone], provider: &Id) -> Result<(), Failure> {
    let holders = || zones.iter().flat_map(|zone| zone.delegated_to.iter().chain(&zone.standby_at));
    if holders().any(|id| id == provider) {
        return Ok(());
    }
    let mut ids: Vec<&str> = holders().map(Id::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    Err(Failure::new(Exit::Usage, format!("no provider `{provider}` holds that zone"))
        .hint(format!("there are: {}", ids.join(", "))))
}
