//! Glue: addresses at the parent of name servers that stand inside the delegated zone itself (RFC 9471 § 1).
//!
//! Any other server's addresses are found by resolving its name, so they are left alone. Glue that is no
//! longer needed is left alone as well: it harms nobody, and the way back needs it.

use std::net::IpAddr;

use crate::model::{DnsProvider, NameServer, RrContent, RrKey, Rrset, fully_qualified};

/// Tells whether a fully qualified name is a zone or lies below it.
pub fn is_below(name: &str, zone: &str) -> bool {
    zone == "." || name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

/// Returns the glue that a server needs in the parent of a zone: for the address families that it has.
pub fn keys(server: &NameServer, zone: &str) -> Vec<RrKey> {
    let name = fully_qualified(&server.name);
    if !is_below(&name, zone) {
        return Vec::new();
    }
    let has = |kind: &&str| server.addresses.iter().any(|address| kind_of(address.ip) == *kind);
    let kinds = ["A", "AAAA"].into_iter().filter(has);
    kinds.map(|kind| RrKey { name: name.clone(), kind: kind.to_owned() }).collect()
}

/// Returns a glue set as it shall be; one that is there keeps its TTL.
pub fn wanted(before: &Rrset, providers: &[DnsProvider], ttl: u32) -> Rrset {
    let servers = providers.iter().flat_map(|provider| &provider.nameservers);
    let of = servers.filter(|server| fully_qualified(&server.name) == before.key.name);
    let addresses = of.flat_map(|server| &server.addresses).map(|address| address.ip);
    let mut records: Vec<RrContent> = Vec::new();
    for ip in addresses.filter(|ip| kind_of(*ip) == before.key.kind) {
        let record = RrContent { content: ip.to_string(), disabled: false, beside: None };
        if !records.contains(&record) {
            records.push(record);
        }
    }
    let ttl = if before.records.is_empty() { ttl } else { before.ttl };
    let after = Rrset { records, ttl, ..before.clone() };
    if same(before, &after) { before.clone() } else { after }
}

/// Tells whether two sets hold the same records; their order does not count.
pub fn same(before: &Rrset, after: &Rrset) -> bool {
    let sorted = |set: &Rrset| {
        let mut records = set.records.clone();
        records.sort();
        records
    };
    sorted(before) == sorted(after)
}

const fn kind_of(ip: IpAddr) -> &'static str {
    match ip {
        IpAddr::V4(_) => "A",
        IpAddr::V6(_) => "AAAA",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_inside_the_zone_need_glue() {
        let server = |name: &str| NameServer {
            name: name.into(),
            addresses: vec!["192.0.2.1:5301".parse().expect("an address")],
        };
        assert_eq!(keys(&server("NS1.zone.example"), "zone.example.").len(), 1);
        for other in ["ns1.example", "ns1.otherzone.example", "ns1.provider.test."] {
            assert!(keys(&server(other), "zone.example.").is_empty(), "{other}");
        }
        assert!(
            is_below("a.", ".") && !is_below("azone.", "zone.") && is_below("a.zone.", "zone.")
        );
    }

    #[test]
    fn glue_that_is_there_keeps_its_ttl_and_its_comments() {
        let provider = serde_json::from_value(serde_json::json!({"id": "p", "kind": "unmanaged",
            "nameservers": [{"name": "ns1.zone.example", "addresses": ["192.0.2.1", "2001:db8::1"]}]}));
        let providers: Vec<DnsProvider> = vec![provider.expect("a provider")];
        let set = |ttl: u32, data: &[&str]| Rrset {
            key: RrKey { name: "ns1.zone.example.".into(), kind: "A".into() },
            ttl,
            records: data
                .iter()
                .map(|data| RrContent {
                    content: (*data).to_owned(),
                    disabled: false,
                    beside: None,
                })
                .collect(),
            comments: Vec::new(),
        };
        assert_eq!(wanted(&set(47, &["192.0.2.9"]), &providers, 300), set(47, &["192.0.2.1"]));
        assert_eq!(wanted(&set(0, &[]), &providers, 300), set(300, &["192.0.2.1"]));
        assert_eq!(wanted(&set(47, &["192.0.2.1"]), &providers, 300), set(47, &["192.0.2.1"]));
    }
}
