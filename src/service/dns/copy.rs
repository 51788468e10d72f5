//! A whole copy of a zone, from whichever kind of provider holds it.
//!
//! A copy is whole or none at all: what is cut, empty or unsigned is an error, never a smaller zone.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::hosted::HostedError;
use super::powerdns::{self, PowerDnsError};
use super::whole::{Own, Whole};
use super::{Server, UpdateError, cloudflare_copy, desec_copy, rfc2136, route53_copy};
use crate::model::{DnsProvider, DnsProviderKind, Id, Zone, ZoneCopy};
use crate::net::Deadline;
use crate::service::Field;
use crate::service::json_api::ApiError;
use crate::wire::dns::CopyFault;

/// How a kind of provider gives a whole copy of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// By a transfer, signed with the key that updates it.
    Transfer,
    /// Through its API, which shows everything that it serves.
    Whole,
    /// Through its API, which leaves something out.
    Without(&'static str),
    /// Not at all: why.
    None(&'static str),
}

/// Says how a kind of provider gives a whole copy.
pub const fn ability(kind: DnsProviderKind) -> Ability {
    match kind {
        DnsProviderKind::Rfc2136 => Ability::Transfer,
        DnsProviderKind::Powerdns | DnsProviderKind::Route53 => Ability::Whole,
        DnsProviderKind::Cloudflare => Ability::Without(
            "the SOA and the name servers at the top of the zone are Cloudflare's own",
        ),
        DnsProviderKind::Desec => Ability::Without("the SOA is deSEC's own"),
        DnsProviderKind::Unmanaged => {
            Ability::None("its servers are only asked: no key and no API would give a copy")
        }
    }
}

/// Why there is no copy.
#[derive(Debug, Error)]
pub enum CopyError {
    /// Such a provider gives none.
    #[error("`{service}` gives no copy: {because}")]
    None {
        /// The provider.
        service: Id,
        /// Why.
        because: &'static str,
    },
    /// A transfer failed.
    #[error("{0}")]
    Transfer(#[from] UpdateError),
    /// PowerDNS did not give it.
    #[error("{0}")]
    PowerDns(#[from] PowerDnsError),
    /// A service that hosts zones did not give it.
    #[error("{0}")]
    Hosted(#[from] HostedError),
    /// Another API was not reached.
    #[error("`{service}`: {source}")]
    Api {
        /// The provider.
        service: Id,
        /// Why.
        source: ApiError,
    },
    /// Another API did not give it.
    #[error("`{service}` gives no whole copy: {because}")]
    Refused {
        /// The provider.
        service: Id,
        /// Why.
        because: String,
    },
    /// What came is no copy of the zone.
    #[error("what `{service}` gives is no copy of the zone: {fault}")]
    NotWhole {
        /// The provider.
        service: Id,
        /// Why.
        fault: CopyFault,
    },
    /// It took too long.
    #[error("`{service}` had not given the whole zone when its time was over")]
    Late {
        /// The provider.
        service: Id,
    },
}

impl CopyError {
    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Transfer(UpdateError::Said { .. }) => Some(
                "let the key transfer the zone (knot: `action: [update, transfer]`, BIND: `allow-transfer`, PowerDNS: `TSIG-ALLOW-AXFR`)"
                    .to_owned(),
            ),
            Self::Transfer(error) => error.hint(),
            Self::PowerDns(error) => error.hint(),
            Self::Hosted(error) => error.hint(),
            Self::Late { .. } => Some("give it more time with `--deadline`".to_owned()),
            Self::None { .. } | Self::Api { .. } | Self::Refused { .. } | Self::NotWhole { .. } => None,
        }
    }

    /// Tells whether a copy can never be had from such a provider.
    pub const fn is_never(&self) -> bool {
        matches!(self, Self::None { .. })
    }
}

/// Copies a zone from a provider until a deadline.
///
/// # Errors
/// Every [`CopyError`].
pub async fn copy(
    field: &Field,
    provider: &DnsProvider,
    zone: &Zone,
    until: Deadline,
) -> Result<ZoneCopy, CopyError> {
    let whole = whole(field, provider, zone, until.left()).await?;
    Ok(Arc::unwrap_or_clone(whole.copy))
}

/// Reads a zone from a provider within a time: a copy of it, and beside it what the provider keeps more.
///
/// # Errors
/// Every [`CopyError`].
pub async fn whole(
    field: &Field,
    provider: &DnsProvider,
    zone: &Zone,
    within: Duration,
) -> Result<Whole, CopyError> {
    let until = Deadline::after(within);
    let late = || CopyError::Late { service: provider.id.clone() };
    until.run(of_kind(field, provider, zone, until)).await.ok_or_else(late)?
}

/// Counts the record sets of a whole copy, within a time.
///
/// # Errors
/// Every [`CopyError`].
pub async fn copied_size(
    field: &Field,
    provider: &DnsProvider,
    zone: &Zone,
    within: Duration,
) -> Result<usize, CopyError> {
    copy(field, provider, zone, Deadline::after(within)).await.map(|copy| copy.sets.len())
}

async fn of_kind(
    field: &Field,
    provider: &DnsProvider,
    zone: &Zone,
    until: Deadline,
) -> Result<Whole, CopyError> {
    let service = || provider.id.clone();
    let none = |because| CopyError::None { service: service(), because };
    let (copied, own) = match (provider.kind, ability(provider.kind), &provider.credential) {
        (_, Ability::None(because), _) => return Err(none(because)),
        (DnsProviderKind::Rfc2136, ..) => {
            let server = Server::of_provider(provider)?;
            (rfc2136::copy(field, &server, &zone.name, until.left()).await?, Own::Nothing)
        }
        (DnsProviderKind::Powerdns, ..) => {
            let api = powerdns::Api::of_provider(provider)?;
            let copied = powerdns::copy(field, &api, &zone.name, until.left()).await?;
            (copied.copy, Own::PowerDns(copied.own))
        }
        (DnsProviderKind::Cloudflare, _, Some(credential)) => {
            let name = zone.name.as_str();
            let (records, copied) =
                cloudflare_copy::copy(field, provider, credential, name, until).await?;
            (copied, Own::Cloudflare(name.to_owned(), records))
        }
        (DnsProviderKind::Desec, _, Some(credential)) => {
            let copied = desec_copy::copy(field, provider, credential, &zone.name, until).await?;
            (copied, Own::Nothing)
        }
        (DnsProviderKind::Cloudflare | DnsProviderKind::Desec, _, None) => {
            return Err(none("the estate names no credential"));
        }
        (DnsProviderKind::Route53, ..) => {
            let (sets, copied) = route53_copy::copy(field, provider, &zone.name, until).await?;
            (copied, Own::Route53(sets))
        }
        (DnsProviderKind::Unmanaged, ..) => return Err(none("such a provider gives none")),
    };
    let copy = copied.map_err(|fault| CopyError::NotWhole { service: service(), fault })?;
    Ok(Whole { copy: Arc::new(copy), own })
}
