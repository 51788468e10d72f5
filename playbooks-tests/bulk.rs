//! A roll of names asked of one server: every question ends in one outcome, whatever the network and a forger do.

mod command;
mod forging;
mod server;

use libtest_mimic::Trial;

/// Returns the trials of bulk asking.
pub fn trials() -> Vec<Trial> {
    [command::trials(), forging::trials()].into_iter().flatten().collect()
}
