//! deSEC's record sets, read and written through its API (version 1): one bulk request for one change.
//!
//! Format: <https://desec.readthedocs.io/en/latest/dns/rrsets.html>. **Read**: the domain, and each record set by itself; of
//! many sets the whole listing.
//! **Write**: a fresh look, which refuses a drifted state; then one `PATCH` of all sets, which is done whole or not at all.
//! No request carries the state before: what comes between look and request is not seen.
//! **Cannot**: the SOA, signatures and keys of its own, comments, disabled records.

use std::time::Duration;

use serde_json::{Value, json};

use super::desec::base;
use super::desec_copy;
use super::hosted::{HostedError, Refusal, drifted};
use super::hosted_words::canonical;
use super::whole::of_copy;
use crate::model::{
    Bulk, Declaration, DnsProvider, FEW, Remote, RequestKind, RrContent, RrKey, Rrset, Sent, Span,
    fully_qualified,
};
use crate::net::{Deadline, Method};
use crate::service::Field;
use crate::service::json_api::{ApiPlace, JsonApi, JsonReply, encoded};

/// What deSEC is held to.
pub const SERVICE: Declaration = Declaration {
    name: "desec",
    settle: Span::from_secs(60),
    settle_because: "a bulk request is one transaction of its database, and a worker that takes longer than a minute \
                     is ended with it",
    conditional: false,
    // 100 writes of a domain's record sets in an hour: https://desec.readthedocs.io/en/latest/rate-limits.html
    quota: Some((100, Span::from_secs(3_600))),
    not_now: &[429],
    requests: &[
        RequestKind::read("GET /domains/{zone}/"),
        RequestKind::read("GET /domains/{zone}/rrsets/{name}/{type}/"),
        RequestKind::ensure("PATCH /domains/{zone}/rrsets/"),
    ],
    // The domain, and each of up to nine record sets.
    read: 10,
    write: 11,
    bulk: Bulk { page: Some(500), sets: 500, records: 2_000, bytes: 500_000 },
};

/// A domain, and the way to it.
struct Domain<'a> {
    field: &'a Field,
    provider: &'a DnsProvider,
    api: JsonApi,
    until: Deadline,
    /// Fully qualified.
    zone: String,
}

impl<'a> Domain<'a> {
    async fn open(
        field: &'a Field,
        provider: &'a DnsProvider,
        zone: &str,
        until: Deadline,
    ) -> Result<Self, HostedError> {
        let service = || provider.id.clone();
        let because = "it has no `credential`";
        let missing = || HostedError::NotUsable { service: service(), because };
        let credential = provider.credential.as_ref().ok_or_else(missing)?;
        let base = base(provider);
        let place = ApiPlace::of(provider, &base, credential, "Token ");
        let api = JsonApi::open(field, &place, until).await;
        let api = api.map_err(|error| HostedError::of(&provider.id, error))?;
        let domain = Self { field, provider, api, until, zone: fully_qualified(zone) };
        match domain.get("").await? {
            Some(_) => Ok(domain),
            None => Err(HostedError::NoZone { service: service(), zone: domain.zone }),
        }
    }

    fn path(&self, below: &str) -> String {
        format!("domains/{}/{below}", encoded(self.zone.trim_end_matches('.')))
    }

    /// Asks for what lies below the domain; nothing where nothing does.
    async fn get(&self, below: &str) -> Result<Option<JsonReply>, HostedError> {
        let reply = self.api.get(self.field, &self.path(below), self.until).await;
        let reply = reply.map_err(|error| HostedError::of(&self.provider.id, error))?;
        if reply.status == 404 { Ok(None) } else { self.sorted(reply).map(Some) }
    }

    fn sorted(&self, reply: JsonReply) -> Result<JsonReply, HostedError> {
        if reply.is_success() {
            return Ok(reply);
        }
        let body = if reply.body.is_null() { String::new() } else { format!(": {}", reply.body) };
        let said = format!("status {}{}", reply.status, Remote::new(body));
        Err(Refusal { status: reply.status, said, after: reply.after }.sorted(&self.provider.id))
    }

    /// Returns the part of a name before the zone's, as the API has it.
    fn below(&self, name: &str) -> Result<String, HostedError> {
        let name = fully_qualified(name);
        if name == self.zone {
            return Ok(String::new());
        }
        let below = name.strip_suffix(&self.zone).and_then(|rest| rest.strip_suffix('.'));
        let outside = || self.unsayable(format!("`{name}` does not lie in `{}`", self.zone));
        below.map(str::to_owned).ok_or_else(outside)
    }

    fn unsayable(&self, because: String) -> HostedError {
        HostedError::Unsayable { service: self.provider.id.clone(), because }
    }

    async fn set(&self, key: &RrKey) -> Result<Rrset, HostedError> {
        let below = self.below(&key.name)?;
        let below = if below.is_empty() { "@".to_owned() } else { encoded(&below) };
        let reply = self.get(&format!("rrsets/{below}/{}/", encoded(&key.kind))).await?;
        let mut set = Rrset { key: key.clone(), ttl: 0, records: Vec::new(), comments: Vec::new() };
        let Some(reply) = reply else { return Ok(set) };
        let malformed = |because: &str| HostedError::Malformed {
            service: self.provider.id.clone(),
            because: because.to_owned(),
        };
        let ttl = reply.body["ttl"].as_u64().and_then(|ttl| u32::try_from(ttl).ok());
        let (Some(ttl), Some(records)) = (ttl, reply.body["records"].as_array()) else {
            return Err(malformed("a record set has no `ttl` or no `records`"));
        };
        for data in records {
            let data = data.as_str().ok_or_else(|| malformed("a record is no text"))?;
            let content = canonical(&self.zone, key, data).map_err(|why| malformed(&why))?;
            set.records.push(RrContent { content, disabled: false, beside: None });
        }
        set.records.sort();
        set.ttl = if set.records.is_empty() { 0 } else { ttl };
        Ok(set)
    }

    /// Reads record sets, each by itself or out of the whole listing.
    async fn sets(&self, keys: &[RrKey]) -> Result<Vec<Rrset>, HostedError> {
        let mut sets = Vec::new();
        if keys.len() <= FEW {
            for key in keys {
                sets.push(self.set(key).await?);
            }
            return Ok(sets);
        }
        let incomplete = |error: &dyn std::fmt::Display| HostedError::Incomplete {
            service: self.provider.id.clone(),
            because: error.to_string(),
        };
        let listed =
            desec_copy::listed(self.field, self.provider, &self.api, &self.zone, self.until);
        let copied = listed.await.map_err(|error| incomplete(&error))?;
        let copy = copied.map_err(|fault| incomplete(&fault))?;
        Ok(of_copy(&copy, keys))
    }

    /// Words the bulk of what changes; empty where all is in place.
    fn bulk(&self, found: &[Rrset], after: &[Rrset]) -> Result<Vec<Value>, HostedError> {
        let mut bulk = Vec::new();
        for set in after {
            if drifted(std::slice::from_ref(set), found).is_none() {
                continue;
            }
            let more = |record: &RrContent| record.disabled || record.beside.is_some();
            if !set.comments.is_empty() || set.records.iter().any(more) {
                let RrKey { name, kind } = &set.key;
                let because =
                    format!("{name} {kind} has comments or disabled records, which deSEC has not");
                return Err(self.unsayable(because));
            }
            let (subname, kind) = (self.below(&set.key.name)?, &set.key.kind);
            let records: Vec<&str> = set.records.iter().map(|it| it.content.as_str()).collect();
            let mut one = json!({ "subname": subname, "type": kind, "records": records });
            if !records.is_empty() {
                one["ttl"] = json!(set.ttl);
            }
            bulk.push(one);
        }
        Ok(bulk)
    }
}

/// Reads record sets of a zone within a time, in the order of `keys`; one that does not exist has no records.
///
/// # Errors
/// Every [`HostedError`] of a look.
pub async fn read(
    field: &Field,
    provider: &DnsProvider,
    zone: &str,
    keys: &[RrKey],
    within: Duration,
) -> Result<Vec<Rrset>, HostedError> {
    Domain::open(field, provider, zone, Deadline::after(within)).await?.sets(keys).await
}

/// Puts record sets in place with one request, if a look just before finds them as they were; one without records is
/// deleted. What is in place already is not sent.
pub async fn write(
    field: &Field,
    provider: &DnsProvider,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    timeout: Duration,
) -> Sent {
    let until = Deadline::after(timeout);
    let (domain, bulk) = match ready(field, provider, zone, (before, after), until).await {
        Ok(ready) => ready,
        Err(error) => return error.before_the_write(&SERVICE),
    };
    if bulk.is_empty() {
        return Sent::Written;
    }
    let (path, body) = (domain.path("rrsets/"), Value::Array(bulk));
    let reply = domain.api.change(field, (Method::Patch, &path), &body, until).await;
    let reply = reply.map_err(|error| HostedError::of(&provider.id, error));
    match reply.and_then(|reply| domain.sorted(reply)) {
        // A yes shows the sets; anything else with such a status is somebody else's.
        Ok(reply) if reply.body.is_array() => Sent::Written,
        Ok(_) => {
            let because = "its yes shows no record sets".to_owned();
            HostedError::Malformed { service: provider.id.clone(), because }.of_the_write(&SERVICE)
        }
        Err(error) => error.of_the_write(&SERVICE),
    }
}

async fn ready<'a>(
    field: &'a Field,
    provider: &'a DnsProvider,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    until: Deadline,
) -> Result<(Domain<'a>, Vec<Value>), HostedError> {
    let domain = Domain::open(field, provider, zone, until).await?;
    let keys: Vec<RrKey> = after.iter().map(|set| set.key.clone()).collect();
    let found = domain.sets(&keys).await?;
    let bulk = domain.bulk(&found, after)?;
    match drifted(&found, before).filter(|_| !bulk.is_empty()) {
        Some(what) => Err(HostedError::Drift { service: provider.id.clone(), what }),
        None => Ok((domain, bulk)),
    }
}
