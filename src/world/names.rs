//! Names and invented addresses: small pure words that the whole world shares.

use std::net::{IpAddr, Ipv4Addr};

/// Writes a name in its one form: lower case, with a final dot.
pub fn fqdn(name: &str) -> String {
    let plain = name.trim_end_matches('.').to_ascii_lowercase();
    format!("{plain}.")
}

/// Tells whether a name is a zone's or lies below it; both fully qualified.
pub fn within(name: &str, zone: &str) -> bool {
    zone == "." || name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

/// Returns the zone one label above.
pub fn above(zone: &str) -> String {
    match zone.split_once('.') {
        Some((_, "")) | None => ".".to_owned(),
        Some((_, rest)) => rest.to_owned(),
    }
}

/// Makes a name below a zone.
pub fn below(label: &str, zone: &str) -> String {
    if zone == "." { fqdn(label) } else { fqdn(&format!("{label}.{zone}")) }
}

/// Returns a critical name in full: with a final dot it already is.
pub fn absolute(name: &str, zone: &str) -> String {
    match name {
        "@" | "" => fqdn(zone),
        full if full.ends_with('.') => fqdn(full),
        label => below(label, &fqdn(zone)),
    }
}

/// Draws a number from a text, the same in every run (FNV-1a).
pub fn draw(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Returns the addresses of the documentation ranges (RFC 5737), the last first.
pub fn documentation() -> impl Iterator<Item = IpAddr> {
    let ranges = [[203, 0, 113], [198, 51, 100], [192, 0, 2]];
    ranges
        .into_iter()
        .flat_map(|[a, b, c]| (1..=254).rev().map(move |d| IpAddr::V4(Ipv4Addr::new(a, b, c, d))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        assert_eq!(fqdn("WWW.Example"), "www.example.");
        assert_eq!(fqdn("."), ".");
        assert_eq!(absolute("www", "a.example."), "www.a.example.");
        assert_eq!(absolute("@", "a.example"), "a.example.");
        assert_eq!(absolute("mail.b.example.", "a.example."), "mail.b.example.");
        assert_eq!((above("a.example.").as_str(), above("example.").as_str()), ("example.", "."));
    }

    #[test]
    fn a_name_lies_in_a_zone_by_whole_labels() {
        assert!(within("www.a.example.", "a.example."));
        assert!(within("a.example.", "a.example."));
        assert!(within("a.example.", "."));
        assert!(!within("ba.example.", "a.example."));
    }
}
