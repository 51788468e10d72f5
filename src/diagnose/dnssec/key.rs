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

    /// Returns the data of the DS record that names it, by SHA-256 (RFC 4509 §2).
    pub fn ds(&self, zone: &Name) -> String {
        let own = digest(&SHA256, &[&zone.wire()[..], &self.rdata].concat());
        let hex: String = own.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{} {} 2 {hex}", self.tag, self.algorithm)
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
    use super::super::name::Name;
    use super::super::specimen::key_of;
    use super::Ds;

    /// The examples of RFC 4509 §2.3 (SHA-256) and RFC 6605 §6.2 (P-384 with SHA-384).
    const RSA: &str = "256 3 5 AQOeiiR0GOMYkDshWoSKz9Xz fwJr1AYtsmx3TGkJaNXVbfi/ 2pHm822aJ5iI9BMzNXxeYCmZ \
        DRD99WYwYqUSdjMmmAphXdvx egXd/M5+X7OrzKBaMbCVdFLU Uh6DhweJBjEVv5f2wwjM9Xzc nOf+EPbtG9DMBmADjFDc \
        2w/rljwvFw==";
    const RSA_DS: &str =
        "60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B83 83F6A1E4469DA50A";
    const CURVE: &str = "257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1 w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+O \
        B+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40";
    const CURVE_DS: &str = "10771 14 4 72d7b62976ce06438e9c0bf319013cf801f09ecc84b8 d7e9495f27e305c6a9b0563a9b5f4d288405 \
        c3008a946df983d6";

    fn named(zone: &str, own: &str, ds: &str) -> Option<bool> {
        Ds::parse(ds).names(&Name::read(zone).expect("a name"), &key_of(own).expect("a key"))
    }

    #[test]
    fn the_examples_of_the_standards_match_and_no_other_zone_or_key() {
        assert_eq!(named("dskey.example.com.", RSA, RSA_DS), Some(true));
        assert_eq!(named("example.net.", CURVE, CURVE_DS), Some(true));
        assert_eq!(named("other.example.com.", RSA, RSA_DS), Some(false));
        assert_eq!(named("dskey.example.com.", CURVE, RSA_DS), Some(false));
        assert_eq!(named("dskey.example.com.", RSA, "60485 5 99 D4B7"), None);
    }

    #[test]
    fn only_keys_of_zones_that_are_not_revoked_count() {
        assert_eq!(key_of("257 3 13 Zm9v").map(|key| key.algorithm), Some(13));
        for text in ["1 3 13 Zm9v", "385 3 13 Zm9v", "257 2 13 Zm9v", "257 3 13", "257 3 13 !", ""]
        {
            assert_eq!(key_of(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_ds_keeps_its_place() {
        assert_eq!(Ds::parse("nonsense"), Ds::Unread);
        assert!(!Ds::Unread.is_supported() && !Ds::parse("1 13 1 00").is_supported());
        assert!(Ds::parse("1 13 2 00").is_supported() && !Ds::parse("1 5 2 00").is_supported());
    }
}
