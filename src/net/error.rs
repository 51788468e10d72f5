//! Why nothing came back, told apart as finely as the system tells it.

use std::error::Error;
use std::io;
use std::net::IpAddr;

use nix::errno::Errno;
use thiserror::Error;

use crate::model::Remote;

/// Why an exchange with a peer failed. No variant ever holds a URL, a header or a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetError {
    /// Nobody listens there: a reset connection attempt or an ICMP port-unreachable.
    #[error("connection refused")]
    Refused,
    /// A router says that the host cannot be reached or that the way is forbidden.
    #[error("host unreachable")]
    HostUnreachable,
    /// A router says that the network cannot be reached.
    #[error("network unreachable")]
    NetworkUnreachable,
    /// No connection stood by the deadline; nothing was sent.
    #[error("no connection in time")]
    ConnectTimedOut,
    /// It was sent, and nothing usable came back by the deadline.
    #[error("no answer in time")]
    TimedOut,
    /// The peer closed before the exchange was complete.
    #[error("the peer closed the connection early")]
    Closed,
    /// A write was sent and no reply came in time: it may or may not have taken effect.
    #[error("no reply in time; the request may have taken effect")]
    Lost,
    /// What came back is no HTTP.
    #[error("the reply is no HTTP")]
    Malformed,
    /// The TLS handshake failed.
    #[error("TLS: {0}")]
    Tls(Remote),
    /// The drill's world has nothing at that address.
    #[error("unreachable: the drill has nothing there")]
    Sealed,
    /// A learned address that must not be reached.
    #[error("{0} is private or reserved, and the estate does not allow it")]
    NotAdmitted(IpAddr),
    /// Something other than loopback was given to a drill.
    #[error("{0} is not loopback, and a drill reaches nothing else")]
    NotLoopback(IpAddr),
    /// `http://` where only `https://` is safe.
    #[error("plain http is refused outside the estate's private ranges")]
    PlainRefused,
    /// A credential of another scheme, host or port.
    #[error("the credential belongs to another scheme, host or port")]
    OtherOrigin,
    /// A URL that cannot be used: no http or https, no host, or a password in it.
    #[error("the URL cannot be used")]
    BadUrl,
    /// A request whose headers or certificates cannot be used.
    #[error("the request cannot be sent: {0}")]
    BadRequest(&'static str),
    /// No address is known for a host's name.
    #[error("no address is known for the host's name")]
    NoAddress,
    /// This machine has no route there, for example no IPv6.
    #[error("this machine has no route there")]
    NoRoute,
    /// All sockets this process may hold were in use until the deadline.
    #[error("no socket was free in time")]
    NoSeat,
    /// Whoever sends may no longer send.
    #[error("not sent: {0}")]
    Barred(String),
    /// This machine could not send.
    #[error("this machine could not send: {0}")]
    Local(io::ErrorKind),
}

impl NetError {
    /// Tells whether the peer surely took nothing: what was refused may be tried again safely.
    pub fn surely_not_sent(&self) -> bool {
        match self {
            Self::TimedOut | Self::Closed | Self::Lost | Self::Malformed => false,
            Self::Refused
            | Self::HostUnreachable
            | Self::NetworkUnreachable
            | Self::ConnectTimedOut
            | Self::Tls(_)
            | Self::Sealed
            | Self::NotAdmitted(_)
            | Self::NotLoopback(_)
            | Self::PlainRefused
            | Self::OtherOrigin
            | Self::BadUrl
            | Self::BadRequest(_)
            | Self::NoAddress
            | Self::NoRoute
            | Self::NoSeat
            | Self::Barred(_)
            | Self::Local(_) => true,
        }
    }

    /// Tells whether the failure is this machine's or this estate's own and says nothing of the peer.
    pub fn inconclusive(&self) -> bool {
        match self {
            Self::NotAdmitted(_)
            | Self::NotLoopback(_)
            | Self::PlainRefused
            | Self::OtherOrigin
            | Self::BadUrl
            | Self::BadRequest(_)
            | Self::NoAddress
            | Self::NoRoute
            | Self::NoSeat
            | Self::Barred(_)
            | Self::Local(_) => true,
            Self::Refused
            | Self::HostUnreachable
            | Self::NetworkUnreachable
            | Self::ConnectTimedOut
            | Self::TimedOut
            | Self::Closed
            | Self::Lost
            | Self::Malformed
            | Self::Tls(_)
            | Self::Sealed => false,
        }
    }

    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotAdmitted(_) => Some("add its range to `network.allow_private` if it is yours"),
            Self::PlainRefused => Some("use https, or add its range to `network.allow_private`"),
            Self::OtherOrigin => Some("a credential is sent to its service's own URL alone"),
            Self::BadUrl => Some("write http:// or https://, a host, and no password"),
            Self::NoAddress => Some("write the host's `addresses` into the estate"),
            Self::Tls(_) => Some("check the certificate; a private CA stands at the service: `ca`"),
            Self::NoSeat => Some("raise `ulimit -n`, or probe fewer targets at once"),
            Self::Lost => Some("read the value back before trying again"),
            Self::Local(_) => Some("look at this machine's firewall and interfaces"),
            Self::Sealed => Some("the scenario has no server at that address and port"),
            Self::Refused
            | Self::HostUnreachable
            | Self::NetworkUnreachable
            | Self::ConnectTimedOut
            | Self::TimedOut
            | Self::Closed
            | Self::Malformed
            | Self::NotLoopback(_)
            | Self::BadRequest(_)
            | Self::Barred(_)
            | Self::NoRoute => None,
        }
    }

    /// Names what a system's error number says of a peer; `None` when it speaks of this machine.
    pub(super) fn of_errno(errno: i32) -> Option<Self> {
        const SAYS: [(Errno, NetError); 8] = [
            (Errno::ECONNREFUSED, NetError::Refused),
            (Errno::EHOSTUNREACH, NetError::HostUnreachable),
            (Errno::EHOSTDOWN, NetError::HostUnreachable),
            (Errno::ENETUNREACH, NetError::NetworkUnreachable),
            (Errno::ETIMEDOUT, NetError::ConnectTimedOut),
            (Errno::ECONNRESET, NetError::Closed),
            (Errno::EPIPE, NetError::Closed),
            (Errno::ECONNABORTED, NetError::Closed),
        ];
        let errno = Errno::from_raw(errno);
        SAYS.into_iter().find(|(number, _)| *number == errno).map(|(_, error)| error)
    }

    /// Names an operation's failure.
    pub(super) fn of_io(error: &io::Error) -> Self {
        let kind = error.kind();
        if matches!(kind, io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero) {
            return Self::Closed;
        }
        let told = error.raw_os_error().and_then(Self::of_errno);
        told.unwrap_or(Self::Local(kind))
    }

    /// Finds the failure of a connection attempt in what libraries wrapped around it.
    pub(super) fn of_connect(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        let mut found = None;
        while let Some(error) = next {
            if let Some(barred) = error.downcast_ref::<Self>() {
                return Some(barred.clone());
            }
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Some(Self::Tls(Remote::new(tls.to_string())));
            }
            let io = error.downcast_ref::<io::Error>();
            found = io.map(Self::of_io).or(found);
            // What an `io::Error` wraps is not its source but that one's source.
            let wrapped =
                io.and_then(io::Error::get_ref).map(|inner| inner as &(dyn Error + 'static));
            next = wrapped.or_else(|| error.source());
        }
        found
    }
}
