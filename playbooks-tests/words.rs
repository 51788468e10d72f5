//! The words: messages, reports, screens and where messages go.

pub mod bombs;
mod delivery;
mod hostile;
mod markup;
mod messages;
mod reports;
mod screens;
pub mod shelf;
mod slots;
mod snapshot;
pub mod story;
mod vendors;

use libtest_mimic::Trial;

/// Returns the trials of words.
pub fn trials() -> Vec<Trial> {
    [
        messages::trials(),
        reports::trials(),
        screens::trials(),
        hostile::trials(),
        slots::trials(),
        bombs::trials(),
        delivery::trials(),
        vendors::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
