//! Servers that hang, each in its own way, and say whether anybody came.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// Everything that hangs.
pub struct Silence {
    /// A bound UDP socket that never answers.
    black_hole: UdpSocket,
    /// A listener whose queue is full: whoever comes is dropped.
    pub full: SocketAddr,
    _crowd: (Socket, Vec<Socket>),
    /// One that takes a connection and says nothing.
    pub mute: SocketAddr,
    /// The same for TLS.
    pub mute_tls: SocketAddr,
    /// One that begins an answer and never ends it.
    pub stuck: SocketAddr,
    /// A Unix socket that takes a connection and says nothing.
    pub unix: PathBuf,
    came: [(&'static str, Arc<AtomicUsize>); 4],
}

impl Silence {
    /// Starts them on an address, and a Unix socket in a folder; all live as long as this process.
    pub fn start(host: std::net::IpAddr, folder: &Path) -> Silence {
        let came = ["mute", "mute over TLS", "stuck", "Unix"].map(|name| (name, Arc::default()));
        let at = SocketAddr::new(host, 0);
        let tcp = |came: &Arc<AtomicUsize>, answer: &'static str| {
            let (listener, came) = (TcpListener::bind(at).unwrap(), Arc::clone(came));
            let address = listener.local_addr().unwrap();
            thread::spawn(move || {
                for client in listener.incoming().flatten() {
                    let came = Arc::clone(&came);
                    thread::spawn(move || hold(client, &came, answer));
                }
            });
            address
        };
        let (mute, mute_tls) = (tcp(&came[0].1, ""), tcp(&came[1].1, ""));
        let stuck = tcp(&came[2].1, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of");
        let (full, crowd) = crowded(at);
        Silence {
            black_hole: UdpSocket::bind(at).unwrap(),
            full,
            _crowd: crowd,
            mute,
            mute_tls,
            stuck,
            unix: unix(folder, &came[3].1),
            came,
        }
    }

    /// Returns the address where questions vanish.
    pub fn black_hole(&self) -> SocketAddr {
        self.black_hole.local_addr().unwrap()
    }

    /// Fails where somebody was not met; a connection that is dropped leaves no trace, so it is tried here.
    pub fn all_met(&self) {
        let dropped = TcpStream::connect_timeout(&self.full, Duration::from_millis(300));
        let error = dropped.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut, "the queue is not full: {error}");
        self.black_hole.set_nonblocking(true).unwrap();
        self.black_hole.recv(&mut [0; 512]).expect("nobody asked the black hole");
        for (name, came) in &self.came {
            assert!(came.load(Ordering::Relaxed) > 0, "nobody came to what is {name}");
        }
    }
}

/// Reads whatever comes, answers as it is told, and never ends.
fn hold(mut client: TcpStream, came: &AtomicUsize, answer: &str) {
    let mut piece = [0; 4096];
    while let Ok(count) = client.read(&mut piece) {
        if count == 0 {
            return;
        }
        came.fetch_add(1, Ordering::Relaxed);
        let _ = client.write_all(answer.as_bytes());
    }
}

fn unix(folder: &Path, came: &Arc<AtomicUsize>) -> PathBuf {
    let (path, came) = (folder.join("bird.ctl"), Arc::clone(came));
    let listener = UnixListener::bind(&path).unwrap();
    thread::spawn(move || {
        let mut held = Vec::new();
        for client in listener.incoming().flatten() {
            came.fetch_add(1, Ordering::Relaxed);
            held.push(client);
        }
    });
    path
}

/// Listens and accepts nobody; fills the queue until the next one is dropped.
fn crowded(at: SocketAddr) -> (SocketAddr, (Socket, Vec<Socket>)) {
    let listener = Socket::new(Domain::for_address(at), Type::STREAM, None).unwrap();
    listener.bind(&at.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut crowd = Vec::new();
    for _ in 0..16 {
        let one = Socket::new(Domain::for_address(at), Type::STREAM, None).unwrap();
        let came = one.connect_timeout(&address.into(), Duration::from_millis(300));
        if came.is_err() {
            return (address, (listener, crowd));
        }
        crowd.push(one);
    }
    panic!("the queue is never full");
}

/// Writes an executable script.
pub fn script(path: &Path, text: &str) {
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
}
