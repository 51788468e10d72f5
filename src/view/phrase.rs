//! The words that sentences and views share.

use jiff::Timestamp;

use super::time::lasted;
use crate::model::{Advice, Cause, Severity, Truth, Verdict};

/// Words a number with its noun.
pub(super) fn count(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Words a verdict with its causes.
pub(super) fn verdict_words(verdict: Verdict, causes: &[Cause]) -> String {
    match verdict {
        Verdict::Healthy => "healthy".to_owned(),
        Verdict::Undetermined => "cannot tell".to_owned(),
        Verdict::ObserverFault => "the observer itself is at fault".to_owned(),
        Verdict::Fault if causes.is_empty() => "a fault without a known cause".to_owned(),
        Verdict::Fault => {
            let causes: Vec<String> = causes.iter().map(cause_words).collect();
            causes.join("; ")
        }
    }
}

/// Words one cause.
pub(super) fn cause_words(cause: &Cause) -> String {
    let how = cause.mechanism.as_ref().map_or_else(String::new, |how| format!(" ({how})"));
    format!("{} at {}{how}", cause.failure_mode, cause.subject)
}

/// Names a severity.
pub(super) const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Minor => "minor",
        Severity::Major => "major",
        Severity::Critical => "critical",
    }
}

/// Words an advice.
pub(super) const fn say(advice: Advice) -> &'static str {
    match advice {
        Advice::Act => "act",
        Advice::Wait => "wait",
        Advice::Call => "call",
    }
}

/// Words what a check found.
pub(super) const fn truth_words(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "it holds",
        Truth::False => "it does not hold",
        Truth::Unknown => "nobody can tell",
    }
}

/// Words a length of time in seconds.
pub(super) fn length(seconds: i64) -> String {
    let end = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    lasted(Timestamp::UNIX_EPOCH, end)
}

/// Drops a final full stop, since the sentence around it brings its own.
pub(super) fn stripped(text: &str) -> &str {
    text.trim_end().trim_end_matches('.')
}
