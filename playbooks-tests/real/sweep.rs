//! The kill sweep: a reference run on real servers is ended at every call of the kernel that it makes, and taken up.
//!
//! The run is approved and begun beforehand and taken up by `resume`, on one thread, so that it makes the same calls
//! each time. What it changes is counted in the servers' own books, never in the journal.

mod case;
mod disk;
mod ground;
pub mod journal;
mod late;
mod lost;
mod naive;
mod runbook;
mod sets;
mod signers;
mod slot;
mod subject;
mod tally;
mod trace;

pub use naive::child as naive_child;

use crate::real::tap::Fate;
use case::{Course, Engine, Fault};
use ground::Ground;
use late::Kill;
use libtest_mimic::Trial;
use signers::Signers;
use slot::Slot;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use subject::Held;
use tally::{Tally, each};
use trace::Boundary;

/// Returns the trials of the sweep.
pub fn trials() -> Vec<Trial> {
    trials![
        a1_killed_anywhere_a_resumed_run_ends_alike,
        a1_killed_anywhere_record_sets_end_alike,
        a1_killed_anywhere_keys_end_alike,
        a1_a_naive_engine_fails_the_same_sweep,
        a2_killed_anywhere_an_undo_ends_alike,
        a2_killed_anywhere_record_sets_are_put_back_alike,
        a2_killed_anywhere_a_run_that_turned_back_ends_alike,
        a4_what_lands_after_the_kill_is_not_done_again,
        a5_a_lost_reply_is_unknown_and_is_read_back_first,
        a7_sweep_a_failing_disk_lets_nothing_out_without_its_record,
    ]
}

static WHOLE: AtomicBool = AtomicBool::new(false);

/// Takes every case instead of an even sample.
pub fn whole() {
    WHOLE.store(true, Ordering::Relaxed);
}

/// How many cases are played at a time; most of them wait until a write can no longer land.
const SLOTS: u8 = 16;

/// The same of record sets, of which each slot has more to begin with.
const SLOTS_OF_SETS: u8 = 8;

/// How long after a time-out a write may still land, where a sweep does not need it longer.
const SETTLE: &str = "500ms";

/// The place of the delegation at the Knot among the subjects of the reference run.
const KNOT: usize = 1;

/// How many boundaries of a sample fall after each request has left and before its outcome is written down.
const IN_DOUBT: usize = 9;

/// How often more kills are made where too few fell after a request had left.
const MORE: usize = 4;

/// What a write that lands at the last moment keeps from it: the time that its way takes.
const MARGIN: Duration = Duration::from_millis(300);

/// Takes an even sample of so many, or all.
fn sample<T: Clone>(all: &[T], size: usize) -> Vec<T> {
    if WHOLE.load(Ordering::Relaxed) || all.len() <= size {
        return all.to_vec();
    }
    (0..size).map(|at| all[at * all.len() / size].clone()).collect()
}

/// Makes the slots, and each one's state, all at a time.
fn slots<'g>(ground: &'g Ground, count: u8, make: impl Fn(&Slot<'g>) + Sync) -> Vec<Slot<'g>> {
    made(count, |number| {
        let slot = ground.slot(number);
        make(&slot);
        slot
    })
}

/// Makes so many slots, all at a time.
fn made<'g>(count: u8, make: impl Fn(u8) -> Slot<'g> + Sync) -> Vec<Slot<'g>> {
    thread::scope(|scope| {
        let make = &make;
        let slot = |number| scope.spawn(move || make(number));
        let slots: Vec<_> = (0..count).map(slot).collect();
        slots.into_iter().map(|slot| slot.join().unwrap()).collect()
    })
}

/// Begins the reference run: approved, begun, and killed before its first step.
fn begin(slot: &Slot<'_>) {
    begin_of(slot, runbook::REFERENCE);
}

/// Begins the run of a runbook.
fn begin_of(slot: &Slot<'_>, runbook: &str) {
    let pinned = slot.pin(runbook);
    // Its lines are the approval and the beginning; the third is the first intent.
    slot.begin(&["run", pinned.short()], &pinned, 3);
    slot.keep("begun");
}

/// Begins an undo of the whole reference run.
fn begin_undo(slot: &Slot<'_>) {
    begin_undo_of(slot, runbook::REFERENCE);
}

/// Begins an undo of the whole run of a runbook.
fn begin_undo_of(slot: &Slot<'_>, runbook: &str) {
    let pinned = slot.pin(runbook);
    slot.begin(&["run", pinned.short()], &pinned, 3);
    slot.call(&["resume"]).run().code(0);
    slot.begin(&["undo"], &pinned, 3);
    slot.keep("undoing");
}

/// The reference run: every subject is moved, and a message is told.
fn forth(slots: &[Slot<'_>]) -> Course {
    Course {
        engine: Engine::Lifeboat,
        kept: "begun",
        direction: "do",
        moving: (0..slots[0].subjects.len()).collect(),
        from: Held::Before,
        to: Held::After,
        rest: Held::Before,
        code: 0,
        refused: 6,
        messages: 1,
    }
}

/// Its undo: every subject is put back, the last one first.
fn back(slots: &[Slot<'_>]) -> Course {
    let forth = forth(slots);
    let moving = forth.moving.iter().rev().copied().collect();
    let (kept, direction) = ("undoing", "undo");
    Course { kept, direction, moving, from: Held::After, to: Held::Before, messages: 0, ..forth }
}

/// Traces a course that nobody disturbs; a call that not every one of three runs makes is no boundary.
fn boundaries(slot: &Slot<'_>, course: &Course) -> Vec<Boundary> {
    let mut runs = (0..3).map(|_| {
        course.restore(slot);
        trace::boundaries(slot, course.call(slot), course.code)
    });
    let mut all = runs.next().unwrap();
    runs.for_each(|run| {
        all.retain(|it| run.iter().any(|other| (&it.call, it.k) == (&other.call, other.k)))
    });
    eprintln!("undisturbed, it makes {} calls from the journal's opening on", all.len());
    all
}

/// Sweeps an even sample of all boundaries, and one of those at which each request has just left.
fn swept(slots: &[Slot<'_>], course: &Course, size: usize) -> Tally {
    let all = boundaries(&slots[0], course);
    let mut cases = sample(&all, size);
    cases.extend(in_doubt(&all).into_iter().filter(|it| !cases.contains(it)).collect::<Vec<_>>());
    let mut tally = Tally::new(course);
    tally.sweep(slots, course, &cases);
    tally
}

/// Sweeps as [`swept`] does, and kills more after each request after which too few kills fell.
///
/// Where a run makes its calls depends on how busy the machine is: these are at the calls of a run that is traced anew.
fn filled(slots: &[Slot<'_>], course: &Course, size: usize) -> Tally {
    let mut tally = swept(slots, course, size);
    for _ in 0..MORE {
        if tally.lacking().is_empty() {
            break;
        }
        eprintln!("too few kills after the requests of {:?}: some more", tally.lacking());
        course.restore(&slots[0]);
        let all = trace::boundaries(&slots[0], course.call(&slots[0]), course.code);
        tally.sweep_more(slots, course, &in_doubt(&all));
    }
    tally
}

/// Takes a sample of the boundaries at which each request has just left; of more requests, a smaller one of each.
fn in_doubt(all: &[Boundary]) -> Vec<Boundary> {
    let left = trace::doubtful(all);
    let each = IN_DOUBT.min(3 * IN_DOUBT / left.len().max(1));
    left.into_iter().flat_map(|left| sample(left, each)).collect()
}

fn a1_killed_anywhere_a_resumed_run_ends_alike() {
    let ground = Ground::start(SLOTS, SETTLE);
    let slots = slots(&ground, SLOTS, begin);
    let tally = filled(&slots, &forth(&slots), 27);
    tally.print("A1");
    tally.holds();
}

/// The slots of record sets, each begun.
fn slots_of_sets<'g>(ground: &'g Ground, begin: impl Fn(&Slot<'g>, &str) + Sync) -> Vec<Slot<'g>> {
    made(SLOTS_OF_SETS, |number| {
        let slot = ground.slot_of_sets(number);
        begin(&slot, sets::RUNBOOK);
        slot
    })
}

fn a1_killed_anywhere_record_sets_end_alike() {
    let ground = Ground::start(SLOTS_OF_SETS, SETTLE).with_sets(SLOTS_OF_SETS);
    let slots = slots_of_sets(&ground, begin_of);
    let tally = filled(&slots, &Course { messages: 0, ..forth(&slots) }, 10);
    tally.print("A1, record sets");
    tally.holds();
}

fn a1_killed_anywhere_keys_end_alike() {
    let signers = Signers::start(SLOTS_OF_SETS, SETTLE);
    let slots = made(SLOTS_OF_SETS, |number| {
        let slot = signers.slot(number);
        begin_of(&slot, signers::RUNBOOK);
        slot
    });
    let tally = filled(&slots, &Course { messages: 0, ..forth(&slots) }, 10);
    tally.print("A1, keys");
    tally.holds();
}

fn a1_a_naive_engine_fails_the_same_sweep() {
    let ground = Ground::start(4, SETTLE);
    let slots = slots(&ground, 4, begin);
    let tally = swept(&slots, &Course { engine: Engine::Naive, ..forth(&slots) }, 30);
    tally.print("A1, a naive engine");
    assert_eq!(tally.fired, tally.boundaries, "kills and boundaries");
    for fault in [Fault::Doubled, Fault::Overwritten, Fault::Repeated] {
        assert!(tally.count(fault) > 0, "{fault:?} went unseen: {:?}", tally.faults);
    }
}

fn a2_killed_anywhere_an_undo_ends_alike() {
    let ground = Ground::start(SLOTS, SETTLE);
    let slots = slots(&ground, SLOTS, begin_undo);
    let tally = filled(&slots, &back(&slots), 27);
    tally.print("A2, an undo");
    tally.holds();
}

fn a2_killed_anywhere_record_sets_are_put_back_alike() {
    let ground = Ground::start(SLOTS_OF_SETS, SETTLE).with_sets(SLOTS_OF_SETS);
    let slots = slots_of_sets(&ground, begin_undo_of);
    let tally = filled(&slots, &back(&slots), 10);
    tally.print("A2, record sets");
    tally.holds();
}

fn a2_killed_anywhere_a_run_that_turned_back_ends_alike() {
    let ground = Ground::start(SLOTS, SETTLE);
    let slots = slots(&ground, SLOTS, Slot::turn);
    let rest = Held::After;
    let (kept, messages, code) = ("turned", 0, 8);
    let course = Course { kept, moving: vec![0], rest, messages, code, refused: 8, ..back(&slots) };
    let tally = filled(&slots, &course, 24);
    tally.print("A2, turned back");
    tally.holds();
}

fn a4_what_lands_after_the_kill_is_not_done_again() {
    let ground = Ground::start(SLOTS, "5s");
    let slots = slots(&ground, SLOTS, begin);
    let course = forth(&slots);
    let latenesses = [0, 500, 1_000, 2_000, 5_000].map(Duration::from_millis);
    // Without a kill it gives up, and what it gave up lands as late as the service declares.
    let given_up = latenesses[1..].iter().map(|late| (Kill::Never, late::REQUEST + *late - MARGIN));
    let subjects = 0..course.moving.len();
    let arrived = subjects.flat_map(|at| latenesses.map(|late| (Kill::Arrived(at), late)));
    let all = boundaries(&slots[0], &course);
    let doubtful: Vec<Boundary> = trace::doubtful(&all).concat();
    let doubtful = sample(&doubtful, 10);
    let killed = doubtful.into_iter().zip(latenesses.into_iter().cycle());
    let killed = killed.map(|(boundary, late)| (Kill::At(boundary), late));
    let cases: Vec<_> = given_up.chain(arrived).chain(killed).collect();
    let landed = each(&slots, &cases, |slot, (kill, lateness), _| {
        late::land(slot, &course, kill, *lateness)
    });
    // The knot checks what was there before.
    let overtaken = each(&slots, &latenesses[2..], |slot, lateness, _| {
        late::overtake(slot, &course, KNOT, *lateness)
    });
    let kept = overtaken.iter().filter(|case| case.late && case.faults.is_empty()).count();
    eprintln!(
        "A4: {kept} of {} third values outlive a write that lands after them",
        overtaken.len()
    );
    let landed: Vec<late::Landed> = landed.into_iter().chain(overtaken).collect();
    let late = landed.iter().filter(|landed| landed.late).count();
    let faults: Vec<&String> = landed.iter().flat_map(|landed| &landed.faults).collect();
    eprintln!(
        "A4: {} cases, {late} of them with a write that landed after its sender was gone or had given it up, \
         {} doubled, lost or overwritten",
        landed.len(),
        faults.len()
    );
    assert!(faults.is_empty(), "{faults:#?}");
    let least = latenesses.len() * course.moving.len();
    assert!(late >= least && kept > 0, "{late} of {} were late, not {least}", landed.len());
}

fn a5_a_lost_reply_is_unknown_and_is_read_back_first() {
    let ground = Ground::start(6, SETTLE);
    let slots = slots(&ground, 6, begin);
    let course = forth(&slots);
    let fates = [Fate::AppliedThenReset, Fate::DroppedThenReset];
    let cases: Vec<(usize, Fate)> =
        (0..course.moving.len()).flat_map(|at| fates.map(|fate| (at, fate))).collect();
    each(&slots, &cases, |slot, (at, fate), _| lost::lose(slot, &course, *at, *fate));
    eprintln!("A5: {} lost replies, each unknown and read back before anything else", cases.len());
}

fn a7_sweep_a_failing_disk_lets_nothing_out_without_its_record() {
    let ground = Ground::start(SLOTS, SETTLE);
    let slots = slots(&ground, SLOTS, begin);
    let course = forth(&slots);
    let writes = disk::writes(&boundaries(&slots[0], &course));
    let all: Vec<(Boundary, &str)> = writes
        .iter()
        .flat_map(|it| ["EIO", "ENOSPC", "EDQUOT"].map(|error| (it.clone(), error)))
        .collect();
    let cases = sample(&all, 40);
    let failed = each(&slots, &cases, |slot, (boundary, error), _| {
        disk::fail(slot, &course, boundary, error)
    });
    let stopped = failed.iter().filter(|failed| failed.code != 0).count();
    let faults: Vec<&String> = failed.iter().flat_map(|failed| &failed.faults).collect();
    eprintln!(
        "A7: {} writes in a run, {} failures, {stopped} runs stopped by one, {} faults",
        writes.len(),
        cases.len(),
        faults.len()
    );
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(
        stopped * 5 > cases.len(),
        "{stopped} of {} stopped: the disk did not fail",
        cases.len()
    );
}
