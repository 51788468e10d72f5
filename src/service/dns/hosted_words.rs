//! Record data in the words of a zone file, as services that host zones are spoken to. Pure.

use crate::model::{Remote, RrKey};
use crate::wire::dns::{Copier, Worded};

/// Puts a record's data into canonical words; those of a type that is not known here stay as they are.
///
/// # Errors
/// Why it is no record of the zone, in words.
pub fn canonical(zone: &str, key: &RrKey, data: &str) -> Result<String, String> {
    let fault = |error: &dyn std::fmt::Display| {
        format!("`{}` is no data of {} {}: {error}", Remote::new(data), key.name, key.kind)
    };
    let mut copier = Copier::new(zone).map_err(|error| fault(&error))?;
    let record = Worded { name: &key.name, kind: &key.kind, ttl: 0, data, apart: None };
    if crate::wire::dns::kind_number(&key.kind).is_err() {
        return Ok(pieces(data).join(" "));
    }
    copier.take(&record).map_err(|error| fault(&error))?;
    let sets = copier.done().map_err(|error| fault(&error))?.sets;
    let found = sets.first().and_then(|set| set.data.first()).map(|data| data.raw().to_owned());
    found.ok_or_else(|| fault(&"a signer keeps it"))
}

/// Splits data at blanks; what stands in quotes stays together, and keeps them.
pub fn pieces(data: &str) -> Vec<&str> {
    let (mut pieces, mut from, mut quoted, mut escaped) = (Vec::new(), None, false, false);
    for (at, c) in data.char_indices() {
        if c.is_whitespace() && !quoted {
            pieces.extend(from.take().map(|from: usize| &data[from..at]));
            continue;
        }
        from.get_or_insert(at);
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
    }
    pieces.extend(from.map(|from| &data[from..]));
    pieces
}

/// Takes one string out of its quotes and escapes (RFC 1035 §5.1).
pub fn unquoted(piece: &str) -> String {
    let inner = piece.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(piece);
    let (mut bytes, mut left) = (Vec::new(), inner.as_bytes());
    while let Some((byte, rest)) = left.split_first() {
        left = rest;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        let code = rest.get(..3).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
        match (code, rest.split_first()) {
            (Some(code), _) => {
                bytes.push(code);
                left = &rest[3..];
            }
            (None, Some((plain, further))) => {
                bytes.push(*plain);
                left = further;
            }
            (None, None) => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_canonical_and_lie_in_the_zone() {
        let key = |name: &str, kind: &str| RrKey { name: name.into(), kind: kind.into() };
        let read =
            |name: &str, kind: &str, data: &str| canonical("z.test.", &key(name, kind), data);
        assert_eq!(read("z.test.", "MX", "10 Mail.Z.test").as_deref(), Ok("10 mail.z.test."));
        assert_eq!(read("z.test.", "TXT", "bare").as_deref(), Ok("\"bare\""));
        assert_eq!(read("z.test.", "BOGUS", " a  b ").as_deref(), Ok("a b"));
        assert!(read("z.test.", "A", "no").unwrap_err().contains("no data of z.test. A"));
        assert!(read("other.test.", "A", "192.0.2.1").is_err());
        assert!(read("z.test.", "RRSIG", "\\# 1 00").is_err());
    }

    #[test]
    fn strings_stay_together_and_come_out_of_their_quotes() {
        assert_eq!(pieces("0 issue \"ca.test; a=b\""), ["0", "issue", "\"ca.test; a=b\""]);
        assert_eq!(pieces(r#""a \" b" c"#), [r#""a \" b""#, "c"]);
        assert_eq!(pieces("  "), [""; 0]);
        assert_eq!(unquoted(r#""a \"b\" \\ \228""#), "a \"b\" \\ \u{fffd}");
        assert_eq!(
            (unquoted("bare"), unquoted("\"\""), unquoted("x\\")),
            ("bare".into(), "".into(), "x".into())
        );
    }
}
