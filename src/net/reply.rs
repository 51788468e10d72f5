//! An HTTP reply, read with caps.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;

use super::{Deadline, NetError, courtesy};
use crate::model::{KnownSecrets, Remote};

/// The most headers that are kept, and the longest value.
const HEADERS: (usize, usize) = (64, 4096);

/// A reply. All of it is somebody else's text.
#[derive(Clone, Debug)]
pub struct HttpReply {
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, Remote)>,
    /// The body, at most the request's cap of it.
    pub body: Vec<u8>,
    /// Whether the body is whole: neither cut at the cap nor broken off by the peer.
    pub whole: bool,
    /// The address that answered, as the estate knows it.
    pub from: SocketAddr,
    /// How many redirects were followed.
    pub hops: u8,
    /// How long the service asks to be left alone: `Retry-After` of a reply that says that it is busy.
    pub after: Option<Duration>,
    /// The time from the first packet of the last hop to the end of the body.
    pub took: Duration,
}

impl HttpReply {
    /// Returns a header's value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&Remote> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// Returns the service's own time, where it says it (UTC, whole seconds).
    pub fn date(&self) -> Option<Timestamp> {
        self.header("date").and_then(|date| courtesy::moment(date.raw()))
    }

    /// Overwrites known secrets in the headers and in the body.
    pub(super) fn hiding(mut self, known: &KnownSecrets) -> Self {
        known.hide(&mut self.body);
        for (_, value) in &mut self.headers {
            let mut bytes = value.raw().as_bytes().to_vec();
            if known.hide(&mut bytes) {
                *value = Remote::from_bytes(&bytes);
            }
        }
        self
    }

    /// Tells whether the service has too much to do: 429 (RFC 6585 §4) or 503 (RFC 9110 §15.6.4).
    pub fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// Tells whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Keeps the headers that are text, within bounds.
pub(super) fn headers(map: &HeaderMap) -> Vec<(String, Remote)> {
    let (most, longest) = HEADERS;
    map.iter()
        .filter(|(_, value)| value.len() <= longest)
        .map(|(name, value)| (name.as_str().to_owned(), Remote::from_bytes(value.as_bytes())))
        .take(most)
        .collect()
}

/// Reads a body of at most `cap` bytes; what is longer is cut, and never unpacked.
pub(super) async fn body(
    mut response: reqwest::Response,
    cap: usize,
    deadline: Deadline,
) -> Result<(Vec<u8>, bool), NetError> {
    let mut bytes = Vec::new();
    loop {
        match deadline.run(response.chunk()).await {
            None => return Err(NetError::Lost),
            Some(Err(_)) => return Ok((bytes, false)),
            Some(Ok(None)) => return Ok((bytes, true)),
            Some(Ok(Some(piece))) => {
                let room = cap - bytes.len();
                take(&mut bytes, &piece[..piece.len().min(room)], cap);
                if piece.len() > room {
                    return Ok((bytes, false));
                }
            }
        }
    }
}

/// Adds a piece; room grows twofold, and never beyond the cap.
fn take(bytes: &mut Vec<u8>, piece: &[u8], cap: usize) {
    let needed = bytes.len() + piece.len();
    if needed > bytes.capacity() {
        let room = needed.max(bytes.capacity().saturating_mul(2)).min(cap.max(needed));
        bytes.reserve_exact(room - bytes.len());
    }
    bytes.extend_from_slice(piece);
}
