//! Connections: refused, silent, closed early, capped; over TCP and over Unix sockets.

use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::net::loopback::{DarkPort, RefusingPort, TcpServer};
use lifeboat::net::{Deadline, NetError, Origin, Stopwatch, Stream, Transport};

use super::{AMPLE, BUDGET, live, play};

pub fn trials() -> Vec<Trial> {
    trials![
        a_closed_port_refuses,
        a_server_that_accepts_and_says_nothing_times_out,
        a_full_backlog_is_no_connection_in_time,
        a_dark_port_neither_opens_nor_refuses,
        a_server_that_closes_early_is_told_from_a_silent_one,
        reads_are_capped,
        a_unix_socket_is_spoken_to_and_an_absent_one_named,
    ]
}

async fn connect(server: &TcpServer) -> Stream {
    let door = live(&[]);
    let peer = door.admit(server.address(), Transport::Tcp, Origin::Estate).unwrap();
    door.tcp(&peer, Deadline::after(AMPLE)).await.unwrap()
}

fn a_closed_port_refuses() {
    play(async {
        let (door, port) = (live(&[]), RefusingPort::tcp().unwrap());
        let peer = door.admit(port.address(), Transport::Tcp, Origin::Estate).unwrap();
        let error = door.tcp(&peer, Deadline::after(AMPLE)).await.unwrap_err();
        assert_eq!(error, NetError::Refused);
        assert!(error.surely_not_sent() && !error.inconclusive());
    });
}

fn a_server_that_accepts_and_says_nothing_times_out() {
    play(async {
        let server = TcpServer::open().await.unwrap();
        let mut stream = connect(&server).await;
        let (watch, deadline) = (Stopwatch::start(), Deadline::after(BUDGET));
        stream.write_all(b"hello", deadline).await.unwrap();
        assert_eq!(stream.read_some(9, deadline).await, Err(NetError::TimedOut));
        assert!(watch.took() < BUDGET * 2, "{:?}", watch.took());
    });
}

fn a_dark_port_neither_opens_nor_refuses() {
    play(async {
        let (door, port) = (live(&[]), DarkPort::tcp().unwrap());
        let peer = door.admit(port.address(), Transport::Tcp, Origin::Estate).unwrap();
        // As often as anybody likes: the queue stays as full as it is.
        for _ in 0..5 {
            let error = door.tcp(&peer, Deadline::after(BUDGET / 4)).await.unwrap_err();
            assert_eq!(error, NetError::ConnectTimedOut);
            assert!(error.surely_not_sent());
        }
    });
}

fn a_full_backlog_is_no_connection_in_time() {
    play(async {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
        let socket = socket.unwrap();
        socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let door = live(&[]);
        let peer = door.admit(address, Transport::Tcp, Origin::Estate).unwrap();
        let mut held = Vec::new();
        let error = loop {
            match door.tcp(&peer, Deadline::after(BUDGET)).await {
                Ok(stream) => held.push(stream),
                Err(error) => break error,
            }
            assert!(held.len() < 9, "the backlog never filled");
        };
        assert_eq!(error, NetError::ConnectTimedOut);
        assert!(error.surely_not_sent());
    });
}

fn a_server_that_closes_early_is_told_from_a_silent_one() {
    play(async {
        let server = TcpServer::open().await.unwrap();
        let mut stream = connect(&server).await;
        let mut accepted = server.accept().await.unwrap();
        accepted.write_all(b"abc", Deadline::after(AMPLE)).await.unwrap();
        drop(accepted);
        assert_eq!(stream.read_exact(4, Deadline::after(AMPLE)).await, Err(NetError::Closed));
        let mut stream = connect(&server).await;
        drop(server.accept().await.unwrap());
        assert_eq!(stream.read_some(4, Deadline::after(AMPLE)).await, Ok(Vec::new()));
    });
}

fn reads_are_capped() {
    play(async {
        let server = TcpServer::open().await.unwrap();
        let mut stream = connect(&server).await;
        let mut accepted = server.accept().await.unwrap();
        accepted.write_all(&[7; 100], Deadline::after(AMPLE)).await.unwrap();
        let deadline = Deadline::after(AMPLE);
        assert_eq!(stream.read_exact(10, deadline).await.unwrap().len(), 10);
        assert!((1..=20).contains(&stream.read_some(20, deadline).await.unwrap().len()));
        assert_eq!(stream.read_to_end(30, deadline).await.unwrap(), [7; 30]);
    });
}

fn a_unix_socket_is_spoken_to_and_an_absent_one_named() {
    play(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bird.ctl");
        let (door, deadline) = (live(&[]), Deadline::after(Duration::from_secs(5)));
        let absent = door.unix(&path, deadline).await.unwrap_err();
        assert_eq!(absent, NetError::Local(std::io::ErrorKind::NotFound));
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let mut stream = door.unix(&path, deadline).await.unwrap();
        let (mut accepted, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut accepted, b"0001 BIRD ready.\n").await.unwrap();
        assert_eq!(stream.read_exact(9, deadline).await.unwrap(), b"0001 BIRD");
    });
}
