//! Trust anchors: the DS records that validation begins at.

use std::collections::BTreeMap;

use super::key::Ds;
use super::name::Name;

/// The trust anchors, by zone: what may sign the keys of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustAnchors {
    zones: BTreeMap<Name, Vec<Ds>>,
}

impl TrustAnchors {
    /// Adds DS records of a zone, as `12345 13 2 ABCD…`: the operator's own, or what a parent was seen to say.
    ///
    /// One that makes no sense keeps its place: it names no key, and the zone is not taken for unsigned.
    pub fn trust<'a>(&mut self, zone: &str, records: impl IntoIterator<Item = &'a str>) {
        let Some(zone) = Name::read(zone) else { return };
        self.zones.entry(zone).or_default().extend(records.into_iter().map(Ds::parse));
    }

    pub(super) fn of(&self, zone: &Name) -> Option<&[Ds]> {
        self.zones.get(zone).map(Vec::as_slice)
    }

    pub(super) fn zones(&self) -> impl Iterator<Item = &Name> {
        self.zones.keys()
    }
}
