//! What is sent to another vantage: the command line, and the estate without anything that is only ours.

use std::time::Duration;

use serde_json::Value;

use crate::model::{Argv, ArgvError, DnsProviderKind, Estate, RegistrarKind, Span};

/// Returns the command that probes there within a time.
pub fn command(argv: &Argv, within: Duration) -> Result<Argv, ArgvError> {
    let within = Span::from_millis(u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
    let probe = argv.clone().words(&["probe", "--json", "--estate", "-", "--deadline"]);
    probe.operand(&within.to_string())
}

/// Returns the estate as another vantage knows it. The places of secrets, people, and files and sockets
/// of this machine stay here, and the other place has no further vantages.
pub fn known_there(estate: &Estate) -> Estate {
    Estate {
        contacts: Vec::new(),
        approvals: Default::default(),
        vantages: Vec::new(),
        as_table: None,
        routers: Vec::new(),
        collectors: Vec::new(),
        identities: Vec::new(),
        status_channels: Vec::new(),
        maintenance: None,
        incidents: Default::default(),
        baselines: None,
        ..without_secrets(estate.clone())
    }
}

/// Returns the estate as that command reads it.
pub fn estate(estate: &Estate) -> Vec<u8> {
    let sent = known_there(estate);
    // A tree of strings, numbers and lists of this program's own making can always be written.
    let mut value = serde_json::to_value(sent).unwrap_or_default();
    prune(&mut value);
    value.to_string().into_bytes()
}

/// Takes out every place of a secret. A service that is only asked needs no API, so none is named there.
fn without_secrets(mut estate: Estate) -> Estate {
    for registrar in &mut estate.registrars {
        registrar.kind = RegistrarKind::Manual;
        registrar.login_needs.clear();
        // A registry says the same everywhere, and counts who asks.
        registrar.rdap = None;
        registrar.addresses.clear();
        (registrar.api, registrar.server) = (None, None);
        (registrar.credential, registrar.tsig, registrar.ca) = (None, None, None);
    }
    for provider in &mut estate.dns_providers {
        provider.kind = DnsProviderKind::Unmanaged;
        provider.addresses.clear();
        (provider.api, provider.server, provider.zone_id) = (None, None, None);
        (provider.credential, provider.tsig, provider.ca) = (None, None, None);
    }
    for seedbox in &mut estate.seedboxes {
        (seedbox.credential, seedbox.ca) = (None, None);
    }
    for tracker in &mut estate.trackers {
        tracker.ca = None;
    }
    for resolver in estate.resolvers.iter_mut().filter(|resolver| resolver.ca.is_some()) {
        // Its certificate can be judged only here.
        resolver.transports.retain(|transport| transport.is_plain());
        resolver.ca = None;
    }
    for upstream in &mut estate.upstreams {
        (upstream.noc, upstream.circuit) = (None, None);
    }
    for zone in &mut estate.zones {
        (zone.managed_by, zone.hide_origin) = (None, Vec::new());
    }
    estate
}

/// Leaves out what is not set, as a person would.
fn prune(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.retain(|_, value| !value.is_null());
        fields.values_mut().for_each(prune);
    } else if let Value::Array(items) = value {
        items.iter_mut().for_each(prune);
    }
}
