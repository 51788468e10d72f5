//! HTTP/1.1 as a drill's servers speak it: heads of requests, and whole responses (RFC 9112).

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `PATCH` …
    pub method: String,
    /// The path, as it came.
    pub path: String,
    /// What stands behind the question mark, as it came.
    pub query: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The body's type.
    pub kind: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Returns a header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Reads a request's head; `None` for what is no HTTP.
    pub fn of(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?, first.next()?);
        first.next().filter(|version| version.starts_with("HTTP/1."))?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        };
        Some(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: lines.filter_map(header).collect(),
            body: Vec::new(),
        })
    }
}

impl Response {
    /// Makes a response with a body of JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { status, kind: "application/json", headers: Vec::new(), body }
    }

    /// Makes a response with a body of text.
    pub fn text(status: u16, body: &str) -> Self {
        let body = body.as_bytes().to_vec();
        Self { status, kind: "text/plain", headers: Vec::new(), body }
    }

    /// Returns its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // RFC 9110 §8.6: an answer without content has no length either.
        if self.status != 204 {
            let length = self.body.len();
            head.push_str(&format!("content-type: {}\r\ncontent-length: {length}\r\n", self.kind));
        }
        head.push_str("connection: close\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        500 => "Internal Server Error",
        _ => "Unknown",
    }
}

/// Undoes percent-encoding; what is no hexadecimal stays as it is.
pub fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        let code = (bytes[at] == b'%').then(|| Some(digit(at + 1)? * 16 + digit(at + 2)?));
        let code = code.flatten().and_then(|code| u8::try_from(code).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read() {
        let head = "PATCH /zones/a.?x=1 HTTP/1.1\r\nX-API-Key: k\r\nContent-Length: 2";
        let request = Request::of(head).expect("is HTTP");
        assert_eq!((request.method.as_str(), request.path.as_str()), ("PATCH", "/zones/a."));
        assert_eq!((request.query.as_str(), request.header("x-api-key")), ("x=1", Some("k")));
        for hostile in ["", "GET", "GET /", "GET / FTP/1.0", "\0\u{1} \u{2}"] {
            assert_eq!(Request::of(hostile), None, "{hostile}");
        }
    }

    #[test]
    fn percent_encoding_is_undone_to_bytes() {
        assert_eq!(decoded("a%2Fb%fF"), [b'a', b'/', b'b', 0xff]);
        for broken in ["%", "%4", "%zz", "%+1", "ä%"] {
            assert_eq!(decoded(broken), broken.as_bytes());
        }
    }

    #[test]
    fn a_response_without_content_has_no_length() {
        let none = String::from_utf8(Response::text(204, "").encode()).expect("is text");
        assert_eq!(none, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        let some = String::from_utf8(Response::text(200, "ok").encode()).expect("is text");
        assert!(some.ends_with("content-length: 2\r\nconnection: close\r\n\r\nok"), "{some}");
    }
}
