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

    /// Sets the next look after one at `now`, in a window that ends at `end`: half a turn later at most, where somebody
    /// else writes in turns.
    #[must_use]
    pub fn after(
        self,
        now: Timestamp,
        (window, turn): (Span, Option<Span>),
        end: Timestamp,
    ) -> Self {
        let longest = (window.as_millis() / 8).clamp(SHORTEST, LONGEST);
        let longest = turn.map_or(longest, |turn| longest.min(turn.as_millis() / 2).max(SHORTEST));
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

    fn looks(window: Span, turn: Option<Span>) -> Vec<i64> {
        let (start, end) = (Timestamp::UNIX_EPOCH, window.after(Timestamp::UNIX_EPOCH));
        let mut pace = Pace::new(0, Direction::Do, start);
        let mut all = Vec::new();
        while pace.next < end {
            pace = pace.after(pace.next, (window, turn), end);
            all.push(pace.next.as_millisecond());
        }
        all
    }

    #[test]
    fn looks_become_rarer_and_the_last_is_at_the_end() {
        let all = looks(Span::from_secs(320), None);
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
        let all = looks(Span::from_secs(48 * 3_600), None);
        assert!(all.windows(2).all(|two| two[1] - two[0] <= 600_000), "{all:?}");
        assert!(looks(Span::from_millis(0), None).is_empty());
    }

    #[test]
    fn where_others_write_half_a_turn_is_the_longest_pause() {
        let all = looks(Span::from_secs(320), Some(Span::from_secs(30)));
        assert_eq!(all[..4], [5_000, 15_000, 30_000, 45_000], "{all:?}");
    }

    #[test]
    fn a_plan_counts_at_least_as_many_looks() {
        for millis in (0..400).map(|n| n * n * n).chain([1, 499, 500, 4_000, 86_400_000]) {
            let window = Span::from_millis(millis);
            for turn in [None, Some(Span::from_secs(1)), Some(Span::from_secs(3_600))] {
                // The first look comes before the pauses that are counted here.
                let real = looks(window, turn).len() + 1;
                let most = crate::plan::looks(window, turn);
                assert!(real <= most as usize, "{window}: {real} looks, {most} counted");
            }
        }
    }
}
