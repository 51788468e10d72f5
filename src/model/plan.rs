//! Plans: one phase's frozen steps. What is approved is the digest of this.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ActionKind, ApprovalMeans, ApprovalProof, Ask, Audience, Change, Contact, CopySource, Fact,
    Guard, Id, Limit, OnFail, OnUnknown, Override, Phase, ProbeKind, Span, WantWord, Witness,
    ZoneSet,
};

/// `lifeboat.plan/v1`: frozen; leaves no meaningful choice to execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Always `lifeboat.plan/v1`.
    pub schema: String,
    /// The version of the tool that pinned it.
    pub tool: String,
    /// Live or drill; an approval of one is nothing to the other.
    pub mode: Mode,
    /// The incident.
    pub incident: Id,
    /// The estate.
    pub estate: EstateMark,
    /// The runbook.
    pub runbook: RunbookMark,
    /// The runbooks that it includes.
    pub includes: Vec<RunbookMark>,
    /// The phase.
    pub phase: Phase,
    /// The parameters, as ids.
    pub params: BTreeMap<String, Id>,
    /// What the approver types: the object that is changed first, else what the runbook is about.
    pub target: Id,
    /// When it was pinned (UTC).
    #[schemars(with = "String")]
    pub pinned_at: Timestamp,
    /// Until when it may be started (UTC).
    #[schemars(with = "String")]
    pub start_by: Timestamp,
    /// Who must agree; absent when nothing is changed.
    pub approval: Option<PlannedApproval>,
    /// What is done, in order.
    pub steps: Vec<PlanStep>,
    /// When the phase has ended well.
    pub exit: Guard,
    /// What is not done, and why.
    pub left_out: Vec<LeftOut>,
    /// Every guard that nobody knows.
    pub unknowns: Vec<UnknownGuard>,
    /// The limits that it goes past, each with the reason.
    #[serde(default)]
    pub overrides: Vec<Override>,
    /// How many requests it uses, by service.
    pub requests: BTreeMap<Id, RequestUse>,
    /// What it rests on beyond itself: endpoints, command lines, and the digests of templates and pins.
    #[serde(default)]
    pub rests_on: BTreeMap<String, String>,
    /// The facts that it was pinned on.
    pub facts: Vec<Fact>,
}

impl Plan {
    /// The form of plans that this version writes and runs.
    pub const SCHEMA: &'static str = "lifeboat.plan/v1";

    /// Returns every change of every step, in their order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().flat_map(PlanStep::changes)
    }
}

impl PlanStep {
    /// Returns its changes; none where it is no change.
    pub fn changes(&self) -> &[Change] {
        match &self.work {
            Work::Change(planned) => &planned.changes,
            Work::Check { .. }
            | Work::Took { .. }
            | Work::Ask(_)
            | Work::Message { .. }
            | Work::Wait { .. } => &[],
        }
    }
}

/// Live or drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The real world.
    Live,
    /// A rehearsal.
    Drill,
}

/// Which estate, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EstateMark {
    /// Its id.
    pub id: Id,
    /// SHA-256 of the document's bytes, in hexadecimal.
    pub digest: String,
}

/// Which runbook, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunbookMark {
    /// Its id.
    pub id: Id,
    /// The commit that it was read at; absent for an embedded or uncommitted one.
    pub commit: Option<String>,
    /// Where it came from: `embedded`, or a path.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub digest: String,
}

/// Who must agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedApproval {
    /// The estate's policy.
    pub policy: Id,
    /// How many distinct people.
    pub people: u8,
    /// How.
    pub by: ApprovalMeans,
    /// For how long a yes holds.
    pub expires: Span,
    /// Whose signatures count, where signatures are wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<Approver>,
    /// Who asked for the plan, where that is one of the contacts: their own signature does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Id>,
    /// What whoever is alone may do instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<Alone>,
    /// Whether a printed one-time code counts in the place of a signature.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub codes: bool,
}

/// When one person may go on by a standing approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alone {
    /// How long after the plan was pinned: the others had so long to answer.
    pub after: Span,
    /// How long ago a drill must have carried the runbook out at most; absent: that is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsed_within: Option<Span>,
}

impl PlannedApproval {
    /// Tells whether a yes that is proven so counts.
    pub fn takes(&self, proof: ApprovalProof) -> bool {
        let by_code = self.codes && self.by == ApprovalMeans::Signature;
        proof == self.by.into() || (by_code && proof == ApprovalProof::Code)
    }

    /// Returns how many people must agree: one more where one of them may be whoever asked for it. Whatever a plan says,
    /// that is never nobody.
    pub const fn needed(&self) -> usize {
        let unsure = matches!(self.by, ApprovalMeans::Signature) && self.requester.is_none();
        let people = if self.people == 0 { 1 } else { self.people };
        people as usize + unsure as usize
    }
}

/// Whose signature counts, as the estate said when the plan was pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approver {
    /// The contact.
    pub contact: Id,
    /// Their principal in `allowed_signers`.
    pub principal: String,
}

impl Approver {
    /// Returns every contact whose signature can be told.
    pub fn among(contacts: &[Contact]) -> Vec<Self> {
        let signing = contacts.iter().filter_map(|contact| {
            let principal = contact.signer.clone()?;
            Some(Self { contact: contact.id.clone(), principal })
        });
        signing.collect()
    }
}

/// How many requests a plan uses of what a service takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestUse {
    /// So many.
    pub uses: u32,
    /// Of so many, where a quota is declared.
    pub of: Option<u32>,
}

/// A step that is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Its id.
    pub step: Id,
    /// Why.
    pub because: String,
}

/// A guard that nobody knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownGuard {
    /// Where it stands.
    pub step: Id,
    /// The guard, with its parameters filled in.
    pub guard: Guard,
    /// What was done about it.
    pub on_unknown: OnUnknown,
}

/// One frozen step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// Its id; `included/step` for one of an included runbook.
    pub id: Id,
    /// Who sees to it.
    pub owner: Option<Id>,
    /// How long it may take.
    pub timeout: Option<Span>,
    /// What a failure leads to.
    pub on_fail: OnFail,
    /// What is done.
    pub work: Work,
}

/// What a frozen step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Probe, and require or record facts.
    Check {
        /// Which probes.
        probes: Vec<ProbeKind>,
        /// What must hold.
        require: Option<Guard>,
    },
    /// The way that a branch took.
    Took {
        /// The way.
        way: Id,
        /// Why.
        because: String,
    },
    /// Ask a person.
    Ask(Ask),
    /// Change something.
    Change(Box<PlannedChange>),
    /// Tell people.
    Message {
        /// The template's name.
        template: String,
        /// The channels.
        to: Vec<PlannedChannel>,
    },
    /// Wait for something.
    Wait {
        /// A condition.
        until: Option<Guard>,
        /// The longest wait.
        at_most: Span,
    },
}

/// A channel, as it was when the plan was pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedChannel {
    /// Its id.
    pub id: Id,
    /// Who reads it.
    pub audience: Audience,
    /// In which languages.
    pub languages: Vec<String>,
}

/// A frozen change step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedChange {
    /// What is done.
    pub action: ActionKind,
    /// Why.
    pub why: String,
    /// How much it may touch, as the runbook says; the approver reads it.
    pub limit: Limit,
    /// Its changes, in order; each is one request.
    pub changes: Vec<Change>,
    /// When users notice, counted from the last write.
    pub forecast: Forecast,
    /// How the effect is proven.
    pub verify: Verify,
    /// How it is reversed.
    pub undo: Undo,
    /// When a reversal would take effect.
    pub way_back: WayBack,
}

/// When users notice, counted from the last write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// The first user.
    pub earliest: Span,
    /// The middle one.
    pub likely: Span,
    /// The last one.
    pub latest: Span,
    /// What it follows from, in words.
    pub because: String,
    /// The resolvers of which more is known than what holds for any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolvers: Vec<ResolverForecast>,
}

/// When the users of one resolver notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResolverForecast {
    /// The resolver.
    pub resolver: Id,
    /// The middle one of its users. Counted from the last write; where `because` says what it holds, from when the plan was
    /// made, for that runs out whether or not anything is written.
    pub likely: Span,
    /// The last one, counted from the last write.
    pub latest: Span,
    /// What it follows from beside what holds for any, in words.
    pub because: String,
}

/// When a reversal takes effect: writing it back is quick, and what caches hold by then is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WayBack {
    /// When users notice it, counted from its last write.
    pub forecast: Forecast,
    /// The longest that a reversal may take to be called one: the length of the plan's phase.
    pub bound: Span,
    /// Whether the last user notices it within the bound.
    pub in_time: bool,
}

/// How an effect is proven.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verify {
    /// Whom to ask.
    pub ask: Vec<Witness>,
    /// The word that the runbook used.
    pub want: WantWord,
    /// What that means here.
    pub expected: Expected,
    /// Until when "not yet" is no failure, counted from the last write.
    pub not_yet_until: Span,
    /// How often somebody else writes there: as often it is seen, until it is proven, whether what was written is there still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Span>,
}

/// What witnesses must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// A delegation, and names answered by its servers.
    Delegation {
        /// The zone.
        zone: Id,
        /// Toward the new state.
        after: DelegationState,
        /// Back.
        before: DelegationState,
    },
    /// Records of one type at a zone's own name, at every server that has them.
    Top {
        /// The zone.
        zone: Id,
        /// The provider; absent: the parent.
        at: Option<Id>,
        /// The type.
        kind: String,
        /// What is there toward the new state, and not on the way back.
        comes: Vec<String>,
        /// What is there on the way back, and not in the new state.
        goes: Vec<String>,
    },
    /// Record sets that every server of a provider answers.
    Records {
        /// The zone.
        zone: Id,
        /// The provider.
        at: Id,
        /// Where what shall be there came from; absent: it was there, and only its times to live are others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<CopySource>,
        /// What is answered of each toward the new state; one without data is denied.
        after: Vec<ZoneSet>,
        /// Back.
        before: Vec<ZoneSet>,
    },
    /// Torrents listed at a tracker.
    Listed {
        /// The tracker that shall list them.
        after: Id,
        /// The tracker that listed them before.
        before: Option<Id>,
        /// `seedbox`, `info-hash` pairs.
        torrents: Vec<(Id, String)>,
    },
}

/// A delegation's servers, and where its answers come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DelegationState {
    /// The NS set, fully qualified, lower case, sorted.
    pub servers: Vec<String>,
    /// The providers whose servers these are.
    pub providers: Vec<Id>,
}

/// How a change is reversed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Undo {
    /// By the reversed changes.
    Reverse {
        /// What must be known to be good first.
        refuse_unless: Option<Guard>,
        /// What caches hold, which is waited for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pause: Option<Pause>,
    },
    /// Not at all.
    Irreversible {
        /// Why.
        reason: String,
    },
}

/// What a reversal waits for, because caches outlive what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pause {
    /// Before it: so long since the run first saw that `refuse_unless` is so, and it must be so still.
    Before(Span),
    /// After it: so long nothing else moves back.
    After(Span),
}
