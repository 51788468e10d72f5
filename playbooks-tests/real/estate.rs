//! Estates for labs: a document that trials put together, change and write as YAML.

use super::knot::Knot;
use super::lab::Lab;
use super::opentracker::Opentracker;
use super::powerdns::PowerDns;
use super::torrent::InfoHash;
use super::transmission::Transmission;
use serde_json::{Value, json};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// An estate as data, in the order of an operator's file.
#[derive(Clone)]
pub struct Estate(pub Value);

impl Estate {
    /// Begins an estate on loopback, with terminal approvals, any commit trusted, and messages as files.
    pub fn new(id: &str) -> Estate {
        let terminal = json!({"people": 1, "by": "terminal"});
        Estate(json!({
            "schema": "lifeboat/estate/v1",
            "id": id,
            "approvals": {"delegation": terminal, "records": terminal, "trackers": terminal},
            "network": {"allow_private": ["127.0.0.0/8", "::1/128", "198.18.0.0/15"]},
            "probing": {"target_budget": "2s", "tries": 5},
            "trust": {"commits": "any"},
            "status_channels": [
                {"id": "customers", "kind": "file", "directory": "messages/", "audience": "customers", "languages": ["en"]},
                {"id": "team", "kind": "file", "directory": "messages-team/", "audience": "team", "languages": ["en"]},
            ],
            "incidents": {"directory": "incidents"},
        }))
    }

    /// Adds an item to a section, which is made when it is not there.
    pub fn add(&mut self, section: &str, item: Value) -> &mut Estate {
        match &mut self.0[section] {
            Value::Array(items) => items.push(item),
            empty => *empty = json!([item]),
        }
        self
    }

    /// Returns one item of a section by its id, to change it.
    pub fn item(&mut self, section: &str, id: &str) -> &mut Value {
        let items = self.0[section].as_array_mut().unwrap();
        items.iter_mut().find(|item| item["id"] == id).unwrap()
    }

    /// Writes the estate as `lifeboat.yaml` of the lab's folder, where calls look for it.
    pub fn write(&self, lab: &Lab) -> PathBuf {
        lab.write("lifeboat.yaml", self.yaml())
    }

    /// Returns the document as YAML.
    pub fn yaml(&self) -> String {
        let mut text = String::new();
        block(&self.0, 0, &mut text);
        text
    }
}

/// Writes a secret into a file that only its owner reads, and returns the reference to it.
pub fn secret(lab: &Lab, name: &str, value: &str) -> Value {
    let path = lab.write(&format!("private/{name}"), value);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    json!({"file": format!("private/{name}")})
}

/// A registrar whose parent zone lies at a PowerDNS.
pub fn registrar(lab: &Lab, id: &str, zone: &str, parent: &PowerDns) -> Value {
    let name = format!("ns.nic.{zone}");
    json!({"id": id, "kind": "powerdns", "company": format!("company-of-{id}"), "parent_zone": zone, "api": parent.base(),
           "credential": secret(lab, id, &parent.key), "settle": "3s",
           "nameservers": [{"name": name, "addresses": [parent.address.to_string()]}]})
}

/// A DNS provider that is a PowerDNS with its API.
pub fn powerdns_provider(lab: &Lab, id: &str, name: &str, server: &PowerDns) -> Value {
    json!({"id": id, "kind": "powerdns", "company": format!("company-of-{id}"), "api": server.base(),
           "addresses": [server.api.ip().to_string()], "credential": secret(lab, id, &server.key), "settle": "3s",
           "nameservers": [{"name": name, "addresses": [server.address.to_string()]}]})
}

/// A DNS provider that is only asked, never written.
pub fn unmanaged_provider(id: &str, name: &str, server: &Knot) -> Value {
    json!({"id": id, "kind": "unmanaged", "company": format!("company-of-{id}"),
           "nameservers": [{"name": name, "addresses": [server.address.to_string()]}]})
}

/// A resolver by its address.
pub fn resolver(id: &str, address: SocketAddr) -> Value {
    json!({"id": id, "address": address.to_string(), "transports": ["udp", "tcp"]})
}

/// A control target: a name server of nobody we know.
pub fn dns_control(id: &str, address: SocketAddr, name: &str) -> Value {
    json!({"id": id, "kind": "dns", "address": address.to_string(), "name": name, "type": "SOA"})
}

/// A tracker with its UDP and HTTP addresses.
pub fn tracker(id: &str, swarm: &str, tracker: &Opentracker, standby: bool) -> Value {
    json!({"id": id, "tier": u8::from(standby), "standby": standby, "region": "eu", "swarm": swarm,
           "addresses": [tracker.address.ip().to_string()], "urls": [tracker.udp(), tracker.http()]})
}

/// A swarm that probes may ask for.
pub fn swarm(id: &str, torrent: InfoHash) -> Value {
    json!({"id": id, "info_hash": torrent.to_string()})
}

/// A seedbox with transmission.
pub fn seedbox(id: &str, box_: &Transmission) -> Value {
    json!({"id": id, "kind": "transmission", "region": "eu", "rpc": box_.base()})
}

/// Writes a mapping or a sequence in block style; strings are quoted as JSON does.
fn block(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            text.push_str(&format!("{indent}{key}:"));
            inside(value, depth + 1, text);
        }),
        Value::Array(items) => items.iter().for_each(|value| {
            text.push_str(&format!("{indent}-"));
            inside(value, depth + 1, text);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&format!("{indent}{value}\n"))
        }
    }
}

fn inside(value: &Value, depth: usize, text: &mut String) {
    let filled = value.as_object().is_some_and(|map| !map.is_empty())
        || value.as_array().is_some_and(|items| !items.is_empty());
    if filled {
        text.push('\n');
        block(value, depth, text);
    } else {
        text.push_str(&format!(" {value}\n"));
    }
}
