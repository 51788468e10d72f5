//! `plan`: freeze one phase of a runbook into a plan.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};

use super::overrides::Overrides;
use super::{Desk, Exit, Failure, Global, office};
use crate::drive::pin::{self, Order};
use crate::host::Channel;
use crate::model::{Id, Phase};
use crate::render;

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
        let pinned = pin::pin(&operation, &incident, &order).await.map_err(|error| {
            let failure = Failure::from(error);
            office::note_refusal(desk, &operation, &incident, &what, &failure);
            failure
        })?;
        let sealed = office::Sealed::of(&pinned.digest, &pinned.path);
        if global.json {
            desk.screen.data(&render::json::plan(&pinned.plan, &sealed.seal())?)?;
        } else {
            let style = desk.style(Channel::Data);
            desk.screen.data(&render::plan(&pinned.plan, &sealed.seal(), &style))?;
        }
        Ok(Exit::Done)
    }
}
