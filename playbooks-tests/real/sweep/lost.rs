//! A lost reply: the whole request arrives, and its sender's connection is reset.

use super::case::Course;
use super::journal::Journal;
use super::slot::Slot;
use crate::real::tap::{Fate, Seen};

/// Plays one reset at one subject's first write, and checks what becomes of it.
pub fn lose(slot: &Slot<'_>, course: &Course, at: usize, fate: Fate) {
    course.restore(slot);
    let zero = slot.zero(&course.moving);
    let subject = &slot.subjects[course.moving[at]];
    subject.tap().fate(fate);
    course.call(slot).run().code(course.code);
    slot.idle();
    let (journal, step) = (slot.journal(), subject.step());
    unknown(&journal, step);
    let seen = subject.tap().seen();
    let first = seen.iter().position(|it| *it == Seen::Write).unwrap();
    let then = seen.get(first + 1);
    assert_eq!(then, Some(&Seen::Read), "{step}, {fate:?}: what followed the lost write: {seen:?}");
    let writes = seen.iter().filter(|it| **it == Seen::Write).count();
    let wanted = if fate == Fate::AppliedThenReset { 1 } else { 2 };
    assert_eq!(
        (writes, journal.intents(step, "do")),
        (wanted, wanted),
        "{step}, {fate:?}: {seen:?}"
    );
    for (at, zero) in zero.iter().enumerate() {
        let subject = &slot.subjects[course.moving[at]];
        assert_eq!(subject.effects() - zero, 1, "{}, {fate:?} at {step}", subject.step());
        assert_eq!(subject.value(), Some(course.to));
    }
    eprintln!(
        "A5: {step}, {fate:?}: {writes} writes, {} reads after the first, one effect",
        seen.len() - first - writes
    );
}

/// Checks that the journal says of the first write that nobody knows, and never that it failed.
fn unknown(journal: &Journal, step: &str) {
    let doubts = journal.of("in-doubt").filter(|it| it["step"] == step).count();
    assert_eq!(doubts, 1, "{step}: the journal does not say that the outcome is unknown");
    let refused = journal.of("settled").any(|it| it["step"] == step && it["end"] == "refused");
    assert!(!refused, "{step}: an unknown outcome is called a failure");
}
