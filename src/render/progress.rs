//! A run as it goes: every event one line, mere progress too.

use jiff::Timestamp;

use super::page::{BANNER, spelt};
use super::style::{Style, Tone};
use crate::model::{Delivery, End, Event, Outcome, Proven, ScreenText, Truth};
use crate::view::sentence;

/// Words an event as one line, without its newline. In a drill the line says so.
pub fn progress(at: Timestamp, event: &Event, style: &Style) -> ScreenText {
    let words = sentence(event).unwrap_or_else(|| fleeting(event));
    let words = style.paint(tone(event), &spelt(&words));
    let drill = if style.exercise { BANNER.get(..8).unwrap_or_default() } else { "" };
    let gap = if style.exercise { " " } else { "" };
    ScreenText::drawn(format!("{drill}{gap}{} {words}", at.strftime("%H:%M:%S")))
}

/// Words what no durable view shows.
fn fleeting(event: &Event) -> String {
    if let Event::Telling { step, channel, language, .. } = event {
        return format!("Delivering the message of {step} to {channel} ({language}).");
    }
    if let Event::Verified { step, because, .. } = event {
        return format!("Verify of {step}: not yet: {}.", because.trim_end_matches('.'));
    }
    format!("{}.", event.kind())
}

fn tone(event: &Event) -> Tone {
    let bad = matches!(
        event,
        Event::Held { .. }
            | Event::TurnedBack { .. }
            | Event::WentOn { .. }
            | Event::Verified { outcome: Proven::No, .. }
            | Event::Settled { end: End::Drifted | End::Refused | End::Unreadable, .. }
            | Event::Told { delivery: Delivery::Failed, .. }
            | Event::Checked { truth: Truth::False, .. }
            | Event::Finished { outcome: Outcome::Held | Outcome::Refused, .. }
    );
    let unsure = matches!(
        event,
        Event::InDoubt { .. }
            | Event::Deferred { .. }
            | Event::Verified { outcome: Proven::NotYet, .. }
            | Event::Told { delivery: Delivery::Unknown, .. }
            | Event::Checked { truth: Truth::Unknown, .. }
            | Event::Settled { end: End::Absent, .. }
    );
    let good = matches!(
        event,
        Event::Settled { end: End::Landed, .. }
            | Event::Verified { outcome: Proven::Yes, .. }
            | Event::Finished { outcome: Outcome::Completed | Outcome::Undone, .. }
    );
    match (bad, unsure, good) {
        (true, _, _) => Tone::Bad,
        (_, true, _) => Tone::Unsure,
        (_, _, true) => Tone::Good,
        (false, false, false) => Tone::Plain,
    }
}
