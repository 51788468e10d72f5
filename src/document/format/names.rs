//! Names that other people hand out: domains, record types, time zones, languages, keys.

use super::super::fault::quoted;
use super::super::nearest::nearest;
use super::Wrong;
use crate::model::Id;

type Checked = Result<(), Wrong>;

fn unless(good: bool, wrong: impl FnOnce() -> Wrong) -> Checked {
    if good { Ok(()) } else { Err(wrong()) }
}

/// Tells whether a text is a domain name of RFC 1035's sizes, with or without its final dot.
pub fn is_domain(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let label = |label: &str| {
        let body = label == "*"
            || (label.chars().all(plain) && !label.starts_with('-') && !label.ends_with('-'));
        (1..=63).contains(&label.len()) && body
    };
    text == "." || text == "@" || (name.len() <= 253 && name.split('.').all(label))
}

pub(super) fn domain(text: &str) -> Checked {
    let found = || format!("{} is no domain name", quoted(text));
    unless(is_domain(text), || {
        Wrong::new(found(), "a domain name in ASCII, for example `openseeds.example.`")
    })
}

pub(super) fn reference(text: &str) -> Checked {
    let body = text.strip_prefix('$').unwrap_or(text);
    let good = Id::is_well_formed(body) && !body.ends_with('.') && !body.contains("..");
    unless(good, || {
        let found = format!("{} is no reference", quoted(text));
        Wrong::new(found, "a parameter such as `$zone`, a path such as `$zone.registrar`, or an id")
            .hint("a parameter stands alone; it is never part of a longer text")
    })
}

/// The names of the IANA time zone database, release 2025b and older, one a line.
const TIME_ZONES: &str = include_str!("../time_zones.txt");

pub(super) fn time_zone(text: &str) -> Checked {
    unless(TIME_ZONES.lines().any(|name| name == text), || {
        let wrong = Wrong::new(
            format!("{} is no time zone", quoted(text)),
            "an IANA name, for example `Europe/Amsterdam`",
        );
        wrong.near(nearest(text, TIME_ZONES.lines()))
    })
}

pub(super) fn info_hash(text: &str) -> Checked {
    let good = text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit());
    unless(good, || {
        Wrong::new(format!("{} is no info-hash", quoted(text)), "40 hexadecimal digits")
    })
}

pub(super) fn digest(text: &str) -> Checked {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let good = text.len() == 64 && text.bytes().all(hex);
    unless(good, || {
        let found = format!("{} is no digest", quoted(text));
        Wrong::new(found, "SHA-256 as 64 hexadecimal digits in lower case")
    })
}

const RECORD_TYPES: [&str; 26] = [
    "A",
    "AAAA",
    "AFSDB",
    "CAA",
    "CDNSKEY",
    "CDS",
    "CERT",
    "CNAME",
    "DNAME",
    "DNSKEY",
    "DS",
    "HINFO",
    "HTTPS",
    "LOC",
    "MX",
    "NAPTR",
    "NS",
    "OPENPGPKEY",
    "PTR",
    "SMIMEA",
    "SOA",
    "SRV",
    "SSHFP",
    "SVCB",
    "TLSA",
    "TXT",
];

/// Types that a zone's copy may hold besides, two of them PowerDNS's own.
const COPIED_TYPES: [&str; 6] = ["ALIAS", "LUA", "RP", "SPF", "URI", "ZONEMD"];

pub(super) fn copied_type(text: &str) -> Checked {
    let numbered = text.strip_prefix("TYPE").is_some_and(|number| number.parse::<u16>().is_ok());
    if numbered || COPIED_TYPES.contains(&text) { Ok(()) } else { record_type(text) }
}

pub(super) fn record_type(text: &str) -> Checked {
    unless(RECORD_TYPES.contains(&text), || {
        let wrong = Wrong::new(
            format!("{} is no record type", quoted(text)),
            "a type in capitals, for example `A`, `AAAA` or `NS`",
        );
        wrong.near(nearest(text, RECORD_TYPES))
    })
}

/// Checks `12345 13 2 <digest>` of RFC 4034, section 5.3.
pub(super) fn ds_record(text: &str) -> Checked {
    let mut fields = text.split_whitespace();
    let number = |field: Option<&str>, most: u32| {
        field.and_then(|f| f.parse::<u32>().ok()).is_some_and(|n| n <= most)
    };
    let numbers =
        number(fields.next(), 0xffff) && number(fields.next(), 255) && number(fields.next(), 255);
    let digest: String = fields.collect();
    let good = numbers
        && digest.len() >= 40
        && digest.len().is_multiple_of(2)
        && digest.bytes().all(|b| b.is_ascii_hexdigit());
    unless(good, || {
        Wrong::new(
            format!("{} is no DS record", quoted(text)),
            "key tag, algorithm, digest type and digest, for example `20326 8 2 E06D...`",
        )
    })
}

/// Checks the shape of RFC 5646: `en`, `de`, `pt-BR`.
pub(super) fn language(text: &str) -> Checked {
    let mut parts = text.split('-');
    let first = parts
        .next()
        .is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
    let good = first
        && parts
            .all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    unless(good, || {
        Wrong::new(
            format!("{} is no language", quoted(text)),
            "a language tag, for example `en`, `de` or `pt-BR`",
        )
    })
}

/// Those that are neither forbidden nor discouraged (RFC 8945 §6).
const TSIG_ALGORITHMS: [&str; 4] = ["hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"];

pub(super) fn tsig_algorithm(text: &str) -> Checked {
    let name = text.strip_suffix('.').unwrap_or(text);
    unless(TSIG_ALGORITHMS.contains(&name), || {
        let wrong = Wrong::new(
            format!("{} is no TSIG algorithm", quoted(text)),
            "for example `hmac-sha256`",
        );
        wrong.near(nearest(text, TSIG_ALGORITHMS))
    })
}

#[cfg(test)]
mod tests {
    use super::{domain, ds_record, info_hash, language, record_type, reference, time_zone};

    #[test]
    fn domains_are_checked_by_their_labels() {
        for good in [
            "example.",
            ".",
            "ns1.standby.example",
            "_acme.example",
            "*.example",
            "xn--bcher-kva.example",
        ] {
            assert!(domain(good).is_ok(), "{good}");
        }
        for bad in ["", "a..b", "-a.example", "büro.example", "a b", "https://a.example"] {
            assert!(domain(bad).is_err(), "{bad}");
        }
        assert!(domain(&"a".repeat(64)).is_err());
    }

    #[test]
    fn references_stand_alone() {
        for good in ["$zone", "$zone.managed_by.hold", "sb-eu", "include"] {
            assert!(reference(good).is_ok(), "{good}");
        }
        for bad in ["", "$", "$zone and more", "the $zone", "$zone."] {
            assert!(reference(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_that_others_hand_out_are_known() {
        assert!(time_zone("Europe/Amsterdam").is_ok());
        let near = time_zone("Europe/Amsterdan").unwrap_err().nearest;
        assert_eq!(near.as_deref(), Some("Europe/Amsterdam"));
        assert!(record_type("AAAA").is_ok() && record_type("aaaa").is_err());
        assert!(language("pt-BR").is_ok() && language("English").is_err());
        assert!(info_hash(&"0a".repeat(20)).is_ok() && info_hash("0a").is_err());
        assert!(ds_record(&format!("20326 8 2 {}", "AB".repeat(32))).is_ok());
        assert!(ds_record("20326 8 AB").is_err());
    }
}
