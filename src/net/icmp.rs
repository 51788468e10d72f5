//! What routers and hosts say about datagrams that did not arrive: a socket's error queue.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::libc::{SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6, sock_extended_err};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrLike, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use tokio::net::UdpSocket;

use super::NetError;

/// One report about one datagram.
#[derive(Debug)]
pub(super) struct Report {
    /// Where the datagram was sent.
    pub to: Option<SocketAddr>,
    /// What is said of it; `None` for a report that says nothing of the peer.
    pub error: Option<NetError>,
    /// As much of the datagram's payload as came back.
    pub quoted: Vec<u8>,
}

/// Makes a socket keep such reports (`IP_RECVERR`, `IPV6_RECVERR`).
pub(super) fn keep_reports(socket: &UdpSocket, is_v6: bool) -> io::Result<()> {
    if is_v6 {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)?;
    } else {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
    }
    Ok(())
}

/// Takes the oldest report off a socket's error queue; `WouldBlock` when there is none.
pub(super) fn next_report(socket: &UdpSocket) -> io::Result<Report> {
    let mut payload = [0; 2048];
    let mut control = [0_u8; 512];
    let mut pieces = [IoSliceMut::new(&mut payload)];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let (count, to, error) = {
        let message =
            recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut pieces, Some(&mut control), flags)?;
        let error = message.cmsgs().ok().and_then(|mut all| all.find_map(extended));
        (message.bytes, message.address.as_ref().and_then(address), error)
    };
    let error = error.and_then(|error| said(&error));
    Ok(Report { to, error, quoted: payload[..count.min(payload.len())].to_vec() })
}

fn extended(message: ControlMessageOwned) -> Option<sock_extended_err> {
    if let ControlMessageOwned::Ipv4RecvErr(error, _) = message {
        return Some(error);
    }
    if let ControlMessageOwned::Ipv6RecvErr(error, _) = message {
        return Some(error);
    }
    None
}

/// Returns what an ICMP message says of the peer; local reports, such as too long a datagram, say nothing.
fn said(error: &sock_extended_err) -> Option<NetError> {
    let icmp = [SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6].contains(&error.ee_origin);
    let number = i32::try_from(error.ee_errno).ok().filter(|_| icmp)?;
    // ICMPv6 says "prohibited" with these two; to whoever asks, the host is out of reach.
    let prohibited = [Errno::EACCES as i32, Errno::EPROTO as i32].contains(&number);
    if prohibited { Some(NetError::HostUnreachable) } else { NetError::of_errno(number) }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    storage.family()?;
    let v4 = storage.as_sockaddr_in().map(|&found| SocketAddr::V4(SocketAddrV4::from(found)));
    v4.or_else(|| storage.as_sockaddr_in6().map(|&found| SocketAddr::V6(SocketAddrV6::from(found))))
}
