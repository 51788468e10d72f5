//! Lengths of time as people write them: `3s`, `180ms`, `10m`, `48h`, `90d`.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::Remote;

/// A length of time in whole milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("format" = "span"))]
pub struct Span(u64);

/// Why a text is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpanError {
    /// A number stands alone.
    #[error("`{0}` has no unit; write for example `{0}s`, `{0}m`, `{0}h` or `{0}d`")]
    NoUnit(String),
    /// Anything else.
    #[error("`{}` is no length of time; write for example `500ms`, `3s`, `10m`, `48h` or `90d`", Remote::spelt(.0))]
    Malformed(String),
}

const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    /// Makes a span of milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Makes a span of seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// Returns the moment so long after another, or the last one there is.
    pub fn after(self, at: Timestamp) -> Timestamp {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        let sum = at.as_millisecond().saturating_add(millis);
        Timestamp::from_millisecond(sum).unwrap_or(Timestamp::MAX)
    }

    /// Returns the span in milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the span in whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }

    /// Returns the span as the standard library's type.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }

    /// Reads `3s`, `1h30m`, `500ms`: one or more whole numbers, each with its unit.
    ///
    /// # Errors
    /// [`SpanError::NoUnit`] for a bare number, [`SpanError::Malformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, SpanError> {
        let malformed = || SpanError::Malformed(text.to_owned());
        let mut rest = text.trim();
        if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SpanError::NoUnit(rest.to_owned()));
        }
        let mut total = 0_u64;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(digits);
            let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, after) = after.split_at(letters);
            let factor = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(malformed)?.1;
            let part = number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor));
            total = part.and_then(|p| total.checked_add(p)).ok_or_else(malformed)?;
            rest = after;
        }
        if text.trim().is_empty() { Err(malformed()) } else { Ok(Self(total)) }
    }
}

impl From<Duration> for Span {
    /// Takes a length of time, rounded up to a whole millisecond.
    fn from(length: Duration) -> Self {
        let millis = length.as_nanos().div_ceil(1_000_000);
        Self(u64::try_from(millis).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        if left == 0 {
            return f.write_str("0s");
        }
        for (unit, factor) in UNITS {
            let count = left / factor;
            left %= factor;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, SpanError};

    #[test]
    fn spans_are_read_and_shown_alike() {
        for text in ["3s", "500ms", "10m", "2d", "1h30m", "0s"] {
            assert_eq!(Span::parse(text).map(|span| span.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Span::parse("48h").map(|span| span.to_string()), Ok("2d".to_owned()));
    }

    #[test]
    fn a_missing_unit_is_named_as_such() {
        assert_eq!(Span::parse("30"), Err(SpanError::NoUnit("30".to_owned())));
        for text in ["", "s", "3x", "3 s", "-3s", "3s2", "99999999999999999999d"] {
            assert_eq!(Span::parse(text), Err(SpanError::Malformed(text.to_owned())), "{text}");
        }
    }
}
