//! Questions under way: all at once, each followed by what only its own course makes worth asking.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use super::super::Scene;
use super::asking::{Asking, evidence};
use super::ladder::{self, Rung};
use crate::model::{DnsRole, Evidence, Id};
use crate::net::{Companion, Companions, Deadline, Door, Transport};
use crate::service::Budget;
use crate::service::dns::Way;
use crate::service::dns::ask::{Caller, Hearing, Told};

/// How much of the budget a question stays alone before it is asked in other ways too: then more than half is
/// left for those.
const PATIENCE: f64 = 0.3;

/// Asks everything at once and returns the evidence in the order of the questions.
///
/// An answer that was cut short is asked for again over TCP, as every resolver does.
pub async fn ask_all(scene: &Scene<'_>, questions: Vec<Asking>, budget: Budget) -> Vec<Evidence> {
    let course = Arc::new(Course::default());
    let entered: Vec<_> =
        questions.into_iter().map(|asking| (course.enter(&asking), asking)).collect();
    let mut running = JoinSet::new();
    for (place, (beside, asking)) in entered.into_iter().enumerate() {
        let line = Line { door: scene.field.door.clone(), course: Arc::clone(&course), budget };
        running.spawn(async move { (place, line.ask_fully(asking, beside).await) });
    }
    let mut found = Vec::new();
    while let Some(done) = running.join_next().await {
        // A question that panicked would be a defect of this program: it is never a finding.
        let Ok((place, told)) = done else { continue };
        let evidence = told.into_iter().map(|(asking, told)| evidence(scene, asking, told));
        found.push((place, evidence.collect::<Vec<_>>()));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().flat_map(|(_, evidence)| evidence).collect()
}

type ByServer = BTreeMap<SocketAddr, Vec<(Transport, DnsRole, Arc<Companion>)>>;

/// What is asked only so many times: why, of whom, about what.
type Place = (Rung, SocketAddr, Option<Id>);

/// What the questions of one moment know of each other.
#[derive(Default)]
pub(super) struct Course {
    group: Companions,
    asked: Mutex<ByServer>,
    small: Mutex<BTreeMap<SocketAddr, Asking>>,
    taken: Mutex<BTreeMap<Place, u8>>,
}

impl Course {
    fn enter(&self, asking: &Asking) -> Arc<Companion> {
        let companion = self.group.enter();
        let entry = (asking.way.carrier(), asking.role.clone(), Arc::clone(&companion));
        self.asked().entry(asking.server).or_default().push(entry);
        let authority = matches!(asking.role, DnsRole::Authority { .. });
        if authority && asking.way == Way::UDP && asking.query.kind == "SOA" {
            self.small().entry(asking.server).or_insert_with(|| asking.clone());
        }
        companion
    }

    fn small(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Asking>> {
        self.small.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a question to an authority whose answer is small, and there.
    pub fn small_question(&self, server: SocketAddr) -> Option<Asking> {
        self.small().get(&server).cloned()
    }

    fn asked(&self) -> MutexGuard<'_, ByServer> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether a server has answered anything over UDP.
    pub fn hears(&self, server: SocketAddr) -> bool {
        let asked = self.asked();
        let of_server = asked.get(&server).into_iter().flatten();
        of_server
            .into_iter()
            .any(|(transport, _, it)| *transport == Transport::Udp && it.is_answered())
    }

    /// Tells whether some authority has answered for a zone.
    pub fn hears_of(&self, zone: &Id) -> bool {
        let asked = self.asked();
        let mut all = asked.values().flatten();
        all.any(|(_, role, it)| {
            matches!(role, DnsRole::Authority { zone: of, .. } if of == zone) && it.is_answered()
        })
    }

    /// Takes one of so many places of a kind; false once they are taken.
    pub fn take(&self, rung: Rung, server: SocketAddr, zone: Option<&Id>, places: u8) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = taken.entry((rung, server, zone.cloned())).or_default();
        let free = *taken < places;
        *taken += u8::from(free);
        free
    }
}

/// The way of one question and of what follows it.
struct Line {
    door: Door,
    course: Arc<Course>,
    budget: Budget,
}

type All = Vec<(Asking, Told)>;

impl Line {
    async fn ask_fully(&self, asking: Asking, beside: Arc<Companion>) -> All {
        let until = Deadline::after(self.budget.budget);
        let patience = until.within(self.budget.budget.mul_f64(PATIENCE));
        let (told, meanwhile) = {
            let hearing = Hearing::Beside(Arc::clone(&beside));
            let mut course = pin!(self.ask(&asking, hearing, self.budget));
            match patience.run(&mut course).await {
                Some(told) => (told, All::new()),
                None if beside.is_answered() => (course.await, All::new()),
                None => {
                    let rungs = ladder::while_silent(&self.course, &asking);
                    tokio::join!(course, self.climb(rungs, until))
                }
            }
        };
        if told.ending.answer().is_some() {
            beside.answered();
        }
        beside.over();
        let rungs = ladder::after(&self.course, &asking, &told);
        let mut all = vec![(asking, told)];
        all.extend(meanwhile);
        all.extend(self.climb(rungs, until).await);
        all
    }

    async fn ask(&self, asking: &Asking, hearing: Hearing, budget: Budget) -> Told {
        let (server, origin, way) = (asking.server, asking.origin, asking.way.clone());
        let caller = Caller { door: &self.door, server, origin, way, budget, hearing };
        caller.ask(&asking.query).await
    }

    /// Asks what follows, all at once, within the rest of the budget.
    async fn climb(&self, rungs: Vec<(Rung, Asking)>, until: Deadline) -> All {
        let mut running = JoinSet::new();
        for (place, (rung, asking)) in rungs.into_iter().enumerate() {
            let line = Self { door: self.door.clone(), course: Arc::clone(&self.course), ..*self };
            running.spawn(async move { (place, line.step(rung, asking, until).await) });
        }
        let mut all = BTreeMap::new();
        while let Some(done) = running.join_next().await {
            all.extend(done.ok());
        }
        all.into_values().collect()
    }

    async fn step(&self, rung: Rung, asking: Asking, until: Deadline) -> (Asking, Told) {
        let rest = self.budget.until(until);
        let (hearing, tries) = match rung {
            Rung::Count => (Hearing::Every, ladder::COUNTED),
            Rung::Smaller | Rung::Whole | Rung::Unchecked | Rung::Fresh => {
                (Hearing::First, rest.tries)
            }
        };
        let told = self.ask(&asking, hearing, Budget { tries, ..rest }).await;
        (asking, told.unless_cut_short(rest, self.budget))
    }
}
