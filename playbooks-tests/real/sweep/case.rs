//! One case: a process is ended at one call of the kernel, perhaps a foreign hand sets a value, and it is taken up.

use std::path::Path;

use super::journal::Place;
use super::slot::Slot;
use super::subject::Held;
use super::trace::{Boundary, inject};
use crate::real::lifeboat::{Lifeboat, Ran};

/// Who carries the plan out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The program.
    Lifeboat,
    /// One that does, and then writes down what it did.
    Naive,
}

/// A run that is taken up from a kept state: which subjects it moves, in their order, and how it ends.
#[derive(Clone, Debug)]
pub struct Course {
    pub engine: Engine,
    /// The kept state.
    pub kept: &'static str,
    /// As the journal says it.
    pub direction: &'static str,
    pub moving: Vec<usize>,
    pub from: Held,
    pub to: Held,
    /// What the others have, before and after.
    pub rest: Held,
    /// The exit code of a run that nobody disturbs.
    pub code: i32,
    /// The exit code when a foreign hand was first, and nothing was written.
    pub refused: i32,
    /// How many messages it delivers.
    pub messages: usize,
}

/// What was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Doubled,
    Lost,
    Overwritten,
    Repeated,
    Ended,
}

/// Where the process was when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stood {
    /// Nothing was in doubt.
    Clear,
    /// An intent was written, and no request had left.
    Intended(usize),
    /// The request of a subject had left, and its outcome was not written down.
    Left(usize),
    /// A message was on its way.
    Telling,
    /// The end was written down.
    Over,
}

/// What one case came to.
#[derive(Debug)]
pub struct Struck {
    pub fired: bool,
    pub stood: Stood,
    pub foreign: bool,
    pub code: i32,
    /// Effects of each moving subject, by its server's books; foreign ones left out.
    pub effects: Vec<u64>,
    pub messages: usize,
    pub faults: Vec<(Fault, String)>,
}

impl Course {
    /// Puts a slot where the course begins.
    pub fn restore(&self, slot: &Slot<'_>) {
        slot.restore(
            self.kept,
            |subject| {
                if self.moving.contains(&subject) { self.from } else { self.rest }
            },
        );
    }

    /// Prepares the call that takes the run up.
    pub fn call(&self, slot: &Slot<'_>) -> Lifeboat {
        match self.engine {
            Engine::Lifeboat => slot.call(&["resume"]),
            Engine::Naive => {
                slot.call(&["--naive-child"]).program(&std::env::current_exe().unwrap())
            }
        }
    }
}

/// Counts each moving subject's effects since a beginning.
fn since(slot: &Slot<'_>, course: &Course, zero: &[u64]) -> Vec<u64> {
    let now = course.moving.iter().map(|subject| slot.subjects[*subject].effects());
    now.zip(zero).map(|(now, zero)| now - zero).collect()
}

/// How often a run is made anew that ended before it came to the boundary: on a busy machine it asks the world less often.
const TRIES: usize = 12;

/// Kills at a boundary.
fn kill(slot: &Slot<'_>, course: &Course, boundary: &Boundary) -> bool {
    let words = inject(boundary, "signal=KILL", Path::new("/dev/null"));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    (0..TRIES).any(|_| {
        course.restore(slot);
        course.call(slot).under(&words).run().code == 137
    })
}

/// Plays one case.
pub fn strike(slot: &Slot<'_>, course: &Course, boundary: &Boundary, foreign: bool) -> Struck {
    course.restore(slot);
    let before = slot.messages();
    let fired = kill(slot, course, boundary);
    slot.idle();
    // The state was put back for the last time before this kill, by writes that count.
    let zero: Vec<u64> = slot.zero(&course.moving);
    let (stood, places) = stood(slot, course, &since(slot, course, &zero));
    let next = places.iter().position(|place| *place != Place::Landed);
    let next = next.filter(|_| foreign && stood != Stood::Over);
    let mut zero = zero;
    if let Some(at) = next {
        let subject = &slot.subjects[course.moving[at]];
        let ours = subject.effects();
        subject.put(Held::Third);
        zero[at] += subject.effects() - ours;
    }
    let wrote = slot.journal().of("intended").any(|it| it["direction"] == course.direction);
    let codes = match (next, stood) {
        // What a person must decide is not decided by one more try.
        (_, Stood::Over) if course.code == 8 => vec![],
        (Some(_), _) if wrote => vec![8],
        (Some(_), _) => vec![course.refused],
        (None, Stood::Telling) => vec![8, course.code],
        (None, _) => vec![course.code],
    };
    let mut faults = Vec::new();
    let ran: Vec<Ran> = codes.iter().map(|_| course.call(slot).run()).collect();
    let ended: Vec<i32> = ran.iter().map(|ran| ran.code).collect();
    if ended != codes {
        let said: String = ran.iter().map(Ran::everything).collect();
        faults.push((Fault::Ended, format!("it ended with {ended:?}, not {codes:?}\n{said}")));
    }
    slot.idle();
    let effects = since(slot, course, &zero);
    let messages = slot.messages() - before;
    for (at, subject) in course.moving.iter().enumerate() {
        let subject = &slot.subjects[*subject];
        let wanted = match next {
            Some(next) if at == next => Held::Third,
            Some(next) if at > next => course.from,
            Some(_) | None => course.to,
        };
        let (least, most) = match next {
            Some(next) if at == next => (0, 1),
            Some(next) if at > next => (0, 0),
            Some(_) | None => (1, 1),
        };
        let found = subject.value();
        let what = format!(
            "{} holds {found:?}, not {wanted:?}, after {} effects",
            subject.step(),
            effects[at]
        );
        if wanted == Held::Third && found != Some(wanted) {
            faults.push((Fault::Overwritten, what));
        } else if effects[at] > most {
            faults.push((Fault::Doubled, what));
        } else if effects[at] < least || found != Some(wanted) {
            faults.push((Fault::Lost, what));
        }
    }
    let told = if next.is_some() { 0 } else { course.messages };
    if messages > told {
        faults.push((Fault::Repeated, format!("{messages} messages, not {told}")));
    } else if messages < told && stood != Stood::Telling {
        faults.push((Fault::Lost, format!("{messages} messages, not {told}")));
    }
    let code = ended.first().copied().unwrap_or(course.code);
    Struck { fired, stood, foreign: next.is_some(), code, effects, messages, faults }
}

/// Reads from the journal where the process was, and where each moving subject stands.
fn stood(slot: &Slot<'_>, course: &Course, effects: &[u64]) -> (Stood, Vec<Place>) {
    let journal = slot.journal();
    let place = |subject: &usize| journal.place(slot.subjects[*subject].step(), course.direction);
    let places: Vec<Place> = course.moving.iter().map(place).collect();
    let doubted = places.iter().position(|place| *place == Place::Doubted);
    let stood = match doubted {
        _ if journal.outcome().is_some() => Stood::Over,
        Some(at) if effects[at] > 0 => Stood::Left(at),
        Some(at) => Stood::Intended(at),
        None if journal.is_telling() => Stood::Telling,
        None => Stood::Clear,
    };
    (stood, places)
}
