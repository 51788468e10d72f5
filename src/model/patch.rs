//! What an incident left at record sets, as whoever else writes the zone has it in its source.

use serde::Serialize;

use super::Id;

/// The patch of one zone: `lifeboat.zone-patch/v1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZonePatch {
    /// The zone.
    pub zone: Id,
    /// The tool whose source it is for; absent where the estate names none.
    pub tool: Option<String>,
    /// What it is.
    pub form: PatchForm,
    /// The patch.
    pub text: String,
    /// What it does not hold, and why: for a person to do.
    pub left_out: Vec<String>,
}

/// What a patch is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatchForm {
    /// A unified diff of the tool's own files.
    Diff,
    /// Record sets in the tool's own words, to be merged by hand.
    Sets,
    /// Lines of a zone file that go and come.
    Lines,
}

/// A record set in the words of a tool that keeps YAML.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceSet {
    /// Relative to the zone; empty at its top.
    pub name: String,
    /// The record type.
    pub kind: String,
    /// How long it is kept, where that was changed or is new.
    pub ttl: Option<u32>,
    /// Its values; none where it goes.
    pub values: Vec<serde_json::Value>,
}
