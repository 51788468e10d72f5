//! A whole copy of a zone through Cloudflare's API: its records page by page.
//!
//! Format: <https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/list/>. What is proxied is
//! answered with Cloudflare's own addresses, and so is kept apart.

use serde_json::Value;

use super::cloudflare_json::{AUTOMATIC, from_parts};
use super::cloudflare_zone::CloudflareZone;
use super::copy::CopyError;
use crate::model::{Apart, DnsProvider, SecretRef, ZoneCopy};
use crate::net::Deadline;
use crate::service::Field;
use crate::wire::dns::{Copier, CopyFault, Worded};

/// Copies a zone, in one request for its id and one for each page, and returns what came beside it.
///
/// # Errors
/// [`CopyError::Hosted`].
pub(super) async fn copy(
    field: &Field,
    provider: &DnsProvider,
    credential: &SecretRef,
    zone: &str,
    until: Deadline,
) -> Result<(Vec<Value>, Result<ZoneCopy, CopyFault>), CopyError> {
    let open = CloudflareZone::open(field, provider, credential, zone, until).await?;
    let records = open.records("").await?;
    let copied = gather(zone, &records);
    Ok((records, copied))
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
pub(super) fn words(record: &Value) -> String {
    let content = record["content"].as_str().unwrap_or_default();
    let kind = record["type"].as_str().unwrap_or_default();
    if let Some(words) = from_parts(kind, record) {
        return words;
    }
    match kind {
        "MX" => format!("{} {content}", record["priority"]),
        "TXT" if !content.starts_with('"') => quoted(content),
        _ => content.to_owned(),
    }
}

/// Writes a text in strings of at most 255 bytes.
pub(super) fn quoted(text: &str) -> String {
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
