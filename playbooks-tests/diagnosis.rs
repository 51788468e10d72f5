//! Diagnosis: evidence of a small world in, facts and a verdict out, with the shipped runbooks.

mod causes;
mod dns;
mod encrypted;
mod judged;
mod laws;
mod left;
mod origins;
mod registries;
mod shipped;
mod signed;
mod tampering;
mod truths;
mod world;

use libtest_mimic::Trial;

pub use shipped::runbooks;

pub fn trials() -> Vec<Trial> {
    [
        causes::trials(),
        laws::trials(),
        left::trials(),
        origins::trials(),
        registries::trials(),
        dns::trials(),
        encrypted::trials(),
        shipped::trials(),
        signed::trials(),
        tampering::trials(),
        truths::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
