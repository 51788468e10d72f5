//! The score of a drill. Only here is the truth read, and only as an argument.

use std::collections::BTreeSet;

use serde::Serialize;

use super::chronicle::{Chronicle, Judged};
use super::duties::marks;
use super::phrase::say;
use super::run::{Run, RunState};
use crate::model::{Delivery, Direction, Ended, Id, Plan, Scenario, TrueCause, Verdict, Work};

/// How a drill went, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scored {
    /// As it should.
    Passed,
    /// The cause that was named is not the one that it was.
    Misclassified,
    /// The cause was right and something else was not.
    Failed,
}

/// How a drill went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The scenario.
    pub scenario: Id,
    /// In a word.
    pub result: Scored,
    /// The verdict that was right.
    pub true_verdict: Verdict,
    /// The verdict that was given; absent when nobody looked.
    pub verdict: Option<Verdict>,
    /// The causes that were right and not named.
    pub missed: Vec<TrueCause>,
    /// The causes that were named and not right.
    pub wrong: Vec<TrueCause>,
    /// Changes to what had nothing to do with it, and advice that was not right, in words.
    pub wrong_actions: Vec<String>,
    /// Steps that wrote something which nobody saw take effect.
    pub missed_verifies: Vec<Id>,
    /// Seconds from the first fault to the first verdict that names a right cause.
    pub detect_s: Option<i64>,
    /// Seconds from the first fault to the proven remedy.
    pub mitigate_s: Option<i64>,
    /// How the run ended; absent when none was begun.
    pub ended: Option<Ended>,
    /// How many messages were delivered.
    pub messages: u32,
    /// How many were not.
    pub undelivered: u32,
    /// What else was not as expected, in words.
    pub unexpected: Vec<String>,
}

/// Scores a drill against its scenario's truth; `refused` tells that no plan was to be had.
pub fn score(chronicle: &Chronicle, plans: &[Plan], scenario: &Scenario, refused: bool) -> Score {
    let truth = &scenario.truth;
    let first = chronicle.diagnoses.first();
    let (missed, wrong) = causes(first, &truth.causes);
    let verdict = first.map(|judged| judged.verdict);
    let ended = ended(chronicle).or(refused.then_some(Ended::Refused));
    let began = scenario.timeline.iter().map(|it| it.at).min().map(|at| scenario.time_of(at));
    let after = |at: Option<jiff::Timestamp>| {
        at.zip(began).map(|(at, began)| at.as_second() - began.as_second())
    };
    let is_true = |cause: &crate::model::Cause| {
        let mut real = truth.causes.iter();
        real.any(|it| it.failure_mode == cause.failure_mode && it.subject == cause.subject)
    };
    let found = chronicle.diagnoses.iter().find(|judged| judged.causes.iter().any(is_true));
    let delivered = chronicle.notices.iter().filter(|it| it.delivery == Delivery::Delivered);
    let messages = u32::try_from(delivered.count()).unwrap_or(u32::MAX);
    let mut score = Score {
        scenario: scenario.id.clone(),
        result: Scored::Passed,
        true_verdict: truth.verdict,
        verdict,
        missed,
        wrong,
        wrong_actions: wrong_actions(chronicle, plans, scenario),
        missed_verifies: missed_verifies(chronicle),
        detect_s: after(found.map(|judged| judged.at)),
        mitigate_s: after(chronicle.times.mitigated),
        ended,
        messages,
        undelivered: u32::try_from(chronicle.undelivered().count()).unwrap_or(u32::MAX),
        unexpected: Vec::new(),
    };
    score.unexpected = unexpected(&score, chronicle, scenario);
    score.result = result(&score);
    score
}

fn result(score: &Score) -> Scored {
    let named = score.missed.is_empty() && score.wrong.is_empty();
    if !named || score.verdict != Some(score.true_verdict) {
        return Scored::Misclassified;
    }
    let clean = score.wrong_actions.is_empty()
        && score.missed_verifies.is_empty()
        && score.unexpected.is_empty();
    if clean { Scored::Passed } else { Scored::Failed }
}

/// Compares what was named first with what is true: what was missed, and what was wrong.
fn causes(first: Option<&Judged>, truth: &[TrueCause]) -> (Vec<TrueCause>, Vec<TrueCause>) {
    let causes = first.map_or(&[][..], |judged| &judged.causes);
    let said: Vec<TrueCause> = causes
        .iter()
        .map(|cause| TrueCause {
            failure_mode: cause.failure_mode.clone(),
            subject: cause.subject.clone(),
            mechanism: cause.mechanism.clone(),
        })
        .collect();
    let fits = |said: &TrueCause, real: &TrueCause| {
        said.failure_mode == real.failure_mode
            && said.subject == real.subject
            && (real.mechanism.is_none() || said.mechanism == real.mechanism)
    };
    let missed = truth.iter().filter(|real| !said.iter().any(|it| fits(it, real)));
    let wrong = said.iter().filter(|it| !truth.iter().any(|real| fits(it, real)));
    (missed.cloned().collect(), wrong.cloned().collect())
}

/// Finds changes that were made under a runbook for something that it was not.
fn wrong_actions(chronicle: &Chronicle, plans: &[Plan], scenario: &Scenario) -> Vec<String> {
    let subjects: BTreeSet<&Id> = scenario.truth.causes.iter().map(|it| &it.subject).collect();
    let mut wrong = Vec::new();
    for run in chronicle.runs.iter().filter(|run| run.landed().next().is_some()) {
        let plan = plans.iter().find(|plan| marks(plan, run, chronicle));
        let treats = plan.is_some_and(|plan| plan.params.values().any(|it| subjects.contains(it)));
        let set_out = scenario.planned.as_ref().map(|planned| &planned.runbook);
        if treats || set_out.is_some() && run.runbook.as_ref() == set_out {
            continue;
        }
        let runbook = run.runbook.as_ref().map_or("a runbook", |runbook| runbook.as_str());
        let objects = plan.map(changed_objects).unwrap_or_default();
        wrong.push(format!("{runbook} changed {objects}, which is not what failed"));
    }
    wrong
}

fn changed_objects(plan: &Plan) -> String {
    let mut objects: BTreeSet<&str> = BTreeSet::new();
    for step in &plan.steps {
        if let Work::Change(change) = &step.work {
            objects.extend(change.changes.iter().map(|it| it.object.as_str()));
        }
    }
    if objects.is_empty() {
        return "something".to_owned();
    }
    objects.into_iter().collect::<Vec<_>>().join(", ")
}

/// Finds steps of runs that ended or were held, and wrote something which nobody saw take effect.
fn missed_verifies(chronicle: &Chronicle) -> Vec<Id> {
    let stands = |run: &&Run| run.state.is_over() || run.state == RunState::Held;
    let done = chronicle.runs.iter().filter(stands);
    done.flat_map(Run::unproven).cloned().collect()
}

/// Says how the run ended that changed something, else the one that was begun last.
fn ended(chronicle: &Chronicle) -> Option<Ended> {
    let begun = |run: &&Run| run.state != RunState::Planned && run.planned_changes > 0;
    let run = chronicle.runs.iter().rfind(begun).or(chronicle.run());
    let Some(run) = run else {
        let nothing = chronicle.runs.last().is_some_and(|run| run.planned_changes == 0);
        return nothing.then_some(Ended::NothingToDo);
    };
    let silent = run.planned_changes == 0 && run.direction == Direction::Do;
    match run.state {
        RunState::Completed if silent => Some(Ended::NothingToDo),
        RunState::Completed => Some(Ended::Completed),
        RunState::Undone => Some(Ended::Undone),
        RunState::Held => Some(Ended::Held),
        RunState::Waiting | RunState::Asking | RunState::Running | RunState::Stopped => {
            Some(Ended::Waiting)
        }
        RunState::Refused => Some(Ended::Refused),
        RunState::Planned => None,
    }
}

/// Finds what the scenario expects and the drill does not show.
fn unexpected(score: &Score, chronicle: &Chronicle, scenario: &Scenario) -> Vec<String> {
    let expect = &scenario.expect;
    let mut found = Vec::new();
    let advice = chronicle.diagnoses.first().and_then(|judged| judged.advice);
    if let Some(wanted) = expect.advice
        && advice != Some(wanted)
    {
        let given = advice.map_or("nothing", say);
        found.push(format!("the advice was {given}; {} is right", say(wanted)));
    }
    if let Some(wanted) = expect.ended
        && score.ended != Some(wanted)
    {
        let given = score.ended.map_or("no run", ended_name);
        found.push(format!("it ended with {given}; {} was expected", ended_name(wanted)));
    }
    if let Some(wanted) = expect.messages
        && score.messages < wanted
    {
        let given = super::phrase::count(score.messages, "message was", "messages were");
        found.push(format!("{given} delivered; at least {wanted} were expected"));
    }
    for banned in &scenario.must_not_fire {
        let said = chronicle.diagnoses.iter().flat_map(|judged| &judged.causes);
        if said.into_iter().any(|cause| cause.failure_mode == *banned) {
            found.push(format!("{banned} was named and must not be"));
        }
    }
    found
}

/// Names how a run ended.
const fn ended_name(ended: Ended) -> &'static str {
    match ended {
        Ended::Completed => "completed",
        Ended::Undone => "undone",
        Ended::Held => "held",
        Ended::Waiting => "waiting",
        Ended::Refused => "refused",
        Ended::NothingToDo => "nothing to do",
    }
}
