//! What every service declares, and what of it holds in an estate.

use std::collections::BTreeMap;

use super::{Field, channel, dns, rdap, router, seedbox, tracker};
use crate::model::{
    Declaration, DnsProviderKind, Estate, Id, RegistrarKind, SeedboxKind, Services, Terms,
};

/// The families, each with the list of its services.
pub const FAMILIES: [&[&Declaration]; 6] = [
    dns::SERVICES,
    rdap::SERVICES,
    seedbox::SERVICES,
    router::SERVICES,
    tracker::SERVICES,
    channel::SERVICES,
];

/// Returns the terms of every service of an estate that is built.
pub fn terms(estate: &Estate) -> Services {
    let mut services = Services::new();
    for it in &estate.dns_providers {
        let terms = provider(it.kind).map(|own| own.terms(it.settle, it.quota.as_ref()));
        services.extend(terms.map(|terms: Terms| (it.id.clone(), terms)));
    }
    for it in &estate.registrars {
        let terms = registrar(it.kind).map(|own| own.terms(it.settle, it.quota.as_ref()));
        services.extend(terms.map(|terms| (it.id.clone(), terms)));
    }
    for it in &estate.seedboxes {
        let terms = client(it.kind).map(|own| own.terms(it.settle, it.quota.as_ref()));
        services.extend(terms.map(|terms| (it.id.clone(), terms)));
    }
    services
}

/// Returns how many requests services said are left, of those that said so when they were asked last.
pub fn left(field: &Field, estate: &Estate) -> BTreeMap<Id, u32> {
    let providers = estate.dns_providers.iter().map(|it| (&it.id, it.api.as_deref()));
    let registrars = estate.registrars.iter().map(|it| (&it.id, it.api.as_deref()));
    let seedboxes = estate.seedboxes.iter().map(|it| (&it.id, Some(it.rpc.as_str())));
    let all = providers.chain(registrars).chain(seedboxes);
    all.filter_map(|(id, url)| Some((id.clone(), field.http.left(url?)?))).collect()
}

/// Returns what a kind of DNS provider declares; nothing for one that is only asked.
pub const fn provider(kind: DnsProviderKind) -> Option<&'static Declaration> {
    match kind {
        DnsProviderKind::Powerdns => Some(&dns::powerdns::SERVICE),
        DnsProviderKind::Rfc2136 => Some(&dns::rfc2136::SERVICE),
        DnsProviderKind::Cloudflare => Some(&dns::cloudflare_sets::SERVICE),
        DnsProviderKind::Route53 => Some(&dns::route53::SERVICE),
        DnsProviderKind::Desec => Some(&dns::desec_sets::SERVICE),
        DnsProviderKind::Unmanaged => None,
    }
}

/// Returns what a kind of registrar declares; nothing for a person, or for one that is not built.
pub const fn registrar(kind: RegistrarKind) -> Option<&'static Declaration> {
    match kind {
        RegistrarKind::Powerdns => Some(&dns::powerdns::SERVICE),
        RegistrarKind::Rfc2136 => Some(&dns::rfc2136::SERVICE),
        RegistrarKind::Manual => None,
    }
}

/// Returns what a seedbox's client declares; nothing for one that is not built.
pub const fn client(kind: SeedboxKind) -> Option<&'static Declaration> {
    match kind {
        SeedboxKind::Transmission => Some(&seedbox::SERVICE),
        SeedboxKind::Qbittorrent | SeedboxKind::Rtorrent | SeedboxKind::Deluge => None,
    }
}
