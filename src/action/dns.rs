//! Record sets, read and written at the service that holds them: a DNS provider or a registrar.

use std::time::Duration;

use crate::model::{DnsProviderKind, Estate, Id, RegistrarKind, RrKey, Rrset, Sent};
use crate::service::Field;
use crate::service::dns::powerdns::{self, Api, PowerDnsError};
use crate::service::dns::{Server, UpdateError, rfc2136};

/// A service that holds record sets.
enum Holder {
    PowerDns(Api),
    Rfc2136(Server),
}

/// Reads record sets within a time.
pub async fn read(
    field: &Field,
    estate: &Estate,
    (service, zone): (&Id, &str),
    keys: &[RrKey],
    within: Duration,
) -> Result<Vec<Rrset>, String> {
    match holder(estate, service)? {
        Holder::PowerDns(api) => powerdns::read(field, &api, zone, keys, within)
            .await
            .map_err(|error| powerdns::said(&error)),
        Holder::Rfc2136(server) => rfc2136::read(field, &server, zone, keys, within)
            .await
            .map_err(|error| rfc2136::said(&error)),
    }
}

/// Counts the record sets of a zone within a time.
pub async fn size(
    field: &Field,
    estate: &Estate,
    (service, zone): (&Id, &str),
    within: Duration,
) -> Result<usize, String> {
    match holder(estate, service)? {
        Holder::PowerDns(api) => {
            powerdns::size(field, &api, zone, within).await.map_err(|error| powerdns::said(&error))
        }
        // RFC 2136 has no question for it, and a transfer is not everybody's to ask for.
        Holder::Rfc2136(_) => Err("DNS UPDATE counts no record sets".to_owned()),
    }
}

/// Writes record sets with one request.
pub async fn write(
    field: &Field,
    estate: &Estate,
    (service, zone): (&Id, &str),
    (before, after): (&[Rrset], &[Rrset]),
    key: &str,
    timeout: Duration,
) -> Sent {
    match holder(estate, service) {
        Ok(Holder::PowerDns(api)) => powerdns::write(field, &api, zone, after, key, timeout).await,
        Ok(Holder::Rfc2136(server)) => {
            rfc2136::write(field, &server, zone, (before, after), timeout).await
        }
        Err(because) => Sent::Refused(because),
    }
}

fn holder(estate: &Estate, service: &Id) -> Result<Holder, String> {
    let api = |error: PowerDnsError| powerdns::said(&error);
    let update = |error: UpdateError| rfc2136::said(&error);
    if let Some(registrar) = estate.registrar(service) {
        return match registrar.kind {
            RegistrarKind::Rfc2136 => {
                Server::of_registrar(registrar).map(Holder::Rfc2136).map_err(update)
            }
            RegistrarKind::Powerdns | RegistrarKind::Manual => {
                Api::of_registrar(registrar).map(Holder::PowerDns).map_err(api)
            }
        };
    }
    let Some(provider) = estate.provider(service) else {
        return Err(format!("the estate has no DNS service `{service}`"));
    };
    match provider.kind {
        DnsProviderKind::Rfc2136 => {
            Server::of_provider(provider).map(Holder::Rfc2136).map_err(update)
        }
        DnsProviderKind::Powerdns
        | DnsProviderKind::Cloudflare
        | DnsProviderKind::Route53
        | DnsProviderKind::Desec
        | DnsProviderKind::Unmanaged => {
            Api::of_provider(provider).map(Holder::PowerDns).map_err(api)
        }
    }
}
