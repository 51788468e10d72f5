//! The contract of every service that holds record sets: one suite of rows, each service behind one face.
//!
//! A row asks through the product's own reading and writing, and proves effects by a query to the name server behind
//! the service. Each service is marked by what it does about a third value that comes at the last moment.

pub mod cloudflare;
pub mod desec;
mod meta;
pub mod route53;
pub mod rows;
pub mod stand;

use libtest_mimic::Trial;

/// Returns the trials of the contract.
pub fn trials() -> Vec<Trial> {
    [cloudflare::trials(), desec::trials(), meta::trials(), route53::trials()]
        .into_iter()
        .flatten()
        .collect()
}
