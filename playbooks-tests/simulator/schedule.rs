//! A schedule of everything that may happen, from a seed.

use std::cell::RefCell;
use std::collections::BTreeMap;

use lifeboat::engine::{Approved, Halt, Output};
use lifeboat::journal::Standing;
use lifeboat::model::{Direction, Event, Id, OnFail, Plan, PlanStep, Undo, Work};

use super::fate::{self, Fate, WEATHER, Weather, kind};
use super::plan::{self, AFTER, BEFORE, FOREIGN, SETTLE, TIMEOUT};
use super::play::{End, Process, Stage, Turn};
use super::tally::Tally;
use super::world::World;

/// How many processes may work at one plan before the seed counts as endless.
const PROCESSES: u64 = 120;

/// How many turns one seed may take.
const TURNS: usize = 40_000;

/// How many different plans there are.
const PLANS: u64 = 4_096;

/// Numbers from a seed (xorshift).
struct Rng(u64);

impl Rng {
    fn of(seed: u64) -> Self {
        let mut rng = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..4 {
            rng.below(2);
        }
        rng
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of_list<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }
}

/// What a seed decides as it goes.
struct Schedule<'a> {
    rng: Rng,
    faults: u64,
    holds: u32,
    undone: bool,
    again: bool,
    /// Where every process dies, and how often still.
    trap: Option<(&'static str, &'static str, u32)>,
    /// One number for everything that was decided.
    hash: u64,
    tally: &'a mut Tally,
}

/// Plays one seed; returns the promise that it broke.
pub fn seed(number: u64, tally: &mut Tally) -> Option<&'static str> {
    let mut rng = Rng::of(number);
    let (plan, shape) = plan_of(rng.below(PLANS));
    let mut stage = Stage::new(plan);
    let faults = 1 + rng.below(12);
    let hash = 0xcbf2_9ce4_8422_2325 ^ shape;
    let (holds, undone, again, trap) = (0, false, false, None);
    let mut schedule = Schedule { rng, faults, holds, undone, again, trap, hash, tally };
    schedule.play(&mut stage);
    stage.world.now += 1_000_000;
    stage.world.land();
    let Schedule { hash, tally, .. } = schedule;
    tally.seeds += 1;
    tally.schedules.insert(hash);
    tally.landed += stage.world.landed.len() as u64;
    if let Some(story) = &mut tally.story {
        story
            .extend(stage.journal.iter().map(|it| format!("{} {} {:?}", it.at, it.boot, it.event)));
    }
    tally.unprotected += stage.world.unprotected;
    for row in stage.rows {
        *tally.rows.entry(row).or_default() += 1;
    }
    tally.broken.extend(stage.world.broken.map(|why| (number, why)));
    stage.world.broken
}

impl Schedule<'_> {
    fn play(&mut self, stage: &mut Stage) {
        let mut running = self.begin(stage, Direction::Do);
        let mut other: Option<Process> = None;
        let (mut awake, mut processes) = (false, 1);
        for _ in 0..TURNS {
            if stage.world.broken.is_some() {
                return;
            }
            let Some(process) = &mut running else { break };
            if let Some(still) = &mut other {
                awake |= self.rng.one_in(8);
                if awake && self.rng.one_in(2) {
                    let ended = self.one_turn(stage, still);
                    if matches!(ended, Turn::Ended(_)) {
                        (other, awake) = (None, false);
                    }
                    continue;
                }
            }
            let ended = match self.one_turn(stage, process) {
                Turn::Goes => continue,
                Turn::Paused => {
                    stage.world.now += self.rng.below(12_000);
                    if other.is_none()
                        && self.rng.one_in(2)
                        && let Some(next) = self.take_over(stage)
                    {
                        other = running.replace(next);
                        processes += 1;
                    }
                    continue;
                }
                Turn::Ended(end) => end,
            };
            stage.world.now += self.rng.below(2_000);
            running = self.next(stage, &ended);
            processes += u64::from(running.is_some());
            if processes > PROCESSES {
                break;
            }
        }
        self.tally.processes += processes;
        if running.is_some() {
            stage.world.breaks("does not end");
        }
        self.faults = 0;
        let Some(mut still) = other else { return };
        for _ in 0..TURNS {
            if matches!(self.one_turn(stage, &mut still), Turn::Ended(_)) {
                return;
            }
        }
        stage.world.breaks("does not end");
    }

    fn one_turn(&mut self, stage: &mut Stage, process: &mut Process) -> Turn {
        stage.turn(process, &mut |process, output, world| self.fate(process, output, world))
    }

    /// Another process takes the run over while its own stands still.
    fn take_over(&mut self, stage: &mut Stage) -> Option<Process> {
        if self.rng.one_in(2) {
            let (by, from) = ("berta".to_owned(), "anna".to_owned());
            stage.note(Event::TakenOver { by, from, reason: "she is gone".to_owned() });
        }
        let found = match stage.state.standing {
            Standing::Fresh => stage.try_find(Direction::Do),
            _ => stage.try_take_up(),
        };
        let approved = found.ok()?;
        self.tally.take_overs += 1;
        Some(stage.open(approved))
    }

    /// Asks for approval and begins. Some approvals expire before they are used, and then the clock is set back.
    fn begin(&mut self, stage: &mut Stage, direction: Direction) -> Option<Process> {
        stage.approve(direction);
        if self.rng.one_in(12) {
            stage.world.now += 100_000;
            stage.note(Event::Noted { by: "anna".to_owned(), text: "late".to_owned() });
            stage.world.set_clock(-3_600_000);
            if let Ok(approved) = stage.try_find(direction) {
                return Some(stage.open(approved));
            }
            self.tally.refused_approvals += 1;
            stage.world.set_clock(3_600_000);
            stage.approve(direction);
        }
        stage.try_find(direction).ok().map(|approved| stage.open(approved))
    }

    /// What people do after a process has ended.
    fn next(&mut self, stage: &mut Stage, end: &End) -> Option<Process> {
        let mut undo = *end == End::Crash && self.rng.one_in(24);
        if let End::Halt(halt) = end {
            match halt {
                Halt::Completed => undo = self.rng.one_in(2),
                Halt::Held { .. } | Halt::Parked { .. } => {
                    self.holds += 1;
                    self.trap = None;
                    self.tally.parked += u64::from(matches!(halt, Halt::Parked { .. }));
                    undo = self.rng.one_in(4);
                    self.mend(&mut stage.world);
                }
                Halt::Waiting { .. } | Halt::NobodyAsked { .. } => {
                    stage.world.now += self.rng.below(600_000);
                }
                Halt::Stopped { .. } => undo = self.rng.one_in(6),
                Halt::Undone
                | Halt::RefusedBeforeWrite { .. }
                | Halt::TakenOver { .. }
                | Halt::NoJournal(_)
                | Halt::Defect(_) => {}
            }
        }
        if undo && !self.undone && stage.state.has_written() {
            self.undone = true;
            return self.begin(stage, Direction::Undo);
        }
        match stage.state.standing {
            Standing::Running | Standing::Halted | Standing::Held if self.holds <= 5 => {
                let approved = stage.try_take_up().ok()?;
                Some(stage.open(approved))
            }
            Standing::Fresh => self.begin(stage, Direction::Do),
            Standing::Finished(_) if !self.again && self.rng.one_in(4) => {
                self.again = true;
                self.spend_again(stage)
            }
            _ => None,
        }
    }

    /// Somebody tries an approval that was spent.
    fn spend_again(&mut self, stage: &mut Stage) -> Option<Process> {
        let found: Result<Approved, _> =
            stage.try_find(self.rng.of_list(&[Direction::Do, Direction::Undo]));
        self.tally.refused_approvals += u64::from(found.is_err());
        found.ok().map(|approved| stage.open(approved))
    }

    /// Half of what somebody else wrote is put right by a person.
    fn mend(&mut self, world: &mut World) {
        let foreign = world.places.iter().filter(|(_, place)| place.value == FOREIGN);
        for target in foreign.map(|(target, _)| target.clone()).collect::<Vec<_>>() {
            if self.rng.one_in(2) {
                world.drift(&target, self.rng.of_list(&[BEFORE, AFTER]));
            }
        }
    }

    fn fate(&mut self, process: &Process, output: &Output, world: &mut World) -> Fate {
        let (kind, place) = (kind(output), fate::place(process.engine.state(), output));
        let fate = self.decided(kind, place, world);
        if let Some(story) = &mut self.tally.story {
            let (boot, now) = (&process.boot, world.now);
            story.push(format!("{now:>9} {boot}, at {place}: {output:?}\n          → {fate:?}"));
        }
        self.mark(kind, place, fate::word(fate));
        fate
    }

    fn mark(&mut self, kind: &'static str, place: &'static str, what: &'static str) {
        for byte in kind.bytes().chain(what.bytes()) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if what != "well" {
            *self.tally.pairs.entry((place, kind, what)).or_default() += 1;
        }
    }

    fn decided(&mut self, kind: &'static str, place: &'static str, world: &mut World) -> Fate {
        if kind == "halt" {
            return Fate::Well;
        }
        if let Some((at, of, left)) = &mut self.trap
            && (*at, *of) == (place, kind)
        {
            *left -= 1;
            if *left == 0 {
                self.trap = None;
            }
            return Fate::CrashBefore;
        }
        if self.faults == 0 || !self.rng.one_in(6) {
            return Fate::Well;
        }
        self.faults -= 1;
        if self.rng.one_in(4) {
            let (weather, word) = self.rng.of_list(&WEATHER);
            self.mark("weather", place, word);
            if let Some(story) = &mut self.tally.story {
                story.push(format!("{:>9} {word}", world.now));
            }
            self.turns_bad(weather, world);
            return Fate::Well;
        }
        let fate = match self.rng.of_list(&fate::fates(kind, place)) {
            Fate::Late(_) => Fate::Late(self.rng.below(TIMEOUT + SETTLE)),
            Fate::CrashFlying(_) => Fate::CrashFlying(self.rng.below(TIMEOUT + SETTLE)),
            Fate::Busy(_) => Fate::Busy(self.rng.of_list(&[1_000, 30_000, 3_600_000])),
            Fate::AwayLater(_) => Fate::AwayLater(self.rng.of_list(&[0, 5_000, 900_000])),
            fate => fate,
        };
        if fate == Fate::CrashBefore && self.rng.one_in(8) {
            self.trap = Some((place, kind, 12));
        }
        fate
    }

    fn turns_bad(&mut self, weather: Weather, world: &mut World) {
        match weather {
            Weather::Drift => {
                let count = world.places.len() as u64;
                let at = usize::try_from(self.rng.below(count)).unwrap();
                let target = world.places.keys().nth(at).unwrap().clone();
                world.drift(&target, self.rng.of_list(&[FOREIGN, FOREIGN, BEFORE, AFTER]));
            }
            Weather::ClockForward => {
                world.set_clock(self.rng.of_list(&[20_000, 3_600_000, 864_000_000]));
            }
            Weather::ClockBack => {
                world.set_clock(self.rng.of_list(&[-20_000, -3_600_000, -864_000_000]));
            }
            Weather::Dark => world.dark_until = world.now + self.rng.below(90_000),
        }
    }
}

thread_local! {
    static DRAWN: RefCell<BTreeMap<u64, (Plan, u64)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Returns one of the plans, and a number for its shape.
fn plan_of(number: u64) -> (Plan, u64) {
    DRAWN.with_borrow_mut(|drawn| drawn.entry(number).or_insert_with(|| draw(number)).clone())
}

fn draw(number: u64) -> (Plan, u64) {
    let mut rng = Rng::of(number.wrapping_add(0x5EED));
    let count = 1 + rng.below(5);
    let mut steps: Vec<PlanStep> =
        (0..count).map(|at| step_of(&mut rng, &format!("s{at}-"))).collect();
    if !steps.iter().any(|step| matches!(step.work, Work::Change(_))) {
        steps.push(change_of(&mut rng, "last-", OnFail::Undo));
    }
    let shape = format!("{steps:?}");
    let mixed = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let plan = Plan { target: Id::new(format!("plan {number}")), ..plan::plan(steps) };
    (plan, shape.bytes().fold(0, mixed))
}

fn step_of(rng: &mut Rng, id: &str) -> PlanStep {
    let on_fail = rng.of_list(&[OnFail::Hold, OnFail::Undo, OnFail::Continue]);
    match rng.below(12) {
        0 | 1 => plan::message(id, on_fail),
        2 => plan::check(id, on_fail),
        3 => plan::ask(id, on_fail),
        4 => plan::wait(id, on_fail),
        5 => rng.of_list(&[plan::pause as fn(&str) -> PlanStep, plan::took])(id),
        _ => change_of(rng, id, on_fail),
    }
}

fn change_of(rng: &mut Rng, id: &str, on_fail: OnFail) -> PlanStep {
    let undo = match rng.below(10) {
        0 => Undo::Irreversible { reason: "caches outlive it".to_owned() },
        1..=3 => plan::guarded(),
        4 => plan::unused(),
        5 => plan::settling(),
        _ => plan::free(),
    };
    let count = usize::try_from(1 + rng.below(3)).unwrap();
    let conditional = rng.one_in(2);
    plan::change(id, on_fail, count, conditional, undo)
}
