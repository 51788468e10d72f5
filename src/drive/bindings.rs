//! Where each credential of an estate goes, and which files it names beside itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::model::{Address, Estate, SecretRef, Tsig};
use crate::net;

/// Says where a credential lies, never what it is.
pub(super) fn place(credential: &SecretRef) -> String {
    match credential {
        SecretRef::Env(name) => format!("the variable `{name}`"),
        SecretRef::File(path) => format!("the file `{path}`"),
        SecretRef::Command(argv) => {
            let words = argv.arguments().join(" ");
            format!("the output of `{} {words}`", argv.program())
        }
    }
}

/// Returns the origins that each credential goes to: scheme, host and port, or a DNS server's address.
pub(super) fn of(estate: &Estate) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut bind = |credential: &Option<SecretRef>, origin: String| {
        if let Some(credential) = credential {
            found.entry(place(credential)).or_default().insert(origin);
        }
    };
    for it in &estate.registrars {
        bind(&it.credential, origin(it.api.as_deref(), it.id.as_str()));
        bind(&secret(&it.tsig), server(it.server.as_ref()));
    }
    for it in &estate.dns_providers {
        bind(&it.credential, origin(it.api.as_deref(), &format!("{:?}", it.kind).to_lowercase()));
        bind(&secret(&it.tsig), server(it.server.as_ref()));
    }
    for it in &estate.seedboxes {
        bind(&it.credential, origin(Some(&it.rpc), it.id.as_str()));
    }
    for it in &estate.status_channels {
        bind(&it.credential, origin(it.url.as_deref(), it.id.as_str()));
    }
    found
}

fn secret(tsig: &Option<Tsig>) -> Option<SecretRef> {
    tsig.as_ref().map(|tsig| tsig.secret.clone())
}

/// Names the origin of a URL; a service without one is reached at its own well-known place.
fn origin(url: Option<&str>, otherwise: &str) -> String {
    match url {
        Some(url) => net::origin_of(url).unwrap_or_else(|| url.to_owned()),
        None => format!("the API of {otherwise}"),
    }
}

fn server(address: Option<&Address>) -> String {
    address.map_or_else(|| "no server".to_owned(), |address| format!("dns://{address}"))
}

/// Returns the files that an estate names, and whether each decides whom a credential is shown to.
pub(super) fn files(estate: &Estate) -> BTreeMap<String, bool> {
    let mut found = BTreeMap::new();
    let authorities = estate.registrars.iter().map(|it| &it.ca);
    let authorities = authorities
        .chain(estate.dns_providers.iter().map(|it| &it.ca))
        .chain(estate.seedboxes.iter().map(|it| &it.ca))
        .chain(estate.trackers.iter().map(|it| &it.ca));
    found.extend(authorities.flatten().map(|it| (it.file.clone(), true)));
    let table = estate.as_table.as_ref().map(|it| &it.file);
    let baseline = estate.baselines.as_ref().map(|it| &it.file);
    let calendar = estate.maintenance.as_ref().map(|it| &it.calendar);
    // No resolver is ever shown a credential.
    let resolvers = estate.resolvers.iter().map(|it| it.ca.as_ref().map(|ca| &ca.file));
    for file in [table, baseline, calendar].into_iter().chain(resolvers).flatten() {
        found.entry(file.clone()).or_insert(false);
    }
    // What lies outside of the repository is the machine's own, not the commit's.
    found.retain(|file, _| !Path::new(file).is_absolute());
    found
}
