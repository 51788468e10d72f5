//! What a plan must know of the world before it is pinned, and what was found.

use std::sync::Arc;

use super::{CopySource, Id, RrKey, Rrset, Span, TrackerEntry, Value, ZoneCopy};

/// Something that is read before a plan is pinned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// Record sets of one zone at one service.
    Rrsets {
        /// The service: a DNS provider or a registrar.
        service: Id,
        /// The zone, fully qualified.
        zone: String,
        /// Which record sets.
        keys: Vec<RrKey>,
    },
    /// How many record sets a zone has at a service.
    ZoneSize {
        /// The service.
        service: Id,
        /// The zone, fully qualified.
        zone: String,
    },
    /// The keys that a provider serves for a zone, asked of each of its servers.
    Keys {
        /// The provider.
        provider: Id,
        /// The zone, fully qualified.
        zone: String,
    },
    /// What a source has of a zone, and the whole of it as one provider holds it.
    Zone {
        /// The zone.
        zone: Id,
        /// Its name, fully qualified.
        name: String,
        /// The provider that holds it.
        at: Id,
        /// The provider whose copy is the source; absent: the zone's reference in git.
        from: Option<Id>,
    },
    /// Every torrent of a seedbox with its tracker list.
    Torrents {
        /// The seedbox.
        seedbox: Id,
    },
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The record sets, in the order they were wanted; one without records does not exist.
    Value(Value),
    /// So many.
    Size(usize),
    /// The keys.
    Keys(ServedKeys),
    /// The two copies of a zone.
    Zone(Box<TwoCopies>),
    /// The torrents.
    Torrents(Vec<Torrent>),
    /// It could not be read.
    Unreadable(String),
}

/// The keys of a zone as all servers of a provider serve them; none where it is not signed there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServedKeys {
    /// Their time to live, in seconds.
    pub ttl: u32,
    /// Each of them.
    pub keys: Vec<ServedKey>,
}

/// A zone's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedKey {
    /// Its DNSKEY record's data.
    pub data: String,
    /// The data of the DS record that names it, by SHA-256.
    pub ds: String,
    /// Whether its signature over all of them was checked and holds: it is the provider's own, and enters the zone.
    pub signs: bool,
}

/// A zone as a source has it, and as a provider holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoCopies {
    /// Where the first came from.
    pub source: CopySource,
    /// As the source has it.
    pub wanted: Arc<ZoneCopy>,
    /// As the provider holds it.
    pub held: Arc<ZoneCopy>,
    /// The record sets in which the two differ, as the provider keeps them; one without records does not exist there.
    pub sets: Vec<Rrset>,
}

/// A torrent on a seedbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torrent {
    /// Its info-hash, 40 lower-case hexadecimal digits.
    pub info_hash: String,
    /// Whether it is private (BEP 27).
    pub private: bool,
    /// Its trackers, in their order.
    pub trackers: Vec<TrackerEntry>,
}

/// What became of one write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The service said that it did it.
    Written,
    /// The service said no, or it never left: surely nothing changed.
    Refused(String),
    /// Surely nothing changed, and the service wants to be asked again later.
    Later {
        /// Why.
        because: String,
        /// How long to wait.
        after: Span,
    },
    /// Nobody knows.
    Lost(String),
}
