//! URLs, as far as a document can be held to them: scheme, host and port, no secrets.

use std::net::IpAddr;

use super::super::fault::quoted;
use super::super::nearest::nearest;
use super::{Wrong, is_domain};

/// The parts of a URL that lint looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    /// `udp`, `http`, `https` …
    pub scheme: &'a str,
    /// A name or an address, without brackets.
    pub host: &'a str,
    /// The port, where one is written.
    pub port: Option<u16>,
}

impl<'a> Url<'a> {
    /// Splits a URL; says what is wrong where it is none.
    pub fn split(text: &'a str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.split_once("://").ok_or("it has no scheme such as `https://`")?;
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("it has a space in it");
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if authority.contains('@') {
            return Err("it carries a user or password; a secret is never written here");
        }
        let (host, port) = host_and_port(authority)?;
        let address = host.parse::<IpAddr>().is_ok();
        if !(address || is_domain(host)) || host == "." || host == "@" {
            return Err("its host is neither a name nor an address");
        }
        Ok(Self { scheme, host, port })
    }

    /// Returns the host's address, where it is written as one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

fn host_and_port(authority: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => {
            let (host, after) =
                inner.split_once(']').ok_or("the bracket of its address is open")?;
            let port = if after.is_empty() {
                None
            } else {
                Some(after.strip_prefix(':').ok_or("its port is no number")?)
            };
            (host, port)
        }
        None => {
            authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port)))
        }
    };
    let number = |text: &str| {
        text.parse::<u16>()
            .ok()
            .filter(|port| *port > 0)
            .ok_or("its port is no number from 1 to 65535")
    };
    Ok((host, port.map(number).transpose()?))
}

fn check(text: &str, schemes: &[&str], expected: &'static str) -> Result<(), Wrong> {
    let wrong = |why: &str| Wrong::new(format!("{} is no such URL: {why}", quoted(text)), expected);
    let url = Url::split(text).map_err(wrong)?;
    if schemes.contains(&url.scheme) {
        return Ok(());
    }
    let found = format!("{} cannot be spoken here", quoted(url.scheme));
    Err(Wrong::new(found, expected).near(nearest(url.scheme, schemes.iter().copied())))
}

pub(super) fn web(text: &str) -> Result<(), Wrong> {
    check(text, &["https", "http"], "an `https://` URL, for example `https://192.0.2.30:9091/`")
}

pub(super) fn announce(text: &str) -> Result<(), Wrong> {
    let expected = "an announce URL: `udp://HOST:PORT/announce`, `http://...` or `https://...`";
    check(text, &["udp", "http", "https"], expected)?;
    if Url::split(text).is_ok_and(|url| url.scheme == "udp" && url.port.is_none()) {
        return Err(Wrong::new(format!("{} has no port", quoted(text)), expected)
            .hint("UDP has no usual port; write one"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Url, announce, web};

    #[test]
    fn urls_are_split() {
        let url = Url::split("https://[2001:db8::1]:8443/api?x=1").unwrap();
        assert_eq!((url.scheme, url.host, url.port), ("https", "2001:db8::1", Some(8443)));
        assert_eq!(Url::split("udp://a.example:6969/announce").unwrap().port, Some(6969));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for bad in [
            "",
            "a.example",
            "https://",
            "https://user:pw@a.example/",
            "https://a b/",
            "https://a:0/",
            "https://[::1/",
            "ftp://a/",
        ] {
            assert!(web(bad).is_err(), "{bad}");
        }
        assert!(announce("udp://a.example/announce").is_err());
        assert!(announce("htp://a.example/announce").unwrap_err().nearest.is_some());
    }
}
