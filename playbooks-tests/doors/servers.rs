//! Servers that the trials play.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lifeboat::net::loopback::{TcpServer, UdpServer};
use lifeboat::net::{Deadline, Stream};

use super::AMPLE;

/// A UDP server that answers some datagrams and counts all.
pub struct Echo {
    pub address: SocketAddr,
    pub heard: Arc<AtomicUsize>,
}

impl Echo {
    /// Answers each datagram, from the `skip`-th on, with what `answer` makes of it.
    pub async fn start(skip: usize, answer: fn(&[u8]) -> Vec<Vec<u8>>) -> Self {
        let server = UdpServer::open().await.unwrap();
        let (address, heard) = (server.address(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((bytes, from)) = server.receive().await {
                if count.fetch_add(1, Ordering::SeqCst) >= skip {
                    for reply in answer(&bytes) {
                        server.send(&reply, from).await.unwrap();
                    }
                }
            }
        });
        Self { address, heard }
    }

    /// Hears everything and says nothing.
    pub async fn silent() -> Self {
        Self::start(usize::MAX, |_| Vec::new()).await
    }

    pub fn count(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

/// A web server that keeps the requests it got.
pub struct Web {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Web {
    /// Answers each request with the bytes that `answer` makes of its text, then closes.
    pub async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let server = TcpServer::open().await.unwrap();
        let (address, requests) = (server.address(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok(mut stream) = server.accept().await {
                let Some(request) = read_request(&mut stream).await else { continue };
                kept.lock().unwrap().push(request.clone());
                // The client may have heard enough and left.
                let _ = stream.write_all(&answer(&request), Deadline::after(AMPLE)).await;
                let _ = stream.finish(Deadline::after(AMPLE)).await;
            }
        });
        Self { address, requests }
    }

    /// Answers each connection of a listener, in threads.
    pub fn on(
        listener: std::net::TcpListener,
        answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut request = vec![0; 4096];
                let count = std::io::Read::read(&mut stream, &mut request).unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..count]).into_owned();
                if count > 0 {
                    kept.lock().unwrap().push(request.clone());
                    // The client may have heard enough and left.
                    let _ = std::io::Write::write_all(&mut stream, &answer(&request));
                }
            }
        });
        Self { address, requests }
    }

    /// Answers everything with one status and body.
    pub async fn plain(status: &'static str, body: &'static str) -> Self {
        Self::start(move |_| response(status, "", body.as_bytes())).await
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Reads a request with its body, lower-casing nothing; `None` when the client closed.
pub async fn read_request(stream: &mut Stream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let piece = stream.read_some(4096, Deadline::after(AMPLE)).await.ok()?;
        if piece.is_empty() {
            return None;
        }
        bytes.extend(piece);
    }
}

/// Builds a response; `headers` are whole lines.
pub fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
