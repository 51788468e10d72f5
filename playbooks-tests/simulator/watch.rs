//! What every record, every request and every halt is held against. Nothing here asks the engine.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::engine::Halt;
use lifeboat::journal::{Doing, Standing};
use lifeboat::model::{
    Change, Direction, End, Event, Id, Pause, PlanStep, PlannedChange, Proven, Record, Truth, Undo,
    Work,
};

use super::plan::{AFTER, BEFORE, CACHES, SETTLE, TIMEOUT, name, number};
use super::play::{Process, Stage};
use super::world::Later;

/// How long a service may put a write off, in milliseconds.
pub const PATIENCE: u64 = 600_000;

/// How often a run may be taken up without anything coming of it.
const FRUITLESS: u32 = 3;

/// What the watch remembers.
#[derive(Default)]
pub struct Watch {
    /// Who may append: whoever began or took the run up last.
    owner: String,
    /// How much of the journal there was when that changed last.
    since: usize,
    /// The approvals that no run has spent: toward where, and until when.
    unspent: Vec<(Direction, Timestamp)>,
    /// Whether the run that is under way has spent one.
    begun: bool,
    fruitless: u32,
    /// The key of each try: step, change, direction, and how many were tried before.
    keys: BTreeMap<(Id, u32, Direction, u32), String>,
    /// Since when each step's guard is so on the way back, and when each last landed there.
    good: BTreeMap<Id, Noted>,
    back: BTreeMap<Id, Noted>,
}

/// A moment by the clock of a process.
#[derive(Clone, Copy)]
struct Noted {
    at: Timestamp,
    ahead: i64,
    sets: u32,
}

fn pause(step: &PlanStep) -> Option<Pause> {
    let Work::Change(planned) = &step.work else { return None };
    if let Undo::Reverse { pause, .. } = planned.undo { pause } else { None }
}

impl Stage {
    /// A try that is formed again, after a crash, has the key that it had.
    pub(super) fn formed(&mut self, process: &Process, event: &Event) {
        if process.unheard {
            self.world.breaks("a look that nobody waited for was written down");
        }
        let Event::Intended { step, change, direction, key, .. } = event else { return };
        let index = usize::try_from(*change).unwrap();
        let found = self.state.steps.iter().find(|it| it.id == *step);
        let Some(Doing::Change(changing)) = found.map(|it| &it.doing) else { return };
        if process.boot != self.watch.owner && process.seen < self.watch.since {
            return;
        }
        let place = (step.clone(), *change, *direction, changing.changes[index].attempts);
        let known = self.watch.keys.entry(place).or_insert_with(|| key.clone());
        if known != key {
            self.world.breaks("a key differs on replay");
        }
    }

    /// Only whoever took the run up last may append to it.
    pub(super) fn still_owns(&mut self, process: &Process) {
        let may = process.boot == self.watch.owner || process.seen >= self.watch.since;
        if !may {
            self.world.breaks("wrote after being taken over");
        }
        self.watch.owner.clone_from(&process.boot);
        self.watch.since = self.journal.len() + 1;
    }

    /// Holds a record against those before it.
    pub(super) fn follows(&mut self, record: &Record) {
        match &record.event {
            Event::Approved { direction, expires, .. }
            | Event::BrokeGlass { direction, expires, .. } => {
                self.watch.unspent.push((*direction, *expires));
            }
            Event::Started { direction, .. } => {
                let latest = self.journal.iter().map(|it| it.at).max().unwrap_or(record.at);
                let counts = |(toward, expires): &(Direction, Timestamp)| {
                    toward == direction && *expires > latest.max(record.at)
                };
                if !self.watch.unspent.iter().any(counts) {
                    self.world.breaks("an approval was spent twice, or after it had expired");
                }
                self.watch.unspent.retain(|(toward, _)| toward != direction);
                (self.watch.begun, self.watch.fruitless) = (true, 0);
            }
            Event::Resumed { .. } => {
                let crashed = self.state.standing == Standing::Running;
                self.watch.fruitless = if crashed { self.watch.fruitless + 1 } else { 0 };
                if self.watch.fruitless > FRUITLESS {
                    self.world.breaks("taken up in vain and not parked");
                }
            }
            Event::Settled { .. }
            | Event::Deferred { .. }
            | Event::Told { .. }
            | Event::Answered { .. }
            | Event::Waited { .. }
            | Event::WentOn { .. }
            | Event::TurnedBack { .. }
            | Event::Verified { outcome: Proven::Yes | Proven::No, .. } => {
                self.watch.fruitless = 0;
            }
            Event::Checked { .. } if !self.state.is_reversing() => self.watch.fruitless = 0,
            _ => {}
        }
        if matches!(record.event, Event::Held { .. } | Event::Started { .. }) {
            // From here on a person says when it is tried again.
            self.world.later.clear();
        }
        if let Event::TakenOver { .. } = record.event {
            self.watch.owner.clear();
            self.watch.since = self.journal.len() + 1;
        }
    }

    /// A write that the journal says is put off is not tried again before its time.
    pub(super) fn put_off(&mut self, process: &Process, event: &Event) {
        let Event::Deferred { step, change, .. } = event else { return };
        let target = &self.changes(step)[usize::try_from(*change).unwrap()].target;
        let target = name(target).to_owned();
        let until = self.world.wanted.get(&target).copied().unwrap_or(0);
        self.world.later.insert(target, Later { until, ahead: process.ahead(&self.world) });
    }

    /// Remembers what the waits of a way back are counted from.
    pub(super) fn counted_from(&mut self, process: &Process, event: &Event, at: Timestamp) {
        let noted = Noted { at, ahead: process.ahead(&self.world), sets: self.world.sets };
        match event {
            Event::Started { .. } => {
                self.watch.good.clear();
                self.watch.back.clear();
            }
            Event::TurnedBack { .. } => self.watch.good.clear(),
            Event::Checked { step, truth: Truth::True, .. } if self.state.is_reversing() => {
                self.watch.good.entry(step.clone()).or_insert(noted);
            }
            Event::Checked { step, truth: Truth::False, .. } => {
                self.watch.good.remove(step);
            }
            Event::Settled { step, direction: Direction::Undo, end: End::Landed, .. } => {
                self.watch.back.insert(step.clone(), noted);
            }
            _ => {}
        }
    }

    /// Nothing moves back before caches hold no more what would need it; with a clock that nobody set in between.
    fn goes_back_late_enough(&mut self, process: &Process, change: &Change) {
        if number(&change.after) == AFTER || self.state.direction == Direction::Do {
            return;
        }
        let (own, _) = self.of_target(name(&change.target));
        let (now, ahead) = (process.now(&self.world), process.ahead(&self.world));
        let early = |noted: Option<&Noted>| {
            let same = noted.filter(|it| it.ahead == ahead && it.sets == self.world.sets);
            same.is_some_and(|it| now < CACHES.after(it.at))
        };
        let steps = || self.plan.steps.iter().filter_map(|step| Some((&step.id, pause(step)?)));
        let unused = steps().any(|(id, pause)| {
            *id == own && matches!(pause, Pause::Before(_)) && early(self.watch.good.get(id))
        });
        let settles = steps().any(|(id, pause)| {
            *id != own && matches!(pause, Pause::After(_)) && early(self.watch.back.get(id))
        });
        if unused || settles {
            self.world.breaks("moved back while caches held what needs it");
        }
    }

    /// Once a run has ended, what it had spent is of no more use.
    pub(super) fn ended(&mut self) {
        let open = [Standing::Running, Standing::Halted, Standing::Held];
        self.watch.begun &= open.contains(&self.state.standing);
    }

    /// Holds a request that is about to leave against everything that must be so by then.
    pub(super) fn may_be_sent(&mut self, process: &Process, change: &Change, key: String) {
        self.intent_is_durable(process, &key);
        if !self.watch.begun {
            self.world.breaks("sent before its approval was spent");
        }
        self.goes_back_onto_good(process, change);
        self.goes_back_late_enough(process, change);
        if number(&change.after) != AFTER && self.state.direction == Direction::Undo {
            self.goes_back_in_order(change);
        }
        if !self.world.keys.insert(key) {
            self.world.breaks("a key was used twice");
        }
        let later = self.world.later.remove(name(&change.target));
        let ahead = process.ahead(&self.world);
        if later.is_some_and(|later| self.world.now < later.until && ahead == later.ahead) {
            self.world.breaks("asked again too early");
        }
    }

    /// No effect without a durable intent that says by when it has landed.
    fn intent_is_durable(&mut self, process: &Process, wanted: &str) {
        let millis = i64::try_from(TIMEOUT + SETTLE).unwrap();
        let least = process.now(&self.world) + SignedDuration::from_millis(millis);
        let ours = self.journal.iter().rfind(|record| record.boot == process.boot);
        match ours.map(|record| &record.event) {
            Some(Event::Intended { key, lands_by, .. }) if key == wanted => {
                if *lands_by < least {
                    self.world.breaks("sent later than its intent allows");
                }
            }
            _ => self.world.breaks("sent without a durable intent"),
        }
    }

    /// Nothing moves back onto something that is not known to be good.
    fn goes_back_onto_good(&mut self, process: &Process, change: &Change) {
        if number(&change.after) == AFTER {
            return;
        }
        let (step, planned) = self.of_target(name(&change.target));
        let asked = matches!(planned.undo, Undo::Reverse { refuse_unless: Some(_), .. });
        let irreversible = matches!(planned.undo, Undo::Irreversible { .. });
        let sure = process.judged.get(&step) == Some(&Truth::True);
        if irreversible || (asked && !sure) {
            self.world.breaks("moved back onto something not known to be good");
        }
    }

    /// An undo reverses what was written last first.
    fn goes_back_in_order(&mut self, change: &Change) {
        let ours = |target: &str| self.world.places[target].brought == Some(AFTER);
        let changes = self.plan.steps.iter().filter_map(|step| match &step.work {
            Work::Change(planned) => Some(&planned.changes),
            _ => None,
        });
        let mut later = changes.flatten().map(|it| name(&it.target));
        let here = later.find(|it| *it == name(&change.target));
        if here.is_some() && later.any(ours) {
            self.world.breaks("undone in the wrong order");
        }
    }

    fn of_target(&self, target: &str) -> (Id, &PlannedChange) {
        let found = self.plan.steps.iter().find_map(|step| match &step.work {
            Work::Change(planned) if planned.changes.iter().any(|c| name(&c.target) == target) => {
                Some((step.id.clone(), &**planned))
            }
            _ => None,
        });
        found.unwrap()
    }

    /// What a halt promises is so.
    pub(super) fn judge_halt(&mut self, process: &Process, halt: &Halt) {
        if !self.is_named(halt) {
            self.world.breaks("a halt names no step, or is a defect");
        }
        let owns = process.boot == self.watch.owner || process.seen >= self.watch.since;
        if let Halt::TakenOver { .. } = halt {
            if owns {
                self.world.breaks("gave up a run that nobody took over");
            }
            return;
        }
        if !owns {
            return;
        }
        // What the disk kept and did not say is all that a process may not know.
        let unsaid = matches!(halt, Halt::NoJournal(_));
        if !unsaid && process.engine.state() != &self.state {
            self.world.breaks("replaying is not living");
        }
        let wrong = match halt {
            Halt::Completed => self.is_wrong(AFTER, |step| !step.went_on),
            Halt::Undone => self.is_wrong(BEFORE, |_| true),
            Halt::RefusedBeforeWrite { .. } => self.state.wrote,
            _ => false,
        };
        if wrong || self.believes_wrongly() {
            self.world.breaks("wrong end");
        }
        if self.world.delivered.values().any(|times| *times > 1) {
            self.world.breaks("told twice");
        }
    }

    fn is_named(&self, halt: &Halt) -> bool {
        let known = |id: &Id| self.plan.steps.iter().any(|step| step.id == *id);
        match halt {
            Halt::Held { step, left, because, .. } => {
                known(step) && left.iter().all(known) && !because.is_empty()
            }
            Halt::Waiting { step, because, .. }
            | Halt::RefusedBeforeWrite { step, because }
            | Halt::Parked { step, because } => known(step) && !because.is_empty(),
            Halt::NobodyAsked { step } => known(step),
            Halt::Completed
            | Halt::Undone
            | Halt::Stopped { .. }
            | Halt::TakenOver { .. }
            | Halt::NoJournal(_) => true,
            Halt::Defect(_) => false,
        }
    }

    /// Tells whether a target that this plan wrote last has another value than the end promises.
    fn is_wrong(
        &self,
        wanted: u32,
        counts: impl Fn(&lifeboat::journal::StepState) -> bool,
    ) -> bool {
        let steps = self.state.steps.iter().filter(|step| counts(step));
        steps.flat_map(|step| self.changes(&step.id)).any(|change| {
            let place = &self.world.places[name(&change.target)];
            let flying = self.world.is_flying(name(&change.target));
            (place.value != wanted || flying) && !place.others
        })
    }

    /// Tells whether the journal is sure of something that is not so, while nobody else wrote there.
    fn believes_wrongly(&self) -> bool {
        self.state.steps.iter().any(|step| {
            let Doing::Change(changing) = &step.doing else { return false };
            let each = changing.changes.iter().zip(self.changes(&step.id));
            each.into_iter().any(|(progress, change)| {
                let place = &self.world.places[name(&change.target)];
                let flying = self.world.is_flying(name(&change.target));
                let wrong = |wanted: u32| place.value != wanted && !place.others;
                if progress.state.is_in_doubt() {
                    return false;
                }
                flying
                    || (progress.ours && progress.state.has_landed(Direction::Do) && wrong(AFTER))
                    || (progress.is_reversed() && wrong(BEFORE))
            })
        })
    }
}
