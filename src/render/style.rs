//! How a report looks: width, colour, time zone, and whether it is an exercise.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::view::moment;

/// How a report looks.
#[derive(Clone, Debug)]
pub struct Style {
    /// Whether colour may be used; nothing depends on it.
    pub colour: bool,
    /// How many columns there are.
    pub width: usize,
    /// The reader's time zone, whose times stand beside those in UTC.
    pub zone: Option<TimeZone>,
    /// Whether it is a drill: then every report begins with EXERCISE.
    pub exercise: bool,
}

impl Default for Style {
    /// Eighty columns, no colour, UTC alone, the real thing.
    fn default() -> Self {
        Self { colour: false, width: 80, zone: None, exercise: false }
    }
}

/// What a piece of text is, for colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Good,
    Bad,
    Unsure,
}

impl Style {
    /// Words a moment in UTC, with the reader's own time beside it.
    pub fn time(&self, at: Timestamp) -> String {
        let utc = moment(at);
        let Some(zone) = &self.zone else { return utc };
        let here = at.to_zoned(zone.clone());
        if here.offset().is_zero() {
            return utc;
        }
        let same_day = here.date() == at.to_zoned(TimeZone::UTC).date();
        let pattern = if same_day { "%H:%M %Z" } else { "%Y-%m-%d %H:%M %Z" };
        format!("{utc} ({})", here.strftime(pattern))
    }

    /// Returns the columns that a page uses.
    pub(super) fn columns(&self) -> usize {
        self.width.clamp(20, 100)
    }

    /// Colours a text that is safe already.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Unsure => "33",
            Tone::Plain => return text.to_owned(),
        };
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_time_stands_beside_utc() {
        let at = "2026-11-25T23:30:00Z".parse().expect("a time");
        let zone = Some(TimeZone::fixed(jiff::tz::offset(-5)));
        let west = Style { zone, ..Style::default() };
        assert_eq!(west.time(at), "2026-11-25 23:30 UTC (18:30 -05)");
        let zone = Some(TimeZone::fixed(jiff::tz::offset(1)));
        let east = Style { zone, ..Style::default() };
        assert_eq!(east.time(at), "2026-11-25 23:30 UTC (2026-11-26 00:30 +01)");
    }
}
