//! Journal records: what happened. Everything that people read is a fold over these.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Advice, ApprovalProof, Cause, CodeMark, Delivery, Direction, End, Head, Id, LimitKind, Mode,
    Outcome, Phase, Proven, Severity, StandingMark, Truth, Verdict,
};

/// One record of a journal; one line of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// From 0, without a gap.
    pub seq: u64,
    /// SHA-256 of the line before, as bytes, in hexadecimal; 64 zeros for the first.
    pub prev: String,
    /// When (UTC).
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Which process wrote it: random at its start.
    pub boot: String,
    /// Views skip an unknown record; run, resume and undo refuse one that must be understood.
    pub must_understand: bool,
    /// What happened.
    pub event: Event,
}

/// What happened, in the past tense.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The incident was declared.
    Declared {
        /// Its id.
        incident: Id,
        /// One line.
        title: String,
        /// How bad.
        severity: Severity,
        /// The estate.
        estate: Id,
        /// Live or drill.
        mode: Mode,
    },
    /// The world was probed and judged.
    Diagnosed {
        /// The classification.
        verdict: Verdict,
        /// What to do.
        advice: Option<Advice>,
        /// Since when.
        #[schemars(with = "Option<String>")]
        since: Option<Timestamp>,
        /// The explanations.
        causes: Vec<Cause>,
        /// Facts that the causes rest on, in words.
        because: Vec<String>,
        /// SHA-256 of the transcript of what came back, in hexadecimal; absent when none was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// A plan was pinned.
    Planned {
        /// Its digest.
        digest: String,
        /// Its runbook.
        runbook: Id,
        /// Its phase.
        phase: Phase,
        /// How many changes it holds.
        changes: u32,
        /// What the approver types.
        target: Id,
    },
    /// A plan goes past a limit, by a person's word.
    Overridden {
        /// The plan's digest.
        digest: String,
        /// The limit.
        limit: LimitKind,
        /// At which step.
        step: Id,
        /// By how much, in words.
        because: String,
        /// Who says so.
        by: String,
        /// Why.
        reason: String,
    },
    /// A command was refused, and nothing was written.
    Refused {
        /// What was asked for: the command's words.
        what: String,
        /// Why not.
        because: String,
        /// Who asked.
        by: String,
    },
    /// A person approved a plan.
    Approved {
        /// Of which plan.
        digest: String,
        /// Who.
        by: String,
        /// How.
        means: ApprovalProof,
        /// For `do` or for `undo`.
        direction: Direction,
        /// Until when (UTC).
        #[schemars(with = "String")]
        expires: Timestamp,
        /// The journal's head that they were shown, which their own papers name as well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<Head>,
        /// The armored signature over the statement that plan and record make together; believed by nobody
        /// who has not verified it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// The standing approval that it rests on, where they were alone; believed by nobody who has not judged it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        standing: Option<StandingMark>,
        /// The printed code that it rests on; believed by nobody who has not judged it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<CodeMark>,
    },
    /// A code was typed that is not the one that was asked for.
    WrongCode {
        /// For which plan.
        digest: String,
        /// Whose sheet was asked for.
        contact: Id,
        /// Which of its numbers.
        number: u8,
        /// Who typed it.
        by: String,
        /// How many wrong ones were typed for that person in this incident, this one included.
        tries: u32,
    },
    /// A person broke the glass: for a short time they stand in for the people that a plan's policy wants.
    BrokeGlass {
        /// Of which plan.
        digest: String,
        /// Who.
        by: String,
        /// For `do` or for `undo`.
        direction: Direction,
        /// Why nobody else could be waited for.
        reason: String,
        /// Until when (UTC).
        #[schemars(with = "String")]
        expires: Timestamp,
        /// The journal's head that they were shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        head: Option<Head>,
    },
    /// A run was begun; its approval is spent by this record.
    Started {
        /// Of which plan.
        digest: String,
        /// Toward the new state, or back.
        direction: Direction,
    },
    /// A process took the run up again.
    Resumed {
        /// Of which plan.
        digest: String,
    },
    /// A write is about to be sent. Durable before anything leaves.
    Intended {
        /// The step.
        step: Id,
        /// Which of its changes.
        change: u32,
        /// The direction.
        direction: Direction,
        /// Derived from digest, step, change, direction and try.
        key: String,
        /// After this moment it can no longer land (UTC).
        #[schemars(with = "String")]
        lands_by: Timestamp,
    },
    /// A write was sent and nobody said what became of it: its outcome is unknown, never failed.
    InDoubt {
        /// The step.
        step: Id,
        /// Which of its changes.
        change: u32,
        /// The direction.
        direction: Direction,
        /// How the answer was lost, in words.
        because: String,
    },
    /// The service put a write off: surely nothing changed, and it is tried again, not before a time.
    Deferred {
        /// The step.
        step: Id,
        /// Which of its changes.
        change: u32,
        /// The direction.
        direction: Direction,
        /// From when on it may be tried again (UTC).
        #[schemars(with = "String")]
        until: Timestamp,
        /// Why, in words.
        because: String,
    },
    /// What became of a write, or of the look before it.
    Settled {
        /// The step.
        step: Id,
        /// Which of its changes.
        change: u32,
        /// The direction.
        direction: Direction,
        /// How it ended.
        end: End,
        /// Why, in words.
        because: String,
    },
    /// An effect was looked for.
    Verified {
        /// The step.
        step: Id,
        /// The direction.
        direction: Direction,
        /// Yes, not yet, no.
        outcome: Proven,
        /// What the witnesses said, in words.
        because: String,
    },
    /// A message is about to be delivered.
    Telling {
        /// The step.
        step: Id,
        /// The channel.
        channel: Id,
        /// The language.
        language: String,
        /// The whole text.
        text: String,
    },
    /// What became of a message.
    Told {
        /// The step.
        step: Id,
        /// The channel.
        channel: Id,
        /// The language.
        language: String,
        /// Whether it arrived.
        delivery: Delivery,
        /// Where it lies, or why not.
        because: String,
    },
    /// A person was asked.
    Asked {
        /// The step.
        step: Id,
        /// What.
        question: String,
    },
    /// A person answered.
    Answered {
        /// The step.
        step: Id,
        /// What they said.
        answer: String,
        /// Who.
        by: String,
    },
    /// A check was made.
    Checked {
        /// The step.
        step: Id,
        /// Whether what it requires holds.
        truth: Truth,
        /// Why.
        because: String,
        /// SHA-256 of the transcript of what came back; whoever appends the record adds it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
    },
    /// A wait began.
    Waiting {
        /// The step.
        step: Id,
        /// Until when at most (UTC).
        #[schemars(with = "String")]
        until: Timestamp,
    },
    /// A wait ended.
    Waited {
        /// The step.
        step: Id,
        /// Whether its condition came true.
        truth: Truth,
        /// Why.
        because: String,
    },
    /// A step failed, and the run went on, as the runbook says.
    WentOn {
        /// The step.
        step: Id,
        /// Why it failed.
        because: String,
    },
    /// The run stopped in a named state; a person decides.
    Held {
        /// The step.
        step: Id,
        /// Why.
        because: String,
        /// What is left to do.
        left: Vec<Id>,
        /// Who must act.
        who: Option<Id>,
    },
    /// The run turned round: from here it undoes.
    TurnedBack {
        /// The step that failed.
        step: Id,
        /// Why.
        because: String,
    },
    /// The operator stopped the run before its next effect.
    Halted {
        /// Who, or which signal.
        by: String,
    },
    /// Another process asked the run to stop.
    HaltAsked {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// Another process was shut out of the run; whatever it still asks for is refused.
    TakenOver {
        /// Who took it over.
        by: String,
        /// Whom they shut out: user, machine and process, in words.
        from: String,
        /// Why.
        reason: String,
    },
    /// The run ended.
    Finished {
        /// Of which plan.
        digest: String,
        /// How.
        outcome: Outcome,
    },
    /// A person wrote something down.
    Noted {
        /// Who.
        by: String,
        /// What.
        text: String,
    },
    /// Transcripts were removed; the records that name them stay.
    Purged {
        /// Who.
        by: String,
        /// Why.
        because: String,
        /// Their SHA-256, in hexadecimal.
        transcripts: Vec<String>,
    },
    /// Users are served again.
    Resolved {
        /// Why that is known.
        because: String,
    },
    /// The incident was closed.
    Closed {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}
