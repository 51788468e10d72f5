//! Where a change step stands: its changes in their order, its proof, and the way back.

use jiff::Timestamp;

use super::change_state::{ChangeProgress, ChangeState};
use crate::model::{Direction, End, Event, Proven, Truth};

/// How far a change step is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changing {
    /// Its changes.
    pub changes: Vec<ChangeProgress>,
    /// Toward the new state.
    pub forward: Leg,
    /// Back.
    pub back: Leg,
    /// Why the last write or look did not end well.
    pub because: String,
}

/// One direction of a change step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leg {
    /// When the last of its targets was seen to have its value.
    pub last_write: Option<Timestamp>,
    /// What the witnesses said last.
    pub proven: Option<Proven>,
    /// What they said, in words; or why nothing moves back.
    pub because: String,
    /// Whether what must be known before anything moves back is so.
    pub guard: Option<Truth>,
    /// Since when it is so, as far as anybody looked; who does not know it does not deny it.
    pub since: Option<Timestamp>,
    /// When it was last looked at.
    pub judged: Option<Timestamp>,
}

impl Changing {
    /// Returns a direction's leg.
    pub const fn leg(&self, direction: Direction) -> &Leg {
        match direction {
            Direction::Do => &self.forward,
            Direction::Undo => &self.back,
        }
    }

    const fn leg_mut(&mut self, direction: Direction) -> &mut Leg {
        match direction {
            Direction::Do => &mut self.forward,
            Direction::Undo => &mut self.back,
        }
    }

    /// Returns why the step has failed in a direction; `None` while it has not.
    pub fn failure(&self, direction: Direction) -> Option<String> {
        let leg = self.leg(direction);
        if self.changes.iter().any(|change| change.state.has_failed(direction)) {
            return Some(self.because.clone());
        }
        if leg.guard.is_some_and(|truth| truth != Truth::True) || leg.proven == Some(Proven::No) {
            return Some(leg.because.clone());
        }
        None
    }

    /// Tells whether a write may still be under way.
    pub fn is_in_doubt(&self) -> bool {
        self.changes.iter().any(|change| change.state.is_in_doubt())
    }

    /// Tells whether an undo has something to do here.
    pub fn is_to_reverse(&self) -> bool {
        self.changes.iter().any(ChangeProgress::is_to_reverse)
            || (self.back.proven != Some(Proven::Yes)
                && self.changes.iter().any(ChangeProgress::is_reversed))
    }

    pub(super) fn forward(&mut self, event: &Event, at: Timestamp) -> Option<()> {
        let landed = |change: &ChangeProgress| change.state.has_landed(Direction::Do);
        let reached = |changes: &[ChangeProgress], index: usize| {
            changes.get(..index).is_some_and(|before| before.iter().all(landed))
        };
        if let Event::Intended { change, direction: Direction::Do, lands_by, .. } = event {
            let index = usize::try_from(*change).ok()?;
            let place = self.changes.get(index).filter(|_| reached(&self.changes, index))?;
            self.changes[index] = place.intended(Direction::Do, at, *lands_by)?;
            Some(())
        } else if let Event::Settled { change, direction: Direction::Do, .. } = event {
            let index = usize::try_from(*change).ok()?;
            if reached(&self.changes, index) { self.settle(event, at) } else { None }
        } else if let Event::Verified { direction: Direction::Do, outcome, because, .. } = event {
            let open = self.forward.proven != Some(Proven::Yes);
            let landed = self.changes.iter().all(landed);
            (open && landed).then(|| self.forward.prove(*outcome, because))
        } else {
            self.doubted(event, at)
        }
    }

    pub(super) fn backward(&mut self, event: &Event, at: Timestamp) -> Option<()> {
        let reached = |changes: &[ChangeProgress], index: usize| {
            let after = changes.get(index + 1..);
            after.is_some_and(|after| !after.iter().any(ChangeProgress::is_to_reverse))
        };
        if let Event::Intended { change, direction: Direction::Undo, lands_by, .. } = event {
            let index = usize::try_from(*change).ok()?;
            let place = self.changes.get(index).filter(|_| reached(&self.changes, index))?;
            let place = Some(place).filter(|place| place.is_to_reverse())?;
            self.changes[index] = place.intended(Direction::Undo, at, *lands_by)?;
            Some(())
        } else if let Event::Settled { change, direction, .. } = event {
            let index = usize::try_from(*change).ok()?;
            let place = self.changes.get(index)?;
            let back = *direction == Direction::Undo
                && place.is_to_reverse()
                && reached(&self.changes, index);
            if back || place.state.is_in_doubt() { self.settle(event, at) } else { None }
        } else if let Event::Checked { truth, because, .. } = event {
            self.back.judge(*truth, at);
            self.back.because = format!("what must be known first is {truth}: {because}");
            Some(())
        } else if let Event::Verified { direction: Direction::Undo, outcome, because, .. } = event {
            let reversed = self.changes.iter().any(ChangeProgress::is_reversed)
                && !self.changes.iter().any(ChangeProgress::is_to_reverse);
            let open = self.back.proven != Some(Proven::Yes);
            (open && reversed).then(|| self.back.prove(*outcome, because))
        } else {
            self.doubted(event, at)
        }
    }

    fn settle(&mut self, event: &Event, at: Timestamp) -> Option<()> {
        let Event::Settled { change, direction, end, because, .. } = event else { return None };
        let place = self.changes.get_mut(usize::try_from(*change).ok()?)?;
        *place = place.settled(*direction, *end)?;
        if *end == End::Landed {
            self.leg_mut(*direction).last_write = Some(at);
        } else {
            self.because.clone_from(because);
        }
        Some(())
    }

    /// A lost answer changes nothing that the intent had not: the outcome was unknown from then on.
    fn doubted(&mut self, event: &Event, at: Timestamp) -> Option<()> {
        if let Event::Deferred { change, direction, until, because, .. } = event {
            let place = self.changes.get_mut(usize::try_from(*change).ok()?)?;
            place.state = place.state.deferred(*direction, at, *until)?;
            self.because.clone_from(because);
            return Some(());
        }
        let Event::InDoubt { change, direction: toward, .. } = event else { return None };
        let place = self.changes.get(usize::try_from(*change).ok()?)?;
        match place.state {
            ChangeState::InDoubt { direction, .. } => (direction == *toward).then_some(()),
            ChangeState::Untouched | ChangeState::Deferred { .. } | ChangeState::Settled { .. } => {
                None
            }
        }
    }

    pub(super) fn take_up(&mut self, mended: bool, at: Timestamp) {
        for change in &mut self.changes {
            let state = change.state.taken_up(at);
            change.state = if mended { state.mended() } else { state };
        }
        for leg in [&mut self.forward, &mut self.back] {
            leg.guard = None;
            leg.last_write = leg.last_write.map(|last| last.min(at));
            leg.since = leg.since.map(|since| since.min(at));
            leg.proven.take_if(|it| *it == Proven::NotYet || (mended && *it == Proven::No));
        }
    }

    /// An undo counts on no look but its own: nobody looked between a run and its undo.
    pub(super) fn begin_undo(&mut self, at: Timestamp) {
        self.take_up(true, at);
        self.back.since = None;
    }

    /// Falls back to what was so before an undo that wrote nothing; what it saw of the way back stays known.
    pub(super) fn fall_back(&mut self, mut before: Self) {
        before.back.since = self.back.since;
        for (was, is) in before.changes.iter_mut().zip(&self.changes) {
            if let ChangeState::InDoubt { direction, .. } = was.state {
                let state = is.state.mended();
                let found = direction == Direction::Do && state.has_landed(Direction::Undo);
                let state = if found { ChangeState::LANDED } else { state };
                *was = ChangeProgress { state, ..*is };
            }
        }
        *self = before;
    }

    /// Begins afresh; keys go on where they were.
    pub(super) fn begin(&mut self) {
        let attempts = self.changes.iter().map(|change| change.attempts);
        let changes =
            attempts.map(|attempts| ChangeProgress { attempts, ..ChangeProgress::default() });
        *self = Self { changes: changes.collect(), ..Self::default() };
    }

    /// Opens what was reversed for another way forward.
    pub(super) fn reopen(&mut self) -> bool {
        let reversed = self.changes.iter().any(ChangeProgress::is_reversed);
        if reversed {
            for change in self.changes.iter_mut().filter(|change| change.is_reversed()) {
                *change = ChangeProgress { attempts: change.attempts, ..ChangeProgress::default() };
            }
            // What moved back is in no cache sooner for being done anew.
            let last_write = self.back.last_write;
            (self.forward, self.back) = (Leg::default(), Leg { last_write, ..Leg::default() });
        }
        reversed
    }
}

impl Leg {
    fn judge(&mut self, truth: Truth, at: Timestamp) {
        (self.guard, self.judged) = (Some(truth), Some(at));
        self.since = match truth {
            Truth::True => self.since.or(Some(at)),
            Truth::Unknown => self.since,
            Truth::False => None,
        };
    }

    fn prove(&mut self, outcome: Proven, because: &str) {
        self.proven = Some(outcome);
        because.clone_into(&mut self.because);
    }
}
