//! Notes the addresses of hosts that answered with a certificate of their name, so that a dead DNS hides none of them.

use std::net::{IpAddr, SocketAddr};

use crate::drive::{Operation, pin_file};
use crate::model::{Access, Address, DnsProviderKind, Evidence, HostPin, Observation, PinFile};
use crate::net::Deadline;
use crate::service::Resolvers;
use crate::service::dns::{cloudflare, desec, route53_api};

/// The pin file as it is now.
pub struct Pinned {
    pub file: PinFile,
    pub anew: Vec<String>,
}

/// Looks up each API that answered over TLS under a name without written addresses, and notes what it finds.
pub async fn refresh(
    operation: &Operation,
    accesses: &[Access],
    evidence: &[Evidence],
    until: Deadline,
    trouble: &mut Vec<String>,
) -> Pinned {
    let mut pinned = Pinned { file: operation.pins.clone(), anew: Vec::new() };
    // What was read from nowhere is written nowhere, and a drill's world has no file.
    if operation.field.door.is_sealed() || !operation.has_folder {
        return pinned;
    }
    let field = &operation.field;
    let resolvers = Resolvers::new(field.door.clone(), &operation.estate, &field.base);
    for (host, port, answered) in proven(operation, accesses, evidence) {
        let Some(pin) = look_up(operation, &resolvers, &host, port, answered, until).await else {
            continue;
        };
        let known = pinned.file.pin(&host, port).is_some_and(|old| old.addresses == pin.addresses);
        if !known {
            pinned.anew.push(host);
        }
        pinned.file.note(pin);
    }
    if !pinned.anew.is_empty()
        && let Err(error) = pin_file::write(&operation.field.base, &pinned.file)
    {
        trouble.push(format!("`{}` is not refreshed: {error}", PinFile::NAME));
    }
    pinned
}

/// Returns the hosts that proved their name: reached over https, by no address of the estate's own.
fn proven(
    operation: &Operation,
    accesses: &[Access],
    evidence: &[Evidence],
) -> Vec<(String, u16, SocketAddr)> {
    let services = accesses.iter().filter_map(|access| {
        let (url, addresses) = endpoint(operation, access)?;
        Some((url, addresses, access.from?))
    });
    let registries = evidence.iter().filter_map(|evidence| registry(operation, evidence));
    let mut all: Vec<(String, u16, SocketAddr)> = Vec::new();
    for (url, addresses, from) in services.chain(registries) {
        let Some(rest) = url.strip_prefix("https://") else { continue };
        let authority = rest.split('/').next().unwrap_or(rest);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(443)),
            None => (authority, 443),
        };
        let named = host.parse::<IpAddr>().is_err() && !host.starts_with('[');
        let host = host.to_ascii_lowercase();
        let known = all.iter().any(|(other, at, _)| *other == host && *at == port);
        if named && addresses.is_empty() && !known {
            all.push((host, port, from));
        }
    }
    all
}

/// Returns the URL that a registry answered at, the addresses that the estate writes for it, and who answered.
fn registry<'a>(
    operation: &'a Operation,
    evidence: &Evidence,
) -> Option<(String, &'a [Address], SocketAddr)> {
    let Observation::Registry(asked) = &evidence.observation else { return None };
    let rdap = operation.estate.registrar(&asked.registrar)?.rdap.as_ref()?;
    Some((rdap.url.clone(), &rdap.addresses, asked.endpoint?))
}

/// Returns the URL that a service was asked at, and the addresses that the estate writes for it.
fn endpoint<'a>(operation: &'a Operation, access: &Access) -> Option<(String, &'a [Address])> {
    let estate = &operation.estate;
    if let Some(it) = estate.provider(&access.service) {
        let url = match it.kind {
            DnsProviderKind::Cloudflare => cloudflare::base(it),
            DnsProviderKind::Desec => desec::base(it),
            DnsProviderKind::Route53 => route53_api::base(it),
            DnsProviderKind::Powerdns | DnsProviderKind::Rfc2136 | DnsProviderKind::Unmanaged => {
                it.api.clone()?
            }
        };
        return Some((url, &it.addresses));
    }
    let registrar = estate.registrar(&access.service)?;
    Some((registrar.api.clone()?, &registrar.addresses))
}

/// Asks the resolvers for a host's addresses; they count only when the one that proved the name is among them.
async fn look_up(
    operation: &Operation,
    resolvers: &Resolvers,
    host: &str,
    port: u16,
    answered: SocketAddr,
    until: Deadline,
) -> Option<HostPin> {
    let (addresses, ttl) = resolvers.addresses_for_a_while(host, until).await?;
    addresses.contains(&answered.ip()).then(|| HostPin {
        host: host.to_owned(),
        port,
        addresses,
        learned: operation.field.clock.now(),
        ttl,
    })
}
