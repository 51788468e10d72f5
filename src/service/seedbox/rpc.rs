//! The way to one Transmission daemon: where, as whom, and the 409 dance.

use std::net::{IpAddr, SocketAddr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::SeedboxError;
use crate::host::files;
use crate::model::{Address, Remote, Secret, Seedbox, SeedboxKind, Span};
use crate::net::{Credential, Deadline, HttpReply, HttpRequest, Method, NetError, Purpose};
use crate::service::Field;
use crate::wire::transmission::SESSION;

/// The longest reply that is read: some 30,000 torrents; a hostile one must not take the memory.
const CAP: usize = 16 << 20;

/// One daemon, until a deadline.
pub(super) struct Rpc<'a> {
    field: &'a Field,
    seedbox: &'a Seedbox,
    request: HttpRequest,
    asking: Purpose,
    /// How many requests left.
    pub sent: u32,
    /// Who answered last.
    pub from: Option<SocketAddr>,
}

impl<'a> Rpc<'a> {
    /// Prepares, sending nothing; `asking` is what its calls that change nothing are for.
    pub async fn open(
        field: &'a Field,
        seedbox: &'a Seedbox,
        until: Deadline,
        asking: Purpose,
    ) -> Result<Self, SeedboxError> {
        let here = |source| SeedboxError::Here { seedbox: seedbox.id.clone(), source };
        if seedbox.kind != SeedboxKind::Transmission {
            let (seedbox, kind) = (seedbox.id.clone(), seedbox.kind);
            return Err(SeedboxError::NotBuilt { seedbox, kind });
        }
        let url = format!("{}/transmission/rpc", seedbox.rpc.trim_end_matches('/'));
        let mut request = HttpRequest::new(Method::Post, url, until.left());
        request.body_cap = CAP;
        request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        let pin = |address: &Address| SocketAddr::new(address.ip, address.port.unwrap_or(0));
        request.pinned = seedbox.addresses.iter().map(pin).collect();
        if let Some(place) = &seedbox.credential {
            let secret = field.secrets.read(place, until.left()).await.map_err(here)?;
            request.bind(basic(&secret), &seedbox.rpc);
        }
        if let Some(ca) = &seedbox.ca {
            let pem = files::read(&field.base.join(&ca.file), files::DOCUMENT).map_err(here)?;
            request.ca = Some(pem);
        }
        Ok(Self { field, seedbox, request, asking, sent: 0, from: None })
    }

    /// Sends a call that changes nothing: without a reply in time, nothing is in doubt.
    pub async fn ask(&mut self, body: Vec<u8>) -> Result<Vec<u8>, SeedboxError> {
        self.send(body, self.asking).await
    }

    /// Sends a call that changes something.
    pub async fn call(&mut self, body: Vec<u8>) -> Result<Vec<u8>, SeedboxError> {
        self.send(body, Purpose::Write).await
    }

    /// Sends a call and returns the reply's body; a stale session is renewed once. Status 409 says that
    /// nothing was done, and what follows carries the session: another request, not the same one again.
    async fn send(&mut self, body: Vec<u8>, purpose: Purpose) -> Result<Vec<u8>, SeedboxError> {
        let mut reply = self.once(body.clone(), purpose).await?;
        if reply.status == 409
            && let Some(session) = reply.header(SESSION)
        {
            let session = session.raw().to_owned();
            self.request.headers.retain(|(name, _)| name != SESSION);
            self.request.headers.push((SESSION.to_owned(), session));
            reply = self.once(body, purpose).await?;
        }
        let seedbox = self.seedbox.id.clone();
        match reply.status {
            // Status 421 is its answer to a host's name that it does not know.
            status @ (401 | 403 | 421) => Err(SeedboxError::Denied { seedbox, status }),
            status @ (429 | 503) if status == 429 || reply.after.is_some() => {
                let after = reply.after.map(Span::from);
                Err(SeedboxError::Busy { seedbox, status, after })
            }
            200..=299 if reply.whole => Ok(reply.body),
            200..=299 => {
                let because = Remote::new("the reply is cut short, or longer than 16 MiB");
                Err(SeedboxError::Malformed { seedbox, because })
            }
            status => Err(SeedboxError::Status { seedbox, status }),
        }
    }

    async fn once(&mut self, body: Vec<u8>, purpose: Purpose) -> Result<HttpReply, SeedboxError> {
        let mut request = self.request.clone();
        (request.body, request.purpose) = (body, purpose);
        let reply = self.field.http.request(request).await;
        self.sent += u32::from(!reply.as_ref().is_err_and(NetError::inconclusive));
        self.from = reply.as_ref().ok().map(|reply| reply.from).or(self.from);
        reply.map_err(|source| SeedboxError::Net { seedbox: self.seedbox.id.clone(), source })
    }
}

/// Makes the header of RFC 7617.
fn basic(secret: &Secret) -> Credential {
    let value = Secret::new(format!("Basic {}", STANDARD.encode(secret.expose())));
    Credential { header: "Authorization".to_owned(), value }
}

/// Returns where a seedbox is spoken to, as far as the estate says it: pinned, or an address in the URL.
pub(super) fn endpoint(seedbox: &Seedbox) -> Option<SocketAddr> {
    let (scheme, rest) = seedbox.rpc.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let usual = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let literal = authority.parse::<Address>().ok();
    let bare = || authority.trim_matches(['[', ']']).parse().ok().map(|ip| (ip, None));
    let of_url = literal.map(|it| (it.ip, it.port)).or_else(bare);
    let port = of_url.and_then(|(_, port)| port).or_else(|| port_of(authority)).unwrap_or(usual);
    let pinned = seedbox.addresses.first().map(|address| address.or_port(port));
    of_url.map(|(ip, _)| SocketAddr::new(ip, port)).or(pinned)
}

/// Returns the addresses that a seedbox is known by: those pinned, and the one in the URL.
pub fn hosts(seedbox: &Seedbox) -> Vec<IpAddr> {
    let pinned = seedbox.addresses.iter().map(|address| address.ip);
    pinned.chain(endpoint(seedbox).map(|endpoint| endpoint.ip())).collect()
}

fn port_of(authority: &str) -> Option<u16> {
    authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_read_from_the_estate_alone() {
        let at = |rpc: &str, pin: Option<&str>| {
            let json = serde_json::json!({"id": "sb", "kind": "transmission", "rpc": rpc,
                "addresses": pin.into_iter().collect::<Vec<_>>()});
            let seedbox: Seedbox = serde_json::from_value(json).expect("is a seedbox");
            endpoint(&seedbox).map(|it| it.to_string())
        };
        assert_eq!(at("https://192.0.2.1:9091/", None).as_deref(), Some("192.0.2.1:9091"));
        assert_eq!(at("http://192.0.2.1/x", None).as_deref(), Some("192.0.2.1:80"));
        assert_eq!(at("https://[2001:db8::1]/", None).as_deref(), Some("[2001:db8::1]:443"));
        assert_eq!(at("https://[2001:db8::1]:5/", None).as_deref(), Some("[2001:db8::1]:5"));
        let named = "https://sb.example:9091/";
        assert_eq!(at(named, Some("192.0.2.9")).as_deref(), Some("192.0.2.9:9091"));
        assert_eq!(at(named, Some("192.0.2.9:7")).as_deref(), Some("192.0.2.9:7"));
        assert_eq!(at(named, None), None);
    }

    #[test]
    fn a_log_in_is_basic() {
        let header = basic(&Secret::new("Aladdin:open sesame"));
        assert_eq!(header.value.expose(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
