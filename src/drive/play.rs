//! A drill, as commands see it: another field, another folder, and nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::document::Source;
use crate::repo::Shelf;
use crate::service::Field;

/// What a drill puts in the place of the real thing.
pub struct Play {
    /// The ways to the drill's world.
    pub field: Field,
    /// The estate's document.
    pub estate: Source,
    /// Files that the estate names, when they lie nowhere on the disk.
    pub beside: BTreeMap<String, String>,
    /// Runbooks, templates and scenarios.
    pub shelf: Shelf,
    /// Where the drill's incidents are kept.
    pub incidents: PathBuf,
    /// The `allowed_signers` of a drill that nobody attends: keys of its own and no other. Absent: the list beside the
    /// estate, as live.
    pub signers: Option<String>,
}
