//! Tracker lists of a real fleet, from plan to proof and back: x[T1], y[T1][T2] and private z[T1] on two daemons.

use super::lab::Lab;
use super::planning::{fact, field, pinned, planned, play, try_pinned};
use super::tracked::Tracked;
use super::until::until;
use libtest_mimic::Trial;
use lifeboat::action;
use lifeboat::model::{Change, Direction, Fact, FactKind, Plan, Sent, Truth};
use lifeboat::plan::Refusal;
use std::time::Duration;

/// Returns the trials of tracker lists.
pub fn trials() -> Vec<Trial> {
    trials![
        a_lost_tracker_is_replaced_proven_and_put_back,
        a_seedbox_that_is_down_is_named_before_and_after,
    ]
}

const PATIENCE: Duration = Duration::from_secs(30);
const RUNBOOK: &str = include_str!("../../runbooks/tracker-loss.yaml");

/// What a diagnosis would say while T1 is dead.
fn facts() -> Vec<Fact> {
    vec![
        fact(FactKind::ObserverHealthy, &["fleet"], Truth::True),
        fact(FactKind::IncidentDeclared, &["fleet"], Truth::True),
        fact(FactKind::TrackerAnswers, &["t1"], Truth::False),
        fact(FactKind::TrackerAnswers, &["t2"], Truth::True),
    ]
}

fn a_lost_tracker_is_replaced_proven_and_put_back() {
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    let estate = fleet.model();
    let field = field(&lab);
    fleet.one.daemon.kill();
    let shown = fleet.lists();
    let plan: Plan = play(pinned(&field, &estate, RUNBOOK, &[("lost", "t1")], &facts()));
    let planned = planned(&plan);
    assert_eq!(planned.changes.len(), 2, "x on both daemons, and nothing else");
    let proven = |direction| play(action::verify(&field, &estate, &planned.verify, direction));
    let before = proven(Direction::Do);
    assert!(!before.all && before.because.contains("no peer yet"), "{}", before.because);
    let write = |change: &Change| {
        let read = play(action::read(&field, &estate, &change.target)).unwrap();
        assert!(read.same_as(&change.before), "{read:?}");
        assert_eq!(play(action::write(&field, &estate, change, "key")), Sent::Written);
        let read = play(action::read(&field, &estate, &change.target)).unwrap();
        assert!(read.same_as(&change.after), "{read:?}");
    };
    write(&planned.changes[0]);
    assert!(!proven(Direction::Do).all, "one of two daemons is not all");
    write(&planned.changes[1]);
    until("the proof", PATIENCE, || proven(Direction::Do).all.then_some(()));
    let both = || fleet.two.seeders(fleet.x.info_hash).filter(|seeders| *seeders == 2);
    until("both daemons at T2", PATIENCE, both);
    let after = fleet.replaced(shown.clone());
    assert_eq!(fleet.lists(), after, "x lists T2 in T1's place; y and z are left alone");
    fleet.one.restart();
    for change in planned.changes.iter().rev() {
        write(&change.toward(Direction::Undo));
    }
    until("the way back", PATIENCE, || proven(Direction::Undo).all.then_some(()));
    assert_eq!(fleet.lists(), shown);
}

fn a_seedbox_that_is_down_is_named_before_and_after() {
    let lab = Lab::new();
    let mut fleet = Tracked::start(&lab);
    let estate = fleet.model();
    let field = field(&lab);
    let given = [("lost", "t1")];
    let plan = play(pinned(&field, &estate, RUNBOOK, &given, &facts()));
    let planned = planned(&plan);
    fleet.boxes[1].daemon.terminate();
    let refusal = play(try_pinned(&field, &estate, RUNBOOK, &given, &facts())).unwrap_err();
    assert!(
        matches!(&refusal, Refusal::Unreadable { service, .. } if service == "sb-2"),
        "{refusal}"
    );
    let read = play(action::read(&field, &estate, &planned.changes[1].target));
    assert!(read.unwrap_err().contains("sb-2"));
    let sent = play(action::write(&field, &estate, &planned.changes[1], "key"));
    assert!(matches!(&sent, Sent::Refused(said) if said.contains("sb-2")), "{sent:?}");
    let said = play(action::verify(&field, &estate, &planned.verify, Direction::Do));
    assert!(!said.all && said.because.contains("lists are not as they shall be"), "{said:?}");
    fleet.boxes[1].daemon.start_again();
    fleet.boxes[1].ready();
    let sent = play(action::write(&field, &estate, &planned.changes[1], "key"));
    assert_eq!(sent, Sent::Written);
}
