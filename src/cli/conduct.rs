//! Conducting a run: the engine, what is shown meanwhile, and how it ended.

use super::ending::{Ending, because, conclude};
use super::{Desk, Exit, Failure, Global, Teller, locks, office};
use crate::drive::survey::{Sought, Survey};
use crate::drive::{self, Crew, Leash, Lone, News, Operation, Stops, judge, signers, survey};
use crate::engine::{Approved, Engine, Halt};
use crate::host::Channel;
use crate::journal::{RunState, Standing};
use crate::model::{
    Direction, Event, Outcome, Phase, Plan, ProbeKind, Record, Span, Truth, Undo, Work,
};
use crate::plan::Digest;
use crate::render;
use crate::store::{Hold, Incident};

/// What is to be conducted.
pub struct Going<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Toward the new state, or back.
    pub direction: Direction,
    /// How long to stay.
    pub wait: Option<Span>,
    /// What is left of the deadline, a person's time aside: whoever does not stay to the end looks no longer than that,
    /// or than it stays.
    pub left: Span,
    /// What was seen just before it, which standing approvals are held against.
    pub found: Option<&'a Survey>,
    /// How many records there were when the command began: a halt that was asked for later stops it.
    pub seen: usize,
}

/// Checks that a plan has not been begun yet and may still begin.
///
/// # Errors
/// Exit 6 with the command that continues.
pub fn not_begun(
    incident: &Incident,
    (plan, digest): (&Plan, &Digest),
    now: jiff::Timestamp,
) -> Result<(), Failure> {
    let digest = digest.hex();
    let began = |record: &Record| matches!(&record.event, Event::Started { digest: of, direction: Direction::Do } if *of == digest);
    if incident.records()?.iter().any(began) {
        return Err(Failure::new(Exit::Refused, "this plan was begun already")
            .hint("`lifeboat resume` goes on; `lifeboat undo` reverses; a new plan begins anew"));
    }
    if now > plan.start_by {
        return Err(Failure::new(
            Exit::Refused,
            format!("this plan had to begin by {}", plan.start_by),
        )
        .hint("the world may have changed since: pin a new plan"));
    }
    Ok(())
}

/// Returns what was begun last in an incident.
///
/// # Errors
/// What the disk said.
pub fn begun(incident: &Incident) -> Result<Option<(String, Direction)>, Failure> {
    let records = incident.records()?;
    let mut started = records.iter().rev().filter_map(|record| {
        let Event::Started { digest, direction } = &record.event else { return None };
        Some((digest.clone(), *direction))
    });
    Ok(started.next())
}

/// Checks, before anybody types an approval, that what a plan changed may be reversed now; returns what was seen.
///
/// # Errors
/// Exit 6 with the reason.
pub async fn reversible(
    operation: &Operation,
    incident: &Incident,
    plan: &Plan,
    within: Span,
) -> Result<Survey, Failure> {
    let found = survey::survey(operation, Sought::EVERYTHING, within, Some(incident)).await?;
    for step in &plan.steps {
        let Work::Change(change) = &step.work else { continue };
        match &change.undo {
            Undo::Irreversible { reason } => {
                return Err(Failure::new(
                    Exit::Refused,
                    format!("`{}` cannot be reversed: {reason}", step.id),
                ));
            }
            Undo::Reverse { refuse_unless: Some(guard), .. } => {
                let judged = judge::held(operation, plan, guard, (&found.facts, &found.since));
                if judged.truth != Truth::True {
                    let why = format!("`{}` is not undone: `{guard}` is {}", step.id, judged.truth);
                    return Err(Failure::new(Exit::Refused, why).hint(
                        "an undo never moves back onto something that is not known to be good",
                    ));
                }
            }
            Undo::Reverse { refuse_unless: None, .. } => {}
        }
    }
    Ok(found)
}

/// Says again how a run ended whose process died, or could not write, right after its end.
///
/// # Errors
/// What the disk or the screen said.
pub async fn ended(
    desk: &Desk,
    global: &Global,
    operation: &Operation,
    incident: &Incident,
    going: &Going<'_>,
) -> Result<Option<Exit>, Failure> {
    let state = RunState::fold(going.plan, &Digest::of(going.plan).hex(), &incident.history()?)?;
    let halt = match state.standing {
        Standing::Finished(Outcome::Completed) => Halt::Completed,
        Standing::Finished(Outcome::Undone) => Halt::Undone,
        Standing::Finished(Outcome::Held | Outcome::Refused)
        | Standing::Fresh
        | Standing::Running
        | Standing::Halted
        | Standing::Held => return Ok(None),
    };
    let ending = Ending { halt: &halt, doubt: None, direction: going.direction };
    let said = Teller::new(desk)?;
    close_up(desk, global, operation, incident, going, &ending, said).await.map(Some)
}

/// Does what follows a run: its effect on the incident is written down, its head is anchored, its end is said.
async fn close_up(
    desk: &Desk,
    global: &Global,
    operation: &Operation,
    incident: &Incident,
    going: &Going<'_>,
    ending: &Ending<'_>,
    mut teller: Teller,
) -> Result<Exit, Failure> {
    if *ending.halt == Halt::Completed && going.direction == Direction::Do {
        tokio::select! {
            resolved = resolve(operation, incident, going.plan, global.deadline) => resolved?,
            // The run is over; only whether users are served again is not written down now.
            _ = desk.stops.urgent(1) => {}
        }
    }
    office::anchor(desk, operation, incident);
    let exit = conclude(global, incident, ending, &mut teller)?;
    if let Err(unsaid) = teller.finish(&desk.stops).await {
        unsaid.tell(&desk.screen, false);
    }
    Ok(exit)
}

/// Runs, shows what happens, and returns how it ended. From here on a request to stop is the run's to heed.
///
/// # Errors
/// What the disk said; how the run itself ended is an exit code, whatever becomes of the words about it.
pub async fn conduct(
    desk: &Desk,
    global: &Global,
    operation: &Operation,
    incident: &Incident,
    going: Going<'_>,
    hold: Hold,
) -> Result<Exit, Failure> {
    let records = incident.history()?;
    let now = operation.field.clock.now();
    let Going { plan, direction, found, .. } = going;
    let lone = Lone { operation, incident, plan, direction, found };
    let (vouched, _) = signers::judged(&lone, &records)?;
    let plan = going.plan.clone();
    let approved = Approved::find_signed(plan, going.direction, &records, &vouched, now)?;
    let mut engine = Engine::open(approved, &records)?;
    let mut teller = Teller::new(desk)?;
    office::anchor(desk, operation, incident);
    let mut watch = |news: News<'_>| tell(desk, global, &mut teller, news);
    let within = locks::patience(global);
    let sharing = locks::share(desk, operation, incident, &hold, within).await?;
    desk.stops.claim();
    let mut crew = Crew {
        operation,
        incident,
        plan: going.plan,
        ask: std::sync::Arc::clone(&desk.ask),
        user: desk.environment.user.clone(),
        wait_until: going.wait.map(|span| span.after(now)),
        look_until: going.wait.map(|span| span.max(going.left).after(now)),
        terminal: desk.terminal,
        stream: if global.json || desk.play.is_some() { Channel::Talk } else { Channel::Data },
        watch: &mut watch,
        stops: Stops::new(desk.stops.clone(), going.seen),
        leash: Leash::new(incident, operation.field.clock.clone()),
        seen: None,
        stood: None,
        sharing,
    };
    let halted = drive::run(&mut engine, &mut crew).await;
    locks::unshare(desk, &mut crew.sharing).await;
    let halt = halted?;
    drop(hold);
    refused(desk, operation, incident, &going, &halt);
    let ending = Ending { halt: &halt, doubt: engine.doubt(), direction: going.direction };
    close_up(desk, global, operation, incident, &going, &ending, teller).await
}

/// Writes down why a run was refused before it wrote anything.
fn refused(
    desk: &Desk,
    operation: &Operation,
    incident: &Incident,
    going: &Going<'_>,
    halt: &Halt,
) {
    let word = match going.direction {
        Direction::Do => "run",
        Direction::Undo => "undo",
    };
    if let (Halt::RefusedBeforeWrite { .. }, Some(because)) = (halt, because(halt)) {
        let what = format!("{word} {}", Digest::of(going.plan).short());
        let failure = Failure::new(Exit::Refused, because);
        office::note_refusal(desk, operation, incident, &what, &failure);
    }
}

/// Tells what happens while the run goes on.
fn tell(desk: &Desk, global: &Global, teller: &mut Teller, news: News<'_>) {
    match news {
        News::Recorded(record) if global.json => {
            match render::json::event(record, desk.play.is_some()) {
                Ok(line) => teller.say(Channel::Data, line),
                Err(error) => teller.keep(Err(error.into())),
            }
        }
        News::Recorded(record) => {
            let style = desk.style(Channel::Talk);
            teller.say(Channel::Talk, render::progress(record.at, &record.event, &style));
        }
        News::Settling(by) => teller.say(
            Channel::Talk,
            format!("{by}: what was sent is settled first; Ctrl-C leaves it to `lifeboat resume`."),
        ),
        // The cursor stands behind the question.
        News::Unasked => teller.say(Channel::Talk, "\n"),
    }
}

/// Writes down that users are served again, where the phase's exit says so.
async fn resolve(
    operation: &Operation,
    incident: &Incident,
    plan: &Plan,
    within: Span,
) -> Result<(), Failure> {
    let records = incident.records()?;
    let is_resolved = |record: &Record| matches!(record.event, Event::Resolved { .. });
    if plan.phase == Phase::PostIncident || records.iter().any(is_resolved) {
        return Ok(());
    }
    let seen = survey::see(operation, &plan.exit, &ProbeKind::ALL, within, incident).await?;
    let judged = judge::held(operation, plan, &plan.exit, (&seen.facts, &seen.since));
    if judged.truth == Truth::True {
        let because = format!("`{}` holds", plan.exit);
        incident.append(Event::Resolved { because }, operation.field.clock.now())?;
    }
    Ok(())
}
