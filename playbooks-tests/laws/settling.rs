//! Nothing is read back before it can no longer land, whoever reads and whatever the clock says; and what a service
//! puts off waits, also across a crash.

use libtest_mimic::Trial;
use lifeboat::engine::{Halt, LEEWAY, Output};
use lifeboat::model::{Direction, Event, OnFail};

use super::{completed, go_on, staged, well};
use crate::simulator::plan::{AFTER, BEFORE, SETTLE, TIMEOUT, change, free, plan};
use crate::simulator::play::{End, Fate, Stage};
use crate::simulator::world::World;

pub fn trials() -> Vec<Trial> {
    trials![
        a4_nothing_is_read_back_before_it_can_no_longer_land,
        a4_a_resumed_undo_reads_back_no_earlier,
        what_is_put_off_waits_also_after_a_crash,
        what_is_put_off_for_too_long_is_clamped_and_tried_three_times,
        nothing_that_happened_lies_in_the_future,
    ]
}

/// How the clock is set while nobody runs the plan, in milliseconds.
const JUMPS: [i64; 5] = [0, -3_600_000, 3_600_000, -864_000_000, 864_000_000];

/// A plan with one change, at a service that checks nothing.
fn one() -> Stage {
    staged(plan(vec![change("a-", OnFail::Hold, 1, false, free())]))
}

/// The latest moment at which a request may land.
const LAST: u64 = TIMEOUT + SETTLE - 1;

/// Kills a process with its write in flight, sets the clock, lets another one take the run up, and tells how long
/// that one took, in milliseconds.
fn killed_in_flight(stage: &mut Stage, toward: Direction, jump: i64, taken_over: bool) -> u64 {
    let mut dies = |output: &Output, _: &mut World| match output {
        Output::Write { .. } => Fate::CrashFlying(LAST),
        _ => Fate::Well,
    };
    assert_eq!(go_on(stage, toward, &mut dies), End::Crash);
    stage.world.set_clock(jump);
    if taken_over {
        let (by, from) = ("berta".to_owned(), "anna".to_owned());
        stage.note(Event::TakenOver { by, from, reason: "she is gone".to_owned() });
    }
    let began = stage.world.now;
    let approved = stage.take_up();
    let mut looked = None;
    let end = stage.process(approved, &mut |output, world| {
        if looked.is_none() && matches!(output, Output::Read(_)) {
            looked = Some(world.now);
        }
        Fate::Well
    });
    let halt = if toward == Direction::Do { Halt::Completed } else { Halt::Undone };
    let place = format!("{toward:?}, clock set by {jump}, taken over: {taken_over}");
    assert_eq!(end, End::Halt(halt), "{place}");
    assert_eq!(stage.world.broken, None, "{place}");
    looked.unwrap() - began
}

fn holds(toward: Direction, ready: &dyn Fn() -> Stage, wanted: u32, landed: usize) {
    let most = TIMEOUT + SETTLE + LEEWAY.as_millis() + 100;
    let (mut least_seen, mut most_seen) = (u64::MAX, 0);
    for (jump, taken_over) in JUMPS.into_iter().flat_map(|jump| [(jump, false), (jump, true)]) {
        let mut stage = ready();
        let took = killed_in_flight(&mut stage, toward, jump, taken_over);
        (least_seen, most_seen) = (least_seen.min(took), most_seen.max(took));
        let place = format!("{toward:?}, clock set by {jump}, taken over: {taken_over}");
        assert!(took > LAST, "{place}: read back after {took} ms, it may land until {LAST}");
        assert!(took <= most, "{place}: waited {took} ms, {most} are enough");
        assert_eq!(stage.world.places["a-0"].value, wanted, "{place}");
        assert_eq!(stage.world.landed.len(), landed, "{place}: once");
    }
    eprintln!("A4: {toward:?}: read back {least_seen} to {most_seen} ms after it was taken up");
}

fn a4_nothing_is_read_back_before_it_can_no_longer_land() {
    holds(Direction::Do, &one, AFTER, 1);
}

fn a4_a_resumed_undo_reads_back_no_earlier() {
    let ready = || {
        let mut stage = completed(plan(vec![change("a-", OnFail::Hold, 1, false, free())]));
        stage.approve(Direction::Undo);
        stage
    };
    holds(Direction::Undo, &ready, BEFORE, 2);
}

fn what_is_put_off_waits_also_after_a_crash() {
    for jump in JUMPS {
        let mut stage = one();
        let mut put_off = |output: &Output, _: &mut World| match output {
            Output::Write { .. } => Fate::Busy(30_000),
            Output::WakeAt(_) => Fate::CrashBefore,
            _ => Fate::Well,
        };
        assert_eq!(go_on(&mut stage, Direction::Do, &mut put_off), End::Crash);
        stage.world.set_clock(jump);
        let began = stage.world.now;
        assert_eq!(go_on(&mut stage, Direction::Do, &mut well), End::Halt(Halt::Completed));
        let took = stage.world.now - began;
        // Set forward, the time is over sooner by the only clock there is; asking early does no harm.
        let least = if jump > 0 { 0 } else { 30_000 };
        assert!((least..32_000).contains(&took), "clock set by {jump}: {took} ms");
        assert_eq!(stage.world.broken, None);
    }
}

fn what_is_put_off_for_too_long_is_clamped_and_tried_three_times() {
    let mut stage = one();
    let mut put_off = |output: &Output, _: &mut World| match output {
        Output::Write { .. } => Fate::Busy(86_400_000),
        _ => Fate::Well,
    };
    let end = go_on(&mut stage, Direction::Do, &mut put_off);
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    let kinds = stage.journal.iter().filter(|it| matches!(it.event, Event::Deferred { .. }));
    assert_eq!(kinds.count(), 3);
    assert!(stage.world.now < 2 * 600_000 + 1_000, "took {} ms", stage.world.now);
}

/// A wait, and a proof that is not there yet, take no longer because the clock was set back meanwhile.
fn nothing_that_happened_lies_in_the_future() {
    let steps = || {
        let pause = crate::simulator::plan::pause("rest-");
        vec![pause, change("a-", OnFail::Hold, 1, false, free())]
    };
    for kind in ["wake-at", "verify"] {
        let mut stage = Stage::new(plan(steps()));
        stage.world.set_clock(3_000_000);
        stage.approve(Direction::Do);
        let mut dies = |output: &Output, _: &mut World| {
            if crate::simulator::fate::kind(output) == kind {
                Fate::CrashBefore
            } else {
                Fate::Well
            }
        };
        assert_eq!(go_on(&mut stage, Direction::Do, &mut dies), End::Crash);
        stage.world.set_clock(-6_000_000);
        let began = stage.world.now;
        let mut unseen = |output: &Output, _: &mut World| match output {
            Output::Verify { .. } => Fate::Unclear,
            _ => Fate::Well,
        };
        go_on(&mut stage, Direction::Do, &mut unseen);
        let took = stage.world.now - began;
        assert!(took < 120_000, "{kind}: {took} ms");
    }
}
