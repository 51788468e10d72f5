//! The shipped engine under any schedule of crashes, late landings, lost replies, drift, silence, halts, clocks that
//! are set, networks that are gone, second operators and failed words, by seed. A seed that breaks a promise is printed
//! and can be played again.
//!
//! `cargo test` plays a sample in this process; `--simulate` plays a million seeds and every mutant ([`whole`]).

pub mod fate;
pub mod mutants;
pub mod plan;
pub mod play;
pub mod rows;
pub mod sample;
pub mod schedule;
pub mod tally;
pub mod watch;
pub mod whole;
pub mod world;

use std::sync::OnceLock;

use libtest_mimic::Trial;

use tally::Tally;

/// Returns the trials of the simulator.
pub fn trials() -> Vec<Trial> {
    trials![
        a3_no_seed_of_a_sample_breaks_a_promise,
        a3_no_row_of_the_table_is_met_that_is_not_declared,
    ]
}

/// How many seeds the sample has.
const SEEDS: u64 = 2_000;

fn sample() -> &'static Tally {
    static PLAYED: OnceLock<Tally> = OnceLock::new();
    PLAYED.get_or_init(|| sample::play(1..SEEDS + 1))
}

fn a3_no_seed_of_a_sample_breaks_a_promise() {
    let met = sample();
    eprintln!("A3: {}", met.report()[0]);
    assert!(met.broken.is_empty(), "{} seeds, first {:?}", met.broken.len(), met.broken.first());
}

fn a3_no_row_of_the_table_is_met_that_is_not_declared() {
    let (_, strange) = rows::compare(&sample().rows);
    assert!(strange.is_empty(), "{strange:?}");
}
