//! Readiness: each rule true, false and unknown on estates of its own; the looks at services; the command.

mod alone;
pub mod case;
mod command;
mod inside;
mod pinning;
mod practices;
mod registration;
mod rules;
mod services;
pub mod world;

use libtest_mimic::Trial;

/// Returns the trials of readiness.
pub fn trials() -> Vec<Trial> {
    [
        alone::trials(),
        rules::trials(),
        inside::trials(),
        practices::trials(),
        registration::trials(),
        services::trials(),
        command::trials(),
        pinning::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
