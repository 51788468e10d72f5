//! Decoders against bytes that opentracker, Transmission and BIRD sent; `captures/torrent.sh` records them anew.

use std::net::SocketAddr;

use jiff::civil::DateTime;
use libtest_mimic::Trial;
use lifeboat::model::Remote;
use lifeboat::wire::bird::{BirdError, Protocol, Reply, Route, Status};
use lifeboat::wire::tracker_http::{self, AnnounceReply, HttpTrackerError, ScrapeReply};
use lifeboat::wire::tracker_udp::{self, Counts, Event, Family};
use lifeboat::wire::transmission::{self, Session, Torrent, TransmissionError};

pub fn trials() -> Vec<Trial> {
    trials![
        opentrackers_datagrams_are_read,
        opentrackers_refusals_are_read,
        opentrackers_bodies_are_read,
        transmissions_requests_are_read,
        transmissions_replies_are_read,
        transmissions_refusals_are_read,
        birds_greetings_and_errors_are_read,
        birds_protocols_are_read,
        birds_routes_are_read,
    ]
}

/// Includes a capture's bytes.
macro_rules! capture {
    ($name:literal) => {
        include_bytes!(concat!("../captures/", $name)).as_slice()
    };
}

const TRANSACTION: u32 = 0x6c69_6665;

fn udp(bytes: &[u8]) -> tracker_udp::Reply {
    let reply = tracker_udp::Reply::decode(bytes, Family::V4).unwrap();
    assert_eq!(reply.transaction(), TRANSACTION);
    reply
}

/// Returns seeders, leechers and the peers of a datagram.
fn announced(bytes: &[u8]) -> (i32, i32, Vec<SocketAddr>) {
    match udp(bytes) {
        tracker_udp::Reply::Announce { interval, seeders, leechers, mut peers, .. } => {
            assert!((1700..2100).contains(&interval), "{interval}");
            peers.sort_unstable();
            (seeders, leechers, peers)
        }
        other => panic!("{other:?}"),
    }
}

fn at(text: &[&str]) -> Vec<SocketAddr> {
    text.iter().map(|it| it.parse().unwrap()).collect()
}

fn opentrackers_datagrams_are_read() {
    let connect = udp(capture!("tracker/udp-connect.bin"));
    assert!(matches!(connect, tracker_udp::Reply::Connect { connection, .. } if connection != 0));
    let alone = announced(capture!("tracker/udp-announce-alone.bin"));
    assert_eq!(alone, (1, 0, at(&["127.0.0.2:7001"])));
    let (seeders, leechers, peers) = announced(capture!("tracker/udp-announce-three.bin"));
    assert_eq!((seeders, leechers, peers.len()), (2, 2, 4));
    assert_eq!(announced(capture!("tracker/udp-announce-stopped.bin")), (2, 1, Vec::new()));
    let counts = Counts { seeders: 2, completed: 0, leechers: 1 };
    let scrape = |counts| tracker_udp::Reply::Scrape { transaction: TRANSACTION, counts };
    assert_eq!(udp(capture!("tracker/udp-scrape.bin")), scrape(vec![counts]));
    let two = udp(capture!("tracker/udp-scrape-two.bin"));
    assert_eq!(two, scrape(vec![counts, Counts::default()]));
}

fn opentrackers_refusals_are_read() {
    let bare = udp(capture!("tracker/udp-announce-stranger.bin"));
    assert_eq!(bare, tracker_udp::Reply::Bare { transaction: TRANSACTION });
    let error = udp(capture!("tracker/udp-wrong-connection.bin"));
    let message = b"Connection ID missmatch.".to_vec();
    assert_eq!(error, tracker_udp::Reply::Error { transaction: TRANSACTION, message });
}

fn body(capture: &[u8]) -> &[u8] {
    let end = capture.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    &capture[end + 4..]
}

fn opentrackers_bodies_are_read() {
    let announce = |capture| AnnounceReply::decode(body(capture)).unwrap();
    let full = announce(capture!("tracker/http-announce.http"));
    assert_eq!((full.complete, full.incomplete, full.peers.len()), (Some(2), Some(2), 4));
    assert!(full.interval.is_some_and(|it| it > 0) && full.min_interval < full.interval);
    assert!(full.peers.contains(&"127.0.0.1:7005".parse().unwrap()), "{:?}", full.peers);
    assert_eq!(announce(capture!("tracker/http-announce-none.http")).peers, Vec::new());
    assert_eq!(announce(capture!("tracker/http-stopped.http")).incomplete, Some(1));
    let refusal = |capture| String::from_utf8(announce(capture).failure.unwrap()).unwrap();
    assert!(refusal(capture!("tracker/http-stranger.http")).contains("not authorized"));
    assert!(refusal(capture!("tracker/http-no-hash.http")).contains("forgot"));
    let page = AnnounceReply::decode(body(capture!("tracker/http-not-found.http")));
    assert!(matches!(page, Err(HttpTrackerError::Bencode(_))), "{page:?}");
    let scrape = ScrapeReply::decode(body(capture!("tracker/http-scrape.http"))).unwrap();
    let counts = Counts { seeders: 2, completed: 0, leechers: 1 };
    assert_eq!(scrape.files.iter().map(|(_, it)| *it).collect::<Vec<_>>(), [counts]);
    let stranger = ScrapeReply::decode(body(capture!("tracker/http-scrape-stranger.http")));
    assert_eq!(stranger, Ok(ScrapeReply::default()));
}

fn transmissions_requests_are_read() {
    let connect = tracker_udp::Request::decode(capture!("tracker/asked-udp-connect.bin"));
    assert!(matches!(connect, Ok(tracker_udp::Request::Connect { .. })), "{connect:?}");
    let bytes = capture!("tracker/asked-udp-announce.bin");
    let request = tracker_udp::Request::decode(bytes).unwrap();
    assert_eq!(request.encode(), bytes);
    let tracker_udp::Request::Announce { connection, announce, .. } = request else { panic!() };
    assert_eq!((connection, announce.event), (0x1122_3344_5566_7788, Event::Started));
    assert_eq!((announce.port, announce.want, announce.left), (51413, 80, 0));
    assert!(announce.peer_id.starts_with(b"-TR3000-"));
    let text = std::str::from_utf8(capture!("tracker/asked-http-announce.http")).unwrap();
    let path = text.split(' ').nth(1).unwrap();
    let tracker_http::Request::Announce(over_http) = tracker_http::Request::parse(path).unwrap()
    else {
        panic!()
    };
    assert_eq!((over_http.port, over_http.want, over_http.key), (51413, 80, announce.key));
    assert_eq!((over_http.event, &over_http.peer_id[..8]), (Event::Started, &b"-TR3000-"[..]));
    let ours = tracker_http::announce_url("/announce?pass=k%2fy", &over_http);
    assert_eq!(
        tracker_http::Request::parse(&ours).unwrap(),
        tracker_http::Request::Announce(over_http)
    );
}

fn transmissions_replies_are_read() {
    let session = Session::read(body(capture!("transmission/session.http"))).unwrap();
    assert_eq!((session.version.to_string().as_str(), session.rpc), ("3.00 (bb6b5a062e)", 16));
    let torrents = Torrent::read_all(body(capture!("transmission/torrents.http"))).unwrap();
    let private: Vec<bool> = torrents.iter().map(|it| it.private).collect();
    assert_eq!(private, [false, true, false, false]);
    let urls = |bytes| {
        let [torrent] = &Torrent::read_all(body(bytes)).unwrap()[..] else { panic!("one torrent") };
        let shown = torrent.trackers.iter().map(|it| format!("{} {} {}", it.id, it.tier, it.url));
        shown.collect::<Vec<_>>()
    };
    let backup = "1 1 udp://127.0.0.9:6969/announce";
    let ignored = urls(capture!("transmission/after-list-ignored.http"));
    assert_eq!(
        ignored,
        ["0 0 http://127.0.0.8:6969/announce", backup],
        "it took a list and did nothing"
    );
    let replaced = urls(capture!("transmission/after-replace.http"));
    assert_eq!(replaced, ["0 0 http://127.0.0.9:6969/announce", backup]);
    let none = Torrent::read_all(body(capture!("transmission/unknown-torrent.http")));
    assert_eq!(none, Ok(Vec::new()));
    assert_eq!(transmission::peers(body(capture!("transmission/peers.http"))), Ok(Vec::new()));
    for done in
        [capture!("transmission/set-list-ignored.http"), capture!("transmission/set-replace.http")]
    {
        assert!(transmission::arguments(body(done)).is_ok());
    }
}

fn transmissions_refusals_are_read() {
    let said = |bytes| transmission::arguments(body(bytes)).unwrap_err();
    let words = |text: &str| TransmissionError::Said(Remote::new(text));
    assert_eq!(said(capture!("transmission/set-bad-url.http")), words("invalid argument"));
    assert_eq!(said(capture!("transmission/set-unknown-id.http")), words("invalid argument"));
    let unknown = said(capture!("transmission/no-such-method.http"));
    assert_eq!(unknown, words("method name not recognized"));
    for page in [capture!("transmission/conflict.http"), capture!("transmission/unauthorized.http")]
    {
        assert!(matches!(said(page), TransmissionError::NotJson(_)));
    }
    let conflict = std::str::from_utf8(capture!("transmission/conflict.http")).unwrap();
    let named = |line: &str| line.to_ascii_lowercase().starts_with(transmission::SESSION);
    assert!(conflict.lines().any(named));
}

fn bird(bytes: &[u8]) -> Reply {
    let (reply, taken) = Reply::take(bytes).unwrap().unwrap();
    assert_eq!(taken, bytes.len());
    reply
}

fn present() -> DateTime {
    Status::read(&bird(capture!("bird/status.txt"))).unwrap().now
}

fn birds_greetings_and_errors_are_read() {
    let codes = [
        (capture!("bird/greeting.txt"), 1),
        (capture!("bird/restrict.txt"), 16),
        (capture!("bird/denied.txt"), 8007),
        (capture!("bird/syntax.txt"), 9001),
        (capture!("bird/status.txt"), 13),
    ];
    for (bytes, code) in codes {
        let reply = bird(bytes);
        assert_eq!(reply.code(), code);
        let refused = matches!(reply.accepted(), Err(BirdError::Refused { .. }));
        assert_eq!(refused, code >= 8000, "{code}");
    }
    let status = Status::read(&bird(capture!("bird/status.txt"))).unwrap();
    assert_eq!(status.version, "BIRD 2.0.12");
}

fn birds_protocols_are_read() {
    let all = Protocol::read_all(&bird(capture!("bird/protocols.txt")), present());
    let names: Vec<String> = all.iter().map(|it| it.name.to_string()).collect();
    assert_eq!(names, ["device1", "four", "six", "peer_a", "peer_b", "peer_dead"]);
    let sessions: Vec<_> = all
        .iter()
        .filter(|it| it.kind == "BGP")
        .map(|it| (it.neighbour_as.unwrap(), it.established, it.heard_s.is_some()))
        .collect();
    assert_eq!(sessions, [(64501, true, true), (64502, true, true), (64509, false, false)]);
    assert!(all.iter().all(|it| it.age_s.is_some_and(|age| age < 60)), "{all:?}");
    assert!(all.iter().filter_map(|it| it.heard_s).all(|heard| heard < 240), "{all:?}");
}

fn birds_routes_are_read() {
    let read = |bytes| Route::read_all(bird(bytes), present()).unwrap();
    let two = [
        (Remote::new("peer_a"), true, vec![64501, 64500]),
        (Remote::new("peer_b"), false, vec![64502, 64500]),
    ];
    for (bytes, network) in [
        (capture!("bird/route-for.txt"), "198.18.0.0/24"),
        (capture!("bird/route-for-address.txt"), "198.18.0.0/24"),
        (capture!("bird/route-for-six.txt"), "2001:db8:18::/48"),
    ] {
        let routes = read(bytes);
        assert!(routes.iter().all(|it| it.network == network.parse().unwrap()), "{routes:?}");
        assert!(routes.iter().all(|it| it.age_s.is_some_and(|age| age < 60)), "{routes:?}");
        let shown = routes.into_iter().map(|it| (it.protocol, it.best, it.as_path));
        assert_eq!(shown.collect::<Vec<_>>(), two);
    }
    let inside = read(capture!("bird/route-in.txt"));
    let paths: Vec<&[u32]> = inside.iter().map(|it| it.as_path.as_slice()).collect();
    let [first, second, ..] = paths[..] else { panic!("{paths:?}") };
    assert_eq!((inside.len(), first, second), (4, &[64501][..], &[64502, 64500, 64501][..]));
    assert_eq!(read(capture!("bird/route-none.txt")), Vec::new());
    assert_eq!(read(capture!("bird/route-in-none.txt")), Vec::new());
}
