//! Relays in front of a name server: one makes it slow (every UDP packet waits on its way in, TCP passes), one
//! brings UDP alone, one drops its replies.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Starts a relay at an address; its threads live as long as the suite.
pub fn slow(at: SocketAddr, server: SocketAddr, delay: Duration) {
    let udp = UdpSocket::bind(at).unwrap();
    let tcp = TcpListener::bind(at).unwrap();
    thread::spawn(move || relay_udp(Arc::new(udp), server, delay));
    thread::spawn(move || {
        tcp.incoming().flatten().for_each(|client| _ = relay_tcp(client, server))
    });
}

/// Keeps one socket towards the server for each client, so that answers find their way back.
fn relay_udp(front: Arc<UdpSocket>, server: SocketAddr, delay: Duration) {
    let mut clients: HashMap<SocketAddr, std::sync::mpsc::Sender<(Instant, Vec<u8>)>> =
        HashMap::new();
    let mut buffer = [0; 65_535];
    while let Ok((length, client)) = front.recv_from(&mut buffer) {
        let queue =
            clients.entry(client).or_insert_with(|| serve(Arc::clone(&front), client, server));
        let _ = queue.send((Instant::now() + delay, buffer[..length].to_vec()));
    }
}

fn serve(
    front: Arc<UdpSocket>,
    client: SocketAddr,
    server: SocketAddr,
) -> std::sync::mpsc::Sender<(Instant, Vec<u8>)> {
    let (queue, packets) = std::sync::mpsc::channel::<(Instant, Vec<u8>)>();
    let back = Arc::new(connected(front.local_addr().unwrap().ip(), server).unwrap());
    let towards = Arc::clone(&back);
    thread::spawn(move || {
        for (due, packet) in packets {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let _ = towards.send(&packet);
        }
    });
    thread::spawn(move || {
        let mut buffer = [0; 65_535];
        while let Ok(length) = back.recv(&mut buffer) {
            let _ = front.send_to(&buffer[..length], client);
        }
    });
    queue
}

fn connected(from: IpAddr, server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((from, 0))?;
    socket.connect(server)?;
    Ok(socket)
}

/// Starts a relay at an address that brings packets alone: over TCP, nobody listens there.
pub fn without_tcp(at: SocketAddr, server: SocketAddr) {
    let udp = UdpSocket::bind(at).unwrap();
    thread::spawn(move || relay_udp(Arc::new(udp), server, Duration::ZERO));
}

/// What a relay without replies has dropped.
pub struct Dropped(Arc<AtomicUsize>);

impl Dropped {
    /// Returns how many replies it was.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Starts a relay over TCP that brings every message to the server, waits for its reply, and closes.
pub fn without_replies(at: SocketAddr, server: SocketAddr) -> Dropped {
    let (tcp, dropped) = (TcpListener::bind(at).unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&dropped);
    thread::spawn(move || {
        for mut client in tcp.incoming().flatten() {
            let mut message = || -> io::Result<()> {
                let mut behind = TcpStream::connect(server)?;
                behind.write_all(&dns_message(&mut client)?)?;
                dns_message(&mut behind)?;
                count.fetch_add(1, Ordering::SeqCst);
                Ok(())
            };
            let _ = message();
        }
    });
    Dropped(dropped)
}

/// Reads one message with its length before it.
fn dns_message(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    from.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    from.read_exact(&mut message)?;
    Ok([&length[..], &message].concat())
}

fn relay_tcp(client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let behind = TcpStream::connect(server)?;
    for (mut from, mut to) in [(client.try_clone()?, behind.try_clone()?), (behind, client)] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
    Ok(())
}
