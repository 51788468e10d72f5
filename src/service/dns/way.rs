//! How a name server is asked: in the clear, over TLS (RFC 7858) or over HTTPS (RFC 8484).
//!
//! A way is never given up for another: whoever wants an encrypted answer gets that, or none.

use std::path::Path;
use std::sync::Arc;

use crate::host::files;
use crate::model::{DnsTransport, Resolver};
use crate::net::Transport;

/// How a name server is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// In the clear.
    Plain(Transport),
    /// On a TCP connection inside TLS.
    Tls(Arc<Proof>),
    /// By `POST` over HTTPS, to a path.
    Https(Arc<Proof>, Arc<str>),
}

/// What a server must show before it is told anything.
#[derive(Debug, PartialEq, Eq)]
pub struct Proof {
    /// The name that its certificate must hold, or its address.
    pub name: String,
    /// A private authority (PEM) in place of the public ones, or why it cannot be read here.
    pub ca: Result<Option<Vec<u8>>, String>,
}

impl Way {
    /// Over UDP.
    pub const UDP: Self = Self::Plain(Transport::Udp);

    /// Over TCP.
    pub const TCP: Self = Self::Plain(Transport::Tcp);

    /// Returns the ways to a resolver in their order, the plain ones first; files lie below a folder.
    pub fn to(resolver: &Resolver, base: &Path) -> Vec<Self> {
        let encrypted = || Arc::new(Proof::of(resolver, base));
        let way = |transport| match transport {
            DnsTransport::Udp => Self::UDP,
            DnsTransport::Tcp => Self::TCP,
            DnsTransport::Dot => Self::Tls(encrypted()),
            DnsTransport::Doh => Self::Https(encrypted(), resolver.path().into()),
        };
        let order = [DnsTransport::Udp, DnsTransport::Tcp, DnsTransport::Dot, DnsTransport::Doh];
        order.into_iter().filter(|transport| resolver.has(*transport)).map(way).collect()
    }

    /// Returns its name in evidence.
    pub const fn transport(&self) -> DnsTransport {
        match self {
            Self::Plain(Transport::Udp) => DnsTransport::Udp,
            Self::Plain(Transport::Tcp) => DnsTransport::Tcp,
            Self::Tls(_) => DnsTransport::Dot,
            Self::Https(..) => DnsTransport::Doh,
        }
    }

    /// Returns how its bytes travel.
    pub const fn carrier(&self) -> Transport {
        match self {
            Self::Plain(transport) => *transport,
            Self::Tls(_) | Self::Https(..) => Transport::Tcp,
        }
    }
}

impl From<Transport> for Way {
    fn from(transport: Transport) -> Self {
        Self::Plain(transport)
    }
}

impl Proof {
    fn of(resolver: &Resolver, base: &Path) -> Self {
        let read = |file: &String| files::read(&base.join(file), files::DOCUMENT);
        let ca = resolver.ca.as_ref().map(|ca| read(&ca.file)).transpose();
        // A certificate may hold the address itself, and lint wants a name otherwise.
        let name = resolver.tls_name.clone().unwrap_or_else(|| resolver.address.ip.to_string());
        Self { name, ca: ca.map_err(|error| format!("`ca` cannot be read: {error}")) }
    }
}
