//! A thousand trackers and fifty resolvers, nearly all of them down, probed within one target's budget.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::model::{EvidenceSet, Observation};
use lifeboat::net::loopback::RefusingPort;
use serde_json::{Value, json};

use super::child::{Measured, probe};
use super::crowd::{SilentTcp, SilentUdp, live_http, live_udp, make_room, refusing};

pub fn trials() -> Vec<Trial> {
    trials![a_thousand_trackers_cost_one_budget, streams_keep_their_seats_when_files_are_few]
}

/// Of each 500 over one protocol: live ones, silent ones, and closed ports.
const LIVE: usize = 10;
const SILENT: usize = 245;
const CLOSED: usize = 245;

const RESOLVERS: usize = 50;
const TRIES: usize = 5;
const BUDGET: Duration = Duration::from_secs(3);

/// What the estate allows for everything: one target's budget, and a little.
const WALL: Duration = Duration::from_millis(3_450);
const MEMORY_KIB: u64 = 100 << 10;

/// How many files a shell usually grants, and too few for a socket to each UDP question.
const FILES: u32 = 1024;
const FEW: u32 = 640;

#[derive(Default)]
struct Crowd {
    trackers: Vec<Value>,
    live: BTreeSet<String>,
    udp: Vec<(String, SilentUdp)>,
    tcp: Vec<(String, SilentTcp)>,
    resolvers: Vec<(SilentUdp, SilentTcp)>,
    _closed: Vec<RefusingPort>,
}

impl Crowd {
    fn gather() -> Self {
        let mut crowd = Self::default();
        for n in 0..LIVE.max(SILENT).max(CLOSED) {
            if n < LIVE {
                for (scheme, address) in [("udp", live_udp()), ("http", live_http())] {
                    let id = crowd.add(scheme, address);
                    crowd.live.insert(id);
                }
            }
            if n < SILENT {
                let (udp, tcp) = (SilentUdp::open(), SilentTcp::open());
                let id = crowd.add("udp", udp.address());
                crowd.udp.push((id, udp));
                let id = crowd.add("http", tcp.address());
                crowd.tcp.push((id, tcp));
            }
            if n < CLOSED {
                for (scheme, udp) in [("udp", true), ("http", false)] {
                    let port = refusing(udp);
                    crowd.add(scheme, port.address());
                    crowd._closed.push(port);
                }
            }
        }
        while crowd.resolvers.len() < RESOLVERS {
            let udp = SilentUdp::open();
            crowd.resolvers.extend(SilentTcp::beside(&udp).map(|tcp| (udp, tcp)));
        }
        crowd
    }

    fn add(&mut self, scheme: &str, address: SocketAddr) -> String {
        let id = format!("t{:04}", self.trackers.len());
        let url = format!("{scheme}://{address}/announce");
        self.trackers.push(json!({ "id": id, "urls": [url] }));
        id
    }

    fn estate(&self) -> Value {
        let resolver = |(n, (udp, _)): (usize, &(SilentUdp, SilentTcp))| json!({ "id": format!("r{n}"), "address": udp.address().to_string() });
        let resolvers: Vec<Value> = self.resolvers.iter().enumerate().map(resolver).collect();
        json!({
            "schema": "lifeboat/estate/v1",
            "id": "crowd",
            "network": { "allow_private": ["127.0.0.0/8"] },
            "probing": { "target_budget": "3s", "tries": TRIES },
            "zones": [{ "id": "z", "name": "lab.example.", "delegated_to": [],
                        "critical": [{ "name": "www", "type": "A" }, { "name": "t", "type": "A" }] }],
            "swarms": [{ "id": "canary", "info_hash": "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69" }],
            "trackers": self.trackers,
            "resolvers": resolvers,
        })
    }
}

/// Returns the trackers that answered.
fn answered(set: &EvidenceSet) -> BTreeSet<String> {
    let tracker = |observation: &Observation| match observation {
        Observation::Tracker(tracker) => tracker.ending.answer().is_some(),
        _ => false,
    };
    let all = set.evidence.iter().filter(|evidence| tracker(&evidence.observation));
    all.map(|evidence| evidence.subject.to_string()).collect()
}

/// Returns what could not be asked; of the parent nobody can be asked, since every resolver is silent.
fn unasked(set: &EvidenceSet) -> Vec<String> {
    let lines = set.evidence.iter().filter(|evidence| evidence.subject != "z");
    let debug = lines.map(|evidence| format!("{evidence:?}"));
    let unasked = debug.filter(|line| line.contains("Inconclusive("));
    unasked.take(3).collect()
}

fn a_thousand_trackers_cost_one_budget() {
    within(FILES);
}

fn streams_keep_their_seats_when_files_are_few() {
    within(FEW);
}

fn within(files: u32) {
    make_room(2_048);
    let crowd = Crowd::gather();
    assert_eq!(crowd.trackers.len(), 1_000);
    let (Measured { set, peak_kib }, took) = probe(&crowd.estate(), files);
    let asked = set.evidence.iter().filter(|e| matches!(e.observation, Observation::Tracker(_)));
    eprintln!(
        "1,000 trackers and 50 resolvers, {files} files: {took:?} of {WALL:?}, {} MiB, {} pieces of evidence",
        peak_kib >> 10,
        set.evidence.len()
    );
    assert_eq!(asked.count(), 1_000);
    assert_eq!(answered(&set), crowd.live);
    assert_eq!(unasked(&set), Vec::<String>::new());
    for (id, server) in &crowd.udp {
        let count = server.count();
        assert!(count >= TRIES, "{id} heard {count} of {TRIES} tries");
    }
    for (id, server) in &crowd.tcp {
        assert!(server.count() >= 1, "{id} was never asked");
    }
    for (n, (udp, tcp)) in crowd.resolvers.iter().enumerate() {
        let (count, questions) = (udp.count(), 3);
        assert!(count >= questions * TRIES, "r{n} heard {count} of {questions} × {TRIES} tries");
        assert!(tcp.count() >= 1, "r{n} was never asked over TCP");
    }
    assert!(took >= BUDGET && took <= WALL, "{took:?}, where {WALL:?} is the limit");
    assert!(peak_kib <= MEMORY_KIB, "{peak_kib} KiB, where {MEMORY_KIB} is the limit");
}
