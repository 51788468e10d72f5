//! What the name servers of a zone answer, worked out from its record sets (RFC 1034 §4.3.2, RFC 4592). Pure.

use std::collections::{BTreeMap, HashMap};

use super::{Apart, Remote, RrContent, RrKey, Rrset, ZoneCopy, ZoneSet};

/// A zone's record sets, by owner.
#[derive(Clone, Debug)]
pub struct ZoneAnswers<'a> {
    apex: &'a str,
    /// Every name that exists, those without records in between included.
    names: HashMap<&'a str, Vec<&'a ZoneSet>>,
    /// The sets that it has beside these.
    beside: Option<&'a ZoneAnswers<'a>>,
}

impl ZoneSet {
    /// Returns its data as records that are served.
    pub fn contents(&self) -> Vec<RrContent> {
        let record = |data: &Remote| RrContent {
            content: data.raw().to_owned(),
            disabled: false,
            beside: None,
        };
        self.data.iter().map(record).collect()
    }

    /// Makes a set of the served records of another one.
    pub fn of(set: &Rrset) -> Self {
        let served = set.records.iter().filter(|record| !record.disabled);
        Self {
            name: set.key.name.clone(),
            kind: set.key.kind.as_str().into(),
            ttl: set.ttl,
            data: served.map(|record| Remote::new(record.content.as_str())).collect(),
            apart: None,
        }
    }

    /// Returns its owner and type.
    pub fn rr_key(&self) -> RrKey {
        RrKey { name: self.name.clone(), kind: self.kind.to_string() }
    }
}

/// The types of a name's addresses, for which a server may answer in its own way.
const ADDRESSES: [&str; 3] = ["A", "AAAA", "CNAME"];

impl ZoneCopy {
    /// Returns why a provider answers for a record set in its own way, of every set for which it does.
    ///
    /// An alias of any kind stands for the addresses of its name.
    pub fn apart(&self) -> impl Fn(&str, &str) -> Option<Apart> + '_ {
        let special = self.sets.iter().filter(|set| set.is_served());
        let special = special.filter_map(|set| Some(((&*set.name, &*set.kind), set.apart?)));
        let special: BTreeMap<(&str, &str), Apart> = special.collect();
        move |name, kind| {
            let own = special.get(&(name, kind)).copied();
            let of_name = || {
                let mut from = special.range((name, "")..).take_while(|((it, _), _)| *it == name);
                from.next().map(|(_, apart)| *apart)
            };
            own.or_else(|| ADDRESSES.contains(&kind).then(of_name).flatten())
        }
    }
}

impl<'a> ZoneAnswers<'a> {
    /// Takes the record sets of a zone; those that are not served, or are empty, count for nothing.
    pub fn new(apex: &'a str, sets: impl IntoIterator<Item = &'a ZoneSet>) -> Self {
        let sets = sets.into_iter();
        let mut names: HashMap<&str, Vec<&ZoneSet>> = HashMap::new();
        // Most names have one set.
        names.reserve(sets.size_hint().1.unwrap_or_default());
        names.insert(apex, Vec::new());
        for set in sets.filter(|set| set.is_served() && !set.data.is_empty()) {
            let mut above_it = above(&set.name).filter(|_| !names.contains_key(set.name.as_str()));
            let own = names.entry(&set.name).or_default();
            own.retain(|other| other.kind != set.kind);
            own.push(set);
            while let Some(name) = above_it.filter(|name| !names.contains_key(name)) {
                names.insert(name, Vec::new());
                above_it = above(name);
            }
        }
        Self { apex, names, beside: None }
    }

    /// Adds sets that are not there yet.
    pub fn and(&'a self, sets: impl IntoIterator<Item = &'a ZoneSet>) -> Self {
        Self { beside: Some(self), ..Self::new(self.apex, sets) }
    }

    /// Returns what is answered of one type at a name: a set without data is denied.
    ///
    /// Nothing for what no answer shows as it stands: glue, whatever else lies below a delegation or is renamed, and
    /// what a server answers in its own way.
    pub fn answer(&self, name: &str, kind: &str) -> Option<ZoneSet> {
        if self.is_hidden(name, kind) || self.is_special(name) {
            return None;
        }
        if let Some(set) = self.get(name, kind) {
            return Some(set.clone());
        }
        let denied = || denied(name, kind);
        if self.existing(name).is_some() {
            return Some(denied());
        }
        let wildcard = format!("*.{}", self.encloser(name));
        if self.is_special(&wildcard) {
            return None;
        }
        let found = self.get(&wildcard, kind);
        Some(found.map_or_else(denied, |set| ZoneSet { name: name.to_owned(), ..set.clone() }))
    }

    fn get(&self, name: &str, kind: &str) -> Option<&'a ZoneSet> {
        self.at(name).find(|set| *set.kind == *kind)
    }

    /// Returns the sets at a name.
    fn at(&self, name: &str) -> impl Iterator<Item = &'a ZoneSet> {
        let both = [Some(self), self.beside].into_iter().flatten();
        both.filter_map(|it| it.names.get(name)).flatten().copied()
    }

    /// Returns a name that exists.
    fn existing(&self, name: &str) -> Option<&'a str> {
        let both = [Some(self), self.beside].into_iter().flatten();
        both.filter_map(|it| it.names.get_key_value(name)).map(|(found, _)| *found).next()
    }

    /// Tells whether a delegation or a renamed tree covers it.
    fn is_hidden(&self, name: &str, kind: &str) -> bool {
        let cut = |name: &str| name != self.apex && self.get(name, "NS").is_some();
        if cut(name) && !["NS", "DS"].contains(&kind) {
            return true;
        }
        let mut name = name;
        while name != self.apex {
            let Some(parent) = above(name) else { return false };
            if cut(parent) || self.get(parent, "DNAME").is_some() {
                return true;
            }
            name = parent;
        }
        false
    }

    /// Tells whether a server answers something at a name in its own way.
    fn is_special(&self, name: &str) -> bool {
        self.at(name).any(|set| set.apart.is_some())
    }

    /// Returns the closest name above that exists.
    fn encloser(&self, name: &str) -> &'a str {
        let mut name = name;
        while let Some(parent) = above(name) {
            if let Some(found) = self.existing(parent) {
                return found;
            }
            name = parent;
        }
        self.apex
    }
}

fn denied(name: &str, kind: &str) -> ZoneSet {
    ZoneSet { name: name.to_owned(), kind: kind.into(), ttl: 0, data: Vec::new(), apart: None }
}

/// Returns the name above, past a dot that no backslash stands before (RFC 1035 §5.1).
fn above(name: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'.' if !escaped => return name.get(at + 1..).filter(|rest| !rest.is_empty()),
            byte => escaped = byte == b'\\' && !escaped,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, kind: &str, data: &str) -> ZoneSet {
        let (name, kind) = (name.to_owned(), kind.into());
        ZoneSet { name, kind, ttl: 60, data: vec![Remote::new(data)], apart: None }
    }

    /// Says what is answered: the data, `-` for a denial, `?` for what nobody is shown.
    fn said(name: &str, kind: &str) -> String {
        let sets = [
            set("z.test.", "NS", "ns.z.test."),
            set("www.z.test.", "A", "192.0.2.1"),
            set("*.z.test.", "TXT", "\"any\""),
            set("*.deep.z.test.", "A", "192.0.2.2"),
            set("a.b.z.test.", "A", "192.0.2.3"),
            set(r"x\.y.z.test.", "A", "192.0.2.4"),
            set("child.z.test.", "NS", "ns.child.z.test."),
            set("child.z.test.", "DS", "1 8 2 00"),
            set("ns.child.z.test.", "A", "192.0.2.5"),
            set("moved.z.test.", "DNAME", "z.test."),
            set("c.z.test.", "CNAME", "www.z.test."),
            ZoneSet { apart: Some(Apart::Alias), ..set("alias.z.test.", "ALIAS", "www.z.test.") },
            ZoneSet { apart: Some(Apart::Disabled), ..set("off.z.test.", "A", "192.0.2.6") },
        ];
        let answer = ZoneAnswers::new("z.test.", &sets).answer(name, kind);
        for at in 0..sets.len() {
            let (some, others) = sets.split_at(at);
            let rest = ZoneAnswers::new("z.test.", some);
            assert_eq!(rest.and(others).answer(name, kind), answer, "{name} {kind} at {at}");
        }
        answer.map_or("?".to_owned(), |set| match set.data.first() {
            Some(data) => {
                assert_eq!((set.name.as_str(), set.ttl), (name, 60));
                data.raw().to_owned()
            }
            None => "-".to_owned(),
        })
    }

    #[test]
    fn what_is_there_is_answered_and_what_is_not_is_denied() {
        assert_eq!(said("www.z.test.", "A"), "192.0.2.1");
        assert_eq!(said("www.z.test.", "AAAA"), "-");
        assert_eq!(said("z.test.", "NS"), "ns.z.test.");
        assert_eq!(said("c.z.test.", "A"), "-", "an alias is answered as the alias that it is");
        assert_eq!(said("off.z.test.", "A"), "-");
        assert_eq!(said(r"x\.y.z.test.", "A"), "192.0.2.4");
    }

    #[test]
    fn a_wildcard_answers_for_names_that_do_not_exist_alone() {
        assert_eq!(said("new.z.test.", "TXT"), "\"any\"");
        assert_eq!(said("www.z.test.", "TXT"), "-");
        assert_eq!(said("b.z.test.", "TXT"), "-", "a name without records exists");
        assert_eq!(said("x.deep.z.test.", "A"), "192.0.2.2");
        assert_eq!(said("x.deep.z.test.", "TXT"), "-", "the closest wildcard alone counts");
        assert_eq!(said(r"o\.z.test.", "TXT"), "\"any\"");
    }

    #[test]
    fn what_no_answer_shows_is_not_expected_of_one() {
        assert_eq!(said("child.z.test.", "NS"), "ns.child.z.test.");
        assert_eq!(said("child.z.test.", "DS"), "1 8 2 00");
        assert_eq!(said("child.z.test.", "A"), "?");
        assert_eq!(said("ns.child.z.test.", "A"), "?");
        assert_eq!(said("x.moved.z.test.", "A"), "?");
        assert_eq!(said("moved.z.test.", "DNAME"), "z.test.");
        assert_eq!(said("alias.z.test.", "A"), "?");
    }
}
