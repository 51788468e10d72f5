//! Times to live that caches shall keep for less long: those of the critical names, where the estate sets a bound.

use std::collections::BTreeMap;

use super::Worked;
use crate::model::{RrKey, Rrset, Span, Zone};

/// Returns the record sets of the critical names that have a bound: their own, and an alias in their place.
pub fn keys(zone: &Zone) -> BTreeMap<RrKey, u32> {
    let mut keys = BTreeMap::new();
    for critical in &zone.critical {
        let Some(most) = critical.ttl_at_most.map(seconds) else { continue };
        let name = zone.full_name(&critical.name);
        for kind in [critical.kind.to_ascii_uppercase(), "CNAME".to_owned()] {
            let bound = keys.entry(RrKey { name: name.clone(), kind }).or_insert(most);
            *bound = most.min(*bound);
        }
    }
    keys
}

/// Lowers what is kept for longer than its bound; nothing is raised.
pub fn work(zone: &Zone, sets: &[Rrset]) -> Worked {
    let (bounds, mut worked) = (keys(zone), Worked::default());
    for set in sets.iter().filter(|set| !set.records.is_empty()) {
        let Some(most) = bounds.get(&set.key).filter(|most| set.ttl > **most) else { continue };
        if set.records.iter().any(|it| it.beside.as_ref().is_some_and(|it| it.proxied)) {
            let RrKey { name, kind } = &set.key;
            let because = "is answered by its provider, which chooses how long it is kept";
            worked.left.push(format!("`{name} {kind}` {because}"));
            continue;
        }
        let mut after = Rrset { ttl: *most, ..set.clone() };
        for record in &mut after.records {
            let chosen =
                record.beside.take().map(|it| crate::model::Beside { automatic: false, ..it });
            record.beside = chosen.and_then(crate::model::Beside::some);
        }
        worked.pairs.push((set.clone(), after));
    }
    worked.pairs.sort_by(|(one, _), (other, _)| one.key.cmp(&other.key));
    worked
}

fn seconds(span: Span) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}
