//! Benchmarks with limits that must hold: `cargo test --release --test playbooks -- --bench`.

mod apply;
mod bulk;
mod child;
mod crowd;
mod lint;
mod trackers;

pub use child::{child, peak_kib};

use libtest_mimic::Trial;

/// Returns the benchmarks; they run one at a time, because they measure time.
pub fn trials() -> Vec<Trial> {
    [trackers::trials(), lint::trials(), bulk::trials(), apply::trials()]
        .into_iter()
        .flatten()
        .collect()
}
