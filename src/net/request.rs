//! An HTTP request as callers describe it.

use std::net::SocketAddr;
use std::time::Duration;

use super::target::origin_of;
use super::{Deadline, Origin};
use crate::model::Secret;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Reads the head alone.
    Head,
    /// Posts.
    Post,
    /// Puts.
    Put,
    /// Changes a part.
    Patch,
    /// Deletes.
    Delete,
}

/// What a request is for, which decides whether it may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It reads: sent again while the retry budget pays and its deadline lasts.
    Read,
    /// It measures: sent once, because the tries of a measurement are counted by whoever measures. Those
    /// after the first pay nothing into the retry budget.
    Measure {
        /// Whether it is the first try.
        first: bool,
    },
    /// It changes something: sent once.
    Write,
}

/// Where `http://` without TLS is allowed. With a credential it is always [`PlainHttp::Private`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// Inside the estate's private ranges, and on a loopback address that the estate wrote: APIs.
    Private,
    /// Anywhere: trackers.
    Anywhere,
}

/// A header whose value is secret.
#[derive(Clone)]
pub struct Credential {
    /// The header's name.
    pub header: String,
    /// Its whole value.
    pub value: Secret,
}

/// One request. [`HttpRequest::new`] gives the careful defaults.
#[derive(Clone)]
pub struct HttpRequest {
    /// What it does.
    pub method: Method,
    /// What it is for: reading methods read, all others write, unless the caller says otherwise.
    pub purpose: Purpose,
    /// Where to: `http` or `https`, without user and password.
    pub url: String,
    /// Further headers; none of them secret.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// Who named the URL.
    pub origin: Origin,
    /// The secret header, sent to the URL's own origin alone and never after a redirect elsewhere.
    pub credential: Option<Credential>,
    /// The origin that the credential belongs to, where it was bound to one; it is sent nowhere else.
    pub(super) bound: Option<String>,
    /// Addresses of the host that the estate wrote; port 0 means the URL's.
    pub pinned: Vec<SocketAddr>,
    /// A private authority (PEM), trusted instead of the public ones.
    pub ca: Option<Vec<u8>>,
    /// When the exchange ends.
    pub deadline: Deadline,
    /// The most bytes of the reply's body that are read.
    pub body_cap: usize,
    /// How many redirects are followed; each goal is admitted as learned. Reading methods only.
    pub follow: u8,
    /// Where `http://` is allowed.
    pub plain: PlainHttp,
    /// HTTP/2 is offered beside HTTP/1.1, and spoken if the peer takes it.
    pub http2: bool,
}

impl HttpRequest {
    /// Makes a request to a URL of the estate: no redirects, 1 MiB of reply, TLS outside private ranges.
    pub fn new(method: Method, url: impl Into<String>, budget: Duration) -> Self {
        let reads = matches!(method, Method::Get | Method::Head);
        Self {
            method,
            purpose: if reads { Purpose::Read } else { Purpose::Write },
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            origin: Origin::Estate,
            credential: None,
            bound: None,
            pinned: Vec::new(),
            ca: None,
            deadline: Deadline::after(budget),
            body_cap: 1 << 20,
            follow: 0,
            plain: PlainHttp::Private,
            http2: false,
        }
    }

    /// Adds a credential that belongs to the origin of a base URL, as the estate has it. Whatever becomes of the
    /// request's own URL, it is refused rather than sent to another scheme, host or port.
    pub fn bind(&mut self, credential: Credential, base: &str) {
        // A base that has no origin has none that a URL could be of.
        self.bound = Some(origin_of(base).unwrap_or_default());
        self.credential = Some(credential);
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Head => Self::HEAD,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Patch => Self::PATCH,
            Method::Delete => Self::DELETE,
        }
    }
}
