//! Readiness: what would stop a runbook, said before the incident. Its JSON form is a contract.

use std::net::SocketAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Id, Practice, Span, Truth};

/// `lifeboat.ready/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Readiness {
    /// Always `lifeboat.ready/v1`.
    pub schema: String,
    /// The estate.
    pub estate: Id,
    /// When looking began (UTC).
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Whether nothing was asked over the network.
    pub offline: bool,
    /// In a word.
    pub verdict: Ready,
    /// What would stop a runbook; each is known, none is guessed.
    pub blockers: Vec<Finding>,
    /// What slows one down, or what nobody knows.
    pub warnings: Vec<Finding>,
    /// The ten things that an operator should have done, in their order.
    pub practices: Vec<Practice>,
    /// Whether whoever is alone could go on: a line for each runbook and each policy of its changes that lets them.
    pub alone: Vec<AloneLine>,
    /// How far each runbook is proven.
    pub runbooks: Vec<Graded>,
    /// Every host, credential and path that a runbook, or the tool itself, needs.
    pub needs: Vec<Need>,
}

/// Whether an estate is ready, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ready {
    /// Nothing is known that would stop a runbook.
    Ready,
    /// Something would.
    NotReady,
    /// Nobody answered anything: we ourselves cannot see.
    CannotTell,
}

/// One thing that is not as it should be, or that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule that says so.
    pub rule: Rule,
    /// The estate object that it is said of; the estate's id where it is said of the whole.
    pub subject: Id,
    /// The other objects that it lies at.
    pub with: Vec<Id>,
    /// `false`: it is not as the rule wants it; `unknown`: nobody can tell; `true` only for a remark.
    pub truth: Truth,
    /// Why, in one sentence; remote text in it is already escaped.
    pub because: String,
    /// The runbooks that it stops or slows down.
    pub runbooks: Vec<Id>,
    /// The contact who sees to it.
    pub who: Option<Id>,
    /// What to do.
    #[serde(rename = "do")]
    pub remedy: String,
    /// The command that shows whether it helped.
    pub command: String,
}

/// What is looked at. Each is a sentence that should be true.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A zone's registrar is another company than its DNS provider, at another API.
    RegistrarApart,
    /// A standby shares no network, prefix and company with the provider that it stands by for.
    StandbyApart,
    /// Two providers that a zone is delegated to share none of these.
    ProvidersApart,
    /// A status channel stands outside the zones and providers that it reports on.
    StatusApart,
    /// What a registrar's log-in needs stands outside the zone that the registrar is needed for.
    LogInApart,
    /// What a runbook declares as a need stands outside what it is for.
    NeedApart,
    /// The tool's own way to the world does not hang on one network or one zone.
    OwnWayApart,
    /// A credential or a file can be read here.
    NeedAtHand,
    /// A service takes the credential.
    CredentialAccepted,
    /// A service holds the zone.
    ZoneHeld,
    /// The credential may write the zone.
    CredentialWrites,
    /// The credential does not expire soon.
    CredentialLasts,
    /// A host that a runbook declares as a need answers.
    HostAnswers,
    /// The addresses of a host are noted, so that a dead DNS hides nothing.
    EndpointPinned,
    /// A registrar's locks do not hold a delegation up.
    RegistrarUnlocks,
    /// A critical name's time to live is no longer than the operator wants.
    TtlWithinLimit,
    /// A standby holds the zone as it should be.
    StandbyInStep,
    /// The parent delegates the zone as intended.
    DelegationAsIntended,
    /// A domain is registered for longer than the next two months.
    RegistrationLasts,
    /// Nobody may transfer a domain away.
    RegistrationLocked,
    /// The name servers of a zone do not all hang on one network, one company or one top-level domain.
    ServersApart,
    /// Trackers stand in more than one network.
    TrackersApart,
    /// Seedboxes stand in more than one region and network.
    SeedboxesApart,
    /// As many people can approve as a policy asks for.
    ApproversSuffice,
    /// People can be called.
    PeopleCallable,
    /// Where a policy lets whoever is alone go on with a runbook, a standing approval holds for it.
    AloneCovered,
    /// A standing approval does not expire soon.
    AloneLasts,
    /// A drill carried the runbook out as lately as the policy asks of whoever is alone.
    AloneRehearsed,
    /// A runbook has been proven as it is now.
    RunbookProven,
    /// A runbook's needs are complete.
    RunbookComplete,
    /// This machine's clock agrees with others.
    ClockRight,
    /// A router validates origins.
    OriginsValidated,
    /// A router keeps no dead neighbour's routes.
    GracefulRestartBounded,
    /// A document beside the estate can be read.
    DocumentReadable,
    /// One of the ten practices is known to be done.
    PracticeKnown,
}

/// A host, a credential or a path that something needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    /// The runbook; absent for what the tool itself needs.
    pub runbook: Option<Id>,
    /// What kind of need.
    pub kind: NeedKind,
    /// The host with its address or port, the credential's place, or the path.
    pub what: String,
    /// The estate object that it belongs to.
    pub of: Id,
    /// Whether the runbook's `needs` names the object; else its steps use it.
    pub declared: bool,
    /// The failing things that it sits inside, in words; empty where it stands outside.
    pub inside: Vec<String>,
    /// Whether it is there now.
    pub there: Truth,
}

/// What kind of need.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum NeedKind {
    /// A host that must answer.
    Host,
    /// A credential that must be read.
    Credential,
    /// A file, folder or socket.
    Path,
    /// A log-in of a person.
    LogIn,
}

/// How far a runbook is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Graded {
    /// The runbook.
    pub runbook: Id,
    /// The best proof.
    pub grade: Grade,
    /// When that was (UTC).
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// Whether the runbook was changed since; unknown without a proof.
    pub changed_since: Truth,
}

/// The grades of DESIGN §2, from the weakest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// Nothing says that anybody ever ran it.
    Never,
    /// A drill carried it out.
    Drilled,
    /// A plan was pinned from it in a live incident, and nothing was changed.
    ReadOnly,
    /// A live run carried it out.
    Live,
}

impl Grade {
    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Drilled => "drilled",
            Self::ReadOnly => "read-only",
            Self::Live => "live",
        }
    }
}

/// Whether whoever is alone could go on with a runbook, under one policy of its changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AloneLine {
    /// The runbook.
    pub runbook: Id,
    /// The policy.
    pub policy: Id,
    /// How long the others have to answer first.
    pub after: Span,
    /// Whether a standing approval holds for it now; `unknown` where nobody can tell.
    pub covered: Truth,
    /// Which one: of several the one that holds the longest.
    pub standing: Option<Id>,
    /// Who may use it.
    pub holders: Vec<Id>,
    /// Until when (UTC).
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
    /// How many plans it may still be used for.
    pub uses_left: Option<u32>,
    /// Whether a drill carried the runbook out as lately as the policy asks; `true` where it does not ask.
    pub rehearsed: Truth,
    /// When a drill did, as far as is known (UTC).
    #[schemars(with = "Option<String>")]
    pub rehearsed_at: Option<Timestamp>,
    /// All of it in words.
    pub says: String,
}

/// What somebody knows, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether it is so.
    pub truth: Truth,
    /// Why, in one sentence.
    pub because: String,
}

impl Said {
    /// Says that it is so, or not, or that nobody can tell.
    pub fn new(truth: Truth, because: impl Into<String>) -> Self {
        Self { truth, because: because.into() }
    }

    /// Says that nobody can tell.
    pub fn unknown(because: impl Into<String>) -> Self {
        Self::new(Truth::Unknown, because)
    }
}

/// What a harmless look at a service with its credential found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The service's id.
    pub service: Id,
    /// Whether its host answered at all.
    pub reached: Said,
    /// Whether it takes the credential.
    pub accepted: Said,
    /// For each zone that was asked for: whether it is held there, and whether the credential may write it.
    pub zones: Vec<ZoneAccess>,
    /// When the credential expires, where the service says it (UTC).
    pub expires: Option<Timestamp>,
    /// The address that answered, where one did.
    pub from: Option<SocketAddr>,
    /// By how many seconds the service's clock is before ours, where it said its time.
    pub ahead_s: Option<i64>,
}

/// What a credential may do with one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneAccess {
    /// The zone's id.
    pub zone: Id,
    /// Whether the service holds it.
    pub held: Said,
    /// Whether the credential may write it.
    pub writes: Said,
}

impl Access {
    /// Says of a service that nothing is known, and why.
    pub fn unknown(service: &Id, because: impl Into<String>) -> Self {
        let because = because.into();
        Self {
            service: service.clone(),
            reached: Said::unknown(because.clone()),
            accepted: Said::unknown(because),
            zones: Vec::new(),
            expires: None,
            from: None,
            ahead_s: None,
        }
    }
}
