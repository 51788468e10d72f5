//! Names in the order in which DNSSEC has them (RFC 4034 §6.1).

use std::fmt::{self, Write};

use crate::wire::dns::canonical_name;

/// A name: its labels in lower case, the root's side first, so that the derived order is the canonical one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::diagnose) struct Name(Vec<Vec<u8>>);

impl Name {
    /// Reads a name in presentation form.
    pub fn read(text: &str) -> Option<Self> {
        Self::take(&mut &canonical_name(text).ok()?[..])
    }

    /// Takes a name in wire form from the front, without compression.
    pub fn take(bytes: &mut &[u8]) -> Option<Self> {
        let mut labels = Vec::new();
        loop {
            let (length, rest) = bytes.split_first()?;
            let (label, rest) = rest.split_at_checked(usize::from(*length))?;
            *bytes = rest;
            match length {
                0 => break,
                1..=63 if labels.len() < 127 => labels.push(label.to_ascii_lowercase()),
                1..=255 => return None,
            }
        }
        labels.reverse();
        Some(Self(labels))
    }

    /// Returns its canonical wire form.
    pub fn wire(&self) -> Vec<u8> {
        let label = |label: &Vec<u8>| {
            let length = u8::try_from(label.len()).unwrap_or_default();
            std::iter::once(length).chain(label.clone()).collect::<Vec<u8>>()
        };
        let mut wire: Vec<u8> = self.0.iter().rev().flat_map(label).collect();
        wire.push(0);
        wire
    }

    /// Returns how many labels it has, the root's not counted.
    pub const fn depth(&self) -> usize {
        self.0.len()
    }

    /// Returns how many labels a signature counts: neither the root's nor a leading asterisk (RFC 4034 §3.1.3).
    pub fn signed_depth(&self) -> usize {
        self.depth() - usize::from(self.first() == Some(b"*"))
    }

    /// Returns the label that stands first when it is written.
    pub fn first(&self) -> Option<&[u8]> {
        self.0.last().map(Vec::as_slice)
    }

    /// Tells whether it is another name or lies below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Tells whether it lies below another name.
    pub fn is_below(&self, other: &Self) -> bool {
        self.depth() > other.depth() && self.is_within(other)
    }

    /// Returns the name of its last `depth` labels.
    pub fn ancestor(&self, depth: usize) -> Self {
        Self(self.0.iter().take(depth).cloned().collect())
    }

    /// Returns how many labels two names have in common, from the root down.
    pub fn shared(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).take_while(|(one, two)| one == two).count()
    }

    /// Returns the wildcard directly below it.
    pub fn wildcard(&self) -> Self {
        let mut labels = self.0.clone();
        labels.push(b"*".to_vec());
        Self(labels)
    }

    /// Puts another name in the place of an ancestor, as DNAME does; nothing for a name that would be too long.
    pub fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let labels = to.0.iter().chain(self.0.get(from.depth()..)?).cloned().collect();
        Some(Self(labels)).filter(|name| name.wire().len() <= 255)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for label in self.0.iter().rev() {
            for &byte in label {
                match byte {
                    b'.' | b'\\' | b'"' => write!(f, "\\{}", char::from(byte))?,
                    0x21..=0x7e => f.write_char(char::from(byte))?,
                    0..=0x20 | 0x7f..=0xff => write!(f, "\\{byte:03}")?,
                }
            }
            f.write_char('.')?;
        }
        if self.0.is_empty() { f.write_char('.') } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    fn name(text: &str) -> Name {
        Name::read(text).expect("a name")
    }

    #[test]
    fn names_stand_in_the_order_of_the_standard() {
        // RFC 4034 §6.1.
        let ordered = [
            "example.",
            "a.example.",
            "yljkjljk.a.example.",
            "Z.a.example.",
            "zABC.a.EXAMPLE.",
            "z.example.",
            r"\001.z.example.",
            "*.z.example.",
            r"\200.z.example.",
        ];
        let names: Vec<Name> = ordered.iter().map(|text| name(text)).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn names_are_read_written_and_taken_apart() {
        for text in [".", "example.", r"a\.b.example.", r"\000\255.org.", "*.example."] {
            let read = name(text);
            assert_eq!(read.to_string(), text);
            assert_eq!(Name::take(&mut &read.wire()[..]), Some(read));
        }
        let deep = name("a.b.example.");
        assert_eq!(deep.ancestor(1).wildcard(), name("*.example."));
        assert_eq!(deep.shared(&name("x.b.example.")), 2);
        assert!(deep.is_below(&name("example.")) && !deep.is_below(&deep) && deep.is_within(&deep));
        assert!(!name("ab.example.").is_within(&name("b.example.")));
        assert_eq!(name("*.a.example.").signed_depth(), 2);
        assert_eq!(deep.moved(&name("b.example."), &name("org.")), Some(name("a.org.")));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bytes in [&b""[..], b"\x01", b"\x01a", b"\xc0\x0c", &[1; 300]] {
            assert_eq!(Name::take(&mut &*bytes), None, "{bytes:?}");
        }
    }
}
