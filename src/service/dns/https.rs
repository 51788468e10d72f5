//! One DNS message by `POST` over HTTPS (RFC 8484).
//!
//! The request goes to the address that the estate wrote: no name is looked up on the way to a resolver. No redirect is
//! followed, and nothing but status 200 with a DNS message in it is an answer.

use std::net::{IpAddr, SocketAddr};

use crate::model::{Ending, Inconclusive, Remote};
use crate::net::{Deadline, Door, Http, HttpReply, HttpRequest, Method, Purpose};
use crate::service::ending;

/// The type of question and answer (RFC 8484 §6).
const MESSAGE: &str = "application/dns-message";

/// The longest DNS message (RFC 8484 §6).
const LONGEST: usize = 65_535;

/// Where a resolver takes questions, and what it must prove.
pub(super) struct Place<'a> {
    pub server: SocketAddr,
    pub name: &'a str,
    pub path: &'a str,
    pub ca: Option<&'a [u8]>,
}

/// Sends a message and returns the message that came back, or how it ended.
pub(super) async fn exchange<T>(
    door: &Door,
    place: &Place<'_>,
    message: &[u8],
    until: Deadline,
) -> Result<Vec<u8>, Ending<T>> {
    let mut request = HttpRequest::new(Method::Post, url(place), until.left());
    request.purpose = Purpose::Measure { first: true };
    request.headers = ["Content-Type", "Accept"].map(|it| (it.into(), MESSAGE.into())).to_vec();
    request.body = message.to_vec();
    request.pinned = vec![place.server];
    request.ca = place.ca.map(<[u8]>::to_vec);
    request.body_cap = LONGEST;
    request.deadline = until;
    request.http2 = true;
    let reply = Http::new(door.clone()).request(request).await;
    message_of(reply.map_err(|error| ending(&error))?)
}

fn url(place: &Place<'_>) -> String {
    let name = place.name.strip_suffix('.').unwrap_or(place.name);
    let host = match name.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        Ok(IpAddr::V4(_)) | Err(_) => name.to_owned(),
    };
    format!("https://{host}:{}{}", place.server.port(), place.path)
}

/// Takes the message out of a reply (RFC 8484 §4.2.1).
fn message_of<T>(reply: HttpReply) -> Result<Vec<u8>, Ending<T>> {
    let wrong = |what: &str| Err(Ending::Malformed(Remote::new(what)));
    let kind = reply.header("content-type").map(Remote::raw).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match reply.status {
        200 if !kind.eq_ignore_ascii_case(MESSAGE) => {
            wrong(&format!("HTTP: the content is `{kind}`, and not `{MESSAGE}`"))
        }
        200 if reply.body.len() >= LONGEST && !reply.whole => {
            wrong("HTTP: the reply is longer than any DNS message")
        }
        200 if !reply.whole => Err(Ending::Closed),
        200 => Ok(reply.body),
        // It is asked what it can answer, and does not want to now (RFC 6585 §4).
        429 => Err(Ending::Inconclusive(Inconclusive::Busy("HTTP: status 429".to_owned()))),
        status => wrong(&format!("HTTP: status {status}")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reply(status: u16, kind: &str, body: usize, whole: bool) -> HttpReply {
        HttpReply {
            status,
            headers: vec![("content-type".to_owned(), Remote::new(kind))],
            body: vec![0; body],
            whole,
            from: ([127, 0, 0, 1], 443).into(),
            hops: 0,
            after: None,
            took: Duration::ZERO,
        }
    }

    fn told(reply: HttpReply) -> String {
        match message_of::<()>(reply) {
            Ok(bytes) => format!("{} bytes", bytes.len()),
            Err(Ending::Malformed(what)) => what.to_string(),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn only_a_whole_message_of_the_right_type_is_an_answer() {
        assert_eq!(told(reply(200, MESSAGE, 12, true)), "12 bytes");
        assert_eq!(told(reply(200, "Application/DNS-Message; charset=x", 12, true)), "12 bytes");
        assert!(
            told(reply(200, "text/html", 12, true)).starts_with("HTTP: the content is `text/html`")
        );
        assert!(told(reply(200, "application/dns-messages", 12, true)).contains("and not"));
        assert_eq!(told(reply(200, MESSAGE, 12, false)), "Closed");
        assert_eq!(told(reply(200, MESSAGE, LONGEST, true)), "65535 bytes");
        assert!(told(reply(200, MESSAGE, LONGEST, false)).contains("longer than any"));
        for status in [204, 302, 400, 404, 415, 500, 502] {
            assert_eq!(told(reply(status, MESSAGE, 12, true)), format!("HTTP: status {status}"));
        }
        assert!(told(reply(429, MESSAGE, 12, true)).contains("Busy"));
    }

    #[test]
    fn the_host_is_what_the_certificate_must_hold() {
        let of = |name, server: &str, path| {
            let server = server.parse().expect("an address");
            url(&Place { server, name, path, ca: None })
        };
        assert_eq!(of("dns.example.", "192.0.2.1:8443", "/q"), "https://dns.example:8443/q");
        assert_eq!(of("2001:db8::1", "[2001:db8::1]:443", "/"), "https://[2001:db8::1]:443/");
    }
}
