//! Trackers and seedboxes as the whole probe sees them: who is asked, what is counted, what is forgotten.

use libtest_mimic::Trial;
use lifeboat::model::{
    Ending, Estate, EvidenceSet, Id, Inconclusive, Observation, PeersObservation, ProbeKind,
    SeedboxObservation, TrackerObservation,
};
use lifeboat::net::Deadline;
use lifeboat::probe::probe;
use lifeboat::wire::as_table::AsTable;
use serde_json::{Value, json};
use std::time::Duration;

use super::servers::{UdpTracker, Web, healthy, response};
use super::{field, play};

pub fn trials() -> Vec<Trial> {
    trials![
        peers_are_counted_by_network_and_forgotten,
        a_tracker_is_asked_once_for_both_kinds,
        without_a_table_nothing_is_counted,
        a_dead_source_is_missing_from_the_count,
        every_url_is_asked_at_every_address,
        a_name_that_nobody_knows_says_nothing_of_the_tracker,
        a_tracker_without_a_swarm_is_only_connected_to,
        a_seedbox_says_what_it_lists,
        a_seedbox_that_cannot_be_asked_is_unknown,
    ]
}

fn estate(sections: Value) -> Estate {
    let mut whole = json!({
        "schema": "lifeboat/estate/v1", "id": "trial",
        "probing": { "target_budget": "2s", "tries": 2 },
    });
    whole.as_object_mut().unwrap().extend(sections.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

async fn run(estate: &Estate, kinds: &[ProbeKind], table: Option<&AsTable>) -> EvidenceSet {
    probe(estate, &field(&[]), kinds, table, Deadline::after(Duration::from_secs(20))).await
}

fn table() -> AsTable {
    let rows = "192.0.2.0\t192.0.2.255\t701\tUS\tA\n198.51.100.0\t198.51.100.255\t3320\tDE\tB\n";
    AsTable::parse(rows).unwrap()
}

fn trackers(set: &EvidenceSet) -> Vec<&TrackerObservation> {
    set.evidence
        .iter()
        .filter_map(|it| match &it.observation {
            Observation::Tracker(tracker) => Some(tracker),
            _ => None,
        })
        .collect()
}

fn peers(set: &EvidenceSet) -> &PeersObservation {
    let mut found = set.evidence.iter().filter_map(|it| match &it.observation {
        Observation::Peers(peers) => Some(peers),
        _ => None,
    });
    found.next().unwrap()
}

fn seedbox(set: &EvidenceSet) -> &SeedboxObservation {
    let mut found = set.evidence.iter().filter_map(|it| match &it.observation {
        Observation::Seedbox(seedbox) => Some(seedbox),
        _ => None,
    });
    found.next().unwrap()
}

/// Plays a seedbox that is connected to two peers, one of which a tracker names too.
async fn daemon() -> Web {
    Web::start(|request| {
        if !request.contains("x-transmission-session-id: s") {
            return response("409 Conflict", "X-Transmission-Session-Id: s\r\n", b"");
        }
        let hash = "5f".repeat(20);
        let arguments = match () {
            () if request.contains("session-get") => json!({"version": "3.00", "rpc-version": 16}),
            () if request.contains("\"peers\"") => json!({"torrents": [{"peers": [
                {"address": "192.0.2.7"}, {"address": "192.0.2.200"}, {"address": "10.0.0.3"}]}]}),
            () => json!({"torrents": [
                {"hashString": hash, "isPrivate": true, "trackers": [{"id": 0, "tier": 0, "announce": "UDP://T1.example:6969/announce"}]},
                {"hashString": hash, "isPrivate": false, "trackers": []}]}),
        };
        response("200 OK", "", json!({"result": "success", "arguments": arguments}).to_string().as_bytes())
    })
    .await
}

async fn whole(server: &UdpTracker, daemon: &Web) -> Estate {
    estate(json!({
        "swarms": [{"id": "canary", "info_hash": "5f".repeat(20)}],
        "trackers": [{"id": "t1", "urls": ["udp://t1.example:6969/announce"], "addresses": [server.address.to_string()]}],
        "seedboxes": [
            {"id": "sb", "kind": "transmission", "rpc": daemon.url("/"), "addresses": ["198.51.100.8", daemon.address.to_string()]},
            {"id": "other", "kind": "deluge", "rpc": "https://192.0.2.99/"},
        ],
    }))
}

const BOTH: [ProbeKind; 2] = [ProbeKind::Trackers, ProbeKind::Peers];

fn peers_are_counted_by_network_and_forgotten() {
    play(async {
        let (server, daemon) = (UdpTracker::start(healthy).await, daemon().await);
        // The first pin is an address that the tracker names; nobody listens there, so the second is used.
        let mut estate = whole(&server, &daemon).await;
        estate.seedboxes[0].addresses.reverse();
        let set = run(&estate, &BOTH, Some(&table())).await;
        let count = peers(&set);
        assert_eq!(
            count.by_asn.iter().map(|(a, b)| (*a, *b)).collect::<Vec<_>>(),
            [(701, 2), (3320, 1)]
        );
        assert_eq!(
            (count.unmapped, count.sources, count.asked),
            (0, 2, 2),
            "impossible peers are none"
        );
        assert_eq!(count.inconclusive, None);
        let [tracker] = trackers(&set)[..] else { panic!("one endpoint") };
        let answer = tracker.ending.answer().unwrap();
        assert_eq!(answer.lists_seedboxes, [Id::new("sb")], "by its pinned address");
        let text = serde_json::to_string(&set).unwrap();
        for address in ["192.0.2.7", "192.0.2.200", "198.51.100.8", "10.0.0.9", "203.0.113.1"] {
            assert!(!text.contains(address), "{address} was kept: {text}");
        }
    });
}

fn a_tracker_is_asked_once_for_both_kinds() {
    play(async {
        let (server, daemon) = (UdpTracker::start(healthy).await, daemon().await);
        let mut estate = whole(&server, &daemon).await;
        estate.seedboxes.clear();
        for (kinds, evidence) in [(&BOTH[..], 1), (&BOTH[..1], 1), (&BOTH[1..], 0)] {
            let before = server.announces().len();
            let set = run(&estate, kinds, Some(&table())).await;
            assert_eq!(server.announces().len() - before, 3, "two sockets, and one goodbye");
            assert_eq!(trackers(&set).len(), evidence);
        }
        let before = server.heard();
        run(&estate, &[ProbeKind::Dns], None).await;
        assert_eq!(server.heard(), before);
    });
}

fn without_a_table_nothing_is_counted() {
    play(async {
        let (server, daemon) = (UdpTracker::start(healthy).await, daemon().await);
        let set = run(&whole(&server, &daemon).await, &BOTH, None).await;
        let count = peers(&set);
        assert!(matches!(count.inconclusive, Some(Inconclusive::NotAvailable(_))));
        assert!(count.by_asn.is_empty());
    });
}

fn a_dead_source_is_missing_from_the_count() {
    play(async {
        let server = UdpTracker::start(healthy).await;
        let gone = lifeboat::net::loopback::RefusingPort::tcp().unwrap();
        let estate = estate(json!({
            "swarms": [{"id": "canary", "info_hash": "5f".repeat(20)}],
            "trackers": [{"id": "t1", "urls": [server.url()]}],
            "seedboxes": [{"id": "sb", "kind": "transmission", "rpc": format!("http://{}/", gone.address())}],
        }));
        let set = run(&estate, &BOTH, Some(&table())).await;
        assert_eq!((peers(&set).sources, peers(&set).asked), (1, 2));
    });
}

fn every_url_is_asked_at_every_address() {
    play(async {
        let (one, two) = (UdpTracker::start(healthy).await, UdpTracker::start(healthy).await);
        let literal = UdpTracker::start(healthy).await;
        let estate = estate(json!({
            "swarms": [{"id": "canary", "info_hash": "5f".repeat(20)}],
            "trackers": [{"id": "t1", "addresses": [one.address.to_string(), two.address.to_string()],
                "urls": ["udp://a.example:1/announce", "udp://b.example:1/announce", literal.url()]}],
        }));
        let set = run(&estate, &[ProbeKind::Trackers], None).await;
        let asked: Vec<_> = trackers(&set).iter().map(|it| (it.url.clone(), it.endpoint)).collect();
        let at = |url: &str, at: &UdpTracker| (url.to_owned(), Some(at.address));
        let (a, b) = ("udp://a.example:1/announce", "udp://b.example:1/announce");
        assert_eq!(
            asked,
            [at(a, &one), at(a, &two), at(b, &one), at(b, &two), at(&literal.url(), &literal)]
        );
    });
}

fn a_name_that_nobody_knows_says_nothing_of_the_tracker() {
    play(async {
        let estate = estate(json!({
            "swarms": [{"id": "canary", "info_hash": "5f".repeat(20)}],
            "trackers": [{"id": "t1", "urls": ["udp://nowhere.example:1/announce"]},
                {"id": "t2", "urls": ["udp://nowhere.example/announce"]}],
        }));
        let set = run(&estate, &[ProbeKind::Trackers], None).await;
        let [unknown, bad] = trackers(&set)[..] else { panic!("two trackers") };
        assert!(matches!(unknown.ending, Ending::Inconclusive(Inconclusive::NoAddress(_))));
        assert!(
            matches!(bad.ending, Ending::Inconclusive(Inconclusive::Local(_))),
            "a URL without a port"
        );
        assert_eq!((unknown.endpoint, bad.endpoint), (None, None));
    });
}

fn a_tracker_without_a_swarm_is_only_connected_to() {
    play(async {
        let server = UdpTracker::start(healthy).await;
        let estate = estate(json!({"trackers": [{"id": "t1", "urls": [server.url()]}]}));
        let set = run(&estate, &BOTH, Some(&table())).await;
        let [tracker] = trackers(&set)[..] else { panic!("one endpoint") };
        assert!(tracker.connect_only && tracker.ending.answer().is_some());
        assert_eq!(server.announces(), []);
        assert!(matches!(peers(&set).inconclusive, Some(Inconclusive::NotAvailable(_))));
    });
}

fn a_seedbox_says_what_it_lists() {
    play(async {
        let (server, daemon) = (UdpTracker::start(healthy).await, daemon().await);
        let mut estate = whole(&server, &daemon).await;
        estate.seedboxes[0].addresses.clear();
        let set = run(&estate, &[ProbeKind::Seedboxes], None).await;
        let seen = seedbox(&set);
        let answer = seen.ending.answer().unwrap();
        assert_eq!(
            (answer.version.to_string().as_str(), answer.torrents, answer.private),
            ("3.00", 2, 1)
        );
        assert_eq!(answer.listing["t1"], 1, "hosts have no case");
        assert_eq!(seen.endpoint, Some(daemon.address));
    });
}

fn a_seedbox_that_cannot_be_asked_is_unknown() {
    play(async {
        let wall = Web::plain("401 Unauthorized", b"").await;
        let seen = async |section: Value| {
            let estate = estate(json!({"seedboxes": [section]}));
            seedbox(&run(&estate, &[ProbeKind::Seedboxes], None).await).ending.clone()
        };
        let rpc = wall.url("/");
        let none = seen(json!({"id": "sb", "kind": "transmission", "rpc": rpc})).await;
        assert!(matches!(none, Ending::Inconclusive(Inconclusive::NotAvailable(_))), "{none:?}");
        let wrong =
            json!({"id": "sb", "kind": "transmission", "rpc": rpc, "credential": {"env": "X"}});
        assert!(matches!(seen(wrong).await, Ending::Inconclusive(Inconclusive::Local(_))));
        let other = seen(json!({"id": "sb", "kind": "rtorrent", "rpc": rpc})).await;
        assert!(matches!(other, Ending::Inconclusive(Inconclusive::NotAvailable(_))), "{other:?}");
        let gone = lifeboat::net::loopback::RefusingPort::tcp().unwrap();
        let rpc = format!("http://{}/", gone.address());
        let dead = seen(json!({"id": "sb", "kind": "transmission", "rpc": rpc})).await;
        assert_eq!(dead, Ending::Refused);
        let page = Web::plain("200 OK", b"<html>").await;
        let page = seen(json!({"id": "sb", "kind": "transmission", "rpc": page.url("/")})).await;
        assert!(matches!(page, Ending::Malformed(_)), "{page:?}");
    });
}
