//! Cloudflare's record sets, read and written through its API (version 4): one batch for one change.
//!
//! **Read**: the zone, and each record set page by page, with what lies beside its records; of many sets the whole listing.
//! **Write**: a fresh look, which finds the records' ids and refuses a drifted state; then one batch, which is one
//! transaction there. No request carries the state before, so what comes between look and batch is not seen: the
//! engine's own looks before and after it are what counts. Propagation to the name servers is not atomic.
//! **Cannot**: the SOA, comments of a whole set, disabled records, several times to live in one set; name servers and
//! keys of others at the top of the zone unless its settings heed them.

use std::time::Duration;

use super::cloudflare_json::{self as json, Held};
use super::cloudflare_zone::CloudflareZone;
use super::hosted::{HostedError, drifted};
use crate::model::{
    Bulk, Declaration, DnsProvider, FEW, RequestKind, RrKey, Rrset, SecretRef, Sent, Span,
};
use crate::net::Deadline;
use crate::service::Field;
use crate::service::json_api::encoded;

/// What Cloudflare is held to.
pub const SERVICE: Declaration = Declaration {
    name: "cloudflare",
    settle: Span::from_secs(120),
    settle_because: "its front gives up on what stands behind it after 120 s (error 524), and a batch is one \
                     transaction: what is not done by then is not done",
    conditional: false,
    // 1,200 requests in five minutes for each user: https://developers.cloudflare.com/fundamentals/api/reference/limits/
    quota: Some((1_200, Span::from_secs(300))),
    not_now: &[429],
    requests: &[
        RequestKind::read("GET /zones"),
        RequestKind::read("GET /zones/{zone}/dns_records"),
        RequestKind::read("GET /zones/{zone}/dns_settings"),
        RequestKind::read("GET /zones/{zone}/dnssec"),
        // Posts of records that are there are refused, and so are edits of ids that are gone.
        RequestKind::ensure("POST /zones/{zone}/dns_records/batch"),
    ],
    // The zone, and a page for each of up to nine record sets; a set of more than 500 records has more pages.
    read: 10,
    // The same look, two of the zone's settings, and the batch.
    write: 13,
    // 200 edits in a batch on a free plan: https://developers.cloudflare.com/dns/manage-dns-records/how-to/batch-record-changes/
    bulk: Bulk { page: Some(500), sets: 200, records: 200, bytes: 500_000 },
};

/// An account at Cloudflare, as the estate describes it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    provider: &'a DnsProvider,
    credential: &'a SecretRef,
}

impl<'a> Account<'a> {
    /// Takes the account of a DNS provider.
    ///
    /// # Errors
    /// [`HostedError::NotUsable`] without `credential`.
    pub fn of(provider: &'a DnsProvider) -> Result<Self, HostedError> {
        let because = "it has no `credential`";
        let missing = || HostedError::NotUsable { service: provider.id.clone(), because };
        Ok(Self { provider, credential: provider.credential.as_ref().ok_or_else(missing)? })
    }

    fn incomplete(self, because: String) -> HostedError {
        HostedError::Incomplete { service: self.provider.id.clone(), because }
    }

    /// Reads the records of some sets, in the order of `keys`.
    async fn held(
        self,
        zone: &CloudflareZone<'_>,
        name: &str,
        keys: &[RrKey],
    ) -> Result<Vec<Vec<Held>>, HostedError> {
        let mut records = Vec::new();
        if keys.len() > FEW {
            records = zone.records("").await?;
        } else {
            for key in keys {
                let plain = key.name.trim_end_matches('.');
                let chosen = format!("name.exact={}&type={}&", encoded(plain), encoded(&key.kind));
                records.extend(zone.records(&chosen).await?);
            }
        }
        json::held(name, keys, &records).map_err(|because| self.incomplete(because))
    }

    fn sets(self, keys: &[RrKey], held: &[Vec<Held>]) -> Result<Vec<Rrset>, HostedError> {
        let sets = keys.iter().zip(held).map(|(key, held)| json::set(key, held));
        sets.collect::<Result<_, _>>().map_err(|because| self.incomplete(because))
    }
}

/// Reads record sets of a zone within a time, in the order of `keys`; one that does not exist has no records.
///
/// # Errors
/// Every [`HostedError`] of a look.
pub async fn read(
    field: &Field,
    account: Account<'_>,
    zone: &str,
    keys: &[RrKey],
    within: Duration,
) -> Result<Vec<Rrset>, HostedError> {
    let until = Deadline::after(within);
    let (provider, credential) = (account.provider, account.credential);
    let open = CloudflareZone::open(field, provider, credential, zone, until).await?;
    let held = account.held(&open, zone, keys).await?;
    account.sets(keys, &held)
}

/// Puts record sets in place with one batch, if a look just before finds them as they were; one without records is
/// deleted. What is in place already is not sent.
pub async fn write(
    field: &Field,
    account: Account<'_>,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    timeout: Duration,
) -> Sent {
    let until = Deadline::after(timeout);
    let (open, body) = match ready(field, account, zone, (before, after), until).await {
        Ok((_, None)) => return Sent::Written,
        Ok((open, Some(body))) => (open, body),
        Err(error) => return error.before_the_write(&SERVICE),
    };
    match open.batch(&body).await {
        Ok(()) => Sent::Written,
        Err(error) => error.of_the_write(&SERVICE),
    }
}

/// Looks, and works out the batch; no batch where all is in place.
async fn ready<'a>(
    field: &'a Field,
    account: Account<'a>,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    until: Deadline,
) -> Result<(CloudflareZone<'a>, Option<serde_json::Value>), HostedError> {
    let service = || account.provider.id.clone();
    let unsayable = |because| HostedError::Unsayable { service: service(), because };
    let (provider, credential) = (account.provider, account.credential);
    let open = CloudflareZone::open(field, provider, credential, zone, until).await?;
    let keys: Vec<RrKey> = after.iter().map(|set| set.key.clone()).collect();
    let held = account.held(&open, zone, &keys).await?;
    let body = json::batch(&held, after).map_err(unsayable)?;
    if body.is_some() {
        if let Some(what) = drifted(&account.sets(&keys, &held)?, before) {
            return Err(HostedError::Drift { service: service(), what });
        }
        open.heeds(after).await?;
    }
    Ok((open, body))
}
