//! Domain names between the wire and their presentation form (RFC 1035 §5.1), record types, and codes.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};

use super::text::{escape, unescape};
use super::{DnsError, data};

/// What stands for something else in a zone file (RFC 1035 §5.1), where a name is not in quotes.
pub(super) const SPECIAL: &str = ".;$()";

/// Writes a name: lower case, fully qualified, everything but plain characters as `\DDD`.
pub(super) fn show(name: &Name) -> String {
    let mut text = String::new();
    for label in name.iter() {
        escape(&label.to_ascii_lowercase(), SPECIAL, &mut text);
        text.push('.');
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Reads a name; one without a final dot is taken as fully qualified too.
pub(super) fn read(text: &str) -> Result<Name, DnsError> {
    let refused = || DnsError::Name(text.to_owned());
    if text == "." {
        return Ok(Name::root());
    }
    let mut labels = vec![Vec::new()];
    for (byte, escaped) in unescape(text).ok_or_else(refused)? {
        match labels.last_mut() {
            Some(label) if byte != b'.' || escaped => label.push(byte),
            Some(_) | None => labels.push(Vec::new()),
        }
    }
    if labels.last().is_some_and(Vec::is_empty) {
        labels.pop();
    }
    if labels.is_empty() {
        return Err(refused());
    }
    // The library takes labels of 1 to 63 bytes, and 255 of them with their lengths and the root (RFC 1035 §2.3.4).
    Name::from_labels(labels).map_err(|_| refused())
}

/// A name's canonical order and its words.
pub(super) type Ordered = (Vec<u8>, String);

/// Reads a name as [`read`] does; returns bytes whose plain comparison is canonical order (RFC 4034 §6.1), and the name
/// as [`show`] writes it.
pub(super) fn read_ordered(text: &str) -> Result<Ordered, DnsError> {
    match plainly_ordered(text) {
        Some(ordered) => Ok(ordered),
        None => read(text).map(|name| (order(&name), show(&name))),
    }
}

/// Reads a name as [`read`] does; returns it as messages are read: each label with its length, in lower case.
pub(super) fn read_canonical(text: &str) -> Result<Vec<u8>, DnsError> {
    let Some(text) = plain(text) else { return read(text).map(|name| data::canonical(&name)) };
    let mut bytes = Vec::with_capacity(text.len() + 2);
    for label in text.split('.') {
        // No label is longer than 63 bytes.
        bytes.push(u8::try_from(label.len()).unwrap_or_default());
        bytes.extend(label.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    bytes.push(0);
    Ok(bytes)
}

/// Tells whether [`read`] reads a name.
pub(super) fn is_name(text: &str) -> bool {
    plain(text).is_some() || read(text).is_ok()
}

/// Most names need no library: letters, digits, `-`, `_` and `*` stand for themselves. Returns such a name without its
/// final dot.
fn plain(text: &str) -> Option<&str> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*');
    // 255 bytes hold 253 characters and the dots' lengths (RFC 1035 §2.3.4).
    let fits = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_plain);
    (text.len() <= 253 && text.split('.').all(fits)).then_some(text)
}

fn plainly_ordered(text: &str) -> Option<Ordered> {
    let text = plain(text)?;
    let mut shown = String::with_capacity(text.len() + 1);
    shown.push_str(text);
    shown.make_ascii_lowercase();
    let mut order = Vec::with_capacity(text.len() + 1);
    for label in shown.rsplit('.') {
        order.extend_from_slice(label.as_bytes());
        order.push(0);
    }
    shown.push('.');
    Some((order, shown))
}

/// Returns a name so that plain comparison of bytes is canonical order (RFC 4034 §6.1): labels from the right, each
/// with a zero behind it that no label holds.
pub(super) fn order(owner: &Name) -> Vec<u8> {
    let labels: Vec<&[u8]> = owner.iter().collect();
    let mut order = Vec::new();
    for label in labels.into_iter().rev() {
        for byte in label.to_ascii_lowercase() {
            match byte {
                0 | 1 => order.extend([1, byte + 1]),
                byte => order.push(byte),
            }
        }
        order.push(0);
    }
    order
}

/// Writes a record type; one without a name as `TYPE…` (RFC 3597 §5).
pub(super) fn show_kind(kind: RecordType) -> String {
    let code = u16::from(kind);
    let name = kind.to_string();
    let named = name.parse::<RecordType>().is_ok_and(|again| u16::from(again) == code);
    if named { name } else { format!("TYPE{code}") }
}

/// Reads a record type.
pub(super) fn read_kind(text: &str) -> Result<RecordType, DnsError> {
    let upper = text.to_ascii_uppercase();
    let code = || upper.strip_prefix("TYPE").and_then(|number| number.parse::<u16>().ok());
    let kind = upper.parse().ok().or_else(|| code().map(RecordType::from));
    kind.ok_or_else(|| DnsError::Kind(text.to_owned()))
}

/// Response codes by their names in the registry.
const CODES: [(u16, &str); 12] = [
    (0, "NOERROR"),
    (1, "FORMERR"),
    (2, "SERVFAIL"),
    (3, "NXDOMAIN"),
    (4, "NOTIMP"),
    (5, "REFUSED"),
    (6, "YXDOMAIN"),
    (7, "YXRRSET"),
    (8, "NXRRSET"),
    (9, "NOTAUTH"),
    (10, "NOTZONE"),
    (16, "BADVERS"),
];

/// Writes a response code; one without a name as `RCODE…`.
pub(super) fn show_code(code: ResponseCode) -> String {
    let number = u16::from(code);
    let named = CODES.iter().find(|(code, _)| *code == number);
    named.map_or_else(|| format!("RCODE{number}"), |(_, name)| (*name).to_owned())
}

/// Reads a response code.
pub(super) fn read_code(text: &str) -> Result<ResponseCode, DnsError> {
    let named = CODES.iter().find(|(_, name)| *name == text).map(|(code, _)| *code);
    let number = || text.strip_prefix("RCODE").and_then(|number| number.parse::<u16>().ok());
    let code = named.or_else(number).filter(|code| *code < 1 << 12);
    code.map(|code| code.into()).ok_or_else(|| DnsError::Code(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_names_are_read_as_the_library_reads_them(text in r"[aZ9*_.-]{0,8}(\.[a-z]{60,64}){0,5}\.?") {
            let library = read(&text).map(|name| (order(&name), show(&name)));
            let plain = plainly_ordered(&text);
            prop_assert!(plain.is_none() || plain == library.clone().ok());
            prop_assert_eq!(read_ordered(&text), library);
            let canonical = read(&text).map(|name| data::canonical(&name));
            prop_assert_eq!(read_canonical(&text), canonical);
            prop_assert_eq!(is_name(&text), read(&text).is_ok());
        }
    }

    #[test]
    fn names_are_read_and_shown_alike() {
        for name in [".", "org.", "www.example.org.", r"a\.b.org.", r"\000\255.org.", "*.org."] {
            assert_eq!(read(name).map(|read| show(&read)), Ok(name.to_owned()));
        }
        assert_eq!(read("WWW.Example").map(|read| show(&read)), Ok("www.example.".to_owned()));
    }

    #[test]
    fn usual_names_are_read_without_the_library() {
        let wanted = (b"test\0zone\0_x\0".to_vec(), "_x.zone.test.".to_owned());
        assert_eq!(plainly_ordered("_X.zone.TEST"), Some(wanted));
        for text in [".", "", r"a\.b.", "a..b", "a b.", &"a".repeat(64), &"abc.".repeat(64)] {
            assert_eq!(plainly_ordered(text), None, "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_names_are_refused() {
        let (long, far) = ("a".repeat(64), "abc.".repeat(64));
        for text in ["", "..", "a..b", ".a", r"a\", r"a\25", r"a\256b", &long, &far] {
            assert_eq!(read(text), Err(DnsError::Name(text.to_owned())));
        }
    }

    #[test]
    fn types_and_codes_are_read_and_shown_alike() {
        for kind in ["A", "AAAA", "DS", "DNSKEY", "HTTPS", "TYPE65280"] {
            assert_eq!(read_kind(kind).map(show_kind), Ok(kind.to_owned()));
        }
        assert!(read_kind("BOGUS").is_err() && read_kind("TYPE65536").is_err());
        for code in ["NOERROR", "SERVFAIL", "REFUSED", "BADVERS", "RCODE11", "RCODE3000"] {
            assert_eq!(read_code(code).map(show_code), Ok(code.to_owned()));
        }
        assert!(read_code("RCODE4096").is_err() && read_code("").is_err());
    }
}
