//! Changes: one before → after at one target, and what must be true around it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Beside, Id, Span};

/// What is changed: one target is one request to one service.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Record sets of one zone at one service (a DNS provider or a registrar).
    Rrsets {
        /// The service, by estate id.
        service: Id,
        /// The zone that is written, fully qualified.
        zone: String,
        /// Which record sets.
        keys: Vec<RrKey>,
    },
    /// The tracker list of one torrent on one seedbox.
    TrackerList {
        /// The seedbox, by estate id.
        service: Id,
        /// The info-hash, 40 lower-case hexadecimal digits.
        torrent: String,
    },
}

impl Target {
    /// Returns the service that is written to.
    pub const fn service(&self) -> &Id {
        match self {
            Self::Rrsets { service, .. } | Self::TrackerList { service, .. } => service,
        }
    }
}

/// Names one record set.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct RrKey {
    /// The owner name, fully qualified, lower case.
    pub name: String,
    /// The type, for example `NS`.
    pub kind: String,
}

/// The state of a target: what the precondition compares and what an undo puts back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Of record sets, in the order of the target's keys.
    Rrsets(Vec<Rrset>),
    /// Of a tracker list, in its order.
    Trackers(Vec<TrackerEntry>),
}

/// One record set; without records it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rrset {
    /// Which.
    #[serde(flatten)]
    pub key: RrKey,
    /// Seconds; 0 where it does not exist.
    pub ttl: u32,
    /// Its data, in the service's order.
    pub records: Vec<RrContent>,
    /// What people wrote beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<RrComment>,
}

/// One record's data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RrContent {
    /// In presentation form.
    pub content: String,
    /// Kept, but not served.
    #[serde(default)]
    pub disabled: bool,
    /// What its service keeps beside it; absent for what DNS knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
}

/// What people wrote beside a record set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct RrComment {
    /// The text.
    pub content: String,
    /// Who wrote it.
    #[serde(default)]
    pub account: String,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub modified_at: u64,
}

/// One tracker of a torrent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct TrackerEntry {
    /// Its tier, from 0.
    pub tier: u32,
    /// Its announce URL.
    pub url: String,
}

impl Value {
    /// Tells whether two states are the same to the world: the order of records and the date of comments do not count.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rrsets(ours), Self::Rrsets(theirs)) => {
                let plain = |sets: &[Rrset]| {
                    let mut sets: Vec<_> = sets.iter().map(Rrset::unordered).collect();
                    sets.sort();
                    sets
                };
                plain(ours) == plain(theirs)
            }
            (Self::Trackers(ours), Self::Trackers(theirs)) => ours == theirs,
            (Self::Rrsets(_), Self::Trackers(_)) | (Self::Trackers(_), Self::Rrsets(_)) => false,
        }
    }
}

/// A record set as the world sees it.
type Unordered = (RrKey, u32, Vec<RrContent>, Vec<(String, String)>);

impl Rrset {
    fn unordered(&self) -> Unordered {
        let mut records = self.records.clone();
        records.sort();
        let mut comments: Vec<_> =
            self.comments.iter().map(|c| (c.content.clone(), c.account.clone())).collect();
        comments.sort();
        let ttl = if records.is_empty() { 0 } else { self.ttl };
        (self.key.clone(), ttl, records, comments)
    }
}

/// `ensure(target = after)` given `before`; nothing lands later than `settle` after its time-out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// What is changed.
    pub target: Target,
    /// The estate object that people think of: the zone, the tracker.
    pub object: Id,
    /// What it is now; the precondition.
    pub before: Value,
    /// What it shall be.
    pub after: Value,
    /// How long one request may take.
    pub timeout: Span,
    /// How long after that it may still land.
    pub settle: Span,
    /// Whether the service itself checks the precondition.
    pub conditional: bool,
}

/// Toward the new state, or back.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// As planned.
    Do,
    /// Reversed.
    Undo,
}

impl Change {
    /// Returns the change in a direction: an undo is the same machine on the reversed change.
    #[must_use]
    pub fn toward(&self, direction: Direction) -> Self {
        match direction {
            Direction::Do => self.clone(),
            Direction::Undo => {
                Self { before: self.after.clone(), after: self.before.clone(), ..self.clone() }
            }
        }
    }
}
