//! Many record sets as changes, each no larger than one request of its service may be.

use super::Records;
use crate::model::{Bulk, Change, FEW, Rrset, Span, Target, Terms, Value};
use crate::plan::deed::REQUEST;

/// How long a request may take that has many record sets: some services look at the whole zone within it.
const LARGE: Span = Span::from_secs(60);

/// What a record costs beside its name and its data, in bytes.
const AROUND: usize = 12;

/// What data takes at least, however short their words are: an IPv6 address.
const LEAST: usize = 16;

/// The record sets of one name, which go together: an alias takes the place of what was there.
type Name = Vec<(Rrset, Rrset)>;

/// How large a change is.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    sets: usize,
    records: usize,
    bytes: usize,
}

/// Makes changes of record sets that stand in the order of their names.
pub fn changes(of: &Records, pairs: Vec<(Rrset, Rrset)>, terms: Terms) -> Vec<Change> {
    let mut parts: Vec<(Size, Name)> = Vec::new();
    for name in names(pairs) {
        let size = name.iter().map(Size::of).fold(Size::default(), Size::and);
        match parts.last_mut() {
            Some((whole, part)) if whole.and(size).fits(&terms.bulk) => {
                *whole = whole.and(size);
                part.extend(name);
            }
            Some(_) | None => parts.push((size, name)),
        }
    }
    parts.into_iter().map(|(_, part)| change(of, part, terms)).collect()
}

fn names(pairs: Vec<(Rrset, Rrset)>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for pair in pairs {
        match names.last_mut() {
            Some(name) if name[0].0.key.name == pair.0.key.name => name.push(pair),
            Some(_) | None => names.push(vec![pair]),
        }
    }
    names
}

fn change(of: &Records, part: Name, terms: Terms) -> Change {
    let (before, after): (Vec<Rrset>, Vec<Rrset>) = part.into_iter().unzip();
    let keys: Vec<_> = after.iter().map(|set| set.key.clone()).collect();
    let timeout = if keys.len() > FEW { LARGE } else { REQUEST };
    let (service, zone) = (of.at.id.clone(), of.zone.full_name("@"));
    Change {
        target: Target::Rrsets { service, zone, keys },
        object: of.zone.id.clone(),
        before: Value::Rrsets(before),
        after: Value::Rrsets(after),
        timeout,
        settle: terms.settle,
        conditional: terms.conditional,
    }
}

impl Size {
    fn of((before, after): &(Rrset, Rrset)) -> Self {
        let name = before.key.name.len() + AROUND;
        let data = |set: &Rrset| -> usize {
            set.records.iter().map(|record| name + record.content.len().max(LEAST)).sum()
        };
        Self {
            sets: 1,
            records: before.records.len().max(after.records.len()),
            // A set is named twice more: as it must be found, and as it goes.
            bytes: 2 * name + data(before) + data(after),
        }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            sets: self.sets + other.sets,
            records: self.records + other.records,
            bytes: self.bytes + other.bytes,
        }
    }

    const fn fits(self, bulk: &Bulk) -> bool {
        self.sets <= bulk.sets && self.records <= bulk.records && self.bytes <= bulk.bytes
    }
}
