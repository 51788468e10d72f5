//! The fault suite: every row of the table of DNS faults on real servers, at every kind of resolver, called by its name;
//! and the zoo: labs that are unusual and well, in which nobody cries wolf, and a fault is still found.
//!
//! What must not matter (names, addresses, times to live, algorithms, how many servers of which kinds) is drawn from a
//! seed. `--whole` plays every row at every resolver over many seeds, and prints the table of `docs/dns.md`.

mod ground;
mod plant;
mod row;
mod serving;
mod setting;
pub mod signed;
mod table;
mod texts;
mod zoo;

use ground::Ground;
use libtest_mimic::Trial;
use row::Row;
use setting::{Benign, Resolver, Setting};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use table::Played;
use zoo::{d6_a_fault_in_what_is_unusual_is_found, d6_what_is_unusual_is_healthy};

/// Returns the trials of the suite.
pub fn trials() -> Vec<Trial> {
    trials![
        d6_each_row_is_called_by_its_name,
        d6_two_faults_at_once_are_both_named,
        d6_what_is_unusual_is_healthy,
        d6_a_fault_in_what_is_unusual_is_found,
        settings_differ_by_their_seed,
    ]
}

static WHOLE: AtomicBool = AtomicBool::new(false);

/// Takes every row at every resolver.
pub fn whole() {
    WHOLE.store(true, Ordering::Relaxed);
}

/// Tells whether everything is played.
pub fn is_whole() -> bool {
    WHOLE.load(Ordering::Relaxed)
}

/// How many seeds the whole suite plays.
const SEEDS: u64 = 6;

/// The seeds of a sample, of which a row is played at one resolver in one of them.
const SAMPLE: [u64; 2] = [0, 3];

fn d6_each_row_is_called_by_its_name() {
    let seeds: Vec<u64> = if is_whole() { (0..SEEDS).collect() } else { SAMPLE.to_vec() };
    let played = thread::scope(|scope| {
        let halves = [0, 1].map(|half| {
            let mine: Vec<u64> = seeds.iter().copied().skip(half).step_by(2).collect();
            scope.spawn(move || mine.into_iter().flat_map(play).collect::<Vec<_>>())
        });
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect::<Vec<_>>()
    });
    eprintln!("{}", table::table(&played));
    table::judge(&played);
}

/// Plays the rows of a seed: all, at every resolver; in a sample every fourth, at one.
fn play(seed: u64) -> Vec<Played> {
    let mut ground = Ground::start(seed, Benign::Nothing);
    let all = Row::ALL.into_iter().enumerate().flat_map(|(place, row)| {
        let one = usize::try_from(seed).unwrap() % 4 == place % 4;
        let resolvers = match (is_whole(), one) {
            (true, _) => Resolver::ALL.to_vec(),
            (false, true) => vec![Resolver::ALL[place / 4 % 3]],
            (false, false) => Vec::new(),
        };
        resolvers.into_iter().map(move |resolver| (row, resolver))
    });
    let fitting: Vec<_> = all.filter(|(row, _)| row.fits(&ground.setting)).collect();
    fitting.into_iter().map(|(row, resolver)| Played::of(&mut ground, row, resolver)).collect()
}

/// Faults of servers, and faults of resolvers and APIs, that can stand beside each other.
const BEHIND: [Row; 6] = [
    Row::OneLame,
    Row::StrangerLame,
    Row::Mismatch,
    Row::RecordChanged,
    Row::StandbyChanged,
    Row::AllLame,
];
const BEFORE: [Row; 5] =
    [Row::ResolverClosed, Row::ResolverHung, Row::Poisoned, Row::CensoredName, Row::ApiHung];

/// How many pairs are played, and the seeds of their labs, which take turns.
const PAIRS: usize = 20;
const SEEDS_OF_PAIRS: [u64; 4] = [4, 0, 2, 3];

fn d6_two_faults_at_once_are_both_named() {
    let all = BEHIND.into_iter().flat_map(|one| BEFORE.map(|other| (one, other)));
    let seen = |(one, other): &(Row, Row)| one.can_be_seen_beside(*other);
    let pairs: Vec<(Row, Row)> = all.filter(seen).collect();
    let count = if is_whole() { PAIRS } else { 2 };
    let chosen: Vec<(usize, (Row, Row))> =
        (0..count).map(|place| (place, pairs[place * pairs.len() / count])).collect();
    let mut wrong = Vec::new();
    for (mine, seed) in chosen.chunks(PAIRS / SEEDS_OF_PAIRS.len()).zip(SEEDS_OF_PAIRS) {
        let mut ground = Ground::start(seed, Benign::Nothing);
        wrong.extend(mine.iter().filter_map(|(place, pair)| mistaken(&mut ground, *place, *pair)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Plants two faults, looks, and mends them; returns what was wrong.
fn mistaken(ground: &mut Ground, place: usize, (one, other): (Row, Row)) -> Option<String> {
    let resolver = Resolver::ALL[place % 3];
    one.plant(ground, resolver);
    other.plant(ground, resolver);
    let diagnosis = ground.diagnose();
    one.mend(ground);
    other.mend(ground);
    let said = table::causes(&diagnosis);
    let what = format!("{} and {} at {}", one.told(), other.told(), resolver.name());
    eprintln!("{what}: {said:?}");
    let both: BTreeSet<String> = [one, other].map(|row| row.cause().to_owned()).into();
    (said != both).then(|| format!("{what}: {said:?}\n{}", table::told(&diagnosis)))
}

/// The seeds are worth something only while they lead to different labs.
fn settings_differ_by_their_seed() {
    let settings: Vec<Setting> = (0..SEEDS).map(Setting::of).collect();
    let count = |of: &dyn Fn(&Setting) -> String| {
        settings.iter().map(of).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert!(count(&|it| it.zone.clone()) >= 4, "{settings:#?}");
    assert!(count(&|it| format!("{:?}", it.servers)) >= 3, "{settings:#?}");
    assert!(count(&|it| format!("{:?}", it.signing)) >= 3, "{settings:#?}");
    for both in [&|it: &Setting| it.inside, &|it: &Setting| it.ede, &|it: &Setting| it.both]
        as [&dyn Fn(&Setting) -> bool; 3]
    {
        assert_eq!(count(&|it| both(it).to_string()), 2, "{settings:#?}");
    }
}
