//! The pin file, `lifeboat/pins/v1`: addresses of hosts, noted on a quiet day, so that a dead or lying DNS changes nothing.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Span;

/// Every pin of an estate. It lies beside the estate as [`PinFile::NAME`] and is committed and signed with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PinFile {
    /// Always `lifeboat/pins/v1`.
    #[schemars(extend("const" = "lifeboat/pins/v1"))]
    pub schema: String,
    /// The hosts, each with a port once.
    #[serde(default)]
    pub hosts: Vec<HostPin>,
}

/// What was known of one host when it was last looked up and answered with a certificate of its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HostPin {
    /// The host's name, as it stands in the URL.
    #[schemars(extend("format" = "domain"))]
    pub host: String,
    /// The TCP or UDP port.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// Its addresses, in the order in which they are tried. They count as learned: one that leads inside is
    /// refused unless `network.allow_private` names its range.
    #[schemars(length(min = 1))]
    pub addresses: Vec<IpAddr>,
    /// When they were learned (UTC).
    #[schemars(with = "String", extend("format" = "timestamp"))]
    pub learned: Timestamp,
    /// The TTL that their records had.
    pub ttl: Span,
}

impl PinFile {
    /// The file's name, in the estate's folder.
    pub const NAME: &str = "pins.yaml";

    /// What the file says that it is.
    pub const SCHEMA: &str = "lifeboat/pins/v1";

    /// Makes a file without a pin.
    pub fn empty() -> Self {
        Self { schema: Self::SCHEMA.to_owned(), hosts: Vec::new() }
    }

    /// Returns the pin of a host and port; names are the same whatever their case and last dot.
    pub fn pin(&self, host: &str, port: u16) -> Option<&HostPin> {
        self.hosts.iter().find(|pin| pin.is_of(host, port))
    }

    /// Notes a host, in place of what was noted of it, and keeps the hosts in order.
    pub fn note(&mut self, pin: HostPin) {
        self.hosts.retain(|old| !old.is_of(&pin.host, pin.port));
        self.hosts.push(pin);
        self.hosts.sort_by_cached_key(|pin| (plain_host(&pin.host), pin.port));
    }
}

impl HostPin {
    /// Tells whether the pin is of a host and port.
    pub fn is_of(&self, host: &str, port: u16) -> bool {
        self.port == port && plain_host(&self.host) == plain_host(host)
    }
}

/// Returns a host's name as pins compare it: lower case, without the last dot.
pub fn plain_host(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(host: &str, port: u16, last: u8) -> HostPin {
        let addresses = vec![IpAddr::from([192, 0, 2, last])];
        let (host, ttl) = (host.to_owned(), Span::from_secs(300));
        HostPin { host, port, addresses, learned: Timestamp::UNIX_EPOCH, ttl }
    }

    #[test]
    fn a_host_is_noted_once_for_each_port() {
        let mut file = PinFile::empty();
        for one in [pin("b.example", 443, 1), pin("A.example.", 443, 2), pin("b.example", 80, 3)] {
            file.note(one);
        }
        file.note(pin("B.EXAMPLE.", 443, 4));
        let found: Vec<_> = file.hosts.iter().map(|pin| (pin.host.as_str(), pin.port)).collect();
        assert_eq!(found, [("A.example.", 443), ("b.example", 80), ("B.EXAMPLE.", 443)]);
        assert_eq!(file.pin("b.example", 443), Some(&pin("B.EXAMPLE.", 443, 4)));
        assert_eq!(file.pin("b.example", 8443), None);
    }
}
