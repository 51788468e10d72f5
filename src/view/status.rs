//! Where an incident stands, in one view.

use jiff::Timestamp;
use serde::Serialize;

use super::chronicle::{
    Asking, BrokenGlass, Chronicle, Entry, Judged, Notice, Overriding, Problem, State, Times,
};
use super::run::Run;
use crate::model::{Held, Id, Severity};

/// Where an incident stands: for the team.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// The incident.
    pub incident: Id,
    /// Its title.
    pub title: String,
    /// How bad.
    pub severity: Option<Severity>,
    /// The estate.
    pub estate: Id,
    /// Whether it is a drill.
    pub exercise: bool,
    /// Where it stands.
    pub state: State,
    /// When things happened.
    pub times: Times,
    /// When this was looked at.
    pub now: Timestamp,
    /// What users notice.
    pub impact: Option<String>,
    /// The verdict that counts.
    pub judged: Option<Judged>,
    /// Every plan and what came of it.
    pub runs: Vec<Run>,
    /// What printed codes were taken for, and which were wrong.
    pub codes: Vec<Entry>,
    /// Plans that went on without the people that their policies want.
    pub broken_glass: Vec<BrokenGlass>,
    /// Limits that plans go past, by a person's word.
    pub overrides: Vec<Overriding>,
    /// Commands that were refused before anything was written.
    pub refusals: Vec<Problem>,
    /// Questions that nobody has answered.
    pub open_asks: Vec<Asking>,
    /// Messages of which nobody knows that they arrived.
    pub undelivered: Vec<Notice>,
    /// How many messages arrived.
    pub delivered: usize,
    /// The newest lines of the timeline, oldest first.
    pub latest: Vec<Entry>,
    /// The locks, where somebody looked at them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locks: Option<LocksSeen>,
}

/// The locks of an estate, and how far they reach.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LocksSeen {
    /// Those that somebody holds.
    pub held: Vec<Held>,
    /// Whom they keep out, in words.
    pub reach: String,
}

/// How many lines of the timeline a status shows.
const LATEST: usize = 5;

/// Cuts a chronicle down to where the incident stands.
pub fn status(chronicle: &Chronicle, now: Timestamp) -> Status {
    let timeline = &chronicle.timeline;
    let open = chronicle.asks.iter().filter(|ask| ask.answer.is_none());
    let undelivered: Vec<Notice> = chronicle.undelivered().cloned().collect();
    Status {
        incident: chronicle.incident.clone(),
        title: chronicle.title.clone(),
        severity: chronicle.severity,
        estate: chronicle.estate.clone(),
        exercise: chronicle.exercise,
        state: chronicle.state,
        times: chronicle.times,
        now,
        impact: chronicle.impact.clone(),
        judged: chronicle.judged().cloned(),
        runs: chronicle.runs.clone(),
        codes: chronicle.codes.clone(),
        broken_glass: chronicle.broken_glass.clone(),
        overrides: chronicle.overrides.clone(),
        refusals: chronicle.refusals.clone(),
        open_asks: open.cloned().collect(),
        delivered: chronicle.notices.len() - undelivered.len(),
        undelivered,
        latest: timeline[timeline.len().saturating_sub(LATEST)..].to_vec(),
        locks: None,
    }
}
