//! How a DNS question is put, besides whom it goes to and what it asks for.

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a DNS question is put. What evidence from before it was kept leaves out was asked the usual way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DnsManner {
    /// The largest datagram taken, in bytes (RFC 6891 §6.2.3); none: without EDNS.
    pub payload: Option<u16>,
    /// DNSSEC records are wanted (RFC 3225).
    #[serde(default)]
    pub dnssec: bool,
    /// Checking is disabled (RFC 4035 §3.2.2).
    #[serde(default)]
    pub checking_disabled: bool,
    /// A name that nobody asked for before, so that no cache can answer it.
    #[serde(default)]
    pub fresh: bool,
    /// A resolver is asked for what it holds alone, and asks nobody (RD=0, RFC 1035 §4.1.1).
    #[serde(default)]
    pub from_cache: bool,
    /// The network that it is asked for (RFC 7871).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_subnet: Option<IpNet>,
}

impl DnsManner {
    /// The payload that passes everywhere without fragments, in bytes.
    pub const PAYLOAD: u16 = 1232;

    /// Tells whether it is how resolvers ask, for a name that users ask for.
    pub fn is_usual(&self) -> bool {
        self.payload == Some(Self::PAYLOAD)
            && !self.checking_disabled
            && !self.fresh
            && !self.from_cache
    }
}

impl Default for DnsManner {
    fn default() -> Self {
        Self {
            payload: Some(Self::PAYLOAD),
            dnssec: false,
            checking_disabled: false,
            fresh: false,
            from_cache: false,
            client_subnet: None,
        }
    }
}
