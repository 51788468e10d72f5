//! One request a connection, read from a drill's stream with everything bounded.

use crate::net::{Deadline, NetError, Stream};
use crate::wire::http::Request;

/// The longest head, and the longest body.
const HEAD: usize = 16 << 10;
const BODY: usize = 8 << 20;

/// Reads a request from a connection; `None` when the client is no HTTP client or went away.
///
/// # Errors
/// What the connection says.
pub async fn request(stream: &mut Stream, deadline: Deadline) -> Result<Option<Request>, NetError> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let piece = stream.read_some(4096, deadline).await?;
        if piece.is_empty() || bytes.len() + piece.len() > HEAD {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece);
    };
    let Some(mut request) = Request::of(&String::from_utf8_lossy(&bytes[..end])) else {
        return Ok(None);
    };
    let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>);
    let Ok(length) = length else { return Ok(None) };
    let mut body = bytes.split_off(end + 4);
    if length > BODY || body.len() > length {
        return Ok(None);
    }
    body.extend(stream.read_exact(length - body.len(), deadline).await?);
    request.body = body;
    Ok(Some(request))
}
