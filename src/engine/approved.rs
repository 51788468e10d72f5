//! A plan that may be run: the only way into the engine.

use std::collections::BTreeSet;

use jiff::Timestamp;
use thiserror::Error;

use crate::journal::{self, Glass, Illegal, Rival, RunState, Standing, Vouched, Yes};
use crate::model::{ApprovalMeans, Direction, Mode, Outcome, Plan, PlannedApproval, Record, Work};
use crate::plan::Digest;

/// A plan, a direction, and the journal's word that it may be run.
#[derive(Clone, Debug)]
pub struct Approved {
    plan: Plan,
    digest: String,
    direction: Direction,
    takes_up: bool,
}

/// Why a plan may not be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotApproved {
    /// The journal is of another incident, estate or mode.
    #[error("the plan is of another {0} than this journal")]
    Foreign(&'static str),
    /// The incident is closed.
    #[error("the incident is closed")]
    Closed,
    /// It was to be started earlier.
    #[error("the plan was to be started by {0}; what it rests on is too old")]
    Stale(Timestamp),
    /// It changes something and names no policy.
    #[error("the plan changes something and names nobody who must agree")]
    NoPolicy,
    /// Too few people agreed.
    #[error("{have} of {need} {} {}", if *need == 1 { "approval" } else { "approvals" }, dead(*expired, *spent))]
    Missing {
        /// How many count.
        have: usize,
        /// How many are needed.
        need: usize,
        /// How many have expired.
        expired: usize,
        /// How many were spent by an earlier run.
        spent: usize,
    },
    /// The other direction is under way.
    #[error("the plan's {0} is under way")]
    UnderWay(&'static str),
    /// Nothing that it wrote still stands.
    #[error("the plan has written nothing that an undo could put back")]
    NothingToUndo,
    /// There is no open run.
    #[error("the plan has no open run")]
    NothingOpen,
    /// Another plan's write is in doubt.
    #[error("a write of plan {} at step `{}` is in doubt", .0.digest, .0.step)]
    Rival(Rival),
    /// The journal does not follow.
    #[error(transparent)]
    Illegal(#[from] Illegal),
}

fn dead(expired: usize, spent: usize) -> String {
    match (expired, spent) {
        (0, 0) => "given".to_owned(),
        (expired, 0) => format!("valid, {expired} expired"),
        (0, spent) => format!("valid, {spent} spent"),
        (expired, spent) => format!("valid, {expired} expired and {spent} spent"),
    }
}

impl NotApproved {
    /// Returns the next thing to do.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Foreign(_) | Self::Stale(_) | Self::Closed => {
                "pin a new plan in an open incident"
            }
            Self::NoPolicy => "give the change an `approval` and pin the plan again",
            Self::Missing { .. } => {
                "`lifeboat run` asks for it at a terminal; each approval is of one plan and one run"
            }
            Self::UnderWay(_) | Self::Rival(_) => "`lifeboat resume` it first",
            Self::NothingToUndo | Self::NothingOpen => {
                "`lifeboat status` shows where each run stands"
            }
            Self::Illegal(illegal) => illegal.hint(),
        }
    }
}

impl Approved {
    /// Finds the journal's approval of a plan. A run that is open already needs no second one. No signature counts.
    ///
    /// # Errors
    /// [`NotApproved`] says what is missing.
    pub fn find(
        plan: Plan,
        direction: Direction,
        history: &[Record],
        now: Timestamp,
    ) -> Result<Self, NotApproved> {
        Self::find_signed(plan, direction, history, &Vouched::default(), now)
    }

    /// Finds the journal's approval of a plan, with the signatures that were verified just now.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_signed(
        plan: Plan,
        direction: Direction,
        history: &[Record],
        vouched: &Vouched,
        now: Timestamp,
    ) -> Result<Self, NotApproved> {
        let digest = Digest::of(&plan).hex();
        let state = RunState::fold(&plan, &digest, history)?;
        belongs(&plan, history)?;
        if let Some(rival) = journal::rival(history, &digest) {
            return Err(NotApproved::Rival(rival));
        }
        let open = is_open(state.standing);
        let takes_up = open && state.direction == direction;
        if !takes_up {
            may_begin(&state, direction, open)?;
            agreed(&plan, (&digest, direction), (history, vouched), now)?;
        }
        Ok(Self { plan, digest, direction, takes_up })
    }

    /// Finds the open run of a plan, in whichever direction it goes; its approval is spent already.
    ///
    /// # Errors
    /// [`NotApproved::NothingOpen`], and as [`Self::find`].
    pub fn resume(plan: Plan, history: &[Record], now: Timestamp) -> Result<Self, NotApproved> {
        let digest = Digest::of(&plan).hex();
        let state = RunState::fold(&plan, &digest, history)?;
        if !is_open(state.standing) {
            return Err(NotApproved::NothingOpen);
        }
        Self::find(plan, state.direction, history, now)
    }

    /// Returns the plan.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns the plan's digest, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns the direction.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Tells whether a run that was begun is taken up.
    pub const fn takes_up(&self) -> bool {
        self.takes_up
    }
}

const fn is_open(standing: Standing) -> bool {
    match standing {
        Standing::Running | Standing::Halted | Standing::Held => true,
        Standing::Fresh | Standing::Finished(_) => false,
    }
}

/// An approval of another incident, mode or estate is refused.
fn belongs(plan: &Plan, history: &[Record]) -> Result<(), NotApproved> {
    let incident = journal::incident(history).ok_or(NotApproved::Foreign("incident"))?;
    if incident.id != plan.incident {
        return Err(NotApproved::Foreign("incident"));
    }
    if incident.estate != plan.estate.id {
        return Err(NotApproved::Foreign("estate"));
    }
    if incident.mode != plan.mode {
        return Err(NotApproved::Foreign(match plan.mode {
            Mode::Live => "mode (it is live)",
            Mode::Drill => "mode (it is a drill)",
        }));
    }
    if incident.closed { Err(NotApproved::Closed) } else { Ok(()) }
}

fn may_begin(state: &RunState, direction: Direction, open: bool) -> Result<(), NotApproved> {
    let undoing = state.direction == Direction::Undo;
    match direction {
        Direction::Do if open => Err(NotApproved::UnderWay(if undoing { "undo" } else { "run" })),
        Direction::Do => Ok(()),
        Direction::Undo
            if state.standing == Standing::Finished(Outcome::Undone) || !state.has_written() =>
        {
            Err(NotApproved::NothingToUndo)
        }
        Direction::Undo => Ok(()),
    }
}

fn agreed(
    plan: &Plan,
    (digest, direction): (&str, Direction),
    (history, vouched): (&[Record], &Vouched),
    now: Timestamp,
) -> Result<(), NotApproved> {
    let latest = history.iter().map(|record| record.at).max();
    if direction == Direction::Do && latest.map_or(now, |latest| latest.max(now)) > plan.start_by {
        return Err(NotApproved::Stale(plan.start_by));
    }
    let Some(needed) = &plan.approval else {
        let changes = plan.steps.iter().any(|step| matches!(step.work, Work::Change(_)));
        return if changes { Err(NotApproved::NoPolicy) } else { Ok(()) };
    };
    let (alone, mut given): (Vec<Yes>, Vec<Yes>) =
        journal::yeses(history, digest, direction, now).into_iter().partition(|yes| yes.alone);
    if needed.alone.is_some() && alone.iter().any(|yes| yes.counts() && vouched.stands(yes.seq)) {
        return Ok(());
    }
    given.retain(|yes| needed.takes(yes.means));
    let (have, need) = (people(needed, &given, vouched), needed.needed());
    let glass = journal::broken_glass(history, digest, direction, needed.glass_holds(), now);
    // It stands in for people, and for nothing else: whatever else refuses a plan has been asked by here.
    if have >= need || glass.as_ref().is_some_and(Glass::counts) {
        return Ok(());
    }
    let dead = glass.map(|glass| (glass.expired && !glass.spent, glass.spent)).into_iter();
    let dead = given.iter().map(|yes| (yes.expired && !yes.spent, yes.spent)).chain(dead);
    let (expired, spent) = dead.fold((0, 0), |(expired, spent), (old, used)| {
        (expired + usize::from(old), spent + usize::from(used))
    });
    Err(NotApproved::Missing { have, need, expired, spent })
}

/// Counts the people who agreed. By signature: other people than the one who asked, each with a key of their own; a
/// printed code is a key as well, and whoever gave both is one person.
fn people(needed: &PlannedApproval, given: &[Yes], vouched: &Vouched) -> usize {
    let alive = given.iter().filter(|yes| yes.counts());
    match needed.by {
        ApprovalMeans::Terminal => alive.count(),
        ApprovalMeans::Signature => {
            let (mut principals, mut keys) = (BTreeSet::new(), BTreeSet::new());
            let distinct = alive.filter(|yes| {
                let asked = needed.requester.as_ref().is_some_and(|id| id == yes.by.as_str());
                let known = needed.approvers.iter().find(|it| it.contact == yes.by.as_str());
                match (known, vouched.key(yes.seq)) {
                    (Some(known), Some(key)) if !asked => {
                        let new = !principals.contains(&known.principal) && !keys.contains(key);
                        principals.insert(&known.principal);
                        keys.insert(key);
                        new
                    }
                    _ => false,
                }
            });
            distinct.count()
        }
    }
}
