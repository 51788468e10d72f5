//! PowerDNS through its HTTP API (version 1): record sets read and written, one PATCH for one change.
//!
//! Format: <https://doc.powerdns.com/authoritative/http-api/zone.html>. Order, TTL, comments and
//! disabled records are kept. Nothing here decides what is written.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use thiserror::Error;

use super::powerdns_json::{self, Copied, Unlike};
use crate::host::{HostError, files};
use crate::model::{
    Address, Bulk, Declaration, DnsProvider, DnsProviderKind, FileRef, Id, Registrar,
    RegistrarKind, Remote, RequestKind, RrComment, RrKey, Rrset, SecretRef, Sent, Span,
};
use crate::net::{Credential, HttpReply, HttpRequest, Method, NetError};
use crate::service::{Field, LATER, again};

/// What PowerDNS is held to. It checks nothing before a PATCH and names no quota; 429 is the word of
/// what stands in front of it.
pub const SERVICE: Declaration = Declaration {
    name: "powerdns",
    settle: Span::from_secs(5),
    settle_because: "a request is done in one transaction once it was read whole; what holds it up \
                     is its database's lock, which is given up after seconds",
    conditional: false,
    quota: None,
    not_now: &[429],
    requests: &[RequestKind::read("GET /zones/{zone}"), RequestKind::ensure("PATCH /zones/{zone}")],
    read: 1,
    write: 1,
    // The server takes 2 MB in one request as it comes (`webserver-max-bodysize`).
    bulk: Bulk { page: None, sets: 500, records: 4_000, bytes: 1_000_000 },
};

/// The longest zone that is read, in bytes of JSON.
const ZONE_CAP: usize = 16 << 20;

/// One server's API, as the estate describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// The estate's id of the service.
    pub id: Id,
    base: String,
    addresses: Vec<Address>,
    credential: SecretRef,
    ca: Option<FileRef>,
}

/// Why a PowerDNS did not do what was asked.
#[derive(Debug, Error)]
pub enum PowerDnsError {
    /// The estate does not say enough, or says another kind.
    #[error("`{service}` cannot be written: {because}")]
    NotUsable {
        /// The service.
        service: Id,
        /// What is missing.
        because: &'static str,
    },
    /// The credential or the certificate could not be read here.
    #[error("`{service}`: {source}")]
    Here {
        /// The service.
        service: Id,
        /// Why.
        source: HostError,
    },
    /// No reply came.
    #[error("`{service}`: {source}")]
    Net {
        /// The service.
        service: Id,
        /// Why.
        source: NetError,
    },
    /// It does not take the credential.
    #[error("`{service}` refuses the credential (status {status})")]
    Denied {
        /// The service.
        service: Id,
        /// Its status.
        status: u16,
    },
    /// It does not hold the zone.
    #[error("`{service}` holds no zone `{zone}`")]
    NoZone {
        /// The service.
        service: Id,
        /// The zone.
        zone: String,
    },
    /// It has too much to do.
    #[error("`{service}` is busy (status {status}){}", again(*.after))]
    Busy {
        /// The service.
        service: Id,
        /// Its status.
        status: u16,
        /// How long it asks to be left alone.
        after: Option<Span>,
    },
    /// It says no.
    #[error("`{service}` says no (status {status}): {said}")]
    Rejected {
        /// The service.
        service: Id,
        /// Its status.
        status: u16,
        /// Its words.
        said: Remote,
    },
    /// Its reply is none of PowerDNS.
    #[error("`{service}` replies as no PowerDNS does: {because}")]
    Malformed {
        /// The service.
        service: Id,
        /// What was wrong.
        because: String,
    },
}

impl PowerDnsError {
    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        let said = match self {
            Self::Here { source, .. } => return source.hint(),
            Self::Net { source, .. } => source.hint()?,
            Self::Busy { .. } => "wait, then give the same command again",
            Self::NotUsable { .. } => "write `kind: powerdns` with `api` and `credential`",
            Self::Denied { .. } => "the key at `credential` must be the server's `api-key`",
            Self::NoZone { .. } => "check `parent_zone`, and which server `api` names",
            Self::Malformed { .. } => {
                "`api` ends in `/api/v1/servers/localhost`; look what listens there"
            }
            Self::Rejected { .. } => return None,
        };
        Some(said.to_owned())
    }

    /// Tells whether a write that ended so surely changed nothing. A gateway's 408 may lie about that.
    fn surely_nothing_changed(&self) -> bool {
        match self {
            Self::NotUsable { .. } | Self::Here { .. } => true,
            Self::Denied { .. } | Self::NoZone { .. } => true,
            Self::Net { source, .. } => source.surely_not_sent(),
            Self::Rejected { status, .. } => (400..500).contains(status) && *status != 408,
            Self::Malformed { .. } | Self::Busy { .. } => false,
        }
    }

    /// Returns how long to wait before a write that surely did nothing may be sent again.
    fn not_now(&self) -> Option<Span> {
        let Self::Busy { status, after, .. } = self else { return None };
        SERVICE.is_not_now(*status, after.is_some()).then(|| after.unwrap_or(LATER))
    }
}

impl Api {
    /// Takes the API of a DNS provider.
    ///
    /// # Errors
    /// [`PowerDnsError::NotUsable`] for another kind, or without `api` or `credential`.
    pub fn of_provider(provider: &DnsProvider) -> Result<Self, PowerDnsError> {
        let right = provider.kind == DnsProviderKind::Powerdns;
        let (api, credential) = (provider.api.clone(), provider.credential.clone());
        Self::new(&provider.id, right, api, credential, &provider.addresses, provider.ca.clone())
    }

    /// Takes the API of a registrar: the server that holds the parent zone.
    ///
    /// # Errors
    /// As [`Api::of_provider`].
    pub fn of_registrar(registrar: &Registrar) -> Result<Self, PowerDnsError> {
        let right = registrar.kind == RegistrarKind::Powerdns;
        let (api, credential) = (registrar.api.clone(), registrar.credential.clone());
        Self::new(&registrar.id, right, api, credential, &registrar.addresses, registrar.ca.clone())
    }

    fn new(
        id: &Id,
        right: bool,
        api: Option<String>,
        credential: Option<SecretRef>,
        addresses: &[Address],
        ca: Option<FileRef>,
    ) -> Result<Self, PowerDnsError> {
        let missing = |because| PowerDnsError::NotUsable { service: id.clone(), because };
        if !right {
            return Err(missing("it is of a kind that is only asked"));
        }
        Ok(Self {
            id: id.clone(),
            base: api.ok_or_else(|| missing("it has no `api`"))?.trim_end_matches('/').to_owned(),
            addresses: addresses.to_vec(),
            credential: credential.ok_or_else(|| missing("it has no `credential`"))?,
            ca,
        })
    }

    fn malformed(&self, Unlike(because): Unlike) -> PowerDnsError {
        PowerDnsError::Malformed { service: self.id.clone(), because }
    }

    async fn request(
        &self,
        field: &Field,
        method: Method,
        zone: &str,
        budget: Duration,
    ) -> Result<HttpRequest, PowerDnsError> {
        let here = |source| PowerDnsError::Here { service: self.id.clone(), source };
        let url = format!("{}/zones/{}", self.base, powerdns_json::zone_id(zone));
        let mut request = HttpRequest::new(method, url, budget);
        let value = field.secrets.read(&self.credential, budget).await.map_err(here)?;
        request.bind(Credential { header: "X-API-Key".to_owned(), value }, &self.base);
        let pin = |address: &Address| SocketAddr::new(address.ip, address.port.unwrap_or(0));
        request.pinned = self.addresses.iter().map(pin).collect();
        if let Some(ca) = &self.ca {
            let pem = files::read(&field.base.join(&ca.file), files::DOCUMENT).map_err(here)?;
            request.ca = Some(pem);
        }
        request.headers.push(("Accept".to_owned(), "application/json".to_owned()));
        Ok(request)
    }

    /// Sends a request and sorts the reply by its status.
    async fn send(
        &self,
        field: &Field,
        request: HttpRequest,
        zone: &str,
    ) -> Result<HttpReply, PowerDnsError> {
        let service = self.id.clone();
        let reply = match field.http.request(request).await {
            Ok(reply) => reply,
            Err(source) => return Err(PowerDnsError::Net { service, source }),
        };
        match reply.status {
            200..=299 => Ok(reply),
            status @ (401 | 403) => Err(PowerDnsError::Denied { service, status }),
            status @ (429 | 503) if status == 429 || reply.after.is_some() => {
                let after = reply.after.map(Span::from);
                Err(PowerDnsError::Busy { service, status, after })
            }
            404 => Err(PowerDnsError::NoZone { service, zone: zone.to_owned() }),
            status => {
                let said = powerdns_json::complaint(&reply.body);
                Err(PowerDnsError::Rejected { service, status, said })
            }
        }
    }
}

/// Reads record sets of a zone within a time, in the order of `keys`; one that does not exist has no records.
///
/// # Errors
/// Every [`PowerDnsError`].
pub async fn read(
    field: &Field,
    api: &Api,
    zone: &str,
    keys: &[RrKey],
    within: Duration,
) -> Result<Vec<Rrset>, PowerDnsError> {
    let body = whole(field, api, zone, within).await?;
    powerdns_json::rrsets(&body, keys).map_err(|unlike| api.malformed(unlike))
}

/// Asks whether a zone is there, without its records (`rrsets=false`, version 4.3); returns who answered and their time.
///
/// # Errors
/// As [`read`]; [`PowerDnsError::NoZone`] is an answer to that question.
pub async fn look(
    field: &Field,
    api: &Api,
    zone: &str,
    within: Duration,
) -> Result<(SocketAddr, Option<Timestamp>), PowerDnsError> {
    let mut request = api.request(field, Method::Get, zone, within).await?;
    request.url.push_str("?rrsets=false");
    // A server that does not know the word sends the whole zone; only that it is there is read.
    let reply = api.send(field, request, zone).await?;
    Ok((reply.from, reply.date()))
}

/// Counts the record sets of a zone, within a time.
///
/// # Errors
/// As [`read`].
pub async fn size(
    field: &Field,
    api: &Api,
    zone: &str,
    within: Duration,
) -> Result<usize, PowerDnsError> {
    let body = whole(field, api, zone, within).await?;
    powerdns_json::size(&body).map_err(|unlike| api.malformed(unlike))
}

/// Copies a whole zone within a time.
///
/// # Errors
/// As [`read`].
pub(super) async fn copy(
    field: &Field,
    api: &Api,
    zone: &str,
    within: Duration,
) -> Result<Copied, PowerDnsError> {
    let body = whole(field, api, zone, within).await?;
    powerdns_json::copy(body, zone).map_err(|unlike| api.malformed(unlike))
}

/// Reads a zone, whole.
async fn whole(
    field: &Field,
    api: &Api,
    zone: &str,
    within: Duration,
) -> Result<Vec<u8>, PowerDnsError> {
    let mut request = api.request(field, Method::Get, zone, within).await?;
    request.body_cap = ZONE_CAP;
    let reply = api.send(field, request, zone).await?;
    if !reply.whole {
        let because = "the reply is cut short, or longer than 16 MiB".to_owned();
        return Err(api.malformed(Unlike(because)));
    }
    Ok(reply.body)
}

/// Puts record sets in place with one PATCH; one without records is deleted, before any other is put in place: the
/// server takes no alias beside what is still there. Comments that stay as they are before are left out: not every
/// backend keeps any (LMDB and BIND's do not), and such a server refuses the word.
pub async fn write(
    field: &Field,
    api: &Api,
    zone: &str,
    sets: (&[Rrset], &[Rrset]),
    key: &str,
    timeout: Duration,
) -> Sent {
    let Err(error) = try_write(field, api, zone, sets, key, timeout).await else {
        return Sent::Written;
    };
    let because = said(&error);
    match error.not_now() {
        Some(after) => Sent::Later { because, after },
        None if error.surely_nothing_changed() => Sent::Refused(because),
        None => Sent::Lost(because),
    }
}

async fn try_write(
    field: &Field,
    api: &Api,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    key: &str,
    timeout: Duration,
) -> Result<(), PowerDnsError> {
    let mut request = api.request(field, Method::Patch, zone, timeout).await?;
    request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    request.headers.push(("Idempotency-Key".to_owned(), key.to_owned()));
    let (gone, there): (Vec<&Rrset>, Vec<&Rrset>) =
        after.iter().partition(|set| set.records.is_empty());
    let comments: HashMap<&RrKey, &[RrComment]> =
        before.iter().map(|set| (&set.key, &set.comments[..])).collect();
    let stay = |set: &Rrset| comments.get(&set.key).copied().unwrap_or_default() == set.comments;
    let patched = gone.into_iter().chain(there).map(|set| powerdns_json::patch(set, stay(set)));
    let sets: Vec<Value> = patched.collect();
    request.body = json!({ "rrsets": sets }).to_string().into_bytes();
    api.send(field, request, zone).await.map(drop)
}

/// Puts an error and its hint into one sentence.
pub fn said(error: &PowerDnsError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
