//! Where a tracker is spoken to: one URL at one address.

use std::net::{IpAddr, SocketAddr};

use crate::host::{HostError, files};
use crate::model::{Estate, Tracker};
use crate::net::{Deadline, Lookup, NetError, Origin};
use crate::service::{Field, Resolvers};

/// How a tracker is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// BEP 15.
    Udp,
    /// BEP 3.
    Http,
}

/// One announce URL at one address.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The announce URL.
    pub url: String,
    /// How.
    pub scheme: Scheme,
    /// Where.
    pub address: SocketAddr,
    /// Who named the address.
    pub origin: Origin,
    /// Path and query, for BEP 41.
    pub path: String,
    /// A private authority (PEM).
    pub ca: Option<Vec<u8>>,
}

/// What a URL says.
struct Parts {
    scheme: Scheme,
    host: String,
    port: u16,
    path: String,
}

impl Endpoint {
    /// Makes an endpoint of a URL and an address.
    ///
    /// # Errors
    /// [`NetError::BadUrl`] for anything but `udp://host:port`, `http://` and `https://`.
    pub fn new(url: &str, address: SocketAddr, origin: Origin) -> Result<Self, NetError> {
        let parts = Parts::of(url).ok_or(NetError::BadUrl)?;
        let (scheme, path, url) = (parts.scheme, parts.path, url.to_owned());
        Ok(Self { url, scheme, address, origin, path, ca: None })
    }
}

/// Returns the endpoints of one of a tracker's URLs: the address in it, else those that the estate
/// wrote, else what the estate's resolvers say.
///
/// # Errors
/// [`NetError::BadUrl`]; [`NetError::NoAddress`] when nobody knows one.
pub async fn endpoints(
    field: &Field,
    estate: &Estate,
    tracker: &Tracker,
    url: &str,
    until: Deadline,
) -> Result<Vec<Endpoint>, NetError> {
    let parts = Parts::of(url).ok_or(NetError::BadUrl)?;
    let literal = parts.host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let found: Vec<(SocketAddr, Origin)> = match literal {
        Some(ip) => vec![(SocketAddr::new(ip, parts.port), Origin::Estate)],
        None if !tracker.addresses.is_empty() => {
            let written = tracker.addresses.iter();
            written.map(|it| (it.or_port(parts.port), Origin::Estate)).collect()
        }
        None => looked_up(field, estate, &parts, until).await?,
    };
    if found.is_empty() {
        return Err(NetError::NoAddress);
    }
    let ca = authority(field, tracker).map_err(|_| NetError::BadRequest("`ca` cannot be read"))?;
    let endpoint = |(address, origin)| Endpoint {
        url: url.to_owned(),
        scheme: parts.scheme,
        address,
        origin,
        path: parts.path.clone(),
        ca: ca.clone(),
    };
    Ok(found.into_iter().map(endpoint).collect())
}

async fn looked_up(
    field: &Field,
    estate: &Estate,
    parts: &Parts,
    until: Deadline,
) -> Result<Vec<(SocketAddr, Origin)>, NetError> {
    let learned = |ip: &IpAddr| (SocketAddr::new(*ip, parts.port), Origin::Learned);
    let pinned = field.door.pinned(&parts.host, parts.port);
    if !pinned.is_empty() {
        return Ok(pinned.iter().map(learned).collect());
    }
    let resolvers = Resolvers::new(field.door.clone(), estate, &field.base);
    let found = resolvers.lookup(&parts.host, until).await?;
    Ok(found.iter().map(learned).collect())
}

fn authority(field: &Field, tracker: &Tracker) -> Result<Option<Vec<u8>>, HostError> {
    let path = tracker.ca.as_ref().map(|ca| field.base.join(&ca.file));
    path.map(|path| files::read(&path, files::DOCUMENT)).transpose()
}

impl Parts {
    fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (scheme, usual) = match scheme.to_ascii_lowercase().as_str() {
            "udp" => (Scheme::Udp, None),
            "http" => (Scheme::Http, Some(80)),
            "https" => (Scheme::Http, Some(443)),
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let outside = authority.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match authority[outside..].rfind(':') {
            Some(colon) => {
                let (host, port) = authority.split_at(outside + colon);
                (host, Some(port[1..].parse().ok()?))
            }
            None => (authority, usual),
        };
        let usable = !host.is_empty() && !host.contains('@');
        let port = port.filter(|port| *port != 0 && usable)?;
        Some(Self { scheme, host: host.to_owned(), port, path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let parts = |url: &str| {
            Parts::of(url).map(|it| format!("{:?} {} {} {}", it.scheme, it.host, it.port, it.path))
        };
        let said = |url: &str| parts(url).unwrap_or_default();
        assert_eq!(said("udp://a.example:6969/announce"), "Udp a.example 6969 /announce");
        assert_eq!(said("UDP://[2001:db8::1]:6969"), "Udp [2001:db8::1] 6969 ");
        assert_eq!(said("http://a.example/announce?k=1#x"), "Http a.example 80 /announce?k=1");
        assert_eq!(said("https://[2001:db8::1]/a"), "Http [2001:db8::1] 443 /a");
        assert_eq!(said("https://a.example:8443?k=:"), "Http a.example 8443 ?k=:");
        for bad in [
            "",
            "a.example",
            "udp://a.example/announce",
            "udp://:6969/announce",
            "udp://a.example:0/announce",
            "udp://a.example:70000/announce",
            "wss://a.example/announce",
            "http://user:pass@a.example/announce",
        ] {
            assert_eq!(parts(bad), None, "{bad}");
        }
    }
}
