//! Moments and lengths of time as people read them, always in UTC.

use jiff::Timestamp;

/// Words a moment, to the minute: `2026-11-25 14:30 UTC`.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Words a moment, to the second: `2026-11-25 14:30:05 UTC`.
pub fn moment_to_the_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Words the time between two moments in at most two units: `45 s`, `12 min`, `1 h 5 min`, `2 d 4 h`.
///
/// What ends before it begins lasted `0 s`.
pub fn lasted(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.as_second().saturating_sub(from.as_second()).max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let two = |big: i64, unit: &str, small: i64, rest: &str| {
        if small == 0 { format!("{big} {unit}") } else { format!("{big} {unit} {small} {rest}") }
    };
    match (days, seconds / 3_600, seconds / 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => two(minutes, "min", seconds % 60, "s"),
        (0, _, _) => two(hours, "h", minutes, "min"),
        (_, _, _) => two(days, "d", hours, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_at_most_two_units() {
        let start = Timestamp::UNIX_EPOCH;
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3_900, "1 h 5 min"),
            (86_400, "1 d"),
            (187_261, "2 d 4 h"),
            (-5, "0 s"),
        ] {
            let end = Timestamp::from_second(seconds).expect("a time");
            assert_eq!(lasted(start, end), text);
        }
    }
}
