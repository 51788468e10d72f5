//! RDAP: a domain as its registry tells it (RFC 9083), read and, for a drill's registry, written.
//!
//! People's cards (`vcardArray`) are never looked into: of the entities only the registrar's handle is taken.

use jiff::Timestamp;
use thiserror::Error;

use super::json::Json;
use crate::model::{Registration, RegistrationStatus, Remote, fully_qualified};

/// The type of its documents (RFC 7480 §4.2).
pub const MEDIA_TYPE: &str = "application/rdap+json";

/// The most members of a list that are read: a registry's lists have a dozen.
pub const MOST: usize = 256;

/// An error that a registry answers with (RFC 9083 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its code, an HTTP status.
    pub code: i64,
    /// Its title, or what describes it.
    pub title: Remote,
}

/// Why a document is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RdapError {
    /// No JSON.
    #[error("no JSON: {0}")]
    NotJson(Remote),
    /// A member is missing, or something else than it should be.
    #[error("its `{0}` is not {1}")]
    Unlike(&'static str, &'static str),
    /// It is about something else than a domain.
    #[error("it is about a `{0}` and no domain")]
    OtherClass(Remote),
    /// It is about another domain.
    #[error("it is about `{0}`")]
    OtherName(Remote),
    /// A list is longer than any registry's.
    #[error("its `{0}` has more than {MOST} members")]
    TooMany(&'static str),
}

/// Decodes a domain object (RFC 9083 §5.3), which must be about this name.
///
/// # Errors
/// The first thing that is wrong. What is optional there may be absent, and then it is absent here.
pub fn decode(bytes: &[u8], name: &str) -> Result<Registration, RdapError> {
    let object = json(bytes)?;
    let class = object.get("objectClassName").text();
    let class = class.ok_or(RdapError::Unlike("objectClassName", "a text"))?;
    if class != "domain" {
        return Err(RdapError::OtherClass(Remote::new(class)));
    }
    let own = object.get("ldhName").text().ok_or(RdapError::Unlike("ldhName", "a text"))?;
    if fully_qualified(own) != fully_qualified(name) {
        return Err(RdapError::OtherName(Remote::new(own)));
    }
    let secure = object.get("secureDNS");
    Ok(Registration {
        statuses: statuses(&object)?,
        nameservers: nameservers(&object)?,
        signed: secure.get("delegationSigned").bool(),
        ds: ds_records(secure)?,
        registrar: registrar(&object)?,
        ..events(&object)?
    })
}

/// Decodes an error (RFC 9083 §6).
///
/// # Errors
/// Why it is none.
pub fn refusal(bytes: &[u8]) -> Result<Refusal, RdapError> {
    let object = json(bytes)?;
    let code = object.get("errorCode").integer();
    let code = code.ok_or(RdapError::Unlike("errorCode", "a number"))?;
    let first = object.get("description").list().and_then(|lines| lines.first()?.text());
    let title = object.get("title").text().or(first).unwrap_or_default();
    Ok(Refusal { code, title: Remote::new(title) })
}

fn json(bytes: &[u8]) -> Result<Json, RdapError> {
    let object =
        Json::decode(bytes).map_err(|error| RdapError::NotJson(Remote::new(error.to_string())))?;
    match object {
        Json::Object(_) => Ok(object),
        Json::Null
        | Json::Bool(_)
        | Json::Negative(_)
        | Json::Whole(_)
        | Json::Float(_)
        | Json::Text(_)
        | Json::List(_) => Err(RdapError::Unlike("document", "an object")),
    }
}

/// Returns a list of an object; nothing where it has none.
fn list<'a>(object: &'a Json, name: &'static str) -> Result<Option<&'a [Json]>, RdapError> {
    let found = object.get(name);
    if *found == Json::Null {
        return Ok(None);
    }
    let items = found.list().ok_or(RdapError::Unlike(name, "a list"))?;
    if items.len() > MOST {
        return Err(RdapError::TooMany(name));
    }
    Ok(Some(items))
}

/// RFC 9083 §4.6.
fn statuses(object: &Json) -> Result<Option<Vec<RegistrationStatus>>, RdapError> {
    let wrong = RdapError::Unlike("status", "a list of texts");
    let Some(items) = list(object, "status")? else { return Ok(None) };
    let status = |item: &Json| item.text().map(RegistrationStatus::of).ok_or(wrong.clone());
    items.iter().map(status).collect::<Result<_, _>>().map(Some)
}

/// RFC 9083 §5.2, of which only the names count.
fn nameservers(object: &Json) -> Result<Option<Vec<Remote>>, RdapError> {
    let wrong = RdapError::Unlike("nameservers", "a list of name servers with their `ldhName`");
    let Some(items) = list(object, "nameservers")? else { return Ok(None) };
    let name = |item: &Json| item.get("ldhName").text().map(Remote::new).ok_or(wrong.clone());
    items.iter().map(name).collect::<Result<_, _>>().map(Some)
}

/// RFC 9083 §4.5. A date that cannot be read is one that was not said; of several expiries the earliest counts.
fn events(object: &Json) -> Result<Registration, RdapError> {
    let mut found = Registration::default();
    for event in list(object, "events")?.unwrap_or_default() {
        let Some(date) = event.get("eventDate").text().and_then(|text| text.parse().ok()) else {
            continue;
        };
        let date: Timestamp = date;
        match event.get("eventAction").text().unwrap_or_default() {
            "registration" => found.registered = Some(date),
            "last changed" => found.changed = found.changed.max(Some(date)),
            "expiration" | "registrar expiration" => {
                found.expires = Some(found.expires.map_or(date, |known| known.min(date)));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// `dsData` of RFC 9083 §5.3, as a DS record writes it (RFC 4034 §5.3).
fn ds_records(secure: &Json) -> Result<Vec<Remote>, RdapError> {
    let wrong = RdapError::Unlike("dsData", "a list of tag, algorithm, digest type and digest");
    let one = |item: &Json| {
        let number = |name| item.get(name).integer();
        let numbers = (number("keyTag")?, number("algorithm")?, number("digestType")?);
        let digest = item.get("digest").text()?;
        Some(Remote::new(format!("{} {} {} {digest}", numbers.0, numbers.1, numbers.2)))
    };
    let items = list(secure, "dsData")?.unwrap_or_default();
    items.iter().map(|item| one(item).ok_or(wrong.clone())).collect()
}

/// The handle of the entity that is the registrar (RFC 9083 §5.1), or its public number (§4.8).
fn registrar(object: &Json) -> Result<Option<Remote>, RdapError> {
    let is_registrar = |entity: &&Json| {
        let roles = entity.get("roles").list().unwrap_or_default();
        roles.iter().any(|role| role.text() == Some("registrar"))
    };
    let entities = list(object, "entities")?.unwrap_or_default();
    let Some(entity) = entities.iter().find(is_registrar) else { return Ok(None) };
    let number = entity.get("publicIds").list().and_then(|ids| ids.first());
    let number = number.and_then(|id| id.get("identifier").text());
    Ok(entity.get("handle").text().or(number).map(Remote::new))
}

pub mod encode {
    //! What a drill's registry answers.

    use serde_json::{Value, json};

    use super::Refusal;
    use crate::model::Registration;

    /// Builds a domain object.
    pub fn domain(name: &str, registration: &Registration) -> Value {
        let name = name.trim_end_matches('.');
        let events = [
            ("registration", registration.registered),
            ("last changed", registration.changed),
            ("expiration", registration.expires),
        ];
        let events = events.into_iter().filter_map(|(action, date)| {
            Some(json!({"eventAction": action, "eventDate": date?.to_string()}))
        });
        let servers = registration.nameservers.iter().flatten().map(|server| {
            json!({"objectClassName": "nameserver", "ldhName": server.raw().trim_end_matches('.')})
        });
        let statuses = registration.statuses.iter().flatten();
        let mut object = json!({
            "rdapConformance": ["rdap_level_0"],
            "objectClassName": "domain",
            "ldhName": name,
            "events": events.collect::<Value>(),
            "secureDNS": {"delegationSigned": registration.signed.unwrap_or(false)},
        });
        if registration.statuses.is_some() {
            object["status"] = statuses.map(|status| status.name()).collect();
        }
        if registration.nameservers.is_some() {
            object["nameservers"] = servers.collect();
        }
        if let Some(handle) = &registration.registrar {
            object["entities"] = json!([{"objectClassName": "entity", "roles": ["registrar"],
                "handle": handle.raw()}]);
        }
        object
    }

    /// Builds an error.
    pub fn error(refusal: &Refusal) -> Value {
        json!({"rdapConformance": ["rdap_level_0"], "errorCode": refusal.code,
            "title": refusal.title.raw()})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The shape that generic registries answer with, shortened: RFC 9083 §5.3 and ICANN's response profile.
    fn shape() -> Value {
        json!({
            "objectClassName": "domain", "handle": "2336799_DOMAIN_COM-VRSN",
            "ldhName": "SEEDS.EXAMPLE", "unicodeName": "seeds.example",
            "status": ["client delete prohibited", "client transfer prohibited", "server hold"],
            "entities": [
                {"objectClassName": "entity", "roles": ["registrant"], "handle": "P-1",
                 "vcardArray": ["vcard", [["fn", {}, "text", "Somebody"]]]},
                {"objectClassName": "entity", "roles": ["registrar"], "handle": "376",
                 "publicIds": [{"type": "IANA Registrar ID", "identifier": "376"}]}],
            "events": [
                {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
                {"eventAction": "expiration", "eventDate": "2027-08-13T04:00:00Z"},
                {"eventAction": "registrar expiration", "eventDate": "2026-08-13T06:00:00+02:00"},
                {"eventAction": "last update of RDAP database", "eventDate": "2026-11-20T08:00:00Z"},
                {"eventAction": "last changed", "eventDate": "no date"}],
            "secureDNS": {"delegationSigned": true, "dsData": [
                {"keyTag": 370, "algorithm": 13, "digestType": 2, "digest": "BE74359954660069"}]},
            "nameservers": [
                {"objectClassName": "nameserver", "ldhName": "NS1.NORTH.EXAMPLE"},
                {"objectClassName": "nameserver", "ldhName": "ns2.north.example."}],
            "notices": [{"title": "Terms of Use", "description": ["…"]}]
        })
    }

    fn read(value: &Value) -> Result<Registration, RdapError> {
        decode(value.to_string().as_bytes(), "seeds.example.")
    }

    #[test]
    fn parses_what_registries_answer() {
        let found = read(&shape()).expect("a domain");
        let statuses = found.statuses.expect("statuses");
        assert!(statuses.contains(&RegistrationStatus::ServerHold) && statuses.len() == 3);
        assert_eq!(found.nameservers.map(|all| all.len()), Some(2));
        assert_eq!(found.expires.map(|at| at.to_string()).as_deref(), Some("2026-08-13T04:00:00Z"));
        assert_eq!(found.registrar, Some(Remote::new("376")));
        assert_eq!((found.signed, found.changed), (Some(true), None));
        assert_eq!(found.ds, [Remote::new("370 13 2 BE74359954660069")]);
    }

    #[test]
    fn nothing_of_a_person_is_kept() {
        let found = serde_json::to_string(&read(&shape()).expect("a domain")).expect("JSON");
        assert!(!found.contains("Somebody") && !found.contains("P-1"), "{found}");
    }

    #[test]
    fn what_is_not_said_is_absent() {
        let bare = json!({"objectClassName": "domain", "ldhName": "seeds.example"});
        assert_eq!(read(&bare), Ok(Registration::default()));
    }

    #[test]
    fn other_objects_names_and_types_are_refused() {
        let but = |key: &str, value: Value| {
            let mut changed = shape();
            changed[key] = value;
            read(&changed).expect_err("no domain of ours").to_string()
        };
        assert_eq!(but("objectClassName", json!("entity")), "it is about a `entity` and no domain");
        assert_eq!(but("ldhName", json!("seeds.example.com")), "it is about `seeds.example.com`");
        assert_eq!(but("ldhName", Value::Null), "its `ldhName` is not a text");
        assert_eq!(but("status", json!("active")), "its `status` is not a list");
        assert_eq!(but("status", json!([7])), "its `status` is not a list of texts");
        assert!(but("nameservers", json!([{}])).contains("`ldhName`"));
        assert!(but("secureDNS", json!({"dsData": [{}]})).contains("`dsData`"));
        assert!(but("status", json!(vec!["a"; MOST + 1])).contains("more than 256"));
        assert!(decode(b"", "a.").expect_err("nothing").to_string().starts_with("no JSON"));
        assert_eq!(decode(b"[]", "a."), Err(RdapError::Unlike("document", "an object")));
    }

    #[test]
    fn every_early_end_is_seen() {
        let whole = shape().to_string();
        assert!(
            (0..whole.len()).all(|end| decode(&whole.as_bytes()[..end], "seeds.example").is_err())
        );
    }

    #[test]
    fn an_error_says_its_code_and_why() {
        let told = refusal(br#"{"errorCode":404,"title":"Not Found","description":["none"]}"#);
        assert_eq!(told, Ok(Refusal { code: 404, title: Remote::new("Not Found") }));
        let untitled = refusal(br#"{"errorCode":404,"description":["none"]}"#).expect("an error");
        assert_eq!(untitled.title, Remote::new("none"));
        assert!(refusal(br#"{"error":"Not Found"}"#).is_err());
        assert_eq!(refusal(encode::error(&untitled).to_string().as_bytes()), Ok(untitled));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let found = Registration { ds: Vec::new(), ..read(&shape()).expect("a domain") };
        let again = encode::domain("seeds.example.", &found).to_string();
        let again = decode(again.as_bytes(), "seeds.example").expect("a domain");
        let plain = |all: &Registration| {
            let names = all.nameservers.iter().flatten();
            names.map(|it| fully_qualified(it.raw())).collect::<Vec<_>>()
        };
        assert_eq!(plain(&again), plain(&found));
        let without = |it: Registration| Registration { nameservers: None, ..it };
        assert_eq!(without(again), without(found));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), near in r#"[\[\]{}",:a-z0-9 ]{0,120}"#) {
            for bytes in [&bytes[..], near.as_bytes()] {
                let _ = decode(bytes, "seeds.example");
                let _ = refusal(bytes);
            }
        }
    }
}
