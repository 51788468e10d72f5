//! Requests to Route 53: signed, sent, and sorted by what their reply says.

use zeroize::Zeroizing;

use super::cloudflare::is_plain;
use super::hosted::{HostedError, Refusal};
use super::route53::sorted;
use crate::host::files;
use crate::model::{Address, DnsProvider, Secret, Span, fully_qualified};
use crate::net::{Credential, Deadline, HttpRequest, Method};
use crate::service::Field;
use crate::service::json_api;
use crate::wire::route53::{Route53Error, refused, zones};
use crate::wire::sigv4::{AccessKey, Scope, Unsigned};

/// Where the API is unless the estate says otherwise.
pub const API: &str = "https://route53.amazonaws.com";

/// Below which every path lies.
const VERSION: &str = "2013-04-01";

/// Route 53 is one for the world, and signed for in this region.
const SCOPE: Scope = Scope { region: "us-east-1", service: "route53" };

/// Returns the base URL.
pub fn base(provider: &DnsProvider) -> String {
    json_api::base(provider.api.as_deref(), API)
}

/// An account, its key at hand, until a deadline.
pub(super) struct Api<'a> {
    field: &'a Field,
    provider: &'a DnsProvider,
    key: AccessKey,
    ca: Option<Vec<u8>>,
    until: Deadline,
}

impl<'a> Api<'a> {
    /// Fetches the key and the certificate; sends nothing.
    ///
    /// # Errors
    /// [`HostedError::NotUsable`], [`HostedError::Here`].
    pub async fn open(
        field: &'a Field,
        provider: &'a DnsProvider,
        until: Deadline,
    ) -> Result<Self, HostedError> {
        let service = || provider.id.clone();
        let unusable = |because| HostedError::NotUsable { service: service(), because };
        let here = |source| HostedError::Here { service: service(), source };
        let place = provider.credential.as_ref();
        let place = place.ok_or_else(|| unusable("it has no `credential`"))?;
        let secret = field.secrets.read(place, until.left()).await.map_err(here)?;
        let key = access_key(secret.expose()).map_err(unusable)?;
        let ca = match &provider.ca {
            Some(ca) => {
                Some(files::read(&field.base.join(&ca.file), files::DOCUMENT).map_err(here)?)
            }
            None => None,
        };
        Ok(Self { field, provider, key, ca, until })
    }

    /// Finds the id of the zone that everybody sees.
    pub async fn zone(&self, zone: &str) -> Result<String, HostedError> {
        let name = fully_qualified(zone);
        let reply = match self.provider.zone_id.as_deref().filter(|id| is_plain(id)) {
            Some(id) => self.get(&format!("hostedzone/{id}"), &[]).await?,
            None => {
                self.get("hostedzonesbyname", &[("dnsname", &name), ("maxitems", "10")]).await?
            }
        };
        let zones = zones(&reply).map_err(|error| self.malformed(&error))?;
        let own = zones.iter().filter(|it| !it.private && fully_qualified(it.name.raw()) == name);
        let mut ids = own.map(|zone| zone.id.raw()).filter(|id| is_plain(id));
        let service = self.provider.id.clone();
        match (ids.next(), ids.next()) {
            (Some(id), None) => Ok(id.to_owned()),
            (Some(_), Some(_)) => Err(HostedError::NotUsable {
                service,
                because: "several zones bear that name there: write the `zone_id` of the one that is meant",
            }),
            (None, _) => Err(HostedError::NoZone { service, zone: name }),
        }
    }

    /// Asks for what lies at a path.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, HostedError> {
        self.request(Method::Get, path, query, Vec::new()).await
    }

    /// Sends a request, and returns the body of a success.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Vec<u8>, HostedError> {
        let request = self.signed(method, path, query, body);
        let net = |source| HostedError::Net { service: self.provider.id.clone(), source };
        let reply = self.field.http.request(request).await.map_err(net)?;
        if reply.is_success() && reply.whole {
            return Ok(reply.body);
        }
        if reply.is_success() {
            let because = "the reply is cut short".to_owned();
            return Err(HostedError::Malformed { service: self.provider.id.clone(), because });
        }
        let (status, after) = (reply.status, reply.after.map(Span::from));
        let refusal = |said| Refusal { status, said, after };
        Err(match refused(&reply.body) {
            Ok(told) => {
                let said = format!("status {status}: {} {}", told.code, told.message);
                sorted(self.provider, refusal(said), told.code.raw())
            }
            Err(_) => refusal(format!("status {status}")).sorted(&self.provider.id),
        })
    }

    fn signed(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Vec<u8>,
    ) -> HttpRequest {
        let base = base(self.provider);
        let (scheme, rest) = base.split_once("://").unwrap_or(("", &base));
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let usual = if scheme == "https" { ":443" } else { ":80" };
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        let path = format!("{prefix}/{VERSION}/{path}");
        let mut pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", json_api::encoded(value)))
            .collect();
        pairs.sort();
        let query = pairs.join("&");
        let unsigned = Unsigned {
            method: match method {
                Method::Post => "POST",
                Method::Get | Method::Head | Method::Put | Method::Patch | Method::Delete => "GET",
            },
            host: authority.strip_suffix(usual).unwrap_or(authority),
            path: &path,
            query: &query,
            body: &body,
            at: self.field.clock.now(),
        };
        let value = Secret::new(unsigned.authorization(&self.key, SCOPE));
        let date = unsigned.date();
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{scheme}://{authority}{path}{mark}{query}");
        let mut request = HttpRequest::new(method, url, self.until.left());
        request.bind(Credential { header: "Authorization".to_owned(), value }, &base);
        let pin =
            |address: &Address| std::net::SocketAddr::new(address.ip, address.port.unwrap_or(0));
        request.pinned = self.provider.addresses.iter().map(pin).collect();
        request.ca.clone_from(&self.ca);
        request.headers.push(("X-Amz-Date".to_owned(), date));
        if !body.is_empty() {
            request.headers.push(("Content-Type".to_owned(), "text/xml".to_owned()));
        }
        request.body = body;
        request
    }

    pub fn malformed(&self, error: &Route53Error) -> HostedError {
        HostedError::Malformed { service: self.provider.id.clone(), because: error.to_string() }
    }

    pub fn unsayable(&self, because: String) -> HostedError {
        HostedError::Unsayable { service: self.provider.id.clone(), because }
    }
}

/// Reads an access key in any form that its tools write: the lines of a credentials file, the JSON of a
/// `credential_process`, or `ID:SECRET`.
fn access_key(text: &str) -> Result<AccessKey, &'static str> {
    let json: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let of_json = |name: &str| Some(json.as_ref()?[name].as_str()?.to_owned());
    let of_line = |name: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let mut values = pairs.filter(|(found, _)| found.trim() == name);
        values.next().map(|(_, value)| value.trim().to_owned())
    };
    let find = |json: &str, line: &str| of_json(json).or_else(|| of_line(line));
    if find("SessionToken", "aws_session_token").is_some() {
        return Err("what `credential` leads to is temporary: a key that lasts is needed");
    }
    let id = find("AccessKeyId", "aws_access_key_id");
    let secret = find("SecretAccessKey", "aws_secret_access_key");
    let short = || {
        let (id, secret) = text.trim().split_once(':').filter(|_| json.is_none())?;
        Some((id.to_owned(), secret.to_owned()))
    };
    let plain = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match id.zip(secret).or_else(short).filter(|(id, secret)| plain(id) && !secret.is_empty()) {
        Some((id, secret)) => Ok(AccessKey { id, secret: Zeroizing::new(secret) }),
        None => Err("what `credential` leads to is no access key: write `ID:SECRET`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_key_is_read_in_every_form_that_its_tools_write() {
        for text in [
            "AKID:se/cret+x=\n",
            "[default]\naws_access_key_id = AKID\naws_secret_access_key = se/cret+x=\n",
            r#"{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "se/cret+x="}"#,
        ] {
            let key = access_key(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!((key.id.as_str(), key.secret.as_str()), ("AKID", "se/cret+x="));
        }
        for text in ["", "AKID", "AKID:", ":x", "{}", "a b:c"] {
            assert!(access_key(text).is_err(), "{text}");
        }
        let temporary = r#"{"AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": "t"}"#;
        assert!(access_key(temporary).err().is_some_and(|why| why.contains("temporary")));
    }
}
