//! One unconnected UDP socket per address family, shared by all questions that wait on it.
//!
//! Replies are told apart by their sender and by what each question accepts, ICMP reports by where
//! the datagram went and what it said. A thousand silent peers cost one file descriptor.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::connected::{no_way, unspecified};
use super::exchange::Exchange;
use super::{Accept, Asked, Door, NetError, Peer, Question, icmp};

/// The hubs of a door: IPv4, then IPv6; opened when first needed.
#[derive(Default)]
pub(super) struct Hubs([tokio::sync::Mutex<Option<Arc<Hub>>>; 2]);

/// A shared socket and the task that listens on it.
pub(super) struct Hub {
    shared: Arc<Shared>,
    listener: AbortHandle,
}

struct Shared {
    socket: UdpSocket,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    serial: u64,
    questions: HashMap<u64, Waiter>,
    by_peer: HashMap<SocketAddr, Vec<u64>>,
}

struct Waiter {
    peer: SocketAddr,
    request: Vec<u8>,
    accept: Accept,
    events: mpsc::Sender<Event>,
}

enum Event {
    Heard { bytes: Vec<u8>, from: SocketAddr },
    Refused(NetError),
}

/// Takes a question off the list even when its future is dropped half-way.
struct Place<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Hubs {
    /// Returns the hub for a peer's address family, opening it when it is not there.
    pub async fn hub(&self, peer: SocketAddr) -> Result<Arc<Hub>, NetError> {
        let mut slot = self.0[usize::from(peer.is_ipv6())].lock().await;
        // The listener ends with the runtime it was started in.
        if let Some(hub) = slot.as_ref().filter(|hub| !hub.listener.is_finished()) {
            return Ok(Arc::clone(hub));
        }
        // It needs no seat: two of them lie within what is kept free, and in a crowd all lean on them.
        let hub = Arc::new(Hub::open(peer).map_err(|error| no_way(&error))?);
        *slot = Some(Arc::clone(&hub));
        Ok(hub)
    }
}

impl Hub {
    fn open(peer: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(peer), Type::DGRAM, Some(Protocol::UDP))?;
        if peer.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&unspecified(peer).into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        icmp::keep_reports(&socket, peer.is_ipv6())?;
        // More room for bursts; a smaller buffer only loses what a network might lose too.
        let _ = SockRef::from(&socket).set_recv_buffer_size(4 << 20);
        let shared = Arc::new(Shared { socket, waiting: Mutex::default() });
        let listener = tokio::spawn(listen(Arc::clone(&shared))).abort_handle();
        Ok(Self { shared, listener })
    }

    /// Asks a question and waits for what comes of it.
    pub async fn ask(&self, door: &Door, peer: &Peer, question: &Question) -> Asked {
        let (events, mut heard) = mpsc::channel(64);
        let place = self.shared.enter(Waiter {
            peer: peer.reach(),
            request: question.request.clone(),
            accept: Arc::clone(&question.accept),
            events,
        });
        let mut exchange = Exchange::new(question);
        while !exchange.is_over() {
            if exchange.take_try() {
                exchange.tried(self.shared.send(&question.request, peer.reach()).await);
                continue;
            }
            match exchange.next(heard.recv()).await.flatten() {
                Some(Event::Heard { bytes, from }) if from == peer.reach() => {
                    exchange.heard(&bytes, peer.address(), true);
                }
                Some(Event::Heard { bytes, from }) => {
                    exchange.heard(&bytes, door.name(from), false);
                }
                Some(Event::Refused(error)) => exchange.refused(error),
                None => {}
            }
        }
        drop(place);
        exchange.finish()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, waiter: Waiter) -> Place<'_> {
        let mut waiting = self.waiting();
        waiting.serial += 1;
        let id = waiting.serial;
        waiting.by_peer.entry(waiter.peer).or_default().push(id);
        waiting.questions.insert(id, waiter);
        Place { shared: self, id }
    }

    /// Sends a datagram. A report about somebody else's datagram fails a send once: it is passed on
    /// to whom it is about, and the send repeated.
    async fn send(&self, bytes: &[u8], to: SocketAddr) -> Result<(), NetError> {
        let mut failed = None;
        for _ in 0..32 {
            match self.socket.send_to(bytes, to).await {
                Ok(_) => return Ok(()),
                Err(error) => {
                    let others = self.take_reports(|| icmp::next_report(&self.socket));
                    if others == 0 && failed.is_some() {
                        return Err(no_way(&error));
                    }
                    failed = Some(error);
                }
            }
        }
        Err(failed.map_or(NetError::TimedOut, |error| NetError::Local(error.kind())))
    }

    /// Passes on all reports of the error queue and returns how many there were.
    fn take_reports(&self, next: impl Fn() -> io::Result<icmp::Report>) -> usize {
        let mut count = 0;
        while let Ok(report) = next() {
            count += 1;
            if let (Some(to), Some(error)) = (report.to, report.error) {
                self.waiting().refuse(to, &error, &report.quoted);
            }
        }
        count
    }
}

impl Waiting {
    /// Gives a datagram to the question it answers, else to those it may be about.
    fn deliver(&self, bytes: &[u8], from: SocketAddr) {
        let own = self.by_peer.get(&from).map_or(&[][..], Vec::as_slice);
        let accepts = |waiter: &&Waiter| (waiter.accept)(bytes);
        let mine = || own.iter().filter_map(|id| self.questions.get(id));
        if let Some(waiter) = mine().find(accepts) {
            return waiter.hear(bytes, from);
        }
        // The right content from the wrong address: only its content says whose it is.
        match self.questions.values().find(accepts) {
            Some(waiter) => waiter.hear(bytes, from),
            None => mine().for_each(|waiter| waiter.hear(bytes, from)),
        }
    }

    /// Gives a refusal to the questions whose datagram it is about.
    fn refuse(&self, to: SocketAddr, error: &NetError, quoted: &[u8]) {
        for waiter in self.by_peer.get(&to).into_iter().flatten() {
            let Some(waiter) = self.questions.get(waiter) else { continue };
            let length = quoted.len().min(waiter.request.len());
            if quoted[..length] == waiter.request[..length] {
                // A full queue belongs to somebody who is being flooded; the datagram is lost.
                let _ = waiter.events.try_send(Event::Refused(error.clone()));
            }
        }
    }
}

impl Waiter {
    fn hear(&self, bytes: &[u8], from: SocketAddr) {
        // As above: lost like any datagram in a flood.
        let _ = self.events.try_send(Event::Heard { bytes: bytes.to_vec(), from });
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.shared.waiting();
        let Some(waiter) = waiting.questions.remove(&self.id) else { return };
        if let Some(ids) = waiting.by_peer.get_mut(&waiter.peer) {
            ids.retain(|id| *id != self.id);
            if ids.is_empty() {
                waiting.by_peer.remove(&waiter.peer);
            }
        }
    }
}

/// Listens until the hub is dropped.
async fn listen(shared: Arc<Shared>) {
    let mut buffer = vec![0; 1 << 16];
    let socket = &shared.socket;
    while socket.ready(Interest::READABLE | Interest::ERROR).await.is_ok() {
        for _ in 0..256 {
            match socket.try_recv_from(&mut buffer) {
                Ok((count, from)) => shared.waiting().deliver(&buffer[..count], from),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // The error queue says the same again, with whom it is about.
                Err(_) => {}
            }
        }
        shared.take_reports(|| socket.try_io(Interest::ERROR, || icmp::next_report(socket)));
        // Others get their turn, however fast the packets come.
        tokio::task::yield_now().await;
    }
}
