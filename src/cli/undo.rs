//! `undo`: reverse what a run changed.

use clap::Args;

use super::conduct::{self, Going};
use super::{Desk, Exit, Failure, Global, glass, locks, office};
use crate::drive::{Lone, plans};
use crate::host::Channel;
use crate::model::{Direction, Span, glass_reason};
use crate::net::Deadline;
use crate::plan::Digest;
use crate::render;

/// Reverse what a run changed.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan: its path, digest or short digest; absent: what was run last
    plan: Option<String>,
    /// Come back after so long with exit code 9; `resume` continues
    #[arg(long, value_name = "DUR", value_parser = Span::parse)]
    wait: Option<Span>,
    /// Go on without the people that the policy wants, and say in a long reason why nobody else can be waited for
    #[arg(long, value_name = "REASON", value_parser = glass_reason)]
    break_glass: Option<String>,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let operation = office::operation(desk, global)?;
        let incident = office::incident_to_act(&operation, global)?;
        let hold = locks::incident(&incident, desk, &operation)?;
        let seen = incident.records()?.len();
        let wanted = match self.plan {
            Some(plan) => plan,
            None => match conduct::begun(&incident)? {
                Some((digest, _)) => digest,
                None => {
                    return Err(Failure::new(Exit::Usage, "nothing was run in this incident"));
                }
            },
        };
        let (plan, path) = plans::load(&incident, &wanted)?;
        office::fits(&operation, Some(&incident), &plan)?;
        let (until, within) =
            (Deadline::after(global.deadline.duration()), locks::patience(global));
        let hold = locks::services(hold, &incident, desk, &operation, &plan, within).await?;
        let found = conduct::reversible(&operation, &incident, &plan, until.left().into()).await?;
        if !global.json {
            let style = desk.style(Channel::Talk);
            let sealed = office::Sealed::of(&Digest::of(&plan), &path);
            desk.screen.talk("Undo: each change below is reversed, the last one first.");
            desk.screen.talk(&render::plan(&plan, &sealed.seal(), &style));
        }
        let (direction, found) = (Direction::Undo, Some(&found));
        let lone =
            Lone { operation: &operation, incident: &incident, plan: &plan, direction, found };
        let (wait, left) = (self.wait, until.left().into());
        glass::or_ask(desk, &lone, self.break_glass.as_deref()).await?;
        let going = Going { plan: &plan, direction, wait, left, found, seen };
        conduct::conduct(desk, global, &operation, &incident, going, hold).await
    }
}
