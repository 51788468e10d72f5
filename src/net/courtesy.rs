//! What a service asks of those who ask it: to come again later, or not too often. Pure.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::model::Remote;

/// The longest time that is believed: a longer one means "not today".
const LONGEST: Duration = Duration::from_secs(86_400);

/// Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which counts from the reply's own `Date`
/// and else from `now`. What is past is zero, what is too long is a day, what is neither is nothing.
pub(super) fn retry_after(
    value: &str,
    date: Option<&str>,
    now: Option<Timestamp>,
) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let then = http_date(value)?;
    let now = || now.map(|now| TimeZone::UTC.to_datetime(now));
    let from = date.and_then(http_date).or_else(now)?;
    let wait = Duration::try_from(then.duration_since(from)).unwrap_or(Duration::ZERO);
    Some(wait.min(LONGEST))
}

/// Returns the moment of a `Date` (RFC 9110 §6.6.1).
pub(super) fn moment(date: &str) -> Option<Timestamp> {
    http_date(date)?.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
}

/// Reads a date in any of the three forms of RFC 9110 §5.6.7; all are UTC.
fn http_date(text: &str) -> Option<DateTime> {
    const FORMS: [&str; 3] =
        ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    FORMS.into_iter().find_map(|form| strtime::parse(form, text.trim()).ok()?.to_datetime().ok())
}

/// Reads how many requests are left: `RateLimit: "default";r=50;t=30` and `RateLimit: limit=100, remaining=50`
/// (drafts of the IETF), `RateLimit-Remaining` and `X-RateLimit-Remaining`. The least counts.
pub(super) fn requests_left(headers: &[(String, Remote)]) -> Option<u32> {
    let number = |text: &str| {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let named = |part: &str| {
        let (name, value) = part.trim().split_once('=')?;
        ["r", "remaining"].contains(&name.trim()).then(|| number(value))?
    };
    let left = headers.iter().filter_map(|(name, value)| match name.as_str() {
        "ratelimit" => value.raw().split([',', ';']).filter_map(named).min(),
        "ratelimit-remaining" | "x-ratelimit-remaining" => number(value.raw()),
        _ => None,
    });
    left.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = "Sun, 06 Nov 1994 08:49:00 GMT";

    fn after(value: &str) -> Option<u64> {
        retry_after(value, Some(SENT), None).map(|it| it.as_secs())
    }

    #[test]
    fn seconds_are_read_and_nothing_else_is_taken_for_them() {
        assert_eq!(after("0"), Some(0));
        assert_eq!(after(" 120 "), Some(120));
        for huge in ["86401", "99999999999999999999999999"] {
            assert_eq!(after(huge), Some(86_400), "{huge}");
        }
        for garbage in ["", " ", "-5", "+5", "1.5", "1e3", "0x10", "soon", "5s", "٣", "NaN", "5, 6"]
        {
            assert_eq!(after(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn dates_are_read_in_all_three_forms() {
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(after(date), Some(37), "{date}");
        }
        assert_eq!(after("Sun, 06 Nov 1994 08:48:00 GMT"), Some(0), "it is past");
        assert_eq!(after("Fri, 31 Dec 9999 23:59:59 GMT"), Some(86_400));
        for garbage in ["Sun, 99 Nov 1994 08:49:37 GMT", "GMT", "Sun, 06 Nov 1994", "tomorrow"] {
            assert_eq!(after(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn a_date_counts_from_the_replys_own_then_from_ours() {
        let value = "Sun, 06 Nov 1994 08:49:37 GMT";
        let now: Timestamp = "1994-11-06T08:49:30Z".parse().expect("a time");
        let seconds = |date, now| retry_after(value, date, now).map(|it| it.as_secs());
        assert_eq!(seconds(Some(SENT), Some(now)), Some(37));
        assert_eq!(seconds(None, Some(now)), Some(7));
        assert_eq!(seconds(Some("yesterday"), Some(now)), Some(7));
        assert_eq!(seconds(None, None), None);
    }

    #[test]
    fn what_is_left_is_read_in_each_dialect() {
        let left = |headers: &[(&str, &str)]| {
            let owned = headers.iter().map(|(name, value)| ((*name).into(), Remote::new(*value)));
            requests_left(&owned.collect::<Vec<_>>())
        };
        assert_eq!(left(&[("x-ratelimit-remaining", "12")]), Some(12));
        assert_eq!(left(&[("ratelimit-remaining", " 0 ")]), Some(0));
        assert_eq!(left(&[("ratelimit", "limit=100, remaining=50, reset=5")]), Some(50));
        assert_eq!(left(&[("ratelimit", "\"burst\";r=9;t=1, \"day\";r=4;t=99")]), Some(4));
        assert_eq!(left(&[("x-ratelimit-remaining", "99999999999999")]), Some(u32::MAX));
        for garbage in ["-1", "", "many", "1.5"] {
            assert_eq!(left(&[("x-ratelimit-remaining", garbage)]), None, "{garbage}");
        }
        assert_eq!(left(&[("x-ratelimit-limit", "5"), ("ratelimit", "limit=3")]), None);
    }
}
