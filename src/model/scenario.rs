//! Scenarios: the script of a drill's world, `lifeboat/scenario/v1`.
//!
//! A fault is a physical thing that happens to a network or a machine, never a name for it: what it is
//! called stands in `truth`, which only the scorer reads. So a new scenario needs no Rust.

use std::net::SocketAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Advice, DnsTransport, Id, Percent, Span, Verdict};

/// A whole scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Always `lifeboat/scenario/v1`.
    #[schemars(extend("const" = "lifeboat/scenario/v1"))]
    pub schema: String,
    /// The scenario's name.
    pub id: Id,
    /// One line for people.
    pub title: String,
    /// An estate file, relative to the scenario's folder; absent: the drill's own, or the operator's.
    #[serde(default)]
    pub estate: Option<String>,
    /// When its world begins (UTC), everything being well.
    #[schemars(with = "String", extend("format" = "timestamp"))]
    pub starts: Timestamp,
    /// How long after `starts` somebody first looks; absent: five minutes after the first fault.
    #[serde(default)]
    pub noticed: Option<Span>,
    /// What whoever is on call set out to do by name; absent: users report trouble, and what is found is treated.
    #[serde(default)]
    pub planned: Option<PlannedWork>,
    /// What happens, in the order of `at`.
    #[serde(default)]
    pub timeline: Vec<Happening>,
    /// What it really is; only the scorer reads it.
    pub truth: GroundTruth,
    /// How the drill should end; only the scorer reads it.
    #[serde(default)]
    pub expect: Expectation,
    /// Failure modes that must not be said.
    #[serde(default)]
    pub must_not_fire: Vec<Id>,
}

/// Work that somebody set out to do: a runbook that is planned by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedWork {
    /// The runbook.
    #[schemars(extend("x-ref" = "runbooks"))]
    pub runbook: Id,
    /// Its parameters as `--set` takes them, `NAME=ID`.
    #[serde(default)]
    pub set: Vec<String>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Happening {
    /// How long after `starts`.
    pub at: Span,
    /// What.
    pub fault: Fault,
    /// A line for whoever reads the script.
    #[serde(default)]
    pub note: Option<String>,
}

/// A physical fault: exactly one of these keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// Packets into and out of a network vanish; BGP notices nothing.
    #[serde(default)]
    pub network_dark: Option<Region>,
    /// A machine that serves changes its state.
    #[serde(default)]
    pub server: Option<ServerFault>,
    /// The API of a DNS provider or registrar changes its state; its name servers do not.
    #[serde(default)]
    pub api: Option<ServerFault>,
    /// A prefix is no longer announced, and nobody finds the way to it.
    #[serde(default)]
    #[schemars(extend("x-ref" = "prefixes"))]
    pub withdraw: Option<Id>,
    /// A prefix is announced by another AS; packets take that way and vanish.
    #[serde(default)]
    pub hijack: Option<Hijack>,
    /// A router or collector loses its sessions, or all but the named one keep up.
    #[serde(default)]
    pub session_down: Option<SessionFault>,
    /// Only a part of a carrier's usual peers is left.
    #[serde(default)]
    pub peers: Option<PeersFault>,
    /// A provider or resolver answers a name differently.
    #[serde(default)]
    pub answers: Option<AnswerFault>,
    /// A provider signs wrongly. A script that says so anywhere plays with signed zones and resolvers that validate.
    #[serde(default)]
    pub signatures: Option<SignatureFault>,
    /// Somebody moves a zone's delegation at the parent.
    #[serde(default)]
    pub delegation: Option<DelegationFault>,
    /// A registry or registrar changes how it holds a domain.
    #[serde(default)]
    pub registration: Option<RegistrationFault>,
    /// A vantage's own line is cut; the word `local` means this machine's.
    #[serde(default)]
    #[schemars(extend("x-ref" = "vantages", "x-ref-or" = ["local"]))]
    pub observer_cut: Option<Id>,
    /// A vantage no longer runs, or runs again.
    #[serde(default)]
    pub vantage: Option<VantageFault>,
    /// What was done to one object, or to the line of `local`, is over; the word `all` means everything.
    #[serde(default)]
    #[schemars(extend("x-ref-or" = ["all", "local"]))]
    pub restore: Option<Id>,
}

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind<'a> {
    /// Packets into and out of a network vanish.
    NetworkDark(&'a Region),
    /// A machine that serves changes its state.
    Server(&'a ServerFault),
    /// An API changes its state.
    Api(&'a ServerFault),
    /// A prefix is no longer announced.
    Withdraw(&'a Id),
    /// A prefix is announced by another AS.
    Hijack(&'a Hijack),
    /// A router or collector loses sessions.
    SessionDown(&'a SessionFault),
    /// Only a part of a carrier's usual peers is left.
    Peers(&'a PeersFault),
    /// A provider or resolver answers a name differently.
    Answers(&'a AnswerFault),
    /// A provider signs wrongly.
    Signatures(&'a SignatureFault),
    /// Somebody moves a zone's delegation.
    Delegation(&'a DelegationFault),
    /// A registry or registrar changes how it holds a domain.
    Registration(&'a RegistrationFault),
    /// A vantage's own line is cut.
    ObserverCut(&'a Id),
    /// A vantage no longer runs, or runs again.
    Vantage(&'a VantageFault),
    /// What was done to one object is over.
    Restore(&'a Id),
}

impl Fault {
    /// The keys, of which a fault has exactly one.
    pub const KINDS: [&'static str; 14] = [
        "network-dark",
        "server",
        "api",
        "withdraw",
        "hijack",
        "session-down",
        "peers",
        "answers",
        "signatures",
        "delegation",
        "registration",
        "observer-cut",
        "vantage",
        "restore",
    ];

    /// Returns the fault's kind; `None` when it has none or several, which lint refuses.
    pub fn kind(&self) -> Option<FaultKind<'_>> {
        let all = [
            self.network_dark.as_ref().map(FaultKind::NetworkDark),
            self.server.as_ref().map(FaultKind::Server),
            self.api.as_ref().map(FaultKind::Api),
            self.withdraw.as_ref().map(FaultKind::Withdraw),
            self.hijack.as_ref().map(FaultKind::Hijack),
            self.session_down.as_ref().map(FaultKind::SessionDown),
            self.peers.as_ref().map(FaultKind::Peers),
            self.answers.as_ref().map(FaultKind::Answers),
            self.signatures.as_ref().map(FaultKind::Signatures),
            self.delegation.as_ref().map(FaultKind::Delegation),
            self.registration.as_ref().map(FaultKind::Registration),
            self.observer_cut.as_ref().map(FaultKind::ObserverCut),
            self.vantage.as_ref().map(FaultKind::Vantage),
            self.restore.as_ref().map(FaultKind::Restore),
        ];
        let mut present = all.into_iter().flatten();
        present.next().filter(|_| present.next().is_none())
    }
}

/// Part of the network: each key that is written names a part, and together they are the region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Every address that the AS table gives to this carrier.
    #[serde(default)]
    #[schemars(extend("x-ref" = "carriers"))]
    pub carrier: Option<Id>,
    /// Every address that the AS table gives to this AS.
    #[serde(default)]
    pub asn: Option<u32>,
    /// Every address of this prefix.
    #[serde(default)]
    #[schemars(extend("x-ref" = "prefixes"))]
    pub prefix: Option<Id>,
    /// Every address that a prefix has through this upstream alone.
    #[serde(default)]
    #[schemars(extend("x-ref" = "upstreams"))]
    pub upstream: Option<Id>,
    /// Blocks of addresses.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("x-format-items" = "cidr"))]
    pub addresses: Vec<IpNet>,
}

/// A machine that serves changes its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerFault {
    /// Whose: a DNS provider, registrar, resolver, tracker, seedbox, control, router or collector.
    #[schemars(extend("x-ref-any" = ["dns_providers", "registrars", "resolvers", "trackers",
        "seedboxes", "controls", "routers", "collectors"]))]
    pub id: Id,
    /// Only these of its addresses; absent: all of them.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("x-format-items" = "address"))]
    pub only: Vec<super::Address>,
    /// Only over this transport; absent: over all.
    #[serde(default)]
    pub transport: Option<DnsTransport>,
    /// Its new state.
    pub state: ServerState,
}

/// How a machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServerState {
    /// It works.
    #[default]
    Up,
    /// The process stands still: connections open, nothing is said.
    Hung,
    /// The process is gone, the machine is there: it refuses.
    Refused,
    /// The machine is gone: packets to it vanish.
    Dark,
    /// It answers, but no longer for us.
    Lame,
    /// It answers that it cannot.
    Failing,
}

/// A prefix is announced by another AS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hijack {
    /// The prefix.
    #[schemars(extend("x-ref" = "prefixes"))]
    pub prefix: Id,
    /// Who announces it.
    pub asn: u32,
}

/// A router or collector loses sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionFault {
    /// The router or collector.
    #[schemars(extend("x-ref-any" = ["routers", "collectors"]))]
    pub id: Id,
    /// The one upstream whose session is lost; absent: all are.
    #[serde(default)]
    #[schemars(extend("x-ref" = "upstreams"))]
    pub upstream: Option<Id>,
}

/// Only a part of a carrier's usual peers is left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeersFault {
    /// The carrier.
    #[schemars(extend("x-ref" = "carriers"))]
    pub carrier: Id,
    /// How much of the usual number is left.
    pub share: Percent,
}

/// A provider or resolver answers a name differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerFault {
    /// The DNS provider or resolver.
    #[schemars(extend("x-ref-any" = ["dns_providers", "resolvers"]))]
    pub id: Id,
    /// The name, fully qualified.
    #[schemars(extend("format" = "domain"))]
    pub name: String,
    /// The record type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it answers; empty: nothing.
    pub values: Vec<String>,
    /// With which code a resolver answers; absent: `NOERROR`.
    #[serde(default)]
    pub code: Option<AnswerCode>,
    /// How long its answer may be kept; absent: a minute at a resolver, as ever at a provider.
    #[serde(default)]
    pub ttl: Option<Span>,
}

/// The code of an answer that is no good (RFC 1035 §4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum AnswerCode {
    /// There is no such name.
    Nxdomain,
    /// It may not be asked that.
    Refused,
    /// It could not find out.
    Servfail,
}

impl AnswerCode {
    /// Returns its mnemonic.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nxdomain => "NXDOMAIN",
            Self::Refused => "REFUSED",
            Self::Servfail => "SERVFAIL",
        }
    }
}

/// A provider signs wrongly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureFault {
    /// The DNS provider.
    #[schemars(extend("x-ref" = "dns_providers"))]
    pub id: Id,
    /// How it signs.
    pub state: SignatureState,
}

/// How a provider signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureState {
    /// As it should.
    Valid,
    /// Its signatures have run out.
    Expired,
    /// Its signatures are of a clock that is ahead.
    NotYetValid,
    /// It serves no signatures.
    Stripped,
    /// It serves and uses a key that the parent's DS does not name.
    OtherKey,
}

/// Somebody moves a zone's delegation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegationFault {
    /// The zone.
    #[schemars(extend("x-ref" = "zones"))]
    pub zone: Id,
    /// To whom.
    #[schemars(extend("x-ref-items" = "dns_providers"))]
    pub to: Vec<Id>,
}

/// A registry or registrar changes how it holds a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistrationFault {
    /// The zone whose domain it is.
    #[schemars(extend("x-ref" = "zones"))]
    pub zone: Id,
    /// Its new state.
    pub state: RegistrationState,
}

/// How a domain is held. In all states but the first two the parent delegates it to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistrationState {
    /// As it should be, for another half a year.
    Well,
    /// The day that it was registered until has passed, and it is still delegated.
    Expired,
    /// The registry holds it.
    HeldByRegistry,
    /// The registrar holds it.
    HeldByRegistrar,
    /// It was deleted, and can be restored for a while.
    Deleted,
    /// It is registered no more.
    Gone,
}

/// A vantage no longer runs, or runs again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VantageFault {
    /// The vantage.
    #[schemars(extend("x-ref" = "vantages"))]
    pub id: Id,
    /// Its new state.
    pub state: VantageState,
}

/// Whether a vantage runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VantageState {
    /// It runs.
    Up,
    /// Its command fails.
    Failed,
}

/// What it really is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroundTruth {
    /// The right classification when somebody first looks.
    pub verdict: Verdict,
    /// The right causes: all of them, and no others.
    #[serde(default)]
    pub causes: Vec<TrueCause>,
}

/// One right cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrueCause {
    /// The failure mode.
    pub failure_mode: Id,
    /// The estate object.
    pub subject: Id,
    /// How it happened; absent: not scored.
    #[serde(default)]
    pub mechanism: Option<Id>,
}

/// How the drill should end; what is absent is not scored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The advice on the first look.
    #[serde(default)]
    pub advice: Option<Advice>,
    /// How the run ends.
    #[serde(default)]
    pub ended: Option<Ended>,
    /// The drill's exit code.
    #[serde(default)]
    pub exit: Option<u8>,
    /// How many messages at least are written.
    #[serde(default)]
    pub messages: Option<u32>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Everything was done and proven.
    Completed,
    /// A change failed and the world is as it was.
    Undone,
    /// A person must decide.
    Held,
    /// It waits for a time or a person.
    Waiting,
    /// It was refused before any write.
    Refused,
    /// There was nothing to change.
    NothingToDo,
}

impl Scenario {
    /// Returns when somebody first looks.
    pub fn first_look(&self) -> Timestamp {
        let first = self.timeline.iter().map(|happening| happening.at).min().unwrap_or_default();
        let after = Span::from_millis(first.as_millis().saturating_add(300_000));
        self.time_of(self.noticed.unwrap_or(after))
    }

    /// Returns the time that lies a length of time after the start.
    pub fn time_of(&self, span: Span) -> Timestamp {
        let later = jiff::SignedDuration::try_from(span.duration());
        let later = later.ok().and_then(|span| self.starts.checked_add(span).ok());
        later.unwrap_or(Timestamp::MAX)
    }
}

impl ServerFault {
    /// Tells whether an endpoint over a transport is meant.
    pub fn means(&self, endpoint: SocketAddr, transport: DnsTransport) -> bool {
        let here = |address: &super::Address| {
            address.ip == endpoint.ip() && address.port.is_none_or(|port| port == endpoint.port())
        };
        let over = self.transport.is_none_or(|meant| meant == transport);
        over && (self.only.is_empty() || self.only.iter().any(here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_exactly_one_kind() {
        let one: Fault = serde_json::from_str(r#"{"withdraw":"p-one"}"#).expect("is a fault");
        assert_eq!(one.kind(), Some(FaultKind::Withdraw(&Id::new("p-one"))));
        assert_eq!(Fault::default().kind(), None);
        let two = r#"{"withdraw":"p-one","restore":"all"}"#;
        assert_eq!(serde_json::from_str::<Fault>(two).expect("is YAML alike").kind(), None);
        assert!(serde_json::from_str::<Fault>(r#"{"network_dark":{}}"#).is_err());
    }

    #[test]
    fn every_key_is_named_in_kinds() {
        let shape = serde_json::to_value(Fault::default()).expect("is plain data");
        let keys: Vec<_> = shape.as_object().expect("an object").keys().cloned().collect();
        let mut kinds: Vec<_> = Fault::KINDS.iter().map(ToString::to_string).collect();
        kinds.sort();
        assert_eq!(keys, kinds);
    }

    #[test]
    fn somebody_looks_five_minutes_after_the_first_fault() {
        let text = r#"{"schema":"lifeboat/scenario/v1","id":"a","title":"A",
            "starts":"2026-03-03T02:00:00Z","timeline":[{"at":"10m","fault":{"restore":"all"}}],
            "truth":{"verdict":"healthy"}}"#;
        let scenario: Scenario = serde_json::from_str(text).expect("is a scenario");
        assert_eq!(scenario.first_look().to_string(), "2026-03-03T02:15:00Z");
    }
}
