//! What a sweep came to, counted and printed.

use super::case::{Course, Fault, Stood, Struck, strike};
use super::slot::Slot;
use super::trace::Boundary;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

/// The kills that must fall, for each change, after its request had left and before its outcome was written down.
const LEFT: usize = 3;

#[derive(Debug, Default)]
pub struct Tally {
    pub boundaries: usize,
    pub fired: usize,
    pub foreign: usize,
    pub stood: BTreeMap<Stood, usize>,
    pub codes: BTreeMap<i32, usize>,
    pub effects: Vec<u64>,
    pub messages: usize,
    pub faults: BTreeMap<Fault, Vec<String>>,
}

/// Plays every case, each slot one at a time; `play` hears each case's number.
pub fn each<C: Sync, R: Send>(
    slots: &[Slot<'_>],
    cases: &[C],
    play: impl Fn(&Slot<'_>, &C, usize) -> R + Sync,
) -> Vec<R> {
    let (next, started, all) = (AtomicUsize::new(0), Instant::now(), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for slot in slots {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { break };
                    let came = play(slot, case, at);
                    all.lock().unwrap().push(came);
                }
            });
        }
    });
    eprintln!("{} cases in {:.0?}", cases.len(), started.elapsed());
    all.into_inner().unwrap()
}

/// Kills at every boundary; in every third case a foreign hand is faster than the resumed run.
fn kills(slots: &[Slot<'_>], course: &Course, all: &[Boundary]) -> Vec<(Boundary, Struck)> {
    each(slots, all, |slot, boundary, at| {
        (boundary.clone(), strike(slot, course, boundary, at % 3 == 2))
    })
}

impl Tally {
    /// Makes an empty one.
    pub fn new(course: &Course) -> Tally {
        Tally { effects: vec![0; course.moving.len()], ..Tally::default() }
    }

    /// Kills at every boundary; one that no run came to is a fault.
    pub fn sweep(&mut self, slots: &[Slot<'_>], course: &Course, boundaries: &[Boundary]) {
        let struck = kills(slots, course, boundaries);
        struck.into_iter().for_each(|(boundary, struck)| self.take(&boundary, struck));
    }

    /// Kills at boundaries of a single run; one that no other run came to does not count.
    pub fn sweep_more(&mut self, slots: &[Slot<'_>], course: &Course, boundaries: &[Boundary]) {
        let struck = kills(slots, course, boundaries);
        let fired = struck.into_iter().filter(|(_, struck)| struck.fired);
        fired.for_each(|(boundary, struck)| self.take(&boundary, struck));
    }

    /// Returns the subjects after whose requests too few kills fell.
    pub fn lacking(&self) -> Vec<usize> {
        (0..self.effects.len()).filter(|subject| self.left(*subject) < LEFT).collect()
    }

    fn take(&mut self, boundary: &Boundary, struck: Struck) {
        self.boundaries += 1;
        self.fired += usize::from(struck.fired);
        self.foreign += usize::from(struck.foreign);
        *self.stood.entry(struck.stood).or_default() += 1;
        *self.codes.entry(struck.code).or_default() += 1;
        self.effects.iter_mut().zip(&struck.effects).for_each(|(all, one)| *all += one);
        self.messages += struck.messages;
        let place = format!("{} {} ({:?})", boundary.call, boundary.k, struck.stood);
        if !struck.fired {
            self.faults
                .entry(Fault::Ended)
                .or_default()
                .push(format!("{place}: it was not killed"));
        }
        for (fault, what) in struck.faults {
            self.faults.entry(fault).or_default().push(format!("{place}: {what}"));
        }
    }

    /// Counts the kills that fell after a subject's request had left.
    pub fn left(&self, subject: usize) -> usize {
        self.stood.get(&Stood::Left(subject)).copied().unwrap_or(0)
    }

    /// Counts the faults of a kind.
    pub fn count(&self, fault: Fault) -> usize {
        self.faults.get(&fault).map_or(0, Vec::len)
    }

    /// Prints the figures.
    pub fn print(&self, promise: &str) {
        let left: Vec<usize> = (0..self.effects.len()).map(|it| self.left(it)).collect();
        eprintln!(
            "{promise}: {} boundaries, {} kills, {left:?} of them after a request had left and before its outcome \
             was written down; {} foreign hands; effects {:?}, messages {}; first exit codes {:?}; faults {:?}",
            self.boundaries,
            self.fired,
            self.foreign,
            self.effects,
            self.messages,
            self.codes,
            self.faults.iter().map(|(fault, all)| (*fault, all.len())).collect::<Vec<_>>(),
        );
        eprintln!("{promise}: where they fell: {:?}", self.stood);
    }

    /// Checks that nothing was lost, doubled or overwritten, and that no class is empty.
    #[track_caller]
    pub fn holds(&self) {
        // The last kind says what a run said.
        let some: Vec<&String> = self.faults.values().rev().flatten().take(5).collect();
        assert!(some.is_empty(), "{some:#?}");
        assert_eq!(self.fired, self.boundaries, "kills and boundaries");
        assert!(self.lacking().is_empty(), "changes {:?}: {:?}", self.lacking(), self.stood);
        assert!(self.foreign > 0 && self.stood.contains_key(&Stood::Clear), "{:?}", self.stood);
    }
}
