//! Record sets with their signatures, put together from the records of a message.

use std::collections::BTreeMap;

use super::name::Name;
use super::verdict::Gap;
use crate::model::DnsRecord;
use crate::wire::dns::{ToBeSigned, canonical_data, kind_number};

/// All records of one name and type, with what signs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    pub name: Name,
    pub kind: u16,
    /// The smallest TTL of its records, in seconds.
    pub ttl: u32,
    /// Canonical, sorted, each once.
    pub data: Vec<Vec<u8>>,
    pub signatures: Vec<Signature>,
}

/// An RRSIG record: RFC 4034 §3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    pub covered: u16,
    pub algorithm: u8,
    pub labels: usize,
    /// In seconds.
    pub original_ttl: u32,
    pub expiration: u32,
    pub inception: u32,
    pub tag: u16,
    pub signer: Name,
    /// Its data up to the signer's name.
    pub head: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Set {
    /// Returns the bytes that a signature of it is over; nothing where the signature counts more labels than there are.
    pub fn signed(&self, signature: &Signature) -> Option<Vec<u8>> {
        let depth = self.name.signed_depth();
        let owner = match signature.labels {
            labels if labels == depth => self.name.clone(),
            // It was made over the wildcard that the name was expanded from (RFC 4035 §5.3.2).
            labels if labels < depth => self.name.ancestor(labels).wildcard(),
            _ => return None,
        };
        let (owner, data) = (owner.wire(), &self.data);
        let (kind, ttl) = (self.kind, signature.original_ttl);
        Some(ToBeSigned { head: &signature.head, owner: &owner, kind, ttl, data }.bytes())
    }

    /// Tells whether it is of a name and a type.
    pub fn is(&self, name: &Name, kind: u16) -> bool {
        self.kind == kind && self.name == *name
    }
}

impl Signature {
    /// Reads the data of an RRSIG record.
    fn read(rdata: &[u8]) -> Option<Self> {
        let (fixed, mut rest) = rdata.split_first_chunk::<18>()?;
        let signer = Name::take(&mut rest)?;
        let two = |at: usize| u16::from_be_bytes([fixed[at], fixed[at + 1]]);
        let four = |at: usize| u32::from(two(at)) << 16 | u32::from(two(at + 2));
        Some(Self {
            covered: two(0),
            algorithm: fixed[2],
            labels: usize::from(fixed[3]),
            original_ttl: four(4),
            expiration: four(8),
            inception: four(12),
            tag: two(16),
            head: [&fixed[..], &signer.wire()].concat(),
            signer,
            signature: rest.to_vec(),
        })
    }

    /// Returns the seconds until it expires, below zero once it has (RFC 4034 §3.1.5: serial numbers).
    pub const fn left(&self, now: u32) -> i64 {
        self.expiration.wrapping_sub(now).cast_signed() as i64
    }

    /// Tells whether it is not valid yet.
    pub const fn is_early(&self, now: u32) -> bool {
        now.wrapping_sub(self.inception).cast_signed() < 0
    }
}

/// Puts records together to sets.
///
/// # Errors
/// [`Gap::Unreadable`] for names and data that cannot be read. A signature that makes no sense signs nothing.
pub(super) fn sets(records: &[DnsRecord]) -> Result<Vec<Set>, Gap> {
    let mut sets: BTreeMap<(Name, u16), Set> = BTreeMap::new();
    let mut signatures = Vec::new();
    for record in records {
        let unreadable =
            || Gap::Unreadable { name: record.name.clone(), kind: record.kind.clone() };
        let name = Name::read(&record.name).ok_or_else(unreadable)?;
        let kind = kind_number(&record.kind).map_err(|_| unreadable())?;
        let data = canonical_data(&record.kind, record.data.raw());
        if kind == RRSIG {
            let signature = data.ok().and_then(|data| Signature::read(&data));
            signatures.extend(signature.map(|signature| (name, signature)));
            continue;
        }
        let new =
            || Set { name: name.clone(), kind, ttl: record.ttl, data: vec![], signatures: vec![] };
        let set = sets.entry((name.clone(), kind)).or_insert_with(new);
        set.ttl = set.ttl.min(record.ttl);
        set.data.push(data.map_err(|_| unreadable())?);
    }
    for (name, signature) in signatures {
        if let Some(set) = sets.get_mut(&(name, signature.covered)) {
            set.signatures.push(signature);
        }
    }
    let tidy = |mut set: Set| {
        set.data.sort();
        set.data.dedup();
        set
    };
    Ok(sets.into_values().map(tidy).collect())
}

/// The types that validation knows by number.
pub(super) const NS: u16 = 2;
pub(super) const CNAME: u16 = 5;
pub(super) const SOA: u16 = 6;
pub(super) const DNAME: u16 = 39;
pub(super) const DS: u16 = 43;
const RRSIG: u16 = 46;
pub(super) const NSEC: u16 = 47;
pub(super) const DNSKEY: u16 = 48;
pub(super) const NSEC3: u16 = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Remote;

    fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
        DnsRecord { name: name.into(), kind: kind.into(), ttl: 60, data: Remote::new(data) }
    }

    #[test]
    fn records_become_sets_whose_data_stand_once_and_in_order() {
        let records = [
            record("a.example.", "A", "192.0.2.9"),
            record("a.example.", "RRSIG", "A 13 2 300 20 10 7 Example. Zm9v"),
            record("a.example.", "A", "192.0.2.1"),
            record("A.example.", "A", "192.0.2.9"),
            record("a.example.", "RRSIG", "nonsense"),
            record("b.example.", "RRSIG", "A 13 2 300 20 10 7 Example. Zm9v"),
        ];
        let sets = sets(&records).expect("good records");
        assert_eq!(sets.len(), 1);
        assert_eq!(sets[0].data, [vec![192, 0, 2, 1], vec![192, 0, 2, 9]]);
        let signature = &sets[0].signatures[..];
        let [signature] = signature else { panic!("{signature:?}") };
        assert_eq!((signature.labels, signature.original_ttl, signature.tag), (2, 300, 7));
        assert_eq!(signature.signer.to_string(), "example.");
        assert_eq!(signature.head.len(), 18 + 9);
    }

    #[test]
    fn what_cannot_be_read_is_a_gap() {
        assert!(sets(&[record("a..b.", "A", "192.0.2.9")]).is_err());
        assert!(sets(&[record("a.b.", "A", "192.0.2")]).is_err());
        assert!(sets(&[record("a.b.", "BOGUS", "1")]).is_err());
    }

    #[test]
    fn times_are_serial_numbers() {
        let at = |inception, expiration| {
            let data = format!("A 13 2 300 {expiration} {inception} 7 example. Zm9v");
            let records =
                [record("a.example.", "A", "192.0.2.9"), record("a.example.", "RRSIG", &data)];
            sets(&records).expect("good records")[0].signatures[0].clone()
        };
        let plain = at(100, 200);
        assert_eq!((plain.left(150), plain.left(200), plain.left(201)), (50, 0, -1));
        assert!(plain.is_early(99) && !plain.is_early(100));
        // Around the end of 32 bits, in February 2106.
        let late = at(u32::MAX - 10, 10);
        assert_eq!((late.left(u32::MAX), late.left(10), late.left(11)), (11, 0, -1));
        assert!(late.is_early(u32::MAX - 11) && !late.is_early(5));
    }
}
