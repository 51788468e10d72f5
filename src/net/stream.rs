//! A connection, whatever it runs over, read and written with caps and deadlines.

use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::client::TlsStream;

use super::seats::Seat;
use super::tls::Demand;
use super::{Deadline, NetError};
use crate::model::KnownSecrets;

/// The most bytes that one read makes room for.
const PIECE: usize = 16 << 10;

/// An open connection.
#[derive(Debug)]
pub struct Stream {
    kind: Kind,
    took: Duration,
    known: KnownSecrets,
    _seat: Option<Seat>,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    pub(super) fn tcp(stream: TcpStream, seat: Seat, took: Duration) -> Self {
        // Small questions must not wait for each other's acknowledgements; without it they are only slower.
        let _ = stream.set_nodelay(true);
        Self { kind: Kind::Tcp(stream), took, known: KnownSecrets::default(), _seat: Some(seat) }
    }

    pub(super) fn unix(stream: UnixStream, seat: Seat, took: Duration) -> Self {
        Self { kind: Kind::Unix(stream), took, known: KnownSecrets::default(), _seat: Some(seat) }
    }

    /// Returns the same connection; known secrets are overwritten in whatever is read.
    pub(super) fn hiding(self, known: &KnownSecrets) -> Self {
        Self { known: known.clone(), ..self }
    }

    /// Overwrites known secrets in what was read in several pieces, for one may lie across two of them.
    /// Tells whether there was one.
    pub fn hide(&self, bytes: &mut [u8]) -> bool {
        self.known.hide(bytes)
    }

    /// Goes on inside TLS, once the peer has met a demand; only what runs over TCP can.
    pub(super) async fn inside_tls(
        mut self,
        demand: Demand,
        deadline: Deadline,
    ) -> Result<Self, NetError> {
        self.kind = match self.kind {
            Kind::Tcp(stream) => Kind::Tls(Box::new(demand.shake(stream, deadline).await?)),
            Kind::Unix(_) | Kind::Tls(_) => return Err(NetError::BadRequest("it is not over TCP")),
        };
        Ok(self)
    }

    /// Wraps the connection of somebody who came to a loopback server.
    pub(super) fn accepted(stream: TcpStream) -> Self {
        Self {
            kind: Kind::Tcp(stream),
            took: Duration::ZERO,
            known: KnownSecrets::default(),
            _seat: None,
        }
    }

    /// Returns how long it took to connect.
    pub fn connected_in(&self) -> Duration {
        self.took
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// [`NetError::TimedOut`], [`NetError::Closed`] or what the system says; some may have arrived.
    pub async fn write_all(&mut self, bytes: &[u8], deadline: Deadline) -> Result<(), NetError> {
        let writer = self.writer();
        let written = deadline.run(async { writer.write_all(bytes).await }).await;
        written.ok_or(NetError::TimedOut)?.map_err(|error| sent(&error))
    }

    /// Says that nothing more will be written; the peer's bytes may still come.
    ///
    /// # Errors
    /// As [`Stream::write_all`].
    pub async fn finish(&mut self, deadline: Deadline) -> Result<(), NetError> {
        let writer = self.writer();
        let written = deadline.run(async { writer.shutdown().await }).await;
        written.ok_or(NetError::TimedOut)?.map_err(|error| sent(&error))
    }

    /// Reads what has come, at least one byte and at most `cap`; empty once the peer has closed.
    ///
    /// # Errors
    /// [`NetError::TimedOut`], [`NetError::Closed`] for a reset.
    pub async fn read_some(&mut self, cap: usize, deadline: Deadline) -> Result<Vec<u8>, NetError> {
        // Without room of its own a vector takes 64 bytes at a time.
        let mut bytes = Vec::with_capacity(cap.min(PIECE));
        let reader = self.reader();
        let reading = async { reader.take(cap as u64).read_buf(&mut bytes).await };
        deadline.run(reading).await.ok_or(NetError::TimedOut)?.map_err(|error| sent(&error))?;
        self.hide(&mut bytes);
        Ok(bytes)
    }

    /// Reads as [`Self::read_some`] does, and acknowledges at once what comes: a server that holds back each answer until
    /// the one before has arrived (Nagle's algorithm) otherwise waits for 40 ms each time.
    ///
    /// # Errors
    /// As [`Stream::read_some`].
    pub async fn read_some_at_once(
        &mut self,
        cap: usize,
        deadline: Deadline,
    ) -> Result<Vec<u8>, NetError> {
        if let Kind::Tcp(stream) = &self.kind {
            // The system forgets it from time to time; without it answers are only slower.
            let _ = SockRef::from(stream).set_tcp_quickack(true);
        }
        self.read_some(cap, deadline).await
    }

    /// Reads exactly `count` bytes.
    ///
    /// # Errors
    /// [`NetError::Closed`] when the peer closes before, else as [`Stream::read_some`].
    pub async fn read_exact(
        &mut self,
        count: usize,
        deadline: Deadline,
    ) -> Result<Vec<u8>, NetError> {
        let mut bytes = Vec::new();
        while bytes.len() < count {
            let piece = self.read_some(count - bytes.len(), deadline).await?;
            if piece.is_empty() {
                return Err(NetError::Closed);
            }
            bytes.extend_from_slice(&piece);
        }
        self.hide(&mut bytes);
        Ok(bytes)
    }

    /// Reads until the peer closes or `cap` bytes are there.
    ///
    /// # Errors
    /// As [`Stream::read_some`].
    pub async fn read_to_end(
        &mut self,
        cap: usize,
        deadline: Deadline,
    ) -> Result<Vec<u8>, NetError> {
        let mut bytes = Vec::new();
        while bytes.len() < cap {
            let piece = self.read_some(cap - bytes.len(), deadline).await?;
            if piece.is_empty() {
                break;
            }
            bytes.extend_from_slice(&piece);
        }
        self.hide(&mut bytes);
        Ok(bytes)
    }

    fn reader(&mut self) -> &mut (dyn AsyncRead + Send + Unpin) {
        match &mut self.kind {
            Kind::Tcp(stream) => stream,
            Kind::Unix(stream) => stream,
            Kind::Tls(stream) => stream,
        }
    }

    fn writer(&mut self) -> &mut (dyn AsyncWrite + Send + Unpin) {
        match &mut self.kind {
            Kind::Tcp(stream) => stream,
            Kind::Unix(stream) => stream,
            Kind::Tls(stream) => stream,
        }
    }
}

/// Names a failure on an open connection, where a time-out means that bytes may have arrived.
fn sent(error: &std::io::Error) -> NetError {
    // A peer may still turn a client away after the handshake (RFC 8446 §4.6.2).
    let error = match NetError::of_connect(error) {
        Some(NetError::Tls(why)) => return NetError::Tls(why),
        Some(_) | None => NetError::of_io(error),
    };
    if error == NetError::ConnectTimedOut {
        NetError::TimedOut
    } else if error == NetError::Refused {
        NetError::Closed
    } else {
        error
    }
}
