//! The real cases: a fault on real daemons, and the program as its operator would use it.

pub mod crash;
pub mod drift;
pub mod healthy;
pub mod internet;
pub mod laptops;
pub mod operator;
pub mod outage;
pub mod resolver;
pub mod stopped;
pub mod trackers;

use libtest_mimic::Trial;

/// Returns the trials of the real cases.
pub fn trials() -> Vec<Trial> {
    [
        crash::trials(),
        drift::trials(),
        healthy::trials(),
        internet::trials(),
        laptops::trials(),
        outage::trials(),
        resolver::trials(),
        stopped::trials(),
        trackers::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
