//! Signed zones: real keys and signatures (Ed25519, RFC 8080), made from a zone's name alone, so that a drill repeats.

use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::model::{DnsRecord, Remote, SignatureState};
use crate::wire::dns::{ToBeSigned, canonical_data, canonical_name, key_tag, kind_number};

/// The number of Ed25519 among DNSSEC's algorithms.
const ALGORITHM: u8 = 15;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The one key of a zone.
pub struct ZoneKey {
    zone: String,
    pair: Ed25519KeyPair,
}

impl ZoneKey {
    /// Makes the key of a zone, given fully qualified; another edition is another key.
    pub fn of(zone: &str, edition: u8) -> Self {
        let seed = digest(&SHA256, &[zone.as_bytes(), &[edition]].concat());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref());
        Self { zone: zone.to_owned(), pair: pair.expect("a digest is as long as a seed") }
    }

    /// Returns the key that signs in a state of the zone: the zone's own, or one that its DS does not name.
    pub fn in_state(zone: &str, state: SignatureState) -> Self {
        Self::of(zone, u8::from(state == SignatureState::OtherKey))
    }

    fn rdata(&self) -> Vec<u8> {
        // Flags 257, protocol 3 (RFC 4034 §2.1).
        [&[1, 1, 3, ALGORITHM][..], self.pair.public_key().as_ref()].concat()
    }

    /// Returns its DNSKEY record.
    pub fn dnskey(&self, ttl: u32) -> DnsRecord {
        made(&self.zone, "DNSKEY", ttl, &self.rdata())
    }

    /// Returns the data of the DS record that names it (RFC 4034 §5.1.4).
    pub fn ds(&self) -> String {
        let rdata = self.rdata();
        let owner = canonical_name(&self.zone).unwrap_or_default();
        let own = digest(&SHA256, &[owner, rdata.clone()].concat());
        format!("{} {ALGORITHM} 2 {}", key_tag(&rdata), hex(own.as_ref()))
    }

    /// Signs a record set from one moment to another; nothing for records that cannot be.
    pub fn sign(&self, set: &[DnsRecord], from: Timestamp, to: Timestamp) -> Option<DnsRecord> {
        let first = set.first()?;
        let owner = canonical_name(&first.name).ok()?;
        let (kind, ttl, tag) = (&first.kind, first.ttl, key_tag(&self.rdata()));
        let (from, to) = (from.as_second().rem_euclid(1 << 32), to.as_second().rem_euclid(1 << 32));
        let labels =
            first.name.split('.').filter(|label| !label.is_empty() && *label != "*").count();
        let head = format!("{kind} {ALGORITHM} {labels} {ttl} {to} {from} {tag} {}", self.zone);
        let head = canonical_data("RRSIG", &head).ok()?;
        let data = set.iter().map(|record| canonical_data(kind, record.data.raw()).ok());
        let mut data = data.collect::<Option<Vec<Vec<u8>>>>()?;
        data.sort();
        data.dedup();
        let kind = kind_number(kind).ok()?;
        let signed = ToBeSigned { head: &head, owner: &owner, kind, ttl, data: &data }.bytes();
        let signature = self.pair.sign(&signed);
        Some(made(&first.name, "RRSIG", ttl, &[&head[..], signature.as_ref()].concat()))
    }
}

/// Returns from when until when signatures are valid in a state.
pub fn times(state: SignatureState, now: Timestamp) -> (Timestamp, Timestamp) {
    let (from, to) = match state {
        SignatureState::Valid | SignatureState::Stripped | SignatureState::OtherKey => {
            (-DAY, 7 * DAY)
        }
        SignatureState::Expired => (-30 * DAY, -HOUR),
        SignatureState::NotYetValid => (HOUR, 7 * DAY),
    };
    let at = |seconds| now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now);
    (at(from), at(to))
}

/// Makes the record that denies a type at a name, and that anything lies directly behind it (RFC 9824 §2).
pub fn denial(name: &str, types: &[u16], ttl: u32) -> DnsRecord {
    let next = canonical_name(name).unwrap_or_default();
    let mut bits = [0; 32];
    let low = types.iter().filter_map(|kind| u8::try_from(*kind).ok());
    // RRSIG and NSEC are always there.
    for kind in low.chain([46, 47]) {
        bits[usize::from(kind / 8)] |= 0x80 >> (kind % 8);
    }
    let used = bits.iter().rposition(|bits| *bits != 0).map_or(0, |last| last + 1);
    let window = [0, u8::try_from(used).unwrap_or(32)];
    let data = [&[1, 0][..], &next, &window, &bits[..used]].concat();
    made(name, "NSEC", ttl, &data)
}

fn made(name: &str, kind: &str, ttl: u32, data: &[u8]) -> DnsRecord {
    let text = format!("\\# {} {}", data.len(), hex(data));
    DnsRecord { name: name.to_owned(), kind: kind.to_owned(), ttl, data: Remote::new(text) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
