//! A whole zone as its provider keeps it: a copy that compares with any other, and record sets that can be written back.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::{cloudflare_json, powerdns_json, route53};
use crate::model::{DnsAnswer, DnsRecord, RrKey, Rrset, ZoneCopy, ZoneSet, fully_qualified};
use crate::wire::dns::{Copier, Worded};
use crate::wire::route53::ListedSet;

/// A whole zone from one provider.
#[derive(Debug)]
pub struct Whole {
    /// What any name server understands of it.
    pub copy: Arc<ZoneCopy>,
    pub(super) own: Own,
}

/// What a provider keeps beside a copy: comments, disabled records, flags, its own words.
#[derive(Debug)]
pub(super) enum Own {
    /// Nothing.
    Nothing,
    /// What PowerDNS words otherwise than the copy does.
    PowerDns(Vec<Rrset>),
    /// Cloudflare's records of a zone.
    Cloudflare(String, Vec<Value>),
    /// Route 53's record sets.
    Route53(Vec<ListedSet>),
}

impl Whole {
    /// Returns record sets as the provider keeps them, in the order of `keys`; one that does not exist has no records.
    ///
    /// # Errors
    /// What no record set can say, in words.
    pub fn sets(&self, keys: &[RrKey]) -> Result<Vec<Rrset>, String> {
        match &self.own {
            Own::Nothing => Ok(of_copy(&self.copy, keys)),
            Own::PowerDns(own) => {
                powerdns_json::among(own, of_copy(&self.copy, keys)).map_err(|unlike| unlike.0)
            }
            Own::Cloudflare(zone, records) => cloudflare_json::sets(zone, keys, records),
            Own::Route53(sets) => route53::picked(sets, keys),
        }
    }
}

/// Picks record sets out of a copy whose provider keeps nothing beside it.
pub(super) fn of_copy(copy: &ZoneCopy, keys: &[RrKey]) -> Vec<Rrset> {
    let there: HashMap<(&str, &str), &ZoneSet> =
        copy.sets.iter().map(|set| ((set.name.as_str(), &*set.kind), set)).collect();
    let pick = |key: &RrKey| {
        let (name, kind) = (fully_qualified(&key.name), key.kind.to_ascii_uppercase());
        let found = there.get(&(name.as_str(), kind.as_str()));
        let (ttl, records) = found.map_or((0, Vec::new()), |set| (set.ttl, ZoneSet::contents(set)));
        Rrset { key: key.clone(), ttl, records, comments: Vec::new() }
    };
    keys.iter().map(pick).collect()
}

/// Tells whether an answer says exactly this of a record set, whatever the order; one without data is denied.
///
/// A delegation's name servers stand in a referral.
pub fn says(zone: &str, expected: &ZoneSet, answer: &DnsAnswer) -> bool {
    let ZoneSet { name, kind, .. } = expected;
    let known = answer.rcode == "NOERROR" || (answer.aa && answer.rcode == "NXDOMAIN");
    let referral = !answer.aa && &**kind == "NS";
    if !known || !(answer.aa || referral) {
        return false;
    }
    let section = if referral { &answer.authority } else { &answer.answers };
    let own =
        |record: &&DnsRecord| fully_qualified(&record.name) == *name && *record.kind == **kind;
    let found = section.iter().filter(own).map(|record| (record.ttl, record.data.raw()));
    let shall = expected.data.iter().map(|data| (expected.ttl, data.raw()));
    match (in_words(zone, expected, found), in_words(zone, expected, shall)) {
        (Some(found), Some(shall)) => found == shall && (answer.aa || !found.is_empty()),
        (Some(_) | None, _) => false,
    }
}

/// Puts the data of a set into canonical words; nothing for what is no record.
fn in_words<'r>(
    zone: &str,
    of: &ZoneSet,
    records: impl Iterator<Item = (u32, &'r str)>,
) -> Option<Vec<ZoneSet>> {
    let mut copier = Copier::new(zone).ok()?;
    for (ttl, data) in records {
        let (name, kind) = (of.name.as_str(), &*of.kind);
        copier.take(&Worded { name, kind, ttl, data, apart: None }).ok()?;
    }
    Some(copier.gathered().sets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Remote;

    fn set(kind: &str, ttl: u32, data: &[&str]) -> ZoneSet {
        let data = data.iter().map(|data| Remote::new(*data)).collect();
        ZoneSet { name: "a.z.test.".into(), kind: kind.into(), ttl, data, apart: None }
    }

    fn answer(rcode: &str, aa: bool, records: &[(&str, u32, &str)]) -> DnsAnswer {
        let record = |(kind, ttl, data): &(&str, u32, &str)| DnsRecord {
            name: "a.z.test.".into(),
            kind: (*kind).into(),
            ttl: *ttl,
            data: Remote::new(*data),
        };
        let records: Vec<DnsRecord> = records.iter().map(record).collect();
        let (answers, authority) = if aa { (records, Vec::new()) } else { (Vec::new(), records) };
        DnsAnswer { rcode: rcode.into(), aa, answers, authority, ..DnsAnswer::default() }
    }

    #[test]
    fn an_answer_says_a_set_with_all_its_data_and_its_time_to_live() {
        let two = set("A", 60, &["192.0.2.1", "192.0.2.2"]);
        let right = answer("NOERROR", true, &[("A", 60, "192.0.2.2"), ("A", 60, "192.0.2.1")]);
        assert!(says("z.test.", &two, &right));
        assert!(!says("z.test.", &set("A", 61, &["192.0.2.1", "192.0.2.2"]), &right));
        assert!(!says("z.test.", &set("A", 60, &["192.0.2.1"]), &right), "one more");
        assert!(!says("z.test.", &set("TXT", 60, &["\"x\""]), &right));
        assert!(!says("z.test.", &two, &DnsAnswer { aa: false, ..right.clone() }), "no authority");
        let mail = answer("NOERROR", true, &[("MX", 60, "10 Mail.Z.test.")]);
        assert!(says("z.test.", &set("MX", 60, &["10 mail.z.test."]), &mail));
    }

    #[test]
    fn what_shall_be_gone_is_denied_by_whoever_knows() {
        let none = set("A", 0, &[]);
        assert!(says("z.test.", &none, &answer("NXDOMAIN", true, &[])));
        assert!(says("z.test.", &none, &answer("NOERROR", true, &[("CNAME", 60, "b.z.test.")])));
        assert!(!says("z.test.", &none, &answer("NOERROR", true, &[("A", 60, "192.0.2.1")])));
        for code in ["REFUSED", "SERVFAIL"] {
            assert!(!says("z.test.", &none, &answer(code, true, &[])));
        }
        assert!(!says("z.test.", &none, &answer("NXDOMAIN", false, &[])));
    }

    #[test]
    fn a_delegation_is_said_by_a_referral() {
        let cut = set("NS", 60, &["ns.b.test."]);
        assert!(says("z.test.", &cut, &answer("NOERROR", false, &[("NS", 60, "ns.b.test.")])));
        assert!(!says("z.test.", &cut, &answer("NOERROR", false, &[("NS", 60, "ns.c.test.")])));
        assert!(!says("z.test.", &set("NS", 0, &[]), &answer("NOERROR", false, &[])), "lame");
        assert!(says("z.test.", &set("NS", 0, &[]), &answer("NXDOMAIN", true, &[])));
    }
}
