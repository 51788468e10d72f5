//! Whether a key is the one that a DS record names: RFC 4034 §5.1.4 and appendix B, RFC 4509, RFC 6605.

use sha2::{Digest, Sha256, Sha384};

use crate::model::DnsAnswer;

/// A DS record; one that makes no sense keeps its place, so that it never counts as "no DS".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ds {
    /// Key tag, algorithm, digest type, digest.
    Parsed { tag: u16, algorithm: u8, kind: u8, digest: Vec<u8> },
    /// It could not be read.
    Unread,
}

/// How keys and DS records go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// A key matches a DS.
    Yes,
    /// Every DS could be checked, and none matches.
    No,
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

/// The keys that a provider serves for one zone.
pub(super) struct Signing {
    owner: Vec<u8>,
    /// Tag, algorithm and RDATA of each; `None` until the provider answered.
    keys: Option<Vec<Key>>,
}

type Key = (u16, u8, Vec<u8>);

impl Ds {
    /// Reads `12345 13 2 ABCD…`; the digest may be broken by spaces.
    pub fn parse(text: &str) -> Self {
        let mut words = text.split_ascii_whitespace();
        let mut parsed = || {
            let tag = words.next()?.parse().ok()?;
            let algorithm = words.next()?.parse().ok()?;
            let kind = words.next()?.parse().ok()?;
            let digest = hexadecimal(&words.by_ref().collect::<String>())?;
            Some(Self::Parsed { tag, algorithm, kind, digest })
        };
        parsed().unwrap_or(Self::Unread)
    }
}

impl Signing {
    /// Begins without any key of a zone, given fully qualified in lower case.
    pub fn new(zone: &str) -> Self {
        let labels = zone.split('.').filter(|label| !label.is_empty());
        let mut owner: Vec<u8> = labels
            .flat_map(|label| {
                let length = u8::try_from(label.len()).unwrap_or(u8::MAX);
                std::iter::once(length).chain(label.bytes())
            })
            .collect();
        owner.push(0);
        Self { owner, keys: None }
    }

    /// Takes the keys of an authoritative answer.
    pub fn add(&mut self, answer: Option<&DnsAnswer>) {
        let Some(answer) = answer else { return };
        let records = answer.answers.iter().filter(|record| record.kind == "DNSKEY");
        let keys = records.filter_map(|record| key(record.data.raw()));
        self.keys.get_or_insert_default().extend(keys);
    }

    /// Says whether any key is the one that a DS names.
    pub fn matches(&self, signing: &[Ds]) -> Match {
        let Some(keys) = &self.keys else {
            return Match::Unknown("the provider did not say which keys it serves");
        };
        let mut all_checked = true;
        for ds in signing {
            let Ds::Parsed { tag, algorithm, kind, digest } = ds else {
                all_checked = false;
                continue;
            };
            let named = keys.iter().filter(|key| (key.0, key.1) == (*tag, *algorithm));
            for (.., rdata) in named {
                match self.digest(*kind, rdata) {
                    Some(own) if own == *digest => return Match::Yes,
                    Some(_) => {}
                    None => all_checked = false,
                }
            }
        }
        if all_checked { Match::No } else { Match::Unknown("a DS of the parent cannot be checked") }
    }

    /// Returns the digest of a key in a DS's way; `None` for a way that is not known.
    fn digest(&self, kind: u8, rdata: &[u8]) -> Option<Vec<u8>> {
        let data = [&self.owner[..], rdata].concat();
        match kind {
            2 => Some(Sha256::digest(&data).to_vec()),
            4 => Some(Sha384::digest(&data).to_vec()),
            _ => None,
        }
    }
}

/// Reads `257 3 13 base64…`; only a zone's key that is not revoked counts (RFC 4034 §2.1.1, RFC 5011 §2.1).
fn key(text: &str) -> Option<Key> {
    let mut words = text.split_ascii_whitespace();
    let flags: u16 = words.next()?.parse().ok()?;
    let protocol: u8 = words.next()?.parse().ok()?;
    let algorithm: u8 = words.next()?.parse().ok()?;
    let public = base64(&words.collect::<String>())?;
    if flags & 0x0100 == 0 || flags & 0x0080 != 0 || protocol != 3 {
        return None;
    }
    let mut rdata = flags.to_be_bytes().to_vec();
    rdata.extend([protocol, algorithm]);
    rdata.extend(public);
    Some((tag(&rdata), algorithm, rdata))
}

/// RFC 4034, appendix B.
fn tag(rdata: &[u8]) -> u16 {
    let add = |sum: u32, (at, byte): (usize, &u8)| {
        let byte = u32::from(*byte);
        sum.wrapping_add(if at % 2 == 0 { byte << 8 } else { byte })
    };
    let sum = rdata.iter().enumerate().fold(0, add);
    (sum.wrapping_add(sum >> 16 & 0xffff) & 0xffff) as u16
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0 && !digits.is_empty())?;
    Some(digits.chunks(2).map(|two| (two[0] << 4 | two[1]) as u8).collect())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => Some(u32::from(c - b'A')),
        b'a'..=b'z' => Some(u32::from(c - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(c - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Option<Vec<u32>> = text.trim_end_matches('=').bytes().map(value).collect();
    let mut bytes = Vec::new();
    for four in digits?.chunks(4) {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - four.len()));
        bytes.extend(bits.to_be_bytes()[1..].iter().take(four.len() - 1));
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Ds, Match, Signing};
    use crate::model::{DnsAnswer, DnsRecord, Remote};

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

    fn answer(keys: &[&str]) -> DnsAnswer {
        let record = |data: &&str| DnsRecord {
            name: "dskey.example.com.".into(),
            kind: "DNSKEY".into(),
            ttl: 60,
            data: Remote::new(*data),
        };
        DnsAnswer { answers: keys.iter().map(record).collect(), ..DnsAnswer::default() }
    }

    fn matched(zone: &str, keys: &[&str], ds: &[&str]) -> Match {
        let mut signing = Signing::new(zone);
        signing.add(Some(&answer(keys)));
        signing.matches(&ds.iter().map(|ds| Ds::parse(ds)).collect::<Vec<_>>())
    }

    #[test]
    fn the_examples_of_the_standards_match() {
        assert_eq!(matched("dskey.example.com.", &[RSA], &[RSA_DS]), Match::Yes);
        assert_eq!(matched("example.net.", &[RSA, CURVE], &[RSA_DS, CURVE_DS]), Match::Yes);
    }

    #[test]
    fn another_zone_another_key_or_none_do_not() {
        assert_eq!(matched("other.example.com.", &[RSA], &[RSA_DS]), Match::No);
        assert_eq!(matched("dskey.example.com.", &[CURVE], &[RSA_DS]), Match::No);
        assert_eq!(matched("dskey.example.com.", &[], &[RSA_DS]), Match::No);
    }

    #[test]
    fn what_cannot_be_checked_is_unknown() {
        let unknown = |found| matches!(found, Match::Unknown(_));
        assert!(unknown(matched("dskey.example.com.", &[RSA], &["60485 5 99 D4B7"])));
        assert!(unknown(matched("dskey.example.com.", &[RSA], &["nonsense"])));
        assert!(unknown(Signing::new("dskey.example.com.").matches(&[Ds::parse(RSA_DS)])));
    }
}
