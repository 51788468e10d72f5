//! `zone patch`: what an incident changed, for the source of whoever else writes the zone.

use clap::Args;

use super::zones;
use crate::cli::{Desk, Exit, Failure, Global, office};
use crate::drive::patches;
use crate::render;

/// Print what an incident changed of zones and left so, as a patch for the source of the tool that writes them too.
///
/// For octoDNS, whose source the estate names (`managed_by: { source }`), it is a unified diff that `git apply` takes at
/// the top of its repository; without it, the record sets in octoDNS' own words. For any other tool it is lines of a
/// zone file that go and come. Merge it before that tool writes again.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which zones; all of them when none is named
    #[arg(value_name = "ZONE")]
    zones: Vec<String>,
}

impl Arguments {
    pub(super) fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident_for_reading(&operation, global)?;
        let zones = zones(&operation, &self.zones)?;
        let all = patches::of(&operation, &incident, &zones)?;
        if global.json {
            desk.screen.data(&render::json::zone_patches(incident.id(), &all)?)?;
        } else {
            let text: String = all.iter().map(|patch| patch.text.as_str()).collect();
            desk.screen.copy(&text)?;
        }
        let left_out: Vec<&String> = all.iter().flat_map(|patch| &patch.left_out).collect();
        for because in &left_out {
            desk.screen.talk(&format!("Not in it: {because}"));
        }
        if all.is_empty() {
            desk.screen.talk("Nothing is to be merged.");
        }
        Ok(if left_out.is_empty() { Exit::Done } else { Exit::CannotTell })
    }
}
