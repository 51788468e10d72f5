//! What a status message may say, by whom it is for.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::chronicle::{BrokenGlass, Chronicle, State};
use super::phrase::{cause_words, say, severity_name, stripped};
use super::time::{lasted, moment};
use super::vendor::VendorWords;
use crate::model::{Audience, Layer, Severity};

/// All that a status template can name. Moments are text in UTC; what is absent is missing.
///
/// For customers it holds no word that names a vendor: `impact` is left out where it would,
/// and `team`, with the title that somebody typed in a hurry, is there for the team alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageContext {
    /// Whether it is a drill.
    pub exercise: bool,
    /// Who reads it.
    pub audience: Audience,
    /// Where the incident stands.
    pub state: State,
    /// Where the fault lies, where a cause is named.
    pub layer: Option<Layer>,
    /// What users notice, in the runbook's words (English).
    pub impact: Option<String>,
    /// Since when.
    pub since: Option<String>,
    /// When the message was written.
    pub now: String,
    /// When the next one comes.
    pub next_update: Option<String>,
    /// Whether we changed something.
    pub changed: bool,
    /// Since when the remedy is known to work.
    pub mitigated: Option<String>,
    /// When users were served again.
    pub resolved: Option<String>,
    /// How long it lasted, once it is over.
    pub lasted: Option<String>,
    /// For the team alone.
    pub team: Option<TeamContext>,
}

/// What only the team is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TeamContext {
    /// The incident.
    pub incident: String,
    /// Its title.
    pub title: String,
    /// How bad.
    pub severity: String,
    /// The estate.
    pub estate: String,
    /// The causes, most likely first, in words.
    pub causes: Vec<String>,
    /// The facts that they rest on, in words.
    pub facts: Vec<String>,
    /// What to do, in a word.
    pub advice: Option<String>,
    /// What is in place now, in words.
    pub changes: Vec<String>,
    /// Plans that went on without the people that their policies want, and why, in words.
    pub broken_glass: Vec<String>,
    /// Limits that plans go past, and why, in words.
    pub overrides: Vec<String>,
    /// Messages that did not arrive, in words.
    pub undelivered: Vec<String>,
    /// What stands still and for whom, in words.
    pub held: Option<String>,
}

impl MessageContext {
    /// Cuts a chronicle down to what an audience may be told.
    ///
    /// `impact` is the runbook's text; absent, the chronicle's own counts.
    pub fn new(
        chronicle: &Chronicle,
        audience: Audience,
        impact: Option<&str>,
        vendors: &VendorWords,
        now: Timestamp,
        next_update: Option<Timestamp>,
    ) -> Self {
        let times = &chronicle.times;
        let began = times.since.or(times.detected);
        let impact = impact.or(chronicle.impact.as_deref());
        let may_say = |text: &&str| audience == Audience::Team || vendors.named_in(text).is_none();
        let team = (audience == Audience::Team).then(|| TeamContext::of(chronicle));
        Self {
            exercise: chronicle.exercise,
            audience,
            state: chronicle.state,
            layer: chronicle.causes().first().map(|cause| cause.layer),
            impact: impact.filter(may_say).map(str::to_owned),
            since: began.map(moment),
            now: moment(now),
            next_update: next_update.map(moment),
            changed: chronicle.has_changed_something(),
            mitigated: times.mitigated.map(moment),
            resolved: times.resolved.map(moment),
            lasted: began.zip(times.resolved).map(|(from, to)| lasted(from, to)),
            team,
        }
    }
}

impl TeamContext {
    fn of(chronicle: &Chronicle) -> Self {
        let judged = chronicle.judged();
        let landed = chronicle.runs.iter().flat_map(|run| {
            run.landed().map(move |it| format!("{} of plan {}", it.step, run.short()))
        });
        let undelivered = chronicle.undelivered();
        let held = chronicle.run().and_then(|run| run.hold()).map(|hold| {
            let who = hold.who.as_ref().map_or("a person", |who| who.as_str());
            format!("{}: {}; {who} decides", hold.step, stripped(&hold.because))
        });
        Self {
            incident: chronicle.incident.to_string(),
            title: chronicle.title.clone(),
            severity: chronicle.severity.map_or("unknown", severity_name).to_owned(),
            estate: chronicle.estate.to_string(),
            causes: chronicle.causes().iter().map(cause_words).collect(),
            facts: judged.map(|judged| judged.because.clone()).unwrap_or_default(),
            advice: judged.and_then(|judged| judged.advice).map(|it| say(it).to_owned()),
            changes: counted(landed),
            broken_glass: chronicle.broken_glass.iter().map(when_and_words).collect(),
            overrides: chronicle
                .overrides
                .iter()
                .map(|it| format!("{} at {}: {}", it.limit.name(), it.step, it.reason))
                .collect(),
            undelivered: undelivered
                .map(|it| format!("{} ({}): {}", it.channel, it.language, it.because))
                .collect(),
            held,
        }
    }
}

fn when_and_words(glass: &BrokenGlass) -> String {
    format!("{}: {}", moment(glass.at), glass.words())
}

/// Says each of several equal things once, with how many there are.
fn counted(things: impl Iterator<Item = String>) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for thing in things {
        match counted.iter_mut().find(|(there, _)| *there == thing) {
            Some((_, count)) => *count += 1,
            None => counted.push((thing, 1)),
        }
    }
    let word = |(thing, count): (String, usize)| match count {
        1 => thing,
        _ => format!("{thing} ({count} changes)"),
    };
    counted.into_iter().map(word).collect()
}

/// Returns when the next message should come: the worse, the sooner; on a full five minutes.
pub fn next_update(severity: Severity, now: Timestamp) -> Timestamp {
    let minutes = match severity {
        Severity::Critical => 30,
        Severity::Major => 60,
        Severity::Minor => 240,
    };
    let later = now.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(now);
    let second = later.as_second();
    let full = second + (300 - second.rem_euclid(300)) % 300;
    Timestamp::from_second(full).unwrap_or(later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_message_comes_on_a_full_five_minutes() {
        let now = "2026-11-25T14:02:31Z".parse().expect("a time");
        let text = |severity| next_update(severity, now).to_string();
        assert_eq!(text(Severity::Critical), "2026-11-25T14:35:00Z");
        assert_eq!(text(Severity::Major), "2026-11-25T15:05:00Z");
        let full = "2026-11-25T14:00:00Z".parse().expect("a time");
        assert_eq!(next_update(Severity::Major, full).to_string(), "2026-11-25T15:00:00Z");
    }
}
