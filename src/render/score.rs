//! The score of a drill.

use super::page::{Page, count};
use super::style::{Style, Tone};
use crate::model::{Ended, ScreenText, TrueCause, Verdict};
use crate::view::{Score, Scored};

/// Words a score.
pub fn score(score: &Score, style: &Style) -> ScreenText {
    let mut page = Page::of(style, true);
    let (tone, result) = match score.result {
        Scored::Passed => (Tone::Good, "passed"),
        Scored::Misclassified => (Tone::Bad, "misclassified"),
        Scored::Failed => (Tone::Bad, "failed"),
    };
    page.toned(tone, 0, &format!("Drill {}: {result}", score.scenario));
    let said = score.verdict.map_or("nothing was said", verdict);
    page.field(0, "verdict", &format!("{said}; {} is right", verdict(score.true_verdict)));
    for missed in &score.missed {
        page.field(0, "missed", &cause(missed));
    }
    for wrong in &score.wrong {
        page.field(0, "wrong", &cause(wrong));
    }
    if score.missed.is_empty() && score.wrong.is_empty() {
        page.field(0, "cause", "right");
    }
    let number = count(score.wrong_actions.len(), "wrong action", "wrong actions");
    page.field(0, "actions", &number);
    for action in &score.wrong_actions {
        page.item(Tone::Bad, 2, "-", action);
    }
    let number = count(score.missed_verifies.len(), "missed verify", "missed verifies");
    page.field(0, "verifies", &number);
    for step in &score.missed_verifies {
        page.item(Tone::Bad, 2, "-", step.as_str());
    }
    page.field(0, "detected", &after(score.detect_s));
    page.field(0, "mitigated", &after(score.mitigate_s));
    page.field(0, "ended", score.ended.map_or("no run was begun", ended));
    let told = count(score.messages as usize, "message delivered", "messages delivered");
    page.field(0, "told", &format!("{told}, {} not", score.undelivered));
    for unexpected in &score.unexpected {
        page.field(0, "but", unexpected);
    }
    page.done()
}

fn after(seconds: Option<i64>) -> String {
    seconds.map_or_else(
        || "no".to_owned(),
        |it| {
            if it < 120 { format!("after {it} s") } else { format!("after {} min", it / 60) }
        },
    )
}

fn cause(cause: &TrueCause) -> String {
    let how = cause.mechanism.as_ref().map_or_else(String::new, |how| format!(", {how}"));
    format!("{} at {}{how}", cause.failure_mode, cause.subject)
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fault => "fault",
        Verdict::Healthy => "healthy",
        Verdict::Undetermined => "undetermined",
        Verdict::ObserverFault => "observer-fault",
    }
}

const fn ended(ended: Ended) -> &'static str {
    match ended {
        Ended::Completed => "completed",
        Ended::Undone => "undone",
        Ended::Held => "held",
        Ended::Waiting => "waiting",
        Ended::Refused => "refused",
        Ended::NothingToDo => "nothing to do",
    }
}
