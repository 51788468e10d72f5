//! How long lint takes over 1,000 runbooks that are held against an estate and each other.

use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use lifeboat::document::{self, Source, Workspace};

use crate::documents::tree;

/// Returns the benchmark.
pub fn trials() -> Vec<Trial> {
    trials![a_thousand_runbooks_are_linted_in_a_second]
}

/// So many runbooks are linted …
const MANY: usize = 1_000;
/// … so many times; the median counts.
const ROUNDS: usize = 9;
/// What a release build may take.
const MOST: Duration = Duration::from_secs(1);

fn a_thousand_runbooks_are_linted_in_a_second() {
    let workspace = workspace(MANY);
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| timed(&workspace)).collect();
    times.sort();
    let median = times[ROUNDS / 2];
    let bytes: usize = workspace.runbooks.iter().map(|source| source.text.len()).sum();
    eprintln!("lint of {MANY} runbooks, {} KiB: {median:?}", bytes / 1_024);
    assert!(cfg!(debug_assertions) || median <= MOST, "it took {median:?}");
}

/// Lints everything once; returns how long it took.
fn timed(workspace: &Workspace) -> Duration {
    let before = Instant::now();
    let faults = document::lint(workspace);
    let took = before.elapsed();
    assert!(faults.is_empty(), "the runbooks of the benchmark are clean:\n{faults}");
    took
}

/// Makes many runbooks of the shipped ones, each with an id of its own.
fn workspace(many: usize) -> Workspace {
    let (_, mut workspace) = tree::shipped().pop().expect("documents are shipped");
    let shipped = std::mem::take(&mut workspace.runbooks);
    workspace.scenarios.clear();
    workspace.runbooks = (0..many)
        .map(|at| {
            let one = &shipped[at % shipped.len()];
            let lines = one.text.lines().map(|line| match line.strip_prefix("id: ") {
                Some(id) if at >= shipped.len() => format!("id: {id}-{at}\n"),
                _ => format!("{line}\n"),
            });
            Source::new(format!("runbooks/{at}.yaml"), lines.collect::<String>())
        })
        .collect();
    workspace
}
