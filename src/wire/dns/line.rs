//! One line of a roll: its words, and what they are on the wire.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::glance::{A, AAAA};
use super::roll::RollFault;
use super::{DnsError, data, name};

/// The words of a line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    /// The data, or a mark; empty for none.
    pub data: &'a str,
}

/// What is known of the lines before.
pub(super) struct Reading {
    kind: (String, u16),
    /// Each question was greater than the one before, so that none stands twice.
    pub ascending: bool,
}

/// The Internet's class (RFC 1035 §3.2.4).
const CLASS: [u8; 2] = [0, 1];

/// Types that are no record set: OPT, and those that only questions have (RFC 6895 §3.1).
const NOT_ONE: [Range<u16>; 2] = [41..42, 128..256];

impl<'a> Line<'a> {
    /// Splits a line; nothing for an empty one and for a comment.
    pub fn split(text: &'a str) -> Result<Option<Self>, (&'a str, RollFault)> {
        let whole = text.trim_ascii();
        if whole.is_empty() || whole.starts_with([';', '#']) {
            return Ok(None);
        }
        if whole.starts_with(['$', '@']) || text.starts_with([' ', '\t']) {
            let first = word(whole).0;
            return Err((whole, RollFault::Zone(first.to_owned())));
        }
        let (name, mut rest) = word(whole);
        loop {
            let (kind, data) = word(rest);
            let is_class_or_ttl =
                kind.eq_ignore_ascii_case("IN") || kind.starts_with(|c: char| c.is_ascii_digit());
            if is_class_or_ttl {
                rest = data;
            } else if kind.is_empty() {
                return Err((kind, RollFault::NoType));
            } else {
                return Ok(Some(Self { name, kind, data }));
            }
        }
    }
}

/// Splits the first word off, and the blanks behind it.
fn word(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| byte.is_ascii_whitespace()).unwrap_or(text.len());
    (&text[..end], text[end..].trim_ascii_start())
}

/// Returns the column of a word of a line, from 1, in characters.
pub(super) fn column(line: &str, word: &str) -> usize {
    // The word lies in the line: it is one of its pieces.
    let before = (word.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    line.get(..before).map_or(0, |before| before.chars().count()) + 1
}

impl Default for Reading {
    fn default() -> Self {
        Self { kind: ("A".to_owned(), A), ascending: true }
    }
}

impl Reading {
    /// Reads a type, which is most often the one of the line before.
    pub fn kind(&mut self, text: &str) -> Result<u16, RollFault> {
        if self.kind.0 != text {
            let kind = u16::from(name::read_kind(text)?);
            if kind == 0 || NOT_ONE.iter().any(|kinds| kinds.contains(&kind)) {
                return Err(RollFault::NotOne(text.to_owned()));
            }
            self.kind = (text.to_owned(), kind);
        }
        Ok(self.kind.1)
    }
}

/// Adds a question as it travels, its name in lower case.
pub(super) fn encode_question(name: &str, kind: u16, out: &mut Vec<u8>) -> Result<(), DnsError> {
    let start = out.len();
    if encode_name(name.as_bytes(), out).is_none() {
        out.truncate(start);
        return Err(DnsError::Name(name.to_owned()));
    }
    out.extend(kind.to_be_bytes());
    out.extend(CLASS);
    Ok(())
}

/// Adds a name (RFC 1035 §3.1), as [`name::read`] reads it, without a detour.
fn encode_name(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (begin, mut label) = (out.len(), out.len());
    out.push(0);
    let mut rest = if text == b"." { &text[1..] } else { text };
    if rest.is_empty() && text.is_empty() {
        return None;
    }
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'.' {
            end_label(label, out)?;
            label = out.len();
            out.push(0);
            continue;
        }
        let byte = if byte == b'\\' { escaped(&mut rest)? } else { byte };
        out.push(byte.to_ascii_lowercase());
    }
    // Without a final dot there is a label left; the root's length then ends the name.
    if out.len() > label + 1 {
        end_label(label, out)?;
        out.push(0);
    }
    (out.len() - begin <= 255).then_some(())
}

/// Writes the length of the label that began at a place.
fn end_label(label: usize, out: &mut [u8]) -> Option<()> {
    let length = out.len() - label - 1;
    out[label] = u8::try_from(length).ok().filter(|length| (1..=63).contains(length))?;
    Some(())
}

/// Takes what stands behind a backslash: a character, or three digits.
fn escaped(rest: &mut &[u8]) -> Option<u8> {
    let (&first, after) = rest.split_first()?;
    if !first.is_ascii_digit() {
        *rest = after;
        return Some(first);
    }
    let (digits, after) = rest.split_first_chunk::<3>()?;
    *rest = after;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Adds data in plain bytes, with their length before them.
pub(super) fn encode_data(kind: u16, text: &str, out: &mut Vec<u8>) -> Result<(), DnsError> {
    let quick = match kind {
        A => text.parse::<Ipv4Addr>().ok().map(|address| push(&address.octets(), out)),
        AAAA => text.parse::<Ipv6Addr>().ok().map(|address| push(&address.octets(), out)),
        _ => None,
    };
    match quick {
        Some(pushed) => pushed,
        None => push(&data::plain(kind, text)?, out),
    }
    // No data are longer than a message.
    .ok_or_else(|| DnsError::Unwritable("data of more than 65,535 bytes".to_owned()))
}

fn push(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.extend(u16::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend(bytes);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        encode_name(text.as_bytes(), &mut out).map(|()| out)
    }

    fn detour(text: &str) -> Option<Vec<u8>> {
        name::read(text).ok().map(|name| data::canonical(&name))
    }

    #[test]
    fn names_are_written_as_the_long_way_round_writes_them() {
        let (long, far) = ("a".repeat(64), "abc.".repeat(64));
        let (most, full) = ("a".repeat(63), format!("{}abc", "abc.".repeat(63)));
        for text in [
            "",
            ".",
            "..",
            "a",
            "a.",
            "A.b",
            "a..b",
            ".a",
            r"a\.b.",
            r"a\",
            r"a\25",
            r"a\256",
            r"\000\255.",
            r"a.\",
            "ü.example",
            &long,
            &far,
            &most,
            &full,
        ] {
            assert_eq!(encoded(text), detour(text), "{text}");
        }
    }

    #[test]
    fn a_word_is_found_in_its_line() {
        let line = "ü. A  x";
        assert_eq!(column(line, &line[3..]), 3);
        assert_eq!(column(line, &line[line.len()..]), 8);
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_the_long_way_round_writes_it(text in r"[aZ0.\\ü \x00-]{0,12}") {
            prop_assert_eq!(encoded(&text), detour(&text));
        }
    }
}
