//! Denial by NSEC: RFC 4034 §4, RFC 4035 §5.4, RFC 6840 §4.

use std::collections::BTreeSet;

use super::name::Name;
use super::set::{CNAME, DNAME, DS, NS, SOA, Set};

/// What is asked for and denied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Denied<'a> {
    pub name: &'a Name,
    pub kind: u16,
    /// The answer says that there is no such name, and not only no such type.
    pub no_name: bool,
    /// The zone that says so.
    pub zone: &'a Name,
}

/// The types that one name has (RFC 4034 §4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Types(BTreeSet<u16>);

/// One NSEC record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nsec {
    owner: Name,
    next: Name,
    types: Types,
}

impl Types {
    /// Reads windows of bits up to the end.
    pub fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut types = BTreeSet::new();
        while let [window, length @ 1..=32, rest @ ..] = bytes {
            let (bits, rest) = rest.split_at_checked(usize::from(*length))?;
            for (at, byte) in bits.iter().enumerate() {
                let low = |bit: usize| u8::try_from(at * 8 + bit).unwrap_or_default();
                let set = (0..8).filter(|bit| byte & (0x80 >> bit) != 0);
                types.extend(set.map(|bit| u16::from_be_bytes([*window, low(bit)])));
            }
            bytes = rest;
        }
        bytes.is_empty().then_some(Self(types))
    }

    /// Tells whether a name without these types has no record of the one that is asked for, nor an alias to one.
    ///
    /// At a zone cut the parent speaks of DS alone, and the child of everything else (RFC 6840 §4.1, §4.4).
    pub fn deny(&self, kind: u16) -> bool {
        let has = |kind| self.0.contains(&kind);
        let rightful = if kind == DS { !has(SOA) } else { !has(NS) || has(SOA) };
        rightful && !has(kind) && !has(CNAME)
    }

    /// Tells whether names below this one are another's business: below a delegation, or an alias of all of them.
    pub fn cut(&self) -> bool {
        self.is_delegation() || self.0.contains(&DNAME)
    }

    /// Tells whether they are those of a delegation, as the parent has it.
    pub fn is_delegation(&self) -> bool {
        self.0.contains(&NS) && !self.0.contains(&SOA)
    }
}

impl Nsec {
    /// Reads a set of one NSEC record.
    pub fn read(set: &Set) -> Option<Self> {
        let [data] = &set.data[..] else { return None };
        let mut rest = &data[..];
        let next = Name::take(&mut rest)?;
        Some(Self { owner: set.name.clone(), next, types: Types::read(rest)? })
    }

    /// Tells whether a name lies between the two, and nothing is there.
    fn covers(&self, name: &Name) -> bool {
        let last = self.next <= self.owner;
        let between = *name > self.owner && (last || *name < self.next);
        between && !(self.types.cut() && name.is_within(&self.owner))
    }

    /// Tells whether it shows that a name is there only because something lies below it.
    fn is_empty_above(&self, name: &Name) -> bool {
        self.covers(name) && self.next.is_below(name)
    }

    /// Tells whether a name does not exist, not even without records of its own.
    fn lacks(&self, name: &Name) -> bool {
        self.covers(name) && !self.next.is_within(name)
    }
}

/// Tells whether records deny what they should.
pub(super) fn deny(records: &[Nsec], denied: Denied<'_>) -> bool {
    let Denied { name, kind, no_name, zone } = denied;
    let is = |name: &Name| records.iter().find(|record| record.owner == *name);
    if !no_name {
        if let Some(record) = is(name) {
            return record.types.deny(kind);
        }
        if records.iter().any(|record| record.is_empty_above(name)) {
            return true;
        }
    }
    let Some(cover) = records.iter().find(|record| record.lacks(name)) else { return false };
    let depth = encloser(cover, name);
    if depth < zone.depth() {
        return false;
    }
    let wildcard = name.ancestor(depth).wildcard();
    if no_name {
        return records.iter().any(|record| record.lacks(&wildcard));
    }
    is(&wildcard).is_some_and(|record| record.types.deny(kind))
}

/// Tells whether no name is closer to the one that was asked for than the wildcard directly below `depth` labels.
pub(super) fn deny_closer(records: &[Nsec], name: &Name, depth: usize) -> bool {
    records.iter().any(|record| record.lacks(name) && encloser(record, name) <= depth)
}

/// Tells whether a record of a name has the types of a delegation.
pub(super) fn is_delegation(records: &[Nsec], name: &Name) -> bool {
    records.iter().any(|record| record.owner == *name && record.types.is_delegation())
}

/// Returns how many labels the longest ancestor has that exists, by the two names around a gap.
fn encloser(record: &Nsec, name: &Name) -> usize {
    name.shared(&record.owner).max(name.shared(&record.next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::read(text).expect("a name")
    }

    fn nsec(owner: &str, next: &str, types: &[u16]) -> Nsec {
        let types = Types(types.iter().copied().collect());
        Nsec { owner: name(owner), next: name(next), types }
    }

    fn denies(records: &[Nsec], asked: &str, kind: u16, no_name: bool) -> bool {
        deny(records, Denied { name: &name(asked), kind, no_name, zone: &name("z.") })
    }

    #[test]
    fn a_name_is_denied_together_with_its_wildcard() {
        let gap = nsec("b.z.", "d.z.", &[1]);
        let apex = nsec("z.", "b.z.", &[NS, SOA]);
        assert!(denies(&[gap.clone(), apex.clone()], "c.z.", 1, true));
        assert!(!denies(std::slice::from_ref(&gap), "c.z.", 1, true), "the wildcard may be there");
        assert!(!denies(std::slice::from_ref(&apex), "c.z.", 1, true));
        assert!(!denies(&[gap.clone(), apex.clone()], "b.z.", 1, true), "it exists");
        assert!(!denies(&[gap, apex], "d.z.", 1, true), "it exists");
        let last = nsec("y.z.", "z.", &[1]);
        assert!(denies(&[last, nsec("z.", "b.z.", &[NS, SOA])], "zz.z.", 1, true));
    }

    #[test]
    fn a_type_is_denied_by_the_name_s_own_record() {
        assert!(denies(&[nsec("a.z.", "b.z.", &[1])], "a.z.", 28, false));
        assert!(!denies(&[nsec("a.z.", "b.z.", &[1, 28])], "a.z.", 28, false));
        assert!(!denies(&[nsec("a.z.", "b.z.", &[CNAME])], "a.z.", 28, false));
        assert!(!denies(&[nsec("a.z.", "b.z.", &[1])], "a.z.", 28, true), "it exists");
    }

    #[test]
    fn parent_and_child_each_deny_their_own_side_of_a_cut() {
        let parent = [nsec("a.z.", "b.z.", &[NS])];
        assert!(denies(&parent, "a.z.", DS, false) && is_delegation(&parent, &name("a.z.")));
        assert!(!denies(&parent, "a.z.", 1, false), "the child says what it has");
        assert!(!denies(&parent, "x.a.z.", 1, true), "nor is it there below the cut");
        let child = [nsec("z.", "b.z.", &[NS, SOA])];
        assert!(!denies(&child, "z.", DS, false) && denies(&child, "z.", 1, false));
        assert!(!is_delegation(&child, &name("z.")));
        let alias = [nsec("a.z.", "b.z.", &[DNAME]), nsec("z.", "a.z.", &[NS, SOA])];
        assert!(!denies(&alias, "x.a.z.", 1, true), "the alias has an answer");
    }

    #[test]
    fn names_without_records_and_wildcards_deny_types() {
        let empty = [nsec("a.z.", "x.b.z.", &[1])];
        assert!(denies(&empty, "b.z.", 1, false));
        assert!(!denies(&empty, "b.z.", 1, true));
        let wild = [nsec("*.z.", "d.z.", &[1])];
        assert!(denies(&wild, "c.z.", 28, false) && !denies(&wild, "c.z.", 1, false));
        assert!(!denies(&wild, "c.z.", 28, true), "the wildcard is there");
    }

    #[test]
    fn a_wildcard_s_answer_needs_a_gap_where_the_name_would_be() {
        let gap = [nsec("b.z.", "d.z.", &[1])];
        assert!(deny_closer(&gap, &name("c.z."), 1));
        assert!(!deny_closer(&gap, &name("e.z."), 1));
        assert!(!deny_closer(&[nsec("a.c.z.", "d.z.", &[1])], &name("x.c.z."), 1), "c.z is closer");
    }

    #[test]
    fn windows_of_types_are_read_to_the_end() {
        // RFC 4034 §4.3: A MX RRSIG NSEC TYPE1234.
        let mut bytes = vec![0, 6, 0x40, 1, 0, 0, 0, 3, 4, 27];
        bytes.extend([0; 26]);
        bytes.push(0x20);
        let expected = BTreeSet::from([1, 15, 46, 47, 1234]);
        assert_eq!(Types::read(&bytes), Some(Types(expected)));
        for bytes in [&b"\0"[..], b"\0\0", b"\0\x02\x40", &[0; 40]] {
            assert_eq!(Types::read(bytes), None, "{bytes:?}");
        }
        assert_eq!(Types::read(b""), Some(Types(BTreeSet::new())));
    }
}
