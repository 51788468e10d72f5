//! `plan`: freeze one phase of a runbook into a plan.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::overrides::Overrides;
use super::{Desk, Exit, Failure, Global, office};
use crate::drive::pin::{self, Order, Pinned};
use crate::drive::{DriveError, plans};
use crate::host::Channel;
use crate::model::{Id, Phase, Plan};
use crate::plan::Digest;
use crate::render::{self, Against};
use crate::view;

/// Freeze one phase of a runbook into a plan.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The runbook
    runbook: String,
    /// Which phase
    #[arg(long, value_enum, default_value = "immediate")]
    phase: Which,
    /// A parameter of the runbook, for example `standby=desec-standby`
    #[arg(long, value_name = "NAME=ID", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Show only what differs from an earlier plan of this incident: its path, digest or short digest
    #[arg(long, value_name = "PLAN")]
    against: Option<String>,
    #[command(flatten)]
    overrides: Overrides,
}

/// A phase, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Which {
    Immediate,
    Recovery,
    #[value(alias = "post_incident")]
    PostIncident,
}

impl From<Which> for Phase {
    fn from(which: Which) -> Self {
        match which {
            Which::Immediate => Self::Immediate,
            Which::Recovery => Self::Recovery,
            Which::PostIncident => Self::PostIncident,
        }
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, id)| !name.is_empty() && !id.is_empty());
    pair.map(|(name, id)| (name.to_owned(), id.to_owned()))
        .ok_or_else(|| "write NAME=ID, for example standby=desec-standby".to_owned())
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let operation = office::operation(desk, global)?;
        let incident = office::incident(&operation, global)?;
        let set: BTreeMap<String, Id> =
            self.set.into_iter().map(|(name, id)| (name, Id::new(id))).collect();
        let what = format!("plan {}", self.runbook);
        let order = Order {
            runbook: Id::new(self.runbook),
            phase: self.phase.into(),
            set,
            overrides: self.overrides.0,
            by: desk.environment.user.clone(),
            deadline: global.deadline,
        };
        let refused = |error: DriveError| {
            let failure = Failure::from(error);
            office::note_refusal(desk, &operation, &incident, &what, &failure);
            failure
        };
        let earlier =
            |wanted: String| plans::earlier(&operation, &incident, &wanted, &order.runbook);
        let earlier = self.against.map(earlier).transpose().map_err(refused)?;
        let pinned = pin::pin(&operation, &incident, &order).await.map_err(refused)?;
        show(desk, global, &pinned, earlier.as_ref())
    }
}

/// Shows a plan, or what differs from an earlier one.
fn show(
    desk: &Desk,
    global: &Global,
    pinned: &Pinned,
    earlier: Option<&(Plan, PathBuf)>,
) -> Result<Exit, Failure> {
    let plan = &pinned.plan;
    let sealed = office::Sealed::of(&pinned.digest, &pinned.path);
    let old = earlier.map(|(old, path)| {
        (old, office::Sealed::of(&Digest::of(old), path), view::delta(old, plan))
    });
    let against = old.as_ref().map(|(plan, sealed, differences)| Against {
        plan,
        seal: sealed.seal(),
        differences,
    });
    let text = match &against {
        _ if global.json => render::json::plan(plan, &sealed.seal(), against.as_ref())?,
        Some(against) => render::delta(plan, &sealed.seal(), against, &desk.style(Channel::Data)),
        None => render::plan(plan, &sealed.seal(), &desk.style(Channel::Data)),
    };
    desk.screen.data(&text)?;
    Ok(Exit::Done)
}
