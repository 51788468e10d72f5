//! Manners: every command ends in time and says the same facts wherever it is read.

use libtest_mimic::Trial;

/// Returns the trials of manners.
pub fn trials() -> Vec<Trial> {
    Vec::new()
}
