//! An undo waits for caches: what others may still need goes only once no cache sends anybody there, and what comes
//! back is in every cache before anything rests on it. The waits are in the journal, whoever dies in between.

use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::engine::{Halt, Output};
use lifeboat::model::{Direction, End as How, Event, OnFail, Truth};

use super::{completed, go_on, staged, well};
use crate::simulator::plan::{AFTER, CACHES, change, free, plan, settling, unused};
use crate::simulator::play::{End, Fate, Stage};
use crate::simulator::world::World;

pub fn trials() -> Vec<Trial> {
    trials![
        what_others_need_goes_once_caches_have_let_go,
        what_is_needed_again_after_the_wait_stays,
        who_cannot_look_after_the_wait_waits_no_second_time,
        what_comes_back_is_in_every_cache_before_the_next_step,
        an_undo_counts_on_no_look_of_the_run,
        what_a_refused_undo_saw_counts_for_the_run,
    ]
}

fn undoing(steps: Vec<lifeboat::model::PlanStep>) -> Stage {
    let mut stage = completed(plan(steps));
    stage.approve(Direction::Undo);
    stage
}

/// When each record of the undo that fits was written.
fn times(stage: &Stage, fits: impl Fn(&Event) -> bool) -> Vec<Timestamp> {
    let undo = |event: &Event| matches!(event, Event::Started { direction: Direction::Undo, .. });
    let begun = stage.journal.iter().position(|record| undo(&record.event)).unwrap();
    let records = stage.journal[begun..].iter().filter(|record| fits(&record.event));
    records.map(|record| record.at).collect()
}

fn judged(event: &Event) -> bool {
    matches!(event, Event::Checked { truth: Truth::True, .. })
}

fn intended(event: &Event) -> bool {
    matches!(event, Event::Intended { .. })
}

/// Has every guard come out so after the first look of each step.
fn later(looks: usize, fate: Fate) -> impl FnMut(&Output, &mut World) -> Fate {
    let mut seen = 0;
    move |output, _| {
        let Output::Judge { .. } = output else { return Fate::Well };
        seen += 1;
        if seen > looks { fate } else { Fate::Well }
    }
}

fn what_others_need_goes_once_caches_have_let_go() {
    let steps = ["a-", "b-"].map(|id| change(id, OnFail::Hold, 1, false, unused()));
    let mut stage = undoing(steps.into());
    assert_eq!(go_on(&mut stage, Direction::Undo, &mut well), End::Halt(Halt::Undone));
    assert_eq!(stage.world.broken, None);
    let (looks, writes) = (times(&stage, judged), times(&stage, intended));
    let [first, second, again, more, ..] = looks[..] else { panic!("{looks:?}") };
    let [write, next] = writes[..] else { panic!("{writes:?}") };
    assert!(
        CACHES.after(second) <= again && again <= more && more <= write,
        "{looks:?} {writes:?}"
    );
    // Both were waited for at once.
    assert!(next < CACHES.after(CACHES.after(first)), "{looks:?} {writes:?}");
}

fn what_is_needed_again_after_the_wait_stays() {
    let mut stage = undoing(vec![change("a-", OnFail::Hold, 1, false, unused())]);
    let end = go_on(&mut stage, Direction::Undo, &mut later(1, Fate::Fails));
    assert!(matches!(end, End::Halt(Halt::RefusedBeforeWrite { .. })), "{end:?}");
    assert_eq!(stage.world.places["a-0"].value, AFTER);
    assert_eq!(times(&stage, intended), []);
}

fn who_cannot_look_after_the_wait_waits_no_second_time() {
    let mut stage = undoing(vec![change("a-", OnFail::Hold, 1, false, unused())]);
    let end = go_on(&mut stage, Direction::Undo, &mut later(1, Fate::Unclear));
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    let held = stage.now();
    assert_eq!(go_on(&mut stage, Direction::Undo, &mut well), End::Halt(Halt::Undone));
    let [write] = times(&stage, intended)[..] else { panic!() };
    assert!(write < CACHES.after(held), "it waited twice");
    // Who saw that it is needed waits anew.
    let mut stage = undoing(vec![change("a-", OnFail::Hold, 1, false, unused())]);
    let end = go_on(&mut stage, Direction::Undo, &mut later(0, Fate::Unclear));
    assert!(matches!(end, End::Halt(Halt::RefusedBeforeWrite { .. })), "{end:?}");
}

fn what_comes_back_is_in_every_cache_before_the_next_step() {
    let [first, last] = [("a-", free()), ("b-", settling())];
    let step = |(id, undo)| change(id, OnFail::Hold, 1, false, undo);
    let mut stage = undoing(vec![step(first), step(last)]);
    assert_eq!(go_on(&mut stage, Direction::Undo, &mut well), End::Halt(Halt::Undone));
    let landed = |event: &Event| matches!(event, Event::Settled { end: How::Landed, .. });
    let ([back, _], [_, next]) = (&times(&stage, landed)[..], &times(&stage, intended)[..]) else {
        panic!()
    };
    assert!(CACHES.after(*back) <= *next, "{back} {next}");
    assert_eq!(stage.world.broken, None);
}

/// A run that turned back, and died while it waited for caches.
fn waiting() -> Stage {
    let mut stage = staged(plan(vec![change("a-", OnFail::Undo, 1, false, unused())]));
    let mut seen = false;
    let end = go_on(&mut stage, Direction::Do, &mut |output, _| {
        seen |= matches!(output, Output::Judge { .. });
        match output {
            Output::Verify { direction: Direction::Do, .. } => Fate::Fails,
            Output::WakeAt(_) if seen => Fate::CrashBefore,
            _ => Fate::Well,
        }
    });
    assert_eq!(end, End::Crash);
    assert_eq!(stage.world.places["a-0"].value, AFTER);
    stage
}

/// When a process first found the guard so, and when it first wrote.
fn looked_and_wrote(stage: &Stage, from: usize) -> (Timestamp, Timestamp) {
    let first = |fits: fn(&Event) -> bool| {
        stage.journal[from..].iter().find(|record| fits(&record.event)).unwrap().at
    };
    (first(judged), first(intended))
}

fn an_undo_counts_on_no_look_of_the_run() {
    let mut stage = waiting();
    stage.world.now += 2 * CACHES.as_millis();
    stage.approve(Direction::Undo);
    let from = stage.journal.len();
    assert_eq!(go_on(&mut stage, Direction::Undo, &mut well), End::Halt(Halt::Undone));
    let (looked, wrote) = looked_and_wrote(&stage, from);
    assert!(CACHES.after(looked) <= wrote, "{looked} {wrote}");
}

fn what_a_refused_undo_saw_counts_for_the_run() {
    let mut stage = waiting();
    stage.approve(Direction::Undo);
    let end = go_on(&mut stage, Direction::Undo, &mut later(0, Fate::Fails));
    assert!(matches!(end, End::Halt(Halt::RefusedBeforeWrite { .. })), "{end:?}");
    stage.world.now += 2 * CACHES.as_millis();
    let from = stage.journal.len();
    let approved = stage.take_up();
    stage.process(approved, &mut well);
    let (looked, wrote) = looked_and_wrote(&stage, from);
    assert!(CACHES.after(looked) <= wrote, "{looked} {wrote}");
}
