//! Record data between the wire and its presentation form.
//!
//! [`grammar`] says for each type that decisions rest on which fields it has, and serves both ways.
//! Other types are left to the library, or written as `\# LENGTH HEX` (RFC 3597 §5).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use hickory_proto::rr::rdata::NULL;
use hickory_proto::rr::{RData, RecordType};
use hickory_proto::serialize::binary::{
    BinDecoder, BinEncodable, BinEncoder, NameEncoding, Restrict,
};

use super::reader::Reader;
use super::text::{self, base64, escape, hex, unbase64, unhex};
use super::{DnsError, name};

/// One field of record data.
#[derive(Clone, Copy)]
enum Field {
    V4,
    V6,
    Name,
    U8,
    U16,
    U32,
    /// A record type.
    Kind,
    /// A string with its length before it, bare unless it is empty.
    Tag,
    /// Strings with their lengths before them, quoted, to the end.
    Strings,
    /// One string to the end, quoted.
    Rest,
    /// Hexadecimal to the end.
    Hex,
    /// Base 64 to the end.
    Base64,
}

/// Returns the fields of a type: RFC 1035 §3.3, 2782, 3596, 4034, 4255, 6672, 6698, 7344, 8659.
fn grammar(kind: RecordType) -> Option<&'static [Field]> {
    use Field::{Base64, Hex, Kind, Name, Rest, Strings, Tag, U8, U16, U32, V4, V6};
    const GRAMMARS: [(u16, &[Field]); 19] = [
        (1, &[V4]),
        (2, &[Name]),
        (5, &[Name]),
        (6, &[Name, Name, U32, U32, U32, U32, U32]),
        (12, &[Name]),
        (15, &[U16, Name]),
        (16, &[Strings]),
        (28, &[V6]),
        (33, &[U16, U16, U16, Name]),
        (39, &[Name]),
        (43, &[U16, U8, U8, Hex]),
        (44, &[U8, U8, Hex]),
        (46, &[Kind, U8, U8, U32, U32, U32, U16, Name, Base64]),
        (48, &[U16, U8, U8, Base64]),
        (52, &[U8, U8, U8, Hex]),
        (59, &[U16, U8, U8, Hex]),
        (60, &[U16, U8, U8, Base64]),
        (99, &[Strings]),
        (257, &[U8, Tag, Rest]),
    ];
    let code = u16::from(kind);
    GRAMMARS.iter().find(|(known, _)| *known == code).map(|(_, fields)| *fields)
}

/// The longest data that the library reads and words: the types that one NSEC record lists take many times its bytes.
const WORDED: usize = 256;

/// Writes the data of a record that lies in a message, where names may be compressed; nothing for data of another type.
pub(super) fn show_in(message: &[u8], place: Range<usize>, kind: RecordType) -> Option<String> {
    if let Some(fields) = grammar(kind) {
        return show_fields(fields, &unfolded(fields, message, place)?);
    }
    let (start, bytes) = (u16::try_from(place.start).ok(), message.get(place)?);
    let length = u16::try_from(bytes.len()).ok().filter(|length| usize::from(*length) <= WORDED);
    let (Some(start), Some(length)) = (start, length) else { return Some(raw(bytes)) };
    let mut decoder = BinDecoder::new(message).clone(start);
    RData::read(&mut decoder, kind, Restrict::new(length)).ok().map(|data| show(&data))
}

/// Returns the bytes of data in a message, each name in full.
fn unfolded(fields: &[Field], message: &[u8], place: Range<usize>) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(place.len());
    unfold_into(&mut plain, fields, message, place)?;
    Some(plain)
}

/// Adds the data of a record that lies in a message, each name in full and in lower case: two records are one
/// where these bytes are. Nothing for data of another type.
pub(super) fn plain_into(
    plain: &mut Vec<u8>,
    message: &[u8],
    place: Range<usize>,
    kind: u16,
) -> Option<()> {
    if let Some(fields) = grammar(kind.into()) {
        return unfold_into(plain, fields, message, place);
    }
    let bytes = message.get(place.clone())?;
    let read = || {
        let start = u16::try_from(place.start).ok()?;
        let length = Restrict::new(u16::try_from(bytes.len()).ok()?);
        let data = RData::read(&mut BinDecoder::new(message).clone(start), kind.into(), length);
        // Older types may have compressed names, too (RFC 3597 §4).
        Some(emitted(&data.ok()?, NameEncoding::UncompressedLowercase)).filter(|it| !it.is_empty())
    };
    plain.extend(read().as_deref().unwrap_or(bytes));
    Some(())
}

/// Reads data into those bytes.
pub(super) fn plain(kind: u16, text: &str) -> Result<Vec<u8>, DnsError> {
    let read = read(kind.into(), text)?;
    let read =
        if let RData::Unknown { rdata, .. } = read { rdata.anything } else { uncompressed(&read) };
    let mut bytes = Vec::with_capacity(read.len());
    match plain_into(&mut bytes, &read, 0..read.len(), kind) {
        Some(()) => Ok(bytes),
        None => Err(refusal(kind.into(), text)),
    }
}

fn unfold_into(
    plain: &mut Vec<u8>,
    fields: &[Field],
    message: &[u8],
    place: Range<usize>,
) -> Option<()> {
    let mut reader = Reader { bytes: message.get(..place.end)?, at: place.start };
    for field in fields {
        match field {
            Field::Name => reader.name_into(plain)?,
            Field::U8 => plain.extend(reader.take(1)?),
            Field::U16 | Field::Kind => plain.extend(reader.take(2)?),
            Field::V4 | Field::U32 => plain.extend(reader.take(4)?),
            Field::V6 => plain.extend(reader.take(16)?),
            Field::Tag => {
                let length = *message.get(reader.at)?;
                plain.extend(reader.take(1 + usize::from(length))?);
            }
            Field::Strings | Field::Rest | Field::Hex | Field::Base64 => {
                plain.extend(reader.take(place.end.checked_sub(reader.at)?)?);
            }
        }
    }
    (reader.at == place.end).then_some(())
}

/// Writes bytes as RFC 3597 §5 has them.
fn raw(bytes: &[u8]) -> String {
    format!("\\# {} {}", bytes.len(), hex(bytes)).trim_end().to_owned()
}

/// Writes data.
pub(super) fn show(data: &RData) -> String {
    let known = !matches!(data, RData::Unknown { .. });
    let bytes = bytes(data);
    let shown = grammar(data.record_type()).and_then(|fields| show_fields(fields, &bytes));
    let word = || (known && !matches!(data, RData::OPT(_))).then(|| data.to_string());
    // The library's words count only where they lead back to the very same bytes.
    let word = || word().filter(|word| leads_to(data.record_type(), word, &bytes));
    shown.or_else(word).unwrap_or_else(|| raw(&bytes))
}

/// Returns the bytes of data, each name in full.
pub(super) fn bytes(data: &RData) -> Vec<u8> {
    if let RData::Unknown { rdata, .. } = data {
        rdata.anything.clone()
    } else {
        uncompressed(data)
    }
}

/// Returns a name as it is signed: lower case, in full (RFC 4034 §6.2).
pub(super) fn canonical(name: &hickory_proto::rr::Name) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.iter() {
        // No label is longer than 63 bytes.
        bytes.push(u8::try_from(label.len()).unwrap_or_default());
        bytes.extend(label.to_ascii_lowercase());
    }
    bytes.push(0);
    bytes
}

/// Writes data that the library knows; empty for what cannot be written again.
fn uncompressed(data: &RData) -> Vec<u8> {
    emitted(data, NameEncoding::Uncompressed)
}

fn emitted(data: &RData, names: NameEncoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = BinEncoder::new(&mut bytes);
    encoder.set_name_encoding(names);
    match data.emit(&mut encoder) {
        Ok(()) => bytes,
        Err(_) => Vec::new(),
    }
}

fn leads_to(kind: RecordType, text: &str, bytes: &[u8]) -> bool {
    RData::try_from_str(kind, text).is_ok_and(|again| uncompressed(&again) == bytes)
}

fn show_fields(fields: &[Field], mut bytes: &[u8]) -> Option<String> {
    let mut texts = Vec::new();
    for field in fields {
        texts.push(show_field(*field, &mut bytes)?);
    }
    bytes.is_empty().then(|| texts.join(" "))
}

fn show_field(field: Field, bytes: &mut &[u8]) -> Option<String> {
    Some(match field {
        Field::V4 => Ipv4Addr::from(take::<4>(bytes)?).to_string(),
        Field::V6 => Ipv6Addr::from(take::<16>(bytes)?).to_string(),
        Field::Name => show_name(bytes)?,
        Field::U8 => u8::from_be_bytes(take(bytes)?).to_string(),
        Field::U16 => u16::from_be_bytes(take(bytes)?).to_string(),
        Field::U32 => u32::from_be_bytes(take(bytes)?).to_string(),
        Field::Kind => name::show_kind(u16::from_be_bytes(take(bytes)?).into()),
        Field::Tag => match string(bytes)? {
            [] => quoted(&[]),
            tag => {
                let mut text = String::new();
                escape(tag, " ", &mut text);
                text
            }
        },
        Field::Strings => {
            let mut texts = Vec::new();
            while !bytes.is_empty() {
                texts.push(quoted(string(bytes)?));
            }
            texts.join(" ")
        }
        Field::Rest => quoted(std::mem::take(bytes)),
        Field::Hex => hex(std::mem::take(bytes)),
        Field::Base64 => base64(std::mem::take(bytes)),
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

fn string<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::from(take::<1>(bytes)?[0]);
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = "\"".to_owned();
    escape(bytes, "", &mut text);
    text.push('"');
    text
}

/// Takes a name that is written in full, and writes it.
pub(super) fn show_name(bytes: &mut &[u8]) -> Option<String> {
    let mut text = String::new();
    loop {
        let label = string(bytes)?;
        if label.is_empty() {
            return Some(if text.is_empty() { ".".to_owned() } else { text });
        }
        if label.len() > 63 {
            return None;
        }
        escape(&label.to_ascii_lowercase(), name::SPECIAL, &mut text);
        text.push('.');
    }
}

/// Reads data.
pub(super) fn read(kind: RecordType, text: &str) -> Result<RData, DnsError> {
    let refused = || refusal(kind, text);
    let raw = match grammar(kind) {
        _ if text.trim_start().starts_with("\\#") => read_raw(text),
        Some(fields) => read_fields(fields, text),
        None => return RData::try_from_str(kind, text).map_err(|_| refused()),
    };
    let raw =
        raw.filter(|raw| (1..=usize::from(u16::MAX)).contains(&raw.len())).ok_or_else(refused)?;
    Ok(RData::Unknown { code: kind, rdata: NULL::with(raw) })
}

/// Returns the bytes of data that is given in words, names in full.
pub(super) fn read_bytes(kind: RecordType, text: &str) -> Result<Vec<u8>, DnsError> {
    read(kind, text).map(|data| bytes(&data))
}

/// Returns where among the words of a type's data names stand.
pub(super) fn names(kind: RecordType) -> Vec<usize> {
    // RFC 1183 §1–2, 2163 §4, 2230 §3, 3403 §4.1, 9460 §2.1: types that the library reads.
    const OTHERS: [(u16, &[usize]); 12] = [
        (7, &[0]),
        (8, &[0]),
        (9, &[0]),
        (14, &[0, 1]),
        (17, &[0, 1]),
        (18, &[1]),
        (21, &[1]),
        (26, &[1, 2]),
        (35, &[5]),
        (36, &[1]),
        (64, &[1]),
        (65, &[1]),
    ];
    if let Some(fields) = grammar(kind) {
        let names = fields.iter().enumerate().filter(|(_, field)| matches!(field, Field::Name));
        return names.map(|(place, _)| place).collect();
    }
    let others = OTHERS.iter().find(|(code, _)| *code == u16::from(kind));
    others.map_or_else(Vec::new, |(_, names)| names.to_vec())
}

fn refusal(kind: RecordType, text: &str) -> DnsError {
    DnsError::Data { kind: name::show_kind(kind), data: text.chars().take(200).collect() }
}

/// Reads `\# LENGTH HEX…`.
fn read_raw(text: &str) -> Option<Vec<u8>> {
    let mut words = text.split_ascii_whitespace().skip(1);
    let length: usize = words.next()?.parse().ok()?;
    unhex(&words.collect::<String>()).filter(|bytes| bytes.len() == length)
}

fn read_fields(fields: &[Field], text: &str) -> Option<Vec<u8>> {
    let words = text::words(text)?;
    let mut words = words.iter().map(String::as_str);
    let mut bytes = Vec::new();
    for field in fields {
        read_field(*field, &mut words, &mut bytes)?;
    }
    words.next().is_none().then_some(bytes)
}

fn read_field<'a>(
    field: Field,
    words: &mut impl Iterator<Item = &'a str>,
    bytes: &mut Vec<u8>,
) -> Option<()> {
    match field {
        Field::V4 => bytes.extend(words.next()?.parse::<Ipv4Addr>().ok()?.octets()),
        Field::V6 => bytes.extend(words.next()?.parse::<Ipv6Addr>().ok()?.octets()),
        Field::Name => read_name(words.next()?, bytes)?,
        Field::U8 => bytes.push(words.next()?.parse().ok()?),
        Field::U16 => bytes.extend(words.next()?.parse::<u16>().ok()?.to_be_bytes()),
        Field::U32 => bytes.extend(words.next()?.parse::<u32>().ok()?.to_be_bytes()),
        Field::Kind => {
            let kind = name::read_kind(words.next()?).ok()?;
            bytes.extend(u16::from(kind).to_be_bytes());
        }
        Field::Tag => push_string(&text::string(words.next()?)?, bytes)?,
        Field::Strings => {
            push_string(&text::string(words.next()?)?, bytes)?;
            words.try_for_each(|word| push_string(&text::string(word)?, bytes))?;
        }
        Field::Rest => bytes.extend(text::string(words.next()?)?),
        // Long fields may be broken by blanks.
        Field::Hex => bytes.extend(unhex(&words.collect::<String>())?),
        Field::Base64 => bytes.extend(unbase64(&words.collect::<String>())?),
    }
    Some(())
}

fn push_string(string: &[u8], bytes: &mut Vec<u8>) -> Option<()> {
    bytes.push(u8::try_from(string.len()).ok()?);
    bytes.extend(string);
    Some(())
}

fn read_name(text: &str, bytes: &mut Vec<u8>) -> Option<()> {
    for label in name::read(text).ok()?.iter() {
        push_string(label, bytes)?;
    }
    bytes.push(0);
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GOOD: [(&str, &str); 14] = [
        ("A", "192.0.2.1"),
        ("AAAA", "2001:db8::1"),
        ("NS", "ns1.example."),
        ("CNAME", r"a\.b.example."),
        ("SOA", "ns1.example. host.example. 1 7200 900 1209600 300"),
        ("MX", "10 mail.example."),
        ("TXT", r#""v=spf1 -all" "a\"b\\c\009""#),
        ("SRV", "1 2 443 www.example."),
        ("CAA", r#"0 issue "ca.example; a=b""#),
        ("CAA", r#"75 "" "no tag""#),
        ("DS", "20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"),
        ("DNSKEY", "257 3 13 Zm9vYmFyYmF6"),
        ("RRSIG", "A 13 2 300 1700000000 1690000000 4711 example. Zm9v"),
        ("TYPE65280", r"\# 3 0a0b0c"),
    ];

    #[test]
    fn data_is_read_and_shown_alike() {
        for (kind, data) in GOOD {
            let read = read(name::read_kind(kind).expect("a type"), data);
            assert_eq!(show(&read.expect(data)), data, "{kind}");
        }
    }

    #[test]
    fn other_forms_of_the_same_data_are_read() {
        let shown =
            |kind, data| read(name::read_kind(kind).expect("a type"), data).map(|d| show(&d));
        assert_eq!(shown("TXT", "bare words"), Ok(r#""bare" "words""#.to_owned()));
        assert_eq!(shown("NS", "NS1.Example"), Ok("ns1.example.".to_owned()));
        assert_eq!(shown("DS", "1 8 2 AB cd"), Ok("1 8 2 abcd".to_owned()));
        assert_eq!(shown("A", r"\# 4 c0000201"), Ok("192.0.2.1".to_owned()));
        assert_eq!(shown("HTTPS", "1 . alpn=h2").map(|s| s.starts_with("1 .")), Ok(true));
    }

    #[test]
    fn what_is_no_data_is_refused() {
        for (kind, data) in [
            ("A", "192.0.2"),
            ("A", "192.0.2.1 2"),
            ("A", ""),
            ("NS", "a..b"),
            ("MX", "ten mail.example."),
            ("SOA", "a. b. 1 2 3 4"),
            ("TXT", r#""open"#),
            ("DS", "1 8 2 abc"),
            ("DNSKEY", "257 3 13 !"),
            ("TYPE65280", r"\# 4 0a0b0c"),
            ("TYPE65280", r"\# 0"),
            ("TYPE65280", "word"),
        ] {
            assert!(read(name::read_kind(kind).expect("a type"), data).is_err(), "{kind} {data}");
        }
        assert!(read(RecordType::TXT, &"a".repeat(256)).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_shown_and_read_back(
            kind in prop::sample::select(vec![1_u16, 2, 6, 15, 16, 28, 43, 46, 48, 257, 65280]),
            bytes in prop::collection::vec(any::<u8>(), 1..80),
        ) {
            let raw = RData::Unknown { code: kind.into(), rdata: NULL::with(bytes.clone()) };
            let RData::Unknown { rdata, .. } = read(kind.into(), &show(&raw)).expect("own words")
                else { unreachable!("read by own grammar") };
            // Names are shown in lower case; all else comes back byte by byte.
            prop_assert!(rdata.anything.eq_ignore_ascii_case(&bytes));
        }

        #[test]
        fn reading_data_never_panics(kind in any::<u16>(), text in ".{0,60}") {
            let _ = read(kind.into(), &text);
        }
    }
}
