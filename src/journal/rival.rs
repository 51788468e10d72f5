//! Another plan of the same incident whose write may still be under way.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::{Direction, End, Event, Id, Record};

/// A write of another plan of which nobody knows what became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rival {
    /// The plan.
    pub digest: String,
    /// The step.
    pub step: Id,
}

/// A write as its records name it: plan, step, change, direction.
type Key<'a> = (&'a str, &'a Id, u32, Direction);

/// Returns another plan's write that is in doubt: an older plan must never land after a newer one.
pub fn rival(records: &[Record], digest: &str) -> Option<Rival> {
    let (of, step, ..) = open(records).into_keys().find(|(of, ..)| *of != digest)?;
    Some(Rival { digest: of.to_owned(), step: step.clone() })
}

/// Returns until when a write of which nobody knows what became may still land; none where none is open.
pub fn may_land_until(records: &[Record]) -> Option<Timestamp> {
    open(records).into_values().max()
}

/// Returns the writes of which nobody knows what became, each with the time after which it can no longer land.
fn open(records: &[Record]) -> BTreeMap<Key<'_>, Timestamp> {
    let mut running = "";
    let mut open: BTreeMap<Key<'_>, Timestamp> = BTreeMap::new();
    for record in records {
        if let Event::Started { digest, .. } | Event::Resumed { digest } = &record.event {
            running = digest;
        } else if let Event::Intended { step, change, direction, lands_by, .. } = &record.event {
            open.insert((running, step, *change, *direction), *lands_by);
        } else if let Event::Settled { step, change, direction, end, .. } = &record.event
            && *end != End::Unreadable
        {
            open.remove(&(running, step, *change, *direction));
        } else if let Event::Deferred { step, change, direction, .. } = &record.event {
            open.remove(&(running, step, *change, *direction));
        }
    }
    open
}
