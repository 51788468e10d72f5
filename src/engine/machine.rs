//! The engine itself: what it holds, how it opens, and what it decides from the folded state alone.

use jiff::Timestamp;

use super::pace::Pace;
use super::talk::{Halt, Output};
use super::{Approved, Input};
use crate::journal::{ChangeState, Doing, Illegal, RunState, Standing};
use crate::model::{
    Change, Direction, Event, Id, OnFail, Outcome, PlanStep, PlannedChange, Record, Span, Work,
};

/// How often a run is taken up without anything coming of it before it is parked.
const FRUITLESS: u8 = 3;

/// Runs one approved plan in one process.
#[derive(Debug)]
pub struct Engine {
    pub(super) approved: Approved,
    pub(super) state: RunState,
    pub(super) awaiting: Awaiting,
    pub(super) stop: Option<String>,
    pub(super) leaves: bool,
    pub(super) enough: bool,
    pub(super) pace: Option<Pace>,
    pub(super) misunderstood: u8,
    over: Option<Halt>,
}

/// One change of one step in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub step: usize,
    pub change: usize,
    pub direction: Direction,
}

/// What the engine waits to hear.
#[derive(Debug)]
pub(super) enum Awaiting {
    Nothing,
    Durable { next: Box<RunState>, at: Timestamp, then: Then },
    Look(Place),
    Reply(Place),
    ReadBack(Place),
    Proof { step: usize, direction: Direction },
    Judgement(usize),
    Text { step: usize, parcel: usize },
    Delivery { step: usize, parcel: usize },
    Answer(usize),
    Time,
}

/// What follows once a record is durable.
#[derive(Debug)]
pub(super) enum Then {
    Decide,
    Write { place: Place, change: Box<Change>, key: String },
    Deliver { step: usize, parcel: usize, text: String },
    Finish { outcome: Outcome, halt: Halt },
    Halt(Halt),
}

impl Engine {
    /// Opens a run, fresh or after a crash: there is no other difference than the history.
    ///
    /// # Errors
    /// [`Illegal`] when the history does not follow.
    pub fn open(approved: Approved, history: &[Record]) -> Result<Self, Illegal> {
        let state = RunState::fold(approved.plan(), approved.digest(), history)?;
        Ok(Self {
            approved,
            state,
            awaiting: Awaiting::Nothing,
            stop: None,
            leaves: false,
            enough: false,
            pace: None,
            misunderstood: 0,
            over: None,
        })
    }

    /// Returns where the run stands.
    pub const fn state(&self) -> &RunState {
        &self.state
    }

    /// Returns the step of a write of which nobody knows what became, if there is one.
    pub fn doubt(&self) -> Option<Id> {
        self.state.in_doubt().map(|(step, _)| self.id(step))
    }

    /// Returns what is run.
    pub const fn approved(&self) -> &Approved {
        &self.approved
    }

    /// Stops before the next effect, once what is in doubt is settled; may be called at any time.
    pub fn stop(&mut self, by: impl Into<String>) {
        self.stop = Some(by.into());
    }

    /// Stops at once: what is in doubt stays so in the journal, and `resume` settles it. A call that is under
    /// way is answered with `Lost` or `Stop`.
    pub fn leave(&mut self, by: impl Into<String>) {
        self.stop = Some(by.into());
        self.leaves = true;
    }

    /// Takes one input; returns the one thing to do next.
    pub fn step(&mut self, now: Timestamp, input: Input) -> Output {
        if let Some(halt) = &self.over {
            return Output::Halt(halt.clone());
        }
        if let Input::Stop(by) = &input {
            self.stop = Some(by.clone());
        }
        self.enough |= input == Input::Enough;
        self.take(now, input)
    }

    pub(super) fn plan_step(&self, step: usize) -> &PlanStep {
        &self.approved.plan().steps[step]
    }

    /// Returns a change step's frozen form; `None` for any other step.
    pub(super) fn planned(&self, step: usize) -> Option<&PlannedChange> {
        match &self.plan_step(step).work {
            Work::Change(change) => Some(change),
            Work::Check { .. }
            | Work::Took { .. }
            | Work::Ask(_)
            | Work::Message { .. }
            | Work::Wait { .. } => None,
        }
    }

    pub(super) fn id(&self, step: usize) -> Id {
        self.plan_step(step).id.clone()
    }

    /// Asks for a record, having made sure that it follows.
    pub(super) fn append(&mut self, now: Timestamp, event: Event, then: Then) -> Output {
        let mut next = Box::new(self.state.clone());
        if let Err(why) = next.take(&event, now) {
            return self.halt(Halt::Defect(format!("`{}` does not follow: {why}", event.kind())));
        }
        self.awaiting = Awaiting::Durable { next, at: now, then };
        Output::Append(event)
    }

    pub(super) fn halt(&mut self, halt: Halt) -> Output {
        self.over = Some(halt.clone());
        Output::Halt(halt)
    }

    /// Begins the run, or takes it up.
    pub(super) fn begin(&mut self, now: Timestamp) -> Output {
        let digest = self.approved.digest().to_owned();
        if !self.approved.takes_up() {
            let direction = self.approved.direction();
            return self.append(now, Event::Started { digest, direction }, Then::Decide);
        }
        if self.state.standing == Standing::Running && self.state.fruitless >= FRUITLESS {
            return self.park(now);
        }
        self.append(now, Event::Resumed { digest }, Then::Decide)
    }

    /// A crash loop burns nothing: a person must say that it is worth another try.
    fn park(&mut self, now: Timestamp) -> Output {
        let doubted = self.state.in_doubt().map(|(step, _)| step);
        let back = self.state.is_reversing().then(|| self.state.to_reverse().first().copied());
        let step = doubted.or(back.flatten()).or_else(|| self.state.current()).unwrap_or(0);
        if self.approved.plan().steps.is_empty() {
            return self.finish(now, Outcome::Completed, Halt::Completed);
        }
        let because = format!("taken up {FRUITLESS} times and nothing came of it");
        let halt = Halt::Parked { step: self.id(step), because: because.clone() };
        self.held(now, step, because, halt)
    }

    /// Decides what comes next, from the folded state alone.
    pub(super) fn decide(&mut self, now: Timestamp) -> Output {
        if let Some((step, change)) = self.state.in_doubt().filter(|_| !self.leaves) {
            return self.settle_doubt(now, step, change);
        }
        if let Some(by) = self.stop.clone() {
            let halt = Halt::Stopped { by: by.clone() };
            return self.append(now, Event::Halted { by }, Then::Halt(halt));
        }
        if self.state.is_reversing() { self.backward(now) } else { self.forward(now) }
    }

    /// Nothing is read back before it can no longer land; nothing else is done before it is read back.
    fn settle_doubt(&mut self, now: Timestamp, step: usize, change: usize) -> Output {
        let Doing::Change(changing) = &self.state.steps[step].doing else {
            return self.halt(Halt::Defect("a step without changes is in doubt".to_owned()));
        };
        let because = changing.because.clone();
        let ChangeState::InDoubt { direction, lands_by, unread, .. } =
            changing.changes[change].state
        else {
            return self.halt(Halt::Defect("a settled change is in doubt".to_owned()));
        };
        if unread {
            let because = format!("the outcome of a write is unknown: {because}");
            return self.hold(now, step, because);
        }
        if now < lands_by {
            self.awaiting = Awaiting::Time;
            return Output::WakeAt(lands_by);
        }
        self.look(Place { step, change, direction }, Awaiting::ReadBack)
    }

    /// Looks at a change's target before its write, once the service may be asked again.
    pub(super) fn approach(&mut self, now: Timestamp, place: Place) -> Output {
        if let Doing::Change(changing) = &self.state.steps[place.step].doing
            && let ChangeState::Deferred { until, .. } = changing.changes[place.change].state
            && now < until
        {
            let because = format!("the service put a write off: {}", changing.because);
            return self.wait(place.step, until, until, because);
        }
        self.look(place, Awaiting::Look)
    }

    /// Asks for the value of a change's target.
    pub(super) fn look(&mut self, place: Place, awaiting: fn(Place) -> Awaiting) -> Output {
        let Some(planned) = self.planned(place.step) else {
            return self.halt(Halt::Defect("a step without changes is looked at".to_owned()));
        };
        let target = planned.changes[place.change].target.clone();
        self.awaiting = awaiting(place);
        Output::Read(target)
    }

    /// Waits for a moment, unless the caller has had enough of waiting.
    pub(super) fn wait(
        &mut self,
        step: usize,
        next: Timestamp,
        until: Timestamp,
        because: String,
    ) -> Output {
        if self.enough {
            let step = self.id(step);
            return self.halt(Halt::Waiting { step, until: Some(until), because });
        }
        self.awaiting = Awaiting::Time;
        Output::WakeAt(next)
    }

    /// Does what the runbook says of a failure on the way forward.
    pub(super) fn fail(&mut self, now: Timestamp, step: usize, because: String) -> Output {
        let PlanStep { on_fail, work, .. } = self.plan_step(step);
        // Words that fail never undo a repair.
        let words = matches!(work, Work::Message { .. });
        match on_fail {
            OnFail::Continue => self.go_on(now, step, because),
            OnFail::Undo if !words => {
                let step = self.id(step);
                self.append(now, Event::TurnedBack { step, because }, Then::Decide)
            }
            OnFail::Hold | OnFail::Undo => self.hold(now, step, because),
        }
    }

    pub(super) fn go_on(&mut self, now: Timestamp, step: usize, because: String) -> Output {
        let step = self.id(step);
        self.append(now, Event::WentOn { step, because }, Then::Decide)
    }

    pub(super) fn hold(&mut self, now: Timestamp, step: usize, because: String) -> Output {
        let (left, who) = (self.state.left(), self.plan_step(step).owner.clone());
        let halt = Halt::Held { step: self.id(step), because: because.clone(), left, who };
        self.held(now, step, because, halt)
    }

    fn held(&mut self, now: Timestamp, step: usize, because: String, halt: Halt) -> Output {
        let (left, who) = (self.state.left(), self.plan_step(step).owner.clone());
        let event = Event::Held { step: self.id(step), because, left, who };
        self.append(now, event, Then::Finish { outcome: Outcome::Held, halt })
    }

    pub(super) fn refuse(&mut self, now: Timestamp, step: usize, because: String) -> Output {
        let halt = Halt::RefusedBeforeWrite { step: self.id(step), because };
        self.finish(now, Outcome::Refused, halt)
    }

    pub(super) fn finish(&mut self, now: Timestamp, outcome: Outcome, halt: Halt) -> Output {
        let digest = self.approved.digest().to_owned();
        self.append(now, Event::Finished { digest, outcome }, Then::Halt(halt))
    }
}

/// How long a service may put a step off that does not say itself how long it may take.
pub(super) const PATIENCE: Span = Span::from_secs(600);

/// How much later than its intent a request may be let go.
pub(super) const LEASE: Span = Span::from_secs(2);

/// How much later than its intent it has left at the latest: it is not let go and gone in one moment.
pub const LEEWAY: Span = Span::from_secs(3);
