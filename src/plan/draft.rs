//! Drafting: a phase's steps resolved against facts and estate, down to what must be read before they are pinned.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::deed::Deed;
use super::scope::Scope;
use super::walk::Walk;
use super::{Breach, Refusal, bound::bound};
use crate::model::binding::Behind;
use crate::model::{
    ChangeSpec, Estate, Fact, Guard, Id, LeftOut, LimitKind, Mode, OnFail, Phase, PlanStep,
    Runbook, RunbookMark, Services, Severity, Since, Span, UnknownGuard, Wanted,
};

/// Everything that a plan is made of.
#[derive(Clone, Debug)]
pub struct Pinning<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// SHA-256 of its bytes, in hexadecimal.
    pub estate_digest: String,
    /// What each of its services is held to.
    pub services: Services,
    /// The runbook, and where it came from.
    pub runbook: (&'a Runbook, RunbookMark),
    /// Every runbook that may be included.
    pub includes: &'a [(Runbook, RunbookMark)],
    /// The phase.
    pub phase: Phase,
    /// What the caller knows of the parameters: what `--set` says, and the cause's subject.
    pub params: BTreeMap<String, Id>,
    /// What sits behind what, for parameters that say `behind`.
    pub behind: &'a Behind,
    /// Which ways the branches of earlier phases took in this incident.
    pub taken: BTreeMap<Id, Id>,
    /// Live or drill.
    pub mode: Mode,
    /// The incident.
    pub incident: Id,
    /// How bad it is, as it was declared.
    pub severity: Severity,
    /// The limits that a person goes past, each with the reason.
    pub overrides: BTreeMap<LimitKind, String>,
    /// The facts of the diagnosis and of the journal.
    pub facts: &'a [Fact],
    /// Since when they have been so.
    pub since: &'a Since,
    /// The longest interval that a tracker asks its clients to wait, where one was heard.
    pub announce_interval: Option<Span>,
    /// Now (UTC).
    pub now: Timestamp,
    /// The tool's version.
    pub tool: String,
    /// The account that asks for the plan.
    pub requester: String,
}

/// A phase's steps, resolved as far as facts go. [`Draft::pin`] makes it a plan.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    pub(super) pinning: Pinning<'a>,
    pub(super) params: BTreeMap<String, Id>,
    pub(super) steps: Vec<Drafted>,
    pub(super) exit: Guard,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) unknowns: Vec<UnknownGuard>,
    pub(super) breaches: Vec<Breach>,
    pub(super) includes: Vec<RunbookMark>,
    pub(super) used: BTreeSet<Id>,
    wants: Vec<Wanted>,
}

/// One step of a draft.
#[derive(Clone, Debug)]
pub(super) enum Drafted {
    /// It is frozen already.
    Ready(Box<PlanStep>),
    /// It changes something, and what is there now must be read first.
    Open(Box<OpenChange>),
}

/// A change whose before-values are not read yet. Its step holds no changes until then.
#[derive(Clone, Debug)]
pub(super) struct OpenChange {
    /// The step.
    pub step: PlanStep,
    /// The runbook's own step; one with `each` has many members.
    pub origin: Id,
    /// What the runbook says.
    pub spec: ChangeSpec,
    /// What is done.
    pub deed: Deed,
}

impl OpenChange {
    /// Tells whether a plan goes on without it where what is there cannot be read.
    pub fn may_fail(&self) -> bool {
        matches!(self.deed, Deed::Records(_)) && self.step.on_fail == OnFail::Continue
    }
}

/// Drafts a phase of a runbook.
///
/// Guards that are judged now: `stop_when` (true refuses; unknown goes on, listed), the phase's `enter` (must be
/// true), branches (the first way that is true; unknown ways are passed over and listed), each step's `when`
/// (unknown: `skip` unless the step says otherwise, listed). What is judged while it runs — `require`, `until`,
/// `exit`, `refuse_unless` — is listed when it is unknown now, with what an unknown will lead to then.
///
/// # Errors
/// Every [`Refusal`] but those that need what [`Draft::wants`] names.
pub fn draft(pinning: Pinning<'_>) -> Result<Draft<'_>, Refusal> {
    let (estate, runbook) = (pinning.estate, pinning.runbook.0);
    let known = bound(estate, runbook, &pinning.params, pinning.behind)?;
    let scope = Scope { estate, params: &runbook.params, known: known.clone() };
    let mut walk = Walk::new(&pinning, scope);
    walk.may_begin(runbook, pinning.phase)?;
    let body = runbook.phases.get(pinning.phase);
    walk.steps(&body.steps)?;
    let exit = walk.exit(&body.exit);
    let mut walked = walk.done();
    for step in &mut walked.steps {
        if let Drafted::Open(open) = step
            && let Deed::Apex(apex) = &mut open.deed
        {
            apex.beside(&walked.moves, estate, pinning.facts);
        }
    }
    let open = walked.steps.iter().filter_map(|step| match step {
        Drafted::Open(open) => Some(open.deed.wanted()),
        Drafted::Ready(_) => None,
    });
    let wants: BTreeSet<Wanted> = open.flatten().collect();
    Ok(Draft {
        params: known,
        steps: walked.steps,
        exit,
        left_out: walked.left_out,
        unknowns: walked.unknowns,
        breaches: walked.breaches,
        includes: walked.includes,
        used: walked.used,
        wants: wants.into_iter().collect(),
        pinning,
    })
}

impl Draft<'_> {
    /// Returns what must be read before this can be pinned.
    pub fn wants(&self) -> &[Wanted] {
        &self.wants
    }
}
