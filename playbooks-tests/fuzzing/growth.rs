//! Time grows as the input does: four times the bytes cost about four times the time, not sixteen times.

use std::time::Duration;

use libtest_mimic::Trial;
use nix::time::{ClockId, clock_gettime};

use super::targets::TARGETS;

/// Returns the trials of growth.
pub fn trials() -> Vec<Trial> {
    trials![d5_time_and_memory_grow_no_faster_than_the_input]
}

/// How long the smaller input is.
const SMALL: usize = 8 << 10;

/// Returns the least time of the processor, of this thread alone, that a piece of work took in three tries.
fn least(work: impl Fn()) -> Duration {
    let now = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap());
    let once = |_| {
        let before = now();
        work();
        now() - before
    };
    (0..3).map(once).min().unwrap()
}

fn d5_time_and_memory_grow_no_faster_than_the_input() {
    let mut worst = (0.0, "none");
    for target in TARGETS {
        for (number, swollen) in target.swollen.iter().enumerate() {
            let (small, large) = (swollen(SMALL), swollen(4 * SMALL));
            let name = format!("{}, swollen {number}", target.name);
            assert!(large.len() > 3 * small.len() && large.len() < 5 * small.len(), "{name}");
            let (short, long) = (least(|| (target.hold)(&small)), least(|| (target.hold)(&large)));
            // Whatever is done in a few milliseconds is no trouble, and too short to be compared.
            let allowed = short * 9 + Duration::from_millis(8);
            assert!(
                long <= allowed,
                "{name}: {short:?} for {SMALL} bytes, {long:?} for four times as many"
            );
            let ratio = long.as_secs_f64() / short.as_secs_f64().max(1e-4);
            if ratio > worst.0 {
                worst = (ratio, target.name);
            }
        }
    }
    eprintln!("D5: four times the bytes cost at most {:.1} times the time ({})", worst.0, worst.1);
}
