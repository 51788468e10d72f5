//! Probes of trackers, peers, seedboxes and BGP against the real daemons, and tracker lists of every shape.

use super::bird::Bird;
use super::lab::Lab;
use super::opentracker::Opentracker;
use super::planning::{field, play};
use super::torrent::{InfoHash, Torrent};
use super::tracker;
use super::transmission::Transmission;
use super::until::until;
use libtest_mimic::Trial;
use lifeboat::model::{
    BgpView, Ending, Estate, EvidenceSet, Inconclusive, Observation, ProbeKind, Remote, Seedbox,
    Sent, TrackerEntry, TrackerObservation,
};
use lifeboat::net::{Deadline, Origin};
use lifeboat::probe::probe;
use lifeboat::service::Budget;
use lifeboat::service::seedbox::set_trackers;
use lifeboat::service::tracker::{Endpoint, PORT, scrape};
use lifeboat::wire::as_table::AsTable;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Returns the trials of the probes.
pub fn trials() -> Vec<Trial> {
    trials![
        opentracker_is_probed_and_left_as_it_was,
        opentracker_refuses_a_torrent_it_does_not_serve,
        opentracker_hanging_and_dead_is_told_apart,
        opentracker_counts_by_both_ways,
        peers_of_trackers_and_seedboxes_are_counted_by_network,
        transmission_takes_lists_of_every_shape,
        birds_view_follows_the_network,
    ]
}

const PATIENCE: Duration = Duration::from_secs(20);

fn estate(sections: Value) -> Estate {
    let mut whole = json!({
        "schema": "lifeboat/estate/v1", "id": "real",
        "network": { "allow_private": ["127.0.0.0/8", "198.18.0.0/15"] },
        "probing": { "target_budget": "2s", "tries": 4 },
    });
    whole.as_object_mut().unwrap().extend(sections.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn run(lab: &Lab, estate: &Estate, kinds: &[ProbeKind], table: Option<&AsTable>) -> EvidenceSet {
    let field = field(lab);
    play(probe(estate, &field, kinds, table, Deadline::after(PATIENCE)))
}

fn swarms(torrent: InfoHash) -> Value {
    json!([{"id": "canary", "info_hash": torrent.to_string()}])
}

fn trackers(set: &EvidenceSet) -> Vec<&TrackerObservation> {
    let tracker = set.evidence.iter().map(|it| match &it.observation {
        Observation::Tracker(tracker) => Some(tracker),
        _ => None,
    });
    tracker.flatten().collect()
}

/// One opentracker at both of its URLs.
fn both_urls(opentracker: &Opentracker, torrent: InfoHash) -> Estate {
    let urls = [opentracker.udp(), opentracker.http()];
    estate(json!({"swarms": swarms(torrent), "trackers": [{"id": "t1", "urls": urls}]}))
}

fn opentracker_is_probed_and_left_as_it_was() {
    let lab = Lab::new();
    let x = Torrent::make(&lab, "x", &[]).info_hash;
    let opentracker = Opentracker::start(&lab, "tracker", lab.at(1, 6969), &[x]);
    tracker::announce(opentracker.address, x, 7001).unwrap();
    let set = run(&lab, &both_urls(&opentracker, x), &[ProbeKind::Trackers], None);
    let [udp, http] = trackers(&set)[..] else { panic!("two URLs") };
    assert!(!udp.wrong_source && http.unconnected.is_none());
    for ending in [&udp.ending, udp.unconnected.as_ref().unwrap(), &http.ending] {
        let answer = ending.answer().unwrap_or_else(|| panic!("{ending:?}"));
        assert!(answer.interval_s.is_some_and(|it| (60..86_400).contains(&it)), "{answer:?}");
        assert_eq!((answer.complete, answer.failure.as_ref()), (Some(1), None));
        assert_eq!((answer.peers, answer.bogons), (1, 0), "the seeder, and not ourselves");
    }
    let left = || tracker::scrape(opentracker.address, x).filter(|it| it.leechers == 0);
    let counts = until("the tracker as it was", PATIENCE, left);
    assert_eq!(counts.seeders, 1);
    let peers = tracker::announce(opentracker.address, x, 7001).unwrap();
    assert!(peers.iter().all(|peer| peer.port() != PORT), "{peers:?}");
}

fn opentracker_refuses_a_torrent_it_does_not_serve() {
    let lab = Lab::new();
    let (x, y) = (Torrent::make(&lab, "x", &[]).info_hash, Torrent::make(&lab, "y", &[]).info_hash);
    let opentracker = Opentracker::start(&lab, "tracker", lab.at(1, 6969), &[x]);
    let set = run(&lab, &both_urls(&opentracker, y), &[ProbeKind::Trackers], None);
    let [udp, http] = trackers(&set)[..] else { panic!("two URLs") };
    let failure = |ending: &Ending<_>| {
        let answer: &lifeboat::model::TrackerAnswer = ending.answer().unwrap();
        answer.failure.clone().unwrap().to_string()
    };
    assert!(failure(&udp.ending).contains("does not serve"));
    assert!(failure(&http.ending).contains("not authorized"));
}

fn opentracker_hanging_and_dead_is_told_apart() {
    let lab = Lab::new();
    let x = Torrent::make(&lab, "x", &[]).info_hash;
    let mut opentracker = Opentracker::start(&lab, "tracker", lab.at(1, 6969), &[x]);
    let estate = both_urls(&opentracker, x);
    let endings = || {
        let set = run(&lab, &estate, &[ProbeKind::Trackers], None);
        let [udp, http] = trackers(&set)[..] else { panic!("two URLs") };
        [udp.ending.clone(), udp.unconnected.clone().unwrap(), http.ending.clone()]
    };
    opentracker.daemon.stop();
    assert!(endings().iter().all(|it| *it == Ending::TimedOut), "{:?}", endings());
    opentracker.daemon.cont();
    opentracker.daemon.kill();
    assert!(endings().iter().all(|it| *it == Ending::Refused), "{:?}", endings());
    opentracker.restart();
    assert!(endings().iter().all(|it| it.answer().is_some()), "{:?}", endings());
}

fn opentracker_counts_by_both_ways() {
    let lab = Lab::new();
    let (x, y) = (Torrent::make(&lab, "x", &[]).info_hash, Torrent::make(&lab, "y", &[]).info_hash);
    let opentracker = Opentracker::start(&lab, "tracker", lab.at(1, 6969), &[x, y]);
    tracker::announce(opentracker.address, x, 7001).unwrap();
    tracker::announce(opentracker.address, x, 7002).unwrap();
    let budget = Budget { tries: 4, budget: PATIENCE };
    let field = field(&lab);
    for url in [opentracker.udp(), opentracker.http()] {
        let at = Endpoint::new(&url, opentracker.address, Origin::Estate).unwrap();
        let said = play(scrape(&field, &at, &[y.0, x.0], budget));
        let seeders = said.answer().map(|all| all.iter().map(|it| it.seeders).collect::<Vec<_>>());
        assert_eq!(seeders, Some(vec![0, 2]), "{url}");
    }
}

fn peers_of_trackers_and_seedboxes_are_counted_by_network() {
    let lab = Lab::new();
    let at = lab.at(1, 6969);
    let x = Torrent::make(&lab, "x", &[&format!("udp://{at}/announce")]);
    let opentracker = Opentracker::start(&lab, "tracker", at, &[x.info_hash]);
    let one = Transmission::start(&lab, "one", lab.address(11));
    one.add(&x);
    until("x at the tracker", PATIENCE, || opentracker.seeders(x.info_hash).filter(|it| *it == 1));
    let (number, rpc) = (lab.number(), one.base());
    let table = format!("127.{number}.0.0\t127.{number}.255.255\t701\tUS\tLAB\n");
    let sections = json!({
        "swarms": swarms(x.info_hash),
        "trackers": [{"id": "t1", "urls": [opentracker.udp()]}],
        "seedboxes": [{"id": "sb", "kind": "transmission", "rpc": rpc}],
    });
    let estate = estate(sections);
    let kinds = [ProbeKind::Trackers, ProbeKind::Peers, ProbeKind::Seedboxes];
    let set = run(&lab, &estate, &kinds, Some(&AsTable::parse(&table).unwrap()));
    let answer = trackers(&set)[0].ending.answer().unwrap().clone();
    assert_eq!(answer.lists_seedboxes, [lifeboat::model::Id::new("sb")]);
    let mut seen = (false, false);
    for it in &set.evidence {
        match &it.observation {
            Observation::Peers(peers) => {
                assert_eq!((peers.sources, peers.asked), (2, 2));
                assert_eq!(peers.by_asn.iter().collect::<Vec<_>>(), [(&701, &1)]);
                seen.0 = true;
            }
            Observation::Seedbox(seedbox) => {
                let answer = seedbox.ending.answer().unwrap();
                assert!(answer.version.to_string().starts_with("3.00"), "{:?}", answer.version);
                assert_eq!((answer.torrents, answer.listing["t1"]), (1, 1));
                seen.1 = true;
            }
            _ => {}
        }
    }
    assert_eq!(seen, (true, true));
}

/// Lists by letters: spaces inside tiers, bars between them.
fn list(lab: &Lab, text: &str) -> Vec<TrackerEntry> {
    let tiers = (0..).zip(text.split('|'));
    let entry = |tier: u32, name: &str| {
        let host = name.bytes().next().unwrap() - b'a' + 100;
        TrackerEntry { tier, url: format!("udp://{}/announce", lab.at(host, 6969)) }
    };
    tiers.flat_map(|(tier, names)| names.split(' ').map(move |name| entry(tier, name))).collect()
}

/// No tracker listens; the lists alone are looked at, through the suite's own client.
fn transmission_takes_lists_of_every_shape() {
    let lab = Lab::new();
    let seedbox = Transmission::start(&lab, "seedbox", lab.address(11));
    let of_estate: Seedbox =
        serde_json::from_value(json!({"id": "sb", "kind": "transmission", "rpc": seedbox.base()}))
            .unwrap();
    let field = field(&lab);
    let shapes = [
        ("a", "b"),
        ("a", "a|b"),
        ("a|b", "b"),
        ("a|b|c", "b|c"),
        ("a|b", "b|a"),
        ("a|b|c", "d|c|a"),
        ("a|b", "c|b|d"),
    ];
    for (number, (before, after)) in shapes.into_iter().enumerate() {
        let [before, after] = [before, after].map(|text| list(&lab, text));
        let urls: Vec<&str> = before.iter().map(|it| it.url.as_str()).collect();
        let torrent = Torrent::make_private(&lab, &format!("x{number}"), &urls);
        seedbox
            .call("torrent-add", &json!({"filename": torrent.file, "download-dir": torrent.data}));
        let hash = torrent.info_hash.to_string();
        let held = || {
            let tiers = (0..).zip(seedbox.trackers(torrent.info_hash));
            let flat = tiers.flat_map(|(tier, urls)| {
                urls.into_iter().map(move |url| TrackerEntry { tier, url })
            });
            flat.collect::<Vec<_>>()
        };
        assert_eq!(held(), before);
        let set = |from: &[TrackerEntry], to: &[TrackerEntry]| {
            play(set_trackers(&field, &of_estate, &hash, from, to, PATIENCE))
        };
        assert_eq!(set(&before, &after), Sent::Written);
        assert_eq!(held(), after);
        assert_eq!(set(&after, &before), Sent::Written, "the undo");
        assert_eq!(held(), before);
    }
    shared_tiers(&lab, &seedbox, &of_estate);
}

/// Tiers that several trackers share keep their shape, and what could not be put back is not taken away.
fn shared_tiers(lab: &Lab, seedbox: &Transmission, of_estate: &Seedbox) {
    let field = field(lab);
    let torrent = Torrent::make(lab, "shared", &["udp://127.0.0.1:1/announce"]);
    let text = std::fs::read(&torrent.file).unwrap();
    let (a, b, c) = (list(lab, "a"), list(lab, "b"), list(lab, "c"));
    let string = |it: &[TrackerEntry]| format!("{}:{}", it[0].url.len(), it[0].url);
    let tiers = format!("13:announce-listll{}{}el{}ee", string(&a), string(&b), string(&c))
        .replacen("ll", "ll", 1);
    let old = b"8:announce26:udp://127.0.0.1:1/announce";
    let at = text.windows(old.len()).position(|it| it == old).unwrap();
    let first = format!("8:announce{}", string(&a));
    let made = [&text[..at], first.as_bytes(), tiers.as_bytes(), &text[at + old.len()..]].concat();
    let file = lab.write("shared-tiers.torrent", made);
    seedbox.call("torrent-add", &json!({"filename": file, "download-dir": torrent.data}));
    let hash = torrent.info_hash.to_string();
    let [whole, other, less] = ["a b|c", "a d|c", "b|c"].map(|text| list(lab, text));
    let set = |from: &[TrackerEntry], to: &[TrackerEntry]| {
        play(set_trackers(&field, of_estate, &hash, from, to, PATIENCE))
    };
    assert_eq!(set(&whole, &other), Sent::Written);
    assert_eq!(
        seedbox.trackers(torrent.info_hash).iter().map(Vec::len).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(set(&other, &whole), Sent::Written);
    assert!(matches!(set(&whole, &less), Sent::Refused(_)));
    assert_eq!(
        seedbox.trackers(torrent.info_hash).iter().map(Vec::len).collect::<Vec<_>>(),
        [2, 1]
    );
}

/// One router of a small network on loopback; neighbours are name, host and AS number.
fn router(lab: &Lab, own: u8, asn: u32, routes: &[&str], neighbours: &[(&str, u8, u32)]) -> String {
    let mut text =
        format!("router id 10.0.0.{own};\nprotocol device {{}}\nprotocol static {{ ipv4;");
    routes.iter().for_each(|route| text.push_str(&format!(" route {route} blackhole;")));
    text.push_str(" }\n");
    for (name, other, other_asn) in neighbours {
        let (local, remote) = (lab.address(own), lab.address(*other));
        text.push_str(&format!(
            "protocol bgp {name} {{ local {local} port 1790 as {asn}; neighbor {remote} port 1790 as {other_asn}; \
             strict bind yes; multihop; connect delay time 1; connect retry time 1; error wait time 1, 2; \
             graceful restart off; ipv4 {{ import all; export all; }}; }}\n"
        ));
    }
    text
}

fn view(lab: &Lab, socket: &Path) -> Ending<BgpView> {
    let estate = estate(json!({
        "prefixes": [{"id": "p", "cidr": "198.18.0.0/24", "origin": 64500}],
        "collectors": [{"id": "lg", "kind": "bird", "socket": socket, "max_age": "1m"}],
    }));
    let set = run(lab, &estate, &[ProbeKind::Bgp], None);
    let mut found = set.evidence.into_iter().filter_map(|it| match it.observation {
        Observation::Bgp(bgp) => Some(bgp.ending),
        _ => None,
    });
    found.next().unwrap()
}

fn paths(view: &BgpView) -> Vec<(String, Vec<u32>)> {
    let path = |it: &lifeboat::model::BgpRoute| (it.neighbour.to_string(), it.as_path.clone());
    let mut paths: Vec<_> = view.routes.iter().map(path).collect();
    paths.sort();
    paths
}

fn birds_view_follows_the_network() {
    let lab = Lab::new();
    let origin = router(&lab, 1, 64500, &["198.18.0.0/24"], &[("c1", 2, 64501), ("c2", 3, 64502)]);
    let withdrawn = router(&lab, 1, 64500, &[], &[("c1", 2, 64501), ("c2", 3, 64502)]);
    let origin = Bird::start(&lab, "origin", None, &origin);
    let near = [("origin", 1, 64500), ("lg", 4, 65010)];
    let mut a = Bird::start(&lab, "a", None, &router(&lab, 2, 64501, &[], &near));
    let mut b = Bird::start(&lab, "b", None, &router(&lab, 3, 64502, &[], &near));
    let seen = [("peer_a", 2, 64501), ("peer_b", 3, 64502)];
    let mut lg = Bird::start(&lab, "lg", None, &router(&lab, 4, 65010, &["0.0.0.0/0"], &seen));
    let wait = |what: &str, holds: &dyn Fn(&BgpView) -> bool| {
        until(what, PATIENCE, || view(&lab, &lg.socket).answer().filter(|it| holds(it)).cloned())
    };
    let whole = wait("both ways", &|it| it.routes.len() == 2);
    let way = |name: &str, asn| (name.to_owned(), vec![asn, 64500]);
    assert_eq!(paths(&whole), [way("peer_a", 64501), way("peer_b", 64502)]);
    assert_eq!(whole.routes.iter().filter(|it| it.best).count(), 1);
    assert!(
        whole.routes[0].best && whole.routes.iter().all(|it| it.age_s.is_some_and(|age| age < 60))
    );
    let sessions: Vec<_> =
        whole.sessions.iter().map(|it| (it.neighbour.clone(), it.asn, it.established)).collect();
    assert_eq!(
        sessions,
        [(Remote::new("peer_a"), Some(64501), true), (Remote::new("peer_b"), Some(64502), true)]
    );
    a.daemon.kill();
    let one = wait("one way", &|it| it.routes.len() == 1);
    assert_eq!(paths(&one), [way("peer_b", 64502)]);
    assert!(!one.sessions[0].established && one.sessions[1].established);
    origin.reconfigure(&withdrawn);
    let none = wait("no way", &|it| it.routes.is_empty());
    assert!(none.sessions[1].established, "withdrawn, and not unseen");
    b.daemon.kill();
    let blind = wait("no session", &|it| it.sessions.iter().all(|it| !it.established));
    assert_eq!(blind.routes, [], "its own default route is none to us");
    lg.daemon.stop();
    assert_eq!(view(&lab, &lg.socket), Ending::TimedOut);
    lg.daemon.cont();
    lg.daemon.kill();
    let dead = view(&lab, &lg.socket);
    assert!(
        matches!(dead, Ending::Refused | Ending::Inconclusive(Inconclusive::Local(_))),
        "{dead:?}"
    );
}
