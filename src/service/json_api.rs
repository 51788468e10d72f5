//! One JSON API over HTTP, as the estate describes it: where, as whom, and what came back.
//!
//! It only carries. What a status or a body means is each service's own to say.

use std::net::SocketAddr;

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::Field;
use crate::host::{HostError, files};
use crate::model::{Address, DnsProvider, FileRef, Remote, Secret, SecretRef, Span};
use crate::net::{Credential, Deadline, HttpReply, HttpRequest, Method, NetError, Purpose};

/// An API, its credential at hand.
pub struct JsonApi {
    base: String,
    credential: Credential,
    pinned: Vec<SocketAddr>,
    ca: Option<Vec<u8>>,
}

/// Where an API is, and what it is spoken to with.
pub struct ApiPlace<'a> {
    /// Its base URL.
    pub base: &'a str,
    /// Its pinned addresses.
    pub addresses: &'a [Address],
    /// Its private authority.
    pub ca: Option<&'a FileRef>,
    /// Where its credential lies.
    pub credential: &'a SecretRef,
    /// The header that carries the credential.
    pub header: &'static str,
    /// What stands before it there.
    pub scheme: &'static str,
}

impl<'a> ApiPlace<'a> {
    /// Describes a DNS provider's API whose credential stands in `Authorization`, after a scheme.
    pub fn of(
        provider: &'a DnsProvider,
        base: &'a str,
        credential: &'a SecretRef,
        scheme: &'static str,
    ) -> Self {
        let (addresses, ca) = (provider.addresses.as_slice(), provider.ca.as_ref());
        Self { base, addresses, ca, credential, header: "Authorization", scheme }
    }
}

/// Returns an API's base URL: the documented one, or the estate's, which gets the documented path where it names a
/// host alone.
pub fn base(stated: Option<&str>, documented: &str) -> String {
    let api = stated.unwrap_or(documented).trim_end_matches('/');
    let path =
        |url: &str| url.split_once("://")?.1.split_once('/').map(|(_, path)| path.to_owned());
    match (path(api), path(documented)) {
        (None, Some(path)) => format!("{api}/{path}"),
        (Some(_), _) | (None, None) => api.to_owned(),
    }
}

/// Writes a text as a query takes it (RFC 3986 §2.1).
pub fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What an API said.
#[derive(Clone, Debug)]
pub struct JsonReply {
    /// The status.
    pub status: u16,
    /// The body; null where it is no JSON.
    pub body: Value,
    /// The moment that its `Date` names (RFC 9110 §6.6.1).
    pub date: Option<Timestamp>,
    /// The address that answered.
    pub from: SocketAddr,
    /// Where the next page of a listing lies (RFC 8288), as the service says.
    pub next: Option<Remote>,
    /// How long the service asks to be left alone.
    pub after: Option<Span>,
}

/// Why nothing can be said of an API.
#[derive(Debug, Error)]
pub enum ApiError {
    /// The credential or the certificate could not be read here.
    #[error("{0}")]
    Here(#[from] HostError),
    /// No reply came.
    #[error("{0}")]
    Net(#[from] NetError),
}

impl JsonApi {
    /// Fetches the credential and the certificate; sends nothing.
    ///
    /// # Errors
    /// [`ApiError::Here`].
    pub async fn open(
        field: &Field,
        place: &ApiPlace<'_>,
        until: Deadline,
    ) -> Result<Self, ApiError> {
        let secret = field.secrets.read(place.credential, until.left()).await?;
        let value = Secret::new(format!("{}{}", place.scheme, secret.expose().trim()));
        let ca = match place.ca {
            Some(ca) => Some(files::read(&field.base.join(&ca.file), files::DOCUMENT)?),
            None => None,
        };
        let pin = |address: &Address| SocketAddr::new(address.ip, address.port.unwrap_or(0));
        Ok(Self {
            base: place.base.trim_end_matches('/').to_owned(),
            credential: Credential { header: place.header.to_owned(), value },
            pinned: place.addresses.iter().map(pin).collect(),
            ca,
        })
    }

    /// Asks for what lies at a path below the base.
    ///
    /// # Errors
    /// [`ApiError::Net`].
    pub async fn get(
        &self,
        field: &Field,
        path: &str,
        until: Deadline,
    ) -> Result<JsonReply, ApiError> {
        let request = self.request(Method::Get, path, until);
        Ok(read(field.http.request(request).await?))
    }

    /// Offers an empty edit of something that does not exist, which changes nothing whatever comes back.
    ///
    /// # Errors
    /// [`ApiError::Net`].
    pub async fn edit_nothing(
        &self,
        field: &Field,
        path: &str,
        until: Deadline,
    ) -> Result<JsonReply, ApiError> {
        let mut request = self.request(Method::Patch, path, until);
        request.purpose = Purpose::Measure { first: true };
        request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        request.body = b"{}".to_vec();
        Ok(read(field.http.request(request).await?))
    }

    /// Sends a change, once.
    ///
    /// # Errors
    /// [`ApiError::Net`].
    pub async fn change(
        &self,
        field: &Field,
        (method, path): (Method, &str),
        body: &Value,
        until: Deadline,
    ) -> Result<JsonReply, ApiError> {
        let mut request = self.request(method, path, until);
        request.headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        request.body = body.to_string().into_bytes();
        Ok(read(field.http.request(request).await?))
    }

    fn request(&self, method: Method, path: &str, until: Deadline) -> HttpRequest {
        let url = format!("{}/{}", self.base, path.trim_start_matches('/'));
        let mut request = HttpRequest::new(method, url, until.left());
        request.bind(self.credential.clone(), &self.base);
        request.pinned.clone_from(&self.pinned);
        request.ca.clone_from(&self.ca);
        request.headers.push(("Accept".to_owned(), "application/json".to_owned()));
        request
    }
}

fn read(reply: HttpReply) -> JsonReply {
    JsonReply {
        status: reply.status,
        body: serde_json::from_slice(&reply.body).unwrap_or_default(),
        date: reply.date(),
        from: reply.from,
        next: reply.header("link").and_then(|link| next(link.raw())).map(Remote::new),
        after: reply.after.map(Span::from),
    }
}

/// Finds the next page among links such as `<https://…>; rel="next"` (RFC 8288 §3); one whose address cannot be read comes
/// as it stands, for it says that there is a page.
fn next(links: &str) -> Option<&str> {
    let leads_on = |link: &&str| {
        let mut relations = link.split(';').filter_map(|part| part.trim().strip_prefix("rel="));
        relations.any(|it| it.trim_matches('"').split(' ').any(|word| word == "next"))
    };
    let link = links.split(',').find(leads_on)?;
    let address = link.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    Some(address.map_or(link, |(address, _)| address))
}

impl JsonReply {
    /// Returns the service's own words for a failure, spelt out: its first error, or nothing.
    pub fn complaint(&self) -> String {
        let first = self.body["errors"].get(0).and_then(|error| error["message"].as_str());
        let text = first.or(self.body["detail"].as_str()).or(self.body["error"].as_str());
        let words = text.map(|text| format!(": {}", Remote::new(text))).unwrap_or_default();
        format!("status {}{words}", self.status)
    }

    /// Tells whether the service says that it does not know who asks, or may not be asked so.
    pub const fn is_denied(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    /// Tells whether the status is one of success.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn the_next_page_is_found_however_its_link_is_written() {
        let first = r#"<https://d.test/?cursor=>; rel="first""#;
        for (link, wanted) in [
            (r#"<https://d.test/?cursor=a>; rel="next""#, "https://d.test/?cursor=a"),
            ("<https://d.test/?cursor=a>; rel=next", "https://d.test/?cursor=a"),
            (
                r#"<https://d.test/?cursor=a>;title="b"; rel="last next""#,
                "https://d.test/?cursor=a",
            ),
            (r#"<https://d.test/?cursor=a,b>; rel="next""#, r#"b>; rel="next""#),
            (r#"https://d.test/?cursor=a; rel="next""#, r#" https://d.test/?cursor=a; rel="next""#),
        ] {
            assert_eq!(next(&format!("{first}, {link}")), Some(wanted), "{link}");
        }
        assert_eq!((next(first), next("")), (None, None));
    }
}
