//! What whoever takes over must know, and nothing else.

use jiff::Timestamp;
use serde::Serialize;

use super::chronicle::Chronicle;
use super::phrase::{cause_words, count, say, severity_name, stripped};
use super::postmortem::Line;
use super::time::{moment, moment_to_the_second};

/// What whoever takes over must know. Moments are text in UTC.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Handoff {
    /// Whether it is a drill.
    pub exercise: bool,
    /// The incident.
    pub incident: String,
    /// Its title.
    pub title: String,
    /// How bad.
    pub severity: String,
    /// Where it stands.
    pub state: String,
    /// When this was written.
    pub now: String,
    /// Since when.
    pub since: Option<String>,
    /// What users notice.
    pub impact: Option<String>,
    /// The causes, most likely first.
    pub causes: Vec<String>,
    /// The facts that they rest on.
    pub facts: Vec<String>,
    /// What to do, in a word.
    pub advice: Option<String>,
    /// Every run and where it stands.
    pub runs: Vec<String>,
    /// What printed codes were taken for, and which were wrong.
    pub codes: Vec<Line>,
    /// Plans that went on without the people that their policies want, and why.
    pub broken_glass: Vec<Line>,
    /// What waits for a person.
    pub open: Vec<Line>,
    /// The last lines of the timeline.
    pub latest: Vec<Line>,
    /// What people wrote down.
    pub notes: Vec<Line>,
}

/// How many lines of the timeline a handoff shows.
const LATEST: usize = 12;

/// Writes a handoff.
pub fn handoff(chronicle: &Chronicle, now: Timestamp) -> Handoff {
    let judged = chronicle.judged();
    let timeline = &chronicle.timeline;
    let line = |at: Timestamp, text: String, seq: u64| Line {
        at: Some(moment_to_the_second(at)),
        text,
        from: vec![seq],
    };
    Handoff {
        exercise: chronicle.exercise,
        incident: chronicle.incident.to_string(),
        title: chronicle.title.clone(),
        severity: chronicle.severity.map_or("unknown", severity_name).to_owned(),
        state: chronicle.state.name().to_owned(),
        now: moment(now),
        since: chronicle.times.since.map(moment),
        impact: chronicle.impact.clone(),
        causes: chronicle.causes().iter().map(cause_words).collect(),
        facts: judged.map(|judged| judged.because.clone()).unwrap_or_default(),
        advice: judged.and_then(|judged| judged.advice).map(|it| say(it).to_owned()),
        runs: chronicle.runs.iter().map(run_words).collect(),
        codes: chronicle
            .codes
            .iter()
            .map(|entry| line(entry.at, entry.sentence.clone(), entry.seq))
            .collect(),
        broken_glass: chronicle
            .broken_glass
            .iter()
            .map(|glass| line(glass.at, glass.words(), glass.seq))
            .collect(),
        open: open(chronicle),
        latest: timeline[timeline.len().saturating_sub(LATEST)..]
            .iter()
            .map(|entry| line(entry.at, entry.sentence.clone(), entry.seq))
            .collect(),
        notes: chronicle
            .notes
            .iter()
            .map(|note| line(note.at, format!("{}: {}", note.by, note.text), note.seq))
            .collect(),
    }
}

fn run_words(run: &super::Run) -> String {
    let runbook = run.runbook.as_ref().map_or("unknown runbook", |runbook| runbook.as_str());
    let landed = u32::try_from(run.landed().count()).unwrap_or(u32::MAX);
    let landed = count(landed, "change in place", "changes in place");
    format!("plan {} ({runbook}): {}, {landed}", run.short(), run.state.name())
}

/// Collects what waits for a person: holds, questions, messages, effects that nobody proved.
fn open(chronicle: &Chronicle) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut push = |at: Timestamp, text: String, seq: u64| {
        lines.push(Line { at: Some(moment_to_the_second(at)), text, from: vec![seq] });
    };
    for run in &chronicle.runs {
        if let Some(hold) = run.hold() {
            let who = hold.who.as_ref().map_or("a person", |who| who.as_str());
            let left: Vec<&str> = hold.left.iter().map(|step| step.as_str()).collect();
            let left = if left.is_empty() { "nothing".to_owned() } else { left.join(", ") };
            let because = stripped(&hold.because);
            let text = format!("Held at {}: {because}. Left: {left}. {who} decides.", hold.step);
            push(hold.at, text, hold.seq);
        }
        for step in run.unproven() {
            let text = format!("Nobody has yet seen {step} take effect.");
            push(run.started.unwrap_or(Timestamp::UNIX_EPOCH), text, run.seq);
        }
    }
    for ask in chronicle.asks.iter().filter(|ask| ask.answer.is_none()) {
        push(ask.at, format!("Not answered, {}: {}", ask.step, ask.question), ask.seq);
    }
    for lost in chronicle.undelivered() {
        let because = stripped(&lost.because);
        let text = format!("Message for {} ({}): {because}.", lost.channel, lost.language);
        push(lost.at, text, lost.seq);
    }
    lines
}
