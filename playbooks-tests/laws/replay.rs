//! Law 1: replaying a journal equals living it, and every prefix is a state from which the next record is
//! admissible. So whoever is killed anywhere ends, once resumed, where an uninterrupted run would.

use libtest_mimic::Trial;
use lifeboat::engine::Halt;
use lifeboat::journal::RunState;
use lifeboat::model::{Delivery, Direction, End as How, Event, Id, OnFail, Outcome, Proven};

use super::{completed, every_kind, go_on, only, outputs, staged, well};
use crate::simulator::plan::{at, change, free, plan, settling, unused};
use crate::simulator::play::{End, Fate, Stage};

pub fn trials() -> Vec<Trial> {
    trials![
        killed_anywhere_a_run_ends_where_it_would_have,
        killed_anywhere_an_undo_ends_where_it_would_have,
        killed_anywhere_an_undo_that_waits_for_caches_ends_where_it_would_have,
        every_prefix_opens_and_ends_well,
        what_does_not_follow_is_refused,
        a_journal_of_two_plans_folds_each_apart,
        a8_taken_up_three_times_in_vain_it_is_parked,
    ]
}

/// The ways to die at an output of a kind.
fn deaths(kind: &str) -> Vec<Fate> {
    let mut deaths = vec![Fate::CrashBefore, Fate::CrashAfter];
    if kind == "write" {
        deaths.extend([Fate::CrashFlying(0), Fate::CrashFlying(3_000), Fate::CrashFlying(6_900)]);
    }
    deaths
}

fn sweep(ready: &dyn Fn() -> Stage, toward: Direction, halt: &Halt) {
    let mut reference = ready();
    let kinds = outputs(&mut reference, toward);
    assert!(kinds.contains(&"write"), "a sweep without an effect proves nothing: {kinds:?}");
    let mut killed = 0;
    for (index, kind) in kinds.iter().enumerate().filter(|(_, kind)| **kind != "halt") {
        for death in deaths(kind) {
            let mut stage = ready();
            let place = format!("killed ({death:?}) at output {index}, `{kind}`");
            assert_eq!(go_on(&mut stage, toward, &mut only(index, death)), End::Crash, "{place}");
            killed += 1;
            stage.world.now += 100;
            // It may have died after its last record: then nothing is left to take up.
            if !matches!(stage.journal.last().unwrap().event, Event::Finished { .. }) {
                let end = go_on(&mut stage, toward, &mut well);
                assert_eq!(end, End::Halt(halt.clone()), "{place}");
            }
            assert_eq!(stage.world.broken, None, "{place}");
            assert_eq!(stage.world.landed, reference.world.landed, "{place}");
        }
    }
    assert!(killed > kinds.len(), "only {killed} kills");
}

fn killed_anywhere_a_run_ends_where_it_would_have() {
    sweep(&|| staged(every_kind(OnFail::Hold)), Direction::Do, &Halt::Completed);
}

fn killed_anywhere_an_undo_ends_where_it_would_have() {
    let ready = || {
        let mut stage = completed(every_kind(OnFail::Hold));
        stage.approve(Direction::Undo);
        stage
    };
    sweep(&ready, Direction::Undo, &Halt::Undone);
}

fn killed_anywhere_an_undo_that_waits_for_caches_ends_where_it_would_have() {
    let steps = || {
        let undo = [("a-", free()), ("b-", unused()), ("c-", settling()), ("d-", unused())];
        undo.map(|(id, undo)| change(id, OnFail::Hold, 1, false, undo)).into()
    };
    let ready = || {
        let mut stage = completed(plan(steps()));
        stage.approve(Direction::Undo);
        stage
    };
    sweep(&ready, Direction::Undo, &Halt::Undone);
}

fn every_prefix_opens_and_ends_well() {
    let whole = completed(every_kind(OnFail::Hold));
    let plan = whole.plan.clone();
    let living = whole.state();
    let mut state = RunState::new(&plan, &whole.digest);
    for record in &whole.journal {
        state.take(&record.event, record.at).unwrap();
    }
    assert_eq!(state, living);
    for length in 0..=whole.journal.len() {
        RunState::fold(&plan, &whole.digest, &whole.journal[..length]).unwrap();
    }
}

/// Returns a journal cut before its first record of a kind.
fn until(stage: &Stage, fits: impl Fn(&Event) -> bool) -> RunState {
    let length = stage.journal.iter().position(|record| fits(&record.event)).unwrap();
    RunState::fold(&stage.plan, &stage.digest, &stage.journal[..length]).unwrap()
}

fn intended(step: &str, change: u32, direction: Direction) -> Event {
    let (key, lands_by) = (String::new(), at(1));
    Event::Intended { step: Id::from(step), change, direction, key, lands_by }
}

fn settled(step: &str, change: u32, direction: Direction, end: How) -> Event {
    Event::Settled { step: Id::from(step), change, direction, end, because: String::new() }
}

fn refuses(state: &RunState, event: &Event) {
    let taken = state.clone().take(event, at(1));
    assert!(taken.is_err(), "{event:?} was taken in {:?}", state.standing);
}

fn what_does_not_follow_is_refused() {
    let stage = completed(every_kind(OnFail::Hold));
    let digest = stage.digest.clone();
    let fresh = RunState::new(&stage.plan, &digest);
    let resumed = Event::Resumed { digest: digest.clone() };
    refuses(&fresh, &resumed);
    refuses(&fresh, &Event::Started { digest: digest.clone(), direction: Direction::Undo });

    let moving = until(&stage, |event| matches!(event, Event::Intended { .. }));
    let finished = |outcome| Event::Finished { digest: digest.clone(), outcome };
    for event in [
        Event::Started { digest: digest.clone(), direction: Direction::Do },
        intended("move-", 1, Direction::Do),
        intended("move-", 0, Direction::Undo),
        intended("move-", 7, Direction::Do),
        intended("fleet-", 0, Direction::Do),
        intended("nowhere-", 0, Direction::Do),
        settled("move-", 0, Direction::Do, How::Absent),
        settled("move-", 0, Direction::Undo, How::Refused),
        finished(Outcome::Completed),
        finished(Outcome::Undone),
        finished(Outcome::Held),
        Event::WentOn { step: Id::from("move-"), because: String::new() },
        Event::TurnedBack { step: Id::from("fleet-"), because: String::new() },
        Event::Answered { step: Id::from("move-"), answer: String::new(), by: String::new() },
        Event::Verified {
            step: Id::from("move-"),
            direction: Direction::Do,
            outcome: Proven::Yes,
            because: String::new(),
        },
    ] {
        refuses(&moving, &event);
    }

    let doubted = until(&stage, |event| matches!(event, Event::Settled { .. }));
    refuses(&doubted, &intended("move-", 0, Direction::Do));
    refuses(&doubted, &settled("move-", 1, Direction::Do, How::Landed));
    refuses(&doubted, &settled("move-", 0, Direction::Undo, How::Landed));
    refuses(&doubted, &finished(Outcome::Refused));

    let told = until(&stage, |event| matches!(event, Event::Telling { .. }));
    refuses(
        &told,
        &Event::Told {
            step: Id::from("say-"),
            channel: Id::from("page"),
            language: "en".to_owned(),
            delivery: Delivery::Delivered,
            because: String::new(),
        },
    );
    let over = stage.state();
    refuses(&over, &resumed);
    refuses(
        &over,
        &Event::Held {
            step: Id::from("move-"),
            because: String::new(),
            left: Vec::new(),
            who: None,
        },
    );

    // An undo goes from the last write to the first.
    let mut back = over;
    back.take(&Event::Started { digest, direction: Direction::Undo }, at(1)).unwrap();
    refuses(&back, &intended("move-", 1, Direction::Undo));
    back.clone().take(&intended("fleet-", 0, Direction::Undo), at(1)).unwrap();
}

fn a_journal_of_two_plans_folds_each_apart() {
    let first = completed(every_kind(OnFail::Hold));
    let mut other = every_kind(OnFail::Hold);
    other.phase = lifeboat::model::Phase::Recovery;
    let second = completed(other);
    let mut both = first.journal.clone();
    both.extend(second.journal[1..].iter().cloned());
    let fold = |stage: &Stage| RunState::fold(&stage.plan, &stage.digest, &both).unwrap().steps;
    assert_eq!(fold(&first), first.state().steps);
    assert_eq!(fold(&second), second.state().steps);
}

fn a8_taken_up_three_times_in_vain_it_is_parked() {
    let mut stage = staged(every_kind(OnFail::Hold));
    for _ in 0..4 {
        // Its second output is the first after it was begun or taken up.
        let end = go_on(&mut stage, Direction::Do, &mut only(1, Fate::CrashBefore));
        assert_eq!(end, End::Crash);
    }
    let end = go_on(&mut stage, Direction::Do, &mut well);
    let End::Halt(Halt::Parked { step, .. }) = end else { panic!("not parked: {end:?}") };
    assert_eq!(step, Id::from("say-"));
    assert_eq!(stage.world.landed, []);
    let end = go_on(&mut stage, Direction::Do, &mut well);
    assert_eq!(end, End::Halt(Halt::Completed), "a person's `resume` goes on");
}
