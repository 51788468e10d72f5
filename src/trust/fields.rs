//! The wire's fields (RFC 4251 § 5): bytes, big-endian numbers, strings behind their length.

/// What is left to read.
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from the first byte on.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Takes exactly so many bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Takes a number of four bytes.
    pub fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// Takes a string behind its length.
    pub fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        self.take(length)
    }

    /// Takes a string that is text.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.string()?).ok()
    }

    /// Tells whether everything was read.
    pub const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

/// Appends a string behind its length. Whatever we write is far shorter than 4 GiB.
pub fn put(bytes: &mut Vec<u8>, string: &[u8]) {
    bytes.extend(u32::try_from(string.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(string);
}

#[cfg(test)]
mod tests {
    use super::{Reader, put};

    #[test]
    fn what_is_put_is_read_and_every_cut_is_seen() {
        let mut bytes = 7_u32.to_be_bytes().to_vec();
        put(&mut bytes, b"name");
        put(&mut bytes, b"");
        let read = |bytes: &[u8]| {
            let mut reader = Reader::new(bytes);
            let all = (reader.number()?, reader.text()?.to_owned(), reader.string()?.len());
            reader.is_at_end().then_some(all)
        };
        assert_eq!(read(&bytes), Some((7, "name".to_owned(), 0)));
        for cut in 0..bytes.len() {
            assert_eq!(read(&bytes[..cut]), None, "cut at {cut}");
        }
        bytes.push(0);
        assert_eq!(read(&bytes), None);
    }
}
