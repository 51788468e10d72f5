//! A question over a connected UDP socket of its own: it hears of a closed port in microseconds.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::exchange::Exchange;
use super::seats::Seat;
use super::{Asked, NetError, Peer, Question, icmp};

/// Asks a question and waits for what comes of it.
pub(super) async fn ask(peer: &Peer, question: &Question, seat: Seat) -> Asked {
    let socket = match open(peer).await {
        Ok(socket) => socket,
        Err(error) => return Asked::not_sent(error),
    };
    let asked = converse(&socket, peer, question).await;
    drop((socket, seat));
    asked
}

async fn converse(socket: &UdpSocket, peer: &Peer, question: &Question) -> Asked {
    let mut exchange = Exchange::new(question);
    while !exchange.is_over() {
        if exchange.take_try() {
            send(socket, question, &mut exchange).await;
            continue;
        }
        let ready = socket.ready(Interest::READABLE | Interest::ERROR);
        if exchange.next(ready).await.is_some() {
            hear(socket, peer, &mut exchange);
        }
    }
    exchange.finish()
}

/// Sends a try; an error left over from an earlier one is noted and does not cost this one.
async fn send(socket: &UdpSocket, question: &Question, exchange: &mut Exchange<'_>) {
    for _ in 0..4 {
        match socket.send(&question.request).await {
            Ok(_) => return exchange.tried(Ok(())),
            Err(error) => match error.raw_os_error().and_then(NetError::of_errno) {
                Some(refusal) => exchange.refused(refusal),
                None => return exchange.tried(Err(NetError::of_io(&error))),
            },
        }
        if exchange.is_over() {
            return;
        }
    }
}

/// Takes all that has come.
fn hear(socket: &UdpSocket, peer: &Peer, exchange: &mut Exchange<'_>) {
    // Only who hears something needs room for it: of a thousand questions most may meet silence.
    let mut buffer = Vec::with_capacity(1 << 16);
    loop {
        buffer.clear();
        match socket.try_recv_buf(&mut buffer) {
            Ok(_) => exchange.heard(&buffer, peer.address(), true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // The error queue says the same again, with whom it is about.
            Err(_) => {}
        }
    }
    while let Ok(report) = socket.try_io(Interest::ERROR, || icmp::next_report(socket)) {
        if let Some(error) = report.error {
            exchange.refused(error);
        }
    }
}

async fn open(peer: &Peer) -> Result<UdpSocket, NetError> {
    let open = async || {
        let socket = UdpSocket::bind(unspecified(peer.reach())).await?;
        icmp::keep_reports(&socket, peer.reach().is_ipv6())?;
        socket.connect(peer.reach()).await?;
        Ok::<_, io::Error>((socket.local_addr()?, socket))
    };
    // Who asks a port of this machine may be given that very port, and would hear itself. A socket that has it is kept
    // until there is another one.
    let (own, first) = open().await.map_err(|error| no_way(&error))?;
    if own != peer.reach() {
        return Ok(first);
    }
    let (_, second) = open().await.map_err(|error| no_way(&error))?;
    Ok(second)
}

/// Returns the address that means "any of mine" towards a peer.
pub(super) fn unspecified(towards: SocketAddr) -> SocketAddr {
    match towards {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Names the failure of choosing a way to a peer, before any packet: this machine's own matter.
pub(super) fn no_way(error: &io::Error) -> NetError {
    use io::ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkUnreachable, Unsupported};
    let kind = error.kind();
    let unsupported = error.raw_os_error() == Some(nix::errno::Errno::EAFNOSUPPORT as i32);
    if matches!(kind, AddrNotAvailable | HostUnreachable | NetworkUnreachable | Unsupported)
        || unsupported
    {
        NetError::NoRoute
    } else {
        NetError::Local(kind)
    }
}

/// Tells a router's "unreachable" from a missing route of this machine, which sends no packet.
pub(super) fn unless_no_route(error: NetError, peer: &Peer) -> NetError {
    if !matches!(
        error,
        NetError::NetworkUnreachable | NetError::HostUnreachable | NetError::Local(_)
    ) {
        return error;
    }
    match way_to(peer.reach()) {
        Err(NetError::NoRoute) => NetError::NoRoute,
        Ok(()) | Err(_) => error,
    }
}

/// Looks a way to an address up; sends no packet.
pub(super) fn way_to(address: SocketAddr) -> Result<(), NetError> {
    let looked =
        std::net::UdpSocket::bind(unspecified(address)).and_then(|socket| socket.connect(address));
    looked.map_err(|error| no_way(&error))
}
