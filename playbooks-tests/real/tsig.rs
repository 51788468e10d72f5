//! Keys that sign DNS messages.

use super::estate;
use super::lab::Lab;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// A key: its name, its algorithm, and its secret in base 64.
#[derive(Clone)]
pub struct TsigKey {
    pub name: String,
    pub algorithm: &'static str,
    pub secret: String,
}

impl TsigKey {
    /// Makes a key for `hmac-sha256`.
    pub fn new(name: &str) -> TsigKey {
        let secret = "bGlmZWJvYXQtbGFiLWtleS1mb3ItaG1hYy1zaGEyNTY=".to_owned();
        TsigKey { name: name.to_owned(), algorithm: "hmac-sha256", secret }
    }

    /// Returns it as `dig` and `nsupdate` take it.
    pub fn words(&self) -> String {
        format!("{}:{}:{}", self.algorithm, self.name, self.secret)
    }

    /// Returns it as an estate says it; the secret lies in a file of the lab.
    pub fn tsig(&self, lab: &Lab) -> Value {
        let secret = estate::secret(lab, &format!("tsig-{}", self.name), &self.secret);
        json!({"name": self.name, "algorithm": self.algorithm, "secret": secret})
    }

    /// Returns a registrar that is written with it.
    pub fn registrar(&self, lab: &Lab, id: &str, zone: &str, server: SocketAddr) -> Value {
        let name = format!("ns.nic.{zone}");
        json!({"id": id, "kind": "rfc2136", "company": format!("company-of-{id}"), "parent_zone": zone,
               "server": server.to_string(), "tsig": self.tsig(lab), "settle": "3s",
               "nameservers": [{"name": name, "addresses": [server.to_string()]}]})
    }

    /// Returns a DNS provider that is written with it.
    pub fn provider(&self, lab: &Lab, id: &str, name: &str, server: SocketAddr) -> Value {
        json!({"id": id, "kind": "rfc2136", "company": format!("company-of-{id}"),
               "server": server.to_string(), "tsig": self.tsig(lab), "settle": "3s",
               "nameservers": [{"name": name, "addresses": [server.to_string()]}]})
    }
}
