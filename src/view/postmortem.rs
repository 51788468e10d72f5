//! The blameless postmortem: what happened, what helped, what hindered, what is to be done.

use jiff::Timestamp;
use serde::Serialize;

use super::chronicle::{Chronicle, Judged, Overriding};
use super::duties::{Duty, duties, forecast, marks, overtime};
use super::phrase::{cause_words, count, length, severity_name, stripped, verdict_words};
use super::run::{Ending, Run, RunState};
use super::time::{lasted, moment, moment_to_the_second};
use crate::model::{Delivery, Direction, Plan, Truth, Verdict};

/// What a postmortem knows besides the journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Background<'a> {
    /// The incident's plans, for owners, forecasts and unknown guards.
    pub plans: &'a [Plan],
    /// The names of the incident's transcripts.
    pub blobs: &'a [String],
}

/// A blameless postmortem. Moments are text in UTC; what is absent never happened or is not known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Postmortem {
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
    /// The estate.
    pub estate: String,
    /// When this was written.
    pub now: String,
    /// What users noticed.
    pub impact: Option<String>,
    /// When it began.
    pub since: Option<String>,
    /// When it was detected.
    pub detected: Option<String>,
    /// When a remedy was proven.
    pub mitigated: Option<String>,
    /// When users were served again.
    pub resolved: Option<String>,
    /// From the beginning to the detection.
    pub time_to_detect: Option<String>,
    /// From the detection to the proven remedy.
    pub time_to_mitigate: Option<String>,
    /// From the detection to the end.
    pub time_to_resolve: Option<String>,
    /// The causes, most likely first.
    pub causes: Vec<String>,
    /// How each run ended.
    pub runs: Vec<Line>,
    /// What printed codes were taken for, and which were wrong.
    pub codes: Vec<Line>,
    /// Plans that went on without the people that their policies want, and why.
    pub broken_glass: Vec<Line>,
    /// Limits that plans went past, and why.
    pub overrides: Vec<Line>,
    /// What helped.
    pub helped: Vec<Line>,
    /// What hindered.
    pub hindered: Vec<Line>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The names of the transcripts.
    pub blobs: Vec<String>,
    /// What is to be done.
    pub actions: Vec<Duty>,
    /// What people wrote down.
    pub notes: Vec<Line>,
    /// What happened, line by line.
    pub timeline: Vec<Line>,
}

/// One line, with the records that it follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When, where that matters.
    pub at: Option<String>,
    /// What.
    pub text: String,
    /// The records.
    pub from: Vec<u64>,
}

/// A verdict and the facts that it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: String,
    /// What was concluded.
    pub verdict: String,
    /// From what, in words.
    pub because: Vec<String>,
}

/// Returns what users noticed, as the first diagnosis that names a cause says it.
fn first_impact(chronicle: &Chronicle) -> Option<String> {
    let mut causes = chronicle.diagnoses.iter().flat_map(|judged| &judged.causes);
    causes.next().map(|cause| cause.impact.clone())
}

/// Words every cause that was named, in the order in which they first were.
fn named(chronicle: &Chronicle) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for words in chronicle.diagnoses.iter().flat_map(|judged| &judged.causes).map(cause_words) {
        if !named.contains(&words) {
            named.push(words);
        }
    }
    named
}

/// Writes the postmortem of an incident.
pub fn postmortem(
    chronicle: &Chronicle,
    background: &Background<'_>,
    now: Timestamp,
) -> Postmortem {
    let times = chronicle.times;
    let between = |from: Option<Timestamp>, to: Option<Timestamp>| {
        from.zip(to).map(|(from, to)| lasted(from, to))
    };
    Postmortem {
        exercise: chronicle.exercise,
        incident: chronicle.incident.to_string(),
        title: chronicle.title.clone(),
        severity: chronicle.severity.map_or("unknown", severity_name).to_owned(),
        state: chronicle.state.name().to_owned(),
        estate: chronicle.estate.to_string(),
        now: moment(now),
        impact: first_impact(chronicle),
        since: times.since.map(moment),
        detected: times.detected.map(moment),
        mitigated: times.mitigated.map(moment),
        resolved: times.resolved.map(moment),
        time_to_detect: between(times.since, times.detected),
        time_to_mitigate: between(times.detected, times.mitigated),
        time_to_resolve: between(times.detected, times.resolved),
        causes: named(chronicle),
        runs: chronicle.runs.iter().map(run_line).collect(),
        codes: chronicle
            .codes
            .iter()
            .map(|entry| line(Some(entry.at), entry.sentence.clone(), entry.seq))
            .collect(),
        broken_glass: chronicle
            .broken_glass
            .iter()
            .map(|glass| line(Some(glass.at), glass.words(), glass.seq))
            .collect(),
        overrides: chronicle.overrides.iter().map(override_line).collect(),
        helped: helped(chronicle, background.plans),
        hindered: hindered(chronicle, background.plans),
        evidence: chronicle.diagnoses.iter().map(evidence).collect(),
        blobs: background.blobs.to_vec(),
        actions: duties(chronicle, background.plans),
        notes: chronicle
            .notes
            .iter()
            .map(|note| line(Some(note.at), format!("{}: {}", note.by, note.text), note.seq))
            .collect(),
        timeline: chronicle
            .timeline
            .iter()
            .map(|entry| line(Some(entry.at), entry.sentence.clone(), entry.seq))
            .collect(),
    }
}

fn line(at: Option<Timestamp>, text: String, seq: u64) -> Line {
    Line { at: at.map(moment_to_the_second), text, from: vec![seq] }
}

fn evidence(judged: &Judged) -> Evidence {
    Evidence {
        seq: judged.seq,
        at: moment_to_the_second(judged.at),
        verdict: verdict_words(judged.verdict, &judged.causes),
        because: judged.because.clone(),
    }
}

fn run_line(run: &Run) -> Line {
    let runbook = run.runbook.as_ref().map_or("an unknown runbook", |runbook| runbook.as_str());
    let what = match run.direction {
        Direction::Do => "plan",
        Direction::Undo => "undoing of plan",
    };
    let landed = u32::try_from(run.landed().count()).unwrap_or(u32::MAX);
    let landed = count(landed, "change in place", "changes in place");
    let state = run.state.name();
    let at = run.hold().map_or_else(String::new, |hold| format!(" at {}", hold.step));
    let text = format!("{what} {} ({runbook}): {state}{at}, {landed}", run.short());
    line(run.started, text, run.seq)
}

fn override_line(overriding: &Overriding) -> Line {
    let Overriding { seq, at, limit, step, because, by, reason, .. } = overriding;
    let (name, because) = (limit.name(), stripped(because));
    line(Some(*at), format!("{name} at {step}: {because}. {by} said why: {reason}"), *seq)
}

fn helped(chronicle: &Chronicle, plans: &[Plan]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut faults = chronicle.diagnoses.iter().filter(|judged| judged.verdict == Verdict::Fault);
    if let Some(first) = faults.next()
        && faults.all(|later| later.causes.iter().any(|cause| same(cause, first)))
        && !first.causes.is_empty()
    {
        lines.push(line(None, "The first look named the cause.".to_owned(), first.seq));
    }
    for run in &chronicle.runs {
        let plan = plans.iter().find(|plan| marks(plan, run, chronicle));
        for proof in run.proofs.iter().filter(|proof| proof.truth == Truth::True) {
            let took = proof.after_write.map_or_else(String::new, |took| {
                let latest = forecast(plan, &proof.step).map(|it| it.latest.as_secs());
                let latest = latest.map(|it| length(i64::try_from(it).unwrap_or(i64::MAX)));
                let latest = latest.map(|it| format!(", forecast {it} at most"));
                format!(" {} after its last write{}", length(took), latest.unwrap_or_default())
            });
            let text = format!("{} was seen to take effect{took}.", proof.step);
            lines.push(line(None, text, proof.seq));
        }
    }
    let told = chronicle.notices.iter().filter(|it| it.delivery == Delivery::Delivered);
    let told: Vec<u64> = told.map(|notice| notice.seq).collect();
    if !told.is_empty() {
        let number = u32::try_from(told.len()).unwrap_or(u32::MAX);
        let text = format!("{} reached their readers.", count(number, "message", "messages"));
        let text = if told.len() == 1 { "1 message reached its readers.".to_owned() } else { text };
        lines.push(Line { at: None, text, from: told });
    }
    lines
}

fn same(cause: &crate::model::Cause, first: &Judged) -> bool {
    first
        .causes
        .iter()
        .any(|known| known.failure_mode == cause.failure_mode && known.subject == cause.subject)
}

fn hindered(chronicle: &Chronicle, plans: &[Plan]) -> Vec<Line> {
    let mut lines = Vec::new();
    for judged in &chronicle.diagnoses {
        let text = match judged.verdict {
            Verdict::Undetermined => "A look could not tell what it was.",
            Verdict::ObserverFault => "A look failed because the observer itself could not see.",
            Verdict::Fault | Verdict::Healthy => continue,
        };
        lines.push(line(Some(judged.at), text.to_owned(), judged.seq));
    }
    for run in &chronicle.runs {
        of_run(run, plans.iter().find(|plan| marks(plan, run, chronicle)), &mut lines);
    }
    for lost in chronicle.undelivered() {
        let end = match lost.delivery {
            Delivery::Unknown => "may not have reached",
            Delivery::Failed | Delivery::Delivered => "did not reach",
        };
        let because = stripped(&lost.because);
        let text = format!(
            "The message of {} {end} {} ({}): {because}.",
            lost.step, lost.channel, lost.language
        );
        lines.push(line(Some(lost.at), text, lost.seq));
    }
    for refusal in &chronicle.refusals {
        let text = format!("Refused: {}, because {}.", refusal.of, stripped(&refusal.because));
        lines.push(line(Some(refusal.at), text, refusal.seq));
    }
    for problem in &chronicle.went_on {
        let text = format!("{} failed: {}.", problem.of, stripped(&problem.because));
        lines.push(line(Some(problem.at), text, problem.seq));
    }
    lines
}

fn of_run(run: &Run, plan: Option<&Plan>, lines: &mut Vec<Line>) {
    for hold in &run.holds {
        let because = stripped(&hold.because);
        let stood = match hold.resumed {
            Some(resumed) => format!("for {}", lasted(hold.at, resumed)),
            None if run.state == RunState::Held => "and is held still".to_owned(),
            None => "until it ended".to_owned(),
        };
        let text = format!("The run was held at {} {stood}: {because}.", hold.step);
        lines.push(line(Some(hold.at), text, hold.seq));
    }
    if let Some(turn) = &run.turned_back {
        let because = stripped(&turn.because);
        let text = format!("The run turned back at {}: {because}.", turn.step);
        lines.push(line(Some(turn.at), text, turn.seq));
    }
    of_effects(run, plan, lines);
}

/// Tells what was not seen, was late, had an unknown outcome or rested on the unknown.
fn of_effects(run: &Run, plan: Option<&Plan>, lines: &mut Vec<Line>) {
    for proof in &run.proofs {
        let text = if proof.truth == Truth::False {
            let because = stripped(&proof.because);
            format!("{} was not seen to take effect: {because}.", proof.step)
        } else if let Some((took, latest)) = overtime(plan, proof) {
            let (took, latest) = (length(took), length(latest));
            format!("{} took {took}, forecast {latest} at most.", proof.step)
        } else {
            continue;
        };
        lines.push(line(Some(proof.at), text, proof.seq));
    }
    for altered in run.alterations.iter().filter(|it| it.ending != Ending::Landed) {
        let what = match altered.ending {
            Ending::Landed | Ending::Absent => continue,
            Ending::Drifted => "met a value that somebody else wrote",
            Ending::Deferred => "was put off",
            Ending::Refused => "was refused",
            Ending::Unreadable => "could not be read back",
            Ending::Intended | Ending::InDoubt => "has an unknown outcome",
        };
        let text = format!("Change {} of {} {what}.", altered.change + 1, altered.step);
        lines.push(line(Some(altered.at), text, altered.seq));
    }
    for unknown in plan.map(|plan| plan.unknowns.iter()).into_iter().flatten() {
        let text = format!("Nobody knew whether {} ({}).", unknown.guard, unknown.step);
        lines.push(line(None, text, run.seq));
    }
}
