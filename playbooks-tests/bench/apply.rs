//! Five hundred changes in a zone of ten thousand records at one PowerDNS: `zone snapshot`, a commit, `plan` and `run` beside
//! octoDNS, as `bench/apply.sh` runs them.
//!
//! Both make the same changes, in turn. Ours looks before and after, keeps a journal and asks the server for every
//! changed name over UDP and TCP; octoDNS reads, plans and writes. After each the server is asked by the trial.

mod ground;
mod tree;

use std::time::Duration;

use libtest_mimic::Trial;

use ground::Ground;
use tree::Cost;

/// Returns the benchmark; there is none where nobody says which octoDNS it is held against. Whoever traces the program
/// (`bench/order.sh`) has it played once.
pub fn trials() -> Vec<Trial> {
    let asked = |name| std::env::var_os(name).is_some();
    match (asked("OCTODNS"), asked("TRACED")) {
        (true, _) => trials![ten_times_as_fast_as_octodns_in_a_fifth_of_its_memory],
        (false, true) => trials![an_incident_is_played],
        (false, false) => Vec::new(),
    }
}

/// How many records the zone has, and how many of them change each time.
const RECORDS: usize = 10_000;
const CHANGES: usize = 500;

/// The numbers of workers that octoDNS is tried with, how often each, and how often the best is played against ours.
const WORKERS: [u32; 4] = [1, 2, 4, 8];
const TRIED: usize = 2;
const PLAYED: usize = 5;

fn ten_times_as_fast_as_octodns_in_a_fifth_of_its_memory() {
    let mut ground = Ground::set();
    let bare = median((0..PLAYED).map(|_| ground.octodns_starts()).collect());
    eprintln!("octodns-sync --version, its start-up alone: {}", bare.shown());
    let mut tried = Vec::new();
    for workers in WORKERS {
        let cost = median((0..TRIED).map(|_| ground.octodns(workers)).collect());
        eprintln!("octodns, max_workers {workers}: {}", cost.shown());
        tried.push((cost.wall, workers));
    }
    let (_, best) = *tried.iter().min().unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..PLAYED {
        ours.push(ground.lifeboat());
        theirs.push(ground.octodns(best));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    eprintln!("lifeboat, snapshot to proof: {}", ours.shown());
    eprintln!("octodns, max_workers {best}: {}", theirs.shown());
    let (faster, smaller) = (
        theirs.wall.as_secs_f64() / ours.wall.as_secs_f64(),
        theirs.peak as f64 / ours.peak as f64,
    );
    let without = theirs.wall.saturating_sub(bare.wall).as_secs_f64() / ours.wall.as_secs_f64();
    eprintln!(
        "{faster:.1} times as fast, {without:.1} without its start-up; 1/{smaller:.1} of the memory"
    );
    assert!(ours.wall < Duration::from_secs(60) && faster >= 10.0, "less than ten times as fast");
    assert!(smaller >= 5.0, "more than a fifth of the memory");
}

fn an_incident_is_played() {
    let mut ground = Ground::set();
    ground.diagnose();
    ground.lifeboat();
}

/// Returns the run in the middle by time, with the most memory that any of them had.
fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.wall);
    let peak = costs.iter().map(|cost| cost.peak).max().unwrap();
    Cost { peak, ..costs[costs.len() / 2] }
}
