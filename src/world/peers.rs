//! Peers: where each carrier's users are, and who is listed by which tracker.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use super::cast::{Cast, Endpoint, Role};
use super::names::draw;
use super::network::{Fate, View};
use super::state::State;
use crate::model::{Baseline, Carrier, Estate, Id, ServerState, is_bogon};
use crate::wire::as_table::AsTable;

/// Where users' and seedboxes' clients listen.
const CLIENT_PORT: u16 = 51_413;

/// How many peers all carriers together have, where only their shares are known.
const USUAL: f64 = 200.0;

/// How many a carrier has of whom nothing is known.
const FEW: f64 = 10.0;

/// The most that one carrier has.
const MOST: f64 = 200.0;

/// Who a tracker lists for one torrent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swarm {
    /// Our seedboxes.
    pub seeders: Vec<SocketAddr>,
    /// Users.
    pub leechers: Vec<SocketAddr>,
}

/// Draws the usual users of each carrier from the ranges of its network.
pub fn users(
    estate: &Estate,
    cast: &Cast,
    table: Option<&AsTable>,
    baseline: Option<&Baseline>,
) -> BTreeMap<Id, Vec<SocketAddr>> {
    let ours: BTreeSet<IpAddr> = cast.endpoints.keys().map(|(at, _)| at.ip()).collect();
    let allowed = &estate.network.allow_private;
    let of = |carrier: &Carrier| {
        let all = table.into_iter().flat_map(|table| table.addresses_of(carrier.asn));
        let free = all.filter(|ip| !ours.contains(ip) && !is_bogon(*ip, allowed));
        let count = usual(carrier, baseline);
        let users = free.take(count).map(|ip| SocketAddr::new(ip, CLIENT_PORT));
        (carrier.id.clone(), users.collect())
    };
    estate.carriers.iter().map(of).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number between 0 and 200"
)]
fn usual(carrier: &Carrier, baseline: Option<&Baseline>) -> usize {
    let known = baseline.and_then(|all| all.peers.iter().find(|usual| usual.carrier == carrier.id));
    let share = || carrier.usual_share.map(|share| share.0 / 100.0 * USUAL);
    let count = known.map(|usual| usual.median).or_else(share).unwrap_or(FEW);
    count.clamp(0.0, MOST).round() as usize
}

impl State {
    /// Returns whom a tracker lists. One that is gone is forgotten at once.
    pub fn swarm(&self, tracker: &Id, info_hash: &str) -> Swarm {
        let seeders = self.held.iter().filter_map(|(seedbox, torrents)| {
            let lists = torrents.iter().any(|torrent| {
                torrent.info_hash == info_hash && self.lists(&torrent.urls(), tracker)
            });
            self.seedbox_peer(seedbox).filter(|at| lists && self.announces(at.ip(), tracker))
        });
        let seeders: Vec<SocketAddr> = seeders.collect();
        let estate = &self.estate;
        let canary = estate.swarms.iter().any(|it| it.info_hash.eq_ignore_ascii_case(info_hash));
        let used = canary && estate.tracker(tracker).is_some_and(|tracker| !tracker.standby);
        let carriers = estate.carriers.iter().filter(|_| used || !seeders.is_empty());
        let leechers = carriers.flat_map(|carrier| {
            let sees = self.reaches_tracker(&State::view_in(carrier), tracker);
            self.users_left(carrier).iter().filter(move |_| sees).copied()
        });
        Swarm { leechers: leechers.collect(), seeders }
    }

    /// Returns who is connected to a seedbox.
    pub fn connected(&self, seedbox: &Id) -> Vec<SocketAddr> {
        let role = Role::Seedbox(seedbox.clone());
        let Some(home) = self.cast.played_by(&role).next() else { return Vec::new() };
        let carriers = self.estate.carriers.iter();
        let users =
            carriers.filter(|carrier| self.fate(&State::view_in(carrier), home) == Fate::Open);
        let users = users.flat_map(|carrier| self.users_left(carrier)).copied();
        let others = self.estate.seedboxes.iter().filter(|other| other.id != *seedbox);
        let others = others.filter_map(|other| self.seedbox_peer(&other.id));
        users
            .chain(others.filter(|at| self.fate(&self.view_from(at.ip()), home) == Fate::Open))
            .collect()
    }

    /// Returns where a running seedbox takes peers.
    fn seedbox_peer(&self, seedbox: &Id) -> Option<SocketAddr> {
        let role = Role::Seedbox(seedbox.clone());
        let home = self.cast.played_by(&role).next()?;
        let runs = self.server_state(&role, home) == ServerState::Up;
        runs.then(|| SocketAddr::new(home.0.ip(), CLIENT_PORT))
    }

    fn announces(&self, from: IpAddr, tracker: &Id) -> bool {
        self.reaches_tracker(&self.view_from(from), tracker)
    }

    fn reaches_tracker(&self, view: &View, tracker: &Id) -> bool {
        let role = Role::Tracker(tracker.clone());
        let works = |at: Endpoint| {
            self.fate(view, at) == Fate::Open && self.server_state(&role, at) == ServerState::Up
        };
        self.cast.played_by(&role).any(works)
    }

    fn users_left(&self, carrier: &Carrier) -> &[SocketAddr] {
        let all = self.users.get(&carrier.id).map_or(&[][..], Vec::as_slice);
        let share = self.troubles.peers.get(&carrier.id).copied().unwrap_or(100.0);
        let left = all.iter().take_while({
            let mut seen = 0.0;
            move |_| {
                seen += 100.0;
                seen <= share * all.len() as f64
            }
        });
        &all[..left.count()]
    }

    fn lists(&self, urls: &[&str], tracker: &Id) -> bool {
        let tracker = self.estate.tracker(tracker);
        tracker.is_some_and(|it| it.urls.iter().any(|url| urls.contains(&url.as_str())))
    }
}

/// Makes an info-hash that belongs to a text.
pub fn info_hash(text: &str) -> String {
    (0..5).map(|part| format!("{:08x}", draw(&format!("{part} {text}")) >> 32)).collect()
}
