//! What a tracker says: a client for BEP 15, and for HTTP announces (BEP 3), apart from the one under test.

use super::http;
use super::torrent::InfoHash;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::Duration;

/// What a tracker counts for one torrent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrape {
    pub seeders: u32,
    pub completed: u32,
    pub leechers: u32,
}

/// Shakes hands with a UDP tracker and returns the connection id.
pub fn connect(tracker: SocketAddr) -> Option<u64> {
    Session::open(tracker).map(|session| session.connection)
}

/// Asks a UDP tracker for its counts.
pub fn scrape(tracker: SocketAddr, torrent: InfoHash) -> Option<Scrape> {
    let answer = Session::open(tracker)?.call(2, &torrent.0)?;
    let number =
        |at: usize| answer.get(at..at + 4).map(|four| u32::from_be_bytes(four.try_into().unwrap()));
    Some(Scrape { seeders: number(8)?, completed: number(12)?, leechers: number(16)? })
}

/// Announces a seeder at a port to a UDP tracker and returns the peers it names.
pub fn announce(tracker: SocketAddr, torrent: InfoHash, port: u16) -> Option<Vec<SocketAddrV4>> {
    tell(tracker, torrent, port, STARTED)
}

/// Tells whether a UDP tracker takes an announce of a torrent; the peer that asked is gone again.
pub fn is_served(tracker: SocketAddr, torrent: InfoHash) -> Option<()> {
    tell(tracker, torrent, 1, STARTED)?;
    tell(tracker, torrent, 1, STOPPED).map(drop)
}

/// The events of BEP 15.
const STARTED: u32 = 2;
const STOPPED: u32 = 3;

fn tell(
    tracker: SocketAddr,
    torrent: InfoHash,
    port: u16,
    event: u32,
) -> Option<Vec<SocketAddrV4>> {
    let mut body = torrent.0.to_vec();
    body.extend(b"-LB0001-real-servers");
    body.extend([0; 24]); // downloaded, left, uploaded
    body.extend(event.to_be_bytes());
    body.extend([0; 4]); // the sender's own address
    body.extend(7_u32.to_be_bytes()); // key
    body.extend(50_u32.to_be_bytes());
    body.extend(port.to_be_bytes());
    let answer = Session::open(tracker)?.call(1, &body)?;
    answer.get(20..).map(peers)
}

/// Announces a seeder at a port to an HTTP tracker and returns the bencoded answer.
pub fn announce_http(tracker: SocketAddr, torrent: InfoHash, port: u16) -> Option<Vec<u8>> {
    let hash: String = torrent.0.iter().map(|byte| format!("%{byte:02x}")).collect();
    let path = format!(
        "/announce?info_hash={hash}&peer_id=-LB0001-real-servers&port={port}&uploaded=0&downloaded=0&left=0&compact=1"
    );
    http::request(tracker, "GET", &path, &[], b"")
        .ok()
        .filter(|it| it.status == 200)
        .map(|it| it.body)
}

fn peers(bytes: &[u8]) -> Vec<SocketAddrV4> {
    let peer = |six: &[u8]| {
        SocketAddrV4::new(
            Ipv4Addr::new(six[0], six[1], six[2], six[3]),
            u16::from_be_bytes([six[4], six[5]]),
        )
    };
    bytes.chunks_exact(6).map(peer).collect()
}

/// A connection in the sense of BEP 15.
struct Session {
    socket: UdpSocket,
    connection: u64,
}

impl Session {
    fn open(tracker: SocketAddr) -> Option<Session> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let socket = UdpSocket::bind(any).ok()?;
        socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        socket.connect(tracker).ok()?;
        let session = Session { socket, connection: 0x0417_2710_1980 };
        let answer = session.call(0, &[])?;
        let connection = u64::from_be_bytes(answer.get(8..16)?.try_into().unwrap());
        Some(Session { connection, ..session })
    }

    /// Sends one request and returns the answer, when it is of the same action and transaction.
    fn call(&self, action: u32, body: &[u8]) -> Option<Vec<u8>> {
        let transaction = 0x6c69_6665_u32 ^ action;
        let head =
            [&self.connection.to_be_bytes()[..], &action.to_be_bytes(), &transaction.to_be_bytes()]
                .concat();
        self.socket.send(&[&head, body].concat()).ok()?;
        let mut answer = vec![0; 2048];
        let length = self.socket.recv(&mut answer).ok()?;
        answer.truncate(length);
        let wanted = [action.to_be_bytes(), transaction.to_be_bytes()].concat();
        answer.starts_with(&wanted).then_some(answer)
    }
}
