//! One plan and what came of it.

use jiff::Timestamp;
use serde::Serialize;

use crate::model::{Direction, End, Id, Phase, Proven, Truth};

/// One plan, in one direction, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// The plan's digest.
    pub digest: String,
    /// Its runbook; absent when the journal does not say.
    pub runbook: Option<Id>,
    /// Its phase.
    pub phase: Option<Phase>,
    /// What the approver typed.
    pub target: Option<Id>,
    /// How many changes it holds.
    pub planned_changes: u32,
    /// Toward the new state, or back.
    pub direction: Direction,
    /// The record that pinned or began it.
    pub seq: u64,
    /// When it was begun; absent while it is only a plan.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Where it stands.
    pub state: RunState,
    /// What it changed.
    pub alterations: Vec<Alteration>,
    /// What was proven of it, or disproven; "not yet" is progress and stands nowhere.
    pub proofs: Vec<Proof>,
    /// The checks that did not say yes.
    pub checks: Vec<Proof>,
    /// Where it stopped for a person.
    pub holds: Vec<Hold>,
    /// Where and why it turned round.
    pub turned_back: Option<Hold>,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Pinned, not begun.
    Planned,
    /// Under way.
    Running,
    /// Waiting for a condition or a time.
    Waiting,
    /// Waiting for a person's answer.
    Asking,
    /// Stopped in a named state; a person decides.
    Held,
    /// Stopped by the operator.
    Stopped,
    /// Every step is done.
    Completed,
    /// Everything that was done is reversed.
    Undone,
    /// Refused before anything was written.
    Refused,
}

impl RunState {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Asking => "asking",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::Completed => "completed",
            Self::Undone => "undone",
            Self::Refused => "refused",
        }
    }

    /// Tells whether the run is over for good.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Undone | Self::Refused)
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alteration {
    /// The newest record about it.
    pub seq: u64,
    /// When that was.
    pub at: Timestamp,
    /// The step.
    pub step: Id,
    /// Which of its changes.
    pub change: u32,
    /// The direction.
    pub direction: Direction,
    /// How often it was sent.
    pub tries: u32,
    /// What became of it.
    pub ending: Ending,
    /// Why, in words.
    pub because: String,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It was about to be sent, and nobody knows more.
    Intended,
    /// It was sent, and no answer came.
    InDoubt,
    /// The service put it off.
    Deferred,
    /// It is so now.
    Landed,
    /// It is as it was before.
    Absent,
    /// It is as somebody else wanted it.
    Drifted,
    /// The service refused it.
    Refused,
    /// The target could not be read.
    Unreadable,
}

impl From<End> for Ending {
    fn from(end: End) -> Self {
        match end {
            End::Landed => Self::Landed,
            End::Absent => Self::Absent,
            End::Drifted => Self::Drifted,
            End::Refused => Self::Refused,
            End::Unreadable => Self::Unreadable,
        }
    }
}

/// What witnesses said in the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The step.
    pub step: Id,
    /// The direction.
    pub direction: Direction,
    /// True, false or nobody knows.
    pub truth: Truth,
    /// What they said.
    pub because: String,
    /// How many seconds after the step's last write that was.
    pub after_write: Option<i64>,
}

/// Where a run stopped or turned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// The record.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// The step.
    pub step: Id,
    /// Why.
    pub because: String,
    /// What is left.
    pub left: Vec<Id>,
    /// Who must act.
    pub who: Option<Id>,
    /// When the run was taken up again.
    pub resumed: Option<Timestamp>,
}

impl Run {
    /// Returns the first eight digits of its digest.
    pub fn short(&self) -> &str {
        self.digest.get(..8).unwrap_or(&self.digest)
    }

    /// Returns the writes that are so now.
    pub fn landed(&self) -> impl Iterator<Item = &Alteration> {
        self.alterations.iter().filter(|alteration| alteration.ending == Ending::Landed)
    }

    /// Returns the hold that still stands.
    pub fn hold(&self) -> Option<&Hold> {
        self.holds.last().filter(|_| self.state == RunState::Held)
    }

    /// Returns the steps that wrote something which nobody saw take effect.
    pub fn unproven(&self) -> Vec<&Id> {
        let mut steps: Vec<&Id> = Vec::new();
        for landed in self.landed() {
            let proven = self.proofs.iter().any(|proof| {
                proof.step == landed.step
                    && proof.direction == landed.direction
                    && proof.truth == Truth::True
            });
            if !proven && !steps.contains(&&landed.step) {
                steps.push(&landed.step);
            }
        }
        steps
    }

    /// Notes a write, or what became of it.
    pub(super) fn alter(&mut self, news: Alteration) {
        let place = self.alterations.iter_mut().rev().find(|known| {
            known.step == news.step
                && known.change == news.change
                && known.direction == news.direction
        });
        match place {
            Some(known) => {
                let tries = known.tries.saturating_add(news.tries);
                *known = Alteration { tries, ..news };
            }
            None => self.alterations.push(news),
        }
    }

    /// Notes what witnesses said; "not yet" is progress and leaves no trace.
    pub(super) fn prove(&mut self, outcome: Proven, proof: Proof) {
        let truth = match outcome {
            Proven::Yes => Truth::True,
            Proven::No => Truth::False,
            Proven::NotYet => return,
        };
        let written = self.landed().filter(|landed| landed.step == proof.step).map(|it| it.at);
        let after_write = written.max().map(|at| proof.at.as_second() - at.as_second());
        self.proofs.push(Proof { truth, after_write, ..proof });
    }
}
