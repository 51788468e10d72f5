//! Facts: what the evidence says, three-valued, and the catalogue of everything that can be said.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Id, ProbeKind, Truth};

/// One fact, as seen from one vantage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// `f1`, `f2` … within one diagnosis.
    pub id: Id,
    /// What is said.
    pub kind: FactKind,
    /// The estate object that it is said of; the estate's id where it is said of the whole.
    pub subject: Id,
    /// The second object, for a relation such as `dns.delegated(zone, provider)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Id>,
    /// Where it was seen from.
    pub vantage: Id,
    /// When the newest evidence behind it was taken (UTC).
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Whether it is so.
    pub truth: Truth,
    /// A number, where one exists.
    pub measure: Option<Measure>,
    /// Why, in one sentence; remote text in it is already escaped.
    pub because: String,
    /// The evidence behind it, by id.
    #[serde(default)]
    pub from: Vec<Id>,
}

/// A number with its unit, and of how many.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// The number, in `unit`.
    pub value: f64,
    /// What it counts.
    pub unit: Unit,
    /// The whole, for "2 of 7".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<f64>,
}

impl Measure {
    /// Makes a measure of `value` out of `of`.
    pub const fn part(value: f64, of: f64) -> Self {
        Self { value, unit: Unit::Count, of: Some(of) }
    }

    /// Returns the share in percent, where a whole exists or the unit is percent.
    pub fn percent(self) -> Option<f64> {
        match (self.of, self.unit) {
            (Some(of), _) if of > 0.0 => Some(100.0 * self.value / of),
            (None, Unit::Percent) => Some(self.value),
            (_, Unit::Count | Unit::Seconds | Unit::Milliseconds | Unit::Percent) => None,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.of, self.unit) {
            (Some(of), _) => write!(f, "{} of {of}", self.value),
            (None, Unit::Count) => write!(f, "{}", self.value),
            (None, Unit::Seconds) => write!(f, "{} s", self.value),
            (None, Unit::Milliseconds) => write!(f, "{} ms", self.value),
            (None, Unit::Percent) => write!(f, "{:.1} %", self.value),
        }
    }
}

/// What a measure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Parts in a hundred.
    Percent,
}

/// What an argument of a fact may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// The estate as a whole: no argument is written.
    Estate,
    /// A member of `dns_providers`.
    DnsProvider,
    /// A member of `registrars`.
    Registrar,
    /// A member of `zones`.
    Zone,
    /// A member of `resolvers`.
    Resolver,
    /// A member of `controls`.
    Control,
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
    /// A member of `routers`.
    Router,
    /// A member of `collectors`.
    Collector,
    /// A member of `vantages`.
    Vantage,
    /// A prefix, an upstream or a carrier.
    Network,
    /// A DNS provider or a resolver.
    NameServer,
    /// The word `git`.
    Source,
}

/// What a fact means for whoever keeps the estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearing {
    /// It should be true.
    Good,
    /// It should be false.
    Ill,
    /// Either is as it may be: it describes, or is about the observer.
    Plain,
}

/// Declares the catalogue once: variant, name, arguments, bearing, the probe that tells, measure, meaning.
macro_rules! catalogue {
    ($($variant:ident $name:literal [$($arg:ident)?$(, $more:ident)?] $bearing:ident [$($probe:ident)?] $measure:literal $meaning:literal;)*) => {
        /// Everything that a fact can say. `lifeboat schema facts` prints this catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum FactKind {$(
            #[doc = $meaning]
            #[serde(rename = $name)]
            $variant,
        )*}

        impl FactKind {
            /// Every kind, in the catalogue's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name that guards and JSON use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Returns what its arguments are, in order.
            pub const fn arguments(self) -> &'static [SubjectKind] {
                match self { $(Self::$variant => &[$(SubjectKind::$arg)?$(, SubjectKind::$more)?]),* }
            }

            /// Returns whether it should be true or false.
            pub const fn bearing(self) -> Bearing {
                match self { $(Self::$variant => Bearing::$bearing),* }
            }

            /// Returns the probe that makes it known; none does for the journal's.
            pub fn probe(self) -> Option<ProbeKind> {
                match self { $(Self::$variant => [$(ProbeKind::$probe)?].first().copied()),* }
            }

            /// Returns what its measure is, or an empty text.
            pub const fn measure(self) -> &'static str {
                match self { $(Self::$variant => $measure),* }
            }

            /// Returns what it means when true.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }
        }
    };
}

catalogue! {
    ObserverHealthy "observer.healthy" [] Plain [Observer] "control and estate targets that answered, of those asked"
        "Some control or estate target answered through the path in question.";
    ObserverIpv4 "observer.ipv4" [] Plain [Observer] "" "The observer has an IPv4 path.";
    ObserverIpv6 "observer.ipv6" [] Plain [Observer] "" "The observer has an IPv6 path.";
    VantageAnswers "vantage.answers" [Vantage] Plain [Observer] "" "The vantage ran its probes and reported.";
    DnsControlAnswers "dns.control.answers" [] Plain [Observer] "control names that were answered, of those asked"
        "A DNS control target answered.";
    DnsAuthorityAnswers "dns.authority.answers" [DnsProvider] Good [Dns] "servers that answer, of those declared"
        "The provider's name servers answer for our zones.";
    DnsAuthorityTimesOut "dns.authority.times-out" [DnsProvider] Ill [Dns] "servers that time out, of those declared"
        "The provider's name servers say nothing at all.";
    DnsAuthorityRefuses "dns.authority.refuses" [DnsProvider] Ill [Dns] "servers that refuse, of those declared"
        "The hosts of the provider's name servers refuse the connection.";
    DnsAuthorityLame "dns.authority.lame" [DnsProvider] Ill [Dns] "servers that are lame, of those declared"
        "The provider's name servers answer, but not for our zones.";
    DnsAuthorityTcp "dns.authority.tcp" [DnsProvider] Good [Dns] "servers that answer over TCP, of those declared"
        "The provider's name servers answer over TCP as well.";
    DnsServerAnswers "dns.server.answers" [DnsProvider] Good [Dns] "latency in milliseconds"
        "One name server answers at one address; the subject is `provider/name@address`.";
    DnsPathEdnsHostile "dns.path.edns-hostile" [DnsProvider] Ill [Dns] "servers that answer only without EDNS, of those that could tell"
        "The provider's name servers answer us without EDNS, and say nothing to a question with it.";
    DnsPathMtuHole "dns.path.mtu-hole" [DnsProvider] Ill [Dns] "servers whose large answers are lost, of those that could tell"
        "Small answers of the provider's name servers arrive over UDP, and large ones are lost on the way to us.";
    DnsPathTcpFiltered "dns.path.tcp-filtered" [DnsProvider] Ill [Dns] "servers that cannot be reached over TCP, of those that could tell"
        "The provider's name servers answer us over UDP, and cannot be reached over TCP.";
    DnsPathLoss "dns.path.loss" [DnsProvider] Ill [Dns] "tries that were lost at the worst server, in percent"
        "Clearly more than one packet in ten is lost each way between us and some name server of the provider's.";
    DnsPathCutOff "dns.path.cut-off" [DnsProvider] Ill [Dns] ""
        "The provider's name servers answer resolvers, and not us.";
    DnsAnswerDoubled "dns.answer.doubled" [NameServer] Ill [Dns] "questions that got a second, different answer, of those answered"
        "One question to the provider or the resolver got two different answers: somebody on the way forges.";
    DnsResolverAnswers "dns.resolver.answers" [Resolver] Good [Dns] "questions that were answered, of those asked"
        "The resolver answers anything at all.";
    DnsResolverTimesOut "dns.resolver.times-out" [Resolver] Ill [Dns] "" "The resolver says nothing at all.";
    DnsResolverRefuses "dns.resolver.refuses" [Resolver] Ill [Dns] "" "The resolver's host refuses the connection.";
    DnsResolverTlsFails "dns.resolver.tls-fails" [Resolver] Ill [Dns]
        "encrypted transports that fail, of those that could be told"
        "Some encrypted transport of the resolver gives no answer: its certificate proves nothing, its port is closed, or what comes back is no DNS.";
    DnsResolverCutOff "dns.resolver.cut-off" [Resolver] Ill [Dns] "zones that it does not reach, of those that could be told"
        "The resolver cannot reach our name servers, though they answer us and it answers other names.";
    DnsResolverStale "dns.resolver.stale" [Resolver] Plain [Dns] "" "The resolver gives answers for our names whose time has run out.";
    DnsResolverFuse "dns.resolver.fuse" [Resolver] Plain [Dns] "seconds until the first right answer runs out"
        "The resolver lives on what it remembers: our name servers do not answer.";
    ResolverAnswersRight "resolver.answers-right" [Zone] Good [Dns] "right answers, of those asked at all resolvers"
        "The resolvers give the zone's critical names as the authorities and the estate have them.";
    DnsNameResolves "dns.name.resolves" [Resolver] Good [Dns] "right answers, of the critical names asked"
        "The resolver gives our critical names right.";
    DnsApiAnswers "dns.api.answers" [DnsProvider] Good [Dns] ""
        "The provider's API answers, be it that it refuses us.";
    DnsApiTimesOut "dns.api.times-out" [DnsProvider] Ill [Dns] "" "The provider's API says nothing at all.";
    DnsApiRefuses "dns.api.refuses" [DnsProvider] Ill [Dns] "" "The host of the provider's API refuses the connection.";
    DnsApiFails "dns.api.fails" [DnsProvider] Ill [Dns] ""
        "The provider's API answers that it cannot, or with nonsense.";
    DnsApiAccepts "dns.api.accepts" [DnsProvider] Good [Dns] "" "The provider's API takes our credential.";
    DnsRecordsChanged "dns.records.changed" [DnsProvider] Ill [Dns]
        "critical names that are answered otherwise, of those answered"
        "The provider's name servers give a critical name a value that the estate does not expect.";
    DnsRecordsMissing "dns.records.missing" [DnsProvider] Ill [Dns]
        "critical names that are denied, of those answered"
        "The provider's name servers say that a critical name does not exist.";
    DnsRecordsDisagree "dns.records.disagree" [DnsProvider] Ill [Dns]
        "critical names that are answered differently, of those answered"
        "The provider's name servers differ from one another, or from the zone's other providers, beyond what the estate declares.";
    DnsRecordsLongLived "dns.records.long-lived" [Zone] Ill [Dns]
        "critical names that are kept for longer, of those answered"
        "A provider that serves the zone gives a critical name a longer time to live than the estate's `ttl_at_most`.";
    DnsResolverForges "dns.resolver.forges" [Resolver] Ill [Dns]
        "answers that are forged, of those held against the authorities"
        "The resolver gives a critical name a value that no authority and no line of the estate has.";
    DnsResolverCensors "dns.resolver.censors" [Resolver] Ill [Dns]
        "names that are denied, of those held against the authorities"
        "The resolver denies a critical name that the authorities answer.";
    DnsDelegated "dns.delegated" [Zone, DnsProvider] Plain [Dns] "" "The parent delegates the zone to that provider.";
    DnsDelegationAsIntended "dns.delegation.as-intended" [Zone] Good [Dns] ""
        "The parent delegates the zone to exactly the providers that the estate names.";
    DnsDelegationPresent "dns.delegation.present" [Zone] Good [Dns] "" "The parent delegates the zone at all.";
    DnsDelegationConsistent "dns.delegation.consistent" [Zone] Good [Dns] ""
        "The parent names the same name servers as the zone itself.";
    DnsDelegationGlue "dns.delegation.glue" [Zone] Good [Dns] ""
        "The parent has the addresses of the zone's own name servers as the zone has them.";
    DnsDelegationLame "dns.delegation.lame" [Zone] Ill [Dns] "delegated servers that deny the zone, of those that talk"
        "A server that the zone is delegated to answers, but not for the zone.";
    DnsDelegationTtl "dns.delegation.ttl" [Zone] Plain [Dns] "seconds" "The delegation's time to live is known.";
    DnsRecordTtl "dns.record.ttl" [Zone] Plain [Dns] "seconds" "The largest time to live of the critical names is known.";
    DnsDelegationLeft "dns.delegation.left" [Zone, Resolver] Plain [Dns] "seconds"
        "For how long the resolver still keeps the zone's name servers is known.";
    DnsRecordLeft "dns.record.left" [Zone, Resolver] Plain [Dns] "seconds"
        "For how long the resolver still keeps the zone's critical names is known.";
    DnsNegativeTtl "dns.negative.ttl" [Zone] Plain [Dns] "seconds"
        "How long caches may keep that a name of the zone does not exist is known.";
    DnsParentAnswers "dns.parent.answers" [Zone] Good [Dns] "" "The parent's servers answer for the delegation.";
    ZoneParity "zone.parity" [DnsProvider, Source] Good [Dns]
        "record sets that agree, of those compared; without a committed copy, of the critical names declared"
        "The provider holds its zones as git has them, declared differences aside; without a committed copy, SOA, NS and \
         the critical names are as they should be.";
    ZoneOriginHidden "zone.origin-hidden" [Zone, DnsProvider] Plain [Dns] ""
        "The provider's name servers publish no origin of a name whose origin the zone hides, and nothing there that is not public already.";
    DnssecSafeToMove "dnssec.safe-to-move" [Zone, DnsProvider] Plain [Dns] ""
        "The parent has no DS for the zone, or what the provider serves of it now is signed as the parent's DS demand, validated here.";
    DnssecValid "dnssec.valid" [DnsProvider] Good [Dns] "seconds until the first signature expires"
        "What the provider serves of our zones is signed as their DS demand, validated here.";
    DnssecExpired "dnssec.expired" [DnsProvider] Ill [Dns] "" "The provider serves signatures that have expired.";
    DnssecNotYetValid "dnssec.not-yet-valid" [DnsProvider] Ill [Dns] ""
        "The provider serves signatures that are not valid yet.";
    DnssecDsMismatch "dnssec.ds-mismatch" [DnsProvider] Ill [Dns] ""
        "The provider serves no key that the DS of a zone names.";
    DnssecMissingKey "dnssec.missing-key" [DnsProvider] Ill [Dns] ""
        "The provider serves signatures of keys that it does not serve.";
    DnssecStripped "dnssec.stripped" [DnsProvider] Ill [Dns] ""
        "The provider serves records or denials without the signature that a DS demands.";
    DnssecWrongDenial "dnssec.wrong-denial" [DnsProvider] Ill [Dns] ""
        "The provider denies a name or a type, and its proof does not prove it.";
    DnssecBadSignature "dnssec.bad-signature" [DnsProvider] Ill [Dns] ""
        "The provider serves signatures that are not over what it serves.";
    DnsResolverFalseAd "dns.resolver.false-ad" [Resolver] Ill [Dns] ""
        "The resolver claims to have validated answers that are not signed as the DS of our zones demand.";
    RegistryRegistered "registry.registered" [Zone] Good [Registry] "" "The registry knows the domain.";
    RegistryHold "registry.hold" [Zone] Ill [Registry] "" "The registry or registrar holds the domain.";
    RegistryHoldByRegistry "registry.hold.by-registry" [Zone] Ill [Registry] "" "The registry holds the domain.";
    RegistryHoldByRegistrar "registry.hold.by-registrar" [Zone] Ill [Registry] "" "The registrar holds the domain.";
    RegistryDeleting "registry.deleting" [Zone] Ill [Registry] "" "The domain was deleted: it can be restored for a while, or no more.";
    RegistryExpired "registry.expired" [Zone] Ill [Registry] "" "The day that the domain was registered until has passed.";
    RegistryExpires "registry.expires" [Zone] Plain [Registry] "seconds left, below zero once it has expired"
        "Until when the domain is registered is known.";
    RegistryLocked "registry.locked" [Zone] Plain [Registry] "locks that are there, of transfer, update and delete"
        "Nobody may transfer the domain.";
    RegistryDelegationAsIntended "registry.delegation-as-intended" [Zone] Good [Registry] ""
        "The registry lists name servers of exactly the providers that the estate names.";
    AccountSuspended "account.suspended" [DnsProvider] Ill [Registry] "" "The provider has suspended our account.";
    TrackerAnswers "tracker.answers" [Tracker] Good [Trackers] "endpoints that answer, of those asked"
        "The tracker answers announces as it should.";
    TrackerTimesOut "tracker.times-out" [Tracker] Ill [Trackers] "" "The tracker says nothing at all.";
    TrackerRefuses "tracker.refuses" [Tracker] Ill [Trackers] "" "The tracker's host refuses the connection.";
    TrackerFails "tracker.fails" [Tracker] Ill [Trackers] "" "The tracker answers with a failure or with nonsense.";
    TrackerWrongSource "tracker.wrong-source" [Tracker] Ill [Trackers] ""
        "The tracker answers from another address than it was asked at.";
    TrackerLists "tracker.lists" [Seedbox] Plain [Trackers] "torrents that are listed, of those asked"
        "The trackers list the seedbox as a peer.";
    SeedboxAnswers "seedbox.answers" [Seedbox] Good [Seedboxes] "" "The seedbox's remote control answers.";
    PeersShare "peers.share" [Carrier] Good [Peers] "peers that are seen, of the usual number"
        "As many peers as usual are seen from the carrier's network.";
    NetworkAnswers "network.answers" [Network] Good [Trackers] "hosts that answer, of those declared in it"
        "Something that stands in the prefix or the carrier's network answers.";
    BgpSeen "bgp.seen" [Prefix] Good [Bgp] "neighbours that announce it, of those that are up"
        "The prefix is announced where we can look.";
    BgpOriginRight "bgp.origin-right" [Prefix] Good [Bgp] "" "The prefix is announced by the AS that should announce it.";
    BgpViewFresh "bgp.view-fresh" [] Good [Bgp] "collectors and routers with a usable view, of those declared"
        "Some router or collector has a view that is young enough to decide on.";
    UpstreamCarries "upstream.carries" [Upstream] Good [Trackers] "hosts that answer through it, of those asked"
        "Packets that take the upstream's path arrive.";
    ChangeStands "change.stands" [Zone] Good [Dns] "record sets as this incident left them, of those that it wrote"
        "What this incident wrote of the zone is there still.";
    IncidentDeclared "incident.declared" [] Plain [] "" "An incident is open.";
    ImmediateDone "immediate.done" [] Plain [] "" "The immediate phase has ended well.";
    RecoveryDone "recovery.done" [] Plain [] "" "The recovery phase has ended well.";
    IncidentResolved "incident.resolved" [] Plain [] "" "Users are served again.";
    PostmortemAccepted "postmortem.accepted" [] Plain [] "" "The postmortem was held and accepted.";
    ActionsAllOwned "actions.all-owned" [] Plain [] "" "Every action of the postmortem has an owner.";
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FactKind {
    type Err = UnknownFact;

    fn from_str(text: &str) -> Result<Self, UnknownFact> {
        let found = Self::ALL.iter().find(|kind| kind.name() == text);
        found.copied().ok_or_else(|| UnknownFact(text.to_owned()))
    }
}

/// A name that the catalogue does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no fact; `lifeboat schema facts` lists them")]
pub struct UnknownFact(pub String);
