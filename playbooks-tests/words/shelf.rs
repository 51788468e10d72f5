//! The shipped templates, as files of the tree, and the example estate's vendors.

use std::collections::BTreeMap;
use std::path::Path;

use lifeboat::view::VendorWords;
use lifeboat::words::Library;

/// Compiles every shipped template.
pub fn library() -> Library {
    Library::new(sources()).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads every shipped template.
pub fn sources() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")), "", &mut sources);
    sources
}

fn collect(folder: &Path, prefix: &str, sources: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), sources);
        } else if name.ends_with(".md") {
            sources.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Words that name vendors, companies and networks in the estate of the stories.
pub fn vendors() -> VendorWords {
    let estate = serde_json::json!({
        "schema": "lifeboat/estate/v1",
        "id": "openseeds-prod",
        "registrars": [{ "id": "reg-north", "kind": "manual", "company": "Northern Names" }],
        "dns_providers": [
            { "id": "cloudflare-main", "kind": "cloudflare", "company": "Cloudflare",
              "nameservers": [{ "name": "ada.ns.cf.example", "addresses": ["198.51.100.6"] }] },
            { "id": "desec-standby", "kind": "desec", "company": "deSEC",
              "nameservers": [{ "name": "ns1.standby.example", "addresses": ["203.0.113.70"] }] },
        ],
        "upstreams": [{ "id": "u-hoster", "asn": 64500, "circuit": "FSN-4711" }],
        "carriers": [{ "id": "verizon", "asn": 701, "name": "Verizon" }],
        "resolvers": [{ "id": "res-a", "address": "198.51.100.53" }],
        "status_channels": [{ "id": "status-page", "kind": "cstate", "company": "Pagehost" }],
    });
    let estate = serde_json::from_value(estate).unwrap();
    VendorWords::of(&estate)
}

/// Every word of them, for looking through texts.
pub const VENDORS: &[&str] = &[
    "reg-north",
    "northern names",
    "cloudflare",
    "ada.ns.cf.example",
    "desec",
    "ns1.standby.example",
    "u-hoster",
    "fsn-4711",
    "verizon",
    "res-a",
    "pagehost",
];
