//! Time grows as the input does: eight times the bytes cost about eight times the time, not sixty-four times.

use std::time::Duration;

use libtest_mimic::Trial;
use nix::time::{ClockId, clock_gettime};

use super::targets::TARGETS;

/// Returns the trials of growth.
pub fn trials() -> Vec<Trial> {
    trials![d5_time_and_memory_grow_no_faster_than_the_input]
}

/// How long the smaller input is.
const SMALL: usize = 4 << 10;

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
            let (small, large) = (swollen(SMALL), swollen(8 * SMALL));
            let name = format!("{}, swollen {number}", target.name);
            assert!(large.len() > 6 * small.len() && large.len() < 9 * small.len(), "{name}");
            let (short, long) = (least(|| (target.hold)(&small)), least(|| (target.hold)(&large)));
            // Whatever is done in a few milliseconds is no trouble, and too short to be compared.
            let allowed = short * 24 + Duration::from_millis(20);
            assert!(
                long <= allowed,
                "{name}: {short:?} for {SMALL} bytes, {long:?} for eight times as many"
            );
            let ratio = long.as_secs_f64() / short.as_secs_f64().max(1e-4);
            if ratio > worst.0 {
                worst = (ratio, target.name);
            }
        }
    }
    eprintln!("D5: eight times the bytes cost at most {:.1} times the time ({})", worst.0, worst.1);
}
