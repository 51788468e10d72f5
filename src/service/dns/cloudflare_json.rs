//! The JSON of Cloudflare's records, both ways: record sets out of listed records, and the one batch that leads from
//! one state to another. Pure.
//!
//! Format: <https://developers.cloudflare.com/api/resources/dns/subresources/records/>. Comments, tags, the proxied flag,
//! "automatic" as a time to live and settings lie beside each record, and are written as they were read.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::cloudflare_copy::{quoted, words};
use super::hosted_words::{canonical, pieces, unquoted};
use crate::model::{Beside, Remote, RrContent, RrKey, Rrset};

/// "Automatic" as the API writes it, and the seconds that it stands for.
pub const AUTOMATIC: (u64, u32) = (1, 300);

/// The types that may be proxied.
const PROXIABLE: [&str; 3] = ["A", "AAAA", "CNAME"];

/// A part of a record's data that has a key of its own.
#[derive(Clone, Copy)]
enum Part {
    Number(&'static str),
    Word(&'static str),
    /// A string, which a zone file quotes.
    Text(&'static str),
    /// A name, without its final dot.
    Host(&'static str),
    /// Everything that is left.
    Rest(&'static str),
}

/// The types whose data stand in `data`, part by part, as the API's schema has them.
const PARTS: &[(&str, &[Part])] = {
    use Part::{Host, Number, Rest, Text, Word};
    &[
        ("CAA", &[Number("flags"), Word("tag"), Text("value")]),
        ("CERT", &[Number("type"), Number("key_tag"), Number("algorithm"), Rest("certificate")]),
        ("DNSKEY", &[Number("flags"), Number("protocol"), Number("algorithm"), Rest("public_key")]),
        ("DS", &[Number("key_tag"), Number("algorithm"), Number("digest_type"), Rest("digest")]),
        ("HTTPS", &[Number("priority"), Host("target"), Rest("value")]),
        (
            "NAPTR",
            &[
                Number("order"),
                Number("preference"),
                Text("flags"),
                Text("service"),
                Text("regex"),
                Host("replacement"),
            ],
        ),
        (
            "SMIMEA",
            &[Number("usage"), Number("selector"), Number("matching_type"), Rest("certificate")],
        ),
        ("SRV", &[Number("priority"), Number("weight"), Number("port"), Host("target")]),
        ("SSHFP", &[Number("algorithm"), Number("type"), Rest("fingerprint")]),
        ("SVCB", &[Number("priority"), Host("target"), Rest("value")]),
        (
            "TLSA",
            &[Number("usage"), Number("selector"), Number("matching_type"), Rest("certificate")],
        ),
        ("URI", &[Number("priority"), Number("weight"), Text("target")]),
    ]
};

/// A record as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its id.
    pub id: Remote,
    /// Its time to live.
    pub ttl: u32,
    /// Its data, and what lies beside them.
    pub content: RrContent,
}

/// Reads the records of some sets out of a listing, in the order of `keys`.
///
/// # Errors
/// What no record set can hold, in words.
pub fn held(zone: &str, keys: &[RrKey], records: &[Value]) -> Result<Vec<Vec<Held>>, String> {
    let plain = |name: &str, kind: &str| {
        (name.trim_end_matches('.').to_ascii_lowercase(), kind.to_ascii_uppercase())
    };
    let mut listed: HashMap<(String, String), Vec<&Value>> = HashMap::new();
    for record in records {
        let text = |member: &str| record[member].as_str().unwrap_or_default();
        listed.entry(plain(text("name"), text("type"))).or_default().push(record);
    }
    let of = |key: &RrKey| {
        let records = listed.get(&plain(&key.name, &key.kind)).into_iter().flatten();
        records.map(|record| one(zone, key, record)).collect()
    };
    keys.iter().map(of).collect()
}

/// Makes record sets of the records of a listing, in the order of `keys`.
///
/// # Errors
/// As [`held`] and [`set`].
pub fn sets(zone: &str, keys: &[RrKey], records: &[Value]) -> Result<Vec<Rrset>, String> {
    let held = held(zone, keys, records)?;
    keys.iter().zip(&held).map(|(key, held)| set(key, held)).collect()
}

fn one(zone: &str, key: &RrKey, record: &Value) -> Result<Held, String> {
    let id = record["id"].as_str().filter(|id| super::cloudflare::is_plain(id));
    let ttl = record["ttl"].as_u64();
    let (Some(id), Some(ttl)) = (id, ttl.and_then(|ttl| u32::try_from(ttl).ok())) else {
        return Err("a record has no `id` or no `ttl`".to_owned());
    };
    let texts = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let settings = record["settings"].as_object().into_iter().flatten();
    let on = settings.filter(|(_, value)| **value == true).map(|(name, _)| name.clone());
    let automatic = u64::from(ttl) == AUTOMATIC.0;
    let beside = Beside {
        proxied: record["proxied"] == true,
        automatic,
        comment: record["comment"].as_str().unwrap_or_default().to_owned(),
        tags: texts(&record["tags"]),
        settings: on.collect(),
    };
    let content = canonical(zone, key, &words(record))?;
    let content = RrContent { content, disabled: false, beside: beside.some() };
    Ok(Held { id: Remote::new(id), ttl: if automatic { AUTOMATIC.1 } else { ttl }, content })
}

/// Makes a record set of its records.
///
/// # Errors
/// Records that have several times to live: no record set can say so.
pub fn set(key: &RrKey, held: &[Held]) -> Result<Rrset, String> {
    let ttl = held.first().map_or(0, |record| record.ttl);
    if let Some(other) = held.iter().find(|record| record.ttl != ttl) {
        return Err(format!(
            "the records of {} {} are kept for {ttl} s and for {} s: give them one time to live",
            key.name, key.kind, other.ttl
        ));
    }
    let mut records: Vec<RrContent> = held.iter().map(|record| record.content.clone()).collect();
    records.sort();
    Ok(Rrset { key: key.clone(), ttl, records, comments: Vec::new() })
}

/// Works out the batch that puts record sets in place of what is held; nothing where all is as it shall be.
///
/// A record that stays keeps its id; one that changes is edited where it stands; what is too many goes, what is
/// missing comes. The API does deletes, patches and posts in that order, in one transaction.
///
/// # Errors
/// What the API has no words for.
pub fn batch(held: &[Vec<Held>], after: &[Rrset]) -> Result<Option<Value>, String> {
    let (mut deletes, mut patches, mut posts) = (Vec::new(), Vec::new(), Vec::new());
    for (held, set) in held.iter().zip(after) {
        sayable(set)?;
        let mut coming: Vec<&RrContent> = set.records.iter().collect();
        let mut going = Vec::new();
        for old in held {
            match coming.iter().position(|new| new.content == old.content.content) {
                Some(at) => patches.extend(changed(old, set, coming.remove(at))?),
                None => going.push(old),
            }
        }
        let pairs = going.len().min(coming.len());
        for (old, new) in going.drain(..pairs).zip(coming.drain(..pairs)) {
            patches.push(patch(old, set, new)?);
        }
        deletes.extend(going.into_iter().map(|old| json!({ "id": old.id })));
        for new in coming {
            posts.push(record(set, new)?);
        }
    }
    let edits = deletes.len() + patches.len() + posts.len();
    let body = json!({ "deletes": deletes, "patches": patches, "posts": posts });
    Ok((edits > 0).then_some(body))
}

fn changed(old: &Held, set: &Rrset, new: &RrContent) -> Result<Option<Value>, String> {
    let same = old.ttl == set.ttl && old.content.beside == new.beside;
    if same { Ok(None) } else { patch(old, set, new).map(Some) }
}

/// Edits a record where it stands: what its new state has not is switched off.
fn patch(old: &Held, set: &Rrset, new: &RrContent) -> Result<Value, String> {
    let mut body = record(set, new)?;
    let was = old.content.beside.clone().unwrap_or_default();
    let is = new.beside.clone().unwrap_or_default();
    body["id"] = json!(old.id);
    if is.comment != was.comment {
        body["comment"] = json!(is.comment);
    }
    if is.tags != was.tags {
        body["tags"] = json!(is.tags);
    }
    for gone in was.settings.iter().filter(|it| !is.settings.contains(it)) {
        body["settings"][gone] = json!(false);
    }
    Ok(body)
}

/// Writes a record as the API takes it.
fn record(set: &Rrset, content: &RrContent) -> Result<Value, String> {
    let RrKey { name, kind } = &set.key;
    let beside = content.beside.clone().unwrap_or_default();
    let ttl = if beside.automatic { AUTOMATIC.0 } else { u64::from(set.ttl) };
    let mut body = json!({ "name": undotted(name), "type": kind, "ttl": ttl });
    if beside.proxied || PROXIABLE.contains(&kind.as_str()) {
        body["proxied"] = json!(beside.proxied);
    }
    if !beside.comment.is_empty() {
        body["comment"] = json!(beside.comment);
    }
    if !beside.tags.is_empty() {
        body["tags"] = json!(beside.tags);
    }
    for setting in &beside.settings {
        body["settings"][setting] = json!(true);
    }
    data(&mut body, kind, &content.content)?;
    Ok(body)
}

/// Puts data into a record, in the keys that its type has.
fn data(body: &mut Value, kind: &str, words: &str) -> Result<(), String> {
    let wrong = || format!("`{words}` is no data of type {kind}");
    let mut left = pieces(words);
    let mut take = || if left.is_empty() { Err(wrong()) } else { Ok(left.remove(0)) };
    if kind == "MX" {
        body["priority"] = json!(take()?.parse::<u16>().map_err(|_| wrong())?);
        body["content"] = json!(undotted(take()?));
        return Ok(());
    }
    let Some((_, parts)) = PARTS.iter().find(|(known, _)| *known == kind) else {
        let named = ["CNAME", "NS", "PTR"].contains(&kind);
        body["content"] = json!(if named { undotted(words) } else { words });
        return Ok(());
    };
    let mut data = Map::new();
    for part in *parts {
        let (name, value) = match part {
            Part::Number(name) => (*name, json!(take()?.parse::<u16>().map_err(|_| wrong())?)),
            Part::Word(name) => (*name, json!(take()?)),
            Part::Text(name) => (*name, json!(unquoted(take()?))),
            Part::Host(name) => (*name, json!(undotted(take()?))),
            Part::Rest(name) => {
                (*name, json!(std::iter::from_fn(|| take().ok()).collect::<Vec<_>>().join(" ")))
            }
        };
        data.insert(name.to_owned(), value);
    }
    if kind == "URI" {
        body["priority"] = data.remove("priority").unwrap_or_default();
    }
    body["data"] = Value::Object(data);
    Ok(())
}

/// Words data that stand in keys of their own; nothing for a type without, or where one is missing.
pub fn from_parts(kind: &str, record: &Value) -> Option<String> {
    let (_, parts) = PARTS.iter().find(|(known, _)| *known == kind)?;
    let words = parts.iter().map(|part| {
        let (Part::Number(name)
        | Part::Word(name)
        | Part::Text(name)
        | Part::Host(name)
        | Part::Rest(name)) = part;
        let own = if *name == "priority" && kind == "URI" {
            &record[*name]
        } else {
            &record["data"][*name]
        };
        let text = match own {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(if matches!(part, Part::Text(_)) { quoted(&text) } else { text })
    });
    words.collect::<Option<Vec<_>>>().map(|words| words.join(" "))
}

fn sayable(set: &Rrset) -> Result<(), String> {
    let RrKey { name, kind } = &set.key;
    if set.records.iter().any(|record| record.disabled) || !set.comments.is_empty() {
        return Err(format!(
            "{name} {kind} has disabled records, or comments of the whole set: there a comment belongs to one record"
        ));
    }
    if kind == "SOA" {
        return Err(format!("{name} {kind} is Cloudflare's own to keep"));
    }
    Ok(())
}

fn undotted(name: &str) -> &str {
    name.strip_suffix('.').filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Words a failure: its status, each error with its code, and the chain of causes behind it.
pub fn complaint(status: u16, body: &Value) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let word = |error: &Value| {
        let code = error["code"].as_u64().map(|code| format!("{code} ")).unwrap_or_default();
        format!("{code}{}", Remote::new(error["message"].as_str().unwrap_or_default()))
    };
    let errors = list(&body["errors"]).into_iter().map(|error| {
        let chain: Vec<String> = list(&error["error_chain"]).iter().map(word).collect();
        let chain =
            if chain.is_empty() { String::new() } else { format!(" ({})", chain.join(", ")) };
        format!("{}{chain}", word(&error))
    });
    let errors: Vec<String> = errors.collect();
    let said = if errors.is_empty() { String::new() } else { format!(": {}", errors.join("; ")) };
    format!("status {status}{said}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, kind: &str) -> RrKey {
        RrKey { name: name.into(), kind: kind.into() }
    }

    fn listed(id: &str, kind: &str, content: &str) -> Value {
        json!({"id": id, "name": "www.z.test", "type": kind, "content": content, "ttl": 60, "proxied": false,
            "comment": null, "tags": [], "settings": {}})
    }

    fn after(kind: &str, ttl: u32, data: &[&str]) -> Rrset {
        let record =
            |data: &&str| RrContent { content: (*data).to_owned(), disabled: false, beside: None };
        let records = data.iter().map(record).collect();
        Rrset { key: key("www.z.test.", kind), ttl, records, comments: Vec::new() }
    }

    fn read(kind: &str, records: &[Value]) -> Vec<Held> {
        let mut held = held("z.test.", &[key("www.z.test.", kind)], records).expect("records");
        held.remove(0)
    }

    #[test]
    fn what_lies_beside_a_record_is_read_and_written_back() {
        let mut proxied = listed("aa", "A", "192.0.2.1");
        proxied["ttl"] = json!(1);
        proxied["proxied"] = json!(true);
        proxied["comment"] = json!("by ops");
        proxied["tags"] = json!(["team:ops"]);
        proxied["settings"] = json!({"ipv4_only": true, "ipv6_only": false});
        let found = read("A", &[proxied, listed("bb", "AAAA", "2001:db8::1")]);
        let set = set(&key("www.z.test.", "A"), &found).expect("a set");
        let beside = set.records[0].beside.clone().expect("something");
        assert_eq!(
            (
                set.ttl,
                beside.proxied,
                beside.automatic,
                beside.comment.as_str(),
                &beside.settings[..]
            ),
            (300, true, true, "by ops", &["ipv4_only".to_owned()][..])
        );
        // Other data at the same record keeps all of it, and what is switched off is said to be.
        let mut moved = set.clone();
        moved.records[0].content = "192.0.2.2".to_owned();
        let body =
            batch(std::slice::from_ref(&found), &[moved]).expect("sayable").expect("a change");
        assert_eq!(
            body["patches"],
            json!([{"id": "aa", "name": "www.z.test", "type": "A", "ttl": 1, "proxied": true, "comment": "by ops",
                "tags": ["team:ops"], "settings": {"ipv4_only": true}, "content": "192.0.2.2"}])
        );
        let body = batch(std::slice::from_ref(&found), &[after("A", 60, &["192.0.2.1"])])
            .expect("sayable");
        let patch = &body.expect("a change")["patches"][0];
        assert_eq!(
            (
                &patch["comment"],
                &patch["tags"],
                &patch["settings"],
                &patch["proxied"],
                &patch["ttl"]
            ),
            (&json!(""), &json!([]), &json!({"ipv4_only": false}), &json!(false), &json!(60))
        );
        assert_eq!(batch(&[found], &[set]), Ok(None), "what is in place is not sent");
    }

    #[test]
    fn a_batch_edits_what_changes_and_leaves_what_stays() {
        let held = read("A", &[listed("aa", "A", "192.0.2.1"), listed("bb", "A", "192.0.2.2")]);
        let body = batch(
            std::slice::from_ref(&held),
            &[after("A", 60, &["192.0.2.2", "192.0.2.3", "192.0.2.4"])],
        );
        let body = body.expect("sayable").expect("a change");
        assert_eq!(body["deletes"], json!([]));
        assert_eq!(
            (&body["patches"][0]["id"], &body["patches"][0]["content"]),
            (&json!("aa"), &json!("192.0.2.3"))
        );
        assert_eq!(
            (body["patches"].as_array().map(Vec::len), &body["posts"][0]["content"]),
            (Some(1), &json!("192.0.2.4"))
        );
        let body = batch(&[held], &[after("A", 0, &[])]).expect("sayable").expect("a change");
        assert_eq!(body["deletes"], json!([{"id": "aa"}, {"id": "bb"}]));
    }

    #[test]
    fn data_stand_in_the_keys_that_their_type_has() {
        let said = |kind: &str, data: &str| {
            let set = after(kind, 60, &[data]);
            let body = record(&set, &set.records[0]).expect("sayable");
            (body["priority"].clone(), body["content"].clone(), body["data"].clone())
        };
        let none = Value::Null;
        assert_eq!(said("MX", "10 mail.z.test."), (json!(10), json!("mail.z.test"), none.clone()));
        assert_eq!(said("NS", "ns.z.test."), (none.clone(), json!("ns.z.test"), none.clone()));
        assert_eq!(said("TXT", "\"a b\""), (none.clone(), json!("\"a b\""), none.clone()));
        let srv = json!({"priority": 1, "weight": 2, "port": 443, "target": "www.z.test"});
        assert_eq!(said("SRV", "1 2 443 www.z.test."), (none.clone(), none.clone(), srv));
        let caa = json!({"flags": 0, "tag": "issue", "value": "ca.test; a=b"});
        assert_eq!(said("CAA", "0 issue \"ca.test; a=b\"").2, caa);
        let https = json!({"priority": 1, "target": ".", "value": "alpn=h2 port=8443"});
        assert_eq!(said("HTTPS", "1 . alpn=h2 port=8443").2, https);
        let uri = said("URI", "10 1 \"https://z.test/\"");
        assert_eq!((uri.0, uri.2), (json!(10), json!({"weight": 1, "target": "https://z.test/"})));
        let wrong = after("SRV", 60, &["1 2"]);
        assert!(record(&wrong, &wrong.records[0]).is_err());
    }

    #[test]
    fn data_in_keys_come_back_as_the_same_words() {
        for (kind, data) in [
            ("SRV", "1 2 443 www.z.test."),
            ("CAA", "0 issue \"ca.test; a=\\\"b\\\"\""),
            ("NAPTR", "10 20 \"S\" \"SIP+D2U\" \"\" _sip._udp.z.test."),
            ("URI", "10 1 \"https://z.test/\""),
            ("HTTPS", "1 . alpn=h2"),
        ] {
            let set = after(kind, 60, &[data]);
            let body = record(&set, &set.records[0]).expect("sayable");
            let words = from_parts(kind, &body).expect("words");
            let dotted = if words.ends_with(".test") { format!("{words}.") } else { words };
            assert_eq!(dotted, data);
        }
        assert_eq!(from_parts("SRV", &json!({"data": {"priority": 1}})), None);
        assert_eq!(from_parts("A", &json!({"data": {}})), None);
    }

    #[test]
    fn what_no_record_set_can_hold_is_an_error() {
        let mut other = listed("bb", "A", "192.0.2.2");
        other["ttl"] = json!(120);
        let held = read("A", &[listed("aa", "A", "192.0.2.1"), other]);
        assert!(set(&key("www.z.test.", "A"), &held).unwrap_err().contains("60 s and for 120 s"));
        for (member, value) in
            [("id", json!("../x")), ("ttl", json!("60")), ("content", json!("no"))]
        {
            let mut odd = listed("aa", "A", "192.0.2.1");
            odd[member] = value;
            assert!(
                super::held("z.test.", &[key("www.z.test.", "A")], &[odd]).is_err(),
                "{member}"
            );
        }
        let mut off = after("A", 60, &["192.0.2.1"]);
        off.records[0].disabled = true;
        assert!(batch(&[Vec::new()], &[off]).unwrap_err().contains("disabled"));
        assert!(
            batch(&[Vec::new()], &[after("SOA", 60, &[])]).unwrap_err().contains("own to keep")
        );
    }

    #[test]
    fn a_complaint_has_every_code_and_the_chain_behind_it() {
        let body = json!({"success": false, "errors": [
            {"code": 1004, "message": "DNS Validation Error", "error_chain": [{"code": 9005, "message": "Content for A record must be a valid IPv4 address."}]},
            {"code": 4_294_967_295_u64, "message": "big\u{1b}"}]});
        assert_eq!(
            complaint(400, &body),
            "status 400: 1004 DNS Validation Error (9005 Content for A record must be a valid IPv4 address.); 4294967295 big\\u{1b}"
        );
        assert_eq!(complaint(502, &Value::Null), "status 502");
    }
}
