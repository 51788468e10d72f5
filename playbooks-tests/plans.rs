//! Plans: drafted against facts, pinned to what was read, held to their limits, digested.

mod against;
mod copies;
mod delegations;
mod digests;
mod dual;
mod gates;
mod ground;
mod guards;
mod includes;
mod laws;
mod limits;
mod lists;
mod overrides;
mod records;
mod signers;
mod terms;
mod undoing;

use libtest_mimic::Trial;

/// Returns the trials of plans.
pub fn trials() -> Vec<Trial> {
    [
        against::trials(),
        delegations::trials(),
        digests::trials(),
        dual::trials(),
        gates::trials(),
        guards::trials(),
        includes::trials(),
        laws::trials(),
        limits::trials(),
        lists::trials(),
        overrides::trials(),
        signers::trials(),
        records::trials(),
        terms::trials(),
        undoing::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
