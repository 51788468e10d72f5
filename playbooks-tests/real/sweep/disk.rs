//! A disk that fails at one call: nothing leaves without its record, and the run is taken up later.

use std::fs;

use super::case::Course;
use super::slot::Slot;
use super::trace::{Boundary, inject, injected};

/// The calls that write, or make room for what is written.
const WRITES: [&str; 8] =
    ["write", "pwrite64", "fdatasync", "fsync", "ftruncate", "openat", "rename", "mkdir"];

/// Returns every write of a run to the slot's files.
pub fn writes(all: &[Boundary]) -> Vec<Boundary> {
    let of_disk = |it: &&Boundary| it.on_disk && WRITES.contains(&it.call.as_str());
    all.iter().filter(of_disk).cloned().collect()
}

/// What a disk's failure came to.
pub struct Failed {
    /// The exit code of the process whose disk failed.
    pub code: i32,
    pub faults: Vec<String>,
}

/// How often a case is begun anew whose failure fell on something that is no disk.
const TRIES: usize = 10;

/// Fails one call, and takes the run up on a disk that works.
///
/// The calls of a run on a busy machine may be counted otherwise than those of the run that was looked at: the k-th
/// write may wake the runtime instead, and no kernel ever fails that. Such a case says nothing, and is begun anew.
pub fn fail(slot: &Slot<'_>, course: &Course, boundary: &Boundary, error: &str) -> Failed {
    let tried = (0..TRIES).find_map(|_| fail_once(slot, course, boundary, error));
    tried.unwrap_or_else(|| {
        let at = format!("{error} at {} {} ({})", boundary.call, boundary.k, boundary.about);
        Failed { code: 0, faults: vec![format!("{at}: {TRIES} times it fell on no disk")] }
    })
}

/// Fails one call; `None` where that was about no file.
fn fail_once(slot: &Slot<'_>, course: &Course, boundary: &Boundary, error: &str) -> Option<Failed> {
    course.restore(slot);
    let trace = slot.folder().join("injected");
    let zero = slot.zero(&course.moving);
    let words = inject(boundary, &format!("error={error}"), &trace);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut faults = Vec::new();
    let ran = course.call(slot).under(&words).run();
    slot.idle();
    let traced = fs::read(&trace).unwrap();
    if injected(&traced).is_some_and(|call| call.contains("<anon_inode:")) {
        return None;
    }
    let (journal, code) = (slot.journal(), ran.code);
    if code > 12 {
        faults.push(format!("it ended with {code}\n{}", ran.everything()));
    }
    for (subject, zero) in course.moving.iter().zip(&zero) {
        let subject = &slot.subjects[*subject];
        let (done, intents) = (subject.effects() - zero, journal.intents(subject.step(), "do"));
        if done > intents as u64 {
            faults.push(format!("{}: {done} effects on {intents} intents", subject.step()));
        }
    }
    let telling = journal.is_telling();
    if code == 0 && journal.outcome().as_deref() != Some("completed") {
        faults.push("it said that it is done, and the journal does not".to_owned());
    }
    // A message that failed, or of which nobody knows, holds the run once.
    let again = [0, 8].map(|_| course.call(slot).run());
    let codes = again.each_ref().map(|ran| ran.code);
    if !matches!(codes, [0, 0] | [8, 0]) {
        let said = again.each_ref().map(|ran| ran.everything()).concat();
        faults.push(format!("taken up, it ended with {codes:?}\n{said}"));
    }
    slot.idle();
    for (subject, zero) in course.moving.iter().zip(&zero) {
        let subject = &slot.subjects[*subject];
        let effects = subject.effects() - zero;
        if effects != 1 || subject.value() != Some(course.to) {
            faults.push(format!("{}: {effects} effects, {:?}", subject.step(), subject.value()));
        }
    }
    let messages = slot.messages();
    if messages > 1 || (messages == 0 && !telling) {
        faults.push(format!("{messages} messages"));
    }
    let at = format!("{error} at {} {} ({})", boundary.call, boundary.k, boundary.about);
    let faults = faults.into_iter().map(|fault| format!("{at}: {fault}")).collect();
    Some(Failed { code, faults })
}
