//! What every probe is given, and what it makes its evidence with.

use std::time::Duration;

use crate::model::{Estate, Evidence, Id, Observation, ProbeKind, ZoneReference};
use crate::net::Deadline;
use crate::service::dns::Wholes;
use crate::service::{Budget, Field};
use crate::wire::as_table::AsTable;

/// What whole zones are held against, and what was read of them.
#[derive(Debug, Default)]
pub struct Against {
    /// What git has of zones.
    pub references: Vec<ZoneReference>,
    /// What services hold of them.
    pub wholes: Wholes,
}

/// One place to probe from.
#[derive(Clone)]
pub struct Scene<'a> {
    /// What is probed.
    pub estate: &'a Estate,
    /// How it is reached from there.
    pub field: &'a Field,
    /// What kinds are wanted.
    pub kinds: &'a [ProbeKind],
    /// Maps addresses to networks.
    pub as_table: Option<&'a AsTable>,
    /// Zones that are read whole.
    pub against: &'a Against,
    /// When everything ends.
    pub deadline: Deadline,
    /// The place's id.
    pub vantage: Id,
}

impl Scene<'_> {
    /// Tells whether a kind is wanted.
    pub fn wants(&self, kind: ProbeKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Returns what asking one target may cost.
    pub fn budget(&self) -> Budget {
        Budget::of(&self.estate.probing).until(self.deadline)
    }

    /// Tells whether the deadline leaves clearly less than the budget of one target.
    pub fn is_hurried(&self) -> bool {
        let whole = Budget::of(&self.estate.probing).budget;
        self.deadline.left() < whole.mul_f64(0.9)
    }

    /// Makes a piece of evidence, dated now; its id is given when all of it is there.
    pub fn evidence(
        &self,
        subject: &Id,
        sent: u32,
        took: Duration,
        observation: Observation,
    ) -> Evidence {
        Evidence {
            id: Id::default(),
            subject: subject.clone(),
            vantage: self.vantage.clone(),
            at: self.field.clock.now(),
            took_ms: millis(took),
            sent,
            observation,
        }
    }
}

/// Returns whole milliseconds.
pub(super) fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
