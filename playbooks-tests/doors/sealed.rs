//! A drill's door: what is mapped is played on loopback, and nothing else exists.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::Trial;
use lifeboat::net::loopback::TcpServer;
use lifeboat::net::{
    Admission, Deadline, Door, Http, HttpRequest, Method, NetError, Origin, Pins, Question,
    RouteMap, Transport,
};

use super::servers::{Echo, Web};
use super::{AMPLE, pinned, play};

pub fn trials() -> Vec<Trial> {
    trials![
        b9_a_live_server_outside_the_map_is_never_reached,
        a_mapped_address_answers_under_its_own_name,
        https_is_played_in_plain_with_the_host_kept,
        a_socket_path_is_played_over_loopback,
        learned_addresses_are_judged_as_live,
        b9_a_goal_beyond_loopback_is_refused,
    ]
}

fn sealed(map: RouteMap) -> Door {
    Door::sealed(map, Admission::default(), Pins::new())
}

fn b9_a_live_server_outside_the_map_is_never_reached() {
    play(async {
        let (udp, web) =
            (Echo::start(0, |b| vec![b.to_vec()]).await, Web::plain("200 OK", "").await);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bird.ctl");
        let listener = tokio::net::UnixListener::bind(&path).unwrap();
        let knocks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&knocks);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let door = sealed(RouteMap::default());
        for (address, transport) in [(udp.address, Transport::Udp), (web.address, Transport::Tcp)] {
            assert_eq!(door.admit(address, transport, Origin::Estate), Err(NetError::Sealed));
        }
        let request = HttpRequest::new(Method::Get, web.url("/"), AMPLE);
        assert_eq!(Http::new(door.clone()).request(request).await.unwrap_err(), NetError::Sealed);
        let mut pinned = HttpRequest::new(Method::Get, "https://api.example/", AMPLE);
        pinned.pinned = vec![web.address];
        assert_eq!(Http::new(door.clone()).request(pinned).await.unwrap_err(), NetError::Sealed);
        let unix = door.unix(&path, Deadline::after(AMPLE)).await.unwrap_err();
        assert_eq!(unix, NetError::Sealed);
        assert_eq!((udp.count(), web.requests().len()), (0, 0));
        // The servers do count whoever comes: a live door is heard by all three.
        let live = super::live(&[]);
        Http::new(live.clone())
            .request(HttpRequest::new(Method::Get, web.url("/"), AMPLE))
            .await
            .unwrap();
        let peer = live.admit(udp.address, Transport::Udp, Origin::Estate).unwrap();
        let question = Question::spread(b"q".to_vec(), |_| true, 1, AMPLE);
        assert!(live.ask_shared(&peer, &question).await.answer.is_ok());
        assert_eq!(knocks.load(Ordering::SeqCst), 0);
        drop(live.unix(&path, Deadline::after(AMPLE)).await.unwrap());
        assert_eq!((udp.count(), web.requests().len()), (1, 1));
    });
}

fn a_mapped_address_answers_under_its_own_name() {
    play(async {
        let server = Echo::start(0, |bytes| vec![bytes.to_vec()]).await;
        let real = "192.0.2.53:53".parse().unwrap();
        let mut map = RouteMap::default();
        map.add(real, Transport::Udp, server.address).unwrap();
        let door = sealed(map);
        let peer = door.admit(real, Transport::Udp, Origin::Estate).unwrap();
        assert_eq!(peer.to_string(), "192.0.2.53:53");
        let question = Question::spread(b"q".to_vec(), |bytes| bytes == b"q", 5, AMPLE);
        for asked in
            [door.ask_connected(&peer, &question).await, door.ask_shared(&peer, &question).await]
        {
            assert_eq!(asked.answer.unwrap().from, real);
        }
        assert_eq!(door.admit(real, Transport::Tcp, Origin::Estate), Err(NetError::Sealed));
    });
}

fn https_is_played_in_plain_with_the_host_kept() {
    play(async {
        let web = Web::plain("200 OK", "drill").await;
        let real = "203.0.113.8:443".parse().unwrap();
        let mut map = RouteMap::default();
        map.add(real, Transport::Tcp, web.address).unwrap();
        let pins = pinned("api.example", 443, real.ip());
        let http = Http::new(Door::sealed(map, Admission::default(), pins));
        let request = HttpRequest::new(Method::Get, "https://api.example/v1", AMPLE);
        let reply = http.request(request).await.unwrap();
        assert_eq!((reply.status, reply.from), (200, real));
        let sent = &web.requests()[0];
        assert!(sent.starts_with("GET /v1 ") && sent.contains("host: api.example\r\n"), "{sent}");
    });
}

fn a_socket_path_is_played_over_loopback() {
    play(async {
        let server = TcpServer::open().await.unwrap();
        let mut map = RouteMap::default();
        map.add_path("/run/bird/bird.ctl", server.address()).unwrap();
        let (door, deadline) = (sealed(map), Deadline::after(AMPLE));
        let mut stream = door.unix(Path::new("/run/bird/bird.ctl"), deadline).await.unwrap();
        let mut accepted = server.accept().await.unwrap();
        accepted.write_all(b"0001 BIRD ready.\n", deadline).await.unwrap();
        assert_eq!(stream.read_exact(4, deadline).await.unwrap(), b"0001");
        let other = door.unix(Path::new("/run/bird/other.ctl"), deadline).await.unwrap_err();
        assert_eq!(other, NetError::Sealed);
    });
}

fn learned_addresses_are_judged_as_live() {
    let mut map = RouteMap::default();
    let inside = "10.0.0.1:80".parse().unwrap();
    map.add(inside, Transport::Tcp, "127.0.0.1:1".parse().unwrap()).unwrap();
    let door = sealed(map);
    let learned = door.admit(inside, Transport::Tcp, Origin::Learned);
    assert_eq!(learned, Err(NetError::NotAdmitted(inside.ip())));
    assert!(door.admit(inside, Transport::Tcp, Origin::Estate).is_ok());
}

fn b9_a_goal_beyond_loopback_is_refused() {
    let mut map = RouteMap::default();
    let real = "192.0.2.1:53".parse().unwrap();
    for goal in ["192.0.2.2:53", "0.0.0.0:53", "[::]:53", "10.0.0.1:53", "[2001:db8::1]:53"] {
        let goal: std::net::SocketAddr = goal.parse().unwrap();
        let refused = map.add(real, Transport::Udp, goal);
        assert_eq!(refused, Err(NetError::NotLoopback(goal.ip())), "{goal}");
    }
}
