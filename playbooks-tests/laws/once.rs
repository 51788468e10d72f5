//! Law 3: what is ensured twice equals what is ensured once; what is told is told at most once, or parked as
//! unknown.

use libtest_mimic::Trial;
use lifeboat::engine::{Halt, Output};
use lifeboat::model::{Delivery, Direction, Event, OnFail};

use super::{completed, go_on, outputs, staged, well};
use crate::simulator::plan::{AFTER, change, free, message, plan};
use crate::simulator::play::{End, Fate, Stage};

pub fn trials() -> Vec<Trial> {
    trials![
        what_is_so_already_is_not_written,
        a_plan_run_twice_writes_once,
        a_message_in_doubt_is_never_sent_again,
        a_message_known_to_have_failed_is_sent_again,
    ]
}

fn what_is_so_already_is_not_written() {
    let mut stage = staged(plan(vec![change("a-", OnFail::Hold, 2, false, free())]));
    stage.world.drift("a-0", AFTER);
    assert_eq!(go_on(&mut stage, Direction::Do, &mut well), End::Halt(Halt::Completed));
    assert_eq!(stage.world.landed, [("a-1".to_owned(), AFTER)]);
    // What somebody else had put there is not ours to take away; that it stays is said, not hidden.
    stage.approve(Direction::Undo);
    let end = go_on(&mut stage, Direction::Undo, &mut well);
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    assert_eq!(stage.world.places["a-0"].value, AFTER);
    assert_eq!(stage.world.landed.len(), 2);
}

fn a_plan_run_twice_writes_once() {
    let mut stage = completed(plan(vec![change("a-", OnFail::Hold, 2, false, free())]));
    stage.approve(Direction::Do);
    let approved = stage.find(Direction::Do);
    assert_eq!(stage.process(approved, &mut well), End::Halt(Halt::Completed));
    assert_eq!(stage.world.landed.len(), 2);
}

fn told(stage: &Stage) -> Vec<Delivery> {
    let each = stage.journal.iter().filter_map(|record| match record.event {
        Event::Told { delivery, .. } => Some(delivery),
        _ => None,
    });
    each.collect()
}

fn a_message_in_doubt_is_never_sent_again() {
    for on_fail in [OnFail::Continue, OnFail::Hold] {
        let ready = || staged(plan(vec![message("say-", on_fail)]));
        let kinds = outputs(&mut ready(), Direction::Do);
        let deliveries = (0..kinds.len()).filter(|at| kinds[*at] == "deliver");
        for index in deliveries {
            for fate in [Fate::CrashBefore, Fate::CrashAfter, Fate::LostDone, Fate::LostDropped] {
                let mut stage = ready();
                let mut end = go_on(&mut stage, Direction::Do, &mut super::only(index, fate));
                for _ in 0..3 {
                    if end == End::Halt(Halt::Completed) {
                        break;
                    }
                    end = go_on(&mut stage, Direction::Do, &mut well);
                }
                let place = format!("{on_fail:?}, {fate:?} at {index}");
                assert_eq!(end, End::Halt(Halt::Completed), "{place}");
                assert_eq!(stage.world.broken, None, "{place}");
                let unknown = told(&stage).iter().filter(|it| **it == Delivery::Unknown).count();
                assert_eq!((told(&stage).len(), unknown), (3, 1), "{place}");
                assert!(stage.world.delivered.values().all(|times| *times == 1), "{place}");
            }
        }
    }
}

fn a_message_known_to_have_failed_is_sent_again() {
    let mut stage = staged(plan(vec![message("say-", OnFail::Hold)]));
    let end = go_on(&mut stage, Direction::Do, &mut |output, _| match output {
        Output::Deliver { channel, .. } if *channel == "team" => Fate::Fails,
        _ => Fate::Well,
    });
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    assert_eq!(go_on(&mut stage, Direction::Do, &mut well), End::Halt(Halt::Completed));
    assert_eq!(stage.world.delivered.len(), 3);
    assert!(stage.world.delivered.values().all(|times| *times == 1));
}
