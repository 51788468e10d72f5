//! The world itself: started from an estate and a scenario, moved by the scripted clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::task::AbortHandle;

use super::cast::Cast;
use super::check::check;
use super::error::WorldError;
use super::peers;
use super::seedbox;
use super::signed;
use super::stage::Stage;
use super::state::{State, Troubles};
use super::zones;
use crate::model::{Baseline, Estate, Fault, Id, Scenario, SeedboxKind, VantageKind};
use crate::net::RouteMap;
use crate::wire::as_table::AsTable;

/// What a world is made of.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The estate that is played.
    pub estate: &'a Estate,
    /// What happens to it.
    pub scenario: &'a Scenario,
    /// Which address belongs to which network; without it no carrier has users.
    pub as_table: Option<&'a AsTable>,
    /// How many peers are usual.
    pub baseline: Option<&'a Baseline>,
}

/// A drill's world; its servers end when it is dropped.
pub struct World {
    script: Arc<Script>,
    tasks: Vec<AbortHandle>,
}

/// The stage with what is still to happen on it.
struct Script {
    stage: Arc<Stage>,
    to_come: Mutex<Vec<(Timestamp, Fault)>>,
}

impl World {
    /// Opens every server of an estate on loopback, on a quiet day at the scenario's start.
    ///
    /// # Errors
    /// A scenario that does not fit the estate, an estate that cannot be played, or the system.
    pub async fn start(setting: &Setting<'_>) -> Result<Self, WorldError> {
        check(setting.estate, setting.scenario)?;
        let state = quiet_day(setting);
        let local = setting.estate.vantages.iter().find(|it| it.kind == VantageKind::Local);
        let local = local.map_or_else(|| Id::new("here"), |vantage| vantage.id.clone());
        let (stage, opened) = Stage::open(state, local).await?;
        let tasks = opened.play(&stage);
        let lines = setting.scenario.timeline.iter();
        let mut to_come: Vec<(Timestamp, Fault)> =
            lines.map(|it| (setting.scenario.time_of(it.at), it.fault.clone())).collect();
        // Stable: what happens at once happens in the order it was written.
        to_come.sort_by_key(|(at, _)| *at);
        let script = Arc::new(Script { stage, to_come: Mutex::new(to_come) });
        let world = Self { script, tasks };
        world.advance(setting.scenario.starts);
        Ok(world)
    }

    /// Returns the routes of this machine; they stay true while the world moves.
    pub fn routes(&self) -> RouteMap {
        self.script.stage.map(self.script.stage.local()).unwrap_or_default()
    }

    /// Returns the routes of a vantage; nothing for one that the estate does not have.
    pub fn routes_of(&self, vantage: &Id) -> Option<RouteMap> {
        self.script.stage.map(vantage)
    }

    /// Returns what tells at any moment whether a vantage runs.
    pub fn runs(&self, vantage: &Id) -> impl Fn() -> bool + Send + Sync + 'static {
        let (script, vantage) = (Arc::clone(&self.script), vantage.clone());
        move || script.stage.state().runs(&vantage, script.stage.local())
    }

    /// Lets everything happen that happens up to a time.
    pub fn advance(&self, now: Timestamp) {
        self.script.advance(now);
    }

    /// Returns what a scripted clock calls on each of its jumps.
    pub fn on_jump(&self) -> impl Fn(Timestamp) + Send + Sync + 'static {
        let script = Arc::clone(&self.script);
        move |now| script.advance(now)
    }

    /// Ends every server.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Script {
    fn advance(&self, now: Timestamp) {
        let mut to_come = self.to_come.lock().unwrap_or_else(PoisonError::into_inner);
        let due = to_come.iter().take_while(|(at, _)| *at <= now).count();
        let mut state = self.stage.state();
        for (at, fault) in to_come.drain(..due) {
            state.pass_until(at);
            state.apply(&fault);
        }
        state.pass_until(now);
        drop(state);
        if due > 0 {
            self.stage.draw().expect("every server stands on loopback");
        }
    }
}

impl State {
    /// Lets time pass in which nothing happens but that users go on asking.
    fn pass_until(&mut self, now: Timestamp) {
        if now > self.now {
            self.now = now;
            self.ask_as_users_do();
        }
    }
}

fn quiet_day(setting: &Setting<'_>) -> State {
    let estate = Arc::new(setting.estate.clone());
    let cast = Arc::new(Cast::of(&estate, setting.as_table));
    let mut stores = zones::stores(&estate, &cast);
    let signed = signed::is_signed(setting.scenario);
    if signed {
        signed::link(&mut stores, &estate);
    }
    let users = peers::users(&estate, &cast, setting.as_table, setting.baseline);
    let torrents = seedbox::torrents(&estate);
    let played = estate.seedboxes.iter().filter(|it| it.kind == SeedboxKind::Transmission);
    let held = played.map(|it| (it.id.clone(), torrents.clone())).collect();
    let mut state = State {
        now: setting.scenario.starts,
        cast,
        quiet: Arc::new(stores.clone()),
        stores,
        caches: BTreeMap::new(),
        held,
        users,
        signed,
        troubles: Troubles::default(),
        estate,
    };
    state.fill_caches();
    state
}
