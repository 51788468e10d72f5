//! Whatever hangs, every command ends by its deadline and half a second.
//!
//! What counts is the time that a command is asleep (`Metered::asleep`): what it runs, and what it stands in a queue
//! for a processor, is the machine's. It runs on one thread, so that this thread's queue is its own. A command that
//! is late is tried again: what hangs is late each time, and a machine that stumbles is not.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;

use super::hanging::Hanging;
use super::roster;
use super::scene::Scene;
use crate::metered::{self, Metered};

pub fn trials() -> Vec<Trial> {
    trials![d2_every_command_ends_by_its_deadline]
}

/// The deadline that each command is given, and what it may be late.
const DEADLINE: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_millis(500);

/// How often a command is tried.
const TRIES: usize = 3;

/// How many commands run at once: they wait more than they work.
const AT_ONCE: usize = 4;

/// Runs every command in a scene, under another program where there is one; prints and holds the figures.
#[track_caller]
pub fn every_command(scene: &Scene, under: &[&str]) {
    hold(scene, under, roster::every(), 8, |_| ());
}

/// Runs some commands, each of which meets what hangs, in folders that are altered before.
#[track_caller]
pub fn commands(scene: &Scene, under: &[&str], names: &[&str], alter: impl Fn(&Path) + Sync) {
    let named = |call: &roster::Call| names.contains(&call.name.as_str());
    hold(scene, under, roster::every().into_iter().filter(named).collect(), names.len(), alter);
}

#[track_caller]
fn hold(
    scene: &Scene,
    under: &[&str],
    calls: Vec<roster::Call>,
    least: usize,
    alter: impl Fn(&Path) + Sync,
) {
    let wanted = calls.len();
    let (calls, slept) = (Mutex::new(VecDeque::from(calls)), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(call) = calls.lock().unwrap().pop_front() else { return };
                    let ran = tried(scene, under, &call, &alter);
                    slept.lock().unwrap().push((ran.asleep(), call.name, ran));
                }
            });
        }
    });
    let mut slept = slept.into_inner().unwrap();
    slept.sort_by_key(|(asleep, ..)| *asleep);
    let late: Vec<String> = slept
        .iter()
        .filter(|(asleep, _, ran)| *asleep > DEADLINE + LATE || !ended(ran))
        .map(|(asleep, name, ran)| format!("{name}: {asleep:?} asleep, {}", ran.everything()))
        .collect();
    let waited = slept.iter().filter(|(asleep, ..)| *asleep > DEADLINE / 4).count();
    let last = slept.last().map(|(asleep, name, _)| format!("{asleep:?} ({name})"));
    eprintln!(
        "D2: {wanted} commands, deadline {DEADLINE:?}; {waited} of them met what hangs; at most {} asleep",
        last.unwrap_or_default()
    );
    assert!(late.is_empty(), "{} of {wanted} are late:\n{}", late.len(), late.join("\n\n"));
    assert!(slept.len() == wanted && waited >= least, "{waited} of {} waited", slept.len());
}

/// Tells whether a command came to an end of its own, and not by a mistake of the program.
fn ended(ran: &Metered) -> bool {
    ran.code.is_some_and(|code| code != 1 && code < 100)
}

fn tried(scene: &Scene, under: &[&str], call: &roster::Call, alter: &impl Fn(&Path)) -> Metered {
    let mut best: Option<Metered> = None;
    for _ in 0..TRIES {
        let folder = scene.folder(call);
        alter(folder.path());
        let home = folder.path().to_str().unwrap();
        let path = std::env::var("PATH").unwrap();
        let environment =
            [("HOME", home), ("PATH", &path), ("USER", "operator"), ("LIFEBOAT_THREADS", "1")];
        let mut words = call.of(scene.rig.short());
        words.extend(["--deadline".to_owned(), format!("{}ms", DEADLINE.as_millis())]);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = metered::run_under(under, folder.path(), &environment, &words);
        let in_time = ended(&ran) && ran.asleep() <= DEADLINE + LATE;
        if best.as_ref().is_none_or(|best| ran.asleep() < best.asleep() || !ended(best)) {
            best = Some(ran);
        }
        if in_time {
            break;
        }
    }
    best.unwrap()
}

fn d2_every_command_ends_by_its_deadline() {
    let hanging = Hanging::set(Ipv4Addr::LOCALHOST.into(), |_| ());
    every_command(&hanging.scene, &[]);
    hanging.silence.all_met();
}
