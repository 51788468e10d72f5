//! The formats that a text may have to keep: each `format` of the schema, and how it is checked.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{
    Address, AloneNeed, FactKind, Guard, GuardError, Id, Percent, Query, Span, SpanError,
};

use super::fault::{FaultKind, quoted};
use super::nearest::nearest;

mod names;
mod url;

pub(super) use names::is_domain;
pub(super) use url::Url;

/// A format of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// An IP address that may carry a port.
    Address,
    /// An IP address without a port.
    Ip,
    /// A share in percent.
    Percent,
    /// A domain name.
    Domain,
    /// An `http` or `https` URL.
    Url,
    /// A tracker's announce URL.
    AnnounceUrl,
    /// An address block.
    Cidr,
    /// A condition on facts.
    Guard,
    /// A fact with its arguments.
    Query,
    /// `$name`, `$name.path` or an id.
    Reference,
    /// An IANA time zone.
    TimeZone,
    /// 40 hexadecimal digits.
    InfoHash,
    /// A length of time.
    Span,
    /// `effect.latest` or a length of time.
    NotYetUntil,
    /// An id.
    Id,
    /// A DNS record type.
    RecordType,
    /// A DNS record type, or one that a single make of server understands.
    CopiedType,
    /// A DS record in presentation form.
    DsRecord,
    /// A language tag.
    Language,
    /// An algorithm of RFC 8945.
    TsigAlgorithm,
    /// A moment.
    DateTime,
    /// A day.
    Date,
    /// What whoever is alone needs.
    AloneNeed,
    /// SHA-256, in hexadecimal.
    Digest,
}

/// Why a text does not keep its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Which kind of mistake.
    pub kind: FaultKind,
    /// What is wrong.
    pub found: String,
    /// What may stand there.
    pub expected: Option<&'static str>,
    /// What was probably meant.
    pub nearest: Option<String>,
    /// What to do.
    pub hint: &'static str,
    /// Where in the text, in bytes.
    pub offset: usize,
    /// How much of the text is meant; 0 for all of it.
    pub length: usize,
}

impl Wrong {
    fn new(found: String, expected: &'static str) -> Self {
        let (kind, expected) = (FaultKind::WrongValue, Some(expected));
        Self { kind, found, expected, nearest: None, hint: "", offset: 0, length: 0 }
    }

    fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    fn near(self, nearest: Option<&str>) -> Self {
        Self { nearest: nearest.map(str::to_owned), ..self }
    }
}

impl Format {
    /// Returns the format that the schema calls so; `None` for one that is left to the type itself.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "address" => Self::Address,
            "ip" => Self::Ip,
            "percent" => Self::Percent,
            "domain" => Self::Domain,
            "url" => Self::Url,
            "announce-url" => Self::AnnounceUrl,
            "cidr" => Self::Cidr,
            "guard" => Self::Guard,
            "query" => Self::Query,
            "reference" => Self::Reference,
            "time-zone" => Self::TimeZone,
            "info-hash" => Self::InfoHash,
            "span" => Self::Span,
            "not-yet-until" => Self::NotYetUntil,
            "id" => Self::Id,
            "record-type" => Self::RecordType,
            "copied-type" => Self::CopiedType,
            "ds-record" => Self::DsRecord,
            "language" => Self::Language,
            "tsig-algorithm" => Self::TsigAlgorithm,
            "date-time" | "timestamp" => Self::DateTime,
            "date" => Self::Date,
            "alone-need" => Self::AloneNeed,
            "digest" => Self::Digest,
            _ => return None,
        })
    }

    /// Checks a text.
    pub fn check(self, text: &str) -> Result<(), Wrong> {
        match self {
            Self::Address => parsed::<Address>(
                text,
                "an IP address, for example `192.0.2.1` or `\"[2001:db8::1]:53\"`",
            ),
            Self::Ip => parsed::<IpAddr>(
                text,
                "an IP address without a port, for example `192.0.2.1` or `2001:db8::1`",
            ),
            Self::Percent => percent(text),
            Self::Domain => names::domain(text),
            Self::Url => url::web(text),
            Self::AnnounceUrl => url::announce(text),
            Self::Cidr => parsed::<IpNet>(text, "an address block, for example `192.0.2.0/24`"),
            Self::Guard => text.parse::<Guard>().map(drop).map_err(|error| guard(text, error)),
            Self::Query => text.parse::<Query>().map(drop).map_err(|error| guard(text, error)),
            Self::Reference => names::reference(text),
            Self::TimeZone => names::time_zone(text),
            Self::InfoHash => names::info_hash(text),
            Self::Span => span(text),
            Self::NotYetUntil => not_yet_until(text),
            Self::Id => id(text),
            Self::RecordType => names::record_type(text),
            Self::CopiedType => names::copied_type(text),
            Self::DsRecord => names::ds_record(text),
            Self::Language => names::language(text),
            Self::TsigAlgorithm => names::tsig_algorithm(text),
            Self::DateTime => {
                parsed::<Timestamp>(text, "a moment, for example `2026-11-03T09:00:00Z`")
            }
            Self::Date => parsed::<Date>(text, "a day, for example `2026-11-03`"),
            Self::AloneNeed => alone_need(text),
            Self::Digest => names::digest(text),
        }
    }
}

fn parsed<T: FromStr>(text: &str, expected: &'static str) -> Result<(), Wrong> {
    let what = expected.split(',').next().unwrap_or(expected);
    text.parse::<T>()
        .map(drop)
        .map_err(|_| Wrong::new(format!("{} is not {what}", quoted(text)), expected))
}

fn percent(text: &str) -> Result<(), Wrong> {
    let wrong = |_| {
        Wrong::new(
            format!("{} is no share", quoted(text)),
            "a share from 0 % to 100 %, for example `12 %`",
        )
    };
    text.parse::<Percent>().map(drop).map_err(wrong)
}

fn id(text: &str) -> Result<(), Wrong> {
    let wrong = || {
        Wrong::new(
            format!("{} is no id", quoted(text)),
            "letters, digits, `-`, `_` and `.`; at most 64, the first a letter or digit",
        )
    };
    if Id::is_well_formed(text) { Ok(()) } else { Err(wrong()) }
}

fn span(text: &str) -> Result<(), Wrong> {
    let expected = "a length of time, for example `500ms`, `3s`, `10m`, `48h` or `90d`";
    Span::parse(text).map(drop).map_err(|error| match error {
        SpanError::NoUnit(number) => {
            Wrong::new(format!("{} has no unit", quoted(&number)), expected)
                .hint("write the unit: `ms`, `s`, `m`, `h` or `d`")
        }
        SpanError::Malformed(_) => {
            Wrong::new(format!("{} is no length of time", quoted(text)), expected)
        }
    })
}

fn not_yet_until(text: &str) -> Result<(), Wrong> {
    if text == "effect.latest" {
        return Ok(());
    }
    let expected = "`effect.latest` or a length of time, for example `10m`";
    span(text).map_err(|wrong| {
        Wrong { expected: Some(expected), ..wrong }.near(nearest(text, ["effect.latest"]))
    })
}

fn alone_need(text: &str) -> Result<(), Wrong> {
    let wrong = |_| {
        let found = format!("{} is nothing that one can need", quoted(text));
        Wrong::new(found, "`standing-approval`, or for example `rehearsed-within-90d`")
            .near(nearest(text, ["standing-approval"]))
    };
    text.parse::<AloneNeed>().map(drop).map_err(wrong)
}

/// Turns a guard's error into ours; the position is that within the guard.
fn guard(text: &str, error: GuardError) -> Wrong {
    let offset = error.offset.min(text.len());
    if let Some(name) = &error.unknown_fact {
        let near = nearest(name, FactKind::ALL.iter().map(|kind| kind.name()));
        let found = format!("{} is no fact", quoted(name));
        let wrong = Wrong { expected: None, ..Wrong::new(found, "") }.near(near);
        let wrong = wrong.hint("`lifeboat schema facts` lists every fact");
        return Wrong { kind: FaultKind::UnknownFact, offset, length: name.len(), ..wrong };
    }
    let expected = "a condition, for example `dns.authority.answers($failed) is not true`";
    let found = format!("the condition cannot be read: {}", error.message);
    Wrong { offset, ..Wrong::new(found, expected) }
}

#[cfg(test)]
mod tests {
    use super::{FaultKind, Format};

    #[test]
    fn a_missing_unit_is_named_as_such() {
        let wrong = Format::Span.check("30").unwrap_err();
        assert_eq!(wrong.found, "`30` has no unit");
        assert!(Format::Span.check("1h30m").is_ok());
        assert!(Format::NotYetUntil.check("effect.latest").is_ok());
        assert_eq!(
            Format::NotYetUntil.check("effect.lastest").unwrap_err().nearest.as_deref(),
            Some("effect.latest")
        );
    }

    #[test]
    fn an_unknown_fact_is_found_within_its_guard() {
        let wrong =
            Format::Guard.check("observer.healthy and dns.athority.answers($a)").unwrap_err();
        assert_eq!((wrong.kind, wrong.offset), (FaultKind::UnknownFact, 21));
        assert_eq!(wrong.nearest.as_deref(), Some("dns.authority.answers"));
    }

    #[test]
    fn each_format_takes_what_it_should() {
        for (format, good, bad) in [
            (Format::Address, "192.0.2.1:53", "192.0.2.300"),
            (Format::Ip, "2001:db8::1", "192.0.2.1:53"),
            (Format::Ip, "192.0.2.1", "0300.0.2.1"),
            (Format::Ip, "fe80::1", "fe80::1%eth0"),
            (Format::Percent, "12 %", "120 %"),
            (Format::Cidr, "2001:db8::/32", "192.0.2.0/33"),
            (Format::Id, "cloudflare-main", "cloud flare"),
            (Format::DateTime, "2026-11-03T09:00:00Z", "yesterday"),
        ] {
            assert!(format.check(good).is_ok(), "{format:?} {good}");
            assert!(format.check(bad).is_err(), "{format:?} {bad}");
        }
    }
}
