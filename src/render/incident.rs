//! Incidents: the list of them, where one stands, and what happened in it.

use jiff::Timestamp;

use super::page::{Page, count};
use super::step;
use super::style::{Style, Tone};
use crate::model::{Direction, Id, ScreenText};
use crate::view::{Chronicle, Ending, Run, RunState, State, Status, lasted};

/// One incident of a list.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// What is known of it.
    pub chronicle: &'a Chronicle,
    /// Its folder.
    pub directory: &'a str,
}

/// Words a list of incidents, newest last.
pub fn incidents(incidents: &[Shown<'_>], style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    if incidents.is_empty() {
        page.line(0, "No incident. `lifeboat declare TITLE --severity major` opens one.");
    }
    for shown in incidents {
        let chronicle = shown.chronicle;
        let drill = if chronicle.exercise { "EXERCISE, " } else { "" };
        let severity = chronicle.severity.map_or("unknown", step::severity);
        let state = chronicle.state.name();
        let text = format!("{}: {drill}{state}, {severity}", chronicle.incident);
        page.toned(tone(chronicle.state), 0, &text);
        page.line(2, &chronicle.title);
        if let Some(declared) = chronicle.times.declared {
            page.line(2, &format!("declared {}", style.time(declared)));
        }
        page.fact("  directory", shown.directory);
    }
    page.done()
}

const fn tone(state: State) -> Tone {
    match state {
        State::Investigating | State::Identified => Tone::Bad,
        State::Monitoring => Tone::Unsure,
        State::Resolved | State::Closed => Tone::Good,
    }
}

/// Words where an incident stands.
pub fn status(status: &Status, style: &Style) -> ScreenText {
    let mut page = Page::of(style, style.exercise || status.exercise);
    let severity = status.severity.map_or("unknown", step::severity);
    let title = format!("{} ({severity}): {}", status.incident, status.title);
    page.heading(&title);
    page.toned(tone(status.state), 0, &format!("State: {}", status.state.name()));
    for glass in &status.broken_glass {
        page.item(
            Tone::Bad,
            0,
            "GLASS BROKEN",
            &format!("{}: {}", style.time(glass.at), glass.words()),
        );
    }
    for entry in &status.codes {
        page.item(
            Tone::Unsure,
            0,
            "code",
            &format!("{}: {}", style.time(entry.at), entry.sentence),
        );
    }
    times(&mut page, status, style);
    page.field(0, "impact", status.impact.as_deref().unwrap_or("not known yet"));
    causes(&mut page, status);
    for run in &status.runs {
        show_run(&mut page, run, style);
    }
    if let Some(locks) = &status.locks {
        locks.held.iter().for_each(|held| page.field(0, "locked", &held.to_string()));
        page.field(0, "locks", &locks.reach);
    }
    for past in &status.overrides {
        let (limit, step, by) = (past.limit.name(), &past.step, &past.by);
        let short = past.digest.get(..8).unwrap_or(&past.digest);
        let text = format!("{limit} at {step} of plan {short}, by {by}: {}", past.reason);
        page.field(0, "past limit", &text);
    }
    for ask in &status.open_asks {
        let text = format!("{}: {} (asked {})", ask.step, ask.question, style.time(ask.at));
        page.field(0, "asked", &text);
    }
    let told = count(status.delivered, "message was delivered", "messages were delivered");
    page.field(0, "messages", &told);
    for lost in &status.undelivered {
        let text = format!("{} ({}): {}", lost.channel, lost.language, lost.because);
        page.field(0, "not told", &text);
    }
    page.blank();
    for entry in &status.latest {
        let mark = entry.at.strftime("%H:%M:%S").to_string();
        page.item(Tone::Plain, 0, &mark, &entry.sentence);
    }
    page.done()
}

fn times(page: &mut Page<'_>, status: &Status, style: &Style) {
    let times = &status.times;
    let ago = |at: Timestamp| format!("{}, {} ago", style.time(at), lasted(at, status.now));
    for (label, at) in [
        ("since", times.since),
        ("declared", times.declared),
        ("detected", times.detected),
        ("mitigated", times.mitigated),
        ("resolved", times.resolved),
        ("closed", times.closed),
    ] {
        if let Some(at) = at {
            page.field(0, label, &ago(at));
        }
    }
}

fn causes(page: &mut Page<'_>, status: &Status) {
    let Some(judged) = &status.judged else {
        return page.field(0, "cause", "nobody has looked; `lifeboat diagnose` does");
    };
    if judged.causes.is_empty() {
        page.field(0, "cause", "none is named");
    }
    for cause in &judged.causes {
        let how = cause.mechanism.as_ref().map_or_else(String::new, |how| format!(", {how}"));
        page.field(0, "cause", &format!("{} at {}{how}", cause.failure_mode, cause.subject));
    }
    for fact in &judged.because {
        page.field(0, "because", fact);
    }
}

fn show_run(page: &mut Page<'_>, run: &Run, style: &Style) {
    let runbook = run.runbook.as_ref().map_or("unknown runbook", |runbook| runbook.as_str());
    let phase = run.phase.map_or_else(String::new, |it| format!(", {} phase", it.name()));
    let what = match run.direction {
        Direction::Do => "plan",
        Direction::Undo => "undo of plan",
    };
    let began = run.started.map_or_else(String::new, |at| format!(", begun {}", style.time(at)));
    let state = run.state.name();
    let text = format!("{what} {} ({runbook}{phase}): {state}{began}", run.short());
    page.field(0, "run", &text);
    for altered in &run.alterations {
        let end = ending(altered.ending);
        let text = format!("change {} of {}: {end}", altered.change + 1, altered.step);
        page.field(0, "", &text);
    }
    for step in run.unproven() {
        page.field(0, "", &format!("{step}: nobody has seen it take effect yet"));
    }
    if let Some(hold) = run.hold() {
        let who = hold.who.as_ref().map_or("a person", Id::as_str);
        let because = hold.because.trim_end_matches('.');
        let left = super::page::list(&hold.left, "nothing");
        let text = format!("at {}: {because}. Left: {left}. {who} decides.", hold.step);
        page.field(0, "held", &text);
    }
    let next = match run.state {
        RunState::Planned => Some(format!("lifeboat run {}", run.short())),
        RunState::Held | RunState::Stopped | RunState::Waiting | RunState::Asking => {
            Some("lifeboat resume".to_owned())
        }
        RunState::Running | RunState::Completed | RunState::Undone | RunState::Refused => None,
    };
    if let Some(next) = next {
        page.field(0, "next", &next);
    }
}

/// Words what became of a write.
pub(super) const fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Intended => "being sent; its outcome is unknown until it is read back",
        Ending::InDoubt => "sent, and no answer came; its outcome is unknown until it is read back",
        Ending::Deferred => "put off by the service; nothing changed, and it is tried again",
        Ending::Landed => "in place",
        Ending::Absent => "did not land; the target is as it was",
        Ending::Drifted => "stopped: somebody else wrote there",
        Ending::Refused => "refused by the service; nothing changed",
        Ending::Unreadable => "unknown: the target cannot be read",
    }
}

/// Words what happened, a line each.
pub fn timeline(chronicle: &Chronicle, style: &Style) -> ScreenText {
    let mut page = Page::of(style, style.exercise || chronicle.exercise);
    page.heading(&format!("{}: {}", chronicle.incident, chronicle.title));
    let mut day = None;
    for entry in &chronicle.timeline {
        let today = entry.at.strftime("%Y-%m-%d").to_string();
        if day.as_ref() != Some(&today) {
            page.line(0, &format!("{today} (UTC)"));
        }
        day = Some(today);
        let mark = format!("  {}  #{:<4}", entry.at.strftime("%H:%M:%S"), entry.seq);
        page.item(Tone::Plain, 0, &mark, &entry.sentence);
    }
    page.done()
}
