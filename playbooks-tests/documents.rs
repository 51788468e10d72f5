//! Documents: samples are clean, each mistake is told with its place, and no mutation slips through.

mod boring;
mod invalid;
mod mutation;
mod place;
mod samples;
pub mod tree;

use libtest_mimic::Trial;

/// Returns the trials of documents.
pub fn trials() -> Vec<Trial> {
    [boring::trials(), samples::trials(), invalid::trials(), mutation::trials()]
        .into_iter()
        .flatten()
        .collect()
}
