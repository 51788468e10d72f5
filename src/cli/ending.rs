//! How a run ended: its exit code, its words, and the next thing to do.

use serde_json::json;

use super::{Exit, Failure, Global, Teller};
use crate::engine::Halt;
use crate::host::Channel;
use crate::model::{Direction, Id};
use crate::store::Incident;
use crate::view::Chronicle;

/// How a run ended.
pub struct Ending<'a> {
    /// Where the run stood still.
    pub halt: &'a Halt,
    /// The step of which nobody knows what became.
    pub doubt: Option<Id>,
    /// Toward the new state, or back.
    pub direction: Direction,
}

/// Says how a run ended and what to do next, and returns its exit code.
///
/// # Errors
/// What the disk said.
pub fn conclude(
    global: &Global,
    incident: &Incident,
    ending: &Ending<'_>,
    teller: &mut Teller,
) -> Result<Exit, Failure> {
    let Ending { halt, doubt, direction } = ending;
    let exit = exit_of(halt, *direction);
    let chronicle = Chronicle::fold(&incident.records()?);
    let undelivered: Vec<String> = chronicle
        .undelivered()
        .map(|notice| format!("{} to {}: {}", notice.step, notice.channel, notice.because))
        .collect();
    let unknown = doubt.as_ref().map(|step| {
        format!("what became of `{step}` is unknown, and is read back before anything else")
    });
    let because = match (because(halt), unknown) {
        (Some(because), Some(unknown)) => Some(format!("{because}; {unknown}")),
        (because, unknown) => because.or(unknown),
    };
    let next = next(halt).map(|next| match &global.incident {
        Some(id) => next.replace("resume`", &format!("resume --incident {id}`")),
        None => next.to_owned(),
    });
    if global.json {
        let document = json!({"schema": "lifeboat.run/v1", "incident": incident.id(), "exit": exit.code(),
            "ended": word(halt), "because": because, "next": next, "undelivered": undelivered});
        teller.say(Channel::Data, document.to_string());
        return Ok(exit);
    }
    let because = because.map(|because| format!(": {because}")).unwrap_or_default();
    teller.say(Channel::Data, format!("{}{because}", word(halt)));
    for line in undelivered {
        teller.say(Channel::Data, format!("undelivered: {line}"));
    }
    if let Some(next) = next {
        teller.say(Channel::Talk, format!("Next: {next}"));
    }
    Ok(exit)
}

/// Returns the exit code of an end: the one place where they meet.
fn exit_of(halt: &Halt, direction: Direction) -> Exit {
    match halt {
        Halt::Completed => Exit::Done,
        Halt::Undone if direction == Direction::Undo => Exit::Done,
        Halt::Undone => Exit::AsBefore,
        Halt::Held { .. } | Halt::Parked { .. } => Exit::Decide,
        Halt::Waiting { .. } => Exit::Waiting,
        Halt::Stopped { .. } => Exit::Stopped,
        Halt::TakenOver { .. } => Exit::Locked,
        Halt::NobodyAsked { .. } => Exit::Approval,
        Halt::NoJournal(_) | Halt::Defect(_) => Exit::Internal,
        Halt::RefusedBeforeWrite { .. } => Exit::Refused,
    }
}

/// Says why a run came to rest.
pub fn because(halt: &Halt) -> Option<String> {
    match halt {
        Halt::Completed | Halt::Undone => None,
        Halt::Held { step, because, left, who } => {
            let left: Vec<&str> = left.iter().map(Id::as_str).collect();
            let who = who.as_ref().map(|who| format!("; {who} must act")).unwrap_or_default();
            Some(format!("`{step}`: {because}; left to do: {}{who}", left.join(", ")))
        }
        Halt::Waiting { step, until, because } => {
            let until = until.map(|until| format!(", until {until}")).unwrap_or_default();
            Some(format!("`{step}`: {because}{until}"))
        }
        Halt::Stopped { by } => Some(format!("by {by}")),
        Halt::TakenOver { by } => Some(by.clone()),
        Halt::NobodyAsked { step } => Some(format!("`{step}` asks a person, and nobody is here")),
        Halt::NoJournal(why) | Halt::Defect(why) => Some(why.clone()),
        Halt::RefusedBeforeWrite { step, because } | Halt::Parked { step, because } => {
            Some(format!("`{step}`: {because}"))
        }
    }
}

fn word(halt: &Halt) -> &'static str {
    match halt {
        Halt::Completed => "completed",
        Halt::Undone => "undone",
        Halt::Held { .. } | Halt::Parked { .. } => "held",
        Halt::Waiting { .. } => "waiting",
        Halt::Stopped { .. } => "stopped",
        Halt::TakenOver { .. } => "taken-over",
        Halt::NobodyAsked { .. } => "nobody-asked",
        Halt::NoJournal(_) => "no-journal",
        Halt::Defect(_) => "defect",
        Halt::RefusedBeforeWrite { .. } => "refused",
    }
}

fn next(halt: &Halt) -> Option<&'static str> {
    match halt {
        Halt::Completed => Some("`lifeboat diagnose`, then `lifeboat status`."),
        Halt::Undone => Some("`lifeboat diagnose`; a new plan begins anew."),
        Halt::Parked { .. } => Some("`lifeboat resume` tries once more."),
        Halt::Held { .. } => {
            Some("mend what is named, then `lifeboat resume`; or `lifeboat undo`.")
        }
        Halt::Waiting { .. } | Halt::Stopped { .. } => Some("`lifeboat resume` continues."),
        Halt::NobodyAsked { .. } => Some("run `lifeboat resume` at a terminal."),
        Halt::NoJournal(_) => Some(
            "mend the disk, then `lifeboat resume`, or `lifeboat run` where nothing was begun; \
                 nothing was sent without a record.",
        ),
        Halt::TakenOver { .. } => Some("`lifeboat status` shows who runs it now."),
        Halt::Defect(_) => Some("this is a defect of Lifeboat: keep the journal and report it."),
        Halt::RefusedBeforeWrite { .. } => Some("look at what changed, then pin a new plan."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parked_run_names_its_step_and_the_one_command_that_continues() {
        let halt = Halt::Parked { step: Id::from("move"), because: "taken up in vain".to_owned() };
        assert_eq!(exit_of(&halt, Direction::Do), Exit::Decide);
        assert_eq!(because(&halt).as_deref(), Some("`move`: taken up in vain"));
        assert_eq!(next(&halt), Some("`lifeboat resume` tries once more."));
    }
}
