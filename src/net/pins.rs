//! Addresses noted for hosts, so that a dead or lying DNS changes nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::model::{HostPin, PinFile, plain_host};

/// The pins that a door asks before any resolver is asked. What they say was learned once, so that it is
/// admitted as learned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<(String, u16), Vec<IpAddr>>);

impl Pins {
    /// Makes no pins.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the addresses of a host and port; empty where none was noted.
    pub fn of(&self, host: &str, port: u16) -> &[IpAddr] {
        self.0.get(&(plain_host(host), port)).map_or(&[], Vec::as_slice)
    }
}

impl From<&PinFile> for Pins {
    fn from(file: &PinFile) -> Self {
        let pin = |pin: &HostPin| ((plain_host(&pin.host), pin.port), pin.addresses.clone());
        Self(file.hosts.iter().map(pin).collect())
    }
}
