//! A stop that another process asked for.

use crate::model::{Event, Record};

/// A halt that was asked for and has not been heeded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaltRequest {
    /// Its record's number.
    pub seq: u64,
    /// Who asked.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Returns the halt that whoever runs now must heed: one asked for after the run was last begun or taken up.
pub fn halt_asked(records: &[Record]) -> Option<HaltRequest> {
    let latest = records.iter().rev().find(|record| {
        matches!(
            record.event,
            Event::HaltAsked { .. }
                | Event::Started { .. }
                | Event::Resumed { .. }
                | Event::Halted { .. }
                | Event::Held { .. }
                | Event::Finished { .. }
        )
    })?;
    let Event::HaltAsked { by, reason } = &latest.event else { return None };
    Some(HaltRequest { seq: latest.seq, by: by.clone(), reason: reason.clone() })
}
