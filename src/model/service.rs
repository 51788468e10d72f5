//! What a service declares of itself: how late a request may land, what it checks, what it takes.

use std::collections::BTreeMap;

use super::{Id, Quota, Span};

/// What a service declares, once, beside its code. The estate's `settle` and `quota` go before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// What it speaks to, as the estate's `kind` writes it where it has one.
    pub name: &'static str,
    /// How long after its time-out a request may still land; zero where nothing is changed.
    pub settle: Span,
    /// Why no longer.
    pub settle_because: &'static str,
    /// Whether the service itself refuses a write whose before-value is gone.
    pub conditional: bool,
    /// The documented quota: so many requests in this time.
    pub quota: Option<(u32, Span)>,
    /// The statuses that say, by its documents, that nothing was done and that it may be asked later.
    pub not_now: &'static [u16],
    /// Its requests.
    pub requests: &'static [RequestKind],
    /// How many requests a read of one target takes at most.
    pub read: u32,
    /// How many requests a write of one target takes at most, its own looks included.
    pub write: u32,
    /// How many record sets go together.
    pub bulk: Bulk,
}

/// The most record sets of one target that are looked at one by one; for more of them the whole zone is read.
pub const FEW: usize = 9;

/// How much a service that holds record sets gives and takes in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// How many records a page of a whole zone has; absent: each look is at the whole zone, in one request.
    pub page: Option<usize>,
    /// How many record sets one change may have.
    pub sets: usize,
    /// How many records: of each set those before or those after, whichever are more.
    pub records: usize,
    /// How many bytes the names and the data of all records before and after may have, as a zone file says them.
    pub bytes: usize,
}

impl Bulk {
    /// That of a service which holds no record sets.
    pub const NONE: Self = Self { page: None, sets: 0, records: 0, bytes: 0 };
}

/// One kind of request of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKind {
    /// How it looks on the wire, for example `GET /zones/{zone}`.
    pub name: &'static str,
    /// What it does to the world.
    pub nature: Nature,
    /// Whether twice is the same as once.
    pub idempotent: bool,
}

/// What a request does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Nothing.
    Read,
    /// It puts a value in place.
    Write,
    /// It says something to people.
    Tell,
}

/// What holds for one service of an estate: what it declares, unless the estate says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long after its time-out a request may still land.
    pub settle: Span,
    /// Whether the service itself checks the before-value.
    pub conditional: bool,
    /// How many requests it takes in its window.
    pub quota: Option<u32>,
    /// How many requests a read of one target takes at most.
    pub read: u32,
    /// How many requests a write of one target takes at most.
    pub write: u32,
    /// How many record sets go together.
    pub bulk: Bulk,
}

impl Terms {
    /// Returns how many requests a read and a write take of a target of so many record sets in a zone of that size.
    pub fn requests(&self, keys: usize, zone: usize) -> (u32, u32) {
        let Some(page) = self.bulk.page.filter(|_| keys > FEW) else {
            return (self.read, self.write);
        };
        let pages = u32::try_from(zone.div_ceil(page).max(1)).unwrap_or(u32::MAX);
        let read = pages.saturating_add(1);
        // A write that takes more than a read looks by itself.
        let write = match self.write.checked_sub(self.read) {
            Some(more) if more > 0 => read.saturating_add(more),
            Some(_) | None => self.write,
        };
        (read, write)
    }
}

/// The terms of an estate's services.
pub type Services = BTreeMap<Id, Terms>;

impl RequestKind {
    /// Declares a request that changes nothing.
    pub const fn read(name: &'static str) -> Self {
        Self { name, nature: Nature::Read, idempotent: true }
    }

    /// Declares a request that puts a whole value in place: twice is the same as once.
    pub const fn ensure(name: &'static str) -> Self {
        Self { name, nature: Nature::Write, idempotent: true }
    }

    /// Declares a request that must not arrive twice.
    pub const fn once(name: &'static str, nature: Nature) -> Self {
        Self { name, nature, idempotent: false }
    }
}

impl Declaration {
    /// Returns what holds where the estate may say otherwise.
    pub fn terms(&self, settle: Option<Span>, quota: Option<&Quota>) -> Terms {
        Terms {
            settle: settle.unwrap_or(self.settle),
            conditional: self.conditional,
            quota: quota.map(|it| it.requests).or(self.quota.map(|(requests, _)| requests)),
            read: self.read,
            write: self.write,
            bulk: self.bulk,
        }
    }

    /// Tells whether a write that was answered with a status surely did nothing and may be sent later.
    ///
    /// 429 says so by itself (RFC 6585 §4); any other status must be declared and name a time.
    pub fn is_not_now(&self, status: u16, named_a_time: bool) -> bool {
        self.not_now.contains(&status) && (status == 429 || named_a_time)
    }

    /// Tells whether it changes anything.
    pub fn writes(&self) -> bool {
        self.requests.iter().any(|request| request.nature == Nature::Write)
    }
}
