//! `zone parity`: whether the providers of a zone hold the same, declared differences aside.

use clap::Args;

use super::zones;
use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::drive::zones::{Snapshots, parity};
use crate::host::Channel;
use crate::model::{Truth, ZoneParity};
use crate::net::Deadline;
use crate::render;

/// Say whether every provider's whole copy is as git has it; without a snapshot, as the serving provider has it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which zones; all of them when none is named
    #[arg(value_name = "ZONE")]
    zones: Vec<String>,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let until = Deadline::after(global.deadline.duration());
        let snapshots = Snapshots::open(&operation)?;
        let mut found = Vec::new();
        for zone in zones(&operation, &self.zones)? {
            found.extend(parity(&operation, &snapshots, zone, global.offline, until).await);
        }
        if global.json {
            let commit = snapshots.commit();
            desk.screen.data(&render::json::zone_parities(&found, commit.as_deref())?)?;
        } else {
            desk.screen.data(&render::zone_parities(&found, &desk.style(Channel::Data)))?;
        }
        if found.iter().any(|it| !it.gaps.is_empty()) {
            desk.screen.talk(
                "What is meant to differ is declared: `differs: [{ name, type, at }]` at the zone in the estate.",
            );
        }
        Ok(exit_of(&found))
    }
}

fn exit_of(found: &[ZoneParity]) -> Exit {
    if found.iter().any(|it| it.truth == Truth::False) {
        return Exit::No;
    }
    let unknown = found.iter().any(|it| it.truth == Truth::Unknown);
    if unknown || found.is_empty() { Exit::CannotTell } else { Exit::Done }
}
