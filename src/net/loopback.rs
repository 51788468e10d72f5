//! Servers on loopback for a drill's world and for trials: port chosen by the system, nothing else reachable.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

use super::{NetError, Stream};

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// A UDP server on loopback. One that is never read from is a silent server.
#[derive(Debug)]
pub struct UdpServer {
    socket: UdpSocket,
    address: SocketAddr,
}

/// A TCP server on loopback. One that is never accepted from connects and then stays silent.
#[derive(Debug)]
pub struct TcpServer {
    listener: TcpListener,
    address: SocketAddr,
}

/// A port that refuses and that nobody else can take meanwhile.
#[derive(Debug)]
pub struct RefusingPort {
    _socket: Socket,
    address: SocketAddr,
}

/// A TCP port whose packets vanish: connecting to it neither succeeds nor fails.
#[derive(Debug)]
pub struct DarkPort {
    _listener: Socket,
    /// Those who wait in the listener's queue for ever, so that no one else comes in.
    _queue: Vec<Socket>,
    address: SocketAddr,
}

impl UdpServer {
    /// Opens a server.
    ///
    /// # Errors
    /// [`NetError::Local`] from the system.
    pub async fn open() -> Result<Self, NetError> {
        let socket = UdpSocket::bind(ANY_PORT).await.map_err(|error| local(&error))?;
        let address = socket.local_addr().map_err(|error| local(&error))?;
        Ok(Self { socket, address })
    }

    /// Returns the server's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next datagram and returns it with its sender.
    ///
    /// # Errors
    /// [`NetError::Local`] from the system.
    pub async fn receive(&self) -> Result<(Vec<u8>, SocketAddr), NetError> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.socket.recv_from(&mut buffer).await {
                Ok((count, from)) => {
                    buffer.truncate(count);
                    return Ok((buffer, from));
                }
                // A client that went away before its answer is no fault of this server.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(local(&error)),
            }
        }
    }

    /// Sends a datagram to whoever asked.
    ///
    /// # Errors
    /// [`NetError::NotLoopback`] for anybody else, [`NetError::Local`] from the system.
    pub async fn send(&self, bytes: &[u8], to: SocketAddr) -> Result<(), NetError> {
        if !to.ip().is_loopback() {
            return Err(NetError::NotLoopback(to.ip()));
        }
        self.socket.send_to(bytes, to).await.map_err(|error| local(&error))?;
        Ok(())
    }
}

impl TcpServer {
    /// Opens a server.
    ///
    /// # Errors
    /// [`NetError::Local`] from the system.
    pub async fn open() -> Result<Self, NetError> {
        let listener = TcpListener::bind(ANY_PORT).await.map_err(|error| local(&error))?;
        let address = listener.local_addr().map_err(|error| local(&error))?;
        Ok(Self { listener, address })
    }

    /// Returns the server's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the next connection.
    ///
    /// # Errors
    /// [`NetError::Local`] from the system.
    pub async fn accept(&self) -> Result<Stream, NetError> {
        let (stream, _) = self.listener.accept().await.map_err(|error| local(&error))?;
        Ok(Stream::accepted(stream))
    }
}

impl RefusingPort {
    /// Takes a TCP port on which nobody listens.
    ///
    /// # Errors
    /// [`NetError::Local`] from the system.
    pub fn tcp() -> Result<Self, NetError> {
        let socket = bound(Type::STREAM, Protocol::TCP);
        socket.and_then(Self::of).map_err(|error| local(&error))
    }

    /// Takes a UDP port that is closed to all but itself.
    ///
    /// # Errors
    /// [`NetError::Local`] from the system.
    pub fn udp() -> Result<Self, NetError> {
        let socket = bound(Type::DGRAM, Protocol::UDP).and_then(|socket| {
            // A connected socket takes datagrams from its peer alone; all others are refused.
            socket.connect(&socket.local_addr()?)?;
            Ok(socket)
        });
        socket.and_then(Self::of).map_err(|error| local(&error))
    }

    fn of(socket: Socket) -> io::Result<Self> {
        let address = socket.local_addr()?.as_socket();
        let address = address.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
        Ok(Self { _socket: socket, address })
    }

    /// Returns the port's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl DarkPort {
    /// Takes a port and fills its queue, after which the system drops who else knocks.
    ///
    /// # Errors
    /// [`NetError::Local`] from the system, or where its queue cannot be filled.
    pub fn tcp() -> Result<Self, NetError> {
        const PATIENCE: Duration = Duration::from_millis(20);
        const LONGEST_QUEUE: usize = 16;
        let opened = || -> io::Result<Self> {
            let listener = bound(Type::STREAM, Protocol::TCP)?;
            listener.listen(0)?;
            let knock = listener.local_addr()?;
            let address = knock.as_socket();
            let address =
                address.ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
            let mut queue = Vec::new();
            while queue.len() < LONGEST_QUEUE {
                let caller = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
                match caller.connect_timeout(&knock, PATIENCE) {
                    Ok(()) => queue.push(caller),
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                        return Ok(Self { _listener: listener, _queue: queue, address });
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(io::Error::from(io::ErrorKind::Unsupported))
        };
        opened().map_err(|error| local(&error))
    }

    /// Returns the port's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn bound(kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, kind, Some(protocol))?;
    socket.bind(&SockAddr::from(SocketAddr::from(ANY_PORT)))?;
    Ok(socket)
}

fn local(error: &io::Error) -> NetError {
    NetError::Local(error.kind())
}
