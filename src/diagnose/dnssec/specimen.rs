//! Signed zones for tests.

use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::key::Key;
use super::name::Name;
use crate::model::{DnsAnswer, DnsRecord, Remote};
use crate::wire::dns::{ToBeSigned, canonical_data, kind_number};

/// When everything is valid, and around it by how much.
pub(super) const NOW: u32 = 1_700_000_000;
pub(super) const LONG: u32 = 86_400;

/// A zone with one key.
pub(super) struct Zone {
    pub name: &'static str,
    pair: Ed25519KeyPair,
}

/// Makes a record.
pub(super) fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
    DnsRecord { name: name.into(), kind: kind.into(), ttl: 300, data: Remote::new(data) }
}

/// Reads a key as `257 3 13 base64…`.
pub(super) fn key_of(text: &str) -> Option<Key> {
    Key::read(&canonical_data("DNSKEY", text).ok()?)
}

/// Makes an authoritative answer.
pub(super) fn answer(rcode: &str, answers: &[DnsRecord], authority: &[DnsRecord]) -> DnsAnswer {
    DnsAnswer {
        rcode: rcode.into(),
        aa: true,
        answers: answers.to_vec(),
        authority: authority.to_vec(),
        ..DnsAnswer::default()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes an NSEC record's data: the next name, and types below 256.
pub(super) fn nsec(next: &str, types: &[u8]) -> String {
    let mut bits = [0; 32];
    types.iter().for_each(|kind| bits[usize::from(kind / 8)] |= 0x80 >> (kind % 8));
    let data = [&Name::read(next).expect("a name").wire()[..], &[0, 32], &bits].concat();
    format!("\\# {} {}", data.len(), hex(&data))
}

impl Zone {
    pub fn new(name: &'static str, seed: u8) -> Self {
        Self { name, pair: Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a seed") }
    }

    fn rdata(&self) -> Vec<u8> {
        [&[1, 1, 3, 15][..], self.pair.public_key().as_ref()].concat()
    }

    fn tag(&self) -> u16 {
        Key::read(&self.rdata()).expect("a key").tag
    }

    pub fn key(&self) -> DnsRecord {
        let rdata = self.rdata();
        record(self.name, "DNSKEY", &format!("\\# {} {}", rdata.len(), hex(&rdata)))
    }

    /// Returns the data of the DS record that names its key.
    pub fn ds(&self) -> String {
        let owner = Name::read(self.name).expect("a name").wire();
        let own = digest(&SHA256, &[&owner[..], &self.rdata()].concat());
        format!("{} 15 2 {}", self.tag(), hex(own.as_ref()))
    }

    /// Returns records with their signature.
    pub fn sign(&self, records: &[DnsRecord]) -> Vec<DnsRecord> {
        self.sign_for(records, NOW - LONG, NOW + LONG)
    }

    pub fn sign_for(&self, records: &[DnsRecord], from: u32, to: u32) -> Vec<DnsRecord> {
        let depth = Name::read(&records[0].name).expect("a name").signed_depth();
        self.sign_labels(records, depth, from, to)
    }

    /// Signs as many labels; fewer than the name has where it comes from a wildcard.
    pub fn sign_labels(
        &self,
        records: &[DnsRecord],
        labels: usize,
        from: u32,
        to: u32,
    ) -> Vec<DnsRecord> {
        let first = &records[0];
        let name = Name::read(&first.name).expect("a name");
        let owner =
            if labels == name.signed_depth() { name } else { name.ancestor(labels).wildcard() };
        let (kind, tag) = (&first.kind, self.tag());
        let head = format!("{kind} 15 {labels} 300 {to} {from} {tag} {}", self.name);
        let mut data: Vec<Vec<u8>> = records
            .iter()
            .map(|record| canonical_data(kind, record.data.raw()).expect("good data"))
            .collect();
        data.sort();
        let bytes = ToBeSigned {
            head: &canonical_data("RRSIG", &head).expect("a head"),
            owner: &owner.wire(),
            kind: kind_number(kind).expect("a type"),
            ttl: 300,
            data: &data,
        }
        .bytes();
        let signature = self.pair.sign(&bytes);
        let head = canonical_data("RRSIG", &head).expect("a head");
        let rdata = [&head[..], signature.as_ref()].concat();
        let signed = record(&first.name, "RRSIG", &format!("\\# {} {}", rdata.len(), hex(&rdata)));
        [records, &[signed]].concat()
    }

    /// Returns the answer for its key.
    pub fn keys(&self) -> DnsAnswer {
        answer("NOERROR", &self.sign(&[self.key()]), &[])
    }
}
