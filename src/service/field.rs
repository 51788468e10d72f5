//! What every probe and action reaches the world through.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::host::{Clock, Processes, Secrets};
use crate::model::Id;
use crate::net::{Door, Fence, Http};

/// The ways to the world; live and drill are two values of this one type.
#[derive(Clone)]
pub struct Field {
    /// The way to the network.
    pub door: Door,
    /// The HTTP client on that door.
    pub http: Http,
    /// What time it is.
    pub clock: Clock,
    /// Where secrets come from.
    pub secrets: Secrets,
    /// The right to start processes.
    pub processes: Processes,
    /// The estate's folder: where its relative files start.
    pub base: PathBuf,
    /// A drill's vantages, in place of their commands; empty when live.
    pub elsewhere: Arc<BTreeMap<Id, Elsewhere>>,
}

impl Field {
    /// Returns the same ways with a last look before anything leaves by them.
    #[must_use]
    pub fn fenced(&self, fence: &Fence) -> Self {
        let (door, http) = (self.door.fenced(fence.clone()), self.http.fenced(fence.clone()));
        Self { door, http, ..self.clone() }
    }
}

/// A vantage of a drill: what it reaches the drill's world through, and whether it runs now.
#[derive(Clone)]
pub struct Elsewhere {
    /// The ways that it has, with a door of its own.
    pub field: Field,
    /// Tells whether its command would run at this moment.
    pub runs: Arc<dyn Fn() -> bool + Send + Sync>,
}
