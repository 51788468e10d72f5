//! A whole copy of a zone through Cloudflare's API: its records page by page.
//!
//! Format: <https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/list/>. What is proxied is
//! answered with Cloudflare's own addresses, and so is kept apart.

use serde_json::Value;

use super::cloudflare::{base, is_plain, listing};
use super::copy::CopyError;
use crate::model::{Apart, DnsProvider, SecretRef, Zone, ZoneCopy};
use crate::net::Deadline;
use crate::service::Field;
use crate::service::json_api::{ApiPlace, JsonApi, JsonReply};
use crate::wire::dns::{Copier, CopyFault, Worded};

/// How many records one page has; each takes about 600 bytes of the most that is read of a reply.
const PAGE: usize = 500;

/// The time to live that "automatic" stands for, which the API writes as 1.
const AUTOMATIC: (u64, u32) = (1, 300);

/// Copies a zone, in one request for each page and one more where the estate does not say the zone's id.
///
/// # Errors
/// [`CopyError::Api`], [`CopyError::Refused`].
pub(super) async fn copy(
    field: &Field,
    provider: &DnsProvider,
    credential: &SecretRef,
    zone: &Zone,
    until: Deadline,
) -> Result<Result<ZoneCopy, CopyFault>, CopyError> {
    let base = base(provider);
    let place = ApiPlace::of(provider, &base, credential, "Bearer ");
    let api = JsonApi::open(field, &place, until).await;
    let listing = Listing { field, provider, until, api: api.map_err(|e| failed(provider, e))? };
    let id = listing.zone(zone).await?;
    let records = listing.records(&id).await?;
    Ok(gather(&zone.name, &records))
}

fn gather(zone: &str, records: &[Value]) -> Result<ZoneCopy, CopyFault> {
    let mut copier = Copier::new(zone)?;
    for record in records {
        let text = |key: &str| record[key].as_str().unwrap_or_default();
        let ttl = match record["ttl"].as_u64() {
            Some(ttl) if ttl == AUTOMATIC.0 => AUTOMATIC.1,
            ttl => ttl.and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or_default(),
        };
        let (name, kind, data) = (text("name"), text("type"), words(record));
        copier.take(&Worded { name, kind, ttl, data: &data, apart: apart(record) })?;
    }
    copier.done()
}

/// Says why a record is not answered as it stands.
fn apart(record: &Value) -> Option<Apart> {
    let flattened = record["settings"]["flatten_cname"] == true;
    let flattened = flattened.then_some(Apart::Alias);
    (record["proxied"] == true).then_some(Apart::Proxied).or(flattened)
}

/// Words a record's data as a zone file does: some types have a part of it in keys of their own.
fn words(record: &Value) -> String {
    let content = record["content"].as_str().unwrap_or_default();
    let (priority, parts) = (&record["priority"], &record["data"]);
    let part = |key: &str| {
        let part = &parts[key];
        part.as_str().map_or_else(|| part.to_string(), str::to_owned)
    };
    match record["type"].as_str() {
        Some("MX") => format!("{priority} {content}"),
        Some("SRV") if parts.is_object() => {
            let [priority, weight, port, target] =
                ["priority", "weight", "port", "target"].map(part);
            format!("{priority} {weight} {port} {target}")
        }
        Some("CAA") if parts.is_object() => {
            format!("{} {} {}", part("flags"), part("tag"), quoted(&part("value")))
        }
        Some("URI") if parts.is_object() => {
            format!("{priority} {} {}", part("weight"), quoted(&part("target")))
        }
        Some("TXT") if !content.starts_with('"') => quoted(content),
        _ => content.to_owned(),
    }
}

/// Writes a text in strings of at most 255 bytes.
fn quoted(text: &str) -> String {
    let strings = text.as_bytes().chunks(255).map(|piece| {
        let escaped = piece.iter().map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(*byte)),
            b' '..=b'~' => char::from(*byte).to_string(),
            byte => format!("\\{byte:03}"),
        });
        format!("\"{}\"", escaped.collect::<String>())
    });
    let strings: Vec<String> = strings.collect();
    if strings.is_empty() { "\"\"".to_owned() } else { strings.join(" ") }
}

fn failed(provider: &DnsProvider, source: crate::service::json_api::ApiError) -> CopyError {
    CopyError::Api { service: provider.id.clone(), source }
}

struct Listing<'a> {
    field: &'a Field,
    provider: &'a DnsProvider,
    until: Deadline,
    api: JsonApi,
}

impl Listing<'_> {
    fn refused(&self, because: String) -> CopyError {
        CopyError::Refused { service: self.provider.id.clone(), because }
    }

    async fn get(&self, path: &str) -> Result<JsonReply, CopyError> {
        let reply = self.api.get(self.field, path, self.until).await;
        let reply = reply.map_err(|error| failed(self.provider, error))?;
        if reply.is_success() { Ok(reply) } else { Err(self.refused(reply.complaint())) }
    }

    /// Returns the zone's id: the estate's, or the one that the API names.
    async fn zone(&self, zone: &Zone) -> Result<String, CopyError> {
        if let Some(id) = self.provider.zone_id.as_deref().filter(|id| is_plain(id)) {
            return Ok(id.to_owned());
        }
        let name = zone.name.trim_end_matches('.').to_ascii_lowercase();
        let reply = self.get(&listing(&name)).await?;
        let zones = reply.body["result"].as_array().into_iter().flatten();
        let mut own =
            zones.filter(|it| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&name)));
        let id = own.next().and_then(|zone| zone["id"].as_str()).filter(|id| is_plain(id));
        id.map(str::to_owned)
            .ok_or_else(|| self.refused(format!("the token reaches no zone `{name}`")))
    }

    /// Returns every record, or none: a listing that ends early or changes on the way is no copy.
    async fn records(&self, id: &str) -> Result<Vec<Value>, CopyError> {
        let mut records: Vec<Value> = Vec::new();
        let mut total = None;
        for page in 1_u32.. {
            let path = format!("zones/{id}/dns_records?page={page}&per_page={PAGE}");
            let mut reply = self.get(&path).await?;
            let said = reply.body["result_info"]["total_count"].as_u64();
            let said = said.and_then(|count| usize::try_from(count).ok());
            let (Some(said), Value::Array(more)) = (said, reply.body["result"].take()) else {
                return Err(
                    self.refused("a page of its records is cut short, or says no total".to_owned())
                );
            };
            if *total.get_or_insert(said) != said {
                return Err(self.refused("its records changed while they were read".to_owned()));
            }
            let ends = more.is_empty();
            records.extend(more);
            if records.len() == said {
                break;
            }
            if ends || records.len() > said {
                let listed = records.len();
                return Err(self
                    .refused(format!("it lists {listed} records and says that there are {said}")));
            }
        }
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_are_worded_as_a_zone_file_says_them() {
        let records = [
            json!({"type": "MX", "name": "z.test", "content": "Mail.z.test", "priority": 10, "ttl": 1}),
            json!({"type": "SRV", "name": "_x._tcp.z.test", "content": "5\t443\twww.z.test", "ttl": 60,
                "data": {"priority": 1, "weight": 5, "port": 443, "target": "www.z.test"}}),
            json!({"type": "CAA", "name": "z.test", "content": "0 issue ca.test", "ttl": 60,
                "data": {"flags": 0, "tag": "issue", "value": "ca.test; a=b"}}),
            json!({"type": "TXT", "name": "t.z.test", "content": "v=spf1 \"x\" -all", "ttl": 60}),
            json!({"type": "TXT", "name": "q.z.test", "content": "\"as it is\"", "ttl": 60}),
            json!({"type": "A", "name": "www.z.test", "content": "192.0.2.1", "ttl": 1, "proxied": true}),
            json!({"type": "CNAME", "name": "f.z.test", "content": "a.test", "ttl": 60, "settings": {"flatten_cname": true}}),
        ];
        let copy = gather("z.test", &records).expect("a copy");
        let shown: Vec<String> = copy
            .sets
            .iter()
            .map(|set| {
                let apart = set.apart.map_or("", Apart::word);
                format!("{} {} {} {} {apart}", set.name, set.ttl, set.kind, set.data[0])
            })
            .collect();
        assert_eq!(
            shown,
            [
                "z.test. 300 MX 10 mail.z.test. ",
                "z.test. 60 CAA 0 issue \"ca.test; a=b\" ",
                "_x._tcp.z.test. 60 SRV 1 5 443 www.z.test. ",
                "f.z.test. 60 CNAME a.test. alias",
                "q.z.test. 60 TXT \"as it is\" ",
                "t.z.test. 60 TXT \"v=spf1 \\\"x\\\" -all\" ",
                "www.z.test. 300 A 192.0.2.1 proxied",
            ]
        );
    }

    #[test]
    fn long_texts_are_several_strings() {
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("ä"), "\"\\195\\164\"");
        assert_eq!(quoted(&"x".repeat(256)), format!("\"{}\" \"x\"", "x".repeat(255)));
    }
}
