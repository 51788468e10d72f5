//! The JSON of PowerDNS's HTTP API, both ways. Pure.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::model::{Apart, Remote, RrComment, RrContent, RrKey, Rrset, ZoneCopy};
use crate::wire::dns::{Copier, CopyFault, Worded};

/// The latest date that a comment may have: whole numbers beyond it have no exact JSON form.
const LATEST: u64 = 1 << 53;

/// What is unlike PowerDNS in a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlike(pub String);

/// One record set of a reply, as long as it is looked at: no zone lies in memory twice.
#[derive(Deserialize)]
struct Set<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    ttl: u32,
    #[serde(borrow)]
    records: Vec<Content<'a>>,
    #[serde(default)]
    comments: Vec<RrComment>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    content: Cow<'a, str>,
    #[serde(default)]
    disabled: bool,
}

/// Counts the record sets of a zone.
pub fn size(body: &[u8]) -> Result<usize, Unlike> {
    let mut count = 0;
    each(body, |_| count += 1)?;
    Ok(count)
}

/// A whole zone.
#[derive(Debug, PartialEq, Eq)]
pub struct Copied {
    /// The copy, disabled records as such, or why it is none.
    pub copy: Result<ZoneCopy, CopyFault>,
    /// The record sets that the copy does not say in the server's very words.
    pub own: Vec<Rrset>,
}

/// Copies a whole zone. The reply is gone before the copy is put in order: no zone lies in memory twice.
pub fn copy(body: Vec<u8>, name: &str) -> Result<Copied, Unlike> {
    let mut copier = Copier::new(name).map_err(CopyFault::from);
    let mut own = Vec::new();
    each(&body, |set| {
        let mut said = set.records.len() == 1 && set.comments.is_empty();
        for record in &set.records {
            let Ok(copying) = &mut copier else { return };
            let taken = copying.take(&Worded {
                name: &set.name,
                kind: &set.kind,
                ttl: set.ttl,
                data: &record.content,
                apart: record.disabled.then_some(Apart::Disabled),
            });
            match taken {
                Ok(taken) => said &= taken.verbatim && !record.disabled,
                Err(fault) => copier = Err(fault),
            }
        }
        if !said {
            let key = plain(&set.name, &set.kind);
            own.push(set.kept(key));
        }
    })?;
    drop(body);
    Ok(Copied { copy: copier.and_then(Copier::done_whole), own })
}

/// Picks record sets out of a zone, in the order of `keys`; one that does not exist has no records.
pub fn rrsets(body: &[u8], keys: &[RrKey]) -> Result<Vec<Rrset>, Unlike> {
    let names: HashSet<String> = keys.iter().map(|key| plain(&key.name, &key.kind).name).collect();
    let mut there = Vec::new();
    each(body, |set| {
        if names.contains(&*plain_name(&set.name)) {
            let key = plain(&set.name, &set.kind);
            there.push(set.kept(key));
        }
    })?;
    let none = |key: &RrKey| Rrset { key: key.clone(), ttl: 0, records: vec![], comments: vec![] };
    among(&there, keys.iter().map(none).collect())
}

/// Puts sets as the server keeps them in the place of those that it keeps.
pub fn among(own: &[Rrset], sets: Vec<Rrset>) -> Result<Vec<Rrset>, Unlike> {
    let there: HashMap<&RrKey, &Rrset> = own.iter().map(|set| (&set.key, set)).collect();
    let find = |set: Rrset| match there.get(&plain(&set.key.name, &set.key.kind)) {
        Some(own) => Rrset { key: set.key, ..Rrset::clone(own) },
        None => set,
    };
    let found: Vec<Rrset> = sets.into_iter().map(find).collect();
    let mut comments = found.iter().flat_map(|set| &set.comments);
    if comments.any(|comment| comment.modified_at > LATEST) {
        return Err(Unlike("a comment has an impossible `modified_at`".to_owned()));
    }
    Ok(found)
}

/// Returns a name and a type in the one form in which they are compared.
fn plain(name: &str, kind: &str) -> RrKey {
    RrKey { name: plain_name(name).into_owned(), kind: kind.to_ascii_uppercase() }
}

fn plain_name(name: &str) -> Cow<'_, str> {
    let name = name.trim_end_matches('.');
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

impl Set<'_> {
    /// Returns it as it is kept.
    fn kept(self, key: RrKey) -> Rrset {
        let content = |it: Content<'_>| RrContent {
            content: it.content.into_owned(),
            disabled: it.disabled,
            beside: None,
        };
        let records: Vec<RrContent> = self.records.into_iter().map(content).collect();
        let ttl = if records.is_empty() { 0 } else { self.ttl };
        Rrset { key, ttl, records, comments: self.comments }
    }
}

/// Hands over the record sets of a reply, one after the other.
fn each<'a>(body: &'a [u8], take: impl FnMut(Set<'a>)) -> Result<(), Unlike> {
    let unlike = |error: serde_json::Error| {
        Unlike(format!("no zone with `rrsets` (line {}, column {})", error.line(), error.column()))
    };
    let mut reply = serde_json::Deserializer::from_slice(body);
    reply.deserialize_map(Reply(take)).and_then(|()| reply.end()).map_err(unlike)
}

/// A reply: its record sets are handed over, what else it says is passed by.
struct Reply<F>(F);

impl<'de, F: FnMut(Set<'de>)> Visitor<'de> for Reply<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a zone")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key != "rrsets" {
                map.next_value::<IgnoredAny>()?;
            } else if std::mem::replace(&mut seen, true) {
                return Err(A::Error::duplicate_field("rrsets"));
            } else {
                map.next_value_seed(Sets(&mut self.0))?;
            }
        }
        if seen { Ok(()) } else { Err(A::Error::missing_field("rrsets")) }
    }
}

struct Sets<'f, F>(&'f mut F);

impl<'de, F: FnMut(Set<'de>)> DeserializeSeed<'de> for Sets<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Set<'de>)> Visitor<'de> for Sets<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("record sets")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sets: A) -> Result<(), A::Error> {
        while let Some(set) = sets.next_element()? {
            (self.0)(set);
        }
        Ok(())
    }
}

/// Writes one record set as a PATCH takes it; comments are replaced together with the records, unless they stay.
pub fn patch(set: &Rrset, comments_stay: bool) -> Value {
    let (name, kind) = (&set.key.name, &set.key.kind);
    if set.records.is_empty() && set.comments.is_empty() {
        return json!({ "name": name, "type": kind, "changetype": "DELETE" });
    }
    let mut patch = json!({
        "name": name, "type": kind, "ttl": set.ttl, "changetype": "REPLACE",
        "records": set.records,
    });
    if !comments_stay {
        patch["comments"] = set.comments.iter().map(comment).collect();
    }
    patch
}

/// A comment without a date gets the server's.
fn comment(comment: &RrComment) -> Value {
    let mut value = json!({ "content": comment.content, "account": comment.account });
    if comment.modified_at > 0 {
        value["modified_at"] = comment.modified_at.into();
    }
    value
}

/// Finds the words of a refusal.
pub fn complaint(body: &[u8]) -> Remote {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    let said = value.as_ref().and_then(|value| value["error"].as_str());
    said.map_or_else(|| Remote::from_bytes(body), Remote::new)
}

/// Writes a zone's name as the API's paths take it: what is no letter, digit, `.` or `-` as `=XX`.
pub fn zone_id(zone: &str) -> String {
    let mut id = String::new();
    for byte in zone.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') {
            id.push(char::from(byte));
        } else {
            id.push_str(&format!("={byte:02X}"));
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::service::dns::whole::of_copy;

    fn key(name: &str, kind: &str) -> RrKey {
        RrKey { name: name.into(), kind: kind.into() }
    }

    /// Captured from PowerDNS 4.7.3: `curl -H 'X-API-Key: …' …/zones/test.`, shortened.
    const ZONE: &str = r#"{"account":"","api_rectify":false,"dnssec":false,"edited_serial":2026010101,"id":"test.",
        "kind":"Native","name":"test.","rrsets":[{"comments":[{"account":"lab","content":"moved","modified_at":1700000000}],
        "name":"tracker.test.","records":[{"content":"ns2.b.test.","disabled":false},{"content":"ns1.a.test.","disabled":true}],
        "ttl":3,"type":"NS"},{"comments":[],"name":"test.","records":[{"content":"ns.nic.test. host.test. 1 2 3 4 5","disabled":false}],
        "ttl":3,"type":"SOA"}],"serial":1,"url":"/api/v1/servers/localhost/zones/test."}"#;

    #[test]
    fn record_sets_keep_order_comments_and_what_is_disabled() {
        let wanted = [key("gone.test.", "A"), key("Tracker.TEST.", "NS")];
        let found = rrsets(ZONE.as_bytes(), &wanted).expect("is a zone");
        assert_eq!((found[0].ttl, found[0].records.len()), (0, 0));
        let set = &found[1];
        assert_eq!((set.ttl, set.comments[0].modified_at), (3, 1_700_000_000));
        let data: Vec<_> = set.records.iter().map(|r| (r.content.as_str(), r.disabled)).collect();
        assert_eq!(data, [("ns2.b.test.", false), ("ns1.a.test.", true)]);
    }

    #[test]
    fn a_whole_zone_is_copied_and_what_is_disabled_is_named() {
        let top = r#"{"comments":[],"name":"test.","records":[{"content":"ns.nic.test.","disabled":false}],"ttl":3,"type":"NS"},"#;
        let whole = ZONE.replace(r#""rrsets":["#, &format!(r#""rrsets":[{top}"#));
        let copy = copied(&whole).expect("is a zone").copy.expect("is whole");
        let sets: Vec<_> =
            copy.sets.iter().map(|set| (set.name.as_str(), &*set.kind, set.apart)).collect();
        let disabled = Some(Apart::Disabled);
        let wanted = [
            ("test.", "SOA", None),
            ("test.", "NS", None),
            ("tracker.test.", "NS", disabled),
            ("tracker.test.", "NS", None),
        ];
        assert_eq!(sets, wanted);
        let fault = |text| copied(text).map(|it| it.copy);
        assert_eq!(fault(ZONE), Ok(Err(CopyFault::NoTop("NS"))));
        assert_eq!(fault(r#"{"rrsets":[]}"#), Ok(Err(CopyFault::Empty)));
    }

    fn copied(text: &str) -> Result<Copied, Unlike> {
        copy(text.as_bytes().to_vec(), "test.")
    }

    #[test]
    fn what_the_copy_says_otherwise_is_kept_beside_it() {
        let set = |name: &str, kind: &str, comments: Value, records: &[(&str, bool)]| {
            let record = |(content, disabled): &(&str, bool)| json!({"content": content, "disabled": disabled});
            let records: Vec<Value> = records.iter().map(record).collect();
            json!({"name": name, "type": kind, "ttl": 60, "records": records, "comments": comments})
        };
        let comment = json!([{"content": "moved", "account": "", "modified_at": 1}]);
        let sets = [
            set("test.", "SOA", json!([]), &[("ns.test. host.test. 1 2 3 4 5", false)]),
            set("test.", "NS", json!([]), &[("ns.b.test.", false), ("ns.a.test.", false)]),
            set("plain.test.", "A", json!([]), &[("192.0.2.1", false)]),
            set("told.test.", "A", comment.clone(), &[("192.0.2.1", false)]),
            set("off.test.", "A", json!([]), &[("192.0.2.1", true)]),
            set("Large.test.", "MX", json!([]), &[("10 plain.test.", false)]),
            set("words.test.", "MX", json!([]), &[("10 PLAIN.test.", false)]),
            set("signed.test.", "NSEC", json!([]), &[("test. A", false)]),
            set("bare.test.", "A", comment, &[]),
        ];
        let body = json!({ "rrsets": sets }).to_string();
        let Copied { copy, own } = copied(&body).expect("is a zone");
        let mut names: Vec<&str> = own.iter().map(|set| set.key.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["bare.test", "large.test", "off.test", "test", "told.test", "words.test"]
        );
        let name = |set: &Value| key(set["name"].as_str().unwrap(), set["type"].as_str().unwrap());
        let mut keys: Vec<RrKey> =
            sets.iter().filter(|it| it["type"] != "NSEC").map(name).collect();
        keys.extend([key("PLAIN.test", "a"), key("TOLD.test", "a"), key("none.test.", "A")]);
        let of_copy = of_copy(&copy.expect("is whole"), &keys);
        assert_eq!(among(&own, of_copy), rrsets(body.as_bytes(), &keys));
    }

    #[test]
    fn a_patch_says_all_of_a_set_or_deletes_it() {
        let found = rrsets(ZONE.as_bytes(), &[key("tracker.test.", "NS"), key("x.test.", "A")]);
        let found = found.expect("is a zone");
        assert_eq!(
            patch(&found[0], false),
            json!({"name": "tracker.test.", "type": "NS", "ttl": 3, "changetype": "REPLACE",
                "records": [{"content": "ns2.b.test.", "disabled": false}, {"content": "ns1.a.test.", "disabled": true}],
                "comments": [{"content": "moved", "account": "lab", "modified_at": 1_700_000_000}]})
        );
        let stay = patch(&found[0], true);
        assert_eq!((&stay["comments"], &stay["ttl"]), (&Value::Null, &json!(3)));
        assert_eq!(
            patch(&found[1], true),
            json!({"name": "x.test.", "type": "A", "changetype": "DELETE"})
        );
    }

    #[test]
    fn what_is_no_zone_is_named() {
        for body in ["", "[]", "{}", r#"{"rrsets":[{}]}"#, "<html>", &ZONE[..200]] {
            assert!(rrsets(body.as_bytes(), &[]).is_err(), "{body}");
        }
        let dated = ZONE.replace("1700000000", "18446744073709551615");
        assert!(rrsets(dated.as_bytes(), &[key("tracker.test.", "NS")]).is_err());
        assert!(rrsets(dated.as_bytes(), &[key("test.", "SOA")]).is_ok(), "nobody touches it");
    }

    #[test]
    fn paths_and_complaints() {
        assert_eq!(zone_id("0/25.2.0.192.in-addr.arpa."), "0=2F25.2.0.192.in-addr.arpa.");
        assert_eq!(zone_id("_x.test."), "=5Fx.test.");
        assert_eq!(
            complaint(br#"{"error":"RRset x: bad\u0007"}"#).to_string(),
            "RRset x: bad\\u{7}"
        );
        assert_eq!(complaint(b"Bad Gateway").raw(), "Bad Gateway");
    }

    proptest! {
        #[test]
        fn nothing_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = rrsets(&body, &[key("a.", "A")]);
            let _ = complaint(&body);
        }
    }
}
