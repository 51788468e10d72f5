//! Each durable event as one sentence. Free text in it is as it came: whoever shows it escapes it.

use super::phrase::{count, say, severity_name, stripped, truth_words, verdict_words};
use super::time::{moment, moment_to_the_second};
use crate::model::{
    ApprovalProof, CodeMark, Delivery, Direction, End, Event, Outcome, Proven, Truth,
};

/// Words an event; nothing for mere progress, which no durable view shows (law 8).
pub fn sentence(event: &Event) -> Option<String> {
    match event {
        Event::Declared { .. }
        | Event::Diagnosed { .. }
        | Event::Planned { .. }
        | Event::Overridden { .. }
        | Event::Refused { .. }
        | Event::Approved { .. }
        | Event::WrongCode { .. }
        | Event::BrokeGlass { .. }
        | Event::Resolved { .. }
        | Event::Closed { .. } => frame_sentence(event),
        Event::Noted { .. }
        | Event::Purged { .. }
        | Event::Telling { .. }
        | Event::Told { .. }
        | Event::Asked { .. }
        | Event::Answered { .. } => people_sentence(event),
        Event::Started { .. }
        | Event::Resumed { .. }
        | Event::Finished { .. }
        | Event::Halted { .. }
        | Event::HaltAsked { .. }
        | Event::TakenOver { .. }
        | Event::Held { .. }
        | Event::TurnedBack { .. } => run_sentence(event),
        Event::Intended { .. }
        | Event::InDoubt { .. }
        | Event::Deferred { .. }
        | Event::Settled { .. } => write_sentence(event),
        Event::Verified { .. }
        | Event::Checked { .. }
        | Event::Waiting { .. }
        | Event::Waited { .. }
        | Event::WentOn { .. } => look_sentence(event),
    }
}

/// Words what frames an incident.
fn frame_sentence(event: &Event) -> Option<String> {
    if let Event::Declared { title, severity, .. } = event {
        return Some(format!("Incident declared: {title} ({}).", severity_name(*severity)));
    }
    if let Event::Diagnosed { verdict, advice, since, causes, .. } = event {
        let since = since.map_or_else(String::new, |at| format!(" Since {}.", moment(at)));
        let advice = advice.map_or_else(String::new, |it| format!(" Advice: {}.", say(it)));
        return Some(format!("Diagnosed: {}.{since}{advice}", verdict_words(*verdict, causes)));
    }
    if let Event::Planned { digest, runbook, phase, changes, target } = event {
        let count = count(*changes, "change", "changes");
        let (phase, short) = (phase.name(), short(digest));
        return Some(format!(
            "Plan {short} pinned: {runbook}, {phase} phase, {count}, target {target}."
        ));
    }
    if let Event::Overridden { digest, limit, step, because, by, reason } = event {
        let (short, name, because) = (short(digest), limit.name(), stripped(because));
        return Some(format!(
            "Plan {short} goes past the limit {name} at {step}, {because}. {by} says why: {reason}"
        ));
    }
    if let Event::Refused { what, because, by } = event {
        let because = stripped(because);
        return Some(format!("Refused to {by}: {what}, because {because}. Nothing was written."));
    }
    if let Event::Approved { digest, by, means, direction, expires, standing, code, .. } = event {
        let how = match (standing, means) {
            (Some(mark), _) => format!("alone, by the standing approval {}", mark.id),
            (None, ApprovalProof::Code) => by_code(by, code.as_ref()),
            (None, ApprovalProof::Terminal) => "at a terminal".to_owned(),
            (None, ApprovalProof::Signature) => "by signature".to_owned(),
        };
        let what = of_plan(*direction);
        let (until, short) = (moment(*expires), short(digest));
        return Some(format!("{by} approved {what} {short} {how}, valid until {until}."));
    }
    if let Event::WrongCode { digest, contact, number, by, tries } = event {
        let (short, tries) = (short(digest), count(*tries, "wrong try", "wrong tries"));
        return Some(format!(
            "WRONG CODE: what {by} typed for plan {short} is not code {number} of {contact}'s sheet; {tries} for \
             {contact} by now."
        ));
    }
    if let Event::BrokeGlass { digest, by, direction, reason, expires, .. } = event {
        let (what, short, until) = (of_plan(*direction), short(digest), moment(*expires));
        return Some(format!(
            "GLASS BROKEN by {by}: {what} {short} may go on without the people that its policy wants, \
             until {until}. Why: {reason}"
        ));
    }
    if let Event::Resolved { because } = event {
        return Some(format!("Resolved: {}.", stripped(because)));
    }
    let Event::Closed { by, reason } = event else { return None };
    Some(format!("Closed by {by}: {}.", stripped(reason)))
}

/// Words what a printed code proves, and what it does not.
fn by_code(by: &str, code: Option<&CodeMark>) -> String {
    let number = code.map_or_else(String::new, |code| format!(" {}", code.number));
    format!(
        "by printed code{number}, read out over the phone (weaker than a signature: whoever holds the sheet counts as \
         {by})"
    )
}

/// Words what people said and were told.
fn people_sentence(event: &Event) -> Option<String> {
    if let Event::Told { step, channel, language, delivery, because } = event {
        let place = format!("{channel} ({language})");
        let end = match delivery {
            Delivery::Delivered => format!("delivered to {place}"),
            Delivery::Failed => format!("did not reach {place}: {}", stripped(because)),
            Delivery::Unknown => format!("may or may not have reached {place}"),
        };
        return Some(format!("Message of {step} {end}."));
    }
    if let Event::Noted { by, text } = event {
        return Some(format!("Note by {by}: {text}"));
    }
    if let Event::Purged { by, because, transcripts } = event {
        let gone = count(
            u32::try_from(transcripts.len()).unwrap_or(u32::MAX),
            "transcript",
            "transcripts",
        );
        return Some(format!("{by} purged {gone}: {}.", stripped(because)));
    }
    if let Event::Asked { step, question } = event {
        return Some(format!("Asked at {step}: {question}"));
    }
    let Event::Answered { step, answer, by } = event else { return None };
    Some(format!("{by} answered at {step}: {answer}"))
}

/// Words what happens to a run as a whole.
fn run_sentence(event: &Event) -> Option<String> {
    if let Event::Started { digest, direction } = event {
        return Some(match direction {
            Direction::Do => format!("Plan {} begun.", short(digest)),
            Direction::Undo => format!("Undoing of plan {} begun.", short(digest)),
        });
    }
    if let Event::Held { step, because, left, who } = event {
        let left: Vec<&str> = left.iter().map(|step| step.as_str()).collect();
        let left = if left.is_empty() { "nothing".to_owned() } else { left.join(", ") };
        let who = who.as_ref().map_or("a person", |who| who.as_str());
        let because = stripped(because);
        return Some(format!("Held at {step}: {because}. Left: {left}. {who} decides."));
    }
    if let Event::Finished { digest, outcome } = event {
        let end = match outcome {
            Outcome::Completed => "ended: every step is done",
            Outcome::Undone => "ended: everything it did is reversed",
            Outcome::Held => "stands still: a person must decide",
            Outcome::Refused => "refused: nothing was written",
        };
        return Some(format!("Plan {} {end}.", short(digest)));
    }
    if let Event::Resumed { digest } = event {
        return Some(format!("Plan {} taken up again.", short(digest)));
    }
    if let Event::HaltAsked { by, reason } = event {
        return Some(format!("{by} asked the run to stop: {reason}"));
    }
    if let Event::TakenOver { by, from, reason } = event {
        return Some(format!("{by} took the run over from {from}: {reason}"));
    }
    if let Event::TurnedBack { step, because } = event {
        return Some(format!("Turned back at {step}: {}.", stripped(because)));
    }
    let Event::Halted { by } = event else { return None };
    Some(format!("Stopped by {by} before the next effect."))
}

/// Words what becomes of one write.
fn write_sentence(event: &Event) -> Option<String> {
    if let Event::Intended { step, change, direction, .. } = event {
        let what = undoing(*direction, "Sending");
        return Some(format!("{what} change {} of {step}.", ordinal(*change)));
    }
    if let Event::InDoubt { step, change, because, .. } = event {
        let (number, because) = (ordinal(*change), stripped(because));
        return Some(format!(
            "No answer to change {number} of {step}: {because}. Its outcome is unknown until it is read back."
        ));
    }
    if let Event::Deferred { step, change, until, because, .. } = event {
        let (number, because) = (ordinal(*change), stripped(because));
        let until = moment_to_the_second(*until);
        return Some(format!(
            "Change {number} of {step} was put off: {because}. It is tried again after {until}."
        ));
    }
    let Event::Settled { step, change, direction, end, because } = event else { return None };
    let end = match end {
        End::Landed => "is in place",
        End::Absent => "did not land; the target is as it was",
        End::Drifted => "found a value that somebody else wrote",
        End::Refused => "was refused; nothing changed",
        End::Unreadable => "cannot be seen: its target is not readable",
    };
    let what = undoing(*direction, "Change");
    let because = because_of(because);
    Some(format!("{what} {} of {step} {end}{because}.", ordinal(*change)))
}

/// Words what was looked for, checked or waited for.
fn look_sentence(event: &Event) -> Option<String> {
    if let Event::Verified { step, direction, outcome, because } = event {
        let what = undoing(*direction, "Verify");
        let because = because_of(because);
        return match outcome {
            Proven::Yes => Some(format!("{what} of {step}: yes{because}.")),
            Proven::No => Some(format!("{what} of {step}: no{because}.")),
            Proven::NotYet => None,
        };
    }
    if let Event::Checked { step, truth, because, .. } = event {
        return Some(format!("Check of {step}: {}{}.", truth_words(*truth), because_of(because)));
    }
    if let Event::Waiting { step, until } = event {
        return Some(format!("Waiting at {step}, until {} at the latest.", moment(*until)));
    }
    if let Event::Waited { step, truth, because } = event {
        let end = match truth {
            Truth::True => "over: what it waited for is so",
            Truth::False => "over: what it waited for did not come",
            Truth::Unknown => "over: nobody knows whether what it waited for is so",
        };
        return Some(format!("Wait of {step} {end}{}.", because_of(because)));
    }
    let Event::WentOn { step, because } = event else { return None };
    Some(format!("{step} failed and the run went on, as the runbook says: {}.", stripped(because)))
}

/// Names a plan that was approved, or its undoing.
const fn of_plan(direction: Direction) -> &'static str {
    match direction {
        Direction::Do => "plan",
        Direction::Undo => "undoing plan",
    }
}

fn undoing(direction: Direction, word: &str) -> String {
    match direction {
        Direction::Do => word.to_owned(),
        Direction::Undo => format!("Undo: {}", word.to_lowercase()),
    }
}

fn because_of(because: &str) -> String {
    if because.is_empty() { String::new() } else { format!(": {}", stripped(because)) }
}

/// Counts from one, as people do.
const fn ordinal(index: u32) -> u32 {
    index.saturating_add(1)
}

fn short(digest: &str) -> &str {
    digest.get(..8).unwrap_or(digest)
}
