//! What a door knows to be secret is overwritten in whatever comes in by it: datagrams, streams, headers and bodies.

use std::path::Path;

use libtest_mimic::Trial;
use lifeboat::model::{KnownSecrets, Secret};
use lifeboat::net::loopback::TcpServer;
use lifeboat::net::{
    Admission, Asked, Deadline, Door, Http, HttpRequest, Method, Origin, Pins, Question, RouteMap,
    Stream, Transport,
};

use super::servers::{Echo, Web, response};
use super::{AMPLE, BUDGET, live, play};

pub fn trials() -> Vec<Trial> {
    trials![c6_what_a_door_knows_comes_in_by_no_way]
}

const CANARY: &str = "c4n\"ry+door/50%=d";

/// More than one read takes; the secret lies across the end of the first.
const PIECE: usize = 16 << 10;

fn knowing(door: Door) -> Door {
    let known = KnownSecrets::default();
    known.learn(&Secret::new(CANARY));
    door.hiding(known)
}

/// What a server says: the secret at the beginning, and again across two pieces.
fn said() -> Vec<u8> {
    let mut said = format!("q:{CANARY}:").into_bytes();
    said.resize(PIECE - CANARY.len() / 2, b'.');
    [&said, CANARY.as_bytes(), b":end"].concat()
}

/// Fails where the secret stands, or where what was around it does not.
#[track_caller]
fn hidden(way: &str, bytes: &[u8]) {
    let (text, stars) = (String::from_utf8_lossy(bytes), "*".repeat(CANARY.len()));
    assert!(!text.contains(CANARY), "{way}: {text}");
    assert!(text.contains(&format!(":{stars}:")), "{way}: {text}");
    assert!(bytes.len() < PIECE || text.ends_with(&format!(".{stars}:end")), "{way}: {text}");
}

fn c6_what_a_door_knows_comes_in_by_no_way() {
    play(async {
        let door = knowing(live(&["127.0.0.0/8"]));
        datagrams(&door).await;
        web(&door).await;
        let server = TcpServer::open().await.unwrap();
        let peer = door.admit(server.address(), Transport::Tcp, Origin::Estate).unwrap();
        for way in WAYS {
            let tcp = door.tcp(&peer, Deadline::after(AMPLE)).await.unwrap();
            heard(way, "TCP", tcp, server.accept().await.unwrap()).await;
        }
        let mut map = RouteMap::default();
        map.add_path("/run/played.ctl", server.address()).unwrap();
        let sealed = knowing(Door::sealed(map, Admission::default(), Pins::new()));
        let played = sealed.unix(Path::new("/run/played.ctl"), Deadline::after(AMPLE)).await;
        heard("read_exact", "a played socket", played.unwrap(), server.accept().await.unwrap())
            .await;
        unix(&door).await;
    });
    eprintln!("C6: 2 kinds of datagrams, 5 of streams, headers and bodies: 0 hits");
}

/// The answer, what is no answer, and what comes later, on both kinds of sockets.
async fn datagrams(door: &Door) {
    let server = Echo::start(0, |_| {
        ["stray", "q1", "q2"].map(|word| format!("{word}:{CANARY}:").into_bytes()).into()
    });
    let server = server.await;
    let peer = door.admit(server.address, Transport::Udp, Origin::Estate).unwrap();
    let mut question = Question::spread(b"q".to_vec(), |heard| heard.starts_with(b"q"), 1, AMPLE);
    question.linger = BUDGET / 4;
    let asked = [
        ("a socket of its own", door.ask_connected(&peer, &question).await),
        ("the shared socket", door.ask_shared(&peer, &question).await),
    ];
    for (socket, Asked { answer, strays, later, .. }) in asked {
        assert_eq!((strays.len(), later.len()), (1, 1), "{socket}");
        let datagrams = [answer.unwrap()].into_iter().chain(strays).chain(later);
        datagrams.for_each(|datagram| hidden(socket, &datagram.bytes));
    }
}

async fn web(door: &Door) {
    let header = format!("X-Echo: :{CANARY}:\r\n");
    let web = Web::start(move |_| response("200 OK", &header, &said())).await;
    let request = HttpRequest::new(Method::Get, web.url("/"), AMPLE);
    let reply = Http::new(door.clone()).request(request).await.unwrap();
    hidden("a body", &reply.body);
    let header = serde_json::to_value(reply.header("x-echo").unwrap()).unwrap();
    hidden("a header", header.as_str().unwrap().as_bytes());
}

const WAYS: [&str; 3] = ["read_some", "read_exact", "read_to_end"];

/// Reads what a server says in one way.
async fn heard(way: &str, over: &str, mut stream: Stream, mut server: Stream) {
    let deadline = Deadline::after(AMPLE);
    let all = said();
    let speaking = async {
        server.write_all(&all, deadline).await.unwrap();
        server.finish(deadline).await.unwrap();
    };
    let reading = async {
        match way {
            "read_some" => stream.read_some(CANARY.len() + 3, deadline).await,
            "read_exact" => stream.read_exact(all.len(), deadline).await,
            _ => stream.read_to_end(all.len() + 1, deadline).await,
        }
    };
    let ((), read) = tokio::join!(speaking, reading);
    hidden(&format!("{way} over {over}"), &read.unwrap());
}

async fn unix(door: &Door) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("router.ctl");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let mut stream = door.unix(&path, Deadline::after(AMPLE)).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    let all = said();
    let speaking = async {
        tokio::io::AsyncWriteExt::write_all(&mut server, &all).await.unwrap();
    };
    let ((), read) = tokio::join!(speaking, stream.read_exact(all.len(), Deadline::after(AMPLE)));
    hidden("a Unix socket", &read.unwrap());
}
