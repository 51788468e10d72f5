//! One HTTP request to one peer over one fresh connection.
//!
//! Each attempt has a client of its own that knows a single address: nothing can be resolved, reused
//! or repeated behind our back, and a failed connection surely sent nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response};

use super::fence::Gate;
use super::target::Target;
use super::{Deadline, Door, Fence, HttpReply, HttpRequest, NetError, Peer, Stopwatch};
use super::{connected, reply, seats, tls};
use crate::model::Remote;

/// What is kept of a budget so that a connection that is too slow is told from a lost reply.
const MARGIN: Duration = Duration::from_millis(10);

/// What an HTTP/2 peer may send before it is read (RFC 9113 §5.2), and the most bytes of its headers.
const WINDOW: u32 = 1 << 16;
const HEADS: u32 = 16 << 10;

/// Gives every name the one admitted address.
struct Only(SocketAddr);

impl Resolve for Only {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// Sends a request to a peer and reads the reply; `connect_by` bounds the connection alone.
pub(super) async fn send(
    request: &HttpRequest,
    target: &Target,
    peer: &Peer,
    door: &Door,
    connect_by: Deadline,
) -> Result<HttpReply, NetError> {
    let headers = headers(request, target)?;
    let url = target.towards(peer, door.is_sealed())?;
    let seat = seats::take(connect_by).await?;
    let watch = Stopwatch::start();
    let left = connect_by.left().saturating_sub(MARGIN).max(Duration::from_millis(1));
    let client = client(request, peer, left, door.fence())?;
    let sending = client.request(request.method.into(), url).headers(headers);
    let sending = sending.body(request.body.clone()).send();
    let response = match request.deadline.run(sending).await {
        None => return Err(NetError::Lost),
        Some(Err(error)) => return Err(failure(error, peer)),
        Some(Ok(response)) => response,
    };
    let read = read(response, request, peer, watch).await;
    let read = read.map(|reply| reply.hiding(door.known()));
    drop(seat);
    read
}

async fn read(
    response: Response,
    request: &HttpRequest,
    peer: &Peer,
    watch: Stopwatch,
) -> Result<HttpReply, NetError> {
    let status = response.status().as_u16();
    let headers = reply::headers(response.headers());
    let (body, whole) = reply::body(response, request.body_cap, request.deadline).await?;
    let (from, took) = (peer.address(), watch.took());
    Ok(HttpReply { status, headers, body, whole, from, hops: 0, after: None, took })
}

fn client(
    request: &HttpRequest,
    peer: &Peer,
    left: Duration,
    fence: Option<&Fence>,
) -> Result<Client, NetError> {
    let mut tls = tls::config(request.ca.as_deref())?;
    let mut building = Client::builder();
    building = if request.http2 {
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        building
            .http2_initial_stream_window_size(WINDOW)
            .http2_initial_connection_window_size(WINDOW)
            .http2_max_header_list_size(HEADS)
    } else {
        building.http1_only()
    };
    building = building
        .tls_backend_preconfigured(tls)
        .dns_resolver(Arc::new(Only(peer.reach())))
        .connect_timeout(left)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .no_proxy()
        .referer(false)
        .http1_max_headers(100)
        .user_agent(concat!("lifeboat/", env!("CARGO_PKG_VERSION")));
    if let Some(fence) = fence {
        let gate = Gate { fence: fence.clone(), deadline: request.deadline };
        building = building.connector_layer(gate);
    }
    building.build().map_err(|_| NetError::BadRequest("no HTTP client could be made"))
}

fn headers(request: &HttpRequest, target: &Target) -> Result<HeaderMap, NetError> {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, target.host_header()?);
    for (name, value) in &request.headers {
        let value = HeaderValue::from_str(value);
        headers.insert(named(name)?, value.map_err(|_| NetError::BadRequest("a header's value"))?);
    }
    if let Some(credential) = &request.credential {
        let value = HeaderValue::from_str(credential.value.expose());
        let mut value =
            value.map_err(|_| NetError::BadRequest("the credential is no header text"))?;
        value.set_sensitive(true);
        headers.insert(named(&credential.header)?, value);
    }
    Ok(headers)
}

fn named(name: &str) -> Result<HeaderName, NetError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| NetError::BadRequest("a header's name"))
}

/// Names a failure without the URL that the library would add.
fn failure(error: reqwest::Error, peer: &Peer) -> NetError {
    let error = error.without_url();
    if error.is_builder() {
        return NetError::BadRequest("the request cannot be built");
    }
    if error.is_connect() {
        if error.is_timeout() {
            return NetError::ConnectTimedOut;
        }
        let named =
            NetError::of_connect(&error).unwrap_or(NetError::Tls(Remote::new("handshake failed")));
        // An early end inside the handshake still means that no request was sent.
        let named =
            if named.surely_not_sent() { named } else { NetError::Tls(Remote::new("closed")) };
        return connected::unless_no_route(named, peer);
    }
    if error.is_timeout() {
        return NetError::Lost;
    }
    match parse_failure(&error) {
        true => NetError::Malformed,
        false => NetError::Closed,
    }
}

/// Tells whether the peer's bytes were no HTTP, rather than missing.
fn parse_failure(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        // The type is not ours to name: its text is the only thing it shows.
        if source.to_string().starts_with("invalid HTTP") {
            return true;
        }
        next = source.source();
    }
    false
}
