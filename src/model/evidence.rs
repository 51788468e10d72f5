//! Evidence: what came back from one probe, before anybody has an opinion about it.
//!
//! Peer addresses never stand here: they are counted per network where they are received, then dropped.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{DnsManner, DnsTransport, HiddenSet, Id, Registration, Remote, ZoneComparison};

/// The kinds of probes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeKind {
    /// Authorities, resolvers, parents.
    Dns,
    /// Trackers, by UDP and HTTP.
    Trackers,
    /// Peers by carrier.
    Peers,
    /// Routers and collectors.
    Bgp,
    /// Seedboxes.
    Seedboxes,
    /// The observer itself.
    Observer,
    /// What registries say of our domains, over RDAP.
    Registry,
}

impl ProbeKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Observer,
        Self::Dns,
        Self::Trackers,
        Self::Peers,
        Self::Bgp,
        Self::Seedboxes,
        Self::Registry,
    ];
}

/// What one vantage saw: `lifeboat.evidence/v1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EvidenceSet {
    /// Always `lifeboat.evidence/v1`.
    pub schema: String,
    /// The version of the tool that probed.
    pub tool: String,
    /// When probing began (UTC).
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What came back.
    pub evidence: Vec<Evidence>,
}

impl EvidenceSet {
    /// The name of its schema.
    pub const SCHEMA: &'static str = "lifeboat.evidence/v1";
}

/// What came back from one probe of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// `e1`, `e2` … within one set.
    pub id: Id,
    /// The estate object that was asked about.
    pub subject: Id,
    /// Where from.
    pub vantage: Id,
    /// When (UTC).
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// How long it took until the answer or the end of the budget, in milliseconds.
    pub took_ms: u64,
    /// How many times it was sent.
    pub sent: u32,
    /// What was asked, and what came back.
    pub observation: Observation,
}

/// What was asked, and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "probe")]
pub enum Observation {
    /// One DNS question to one server.
    Dns(DnsObservation),
    /// One announce to one endpoint of a tracker.
    Tracker(TrackerObservation),
    /// Peers by network, from all trackers and seedboxes together.
    Peers(PeersObservation),
    /// What one router or collector knows.
    Bgp(BgpObservation),
    /// One seedbox.
    Seedbox(SeedboxObservation),
    /// One domain at its registry.
    Registry(RegistryObservation),
    /// A TCP connection to a control target.
    Tcp(TcpObservation),
    /// One harmless look at the API of a DNS provider.
    Api(ApiObservation),
    /// Whether a vantage ran at all.
    Vantage(VantageObservation),
    /// A provider's whole copy of a zone, held against git's.
    Copy(CopyObservation),
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending<T> {
    /// It was answered.
    Answered(T),
    /// Nothing came within the budget.
    TimedOut,
    /// The host refused: ICMP port unreachable, or a TCP reset at connect.
    Refused,
    /// A router said that there is no way.
    Unreachable,
    /// The peer took the connection and closed it early.
    Closed,
    /// Something came that makes no sense.
    Malformed(Remote),
    /// It could not be asked, so nothing follows from it.
    Inconclusive(Inconclusive),
}

impl<T> Ending<T> {
    /// Returns the answer, where there is one.
    pub const fn answer(&self) -> Option<&T> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::TimedOut
            | Self::Refused
            | Self::Unreachable
            | Self::Closed
            | Self::Malformed(_)
            | Self::Inconclusive(_) => None,
        }
    }
}

/// Why something could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Inconclusive {
    /// This machine has no path of that address family.
    NoPath,
    /// It was never sent: the deadline came first.
    Deadline,
    /// The address may not be spoken to.
    NotAdmitted(String),
    /// Its address is not known.
    NoAddress(String),
    /// Something on this machine failed.
    Local(String),
    /// It is not built, or not declared.
    NotAvailable(String),
    /// The source is older than its declared limit, in seconds.
    Stale(u64),
    /// It was asked, and says that it can tell nothing now.
    Busy(String),
}

/// Which part a DNS server plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsRole {
    /// A provider's server, asked about a zone.
    Authority {
        /// The provider; the evidence's subject as well.
        provider: Id,
        /// The zone asked about.
        zone: Id,
        /// The server's name.
        server: String,
    },
    /// A server of the parent zone, asked about a delegation.
    Parent {
        /// The zone asked about.
        zone: Id,
        /// The server's name.
        server: String,
    },
    /// A server that the parent delegates the zone to and the estate does not name.
    Delegated {
        /// The zone asked about; the evidence's subject as well.
        zone: Id,
        /// The server's name.
        server: String,
    },
    /// A resolver, asked for a zone's name.
    Resolver {
        /// The zone asked about; absent for a control name.
        zone: Option<Id>,
    },
    /// A control target.
    Control,
}

/// One DNS question to one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsObservation {
    /// Which part the server plays.
    pub role: DnsRole,
    /// Where it was asked.
    pub server: SocketAddr,
    /// How.
    pub transport: DnsTransport,
    /// The name asked for, fully qualified, lower case.
    pub name: String,
    /// The type asked for.
    pub kind: String,
    /// How it was put.
    #[serde(default)]
    pub manner: DnsManner,
    /// How it ended.
    pub ending: Ending<DnsAnswer>,
    /// How many answers came to the tries, copies included; zero where nobody counted.
    #[serde(default)]
    pub heard: u32,
    /// A second answer to the same try, which says something else.
    #[serde(default)]
    pub second: Option<Box<DnsAnswer>>,
}

/// A DNS message, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DnsAnswer {
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` …
    pub rcode: String,
    /// Authoritative answer.
    pub aa: bool,
    /// Truncated.
    pub tc: bool,
    /// Authenticated data, as the server claims.
    pub ad: bool,
    /// The answer section.
    pub answers: Vec<DnsRecord>,
    /// The authority section.
    pub authority: Vec<DnsRecord>,
    /// The additional section, without OPT.
    pub additional: Vec<DnsRecord>,
    /// Extended errors (RFC 8914): code and text.
    pub extended_errors: Vec<(u16, Remote)>,
    /// Who answered, as it calls itself (RFC 5001), where it was asked.
    #[serde(default)]
    pub nsid: Option<Remote>,
    /// For how much of the client's network it holds, as a prefix length (RFC 7871 §7.2.1).
    #[serde(default)]
    pub client_scope: Option<u8>,
    /// How long the message was, in bytes; zero where nobody counted.
    #[serde(default)]
    pub bytes: u32,
    /// Latency of the try that was answered, in milliseconds.
    pub latency_ms: u64,
}

/// One resource record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct DnsRecord {
    /// The owner name, fully qualified, lower case.
    pub name: String,
    /// The type.
    pub kind: String,
    /// The time to live, in seconds.
    pub ttl: u32,
    /// The data in presentation form.
    pub data: Remote,
}

/// One announce to one endpoint of a tracker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackerObservation {
    /// The announce URL.
    pub url: String,
    /// Where it was asked; absent when no address was known.
    pub endpoint: Option<SocketAddr>,
    /// How it ended on a connected socket (UDP), or over HTTP.
    pub ending: Ending<TrackerAnswer>,
    /// How it ended on an unconnected socket; absent over HTTP.
    #[serde(default)]
    pub unconnected: Option<Ending<TrackerAnswer>>,
    /// An answer came from another address than was asked.
    #[serde(default)]
    pub wrong_source: bool,
    /// No swarm is named: only whether it can be connected to is known.
    #[serde(default)]
    pub connect_only: bool,
}

/// What a tracker said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackerAnswer {
    /// Its failure reason, or UDP error text.
    pub failure: Option<Remote>,
    /// Its warning.
    pub warning: Option<Remote>,
    /// Seconds between announces.
    pub interval_s: Option<i64>,
    /// Seeders.
    pub complete: Option<i64>,
    /// Leechers.
    pub incomplete: Option<i64>,
    /// How many peers it named.
    pub peers: u32,
    /// How many of them lie in ranges that no peer can have.
    pub bogons: u32,
    /// Which of our seedboxes it named.
    #[serde(default)]
    pub lists_seedboxes: Vec<Id>,
    /// An HTTP redirect was followed.
    #[serde(default)]
    pub redirected: bool,
    /// Latency, in milliseconds.
    pub latency_ms: u64,
}

/// Peers by network, from all trackers and seedboxes together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeersObservation {
    /// Distinct peers per AS number.
    #[serde(deserialize_with = "numbers_as_keys")]
    pub by_asn: BTreeMap<u32, u32>,
    /// Distinct peers whose AS the table does not know.
    pub unmapped: u32,
    /// How many sources (trackers and seedboxes) answered.
    pub sources: u32,
    /// How many were asked.
    pub asked: u32,
    /// Why it could not be counted.
    pub inconclusive: Option<Inconclusive>,
}

/// Reads JSON's textual keys as numbers, which serde does not do below a tag.
fn numbers_as_keys<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<u32, u32>, D::Error> {
    let texts = BTreeMap::<String, u32>::deserialize(deserializer)?;
    let number = |(key, count): (String, u32)| match key.parse() {
        Ok(asn) => Ok((asn, count)),
        Err(_) => Err(serde::de::Error::custom(format!("`{key}` is no AS number"))),
    };
    texts.into_iter().map(number).collect()
}

/// What one router or collector knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BgpObservation {
    /// True for a collector, false for a router of ours.
    pub collector: bool,
    /// How it ended.
    pub ending: Ending<BgpView>,
}

/// A router's sessions and its routes to our prefixes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BgpView {
    /// Its BGP sessions.
    pub sessions: Vec<BgpSession>,
    /// Its routes to our prefixes, best first.
    pub routes: Vec<BgpRoute>,
}

/// One BGP session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BgpSession {
    /// The protocol's name.
    pub neighbour: Remote,
    /// The neighbour's AS number.
    pub asn: Option<u32>,
    /// Whether it is established.
    pub established: bool,
    /// For how long it has been in that state, in seconds.
    pub age_s: Option<u64>,
}

/// One route to one of our prefixes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BgpRoute {
    /// The estate's prefix that it covers, or is covered by.
    pub prefix: Id,
    /// The announced block.
    #[schemars(with = "String")]
    pub network: ipnet::IpNet,
    /// The protocol that it was learned from.
    pub neighbour: Remote,
    /// Its AS path, the neighbour's first.
    pub as_path: Vec<u32>,
    /// Whether it is the one in use.
    pub best: bool,
    /// For how long it has been known, in seconds.
    pub age_s: Option<u64>,
}

/// One seedbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeedboxObservation {
    /// Where it was asked.
    pub endpoint: Option<SocketAddr>,
    /// How it ended.
    pub ending: Ending<SeedboxAnswer>,
}

/// What a seedbox says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SeedboxAnswer {
    /// Its version.
    pub version: Remote,
    /// How many torrents it has.
    pub torrents: u32,
    /// How many of them are private.
    pub private: u32,
    /// How many torrents have each tracker URL of the estate, by tracker.
    pub listing: BTreeMap<Id, u32>,
    /// Latency, in milliseconds.
    pub latency_ms: u64,
}

/// One domain at its registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RegistryObservation {
    /// The registrar whose `rdap` was asked.
    pub registrar: Id,
    /// The domain asked for, in lower case, without a final dot.
    pub name: String,
    /// Where it was asked; absent when nobody answered.
    pub endpoint: Option<SocketAddr>,
    /// How it ended.
    pub ending: Ending<RegistryAnswer>,
}

/// What a registry says of a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryAnswer {
    /// It is registered, and how.
    Registered(Registration),
    /// It knows no such domain, in its own words.
    NotRegistered(Remote),
}

/// A TCP connection to a control target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TcpObservation {
    /// Where.
    pub endpoint: SocketAddr,
    /// How it ended; answered: milliseconds until it was open.
    pub ending: Ending<u64>,
}

/// One harmless look at the API of a DNS provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApiObservation {
    /// Where it was asked, as far as that is known without an answer.
    pub endpoint: Option<SocketAddr>,
    /// How it ended.
    pub ending: Ending<ApiAnswer>,
}

/// What an API said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiAnswer {
    /// The status of HTTP; absent for a server of RFC 2136.
    pub status: Option<u16>,
    /// Our credential went along.
    #[serde(default)]
    pub with_credential: bool,
    /// Latency, in milliseconds.
    pub latency_ms: u64,
}

/// A provider's whole copy of a zone, held against what git has of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CopyObservation {
    /// The zone.
    pub zone: Id,
    /// The provider whose copy git has.
    pub against: Id,
    /// How it ended; answered: how they compare.
    pub ending: Ending<ZoneComparison>,
    /// What either has at the names whose origin the zone hides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<HiddenSet>,
}

/// Whether a vantage ran at all, and which paths it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VantageObservation {
    /// Absent: it ran.
    pub failed: Option<Remote>,
    /// It has a route for IPv4.
    pub ipv4: bool,
    /// It has a route for IPv6.
    pub ipv6: bool,
}

#[cfg(test)]
mod tests {
    use super::{Observation, PeersObservation};

    #[test]
    fn peers_by_network_survive_json() {
        let peers = PeersObservation { by_asn: [(701, 40)].into(), ..PeersObservation::default() };
        let text = serde_json::to_string(&Observation::Peers(peers.clone())).expect("JSON");
        let read: Observation = serde_json::from_str(&text).expect("an observation");
        assert_eq!(read, Observation::Peers(peers));
    }
}
