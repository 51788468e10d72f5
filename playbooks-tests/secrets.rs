//! What never leaves: secrets, however they come back; and what never arrives: text that drives a terminal.

mod arguments;
mod canary;
mod escapes;
mod liar;
mod published;
mod rumours;
pub mod search;

use libtest_mimic::Trial;

/// Returns the trials of secrets and of hostile text.
pub fn trials() -> Vec<Trial> {
    let all = [arguments::trials(), canary::trials(), escapes::trials(), published::trials()];
    all.into_iter().flatten().collect()
}
