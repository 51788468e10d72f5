//! Bencode (BEP 3): bounded decoding that borrows from its input, and encoding.
//!
//! At most [`DEPTH`] lists and dictionaries lie inside each other, and a value takes at most 64 times
//! the memory of its text.

use thiserror::Error;

/// How deep lists and dictionaries may nest.
pub const DEPTH: usize = 64;

/// A value; strings borrow from what was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// `i42e`.
    Integer(i64),
    /// `4:spam`.
    Bytes(&'a [u8]),
    /// `l…e`.
    List(Vec<Value<'a>>),
    /// `d…e`, in the order of the text.
    Dictionary(Vec<(&'a [u8], Value<'a>)>),
}

/// Why bytes are no bencode; each with its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BencodeError {
    /// The bytes end inside a value.
    #[error("it ends inside a value, after {0} bytes")]
    Ends(usize),
    /// A byte that begins no value, or ends none.
    #[error("an unexpected byte at {0}")]
    Unexpected(usize),
    /// A number that is empty, has other characters in it, or leaves 64 bits.
    #[error("no usable number at {0}")]
    Number(usize),
    /// Deeper than [`DEPTH`].
    #[error("nested deeper than {DEPTH} at {0}")]
    TooDeep(usize),
    /// A key that stands twice in one dictionary.
    #[error("a key stands twice, at {0}")]
    Twice(usize),
    /// Something follows the value.
    #[error("{0} bytes are followed by something else")]
    Trailing(usize),
}

/// Decodes exactly one value; white space may follow it, as some trackers send it.
///
/// # Errors
/// The first thing that is wrong, with its offset.
pub fn decode(bytes: &[u8]) -> Result<Value<'_>, BencodeError> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0)?;
    match bytes[reader.at..].iter().all(u8::is_ascii_whitespace) {
        true => Ok(value),
        false => Err(BencodeError::Trailing(reader.at)),
    }
}

/// Encodes a value; keys are put into their order.
pub fn encode(value: &Value<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Integer(number) => out.extend(format!("i{number}e").bytes()),
        Value::Bytes(bytes) => write_bytes(bytes, out),
        Value::List(items) => {
            out.push(b'l');
            items.iter().for_each(|item| write(item, out));
            out.push(b'e');
        }
        Value::Dictionary(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_by_key(|(key, _)| *key);
            out.push(b'd');
            for (key, value) in sorted {
                write_bytes(key, out);
                write(value, out);
            }
            out.push(b'e');
        }
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(format!("{}:", bytes.len()).bytes());
    out.extend_from_slice(bytes);
}

impl<'a> Value<'a> {
    /// Returns the value of a dictionary's key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        let Self::Dictionary(entries) = self else { return None };
        entries.iter().find(|(found, _)| *found == key.as_bytes()).map(|(_, value)| value)
    }

    /// Returns a string.
    pub const fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Integer(_) | Self::List(_) | Self::Dictionary(_) => None,
        }
    }

    /// Returns a number.
    pub const fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Bytes(_) | Self::List(_) | Self::Dictionary(_) => None,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Result<u8, BencodeError> {
        self.bytes.get(self.at).copied().ok_or(BencodeError::Ends(self.at))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, BencodeError> {
        match self.peek()? {
            b'i' => {
                self.at += 1;
                self.number(b'e').map(Value::Integer)
            }
            b'0'..=b'9' => self.string().map(Value::Bytes),
            b'l' | b'd' if depth == DEPTH => Err(BencodeError::TooDeep(self.at)),
            b'l' => self.list(depth + 1),
            b'd' => self.dictionary(depth + 1),
            _ => Err(BencodeError::Unexpected(self.at)),
        }
    }

    /// Takes a closing `e`, if one is here.
    fn closes(&mut self) -> Result<bool, BencodeError> {
        let closes = self.peek()? == b'e';
        self.at += usize::from(closes);
        Ok(closes)
    }

    fn list(&mut self, depth: usize) -> Result<Value<'a>, BencodeError> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.closes()? {
            let item = self.value(depth)?;
            grow(&mut items);
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn dictionary(&mut self, depth: usize) -> Result<Value<'a>, BencodeError> {
        self.at += 1;
        let mut entries: Vec<(&[u8], Value<'_>)> = Vec::new();
        let mut sorted = true;
        while !self.closes()? {
            let start = self.at;
            let key = self.string()?;
            match entries.last() {
                Some((last, _)) if *last == key => return Err(BencodeError::Twice(start)),
                Some((last, _)) => sorted &= *last < key,
                None => {}
            }
            let value = self.value(depth)?;
            grow(&mut entries);
            entries.push((key, value));
        }
        if !sorted && has_doubles(&entries) {
            return Err(BencodeError::Twice(self.at));
        }
        Ok(Value::Dictionary(entries))
    }

    fn string(&mut self) -> Result<&'a [u8], BencodeError> {
        let start = self.at;
        if !self.peek()?.is_ascii_digit() {
            return Err(BencodeError::Unexpected(start));
        }
        let length = self.number(b':')?;
        let length = usize::try_from(length).map_err(|_| BencodeError::Number(start))?;
        let end = self.at.checked_add(length).ok_or(BencodeError::Number(start))?;
        let bytes = self.bytes.get(self.at..end).ok_or(BencodeError::Ends(self.bytes.len()))?;
        self.at = end;
        Ok(bytes)
    }

    /// Reads a number up to its end mark, and the mark.
    fn number(&mut self, mark: u8) -> Result<i64, BencodeError> {
        let start = self.at;
        while self.peek()? != mark {
            let digit = self.peek()?.is_ascii_digit() || (self.at == start && self.peek()? == b'-');
            if !digit || self.at - start > 20 {
                return Err(BencodeError::Number(start));
            }
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).ok();
        self.at += 1;
        text.and_then(|text| text.parse().ok()).ok_or(BencodeError::Number(start))
    }
}

/// Makes room for one more from a single place on, where the standard library begins with four.
fn grow<T>(items: &mut Vec<T>) {
    if items.capacity() == 0 {
        items.reserve_exact(1);
    }
}

fn has_doubles(entries: &[(&[u8], Value<'_>)]) -> bool {
    let mut keys: Vec<&[u8]> = entries.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|two| two[0] == two[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parses_each_kind() {
        let text = b"d4:listl4:spami-7eld1:ai0eeee5:peers2:\xff\x00e";
        let value = decode(text).expect("is bencode");
        assert_eq!(value.get("peers").and_then(Value::bytes), Some(&b"\xff\x00"[..]));
        let Some(Value::List(items)) = value.get("list") else { panic!("a list") };
        assert_eq!((items[0].bytes(), items[1].integer()), (Some(&b"spam"[..]), Some(-7)));
        assert_eq!(encode(&value), text);
        assert_eq!(decode(b"i5e\r\n"), Ok(Value::Integer(5)));
    }

    #[test]
    fn wrong_lengths_and_numbers_are_named() {
        assert_eq!(decode(b"5:spam"), Err(BencodeError::Ends(6)));
        assert_eq!(decode(b"99999999999999999999:a"), Err(BencodeError::Number(0)));
        assert_eq!(decode(b"9223372036854775807:a"), Err(BencodeError::Ends(21)));
        assert_eq!(decode(b"i9223372036854775808e"), Err(BencodeError::Number(1)));
        assert_eq!(decode(b"ie"), Err(BencodeError::Number(1)));
        assert_eq!(decode(b"i1-e"), Err(BencodeError::Number(1)));
        assert_eq!(decode(b"i1ei2e"), Err(BencodeError::Trailing(3)));
        assert_eq!(decode(b"<html>"), Err(BencodeError::Unexpected(0)));
        assert_eq!(decode(b"di1ei2ee"), Err(BencodeError::Unexpected(1)));
        assert_eq!(decode(b"d1:a0:1:a0:e"), Err(BencodeError::Twice(6)));
        assert_eq!(decode(b"d1:b0:1:a0:1:b0:e"), Err(BencodeError::Twice(17)));
    }

    #[test]
    fn nothing_is_no_value() {
        assert_eq!(decode(b""), Err(BencodeError::Ends(0)));
    }

    #[test]
    fn every_early_end_is_seen() {
        let whole = b"d8:completei2e5:peersl2:abi1eee";
        for end in 0..whole.len() {
            assert!(decode(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| [b"l".repeat(depth), b"e".repeat(depth)].concat();
        assert!(decode(&nested(DEPTH)).is_ok());
        assert_eq!(decode(&nested(DEPTH + 1)), Err(BencodeError::TooDeep(DEPTH)));
        assert_eq!(decode(&b"d1:a".repeat(1 << 20)), Err(BencodeError::TooDeep(4 * DEPTH)));
    }

    /// Returns the bytes that a value has taken from the heap.
    fn heap(value: &Value<'_>) -> usize {
        match value {
            Value::Integer(_) | Value::Bytes(_) => 0,
            Value::List(items) => {
                items.capacity() * size_of::<Value<'_>>() + items.iter().map(heap).sum::<usize>()
            }
            Value::Dictionary(entries) => {
                let own = entries.capacity() * size_of::<(&[u8], Value<'_>)>();
                own + entries.iter().map(|(_, value)| heap(value)).sum::<usize>()
            }
        }
    }

    #[test]
    fn memory_is_bounded() {
        let deep = [b"l".repeat(DEPTH - 1), b"e".repeat(DEPTH - 1)].concat();
        let costly: [&[u8]; 5] = [b"le", b"0:", b"llee", b"d0:dee", &deep];
        for piece in costly {
            let text = [b"l".as_slice(), &piece.repeat(30_000 / piece.len() + 1), b"e"].concat();
            let value = decode(&text).expect("is bencode");
            assert!(heap(&value) <= 64 * text.len(), "{} of {}", heap(&value), text.len());
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn near_misses_never_panic(text in "[dlie0-9:a-]{0,60}") {
            if let Ok(value) = decode(text.as_bytes()) {
                let again = encode(&value);
                prop_assert!(decode(&again).is_ok());
            }
        }
    }
}
