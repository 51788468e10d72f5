//! `resume`: go on where a run stopped.

use clap::Args;

use super::conduct::{self, Going};
use super::{Desk, Exit, Failure, Global, locks, office};
use crate::drive::plans;
use crate::model::Span;

/// Go on where a run stopped.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Come back after so long with exit code 9; `resume` continues
    #[arg(long, value_name = "DUR", value_parser = Span::parse)]
    wait: Option<Span>,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let operation = office::operation(desk, global)?;
        let incident = office::incident_to_act(&operation, global)?;
        let hold = locks::incident(&incident, desk, &operation)?;
        let seen = incident.records()?.len();
        let Some((digest, direction)) = conduct::begun(&incident)? else {
            return Err(Failure::new(Exit::Usage, "nothing was begun in this incident")
                .hint("`lifeboat run PLAN` begins"));
        };
        let (plan, _) = plans::load(&incident, &digest)?;
        office::fits(&operation, Some(&incident), &plan)?;
        let (wait, left) = (self.wait, global.deadline);
        let going = Going { plan: &plan, direction, wait, left, found: None, seen };
        if let Some(exit) = conduct::ended(desk, global, &operation, &incident, &going).await? {
            return Ok(exit);
        }
        let within = locks::patience(global);
        let hold = locks::services(hold, &incident, desk, &operation, &plan, within).await?;
        conduct::conduct(desk, global, &operation, &incident, going, hold).await
    }
}
