//! Trackers, seedboxes and routers that answer, refuse, lie, flood, redirect or say nothing at all.

mod bgp;
mod http;
mod lists;
mod peers;
pub mod servers;
mod udp;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::model::{Ending, TrackerAnswer};
use lifeboat::net::{Admission, Door, Http, Origin, Pins};
use lifeboat::service::tracker::{Endpoint, Told, announce, scrape};
use lifeboat::service::{Budget, Field};
use lifeboat::wire::tracker_udp::{Counts, InfoHash};

/// Returns the trials of trackers, seedboxes and routers.
pub fn trials() -> Vec<Trial> {
    [bgp::trials(), http::trials(), lists::trials(), peers::trials(), udp::trials()]
        .into_iter()
        .flatten()
        .collect()
}

/// One target's budget where nothing comes.
const SHORT: Budget = Budget { tries: 3, budget: Duration::from_millis(300) };

/// One target's budget where something comes.
const AMPLE: Budget = Budget { tries: 3, budget: Duration::from_secs(10) };

const SWARM: InfoHash = [0x5f; 20];

fn play<T>(trial: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(trial)
}

/// Makes the ways to the real network, with private ranges open to learned addresses.
fn field(allow: &[&str]) -> Field {
    let allow_private = allow.iter().map(|net| net.parse().unwrap()).collect();
    through(Door::live(Admission { allow_private }, Pins::new()))
}

fn through(door: Door) -> Field {
    Field {
        http: Http::new(door.clone()),
        door,
        clock: Clock::wall(),
        secrets: Secrets::fixed("lab:captures"),
        processes: Processes::refused(),
        base: "/".into(),
        elsewhere: Arc::new(BTreeMap::new()),
    }
}

fn endpoint(url: &str, address: SocketAddr) -> Endpoint {
    Endpoint::new(url, address, Origin::Estate).unwrap()
}

/// Returns an answer that must be there.
fn answered(ending: &Ending<TrackerAnswer>) -> &TrackerAnswer {
    ending.answer().unwrap_or_else(|| panic!("{ending:?}"))
}

/// Returns what is said of an answer that makes no sense.
fn nonsense<T: std::fmt::Debug>(ending: &Ending<T>) -> String {
    match ending {
        Ending::Malformed(why) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Announces where the estate opens no private range.
async fn announced(at: Endpoint, budget: Budget) -> Told {
    announce(&field(&[]), &at, SWARM, budget).await
}

/// Asks for one torrent's counts.
async fn counted(at: Endpoint) -> Ending<Vec<Counts>> {
    scrape(&field(&[]), &at, &[SWARM], AMPLE).await
}
