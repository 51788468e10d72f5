//! Heads of HTTP requests, and percent-encoding, as a drill's servers read them (RFC 9112, RFC 3986 §2.1).

use lifeboat::wire::http::{Request, Response, decoded};

use super::{Target, text_of, within};

pub const TARGET: Target = Target {
    name: "http-head",
    decoders: &["wire::http::Request::of", "wire::http::decoded"],
    hold,
    planted,
    swollen: &[
        |size| [b"GET / HTTP/1.1\r\n", &b":\r\n".repeat(size / 3)[..]].concat(),
        |size| b" ".repeat(size),
        |size| b"%00".repeat(size / 3),
    ],
};

fn hold(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    if let Some(request) = within(bytes, || Request::of(text)) {
        assert!(!request.method.contains(' ') && !request.path.contains(['?', ' ']));
        assert!(request.headers.iter().all(|(name, _)| *name == name.to_ascii_lowercase()));
        let response = Response::text(200, &request.path).encode();
        assert!(response.ends_with(request.path.as_bytes()));
    }
    let plain = within(bytes, || decoded(text));
    assert!(plain.len() <= bytes.len());
    let escaped: String = plain.iter().map(|byte| format!("%{byte:02x}")).collect();
    assert_eq!(decoded(&escaped), plain);
}

/// A PATCH of four headers.
fn planted(bytes: &[u8]) -> Option<bool> {
    let request = Request::of(text_of(bytes)?)?;
    Some(request.method == "PATCH" && request.headers.len() > 3)
}
