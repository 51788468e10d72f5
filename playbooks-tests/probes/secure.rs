//! Servers over TLS that the trials play: each connection's one question is kept, and answered with whatever bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use lifeboat::wire::dns::{decode_query, encode_answer};
use rustls::{ServerConnection, StreamOwned};

use super::servers::healthy;
use crate::doors::tls::Identity;

/// A server over TLS on loopback, and every question that it could read.
pub struct Secure {
    pub at: SocketAddr,
    told: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// Reads one question from a connection.
pub type Hear = fn(&mut dyn Read) -> Option<Vec<u8>>;

impl Secure {
    /// Answers each connection's one question with whatever bytes.
    pub fn start(
        identity: Identity,
        hear: Hear,
        reply: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (at, config) = (listener.local_addr().unwrap(), identity.config());
        let told = Arc::new(Mutex::new(Vec::new()));
        let (kept, reply) = (Arc::clone(&told), Arc::new(reply));
        std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                let session = ServerConnection::new(Arc::clone(&config)).unwrap();
                let (kept, reply) = (Arc::clone(&kept), Arc::clone(&reply));
                std::thread::spawn(move || {
                    let mut stream = StreamOwned::new(session, socket);
                    let Some(question) = hear(&mut stream) else { return };
                    kept.lock().unwrap().push(question.clone());
                    // The client may have heard enough and left.
                    let _ = stream.write_all(&reply(&question));
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                });
            }
        });
        Self { at, told }
    }

    pub fn told(&self) -> Vec<Vec<u8>> {
        self.told.lock().unwrap().clone()
    }
}

/// Reads a message with its length before it.
pub fn framed(stream: &mut dyn Read) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).ok()?;
    Some(message)
}

/// Reads an HTTP request, head and body.
pub fn posted(stream: &mut dyn Read) -> Option<Vec<u8>> {
    let (mut request, mut byte) = (Vec::new(), [0]);
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.parse().ok()?];
    stream.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}

/// Returns what stands behind a request's head.
pub fn body_of(request: &[u8]) -> &[u8] {
    let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    &request[end + 4..]
}

/// Answers a message as a healthy server of `lab.example.` does.
pub fn answered(message: &[u8]) -> Vec<u8> {
    let asked = decode_query(message).unwrap();
    encode_answer(&asked, &healthy()(&asked).unwrap(), 65_535).unwrap()
}

pub fn with_length(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

pub fn reply(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub const MESSAGE: &str = "application/dns-message";

/// A resolver over TLS that answers everything.
pub fn dot(identity: Identity) -> Secure {
    Secure::start(identity, framed, |message| with_length(&answered(message)))
}

/// A resolver over HTTPS that answers everything.
pub fn doh(identity: Identity) -> Secure {
    Secure::start(identity, posted, |it| reply("200 OK", MESSAGE, &answered(body_of(it))))
}
