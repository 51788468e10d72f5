//! The zones from the anchors down, with what their servers and their parents' said.

use std::collections::BTreeMap;

use super::anchor::TrustAnchors;
use super::name::Name;
use super::set::DS;
use crate::model::DnsAnswer;

/// The zones that an answer may come from.
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    pub(super) anchors: &'a TrustAnchors,
    links: BTreeMap<Name, Link<'a>>,
}

/// What was said of one zone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Link<'a> {
    /// The parent's answer to the question for DS.
    pub ds: Option<&'a DnsAnswer>,
    /// The zone's own answer to the question for DNSKEY.
    pub keys: Option<&'a DnsAnswer>,
}

impl<'a> Chain<'a> {
    /// Begins with the anchors alone.
    pub const fn new(anchors: &'a TrustAnchors) -> Self {
        Self { anchors, links: BTreeMap::new() }
    }

    /// Adds a zone: what its parent answered for DS, needless where an anchor is the zone's own, and its own DNSKEY answer.
    #[must_use]
    pub fn link(
        mut self,
        zone: &str,
        ds: Option<&'a DnsAnswer>,
        keys: Option<&'a DnsAnswer>,
    ) -> Self {
        if let Some(zone) = Name::read(zone) {
            self.links.insert(zone, Link { ds, keys });
        }
        self
    }

    /// Returns what was said of a zone.
    pub(super) fn of(&self, zone: &Name) -> Link<'a> {
        self.links.get(zone).copied().unwrap_or_default()
    }

    /// Returns the deepest zone that has records of a type at a name: a DS is its parent's.
    pub(super) fn zone_of(&self, name: &Name, kind: u16) -> Option<Name> {
        let has = |zone: &&Name| {
            name.is_within(zone) && (kind != DS || name.depth() == 0 || name != *zone)
        };
        let zones = self.links.keys().chain(self.anchors.zones()).filter(has);
        zones.max_by_key(|zone| zone.depth()).cloned()
    }
}
