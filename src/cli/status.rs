//! `status`: where the incident stands.

use std::time::Duration;

use clap::Args;

use super::{Desk, Exit, Failure, Global, locks, office};
use crate::drive::{Operation, plans};
use crate::host::Channel;
use crate::model::Held;
use crate::render;
use crate::store::Incident;
use crate::view::{self, Chronicle, LocksSeen};

/// Say where the incident stands.
#[derive(Debug, Args)]
pub struct Arguments {}

/// How long a status waits for the place of shared locks, unless its deadline is sooner.
const LOOK: Duration = Duration::from_secs(2);

/// Adds what is held on other machines, where that can be seen.
async fn seen(
    desk: &Desk,
    global: &Global,
    operation: &Operation,
    incident: &Incident,
    mut held: Vec<Held>,
) -> Result<LocksSeen, Failure> {
    if global.offline {
        return Ok(LocksSeen {
            held,
            reach: "nobody was asked what other machines hold".to_owned(),
        });
    }
    let whats = locks::concerned(incident, &plans::all(incident)?);
    let within = LOOK.min(global.deadline.duration());
    let (reach, elsewhere) = locks::seen(operation, incident, desk, &whats, within).await?;
    held.extend(elsewhere);
    Ok(LocksSeen { held, reach })
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let incident = office::incident_for_reading(&operation, global)?;
        let chronicle = Chronicle::fold(&incident.records()?);
        let now = operation.field.clock.now();
        let mut status = view::status(&chronicle, now);
        if desk.play.is_none() {
            // A view works without a writable disk; nothing is said of locks then.
            let held = incident.held(&desk.environment.machine, now).ok();
            status.locks = match held {
                Some(held) => Some(seen(desk, global, &operation, &incident, held).await?),
                None => None,
            };
        }
        if global.json {
            desk.screen.data(&render::json::status(&status)?)?;
        } else {
            desk.screen.data(&render::status(&status, &desk.style(Channel::Data)))?;
        }
        Ok(Exit::Done)
    }
}
