//! Announce URLs, compared as clients compare them: scheme and host without case, default ports left out.

use super::{Tracker, TrackerEntry};

/// Returns an announce URL's scheme in lower case.
pub fn announce_scheme(url: &str) -> String {
    url.split("://").next().unwrap_or_default().to_ascii_lowercase()
}

/// Tells whether two announce URLs are the same.
pub fn same_announce_url(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

impl Tracker {
    /// Tells whether an announce URL is one of this tracker's.
    pub fn has_url(&self, url: &str) -> bool {
        self.urls.iter().any(|own| same_announce_url(own, url))
    }

    /// Tells whether a list holds any URL of this tracker.
    pub fn is_in(&self, list: &[TrackerEntry]) -> bool {
        list.iter().any(|entry| self.has_url(&entry.url))
    }
}

/// Writes a URL in one form; what is no URL stays as it is.
fn plain(url: &str) -> String {
    let Some((_, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let (scheme, host) = (announce_scheme(url), host.to_ascii_lowercase());
    let default = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let host = host.strip_suffix(default).unwrap_or(&host);
    format!("{scheme}://{host}{}", if path.is_empty() { "/" } else { path })
}

#[cfg(test)]
mod tests {
    use super::same_announce_url as same;

    #[test]
    fn case_and_default_ports_do_not_count() {
        assert!(same("HTTP://T.example:80/announce", "http://t.example/announce"));
        assert!(same("https://t.example", "https://T.EXAMPLE:443/"));
        assert!(!same("http://t.example:8080/announce", "http://t.example/announce"));
        assert!(!same("http://t.example/Announce", "http://t.example/announce"));
        assert!(!same("udp://t.example:80/announce", "udp://t.example/announce"));
        assert!(!same("udp://t.example:80/announce", "http://t.example:80/announce"));
    }
}
