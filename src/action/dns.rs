//! Record sets, read and written at the service that holds them: a DNS provider or a registrar.

use std::time::Duration;

use crate::model::{
    DnsProvider, DnsProviderKind, Estate, Id, RegistrarKind, RrKey, Rrset, Sent, fully_qualified,
};
use crate::service::Field;
use crate::service::dns::cloudflare_sets::{self, Account};
use crate::service::dns::powerdns::{self, Api, PowerDnsError};
use crate::service::dns::{Server, UpdateError, copied_size, desec_sets, rfc2136, route53};

/// A service that holds record sets.
enum Holder<'a> {
    PowerDns(Api),
    Rfc2136(Server),
    Cloudflare(Account<'a>),
    Route53(&'a DnsProvider),
    Desec(&'a DnsProvider),
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
        Holder::Cloudflare(account) => cloudflare_sets::read(field, account, zone, keys, within)
            .await
            .map_err(|error| error.sentence()),
        Holder::Route53(provider) => route53::read(field, provider, zone, keys, within)
            .await
            .map_err(|error| error.sentence()),
        Holder::Desec(provider) => desec_sets::read(field, provider, zone, keys, within)
            .await
            .map_err(|error| error.sentence()),
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
        Holder::Cloudflare(_) | Holder::Route53(_) | Holder::Desec(_) => {
            counted(field, estate, (service, zone), within).await
        }
    }
}

/// Counts the record sets of a copy, at a service that says no number.
async fn counted(
    field: &Field,
    estate: &Estate,
    (service, zone): (&Id, &str),
    within: Duration,
) -> Result<usize, String> {
    let declared = estate.zones.iter().find(|it| it.full_name("@") == fully_qualified(zone));
    let (Some(provider), Some(declared)) = (estate.provider(service), declared) else {
        return Err(format!("the estate has no zone `{zone}` at `{service}`"));
    };
    copied_size(field, provider, declared, within).await.map_err(|error| error.to_string())
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
        Ok(Holder::PowerDns(api)) => {
            powerdns::write(field, &api, zone, (before, after), key, timeout).await
        }
        Ok(Holder::Rfc2136(server)) => {
            rfc2136::write(field, &server, zone, (before, after), timeout).await
        }
        Ok(Holder::Cloudflare(account)) => {
            cloudflare_sets::write(field, account, zone, (before, after), timeout).await
        }
        Ok(Holder::Route53(provider)) => {
            route53::write(field, provider, zone, (before, after), timeout).await
        }
        Ok(Holder::Desec(provider)) => {
            desec_sets::write(field, provider, zone, (before, after), timeout).await
        }
        Err(because) => Sent::Refused(because),
    }
}

fn api(error: PowerDnsError) -> String {
    powerdns::said(&error)
}

fn update(error: UpdateError) -> String {
    rfc2136::said(&error)
}

fn holder<'a>(estate: &'a Estate, service: &Id) -> Result<Holder<'a>, String> {
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
    match estate.provider(service) {
        Some(provider) => of_provider(provider),
        None => Err(format!("the estate has no DNS service `{service}`")),
    }
}

fn of_provider(provider: &DnsProvider) -> Result<Holder<'_>, String> {
    match provider.kind {
        DnsProviderKind::Rfc2136 => {
            Server::of_provider(provider).map(Holder::Rfc2136).map_err(update)
        }
        DnsProviderKind::Cloudflare => {
            Account::of(provider).map(Holder::Cloudflare).map_err(|error| error.sentence())
        }
        DnsProviderKind::Route53 => Ok(Holder::Route53(provider)),
        DnsProviderKind::Desec => Ok(Holder::Desec(provider)),
        DnsProviderKind::Powerdns | DnsProviderKind::Unmanaged => {
            Api::of_provider(provider).map(Holder::PowerDns).map_err(api)
        }
    }
}
