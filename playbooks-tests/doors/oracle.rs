//! A resolver that says what it is told to say, truth or lie, and counts who asks.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A resolver on loopback; it answers until the process ends.
pub struct Oracle {
    pub address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Oracle {
    /// Answers every name with the same addresses; none: it is silent.
    pub fn saying(addresses: &[IpAddr]) -> Self {
        Self::at("127.0.0.1:0", addresses)
    }

    /// The same at an address of its own.
    pub fn at(address: &str, addresses: &[IpAddr]) -> Self {
        let socket = UdpSocket::bind(address).unwrap();
        let address = socket.local_addr().unwrap();
        let (asked, addresses) = (Arc::new(AtomicUsize::new(0)), addresses.to_vec());
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut query = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                count.fetch_add(1, Ordering::SeqCst);
                if !addresses.is_empty() {
                    socket.send_to(&answer(&query[..length], &addresses), from).unwrap();
                }
            }
        });
        Self { address, asked }
    }

    /// Returns how many datagrams came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Writes an answer by hand (RFC 1035 §4.1): the question, then a record for each address of the kind that was asked.
fn answer(query: &[u8], addresses: &[IpAddr]) -> Vec<u8> {
    let mut end = 12;
    while query[end] != 0 {
        end += usize::from(query[end]) + 1;
    }
    let question = &query[12..end + 5];
    let kind = u16::from_be_bytes([query[end + 1], query[end + 2]]);
    let records: Vec<Vec<u8>> = addresses
        .iter()
        .filter_map(|ip| match (ip, kind) {
            (IpAddr::V4(ip), 1) => Some(ip.octets().to_vec()),
            (IpAddr::V6(ip), 28) => Some(ip.octets().to_vec()),
            _ => None,
        })
        .collect();
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    reply.extend(question);
    for data in records {
        reply.extend([0xc0, 12, query[end + 1], query[end + 2], 0, 1, 0, 0, 0, 60, 0]);
        reply.push(data.len() as u8);
        reply.extend(data);
    }
    reply
}
