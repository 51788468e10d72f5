//! What the engine asks of the outside, and what the outside may tell it.

use jiff::Timestamp;

use crate::model::{
    Ask, Change, Delivery, Direction, Event, Guard, Id, PlannedChannel, ProbeKind, Proven, Target,
    Truth, Value, Verify,
};

/// What the outside may tell the engine: each output but `Halt` is answered by exactly one of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The first step of an opened engine.
    Begin,
    /// To `Append`: the record is on the disk, under this number.
    Durable(u64),
    /// To `Append`: it is not, and why.
    NotDurable(String),
    /// To `Append`: it is not, because another process has taken the run over; by whom.
    Superseded(String),
    /// To `Read`: the target's value.
    Read(Value),
    /// To `Read`: it could not be read, and why.
    Unreadable(String),
    /// To the `Read` before a write: a limit no longer lets it leave, and why.
    Forbidden(String),
    /// To `Write`: the service said that it did it.
    Written,
    /// To `Write`: surely nothing changed, and why.
    Refused(String),
    /// To `Write`: surely nothing changed; the service wants to be asked again, not before a time.
    Later {
        /// Why.
        because: String,
        /// From when on (UTC).
        until: Timestamp,
    },
    /// To `Write`: nobody knows, and how the answer was lost.
    Lost(String),
    /// To `Verify`: what the witnesses say; `NotYet` where not all see it yet.
    Proven {
        /// What they say.
        outcome: Proven,
        /// In words.
        because: String,
    },
    /// To `Judge`.
    Judged {
        /// What the guard came to.
        truth: Truth,
        /// Why.
        because: String,
    },
    /// To `Tell`: the whole text.
    Rendered(String),
    /// To `Tell`: there is no text, and why.
    NotRendered(String),
    /// To `Deliver`.
    Told {
        /// Whether it arrived.
        delivery: Delivery,
        /// Where it lies, or why not.
        because: String,
    },
    /// To `Ask`.
    Answered {
        /// What they said.
        answer: String,
        /// Who.
        by: String,
    },
    /// To `Ask`: there is nobody to ask here.
    NobodyAsked,
    /// To `Ask`: asked, and not answered now.
    AnswerOpen,
    /// To anything but `Append`, in place of its answer: stop before the next effect. While an `Append`
    /// is under way, call [`super::Engine::stop`] instead.
    Stop(String),
    /// To `WakeAt`, once: return as soon as nothing is in doubt (`run --wait`). A `WakeAt` that follows
    /// is for a write that may still land, and is waited out. To `Verify` and to `Judge`: nobody had the
    /// time to hear the answer, so there is none.
    Enough,
    /// To `WakeAt`: the time has come.
    Tick,
}

/// The one thing to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Append it to the journal, durably.
    Append(Event),
    /// Read a target's value.
    Read(Target),
    /// Send one request. Its intent is durable.
    Write {
        /// What to ensure; already turned to its direction.
        change: Change,
        /// The idempotency key of this try.
        key: String,
    },
    /// Ask the witnesses once.
    Verify {
        /// The step.
        step: Id,
        /// Whom to ask what.
        verify: Verify,
        /// Which state they shall see.
        direction: Direction,
        /// When the last write landed.
        since: Timestamp,
    },
    /// Probe and hold a guard against the facts.
    Judge {
        /// The step.
        step: Id,
        /// The guard; [`Guard::Always`] where facts are only recorded.
        guard: Guard,
        /// Which probes; none: whatever the guard speaks of.
        probes: Vec<ProbeKind>,
    },
    /// Render a message.
    Tell {
        /// The step.
        step: Id,
        /// The template's name.
        template: String,
        /// The channel.
        channel: PlannedChannel,
        /// The language.
        language: String,
    },
    /// Deliver a message. That it is about to be is durable.
    Deliver {
        /// The step.
        step: Id,
        /// The channel.
        channel: Id,
        /// The language.
        language: String,
        /// The whole text.
        text: String,
    },
    /// Ask a person.
    Ask {
        /// The step.
        step: Id,
        /// What.
        ask: Ask,
    },
    /// Wait until then, and answer `Tick` (or `Enough`, or `Stop`).
    WakeAt(Timestamp),
    /// The engine is done in this process.
    Halt(Halt),
}

/// How the engine came to rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// Every step is done; a failed one with `on_fail: continue` is listed in the journal.
    Completed,
    /// Everything that was done is reversed: the world is as it was.
    Undone,
    /// A person must decide; `resume` once it is mended.
    Held {
        /// Where.
        step: Id,
        /// Why.
        because: String,
        /// What is left to do.
        left: Vec<Id>,
        /// Who must act.
        who: Option<Id>,
    },
    /// Too early to go on; `resume` continues.
    Waiting {
        /// Where.
        step: Id,
        /// Until when at most, where that is known.
        until: Option<Timestamp>,
        /// For what.
        because: String,
    },
    /// The operator stopped it; `resume` continues.
    Stopped {
        /// Who, or which signal.
        by: String,
    },
    /// A person is needed and none can be asked.
    NobodyAsked {
        /// Where.
        step: Id,
    },
    /// The journal could not be written, so nothing more is done; `resume` continues.
    NoJournal(String),
    /// What the plan rests on is no longer so, and nothing was written.
    RefusedBeforeWrite {
        /// Where.
        step: Id,
        /// Why.
        because: String,
    },
    /// Taken up several times and nothing came of it; `resume` tries once more.
    Parked {
        /// Where.
        step: Id,
        /// Why.
        because: String,
    },
    /// Another process has taken the run over; this one does nothing more.
    TakenOver {
        /// Who.
        by: String,
    },
    /// The engine would have written a record that does not follow: a defect, and nothing was written.
    Defect(String),
}
