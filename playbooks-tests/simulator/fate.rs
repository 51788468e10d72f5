//! What may happen to each thing that the engine asks for, and in which kind of step.

use lifeboat::engine::Output;
use lifeboat::journal::{ChangeState, Doing, RunState, Standing};
use lifeboat::model::{Direction, Event};

/// What happens to one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Well,
    /// The process dies before it is carried out.
    CrashBefore,
    /// The process dies after it was carried out, before the engine hears of it.
    CrashAfter,
    /// The process dies with half of the record on the disk.
    CrashTorn,
    /// A write is in flight for so long when the process dies.
    CrashFlying(u64),
    /// A write lands after so long, and no answer comes.
    Late(u64),
    /// Applied or delivered, and the answer is lost.
    LostDone,
    /// Dropped on the way, and no answer comes.
    LostDropped,
    /// The service is busy (429): surely nothing changed, and not before so long from now.
    Busy(u64),
    /// The service says 503 and surely did nothing; again not before so long from now.
    AwayLater(u64),
    /// The service says 503, and nobody knows whether it did it.
    AwayLost(bool),
    /// It fails, as such things do: refused, unreadable, undelivered, not yet, false.
    Fails,
    /// A limit that held no longer does.
    Forbidden,
    /// A record is not said to be durable, and yet it is there.
    FailsWhole,
    /// Nobody can tell: unknown, unanswered.
    Unclear,
    /// Nobody is there.
    Nobody,
    /// It takes five seconds.
    Slow,
    /// The process stands still before it is carried out.
    PauseBefore,
    /// The process stands still after it was carried out.
    PauseAfter,
    /// Somebody stops the run.
    Stop,
    /// The caller has waited long enough.
    Enough,
}

/// What may happen at any moment, whatever the engine asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Drift,
    ClockForward,
    ClockBack,
    Dark,
}

pub const WEATHER: [(Weather, &str); 4] = [
    (Weather::Drift, "drift"),
    (Weather::ClockForward, "clock set forward"),
    (Weather::ClockBack, "clock set back"),
    (Weather::Dark, "network gone"),
];

/// An output's kind, the kinds of steps in which it is asked for, and what may happen to it besides going well.
pub type Row = (&'static str, &'static [&'static str], &'static [Fate]);

pub const EVERYWHERE: &[&str] =
    &["begin", "check", "ask", "change", "undo", "message", "wait", "end"];

pub const ROWS: &[Row] = &[
    (
        "append",
        EVERYWHERE,
        &[
            Fate::CrashBefore,
            Fate::CrashAfter,
            Fate::CrashTorn,
            Fate::Fails,
            Fate::FailsWhole,
            Fate::Slow,
            Fate::PauseBefore,
            Fate::PauseAfter,
        ],
    ),
    (
        "read",
        &["change", "undo"],
        &[
            Fate::CrashBefore,
            Fate::CrashAfter,
            Fate::Fails,
            Fate::PauseBefore,
            Fate::PauseAfter,
            Fate::Stop,
        ],
    ),
    (
        "write",
        &["change", "undo"],
        &[
            Fate::CrashBefore,
            Fate::CrashAfter,
            Fate::CrashFlying(0),
            Fate::Late(0),
            Fate::LostDone,
            Fate::LostDropped,
            Fate::Busy(0),
            Fate::AwayLater(0),
            Fate::AwayLost(false),
            Fate::AwayLost(true),
            Fate::Fails,
            Fate::PauseAfter,
            Fate::Stop,
        ],
    ),
    (
        "verify",
        &["change", "undo"],
        &[
            Fate::CrashBefore,
            Fate::CrashAfter,
            Fate::Fails,
            Fate::Unclear,
            Fate::Enough,
            Fate::PauseBefore,
            Fate::PauseAfter,
            Fate::Stop,
        ],
    ),
    (
        "judge",
        &["check", "wait", "undo"],
        &[
            Fate::CrashBefore,
            Fate::CrashAfter,
            Fate::Fails,
            Fate::Unclear,
            Fate::Enough,
            Fate::PauseBefore,
            Fate::PauseAfter,
            Fate::Stop,
        ],
    ),
    ("read", &["change"], &[Fate::Forbidden]),
    ("tell", &["message"], &[Fate::CrashBefore, Fate::CrashAfter, Fate::Fails, Fate::Stop]),
    (
        "deliver",
        &["message"],
        &[
            Fate::CrashBefore,
            Fate::CrashAfter,
            Fate::Fails,
            Fate::LostDone,
            Fate::LostDropped,
            Fate::PauseBefore,
            Fate::PauseAfter,
            Fate::Stop,
        ],
    ),
    (
        "ask",
        &["ask"],
        &[
            Fate::CrashBefore,
            Fate::CrashAfter,
            Fate::Fails,
            Fate::Unclear,
            Fate::Nobody,
            Fate::PauseAfter,
            Fate::Stop,
        ],
    ),
    (
        "wake-at",
        &["change", "undo", "wait"],
        &[Fate::CrashBefore, Fate::CrashAfter, Fate::Enough, Fate::PauseAfter, Fate::Stop],
    ),
];

/// Returns what may happen to an output of a kind in a kind of step.
pub fn fates(kind: &str, place: &str) -> Vec<Fate> {
    let rows = ROWS.iter().filter(|(of, steps, _)| *of == kind && steps.contains(&place));
    rows.flat_map(|(.., fates)| fates.iter().copied()).collect()
}

/// Names an output's kind.
pub fn kind(output: &Output) -> &'static str {
    match output {
        Output::Append(_) => "append",
        Output::Read(_) => "read",
        Output::Write { .. } => "write",
        Output::Verify { .. } => "verify",
        Output::Judge { .. } => "judge",
        Output::Tell { .. } => "tell",
        Output::Deliver { .. } => "deliver",
        Output::Ask { .. } => "ask",
        Output::WakeAt(_) => "wake-at",
        Output::Halt(_) => "halt",
    }
}

/// Names the kind of step at which a run is when it asks for something.
pub fn place(state: &RunState, output: &Output) -> &'static str {
    if matches!(output, Output::Append(Event::Finished { .. }) | Output::Halt(_)) {
        return "end";
    }
    if state.standing != Standing::Running {
        return "begin";
    }
    if let Some((step, change)) = state.in_doubt()
        && let Doing::Change(changing) = &state.steps[step].doing
    {
        let state = changing.changes[change].state;
        let undo = matches!(state, ChangeState::InDoubt { direction: Direction::Undo, .. });
        return if undo { "undo" } else { "change" };
    }
    if state.is_reversing() {
        return if state.to_reverse().is_empty() { "end" } else { "undo" };
    }
    state.current().map_or("end", |step| match &state.steps[step].doing {
        Doing::Took => "took",
        Doing::Check(_) => "check",
        Doing::Ask { .. } => "ask",
        Doing::Change(_) => "change",
        Doing::Message(_) => "message",
        Doing::Wait(_) => "wait",
    })
}

pub fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Well => "well",
        Fate::CrashBefore => "crash before",
        Fate::CrashAfter => "crash after",
        Fate::CrashTorn => "crash, torn",
        Fate::CrashFlying(_) => "crash in flight",
        Fate::Late(_) => "late",
        Fate::LostDone => "done, answer lost",
        Fate::LostDropped => "dropped, answer lost",
        Fate::Busy(_) => "429",
        Fate::AwayLater(_) => "503, later",
        Fate::AwayLost(true) => "503, done all the same",
        Fate::AwayLost(false) => "503, lost",
        Fate::Fails => "fails",
        Fate::Forbidden => "forbidden",
        Fate::FailsWhole => "fails, and is there",
        Fate::Unclear => "unclear",
        Fate::Nobody => "nobody",
        Fate::Slow => "slow",
        Fate::PauseBefore => "stands still before",
        Fate::PauseAfter => "stands still after",
        Fate::Stop => "stop",
        Fate::Enough => "enough",
    }
}
