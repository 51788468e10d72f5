//! What each answer leads to.

use jiff::Timestamp;

use super::machine::{Awaiting, Engine, LEASE, LEEWAY, PATIENCE, Place, Then};
use super::talk::{Halt, Input, Output};
use crate::journal::{self, Doing};
use crate::model::{Delivery, Direction, End, Event, Proven, Truth, Value, Work};

/// How often an answer that is none of those asked for is asked again.
const MISUNDERSTOOD: u8 = 3;

impl Engine {
    /// Takes one input. One that answers nothing that was asked never counts as a yes.
    pub(super) fn take(&mut self, now: Timestamp, input: Input) -> Output {
        match (std::mem::replace(&mut self.awaiting, Awaiting::Nothing), input) {
            (Awaiting::Nothing, Input::Begin) => self.begin(now),
            (Awaiting::Durable { next, at, then }, Input::Durable(_)) => {
                self.state = *next;
                self.follow(now, at, then)
            }
            (Awaiting::Durable { .. }, Input::NotDurable(why)) => self.halt(Halt::NoJournal(why)),
            (Awaiting::Durable { .. }, Input::Superseded(by)) => self.halt(Halt::TakenOver { by }),
            (Awaiting::Durable { .. }, _) => self.halt(Halt::NoJournal(
                "the run was cut short while a record was written; what the journal holds counts"
                    .to_owned(),
            )),
            (Awaiting::Look(place), Input::Read(found)) => self.looked(now, place, &found),
            (Awaiting::ReadBack(place), Input::Read(found)) => self.read_back(now, place, &found),
            (Awaiting::Look(place) | Awaiting::ReadBack(place), Input::Unreadable(why)) => {
                self.settle(now, place, End::Unreadable, why)
            }
            (Awaiting::Look(place), Input::Forbidden(why)) => self.forbidden(now, place, why),
            (Awaiting::Reply(place), input) => self.replied(now, place, input),
            (Awaiting::Proof { step, direction }, Input::Proven { outcome, because }) => {
                self.proven(now, step, direction, outcome, because)
            }
            (Awaiting::Judgement(step), Input::Judged { truth, because }) => {
                self.judged(now, step, truth, because)
            }
            (Awaiting::Proof { step, .. } | Awaiting::Judgement(step), Input::Enough) => {
                self.unseen(step)
            }
            (Awaiting::Text { step, parcel }, Input::Rendered(text)) => {
                self.rendered(now, step, parcel, text)
            }
            (Awaiting::Text { step, parcel }, Input::NotRendered(why)) => {
                self.told(now, step, parcel, Delivery::Failed, format!("not rendered: {why}"))
            }
            (Awaiting::Delivery { step, parcel }, Input::Told { delivery, because }) => {
                self.told(now, step, parcel, delivery, because)
            }
            (Awaiting::Delivery { step, parcel }, _) => {
                let why = "the run was cut short while it was on its way".to_owned();
                self.told(now, step, parcel, Delivery::Unknown, why)
            }
            (Awaiting::Answer(step), input) => self.answered(now, step, input),
            _ => self.decide(now),
        }
    }

    fn follow(&mut self, now: Timestamp, at: Timestamp, then: Then) -> Output {
        match then {
            Then::Decide => self.decide(now),
            Then::Write { place, .. } if now > LEASE.after(at) => {
                // Sent now, it could land after the time by which the journal says it cannot.
                let why = "not sent: recording its intent took too long".to_owned();
                self.settle(now, place, End::Absent, why)
            }
            Then::Write { place, change, key } => {
                self.awaiting = Awaiting::Reply(place);
                Output::Write { change: *change, key }
            }
            Then::Deliver { step, parcel, text } => {
                let Doing::Message(parcels) = &self.state.steps[step].doing else {
                    return self.halt(Halt::Defect("a step without messages tells".to_owned()));
                };
                let told = &parcels[parcel];
                let (channel, language) = (told.channel.clone(), told.language.clone());
                self.awaiting = Awaiting::Delivery { step, parcel };
                Output::Deliver { step: self.id(step), channel, language, text }
            }
            Then::Finish { outcome, halt } => self.finish(now, outcome, halt),
            Then::Halt(halt) => self.halt(halt),
        }
    }

    /// The look right before a write: only the value that the plan was pinned on lets it leave.
    fn looked(&mut self, now: Timestamp, place: Place, found: &Value) -> Output {
        let (step, index) = (self.id(place.step), place.change);
        let Some(planned) = self.planned(place.step) else { return self.decide(now) };
        let change = planned.changes[index].toward(place.direction);
        if found.same_as(&change.after) {
            let why = "the target has the wanted value already".to_owned();
            return self.settle(now, place, End::Landed, why);
        }
        if !found.same_as(&change.before) {
            return self.settle(now, place, End::Drifted, drifted(&change.object));
        }
        let Doing::Change(changing) = &self.state.steps[place.step].doing else {
            return self.decide(now);
        };
        let attempt = changing.changes[index].attempts.saturating_add(1);
        let number = u32::try_from(index).unwrap_or(u32::MAX);
        let digest = self.approved.digest();
        let key = journal::key(digest, &step, number, place.direction, attempt);
        let lands_by = LEEWAY.after(change.settle.after(change.timeout.after(now)));
        let direction = place.direction;
        let event = Event::Intended { step, change: number, direction, key: key.clone(), lands_by };
        self.append(now, event, Then::Write { place, change: Box::new(change), key })
    }

    /// A limit that held when the plan was pinned holds no longer: a refusal while nothing is written.
    fn forbidden(&mut self, now: Timestamp, place: Place, why: String) -> Output {
        if self.state.wrote {
            return self.settle(now, place, End::Refused, why);
        }
        self.refuse(now, place.step, why)
    }

    fn read_back(&mut self, now: Timestamp, place: Place, found: &Value) -> Output {
        let Some(planned) = self.planned(place.step) else { return self.decide(now) };
        let change = planned.changes[place.change].toward(place.direction);
        let (end, because) = if found.same_as(&change.after) {
            (End::Landed, "read back: it has landed".to_owned())
        } else if found.same_as(&change.before) {
            (End::Absent, "read back: it has not landed and no longer can".to_owned())
        } else {
            (End::Drifted, drifted(&change.object))
        };
        self.settle(now, place, end, because)
    }

    fn replied(&mut self, now: Timestamp, place: Place, input: Input) -> Output {
        let why = if input == Input::Written {
            return self.settle(
                now,
                place,
                End::Landed,
                "the service said that it did it".to_owned(),
            );
        } else if let Input::Refused(why) = input {
            return self.settle(now, place, End::Refused, why);
        } else if let Input::Later { because, until } = input {
            return self.deferred(now, place, until, because);
        } else if let Input::Lost(why) = input {
            why
        } else {
            "the run was cut short before an answer came".to_owned()
        };
        let (step, direction) = (self.id(place.step), place.direction);
        let change = u32::try_from(place.change).unwrap_or(u32::MAX);
        let event = Event::InDoubt { step, change, direction, because: why };
        self.append(now, event, Then::Decide)
    }

    /// Surely nothing changed: it is tried again when the service wants it, but within what the step may take.
    fn deferred(
        &mut self,
        now: Timestamp,
        place: Place,
        until: Timestamp,
        because: String,
    ) -> Output {
        let (step, direction) = (self.id(place.step), place.direction);
        let longest = self.plan_step(place.step).timeout.unwrap_or(PATIENCE).after(now);
        let until = until.min(longest).max(now);
        let change = u32::try_from(place.change).unwrap_or(u32::MAX);
        let event = Event::Deferred { step, change, direction, until, because };
        self.append(now, event, Then::Decide)
    }

    pub(super) fn settle(
        &mut self,
        now: Timestamp,
        place: Place,
        end: End,
        because: String,
    ) -> Output {
        let (step, direction) = (self.id(place.step), place.direction);
        let change = u32::try_from(place.change).unwrap_or(u32::MAX);
        let event = Event::Settled { step, change, direction, end, because };
        self.append(now, event, Then::Decide)
    }

    fn proven(
        &mut self,
        now: Timestamp,
        step: usize,
        direction: Direction,
        outcome: Proven,
        because: String,
    ) -> Output {
        let Some((window, end, told)) = self.window(step, direction) else {
            return self.decide(now);
        };
        let outcome = match outcome {
            Proven::NotYet if now >= end => Proven::No,
            Proven::Yes | Proven::NotYet | Proven::No => outcome,
        };
        if outcome == Proven::NotYet {
            let turn = self.planned(step).and_then(|planned| planned.verify.turn);
            self.pace = self.pace.map(|pace| pace.after(now, (window, turn), end));
            if told.as_deref() == Some(because.as_str()) {
                return self.decide(now);
            }
        }
        let event = Event::Verified { step: self.id(step), direction, outcome, because };
        self.append(now, event, Then::Decide)
    }

    /// A look that was not waited for says nothing: neither "not yet" nor, where its time is over, "no".
    fn unseen(&mut self, step: usize) -> Output {
        let because = "the caller's time was over before everybody who was asked had answered";
        let (step, because) = (self.id(step), because.to_owned());
        self.halt(Halt::Waiting { step, until: None, because })
    }

    fn judged(&mut self, now: Timestamp, step: usize, truth: Truth, because: String) -> Output {
        let waits = match &self.plan_step(step).work {
            Work::Wait { .. } => true,
            Work::Check { .. }
            | Work::Took { .. }
            | Work::Ask(_)
            | Work::Change(_)
            | Work::Message { .. } => false,
        };
        if waits {
            return self.waited(now, step, truth, because);
        }
        let event = Event::Checked { step: self.id(step), truth, because, evidence: None };
        self.append(now, event, Then::Decide)
    }

    fn rendered(&mut self, now: Timestamp, step: usize, parcel: usize, text: String) -> Output {
        if self.stop.is_some() {
            return self.decide(now);
        }
        let Doing::Message(parcels) = &self.state.steps[step].doing else {
            return self.decide(now);
        };
        let told = &parcels[parcel];
        let event = Event::Telling {
            step: self.id(step),
            channel: told.channel.clone(),
            language: told.language.clone(),
            text: text.clone(),
        };
        self.append(now, event, Then::Deliver { step, parcel, text })
    }

    pub(super) fn told(
        &mut self,
        now: Timestamp,
        step: usize,
        parcel: usize,
        delivery: Delivery,
        because: String,
    ) -> Output {
        let Doing::Message(parcels) = &self.state.steps[step].doing else {
            return self.decide(now);
        };
        let told = &parcels[parcel];
        let event = Event::Told {
            step: self.id(step),
            channel: told.channel.clone(),
            language: told.language.clone(),
            delivery,
            because,
        };
        self.append(now, event, Then::Decide)
    }

    fn answered(&mut self, now: Timestamp, step: usize, input: Input) -> Output {
        let Work::Ask(ask) = &self.plan_step(step).work else { return self.decide(now) };
        if input == Input::NobodyAsked {
            let step = self.id(step);
            return self.halt(Halt::NobodyAsked { step });
        }
        if input == Input::AnswerOpen {
            return self.unanswered(now, step);
        }
        let Input::Answered { answer, by } = input else { return self.decide(now) };
        let answer = answer.trim().to_owned();
        if ask.answers.is_empty() || ask.answers.contains(&answer) {
            let event = Event::Answered { step: self.id(step), answer, by };
            return self.append(now, event, Then::Decide);
        }
        self.misunderstood = self.misunderstood.saturating_add(1);
        if self.misunderstood < MISUNDERSTOOD {
            self.decide(now)
        } else {
            self.unanswered(now, step)
        }
    }
}

fn drifted(object: &crate::model::Id) -> String {
    format!(
        "`{object}` has a value that is neither the one before nor the one after; it is left as it is"
    )
}
