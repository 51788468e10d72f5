//! The one test binary: whole behaviours as named trials, beside the unit tests in `src/`.
//!
//! Each module offers `pub fn trials() -> Vec<Trial>`, its names prefixed with the module's.
//! `--real` runs the trials of the real-server suite (see `real.sh`) and no others, `--bench` the benchmarks,
//! `--simulate [SEEDS]` the whole simulation of the engine (see `simulator/whole.rs`); `--whole` takes every case of the
//! kill sweep and of the DNS fault suite instead of a sample.

#![expect(
    clippy::disallowed_methods,
    reason = "trials read the tree, start processes and play servers"
)]
#![expect(clippy::print_stderr, reason = "a trial that fails shows what its daemons said")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "trials match the open enums of test libraries"
)]
#![expect(clippy::unwrap_used, reason = "a broken assumption fails its trial")]

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

/// Turns plain functions, which panic to fail, into trials named after their module.
macro_rules! trials {
    ($($trial:ident),* $(,)?) => {
        vec![$({
            let module = module_path!().split_once("::").map_or("house", |(_, module)| module);
            $crate::pace::trial(format!("{module}::{}", stringify!($trial)), $trial)
        }),*]
    };
}

mod actions;
mod approvals;
mod bench;
mod bulk;
mod child;
mod commands;
mod contracts;
mod decoders;
mod diagnosis;
mod documents;
mod doors;
mod drills;
mod fuzzing;
mod journals;
mod laws;
mod layers;
mod locks;
mod manners;
mod metered;
mod pace;
mod plans;
mod probes;
mod promises;
mod readiness;
mod real;
mod rehearsals;
mod repository;
mod secrets;
mod services;
mod signals;
mod signatures;
mod simulator;
mod standins;
mod supply;
mod trackers;
mod trust;
mod types;
mod words;
mod worlds;
mod zones;

/// The trials that need nothing but loopback.
fn trials() -> Vec<Trial> {
    let mut all: Vec<Trial> = [
        actions::trials(),
        approvals::trials(),
        bulk::trials(),
        commands::trials(),
        contracts::trials(),
        decoders::trials(),
        diagnosis::trials(),
        documents::trials(),
        doors::trials(),
        drills::trials(),
        fuzzing::trials(),
        journals::trials(),
        laws::trials(),
        layers::trials(),
        locks::trials(),
        manners::trials(),
        plans::trials(),
        probes::trials(),
        readiness::trials(),
        rehearsals::trials(),
        repository::trials(),
        secrets::trials(),
        services::trials(),
        signals::trials(),
        signatures::trials(),
        simulator::trials(),
        standins::trials(),
        supply::trials(),
        trackers::trials(),
        trust::trials(),
        types::trials(),
        worlds::trials(),
        words::trials(),
        zones::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    let simulated = simulator::whole::trials(simulator::whole::SEEDS);
    let others = all
        .iter()
        .chain(&real::trials())
        .chain(&simulated)
        .map(|it| it.name().to_owned())
        .collect();
    all.extend(promises::trials(others));
    all
}

/// Takes a flag of this binary's own out of the arguments.
fn take(arguments: &mut Vec<String>, flag: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|argument| argument != flag);
    arguments.len() < before
}

/// Takes `--simulate`, and the number of seeds that may follow it, out of the arguments.
fn simulated(arguments: &mut Vec<String>) -> Option<u64> {
    let at = arguments.iter().position(|argument| argument == "--simulate")?;
    arguments.remove(at);
    let seeds = arguments.get(at).and_then(|argument| argument.parse().ok());
    if seeds.is_some() {
        arguments.remove(at);
    }
    Some(seeds.unwrap_or(simulator::whole::SEEDS))
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().collect();
    if take(&mut arguments, "--bench-child") {
        return bench::child();
    }
    if take(&mut arguments, "--http-child") {
        return doors::floods::child();
    }
    if take(&mut arguments, "--words-child") {
        return words::bombs::child();
    }
    if take(&mut arguments, "--lock-child") {
        return locks::child::run(&arguments[1..]);
    }
    if take(&mut arguments, "--ready-world") {
        return readiness::world::run(&arguments[1..]);
    }
    if take(&mut arguments, "--naive-child") {
        return real::sweep::naive_child();
    }
    if take(&mut arguments, "--metered-child") {
        return metered::child(&arguments[1..]);
    }
    if take(&mut arguments, "--whole") {
        real::sweep::whole();
        real::dns_faults::whole();
        real::dual::whole();
    }
    let bench = take(&mut arguments, "--bench");
    let real = take(&mut arguments, "--real");
    let wants = if real { real::needs::wants() } else { Vec::new() };
    if !wants.is_empty() {
        eprintln!("the real-server suite cannot start:\n{}", wants.join("\n"));
        return ExitCode::FAILURE;
    }
    let seeds = simulated(&mut arguments);
    let chosen = match (bench, real, seeds) {
        (true, ..) => bench::trials(),
        (false, true, _) => real::trials(),
        (false, false, Some(seeds)) => simulator::whole::trials(seeds),
        (false, false, None) => trials(),
    };
    let mut arguments = Arguments::from_iter(arguments);
    if bench || seeds.is_some() {
        arguments.test_threads = Some(1);
    } else if !real {
        // Many trials wait more than they work.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        arguments.test_threads = arguments.test_threads.or(Some(2 * cores));
    }
    let conclusion = libtest_mimic::run(&arguments, chosen);
    pace::tell();
    conclusion.exit_code()
}
