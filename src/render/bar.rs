//! A bar that shows how far a run is, on a terminal alone. It consumes events and knows nothing else.

use std::collections::BTreeSet;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::page::spelt;
use super::progress::progress;
use super::style::Style;
use crate::model::{Event, Id, ScreenText};

/// The progress of one run.
pub struct Progress {
    bar: ProgressBar,
    style: Style,
    seen: BTreeSet<Id>,
}

impl Progress {
    /// Begins at no step of so many. Where nothing can be redrawn there are lines and no bar.
    pub fn new(steps: u64, redraws: bool, style: Style) -> Self {
        let bar = if redraws { ProgressBar::new(steps) } else { ProgressBar::hidden() };
        let look = ProgressStyle::with_template("[{bar:20}] {pos} of {len}  {wide_msg}");
        bar.set_style(look.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        Self { bar, style, seen: BTreeSet::new() }
    }

    /// Takes an event and returns its line; print it inside [`Progress::aside`].
    pub fn take(&mut self, at: Timestamp, event: &Event) -> ScreenText {
        if let Some(step) = step_of(event) {
            if self.seen.insert(step.clone()) {
                let seen = u64::try_from(self.seen.len()).unwrap_or(u64::MAX);
                self.bar.set_position(seen.saturating_sub(1));
            }
            self.bar.set_message(spelt(step.as_str()));
        }
        if let Event::Finished { .. } = event {
            self.bar.finish_and_clear();
        }
        progress(at, event, &self.style)
    }

    /// Does something, for example print, while the bar is out of the way.
    pub fn aside<T>(&self, act: impl FnOnce() -> T) -> T {
        self.bar.suspend(act)
    }

    /// Returns how many steps were reached.
    pub fn reached(&self) -> usize {
        self.seen.len()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Returns the step that an event belongs to.
fn step_of(event: &Event) -> Option<&Id> {
    match event {
        Event::Intended { step, .. }
        | Event::InDoubt { step, .. }
        | Event::Deferred { step, .. }
        | Event::Settled { step, .. }
        | Event::Verified { step, .. }
        | Event::Telling { step, .. }
        | Event::Told { step, .. }
        | Event::Asked { step, .. }
        | Event::Answered { step, .. }
        | Event::Checked { step, .. }
        | Event::Waiting { step, .. }
        | Event::Waited { step, .. }
        | Event::WentOn { step, .. }
        | Event::Held { step, .. }
        | Event::TurnedBack { step, .. } => Some(step),
        Event::Declared { .. }
        | Event::Diagnosed { .. }
        | Event::Planned { .. }
        | Event::Overridden { .. }
        | Event::Refused { .. }
        | Event::Approved { .. }
        | Event::WrongCode { .. }
        | Event::BrokeGlass { .. }
        | Event::Started { .. }
        | Event::Resumed { .. }
        | Event::Halted { .. }
        | Event::HaltAsked { .. }
        | Event::TakenOver { .. }
        | Event::Finished { .. }
        | Event::Noted { .. }
        | Event::Purged { .. }
        | Event::Resolved { .. }
        | Event::Closed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_counts_steps_and_gives_lines() {
        let mut progress = Progress::new(2, false, Style::default());
        let event = |step: &str| Event::Waited {
            step: step.into(),
            truth: crate::model::Truth::True,
            because: "it is so\u{1b}[2J".into(),
        };
        let line = progress.take(Timestamp::UNIX_EPOCH, &event("a"));
        assert_eq!(
            line.as_str(),
            "00:00:00 Wait of a over: what it waited for is so: it is so\\u{1b}[2J."
        );
        progress.take(Timestamp::UNIX_EPOCH, &event("a"));
        progress.take(Timestamp::UNIX_EPOCH, &event("b"));
        assert_eq!(progress.reached(), 2);
        assert_eq!(progress.aside(|| 7), 7);
    }
}
