//! Manners where the network is: what hangs, what a drill may touch, and what happens without any network.

mod deadlines;
mod offline;
mod sealed;
mod trace;

use libtest_mimic::Trial;

/// Returns the trials of manners.
pub fn trials() -> Vec<Trial> {
    [deadlines::trials(), offline::trials(), sealed::trials()].into_iter().flatten().collect()
}
