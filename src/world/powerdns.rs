//! PowerDNS's HTTP API, version 1, as a provider or a parent has it: zones are read and patched.
//!
//! Format: <https://doc.powerdns.com/authoritative/http-api/zone.html>. A PATCH is all or nothing.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::names::{fqdn, within};
use super::state::State;
use super::zones::{Owner, ZoneData};
use crate::model::{RrComment, RrContent, RrKey, Rrset};
use crate::wire::http::{Request, Response, decoded};

/// A PATCH's body.
#[derive(Deserialize)]
struct Patch {
    rrsets: Vec<PatchedSet>,
}

/// One record set of a PATCH.
#[derive(Clone, Deserialize)]
struct PatchedSet {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    changetype: String,
    #[serde(default)]
    ttl: Option<u32>,
    #[serde(default)]
    records: Option<Vec<RrContent>>,
    #[serde(default)]
    comments: Option<Vec<RrComment>>,
}

impl State {
    /// Does what a request asks of an owner's API at a base path.
    pub fn powerdns(&mut self, owner: &Owner, base: &str, request: &Request) -> Response {
        if request.header("x-api-key").is_none_or(str::is_empty) {
            return Response::text(401, "Unauthorized");
        }
        let base = base.trim_end_matches('/');
        let Some(path) = request.path.strip_prefix(base) else { return not_found() };
        match (request.method.as_str(), path.trim_matches('/')) {
            ("GET", "") => Response::json(
                200,
                &json!({"type": "Server", "id": "localhost",
                "daemon_type": "authoritative", "version": "4.9.0"}),
            ),
            ("GET", "zones") => self.list(owner),
            (method, path) => match path.strip_prefix("zones/") {
                Some(id) => self.zone(owner, &zone_name(id), method, request),
                None => not_found(),
            },
        }
    }

    fn list(&self, owner: &Owner) -> Response {
        let zones = self.stores.get(owner).into_iter().flat_map(|store| store.values());
        Response::json(200, &zones.map(head).collect())
    }

    fn zone(&mut self, owner: &Owner, name: &str, method: &str, request: &Request) -> Response {
        let zone = self.stores.get_mut(owner).and_then(|store| store.get_mut(name));
        let Some(zone) = zone else { return not_found() };
        match method {
            "GET" => Response::json(200, &whole(zone, &filter(&request.query))),
            "PATCH" => match patch(zone, &request.body) {
                Ok(()) => Response::text(204, ""),
                Err(why) => Response::json(422, &json!({ "error": why })),
            },
            _ => Response::text(405, "Method Not Allowed"),
        }
    }
}

fn not_found() -> Response {
    Response::json(404, &json!({"error": "Not Found"}))
}

/// Reads a zone's id: its name, with `=` and two digits for what no path can hold.
fn zone_name(id: &str) -> String {
    let text = String::from_utf8_lossy(&decoded(id)).into_owned();
    let text = String::from_utf8_lossy(&decoded(&text.replace('=', "%"))).into_owned();
    fqdn(&text)
}

/// Reads `rrset_name` and `rrset_type`, which narrow an answer since version 4.5.
fn filter(query: &str) -> (Option<String>, Option<String>) {
    let of = |wanted: &str| {
        query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(name, value)| {
            let value = String::from_utf8_lossy(&decoded(value)).into_owned();
            (name == wanted).then_some(value)
        })
    };
    (of("rrset_name").map(|name| fqdn(&name)), of("rrset_type"))
}

fn head(zone: &ZoneData) -> Value {
    json!({"id": zone.name, "name": zone.name, "type": "Zone", "kind": "Native",
        "serial": zone.serial, "edited_serial": zone.serial, "dnssec": false, "account": ""})
}

fn whole(zone: &ZoneData, (name, kind): &(Option<String>, Option<String>)) -> Value {
    let wanted = |key: &RrKey| {
        name.as_ref().is_none_or(|name| *name == key.name)
            && kind.as_ref().is_none_or(|kind| *kind == key.kind)
    };
    let soa = RrKey { name: zone.name.clone(), kind: "SOA".to_owned() };
    let soa = wanted(&soa).then(|| {
        json!({"name": zone.name, "type": "SOA", "ttl": 300, "comments": [],
            "records": [{"content": zone.soa(), "disabled": false}]})
    });
    let sets = zone.sets.values().filter(|set| wanted(&set.key)).map(|set| {
        json!({"name": set.key.name, "type": set.key.kind, "ttl": set.ttl,
            "records": set.records, "comments": set.comments})
    });
    let mut all = head(zone);
    all["rrsets"] = soa.into_iter().chain(sets).collect();
    all
}

/// Applies a PATCH: every set is checked before any is changed.
fn patch(zone: &mut ZoneData, body: &[u8]) -> Result<(), String> {
    let patch: Patch = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let mut next = zone.clone();
    for set in &patch.rrsets {
        put(&mut next, set)?;
    }
    next.serial += 1;
    *zone = next;
    Ok(())
}

fn put(zone: &mut ZoneData, set: &PatchedSet) -> Result<(), String> {
    let key = RrKey { name: fqdn(&set.name), kind: set.kind.to_ascii_uppercase() };
    if !set.name.ends_with('.') {
        return Err(format!("DNS Name '{}' is not canonical", set.name));
    }
    if !within(&key.name, &zone.name) {
        return Err(format!("RRset {} IN {}: Name is out of zone", key.name, key.kind));
    }
    match set.changetype.as_str() {
        "DELETE" => {
            zone.sets.remove(&key);
        }
        "REPLACE" => replace(zone, key, set)?,
        other => return Err(format!("Changetype not understood: {other}")),
    }
    Ok(())
}

/// What a REPLACE leaves out (records or comments) stays as it is.
fn replace(zone: &mut ZoneData, key: RrKey, set: &PatchedSet) -> Result<(), String> {
    let was = zone.sets.get(&key).cloned();
    let comments = set.comments.clone().or_else(|| was.as_ref().map(|set| set.comments.clone()));
    let comments = comments.unwrap_or_default();
    let (ttl, records) = match (&set.records, was) {
        (Some(records), was) => {
            let distinct: BTreeSet<_> = records.iter().map(|record| &record.content).collect();
            if distinct.len() < records.len() {
                return Err(format!("Duplicate record in RRset {} IN {}", key.name, key.kind));
            }
            let ttl = set.ttl.or_else(|| was.map(|set| set.ttl));
            (ttl.ok_or("Key 'ttl' is missing")?, records.clone())
        }
        (None, Some(was)) => (was.ttl, was.records),
        (None, None) => return Err("Key 'records' is missing".to_owned()),
    };
    if records.is_empty() {
        zone.sets.remove(&key);
    } else {
        zone.sets.insert(key.clone(), Rrset { key, ttl, records, comments });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> ZoneData {
        ZoneData::new("example.", &["ns.example.".into()], 900)
    }

    fn set(changetype: &str, rest: &Value) -> Vec<u8> {
        let mut set = json!({"name": "a.example.", "type": "NS", "changetype": changetype});
        for (key, value) in rest.as_object().expect("an object") {
            set[key] = value.clone();
        }
        json!({ "rrsets": [set] }).to_string().into_bytes()
    }

    #[test]
    fn a_patch_puts_keeps_order_and_raises_the_serial() {
        let mut zone = zone();
        let (serial, records) = (
            zone.serial,
            json!([{"content": "b.", "disabled": false},
            {"content": "a.", "disabled": true}]),
        );
        let body = set(
            "REPLACE",
            &json!({"ttl": 60, "records": records,
            "comments": [{"content": "why", "account": "me", "modified_at": 5}]}),
        );
        patch(&mut zone, &body).expect("a good patch");
        let whole = whole(&zone, &(Some("a.example.".into()), None));
        assert_eq!(whole["rrsets"][0]["records"], records);
        assert_eq!(whole["rrsets"][0]["comments"][0]["content"], "why");
        assert_eq!(zone.serial, serial + 1);
        patch(&mut zone, &set("DELETE", &json!({}))).expect("a good patch");
        assert_eq!(zone.get("a.example.", "NS"), None);
    }

    #[test]
    fn a_patch_that_is_partly_wrong_changes_nothing() {
        let one = |content: &str| json!({"content": content, "disabled": false});
        let twice = json!({"ttl": 60, "records": [one("b."), one("b.")]});
        let wrong = json!({"rrsets": [
            {"name": "a.example.", "type": "NS", "changetype": "REPLACE", "ttl": 9,
                "records": [one("x.")]},
            {"name": "a.test.", "type": "NS", "changetype": "DELETE"}]});
        let bodies = [
            wrong.to_string().into_bytes(),
            set("REPLACE", &twice),
            set("REPLACE", &json!({"records": [one("b.")]})),
            set("EXTEND", &json!({})),
            b"{".to_vec(),
        ];
        for body in bodies {
            let mut after = zone();
            assert!(patch(&mut after, &body).is_err());
            assert_eq!(after, zone());
        }
    }

    #[test]
    fn a_zone_has_one_name_in_every_spelling_of_its_id() {
        for id in ["a.example.", "a.example", "A.example.", "a%2Eexample.", "a=2Eexample."] {
            assert_eq!(zone_name(id), "a.example.");
        }
        assert_eq!(filter("rrsets=true&rrset_name=a.b.&rrset_type=NS").0.as_deref(), Some("a.b."));
    }
}
