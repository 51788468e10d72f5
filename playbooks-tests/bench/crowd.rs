//! A crowd of servers on loopback: live ones, silent ones that count what they hear, and closed ports.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;

use lifeboat::net::loopback::RefusingPort;
use lifeboat::wire::tracker_http::AnnounceReply;
use lifeboat::wire::tracker_udp::{Reply, Request};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets this process hold as many files as the system allows, and checks that they suffice.
pub fn make_room(files: u64) {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    assert!(hard >= files, "the benchmark plays {files} servers, and `ulimit -Hn` is {hard}");
    setrlimit(Resource::RLIMIT_NOFILE, files, hard).unwrap();
}

/// A UDP socket that is never answered from; the system keeps what it hears.
pub struct SilentUdp(UdpSocket);

impl SilentUdp {
    pub fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        Self(socket)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// Counts what has come since it was opened.
    pub fn count(&self) -> usize {
        let mut buffer = [0; 2048];
        std::iter::from_fn(|| self.0.recv_from(&mut buffer).ok()).count()
    }
}

/// A TCP port whose connections stand and are never served.
pub struct SilentTcp(TcpListener);

impl SilentTcp {
    pub fn open() -> Self {
        Self::of(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// Opens the port beside a UDP one of the same number.
    pub fn beside(udp: &SilentUdp) -> Option<Self> {
        TcpListener::bind(udp.address()).ok().map(Self::of)
    }

    fn of(listener: TcpListener) -> Self {
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    /// Counts the connections on which something was said.
    pub fn count(&self) -> usize {
        let spoke = |mut stream: TcpStream| {
            stream.set_nonblocking(true).unwrap();
            stream.read(&mut [0; 64]).is_ok_and(|count| count > 0)
        };
        let connections = std::iter::from_fn(|| self.0.accept().ok());
        connections.filter_map(|(stream, _)| spoke(stream).then_some(())).count()
    }
}

/// Plays a tracker over UDP for as long as this process lives.
pub fn live_udp() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let reply = match Request::decode(&buffer[..count]).unwrap() {
                Request::Connect { transaction } => Reply::Connect { transaction, connection: 7 },
                Request::Announce { transaction, .. } => Reply::Announce {
                    transaction,
                    interval: 1800,
                    leechers: 0,
                    seeders: 1,
                    peers: vec!["198.51.100.1:6881".parse().unwrap()],
                },
                Request::Scrape { transaction, .. } => {
                    Reply::Scrape { transaction, counts: Vec::new() }
                }
            };
            socket.send_to(&reply.encode(), from).unwrap();
        }
    });
    address
}

/// Plays a tracker over HTTP for as long as this process lives.
pub fn live_http() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let peers = vec!["198.51.100.1:6881".parse().unwrap()];
        let reply = AnnounceReply { interval: Some(1800), peers, ..AnnounceReply::default() };
        let body = reply.encode();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        for mut stream in listener.incoming().flatten() {
            let mut heard = Vec::new();
            while !heard.ends_with(b"\r\n\r\n") {
                let mut piece = [0; 1024];
                match stream.read(&mut piece) {
                    Ok(count) if count > 0 => heard.extend_from_slice(&piece[..count]),
                    Ok(_) | Err(_) => break,
                }
            }
            // A client that has left hears nothing.
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    address
}

/// Returns a closed port that stays closed.
pub fn refusing(udp: bool) -> RefusingPort {
    if udp { RefusingPort::udp().unwrap() } else { RefusingPort::tcp().unwrap() }
}
