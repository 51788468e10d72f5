//! What the commands about copies of zones report, as people and programs read it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Apart, Id, SetDifference, SetGap, Truth, ZoneSet};

/// Where a copy came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CopyFrom {
    /// The commit at HEAD.
    Git,
    /// The provider, just now.
    Live,
}

/// One copy that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CopySource {
    /// Where it came from.
    pub from: CopyFrom,
    /// The provider whose copy it is.
    pub provider: Id,
}

/// What became of one copy that was to be written: `lifeboat.zone-snapshot/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneSnapshot {
    /// The zone.
    pub zone: Id,
    /// The provider.
    pub provider: Id,
    /// What became of it.
    pub state: SnapshotState,
    /// Its file, from the estate's folder; absent where there is no copy.
    pub path: Option<String>,
    /// How many record sets it has.
    pub sets: usize,
    /// Record sets that mean nothing elsewhere.
    pub apart: Vec<ApartSet>,
    /// What such a provider never shows, or why there is no copy.
    pub because: Option<String>,
    /// What to do next, where something helps.
    pub hint: Option<String>,
}

/// A record set that does not travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApartSet {
    /// The owner.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Why.
    pub apart: Apart,
}

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotState {
    /// There was none before.
    New,
    /// It took the place of another one.
    Changed,
    /// It says what was there already; the file was not touched.
    Same,
    /// It could not be read; what was there before stays.
    Unread,
    /// Such a provider never gives one.
    Never,
}

/// How two copies of a zone differ: `lifeboat.zone-diff/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneDiff {
    /// The zone.
    pub zone: Id,
    /// Its name.
    pub name: String,
    /// The first copy.
    pub before: CopySource,
    /// The second copy.
    pub after: CopySource,
    /// Whether they differ; null when one could not be read.
    pub differs: Option<bool>,
    /// Why one could not be read.
    pub because: Option<String>,
    /// Only in the second.
    pub added: Vec<ZoneSet>,
    /// Only in the first.
    pub removed: Vec<ZoneSet>,
    /// In both, and not alike.
    pub changed: Vec<SetDifference>,
}

impl ZoneDiff {
    /// Makes a report of two copies.
    pub fn new(
        (zone, name): (&Id, &str),
        (before, after): (CopySource, CopySource),
        found: Result<Vec<SetDifference>, String>,
    ) -> Self {
        let mut diff = Self {
            zone: zone.clone(),
            name: name.to_owned(),
            before,
            after,
            differs: None,
            because: None,
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
        };
        match found {
            Err(because) => diff.because = Some(because),
            Ok(differences) => {
                diff.differs = Some(!differences.is_empty());
                differences.into_iter().for_each(|difference| diff.sort_in(difference));
            }
        }
        diff
    }

    fn sort_in(&mut self, difference: SetDifference) {
        match difference {
            SetDifference { before: Some(set), after: None } => self.removed.push(set),
            SetDifference { before: None, after: Some(set) } => self.added.push(set),
            difference => self.changed.push(difference),
        }
    }
}

/// How a provider's whole copy compares: `lifeboat.zone-parity/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneParity {
    /// The zone.
    pub zone: Id,
    /// Its name.
    pub name: String,
    /// What was held against the reference.
    pub copy: CopySource,
    /// The reference; absent where there is none.
    pub against: Option<CopySource>,
    /// Whether every record set is alike, declared differences aside.
    pub truth: Truth,
    /// How many record sets are alike.
    pub alike: u32,
    /// Of how many.
    pub compared: u32,
    /// How many differ as the estate declares.
    pub declared: u32,
    /// The first that differ and may not.
    pub gaps: Vec<SetGap>,
    /// Why it is not known.
    pub because: Option<String>,
}
