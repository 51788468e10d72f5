//! A provider that carries a request out late, after its sender was killed, or gave it up.

use super::case::Course;
use super::slot::Slot;
use super::subject::Held;
use super::trace::{Boundary, inject};
use crate::real::tap::{Fate, Seen};
use crate::real::until::{STARTUP, until};
use nix::sys::signal::Signal;
use std::path::Path;
use std::time::Duration;

/// How long one request may take, by the plan.
pub const REQUEST: Duration = Duration::from_secs(10);

/// When the sender is killed.
#[derive(Clone, Debug)]
pub enum Kill {
    /// Never: it gives the request up.
    Never,
    /// Once the write to a subject has arrived whole.
    Arrived(usize),
    /// At a call of the kernel, with what has left by then on its way.
    At(Boundary),
}

/// What a late case came to.
pub struct Landed {
    /// Whether a request was carried out when its sender was gone, or had given it up.
    pub late: bool,
    pub faults: Vec<String>,
}

/// Kills, or does not, with every first write carried out so late, and takes the run up.
pub fn land(slot: &Slot<'_>, course: &Course, kill: &Kill, lateness: Duration) -> Landed {
    course.restore(slot);
    let zero = slot.zero(&course.moving);
    let taps = || course.moving.iter().map(|subject| slot.subjects[*subject].tap());
    taps().for_each(|tap| tap.fate(Fate::Late(lateness)));
    killed(slot, course, kill);
    // Only what has left already is late; what the next process sends is not.
    taps().filter(|_| !matches!(kill, Kill::Never)).for_each(|tap| tap.keep_no_fate());
    let mut faults = Vec::new();
    let ran = course.call(slot).run();
    if ran.code != course.code {
        faults.push(format!("it ended with {}\n{}", ran.code, ran.everything()));
    }
    slot.idle();
    for (subject, zero) in course.moving.iter().zip(&zero) {
        let subject = &slot.subjects[*subject];
        let (effects, value) = (subject.effects() - zero, subject.value());
        if effects != 1 || value != Some(course.to) {
            faults.push(format!("{} holds {value:?} after {effects} effects", subject.step()));
        }
    }
    let late = taps().any(|tap| tap.landed_alone());
    let faults = faults.into_iter().map(|fault| format!("{kill:?}, {lateness:?} late: {fault}"));
    Landed { late, faults: faults.collect() }
}

fn killed(slot: &Slot<'_>, course: &Course, kill: &Kill) {
    match kill {
        Kill::Never => {}
        Kill::Arrived(at) => {
            let tap = slot.subjects[course.moving[*at]].tap();
            // However slow this machine is, its sender is gone before it lands.
            tap.hold();
            let running = course.call(slot).start();
            let arrived = || tap.seen().contains(&Seen::Write).then_some(());
            // What comes before it may be late as well.
            until("the write", STARTUP * 2, arrived);
            running.signal(Signal::SIGKILL);
            running.wait().code(137);
            tap.let_go();
        }
        Kill::At(boundary) => {
            let words = inject(boundary, "signal=KILL", Path::new("/dev/null"));
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            course.call(slot).under(&words).run();
        }
    }
}

/// Kills once a request has arrived, sets a third value while it is still on its way, and takes the run up.
///
/// Only a server that checks what was there before can keep the third value: it is for such a subject.
pub fn overtake(slot: &Slot<'_>, course: &Course, at: usize, lateness: Duration) -> Landed {
    let subject = &slot.subjects[course.moving[at]];
    course.restore(slot);
    subject.tap().fate(Fate::Late(lateness));
    killed(slot, course, &Kill::Arrived(at));
    let applied = subject.tap().applied();
    subject.put(Held::Third);
    let overtaken = !subject.tap().landed_alone() && subject.tap().applied() == applied;
    slot.idle();
    let late = overtaken && subject.tap().landed_alone();
    let held = subject.value();
    let ran = course.call(slot).run();
    let mut faults = Vec::new();
    if held != Some(Held::Third) || ran.code != 8 || subject.value() != Some(Held::Third) {
        let (code, now, said) = (ran.code, subject.value(), ran.everything());
        faults.push(format!(
            "a third value became {held:?}; it ended with {code} at {now:?}\n{said}"
        ));
    }
    Landed { late, faults }
}
