//! The fault suite: every row of the table of DNS faults on real servers, at every kind of resolver, called by its name.
//!
//! What must not matter (names, addresses, times to live, algorithms, how many servers of which kinds) is drawn from a
//! seed. Only `--whole` plays it: every row at every resolver over many seeds; it prints the table of `docs/dns.md`, and
//! wants dnsdist, NSD and PowerDNS Recursor.

mod ground;
mod row;
mod serving;
mod setting;
mod signed;

use ground::Ground;
use libtest_mimic::Trial;
use row::Row;
use serde_json::Value;
use setting::{Resolver, Setting};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Returns the trials of the suite.
pub fn trials() -> Vec<Trial> {
    if !WHOLE.load(Ordering::Relaxed) {
        return trials![settings_differ_by_their_seed];
    }
    trials![
        each_row_is_called_by_its_name,
        two_faults_at_once_are_both_named,
        settings_differ_by_their_seed,
    ]
}

static WHOLE: AtomicBool = AtomicBool::new(false);

/// Takes every row at every resolver.
pub fn whole() {
    WHOLE.store(true, Ordering::Relaxed);
}

/// How many seeds the whole suite plays.
const SEEDS: u64 = 6;

/// What came of a row at a resolver.
struct Played {
    row: Row,
    resolver: Resolver,
    setting: String,
    /// The causes, as mode, subject, mechanism.
    said: String,
    /// What the facts say that is not well.
    unwell: String,
}

fn each_row_is_called_by_its_name() {
    let told = thread::scope(|scope| {
        let halves = [0, 1].map(|half| scope.spawn(move || play_whole(half)));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect::<Vec<_>>()
    });
    judge(told);
}

/// Plays every second seed, with every row at every resolver.
fn play_whole(half: u64) -> Vec<Played> {
    let mut played = Vec::new();
    for seed in (half..SEEDS).step_by(2) {
        let mut ground = Ground::start(seed);
        let fitting = Row::ALL.into_iter().filter(|row| row.fits(&ground.setting));
        for row in fitting.collect::<Vec<_>>() {
            played.extend(Resolver::ALL.map(|resolver| Played::of(&mut ground, row, resolver)));
        }
    }
    played
}

/// Prints the table, and fails unless every row was called by its name.
fn judge(played: Vec<Played>) {
    eprintln!("{}", table(&played));
    let wrong: Vec<String> = played.iter().filter(|it| !it.right()).map(Played::told).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Played {
    /// Plants a row, looks, and mends it.
    fn of(ground: &mut Ground, row: Row, resolver: Resolver) -> Played {
        row.plant(ground, resolver);
        let diagnosis = ground.diagnose();
        row.mend(ground);
        let (said, unwell) = (causes(&diagnosis), unwell(&diagnosis));
        Played { row, resolver, setting: ground.setting.told(), said, unwell }
    }

    fn right(&self) -> bool {
        self.said == self.row.cause()
    }

    /// Says what went wrong, for whoever reads a red trial.
    fn told(&self) -> String {
        let Played { row, resolver, setting, said, unwell } = self;
        format!("{} at {}: {said}\n  {setting}\n{unwell}", row.told(), resolver.name())
    }
}

fn causes(diagnosis: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let cause = |cause: &Value| {
        ["failure_mode", "subject", "mechanism"].map(|key| text(&cause[key])).join(" ")
    };
    let causes: Vec<String> = diagnosis["causes"].as_array().unwrap().iter().map(cause).collect();
    match diagnosis["verdict"].as_str() {
        Some("healthy") => String::new(),
        Some("fault") => causes.join(", "),
        other => format!("{other:?}"),
    }
}

fn unwell(diagnosis: &Value) -> String {
    let facts = diagnosis["facts"].as_array().unwrap().iter();
    let told = facts.filter(|fact| fact["truth"] != "unknown").map(|fact| {
        let [truth, kind, subject, because] =
            ["truth", "kind", "subject", "because"].map(|key| fact[key].as_str().unwrap_or("-"));
        format!("  {truth} {kind} {subject}: {because}\n")
    });
    told.collect()
}

/// Writes the table of what was said, as `docs/dns.md` has it.
fn table(played: &[Played]) -> String {
    let resolvers = Resolver::ALL.map(Resolver::name).join(" | ");
    let mut text = format!("| What is broken | Called | {resolvers} |\n|---|---|---|---|---|\n");
    for row in Row::ALL {
        let cause = match row.cause() {
            "" => "healthy".to_owned(),
            cause => format!("`{}`", cause.replace(' ', "` `")),
        };
        let _ = write!(text, "| {} | {cause} |", row.told());
        for resolver in Resolver::ALL {
            let of = played.iter().filter(|it| it.row == row && it.resolver == resolver);
            let (right, wrong): (Vec<_>, Vec<_>) = of.partition(|it| it.right());
            let _ = write!(text, " {} of {} |", right.len(), right.len() + wrong.len());
        }
        text.push('\n');
    }
    text
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

/// How many pairs are played.
const PAIRS: usize = 20;

fn two_faults_at_once_are_both_named() {
    let all = BEHIND.into_iter().flat_map(|one| BEFORE.map(|other| (one, other)));
    let seen = |(one, other): &(Row, Row)| one.can_be_seen_beside(*other);
    let pairs: Vec<(Row, Row)> = all.filter(seen).collect();
    let mut wrong = Vec::new();
    let mut ground = Ground::start(3);
    for place in 0..PAIRS {
        let (one, other) = pairs[place * pairs.len() / PAIRS];
        let resolver = Resolver::ALL[place % 3];
        one.plant(&mut ground, resolver);
        other.plant(&mut ground, resolver);
        let diagnosis = ground.diagnose();
        one.mend(&mut ground);
        other.mend(&mut ground);
        let said = causes(&diagnosis);
        let both: std::collections::BTreeSet<&str> = said.split(", ").collect();
        eprintln!("{} and {} at {}: {said}", one.told(), other.told(), resolver.name());
        if both != [one.cause(), other.cause()].into() {
            let (one, other) = (one.told(), other.told());
            wrong.push(format!("{one} and {other}: {said}\n{}", unwell(&diagnosis)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
