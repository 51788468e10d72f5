//! `zone diff`: which record sets two copies of a zone do not have alike.

use clap::Args;

use super::{holds, zones};
use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::drive::zones::{Side, Snapshots, diff, pairs};
use crate::host::Channel;
use crate::model::ZoneDiff;
use crate::net::Deadline;
use crate::render;

/// Print how two copies of a zone differ; without sides, what git has and what each provider has now.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which zone; all of them when none is named
    zone: Option<String>,
    /// A provider, `git` or `live`; `git:PROVIDER` and `live:PROVIDER` name both
    #[arg(value_name = "A")]
    before: Option<Side>,
    /// The other side
    #[arg(value_name = "B")]
    after: Option<Side>,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let named: Vec<String> = self.zone.iter().cloned().collect();
        let zones = zones(&operation, &named)?;
        for side in [&self.before, &self.after].into_iter().flatten() {
            side.provider().map_or(Ok(()), |provider| holds(&zones, provider))?;
        }
        let sides = (self.before.as_ref(), self.after.as_ref());
        let of_zone = |zone| pairs(&operation, zone, sides, global.offline);
        let pairs: Vec<_> = zones.into_iter().flat_map(of_zone).collect();
        if pairs.iter().any(|pair| pair.asks()) {
            office::needs_network(global)?;
        }
        let until = Deadline::after(global.deadline.duration());
        let snapshots = Snapshots::open(&operation)?;
        let found = diff(&operation, &snapshots, &pairs, until).await;
        if global.json {
            let commit = snapshots.commit();
            desk.screen.data(&render::json::zone_diffs(&found, commit.as_deref())?)?;
        } else {
            desk.screen.data(&render::zone_diffs(&found, &desk.style(Channel::Data)))?;
        }
        Ok(exit_of(&found))
    }
}

/// A difference is an answer, whatever else could not be read.
fn exit_of(found: &[ZoneDiff]) -> Exit {
    if found.iter().any(|diff| diff.differs == Some(true)) {
        return Exit::No;
    }
    if found.iter().any(|diff| diff.differs.is_none()) { Exit::CannotTell } else { Exit::Done }
}
