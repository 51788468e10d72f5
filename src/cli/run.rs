//! `run`: approve a plan at this terminal and carry it out.

use std::path::Path;

use clap::Args;

use super::conduct::{self, Going};
use super::{Desk, Exit, Failure, Global, glass, locks, office};
use crate::drive::survey::Sought;
use crate::drive::{Lone, Operation, pin, plans, survey};
use crate::host::Channel;
use crate::model::{Direction, Plan, ProbeKind, Span, Verdict, glass_reason};
use crate::net::Deadline;
use crate::plan::Digest;
use crate::render;
use crate::store::Incident;

/// Approve a plan at this terminal and carry it out.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan: its path, digest or short digest
    plan: String,
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
        let (plan, path) = plans::load(&incident, &self.plan)?;
        let digest = Digest::of(&plan);
        let begun = self.begin(desk, global, (&operation, &incident), (&plan, &digest, &path));
        begun.await.inspect_err(|failure| {
            let what = format!("run {}", digest.short());
            office::note_refusal(desk, &operation, &incident, &what, failure);
        })
    }

    /// Begins a plan that may still begin, once somebody has approved it here.
    async fn begin(
        self,
        desk: &Desk,
        global: &Global,
        (operation, incident): (&Operation, &Incident),
        (plan, digest, path): (&Plan, &Digest, &Path),
    ) -> Result<Exit, Failure> {
        let hold = locks::incident(incident, desk, operation)?;
        let seen = incident.records()?.len();
        office::fits(operation, Some(incident), plan)?;
        conduct::not_begun(incident, (plan, digest), operation.field.clock.now())?;
        let (until, within) =
            (Deadline::after(global.deadline.duration()), locks::patience(global));
        let hold = locks::services(hold, incident, desk, operation, plan, within).await?;
        // Whoever is alone may need any fact; everybody else, that this machine sees.
        let sought = match plan.approval.as_ref().and_then(|it| it.alone) {
            Some(_) => Sought::EVERYTHING,
            None => Sought::lightly(&[ProbeKind::Observer, ProbeKind::Dns]),
        };
        let left = until.left().into();
        let found = survey::survey(operation, sought, left, Some(incident)).await?;
        if found.diagnosis.verdict == Verdict::ObserverFault {
            return Err(Failure::new(
                Exit::Refused,
                "this machine cannot see the world: nothing is changed from here",
            )
            .hint("run it from another vantage, or mend this machine's network first"));
        }
        pin::afford(operation, plan, until.left().into()).await?;
        if !global.json && plan.approval.is_some() {
            let (style, sealed) = (desk.style(Channel::Talk), office::Sealed::of(digest, path));
            desk.screen.talk(&render::plan(plan, &sealed.seal(), &style));
        }
        let (direction, found) = (Direction::Do, Some(&found));
        let lone = Lone { operation, incident, plan, direction, found };
        let (wait, left) = (self.wait, until.left().into());
        glass::or_ask(desk, &lone, self.break_glass.as_deref()).await?;
        let going = Going { plan, direction, wait, left, found, seen };
        conduct::conduct(desk, global, operation, incident, going, hold).await
    }
}
