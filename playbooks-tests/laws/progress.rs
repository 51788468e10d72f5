//! Law 8: dropping every progress message changes no durable view. "Not yet" is progress: it is journalled for
//! whoever watches, and neither the run's state nor what people read later rests on it.

use libtest_mimic::Trial;
use lifeboat::engine::Output;
use lifeboat::journal::RunState;
use lifeboat::model::{Direction, Event, OnFail, Proven, Record};
use lifeboat::view::{Chronicle, handoff, status};

use super::{every_kind, go_on, staged};
use crate::simulator::play::{Fate, Stage};

pub fn trials() -> Vec<Trial> {
    trials![progress_leaves_no_trace_in_a_view, notes_from_elsewhere_change_no_run]
}

fn is_progress(record: &Record) -> bool {
    matches!(record.event, Event::Verified { outcome: Proven::NotYet, .. })
}

/// A run whose effects are seen late.
fn slow() -> Stage {
    let mut stage = staged(every_kind(OnFail::Hold));
    let mut looks = 0;
    go_on(&mut stage, Direction::Do, &mut |output, _| match output {
        Output::Verify { .. } => {
            looks += 1;
            if looks % 4 == 0 { Fate::Well } else { Fate::Unclear }
        }
        _ => Fate::Well,
    });
    stage
}

fn progress_leaves_no_trace_in_a_view() {
    let stage = slow();
    let kept: Vec<Record> =
        stage.journal.iter().filter(|record| !is_progress(record)).cloned().collect();
    assert!(kept.len() < stage.journal.len(), "nothing was dropped");
    let state = RunState::fold(&stage.plan, &stage.digest, &kept).unwrap();
    assert_eq!(state, stage.state());
    let (with, without) = (Chronicle::fold(&stage.journal), Chronicle::fold(&kept));
    let now = stage.now();
    assert_eq!(status(&with, now), status(&without, now));
    assert_eq!(handoff(&with, now), handoff(&without, now));
    assert_eq!(with.timeline, without.timeline);
}

/// Notes, diagnoses and halts that others append during a run leave its state alone.
fn notes_from_elsewhere_change_no_run() {
    let stage = slow();
    let note = Record {
        event: Event::Noted { by: "anna".to_owned(), text: "calls the vendor".to_owned() },
        must_understand: false,
        ..stage.journal[0].clone()
    };
    let asked = Record {
        event: Event::HaltAsked { by: "anna".to_owned(), reason: String::new() },
        ..stage.journal[0].clone()
    };
    let mixed: Vec<Record> = stage
        .journal
        .iter()
        .flat_map(|record| [record.clone(), note.clone(), asked.clone()])
        .collect();
    let state = RunState::fold(&stage.plan, &stage.digest, &mixed).unwrap();
    assert_eq!(state, stage.state());
}
