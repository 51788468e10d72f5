//! Plans for the simulator and the laws: small, of every kind of step.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lifeboat::model::{
    ActionKind, ApprovalMeans, Ask, Audience, Change, EstateMark, Expected, Forecast, Guard, Id,
    Limit, Mode, OnFail, Pause, Phase, Plan, PlanStep, PlannedApproval, PlannedChange,
    PlannedChannel, ProbeKind, RunbookMark, Span, Target, TrackerEntry, Undo, Value, Verify,
    WantWord, WayBack, Witness, Work,
};

/// The value before any change, after it, and somebody else's.
pub const BEFORE: u32 = 1;
pub const AFTER: u32 = 2;
pub const FOREIGN: u32 = 99;

/// How long a request may take, and how long after that it may still land, in milliseconds.
pub const TIMEOUT: u64 = 2_000;
pub const SETTLE: u64 = 5_000;

pub fn at(millis: u64) -> Timestamp {
    Timestamp::from_millisecond(i64::try_from(millis).unwrap()).unwrap()
}

pub fn value(number: u32) -> Value {
    Value::Trackers(vec![TrackerEntry { tier: 0, url: format!("udp://t{number}.example:1/") }])
}

pub fn number(value: &Value) -> u32 {
    [BEFORE, AFTER, FOREIGN].into_iter().find(|n| self::value(*n) == *value).unwrap()
}

pub fn target(name: &str) -> Target {
    Target::TrackerList { service: Id::from("box"), torrent: name.to_owned() }
}

pub fn name(target: &Target) -> &str {
    let Target::TrackerList { torrent, .. } = target else { panic!("only tracker lists here") };
    torrent
}

/// Makes a plan of steps; one that changes something needs one person's yes.
pub fn plan(steps: Vec<PlanStep>) -> Plan {
    let changes = steps.iter().any(|step| matches!(step.work, Work::Change(_)));
    Plan {
        schema: "lifeboat.plan/v1".to_owned(),
        tool: "0".to_owned(),
        mode: Mode::Live,
        incident: Id::from("incident"),
        estate: EstateMark { id: Id::from("estate"), digest: String::new() },
        runbook: RunbookMark {
            id: Id::from("runbook"),
            commit: None,
            path: "embedded".to_owned(),
            digest: String::new(),
        },
        includes: Vec::new(),
        phase: Phase::Immediate,
        params: BTreeMap::new(),
        target: Id::from("target"),
        pinned_at: at(0),
        start_by: at(3_600_000),
        approval: changes.then(|| PlannedApproval {
            policy: Id::from("policy"),
            people: 1,
            by: ApprovalMeans::Terminal,
            expires: Span::from_secs(1_800),
            approvers: Vec::new(),
            requester: None,
            alone: None,
            codes: false,
        }),
        steps,
        exit: Guard::Always,
        left_out: Vec::new(),
        unknowns: Vec::new(),
        overrides: Vec::new(),
        rests_on: std::collections::BTreeMap::new(),
        requests: BTreeMap::new(),
        facts: Vec::new(),
    }
}

pub fn step(id: &str, on_fail: OnFail, work: Work) -> PlanStep {
    PlanStep { id: Id::from(id), owner: Some(Id::from("owner")), timeout: None, on_fail, work }
}

/// A change step of `count` changes, at targets `<id>0`, `<id>1` …
pub fn change(id: &str, on_fail: OnFail, count: usize, conditional: bool, undo: Undo) -> PlanStep {
    let one = |index: usize| Change {
        target: target(&format!("{id}{index}")),
        object: Id::from("object"),
        before: value(BEFORE),
        after: value(AFTER),
        timeout: Span::from_millis(TIMEOUT),
        settle: Span::from_millis(SETTLE),
        conditional,
    };
    let (earliest, latest) = (Span::from_secs(1), Span::from_secs(60));
    let (because, resolvers) = (String::new(), Vec::new());
    let forecast = Forecast { earliest, likely: latest, latest, because, resolvers };
    let work = PlannedChange {
        action: ActionKind::TrackerReplace,
        why: String::new(),
        limit: Limit::default(),
        changes: (0..count).map(one).collect(),
        forecast: forecast.clone(),
        verify: Verify {
            ask: vec![Witness::Seedboxes],
            want: WantWord::Listed,
            expected: Expected::Listed {
                after: Id::from("t2"),
                before: Some(Id::from("t1")),
                torrents: Vec::new(),
            },
            not_yet_until: latest,
            turn: None,
        },
        undo,
        way_back: WayBack { forecast, bound: latest, in_time: true },
    };
    step(id, on_fail, Work::Change(Box::new(work)))
}

/// An undo whose guard the world answers.
pub fn guarded() -> Undo {
    Undo::Reverse { refuse_unless: Some("observer.healthy is true".parse().unwrap()), pause: None }
}

pub fn free() -> Undo {
    Undo::Reverse { refuse_unless: None, pause: None }
}

/// How long caches hold something in the simulator's plans.
pub const CACHES: Span = Span::from_secs(30);

/// An undo whose guard must have been so for a while.
pub fn unused() -> Undo {
    let refuse_unless = Some("observer.healthy is true".parse().unwrap());
    Undo::Reverse { refuse_unless, pause: Some(Pause::Before(CACHES)) }
}

/// An undo after which nothing else moves back for a while.
pub fn settling() -> Undo {
    Undo::Reverse { refuse_unless: None, pause: Some(Pause::After(CACHES)) }
}

pub fn message(id: &str, on_fail: OnFail) -> PlanStep {
    let channel = |id: &str, languages: &[&str]| PlannedChannel {
        id: Id::from(id),
        audience: Audience::Team,
        languages: languages.iter().map(|it| (*it).to_owned()).collect(),
    };
    let to = vec![channel("page", &["en", "de"]), channel("team", &["en"])];
    step(id, on_fail, Work::Message { template: "status".to_owned(), to })
}

pub fn check(id: &str, on_fail: OnFail) -> PlanStep {
    let require = Some("observer.healthy is true".parse().unwrap());
    step(id, on_fail, Work::Check { probes: vec![ProbeKind::Observer], require })
}

pub fn ask(id: &str, on_fail: OnFail) -> PlanStep {
    let ask = Ask {
        question: Some("Go on?".to_owned()),
        answers: vec!["yes".to_owned()],
        within: Some(Span::from_secs(900)),
        ..Ask::default()
    };
    step(id, on_fail, Work::Ask(ask))
}

pub fn wait(id: &str, on_fail: OnFail) -> PlanStep {
    let until = Some("observer.healthy is true".parse().unwrap());
    step(id, on_fail, Work::Wait { until, at_most: Span::from_secs(120) })
}

pub fn pause(id: &str) -> PlanStep {
    step(id, OnFail::Hold, Work::Wait { until: None, at_most: Span::from_secs(30) })
}

pub fn took(id: &str) -> PlanStep {
    let work = Work::Took { way: Id::from("switch"), because: String::new() };
    step(id, OnFail::Hold, work)
}
