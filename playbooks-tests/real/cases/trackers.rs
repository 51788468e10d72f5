//! Case 3: a tracker dies; another takes its place in every list that needs it, is proven, and goes again.

use super::operator::{
    Pinned, approve, causes, declare, diagnose, messages, plan, run, verify_journal,
};
use crate::real::lab::Lab;
use crate::real::tracked::Tracked;
use crate::real::until::until;
use libtest_mimic::Trial;
use std::time::Duration;

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![
        a_killed_tracker_is_replaced_and_put_back,
        a_seedbox_that_hangs_holds_the_run,
        a_seedbox_that_hangs_before_refuses_the_plan,
    ]
}

const RUNBOOK: &str = "tracker-loss";
const PATIENCE: Duration = Duration::from_secs(60);

/// Kills T1, checks that it alone is blamed, and opens an incident; returns the incident's folder.
#[track_caller]
fn lose_the_first(lab: &Lab, fleet: &mut Tracked) -> std::path::PathBuf {
    let healthy = diagnose(lab, 0);
    assert_eq!(healthy["verdict"], "healthy", "{healthy:#}");
    fleet.one.daemon.kill();
    let diagnosis = diagnose(lab, 4);
    assert_eq!(causes(&diagnosis), ["tracker-loss/t1/refused"], "{diagnosis:#}");
    assert_eq!((&diagnosis["verdict"], &diagnosis["advice"]), (&"fault".into(), &"act".into()));
    declare(lab, "clients of one tracker find no new peers")
}

/// Pins the plan that changes x at both seedboxes and nothing else.
#[track_caller]
fn pin(lab: &Lab) -> Pinned {
    let pinned = plan(lab, &[RUNBOOK]);
    assert_eq!(pinned.changes().len(), 2, "{:#}", pinned.0);
    pinned
}

/// Checks that T2's own scrape counts x as seeded by both daemons; a daemon announces when it pleases.
fn counted(fleet: &Tracked) {
    let both = || fleet.two.seeders(fleet.x.info_hash).filter(|seeders| *seeders == 2);
    until("both daemons at T2", PATIENCE, both);
}

fn a_killed_tracker_is_replaced_and_put_back() {
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    let before = fleet.lists();
    let incident = lose_the_first(&lab, &mut fleet);
    let pinned = pin(&lab);
    assert_eq!(fleet.lists(), before, "planning wrote something");
    assert_eq!(fleet.two.seeders(fleet.x.info_hash), Some(0));
    run(&lab, &pinned, 0);
    let seeders = fleet.two.seeders(fleet.x.info_hash);
    assert!(seeders >= Some(1), "it was done before T2 counted x: {seeders:?}");
    assert_eq!(fleet.lists(), fleet.replaced(before.clone()));
    counted(&fleet);
    assert!(!messages(incident.join("messages")).is_empty(), "customers were told nothing");
    verify_journal(&lab);
    lab.lifeboat(&["undo"]).run().code(6);
    assert_eq!(fleet.lists(), fleet.replaced(before.clone()), "a refused undo wrote something");
    fleet.one.restart();
    approve(&lab, &["undo"], &pinned).finish().code(0);
    assert_eq!(fleet.lists(), before, "an undo restores the exact lists");
    verify_journal(&lab);
}

fn a_seedbox_that_hangs_holds_the_run() {
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    let before = fleet.lists();
    lose_the_first(&lab, &mut fleet);
    let pinned = pin(&lab);
    fleet.boxes[1].daemon.stop();
    let held = run(&lab, &pinned, 8);
    // The plan, shown before, names every seedbox; this line names the one that is missed.
    let said = held.stdout.lines().find(|line| line.contains("Held at replace-tracker:")).unwrap();
    assert!(said.contains("`sb-2`: no answer in time") && !said.contains("sb-1"), "{said}");
    fleet.boxes[1].daemon.cont();
    lab.lifeboat(&["resume"]).run().code(0);
    assert_eq!(fleet.lists(), fleet.replaced(before));
    counted(&fleet);
    verify_journal(&lab);
}

fn a_seedbox_that_hangs_before_refuses_the_plan() {
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    let before = fleet.lists();
    lose_the_first(&lab, &mut fleet);
    fleet.boxes[1].daemon.stop();
    let refused = lab.lifeboat(&["plan", RUNBOOK]).run().code(6);
    assert!(refused.stderr.contains("`sb-2` cannot be read"), "{}", refused.everything());
    assert!(!refused.stderr.contains("taken effect"), "{}", refused.everything());
    fleet.boxes[1].daemon.cont();
    assert_eq!(fleet.lists(), before);
}
