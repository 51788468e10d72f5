//! The rows of the table of legal transitions: where something stood, what was recorded, where it stands then.

use std::collections::BTreeMap;

use lifeboat::journal::{ChangeState, Doing, RunState, Standing};
use lifeboat::model::{Delivery, Direction, End, Event, Id, Outcome, Proven, Truth};

/// Before, record, after.
pub type Row = (&'static str, &'static str, &'static str);

/// What a record moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    Run,
    Change(usize, usize),
    Leg(usize, Direction),
    Guard(usize),
    Step(usize),
    Parcel(usize, usize),
}

/// Returns what a record moves, if it is one of a run's.
pub fn spot(state: &RunState, event: &Event) -> Option<Spot> {
    let at = |id: &Id| state.steps.iter().position(|step| step.id == *id);
    Some(match event {
        Event::Started { .. }
        | Event::Resumed { .. }
        | Event::Finished { .. }
        | Event::Held { .. }
        | Event::Halted { .. }
        | Event::WentOn { .. }
        | Event::TurnedBack { .. } => Spot::Run,
        Event::Intended { step, change, .. }
        | Event::InDoubt { step, change, .. }
        | Event::Deferred { step, change, .. }
        | Event::Settled { step, change, .. } => {
            Spot::Change(at(step)?, usize::try_from(*change).unwrap())
        }
        Event::Verified { step, direction, .. } => Spot::Leg(at(step)?, *direction),
        Event::Checked { step, .. } if state.is_reversing() => Spot::Guard(at(step)?),
        Event::Checked { step, .. }
        | Event::Asked { step, .. }
        | Event::Answered { step, .. }
        | Event::Waiting { step, .. }
        | Event::Waited { step, .. } => Spot::Step(at(step)?),
        Event::Telling { step, channel, language, .. }
        | Event::Told { step, channel, language, .. } => {
            let step = at(step)?;
            let Doing::Message(parcels) = &state.steps[step].doing else { return None };
            let mut each = parcels.iter();
            let parcel = each.position(|p| p.channel == *channel && p.language == *language)?;
            Spot::Parcel(step, parcel)
        }
        _ => return None,
    })
}

/// Names where something stands.
pub fn class(state: &RunState, spot: &Spot) -> &'static str {
    match spot {
        Spot::Run => run(state),
        Spot::Change(step, index) => match &state.steps[*step].doing {
            Doing::Change(changing) => change(changing.changes[*index].state),
            _ => "no change",
        },
        Spot::Leg(step, direction) => match &state.steps[*step].doing {
            Doing::Change(changing) => match (direction, changing.leg(*direction).proven) {
                (Direction::Do, None) => "unproven",
                (Direction::Do, Some(Proven::NotYet)) => "not yet proven",
                (Direction::Do, Some(Proven::Yes)) => "proven",
                (Direction::Do, Some(Proven::No)) => "disproven",
                (Direction::Undo, None) => "way back unproven",
                (Direction::Undo, Some(Proven::NotYet)) => "way back not yet proven",
                (Direction::Undo, Some(Proven::Yes)) => "way back proven",
                (Direction::Undo, Some(Proven::No)) => "way back disproven",
            },
            _ => "no change",
        },
        Spot::Guard(step) => match &state.steps[*step].doing {
            Doing::Change(changing) => match changing.back.guard {
                None => "way back unjudged",
                Some(Truth::True) => "way back known good",
                Some(Truth::False) => "way back known bad",
                Some(Truth::Unknown) => "way back unknown",
            },
            _ => "no change",
        },
        Spot::Step(step) => other(&state.steps[*step].doing),
        Spot::Parcel(step, index) => match &state.steps[*step].doing {
            Doing::Message(parcels) => match (&parcels[*index].told, parcels[*index].telling) {
                (None, false) => "untold",
                (None, true) => "on its way",
                (Some((Delivery::Delivered, _)), _) => "delivered",
                (Some((Delivery::Failed, _)), _) => "undelivered",
                (Some((Delivery::Unknown, _)), _) => "delivery unknown",
            },
            _ => "no message",
        },
    }
}

/// Names where each change stands: what concerns a run as a whole may move them all.
pub fn changes(state: &RunState) -> Vec<&'static str> {
    let each = state.steps.iter().flat_map(|step| match &step.doing {
        Doing::Change(changing) => changing.changes.as_slice(),
        _ => &[],
    });
    each.map(|progress| change(progress.state)).collect()
}

fn run(state: &RunState) -> &'static str {
    let turned = state.turned.is_some();
    match (state.standing, state.direction, turned) {
        (Standing::Fresh, ..) => "fresh",
        (Standing::Running, Direction::Do, false) => "running",
        (Standing::Running, Direction::Do, true) => "turned",
        (Standing::Running, Direction::Undo, _) => "undoing",
        (Standing::Halted, Direction::Do, false) => "halted",
        (Standing::Halted, Direction::Do, true) => "halted, turned",
        (Standing::Halted, Direction::Undo, _) => "halted, undoing",
        (Standing::Held, Direction::Do, false) => "held",
        (Standing::Held, Direction::Do, true) => "held, turned",
        (Standing::Held, Direction::Undo, _) => "held, undoing",
        (Standing::Finished(Outcome::Completed), ..) => "completed",
        (Standing::Finished(Outcome::Undone), ..) => "undone",
        (Standing::Finished(Outcome::Refused), ..) => "refused",
        (Standing::Finished(Outcome::Held), ..) => "finished as held",
    }
}

fn change(state: ChangeState) -> &'static str {
    use Direction::{Do, Undo};
    match state {
        ChangeState::Untouched => "untouched",
        ChangeState::InDoubt { direction: Do, unread: false, .. } => "in doubt",
        ChangeState::InDoubt { direction: Do, unread: true, .. } => "in doubt, unread",
        ChangeState::InDoubt { direction: Undo, unread: false, .. } => "undo in doubt",
        ChangeState::InDoubt { direction: Undo, unread: true, .. } => "undo in doubt, unread",
        ChangeState::Deferred { direction: Do, .. } => "put off",
        ChangeState::Deferred { direction: Undo, .. } => "undo put off",
        ChangeState::Settled { direction: Do, end, .. } => match end {
            End::Landed => "landed",
            End::Absent => "absent",
            End::Drifted => "drifted",
            End::Refused => "refused by its service",
            End::Unreadable => "unreadable",
        },
        ChangeState::Settled { direction: Undo, end, .. } => match end {
            End::Landed => "undo landed",
            End::Absent => "undo absent",
            End::Drifted => "undo drifted",
            End::Refused => "undo refused by its service",
            End::Unreadable => "undo unreadable",
        },
    }
}

fn other(doing: &Doing) -> &'static str {
    let judged = |truth: Truth, words: [&'static str; 3]| match truth {
        Truth::True => words[0],
        Truth::False => words[1],
        Truth::Unknown => words[2],
    };
    match doing {
        Doing::Took => "took",
        Doing::Check(None) => "unchecked",
        Doing::Check(Some((truth, _))) => {
            judged(*truth, ["checked, so", "checked, not so", "checked, unknown"])
        }
        Doing::Ask { answered: true, .. } => "answered",
        Doing::Ask { asked: None, .. } => "unasked",
        Doing::Ask { open: false, .. } => "asked by another process",
        Doing::Ask { .. } => "asked",
        Doing::Change(_) => "changes",
        Doing::Message(_) => "messages",
        Doing::Wait(wait) => match &wait.ended {
            Some((truth, _)) => judged(*truth, ["waited, so", "waited, not so", "waited, unknown"]),
            None if wait.open => "waiting",
            None if wait.since.is_some() => "waiting in another process",
            None => "not waiting",
        },
    }
}

/// Names a record: its kind, with how it ended where that matters.
pub fn record(event: &Event) -> &'static str {
    match event {
        Event::Started { direction: Direction::Do, .. } => "started",
        Event::Started { direction: Direction::Undo, .. } => "undo started",
        Event::Finished { outcome, .. } => match outcome {
            Outcome::Completed => "finished: completed",
            Outcome::Undone => "finished: undone",
            Outcome::Held => "finished: held",
            Outcome::Refused => "finished: refused",
        },
        Event::Settled { end, .. } => match end {
            End::Landed => "settled: landed",
            End::Absent => "settled: absent",
            End::Drifted => "settled: drifted",
            End::Refused => "settled: refused",
            End::Unreadable => "settled: unreadable",
        },
        event => event.kind(),
    }
}

/// Compares what was met with what is declared: rows that were never met, and rows that are not declared.
pub fn compare(met: &BTreeMap<Row, u64>) -> (Vec<Row>, Vec<Row>) {
    let missing = DECLARED.iter().filter(|row| !met.contains_key(*row)).copied().collect();
    let strange = met.keys().filter(|row| !DECLARED.contains(row)).copied().collect();
    (missing, strange)
}

/// Every legal row.
pub const DECLARED: &[Row] = &[
    ("absent", "intended", "in doubt"),
    ("absent", "resumed", "untouched"),
    ("absent", "settled: drifted", "drifted"),
    ("absent", "settled: landed", "landed"),
    ("absent", "settled: unreadable", "unreadable"),
    ("absent", "undo started", "untouched"),
    ("absent", "settled: refused", "refused by its service"),
    ("put off", "settled: refused", "refused by its service"),
    ("untouched", "settled: refused", "refused by its service"),
    ("asked", "answered", "answered"),
    ("asked by another process", "asked", "asked"),
    ("completed", "undo started", "undoing"),
    ("drifted", "resumed", "untouched"),
    ("drifted", "undo started", "untouched"),
    ("fresh", "started", "running"),
    ("halted", "resumed", "running"),
    ("halted", "undo started", "undoing"),
    ("halted, turned", "resumed", "turned"),
    ("halted, turned", "undo started", "undoing"),
    ("halted, undoing", "resumed", "undoing"),
    ("held", "finished: held", "held"),
    ("held", "resumed", "running"),
    ("held", "undo started", "undoing"),
    ("held, turned", "finished: held", "held, turned"),
    ("held, turned", "resumed", "running"),
    ("held, turned", "resumed", "turned"),
    ("held, turned", "undo started", "undoing"),
    ("held, undoing", "finished: held", "held, undoing"),
    ("held, undoing", "resumed", "undoing"),
    ("in doubt", "deferred", "put off"),
    ("in doubt", "in-doubt", "in doubt"),
    ("in doubt", "settled: absent", "absent"),
    ("in doubt", "settled: drifted", "drifted"),
    ("in doubt", "settled: landed", "landed"),
    ("in doubt", "settled: refused", "refused by its service"),
    ("in doubt", "settled: unreadable", "in doubt, unread"),
    ("in doubt, unread", "resumed", "in doubt"),
    ("in doubt, unread", "undo started", "in doubt"),
    ("landed", "intended", "undo in doubt"),
    ("landed", "settled: drifted", "undo drifted"),
    ("landed", "settled: landed", "undo landed"),
    ("landed", "settled: unreadable", "undo unreadable"),
    ("not waiting", "waiting", "waiting"),
    ("not yet proven", "verified", "disproven"),
    ("not yet proven", "verified", "proven"),
    ("on its way", "told", "delivered"),
    ("on its way", "told", "delivery unknown"),
    ("on its way", "told", "undelivered"),
    ("put off", "intended", "in doubt"),
    ("put off", "resumed", "untouched"),
    ("put off", "settled: drifted", "drifted"),
    ("put off", "settled: landed", "landed"),
    ("put off", "settled: unreadable", "unreadable"),
    ("put off", "undo started", "untouched"),
    ("refused by its service", "resumed", "untouched"),
    ("refused by its service", "undo started", "untouched"),
    ("running", "finished: completed", "completed"),
    ("running", "finished: refused", "refused"),
    ("running", "halted", "halted"),
    ("running", "held", "held"),
    ("running", "resumed", "running"),
    ("running", "turned-back", "turned"),
    ("running", "undo started", "undoing"),
    ("running", "went-on", "running"),
    ("turned", "finished: undone", "undone"),
    ("turned", "halted", "halted, turned"),
    ("turned", "held", "held, turned"),
    ("turned", "resumed", "turned"),
    ("turned", "undo started", "undoing"),
    ("unasked", "asked", "asked"),
    ("unchecked", "checked", "checked, not so"),
    ("unchecked", "checked", "checked, so"),
    ("unchecked", "checked", "checked, unknown"),
    ("undo absent", "intended", "undo in doubt"),
    ("undo absent", "resumed", "landed"),
    ("undo absent", "settled: drifted", "undo drifted"),
    ("undo absent", "settled: landed", "undo landed"),
    ("undo absent", "settled: unreadable", "undo unreadable"),
    ("undo absent", "undo started", "landed"),
    ("undo drifted", "resumed", "landed"),
    ("undo drifted", "undo started", "landed"),
    ("undo in doubt", "deferred", "undo put off"),
    ("undo in doubt", "in-doubt", "undo in doubt"),
    ("undo in doubt", "settled: absent", "undo absent"),
    ("undo in doubt", "settled: drifted", "undo drifted"),
    ("undo in doubt", "settled: landed", "undo landed"),
    ("undo in doubt", "settled: refused", "undo refused by its service"),
    ("undo in doubt", "settled: unreadable", "undo in doubt, unread"),
    ("undo in doubt, unread", "resumed", "undo in doubt"),
    ("undo in doubt, unread", "undo started", "undo in doubt"),
    ("undo landed", "resumed", "untouched"),
    ("undo put off", "intended", "undo in doubt"),
    ("undo put off", "resumed", "landed"),
    ("undo put off", "settled: drifted", "undo drifted"),
    ("undo put off", "settled: landed", "undo landed"),
    ("undo put off", "settled: unreadable", "undo unreadable"),
    ("undo put off", "undo started", "landed"),
    ("undo refused by its service", "resumed", "landed"),
    ("undo refused by its service", "undo started", "landed"),
    ("undo unreadable", "resumed", "landed"),
    ("undo unreadable", "undo started", "landed"),
    ("undoing", "finished: refused", "completed"),
    ("undoing", "finished: refused", "halted"),
    ("undoing", "finished: refused", "halted, turned"),
    ("undoing", "finished: refused", "held"),
    ("undoing", "finished: refused", "held, turned"),
    ("undoing", "finished: refused", "running"),
    ("undoing", "finished: refused", "turned"),
    ("undoing", "finished: undone", "undone"),
    ("undoing", "halted", "halted, undoing"),
    ("undoing", "held", "held, undoing"),
    ("undoing", "resumed", "undoing"),
    ("unproven", "verified", "disproven"),
    ("unproven", "verified", "not yet proven"),
    ("unproven", "verified", "proven"),
    ("unreadable", "resumed", "untouched"),
    ("unreadable", "undo started", "untouched"),
    ("untold", "telling", "on its way"),
    ("untold", "told", "undelivered"),
    ("untouched", "intended", "in doubt"),
    ("untouched", "settled: drifted", "drifted"),
    ("untouched", "settled: landed", "landed"),
    ("untouched", "settled: unreadable", "unreadable"),
    ("waiting", "waited", "waited, not so"),
    ("waiting", "waited", "waited, so"),
    ("waiting", "waited", "waited, unknown"),
    ("waiting in another process", "waiting", "waiting"),
    ("way back not yet proven", "verified", "way back disproven"),
    ("way back not yet proven", "verified", "way back proven"),
    ("way back known good", "checked", "way back known bad"),
    ("way back known good", "checked", "way back known good"),
    ("way back known good", "checked", "way back unknown"),
    ("way back unjudged", "checked", "way back known bad"),
    ("way back unjudged", "checked", "way back known good"),
    ("way back unjudged", "checked", "way back unknown"),
    ("way back unproven", "verified", "way back disproven"),
    ("way back unproven", "verified", "way back not yet proven"),
    ("way back unproven", "verified", "way back proven"),
];
