//! The door itself: admits addresses and opens streams; datagrams and HTTP go through it too.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use tokio::net::{TcpStream, UnixStream};

use super::hub::Hubs;
use super::tls::Demand;
use super::{
    Admission, Deadline, Fence, NetError, Origin, Pins, RouteMap, Stream, Transport, connected,
    seats,
};
use super::{Asked, Question, Stopwatch};
use crate::model::KnownSecrets;

/// The way to the network; cheap to clone. Live and drill differ in how it was made, in nothing else.
#[derive(Clone)]
pub struct Door(Arc<Inner>, Option<Fence>, KnownSecrets);

struct Inner {
    reach: Reach,
    admission: Admission,
    pins: Pins,
    hubs: Hubs,
}

/// How far a door leads.
enum Reach {
    Live,
    Sealed(RouteMap),
}

/// An address that was admitted. Only [`Door::admit`] makes one, and no socket goes anywhere else.
///
/// ```no_run
/// # async fn open(door: lifeboat::net::Door, until: lifeboat::net::Deadline) -> Result<(), lifeboat::net::NetError> {
/// use lifeboat::net::{Origin, Peer, Transport};
///
/// let address: std::net::SocketAddr = ([192, 0, 2, 1], 53).into();
/// let peer = door.admit(address, Transport::Tcp, Origin::Learned)?;
/// door.tcp(&peer, until).await?;
/// # Ok(())
/// # }
/// ```
///
/// An address that nobody admitted is none, and nobody else makes one:
///
/// ```compile_fail,E0308
/// # async fn open(door: lifeboat::net::Door, until: lifeboat::net::Deadline) -> Result<(), lifeboat::net::NetError> {
/// use lifeboat::net::{Origin, Peer, Transport};
///
/// let address: std::net::SocketAddr = ([192, 0, 2, 1], 53).into();
/// door.tcp(&address, until).await?;
/// # Ok(())
/// # }
/// ```
///
/// ```compile_fail,E0451
/// # async fn open(door: lifeboat::net::Door, until: lifeboat::net::Deadline) -> Result<(), lifeboat::net::NetError> {
/// use lifeboat::net::{Origin, Peer, Transport};
///
/// let address: std::net::SocketAddr = ([192, 0, 2, 1], 53).into();
/// let peer = Peer { shown: address, reach: address, transport: Transport::Tcp };
/// door.tcp(&peer, until).await?;
/// # Ok(())
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # async fn open(door: lifeboat::net::Door, until: lifeboat::net::Deadline) -> Result<(), lifeboat::net::NetError> {
/// use lifeboat::net::{Origin, Peer, Transport};
///
/// let address: std::net::SocketAddr = ([192, 0, 2, 1], 53).into();
/// let peer: Peer = address.into();
/// door.tcp(&peer, until).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    shown: SocketAddr,
    reach: SocketAddr,
    transport: Transport,
}

impl Peer {
    /// Returns the peer's address as the estate and people know it.
    pub fn address(&self) -> SocketAddr {
        self.shown
    }

    /// Returns how it is spoken to.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Returns the address that packets go to: another one only in a drill.
    pub(super) fn reach(&self) -> SocketAddr {
        self.reach
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)
    }
}

impl Door {
    /// Makes the door to the real network.
    pub fn live(admission: Admission, pins: Pins) -> Self {
        Self::new(Reach::Live, admission, pins)
    }

    /// Makes the door to a drill's world: nothing beyond loopback, and there only what is mapped.
    pub fn sealed(map: RouteMap, admission: Admission, pins: Pins) -> Self {
        Self::new(Reach::Sealed(map), admission, pins)
    }

    fn new(reach: Reach, admission: Admission, pins: Pins) -> Self {
        Self(
            Arc::new(Inner { reach, admission, pins, hubs: Hubs::default() }),
            None,
            KnownSecrets::default(),
        )
    }

    /// Returns the same door with a last look before anything leaves through it.
    #[must_use]
    pub fn fenced(&self, fence: Fence) -> Self {
        Self(Arc::clone(&self.0), Some(fence), self.2.clone())
    }

    /// Returns the same door; known secrets are overwritten in whatever comes in by it.
    #[must_use]
    pub fn hiding(self, known: KnownSecrets) -> Self {
        Self(self.0, self.1, known)
    }

    /// Returns what is overwritten in whatever comes in.
    pub(super) fn known(&self) -> &KnownSecrets {
        &self.2
    }

    /// Returns the last look, where there is one.
    pub(super) fn fence(&self) -> Option<&Fence> {
        self.1.as_ref()
    }

    fn pass(&self) -> Result<(), NetError> {
        self.fence().map_or(Ok(()), Fence::pass)
    }

    /// Tells whether this is a drill's door.
    pub fn is_sealed(&self) -> bool {
        matches!(self.0.reach, Reach::Sealed(_))
    }

    /// Returns what the estate says about learned addresses.
    pub fn admission(&self) -> &Admission {
        &self.0.admission
    }

    /// Returns the addresses noted for a host and port; they count as learned.
    pub fn pinned(&self, host: &str, port: u16) -> &[IpAddr] {
        self.0.pins.of(host, port)
    }

    /// Admits an address, or refuses it; the only way to a [`Peer`].
    ///
    /// # Errors
    /// [`NetError::NotAdmitted`] for a learned address that leads inside, [`NetError::Sealed`] for
    /// one that a drill's world does not have.
    pub fn admit(
        &self,
        address: SocketAddr,
        transport: Transport,
        origin: Origin,
    ) -> Result<Peer, NetError> {
        if !self.0.admission.admits(address.ip(), origin) {
            return Err(NetError::NotAdmitted(address.ip()));
        }
        let reach = match &self.0.reach {
            Reach::Live => address,
            Reach::Sealed(map) => map.find(address, transport).ok_or(NetError::Sealed)?,
        };
        Ok(Peer { shown: address, reach, transport })
    }

    /// Tells whether this machine has a way to an address: a look-up that sends no packet. A drill's
    /// world has a way to every address that it plays.
    pub fn has_way_to(&self, address: SocketAddr) -> bool {
        match &self.0.reach {
            Reach::Live => connected::way_to(address) != Err(NetError::NoRoute),
            Reach::Sealed(map) => map.plays(address.ip()),
        }
    }

    /// Returns the address people know for the sender of a packet.
    pub(super) fn name(&self, sender: SocketAddr) -> SocketAddr {
        match &self.0.reach {
            Reach::Live => sender,
            Reach::Sealed(map) => map.name(sender, Transport::Udp).unwrap_or(sender),
        }
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    /// The attempt's failure; every one of them means that nothing was sent.
    pub async fn tcp(&self, peer: &Peer, deadline: Deadline) -> Result<Stream, NetError> {
        let seat = seats::take(deadline).await?;
        let watch = Stopwatch::start();
        match deadline.run(TcpStream::connect(peer.reach)).await {
            None => Err(NetError::ConnectTimedOut),
            // Whoever was given the very port that it asks has reached itself (RFC 9293 §3.5): nobody listens there.
            Some(Ok(stream)) if stream.local_addr().ok() == Some(peer.reach) => {
                Err(NetError::Refused)
            }
            Some(Ok(stream)) => {
                self.pass()?;
                Ok(Stream::tcp(stream, seat, watch.took()).hiding(&self.2))
            }
            Some(Err(error)) => Err(connected::unless_no_route(NetError::of_io(&error), peer)),
        }
    }

    /// Opens a TCP connection and goes on inside TLS, once the peer has shown a certificate for a name or an address
    /// that the public authorities vouch for, or the given one (PEM). Nobody holds certificates in a drill's world:
    /// its loopback servers are spoken to as they are.
    ///
    /// # Errors
    /// [`NetError::Tls`] when the peer does not show it, else as [`Door::tcp`]; nothing was said then.
    pub async fn tls(
        &self,
        peer: &Peer,
        name: &str,
        ca: Option<&[u8]>,
        deadline: Deadline,
    ) -> Result<Stream, NetError> {
        let demand = Demand::of(name, ca)?;
        let stream = self.tcp(peer, deadline).await?;
        if self.is_sealed() {
            return Ok(stream);
        }
        let stream = stream.inside_tls(demand, deadline).await?;
        self.pass()?;
        Ok(stream)
    }

    /// Opens a Unix socket; in a drill, the loopback server that plays it.
    ///
    /// # Errors
    /// [`NetError::Sealed`] in a drill without it, else the attempt's failure.
    pub async fn unix(&self, path: &Path, deadline: Deadline) -> Result<Stream, NetError> {
        let seat = seats::take(deadline).await?;
        let watch = Stopwatch::start();
        let opened = match &self.0.reach {
            Reach::Live => {
                let opened = deadline.run(UnixStream::connect(path)).await;
                opened.map(|opened| opened.map(|s| Stream::unix(s, seat, watch.took())))
            }
            Reach::Sealed(map) => {
                let server = map.find_path(path).ok_or(NetError::Sealed)?;
                let opened = deadline.run(TcpStream::connect(server)).await;
                opened.map(|opened| opened.map(|s| Stream::tcp(s, seat, watch.took())))
            }
        };
        let opened = opened.ok_or(NetError::ConnectTimedOut)?;
        self.pass()?;
        let opened = opened.map_err(|error| NetError::of_io(&error));
        opened.map(|stream| stream.hiding(&self.2))
    }

    /// Asks over a socket of its own, which hears refusals but no reply from another address.
    ///
    /// In a crowd it goes over the shared socket, which hears refusals as well; what came from
    /// elsewhere is then left out, so that the result means the same.
    pub async fn ask_connected(&self, peer: &Peer, question: &Question) -> Asked {
        if let Err(barred) = self.pass() {
            return Asked::not_sent(barred);
        }
        if let Some(seat) = seats::take_spare() {
            return connected::ask(peer, question, seat).await.hiding(&self.2);
        }
        let mut asked = self.ask_shared(peer, question).await;
        asked.strays.retain(|stray| stray.from == peer.address());
        asked
    }

    /// Asks over the socket that all questions share, which also hears replies from other addresses.
    pub async fn ask_shared(&self, peer: &Peer, question: &Question) -> Asked {
        if let Err(barred) = self.pass() {
            return Asked::not_sent(barred);
        }
        match self.0.hubs.hub(peer.reach).await {
            Ok(hub) => hub.ask(self, peer, question).await.hiding(&self.2),
            Err(error) => Asked::not_sent(error),
        }
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sealed() { "Door(sealed)" } else { "Door(live)" })
    }
}
