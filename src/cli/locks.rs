//! The locks of a run, as commands take them: the incident's, then one for each service that a plan writes to.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Desk, Failure, Global};
use crate::drive::sharing::{self, Sharing, Took};
use crate::drive::{DriveError, Operation};
use crate::model::{Event, Held, Id, Lockable, Plan, Span};
use crate::repo::{SharedError, SharedLocks};
use crate::store::{Hold, Incident, Signer, StoreError};

/// How far a lock reaches that no other machine sees.
pub const HERE_ALONE: &str = "locks hold on this machine alone: nobody is kept out on another one";

/// Says who this process is.
pub fn signer(desk: &Desk) -> Signer<'_> {
    let environment = &desk.environment;
    Signer { user: &environment.user, host: &environment.machine, pid: environment.process }
}

/// Takes the incident's lock.
///
/// # Errors
/// Exit 11 names the holder.
pub fn incident(incident: &Incident, desk: &Desk, operation: &Operation) -> Result<Hold, Failure> {
    let holder = incident.holder(signer(desk), operation.field.clock.now());
    Ok(incident.hold(holder)?)
}

/// Takes a lock for each service that a plan writes to, and waits for what other incidents sent there.
///
/// # Errors
/// Exit 11 names the holder of the first that is not free; all of them are then given back.
pub async fn services(
    hold: Hold,
    incident: &Incident,
    desk: &Desk,
    operation: &Operation,
    plan: &Plan,
    within: Duration,
) -> Result<Hold, Failure> {
    let (services, lands_within) = written(plan);
    let hold = incident.hold_services(hold, &services, lands_within)?;
    if desk.play.is_some() {
        return Ok(hold);
    }
    let clock = &operation.field.clock;
    let (reach, mut held) = seen(operation, incident, desk, &hold.whats(), within).await?;
    if let Some(held) = held.pop() {
        return Err(StoreError::Busy(Box::new(held)).into());
    }
    desk.screen.talk(&sentence(&reach));
    if let Some((other, until)) = operation.incidents.others_may_land(incident.id())?
        && until > clock.now()
    {
        let why = "something that it sent may still land";
        desk.screen.talk(&format!("Waiting for the incident `{other}` until {until}: {why}."));
        clock.wait_until(until).await;
    }
    Ok(hold)
}

/// Returns how long each question about shared locks may take around a run: a third of the deadline, for there are two
/// and the world must be looked at too, and ten seconds at most.
pub fn patience(global: &Global) -> Duration {
    (global.deadline.duration() / 3).min(Duration::from_secs(10))
}

/// Looks at the locks that machines share: how far this one's reach, in words, and what others hold.
///
/// # Errors
/// Exit 3 for a place that is none.
pub async fn seen(
    operation: &Operation,
    incident: &Incident,
    desk: &Desk,
    whats: &[Lockable],
    within: Duration,
) -> Result<(String, Vec<Held>), Failure> {
    let Some(locks) = open(operation)? else { return Ok((HERE_ALONE.to_owned(), Vec::new())) };
    let now = operation.field.clock.now();
    let mine = incident.holder(signer(desk), now);
    match sharing::look(&locks, whats, &mine, now, within).await {
        Ok(held) => Ok((format!("locks are shared at {}", locks.shown()), held)),
        Err(error) => Ok((alone(&error), Vec::new())),
    }
}

/// Opens the place of shared locks, where the estate names one.
///
/// # Errors
/// Exit 3 for a place that is none.
pub fn open(operation: &Operation) -> Result<Option<SharedLocks>, Failure> {
    Ok(sharing::open(operation).map_err(DriveError::from)?)
}

fn alone(error: &SharedError) -> String {
    format!("{error}: {HERE_ALONE}")
}

/// Takes a run's shared locks, right before it begins; where nobody can be reached, it says so and goes on.
///
/// # Errors
/// Exit 11 names the holder; what the disk said.
pub async fn share(
    desk: &Desk,
    operation: &Operation,
    incident: &Incident,
    hold: &Hold,
    within: Duration,
) -> Result<Sharing, Failure> {
    let clock = &operation.field.clock;
    match Sharing::take(open(operation)?, &hold.whats(), hold.holder(), clock, within).await {
        Took::Held(sharing) => Ok(sharing),
        Took::Busy(held) => Err(StoreError::Busy(held).into()),
        Took::Alone(sharing, error) => {
            let text = alone(&error);
            desk.screen.talk(&sentence(&text));
            incident.append(Event::Noted { by: "lifeboat".to_owned(), text }, clock.now())?;
            Ok(sharing)
        }
    }
}

/// Gives a run's shared locks back, and says which could not be.
pub async fn unshare(desk: &Desk, sharing: &mut Sharing) {
    let Some(error) = sharing.release().await else { return };
    desk.screen.talk(&format!(
        "{error}: its lock stays there. The next run from here takes it again; elsewhere it takes `lifeboat take-over`."
    ));
}

/// Returns what a take-over in an incident may concern: the incident, and each service that a plan of it writes to.
pub fn concerned(incident: &Incident, plans: &[Plan]) -> Vec<Lockable> {
    let services: BTreeSet<Id> = plans.iter().flat_map(|plan| written(plan).0).collect();
    let services = services.into_iter().map(Lockable::Service);
    std::iter::once(Lockable::Incident(incident.id().clone())).chain(services).collect()
}

/// Returns the services that a plan writes to, and how long after an intent its request may still land.
fn written(plan: &Plan) -> (BTreeSet<Id>, Span) {
    let changes: Vec<_> = plan.changes().collect();
    let lands =
        changes.iter().map(|it| it.timeout.as_millis().saturating_add(it.settle.as_millis()));
    let leeway = crate::engine::LEEWAY.as_millis().saturating_add(sharing::FRESH.as_millis());
    let lands = lands.max().map_or(0, |longest| longest.saturating_add(leeway));
    let services = changes.iter().map(|change| change.target.service().clone());
    (services.collect(), Span::from_millis(lands))
}

/// Makes a sentence of words: a capital at its beginning, a full stop at its end.
pub fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}
