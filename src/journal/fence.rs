//! The fence between two processes at one run: the older one may append nothing more.

use crate::model::{Event, Record};

/// Returns who took a process's run away from it: whoever wrote to a run after this process began or took up its own.
///
/// `boot` is the process's mark in its records. A process that has begun nothing yet is behind no fence; see
/// [`overtaken`].
pub fn superseded(records: &[Record], boot: &str) -> Option<String> {
    overtaken(records, boot, records.len())
}

/// As [`superseded`], also before a process has begun: whatever another one wrote to a run since this one read the
/// journal's first `seen` records shuts it out, for what it concluded from them is no longer so.
pub fn overtaken(records: &[Record], boot: &str, seen: usize) -> Option<String> {
    let begins =
        |record: &Record| matches!(record.event, Event::Started { .. } | Event::Resumed { .. });
    let began = records.iter().rposition(|record| record.boot == boot && begins(record));
    let since = records.get(began.map_or(seen, |began| began + 1)..)?;
    since.iter().find_map(|record| {
        let other = record.boot != boot;
        if let Event::TakenOver { by, .. } = &record.event
            && (other || began.is_some())
        {
            return Some(format!("{by} took the run over"));
        }
        let lost = other && of_a_run(&record.event);
        lost.then(|| "another process took the run up".to_owned())
    })
}

/// Tells whether only a process that runs a plan writes such a record.
const fn of_a_run(event: &Event) -> bool {
    match event {
        Event::Started { .. }
        | Event::Resumed { .. }
        | Event::Intended { .. }
        | Event::InDoubt { .. }
        | Event::Deferred { .. }
        | Event::Settled { .. }
        | Event::Verified { .. }
        | Event::Telling { .. }
        | Event::Told { .. }
        | Event::Asked { .. }
        | Event::Answered { .. }
        | Event::Checked { .. }
        | Event::Waiting { .. }
        | Event::Waited { .. }
        | Event::WentOn { .. }
        | Event::Held { .. }
        | Event::TurnedBack { .. }
        | Event::Halted { .. }
        | Event::Finished { .. } => true,
        Event::Declared { .. }
        | Event::Diagnosed { .. }
        | Event::Planned { .. }
        | Event::Overridden { .. }
        | Event::Refused { .. }
        | Event::Approved { .. }
        | Event::WrongCode { .. }
        | Event::BrokeGlass { .. }
        | Event::HaltAsked { .. }
        | Event::TakenOver { .. }
        | Event::Noted { .. }
        | Event::Purged { .. }
        | Event::Resolved { .. }
        | Event::Closed { .. } => false,
    }
}
