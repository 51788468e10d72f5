//! Drives the shipped engine against the simulated outside: one turn of one process at a time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::engine::{Approved, Engine, Halt, Input, NotApproved, Output};
use lifeboat::journal::{RunState, overtaken};
use lifeboat::model::{
    ApprovalProof, Change, Delivery, Direction, Event, Id, Mode, Plan, Proven, Record, Severity,
    Truth, Work,
};
use lifeboat::plan::Digest;

pub use super::fate::Fate;
use super::plan::{name, value};
use super::rows::{self, Row};
use super::watch::Watch;
use super::world::{Flight, World};

/// How one process ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Crash,
    Halt(Halt),
}

/// What a turn led to.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    Goes,
    /// The process stands still until somebody lets it go on.
    Paused,
    Ended(End),
}

/// A plan, its journal and its outside.
pub struct Stage {
    pub plan: Plan,
    pub digest: String,
    pub journal: Vec<Record>,
    pub world: World,
    /// The rows of the table that were met.
    pub rows: Vec<Row>,
    pub(super) state: RunState,
    pub(super) watch: Watch,
    processes: u32,
}

/// One process at the plan.
pub struct Process {
    pub engine: Engine,
    pub boot: String,
    /// What the journal held when it was read.
    pub seen: usize,
    /// What each of its guards came to.
    pub judged: BTreeMap<Id, Truth>,
    /// Whether nobody waited for what it asked last.
    pub unheard: bool,
    input: Option<Input>,
    pending: Option<(Timestamp, Output)>,
    born: u64,
    wall: Timestamp,
    looked: BTreeMap<String, u64>,
}

impl Process {
    /// The time as this process counts it: steady from its beginning, whatever happens to the wall's clock.
    pub fn now(&self, world: &World) -> Timestamp {
        let passed = i64::try_from(world.now - self.born).unwrap();
        self.wall + SignedDuration::from_millis(passed)
    }

    /// How far that is ahead of the true time, in milliseconds.
    pub fn ahead(&self, world: &World) -> i64 {
        self.now(world).as_millisecond() - i64::try_from(world.now).unwrap()
    }
}

impl Stage {
    pub fn new(plan: Plan) -> Self {
        let digest = Digest::of(&plan).hex();
        let mut stage = Self {
            world: World::of(&plan),
            journal: Vec::new(),
            rows: Vec::new(),
            state: RunState::new(&plan, &digest),
            watch: Watch::default(),
            processes: 0,
            plan,
            digest,
        };
        stage.note(Event::Declared {
            incident: Id::from("incident"),
            title: String::new(),
            severity: Severity::Major,
            estate: Id::from("estate"),
            mode: Mode::Live,
        });
        stage
    }

    /// Appends a record, durably, from outside of any run.
    pub fn note(&mut self, event: Event) {
        let at = self.now();
        self.record(event, at, "");
    }

    /// Makes a record durable.
    pub(super) fn record(&mut self, event: Event, at: Timestamp, boot: &str) {
        let spot = rows::spot(&self.state, &event);
        let before = spot.as_ref().map(|spot| rows::class(&self.state, spot));
        let begins = matches!(event, Event::Started { .. } | Event::Resumed { .. });
        let moved = if begins { rows::changes(&self.state) } else { Vec::new() };
        let record = Record {
            seq: self.journal.len() as u64,
            prev: String::new(),
            at,
            boot: boot.to_owned(),
            must_understand: event.must_understand(),
            event,
        };
        self.follows(&record);
        if self.state.take(&record.event, at).is_err() {
            self.world.breaks("a record does not follow");
        }
        self.ended();
        if let (Some(before), Some(spot)) = (before, spot) {
            let row = (before, rows::record(&record.event), rows::class(&self.state, &spot));
            self.rows.push(row);
            let now = moved.iter().zip(rows::changes(&self.state));
            let now = now.filter(|(was, is)| *was != is);
            self.rows.extend(now.map(|(was, is)| (*was, row.1, is)));
        }
        self.journal.push(record);
    }

    pub fn approve(&mut self, direction: Direction) {
        let expires = self.now() + SignedDuration::from_secs(60);
        self.note(Event::Approved {
            digest: self.digest.clone(),
            by: "anna".to_owned(),
            means: ApprovalProof::Terminal,
            direction,
            expires,
            head: None,
            signature: None,
            standing: None,
            code: None,
        });
    }

    pub fn state(&self) -> RunState {
        RunState::fold(&self.plan, &self.digest, &self.journal).unwrap()
    }

    /// Looks for the journal's approval.
    pub fn try_find(&self, direction: Direction) -> Result<Approved, NotApproved> {
        Approved::find(self.plan.clone(), direction, &self.journal, self.now())
    }

    pub fn find(&self, direction: Direction) -> Approved {
        self.try_find(direction).unwrap()
    }

    pub fn try_take_up(&self) -> Result<Approved, NotApproved> {
        Approved::resume(self.plan.clone(), &self.journal, self.now())
    }

    pub fn take_up(&self) -> Approved {
        self.try_take_up().unwrap()
    }

    pub fn now(&self) -> Timestamp {
        self.world.wall()
    }

    /// Begins a process.
    pub fn open(&mut self, approved: Approved) -> Process {
        self.processes += 1;
        Process {
            engine: Engine::open(approved, &self.journal).unwrap(),
            boot: format!("process {}", self.processes),
            seen: self.journal.len(),
            judged: BTreeMap::new(),
            unheard: false,
            input: Some(Input::Begin),
            pending: None,
            born: self.world.now,
            wall: self.world.wall(),
            looked: BTreeMap::new(),
        }
    }

    /// Runs one process until it dies or the engine halts; one that stands still goes on at once.
    pub fn process(
        &mut self,
        approved: Approved,
        fate: &mut dyn FnMut(&Output, &mut World) -> Fate,
    ) -> End {
        let mut process = self.open(approved);
        let mut fate = |_: &Process, output: &Output, world: &mut World| fate(output, world);
        for _ in 0..20_000 {
            if let Turn::Ended(end) = self.turn(&mut process, &mut fate) {
                return end;
            }
        }
        self.world.breaks("does not end");
        End::Crash
    }

    /// Lets one process ask for one thing and hear of it.
    pub fn turn(
        &mut self,
        process: &mut Process,
        fate: &mut dyn FnMut(&Process, &Output, &mut World) -> Fate,
    ) -> Turn {
        if self.world.broken.is_some() {
            return Turn::Ended(End::Crash);
        }
        self.world.moment += 1;
        let (now, output, fate) = if let Some((now, output)) = process.pending.take() {
            (now, output, Fate::Well)
        } else {
            let now = process.now(&self.world);
            let input = process.input.take().unwrap_or(Input::Tick);
            let output = process.engine.step(now, input);
            let fate = fate(process, &output, &mut self.world);
            (now, output, fate)
        };
        if let Output::Halt(halt) = output {
            self.judge_halt(process, &halt);
            return Turn::Ended(End::Halt(halt));
        }
        if fate == Fate::PauseBefore {
            process.pending = Some((now, output));
            return Turn::Paused;
        }
        let Some(input) = self.carry_out(process, now, output, fate) else {
            return Turn::Ended(End::Crash);
        };
        process.input = Some(input);
        if fate == Fate::PauseAfter { Turn::Paused } else { Turn::Goes }
    }

    fn carry_out(
        &mut self,
        process: &mut Process,
        now: Timestamp,
        output: Output,
        fate: Fate,
    ) -> Option<Input> {
        if let Output::Append(event) = &output {
            self.formed(process, event);
        }
        if matches!(fate, Fate::CrashBefore | Fate::CrashTorn) {
            return None;
        }
        self.world.now += 7;
        self.world.land();
        let stops = fate == Fate::Stop && !matches!(output, Output::Append(_));
        let looks = matches!(output, Output::Verify { .. } | Output::Judge { .. });
        process.unheard = looks && fate == Fate::Enough;
        let input = match output {
            Output::Append(event) => self.append(process, now, event, fate),
            Output::Read(target) => self.read(process, name(&target), fate),
            Output::Write { change, key } => self.write(process, change, key, fate)?,
            Output::Verify { step, direction, .. } => self.verify(&step, direction, fate),
            Output::Judge { step, .. } => self.judge(process, step, fate),
            Output::Tell { .. } if fate == Fate::Fails => Input::NotRendered("a hole".to_owned()),
            Output::Tell { .. } => Input::Rendered("text".to_owned()),
            Output::Deliver { step, channel, language, .. } => {
                self.deliver((step.to_string(), channel.to_string(), language), fate)
            }
            Output::Ask { .. } => match fate {
                Fate::Unclear => Input::AnswerOpen,
                Fate::Nobody => Input::NobodyAsked,
                Fate::Fails => Input::Answered { answer: "maybe".to_owned(), by: "b".to_owned() },
                _ => Input::Answered { answer: "yes".to_owned(), by: "b".to_owned() },
            },
            Output::WakeAt(at) => {
                let wait = at.duration_since(process.now(&self.world)).as_millis();
                self.world.now += u64::try_from(wait).unwrap_or(0);
                if fate == Fate::Enough { Input::Enough } else { Input::Tick }
            }
            Output::Halt(_) => return None,
        };
        let input = match stops {
            true => Input::Stop("anna".to_owned()),
            false if process.unheard => Input::Enough,
            false => input,
        };
        (fate != Fate::CrashAfter).then_some(input)
    }

    fn append(&mut self, process: &mut Process, now: Timestamp, event: Event, fate: Fate) -> Input {
        if let Some(by) = overtaken(&self.journal, &process.boot, process.seen) {
            return Input::Superseded(by);
        }
        match fate {
            Fate::Fails => return Input::NotDurable("the disk is full".to_owned()),
            Fate::Slow => self.world.now += 5_000,
            _ => {}
        }
        self.still_owns(process);
        self.put_off(process, &event);
        self.counted_from(process, &event, now);
        if matches!(event, Event::Started { direction: Direction::Do, .. }) {
            self.world.delivered.clear();
        }
        self.record(event, now, &process.boot);
        if fate == Fate::FailsWhole {
            return Input::NotDurable("the disk does not say".to_owned());
        }
        Input::Durable(self.journal.len() as u64)
    }

    fn read(&mut self, process: &mut Process, target: &str, fate: Fate) -> Input {
        if self.world.is_dark() || matches!(fate, Fate::Fails | Fate::Unclear) {
            return Input::Unreadable("it does not answer".to_owned());
        }
        if fate == Fate::Forbidden {
            return Input::Forbidden("a limit holds no longer".to_owned());
        }
        process.looked.insert(target.to_owned(), self.world.moment);
        Input::Read(value(self.world.places[target].value))
    }

    fn write(
        &mut self,
        process: &Process,
        change: Change,
        key: String,
        fate: Fate,
    ) -> Option<Input> {
        self.may_be_sent(process, &change, key);
        let (now, target) = (self.world.now, name(&change.target).to_owned());
        let looked = process.looked.get(&target).copied().unwrap_or(0);
        let lost = || Input::Lost("no answer".to_owned());
        if self.world.is_dark() {
            return Some(lost());
        }
        Some(match fate {
            Fate::CrashFlying(late) | Fate::Late(late) => {
                self.world.flights.push(Flight { lands: now + late, change, looked });
                if matches!(fate, Fate::CrashFlying(_)) {
                    return None;
                }
                lost()
            }
            Fate::LostDone | Fate::AwayLost(true) => {
                self.world.hit(&change, looked);
                lost()
            }
            Fate::LostDropped | Fate::AwayLost(false) => lost(),
            Fate::Busy(wait) | Fate::AwayLater(wait) => {
                let span = SignedDuration::from_millis(i64::try_from(wait).unwrap());
                let until = process.now(&self.world) + span;
                let longest = wait.min(super::watch::PATIENCE);
                self.world.wanted.insert(target, now + longest);
                Input::Later { because: "ask again later".to_owned(), until }
            }
            Fate::Fails => Input::Refused("no".to_owned()),
            _ if self.world.hit(&change, looked) => Input::Written,
            _ => Input::Refused("the value is another".to_owned()),
        })
    }

    fn verify(&self, step: &Id, direction: Direction, fate: Fate) -> Input {
        let outcome = match fate {
            Fate::Fails => Proven::No,
            Fate::Unclear => Proven::NotYet,
            _ if !self.world.is_dark() && self.sees(step, direction) => Proven::Yes,
            _ => Proven::NotYet,
        };
        Input::Proven { outcome, because: format!("the witnesses: {outcome:?}") }
    }

    fn judge(&mut self, process: &mut Process, step: Id, fate: Fate) -> Input {
        let truth = match fate {
            Fate::Fails => Truth::False,
            Fate::Unclear => Truth::Unknown,
            _ if self.world.is_dark() => Truth::Unknown,
            _ => Truth::True,
        };
        process.judged.insert(step, truth);
        Input::Judged { truth, because: "the facts".to_owned() }
    }

    fn deliver(&mut self, parcel: (String, String, String), fate: Fate) -> Input {
        let dark = self.world.is_dark();
        if !dark && !matches!(fate, Fate::Fails | Fate::LostDropped) {
            *self.world.delivered.entry(parcel).or_default() += 1;
        }
        let delivery = match fate {
            Fate::LostDone | Fate::LostDropped => Delivery::Unknown,
            _ if dark || fate == Fate::Fails => Delivery::Failed,
            _ => Delivery::Delivered,
        };
        Input::Told { delivery, because: format!("{delivery:?}") }
    }

    fn sees(&self, step: &Id, direction: Direction) -> bool {
        let changes = self.changes(step);
        changes.iter().all(|change| self.world.has(&change.toward(direction)))
    }

    /// Returns a step's changes.
    pub(super) fn changes(&self, step: &Id) -> &[Change] {
        let found = self.plan.steps.iter().find(|it| it.id == *step).unwrap();
        if let Work::Change(planned) = &found.work { &planned.changes } else { &[] }
    }
}
