//! Addresses and shares as documents write them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// An IP address that may carry a port: `192.0.2.1`, `192.0.2.1:5301`, `[2001:db8::1]:53`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("format" = "address"))]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The port, where one was written.
    pub port: Option<u16>,
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no IP address; write for example `192.0.2.1`, `192.0.2.1:53` or `\"[2001:db8::1]:53\"`"
)]
pub struct AddressError(String);

impl Address {
    /// Returns the address with its own port or the given default.
    pub fn or_port(self, default: u16) -> SocketAddr {
        SocketAddr::new(self.ip, self.port.unwrap_or(default))
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Ok(ip) = text.parse() {
            return Ok(Self { ip, port: None });
        }
        let with_port = text.parse::<SocketAddr>().map_err(|_| AddressError(text.to_owned()))?;
        Ok(Self { ip: with_port.ip(), port: Some(with_port.port()) })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.ip, port).fmt(f),
            None => self.ip.fmt(f),
        }
    }
}

/// A part of a whole, written in percent: `12 %`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, JsonSchema)]
#[schemars(with = "String", extend("format" = "percent"))]
pub struct Percent(pub f64);

/// A text that is no share.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no share; write for example `12 %`")]
pub struct PercentError(String);

impl FromStr for Percent {
    type Err = PercentError;

    fn from_str(text: &str) -> Result<Self, PercentError> {
        let number = text.trim().strip_suffix('%').and_then(|n| n.trim().parse::<f64>().ok());
        number
            .filter(|n| n.is_finite() && (0.0..=100.0).contains(n))
            .map(Self)
            .ok_or_else(|| PercentError(text.to_owned()))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.0)
    }
}

/// Gives a type with `FromStr` and `Display` its textual serde form.
macro_rules! serde_as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
serde_as_text!(Address, Percent);
