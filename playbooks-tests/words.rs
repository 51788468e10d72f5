//! The words: messages, reports, screens and where messages go.

mod delivery;
mod hostile;
mod messages;
mod reports;
mod screens;
mod shelf;
mod snapshot;
mod story;
mod vendors;

use libtest_mimic::Trial;

/// Returns the trials of words.
pub fn trials() -> Vec<Trial> {
    [
        messages::trials(),
        reports::trials(),
        screens::trials(),
        hostile::trials(),
        delivery::trials(),
        vendors::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
