//! What a chronicle holds: everything that people read about one incident.

use jiff::Timestamp;
use serde::Serialize;

use super::run::Run;
use super::time::moment;
use crate::model::{
    Advice, ApprovalProof, Cause, Delivery, Direction, Id, LimitKind, Severity, Verdict,
};

/// Everything that people read about one incident; [`Chronicle::fold`] makes it from the journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Chronicle {
    /// Its id; empty before it was declared.
    pub incident: Id,
    /// One line, as the operator typed it.
    pub title: String,
    /// How bad.
    pub severity: Option<Severity>,
    /// The estate.
    pub estate: Id,
    /// Whether it is a drill: then everything that is read says EXERCISE.
    pub exercise: bool,
    /// Where it stands.
    pub state: State,
    /// When things happened.
    pub times: Times,
    /// What users notice, in the runbook's words.
    pub impact: Option<String>,
    /// Every verdict.
    pub diagnoses: Vec<Judged>,
    /// Every plan and what came of it, in the order in which they were pinned.
    pub runs: Vec<Run>,
    /// Limits that plans go past, by a person's word.
    pub overrides: Vec<Overriding>,
    /// Commands that were refused before anything was written.
    pub refusals: Vec<Problem>,
    /// Who agreed to what.
    pub approvals: Vec<Approval>,
    /// What printed codes were taken for, and which were wrong.
    pub codes: Vec<Entry>,
    /// Who ran or undid a plan without the people that its policy wants.
    pub broken_glass: Vec<BrokenGlass>,
    /// Every message, delivered or not.
    pub notices: Vec<Notice>,
    /// Every question to a person.
    pub asks: Vec<Asking>,
    /// What people wrote down.
    pub notes: Vec<Note>,
    /// What failed without stopping the run.
    pub went_on: Vec<Problem>,
    /// Requests to stop, with their reasons.
    pub halts: Vec<Problem>,
    /// Every durable event as a sentence.
    pub timeline: Vec<Entry>,
}

/// Where an incident stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody knows yet what it is.
    #[default]
    Investigating,
    /// A cause is named.
    Identified,
    /// A remedy took effect, or everything answers again; it is being watched.
    Monitoring,
    /// Users are served again.
    Resolved,
    /// It is closed.
    Closed,
}

impl State {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// When things happened (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Times {
    /// When it began, where the facts tell.
    pub since: Option<Timestamp>,
    /// When somebody opened the incident.
    pub declared: Option<Timestamp>,
    /// When a fault was first diagnosed, else when the incident was opened.
    pub detected: Option<Timestamp>,
    /// When a remedy was proven to work, or everything answered again.
    pub mitigated: Option<Timestamp>,
    /// When users were served again.
    pub resolved: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// When the newest record was written.
    pub newest: Option<Timestamp>,
}

/// One verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The classification.
    pub verdict: Verdict,
    /// What to do.
    pub advice: Option<Advice>,
    /// The explanations, most likely first.
    pub causes: Vec<Cause>,
    /// The facts that they rest on, in words.
    pub because: Vec<String>,
}

/// One limit that a plan goes past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overriding {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Which plan.
    pub digest: String,
    /// Which limit.
    pub limit: LimitKind,
    /// At which step.
    pub step: Id,
    /// By how much, in words.
    pub because: String,
    /// Who says so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Of which plan.
    pub digest: String,
    /// Who.
    pub by: String,
    /// What proves it.
    pub means: ApprovalProof,
    /// For doing or for undoing.
    pub direction: Direction,
    /// Until when.
    pub expires: Timestamp,
}

/// One glass that was broken: a plan that went on without the people that its policy wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenGlass {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// For which plan.
    pub digest: String,
    /// Who.
    pub by: String,
    /// For doing or for undoing.
    pub direction: Direction,
    /// Why nobody else could be waited for.
    pub reason: String,
    /// Until when.
    pub expires: Timestamp,
}

/// One message on one channel in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The record that announced it, else the one that says what became of it.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The step.
    pub step: Id,
    /// The channel.
    pub channel: Id,
    /// The language.
    pub language: String,
    /// The whole text; empty when none was rendered.
    pub text: String,
    /// What became of it; a message that nobody heard of again is unknown.
    pub delivery: Delivery,
    /// Where it lies, or why not.
    pub because: String,
}

/// One question to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asking {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The step.
    pub step: Id,
    /// What was asked.
    pub question: String,
    /// What they said; absent while it is open.
    pub answer: Option<String>,
    /// Who.
    pub by: Option<String>,
}

/// What a person wrote down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub text: String,
}

/// Something that went wrong or was stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The step, the command, or who it was.
    pub of: String,
    /// Why.
    pub because: String,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The event's kind, as the journal writes it.
    pub kind: &'static str,
    /// What happened, in one sentence.
    pub sentence: String,
}

impl BrokenGlass {
    /// Says who went on with which plan, until when and why: what every view of the team says of it.
    pub fn words(&self) -> String {
        let Self { by, reason, .. } = self;
        let what = match self.direction {
            Direction::Do => "plan",
            Direction::Undo => "undoing plan",
        };
        let short = self.digest.get(..8).unwrap_or(&self.digest);
        let until = moment(self.expires);
        format!(
            "{what} {short} without the people that its policy wants, by {by}, until {until}. Why: {reason}"
        )
    }
}

impl Chronicle {
    /// Returns the verdict that counts: the newest that names a cause, else the newest.
    pub fn judged(&self) -> Option<&Judged> {
        let named = self.diagnoses.iter().rev().find(|judged| !judged.causes.is_empty());
        named.or_else(|| self.diagnoses.last())
    }

    /// Returns the causes that count, most likely first.
    pub fn causes(&self) -> &[Cause] {
        self.judged().map_or(&[], |judged| &judged.causes)
    }

    /// Returns the messages of which nobody knows that they arrived.
    pub fn undelivered(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(|notice| notice.delivery != Delivery::Delivered)
    }

    /// Returns the run that was begun last.
    pub fn run(&self) -> Option<&Run> {
        self.runs.iter().filter(|run| run.started.is_some()).max_by_key(|run| run.started)
    }

    /// Tells whether something in the world was changed and still is.
    pub fn has_changed_something(&self) -> bool {
        let mut altered = std::collections::BTreeMap::new();
        for run in &self.runs {
            for alteration in run.landed() {
                let place = (&run.digest, &alteration.step, alteration.change);
                altered.insert(place, alteration.direction);
            }
        }
        altered.values().any(|direction| *direction == Direction::Do)
    }
}
