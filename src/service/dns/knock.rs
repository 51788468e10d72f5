//! One harmless look at the API of a DNS provider: whether it answers, and whether it takes our credential.
//!
//! The credential goes along where it lies at hand, in a variable or a file; no program is asked for it. Without one the
//! API is asked all the same, for "who are you?" is an answer. Nothing here changes anything.

use std::net::SocketAddr;
use std::time::Duration;

use super::ask::ask;
use super::{cloudflare, desec, route53_api};
use crate::host::files;
use crate::model::{
    ApiAnswer, DnsProvider, DnsProviderKind, Ending, Inconclusive, Secret, SecretRef,
    fully_qualified,
};
use crate::net::{
    Credential, Deadline, HttpReply, HttpRequest, Method, NetError, Origin, Purpose, Stopwatch,
    Transport,
};
use crate::service::{Budget, Field, ending};
use crate::wire::dns::Query;

/// The most of a reply's body that is read: its status is all that counts.
const CAP: usize = 64 << 10;

/// What came of it.
pub struct Knocked {
    /// Where it was asked, as far as that is known without an answer.
    pub endpoint: Option<SocketAddr>,
    /// How it ended.
    pub ending: Ending<ApiAnswer>,
    /// How many times it was sent.
    pub sent: u32,
    /// How long it took.
    pub took: Duration,
}

/// An API over HTTP: its base, the path of a cheap look, and how the credential is carried.
struct Web {
    base: String,
    path: &'static str,
    header: &'static str,
    scheme: &'static str,
    /// Whether the credential is sent: one that signs never is.
    carries: bool,
}

/// Looks at a provider's API; `None` where the estate names none. `zone` is what a server of RFC 2136 is asked for.
pub async fn knock(
    field: &Field,
    provider: &DnsProvider,
    zone: Option<&str>,
    budget: Budget,
) -> Option<Knocked> {
    match (web(provider), provider.server) {
        (Some(web), _) => Some(over_http(field, provider, &web, budget).await),
        (None, Some(server)) if provider.kind == DnsProviderKind::Rfc2136 => {
            Some(over_dns(field, server.or_port(53), zone.unwrap_or("."), budget).await)
        }
        (None, _) => None,
    }
}

fn web(provider: &DnsProvider) -> Option<Web> {
    match provider.kind {
        DnsProviderKind::Powerdns => {
            let base = provider.api.as_ref()?.trim_end_matches('/').to_owned();
            Some(Web { base, path: "", header: "X-API-Key", scheme: "", carries: true })
        }
        DnsProviderKind::Cloudflare => Some(Web {
            base: cloudflare::base(provider),
            path: "/user/tokens/verify",
            header: "Authorization",
            scheme: "Bearer ",
            carries: true,
        }),
        DnsProviderKind::Desec => Some(Web {
            base: desec::base(provider),
            path: "/auth/account/",
            header: "Authorization",
            scheme: "Token ",
            carries: true,
        }),
        // Without a signature it says who it is, and that it wants one.
        DnsProviderKind::Route53 => Some(Web {
            base: route53_api::base(provider),
            path: "/2013-04-01/hostedzone",
            header: "Authorization",
            scheme: "",
            carries: false,
        }),
        DnsProviderKind::Rfc2136 | DnsProviderKind::Unmanaged => None,
    }
}

async fn over_http(field: &Field, provider: &DnsProvider, web: &Web, budget: Budget) -> Knocked {
    let (watch, until) = (Stopwatch::start(), Deadline::after(budget.budget));
    let request = match request(field, provider, web, until).await {
        Ok(request) => request,
        Err(why) => {
            let ending = Ending::Inconclusive(Inconclusive::Local(why));
            return Knocked { endpoint: None, ending, sent: 0, took: watch.took() };
        }
    };
    let with_credential = request.credential.is_some();
    let noted = request.pinned.first().copied().filter(|at| at.port() != 0);
    let (told, sent) = send(field, &request, until, budget).await;
    let endpoint = told.as_ref().map(|reply| reply.from).ok().or(noted);
    let ending = match told {
        Ok(reply) => Ending::Answered(ApiAnswer {
            status: Some(reply.status),
            with_credential,
            latency_ms: u64::try_from(reply.took.as_millis()).unwrap_or(u64::MAX),
        }),
        Err(error) => ending(&error),
    };
    Knocked { endpoint, ending, sent, took: watch.took() }
}

async fn request(
    field: &Field,
    provider: &DnsProvider,
    web: &Web,
    until: Deadline,
) -> Result<HttpRequest, String> {
    let url = format!("{}{}", web.base, web.path);
    let mut request = HttpRequest::new(Method::Get, url, until.left());
    request.body_cap = CAP;
    let port = if web.base.starts_with("https:") { 443 } else { 80 };
    let port = port_of(&web.base).unwrap_or(port);
    request.pinned = provider.addresses.iter().map(|address| address.or_port(port)).collect();
    if let Some(ca) = &provider.ca {
        let pem = files::read(&field.base.join(&ca.file), files::DOCUMENT);
        request.ca = Some(pem.map_err(|error| error.to_string())?);
    }
    let place = provider.credential.as_ref().filter(|_| web.carries);
    if let Some(secret) = at_hand(field, place, until).await {
        let value = Secret::new(format!("{}{}", web.scheme, secret.expose().trim()));
        request.bind(Credential { header: web.header.to_owned(), value }, &web.base);
    }
    request.headers.push(("Accept".to_owned(), "application/json".to_owned()));
    Ok(request)
}

/// Reads a credential that costs nobody anything to read.
async fn at_hand(field: &Field, place: Option<&SecretRef>, until: Deadline) -> Option<Secret> {
    match place? {
        SecretRef::Command(_) => None,
        place @ (SecretRef::Env(_) | SecretRef::File(_)) => {
            field.secrets.read(place, until.left()).await.ok()
        }
    }
}

/// Sends it; what nobody took is tried again within the budget.
async fn send(
    field: &Field,
    request: &HttpRequest,
    until: Deadline,
    budget: Budget,
) -> (Result<HttpReply, NetError>, u32) {
    let gap = budget.budget.mul_f64(0.8) / budget.tries.max(1);
    let mut sent = 0;
    let mut left = budget.tries.max(1);
    loop {
        let next = until.within(gap);
        let mut request = request.clone();
        request.deadline = until;
        request.purpose = Purpose::Measure { first: sent == 0 };
        let told = field.http.request(request).await;
        let early = |error: &NetError| error.surely_not_sent() && !error.inconclusive();
        sent += u32::from(!told.as_ref().is_err_and(NetError::inconclusive));
        left -= 1;
        if !told.as_ref().is_err_and(early) || left == 0 || until.passed() {
            return (told, sent);
        }
        next.wait().await;
    }
}

fn port_of(base: &str) -> Option<u16> {
    let authority = base.split_once("://")?.1.split('/').next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

/// Updates go over TCP, and so does the look: whatever the server says of the zone, it answers.
async fn over_dns(field: &Field, server: SocketAddr, zone: &str, budget: Budget) -> Knocked {
    let query = Query::to_authority(fully_qualified(zone), "SOA");
    let told = ask(&field.door, server, Origin::Estate, Transport::Tcp, &query, budget).await;
    let answered = |latency_ms| ApiAnswer { latency_ms, ..ApiAnswer::default() };
    let ending = match told.ending {
        Ending::Answered(answer) => Ending::Answered(answered(answer.latency_ms)),
        Ending::TimedOut => Ending::TimedOut,
        Ending::Refused => Ending::Refused,
        Ending::Unreachable => Ending::Unreachable,
        Ending::Closed => Ending::Closed,
        Ending::Malformed(what) => Ending::Malformed(what),
        Ending::Inconclusive(why) => Ending::Inconclusive(why),
    };
    Knocked { endpoint: Some(server), ending, sent: told.sent, took: told.took }
}
