//! What the world will be after a change that comes before another one in the same plan.

use super::deed::Readings;
use crate::model::{Change, Found, Rrset, Target, Value, Wanted};

/// Puts a change's after-value into what was read.
pub fn apply(readings: &mut Readings, change: &Change) {
    for (wanted, found) in readings.iter_mut() {
        match (wanted, found, &change.target, &change.after) {
            (
                Wanted::Rrsets { service, zone, .. },
                Found::Value(Value::Rrsets(sets)),
                Target::Rrsets { service: at, zone: of, .. },
                Value::Rrsets(after),
            ) if service == at && zone == of => replace(sets, after),
            (
                Wanted::Torrents { seedbox },
                Found::Torrents(torrents),
                Target::TrackerList { service, torrent },
                Value::Trackers(list),
            ) if seedbox == service => {
                let of = torrents.iter_mut().filter(|it| it.info_hash == *torrent);
                of.for_each(|it| it.trackers.clone_from(list));
            }
            (
                Wanted::Rrsets { .. }
                | Wanted::ZoneSize { .. }
                | Wanted::Keys { .. }
                | Wanted::Torrents { .. },
                _,
                _,
                _,
            ) => {}
        }
    }
}

fn replace(sets: &mut [Rrset], after: &[Rrset]) {
    for set in sets {
        if let Some(new) = after.iter().find(|new| new.key == set.key) {
            set.clone_from(new);
        }
    }
}
