//! Manners: every command ends in time and says the same facts wherever it is read.

pub mod deadline;
pub mod hanging;
mod plain;
pub mod roster;
pub mod scene;
mod silence;

use libtest_mimic::Trial;

/// Returns the trials of manners.
pub fn trials() -> Vec<Trial> {
    [deadline::trials(), plain::trials()].into_iter().flatten().collect()
}
