//! The ten things that an operator should have done, and where they are written down.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Id, Span, Truth};

/// One of the ten things that an operator should have done: a fact, a date, or not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Practice {
    /// Which.
    pub what: PracticeKind,
    /// Whether it is done; `unknown` where nothing says so, and then it is never said to be undone.
    pub done: Truth,
    /// When it was done last, where that is known.
    #[schemars(with = "Option<String>")]
    pub on: Option<Date>,
    /// The fact, or why nobody knows.
    pub says: String,
}

/// The ten things, in their order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PracticeKind {
    /// DNS failover and times to live validated.
    DnsFailover,
    /// Secondary trackers enabled.
    SecondaryTrackers,
    /// Metadata caches at the edge.
    MetadataCaches,
    /// Peers counted for each network.
    PeerCounts,
    /// A withdrawal rehearsed.
    Withdrawal,
    /// A legal tabletop held.
    LegalTabletop,
    /// Route transparency in the contracts.
    RouteTransparency,
    /// Seedboxes in an unaffected region.
    SeedboxRegions,
    /// Runbooks reviewed.
    RunbooksReviewed,
    /// The last postmortem closed.
    PostmortemClosed,
}

impl PracticeKind {
    /// All ten, in order.
    pub const ALL: [Self; 10] = [
        Self::DnsFailover,
        Self::SecondaryTrackers,
        Self::MetadataCaches,
        Self::PeerCounts,
        Self::Withdrawal,
        Self::LegalTabletop,
        Self::RouteTransparency,
        Self::SeedboxRegions,
        Self::RunbooksReviewed,
        Self::PostmortemClosed,
    ];

    /// Returns its name, as the estate writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DnsFailover => "dns-failover",
            Self::SecondaryTrackers => "secondary-trackers",
            Self::MetadataCaches => "metadata-caches",
            Self::PeerCounts => "peer-counts",
            Self::Withdrawal => "withdrawal",
            Self::LegalTabletop => "legal-tabletop",
            Self::RouteTransparency => "route-transparency",
            Self::SeedboxRegions => "seedbox-regions",
            Self::RunbooksReviewed => "runbooks-reviewed",
            Self::PostmortemClosed => "postmortem-closed",
        }
    }

    /// Returns it in words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::DnsFailover => "DNS failover and TTLs validated",
            Self::SecondaryTrackers => "secondary trackers enabled",
            Self::MetadataCaches => "metadata caches at the edge",
            Self::PeerCounts => "peer counts for each network",
            Self::Withdrawal => "a withdrawal rehearsed",
            Self::LegalTabletop => "a legal tabletop held",
            Self::RouteTransparency => "route transparency in contracts",
            Self::SeedboxRegions => "seedboxes in an unaffected region",
            Self::RunbooksReviewed => "runbooks reviewed",
            Self::PostmortemClosed => "the last postmortem closed",
        }
    }
}

/// Something that people did on a quiet day, as the estate records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PracticeRecord {
    /// Which of the ten things.
    pub what: PracticeKind,
    /// The day on which it was done.
    #[schemars(with = "String", extend("format" = "date"))]
    pub on: Date,
    /// Who saw to it.
    #[serde(default)]
    #[schemars(extend("x-ref" = "contacts"))]
    pub by: Option<Id>,
    /// How long it holds; absent: a year.
    #[serde(default)]
    pub again_after: Option<Span>,
    /// Where it is written down, or what came of it.
    #[serde(default)]
    pub note: Option<String>,
}
