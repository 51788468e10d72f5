//! What a run's state says: which step is next, what is in doubt, what is left and what is to be reversed.

use super::changing::Changing;
use super::run_state::RunState;
use super::step_state::Doing;
use crate::model::{Direction, Id, Proven};

impl RunState {
    /// Tells whether the run goes backward now: an undo, or a run that turned round.
    pub const fn is_reversing(&self) -> bool {
        matches!(self.direction, Direction::Undo) || self.turned.is_some()
    }

    /// Returns the step that is next on the way forward.
    pub fn current(&self) -> Option<usize> {
        self.steps.iter().position(|step| !step.has_ended())
    }

    /// Returns the steps that are still to be reversed, last first. A run that turned round by itself
    /// keeps every step whose effect was proven.
    pub fn to_reverse(&self) -> Vec<usize> {
        let keeps = |changing: &Changing| {
            self.direction == Direction::Do && changing.forward.proven == Some(Proven::Yes)
        };
        let open =
            |(_, changing): &(usize, &Changing)| changing.is_to_reverse() && !keeps(changing);
        let mut open: Vec<usize> = self.changings().filter(open).map(|(at, _)| at).collect();
        open.reverse();
        open
    }

    /// Returns the steps whose effect was proven by writes of this run and still stands.
    pub fn kept(&self) -> Vec<Id> {
        let kept = self.changings().filter(|(_, c)| {
            c.forward.proven == Some(Proven::Yes)
                && c.changes.iter().any(|change| change.ours && !change.is_reversed())
        });
        kept.map(|(at, _)| self.steps[at].id.clone()).collect()
    }

    /// Returns the first change of which nobody knows what became: its step and its number.
    pub fn in_doubt(&self) -> Option<(usize, usize)> {
        self.changings().find_map(|(at, changing)| {
            let index = changing.changes.iter().position(|change| change.state.is_in_doubt())?;
            Some((at, index))
        })
    }

    /// Tells whether this plan has written anything that an undo could put back.
    pub fn has_written(&self) -> bool {
        self.changings().any(|(_, c)| c.is_in_doubt() || c.is_to_reverse())
    }

    /// Returns what is left to do, in the order in which it would be done.
    pub fn left(&self) -> Vec<Id> {
        let at: Vec<usize> = if self.is_reversing() {
            self.to_reverse()
        } else {
            let open = |at: &usize| !self.steps[*at].has_ended();
            (0..self.steps.len()).filter(open).collect()
        };
        at.into_iter().map(|at| self.steps[at].id.clone()).collect()
    }

    pub(super) fn changings(&self) -> impl Iterator<Item = (usize, &Changing)> {
        self.steps.iter().enumerate().filter_map(|(at, step)| match &step.doing {
            Doing::Change(changing) => Some((at, &**changing)),
            Doing::Took
            | Doing::Check(_)
            | Doing::Ask { .. }
            | Doing::Message(_)
            | Doing::Wait(_) => None,
        })
    }
}
