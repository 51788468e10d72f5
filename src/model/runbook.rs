//! Runbooks: what a failure mode looks like and what is done about it.
//!
//! DESIGN §7 and CONTRACT.md's "Runbook" are the grammar. A step is flat here, as it is in the document;
//! [`Step::kind`] gives the one kind that lint made sure of.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Guard, Id, Percent, ProbeKind, Query, Span};

/// A whole runbook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Runbook {
    /// Always `lifeboat/runbook/v1`.
    #[schemars(extend("const" = "lifeboat/runbook/v1"))]
    pub schema: String,
    /// The runbook's name.
    pub id: Id,
    /// One line for people.
    pub title: String,
    /// The failure mode that it is for.
    pub failure_mode: Id,
    /// Who keeps it.
    #[schemars(extend("x-ref" = "contacts"))]
    pub owner: Id,
    /// An incident may be worse, not lighter.
    pub severity_at_least: Severity,
    /// Where the fault lies.
    pub layer: Layer,
    /// Names and routes, or packets.
    pub plane: Plane,
    /// What follows from the fault.
    #[serde(default)]
    pub reach: FaultReach,
    /// What users notice.
    pub impact: String,
    /// How it happened, first match wins.
    #[serde(default)]
    pub mechanisms: BTreeMap<Id, Guard>,
    /// Act, wait or call; first match wins.
    pub advice: Vec<AdviceRule>,
    /// When it is to be read again.
    pub review_after: Span,
    /// What it is about.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// What it needs while the fault lasts.
    #[serde(default)]
    pub needs: Needs,
    /// What the fault looks like.
    pub matches: Matches,
    /// When nothing may be changed.
    #[serde(default)]
    pub stop_when: Vec<StopRule>,
    /// What is done.
    pub phases: Phases,
}

/// How bad an incident is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Some users notice.
    Minor,
    /// Many users are affected.
    Major,
    /// The service is down.
    Critical,
}

impl Severity {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

/// Where a fault lies.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// A carrier, a transit or a hoster.
    Provider,
    /// Between networks.
    Interconnect,
    /// Names.
    Dns,
    /// Our services.
    Application,
    /// Ourselves.
    Observer,
}

/// What follows from a fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultReach {
    /// Everything that sits behind its subject is cut off.
    #[default]
    Behind,
    /// Its subject alone is ill; what sits behind it has its own reasons.
    Itself,
}

/// Which plane a fault lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Plane {
    /// Names and routes.
    Control,
    /// Packets.
    Data,
}

/// What to do about a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// Change something.
    Act,
    /// Change nothing; tell people.
    Wait,
    /// Call somebody.
    Call,
}

/// One line of advice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceRule {
    /// When it holds.
    #[serde(default, rename = "if")]
    pub guard: Option<Guard>,
    /// True for the last line.
    #[serde(default)]
    pub otherwise: bool,
    /// What to do.
    pub say: Advice,
    /// Why.
    #[serde(default)]
    pub why: Option<String>,
}

/// A parameter of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// What it names.
    #[serde(rename = "type")]
    pub kind: ParamKind,
    /// Where its value comes from.
    #[serde(default)]
    pub from: Option<ParamSource>,
    /// A list that it is one of, for example `$zone.standby_at`; absent: whatever of its kind fits.
    #[serde(default)]
    pub among: Option<Reference>,
    /// The parameter behind which it sits: a provider in a carrier's network, a zone at a provider.
    #[serde(default)]
    pub behind: Option<String>,
    /// True when nothing may fit: then each step that names it is left out, and named in the plan.
    #[serde(default)]
    pub optional: bool,
    /// A value that shows what is meant.
    #[serde(default)]
    pub example: Option<String>,
}

/// What a parameter names.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ParamKind {
    /// A member of `dns_providers`.
    DnsProvider,
    /// A member of `registrars`.
    Registrar,
    /// A member of `zones`.
    Zone,
    /// A member of `resolvers`.
    Resolver,
    /// A member of `trackers`.
    Tracker,
    /// A member of `seedboxes`.
    Seedbox,
    /// A member of `carriers`.
    Carrier,
    /// A member of `prefixes`.
    Prefix,
    /// A member of `upstreams`.
    Upstream,
    /// A member of `vantages`.
    Vantage,
}

/// Where a parameter's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ParamSource {
    /// The subject of the cause that is being treated.
    #[serde(rename = "cause.subject")]
    CauseSubject,
}

/// What a runbook needs while the fault lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Whose credentials.
    #[serde(default)]
    pub credentials: Vec<Reference>,
    /// Which registrars.
    #[serde(default)]
    pub registrars: Vec<Reference>,
    /// Which hosts.
    #[serde(default)]
    pub hosts: Vec<Reference>,
}

/// `$name`, `$name.path` or an id, in a value's place.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("format" = "reference"))]
pub struct Reference(pub String);

/// What a fault looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Matches {
    /// Each must be true. None: it is planned by name alone, and no diagnosis names it.
    pub supports: Vec<Guard>,
    /// None may be true.
    #[serde(default)]
    pub contradicts: Vec<Guard>,
    /// Facts without which neither this mode nor `healthy` may be said.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("x-format-items" = "query"))]
    pub must_know: Vec<Query>,
}

impl Matches {
    /// Tells whether a diagnosis never names it: somebody sets out to do it.
    pub const fn by_name(&self) -> bool {
        self.supports.is_empty()
    }
}

/// When nothing may be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StopRule {
    /// The condition.
    #[serde(rename = "if")]
    pub guard: Guard,
    /// What is said to the operator.
    pub say: String,
}

/// The three phases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Phases {
    /// 0–4 h.
    pub immediate: PhaseBody,
    /// 4–48 h.
    pub recovery: PhaseBody,
    /// 48 h–30 d.
    pub post_incident: PhaseBody,
}

/// Which phase.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// 0–4 h.
    Immediate,
    /// 4–48 h.
    Recovery,
    /// 48 h–30 d.
    PostIncident,
}

impl Phase {
    /// All three, in order.
    pub const ALL: [Self; 3] = [Self::Immediate, Self::Recovery, Self::PostIncident];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Recovery => "recovery",
            Self::PostIncident => "post-incident",
        }
    }

    /// Returns how long it is at most: 4 hours, 48 hours, 30 days.
    pub const fn length(self) -> Span {
        const HOUR: u64 = 3_600;
        match self {
            Self::Immediate => Span::from_secs(4 * HOUR),
            Self::Recovery => Span::from_secs(48 * HOUR),
            Self::PostIncident => Span::from_secs(30 * 24 * HOUR),
        }
    }
}

impl Phases {
    /// Returns one phase.
    pub const fn get(&self, phase: Phase) -> &PhaseBody {
        match phase {
            Phase::Immediate => &self.immediate,
            Phase::Recovery => &self.recovery,
            Phase::PostIncident => &self.post_incident,
        }
    }
}

/// One phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseBody {
    /// When it may begin.
    pub enter: Guard,
    /// When it has ended well.
    pub exit: Guard,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// One step: exactly one of seven kinds, and what stands around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Stable within the runbook.
    pub id: Id,
    /// When it is done at all.
    #[serde(default)]
    pub when: Option<Guard>,
    /// How long it may take.
    #[serde(default)]
    pub timeout: Option<Span>,
    /// Done once for each of these.
    #[serde(default)]
    pub each: Option<Reference>,
    /// What a failure leads to.
    #[serde(default)]
    pub on_fail: Option<OnFail>,
    /// What an unknown guard leads to.
    #[serde(default)]
    pub on_unknown: Option<OnUnknown>,
    /// Who sees to it.
    #[serde(default)]
    #[schemars(extend("x-ref" = "contacts"))]
    pub owner: Option<Id>,
    /// Probe, and require or record facts.
    #[serde(default)]
    pub check: Option<Check>,
    /// Take one way.
    #[serde(default)]
    pub branch: Option<Vec<Way>>,
    /// Ask a person.
    #[serde(default)]
    pub ask: Option<Ask>,
    /// Change something.
    #[serde(default)]
    pub change: Option<ChangeSpec>,
    /// Tell people.
    #[serde(default)]
    pub message: Option<MessageSpec>,
    /// Wait for something.
    #[serde(default)]
    pub wait: Option<WaitSpec>,
    /// Another runbook, by id: the steps of its immediate phase stand here, in the including plan. Its parameters
    /// take the values of those of the same name, and bind by what fits otherwise.
    #[serde(default)]
    #[schemars(extend("x-ref" = "runbooks"))]
    pub include: Option<Id>,
}

/// The kind of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepKind<'a> {
    /// Probe, and require or record facts.
    Check(&'a Check),
    /// Take one way.
    Branch(&'a [Way]),
    /// Ask a person.
    Ask(&'a Ask),
    /// Change something.
    Change(&'a ChangeSpec),
    /// Tell people.
    Message(&'a MessageSpec),
    /// Wait for something.
    Wait(&'a WaitSpec),
    /// Another runbook.
    Include(&'a Id),
}

impl Step {
    /// The seven keys, of which a step has exactly one.
    pub const KINDS: [&'static str; 7] =
        ["check", "branch", "ask", "change", "message", "wait", "include"];

    /// Returns the step's kind; `None` when it has none, which lint refuses.
    pub fn kind(&self) -> Option<StepKind<'_>> {
        let check = self.check.as_ref().map(StepKind::Check);
        let branch = self.branch.as_deref().map(StepKind::Branch);
        let ask = self.ask.as_ref().map(StepKind::Ask);
        let change = self.change.as_ref().map(StepKind::Change);
        let message = self.message.as_ref().map(StepKind::Message);
        let wait = self.wait.as_ref().map(StepKind::Wait);
        let include = self.include.as_ref().map(StepKind::Include);
        check.or(branch).or(ask).or(change).or(message).or(wait).or(include)
    }
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFail {
    /// Stop in a named state and let a person decide.
    Hold,
    /// Reverse this run.
    Undo,
    /// Go on, and list it.
    Continue,
}

/// What an unknown guard leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnUnknown {
    /// The step is left out, and listed.
    Skip,
    /// No plan is pinned.
    Refuse,
    /// The step is done all the same.
    Proceed,
}

/// Probe, and require or record facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Which probes.
    #[schemars(length(min = 1))]
    pub probe: Vec<ProbeKind>,
    /// What must hold; absent: the facts are only recorded.
    #[serde(default)]
    pub require: Option<Guard>,
}

/// One way of a branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Its name, for `when: "road = …"`.
    pub take: Id,
    /// When it is taken.
    #[serde(default, rename = "if")]
    pub guard: Option<Guard>,
    /// True for the last one, which includes every unknown.
    #[serde(default)]
    pub otherwise: bool,
}

/// Something that a person does, says or takes over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// An instruction to carry out; may be a reference.
    #[serde(default, rename = "do")]
    pub instruction: Option<String>,
    /// A question to answer.
    #[serde(default)]
    pub question: Option<String>,
    /// True for a handoff.
    #[serde(default)]
    pub handoff: bool,
    /// Why.
    #[serde(default)]
    pub why: Option<String>,
    /// Who: a contact where the estate has contacts, else only a name to show.
    #[serde(default)]
    #[schemars(extend("x-ref" = "contacts"))]
    pub who: Option<Id>,
    /// The answers that are taken; absent: any text.
    #[serde(default)]
    pub answers: Vec<String>,
    /// What shows that it was done.
    #[serde(default)]
    pub proof: Option<Proof>,
    /// By when.
    #[serde(default)]
    pub within: Option<Span>,
    /// The zone of which it names a patch for the source of whoever else writes it: what the incident changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<Reference>,
}

/// What shows that a person did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Their word.
    Answer,
}

/// A change, as the runbook writes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSpec {
    /// What is done.
    pub action: ActionKind,
    /// To what: each action says which keys it takes.
    #[schemars(with = "BTreeMap<String, Reference>")]
    pub target: BTreeMap<String, Reference>,
    /// Why.
    pub why: String,
    /// Who must agree.
    pub approval: ApprovalSpec,
    /// How much it may touch.
    pub limit: Limit,
    /// When users notice.
    #[serde(default)]
    pub effect: Effect,
    /// How the effect is proven.
    pub verify: VerifySpec,
    /// How it is reversed.
    pub undo: UndoSpec,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ActionKind {
    /// `target: {zone, remove, add}`: moves the delegation at the parent from one provider to another.
    #[serde(rename = "dns.delegation.replace")]
    DelegationReplace,
    /// `target: {zone, remove, add}`: moves it back to where the estate intends it.
    #[serde(rename = "dns.delegation.restore")]
    DelegationRestore,
    /// `target: {zone, add}`: a provider's servers beside those that the parent delegates to.
    #[serde(rename = "dns.delegation.add")]
    DelegationAdd,
    /// `target: {zone, remove}`: takes a provider's servers out, and leaves the others.
    #[serde(rename = "dns.delegation.remove")]
    DelegationRemove,
    /// `target: {zone, at}`: the name servers at the zone's own top at a provider become those of every provider that
    /// the parent delegates to.
    #[serde(rename = "dns.apex.match")]
    ApexMatch,
    /// `target: {zone, at, from}`: one provider serves another one's keys beside its own (RFC 8901 §2.1.2).
    #[serde(rename = "dns.keys.share")]
    KeysShare,
    /// `target: {zone, add}`: names the keys of a provider at the parent, beside those that are named there.
    #[serde(rename = "dns.ds.add")]
    DsAdd,
    /// `target: {zone, remove}`: names them no longer.
    #[serde(rename = "dns.ds.remove")]
    DsRemove,
    /// `target: {zone, at, from?}`: makes what a provider holds of a zone what git has of it.
    #[serde(rename = "dns.zone.apply")]
    ZoneApply,
    /// `target: {zone, at}`: lowers the TTL of each critical name at a provider to what the estate allows.
    #[serde(rename = "dns.ttl.lower")]
    TtlLower,
    /// `target: {replace, with, seedboxes?, private?}`: one tracker's URLs in place of another's.
    #[serde(rename = "tracker.list.replace")]
    TrackerReplace,
    /// `target: {add, beside, seedboxes?, private?}`: appends a tracker where another is listed.
    #[serde(rename = "tracker.list.append")]
    TrackerAppend,
    /// `target: {remove, seedboxes?, private?}`: takes a tracker out of the lists.
    #[serde(rename = "tracker.list.remove")]
    TrackerRemove,
}

/// Who must agree to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalSpec {
    /// A policy of the estate's `approvals`.
    #[schemars(extend("x-ref" = "approvals"))]
    pub policy: Id,
    /// For how long a yes holds.
    pub expires: Span,
}

/// How much a change may touch, all its members together. It only tightens what holds anyway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// At most so many zones.
    #[serde(default)]
    pub zones: Option<u32>,
    /// Only these record types.
    #[serde(default)]
    #[schemars(extend("x-format-items" = "record-type"))]
    pub records: Vec<String>,
    /// So many name servers or trackers that answer must be left.
    #[serde(default)]
    pub keep_healthy_servers: Option<u32>,
    /// At most so many torrents.
    #[serde(default)]
    pub torrents: Option<u32>,
    /// At most so many record sets.
    #[serde(default)]
    pub record_sets: Option<u32>,
    /// At most so many changes.
    #[serde(default)]
    pub changes: Option<u32>,
    /// At most this part of a zone's record sets, or of a seedbox's torrents; one may always be touched.
    #[serde(default)]
    pub share: Option<Percent>,
    /// What a hidden origin that would become public leads to, said where its readers look: no plan, whether or not it is said.
    #[serde(default)]
    pub exposes_origin: Option<Exposure>,
}

/// What a hidden origin that would become public leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exposure {
    /// No plan.
    Refuse,
}

/// When users notice a change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// How long records are kept.
    #[serde(default)]
    pub record_ttl: Option<Lasting>,
    /// How long delegations are kept.
    #[serde(default)]
    pub delegation_ttl: Option<Lasting>,
    /// How long clients wait between announces.
    #[serde(default)]
    pub announce_interval: Option<Lasting>,
}

/// A time that is measured, or stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Lasting {
    /// The word `measured`.
    Word(MeasuredWord),
    /// A stated time.
    Stated(Span),
}

/// The word `measured`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MeasuredWord {
    /// It is measured when the plan is pinned.
    Measured,
}

/// How an effect is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifySpec {
    /// Whom to ask.
    #[schemars(length(min = 1))]
    pub ask: Vec<Witness>,
    /// What they must say.
    pub want: WantWord,
    /// Until when "not yet" is no failure: `effect.latest` or a length of time.
    #[serde(default)]
    #[schemars(extend("format" = "not-yet-until"))]
    pub not_yet_until: Option<String>,
}

/// Whom a verify asks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The parent's name servers.
    Parent,
    /// The zone's name servers.
    Authorities,
    /// The estate's resolvers.
    Resolvers,
    /// The trackers themselves, by scrape.
    Trackers,
    /// The seedboxes' own lists.
    Seedboxes,
}

/// What the witnesses must say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WantWord {
    /// The zone is delegated to and answered by the added provider alone.
    OnlyStandby,
    /// The zone is delegated as the estate intends.
    AsIntended,
    /// The zone is delegated to exactly the servers of the plan, and answered by them.
    Delegated,
    /// Every server of the provider answers each record set that was changed, over UDP and TCP.
    Served,
    /// The tracker lists the changed torrents' peers.
    Listed,
    /// The tracker is no longer in the lists.
    Gone,
}

/// How a change is reversed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoSpec {
    /// The action that reverses it; absent when it is irreversible.
    #[serde(default)]
    pub action: Option<UndoKind>,
    /// What must be known to be good before anything moves back.
    #[serde(default)]
    pub refuse_unless: Option<Guard>,
    /// Why it cannot be reversed.
    #[serde(default)]
    pub irreversible: Option<String>,
}

/// The action that reverses a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UndoKind {
    /// Puts the delegation back as it was.
    #[serde(rename = "dns.delegation.restore")]
    DelegationRestore,
    /// Puts the record sets back as they were.
    #[serde(rename = "dns.zone.restore")]
    ZoneRestore,
    /// Puts the tracker lists back as they were.
    #[serde(rename = "tracker.list.restore")]
    TrackerRestore,
}

/// A message, as the runbook writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSpec {
    /// A file of `templates/`, without its ending.
    #[schemars(extend("x-ref" = "templates"))]
    pub template: String,
    /// Channel ids; where no channel has that id, `customers` and `team` mean every channel of that audience
    /// ([`super::Estate::channels_for`]). What names no channel is left out, and named in the plan.
    #[schemars(
        length(min = 1),
        extend("x-ref-items" = "status_channels", "x-ref-words" = ["customers", "team"])
    )]
    pub to: Vec<Id>,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitSpec {
    /// A condition.
    #[serde(default)]
    pub until: Option<Guard>,
    /// A length of time.
    #[serde(default, rename = "for")]
    pub length: Option<Span>,
    /// A length of time that the estate says, for example `$zone.managed_by.every`; the step is left out where it does not.
    #[serde(default)]
    pub as_long_as: Option<Reference>,
    /// The longest wait.
    #[serde(default)]
    pub at_most: Option<Span>,
}
