//! BIRD's times: how long ago something happened, by the router's own clock.
//!
//! A router prints `HH:MM:SS` for what happened in the last twenty hours and a date before that, or what
//! its `timeformat` says; only the ISO forms and `DD-MM-YYYY` are read.

use jiff::civil::{Date, DateTime, Time};

/// Returns how many seconds lie between a printed time and the router's present; nothing when it
/// cannot be read. Of a bare date it is the shortest time that it may be.
pub(super) fn age(printed: &str, now: DateTime) -> Option<u64> {
    let printed = printed.trim();
    if let Some((date, time)) = printed.split_once([' ', 'T']) {
        return seconds(date_of(date)?.to_datetime(time_of(time)?), now);
    }
    if let Some(time) = time_of(printed) {
        let today = now.date().to_datetime(time);
        let past = if today <= now { today } else { today.yesterday().ok()? };
        return seconds(past, now);
    }
    seconds(date_of(printed)?.tomorrow().ok()?.to_datetime(Time::midnight()), now)
}

/// Reads the router's present.
pub(super) fn now(printed: &str) -> Option<DateTime> {
    let (date, time) = printed.trim().split_once([' ', 'T'])?;
    Some(date_of(date)?.to_datetime(time_of(time)?))
}

fn seconds(past: DateTime, now: DateTime) -> Option<u64> {
    let between = now.duration_since(past).as_secs();
    // Clocks that are set back must not make something young look old.
    Some(u64::try_from(between).unwrap_or(0))
}

fn date_of(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i16>().ok());
    let (first, second, third) = (parts.next()??, parts.next()??, parts.next()??);
    let (year, day) = if first > 31 { (first, third) } else { (third, first) };
    Date::new(year, i8::try_from(second).ok()?, i8::try_from(day).ok()?).ok()
}

fn time_of(text: &str) -> Option<Time> {
    let text = text.split_once('.').map_or(text, |(whole, _)| whole);
    let mut parts = text.splitn(3, ':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_gives_an_age() {
        let present = now("2026-11-25 01:00:00.821").expect("is a time");
        let cases = [
            ("00:59:30.100", Some(30)),
            ("00:59:30", Some(30)),
            ("05:00:00", Some(20 * 3600)),
            ("2026-11-25 00:00:00", Some(3600)),
            ("2026-11-24T23:00:00.5", Some(7200)),
            ("2026-11-23", Some(25 * 3600)),
            ("23-11-2026", Some(25 * 3600)),
            ("2026-11-25 02:00:00", Some(0)),
            ("2026-11-25", Some(0)),
            ("", None),
            ("25:00:00", None),
            ("2026-13-01", None),
            ("yesterday", None),
            ("12:00", None),
        ];
        for (printed, want) in cases {
            assert_eq!(age(printed, present), want, "{printed}");
        }
        assert_eq!(now("2026-11-25"), None);
    }
}
