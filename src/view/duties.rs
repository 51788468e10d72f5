//! What is to be done after an incident, derived from what really happened, each with an owner.

use serde::Serialize;

use super::chronicle::Chronicle;
use super::phrase::{length, stripped};
use super::run::{Alteration, Ending, Proof, Run};
use crate::model::{Direction, Forecast, Guard, Id, Plan, PlannedChange, Span, Truth, Work};

/// The owner of what nobody has taken yet.
pub const UNNAMED: &str = "to be named";

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// What.
    pub what: String,
    /// Who: a contact's id, or [`UNNAMED`].
    pub owner: String,
    /// The records that it follows from.
    pub from: Vec<u64>,
}

/// Derives everything that is to be done.
pub(super) fn duties(chronicle: &Chronicle, plans: &[Plan]) -> Vec<Duty> {
    let mut duties = Vec::new();
    for run in &chronicle.runs {
        let plan = plans.iter().find(|plan| marks(plan, run, chronicle));
        of_holds(run, plan, &mut duties);
        of_proofs(run, plan, &mut duties);
        of_alterations(run, plan, &mut duties);
    }
    for plan in plans {
        of_unknowns(chronicle, plan, &mut duties);
    }
    of_people(chronicle, plans, &mut duties);
    let mut unique: Vec<Duty> = Vec::new();
    for duty in duties {
        match unique.iter_mut().find(|known| known.what == duty.what) {
            Some(known) => known.from.extend(duty.from),
            None => unique.push(duty),
        }
    }
    unique
}

/// Tells whether a run is of a plan: same incident, runbook, phase and target.
pub(super) fn marks(plan: &Plan, run: &Run, chronicle: &Chronicle) -> bool {
    plan.incident == chronicle.incident
        && Some(&plan.runbook.id) == run.runbook.as_ref()
        && Some(plan.phase) == run.phase
        && Some(&plan.target) == run.target.as_ref()
}

/// Returns the one who sees to a step.
fn owner_of(plan: Option<&Plan>, step: &Id) -> Option<Id> {
    let steps = plan.map(|plan| plan.steps.iter()).into_iter().flatten();
    steps.filter(|known| known.id == *step).find_map(|known| {
        let asked = if let Work::Ask(ask) = &known.work { ask.who.clone() } else { None };
        known.owner.clone().or(asked)
    })
}

fn duty(what: String, owner: Option<Id>, seq: u64) -> Duty {
    let owner = owner.map_or_else(|| UNNAMED.to_owned(), |owner| owner.to_string());
    Duty { what, owner, from: vec![seq] }
}

fn of_holds(run: &Run, plan: Option<&Plan>, duties: &mut Vec<Duty>) {
    for hold in &run.holds {
        let what = format!("Remove what held {}: {}", hold.step, stripped(&hold.because));
        let owner = hold.who.clone().or_else(|| owner_of(plan, &hold.step));
        duties.push(duty(what, owner, hold.seq));
    }
    if let Some(turn) = &run.turned_back {
        let because = stripped(&turn.because);
        let what = format!("Find out why {} failed and had to be undone: {because}", turn.step);
        duties.push(duty(what, owner_of(plan, &turn.step), turn.seq));
    }
}

fn of_proofs(run: &Run, plan: Option<&Plan>, duties: &mut Vec<Duty>) {
    for proof in &run.proofs {
        let owner = owner_of(plan, &proof.step);
        if proof.truth == Truth::False {
            let because = stripped(&proof.because);
            let what =
                format!("Find out why {} was not seen to take effect: {because}", proof.step);
            duties.push(duty(what, owner, proof.seq));
        } else if let Some((took, latest)) = overtime(plan, proof) {
            let what = format!(
                "Correct the forecast of {}: it took {} and was to take {} at most",
                proof.step,
                length(took),
                length(latest)
            );
            duties.push(duty(what, owner, proof.seq));
        }
    }
    for step in run.unproven() {
        let what = format!("See for yourselves whether {step} took effect: nobody proved it");
        duties.push(duty(what, owner_of(plan, step), run.seq));
    }
}

/// Returns how many seconds an effect took and could take, where it took longer than forecast. Between two looks nobody
/// sees, so that what is seen while "not yet" is no failure may well have come in time.
pub(super) fn overtime(plan: Option<&Plan>, proof: &Proof) -> Option<(i64, i64)> {
    let seconds = |span: Span| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let change = change(plan, &proof.step)?;
    let latest = change.forecast.latest;
    let took = proof.after_write.filter(|_| proof.direction == Direction::Do)?;
    let late = took > seconds(latest.max(change.verify.not_yet_until));
    late.then_some((took, seconds(latest)))
}

/// Returns a change step's forecast.
pub(super) fn forecast<'a>(plan: Option<&'a Plan>, step: &Id) -> Option<&'a Forecast> {
    change(plan, step).map(|change| &change.forecast)
}

fn change<'a>(plan: Option<&'a Plan>, step: &Id) -> Option<&'a PlannedChange> {
    let step = plan?.steps.iter().find(|known| known.id == *step)?;
    if let Work::Change(change) = &step.work { Some(change) } else { None }
}

fn of_alterations(run: &Run, plan: Option<&Plan>, duties: &mut Vec<Duty>) {
    for altered in &run.alterations {
        let Alteration { step, because, .. } = altered;
        let because = stripped(because);
        let what = match altered.ending {
            Ending::Landed | Ending::Absent => continue,
            Ending::Drifted => format!("Find out who else writes what {step} changes: {because}"),
            Ending::Deferred => format!("Find out why {step} was put off: {because}"),
            Ending::Refused => format!("Find out why {step} was refused: {because}"),
            Ending::Unreadable => format!("Make the target of {step} readable again: {because}"),
            Ending::Intended | Ending::InDoubt => {
                format!("Find out whether change {} of {step} landed", altered.change + 1)
            }
        };
        duties.push(duty(what, owner_of(plan, step), altered.seq));
    }
}

fn of_unknowns(chronicle: &Chronicle, plan: &Plan, duties: &mut Vec<Duty>) {
    let pinned = chronicle.runs.iter().find(|run| marks(plan, run, chronicle));
    let Some(run) = pinned else { return };
    for unknown in &plan.unknowns {
        let guard: &Guard = &unknown.guard;
        let what = format!(
            "Make sure that next time we know whether {guard} ({} rested on it)",
            unknown.step
        );
        duties.push(duty(what, owner_of(Some(plan), &unknown.step), run.seq));
    }
}

fn of_people(chronicle: &Chronicle, plans: &[Plan], duties: &mut Vec<Duty>) {
    for glass in &chronicle.broken_glass {
        let what = match glass.direction {
            Direction::Do => "plan",
            Direction::Undo => "the undoing of plan",
        };
        let short = glass.digest.get(..8).unwrap_or(&glass.digest);
        let what = format!(
            "Have a second person review {what} {short}, for which {} broke the glass",
            glass.by
        );
        duties.push(duty(what, None, glass.seq));
    }
    for lost in chronicle.undelivered() {
        let what = format!("Mend the channel {}: {}", lost.channel, stripped(&lost.because));
        duties.push(duty(what, None, lost.seq));
    }
    for open in chronicle.asks.iter().filter(|ask| ask.answer.is_none()) {
        let owner = plans.iter().find_map(|plan| owner_of(Some(plan), &open.step));
        let question = stripped(&open.question);
        duties.push(duty(format!("Answer what {} asked: {question}", open.step), owner, open.seq));
    }
    for problem in &chronicle.went_on {
        let owner = plans.iter().find_map(|plan| owner_of(Some(plan), &problem.of.as_str().into()));
        let because = stripped(&problem.because);
        let what = format!("Find out why {} failed: {because}", problem.of);
        duties.push(duty(what, owner, problem.seq));
    }
}
