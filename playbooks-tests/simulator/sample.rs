//! Plays many seeds on all processors.

use std::num::NonZero;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::schedule::seed;
use super::tally::Tally;

/// What a seed that panics has broken.
pub const PANICKED: &str = "panicked";

/// Plays seeds; returns what they met.
pub fn play(seeds: Range<u64>) -> Tally {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let size = (seeds.end - seeds.start).div_ceil(threads);
    let part = |number: u64| {
        let start = (seeds.start + number * size).min(seeds.end);
        let mut tally = Tally::default();
        for number in start..(start + size).min(seeds.end) {
            let played = catch_unwind(AssertUnwindSafe(|| seed(number, &mut tally)));
            if played.is_err() {
                tally.broken.push((number, PANICKED));
            }
        }
        tally
    };
    let part = &part;
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|number| scope.spawn(move || part(number))).collect();
        let mut whole = Tally::default();
        for played in parts {
            whole.add(played.join().unwrap());
        }
        whole
    })
}
