//! Whether a provider serves the key that a DS record of the parent names.

use super::key::{Ds, Key};
use super::name::Name;
use crate::model::DnsAnswer;

/// How keys and DS records go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diagnose) enum Match {
    /// A key matches a DS.
    Yes,
    /// Every DS could be checked, and none matches.
    No,
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

/// The keys that a provider serves for one zone.
pub(in crate::diagnose) struct Signing {
    zone: Option<Name>,
    /// `None` until the provider answered.
    keys: Option<Vec<Key>>,
}

impl Signing {
    /// Begins without any key of a zone.
    pub fn new(zone: &str) -> Self {
        Self { zone: Name::read(zone), keys: None }
    }

    /// Takes the keys of an authoritative answer.
    pub fn add(&mut self, answer: Option<&DnsAnswer>) {
        let Some(answer) = answer else { return };
        let records = answer.answers.iter().filter(|record| record.kind == "DNSKEY");
        let keys = records.filter_map(|record| Key::parse(record.data.raw()));
        self.keys.get_or_insert_default().extend(keys);
    }

    /// Says whether any key is the one that a DS names.
    pub fn matches(&self, signing: &[Ds]) -> Match {
        let (Some(zone), Some(keys)) = (&self.zone, &self.keys) else {
            return Match::Unknown("the provider did not say which keys it serves");
        };
        let mut all_checked = !signing.contains(&Ds::Unread);
        for ds in signing {
            for key in keys {
                match ds.names(zone, key) {
                    Some(true) => return Match::Yes,
                    Some(false) => {}
                    None => all_checked = false,
                }
            }
        }
        if all_checked { Match::No } else { Match::Unknown("a DS of the parent cannot be checked") }
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Ds;
    use super::{Match, Signing};
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
