//! Where a plan's run stands: the fold of its records through the table of transitions.

use jiff::Timestamp;

use super::Illegal;
use super::changing::Changing;
use super::step_state::{Doing, StepState};
use crate::model::{Direction, Event, Id, Outcome, Plan, Proven, Record};

/// Where a run stands as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was never begun.
    Fresh,
    /// It was begun and has not ended; nobody may be running it now.
    Running,
    /// The operator stopped it.
    Halted,
    /// It is held; a person decides.
    Held,
    /// It has ended.
    Finished(Outcome),
}

/// The state of a plan's run, there and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunState {
    /// The plan's digest.
    pub digest: String,
    /// Where the run stands.
    pub standing: Standing,
    /// What was begun last: the plan, or its undo.
    pub direction: Direction,
    /// The step at which it turned round, if it did.
    pub turned: Option<Id>,
    /// Whether any write was intended since it was begun.
    pub wrote: bool,
    /// How often it was taken up since anything came of it.
    pub fruitless: u8,
    /// The steps, in the plan's order.
    pub steps: Vec<StepState>,
    /// What an undo that is refused falls back to.
    before_undo: Option<Box<Before>>,
    /// Whether the records that come now are of this plan.
    current: bool,
}

/// What an undo that is refused falls back to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Before {
    standing: Standing,
    turned: Option<Id>,
    steps: Vec<StepState>,
}

impl RunState {
    /// Returns the state before any record.
    pub fn new(plan: &Plan, digest: &str) -> Self {
        Self {
            digest: digest.to_owned(),
            standing: Standing::Fresh,
            direction: Direction::Do,
            turned: None,
            wrote: false,
            fruitless: 0,
            steps: StepState::of(plan),
            before_undo: None,
            current: false,
        }
    }

    /// Folds a journal; records of other plans are passed over.
    ///
    /// # Errors
    /// [`Illegal`] names the first record that does not follow.
    pub fn fold<'a>(
        plan: &Plan,
        digest: &str,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<Self, Illegal> {
        let mut state = Self::new(plan, digest);
        for record in records {
            state.take(&record.event, record.at).map_err(|why| Illegal::new(record, why))?;
        }
        Ok(state)
    }

    /// Takes one event, or says what it contradicts; the state is then no longer to be used.
    ///
    /// # Errors
    /// What the event contradicts, in words.
    pub fn take(&mut self, event: &Event, at: Timestamp) -> Result<(), String> {
        if let Event::Started { digest, .. } | Event::Resumed { digest } = event {
            self.current = *digest == self.digest;
        }
        if !self.current {
            return Ok(());
        }
        match event {
            Event::Started { direction, .. } => self.start(*direction, at),
            Event::Resumed { .. } => self.take_up(at),
            Event::Finished { digest, .. } if *digest != self.digest => {
                Err("it ends another plan's run".to_owned())
            }
            Event::Finished { outcome, .. } => self.finish(*outcome),
            Event::Intended { step, .. }
            | Event::InDoubt { step, .. }
            | Event::Deferred { step, .. }
            | Event::Settled { step, .. }
            | Event::Verified { step, .. }
            | Event::Telling { step, .. }
            | Event::Told { step, .. }
            | Event::Asked { step, .. }
            | Event::Answered { step, .. }
            | Event::Checked { step, .. }
            | Event::Waiting { step, .. }
            | Event::Waited { step, .. } => self.work(step, event, at),
            Event::WentOn { step, .. } => self.go_on(step),
            Event::Held { step, .. } => self.hold(step),
            Event::TurnedBack { step, .. } => self.turn_back(step),
            Event::Halted { .. } => self.halt(),
            Event::Declared { .. }
            | Event::Diagnosed { .. }
            | Event::Planned { .. }
            | Event::Overridden { .. }
            | Event::Refused { .. }
            | Event::Approved { .. }
            | Event::WrongCode { .. }
            | Event::BrokeGlass { .. }
            | Event::HaltAsked { .. }
            | Event::TakenOver { .. }
            | Event::Noted { .. }
            | Event::Purged { .. }
            | Event::Resolved { .. }
            | Event::Closed { .. } => Ok(()),
        }
    }

    fn changings_mut(&mut self) -> impl Iterator<Item = &mut Changing> {
        self.steps.iter_mut().filter_map(|step| match &mut step.doing {
            Doing::Change(changing) => Some(&mut **changing),
            Doing::Took
            | Doing::Check(_)
            | Doing::Ask { .. }
            | Doing::Message(_)
            | Doing::Wait(_) => None,
        })
    }

    fn running(&self) -> Result<(), String> {
        match self.standing {
            Standing::Running => Ok(()),
            Standing::Fresh | Standing::Halted | Standing::Held | Standing::Finished(_) => {
                Err("the run is not under way".to_owned())
            }
        }
    }

    fn start(&mut self, direction: Direction, at: Timestamp) -> Result<(), String> {
        match (direction, self.standing) {
            (Direction::Do, Standing::Fresh | Standing::Finished(_)) => self.begin(),
            (Direction::Do, Standing::Running | Standing::Halted | Standing::Held) => {
                return Err("the run is under way; it is resumed, not begun".to_owned());
            }
            (Direction::Undo, _) => self.begin_undo(at)?,
        }
        (self.standing, self.direction) = (Standing::Running, direction);
        (self.wrote, self.fruitless) = (false, 0);
        Ok(())
    }

    /// Begins afresh; keys go on where they were.
    fn begin(&mut self) {
        (self.turned, self.before_undo) = (None, None);
        for step in &mut self.steps {
            (step.went_on, step.held) = (false, false);
            match &mut step.doing {
                Doing::Took => {}
                Doing::Check(judged) => *judged = None,
                Doing::Ask { asked, open, answered } => {
                    (*asked, *open, *answered) = (None, false, false);
                }
                Doing::Change(changing) => changing.begin(),
                Doing::Message(parcels) => {
                    parcels.iter_mut().for_each(|p| (p.telling, p.told) = (false, None));
                }
                Doing::Wait(wait) => *wait = super::Waited::default(),
            }
        }
    }

    fn begin_undo(&mut self, at: Timestamp) -> Result<(), String> {
        let open = matches!(self.standing, Standing::Running | Standing::Halted | Standing::Held);
        if self.direction == Direction::Undo && open {
            return Err("the undo is under way; it is resumed, not begun".to_owned());
        }
        if !self.has_written() {
            return Err("there is nothing to undo".to_owned());
        }
        let (standing, turned, steps) = (self.standing, self.turned.clone(), self.steps.clone());
        self.before_undo = Some(Box::new(Before { standing, turned, steps }));
        self.changings_mut().for_each(|changing| changing.begin_undo(at));
        Ok(())
    }

    fn take_up(&mut self, at: Timestamp) -> Result<(), String> {
        let mended = match self.standing {
            Standing::Held => true,
            Standing::Running | Standing::Halted => false,
            Standing::Fresh | Standing::Finished(_) => {
                return Err("there is no open run to resume".to_owned());
            }
        };
        if mended && self.direction == Direction::Do && self.turned.is_some() {
            self.turn_forward();
        }
        self.steps.iter_mut().for_each(|step| step.take_up(mended, at));
        self.fruitless = match self.standing {
            Standing::Running => self.fruitless.saturating_add(1),
            Standing::Fresh | Standing::Halted | Standing::Held | Standing::Finished(_) => 0,
        };
        self.standing = Standing::Running;
        Ok(())
    }

    /// Once all that could be reversed is, a person's `resume` tries the way forward again.
    fn turn_forward(&mut self) {
        if !self.to_reverse().is_empty() || self.in_doubt().is_some() {
            return;
        }
        self.turned = None;
        for step in &mut self.steps {
            if let Doing::Change(changing) = &mut step.doing
                && changing.reopen()
            {
                step.went_on = false;
            }
        }
    }

    fn finish(&mut self, outcome: Outcome) -> Result<(), String> {
        let fits = match outcome {
            Outcome::Held => return self.was_held(),
            Outcome::Completed => !self.is_reversing() && self.current().is_none(),
            Outcome::Undone => self.is_reversing() && self.to_reverse().is_empty(),
            Outcome::Refused => !self.wrote && self.in_doubt().is_none(),
        };
        self.running()?;
        if !fits {
            return Err("the run has not come to that end".to_owned());
        }
        self.standing = Standing::Finished(outcome);
        if outcome == Outcome::Refused && self.direction == Direction::Undo {
            self.fall_back();
        }
        Ok(())
    }

    /// An undo that wrote nothing leaves the run as it was before; what became of a write in doubt stays known.
    fn fall_back(&mut self) {
        let Some(before) = self.before_undo.take() else { return };
        let Before { standing, turned, steps } = *before;
        (self.standing, self.turned, self.direction) = (standing, turned, Direction::Do);
        for (step, before) in self.steps.iter_mut().zip(steps) {
            match (&mut step.doing, before.doing) {
                (Doing::Change(changing), Doing::Change(before)) => changing.fall_back(*before),
                (doing, before) => *doing = before,
            }
        }
    }

    fn was_held(&self) -> Result<(), String> {
        let held = self.standing == Standing::Held;
        held.then_some(()).ok_or_else(|| "the run was not held".to_owned())
    }

    fn find(&mut self, id: &Id) -> Result<usize, String> {
        let at = self.steps.iter().position(|step| step.id == *id);
        at.ok_or_else(|| format!("the plan has no step `{id}`"))
    }

    fn work(&mut self, id: &Id, event: &Event, at: Timestamp) -> Result<(), String> {
        self.running()?;
        let found = self.find(id)?;
        let settles =
            matches!(event, Event::Settled { .. } | Event::InDoubt { .. } | Event::Deferred { .. });
        let doubted = settles && self.in_doubt().is_some_and(|(step, _)| step == found);
        let taken = if self.is_reversing() {
            let open = self.to_reverse();
            let judges = matches!(event, Event::Checked { .. }) && open.contains(&found);
            let in_turn = judges || open.first() == Some(&found);
            if in_turn || doubted { self.steps[found].backward(event, at) } else { None }
        } else if self.current() == Some(found) {
            self.steps[found].forward(event, at)
        } else {
            None
        };
        taken.ok_or_else(|| format!("step `{id}` is not there"))?;
        self.wrote |= matches!(event, Event::Intended { .. });
        if brings_on(event, self.is_reversing()) {
            self.fruitless = 0;
        }
        if let Event::Verified { direction: Direction::Undo, outcome: Proven::Yes, .. } = event {
            // What was known before this wait is old news: it is judged again before the next step moves.
            self.changings_mut().for_each(|changing| changing.back.guard = None);
        }
        Ok(())
    }

    fn go_on(&mut self, id: &Id) -> Result<(), String> {
        self.running()?;
        let found = self.find(id)?;
        if self.is_reversing() || self.current() != Some(found) {
            return Err(format!("step `{id}` is not there"));
        }
        let step = &mut self.steps[found];
        if step.failure().is_none() && !matches!(step.doing, Doing::Ask { .. }) {
            return Err(format!("step `{id}` has not failed"));
        }
        step.went_on = true;
        self.fruitless = 0;
        Ok(())
    }

    fn hold(&mut self, id: &Id) -> Result<(), String> {
        self.running()?;
        let found = self.find(id)?;
        self.steps[found].held = true;
        self.standing = Standing::Held;
        Ok(())
    }

    fn halt(&mut self) -> Result<(), String> {
        self.running()?;
        self.standing = Standing::Halted;
        Ok(())
    }

    fn turn_back(&mut self, id: &Id) -> Result<(), String> {
        self.running()?;
        let found = self.find(id)?;
        if self.is_reversing() || self.current() != Some(found) {
            return Err(format!("step `{id}` is not there"));
        }
        self.turned = Some(id.clone());
        Ok(())
    }
}

/// Tells whether a record brings a run on. What each process that takes it up would write anew does not: a run that
/// dies again and again behind it must be parked.
const fn brings_on(event: &Event, reversing: bool) -> bool {
    matches!(
        event,
        Event::Deferred { .. }
            | Event::Settled { .. }
            | Event::Told { .. }
            | Event::Answered { .. }
            | Event::Waited { .. }
            | Event::Verified { outcome: Proven::Yes | Proven::No, .. }
    ) || (matches!(event, Event::Checked { .. }) && !reversing)
}
