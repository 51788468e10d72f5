//! What came of each row, and the table of it.

use super::ground::Ground;
use super::is_whole;
use super::row::Row;
use super::setting::Resolver;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// A verdict comes after one target's budget, however many targets are at fault.
const LATEST: Duration = Duration::from_millis(1050 + 300);

/// How often a verdict that came late is timed anew: on a busy machine one is late, and what is slow is late every time.
const AGAIN: usize = 4;

/// What came of a row at a resolver.
pub struct Played {
    row: Row,
    resolver: Resolver,
    setting: String,
    wanted: BTreeSet<String>,
    said: BTreeSet<String>,
    /// The fact that must be true besides, where it is not.
    missed: Option<&'static str>,
    took: Duration,
    /// It came too late, each time.
    late: bool,
    diagnosis: Value,
}

impl Played {
    /// Plants a row, looks, and mends it.
    pub fn of(ground: &mut Ground, row: Row, resolver: Resolver) -> Played {
        row.plant(ground, resolver);
        let (diagnosis, mut took) = timed(ground);
        for _ in 0..AGAIN {
            if took > LATEST {
                took = took.min(timed(ground).1);
            }
        }
        row.mend(ground);
        let setting = format!("{}, {}", ground.setting.told(), ground.benign.told());
        let (wanted, said) = (row.causes(&ground.setting), causes(&diagnosis));
        let missed = row.tell(&ground.setting, resolver).filter(|kind| !is_true(&diagnosis, kind));
        let late = took > LATEST;
        Played { row, resolver, setting, wanted, said, missed, took, late, diagnosis }
    }

    pub fn right(&self) -> bool {
        self.said == self.wanted && self.missed.is_none()
    }

    /// Says what went wrong, for whoever reads a red trial.
    pub fn told(&self) -> String {
        let Played { row, resolver, setting, said, missed, .. } = self;
        let missed = missed.map_or(String::new(), |kind| format!("; {kind} is not true"));
        let (row, resolver) = (row.told(), resolver.name());
        format!("{row} at {resolver}: {said:?}{missed}\n  {setting}\n{}", told(&self.diagnosis))
    }

    fn told_late(&self) -> String {
        let Played { row, resolver, setting, took, .. } = self;
        format!("{} at {}: after {took:.2?}; {setting}", row.told(), resolver.name())
    }
}

fn timed(ground: &Ground) -> (Value, Duration) {
    let started = Instant::now();
    let diagnosis = ground.diagnose();
    (diagnosis, started.elapsed())
}

fn is_true(diagnosis: &Value, kind: &str) -> bool {
    let mut facts = diagnosis["facts"].as_array().unwrap().iter();
    facts.any(|fact| fact["kind"] == kind && fact["truth"] == "true")
}

/// Returns the causes of a diagnosis as mode, subject, mechanism; another word where it names none.
pub fn causes(diagnosis: &Value) -> BTreeSet<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let cause = |cause: &Value| {
        ["failure_mode", "subject", "mechanism"].map(|key| text(&cause[key])).join(" ")
    };
    match diagnosis["verdict"].as_str() {
        Some("healthy") => BTreeSet::new(),
        Some("fault") => diagnosis["causes"].as_array().unwrap().iter().map(cause).collect(),
        other => BTreeSet::from([format!("{other:?}")]),
    }
}

/// Lists what is known.
pub fn told(diagnosis: &Value) -> String {
    let facts = diagnosis["facts"].as_array().unwrap().iter();
    let told = facts.filter(|fact| fact["truth"] != "unknown").map(|fact| {
        let [truth, kind, subject, because] =
            ["truth", "kind", "subject", "because"].map(|key| fact[key].as_str().unwrap_or("-"));
        format!("  {truth} {kind} {subject}: {because}\n")
    });
    told.collect()
}

/// Fails unless every row was called by its name, and, where nothing else is going on, in time.
pub fn judge(played: &[Played]) {
    let wrong: Vec<String> = played.iter().filter(|it| !it.right()).map(Played::told).collect();
    let late: Vec<String> = played.iter().filter(|it| it.late).map(Played::told_late).collect();
    let right = played.len() - wrong.len();
    eprintln!("{right} of {} right, {} late", played.len(), late.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!is_whole() || late.is_empty(), "{}", late.join("\n"));
}

/// Writes the table of what was said, as `docs/dns.md` has it.
pub fn table(played: &[Played]) -> String {
    let resolvers = Resolver::ALL.map(Resolver::name).join(" | ");
    let mut text =
        format!("| What is broken | Called | {resolvers} | Latest |\n|---|---|---|---|---|---|\n");
    for row in Row::ALL {
        let cause = match row.cause() {
            "" => "healthy".to_owned(),
            cause => format!("`{}`", cause.replace(' ', "` `")),
        };
        let _ = write!(text, "| {} | {cause} |", row.told());
        let mut latest = Duration::ZERO;
        for resolver in Resolver::ALL {
            let of = played.iter().filter(|it| it.row == row && it.resolver == resolver);
            let (right, wrong): (Vec<_>, Vec<_>) = of.partition(|it| it.right());
            let _ = write!(text, " {} of {} |", right.len(), right.len() + wrong.len());
            latest = right.iter().chain(&wrong).map(|it| it.took).fold(latest, Duration::max);
        }
        let _ = writeln!(text, " {:.2} s |", latest.as_secs_f64());
    }
    text
}
