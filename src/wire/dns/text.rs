//! Escapes and strings of zone files (RFC 1035 §5.1) and hexadecimal and base-64 fields.

/// Adds bytes to a text; what is not plain, or special here, is escaped.
pub(super) fn escape(bytes: &[u8], special: &str, text: &mut String) {
    for &byte in bytes {
        let c = char::from(byte);
        if c == '\\' || c == '"' || special.contains(c) {
            text.push('\\');
            text.push(c);
        } else if c.is_ascii_graphic() || (c == ' ' && special.is_empty()) {
            text.push(c);
        } else {
            text.push_str(&format!("\\{byte:03}"));
        }
    }
}

/// Resolves the escapes of a text: each byte, and whether it was escaped.
pub(super) fn unescape(text: &str) -> Option<Vec<(u8, bool)>> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push((byte, false));
            continue;
        }
        let first = bytes.next()?;
        if !first.is_ascii_digit() {
            out.push((first, true));
            continue;
        }
        let digits = [first, bytes.next()?, bytes.next()?];
        let number = std::str::from_utf8(&digits).ok()?.parse().ok()?;
        out.push((number, true));
    }
    Some(out)
}

/// Splits data into its words, escapes left as they are; a quoted word may hold blanks.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut escaped) = (None::<String>, false, false);
    for c in text.chars() {
        let plain = escaped;
        escaped = c == '\\' && !plain;
        if c == '"' && !plain {
            quoted = !quoted;
            word.get_or_insert_default();
        } else if c.is_ascii_whitespace() && !plain && !quoted {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(c);
        }
    }
    words.extend(word);
    (!quoted && !escaped).then_some(words)
}

/// Resolves the escapes of a string.
pub(super) fn string(text: &str) -> Option<Vec<u8>> {
    Some(unescape(text)?.into_iter().map(|(byte, _)| byte).collect())
}

/// Writes bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads hexadecimal.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes bytes in base 64 (RFC 4648 §4).
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for piece in bytes.chunks(3) {
        let at = |index: usize| u32::from(piece.get(index).copied().unwrap_or_default());
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let value = (word >> (18 - 6 * digit)) & 63;
            text.push(if digit > piece.len() { '=' } else { char::from(ALPHABET[value as usize]) });
        }
    }
    text
}

/// Reads base 64, padded or not.
pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut word, mut bits) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|&letter| letter == byte)?;
        word = (word << 6 | u32::try_from(value).ok()?) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(word >> bits & 0xff).ok()?);
        }
    }
    (bits < 6).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_what_is_quoted_together() {
        let split = |text| words(text).and_then(|words| string(&words.concat()));
        assert_eq!(words(r#"1 "a b" "" c\ d"#).map(|words| words.len()), Some(4));
        assert_eq!(split(r#""a\"b" \067"#), Some(b"a\"bC".to_vec()));
        assert_eq!(words(r#""open"#), None);
        assert_eq!(words(r"open\"), None);
    }

    #[test]
    fn base64_and_hex_are_read_and_written_alike() {
        for bytes in [&b""[..], b"f", b"fo", b"foo", b"foob", b"fooba", b"foobar", &[0xff; 32]] {
            assert_eq!(unbase64(&base64(bytes)).as_deref(), Some(bytes));
            assert_eq!(unhex(&hex(bytes)).as_deref(), Some(bytes));
        }
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(base64(b"foob"), "Zm9vYg==");
        assert!(unbase64("a").is_none() && unbase64("a b").is_none() && unhex("abc").is_none());
    }
}
