//! The simulated outside: values, requests in flight, clocks, what was delivered; and what it saw go wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lifeboat::model::{Change, Plan, Work};

use super::plan::{BEFORE, FOREIGN, name, number};

/// One target as the service has it.
#[derive(Clone, Debug)]
pub struct Place {
    pub value: u32,
    pub conditional: bool,
    /// The value that the last request that landed here brought, unless somebody else wrote since.
    pub brought: Option<u32>,
    /// Whether somebody else wrote last.
    pub others: bool,
    /// When somebody else wrote last, in moments.
    pub drifted: u64,
}

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Flight {
    pub lands: u64,
    pub change: Change,
    /// When its sender last looked at the target, in moments.
    pub looked: u64,
}

/// A write that a service put off.
#[derive(Clone, Copy, Debug)]
pub struct Later {
    /// Until when, in true time.
    pub until: u64,
    /// How far the clock that said so was ahead of the true time.
    pub ahead: i64,
}

/// The outside.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The true time, in milliseconds.
    pub now: u64,
    /// How far the wall's clock is ahead of it.
    pub ahead: i64,
    /// How often it was set.
    pub sets: u32,
    /// Counts everything that happens.
    pub moment: u64,
    /// Until when the network is gone.
    pub dark_until: u64,
    pub places: BTreeMap<String, Place>,
    pub flights: Vec<Flight>,
    pub keys: BTreeSet<String>,
    /// Until when a service last wanted not to be asked, in true time.
    pub wanted: BTreeMap<String, u64>,
    /// What the journal says is put off.
    pub later: BTreeMap<String, Later>,
    /// What landed, in order: the target and the value.
    pub landed: Vec<(String, u32)>,
    /// How often each message arrived since the run was begun.
    pub delivered: BTreeMap<(String, String, String), u32>,
    /// Writes onto a value that somebody else wrote after our look, where the service has no condition of its own.
    pub unprotected: u64,
    /// The first promise that was broken.
    pub broken: Option<&'static str>,
}

impl World {
    pub fn of(plan: &Plan) -> Self {
        let mut world = Self::default();
        for step in &plan.steps {
            let Work::Change(planned) = &step.work else { continue };
            for change in &planned.changes {
                let place = Place {
                    value: BEFORE,
                    conditional: change.conditional,
                    brought: None,
                    others: false,
                    drifted: 0,
                };
                world.places.insert(name(&change.target).to_owned(), place);
            }
        }
        world
    }

    pub fn breaks(&mut self, promise: &'static str) {
        self.broken = self.broken.or(Some(promise));
    }

    /// What the wall's clock shows at a true time.
    pub fn wall(&self) -> Timestamp {
        let shown = i64::try_from(self.now).unwrap() + self.ahead;
        Timestamp::from_millisecond(shown).unwrap()
    }

    /// Somebody sets the clock.
    pub fn set_clock(&mut self, by: i64) {
        self.ahead += by;
        self.sets += 1;
    }

    pub fn is_dark(&self) -> bool {
        self.now < self.dark_until
    }

    /// Lets land what is due.
    pub fn land(&mut self) {
        let now = self.now;
        let mut due: Vec<Flight> = Vec::new();
        self.flights.retain(|flight| {
            let lands = flight.lands <= now;
            if lands {
                due.push(flight.clone());
            }
            !lands
        });
        due.sort_by_key(|flight| flight.lands);
        for flight in due {
            self.hit(&flight.change, flight.looked);
        }
    }

    /// A request reaches its service; returns whether it was applied.
    pub fn hit(&mut self, change: &Change, looked: u64) -> bool {
        let place = self.places.get_mut(name(&change.target)).unwrap();
        if place.conditional && place.value != number(&change.before) {
            return false;
        }
        let after = number(&change.after);
        let (foreign, doubled) = (place.value == FOREIGN, place.brought == Some(after));
        let unseen = place.drifted > looked;
        (place.value, place.brought, place.others) = (after, Some(after), false);
        self.landed.push((name(&change.target).to_owned(), after));
        if foreign && unseen {
            self.unprotected += 1;
        } else if foreign {
            self.breaks("overwrote drift");
        }
        if doubled {
            self.breaks("doubled");
        }
        true
    }

    /// Somebody else writes.
    pub fn drift(&mut self, target: &str, value: u32) {
        self.moment += 1;
        let place = self.places.get_mut(target).unwrap();
        (place.value, place.brought, place.others) = (value, None, true);
        place.drifted = self.moment;
    }

    pub fn is_flying(&self, target: &str) -> bool {
        self.flights.iter().any(|flight| name(&flight.change.target) == target)
    }

    pub fn has(&self, change: &Change) -> bool {
        self.places[name(&change.target)].value == number(&change.after)
    }
}
