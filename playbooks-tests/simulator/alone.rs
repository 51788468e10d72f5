//! The simulator as a program of its own: `whole SEEDS` holds the shipped engine against everything, `hunt SEEDS`
//! looks for the first seeds that catch a mutant, `tell SEED` tells what happens in one.

use std::collections::BTreeMap;
use std::process::ExitCode;

use crate::simulator::fate::{EVERYWHERE, ROWS, WEATHER, word};
use crate::simulator::rows::{self, Row};
use crate::simulator::sample::{PANICKED, play};
use crate::simulator::schedule::seed;
use crate::simulator::tally::Tally;

/// How many seeds are played before a rate is told.
const BLOCK: u64 = 2_000;

/// From how many seeds on everything that may be met must be.
const ENOUGH: u64 = 1_000_000;

/// How many of a hundred schedules must be distinct.
const DISTINCT: f64 = 90.0;

pub fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().collect();
    let seeds: u64 = words[2].parse().unwrap();
    match words[1].as_str() {
        "whole" => whole(seeds),
        "tell" => tell(seeds),
        _ => hunt(seeds),
    }
}

fn whole(seeds: u64) -> ExitCode {
    let tally = play(1..seeds + 1);
    for line in tally.report() {
        println!("{line}");
    }
    let gaps = gaps(&tally);
    let mut wrong = Vec::new();
    if seeds >= ENOUGH {
        wrong.extend(gaps);
    } else {
        gaps.iter().for_each(|gap| println!("{gap}"));
    }
    wrong.extend(tally.broken.iter().take(5).map(|(seed, why)| format!("seed {seed}: {why}")));
    if tally.distinct() < DISTINCT {
        wrong.push("too few schedules are distinct".to_owned());
    }
    for line in &wrong {
        println!("WRONG {line}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell(number: u64) -> ExitCode {
    let mut tally = Tally { story: Some(Vec::new()), ..Tally::default() };
    let broken = seed(number, &mut tally);
    for line in tally.story.into_iter().flatten() {
        println!("{line}");
    }
    println!("seed {number}: {}", broken.unwrap_or("no promise is broken"));
    ExitCode::from(u8::from(broken.is_some()))
}

fn hunt(seeds: u64) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let mut met = Tally::default();
    while met.seeds < seeds {
        let played = met.seeds;
        met.add(play(played + 1..played + BLOCK + 1));
        met.seeds = played + BLOCK;
        met.broken.retain(|(_, why)| *why != PANICKED);
        if !met.broken.is_empty() {
            break;
        }
    }
    let whys: Vec<String> =
        whys(&met).into_iter().map(|(why, times)| format!("{why} ({times})")).collect();
    let first = met.broken.first().map_or(0, |(seed, _)| *seed);
    println!("{first}\t{}\t{}\t{}", met.broken.len(), met.seeds, whys.join(", "));
    ExitCode::SUCCESS
}

/// Counts each promise that was broken.
fn whys(tally: &Tally) -> BTreeMap<&'static str, u64> {
    let mut whys = BTreeMap::new();
    for (_, why) in &tally.broken {
        *whys.entry(*why).or_default() += 1;
    }
    whys
}

/// Returns what was never met, and what was met and is not declared.
fn gaps(tally: &Tally) -> Vec<String> {
    let (missing, strange) = rows::compare(&tally.rows);
    let pairs = pairs();
    let unmet = pairs.iter().filter(|pair| !tally.pairs.contains_key(*pair));
    let line = |word: &str, (a, b, c): &Row| format!("{word}: {a} · {b} · {c}");
    let rows = missing.iter().map(|row| line("row never met", row));
    let strange = strange.iter().map(|row| line("row not declared", row));
    rows.chain(strange).chain(unmet.map(|pair| line("fault never met", pair))).collect()
}

/// Returns every kind of step with every output and every fate that it may meet there.
fn pairs() -> Vec<Row> {
    let mut pairs = Vec::new();
    for (kind, steps, fates) in ROWS {
        for step in *steps {
            pairs.extend(fates.iter().map(|fate| (*step, *kind, word(*fate))));
        }
    }
    for step in EVERYWHERE {
        pairs.extend(WEATHER.iter().map(|(_, word)| (*step, "weather", *word)));
    }
    pairs
}
