//! A whole copy of a zone through deSEC's API: its record sets page by page.
//!
//! Format: <https://desec.readthedocs.io/en/latest/dns/rrsets.html>. Signatures and the SOA are deSEC's own, and not
//! listed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::copy::CopyError;
use super::desec::base;
use crate::model::{DnsProvider, SecretRef, ZoneCopy};
use crate::net::Deadline;
use crate::service::Field;
use crate::service::json_api::{ApiPlace, JsonApi, JsonReply};
use crate::wire::dns::{Copier, CopyFault, Worded};

/// Copies a zone, in one request for each 500 record sets.
///
/// # Errors
/// [`CopyError::Api`], [`CopyError::Refused`].
pub(super) async fn copy(
    field: &Field,
    provider: &DnsProvider,
    credential: &SecretRef,
    zone: &str,
    until: Deadline,
) -> Result<Result<ZoneCopy, CopyFault>, CopyError> {
    let failed = |source| CopyError::Api { service: provider.id.clone(), source };
    let base = base(provider);
    let place = ApiPlace::of(provider, &base, credential, "Token ");
    let api = JsonApi::open(field, &place, until).await.map_err(failed)?;
    listed(field, provider, &api, zone, until).await
}

/// Copies a zone through an API that is open.
///
/// # Errors
/// As [`copy`].
pub(super) async fn listed(
    field: &Field,
    provider: &DnsProvider,
    api: &JsonApi,
    zone: &str,
    until: Deadline,
) -> Result<Result<ZoneCopy, CopyFault>, CopyError> {
    let failed = |source| CopyError::Api { service: provider.id.clone(), source };
    let refused = |because| CopyError::Refused { service: provider.id.clone(), because };
    let name = zone.trim_end_matches('.').to_ascii_lowercase();
    let (mut sets, mut cursor, mut seen) = (Vec::new(), String::new(), BTreeSet::new());
    loop {
        let path = format!("domains/{name}/rrsets/?cursor={cursor}");
        let mut reply = api.get(field, &path, until).await.map_err(failed)?;
        if !reply.is_success() {
            return Err(refused(reply.complaint()));
        }
        let Value::Array(more) = reply.body.take() else {
            return Err(refused("a page of its record sets is cut short".to_owned()));
        };
        if !more.iter().all(is_whole) {
            return Err(refused("a record set of its is cut short".to_owned()));
        }
        sets.extend(more);
        seen.insert(cursor);
        match next(&reply) {
            Next::Nothing => break,
            Next::Page(further) if !seen.contains(&further) => cursor = further,
            Next::Page(_) => return Err(refused("its pages lead round in a circle".to_owned())),
            Next::Nowhere => {
                return Err(refused(
                    "a page names a next one at a place that cannot be read".to_owned(),
                ));
            }
        }
    }
    Ok(gather(zone, &sets))
}

/// Tells whether a record set has everything that a copy takes from it.
fn is_whole(set: &Value) -> bool {
    let records = set["records"].as_array();
    records.is_some_and(|records| records.iter().all(Value::is_string)) && set["ttl"].is_u64()
}

/// What a page says of the one that follows.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// There is none.
    Nothing,
    /// It has this cursor; of the link, nothing else is followed.
    Page(String),
    /// There is one, at a place that cannot be read.
    Nowhere,
}

fn next(reply: &JsonReply) -> Next {
    let Some(link) = &reply.next else { return Next::Nothing };
    let cursor = link.raw().split_once("cursor=").and_then(|(_, rest)| rest.split('&').next());
    let plain = |c: char| c.is_ascii_alphanumeric() || "%=-_.~".contains(c);
    let cursor = cursor.filter(|cursor| !cursor.is_empty() && cursor.chars().all(plain));
    cursor.map_or(Next::Nowhere, |cursor| Next::Page(cursor.to_owned()))
}

fn gather(zone: &str, sets: &[Value]) -> Result<ZoneCopy, CopyFault> {
    let mut copier = Copier::new(zone)?;
    for set in sets {
        let text = |key: &str| set[key].as_str().unwrap_or_default();
        let ttl = set["ttl"].as_u64().and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or_default();
        for data in set["records"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let (name, kind) = (text("name"), text("type"));
            copier.take(&Worded { name, kind, ttl, data, apart: None })?;
        }
    }
    copier.done()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Remote;

    #[test]
    fn record_sets_are_copied_and_pages_followed_by_their_cursor_alone() {
        let sets = [
            json!({"name": "z.test.", "subname": "", "type": "NS", "ttl": 3600, "records": ["ns1.desec.io.", "ns2.desec.org."]}),
            json!({"name": "www.z.test.", "subname": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}),
        ];
        let copy = gather("z.test.", &sets).expect("a copy");
        assert_eq!((copy.sets.len(), copy.sets[0].data.len(), copy.serial()), (2, 2, None));
        let link = |next: Option<&str>| {
            let from = ([127, 0, 0, 1], 1).into();
            let reply = JsonReply {
                status: 200,
                body: Value::Null,
                date: None,
                from,
                next: next.map(Remote::new),
                after: None,
            };
            super::next(&reply)
        };
        assert_eq!(
            link(Some("https://desec.io/api/v1/domains/z/rrsets/?cursor=cD0x%3D")),
            Next::Page("cD0x%3D".into())
        );
        for odd in
            ["https://evil.test/?x=1", "https://evil.test/?cursor=../..", "https://d.test/?cursor="]
        {
            assert_eq!(link(Some(odd)), Next::Nowhere, "{odd}");
        }
        assert_eq!(link(None), Next::Nothing);
    }
}
