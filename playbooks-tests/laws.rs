//! The laws of the design that concern runs, held once for every kind of step: replay, failing, once only,
//! approvals, progress.

mod approvals;
mod caches;
mod failing;
mod once;
mod progress;
mod replay;
mod settling;

use libtest_mimic::Trial;
use lifeboat::engine::{Halt, Output};
use lifeboat::model::{Direction, Event, OnFail, Plan};

use crate::simulator::plan::{ask, change, check, free, guarded, message, pause, plan, took, wait};
use crate::simulator::play::{End, Fate, Stage};
use crate::simulator::world::World;

/// Returns the trials of the laws.
pub fn trials() -> Vec<Trial> {
    let parts = [approvals::trials(), failing::trials(), once::trials(), progress::trials()];
    let more = [caches::trials(), replay::trials(), settling::trials()];
    parts.into_iter().chain(more).flatten().collect()
}

/// A plan with every kind of step; words never block it.
fn every_kind(on_fail: OnFail) -> Plan {
    plan(vec![
        message("say-", OnFail::Continue),
        check("look-", on_fail),
        took("road-"),
        ask("hold-writers-", on_fail),
        change("move-", on_fail, 2, false, guarded()),
        wait("steady-", on_fail),
        change("fleet-", on_fail, 1, true, free()),
        pause("rest-"),
        message("done-", OnFail::Continue),
    ])
}

fn well(_: &Output, _: &mut World) -> Fate {
    Fate::Well
}

/// An approved plan before its first process.
fn staged(plan: Plan) -> Stage {
    let mut stage = Stage::new(plan);
    stage.approve(Direction::Do);
    stage
}

/// Runs the next process of a plan, begun or taken up, in a direction.
fn go_on(
    stage: &mut Stage,
    toward: Direction,
    fate: &mut dyn FnMut(&Output, &mut World) -> Fate,
) -> End {
    let begun = stage.journal.iter().any(
        |record| matches!(&record.event, Event::Started { direction, .. } if *direction == toward),
    );
    let approved = if begun { stage.take_up() } else { stage.find(toward) };
    stage.process(approved, fate)
}

/// Runs a plan to its end with nothing in the way.
fn completed(plan: Plan) -> Stage {
    let mut stage = staged(plan);
    let end = go_on(&mut stage, Direction::Do, &mut well);
    assert_eq!(end, End::Halt(Halt::Completed));
    assert_eq!(stage.world.broken, None);
    stage
}

/// Counts the outputs of a process that nothing disturbs, with their kinds.
fn outputs(stage: &mut Stage, toward: Direction) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    go_on(stage, toward, &mut |output, _| {
        kinds.push(crate::simulator::fate::kind(output));
        Fate::Well
    });
    kinds
}

/// Makes the `wanted`-th output meet a fate, and every other go well.
fn only(wanted: usize, fate: Fate) -> impl FnMut(&Output, &mut World) -> Fate {
    let mut seen = 0;
    move |_, _| {
        seen += 1;
        if seen == wanted + 1 { fate } else { Fate::Well }
    }
}
