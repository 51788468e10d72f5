//! Keys, and the DS records that name them: RFC 4034 §2, §5 and appendix B, RFC 4509, 5011, 6605.

use ring::digest::{SHA256, SHA384, digest};

use super::crypt;
use super::name::Name;
use crate::wire::dns::{canonical_data, key_tag};

/// A zone's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::diagnose) struct Key {
    pub tag: u16,
    pub algorithm: u8,
    rdata: Vec<u8>,
}

/// A DS record; one that makes no sense keeps its place, so that it never counts as "no DS".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::diagnose) enum Ds {
    /// Key tag, algorithm, digest type, digest.
    Parsed { tag: u16, algorithm: u8, kind: u8, digest: Vec<u8> },
    /// It could not be read.
    Unread,
}

impl Key {
    /// Reads the data of a DNSKEY record; only a zone's key that is not revoked counts (RFC 4034 §2.1, RFC 5011 §2.1).
    pub fn read(rdata: &[u8]) -> Option<Self> {
        let [high, low, protocol, algorithm, public @ ..] = rdata else { return None };
        let flags = u16::from_be_bytes([*high, *low]);
        let counts = flags & 0x0100 != 0 && flags & 0x0080 == 0 && *protocol == 3;
        let key = Self { tag: key_tag(rdata), algorithm: *algorithm, rdata: rdata.to_vec() };
        (counts && !public.is_empty()).then_some(key)
    }

    /// Reads `257 3 13 base64…`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(&canonical_data("DNSKEY", text).ok()?)
    }

    /// Returns the key itself, in its algorithm's form.
    pub fn public(&self) -> &[u8] {
        &self.rdata[4..]
    }
}

impl Ds {
    /// Reads `12345 13 2 ABCD…`; the digest may be broken by spaces.
    pub fn parse(text: &str) -> Self {
        canonical_data("DS", text).map_or(Self::Unread, |rdata| Self::read(&rdata))
    }

    /// Reads the data of a DS record.
    pub fn read(rdata: &[u8]) -> Self {
        match rdata {
            [high, low, algorithm, kind, digest @ ..] if !digest.is_empty() => Self::Parsed {
                tag: u16::from_be_bytes([*high, *low]),
                algorithm: *algorithm,
                kind: *kind,
                digest: digest.to_vec(),
            },
            _ => Self::Unread,
        }
    }

    /// Tells whether it can be checked here: a known algorithm and a known digest (RFC 4035 §5.2).
    pub const fn is_supported(&self) -> bool {
        match self {
            Self::Parsed { algorithm, kind, .. } => {
                crypt::is_supported(*algorithm) && matches!(kind, 2 | 4)
            }
            Self::Unread => false,
        }
    }

    /// Tells whether it names a key of a zone; nothing where the digest is of a kind that is not known.
    pub fn names(&self, zone: &Name, key: &Key) -> Option<bool> {
        let Self::Parsed { tag, algorithm, kind, digest: named } = self else { return None };
        if (key.tag, key.algorithm) != (*tag, *algorithm) {
            return Some(false);
        }
        let data = [&zone.wire()[..], &key.rdata].concat();
        let own = match kind {
            2 => digest(&SHA256, &data),
            4 => digest(&SHA384, &data),
            _ => return None,
        };
        Some(own.as_ref() == named)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ds, Key};

    #[test]
    fn only_keys_of_zones_that_are_not_revoked_count() {
        assert_eq!(Key::parse("257 3 13 Zm9v").map(|key| key.algorithm), Some(13));
        for text in ["1 3 13 Zm9v", "385 3 13 Zm9v", "257 2 13 Zm9v", "257 3 13", "257 3 13 !", ""]
        {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_ds_keeps_its_place() {
        assert_eq!(Ds::parse("nonsense"), Ds::Unread);
        assert!(!Ds::Unread.is_supported() && !Ds::parse("1 13 1 00").is_supported());
        assert!(Ds::parse("1 13 2 00").is_supported() && !Ds::parse("1 5 2 00").is_supported());
    }
}
