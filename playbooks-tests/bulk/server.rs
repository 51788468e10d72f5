//! A name server on loopback that answers as a trial says, over UDP and TCP at one port.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread;

/// A question as it came.
pub struct Asked<'a> {
    bytes: &'a [u8],
    /// The first label.
    pub label: String,
    pub kind: u16,
}

pub const A: u16 = 1;
pub const TXT: u16 = 16;

/// The head's bits: an answer, with authority; cut; and two codes.
pub const ANSWER: u16 = 0x8400;
pub const CUT: u16 = 0x0200;
pub const NO_NAME: u16 = 3;
pub const REFUSED: u16 = 5;

impl<'a> Asked<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let length = usize::from(bytes[12]);
        let label = String::from_utf8(bytes[13..13 + length].to_vec()).unwrap();
        let kind = &bytes[bytes.len() - 4..];
        Self { bytes, label, kind: u16::from_be_bytes([kind[0], kind[1]]) }
    }

    /// Returns the number behind the label's dash.
    pub fn number(&self) -> usize {
        self.label.rsplit('-').next().unwrap().parse().unwrap()
    }

    /// Writes an answer with records of the type that was asked for.
    pub fn answer(&self, flags: u16, records: &[&[u8]]) -> Vec<u8> {
        self.answer_to(self.bytes, flags, records)
    }

    /// Writes it with another id.
    pub fn with_id(&self, id: u16, records: &[&[u8]]) -> Vec<u8> {
        let mut bytes = self.answer(ANSWER, records);
        bytes[..2].copy_from_slice(&id.to_be_bytes());
        bytes
    }

    /// Writes it for another name.
    pub fn for_another(&self, records: &[&[u8]]) -> Vec<u8> {
        let mut bytes = self.bytes.to_vec();
        bytes[13] = if bytes[13] == b'x' { b'y' } else { b'x' };
        self.answer_to(&bytes, ANSWER, records)
    }

    pub fn id(&self) -> u16 {
        u16::from_be_bytes([self.bytes[0], self.bytes[1]])
    }

    fn answer_to(&self, question: &[u8], flags: u16, records: &[&[u8]]) -> Vec<u8> {
        let count = u16::try_from(records.len()).unwrap().to_be_bytes();
        let mut bytes = [&question[..2], &flags.to_be_bytes(), &[0, 1], &count, &[0; 4]].concat();
        bytes.extend(&question[12..]);
        for data in records {
            bytes.extend([0xc0, 12]);
            bytes.extend(self.kind.to_be_bytes());
            bytes.extend([0, 1, 0, 0, 0, 60]);
            bytes.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            bytes.extend(*data);
        }
        bytes
    }
}

/// What leaves for one question over UDP, in this order; the sender of each may be forged.
pub type Datagrams = Vec<(Vec<u8>, Sender)>;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    Own,
    OtherPort,
    OtherAddress,
    /// The right one, to another port than the one that asked.
    OwnElsewhere,
}

/// Plays a server for as long as this process lives: over UDP what `datagrams` makes of each question, over TCP what
/// `message` does.
pub fn serve(
    mut datagrams: impl FnMut(&Asked<'_>) -> Datagrams + Send + 'static,
    message: impl Fn(&Asked<'_>) -> Vec<u8> + Send + Sync + 'static,
) -> SocketAddr {
    let (udp, tcp) = both();
    let address = udp.local_addr().unwrap();
    let port = UdpSocket::bind("127.0.0.1:0").unwrap();
    let elsewhere = UdpSocket::bind("127.0.0.2:0").unwrap();
    thread::spawn(move || {
        let (mut buffer, mut askers) = ([0; 2048], BTreeSet::new());
        while let Ok((length, from)) = udp.recv_from(&mut buffer) {
            askers.insert(from);
            let beside = askers.iter().copied().find(|it| *it != from);
            for (bytes, sender) in datagrams(&Asked::of(&buffer[..length])) {
                let (socket, to) = match sender {
                    Sender::Own => (&udp, Some(from)),
                    Sender::OtherPort => (&port, Some(from)),
                    Sender::OtherAddress => (&elsewhere, Some(from)),
                    Sender::OwnElsewhere => (&udp, beside),
                };
                // Whoever asked may have left.
                let _ = to.map(|to| socket.send_to(&bytes, to));
            }
        }
    });
    let message = Arc::new(message);
    thread::spawn(move || {
        for stream in tcp.incoming().flatten() {
            let message = Arc::clone(&message);
            thread::spawn(move || while answer_one(&stream, &*message).is_ok() {});
        }
    });
    address
}

fn both() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

fn answer_one(
    mut stream: &TcpStream,
    message: &impl Fn(&Asked<'_>) -> Vec<u8>,
) -> std::io::Result<()> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut bytes)?;
    let answer = message(&Asked::of(&bytes));
    let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], &answer].concat())
}
