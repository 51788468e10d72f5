//! Services: what each declares, and how they are asked again when they are busy.

mod commands;
mod declared;
pub mod fleet;
mod looks;
mod run;
mod standin;
mod storm;

use libtest_mimic::Trial;

/// Returns the trials of services.
pub fn trials() -> Vec<Trial> {
    [declared::trials(), storm::trials(), run::trials(), commands::trials(), looks::trials()]
        .into_iter()
        .flatten()
        .collect()
}
