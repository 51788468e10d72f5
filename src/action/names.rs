//! The names that prove a delegation, and what servers answered for them. Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::model::{DnsAnswer, Expect, Zone};

/// A name that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Fully qualified, lower case.
    pub name: String,
    /// The type, upper case.
    pub kind: String,
    /// What the estate says that it should answer; empty for anything.
    expect: Vec<String>,
}

/// What an answer holds at a name itself: type and data, an alias as the alias that it is.
pub type Values = BTreeSet<(String, String)>;

/// Returns the critical names of a zone; one without any is asked for its SOA.
pub fn of(zone: &Zone) -> Vec<Name> {
    let critical = zone.critical.iter().map(|critical| Name {
        name: zone.full_name(&critical.name),
        kind: critical.kind.to_ascii_uppercase(),
        expect: match &critical.expect {
            Expect::Values(values) => values.clone(),
            Expect::Word(_) | Expect::Unsaid => Vec::new(),
        },
    });
    let names: Vec<Name> = critical.collect();
    if names.is_empty() {
        let (name, kind) = (zone.full_name("@"), "SOA".to_owned());
        return vec![Name { name, kind, expect: Vec::new() }];
    }
    names
}

impl Name {
    /// Returns what an answer holds at this name; nothing for an error.
    pub fn values(&self, answer: &DnsAnswer) -> Values {
        if answer.rcode != "NOERROR" {
            return Values::new();
        }
        let own =
            |name: &str, kind: &str| name == self.name && [&self.kind, "CNAME"].contains(&kind);
        let records = answer.answers.iter().filter(|record| own(&record.name, &record.kind));
        records.map(|record| (record.kind.clone(), plain(record.data.raw()))).collect()
    }

    /// Tells whether an answer holds something, and nothing that the estate does not expect.
    pub fn is_right(&self, answer: &DnsAnswer) -> bool {
        let expected: BTreeSet<String> = self.expect.iter().map(|value| plain(value)).collect();
        if expected.is_empty() || answer.rcode != "NOERROR" {
            return !self.values(answer).is_empty();
        }
        let records = answer.answers.iter().filter(|record| record.kind == self.kind);
        let found: BTreeSet<String> = records.map(|record| plain(record.data.raw())).collect();
        !found.is_empty() && found.is_subset(&expected)
    }
}

/// Writes data in one form: addresses as such, names without case and final dot.
pub fn plain(data: &str) -> String {
    match data.parse::<IpAddr>() {
        Ok(ip) => ip.to_string(),
        Err(_) => data.trim_end_matches('.').to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DnsRecord, Remote};

    fn answer(rcode: &str, records: &[(&str, &str, &str)]) -> DnsAnswer {
        let record = |(name, kind, data): &(&str, &str, &str)| DnsRecord {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            ttl: 1,
            data: Remote::new(*data),
        };
        DnsAnswer {
            rcode: rcode.to_owned(),
            answers: records.iter().map(record).collect(),
            ..DnsAnswer::default()
        }
    }

    fn name(expect: &[&str]) -> Name {
        let expect = expect.iter().map(|value| (*value).to_owned()).collect();
        Name { name: "www.z.test.".to_owned(), kind: "AAAA".to_owned(), expect }
    }

    #[test]
    fn a_right_answer_lies_inside_what_is_expected() {
        let one = answer("NOERROR", &[("www.z.test.", "AAAA", "2001:DB8:0::1")]);
        assert!(name(&["2001:db8::1", "2001:db8::2"]).is_right(&one));
        assert!(!name(&["2001:db8::2"]).is_right(&one));
        assert!(name(&[]).is_right(&one));
        assert!(!name(&[]).is_right(&answer("NOERROR", &[])));
        assert!(!name(&[]).is_right(&answer("NXDOMAIN", &[("www.z.test.", "AAAA", "::1")])));
        let both = answer(
            "NOERROR",
            &[("www.z.test.", "AAAA", "2001:db8::1"), ("www.z.test.", "AAAA", "::9")],
        );
        assert!(!name(&["2001:db8::1"]).is_right(&both));
    }

    #[test]
    fn an_alias_is_compared_as_an_alias() {
        let alias = ("www.z.test.", "CNAME", "Cache.example.");
        let authority = answer("NOERROR", &[alias]);
        let resolver = answer("NOERROR", &[alias, ("cache.example.", "AAAA", "2001:db8::5")]);
        assert_eq!(name(&[]).values(&authority), name(&[]).values(&resolver));
        assert!(name(&["2001:db8::5"]).is_right(&resolver));
    }

    #[test]
    fn a_zone_without_critical_names_is_asked_for_its_soa() {
        let zone: Zone = serde_json::from_value(
            serde_json::json!({"id": "z", "name": "Z.test", "delegated_to": []}),
        )
        .expect("a zone");
        let names = of(&zone);
        assert_eq!((names[0].name.as_str(), names[0].kind.as_str()), ("z.test.", "SOA"));
    }
}
