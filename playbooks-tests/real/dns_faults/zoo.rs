//! Labs that are unusual and well: nobody cries wolf in them, and a fault is still found.

use super::ground::Ground;
use super::is_whole;
use super::row::Row;
use super::setting::{Benign, Resolver};
use super::table::{Played, judge};
use std::thread;

/// How many seeds each kind of lab is played with: at three resolvers that is 312 runs.
const SEEDS: u64 = 13;

/// What is planted in each of them.
const PLANTED: [Row; 6] = [
    Row::RecordChanged,
    Row::Poisoned,
    Row::OneLame,
    Row::ResolverHung,
    Row::CensoredName,
    Row::Mismatch,
];

/// Each with empty caches: whoever knows nothing yet has the longest way.
pub fn d6_what_is_unusual_is_healthy() {
    let seeds = if is_whole() { SEEDS } else { 1 };
    let resolvers = |place: usize| {
        if is_whole() { Resolver::ALL.to_vec() } else { vec![Resolver::ALL[place % 3]] }
    };
    let played = everywhere(|place, benign| {
        let play = |seed: u64| {
            let mut ground = Ground::start(seed * 8 + place as u64, benign);
            let at = resolvers(place).into_iter();
            at.map(|it| Played::of(&mut ground, Row::Healthy, it)).collect::<Vec<_>>()
        };
        (0..seeds).flat_map(play).collect()
    });
    judge(&played);
}

pub fn d6_a_fault_in_what_is_unusual_is_found() {
    let played = everywhere(|place, benign| {
        let mut ground = Ground::start(100 + place as u64, benign);
        let rows = PLANTED.into_iter().enumerate();
        let mine = rows.filter(|(at, _)| is_whole() || at % 6 == place % 6);
        let at = |at: usize| Resolver::ALL[(place + at) % 3];
        mine.map(|(number, row)| Played::of(&mut ground, row, at(number))).collect()
    });
    judge(&played);
}

/// Plays every kind of lab, two at a time.
fn everywhere(play: impl Fn(usize, Benign) -> Vec<Played> + Sync) -> Vec<Played> {
    let all: Vec<(usize, Benign)> = Benign::ALL.into_iter().enumerate().collect();
    let play = &play;
    thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            let mine: Vec<_> = all.iter().copied().skip(half).step_by(2).collect();
            scope.spawn(move || {
                mine.into_iter().flat_map(|(at, benign)| play(at, benign)).collect::<Vec<_>>()
            })
        });
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    })
}
