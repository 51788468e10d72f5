//! The servers that these trials play.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lifeboat::net::loopback::{TcpServer, UdpServer};
use lifeboat::net::{Deadline, Stream};
use lifeboat::wire::tracker_udp::{Announce, Counts, Reply, Request};

/// What a tracker hears and what it would usually say.
pub type Answer = fn(Request) -> Vec<Vec<u8>>;

/// A UDP tracker that keeps the announces it got.
pub struct UdpTracker {
    pub address: SocketAddr,
    announces: Arc<Mutex<Vec<Announce>>>,
    heard: Arc<Mutex<u32>>,
}

impl UdpTracker {
    /// Answers each request with the datagrams that `answer` makes of it.
    pub async fn start(answer: Answer) -> Self {
        Self::start_behind(answer, false).await
    }

    /// The same, but every reply comes from another port than was asked.
    pub async fn start_askew(answer: Answer) -> Self {
        Self::start_behind(answer, true).await
    }

    async fn start_behind(answer: Answer, askew: bool) -> Self {
        let (server, other) = (UdpServer::open().await.unwrap(), UdpServer::open().await.unwrap());
        let address = server.address();
        let (announces, heard) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (kept, count) = (Arc::clone(&announces), Arc::clone(&heard));
        tokio::spawn(async move {
            while let Ok((bytes, from)) = server.receive().await {
                *count.lock().unwrap() += 1;
                let request = Request::decode(&bytes).unwrap();
                if let Request::Announce { announce, .. } = &request {
                    kept.lock().unwrap().push(announce.clone());
                }
                for reply in answer(request) {
                    let out = if askew { &other } else { &server };
                    out.send(&reply, from).await.unwrap();
                }
            }
        });
        Self { address, announces, heard }
    }

    pub fn url(&self) -> String {
        format!("udp://{}/announce", self.address)
    }

    pub fn announces(&self) -> Vec<Announce> {
        self.announces.lock().unwrap().clone()
    }

    pub fn heard(&self) -> u32 {
        *self.heard.lock().unwrap()
    }
}

/// Answers as a healthy tracker with three peers, one of them impossible.
pub fn healthy(request: Request) -> Vec<Vec<u8>> {
    let peers = ["192.0.2.7:6881", "198.51.100.8:6881", "10.0.0.9:6881"];
    let own = format!("203.0.113.1:{}", lifeboat::service::tracker::PORT);
    let peers = peers.into_iter().chain([own.as_str()]).map(|it| it.parse().unwrap()).collect();
    vec![match request {
        Request::Connect { transaction } => Reply::Connect { transaction, connection: 77 }.encode(),
        Request::Announce { transaction, connection: 77, .. } => {
            Reply::Announce { transaction, interval: 1800, leechers: 2, seeders: 5, peers }.encode()
        }
        Request::Scrape { transaction, connection: 77, info_hashes } => {
            let counts = Counts { seeders: 5, completed: 9, leechers: 2 };
            Reply::Scrape { transaction, counts: vec![counts; info_hashes.len()] }.encode()
        }
        other => panic!("a wrong connection id in {other:?}"),
    }]
}

/// A web server: keeps each request's head and body, answers with whole bytes, then closes.
pub struct Web {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Web {
    /// Answers each request with what `answer` makes of its text; nothing: closes at once.
    pub async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let server = TcpServer::open().await.unwrap();
        let (address, requests) = (server.address(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok(mut stream) = server.accept().await {
                let Some(request) = request(&mut stream).await else { continue };
                kept.lock().unwrap().push(request.clone());
                // The client may have heard enough and left.
                let _ = stream.write_all(&answer(&request), Deadline::after(PATIENCE)).await;
                let _ = stream.finish(Deadline::after(PATIENCE)).await;
            }
        });
        Self { address, requests }
    }

    /// Answers everything with one status and body.
    pub async fn plain(status: &'static str, body: &'static [u8]) -> Self {
        Self::start(move |_| response(status, "", body)).await
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn request(stream: &mut Stream) -> Option<String> {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        let piece = stream.read_some(4096, Deadline::after(PATIENCE)).await.ok()?;
        if piece.is_empty() {
            return None;
        }
        text.push_str(std::str::from_utf8(&piece).unwrap());
    }
}

/// Builds a response; `headers` are whole lines.
pub fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
