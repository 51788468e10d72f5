//! An HTTP server on loopback that answers as its trial says; every connection is one request.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// A request: its first line, its headers in lower case, and its body.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// All of it, as it came.
    pub raw: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Answers every request with the bytes that a function gives; the thread ends with the process.
pub fn serve(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, answer) = (listener.local_addr().unwrap(), Arc::new(answer));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || {
                let mut stream = stream;
                if let Some(request) = read(&mut stream) {
                    // Whoever asked may have left.
                    let _ = stream.write_all(&answer(&request));
                }
            });
        }
    });
    address
}

/// Passes a request on and returns the reply.
pub fn pass(to: SocketAddr, request: &Request) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).unwrap();
    stream.write_all(&request.raw).unwrap();
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    reply
}

/// Builds a reply.
pub fn reply(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut text =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    [text.as_bytes(), b"\r\n", body].concat()
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut raw, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = raw.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&raw[..end]).into_owned();
            let mut lines = head.lines();
            let line = lines.next()?.to_owned();
            let pair = |line: &str| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            };
            let headers: Vec<_> = lines.filter_map(pair).collect();
            let request = Request { line, headers, ..Request::default() };
            let length =
                request.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
            if raw.len() >= end + 4 + length {
                return Some(Request { body: raw[end + 4..].to_vec(), raw, ..request });
            }
        }
        match stream.read(&mut piece).ok()? {
            0 => return None,
            count => raw.extend_from_slice(&piece[..count]),
        }
    }
}
