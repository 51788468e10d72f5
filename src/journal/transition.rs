//! What a journal may not say.

use thiserror::Error;

use crate::model::Record;

/// A record that does not follow from those before it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("record {seq} (`{event}`) does not follow: {why}")]
pub struct Illegal {
    /// Its number.
    pub seq: u64,
    /// Its kind.
    pub event: &'static str,
    /// What it contradicts.
    pub why: String,
}

impl Illegal {
    /// Names a record and what it contradicts.
    pub fn new(record: &Record, why: impl Into<String>) -> Self {
        Self { seq: record.seq, event: record.event.kind(), why: why.into() }
    }

    /// Returns the next thing to do.
    pub const fn hint(&self) -> &'static str {
        "the journal was changed by something else, or by another version; nothing is run on it"
    }
}
