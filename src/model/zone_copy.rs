//! Whole copies of zones: what one place holds of a zone, in canonical order, and how two copies differ.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Id, Remote, Zone};

/// Everything that one place holds of a zone, except what a signer makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneCopy {
    /// The zone, fully qualified.
    pub zone: String,
    /// Its record sets in canonical order (RFC 4034 §6.1), the SOA first; none stands twice.
    pub sets: Vec<ZoneSet>,
}

/// One record set of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneSet {
    /// The owner, fully qualified, lower case.
    pub name: String,
    /// The type, for example `NS`.
    // Most of a zone's sets are of few types, and share their names.
    #[serde(rename = "type", with = "shared")]
    #[schemars(with = "String")]
    pub kind: Arc<str>,
    /// Seconds; the smallest, where records have several.
    pub ttl: u32,
    /// Its data in presentation form and canonical order (RFC 4034 §6.3).
    pub data: Vec<Remote>,
    /// Why it means nothing elsewhere; absent for what any name server answers as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apart: Option<Apart>,
}

/// A text that several hold, written down as it stands.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}

/// Why a record set does not travel to another provider as it stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Apart {
    /// Its server answers with the addresses of another name: ALIAS, or a CNAME at the top of the zone.
    Alias,
    /// Its server answers with addresses of its own, in front of these.
    Proxied,
    /// Its server computes each answer.
    Computed,
    /// It is kept, but not served.
    Disabled,
}

impl Apart {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Alias, Self::Proxied, Self::Computed, Self::Disabled];

    /// Returns the word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Proxied => "proxied",
            Self::Computed => "computed",
            Self::Disabled => "disabled",
        }
    }
}

/// What makes a set the same one in two copies: its name and type, and whether it is served.
type Key<'a> = (&'a str, &'a str, bool);

impl ZoneSet {
    fn key(&self) -> Key<'_> {
        (&self.name, &self.kind, self.is_served())
    }

    /// Tells whether its server answers with it, in whatever way.
    pub fn is_served(&self) -> bool {
        self.apart != Some(Apart::Disabled)
    }

    /// Tells whether it must be alike at two providers: it is served, and no signer's own.
    fn is_compared(&self) -> bool {
        self.is_served() && !SIGNING.contains(&&*self.kind)
    }

    /// Tells whether two sets say the same. The serial of an SOA says nothing about a zone's content.
    pub fn same_as(&self, other: &Self) -> bool {
        let plain = self.key() == other.key()
            && self.ttl == other.ttl
            && self.apart == other.apart
            && self.data.len() == other.data.len();
        plain
            && (self.data == other.data
                || (&*self.kind == "SOA" && self.without_serial().eq(other.without_serial())))
    }

    fn without_serial(&self) -> impl Iterator<Item = &str> {
        let words = self.data.iter().flat_map(|data| data.raw().split(' ').enumerate());
        words.filter(|(place, _)| *place != 2).map(|(_, word)| word)
    }
}

impl ZoneCopy {
    /// Returns the serial of its SOA; nothing where its source shows none.
    pub fn serial(&self) -> Option<u32> {
        let soa = self.sets.iter().find(|set| &*set.kind == "SOA")?;
        soa.data.first()?.raw().split(' ').nth(2)?.parse().ok()
    }

    /// Pairs the sets of two copies by owner and type, those that are not served apart: first what is here, in its order,
    /// then what is only there.
    pub fn paired<'a>(&'a self, other: &'a Self) -> Vec<Paired<'a>> {
        // Two copies of one zone have most of their sets in common, in the same order.
        let alike = |(one, two): &(&ZoneSet, &ZoneSet)| one.key() == two.key();
        let common = self.sets.iter().zip(&other.sets).take_while(alike);
        let mut pairs: Vec<Paired<'_>> = common.map(|(one, two)| (Some(one), Some(two))).collect();
        let (ours, theirs) = (&self.sets[pairs.len()..], &other.sets[pairs.len()..]);
        let mut there: HashMap<Key<'_>, &ZoneSet> =
            theirs.iter().map(|set| (set.key(), set)).collect();
        pairs.extend(ours.iter().map(|set| (Some(set), there.remove(&set.key()))));
        let only = theirs.iter().filter(|set| there.contains_key(&set.key()));
        pairs.extend(only.map(|set| (None, Some(set))));
        pairs
    }

    /// Returns what differs in another copy, in canonical order: first of what is here, then what is only there.
    pub fn differences(&self, other: &Self) -> Vec<SetDifference> {
        let pairs = self.paired(other).into_iter().filter(|pair| !are_same(*pair));
        let difference = |(before, after): Paired<'_>| SetDifference {
            before: before.cloned(),
            after: after.cloned(),
        };
        pairs.map(difference).collect()
    }
}

/// One record set in two copies, in one of them at least.
pub type Paired<'a> = (Option<&'a ZoneSet>, Option<&'a ZoneSet>);

/// Tells whether both copies have a record set, and have it alike.
pub fn are_same((one, other): Paired<'_>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.same_as(other))
}

/// One record set that two copies do not have alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetDifference {
    /// In the first copy; absent: it is not there.
    pub before: Option<ZoneSet>,
    /// In the second copy; absent: it is not there.
    pub after: Option<ZoneSet>,
}

impl SetDifference {
    fn either(&self) -> Option<&ZoneSet> {
        self.before.as_ref().or(self.after.as_ref())
    }

    /// Returns the owner.
    pub fn name(&self) -> &str {
        self.either().map_or("", |set| &set.name)
    }

    /// Returns the type.
    pub fn kind(&self) -> &str {
        self.either().map_or("", |set| &set.kind)
    }
}

/// How one record set of a copy differs from what it is held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetGap {
    /// The owner.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How.
    pub gap: Gap,
}

/// How a record set differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gap {
    /// It is not there.
    Missing,
    /// It is there, and should not be.
    Extra,
    /// It has other data.
    Data,
    /// It has another time to live.
    Ttl,
    /// It is not answered as it stands at one of the two, or means something only to servers of one kind.
    Apart,
}

impl fmt::Display for SetGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.gap {
            Gap::Missing => "is missing",
            Gap::Extra => "should not be there",
            Gap::Data => "has other data",
            Gap::Ttl => "has another TTL",
            Gap::Apart => "does not travel as it stands",
        };
        write!(f, "{} {} {how}", Remote::new(self.name.as_str()), Remote::new(self.kind.as_str()))
    }
}

/// How a whole copy compares with what it is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneComparison {
    /// How many record sets were compared, of both copies together.
    pub compared: u32,
    /// How many of them are alike.
    pub alike: u32,
    /// How many differ and may, as the estate declares.
    pub declared: u32,
    /// The first of those that differ and may not.
    pub gaps: Vec<SetGap>,
}

impl ZoneComparison {
    /// The most gaps that are named.
    pub const NAMED: usize = 10;

    /// Tells whether nothing differs that may not.
    pub const fn agrees(&self) -> bool {
        self.alike == self.compared
    }
}

/// What git has of a zone: the committed copy of the first provider that serves it and has one.
#[derive(Clone, Debug)]
pub struct ZoneReference {
    /// The zone.
    pub zone: Id,
    /// The provider whose copy it is.
    pub provider: Id,
    copy: Arc<LazyLock<ReadCopy, Box<dyn FnOnce() -> ReadCopy + Send>>>,
}

/// A copy, or why it cannot be read.
pub type ReadCopy = Result<Arc<ZoneCopy>, String>;

impl ZoneReference {
    /// Takes a copy that is read once somebody wants it.
    pub fn new(
        zone: Id,
        provider: Id,
        read: impl FnOnce() -> Result<ZoneCopy, String> + Send + 'static,
    ) -> Self {
        let read = move || read().map(Arc::new);
        Self { zone, provider, copy: Arc::new(LazyLock::new(Box::new(read))) }
    }

    /// Returns the copy; clones share it.
    pub fn copy(&self) -> &ReadCopy {
        &self.copy
    }
}

/// Types that each signer makes of its own keys: `dnssec.safe-to-move` judges them.
pub const SIGNING: [&str; 3] = ["DNSKEY", "CDS", "CDNSKEY"];

impl Zone {
    /// Holds a provider's copy against a reference, which was taken at a provider too; declared differences aside.
    ///
    /// `akin` says that both providers are of one kind, so that what only such servers understand means the same.
    pub fn compare(
        &self,
        (source, reference): (&Id, &ZoneCopy),
        (at, copy): (&Id, &ZoneCopy),
        akin: bool,
    ) -> ZoneComparison {
        let mut comparison = ZoneComparison::default();
        for (ours, theirs) in reference.paired(copy) {
            let Some(ZoneSet { name, kind, .. }) = ours.or(theirs).filter(|set| set.is_compared())
            else {
                continue;
            };
            match gap(ours, theirs, akin) {
                None => comparison.alike += 1,
                Some(_) if self.may_differ([source, at], name, kind) => {
                    comparison.declared += 1;
                    continue;
                }
                Some(gap) => {
                    let (name, kind) = (name.clone(), kind.to_string());
                    comparison.gaps.push(SetGap { name, kind, gap });
                }
            }
            comparison.compared += 1;
        }
        comparison
            .gaps
            .sort_by(|one, other| (&one.name, &one.kind).cmp(&(&other.name, &other.kind)));
        comparison.gaps.truncate(ZoneComparison::NAMED);
        comparison
    }

    /// Tells whether the estate says that a record set may differ at one of two providers.
    pub fn may_differ(&self, at: [&Id; 2], name: &str, kind: &str) -> bool {
        self.differs.iter().any(|it| {
            it.name.as_ref().is_none_or(|own| self.full_name(own) == name)
                && it.kind.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(kind))
                && (it.at.is_empty() || it.at.iter().any(|id| at.contains(&id)))
        })
    }
}

/// Says how a set differs from its reference, if it does.
fn gap(before: Option<&ZoneSet>, after: Option<&ZoneSet>, akin: bool) -> Option<Gap> {
    match (before, after) {
        (None, None) => None,
        (Some(before), Some(after)) if before.same_as(after) => {
            (before.apart.is_some() && !akin).then_some(Gap::Apart)
        }
        (before, after) if before.or(after).is_some_and(|set| set.apart.is_some()) => {
            Some(Gap::Apart)
        }
        (Some(_), Some(after)) if after.apart.is_some() => Some(Gap::Apart),
        (Some(_), None) => Some(Gap::Missing),
        (None, Some(_)) => Some(Gap::Extra),
        (Some(before), Some(after)) if before.data == after.data => Some(Gap::Ttl),
        (Some(_), Some(_)) => Some(Gap::Data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Differs;

    fn set(name: &str, kind: &str, ttl: u32, data: &[&str]) -> ZoneSet {
        let data = data.iter().map(|data| Remote::new(*data)).collect();
        ZoneSet { name: name.into(), kind: kind.into(), ttl, data, apart: None }
    }

    fn copy(sets: &[ZoneSet]) -> ZoneCopy {
        ZoneCopy { zone: "z.test.".into(), sets: sets.to_vec() }
    }

    fn usual() -> Vec<ZoneSet> {
        vec![
            set("z.test.", "SOA", 60, &["ns.a. host.a. 7 1 2 3 4"]),
            set("z.test.", "NS", 60, &["ns.a.", "ns.b."]),
            set("www.z.test.", "A", 60, &["192.0.2.1"]),
        ]
    }

    fn zone(differs: serde_json::Value) -> Zone {
        let differs: Vec<Differs> = serde_json::from_value(differs).expect("differences");
        let zone = serde_json::json!({"id": "z", "name": "z.test", "delegated_to": ["a"]});
        Zone { differs, ..serde_json::from_value(zone).expect("a zone") }
    }

    fn compared(differs: serde_json::Value, theirs: &[ZoneSet]) -> ZoneComparison {
        let (a, b) = ("a".into(), "b".into());
        zone(differs).compare((&a, &copy(&usual())), (&b, &copy(theirs)), false)
    }

    fn gaps(comparison: &ZoneComparison) -> Vec<(&str, &str, Gap)> {
        let gaps = comparison.gaps.iter();
        gaps.map(|it| (it.name.as_str(), it.kind.as_str(), it.gap)).collect()
    }

    #[test]
    fn the_serial_alone_is_no_difference_and_any_other_field_is() {
        let mut theirs = usual();
        theirs[0] = set("z.test.", "SOA", 60, &["ns.a. host.a. 2026010101 1 2 3 4"]);
        assert!(copy(&usual()).differences(&copy(&theirs)).is_empty());
        assert_eq!(compared(serde_json::json!([]), &theirs).alike, 3);
        assert_eq!(copy(&theirs).serial(), Some(2_026_010_101));
        theirs[0] = set("z.test.", "SOA", 60, &["ns.a. host.a. 7 1 2 3 5"]);
        assert_eq!(
            gaps(&compared(serde_json::json!([]), &theirs)),
            [("z.test.", "SOA", Gap::Data)]
        );
    }

    #[test]
    fn sets_are_paired_by_name_and_type_wherever_they_stand() {
        let sets = |each: &[(&str, &str)]| -> Vec<ZoneSet> {
            each.iter().map(|(name, kind)| set(name, kind, 60, &["x"])).collect()
        };
        let ours = copy(&sets(&[("z.", "NS"), ("a.z.", "A"), ("b.z.", "A"), ("c.z.", "A")]));
        let theirs = copy(&sets(&[("z.", "NS"), ("a.z.", "TXT"), ("b.z.", "A"), ("d.z.", "A")]));
        let differences = ours.differences(&theirs);
        let found: Vec<_> =
            differences.iter().map(|it| (it.name(), it.kind(), it.before.is_some())).collect();
        let wanted = [
            ("a.z.", "A", true),
            ("c.z.", "A", true),
            ("a.z.", "TXT", false),
            ("d.z.", "A", false),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_missing_more_other_or_kept_for_another_time_is_named() {
        let theirs = [
            set("z.test.", "SOA", 60, &["ns.a. host.a. 7 1 2 3 4"]),
            set("z.test.", "NS", 90, &["ns.a.", "ns.b."]),
            set("www.z.test.", "A", 60, &["192.0.2.2"]),
            set("new.z.test.", "A", 60, &["192.0.2.3"]),
        ];
        let found = compared(serde_json::json!([]), &theirs);
        let wanted = [
            ("new.z.test.", "A", Gap::Extra),
            ("www.z.test.", "A", Gap::Data),
            ("z.test.", "NS", Gap::Ttl),
        ];
        assert_eq!(gaps(&found), wanted);
        assert_eq!((found.compared, found.alike, found.agrees()), (4, 1, false));
        assert_eq!(gaps(&compared(serde_json::json!([]), &theirs[..2]))[0].2, Gap::Missing);
        assert_eq!(copy(&usual()).differences(&copy(&theirs)).len(), 3);
    }

    #[test]
    fn a_declared_difference_is_counted_apart_and_no_other() {
        let theirs = [usual()[0].clone(), set("z.test.", "NS", 60, &["ns.b."]), usual()[2].clone()];
        for (differs, agrees) in [
            (serde_json::json!([{"name": "@", "type": "ns"}]), true),
            (serde_json::json!([{"type": "NS", "at": ["b"]}]), true),
            (serde_json::json!([{"name": "z.test.", "at": ["a", "c"]}]), true),
            (serde_json::json!([{"name": "@", "type": "SOA"}]), false),
            (serde_json::json!([{"name": "www", "type": "NS"}]), false),
            (serde_json::json!([{"type": "NS", "at": ["c"]}]), false),
        ] {
            let found = compared(differs.clone(), &theirs);
            assert_eq!((found.agrees(), found.declared), (agrees, u32::from(agrees)), "{differs}");
        }
    }

    #[test]
    fn what_does_not_travel_agrees_only_among_servers_of_one_kind() {
        let mut ours = usual();
        ours.push(ZoneSet { apart: Some(Apart::Alias), ..set("x.z.test.", "ALIAS", 60, &["y."]) });
        let (a, b) = ("a".into(), "b".into());
        let pair = |akin| {
            zone(serde_json::json!([])).compare((&a, &copy(&ours)), (&b, &copy(&ours)), akin)
        };
        assert!(pair(true).agrees());
        assert_eq!(gaps(&pair(false)), [("x.z.test.", "ALIAS", Gap::Apart)]);
        let plain = compared(serde_json::json!([]), &ours);
        assert_eq!(gaps(&plain), [("x.z.test.", "ALIAS", Gap::Apart)]);
    }

    #[test]
    fn what_is_not_served_and_what_a_signer_makes_is_seen_and_not_compared() {
        let mut theirs = usual();
        theirs.push(set("z.test.", "DNSKEY", 60, &["257 3 13 Zm9v"]));
        theirs.push(ZoneSet { apart: Some(Apart::Disabled), ..usual()[2].clone() });
        let found = compared(serde_json::json!([]), &theirs);
        assert_eq!((found.compared, found.agrees()), (3, true));
        assert_eq!(copy(&usual()).differences(&copy(&theirs)).len(), 2);
    }
}
