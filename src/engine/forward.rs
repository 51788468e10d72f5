//! The way forward: the next thing to do for each kind of step.

use jiff::Timestamp;

use super::machine::{Awaiting, Engine, Place, Then};
use super::pace::Pace;
use super::talk::{Halt, Output};
use crate::journal::{ChangeState, Doing, Parcel};
use crate::model::{
    Ask, Delivery, Direction, End, Event, Guard, Outcome, Proven, Span, Truth, Work,
};

impl Engine {
    pub(super) fn forward(&mut self, now: Timestamp) -> Output {
        let Some(step) = self.state.current() else {
            return self.finish(now, Outcome::Completed, Halt::Completed);
        };
        if let Some(because) = self.state.steps[step].failure() {
            return self.failed(now, step, because);
        }
        match self.plan_step(step).work.clone() {
            Work::Check { probes, require } => {
                let guard = require.unwrap_or(Guard::Always);
                self.awaiting = Awaiting::Judgement(step);
                Output::Judge { step: self.id(step), guard, probes }
            }
            Work::Ask(ask) => self.ask(now, step, ask),
            Work::Change(_) => self.change(now, step),
            Work::Message { template, .. } => self.message(now, step, template),
            Work::Wait { until, at_most } => self.wait_step(now, step, until, at_most),
            Work::Took { .. } => self.halt(Halt::Defect("a branch is never open".to_owned())),
        }
    }

    fn failed(&mut self, now: Timestamp, step: usize, because: String) -> Output {
        let found = &self.state.steps[step];
        match &found.doing {
            Doing::Change(changing) => {
                let drifted = changing.changes.iter().any(|change| {
                    matches!(change.state, ChangeState::Settled { end: End::Drifted, .. })
                });
                if drifted && !self.state.wrote {
                    return self.refuse(now, step, because);
                }
            }
            Doing::Message(parcels) => {
                // A person has seen that nobody knows; it is not sent again, and the run goes on.
                let failed = |p: &Parcel| matches!(p.told, Some((Delivery::Failed, _)));
                if found.held && !parcels.iter().any(failed) {
                    return self.go_on(now, step, because);
                }
            }
            Doing::Took | Doing::Check(_) | Doing::Ask { .. } | Doing::Wait(_) => {}
        }
        self.fail(now, step, because)
    }

    fn change(&mut self, now: Timestamp, step: usize) -> Output {
        let Doing::Change(changing) = &self.state.steps[step].doing else {
            return self.halt(Halt::Defect("a change step has no changes".to_owned()));
        };
        let open = changing.changes.iter().position(|c| !c.state.has_landed(Direction::Do));
        match open {
            Some(change) => self.approach(now, Place { step, change, direction: Direction::Do }),
            None => self.prove(now, step, Direction::Do),
        }
    }

    /// Returns how long "not yet" is no failure, until when, and what was last said so.
    pub(super) fn window(
        &self,
        step: usize,
        direction: Direction,
    ) -> Option<(Span, Timestamp, Option<String>)> {
        let Doing::Change(changing) = &self.state.steps[step].doing else { return None };
        let window = self.planned(step)?.verify.not_yet_until;
        let leg = changing.leg(direction);
        let said = leg.proven == Some(Proven::NotYet);
        // A plan without a single change has no last write: it is looked at once.
        let since = leg.last_write.unwrap_or(Timestamp::MIN);
        Some((window, window.after(since), said.then(|| leg.because.clone())))
    }

    /// Asks the witnesses, at the pace that the forecast suggests.
    pub(super) fn prove(&mut self, now: Timestamp, step: usize, direction: Direction) -> Output {
        let (Some((window, end, _)), Some(planned)) =
            (self.window(step, direction), self.planned(step))
        else {
            return self.halt(Halt::Defect("only changes are proven".to_owned()));
        };
        let verify = planned.verify.clone();
        let since = match &self.state.steps[step].doing {
            Doing::Change(changing) => changing.leg(direction).last_write.unwrap_or(now),
            Doing::Took
            | Doing::Check(_)
            | Doing::Ask { .. }
            | Doing::Message(_)
            | Doing::Wait(_) => now,
        };
        let eighth = Span::from_millis(window.as_millis() / 8);
        let first = planned.forecast.earliest.min(eighth).after(since);
        let pace = self.paced(step, direction, first);
        if now < pace.next {
            let because = "the effect is not seen everywhere yet".to_owned();
            return self.wait(step, pace.next, end, because);
        }
        self.awaiting = Awaiting::Proof { step, direction };
        Output::Verify { step: self.id(step), verify, direction, since }
    }

    fn paced(&mut self, step: usize, direction: Direction, first: Timestamp) -> Pace {
        let kept = self.pace.filter(|pace| pace.step == step && pace.direction == direction);
        let pace = kept.unwrap_or_else(|| Pace::new(step, direction, first));
        self.pace = Some(pace);
        pace
    }

    fn ask(&mut self, now: Timestamp, step: usize, ask: Ask) -> Output {
        let open = matches!(&self.state.steps[step].doing, Doing::Ask { open: true, .. });
        if !open {
            let question = ask.question.or(ask.instruction);
            let question = question.unwrap_or_else(|| "take over".to_owned());
            return self.append(now, Event::Asked { step: self.id(step), question }, Then::Decide);
        }
        self.awaiting = Awaiting::Answer(step);
        Output::Ask { step: self.id(step), ask }
    }

    /// Nobody answered now: too late is a failure, earlier is a wait.
    pub(super) fn unanswered(&mut self, now: Timestamp, step: usize) -> Output {
        let within = match &self.plan_step(step).work {
            Work::Ask(ask) => ask.within,
            Work::Check { .. }
            | Work::Took { .. }
            | Work::Change(_)
            | Work::Message { .. }
            | Work::Wait { .. } => None,
        };
        let asked = match &self.state.steps[step].doing {
            Doing::Ask { asked, .. } => *asked,
            Doing::Took
            | Doing::Check(_)
            | Doing::Change(_)
            | Doing::Message(_)
            | Doing::Wait(_) => None,
        };
        let until = asked.zip(within).map(|(asked, within)| within.after(asked));
        if let Some(until) = until.filter(|until| now > *until) {
            return self.fail(now, step, format!("nobody answered by {until}"));
        }
        let because = "a person was asked and has not answered".to_owned();
        let step = self.id(step);
        self.halt(Halt::Waiting { step, until, because })
    }

    fn message(&mut self, now: Timestamp, step: usize, template: String) -> Output {
        let Doing::Message(parcels) = &self.state.steps[step].doing else {
            return self.halt(Halt::Defect("a message step has no messages".to_owned()));
        };
        if let Some(parcel) = parcels.iter().position(|parcel| parcel.telling) {
            let why = "an earlier process ended while it was on its way".to_owned();
            return self.told(now, step, parcel, Delivery::Unknown, why);
        }
        let Some(parcel) = parcels.iter().position(|parcel| parcel.told.is_none()) else {
            return self.halt(Halt::Defect("a told message step is open".to_owned()));
        };
        let (id, language) = (parcels[parcel].channel.clone(), parcels[parcel].language.clone());
        let Work::Message { to, .. } = &self.plan_step(step).work else {
            return self.halt(Halt::Defect("a message step has no channels".to_owned()));
        };
        let Some(channel) = to.iter().find(|channel| channel.id == id).cloned() else {
            return self.halt(Halt::Defect("a message has no channel".to_owned()));
        };
        self.awaiting = Awaiting::Text { step, parcel };
        Output::Tell { step: self.id(step), template, channel, language }
    }

    fn wait_step(
        &mut self,
        now: Timestamp,
        step: usize,
        guard: Option<Guard>,
        at_most: Span,
    ) -> Output {
        let Doing::Wait(wait) = &self.state.steps[step].doing else {
            return self.halt(Halt::Defect("a wait step does not wait".to_owned()));
        };
        let until = wait.until.unwrap_or_else(|| at_most.after(now));
        if !wait.open {
            return self.append(now, Event::Waiting { step: self.id(step), until }, Then::Decide);
        }
        let Some(guard) = guard else {
            if now < until {
                return self.wait(step, until, until, "the time is not over".to_owned());
            }
            return self.waited(now, step, Truth::True, "the time is over".to_owned());
        };
        let pace = self.paced(step, Direction::Do, now);
        if now < pace.next {
            return self.wait(step, pace.next, until, "what it waits for is not so yet".to_owned());
        }
        self.awaiting = Awaiting::Judgement(step);
        Output::Judge { step: self.id(step), guard, probes: Vec::new() }
    }

    pub(super) fn waited(
        &mut self,
        now: Timestamp,
        step: usize,
        truth: Truth,
        because: String,
    ) -> Output {
        let Doing::Wait(wait) = &self.state.steps[step].doing else { return self.decide(now) };
        let Work::Wait { at_most, .. } = &self.plan_step(step).work else {
            return self.decide(now);
        };
        let end = wait.until.unwrap_or(now);
        if truth != Truth::True && now < end {
            self.pace = self.pace.map(|pace| pace.after(now, (*at_most, None), end));
            return self.decide(now);
        }
        let event = Event::Waited { step: self.id(step), truth, because };
        self.append(now, event, Then::Decide)
    }
}
