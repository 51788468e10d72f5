//! Control sockets of routers and collectors, played over loopback behind a sealed door.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::{DateTime, date};
use libtest_mimic::Trial;
use lifeboat::model::{
    BgpObservation, Ending, Estate, Inconclusive, Observation, ProbeKind, Remote,
};
use lifeboat::net::loopback::{RefusingPort, TcpServer};
use lifeboat::net::{Admission, Deadline, Door, Pins, RouteMap};
use lifeboat::probe::probe;
use lifeboat::wire::bird::{Command, Protocol, Route, encode};
use serde_json::json;

use super::{play, through};

pub fn trials() -> Vec<Trial> {
    trials![
        a_collector_shows_sessions_and_routes,
        a_session_is_restricted_before_anything_is_asked,
        an_older_daemon_is_asked_what_it_knows,
        a_collector_without_eyes_is_stale,
        silence_refusal_and_nonsense_are_told_apart,
        a_socket_that_is_not_there_says_nothing_of_the_network,
    ]
}

const SOCKET: &str = "/run/lg/bird.ctl";

/// What a played daemon does with its sockets.
#[derive(Clone, Default)]
struct Played {
    protocols: Vec<Protocol>,
    routes: Vec<Route>,
    old: bool,
    open: bool,
    babble: Option<&'static str>,
    asked: Arc<Mutex<Vec<String>>>,
}

fn now() -> DateTime {
    date(2026, 11, 25).at(12, 0, 0, 0)
}

impl Played {
    async fn start(&self) -> TcpServer {
        TcpServer::open().await.unwrap()
    }

    /// Serves one session.
    async fn serve(self, server: TcpServer) {
        let until = Deadline::after(Duration::from_secs(20));
        let mut stream = server.accept().await.unwrap();
        let greeting = self.babble.unwrap_or(encode::GREETING);
        stream.write_all(greeting.as_bytes(), until).await.unwrap();
        let mut heard = String::new();
        while let Ok(piece) = stream.read_some(4096, until).await {
            if piece.is_empty() {
                return;
            }
            heard.push_str(std::str::from_utf8(&piece).unwrap());
            while let Some((line, rest)) = heard.clone().split_once('\n') {
                heard = rest.to_owned();
                self.asked.lock().unwrap().push(line.to_owned());
                // The client may have heard enough and left.
                let _ = stream.write_all(self.answer(line).as_bytes(), until).await;
            }
        }
    }

    fn answer(&self, line: &str) -> String {
        let routes = |which: &dyn Fn(&Route) -> bool| {
            let routes: Vec<Route> = self.routes.iter().filter(|it| which(it)).cloned().collect();
            encode::routes(&routes, now())
        };
        match Command::decode(line) {
            Some(Command::Restrict) if self.open => encode::DENIED.to_owned(),
            Some(Command::Restrict) => encode::RESTRICTED.to_owned(),
            Some(Command::Status) => encode::status(now()),
            Some(Command::Protocols) => encode::protocols(&self.protocols, now()),
            Some(Command::RouteIn(_)) if self.old => encode::SYNTAX.to_owned(),
            Some(Command::RouteIn(net)) => routes(&|it| net.contains(&it.network)),
            Some(Command::RouteFor(net)) => routes(&|it| it.network.contains(&net)),
            None => panic!("{line}"),
        }
    }
}

fn protocol(name: &str, established: bool, age_s: u64) -> Protocol {
    let (name, kind) = (Remote::new(name), Remote::new("BGP"));
    let heard_s = established.then_some(20);
    Protocol { name, kind, neighbour_as: Some(64501), established, age_s: Some(age_s), heard_s }
}

fn route(network: &str, protocol: &str, best: bool, as_path: &[u32]) -> Route {
    let (network, protocol) = (network.parse().unwrap(), Remote::new(protocol));
    Route { network, protocol, best, as_path: as_path.to_vec(), age_s: Some(5_000) }
}

fn estate() -> Estate {
    serde_json::from_value(json!({
        "schema": "lifeboat/estate/v1", "id": "trial",
        "probing": { "target_budget": "300ms", "tries": 2 },
        "prefixes": [{"id": "p", "cidr": "198.18.0.0/23", "origin": 64500}],
        "collectors": [{"id": "lg", "kind": "bird", "socket": SOCKET, "max_age": "10m"}],
    }))
    .unwrap()
}

/// Looks at a daemon through a drill's door.
async fn look(played: Played) -> BgpObservation {
    let server = played.start().await;
    let address = server.address();
    tokio::spawn(played.serve(server));
    look_at(Some(address)).await
}

async fn look_at(server: Option<std::net::SocketAddr>) -> BgpObservation {
    let mut map = RouteMap::default();
    if let Some(server) = server {
        map.add_path(SOCKET, server).unwrap();
    }
    let field = through(Door::sealed(map, Admission::default(), Pins::new()));
    let within = Deadline::after(Duration::from_secs(20));
    let set = probe(&estate(), &field, &[ProbeKind::Bgp], None, within).await;
    let mut found = set.evidence.into_iter().filter_map(|it| match it.observation {
        Observation::Bgp(bgp) => Some((it.subject, bgp)),
        _ => None,
    });
    let (subject, seen) = found.next().unwrap();
    assert_eq!(subject.as_str(), "lg");
    seen
}

fn two_ways() -> Played {
    Played {
        protocols: vec![protocol("peer_a", true, 90_000), protocol("peer_b", false, 30)],
        routes: vec![
            route("0.0.0.0/0", "peer_a", true, &[64501]),
            route("198.18.0.0/23", "peer_b", false, &[64502, 64500]),
            route("198.18.0.0/23", "peer_a", true, &[64501, 64500]),
            route("198.18.1.0/24", "peer_a", true, &[64501, 64666]),
            route("203.0.113.0/24", "peer_a", true, &[64501]),
        ],
        ..Played::default()
    }
}

fn a_collector_shows_sessions_and_routes() {
    play(async {
        let seen = look(two_ways()).await;
        assert!(seen.collector);
        let view = seen.ending.answer().unwrap();
        let sessions: Vec<_> = view
            .sessions
            .iter()
            .map(|it| (it.neighbour.clone(), it.asn, it.established, it.age_s))
            .collect();
        assert_eq!(
            sessions,
            [
                (Remote::new("peer_a"), Some(64501), true, Some(90_000)),
                (Remote::new("peer_b"), Some(64501), false, Some(30))
            ]
        );
        let routes: Vec<_> = view
            .routes
            .iter()
            .map(|it| {
                (it.network.to_string(), it.neighbour.clone(), it.best, it.as_path.last().copied())
            })
            .collect();
        let want = [
            ("198.18.0.0/23".to_owned(), Remote::new("peer_a"), true, Some(64500)),
            ("198.18.1.0/24".to_owned(), Remote::new("peer_a"), true, Some(64666)),
            ("198.18.0.0/23".to_owned(), Remote::new("peer_b"), false, Some(64500)),
        ];
        assert_eq!(routes, want, "no default route, nobody else's prefix, best first");
        assert!(view.routes.iter().all(|it| it.prefix == "p" && it.age_s == Some(5_000)));
    });
}

fn a_session_is_restricted_before_anything_is_asked() {
    play(async {
        let played = two_ways();
        let asked = Arc::clone(&played.asked);
        look(played).await;
        let lines = asked.lock().unwrap().clone();
        assert_eq!(lines[0], "restrict");
        assert_eq!(lines.len(), 5, "{lines:?}");
        let open = Played { open: true, ..two_ways() };
        let asked = Arc::clone(&open.asked);
        let seen = look(open).await;
        assert!(matches!(seen.ending, Ending::Malformed(_)), "{:?}", seen.ending);
        assert_eq!(*asked.lock().unwrap(), ["restrict"], "nothing is asked of an open session");
    });
}

fn an_older_daemon_is_asked_what_it_knows() {
    play(async {
        let seen = look(Played { old: true, ..two_ways() }).await;
        let routes = &seen.ending.answer().unwrap().routes;
        assert!(routes.iter().all(|it| it.network.to_string() == "198.18.0.0/23"));
        assert_eq!(routes.len(), 2);
    });
}

fn a_collector_without_eyes_is_stale() {
    play(async {
        let blind = |age| Played { protocols: vec![protocol("peer_a", false, age)], ..two_ways() };
        let seen = look(blind(7_200)).await;
        assert_eq!(seen.ending, Ending::Inconclusive(Inconclusive::Stale(7_200)));
        let seen = look(blind(60)).await;
        assert!(seen.ending.answer().is_some_and(|view| !view.sessions[0].established));
    });
}

fn silence_refusal_and_nonsense_are_told_apart() {
    play(async {
        let silent = TcpServer::open().await.unwrap();
        assert_eq!(look_at(Some(silent.address())).await.ending, Ending::TimedOut);
        let closed = RefusingPort::tcp().unwrap();
        assert_eq!(look_at(Some(closed.address())).await.ending, Ending::Refused);
        let babbling = Played { babble: Some("SSH-2.0-OpenSSH_9.2\r\n"), ..two_ways() };
        let seen = look(babbling).await;
        assert!(
            matches!(&seen.ending, Ending::Malformed(why) if why.to_string().contains("no code"))
        );
    });
}

fn a_socket_that_is_not_there_says_nothing_of_the_network() {
    play(async {
        assert_eq!(look_at(None).await.ending, Ending::Unreachable, "a drill says so");
        let field = super::field(&[]);
        let mut estate = estate();
        estate.collectors[0].socket = "/nowhere/bird.ctl".into();
        let within = Deadline::after(Duration::from_secs(20));
        let set = probe(&estate, &field, &[ProbeKind::Bgp], None, within).await;
        let missing = set.evidence.iter().any(|it| {
            let Observation::Bgp(bgp) = &it.observation else { return false };
            matches!(bgp.ending, Ending::Inconclusive(Inconclusive::Local(_)))
        });
        assert!(missing, "{set:?}");
    });
}
