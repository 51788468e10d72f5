//! The way back: the same machine on the reversed changes, last first, and never onto something that is
//! not known to be good.

use jiff::Timestamp;

use super::machine::{Awaiting, Engine, Place};
use super::talk::{Halt, Output};
use crate::journal::{ChangeProgress, ChangeState, Changing, Doing};
use crate::model::{Direction, End, Guard, Outcome, Pause, Truth, Undo};

impl Engine {
    pub(super) fn backward(&mut self, now: Timestamp) -> Output {
        let open = self.state.to_reverse();
        let Some(first) = open.first().copied() else { return self.reversed(now) };
        if let Some(output) = self.settles(now, first) {
            return output;
        }
        if let Some(output) = open.iter().find_map(|step| self.bars(now, *step)) {
            return output;
        }
        if let Some(output) = self.unused(now, &open) {
            return output;
        }
        let Some(changing) = self.changing(first) else {
            return self.halt(Halt::Defect("only changes are reversed".to_owned()));
        };
        if let Some(because) = changing.failure(Direction::Undo) {
            let unread = changing.changes.iter().any(|change| {
                matches!(change.state, ChangeState::Settled { end: End::Unreadable, .. })
            });
            return self.stuck(now, first, because, unread);
        }
        match changing.changes.iter().rposition(ChangeProgress::is_to_reverse) {
            Some(change) => {
                let place = Place { step: first, change, direction: Direction::Undo };
                self.approach(now, place)
            }
            None => self.prove(now, first, Direction::Undo),
        }
    }

    fn changing(&self, step: usize) -> Option<&Changing> {
        match &self.state.steps[step].doing {
            Doing::Change(changing) => Some(changing),
            Doing::Took
            | Doing::Check(_)
            | Doing::Ask { .. }
            | Doing::Message(_)
            | Doing::Wait(_) => None,
        }
    }

    /// Every step that is to be reversed must be reversible, and its guard known to be true, before anything
    /// moves back. Returns what stands in the way of one, or the question that is still open.
    fn bars(&mut self, now: Timestamp, step: usize) -> Option<Output> {
        let changing = self.changing(step)?;
        if !changing.changes.iter().any(ChangeProgress::is_to_reverse) {
            return None;
        }
        let judged = changing.back.guard;
        let waited =
            changing.back.since.is_some() && matches!(self.pause(step), Some(Pause::Before(_)));
        let because = changing.back.because.clone();
        match &self.planned(step)?.undo {
            Undo::Irreversible { reason } => {
                let because = format!("it cannot be reversed: {reason}");
                Some(self.stuck(now, step, because, false))
            }
            Undo::Reverse { refuse_unless: None, .. } => None,
            Undo::Reverse { refuse_unless: Some(_), .. } => match judged {
                Some(Truth::True) => None,
                // What was waited for is not lost because a look failed.
                Some(Truth::Unknown) if waited => Some(self.stuck(now, step, because, true)),
                Some(Truth::False | Truth::Unknown) => Some(self.stuck(now, step, because, false)),
                None => self.judge_way_back(step),
            },
        }
    }

    fn judge_way_back(&mut self, step: usize) -> Option<Output> {
        let Undo::Reverse { refuse_unless: Some(guard), .. } = &self.planned(step)?.undo else {
            return None;
        };
        let guard: Guard = guard.clone();
        self.awaiting = Awaiting::Judgement(step);
        Some(Output::Judge { step: self.id(step), guard, probes: Vec::new() })
    }

    fn pause(&self, step: usize) -> Option<Pause> {
        match self.planned(step)?.undo {
            Undo::Reverse { pause, .. } => pause,
            Undo::Irreversible { .. } => None,
        }
    }

    /// Nothing moves back while caches may hold what it was before the step that moved back last.
    fn settles(&mut self, now: Timestamp, first: usize) -> Option<Output> {
        let later = first + 1..self.state.steps.len();
        let until = later.filter_map(|step| match self.pause(step)? {
            Pause::After(span) => Some(span.after(self.changing(step)?.back.last_write?)),
            Pause::Before(_) => None,
        });
        let until = until.max().filter(|until| now < *until)?;
        let because = "caches may hold what was there before the last reversal".to_owned();
        Some(self.wait(first, until, until, because))
    }

    /// Nothing moves back before every step's guard was so for as long as caches hold; then all are judged once more.
    fn unused(&mut self, now: Timestamp, open: &[usize]) -> Option<Output> {
        let end = |step: &usize| {
            let changing = self.changing(*step)?;
            changing.changes.iter().find(|change| change.is_to_reverse())?;
            match self.pause(*step)? {
                Pause::Before(span) => Some((span.after(changing.back.since?), *step)),
                Pause::After(_) => None,
            }
        };
        let (until, step) = open.iter().filter_map(end).max()?;
        if now < until {
            let because = "caches may still send somebody to whoever needs what goes".to_owned();
            return Some(self.wait(step, until, until, because));
        }
        let stale = |step: &&usize| {
            let judged = self.changing(**step).and_then(|changing| changing.back.judged);
            judged.is_some_and(|judged| judged < until)
        };
        let step = open.iter().find(stale).copied()?;
        self.judge_way_back(step)
    }

    /// Before an undo's first write it is refused; after, or when nobody can tell, a person decides.
    fn stuck(&mut self, now: Timestamp, step: usize, because: String, unread: bool) -> Output {
        if self.state.direction == Direction::Undo && !self.state.wrote && !unread {
            return self.refuse(now, step, because);
        }
        self.hold(now, step, because)
    }

    /// Everything that could be reversed is. What was proven before stays, and then a person decides.
    fn reversed(&mut self, now: Timestamp) -> Output {
        let kept = self.state.kept();
        let turned = self.state.turned.clone();
        let at = turned.and_then(|id| self.state.steps.iter().position(|step| step.id == id));
        match at {
            Some(step) if self.state.direction == Direction::Do && !kept.is_empty() => {
                let kept: Vec<String> = kept.iter().map(|id| format!("`{id}`")).collect();
                let because = format!(
                    "it failed and was reversed; what was proven stays: {}",
                    kept.join(", ")
                );
                self.hold(now, step, because)
            }
            _ => self.finish(now, Outcome::Undone, Halt::Undone),
        }
    }
}
