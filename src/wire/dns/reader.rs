//! A message from left to right: numbers, pieces, and names in canonical form.

/// How many pointers one name may go through: more than it can have labels lead nowhere new (RFC 1035 §2.3.4).
const POINTERS: usize = 127;

/// Reads a message from left to right.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_be_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// Reads a piece that has its length before it.
    pub fn long(&mut self) -> Option<Vec<u8>> {
        let length = self.u16()?;
        self.take(usize::from(length)).map(<[u8]>::to_vec)
    }

    /// Reads a name, compressed or not (RFC 1035 §4.1.4), into its canonical form.
    pub fn name(&mut self) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        self.name_into(&mut name)?;
        Some(name)
    }

    /// Reads a name as [`Reader::name`] does, and adds it to bytes that are there.
    pub fn name_into(&mut self, name: &mut Vec<u8>) -> Option<()> {
        let (begin, mut after, mut pointers) = (name.len(), None, 0);
        // Each pointer leads back, so that no name can go round in circles.
        loop {
            let start = self.at;
            let length = self.take(1)?[0];
            match length {
                0 => break,
                1..=63 => {
                    name.push(length);
                    name.extend(self.take(usize::from(length))?.iter().map(u8::to_ascii_lowercase));
                }
                192.. => {
                    let low = self.take(1)?[0];
                    after = after.or(Some(self.at));
                    pointers += 1;
                    let target = usize::from(length & 63) << 8 | usize::from(low);
                    let leads = pointers <= POINTERS && target < start;
                    self.at = Some(target).filter(|_| leads)?;
                }
                64..=191 => return None,
            }
            if name.len() - begin > 254 {
                return None;
            }
        }
        self.at = after.unwrap_or(self.at);
        name.push(0);
        Some(())
    }

    /// Passes over a name and looks at no more of it than its own bytes.
    pub fn skip_name(&mut self) -> Option<()> {
        loop {
            match self.take(1)?[0] {
                0 => return Some(()),
                length @ 1..=63 => self.take(usize::from(length)).map(drop)?,
                192.. => return self.take(1).map(drop),
                64..=191 => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
        let mut reader = Reader { bytes, at };
        reader.name().map(|name| (name, reader.at))
    }

    #[test]
    fn names_are_read_through_pointers() {
        let bytes = b"\x03wWw\x01a\x00\x01b\xc0\x04\x00";
        assert_eq!(name(bytes, 0), Some((b"\x03www\x01a\x00".to_vec(), 7)));
        assert_eq!(name(bytes, 7), Some((b"\x01b\x01a\x00".to_vec(), 11)));
    }

    #[test]
    fn what_goes_round_on_or_nowhere_is_no_name() {
        for bytes in [&b""[..], b"\x01", b"\xc0", b"\xc0\x00", b"\x40a\x00", b"\x01a\xc0\x02\x00"] {
            assert_eq!(name(bytes, 0), None, "{bytes:?}");
        }
        let long = [&[63; 64][..]; 4].concat();
        assert_eq!(name(&[&long[..], &[0]].concat(), 0), None);
        // A stair of pointers, each to the one before it.
        let stair = |steps: u8| {
            let steps = (1..steps).flat_map(|step| [0xc0, 2 * (step - 1) + 1]);
            [0].into_iter().chain([0xc0, 0]).chain(steps).collect::<Vec<u8>>()
        };
        let last = |bytes: &[u8]| name(bytes, bytes.len() - 2);
        assert_eq!(last(&stair(120)).map(|(name, _)| name), Some(vec![0]));
        assert_eq!(last(&stair(127)).map(|(name, _)| name), Some(vec![0]));
        assert_eq!(last(&[&stair(127)[..], &[0xc0, 253]].concat()), None);
    }
}
