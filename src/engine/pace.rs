//! When to look again: soon at first, then ever more rarely.

use jiff::Timestamp;

use crate::model::{Direction, Span};

/// The longest pause between two looks, in milliseconds.
const LONGEST: u64 = 600_000;

/// The shortest, in milliseconds.
const SHORTEST: u64 = 500;

/// The looks at one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    pub step: usize,
    pub direction: Direction,
    pub looks: u32,
    pub next: Timestamp,
}

impl Pace {
    /// Begins to look: first at `first`.
    pub const fn new(step: usize, direction: Direction, first: Timestamp) -> Self {
        Self { step, direction, looks: 0, next: first }
    }

    /// Sets the next look after one at `now`, in a window that ends at `end`.
    #[must_use]
    pub fn after(self, now: Timestamp, window: Span, end: Timestamp) -> Self {
        let longest = (window.as_millis() / 8).clamp(SHORTEST, LONGEST);
        let gap = (window.as_millis() / 64).max(SHORTEST) << self.looks.min(16);
        let next = Span::from_millis(gap.min(longest)).after(now);
        let next = if now < end { next.min(end) } else { next };
        Self { looks: self.looks.saturating_add(1), next, ..self }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::Pace;
    use crate::model::{Direction, Span};

    fn looks(window: Span) -> Vec<i64> {
        let (start, end) = (Timestamp::UNIX_EPOCH, window.after(Timestamp::UNIX_EPOCH));
        let mut pace = Pace::new(0, Direction::Do, start);
        let mut all = Vec::new();
        while pace.next < end {
            pace = pace.after(pace.next, window, end);
            all.push(pace.next.as_millisecond());
        }
        all
    }

    #[test]
    fn looks_become_rarer_and_the_last_is_at_the_end() {
        let all = looks(Span::from_secs(320));
        assert_eq!(
            all,
            [
                5_000, 15_000, 35_000, 75_000, 115_000, 155_000, 195_000, 235_000, 275_000,
                315_000, 320_000
            ]
        );
    }

    #[test]
    fn a_long_window_is_looked_at_every_ten_minutes() {
        let all = looks(Span::from_secs(48 * 3_600));
        assert!(all.windows(2).all(|two| two[1] - two[0] <= 600_000), "{all:?}");
        assert!(looks(Span::from_millis(0)).is_empty());
    }

    #[test]
    fn a_plan_counts_at_least_as_many_looks() {
        for millis in (0..400).map(|n| n * n * n).chain([1, 499, 500, 4_000, 86_400_000]) {
            let window = Span::from_millis(millis);
            // The first look comes before the pauses that are counted here.
            let (most, real) = (crate::plan::looks(window), looks(window).len() + 1);
            assert!(real <= most as usize, "{window}: {real} looks, {most} counted");
        }
    }
}
