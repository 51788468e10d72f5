//! Which transcripts a journal names, which of them were purged, and whether a run may still want them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::{Event, Outcome, Record};

/// A transcript that a record names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTranscript {
    /// SHA-256 of its bytes, in hexadecimal; also its file's name.
    pub hash: String,
    /// The record that names it.
    pub seq: u64,
    /// When that was written (UTC).
    pub at: Timestamp,
    /// Whether a record says that it was removed.
    pub purged: bool,
}

/// Returns every transcript that a journal names, in the order of the records.
pub fn named_transcripts(records: &[Record]) -> Vec<NamedTranscript> {
    let mut purged: BTreeSet<&str> = BTreeSet::new();
    for record in records {
        if let Event::Purged { transcripts, .. } = &record.event {
            purged.extend(transcripts.iter().map(String::as_str));
        }
    }
    let named = records.iter().filter_map(|record| {
        let (Event::Diagnosed { evidence, .. } | Event::Checked { evidence, .. }) = &record.event
        else {
            return None;
        };
        let hash = evidence.clone()?;
        let purged = purged.contains(hash.as_str());
        Some(NamedTranscript { hash, seq: record.seq, at: record.at, purged })
    });
    named.collect()
}

/// Returns the plan whose run is open: begun, and neither ended nor held in a closed incident.
pub fn open_run(records: &[Record]) -> Option<&str> {
    let mut open = None;
    for record in records {
        if let Event::Started { digest, .. } | Event::Resumed { digest } = &record.event {
            open = Some(digest.as_str());
        } else if let Event::Finished { outcome, .. } = &record.event {
            open = open.filter(|_| *outcome == Outcome::Held);
        } else if matches!(record.event, Event::Closed { .. }) {
            open = None;
        }
    }
    open
}
