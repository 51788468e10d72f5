//! From the anchors down to the keys of a zone: RFC 4035 §5.2.

use super::judge::{Judge, usable};
use super::key::{Ds, Key};
use super::name::Name;
use super::nsec::Denied;
use super::set::{DNSKEY, DS, Set, sets};
use super::verdict::{FaultKind, Gap, Open, Verdict};
use crate::model::DnsAnswer;

/// How many keys of a zone are looked at.
const KEYS: usize = 64;

impl Judge<'_> {
    /// Returns the keys that may sign a zone's data.
    ///
    /// # Errors
    /// Whatever else can be said of the zone.
    pub(super) fn trust(&mut self, zone: &Name) -> Result<Vec<Key>, Verdict> {
        if let Some(known) = self.trusted.get(zone) {
            return known.clone();
        }
        let found = self.entry(zone).and_then(|signing| self.keys(zone, &signing));
        self.trusted.insert(zone.clone(), found.clone());
        found
    }

    /// Returns what may sign the keys of a zone: its own anchor, else what its parent names.
    fn entry(&mut self, zone: &Name) -> Result<Vec<Ds>, Verdict> {
        match self.chain.anchors.of(zone) {
            Some(anchors) => Ok(anchors.to_vec()),
            None => self.signing(zone),
        }
    }

    /// Returns the DS records of a zone, as its parent signs them.
    fn signing(&mut self, zone: &Name) -> Result<Vec<Ds>, Verdict> {
        let parent =
            self.chain.zone_of(zone, DS).filter(|_| zone.depth() > 0).ok_or(Gap::NoAnchor)?;
        let keys = self.trust(&parent)?;
        let missing = || Gap::NotAnswered { zone: zone.to_string(), record: DS };
        let answer = self.chain.of(zone).ds.ok_or_else(missing)?;
        usable(answer)?;
        let answers = sets(&answer.answers)?;
        if let Some(set) = answers.iter().find(|set| set.is(zone, DS)) {
            let proof = self.verify(set, &parent, &keys)?;
            if proof.labels != zone.signed_depth() {
                return Err(Verdict::bogus(FaultKind::BadSignature, &parent, zone, DS));
            }
            self.standing.left = self.standing.left.min(proof.left);
            return Ok(set.data.iter().map(|data| Ds::read(data)).collect());
        }
        let no_name = answer.rcode == "NXDOMAIN";
        let denied = Denied { name: zone, kind: DS, no_name, zone: &parent };
        let denial = self.denial(&sets(&answer.authority)?, &denied, &keys)?;
        // Only a delegation is unsigned; a name of the parent's own is not (RFC 4035 §5.2).
        Err(match denial.delegates(zone) {
            true => Verdict::Insecure(Open::NoDs),
            false => Verdict::bogus(FaultKind::WrongDenial, &parent, zone, DS),
        })
    }

    /// Returns all keys of a zone, once one that may do so has signed them.
    fn keys(&mut self, zone: &Name, signing: &[Ds]) -> Result<Vec<Key>, Verdict> {
        if !signing.iter().any(Ds::is_supported) {
            return Err(Verdict::Insecure(Open::Unsupported));
        }
        let missing = || Gap::NotAnswered { zone: zone.to_string(), record: DNSKEY };
        let answer = self.chain.of(zone).keys.ok_or_else(missing)?;
        usable(answer)?;
        let answers = sets(&answer.answers)?;
        let set = answers.iter().find(|set| set.is(zone, DNSKEY));
        let set = set.ok_or_else(|| Verdict::bogus(keyless(answer), zone, zone, DNSKEY))?;
        if set.data.len() > KEYS {
            return Err(Gap::TooMuchWork.into());
        }
        let keys: Vec<Key> = set.data.iter().filter_map(|data| Key::read(data)).collect();
        let entries = entries(zone, &keys, signing);
        if entries.is_empty() {
            return Err(Verdict::bogus(FaultKind::DsMismatch, zone, zone, DNSKEY));
        }
        self.signed_by(set, zone, &entries)?;
        Ok(keys)
    }

    fn signed_by(&mut self, set: &Set, zone: &Name, entries: &[Key]) -> Result<(), Verdict> {
        let proof = self.verify(set, zone, entries)?;
        if proof.labels != zone.signed_depth() {
            return Err(Verdict::bogus(FaultKind::BadSignature, zone, zone, DNSKEY));
        }
        self.standing.left = self.standing.left.min(proof.left);
        Ok(())
    }
}

/// Says what a zone without keys lacks: one that signs the denial of its keys lacks them alone, any other its signatures.
fn keyless(answer: &DnsAnswer) -> FaultKind {
    let mut records = answer.answers.iter().chain(&answer.authority);
    match records.any(|record| record.kind == "RRSIG") {
        true => FaultKind::MissingKey,
        false => FaultKind::Stripped,
    }
}

/// Returns the keys that DS records name.
fn entries(zone: &Name, keys: &[Key], signing: &[Ds]) -> Vec<Key> {
    let supported = || signing.iter().filter(|ds| ds.is_supported());
    let named = |key: &&Key| supported().any(|ds| ds.names(zone, key) == Some(true));
    keys.iter().filter(named).cloned().collect()
}
