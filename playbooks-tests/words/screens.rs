//! What stands on a terminal, and the JSON beside it.

use jiff::tz::TimeZone;
use libtest_mimic::Trial;
use lifeboat::model::{Diagnosis, Mode, Plan, Runbook, ScreenText, Truth, Verdict};
use lifeboat::render::{self, Against, Listed, Seal, Shown, Style, json};
use lifeboat::view::{self, Chronicle};
use serde_json::{Value, json};

use super::snapshot::holds;
use super::story::{self, after};

/// Returns the trials of screens.
pub fn trials() -> Vec<Trial> {
    trials![
        a_diagnosis_on_a_screen,
        a_plan_on_a_screen,
        a_plan_that_changes_nothing,
        a_plan_against_an_earlier_one,
        incidents_status_and_timeline_on_a_screen,
        a_run_line_by_line,
        a_runbook_read_aloud,
        colour_changes_nothing_but_colour,
        no_line_is_wider_than_the_screen,
        a_drill_says_so_first_on_every_screen,
        json_carries_its_schema,
    ]
}

const SEAL: Seal<'static> = Seal {
    hex: story::DIGEST,
    short: "0f3c9a7b",
    words: "aardvark crater bison otter zebra pilot",
    path: "/var/lib/lifeboat/i-20261125-1/plans/0f3c9a7b.json",
};

fn local() -> Style {
    Style { zone: Some(TimeZone::fixed(jiff::tz::offset(1))), ..Style::default() }
}

fn a_diagnosis_on_a_screen() {
    let diagnosis = story::diagnosis();
    holds("screen-diagnosis", &render::diagnosis(&diagnosis, &local()));
    holds("screen-facts", &render::facts(&diagnosis.facts, &local()));
    for verdict in [Verdict::Healthy, Verdict::Undetermined, Verdict::ObserverFault] {
        let other =
            Diagnosis { verdict, causes: vec![], advice: None, since: None, ..story::diagnosis() };
        let name = serde_json::to_value(verdict).unwrap();
        let name = format!("screen-diagnosis-{}", name.as_str().unwrap());
        holds(&name, &render::diagnosis(&other, &Style::default()));
    }
}

fn a_plan_on_a_screen() {
    let text = render::plan(&story::plan(Mode::Live), &SEAL, &local());
    let ends: Vec<&str> = text.lines().rev().take(3).collect();
    let digest = format!("digest: {}", story::DIGEST);
    assert_eq!(ends, ["target: z-main", "short: 0f3c9a7b", digest.as_str()]);
    holds("screen-plan", &text);
}

/// The plan of an hour later: another standby, a check and an approval less, an override, facts that turned.
fn later() -> Plan {
    let mut value = serde_json::to_value(story::plan(Mode::Live)).unwrap();
    let set = |value: &mut Value, path: &str, to: Value| *value.pointer_mut(path).unwrap() = to;
    let diagnosis = serde_json::to_value(story::diagnosis().facts).unwrap();
    value["facts"] = diagnosis;
    value["pinned_at"] = json!(after(3_900));
    value["start_by"] = json!(after(5_700));
    value["params"]["standby"] = json!("route53-standby");
    value["runbook"]["commit"] = json!("5cf2d1ef");
    value["approval"]["people"] = json!(1);
    value["overrides"] = json!([{"step": "move-delegation", "limit": "count",
        "because": "7, and 5 are allowed", "reason": "agreed on the phone"}]);
    let change = "/steps/4/work/change";
    let after = format!("{change}/changes/0/after/rrsets/0/records");
    set(
        &mut value,
        &after,
        json!([{"content": "ns-1.aws.example."}, {"content": "ns-2.aws.example."}]),
    );
    set(&mut value, &format!("{change}/limit/zones"), json!(2));
    set(&mut value, &format!("{change}/forecast/latest"), json!("1h"));
    let expected = format!("{change}/verify/expected/delegation/after/servers");
    set(&mut value, &expected, json!(["ns-1.aws.example.", "ns-2.aws.example."]));
    let steps = value["steps"].as_array_mut().unwrap();
    steps.remove(1);
    steps.swap(0, 1);
    serde_json::from_value(value).unwrap()
}

fn against_an_earlier_one(style: &Style, mode: Mode) -> ScreenText {
    let (mut earlier, mut later) = (story::plan(mode), later());
    later.mode = mode;
    earlier.facts = story::diagnosis().facts;
    let fact = &mut earlier.facts[0];
    fact.truth = Truth::Unknown;
    fact.at = after(1);
    let differences = view::delta(&earlier, &later);
    let against = Against { plan: &earlier, seal: SEAL, differences: &differences };
    render::delta(&later, &SEAL, &against, style)
}

fn a_plan_against_an_earlier_one() {
    holds("screen-plan-against", &against_an_earlier_one(&local(), Mode::Live));
}

fn a_plan_that_changes_nothing() {
    let plan = story::idle_plan();
    let text = render::plan(&plan, &SEAL, &Style::default());
    assert!(text.contains("nothing is changed"), "{text}");
    let json: serde_json::Value =
        serde_json::from_str(&json::plan(&plan, &SEAL, None).unwrap()).unwrap();
    assert_eq!(json["changes"], serde_json::json!([]));
}

fn incidents_status_and_timeline_on_a_screen() {
    let (mended, held) =
        (Chronicle::fold(&story::mended(Mode::Live)), Chronicle::fold(&story::held(Mode::Drill)));
    let directory = "/var/lib/lifeboat/i-20261125-1";
    let list = [
        Shown { chronicle: &mended, directory },
        Shown { chronicle: &held, directory: "/tmp/drill" },
    ];
    holds("screen-incidents", &render::incidents(&list, &local()));
    holds("screen-incidents-none", &render::incidents(&[], &local()));
    holds("screen-status-mended", &render::status(&view::status(&mended, after(9_999)), &local()));
    holds("screen-status-held", &render::status(&view::status(&held, after(2_000)), &local()));
    holds("screen-timeline", &render::timeline(&mended, &local()));
}

fn a_run_line_by_line() {
    let mut text = String::new();
    for record in story::mended(Mode::Live).iter().chain(&story::held(Mode::Live)) {
        text.push_str(&render::progress(record.at, &record.event, &Style::default()));
        text.push('\n');
    }
    holds("screen-progress", &text);
}

fn runbook() -> Runbook {
    serde_json::from_value(serde_json::json!({
        "schema": "lifeboat/runbook/v1",
        "id": "tracker-loss",
        "title": "A tracker no longer answers",
        "failure_mode": "tracker-loss",
        "owner": "first-on-call",
        "severity_at_least": "minor",
        "layer": "application",
        "plane": "data",
        "impact": "Clients of one tracker find no new peers there.",
        "mechanisms": { "refused": "tracker.refuses($lost) is true" },
        "advice": [{ "otherwise": true, "say": "act", "why": "A backup stands by." }],
        "review_after": "90d",
        "params": { "lost": { "type": "tracker", "from": "cause.subject", "example": "t-fsn" } },
        "matches": {
            "supports": ["tracker.answers($lost) is false"],
            "contradicts": ["tracker.answers($lost) is true"],
            "must_know": ["observer.healthy"],
        },
        "stop_when": [{ "if": "observer.healthy is not true", "say": "We cannot see." }],
        "phases": {
            "immediate": { "enter": "incident.declared", "exit": "tracker.answers is true", "steps": [
                { "id": "look", "check": { "probe": ["trackers"] }, "timeout": "20s" },
                { "id": "road", "branch": [
                    { "take": "swap", "if": "tracker.answers(t-b) is true" },
                    { "take": "wait", "otherwise": true } ] },
                { "id": "swap", "when": "road = swap", "on_fail": "hold", "change": {
                    "action": "tracker.list.replace",
                    "target": { "replace": "$lost", "with": "t-b" },
                    "why": "Torrents still announce to a dead tracker.",
                    "approval": { "policy": "records", "expires": "30m" },
                    "limit": { "torrents": 500, "keep_healthy_servers": 2 },
                    "verify": { "ask": ["trackers", "seedboxes"], "want": "listed" },
                    "undo": { "action": "tracker.list.restore" } } },
                { "id": "steady", "wait": { "until": "tracker.answers is true", "at_most": "2h" } },
                { "id": "tell", "message": { "template": "status/resolved", "to": ["team"] }, "on_fail": "continue" },
            ] },
            "recovery": { "enter": "immediate.done", "exit": "recovery.done", "steps": [
                { "id": "back", "include": "tracker-failback" } ] },
            "post_incident": { "enter": "incident.resolved", "exit": "postmortem.accepted", "steps": [
                { "id": "review", "ask": { "do": "Hold the review", "who": "first-on-call", "within": "7d" } } ] },
        },
    }))
    .unwrap()
}

fn a_runbook_read_aloud() {
    let runbook = runbook();
    let listed =
        Listed { runbook: &runbook, from: "runbooks/tracker-loss.yaml at commit 4be1c0de" };
    holds("screen-runbook-list", &render::runbook_list(&[listed], &Style::default()));
    holds("screen-runbook-show", &render::runbook_show(&listed, &Style::default()));
}

/// Every screen in one style.
fn screens(style: &Style, mode: Mode) -> Vec<ScreenText> {
    let chronicle = Chronicle::fold(&story::held(mode));
    let runbook = runbook();
    let listed = Listed { runbook: &runbook, from: "embedded" };
    let shown = Shown { chronicle: &chronicle, directory: "/d" };
    let progress = story::held(mode);
    let lines = progress.iter().map(|it| render::progress(it.at, &it.event, style));
    let mut screens = vec![
        render::diagnosis(&story::diagnosis(), style),
        render::facts(&story::diagnosis().facts, style),
        render::plan(&story::plan(mode), &SEAL, style),
        against_an_earlier_one(style, mode),
        render::incidents(&[shown], style),
        render::status(&view::status(&chronicle, after(2_000)), style),
        render::timeline(&chronicle, style),
        render::runbook_list(&[listed], style),
        render::runbook_show(&listed, style),
    ];
    screens.extend(lines);
    screens
}

fn colour_changes_nothing_but_colour() {
    let plain = screens(&Style::default(), Mode::Live);
    let coloured = screens(&Style { colour: true, ..Style::default() }, Mode::Live);
    assert!(coloured.iter().any(|it| it.contains("\u{1b}[31m")));
    for (plain, coloured) in plain.iter().zip(coloured) {
        let mut bare = coloured.to_string();
        for code in ["0", "1", "31", "32", "33"] {
            bare = bare.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain.as_str(), bare);
        assert!(!plain.contains('\u{1b}'));
    }
}

fn no_line_is_wider_than_the_screen() {
    for width in [60, 80] {
        let style = Style { width, ..Style::default() };
        for screen in screens(&style, Mode::Live).iter().take(9) {
            for line in screen.lines().filter(|line| line.chars().count() > width) {
                let unbroken = line.split(' ').any(|word| word.chars().count() > width / 2);
                assert!(unbroken, "{width}: {line}");
            }
        }
    }
}

fn a_drill_says_so_first_on_every_screen() {
    let style = Style { exercise: true, ..Style::default() };
    for screen in screens(&style, Mode::Drill) {
        assert!(screen.starts_with("EXERCISE"), "{screen}");
    }
    let plan = render::plan(&story::plan(Mode::Drill), &SEAL, &Style::default());
    assert!(plan.starts_with("EXERCISE"));
    for screen in screens(&Style::default(), Mode::Live) {
        assert!(!screen.contains("EXERCISE"), "{screen}");
    }
}

fn json_carries_its_schema() {
    let records = story::mended(Mode::Drill);
    let chronicle = Chronicle::fold(&records);
    let shown = Shown { chronicle: &chronicle, directory: "/d" };
    let handoff = view::handoff(&chronicle, after(9_999));
    let documents = [
        ("plan", json::plan(&story::plan(Mode::Live), &SEAL, None).unwrap()),
        ("diagnosis", json::diagnosis(&story::diagnosis()).unwrap()),
        ("incidents", json::incidents(&[shown]).unwrap()),
        ("status", json::status(&view::status(&chronicle, after(9_999))).unwrap()),
        ("timeline", json::timeline(&chronicle).unwrap()),
        ("handoff", json::handoff(&handoff).unwrap()),
        ("event", json::event(&records[1], true).unwrap()),
    ];
    for (name, text) in &documents {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(value["schema"], format!("lifeboat.{name}/v1"), "{text}");
        assert!(text.ends_with('\n'));
    }
    assert_eq!(documents[6].1.lines().count(), 1);
    let plan: serde_json::Value = serde_json::from_str(&documents[0].1).unwrap();
    assert_eq!(plan["short"], "0f3c9a7b");
    assert_eq!(plan["target"], "z-main");
    assert_eq!(plan["changes"][0]["step"], "move-delegation");
    assert_eq!(plan["changes"][0]["object"], "z-main");
    assert_eq!(plan["plan"]["mode"], "live");
    holds("json-incidents", &documents[2].1);
    holds("json-event", &documents[6].1);
}
