//! From a URL to the peers that may serve it: literals, pins, then resolvers; all of them admitted.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::{Deadline, Door, HttpRequest, Lookup, NetError, Origin, Peer, PlainHttp, Transport};

/// Returns scheme, host and port of a URL as one text; `None` for what is no URL of a service.
pub fn origin_of(url: &str) -> Option<String> {
    Target::of(url, Origin::Estate).ok().map(|target| target.origin_text())
}

/// Where one hop goes.
pub(super) struct Target {
    /// The URL, checked.
    pub url: Url,
    /// Who named it.
    pub origin: Origin,
}

impl Target {
    /// Checks a URL.
    pub fn of(url: &str, origin: Origin) -> Result<Self, NetError> {
        Self::checked(Url::parse(url).map_err(|_| NetError::BadUrl)?, origin)
    }

    /// Checks where a redirect leads: somebody else's word.
    pub fn redirected(&self, location: &str) -> Result<Self, NetError> {
        Self::checked(self.url.join(location).map_err(|_| NetError::BadUrl)?, Origin::Learned)
    }

    fn checked(mut url: Url, origin: Origin) -> Result<Self, NetError> {
        let usable = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.port_or_known_default() != Some(0);
        url.set_fragment(None);
        if usable { Ok(Self { url, origin }) } else { Err(NetError::BadUrl) }
    }

    /// Tells whether two hops have the same scheme, host and port.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// Returns scheme, host and port as one text.
    pub fn origin_text(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Returns the `Host` header, which stays what the URL says wherever the packets go.
    pub fn host_header(&self) -> Result<HeaderValue, NetError> {
        let host = self.url.host_str().ok_or(NetError::BadUrl)?;
        let text = match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        HeaderValue::from_str(&text).map_err(|_| NetError::BadUrl)
    }

    /// Returns the URL as it goes to a peer: a drill's servers speak plain HTTP on a port of their own.
    pub fn towards(&self, peer: &Peer, sealed: bool) -> Result<Url, NetError> {
        let mut url = self.url.clone();
        if sealed {
            url.set_scheme("http").map_err(|()| NetError::BadUrl)?;
            url.set_ip_host(peer.reach().ip()).map_err(|()| NetError::BadUrl)?;
        }
        url.set_port(Some(peer.reach().port())).map_err(|()| NetError::BadUrl)?;
        Ok(url)
    }

    /// Returns the peers to try, in order, or why there is none.
    pub async fn peers(
        &self,
        door: &Door,
        request: &HttpRequest,
        lookup: Option<&dyn Lookup>,
    ) -> Result<Vec<Peer>, NetError> {
        let mut refusal = NetError::NoAddress;
        let mut peers = Vec::new();
        for (address, origin) in self.addresses(door, request, lookup).await? {
            match self.admit(door, request, address, origin) {
                Ok(peer) => peers.push(peer),
                Err(error) => refusal = error,
            }
        }
        if peers.is_empty() { Err(refusal) } else { Ok(peers) }
    }

    async fn addresses(
        &self,
        door: &Door,
        request: &HttpRequest,
        lookup: Option<&dyn Lookup>,
    ) -> Result<Vec<(SocketAddr, Origin)>, NetError> {
        let port = self.url.port_or_known_default().ok_or(NetError::BadUrl)?;
        let name = self.url.host_str().ok_or(NetError::BadUrl)?;
        if let Ok(ip) = name.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(vec![(SocketAddr::new(ip, port), self.origin)]);
        }
        // Pins belong to the URL of the estate, not to where it was redirected.
        if self.origin == Origin::Estate && !request.pinned.is_empty() {
            let own = |pin: &SocketAddr| if pin.port() == 0 { port } else { pin.port() };
            let pins = request.pinned.iter().map(|pin| SocketAddr::new(pin.ip(), own(pin)));
            return Ok(pins.map(|pin| (pin, Origin::Estate)).collect());
        }
        let pinned = door.pinned(name, port);
        if !pinned.is_empty() {
            return Ok(learned(pinned, port));
        }
        let lookup = lookup.ok_or(NetError::NoAddress)?;
        let found = lookup.lookup(name, share(request.deadline)).await?;
        Ok(learned(&found, port))
    }

    fn admit(
        &self,
        door: &Door,
        request: &HttpRequest,
        address: SocketAddr,
        origin: Origin,
    ) -> Result<Peer, NetError> {
        if self.url.scheme() == "http" {
            let own = door.admission().allows_private(address.ip())
                || (origin == Origin::Estate && address.ip().is_loopback());
            let open = request.plain == PlainHttp::Anywhere && request.credential.is_none();
            if !own && !open {
                return Err(NetError::PlainRefused);
            }
        }
        door.admit(address, Transport::Tcp, origin)
    }
}

fn learned(addresses: &[IpAddr], port: u16) -> Vec<(SocketAddr, Origin)> {
    addresses.iter().map(|ip| (SocketAddr::new(*ip, port), Origin::Learned)).collect()
}

/// Leaves resolvers half of the time.
fn share(deadline: Deadline) -> Deadline {
    deadline.within(deadline.left() / 2)
}
