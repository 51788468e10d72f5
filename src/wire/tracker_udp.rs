//! The UDP tracker protocol (BEP 15), both ways, with URL data (BEP 41).
//!
//! Whether peers are IPv4 or IPv6 follows from how the datagram travelled, not from its bytes.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;

/// The connection id of a connect request: "identifies the protocol".
pub const PROTOCOL: u64 = 0x0417_2710_1980;

/// The most torrents of one scrape.
pub const SCRAPES: usize = 74;

/// A BitTorrent v1 info-hash.
pub type InfoHash = [u8; 20];

/// What a client says of itself when it announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// The swarm.
    pub info_hash: InfoHash,
    /// The client.
    pub peer_id: [u8; 20],
    /// Bytes downloaded.
    pub downloaded: u64,
    /// Bytes left; 0 for a seeder.
    pub left: u64,
    /// Bytes uploaded.
    pub uploaded: u64,
    /// What happened.
    pub event: Event,
    /// Ties announces of one client together when its address changes.
    pub key: u32,
    /// How many peers it wants; negative: whatever is usual.
    pub want: i32,
    /// Where it listens.
    pub port: u16,
}

/// What happened to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing new.
    None,
    /// It has the whole torrent now.
    Completed,
    /// It joins.
    Started,
    /// It leaves.
    Stopped,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Asks for a connection id.
    Connect {
        /// Comes back in the reply.
        transaction: u32,
    },
    /// Announces a client.
    Announce {
        /// From the connect reply.
        connection: u64,
        /// Comes back in the reply.
        transaction: u32,
        /// What it says.
        announce: Announce,
        /// Path and query of the announce URL (BEP 41); empty for none.
        url_data: Vec<u8>,
    },
    /// Asks for counts.
    Scrape {
        /// From the connect reply.
        connection: u64,
        /// Comes back in the reply.
        transaction: u32,
        /// At most [`SCRAPES`].
        info_hashes: Vec<InfoHash>,
    },
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Gives a connection id.
    Connect {
        /// From the request.
        transaction: u32,
        /// Valid for two minutes.
        connection: u64,
    },
    /// Answers an announce.
    Announce {
        /// From the request.
        transaction: u32,
        /// Seconds until the next announce.
        interval: i32,
        /// Clients without the whole torrent.
        leechers: i32,
        /// Clients with it.
        seeders: i32,
        /// Some of them.
        peers: Vec<SocketAddr>,
    },
    /// An announce reply of its head alone: what opentracker sends for an info-hash it does not serve.
    Bare {
        /// From the request.
        transaction: u32,
    },
    /// Answers a scrape.
    Scrape {
        /// From the request.
        transaction: u32,
        /// In the order of the request.
        counts: Vec<Counts>,
    },
    /// Says no.
    Error {
        /// From the request.
        transaction: u32,
        /// Why.
        message: Vec<u8>,
    },
}

/// The counts of one torrent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Clients with the whole torrent.
    pub seeders: i32,
    /// How often it was completed.
    pub completed: i32,
    /// Clients without the whole torrent.
    pub leechers: i32,
}

/// Which addresses a reply holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Six bytes a peer.
    V4,
    /// Eighteen bytes a peer.
    V6,
}

/// Why a datagram is none of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UdpTrackerError {
    /// Shorter than its kind must be.
    #[error("{0} bytes are too short for action {1}")]
    Short(usize, u32),
    /// Its list does not divide into entries.
    #[error("{0} bytes of list do not divide by {1}")]
    List(usize, usize),
    /// No action of BEP 15.
    #[error("action {0} does not exist")]
    Action(u32),
    /// A connect request without the protocol's number.
    #[error("a connect request of another protocol")]
    Protocol,
    /// An event of another number.
    #[error("event {0} does not exist")]
    Event(u32),
    /// Not even a head.
    #[error("{0} bytes hold no head")]
    NoHead(usize),
}

impl Family {
    /// Returns the family that replies from an address hold.
    pub const fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Self::V4,
            SocketAddr::V6(_) => Self::V6,
        }
    }

    const fn stride(self) -> usize {
        match self {
            Self::V4 => 6,
            Self::V6 => 18,
        }
    }
}

impl Request {
    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Connect { transaction } => head(PROTOCOL, 0, *transaction),
            Self::Announce { connection, transaction, announce, url_data } => {
                let mut out = head(*connection, 1, *transaction);
                announce.write(&mut out);
                write_url_data(url_data, &mut out);
                out
            }
            Self::Scrape { connection, transaction, info_hashes } => {
                let mut out = head(*connection, 2, *transaction);
                out.extend(info_hashes.iter().take(SCRAPES).flatten());
                out
            }
        }
    }

    /// Decodes it, as a server does.
    ///
    /// # Errors
    /// What the datagram lacks.
    pub fn decode(bytes: &[u8]) -> Result<Self, UdpTrackerError> {
        let mut reader = Reader(bytes);
        let no_head = UdpTrackerError::NoHead(bytes.len());
        let connection = reader.u64().ok_or(no_head)?;
        let action = reader.u32().ok_or(no_head)?;
        let transaction = reader.u32().ok_or(no_head)?;
        match action {
            0 if connection != PROTOCOL => Err(UdpTrackerError::Protocol),
            0 => Ok(Self::Connect { transaction }),
            1 => {
                let announce = Announce::read(&mut reader)
                    .ok_or(UdpTrackerError::Short(bytes.len(), action))??;
                let url_data = read_url_data(reader.0);
                Ok(Self::Announce { connection, transaction, announce, url_data })
            }
            2 if reader.0.is_empty() => Err(UdpTrackerError::Short(bytes.len(), action)),
            2 => {
                let info_hashes = entries(reader.0, 20)?.take(SCRAPES);
                let info_hashes = info_hashes.filter_map(|it| it.try_into().ok()).collect();
                Ok(Self::Scrape { connection, transaction, info_hashes })
            }
            other => Err(UdpTrackerError::Action(other)),
        }
    }
}

impl Reply {
    /// Encodes it, as a server does.
    pub fn encode(&self) -> Vec<u8> {
        let begin = |action: u32, transaction: u32| {
            [action.to_be_bytes(), transaction.to_be_bytes()].concat()
        };
        match self {
            Self::Connect { transaction, connection } => {
                [begin(0, *transaction), connection.to_be_bytes().to_vec()].concat()
            }
            Self::Bare { transaction } => begin(1, *transaction),
            Self::Announce { transaction, interval, leechers, seeders, peers } => {
                let mut out = begin(1, *transaction);
                [interval, leechers, seeders].iter().for_each(|n| out.extend(n.to_be_bytes()));
                peers.iter().for_each(|peer| write_peer(*peer, &mut out));
                out
            }
            Self::Scrape { transaction, counts } => {
                let mut out = begin(2, *transaction);
                for it in counts {
                    let three = [it.seeders, it.completed, it.leechers];
                    three.iter().for_each(|n| out.extend(n.to_be_bytes()));
                }
                out
            }
            Self::Error { transaction, message } => {
                [begin(3, *transaction), message.clone()].concat()
            }
        }
    }

    /// Decodes it.
    ///
    /// # Errors
    /// What the datagram lacks.
    pub fn decode(bytes: &[u8], family: Family) -> Result<Self, UdpTrackerError> {
        let mut reader = Reader(bytes);
        let no_head = UdpTrackerError::NoHead(bytes.len());
        let action = reader.u32().ok_or(no_head)?;
        let transaction = reader.u32().ok_or(no_head)?;
        let short = UdpTrackerError::Short(bytes.len(), action);
        match action {
            0 => Ok(Self::Connect { transaction, connection: reader.u64().ok_or(short)? }),
            1 if reader.0.is_empty() => Ok(Self::Bare { transaction }),
            1 => {
                let mut number = || reader.i32().ok_or(short);
                let (interval, leechers, seeders) = (number()?, number()?, number()?);
                let peers = peers(reader.0, family)?;
                Ok(Self::Announce { transaction, interval, leechers, seeders, peers })
            }
            2 => {
                let counts = entries(reader.0, 12)?.filter_map(Counts::read).collect();
                Ok(Self::Scrape { transaction, counts })
            }
            3 => {
                // Some trackers send the zeros that end a text in C.
                let end = reader.0.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
                Ok(Self::Error { transaction, message: reader.0[..end].to_vec() })
            }
            other => Err(UdpTrackerError::Action(other)),
        }
    }

    /// Returns the transaction that it belongs to.
    pub const fn transaction(&self) -> u32 {
        match self {
            Self::Connect { transaction, .. }
            | Self::Announce { transaction, .. }
            | Self::Bare { transaction }
            | Self::Scrape { transaction, .. }
            | Self::Error { transaction, .. } => *transaction,
        }
    }
}

/// Tells whether a datagram has the head of a reply to a request: its transaction, and its action or "error".
pub fn is_reply_to(bytes: &[u8], action: u32, transaction: u32) -> bool {
    let mut reader = Reader(bytes);
    let said = reader.u32();
    (said == Some(action) || said == Some(3)) && reader.u32() == Some(transaction)
}

/// Decodes compact peers (BEP 23; BEP 7 for IPv6).
///
/// # Errors
/// [`UdpTrackerError::List`] when they do not divide.
pub fn peers(bytes: &[u8], family: Family) -> Result<Vec<SocketAddr>, UdpTrackerError> {
    Ok(entries(bytes, family.stride())?.filter_map(|entry| peer(entry, family)).collect())
}

fn peer(entry: &[u8], family: Family) -> Option<SocketAddr> {
    let (ip, port) = entry.split_at_checked(entry.len().checked_sub(2)?)?;
    let port = u16::from_be_bytes(port.try_into().ok()?);
    Some(match family {
        Family::V4 => SocketAddr::from((Ipv4Addr::from(<[u8; 4]>::try_from(ip).ok()?), port)),
        Family::V6 => SocketAddr::from((Ipv6Addr::from(<[u8; 16]>::try_from(ip).ok()?), port)),
    })
}

/// Writes a peer in compact form.
pub fn write_peer(peer: SocketAddr, out: &mut Vec<u8>) {
    match peer {
        SocketAddr::V4(peer) => out.extend(peer.ip().octets()),
        SocketAddr::V6(peer) => out.extend(peer.ip().octets()),
    }
    out.extend(peer.port().to_be_bytes());
}

fn entries(bytes: &[u8], size: usize) -> Result<std::slice::ChunksExact<'_, u8>, UdpTrackerError> {
    let entries = bytes.chunks_exact(size);
    match entries.remainder().is_empty() {
        true => Ok(entries),
        false => Err(UdpTrackerError::List(bytes.len(), size)),
    }
}

fn head(connection: u64, action: u32, transaction: u32) -> Vec<u8> {
    let mut out = connection.to_be_bytes().to_vec();
    out.extend(action.to_be_bytes());
    out.extend(transaction.to_be_bytes());
    out
}

/// Writes BEP 41 options: option 2, a length of one byte, that many bytes; long data in pieces.
fn write_url_data(data: &[u8], out: &mut Vec<u8>) {
    for piece in data.chunks(255) {
        out.push(2);
        out.push(u8::try_from(piece.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(piece);
    }
}

fn read_url_data(mut rest: &[u8]) -> Vec<u8> {
    let mut data = Vec::new();
    loop {
        rest = match rest {
            [1, tail @ ..] => tail,
            [2, length, tail @ ..] => {
                let Some((piece, tail)) = tail.split_at_checked(usize::from(*length)) else {
                    return data;
                };
                data.extend_from_slice(piece);
                tail
            }
            // 0 ends the options; what else there is has no meaning yet.
            _ => return data,
        };
    }
}

impl Announce {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.info_hash);
        out.extend(self.peer_id);
        [self.downloaded, self.left, self.uploaded]
            .iter()
            .for_each(|n| out.extend(n.to_be_bytes()));
        out.extend(self.event.number().to_be_bytes());
        // The address field: 0 means the sender's.
        out.extend([0; 4]);
        out.extend(self.key.to_be_bytes());
        out.extend(self.want.to_be_bytes());
        out.extend(self.port.to_be_bytes());
    }

    /// Reads 82 bytes; nothing when there are fewer.
    fn read(reader: &mut Reader<'_>) -> Option<Result<Self, UdpTrackerError>> {
        let (info_hash, peer_id) = (reader.array()?, reader.array()?);
        let (downloaded, left, uploaded) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let event = reader.u32()?;
        reader.u32()?;
        let (key, want, port) = (reader.u32()?, reader.i32()?, reader.u16()?);
        let event = match Event::of(event) {
            Ok(event) => event,
            Err(error) => return Some(Err(error)),
        };
        let amounts =
            Self { info_hash, peer_id, downloaded, left, uploaded, event, key, want, port };
        Some(Ok(amounts))
    }
}

impl Event {
    const fn number(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Completed => 1,
            Self::Started => 2,
            Self::Stopped => 3,
        }
    }

    const fn of(number: u32) -> Result<Self, UdpTrackerError> {
        match number {
            0 => Ok(Self::None),
            1 => Ok(Self::Completed),
            2 => Ok(Self::Started),
            3 => Ok(Self::Stopped),
            other => Err(UdpTrackerError::Event(other)),
        }
    }
}

impl Counts {
    fn read(entry: &[u8]) -> Option<Self> {
        let mut reader = Reader(entry);
        let (seeders, completed) = (reader.i32()?, reader.i32()?);
        Some(Self { seeders, completed, leechers: reader.i32()? })
    }
}

/// Takes numbers from the front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn announce() -> Announce {
        Announce {
            info_hash: [7; 20],
            peer_id: *b"-LB0001-lifeboatprob",
            downloaded: 1,
            left: 2,
            uploaded: 3,
            event: Event::Stopped,
            key: 4,
            want: -1,
            port: 6881,
        }
    }

    fn requests() -> Vec<Request> {
        let long = b"/announce?key=".iter().copied().chain([b'x'; 300]).collect();
        let plain = Request::Announce {
            connection: 9,
            transaction: 2,
            announce: announce(),
            url_data: Vec::new(),
        };
        vec![
            Request::Connect { transaction: 1 },
            plain,
            Request::Announce {
                connection: 9,
                transaction: 2,
                announce: announce(),
                url_data: long,
            },
            Request::Scrape { connection: 9, transaction: 3, info_hashes: vec![[1; 20], [2; 20]] },
        ]
    }

    fn replies(peers: Vec<SocketAddr>) -> Vec<Reply> {
        let (transaction, counts) = (5, Counts { seeders: 1, completed: 2, leechers: 3 });
        vec![
            Reply::Connect { transaction, connection: u64::MAX },
            Reply::Announce { transaction, interval: 1800, leechers: -1, seeders: 4, peers },
            Reply::Bare { transaction },
            Reply::Scrape { transaction, counts: vec![counts, Counts::default()] },
            Reply::Error { transaction, message: b"no".to_vec() },
        ]
    }

    #[test]
    fn requests_come_back_as_they_went() {
        let lengths = [16, 98, 98 + 2 + 255 + 2 + 59, 56];
        for (request, length) in requests().into_iter().zip(lengths) {
            assert_eq!(request.encode().len(), length);
            assert_eq!(Request::decode(&request.encode()), Ok(request));
        }
    }

    #[test]
    fn replies_come_back_as_they_went() {
        let four: Vec<SocketAddr> = vec!["192.0.2.1:6881".parse().expect("an address")];
        let six: Vec<SocketAddr> = vec!["[2001:db8::1]:6881".parse().expect("an address")];
        for (peers, family) in [(four, Family::V4), (six, Family::V6)] {
            for reply in replies(peers) {
                assert_eq!(Reply::decode(&reply.encode(), family), Ok(reply));
            }
        }
    }

    #[test]
    fn wrong_lengths_are_named() {
        let mut reply = replies(Vec::new())[1].encode();
        reply.extend([1; 7]);
        assert_eq!(Reply::decode(&reply, Family::V4), Err(UdpTrackerError::List(7, 6)));
        assert_eq!(Reply::decode(&reply[..19], Family::V4), Err(UdpTrackerError::Short(19, 1)));
        let counts = &replies(Vec::new())[3].encode()[..31];
        assert_eq!(Reply::decode(counts, Family::V4), Err(UdpTrackerError::List(23, 12)));
        let scrape = &requests()[3].encode()[..16];
        assert_eq!(Request::decode(scrape), Err(UdpTrackerError::Short(16, 2)));
        assert_eq!(
            Reply::decode(&[0, 0, 0, 9, 0, 0, 0, 1], Family::V4),
            Err(UdpTrackerError::Action(9))
        );
        let mut other = requests()[0].encode();
        other[0] = 1;
        assert_eq!(Request::decode(&other), Err(UdpTrackerError::Protocol));
        let mut event = requests()[1].encode();
        event[83] = 4;
        assert_eq!(Request::decode(&event), Err(UdpTrackerError::Event(4)));
    }

    #[test]
    fn nothing_is_no_datagram() {
        assert_eq!(Reply::decode(&[], Family::V4), Err(UdpTrackerError::NoHead(0)));
        assert_eq!(Request::decode(&[]), Err(UdpTrackerError::NoHead(0)));
    }

    #[test]
    fn every_early_end_is_seen() {
        for request in &requests()[..2] {
            let bytes = request.encode();
            assert!((0..bytes.len()).all(|end| Request::decode(&bytes[..end]).is_err()));
        }
        let connect = replies(Vec::new())[0].encode();
        assert!((0..connect.len()).all(|end| Reply::decode(&connect[..end], Family::V4).is_err()));
    }

    #[test]
    fn only_its_own_transaction_counts() {
        let reply = Reply::Connect { transaction: 5, connection: 1 }.encode();
        assert!(is_reply_to(&reply, 0, 5));
        assert!(!is_reply_to(&reply, 0, 6) && !is_reply_to(&reply, 1, 5));
        let error = Reply::Error { transaction: 5, message: Vec::new() }.encode();
        assert!(is_reply_to(&error, 1, 5) && !is_reply_to(&error[..7], 1, 5));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reply::decode(&bytes, Family::V4);
            let _ = Reply::decode(&bytes, Family::V6);
            let _ = Request::decode(&bytes);
        }

        #[test]
        fn near_misses_never_panic(action in 0_u32..5, rest in prop::collection::vec(any::<u8>(), 0..160)) {
            let reply = [&action.to_be_bytes()[..], &rest].concat();
            let _ = Reply::decode(&reply, Family::V6);
            let request = [&PROTOCOL.to_be_bytes()[..], &reply].concat();
            let _ = Request::decode(&request);
        }
    }
}
