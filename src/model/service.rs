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
