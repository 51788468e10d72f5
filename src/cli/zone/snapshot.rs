//! `zone snapshot`: copies every provider's zones into the estate's folder.

use clap::Args;

use super::{holds, zones};
use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::drive::zones::{FOLDER, snapshot};
use crate::host::Channel;
use crate::model::{Id, Mode, SnapshotState, ZoneSnapshot};
use crate::net::Deadline;
use crate::render;

/// Copy zones from the providers that hold them into `zones/` beside the estate.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which zones; all of them when none is named
    #[arg(value_name = "ZONE")]
    zones: Vec<String>,
    /// From this provider alone; may stand several times
    #[arg(long, value_name = "PROVIDER")]
    from: Vec<Id>,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let operation = office::operation(desk, global)?;
        if operation.mode == Mode::Drill || !operation.has_folder {
            return Err(Failure::new(
                Exit::Usage,
                "there is no folder of the estate to copy zones into",
            )
            .hint("name the estate by its path: `--estate PATH`"));
        }
        let zones = zones(&operation, &self.zones)?;
        self.from.iter().try_for_each(|provider| holds(&zones, provider))?;
        let until = Deadline::after(global.deadline.duration());
        let told = snapshot(&operation, &zones, &self.from, until).await?;
        if global.json {
            desk.screen.data(&render::json::zone_snapshots(&told)?)?;
        } else {
            desk.screen.data(&render::zone_snapshots(&told, &desk.style(Channel::Data)))?;
        }
        if told.iter().any(|it| matches!(it.state, SnapshotState::New | SnapshotState::Changed)) {
            desk.screen.talk(&format!(
                "Next: `git add {FOLDER} && git commit`; what is committed is what `zone.parity` is held against."
            ));
        }
        Ok(exit_of(&told))
    }
}

/// What could not be read leaves the answer open; a provider that never gives a copy does so only where it is all there is.
fn exit_of(told: &[ZoneSnapshot]) -> Exit {
    let unread = told.iter().any(|it| it.state == SnapshotState::Unread);
    let none = told.iter().all(|it| it.path.is_none());
    if unread || none { Exit::CannotTell } else { Exit::Done }
}
