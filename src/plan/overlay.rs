//! What the world will be after a change that comes before another one in the same plan.

use std::collections::HashSet;
use std::sync::Arc;

use super::deed::Readings;
use crate::model::{Change, Found, Rrset, Target, TwoCopies, Value, Wanted, ZoneSet};

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
                Wanted::Zone { at, name, .. },
                Found::Zone(copies),
                Target::Rrsets { service, zone, .. },
                Value::Rrsets(after),
            ) if service == at && zone == name => hold(copies, after),
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
                | Wanted::Zone { .. }
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

/// Puts record sets into the copy of whoever holds them.
fn hold(copies: &mut TwoCopies, after: &[Rrset]) {
    let keys: HashSet<(&str, &str)> =
        after.iter().map(|set| (set.key.name.as_str(), set.key.kind.as_str())).collect();
    let written = |name: &str, kind: &str| keys.contains(&(name, kind));
    let held = Arc::make_mut(&mut copies.held);
    held.sets.retain(|set| !set.is_served() || !written(&set.name, &set.kind));
    copies.sets.retain(|set| !written(&set.key.name, &set.key.kind));
    let new = after.iter().map(ZoneSet::of).filter(|set| !set.data.is_empty());
    held.sets.extend(new);
    copies.sets.extend(after.iter().cloned());
}
