//! The observer and its controls.

use libtest_mimic::Trial;
use lifeboat::model::{
    Ending, EvidenceSet, Observation, ProbeKind, TcpObservation, VantageObservation,
};
use lifeboat::net::loopback::TcpServer;
use lifeboat::net::{Admission, Door, Pins, Transport};
use serde_json::json;

use super::servers::{Cast, healthy};
use super::{estate, play, run, sealed};

pub fn trials() -> Vec<Trial> {
    trials![
        controls_tell_whether_the_observer_is_alive,
        paths_are_those_of_the_world,
        a_real_machine_has_a_way_to_itself,
    ]
}

const NOTHING: &[ProbeKind] = &[];

fn streams(set: &EvidenceSet) -> Vec<(&str, &TcpObservation)> {
    let tcp = |evidence: &'_ lifeboat::model::Evidence| {
        matches!(evidence.observation, Observation::Tcp(_))
    };
    let all = set.evidence.iter().filter(|evidence| tcp(evidence));
    all.filter_map(|evidence| match &evidence.observation {
        Observation::Tcp(tcp) => Some((evidence.subject.as_str(), tcp)),
        _ => None,
    })
    .collect()
}

fn paths(set: &EvidenceSet) -> (&str, &VantageObservation) {
    let vantage = set.evidence.iter().find_map(|evidence| match &evidence.observation {
        Observation::Vantage(vantage) => Some((evidence.vantage.as_str(), vantage)),
        _ => None,
    });
    vantage.unwrap()
}

fn controls_tell_whether_the_observer_is_alive() {
    play(async {
        let mut cast = Cast::default();
        let open = TcpServer::open().await.unwrap();
        cast.add("203.0.113.1:443", Transport::Tcp, open.address());
        cast.refusing("203.0.113.2:443");
        let estate = estate(json!({
            "vantages": [{ "id": "laptop", "kind": "local" }],
            "controls": [
                { "id": "open", "kind": "tcp", "address": "203.0.113.1:443" },
                { "id": "shut", "kind": "tcp", "address": "203.0.113.2:443" },
                { "id": "void", "kind": "tcp", "address": "203.0.113.3:443" },
            ],
        }));
        let set = run(&estate, &sealed(cast.map.clone()), NOTHING).await;
        let found = streams(&set);
        assert!(matches!(found[0], ("open", TcpObservation { ending: Ending::Answered(_), .. })));
        assert!(matches!(found[1], ("shut", TcpObservation { ending: Ending::Refused, .. })));
        assert!(matches!(found[2], ("void", TcpObservation { ending: Ending::Unreachable, .. })));
        assert_eq!(paths(&set).0, "laptop");
    });
}

fn paths_are_those_of_the_world() {
    play(async {
        let mut cast = Cast::default();
        cast.name_server("192.0.2.51:53", healthy()).await;
        let sections = |address: &str| json!({ "resolvers": [{ "id": "r", "address": address }] });
        let four = run(&estate(sections("192.0.2.51")), &sealed(cast.map.clone()), NOTHING).await;
        let (vantage, seen) = paths(&four);
        assert_eq!((vantage, seen.failed.as_ref()), ("here", None));
        assert_eq!((seen.ipv4, seen.ipv6), (true, false));
        cast.name_server("[2001:db8::51]:53", healthy()).await;
        let six = estate(sections("2001:db8::51"));
        let six = run(&six, &sealed(cast.map.clone()), NOTHING).await;
        assert_eq!((paths(&six).1.ipv4, paths(&six).1.ipv6), (false, true));
        let nowhere = estate(sections("2001:db8::52"));
        let nowhere = run(&nowhere, &sealed(cast.map.clone()), NOTHING).await;
        assert!(!paths(&nowhere).1.ipv6, "declared, and nowhere in this world");
    });
}

fn a_real_machine_has_a_way_to_itself() {
    play(async {
        let door = Door::live(Admission::default(), Pins::new());
        assert!(door.has_way_to("127.0.0.1:53".parse().unwrap()));
        let field = lifeboat::service::Field { door, ..sealed(Cast::default().map) };
        let estate = estate(json!({ "resolvers": [{ "id": "r", "address": "127.0.0.1:9" }] }));
        let set = run(&estate, &field, NOTHING).await;
        assert!(paths(&set).1.ipv4);
    });
}
