//! Seedboxes: their torrents with their tracker lists, read and written. Transmission so far.
//!
//! A written list is read back, because "success" lies: Transmission 3.00 takes whole lists and ignores
//! them. Addresses of connected peers leave as a [`PeerSet`] alone.

mod error;
mod lists;
mod rpc;
mod write;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

pub use error::SeedboxError;
pub use rpc::hosts;
pub use write::set_trackers;

use self::rpc::Rpc;
use super::{Field, PeerSet};
use crate::model::{
    Bulk, Declaration, Estate, Id, Nature, RequestKind, Seedbox, SeedboxAnswer, Span, Torrent,
    TrackerEntry,
};
use crate::net::{Deadline, Purpose, Stopwatch};
use crate::wire::transmission::{self as wire, Session};

/// The services of this family.
pub const SERVICES: &[&Declaration] = &[&SERVICE];

/// What Transmission is held to. Status 409 is the start of its session dance: nothing was done.
///
/// A write asks for the session and for the list, then edits and reads back, three times at most.
pub const SERVICE: Declaration = Declaration {
    name: "transmission",
    settle: Span::from_secs(5),
    settle_because: "one thread serves its calls and does each once it was read whole; what holds \
                     it up is a disk that is checked or moved, for seconds",
    conditional: false,
    quota: None,
    not_now: &[429],
    requests: &[
        RequestKind::read("session-get"),
        RequestKind::read("torrent-get"),
        RequestKind::ensure("torrent-set trackerList"),
        RequestKind::once("torrent-set trackerAdd trackerRemove trackerReplace", Nature::Write),
    ],
    read: 2,
    write: 9,
    bulk: Bulk::NONE,
};

/// What a seedbox says of itself, or why nothing.
#[derive(Debug)]
pub struct Seen {
    /// Where it was asked, as far as it is known.
    pub endpoint: Option<SocketAddr>,
    /// Its answer.
    pub answer: Result<SeedboxAnswer, SeedboxError>,
    /// How many requests left.
    pub sent: u32,
}

/// Reads all torrents with their tracker lists, within a time.
///
/// # Errors
/// Every [`SeedboxError`] of reading.
pub async fn torrents(
    field: &Field,
    seedbox: &Seedbox,
    within: Duration,
) -> Result<Vec<Torrent>, SeedboxError> {
    let mut rpc = Rpc::open(field, seedbox, Deadline::after(within), Purpose::Read).await?;
    read(&mut rpc, seedbox, None).await
}

/// Reads one torrent's tracker list, within a time.
///
/// # Errors
/// [`SeedboxError::NoTorrent`] when it is not there, else as [`torrents`].
pub async fn trackers(
    field: &Field,
    seedbox: &Seedbox,
    info_hash: &str,
    within: Duration,
) -> Result<Vec<TrackerEntry>, SeedboxError> {
    let mut rpc = Rpc::open(field, seedbox, Deadline::after(within), Purpose::Read).await?;
    list_of(&mut rpc, seedbox, info_hash).await
}

/// Asks a seedbox for its session, which is harmless and needs its credential, within a time.
///
/// # Errors
/// Every [`SeedboxError`] of reading.
pub async fn greet(field: &Field, seedbox: &Seedbox, until: Deadline) -> Result<(), SeedboxError> {
    let mut rpc = Rpc::open(field, seedbox, until, Purpose::Read).await?;
    session(&mut rpc, seedbox).await.map(drop)
}

/// Returns the connected peers of all torrents, to be counted and dropped.
///
/// # Errors
/// Every [`SeedboxError`] of reading.
pub async fn peers(
    field: &Field,
    seedbox: &Seedbox,
    until: Deadline,
) -> Result<PeerSet, SeedboxError> {
    let measure = Purpose::Measure { first: true };
    let mut rpc = Rpc::open(field, seedbox, until, measure).await?;
    let body = rpc.ask(wire::ask_peers()).await?;
    let found = wire::peers(&body).map_err(|error| SeedboxError::of_reply(&seedbox.id, error))?;
    Ok(found.into_iter().collect())
}

/// Asks a seedbox what it is and how many of its torrents list which tracker of the estate; `first` says
/// whether it is the first try of this measurement.
pub async fn state(
    field: &Field,
    estate: &Estate,
    seedbox: &Seedbox,
    until: Deadline,
    first: bool,
) -> Seen {
    let endpoint = rpc::endpoint(seedbox);
    let measure = Purpose::Measure { first };
    let mut rpc = match Rpc::open(field, seedbox, until, measure).await {
        Ok(rpc) => rpc,
        Err(error) => return Seen { endpoint, answer: Err(error), sent: 0 },
    };
    let watch = Stopwatch::start();
    let answer = match session(&mut rpc, seedbox).await {
        Ok(session) => {
            let latency_ms = u64::try_from(watch.took().as_millis()).unwrap_or(u64::MAX);
            let torrents = read(&mut rpc, seedbox, None).await;
            torrents.map(|torrents| summary(estate, session, &torrents, latency_ms))
        }
        Err(error) => Err(error),
    };
    Seen { endpoint: rpc.from.or(endpoint), answer, sent: rpc.sent }
}

fn summary(
    estate: &Estate,
    session: Session,
    torrents: &[Torrent],
    latency_ms: u64,
) -> SeedboxAnswer {
    let count = |which: &dyn Fn(&Torrent) -> bool| {
        u32::try_from(torrents.iter().filter(|it| which(it)).count()).unwrap_or(u32::MAX)
    };
    let listing: BTreeMap<Id, u32> = estate
        .trackers
        .iter()
        .map(|tracker| {
            let lists = |it: &Torrent| tracker.is_in(&it.trackers);
            (tracker.id.clone(), count(&lists))
        })
        .collect();
    SeedboxAnswer {
        version: session.version,
        torrents: count(&|_| true),
        private: count(&|it| it.private),
        listing,
        latency_ms,
    }
}

async fn session(rpc: &mut Rpc<'_>, seedbox: &Seedbox) -> Result<Session, SeedboxError> {
    let body = rpc.ask(wire::ask_session()).await?;
    Session::read(&body).map_err(|error| SeedboxError::of_reply(&seedbox.id, error))
}

async fn read(
    rpc: &mut Rpc<'_>,
    seedbox: &Seedbox,
    info_hash: Option<&str>,
) -> Result<Vec<Torrent>, SeedboxError> {
    let body = rpc.ask(wire::ask_torrents(info_hash)).await?;
    let found = wire::Torrent::read_all(&body);
    let found = found.map_err(|error| SeedboxError::of_reply(&seedbox.id, error))?;
    let torrent = |it: wire::Torrent| Torrent {
        trackers: lists::entries(&it.trackers),
        info_hash: it.info_hash,
        private: it.private,
    };
    Ok(found.into_iter().map(torrent).collect())
}

async fn list_of(
    rpc: &mut Rpc<'_>,
    seedbox: &Seedbox,
    info_hash: &str,
) -> Result<Vec<TrackerEntry>, SeedboxError> {
    let torrents = read(rpc, seedbox, Some(info_hash)).await?;
    let wanted = |it: &Torrent| it.info_hash.eq_ignore_ascii_case(info_hash);
    let found = torrents.into_iter().find(wanted);
    let none =
        || SeedboxError::NoTorrent { seedbox: seedbox.id.clone(), torrent: info_hash.to_owned() };
    found.map(|it| it.trackers).ok_or_else(none)
}

/// Puts an error and its hint into one sentence.
pub fn said(error: &SeedboxError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
