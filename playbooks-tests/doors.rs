//! The door to the network against servers that are silent, closed, lying, slow or endless.

mod datagrams;
mod fence;
pub mod floods;
mod hiding;
mod hostile;
mod inside;
pub mod oracle;
mod pinned;
mod sealed;
pub mod servers;
mod streams;
pub mod tls;
mod web;

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::model::{HostPin, PinFile, Span};
use lifeboat::net::{Admission, Door, Pins};

/// Returns the trials of the door.
pub fn trials() -> Vec<Trial> {
    [
        datagrams::trials(),
        fence::trials(),
        streams::trials(),
        web::trials(),
        hiding::trials(),
        hostile::trials(),
        sealed::trials(),
        pinned::trials(),
        inside::trials(),
        floods::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The budget of a trial's question: long against loopback, short against patience.
const BUDGET: Duration = Duration::from_millis(400);

/// Long enough for anything that is expected to happen.
const AMPLE: Duration = Duration::from_secs(20);

/// Runs a trial on one thread.
fn play<T>(trial: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(trial)
}

/// Notes one address for a host and port.
fn pinned(host: &str, port: u16, address: IpAddr) -> Pins {
    let mut file = PinFile::empty();
    let (host, addresses, learned) = (host.to_owned(), vec![address], Timestamp::UNIX_EPOCH);
    file.note(HostPin { host, port, addresses, learned, ttl: Span::from_secs(60) });
    Pins::from(&file)
}

/// Makes a live door that admits learned addresses in the given ranges.
fn live(allow: &[&str]) -> Door {
    let allow_private: Vec<IpNet> = allow.iter().map(|net| net.parse().unwrap()).collect();
    Door::live(Admission { allow_private }, Pins::new())
}
