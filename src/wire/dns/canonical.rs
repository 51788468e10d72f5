//! Names, data and record sets in the form that is signed (RFC 4034 §6).

use super::{DnsError, data, name};

/// Returns a name in canonical wire form: every label in lower case with its length before it, and the root's (RFC 4034 §6.2).
///
/// # Errors
/// [`DnsError::Name`].
pub fn canonical_name(text: &str) -> Result<Vec<u8>, DnsError> {
    name::read(text).map(|name| data::canonical(&name))
}

/// Returns data in canonical wire form: names in full, and in lower case where the type is of RFC 4034 §6.2's list.
///
/// NSEC is not of that list (RFC 6840 §5.1).
///
/// # Errors
/// [`DnsError::Kind`], [`DnsError::Data`].
pub fn canonical_data(kind: &str, text: &str) -> Result<Vec<u8>, DnsError> {
    let number = name::read_kind(kind)?;
    let read = data::read(number, text)?;
    // Its own words have names in lower case.
    data::read(number, &data::show(&read)).map(|again| data::bytes(&again))
}

/// Returns the tag of a key (RFC 4034, appendix B).
pub fn key_tag(rdata: &[u8]) -> u16 {
    let add = |sum: u32, (at, byte): (usize, &u8)| {
        let byte = u32::from(*byte);
        sum.wrapping_add(if at % 2 == 0 { byte << 8 } else { byte })
    };
    let sum = rdata.iter().enumerate().fold(0, add);
    (sum.wrapping_add(sum >> 16 & 0xffff) & 0xffff) as u16
}

/// Returns the number of a record type.
///
/// # Errors
/// [`DnsError::Kind`].
pub fn kind_number(kind: &str) -> Result<u16, DnsError> {
    name::read_kind(kind).map(u16::from)
}

/// Returns the name of a record type.
pub fn kind_name(number: u16) -> String {
    name::show_kind(number.into())
}

/// A record set as it is signed (RFC 4034 §3.1.8.1).
#[derive(Clone, Copy, Debug)]
pub struct ToBeSigned<'a> {
    /// The signature's own data up to the signer's name, in canonical form.
    pub head: &'a [u8],
    /// The owner, in canonical form; that of the wildcard where it was expanded.
    pub owner: &'a [u8],
    /// The type.
    pub kind: u16,
    /// The original TTL, in seconds.
    pub ttl: u32,
    /// The data in canonical form, sorted, each once (RFC 4034 §6.3).
    pub data: &'a [Vec<u8>],
}

impl ToBeSigned<'_> {
    /// Writes it out.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.to_vec();
        for data in self.data {
            bytes.extend(self.owner);
            bytes.extend(self.kind.to_be_bytes());
            // Class IN.
            bytes.extend([0, 1]);
            bytes.extend(self.ttl.to_be_bytes());
            // Data of a message are never longer.
            bytes.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend(data);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_data_are_in_lower_case_and_in_full() {
        assert_eq!(canonical_name("Www.Example"), Ok(b"\x03www\x07example\0".to_vec()));
        assert_eq!(canonical_data("NS", "NS1.Example."), Ok(b"\x03ns1\x07example\0".to_vec()));
        assert_eq!(canonical_data("MX", "1 A."), Ok(b"\0\x01\x01a\0".to_vec()));
        assert_eq!(canonical_data("A", r"\# 4 c0000201"), Ok(vec![192, 0, 2, 1]));
        assert_eq!(canonical_data("TXT", "\"Ab\""), Ok(b"\x02Ab".to_vec()));
    }

    #[test]
    fn the_next_name_of_nsec_keeps_its_case() {
        let nsec = [1, b'A', 0, 0, 1, 0x40];
        assert_eq!(canonical_data("NSEC", r"\# 6 014100000140"), Ok(nsec.to_vec()));
    }

    #[test]
    fn what_is_none_is_refused() {
        assert!(canonical_name("a..b").is_err());
        assert!(canonical_data("A", "192.0.2").is_err());
        assert!(kind_number("BOGUS").is_err());
        assert_eq!(kind_number("TYPE46"), Ok(46));
    }

    #[test]
    fn a_set_is_written_with_its_original_ttl() {
        let data = [vec![192, 0, 2, 1], vec![192, 0, 2, 2]];
        let set = ToBeSigned { head: b"head", owner: b"\x01a\0", kind: 1, ttl: 300, data: &data };
        let one =
            |last: u8| [&b"\x01a\0\0\x01\0\x01\0\0\x01\x2c\0\x04\xc0\0\x02"[..], &[last]].concat();
        let expected = [&b"head"[..], &one(1), &one(2)].concat();
        assert_eq!(set.bytes(), expected);
    }
}
