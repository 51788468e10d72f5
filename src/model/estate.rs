//! What the operator runs: the estate document, `lifeboat.yaml`.
//!
//! CONTRACT.md's "Estate" is its grammar. The JSON Schema derived from these types is what lint walks;
//! `x-ref` names the section that a value must be an id of.

use std::collections::BTreeMap;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, AloneNeed, Argv, Id, Percent, PracticeRecord, SecretRef, Span};

/// A whole estate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Estate {
    /// Always `lifeboat/estate/v1`.
    #[schemars(extend("const" = "lifeboat/estate/v1"))]
    pub schema: String,
    /// The estate's name; part of every digest.
    pub id: Id,
    /// People who can be called.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// Who must agree to which kind of change, by policy name.
    #[serde(default)]
    pub approvals: BTreeMap<Id, ApprovalPolicy>,
    /// Which learned addresses may be spoken to.
    #[serde(default)]
    pub network: Network,
    /// Budgets of probing.
    #[serde(default)]
    pub probing: Probing,
    /// What a commit of runbooks must carry.
    #[serde(default)]
    pub trust: Trust,
    /// Who writes our delegations into the parent zones.
    #[serde(default)]
    pub registrars: Vec<Registrar>,
    /// Who serves our zones.
    #[serde(default)]
    pub dns_providers: Vec<DnsProvider>,
    /// The zones whose names users need.
    #[serde(default)]
    pub zones: Vec<Zone>,
    /// The address blocks that our services live in.
    #[serde(default)]
    pub prefixes: Vec<Prefix>,
    /// The networks that carry our prefixes.
    #[serde(default)]
    pub upstreams: Vec<Upstream>,
    /// Trackers, live and standing by.
    #[serde(default)]
    pub trackers: Vec<Tracker>,
    /// DHT nodes that we run.
    #[serde(default)]
    pub dht_nodes: Vec<DhtNode>,
    /// Swarms that the operator lets us probe with.
    #[serde(default)]
    pub swarms: Vec<Swarm>,
    /// Seedboxes whose torrents we may change.
    #[serde(default)]
    pub seedboxes: Vec<Seedbox>,
    /// Caches of torrent metadata at the edge.
    #[serde(default)]
    pub metadata_caches: Vec<MetadataCache>,
    /// Where probes run.
    #[serde(default)]
    pub vantages: Vec<Vantage>,
    /// Targets that are nobody's of ours: they tell whether the observer itself is alive.
    #[serde(default)]
    pub controls: Vec<Control>,
    /// Resolvers that our users have.
    #[serde(default)]
    pub resolvers: Vec<Resolver>,
    /// Access networks whose users matter.
    #[serde(default)]
    pub carriers: Vec<Carrier>,
    /// The table that maps addresses to networks.
    #[serde(default)]
    pub as_table: Option<FileRef>,
    /// Our own routers.
    #[serde(default)]
    pub routers: Vec<Router>,
    /// Routers elsewhere that show what the world hears.
    #[serde(default)]
    pub collectors: Vec<Collector>,
    /// Log-ins and mailboxes that others depend on.
    #[serde(default)]
    pub identities: Vec<Identity>,
    /// Where messages go.
    #[serde(default)]
    pub status_channels: Vec<StatusChannel>,
    /// Planned work.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
    /// Where incidents are kept.
    #[serde(default)]
    pub incidents: IncidentStore,
    /// What is usual.
    #[serde(default)]
    pub baselines: Option<BaselineRef>,
    /// What people did on quiet days: tabletops, rehearsals, reviews. What stands nowhere is not known.
    #[serde(default)]
    pub practice: Vec<PracticeRecord>,
    /// How far the locks of runs reach.
    #[serde(default)]
    pub locks: Locks,
}

/// A person, or an office, that can be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Named by runbooks' `who` and `owner`.
    pub id: Id,
    /// The principal in `allowed_signers`.
    #[serde(default)]
    pub signer: Option<String>,
    /// For example `legal`.
    #[serde(default)]
    pub role: Option<String>,
    /// How to call them.
    #[serde(default)]
    pub call: Option<SecretRef>,
    /// An IANA time zone.
    #[serde(default)]
    #[schemars(extend("format" = "time-zone"))]
    pub time_zone: Option<String>,
}

impl Contact {
    /// Tells whether an account's name is this person's: their id, their signer, or the part of it before `@`.
    pub fn is(&self, account: &str) -> bool {
        let signer = self.signer.as_deref().unwrap_or_default();
        let local = signer.split('@').next().unwrap_or_default();
        !account.is_empty() && (self.id == account || signer == account || local == account)
    }
}

/// The rule for one kind of change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalPolicy {
    /// How many distinct people.
    #[schemars(range(min = 1, max = 9))]
    pub people: u8,
    /// How they say yes.
    pub by: ApprovalMeans,
    /// After which time the one who is alone may use a standing approval.
    #[serde(default)]
    pub alone_after: Option<Span>,
    /// What that one needs.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("x-format-items" = "alone-need"))]
    pub alone_needs: Vec<AloneNeed>,
    /// Whether a printed one-time code, read out over the phone, counts in the place of a signature.
    #[serde(default)]
    pub codes: bool,
}

/// How a person approves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalMeans {
    /// Types the short digest and the target at a terminal.
    Terminal,
    /// Signs the digest with an SSH key.
    Signature,
}

/// Which learned addresses may be spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Private ranges that learned addresses may lie in and where `http://` APIs are allowed.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("x-format-items" = "cidr"))]
    pub allow_private: Vec<IpNet>,
}

/// Budgets of probing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Probing {
    /// How long one target may take, all tries together.
    pub target_budget: Span,
    /// How many tries lie inside that budget.
    #[schemars(range(min = 1, max = 20))]
    pub tries: u8,
}

impl Default for Probing {
    fn default() -> Self {
        Self { target_budget: Span::from_secs(3), tries: 5 }
    }
}

/// What a commit of runbooks must carry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// Absent: `signed` once an `allowed_signers` exists, else `any`.
    #[serde(default)]
    pub commits: Option<CommitTrust>,
}

/// Which commits runbooks may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CommitTrust {
    /// Any commit.
    Any,
    /// Only one signed by an allowed key.
    Signed,
}

/// Who writes our delegations into a parent zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registrar {
    /// Named by `zones[].registrar`.
    pub id: Id,
    /// How its changes are made.
    pub kind: RegistrarKind,
    /// The company behind it.
    #[serde(default)]
    pub company: Option<String>,
    /// The zone that holds the delegations; absent: one label above the zone.
    #[serde(default)]
    #[schemars(extend("format" = "domain"))]
    pub parent_zone: Option<String>,
    /// Base URL of its API.
    #[serde(default)]
    #[schemars(extend("format" = "url"))]
    pub api: Option<String>,
    /// Pinned addresses of its API.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// Its credential.
    #[serde(default)]
    pub credential: Option<SecretRef>,
    /// A private certificate authority of its API.
    #[serde(default)]
    pub ca: Option<FileRef>,
    /// For `rfc2136`.
    #[serde(default)]
    pub server: Option<Address>,
    /// For `rfc2136`.
    #[serde(default)]
    pub tsig: Option<Tsig>,
    /// Name servers of the parent zone; absent: asked of the resolvers.
    #[serde(default)]
    pub nameservers: Vec<NameServer>,
    /// How long after its time-out a request may still land.
    #[serde(default)]
    pub settle: Option<Span>,
    /// How many requests it takes.
    #[serde(default)]
    pub quota: Option<Quota>,
    /// What logging in needs.
    #[serde(default)]
    pub login_needs: Vec<Id>,
    /// EPP states that we expect.
    #[serde(default)]
    pub locks: Vec<String>,
    /// How long unlocking takes.
    #[serde(default)]
    pub unlock_takes: Option<Span>,
    /// Where the registry tells how it holds our domains.
    #[serde(default)]
    pub rdap: Option<Rdap>,
}

/// A server of RDAP (RFC 9082) that knows our domains; it is only asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rdap {
    /// Its base URL; `/domain/NAME` is put behind it.
    #[schemars(extend("format" = "url"))]
    pub url: String,
    /// Pinned addresses of that URL's host.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// A private certificate authority.
    #[serde(default)]
    pub ca: Option<FileRef>,
}

/// How a registrar's changes are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistrarKind {
    /// Through a PowerDNS HTTP API.
    Powerdns,
    /// By signed DNS UPDATE.
    Rfc2136,
    /// By a person.
    Manual,
}

/// Who serves our zones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsProvider {
    /// Named by `zones[].delegated_to` and `standby_at`.
    pub id: Id,
    /// How its records are changed.
    pub kind: DnsProviderKind,
    /// The company behind it.
    #[serde(default)]
    pub company: Option<String>,
    /// Base URL of its API.
    #[serde(default)]
    #[schemars(extend("format" = "url"))]
    pub api: Option<String>,
    /// Pinned addresses of its API.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// Its credential.
    #[serde(default)]
    pub credential: Option<SecretRef>,
    /// A private certificate authority of its API.
    #[serde(default)]
    pub ca: Option<FileRef>,
    /// For `rfc2136`.
    #[serde(default)]
    pub server: Option<Address>,
    /// For `rfc2136`.
    #[serde(default)]
    pub tsig: Option<Tsig>,
    /// For `cloudflare` and `route53`, where several zones bear one name.
    #[serde(default)]
    pub zone_id: Option<String>,
    /// The servers that answer.
    #[schemars(length(min = 1))]
    pub nameservers: Vec<NameServer>,
    /// How long after its time-out a request may still land.
    #[serde(default)]
    pub settle: Option<Span>,
    /// How many requests it takes.
    #[serde(default)]
    pub quota: Option<Quota>,
}

/// How a provider's records are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsProviderKind {
    /// Through a PowerDNS HTTP API.
    Powerdns,
    /// By signed DNS UPDATE.
    Rfc2136,
    /// Through Cloudflare's API.
    Cloudflare,
    /// Through Amazon Route 53.
    Route53,
    /// Through deSEC's API.
    Desec,
    /// Never: its servers are only asked.
    Unmanaged,
}

/// A key of RFC 8945.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tsig {
    /// The key's name.
    #[schemars(extend("format" = "domain"))]
    pub name: String,
    /// For example `hmac-sha256`.
    #[schemars(extend("format" = "tsig-algorithm"))]
    pub algorithm: String,
    /// Where the secret lies.
    pub secret: SecretRef,
}

/// One name server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NameServer {
    /// Its name, as delegations write it.
    #[schemars(extend("format" = "domain"))]
    pub name: String,
    /// Its addresses; port 53 unless one is written.
    #[schemars(length(min = 1))]
    pub addresses: Vec<Address>,
}

/// How many requests a service takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// So many …
    pub requests: u32,
    /// … in this time.
    pub per: Span,
    /// Who else spends them.
    #[serde(default)]
    pub shared_with: Vec<String>,
}

/// A zone whose names users need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Named by runbooks.
    pub id: Id,
    /// Its domain name, fully qualified.
    #[schemars(extend("format" = "domain"))]
    pub name: String,
    /// Who writes its delegation.
    #[serde(default)]
    #[schemars(extend("x-ref" = "registrars"))]
    pub registrar: Option<Id>,
    /// Where we intend it to be delegated; the parent is measured.
    #[schemars(length(min = 1), extend("x-ref-items" = "dns_providers"))]
    pub delegated_to: Vec<Id>,
    /// Providers that hold a complete copy.
    #[serde(default)]
    #[schemars(extend("x-ref-items" = "dns_providers"))]
    pub standby_at: Vec<Id>,
    /// Names that users die without.
    #[serde(default)]
    pub critical: Vec<CriticalName>,
    /// The zone's own DS records, as its registrar should have them; null: what the parent is seen to say.
    #[serde(default)]
    #[schemars(extend("x-format-items" = "ds-record"))]
    pub trust_anchor: Option<Vec<String>>,
    /// Which tool else writes the zone.
    #[serde(default)]
    pub managed_by: Option<ManagedBy>,
    /// Names whose origin must not become public.
    #[serde(default)]
    #[schemars(extend("x-format-items" = "domain"))]
    pub hide_origin: Vec<String>,
    /// Record sets that are meant to be other ones at some provider.
    #[serde(default)]
    pub differs: Vec<Differs>,
}

/// Record sets that are meant to differ between providers: those that fit every key that is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Differs {
    /// Relative to the zone, or fully qualified with a final dot; absent: every name.
    #[serde(default)]
    #[schemars(extend("format" = "domain"))]
    pub name: Option<String>,
    /// The record type; absent: every type.
    #[serde(default, rename = "type")]
    #[schemars(extend("format" = "copied-type"))]
    pub kind: Option<String>,
    /// The providers that have it otherwise; none: any.
    #[serde(default)]
    #[schemars(extend("x-ref-items" = "dns_providers"))]
    pub at: Vec<Id>,
    /// Why, for people.
    #[serde(default)]
    pub why: Option<String>,
}

/// A name that users die without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriticalName {
    /// Relative to the zone, or fully qualified with a final dot.
    #[schemars(extend("format" = "domain"))]
    pub name: String,
    /// The record type, for example `A`.
    #[serde(rename = "type")]
    #[schemars(extend("format" = "record-type"))]
    pub kind: String,
    /// What it should answer.
    #[serde(default)]
    pub expect: Expect,
    /// The longest time to live that the operator wants.
    #[serde(default)]
    pub ttl_at_most: Option<Span>,
}

/// What a critical name should answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Expect {
    /// Anything but nothing: written `any`.
    #[default]
    #[serde(skip_deserializing)]
    Unsaid,
    /// The word `any`.
    Word(AnyWord),
    /// A subset of these values, in presentation form.
    Values(Vec<String>),
}

/// The word `any`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnyWord {
    /// Any answer will do.
    Any,
}

/// Which tool else writes a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagedBy {
    /// For example `octodns`.
    pub tool: String,
    /// How it is held.
    pub hold: Hold,
    /// How often it writes: after a change, a run waits for so long and looks whether the change is there still.
    #[serde(default)]
    pub every: Option<Span>,
    /// The folder of its source, from the estate's: of octoDNS the one with a `ZONE.yaml` for each zone.
    #[serde(default)]
    pub source: Option<String>,
}

/// How another writer is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// What a person does.
    pub manual: String,
}

/// An address block that our services live in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    /// Named by runbooks.
    pub id: Id,
    /// The block.
    #[schemars(with = "String", extend("format" = "cidr"))]
    pub cidr: IpNet,
    /// The AS that should announce it.
    pub origin: u32,
    /// Who announces it.
    #[serde(default)]
    pub announced_by: Announcer,
    /// Through whom.
    #[serde(default)]
    #[schemars(extend("x-ref-items" = "upstreams"))]
    pub upstreams: Vec<Id>,
}

/// Who announces a prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Announcer {
    /// We do, from our own routers.
    #[default]
    Us,
    /// An upstream does.
    Upstream,
}

/// A network that carries our prefixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Named by `prefixes[].upstreams`.
    pub id: Id,
    /// Its AS number.
    pub asn: u32,
    /// What it is to us.
    #[serde(default)]
    pub role: UpstreamRole,
    /// How to call its operations centre.
    #[serde(default)]
    pub noc: Option<SecretRef>,
    /// The circuit's number, to be read out on the phone.
    #[serde(default)]
    pub circuit: Option<String>,
}

/// What a neighbouring network is to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UpstreamRole {
    /// We buy transit.
    #[default]
    Transit,
    /// We peer.
    Peer,
}

/// A tracker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tracker {
    /// Named by runbooks.
    pub id: Id,
    /// Its tier in announce lists.
    #[serde(default)]
    pub tier: u8,
    /// True for a backup that no torrent lists yet.
    #[serde(default)]
    pub standby: bool,
    /// Where it stands.
    #[serde(default)]
    pub region: Option<String>,
    /// The swarm that probes it; absent: the first of `swarms`.
    #[serde(default)]
    #[schemars(extend("x-ref" = "swarms"))]
    pub swarm: Option<Id>,
    /// Its addresses, so that a dead DNS hides nothing.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// Its announce URLs: `udp://`, `http://` or `https://`.
    #[schemars(length(min = 1), extend("x-format-items" = "announce-url"))]
    pub urls: Vec<String>,
    /// A private certificate authority of its `https` URLs.
    #[serde(default)]
    pub ca: Option<FileRef>,
}

/// A DHT node that we run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DhtNode {
    /// Its id.
    pub id: Id,
    /// Where it listens.
    pub address: Address,
}

/// A swarm that the operator lets us probe with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Swarm {
    /// Named by `trackers[].swarm`.
    pub id: Id,
    /// 40 hexadecimal digits.
    #[schemars(extend("format" = "info-hash"))]
    pub info_hash: String,
    /// Why it may be used.
    #[serde(default)]
    pub note: Option<String>,
}

/// A seedbox whose torrents we may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Seedbox {
    /// Named by runbooks.
    pub id: Id,
    /// Which client it runs.
    pub kind: SeedboxKind,
    /// Where it stands.
    #[serde(default)]
    pub region: Option<String>,
    /// Base URL of its remote control.
    #[schemars(extend("format" = "url"))]
    pub rpc: String,
    /// Pinned addresses of that URL's host.
    #[serde(default)]
    pub addresses: Vec<Address>,
    /// Its credential, `user:password`.
    #[serde(default)]
    pub credential: Option<SecretRef>,
    /// A private certificate authority.
    #[serde(default)]
    pub ca: Option<FileRef>,
    /// How long after its time-out a request may still land.
    #[serde(default)]
    pub settle: Option<Span>,
    /// How many requests it takes.
    #[serde(default)]
    pub quota: Option<Quota>,
}

/// Which client a seedbox runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SeedboxKind {
    /// Transmission.
    Transmission,
    /// qBittorrent.
    Qbittorrent,
    /// rTorrent.
    Rtorrent,
    /// Deluge.
    Deluge,
}

/// A cache of torrent metadata at the edge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataCache {
    /// Its id.
    pub id: Id,
    /// Its base URL.
    #[schemars(extend("format" = "url"))]
    pub url: String,
    /// How long it may serve what its origin no longer gives.
    #[serde(default)]
    pub stale_if_error: Option<Span>,
}

/// A place where probes run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vantage {
    /// Its id; stands in every fact.
    pub id: Id,
    /// Here, or through a command.
    pub kind: VantageKind,
    /// The command that runs Lifeboat there.
    #[serde(default)]
    pub argv: Option<Argv>,
    /// The access network that it looks out of.
    #[serde(default)]
    #[schemars(extend("x-ref" = "carriers"))]
    pub carrier: Option<Id>,
}

/// How a vantage is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VantageKind {
    /// This process.
    Local,
    /// A command, for example ssh.
    Command,
}

/// A target that is nobody's of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Its id.
    pub id: Id,
    /// What is asked of it.
    pub kind: ControlKind,
    /// Where.
    pub address: Address,
    /// For `dns`: the name that is asked.
    #[serde(default)]
    #[schemars(extend("format" = "domain"))]
    pub name: Option<String>,
    /// For `dns`: the type that is asked.
    #[serde(default, rename = "type")]
    #[schemars(extend("format" = "record-type"))]
    pub record: Option<String>,
}

/// What is asked of a control target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlKind {
    /// A DNS question.
    Dns,
    /// A TCP connection.
    Tcp,
}

/// A resolver that our users have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolver {
    /// Its id.
    pub id: Id,
    /// Where it listens. A port that is written is the plain transports' (else 53); where there are none, the
    /// encrypted ones'.
    pub address: Address,
    /// How it is asked.
    #[serde(default = "plain_transports")]
    pub transports: Vec<DnsTransport>,
    /// The name in its certificate, or its own address where the certificate holds that.
    #[serde(default)]
    pub tls_name: Option<String>,
    /// A private certificate authority of its encrypted transports.
    #[serde(default)]
    pub ca: Option<FileRef>,
    /// The port of DNS over TLS; 853 unless it is written.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub dot_port: Option<u16>,
    /// The port of DNS over HTTPS; 443 unless it is written.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub doh_port: Option<u16>,
    /// The path of DNS over HTTPS; `/dns-query` unless it is written.
    #[serde(default)]
    pub doh_path: Option<String>,
    /// How long it asks nobody else, or not anew, once it found a server dead (PowerDNS Recursor's
    /// `server-down-throttle-time`: 60 s; unbound's longest wait for one server: 120 s).
    #[serde(default)]
    pub dead_server_memory: Option<Span>,
    /// Whether it answers from what has expired while no authority answers (RFC 8767).
    #[serde(default)]
    pub serve_stale: bool,
    /// The network that it is asked for our names on behalf of (RFC 7871).
    #[schemars(with = "Option<String>", extend("format" = "cidr"))]
    pub client_subnet: Option<IpNet>,
    /// The access network whose users have it.
    #[serde(default)]
    #[schemars(extend("x-ref" = "carriers"))]
    pub carrier: Option<Id>,
}

fn plain_transports() -> Vec<DnsTransport> {
    vec![DnsTransport::Udp, DnsTransport::Tcp]
}

/// How a DNS server is asked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DnsTransport {
    /// RFC 1035 over UDP.
    Udp,
    /// RFC 7766.
    Tcp,
    /// RFC 7858.
    Dot,
    /// RFC 8484.
    Doh,
}

impl DnsTransport {
    /// Tells whether everybody on the way can read and change what is said.
    pub const fn is_plain(self) -> bool {
        match self {
            Self::Udp | Self::Tcp => true,
            Self::Dot | Self::Doh => false,
        }
    }

    /// Returns how people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Dot => "DNS over TLS",
            Self::Doh => "DNS over HTTPS",
        }
    }
}

/// An access network whose users matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Carrier {
    /// Named by runbooks.
    pub id: Id,
    /// Its AS number.
    pub asn: u32,
    /// Its name, for the team only.
    #[serde(default)]
    pub name: Option<String>,
    /// The share of peers that we usually see from it.
    #[serde(default)]
    pub usual_share: Option<Percent>,
}

/// A file beside the estate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// Relative to the estate's folder.
    pub file: String,
}

/// One of our routers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Router {
    /// Its id.
    pub id: Id,
    /// Which daemon it runs.
    pub kind: RouterKind,
    /// Its control socket.
    pub socket: String,
    /// Its AS number.
    #[serde(default)]
    pub asn: Option<u32>,
}

/// Which daemon a router runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RouterKind {
    /// BIRD 2.
    Bird,
}

/// A router elsewhere that shows what the world hears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collector {
    /// Its id.
    pub id: Id,
    /// Which daemon it runs.
    pub kind: RouterKind,
    /// Its control socket.
    pub socket: String,
    /// How old a session's last word may be before its view decides nothing.
    #[serde(default)]
    pub max_age: Option<Span>,
}

/// A log-in or mailbox that others depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Named by `login_needs`.
    pub id: Id,
    /// Its mail address.
    #[serde(default)]
    pub mail: Option<String>,
    /// The company behind it.
    #[serde(default)]
    pub company: Option<String>,
}

/// Where messages go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusChannel {
    /// Named by runbooks' `to`.
    pub id: Id,
    /// What it is.
    pub kind: ChannelKind,
    /// Who reads it.
    #[serde(default)]
    pub audience: Audience,
    /// The languages that it needs; absent: English.
    #[serde(default)]
    #[schemars(extend("x-format-items" = "language"))]
    pub languages: Vec<String>,
    /// For `file`: the folder, relative to the incident's.
    #[serde(default)]
    pub directory: Option<String>,
    /// Its address.
    #[serde(default)]
    #[schemars(extend("format" = "url"))]
    pub url: Option<String>,
    /// For chat: the room.
    #[serde(default)]
    pub room: Option<SecretRef>,
    /// Its credential.
    #[serde(default)]
    pub credential: Option<SecretRef>,
    /// The company behind it.
    #[serde(default)]
    pub company: Option<String>,
}

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// One file a message.
    File,
    /// Standard output.
    Stdout,
    /// A cState status page.
    Cstate,
    /// A Matrix room.
    Matrix,
    /// Statuspage's API.
    Statuspage,
    /// A JSON webhook.
    Webhook,
    /// Mail.
    Mail,
}

/// Who reads a message.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Our users: no vendor is named to them.
    #[default]
    Customers,
    /// Our own people.
    Team,
}

/// Planned work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// An iCalendar file beside the estate.
    pub calendar: String,
}

/// Where incidents are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentStore {
    /// Null: the user's state directory.
    #[serde(default)]
    pub directory: Option<String>,
}

/// How far the locks of runs reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locks {
    /// Where machines share them; null: they hold on one machine alone.
    #[serde(default)]
    pub shared: Option<LocksShared>,
}

/// Where machines share locks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocksShared {
    /// A git repository: the name of a remote of the estate's own, a folder, or an ssh:// or https:// URL.
    pub remote: String,
}

/// What is usual.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineRef {
    /// A `lifeboat.baseline/v1` file beside the estate.
    pub file: String,
    /// How long it was learned over.
    #[serde(default)]
    pub learned_over: Option<Span>,
}
