//! A hundred thousand names of one real name server: `lifeboat zone ask` beside massdns, as `bench/bulk.sh` runs it.
//!
//! The server has one core, whoever asks the other. What counts are right answers in the printed output, by the second
//! and by the second of processor time (user and system) that the asking process took.

mod figures;
mod ground;

use std::time::Duration;

use libtest_mimic::Trial;

use figures::{Run, best, median, table};
use ground::Ground;

/// Returns the benchmarks; there are none where nobody says which massdns they are held against.
pub fn trials() -> Vec<Trial> {
    if std::env::var_os("MASSDNS").is_none() {
        return Vec::new();
    }
    trials![as_many_right_answers_as_massdns, as_many_where_one_packet_in_fifty_is_lost]
}

/// How many names there are; one in a hundred is marked.
const NAMES: usize = 100_000;

/// massdns' settings: without loss its defaults, and what keeps the server's queue from overflowing.
const SETTINGS: &[&str] = &[
    "-s 10000",
    "-s auto",
    "-s 1000 -i 50",
    "-s 500",
    "-s 500 -i 20",
    "-s 250",
    "-s 250 -i 20",
    "-s 250 -i 20 --socket-count 4",
    "-s 250 -i 20 --busy-poll",
    "-s 250 --processes 2",
    "-s 120 -i 20",
    "-s 60 -i 20",
];

/// The same where packets get lost: whoever waits long for what is lost is late.
const LOSSY: &[&str] = &[
    "-s 10000",
    "-s auto",
    "-s 2000 -i 50",
    "-s 1000 -i 50",
    "-s 1000 -i 20",
    "-s 500 -i 50",
    "-s 500 -i 20",
    "-s 500 -i 10",
    "-s 250 -i 20",
    "-s 250 -i 10",
    "-s 250 -i 5",
    "-s 250 -i 10 --busy-poll",
];

/// How often each setting is tried, and how often the best ones are played against `zone ask`, in turn.
const TRIED: usize = 2;
const PLAYED: usize = 9;

fn as_many_right_answers_as_massdns() {
    compare(SETTINGS, false);
}

fn as_many_where_one_packet_in_fifty_is_lost() {
    compare(LOSSY, true);
}

fn compare(settings: &[&'static str], lossy: bool) {
    let ground = Ground::set();
    eprintln!("{}", ground.bound());
    if lossy {
        ground.lose_one_in_fifty();
    }
    let mut tried = Vec::new();
    for setting in settings {
        let runs: Vec<Run> = (0..TRIED).map(|_| ground.massdns(setting)).collect();
        eprintln!("massdns {setting}: {}", table(&runs));
        tried.push((*setting, median(&runs)));
    }
    let fastest = best(&tried, |run| run.per_second());
    let cheapest = best(&tried, |run| run.per_cpu_second());
    let (mut ours, mut fast, mut cheap) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PLAYED {
        ours.push(ground.zone_ask());
        fast.push(ground.massdns(fastest));
        cheap.push(ground.massdns(cheapest));
    }
    eprintln!("zone ask: {}", table(&ours));
    eprintln!("massdns {fastest}, the fastest: {}", table(&fast));
    eprintln!("massdns {cheapest}, the cheapest: {}", table(&cheap));
    let (own, fast, cheap) = (median(&ours), median(&fast), median(&cheap));
    assert!(ours.iter().all(|run| run.marked == NAMES / 100), "marked names were missed");
    assert!(own.lost <= fast.lost.min(cheap.lost), "more are lost");
    assert!(own.per_second() >= fast.per_second(), "fewer a second");
    assert!(own.per_cpu_second() >= cheap.per_cpu_second(), "fewer a second of processor time");
    assert!(ours.iter().all(|run| run.wall < Duration::from_secs(20)));
    ground.compare_with_the_roll();
}
