//! Law 2: failing at any step leaves the world as it was, or in a named held state with what is left. An undo
//! never moves back onto something not known to be good; words that fail never undo a repair.

use libtest_mimic::Trial;
use lifeboat::engine::{Approved, Halt, NotApproved, Output};
use lifeboat::model::{Direction, Event, Id, OnFail, Proven};

use super::{completed, every_kind, go_on, only, outputs, staged, well};
use crate::simulator::fate::kind;
use crate::simulator::plan::{AFTER, BEFORE, FOREIGN, change, free, guarded, message, plan};
use crate::simulator::play::{End, Fate, Stage};
use crate::simulator::world::World;

pub fn trials() -> Vec<Trial> {
    trials![
        failing_once_at_any_output_ends_in_a_named_state,
        failing_for_good_at_any_output_ends_in_a_named_state,
        drift_before_the_first_write_refuses_the_plan,
        drift_after_a_write_holds_and_keeps_their_value,
        an_unreadable_target_holds_and_resume_finishes,
        a_verify_that_never_passes_turns_back_or_holds,
        what_was_proven_is_not_undone_by_a_later_failure,
        words_that_fail_undo_nothing,
        an_undo_is_refused_while_nobody_knows,
        an_undo_that_finds_drift_keeps_it,
        a5_a_lost_reply_is_unknown_until_it_is_read_back,
        a_dropped_write_is_tried_three_times,
        a_stop_comes_before_the_next_effect,
    ]
}

fn value(stage: &Stage, target: &str) -> u32 {
    stage.world.places[target].value
}

fn holds_event(stage: &Stage, fits: impl Fn(&Event) -> bool) -> bool {
    stage.journal.iter().any(|record| fits(&record.event))
}

/// Every end is one that the law names.
fn is_lawful(stage: &Stage, end: &End, place: &str) {
    assert_eq!(stage.world.broken, None, "{place}");
    let values: Vec<u32> = stage.world.places.values().map(|place| place.value).collect();
    assert!(values.iter().all(|v| [BEFORE, AFTER].contains(v)), "{place}: {values:?}");
    let End::Halt(halt) = end else { panic!("{place}: a crash") };
    match halt {
        Halt::Undone => assert!(values.iter().all(|v| *v == BEFORE), "{place}: {values:?}"),
        Halt::RefusedBeforeWrite { .. } => assert_eq!(stage.world.landed, [], "{place}"),
        Halt::Held { left, because, .. } => {
            assert!(!because.is_empty(), "{place}");
            let turned = holds_event(stage, |event| matches!(event, Event::TurnedBack { .. }));
            assert!(!left.is_empty() || turned, "{place}: nothing is left");
        }
        Halt::Completed | Halt::Waiting { .. } | Halt::NobodyAsked { .. } => {}
        Halt::NoJournal(_) => {}
        Halt::Stopped { .. } | Halt::TakenOver { .. } | Halt::Parked { .. } | Halt::Defect(_) => {
            panic!("{place}: {halt:?}")
        }
    }
}

const FAILURES: [Fate; 5] =
    [Fate::Fails, Fate::Unclear, Fate::LostDropped, Fate::LostDone, Fate::Nobody];

fn failing_once_at_any_output_ends_in_a_named_state() {
    for on_fail in [OnFail::Hold, OnFail::Undo, OnFail::Continue] {
        let count = outputs(&mut staged(every_kind(on_fail)), Direction::Do).len();
        for (index, fate) in (0..count).flat_map(|at| FAILURES.map(|fate| (at, fate))) {
            let mut stage = staged(every_kind(on_fail));
            let end = go_on(&mut stage, Direction::Do, &mut only(index, fate));
            is_lawful(&stage, &end, &format!("{on_fail:?}, {fate:?} at {index}"));
        }
    }
}

/// From one output on, everything of its kind fails.
fn failing_for_good_at_any_output_ends_in_a_named_state() {
    for on_fail in [OnFail::Hold, OnFail::Undo, OnFail::Continue] {
        let kinds = outputs(&mut staged(every_kind(on_fail)), Direction::Do);
        for (index, fate) in (0..kinds.len()).flat_map(|at| FAILURES.map(|fate| (at, fate))) {
            let mut seen = 0;
            let mut fails = |output: &Output, _: &mut World| {
                seen += 1;
                if seen > index && kind(output) == kinds[index] { fate } else { Fate::Well }
            };
            let mut stage = staged(every_kind(on_fail));
            let end = go_on(&mut stage, Direction::Do, &mut fails);
            is_lawful(&stage, &end, &format!("{on_fail:?}, {fate:?} from {index} on"));
        }
    }
}

fn drift_before_the_first_write_refuses_the_plan() {
    for on_fail in [OnFail::Hold, OnFail::Undo, OnFail::Continue] {
        let mut stage = staged(plan(vec![change("a-", on_fail, 2, false, free())]));
        stage.world.drift("a-0", FOREIGN);
        let end = go_on(&mut stage, Direction::Do, &mut well);
        assert!(matches!(end, End::Halt(Halt::RefusedBeforeWrite { .. })), "{on_fail:?}: {end:?}");
        assert_eq!((stage.world.landed.len(), value(&stage, "a-0")), (0, FOREIGN));
    }
}

fn drift_after_a_write_holds_and_keeps_their_value() {
    let mut stage = staged(plan(vec![change("a-", OnFail::Hold, 3, false, free())]));
    stage.world.drift("a-1", FOREIGN);
    let end = go_on(&mut stage, Direction::Do, &mut well);
    let End::Halt(Halt::Held { step, left, who, .. }) = end else { panic!("not held: {end:?}") };
    assert_eq!((step, left), (Id::from("a-"), vec![Id::from("a-")]));
    assert_eq!(who, Some(Id::from("owner")));
    let values = ["a-0", "a-1", "a-2"].map(|target| value(&stage, target));
    assert_eq!(values, [AFTER, FOREIGN, BEFORE]);
    // A person puts theirs back, and the run goes on from there.
    stage.world.drift("a-1", BEFORE);
    assert_eq!(go_on(&mut stage, Direction::Do, &mut well), End::Halt(Halt::Completed));
    assert_eq!(stage.world.landed.len(), 3);

    let mut turned = staged(plan(vec![change("a-", OnFail::Undo, 3, false, free())]));
    turned.world.drift("a-1", FOREIGN);
    // Ours is put back, theirs is kept; so the world is not as it was, and a person decides.
    let end = go_on(&mut turned, Direction::Do, &mut well);
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    let values = ["a-0", "a-1", "a-2"].map(|target| value(&turned, target));
    assert_eq!(values, [BEFORE, FOREIGN, BEFORE]);
}

fn an_unreadable_target_holds_and_resume_finishes() {
    for on_fail in [OnFail::Hold, OnFail::Undo] {
        let mut stage = staged(plan(vec![change("a-", on_fail, 2, false, free())]));
        let mut reads = 0;
        let mut second = |output: &Output, _: &mut World| match output {
            Output::Read(_) => {
                reads += 1;
                if reads == 2 { Fate::Fails } else { Fate::Well }
            }
            _ => Fate::Well,
        };
        let end = go_on(&mut stage, Direction::Do, &mut second);
        if on_fail == OnFail::Undo {
            assert_eq!(end, End::Halt(Halt::Undone));
            assert_eq!(value(&stage, "a-0"), BEFORE);
            continue;
        }
        let End::Halt(Halt::Held { because, .. }) = end else { panic!("not held: {end:?}") };
        assert!(because.contains("does not answer"), "{because}");
        assert_eq!(go_on(&mut stage, Direction::Do, &mut well), End::Halt(Halt::Completed));
        assert_eq!(stage.world.landed.len(), 2);
    }
}

fn never_seen(output: &Output, _: &mut World) -> Fate {
    match output {
        Output::Verify { direction: Direction::Do, .. } => Fate::Unclear,
        _ => Fate::Well,
    }
}

fn a_verify_that_never_passes_turns_back_or_holds() {
    let mut held = staged(plan(vec![change("a-", OnFail::Hold, 2, false, free())]));
    let end = go_on(&mut held, Direction::Do, &mut never_seen);
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    assert!(holds_event(&held, |event| {
        matches!(event, Event::Verified { outcome: Proven::No, .. })
    }));
    let last = held.journal.iter().rev().find_map(|record| match record.event {
        Event::Settled { .. } => Some(record.at),
        _ => None,
    });
    let waited = held.now().duration_since(last.unwrap()).as_secs();
    assert!((60..70).contains(&waited), "it waited {waited} s, not until the forecast's end");

    let mut undone = staged(plan(vec![change("a-", OnFail::Undo, 2, false, free())]));
    assert_eq!(go_on(&mut undone, Direction::Do, &mut never_seen), End::Halt(Halt::Undone));
    assert_eq!(undone.world.landed.len(), 4);

    let mut unsure = staged(plan(vec![change("a-", OnFail::Undo, 2, false, guarded())]));
    let end = go_on(&mut unsure, Direction::Do, &mut |output, world| match output {
        Output::Judge { .. } => Fate::Unclear,
        _ => never_seen(output, world),
    });
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    assert_eq!(unsure.world.landed.len(), 2, "nothing moves back onto what nobody knows");
}

fn what_was_proven_is_not_undone_by_a_later_failure() {
    let steps = vec![
        change("a-", OnFail::Hold, 1, false, free()),
        change("b-", OnFail::Undo, 2, false, free()),
    ];
    let mut stage = staged(plan(steps));
    let end = go_on(&mut stage, Direction::Do, &mut |output, world| match output {
        Output::Verify { step, .. } if *step == "b-" => never_seen(output, world),
        _ => Fate::Well,
    });
    let End::Halt(Halt::Held { step, because, .. }) = end else { panic!("not held: {end:?}") };
    assert_eq!(step, Id::from("b-"));
    assert!(because.contains("`a-`"), "{because}");
    assert_eq!(["a-0", "b-0", "b-1"].map(|it| value(&stage, it)), [AFTER, BEFORE, BEFORE]);
    // Once it is mended, the way forward is tried again.
    assert_eq!(go_on(&mut stage, Direction::Do, &mut well), End::Halt(Halt::Completed));
    assert_eq!(["a-0", "b-0", "b-1"].map(|it| value(&stage, it)), [AFTER, AFTER, AFTER]);
}

fn words_that_fail_undo_nothing() {
    for (on_fail, ends) in [(OnFail::Continue, true), (OnFail::Hold, false), (OnFail::Undo, false)]
    {
        let steps = vec![change("a-", OnFail::Undo, 1, false, free()), message("say-", on_fail)];
        let mut stage = staged(plan(steps));
        let end = go_on(&mut stage, Direction::Do, &mut |output, _| match output {
            Output::Deliver { .. } => Fate::Fails,
            _ => Fate::Well,
        });
        assert_eq!(end == End::Halt(Halt::Completed), ends, "{on_fail:?}: {end:?}");
        assert_eq!(value(&stage, "a-0"), AFTER, "{on_fail:?}");
        assert_eq!(stage.world.landed.len(), 1, "{on_fail:?}");
        assert!(!holds_event(&stage, |event| matches!(event, Event::TurnedBack { .. })));
        let listed = |event: &Event| match event {
            Event::WentOn { because, .. } | Event::Held { because, .. } => {
                because.contains("page (en)") && because.contains("team (en)")
            }
            _ => false,
        };
        assert!(
            holds_event(&stage, listed),
            "{on_fail:?}: the undelivered messages are not listed"
        );
    }
}

fn an_undo_is_refused_while_nobody_knows() {
    for answer in [Fate::Unclear, Fate::Fails] {
        let mut stage = completed(plan(vec![change("a-", OnFail::Hold, 2, false, guarded())]));
        stage.approve(Direction::Undo);
        let end = go_on(&mut stage, Direction::Undo, &mut |output, _| match output {
            Output::Judge { .. } => answer,
            _ => Fate::Well,
        });
        assert!(matches!(end, End::Halt(Halt::RefusedBeforeWrite { .. })), "{end:?}");
        assert_eq!(stage.world.landed.len(), 2);
        // Once it is known to be good, another approval undoes it.
        let spent =
            Approved::find(stage.plan.clone(), Direction::Undo, &stage.journal, stage.now());
        assert!(matches!(spent, Err(NotApproved::Missing { .. })), "{spent:?}");
        stage.approve(Direction::Undo);
        let approved = stage.find(Direction::Undo);
        assert_eq!(stage.process(approved, &mut well), End::Halt(Halt::Undone));
        assert_eq!(["a-0", "a-1"].map(|it| value(&stage, it)), [BEFORE, BEFORE]);
    }
}

fn an_undo_that_finds_drift_keeps_it() {
    for (drifted, written) in [("a-1", 0), ("a-0", 1)] {
        let mut stage = completed(plan(vec![change("a-", OnFail::Hold, 2, false, free())]));
        stage.approve(Direction::Undo);
        stage.world.drift(drifted, FOREIGN);
        let end = go_on(&mut stage, Direction::Undo, &mut well);
        match end {
            End::Halt(Halt::RefusedBeforeWrite { .. }) => assert_eq!(written, 0),
            End::Halt(Halt::Held { .. }) => assert_eq!(written, 1),
            _ => panic!("{drifted}: {end:?}"),
        }
        assert_eq!((value(&stage, drifted), stage.world.landed.len()), (FOREIGN, 2 + written));
    }
}

fn a5_a_lost_reply_is_unknown_until_it_is_read_back() {
    for (fate, writes) in [(Fate::LostDone, 1), (Fate::LostDropped, 1), (Fate::Late(6_900), 1)] {
        let mut stage = staged(plan(vec![change("a-", OnFail::Hold, 1, false, free())]));
        let mut sent = 0;
        let end = go_on(&mut stage, Direction::Do, &mut |output, _| match output {
            Output::Write { .. } => {
                sent += 1;
                if sent == 1 { fate } else { Fate::Well }
            }
            _ => Fate::Well,
        });
        assert_eq!(end, End::Halt(Halt::Completed), "{fate:?}");
        assert_eq!(stage.world.landed.len(), writes, "{fate:?}");
        let after = |fits: fn(&Event) -> bool| {
            stage.journal.iter().find(|record| fits(&record.event)).map(|record| record.at)
        };
        let intended = after(|event| matches!(event, Event::Intended { .. })).unwrap();
        let doubted = after(|event| matches!(event, Event::InDoubt { .. }));
        let settled = after(|event| matches!(event, Event::Settled { .. })).unwrap();
        assert!(doubted.is_some(), "{fate:?}: the journal does not say that it is unknown");
        let waited = settled.duration_since(intended).as_millis();
        assert!(waited >= 7_000, "{fate:?}: read back after {waited} ms, when it could still land");
    }
}

fn a_dropped_write_is_tried_three_times() {
    let mut stage = staged(plan(vec![change("a-", OnFail::Hold, 1, false, free())]));
    let end = go_on(&mut stage, Direction::Do, &mut |output, _| match output {
        Output::Write { .. } => Fate::LostDropped,
        _ => Fate::Well,
    });
    assert!(matches!(end, End::Halt(Halt::Held { .. })), "{end:?}");
    assert_eq!(stage.world.keys.len(), 3, "three tries, each with a key of its own");
    assert_eq!(stage.world.landed, []);
}

/// Wherever the stop comes, nothing is written after it that had not been intended before, and `resume` finishes.
fn a_stop_comes_before_the_next_effect() {
    let kinds = outputs(&mut staged(every_kind(OnFail::Hold)), Direction::Do);
    for (index, at) in kinds.iter().enumerate() {
        if ["append", "halt"].contains(at) {
            continue;
        }
        let mut stage = staged(every_kind(OnFail::Hold));
        let (mut seen, mut effects) = (0, 0);
        let end = go_on(&mut stage, Direction::Do, &mut |output, _| {
            seen += 1;
            let stopped = seen > index + 1;
            let effect = matches!(output, Output::Write { .. } | Output::Deliver { .. });
            effects += usize::from(stopped && effect);
            if seen == index + 1 { Fate::Stop } else { Fate::Well }
        });
        let by = "anna".to_owned();
        assert_eq!(end, End::Halt(Halt::Stopped { by }), "stopped at {index}, `{at}`");
        assert_eq!(effects, 0, "stopped at {index}, `{at}`");
        assert_eq!(go_on(&mut stage, Direction::Do, &mut well), End::Halt(Halt::Completed));
        assert_eq!((stage.world.landed.len(), stage.world.broken), (3, None));
    }
}
