//! Breaking glass: it stands in for people alone, once and for a short time, and no view of the team forgets it.

use libtest_mimic::Trial;
use lifeboat::engine::{Approved, Halt, NotApproved};
use lifeboat::model::{
    ApprovalMeans, Approver, Audience, Direction, Event, Id, Mode, OnFail, Phase, Plan, Record,
    Span,
};
use lifeboat::plan::Digest;
use lifeboat::render::{self, Style, json};
use lifeboat::view::{self, Background, Chronicle, MessageContext};
use lifeboat::words::{Format, html};

use crate::simulator::plan::{at, change, free, plan};
use crate::simulator::play::{End, Fate, Stage};
use crate::words::shelf::{library, vendors};
use crate::words::story::{self, after};

/// Returns the trials of breaking glass.
pub fn trials() -> Vec<Trial> {
    trials![
        b7_a_broken_glass_is_spent_once_and_dies_with_its_time,
        b7_a_broken_glass_is_of_one_plan_and_direction,
        b7_a_broken_glass_stands_in_for_people_alone,
        b7_every_view_of_the_team_names_it,
    ]
}

/// A reason as it must be.
pub const REASON: &str =
    "Ben and Carla are on one flight until noon and names stop resolving within the hour";

/// A quarter of an hour, in milliseconds.
const QUARTER: u64 = 900_000;

/// What is done to a plan.
type Mutation = fn(&mut Plan);

/// A plan that wants more people than there are here.
fn wants(means: ApprovalMeans) -> Plan {
    let mut plan = plan(vec![change("a-", OnFail::Hold, 1, false, free())]);
    let approval = plan.approval.as_mut().unwrap();
    (approval.people, approval.by) = (2, means);
    let principal = "ben@example.org".to_owned();
    approval.approvers = vec![Approver { contact: Id::from("ben"), principal }];
    plan
}

/// A glass as the program breaks it for a plan, at the beginning of time.
fn glass(plan: &Plan) -> Event {
    Event::BrokeGlass {
        digest: Digest::of(plan).hex(),
        by: "anna".to_owned(),
        direction: Direction::Do,
        reason: REASON.to_owned(),
        expires: at(QUARTER),
        head: None,
    }
}

/// The same, with something odd about it.
fn odd(plan: &Plan, said: impl FnOnce(&mut String, &mut Direction, &mut jiff::Timestamp)) -> Event {
    let mut event = glass(plan);
    let Event::BrokeGlass { reason, direction, expires, .. } = &mut event else { panic!() };
    said(reason, direction, expires);
    event
}

fn find(stage: &Stage, plan: &Plan) -> Result<Approved, NotApproved> {
    Approved::find(plan.clone(), Direction::Do, &stage.journal, stage.now())
}

fn staged(plan: &Plan, event: Event) -> Stage {
    let mut stage = Stage::new(plan.clone());
    stage.note(event);
    stage
}

fn b7_a_broken_glass_is_spent_once_and_dies_with_its_time() {
    for means in [ApprovalMeans::Terminal, ApprovalMeans::Signature] {
        let plan = wants(means);
        let mut stage = staged(&plan, glass(&plan));
        let approved = find(&stage, &plan).unwrap();
        let end = stage.process(approved, &mut |_, _| Fate::Well);
        assert_eq!((end, stage.world.broken), (End::Halt(Halt::Completed), None));
        let refused = find(&stage, &plan).unwrap_err();
        assert!(matches!(refused, NotApproved::Missing { have: 0, spent: 1, .. }), "{refused}");

        // Whatever the record says, and whatever the policy lets a yes do: a quarter of an hour.
        let long = odd(&plan, |_, _, expires| *expires = at(10 * 24 * 3_600_000));
        for (event, policy, last) in [
            (glass(&plan), 3_600, QUARTER),
            (long.clone(), 3_600, QUARTER),
            (long, 60, 60_000),
            (odd(&plan, |_, _, expires| *expires = at(30_000)), 3_600, 30_000),
        ] {
            let mut plan = plan.clone();
            plan.approval.as_mut().unwrap().expires = Span::from_secs(policy);
            let digest = Digest::of(&plan).hex();
            let mut event = event;
            let Event::BrokeGlass { digest: of, .. } = &mut event else { panic!() };
            *of = digest;
            let mut stage = staged(&plan, event);
            stage.world.now = last - 1;
            find(&stage, &plan).unwrap();
            stage.world.now = last;
            let refused = find(&stage, &plan).unwrap_err();
            let gone = matches!(refused, NotApproved::Missing { have: 0, expired: 1, .. });
            assert!(gone, "{refused}");
            // A clock that is set back revives it no more than a yes.
            stage.note(Event::Noted { by: "anna".to_owned(), text: String::new() });
            for back in [0, last / 2, last - 1] {
                stage.world.now = back;
                let refused = find(&stage, &plan).unwrap_err();
                let gone = matches!(refused, NotApproved::Missing { have: 0, expired: 1, .. });
                assert!(gone, "set back to {back}: {refused}");
            }
        }
    }
}

fn b7_a_broken_glass_is_of_one_plan_and_direction() {
    let plan = wants(ApprovalMeans::Signature);
    let mut other = plan.clone();
    other.phase = Phase::Recovery;
    let odd_ones = [
        ("another plan", glass(&other)),
        ("the undo", odd(&plan, |_, direction, _| *direction = Direction::Undo)),
        ("a short reason", odd(&plan, |reason, _, _| "it is urgent".clone_into(reason))),
        ("one word again and again", odd(&plan, |reason, _, _| *reason = "now ".repeat(40))),
        ("no reason", odd(&plan, |reason, _, _| reason.clear())),
    ];
    for (what, event) in odd_ones {
        let refused = find(&staged(&plan, event), &plan).unwrap_err();
        let missing = NotApproved::Missing { have: 0, need: 3, expired: 0, spent: 0 };
        assert_eq!(refused, missing, "{what}");
    }
    // Nor does it count where its own plan is a stranger.
    let elsewhere: [(&str, Mutation); 3] = [
        ("incident", |plan| plan.incident = Id::from("another")),
        ("mode (it is a drill)", |plan| plan.mode = Mode::Drill),
        ("estate", |plan| plan.estate.id = Id::from("another")),
    ];
    for (what, mutate) in elsewhere {
        let mut other = plan.clone();
        mutate(&mut other);
        let refused = find(&staged(&other, glass(&other)), &other).unwrap_err();
        assert_eq!(refused, NotApproved::Foreign(what));
    }
}

fn b7_a_broken_glass_stands_in_for_people_alone() {
    let plan = wants(ApprovalMeans::Signature);
    let closed = Event::Closed { by: "anna".to_owned(), reason: String::new() };
    let mut stage = staged(&plan, glass(&plan));
    find(&stage, &plan).unwrap();
    stage.note(closed);
    assert_eq!(find(&stage, &plan).unwrap_err(), NotApproved::Closed);

    let mut late = Stage::new(plan.clone());
    late.world.now = 3_600_001;
    let expires = at(3_600_001 + QUARTER);
    late.note(odd(&plan, |_, _, until| *until = expires));
    assert_eq!(find(&late, &plan).unwrap_err(), NotApproved::Stale(plan.start_by));
    // Nor does a clock that is set back make it fresh.
    late.world.now = 0;
    assert_eq!(find(&late, &plan).unwrap_err(), NotApproved::Stale(plan.start_by));

    let mut lawless = plan.clone();
    lawless.approval = None;
    let stage = staged(&lawless, glass(&lawless));
    assert_eq!(find(&stage, &lawless).unwrap_err(), NotApproved::NoPolicy);

    // Another plan's write is in doubt.
    let mut stage = staged(&plan, glass(&plan));
    let approved = find(&stage, &plan).unwrap();
    let write = |output: &lifeboat::engine::Output| {
        matches!(output, lifeboat::engine::Output::Write { .. })
    };
    stage.process(approved, &mut |output, _| match write(output) {
        true => Fate::CrashFlying(3_000),
        false => Fate::Well,
    });
    let mut newer = plan.clone();
    newer.phase = Phase::Recovery;
    stage.note(glass(&newer));
    let refused = find(&stage, &newer).unwrap_err();
    assert!(matches!(refused, NotApproved::Rival(_)), "{refused}");

    // What would be undone was never done.
    let undo = odd(&plan, |_, direction, _| *direction = Direction::Undo);
    let stage = staged(&plan, undo);
    let refused = Approved::find(plan, Direction::Undo, &stage.journal, stage.now()).unwrap_err();
    assert_eq!(refused, NotApproved::NothingToUndo);
}

/// Every text of the team about an incident, by name.
fn texts(records: &[Record]) -> Vec<(&'static str, String)> {
    let chronicle = Chronicle::fold(records);
    let now = after(9_999);
    let postmortem = view::postmortem(&chronicle, &Background::default(), now);
    let handoff = view::handoff(&chronicle, now);
    let status = view::status(&chronicle, now);
    let context = |audience| MessageContext::new(&chronicle, audience, None, &vendors(), now, None);
    let (library, wide) = (library(), Style { width: 200, ..Style::default() });
    let told = |language: &str| {
        library.tell("status/investigating", language, &context(Audience::Team)).unwrap()
    };
    let markdown = library.render("postmortem.en.md", &postmortem, Format::Markdown).unwrap();
    vec![
        ("status", render::status(&status, &wide).to_string()),
        ("status --json", json::status(&status).unwrap().to_string()),
        ("timeline", render::timeline(&chronicle, &wide).to_string()),
        ("timeline --json", json::timeline(&chronicle).unwrap().to_string()),
        (
            "timeline, written",
            library.render("timeline.en.md", &postmortem, Format::Markdown).unwrap(),
        ),
        ("handoff", library.render("handoff.en.md", &handoff, Format::Markdown).unwrap()),
        ("handoff --json", json::handoff(&handoff).unwrap().to_string()),
        ("postmortem as HTML", html(&markdown)),
        ("postmortem", markdown),
        ("postmortem --json", json::postmortem(&postmortem).unwrap().to_string()),
        ("message", told("en")),
        ("message, German", told("de")),
    ]
}

fn b7_every_view_of_the_team_names_it() {
    let mut looked = 0;
    for (mode, records) in [
        (Mode::Live, story::mended(Mode::Live)),
        (Mode::Live, story::held(Mode::Live)),
        (Mode::Drill, story::mended(Mode::Drill)),
        (Mode::Drill, story::held(Mode::Drill)),
    ] {
        for closed in [false, true] {
            let mut records = records.clone();
            let broken = Event::BrokeGlass {
                digest: story::DIGEST.into(),
                by: "anna".into(),
                direction: Direction::Do,
                reason: REASON.into(),
                expires: after(1_325),
                head: None,
            };
            // Early, and many lines of the timeline ago.
            let add = |records: &mut Vec<Record>, second: i64, event| {
                let seq = records.len() as u64;
                records.push(Record { seq, at: after(second), event, ..records[0].clone() });
            };
            let rest = records.split_off(3);
            add(&mut records, 425, broken);
            let moved = rest.into_iter().map(|record| Record { seq: record.seq + 1, ..record });
            records.extend(moved);
            for number in 0..20 {
                let text = format!("note {number}");
                add(&mut records, 5_000 + number, Event::Noted { by: "ben".into(), text });
            }
            if closed {
                let event = Event::Closed { by: "ben".into(), reason: "it is over".into() };
                add(&mut records, 6_000, event);
            }
            for (name, text) in texts(&records) {
                looked += 1;
                let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                for said in [REASON, "anna", &story::DIGEST[..8]] {
                    assert!(line.contains(said), "{name}, closed: {closed}: no `{said}`:\n{text}");
                }
                let aloud = if name.ends_with("--json") { "broken_glass" } else { "GLASS BROKEN" };
                let of_timeline = name == "timeline --json" && line.contains("GLASS BROKEN");
                assert!(line.contains(aloud) || of_timeline, "{name}:\n{text}");
                let exercise = line.contains("EXERCISE") || line.contains("\"exercise\": true");
                assert_eq!(exercise, mode == Mode::Drill, "{name}:\n{text}");
                if name.starts_with("message") {
                    let when = format!("{}: plan", view::moment(after(425)));
                    assert!(line.contains(&when), "{name}: no `{when}`:\n{text}");
                }
                if name.starts_with("postmortem") {
                    let review = "Have a second person review plan";
                    assert!(line.contains(review), "{name}:\n{text}");
                }
            }
            let customers = MessageContext::new(
                &Chronicle::fold(&records),
                Audience::Customers,
                None,
                &vendors(),
                after(9_999),
                None,
            );
            let text = library().tell("status/investigating", "en", &customers).unwrap();
            assert!(!text.contains("GLASS") && !text.contains(REASON), "{text}");
        }
    }
    eprintln!("B7: {looked} texts, and each names who broke the glass, for which plan and why");
}
