//! Trackers over HTTP: answers, refusals, redirects, and what is no tracker at all.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use libtest_mimic::Trial;
use lifeboat::model::{Ending, Estate, Inconclusive, Tracker};
use lifeboat::net::loopback::{RefusingPort, TcpServer};
use lifeboat::net::{Deadline, NetError, Origin};
use lifeboat::service::Field;
use lifeboat::service::tracker::{Endpoint, PORT, announce, connect, endpoints, scrape};
use lifeboat::wire::tracker_http::{AnnounceReply, Request, ScrapeReply};
use lifeboat::wire::tracker_udp::{Counts, Event};

use super::servers::{Web, response};
use super::{AMPLE, SHORT, SWARM, announced, answered, counted, endpoint, field, nonsense, play};

pub fn trials() -> Vec<Trial> {
    trials![
        a_tracker_answers_and_is_left_again,
        a_failure_reason_is_an_answer,
        a_redirect_is_followed_and_told,
        a_redirect_inside_is_refused,
        redirects_end,
        what_is_no_tracker_is_nonsense,
        an_endless_body_is_cut,
        a_silent_server_takes_the_budget,
        a_close_without_an_answer_is_tried_again,
        a_closed_port_refuses,
        a_learned_private_address_is_not_spoken_to,
        without_a_swarm_only_a_connection_is_opened,
        counts_are_asked_by_convention,
        a_private_authority_is_trusted_where_it_is_named,
    ]
}

fn healthy() -> Vec<u8> {
    let peers = ["192.0.2.7:1", "[2001:db8::7]:1", "10.0.0.1:1"].map(|it| it.parse().unwrap());
    let reply = AnnounceReply {
        interval: Some(1800),
        complete: Some(5),
        incomplete: Some(2),
        warning: Some(b"soon closed".to_vec()),
        peers: peers.into(),
        ..AnnounceReply::default()
    };
    reply.encode()
}

/// Reads the request line as a tracker does.
fn asked(request: &str) -> Request {
    Request::parse(request.split(' ').nth(1).unwrap()).unwrap()
}

fn a_tracker_answers_and_is_left_again() {
    play(async {
        let web = Web::start(|_| response("200 OK", "", &healthy())).await;
        let at = endpoint(&web.url("/announce?pass=1"), web.address);
        let told = announce(&field(&[]), &at, SWARM, AMPLE).await;
        let answer = answered(&told.ending);
        assert_eq!(
            (answer.interval_s, answer.complete, answer.incomplete),
            (Some(1800), Some(5), Some(2))
        );
        assert_eq!(answer.warning.as_ref().unwrap(), "soon closed");
        assert_eq!((answer.peers, answer.bogons, answer.redirected), (3, 1, false));
        assert_eq!((told.unconnected, told.sent, told.peers.len()), (None, 1, 3));
        let requests = web.requests();
        assert!(requests.iter().all(|it| it.starts_with("GET /announce?pass=1&info_hash=")));
        let events: Vec<_> = requests
            .iter()
            .map(|it| match asked(it) {
                Request::Announce(it) => (it.event, it.port, it.info_hash),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(events, [(Event::Started, PORT, SWARM), (Event::Stopped, PORT, SWARM)]);
    });
}

fn a_failure_reason_is_an_answer() {
    play(async {
        for status in ["200 OK", "400 Bad Request"] {
            let web = Web::plain(status, b"d14:failure reason7:go awaye").await;
            let at = endpoint(&web.url("/announce"), web.address);
            let told = announce(&field(&[]), &at, SWARM, AMPLE).await;
            assert_eq!(answered(&told.ending).failure.as_ref().unwrap(), "go away");
            assert_eq!(web.requests().len(), 1, "nobody leaves who never joined");
        }
    });
}

fn a_redirect_is_followed_and_told() {
    play(async {
        let goal = Web::start(|_| response("200 OK", "", &healthy())).await;
        let to = goal.url("/announce?over=there");
        let web = Web::start(move |_| response("302 Found", &format!("Location: {to}\r\n"), b""));
        let web = web.await;
        let at = endpoint(&web.url("/announce"), web.address);
        let told = announce(&field(&["127.0.0.0/8"]), &at, SWARM, AMPLE).await;
        let answer = answered(&told.ending);
        assert_eq!((answer.redirected, answer.complete), (true, Some(5)));
    });
}

fn a_redirect_inside_is_refused() {
    play(async {
        let goal = Web::start(|_| response("200 OK", "", &healthy())).await;
        let to = goal.url("/announce");
        let web = Web::start(move |_| response("302 Found", &format!("Location: {to}\r\n"), b""));
        let web = web.await;
        let told = announced(endpoint(&web.url("/announce"), web.address), SHORT);
        let told = told.await;
        let refused = matches!(told.ending, Ending::Inconclusive(Inconclusive::NotAdmitted(_)));
        assert!(refused, "{:?}", told.ending);
        assert_eq!(goal.requests().len(), 0, "nothing was sent inside");
    });
}

fn redirects_end() {
    play(async {
        let web = Web::start(|_| response("302 Found", "Location: /again\r\n", b"")).await;
        let at = endpoint(&web.url("/announce"), web.address);
        let told = announce(&field(&["127.0.0.0/8"]), &at, SWARM, AMPLE).await;
        assert_eq!(nonsense(&told.ending), "status 302 after 5 redirects");
    });
}

fn what_is_no_tracker_is_nonsense() {
    play(async {
        let cases: [(&'static str, &'static [u8], &str); 6] = [
            ("200 OK", b"", "no bencode"),
            ("200 OK", b"<html>welcome</html>", "no bencode"),
            ("200 OK", b"d8:intervali1800e5:peers5:abcdee", "`peers`"),
            ("200 OK", b"de", "`interval` is missing"),
            ("404 Not Found", b"d8:intervali1800e5:peers0:e", "status 404"),
            ("500 Oops", b"", "status 500"),
        ];
        for (status, body, why) in cases {
            let web = Web::plain(status, body).await;
            let at = endpoint(&web.url("/announce"), web.address);
            let told = announce(&field(&[]), &at, SWARM, AMPLE).await;
            assert!(nonsense(&told.ending).contains(why), "{:?}", told.ending);
            assert_eq!(told.sent, 1);
        }
        let raw = Web::start(|_| b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()).await;
        let told = announced(endpoint(&raw.url("/a"), raw.address), SHORT).await;
        assert!(nonsense(&told.ending).contains("no HTTP"), "{:?}", told.ending);
    });
}

fn an_endless_body_is_cut() {
    play(async {
        let huge = [b"d8:intervali1800e5:peers6000000:".to_vec(), vec![b'x'; 6_000_000]].concat();
        let web = Web::start(move |_| response("200 OK", "", &huge)).await;
        let at = endpoint(&web.url("/announce"), web.address);
        let told = announce(&field(&[]), &at, SWARM, AMPLE).await;
        assert!(nonsense(&told.ending).contains("longer than 256 KiB"), "{:?}", told.ending);
        let broken = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nd8:intervali1800e".to_vec();
        let web = Web::start(move |_| broken.clone()).await;
        let told = announced(endpoint(&web.url("/a"), web.address), AMPLE).await;
        assert!(nonsense(&told.ending).contains("breaks off"), "{:?}", told.ending);
    });
}

fn a_silent_server_takes_the_budget() {
    play(async {
        let server = TcpServer::open().await.unwrap();
        let at = endpoint(&format!("http://{}/announce", server.address()), server.address());
        let told = announce(&field(&[]), &at, SWARM, SHORT).await;
        assert_eq!((told.ending, told.sent), (Ending::TimedOut, 1));
        assert!(told.took >= SHORT.budget && told.took < SHORT.budget * 2, "{:?}", told.took);
    });
}

fn a_close_without_an_answer_is_tried_again() {
    play(async {
        let web = Web::start(|_| Vec::new()).await;
        let told = announced(endpoint(&web.url("/a"), web.address), SHORT).await;
        assert_eq!((told.ending, told.sent), (Ending::Closed, SHORT.tries));
        assert_eq!(web.requests().len(), 3);
    });
}

fn a_closed_port_refuses() {
    play(async {
        let port = RefusingPort::tcp().unwrap();
        let at = endpoint(&format!("http://{}/announce", port.address()), port.address());
        let told = announce(&field(&[]), &at, SWARM, SHORT).await;
        assert_eq!((told.ending, told.sent), (Ending::Refused, SHORT.tries));
        let told = connect(&field(&[]), &at, SHORT).await;
        assert_eq!(told.ending, Ending::Refused);
    });
}

fn a_learned_private_address_is_not_spoken_to() {
    play(async {
        let web = Web::start(|_| response("200 OK", "", &healthy())).await;
        let at = Endpoint::new("http://tracker.example/announce", web.address, Origin::Learned);
        let told = announce(&field(&[]), &at.unwrap(), SWARM, SHORT).await;
        assert!(matches!(told.ending, Ending::Inconclusive(Inconclusive::NotAdmitted(_))));
        assert_eq!((told.sent, web.requests().len()), (0, 0));
    });
}

fn without_a_swarm_only_a_connection_is_opened() {
    play(async {
        let server = TcpServer::open().await.unwrap();
        let at = endpoint(&format!("https://{}/announce", server.address()), server.address());
        let told = connect(&field(&[]), &at, SHORT).await;
        assert!(told.ending.answer().is_some(), "{:?}", told.ending);
    });
}

fn counts_are_asked_by_convention() {
    play(async {
        let counts = Counts { seeders: 5, completed: 9, leechers: 2 };
        let body = ScrapeReply { failure: None, files: vec![(SWARM, counts)] }.encode();
        let web = Web::start(move |_| response("200 OK", "", &body)).await;
        let at = endpoint(&web.url("/x/announce.php?k=1"), web.address);
        let said = scrape(&field(&[]), &at, &[[1; 20], SWARM], AMPLE).await;
        assert_eq!(said, Ending::Answered(vec![Counts::default(), counts]));
        assert!(web.requests()[0].starts_with("GET /x/scrape.php?k=1&info_hash="));
        let none = counted(endpoint(&web.url("/x"), web.address));
        assert!(matches!(none.await, Ending::Inconclusive(Inconclusive::NotAvailable(_))));
        let angry = Web::plain("200 OK", b"d14:failure reason2:noe").await;
        let said = counted(endpoint(&angry.url("/announce"), angry.address));
        assert_eq!(nonsense(&said.await), "no");
    });
}

/// Serves one body over TLS, with a fresh certificate for `tracker.example`; returns its authority too.
fn tls_tracker(connections: usize, body: Vec<u8>) -> (std::net::SocketAddr, String) {
    let made = rcgen::generate_simple_self_signed(["tracker.example".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for socket in listener.incoming().take(connections) {
            let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(session, socket.unwrap());
            // A client that does not trust us is gone by now.
            if stream.read(&mut [0; 4096]).is_ok_and(|count| count > 0) {
                let reply = response("200 OK", "Connection: close\r\n", &body);
                let _ = stream.write_all(&reply).and_then(|()| stream.flush());
            }
        }
    });
    (address, made.cert.pem())
}

fn a_private_authority_is_trusted_where_it_is_named() {
    play(async {
        let (address, authority) = tls_tracker(8, healthy());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority).unwrap();
        let field = Field { base: folder.path().to_owned(), ..field(&[]) };
        let ask = async |ca: Option<&str>| {
            let tracker = serde_json::json!({"id": "t1", "urls": ["https://tracker.example/announce"],
                "addresses": [address.to_string()], "ca": ca.map(|file| serde_json::json!({"file": file}))});
            let tracker: Tracker = serde_json::from_value(tracker).unwrap();
            let estate = serde_json::json!({"schema": "lifeboat/estate/v1", "id": "trial"});
            let estate: Estate = serde_json::from_value(estate).unwrap();
            let until = Deadline::after(AMPLE.budget);
            let found = endpoints(&field, &estate, &tracker, &tracker.urls[0], until).await?;
            Ok::<_, NetError>(announce(&field, &found[0], SWARM, AMPLE).await.ending)
        };
        assert_eq!(answered(&ask(Some("ca.pem")).await.unwrap()).complete, Some(5));
        assert!(nonsense(&ask(None).await.unwrap()).contains("TLS"));
        let missing = ask(Some("nowhere.pem")).await.unwrap_err();
        assert!(missing.inconclusive(), "{missing}");
    });
}
