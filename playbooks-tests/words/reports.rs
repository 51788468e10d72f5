//! Postmortem, timeline, handoff and score, from journals.

use libtest_mimic::Trial;
use lifeboat::model::{
    Delivery, Direction, Event, Mode, Outcome, Proven, Record, Scenario, Verdict,
};
use lifeboat::view::{self, Background, Chronicle, Scored, State};
use lifeboat::words::{Format, html, page};

use super::shelf::library;
use super::snapshot::holds;
use super::story::{self, Story, after};

/// Returns the trials of reports.
pub fn trials() -> Vec<Trial> {
    trials![
        a_postmortem_of_what_went_well,
        a_postmortem_of_what_is_held,
        a_timeline_and_a_handoff,
        every_report_renders_at_every_moment,
        a_drill_says_so_first_in_every_report,
        a_hold_a_failed_verify_and_a_lost_message_each_yield_an_action_with_an_owner,
        a_refused_or_undone_remedy_mitigates_nothing,
        a_message_that_nobody_heard_of_again_is_unknown,
        dropping_progress_changes_no_durable_view,
        a_score_reads_the_truth_and_nothing_else_does,
        a_verify_that_never_came_is_missed,
    ]
}

fn postmortem(records: &[Record], mode: Mode) -> view::Postmortem {
    let plans = [story::plan(mode)];
    let blobs = ["blobs/f1.json".to_owned()];
    let background = Background { plans: &plans, blobs: &blobs };
    view::postmortem(&Chronicle::fold(records), &background, after(10_000))
}

fn written(records: &[Record], mode: Mode) -> String {
    let view = postmortem(records, mode);
    library().render("postmortem.en.md", &view, Format::Markdown).unwrap()
}

fn a_postmortem_of_what_went_well() {
    let text = written(&story::mended(Mode::Live), Mode::Live);
    holds("postmortem-mended", &text);
    holds("postmortem-mended-html", &page("Postmortem", &text));
}

fn a_postmortem_of_what_is_held() {
    let text = written(&story::held(Mode::Drill), Mode::Drill);
    assert!(text.contains("held"), "{text}");
    holds("postmortem-held-drill", &text);
}

fn a_timeline_and_a_handoff() {
    let library = library();
    let view = postmortem(&story::held(Mode::Live), Mode::Live);
    let timeline = library.render("timeline.en.md", &view, Format::Markdown).unwrap();
    holds("timeline-held", &timeline);
    let chronicle = Chronicle::fold(&story::held(Mode::Live));
    let handoff = view::handoff(&chronicle, after(2_000));
    holds("handoff-held", &library.render("handoff.en.md", &handoff, Format::Markdown).unwrap());
}

fn every_report_renders_at_every_moment() {
    let library = library();
    for records in [story::mended(Mode::Live), story::held(Mode::Live)] {
        for length in 0..=records.len() {
            let records = &records[..length];
            let view = postmortem(records, Mode::Live);
            let handoff = view::handoff(&Chronicle::fold(records), after(9_999));
            for format in Format::ALL {
                for name in ["postmortem.en.md", "timeline.en.md"] {
                    let text = library.render(name, &view, format);
                    assert!(text.is_ok(), "{name} at {length}: {text:?}");
                }
                let text = library.render("handoff.en.md", &handoff, format);
                assert!(text.is_ok(), "handoff at {length}: {text:?}");
            }
        }
    }
}

fn a_drill_says_so_first_in_every_report() {
    let library = library();
    let records = story::held(Mode::Drill);
    let handoff = view::handoff(&Chronicle::fold(&records), after(9_999));
    let view = postmortem(&records, Mode::Drill);
    let texts = [
        library.render("postmortem.en.md", &view, Format::Markdown).unwrap(),
        library.render("timeline.en.md", &view, Format::Markdown).unwrap(),
        library.render("handoff.en.md", &handoff, Format::Markdown).unwrap(),
    ];
    for text in texts {
        assert!(text.starts_with("EXERCISE"), "{text}");
        assert!(html(&text).starts_with("<p>EXERCISE"), "{text}");
    }
}

fn a_hold_a_failed_verify_and_a_lost_message_each_yield_an_action_with_an_owner() {
    let actions = postmortem(&story::held(Mode::Live), Mode::Live).actions;
    let owner = |start: &str| {
        let action = actions.iter().find(|action| action.what.starts_with(start));
        action.unwrap_or_else(|| panic!("{start}: {actions:?}")).owner.clone()
    };
    assert_eq!(owner("Remove what held move-delegation"), "first-on-call");
    assert_eq!(owner("Find out why move-delegation was not seen"), "second-on-call");
    assert_eq!(owner("Mend the channel team"), "to be named");
    assert_eq!(owner("Make sure that next time we know"), "second-on-call");
    assert!(actions.iter().all(|action| !action.from.is_empty()));
    let slow = postmortem(&story::mended(Mode::Live), Mode::Live).actions;
    let slow: Vec<_> = slow.iter().map(|action| action.what.as_str()).collect();
    let forecast =
        "Correct the forecast of move-delegation: it took 20 min and was to take 15 min at most";
    assert!(slow.contains(&forecast), "{slow:?}");
}

fn a_refused_or_undone_remedy_mitigates_nothing() {
    let mended = story::mended(Mode::Live);
    let done = Chronicle::fold(&mended[..15]);
    assert_eq!((done.state, done.times.mitigated), (State::Monitoring, Some(after(1_802))));
    assert!(done.has_changed_something());
    let back = |direction, end| Event::Settled {
        step: "move-delegation".into(),
        change: 0,
        direction,
        end,
        because: String::new(),
    };
    let mut undone = Story::declared(Mode::Live, "x").end();
    undone.clear();
    undone.extend(mended[..15].iter().cloned());
    let more = [
        Event::Started { digest: story::DIGEST.into(), direction: Direction::Undo },
        back(Direction::Undo, lifeboat::model::End::Landed),
        Event::Finished { digest: story::DIGEST.into(), outcome: Outcome::Undone },
    ];
    for (number, event) in more.into_iter().enumerate() {
        let seq = undone.len() as u64;
        let at = after(2_000 + number as i64);
        undone.push(Record { seq, at, event, ..undone[0].clone() });
    }
    let undone = Chronicle::fold(&undone);
    assert_eq!((undone.state, undone.times.mitigated), (State::Identified, None));
    assert!(!undone.has_changed_something());
    assert_eq!(Chronicle::fold(&story::held(Mode::Live)).times.mitigated, None);
}

fn a_message_that_nobody_heard_of_again_is_unknown() {
    let records = story::begun(Mode::Live).end();
    let cut = Chronicle::fold(&records[..6]);
    let lost: Vec<_> = cut.undelivered().map(|it| (it.channel.as_str(), it.delivery)).collect();
    assert_eq!(lost, [("status-page", Delivery::Unknown)]);
    let whole = Chronicle::fold(&records);
    let lost: Vec<_> = whole.undelivered().map(|it| (it.channel.as_str(), it.delivery)).collect();
    assert_eq!(lost, [("team", Delivery::Failed)]);
}

/// Drops what is mere progress and leaves no gap in the numbers.
fn without_progress(records: &[Record]) -> Vec<Record> {
    let progress =
        |record: &Record| matches!(record.event, Event::Verified { outcome: Proven::NotYet, .. });
    records.iter().filter(|record| !progress(record)).cloned().collect()
}

fn dropping_progress_changes_no_durable_view() {
    for records in [story::mended(Mode::Live), story::held(Mode::Live)] {
        let (all, some) = (Chronicle::fold(&records), Chronicle::fold(&without_progress(&records)));
        assert_eq!(all, some);
        assert_eq!(view::status(&all, after(9_999)), view::status(&some, after(9_999)));
        assert_eq!(view::handoff(&all, after(9_999)), view::handoff(&some, after(9_999)));
        assert_eq!(
            postmortem(&records, Mode::Live),
            postmortem(&without_progress(&records), Mode::Live)
        );
    }
    assert!(without_progress(&story::mended(Mode::Live)).len() < story::mended(Mode::Live).len());
}

fn scenario(mode: &str, subject: &str) -> Scenario {
    serde_json::from_value(serde_json::json!({
        "schema": "lifeboat/scenario/v1",
        "id": "provider-hangs",
        "title": "A provider hangs",
        "starts": "2026-11-25T13:50:00Z",
        "timeline": [{ "at": "10m", "fault": { "server": { "id": "cloudflare-main", "state": "hung" } } }],
        "truth": { "verdict": "fault", "causes": [{ "failure_mode": mode, "subject": subject }] },
        "expect": { "advice": "act", "ended": "completed", "messages": 1 },
        "must_not_fire": ["tracker-loss"],
    }))
    .unwrap()
}

fn a_score_reads_the_truth_and_nothing_else_does() {
    let plans = [story::plan(Mode::Drill)];
    let chronicle = Chronicle::fold(&story::mended(Mode::Drill));
    let right =
        view::score(&chronicle, &plans, &scenario("dns-provider-outage", "cloudflare-main"), false);
    assert_eq!(right.result, Scored::Passed, "{right:?}");
    assert_eq!((right.detect_s, right.mitigate_s), (Some(200), Some(1_802)));
    assert_eq!(right.verdict, Some(Verdict::Fault));
    let wrong = view::score(&chronicle, &plans, &scenario("tracker-loss", "t-fsn"), false);
    assert_eq!(wrong.result, Scored::Misclassified);
    assert_eq!((wrong.missed.len(), wrong.wrong.len()), (1, 1));
    let action = "dns-provider-outage changed z-main, which is not what failed";
    assert_eq!(wrong.wrong_actions, [action]);
    let held = Chronicle::fold(&story::held(Mode::Drill));
    let held =
        view::score(&held, &plans, &scenario("dns-provider-outage", "cloudflare-main"), false);
    assert_eq!(held.result, Scored::Failed);
    assert_eq!(held.unexpected, ["it ended with held; completed was expected"]);
    holds("score-misclassified", &lifeboat::render::score(&wrong, &Default::default()));
    holds("score-passed", &lifeboat::render::score(&right, &Default::default()));
}

fn a_verify_that_never_came_is_missed() {
    let silent: Vec<Record> = story::mended(Mode::Drill)
        .into_iter()
        .filter(|record| !matches!(record.event, Event::Verified { .. }))
        .collect();
    let chronicle = Chronicle::fold(&silent);
    let plans = [story::plan(Mode::Drill)];
    let score =
        view::score(&chronicle, &plans, &scenario("dns-provider-outage", "cloudflare-main"), false);
    assert_eq!(score.missed_verifies, ["move-delegation"]);
    assert_eq!(score.result, Scored::Failed);
}
