//! Actions against servers that lie, lag, hang and break off: what may be called refused, lost or proven.

mod api;
mod copies;
mod lists;
mod names;
mod together;
mod update;

use std::future::Future;
use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::net::{Admission, Door, Http, Pins};
use lifeboat::service::Field;

/// Returns the trials of actions.
pub fn trials() -> Vec<Trial> {
    [
        api::trials(),
        copies::trials(),
        lists::trials(),
        names::trials(),
        together::trials(),
        update::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Runs a trial on one thread.
pub fn play<T>(trial: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(trial)
}

/// The real network, with one secret for every place.
pub fn field() -> Field {
    let door = Door::live(Admission::default(), Pins::new());
    Field {
        http: Http::new(door.clone()),
        door,
        clock: Clock::wall(),
        secrets: Secrets::fixed("the-key"),
        processes: Processes::live(),
        base: std::path::PathBuf::new(),
        elsewhere: Arc::default(),
    }
}
