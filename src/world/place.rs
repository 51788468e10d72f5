//! The parts of the estate's URLs, as far as a server needs them.

use std::net::IpAddr;

/// A URL of the estate: lint has seen to its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `http`, `https` or `udp`.
    pub scheme: String,
    /// The host, without brackets.
    pub host: String,
    /// The port, written or usual.
    pub port: u16,
    /// The path, from its first slash; without the query.
    pub path: String,
}

impl Place {
    /// Reads a URL; `None` where it has no host or port.
    pub fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let usual = match scheme {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        let (host, port) = match authority.strip_prefix('[') {
            Some(v6) => {
                let (host, after) = v6.split_once(']')?;
                (host, after.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok()?,
            None => usual?,
        };
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let host = host.to_ascii_lowercase();
        (!host.is_empty()).then(|| Self {
            scheme: scheme.to_owned(),
            host,
            port,
            path: path.to_owned(),
        })
    }

    /// Returns the host as an address, where it is one.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Tells whether it is spoken to by datagrams.
    pub fn is_udp(&self) -> bool {
        self.scheme == "udp"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Option<(String, u16, String)> {
        Place::of(url).map(|place| (place.host, place.port, place.path))
    }

    #[test]
    fn a_url_has_host_port_and_path() {
        let of = |host: &str, port, path: &str| Some((host.into(), port, path.into()));
        assert_eq!(parts("udp://T.example:6969/announce"), of("t.example", 6969, "/announce"));
        assert_eq!(parts("https://[2001:db8::1]/a?b=c"), of("2001:db8::1", 443, "/a"));
        assert_eq!(parts("http://192.0.2.1"), of("192.0.2.1", 80, ""));
        assert_eq!(parts("udp://t.example/announce"), None);
        assert_eq!(parts("t.example"), None);
    }
}
