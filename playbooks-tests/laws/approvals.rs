//! Laws 4 and 5: no change without approval; one of another plan, phase, incident, mode or estate is refused;
//! each is spent once, expires, and is not revived by a clock that is set back.

use libtest_mimic::Trial;
use lifeboat::engine::{Approved, NotApproved};
use lifeboat::model::{
    ApprovalMeans, ApprovalProof, Direction, Event, Id, Mode, OnFail, Phase, Plan, Work,
};
use lifeboat::plan::Digest;

use super::{completed, go_on, only, staged};
use crate::simulator::plan::{at, change, check, free, plan};
use crate::simulator::play::{Fate, Stage};

pub fn trials() -> Vec<Trial> {
    trials![
        a_plan_without_its_yes_is_refused,
        a_yes_to_anything_else_is_refused,
        b6_a_yes_expires_and_no_clock_revives_it,
        b6_a_yes_is_spent_once,
        an_open_run_needs_no_second_yes,
        a_yes_to_do_is_none_to_undo,
        as_many_people_as_the_policy_says,
        a_typed_yes_is_no_signature,
        a_plan_without_changes_needs_nobody,
        a_closed_incident_runs_nothing,
        a_plan_does_not_overtake_another_in_doubt,
    ]
}

fn one_change() -> Plan {
    plan(vec![change("a-", OnFail::Hold, 1, false, free())])
}

fn find(stage: &Stage, plan: Plan, toward: Direction) -> Result<Approved, NotApproved> {
    Approved::find(plan, toward, &stage.journal, stage.now())
}

fn yes(stage: &mut Stage, by: &str, means: ApprovalProof, expires: u64) {
    let (digest, by) = (stage.digest.clone(), by.to_owned());
    let expires = at(expires);
    stage.note(Event::Approved {
        digest,
        by,
        means,
        direction: Direction::Do,
        expires,
        head: None,
        signature: None,
        standing: None,
        code: None,
    });
}

fn a_plan_without_its_yes_is_refused() {
    let stage = Stage::new(one_change());
    let refused = find(&stage, one_change(), Direction::Do).unwrap_err();
    assert_eq!(refused, NotApproved::Missing { have: 0, need: 1, expired: 0, spent: 0 });
    let mut free_for_all = one_change();
    free_for_all.approval = None;
    let refused = find(&stage, free_for_all, Direction::Do).unwrap_err();
    assert_eq!(refused, NotApproved::NoPolicy);
}

/// A name, and what it does to a plan.
type Mutation = (&'static str, fn(&mut Plan));

/// Each way in which a plan can differ from the one that was approved.
fn mutations() -> Vec<Mutation> {
    vec![
        ("phase", |plan| plan.phase = Phase::Recovery),
        ("incident", |plan| plan.incident = Id::from("another")),
        ("mode", |plan| plan.mode = Mode::Drill),
        ("estate", |plan| plan.estate.id = Id::from("another")),
        ("estate's digest", |plan| plan.estate.digest = "00".to_owned()),
        ("runbook's digest", |plan| plan.runbook.digest = "00".to_owned()),
        ("runbook's commit", |plan| plan.runbook.commit = Some("00".to_owned())),
        ("target", |plan| plan.target = Id::from("another")),
        ("step", |plan| plan.steps[0].id = Id::from("another")),
        ("what a failure leads to", |plan| plan.steps[0].on_fail = OnFail::Continue),
        ("before-value", |plan| first(plan).before = first(plan).after.clone()),
        ("after-value", |plan| first(plan).after = first(plan).before.clone()),
        ("settle", |plan| first(plan).settle = lifeboat::model::Span::from_millis(1)),
        ("policy", |plan| plan.approval.as_mut().unwrap().policy = Id::from("another")),
        ("start", |plan| plan.start_by = at(7_200_000)),
        ("more steps", |plan| plan.steps.push(check("more-", OnFail::Hold))),
    ]
}

fn first(plan: &mut Plan) -> &mut lifeboat::model::Change {
    let Work::Change(planned) = &mut plan.steps[0].work else { panic!("no change") };
    &mut planned.changes[0]
}

fn a_yes_to_anything_else_is_refused() {
    let stage = staged(one_change());
    find(&stage, one_change(), Direction::Do).unwrap();
    for (what, mutate) in mutations() {
        let mut other = one_change();
        mutate(&mut other);
        assert_ne!(Digest::of(&other), Digest::of(&one_change()), "{what}");
        assert!(find(&stage, other, Direction::Do).is_err(), "another {what}");
    }
    // Even a yes to that very plan counts for nothing in the journal of another incident.
    for (what, mutate) in &mutations()[1..4] {
        let mut other = one_change();
        mutate(&mut other);
        let mut foreign = Stage::new(other.clone());
        foreign.approve(Direction::Do);
        let refused = find(&foreign, other, Direction::Do).unwrap_err();
        assert!(matches!(refused, NotApproved::Foreign(_)), "another {what}: {refused}");
    }
}

fn b6_a_yes_expires_and_no_clock_revives_it() {
    let mut stage = staged(one_change());
    stage.world.now = 59_999;
    find(&stage, one_change(), Direction::Do).unwrap();
    stage.world.now = 60_000;
    let refused = find(&stage, one_change(), Direction::Do).unwrap_err();
    assert_eq!(refused, NotApproved::Missing { have: 0, need: 1, expired: 1, spent: 0 });
    stage.note(Event::Noted { by: "anna".to_owned(), text: String::new() });
    stage.world.now = 0;
    let refused = find(&stage, one_change(), Direction::Do).unwrap_err();
    assert!(matches!(refused, NotApproved::Missing { expired: 1, .. }), "{refused}");

    let mut late = staged(one_change());
    late.world.now = 3_600_001;
    late.approve(Direction::Do);
    let refused = find(&late, one_change(), Direction::Do).unwrap_err();
    assert_eq!(refused, NotApproved::Stale(one_change().start_by));
}

fn b6_a_yes_is_spent_once() {
    let stage = completed(one_change());
    let refused = find(&stage, one_change(), Direction::Do).unwrap_err();
    assert_eq!(refused, NotApproved::Missing { have: 0, need: 1, expired: 0, spent: 1 });
}

fn an_open_run_needs_no_second_yes() {
    let mut stage = staged(one_change());
    go_on(&mut stage, Direction::Do, &mut only(3, Fate::CrashBefore));
    stage.world.now = 10_000_000;
    assert!(find(&stage, one_change(), Direction::Do).unwrap().takes_up());
    assert!(stage.take_up().takes_up());
    let none = Approved::resume(one_change(), &stage.journal[..2], stage.now());
    assert_eq!(none.unwrap_err(), NotApproved::NothingOpen);
}

fn a_yes_to_do_is_none_to_undo() {
    let stage = completed(one_change());
    let refused = find(&stage, one_change(), Direction::Undo).unwrap_err();
    assert!(matches!(refused, NotApproved::Missing { have: 0, .. }), "{refused}");
    let fresh = staged(one_change());
    let refused = find(&fresh, one_change(), Direction::Undo).unwrap_err();
    assert_eq!(refused, NotApproved::NothingToUndo);
}

fn as_many_people_as_the_policy_says() {
    let mut two = one_change();
    two.approval.as_mut().unwrap().people = 2;
    let mut stage = Stage::new(two.clone());
    for (by, counts) in [("anna", false), ("anna", false), ("berta", true)] {
        yes(&mut stage, by, ApprovalProof::Terminal, 60_000);
        assert_eq!(find(&stage, two.clone(), Direction::Do).is_ok(), counts, "{by}");
    }
}

fn a_typed_yes_is_no_signature() {
    let mut signed = one_change();
    signed.approval.as_mut().unwrap().by = ApprovalMeans::Signature;
    let mut stage = Stage::new(signed.clone());
    yes(&mut stage, "anna", ApprovalProof::Terminal, 60_000);
    assert!(find(&stage, signed.clone(), Direction::Do).is_err());
    // A record that says it was signed is not believed by itself.
    yes(&mut stage, "berta", ApprovalProof::Signature, 60_000);
    assert!(find(&stage, signed, Direction::Do).is_err());
}

fn a_plan_without_changes_needs_nobody() {
    let looks = plan(vec![check("look-", OnFail::Hold)]);
    let stage = Stage::new(looks.clone());
    find(&stage, looks, Direction::Do).unwrap();
}

fn a_closed_incident_runs_nothing() {
    let mut stage = staged(one_change());
    stage.note(Event::Closed { by: "anna".to_owned(), reason: String::new() });
    assert_eq!(find(&stage, one_change(), Direction::Do).unwrap_err(), NotApproved::Closed);
}

fn a_plan_does_not_overtake_another_in_doubt() {
    let mut stage = staged(one_change());
    go_on(&mut stage, Direction::Do, &mut |output, _| match output {
        lifeboat::engine::Output::Write { .. } => Fate::CrashFlying(3_000),
        _ => Fate::Well,
    });
    let mut newer = one_change();
    newer.phase = Phase::Recovery;
    stage.note(Event::Approved {
        digest: Digest::of(&newer).hex(),
        by: "anna".to_owned(),
        means: ApprovalProof::Terminal,
        direction: Direction::Do,
        expires: at(60_000),
        head: None,
        signature: None,
        standing: None,
        code: None,
    });
    let refused = find(&stage, newer.clone(), Direction::Do).unwrap_err();
    assert!(matches!(refused, NotApproved::Rival(_)), "{refused}");
    go_on(&mut stage, Direction::Do, &mut super::well);
    find(&stage, newer, Direction::Do).unwrap();
}
