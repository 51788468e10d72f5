//! Standing approvals, `lifeboat/standing/v1`: what several people allow on a quiet day for whoever is alone one night.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{ActionKind, Guard, Id, Span};

/// An envelope: a plan inside of it needs nobody else. It lies in `standing/ID.yaml`; each signature over its exact
/// bytes lies beside it, in `standing/ID.CONTACT.sig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingApproval {
    /// Always `lifeboat/standing/v1`.
    #[schemars(extend("const" = "lifeboat/standing/v1"))]
    pub schema: String,
    /// Its id, which its file is named after; whoever uses it types it.
    pub id: Id,
    /// The estate.
    pub estate: Id,
    /// What it is for.
    pub why: String,
    /// The runbook whose plans it covers.
    pub runbook: BoundRunbook,
    /// The runbooks that it includes.
    #[serde(default)]
    pub includes: Vec<BoundRunbook>,
    /// The policies of the estate in whose place it stands.
    #[schemars(length(min = 1), extend("x-ref-items" = "approvals"))]
    pub policies: Vec<Id>,
    /// Who may use it: contacts, who need not have signed it.
    #[schemars(length(min = 1), extend("x-ref-items" = "contacts"))]
    pub holders: Vec<Id>,
    /// Which actions.
    #[schemars(length(min = 1))]
    pub actions: Vec<ActionKind>,
    /// Which record sets, with every value that they may have before and after.
    #[serde(default)]
    pub records: Vec<AllowedRecords>,
    /// Which tracker lists, with every URL that may come and go.
    #[serde(default)]
    pub tracker_lists: Vec<AllowedTrackers>,
    /// How many changes one plan may make.
    #[schemars(range(min = 1))]
    pub changes_at_most: u32,
    /// What must be known to be true when it is used. It names ids, never parameters.
    pub facts: Guard,
    /// Until when it may be used (UTC).
    #[schemars(with = "String", extend("format" = "timestamp"))]
    pub expires: Timestamp,
    /// How many plans it may be used for.
    #[schemars(range(min = 1))]
    pub uses: u32,
}

/// A runbook, exactly as it was read by whoever signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoundRunbook {
    /// Its id.
    #[schemars(extend("x-ref" = "runbooks"))]
    pub id: Id,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    #[schemars(extend("format" = "digest"))]
    pub digest: String,
}

/// One record set that may be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowedRecords {
    /// The service that is written to: a DNS provider or a registrar.
    #[schemars(extend("x-ref-any" = ["dns_providers", "registrars"]))]
    pub service: Id,
    /// The zone that is written.
    #[schemars(extend("format" = "domain"))]
    pub zone: String,
    /// The owner name.
    #[schemars(extend("format" = "domain"))]
    pub name: String,
    /// The record type.
    #[serde(rename = "type")]
    #[schemars(extend("format" = "record-type"))]
    pub kind: String,
    /// The sets that it may have before, each in any order; `[]` is a set that does not exist.
    #[schemars(length(min = 1))]
    pub before: Vec<Vec<String>>,
    /// The sets that it may have after.
    #[schemars(length(min = 1))]
    pub after: Vec<Vec<String>>,
    /// The TTLs that it may have after; absent: the one it has before.
    #[serde(default)]
    pub ttl: Option<AllowedTtl>,
}

/// A range of TTLs, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowedTtl {
    /// The shortest.
    pub at_least: Span,
    /// The longest.
    pub at_most: Span,
}

/// The tracker lists of one seedbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowedTrackers {
    /// The seedbox.
    #[schemars(extend("x-ref" = "seedboxes"))]
    pub service: Id,
    /// The announce URLs that may come.
    #[serde(default)]
    #[schemars(extend("x-format-items" = "announce-url"))]
    pub add: Vec<String>,
    /// The announce URLs that may go.
    #[serde(default)]
    #[schemars(extend("x-format-items" = "announce-url"))]
    pub remove: Vec<String>,
}

impl StandingApproval {
    /// What the file says that it is.
    pub const SCHEMA: &str = "lifeboat/standing/v1";
}

/// Which standing approval a yes rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingMark {
    /// Its id.
    pub id: Id,
    /// SHA-256 of its exact bytes, in hexadecimal.
    pub digest: String,
}

/// What whoever is alone needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum AloneNeed {
    /// `standing-approval`: one that covers the plan. It is always needed.
    StandingApproval,
    /// `rehearsed-within-90d`: a drill of this estate carried the runbook out, at most so long ago.
    RehearsedWithin(Span),
}

/// A word that is none of [`AloneNeed`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("it is neither `standing-approval` nor `rehearsed-within-` and a length of time")]
pub struct NoSuchNeed;

impl FromStr for AloneNeed {
    type Err = NoSuchNeed;

    fn from_str(text: &str) -> Result<Self, NoSuchNeed> {
        match text.strip_prefix("rehearsed-within-") {
            Some(span) => Span::parse(span).map(Self::RehearsedWithin).map_err(|_| NoSuchNeed),
            None if text == "standing-approval" => Ok(Self::StandingApproval),
            None => Err(NoSuchNeed),
        }
    }
}

impl fmt::Display for AloneNeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandingApproval => f.write_str("standing-approval"),
            Self::RehearsedWithin(span) => write!(f, "rehearsed-within-{span}"),
        }
    }
}

impl From<AloneNeed> for String {
    fn from(need: AloneNeed) -> Self {
        need.to_string()
    }
}

impl TryFrom<String> for AloneNeed {
    type Error = NoSuchNeed;

    fn try_from(text: String) -> Result<Self, NoSuchNeed> {
        text.parse()
    }
}
