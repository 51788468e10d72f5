//! Tracker lists at Transmission: changed as planned, undone exactly, and never believed without a look.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::model::{Seedbox, Sent, TrackerEntry};
use lifeboat::service::seedbox::{SeedboxError, set_trackers, torrents, trackers};
use serde_json::{Value, json};

use super::servers::{Web, response};
use super::{field, play};

pub fn trials() -> Vec<Trial> {
    trials![
        torrents_are_read_with_session_and_log_in,
        lists_go_there_and_back_at_both_versions,
        a_change_is_one_request_and_a_repeated_one_is_none,
        a_list_that_is_neither_is_left_alone,
        what_could_not_be_undone_is_not_done,
        success_that_lies_is_no_success,
        no_is_a_refusal_and_silence_is_unknown,
        a_torrent_that_is_gone_and_a_bad_url_are_refused,
        a_wrong_log_in_is_named,
        other_clients_are_not_built,
    ]
}

const SOON: Duration = Duration::from_secs(10);
const HASH: &str = "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69";
const LOG_IN: &str = "authorization: Basic bGFiOmNhcHR1cmVz\r\n";

/// How a daemon deals with a change.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Honest,
    /// Says "success" and does nothing.
    Lies,
    /// Does something else.
    Errs,
    /// Says no.
    Refuses,
    /// Does it, and closes without a word.
    FallsSilent,
    /// Does it, and a gateway says 504.
    BehindGateway,
}

/// What a played daemon holds.
struct Daemon {
    rpc: i64,
    manner: Manner,
    list: Vec<(u64, String)>,
    changes: Vec<Value>,
}

/// A played daemon, of RPC version 16 (3.00) or 17 (4.0).
struct Played {
    web: Web,
    daemon: Arc<Mutex<Daemon>>,
}

impl Played {
    async fn start(rpc: i64, manner: Manner, list: &str) -> Self {
        let list = entries(list).into_iter().map(|it| (u64::from(it.tier), it.url)).collect();
        let daemon = Arc::new(Mutex::new(Daemon { rpc, manner, list, changes: Vec::new() }));
        let state = Arc::clone(&daemon);
        let web = Web::start(move |request| state.lock().unwrap().answer(request)).await;
        Self { web, daemon }
    }

    fn seedbox(&self, kind: &str) -> Seedbox {
        serde_json::from_value(json!({"id": "sb", "kind": kind, "rpc": "http://sb.example/",
            "addresses": [self.web.address.to_string()], "credential": {"env": "SB"}}))
        .unwrap()
    }

    async fn set(&self, before: &str, after: &str) -> Sent {
        let (before, after) = (entries(before), entries(after));
        let (field, seedbox) = (field(&[]), self.seedbox("transmission"));
        set_trackers(&field, &seedbox, HASH, &before, &after, Duration::from_secs(10)).await
    }

    fn list(&self) -> String {
        let daemon = self.daemon.lock().unwrap();
        let mut text = String::new();
        for (at, (tier, url)) in daemon.list.iter().enumerate() {
            let new = at > 0 && daemon.list[at - 1].0 != *tier;
            text.push_str(if at == 0 {
                ""
            } else if new {
                "|"
            } else {
                " "
            });
            text.push_str(url.strip_prefix("udp://").unwrap());
        }
        text
    }

    fn changes(&self) -> usize {
        self.daemon.lock().unwrap().changes.len()
    }
}

/// Reads `a b|c`: two tiers.
fn entries(text: &str) -> Vec<TrackerEntry> {
    let tier = |(tier, urls): (u32, &str)| {
        let entry = move |url: &str| TrackerEntry { tier, url: format!("udp://{url}") };
        urls.split_whitespace().map(entry).collect::<Vec<_>>()
    };
    (0..).zip(text.split('|')).flat_map(tier).collect()
}

impl Daemon {
    fn answer(&mut self, request: &str) -> Vec<u8> {
        if !request.contains(LOG_IN) {
            return response("401 Unauthorized", "", b"");
        }
        if !request.contains("x-transmission-session-id: abc\r\n") {
            return response("409 Conflict", "X-Transmission-Session-Id: abc\r\n", b"");
        }
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /transmission/rpc HTTP/1.1\r\n"), "{head}");
        let call: Value = serde_json::from_str(body).unwrap();
        let arguments = match call["method"].as_str().unwrap() {
            "session-get" => json!({"version": "played", "rpc-version": self.rpc}),
            "torrent-get" => self.torrents(&call["arguments"]),
            "torrent-set" => return self.set(&call["arguments"]),
            other => panic!("{other}"),
        };
        success(&arguments)
    }

    fn torrents(&self, asked: &Value) -> Value {
        let trackers = self.list.iter().enumerate();
        let shown =
            trackers.map(|(id, (tier, url))| json!({"id": id, "tier": tier, "announce": url}));
        let torrent =
            json!({"hashString": HASH, "isPrivate": true, "trackers": shown.collect::<Vec<_>>()});
        let wanted = asked["ids"].is_null() || asked["ids"][0] == HASH;
        json!({"torrents": if wanted { vec![torrent] } else { Vec::new() }})
    }

    fn set(&mut self, asked: &Value) -> Vec<u8> {
        self.changes.push(asked.clone());
        match self.manner {
            Manner::Lies => return success(&json!({})),
            Manner::Refuses => {
                return response("200 OK", "", br#"{"result":"invalid argument","arguments":{}}"#);
            }
            Manner::Errs => self.list = vec![(0, "udp://z".into())],
            Manner::Honest | Manner::FallsSilent | Manner::BehindGateway => self.change(asked),
        }
        match self.manner {
            Manner::FallsSilent => Vec::new(),
            Manner::BehindGateway => response("504 Gateway Timeout", "", b""),
            _ => success(&json!({})),
        }
    }

    /// Adds, removes and replaces in this order and by place, as 3.00 does; takes lists from 17 on.
    fn change(&mut self, asked: &Value) {
        let list = |key: &str| asked[key].as_array().cloned().unwrap_or_default();
        for url in list("trackerAdd") {
            let tier = self.list.last().map_or(0, |last| last.0 + 1);
            self.list.push((tier, url.as_str().unwrap().into()));
        }
        let mut removed: Vec<u64> =
            list("trackerRemove").iter().map(|id| id.as_u64().unwrap()).collect();
        removed.sort_unstable();
        removed.iter().rev().for_each(|id| _ = self.list.remove(*id as usize));
        for pair in list("trackerReplace").chunks(2) {
            self.list[pair[0].as_u64().unwrap() as usize].1 = pair[1].as_str().unwrap().into();
        }
        if let Some(text) = asked["trackerList"].as_str().filter(|_| self.rpc >= 17) {
            let tiers = (0..).zip(text.split("\n\n"));
            let lines =
                tiers.flat_map(|(tier, block)| block.lines().map(move |url| (tier, url.into())));
            self.list = lines.collect();
        }
        let old: Vec<u64> = self.list.iter().map(|it| it.0).collect();
        let mut tiers = old.clone();
        tiers.dedup();
        self.list
            .iter_mut()
            .for_each(|it| it.0 = tiers.iter().position(|t| *t == it.0).unwrap() as u64);
    }
}

fn success(arguments: &Value) -> Vec<u8> {
    response(
        "200 OK",
        "",
        json!({"result": "success", "arguments": arguments}).to_string().as_bytes(),
    )
}

fn torrents_are_read_with_session_and_log_in() {
    play(async {
        let played = Played::start(16, Manner::Honest, "a b|c").await;
        let seedbox = played.seedbox("transmission");
        let found = torrents(&field(&[]), &seedbox, SOON).await.unwrap();
        let [torrent] = &found[..] else { panic!("{found:?}") };
        assert_eq!((torrent.info_hash.as_str(), torrent.private), (HASH, true));
        assert_eq!(torrent.trackers, entries("a b|c"));
        assert_eq!(trackers(&field(&[]), &seedbox, HASH, SOON).await.unwrap(), entries("a b|c"));
    });
}

/// Replace, append, remove, in tiers alone and shared: what an older version can do too.
const LEVERS: [(&str, &str); 6] = [
    ("a|b", "c|b"),
    ("a", "a|b"),
    ("a|b", "b"),
    ("a|b|c", "b|c"),
    ("a b|c", "a d|c"),
    ("a", "b|c"),
];

fn lists_go_there_and_back_at_both_versions() {
    play(async {
        for rpc in [16, 17] {
            for (before, after) in LEVERS {
                let played = Played::start(rpc, Manner::Honest, before).await;
                assert_eq!(
                    played.set(before, after).await,
                    Sent::Written,
                    "{rpc} {before} {after}"
                );
                assert_eq!(played.list(), after);
                assert_eq!(
                    played.set(after, before).await,
                    Sent::Written,
                    "{rpc} {after} {before}"
                );
                assert_eq!(played.list(), before, "undone exactly");
            }
        }
        let four = Played::start(17, Manner::Honest, "a|b").await;
        assert_eq!(four.set("a|b", "a c|b").await, Sent::Written);
        assert_eq!(four.list(), "a c|b", "whole lists reach any shape");
    });
}

fn a_change_is_one_request_and_a_repeated_one_is_none() {
    play(async {
        for rpc in [16, 17] {
            let played = Played::start(rpc, Manner::Honest, "a|b").await;
            assert_eq!(played.set("a|b", "c|b").await, Sent::Written);
            assert_eq!(played.changes(), 1);
            assert_eq!(played.set("a|b", "c|b").await, Sent::Written);
            assert_eq!(played.changes(), 1);
        }
    });
}

fn refused(sent: Sent) -> String {
    match sent {
        Sent::Refused(why) => why,
        other => panic!("{other:?}"),
    }
}

fn lost(sent: Sent) -> String {
    match sent {
        Sent::Lost(why) => why,
        other => panic!("{other:?}"),
    }
}

fn a_list_that_is_neither_is_left_alone() {
    play(async {
        let played = Played::start(16, Manner::Honest, "x|b").await;
        assert!(refused(played.set("a|b", "c|b").await).contains("another tracker list"));
        assert_eq!((played.list().as_str(), played.changes()), ("x|b", 0));
    });
}

fn what_could_not_be_undone_is_not_done() {
    play(async {
        let played = Played::start(16, Manner::Honest, "a b|c").await;
        let why = refused(played.set("a b|c", "b|c").await);
        assert!(why.contains("version played") && why.contains("tier"), "{why}");
        assert_eq!((played.list().as_str(), played.changes()), ("a b|c", 0));
        let four = Played::start(17, Manner::Honest, "a b|c").await;
        assert_eq!(four.set("a b|c", "b|c").await, Sent::Written);
    });
}

fn success_that_lies_is_no_success() {
    play(async {
        for rpc in [16, 17] {
            let played = Played::start(rpc, Manner::Lies, "a|b").await;
            assert!(refused(played.set("a|b", "c|b").await).contains("said that it changed"));
            assert_eq!(played.changes(), 1, "it is asked once");
            let played = Played::start(rpc, Manner::Errs, "a|b").await;
            assert!(lost(played.set("a|b", "c|b").await).contains("said that it changed"));
        }
    });
}

fn no_is_a_refusal_and_silence_is_unknown() {
    play(async {
        let played = Played::start(16, Manner::Refuses, "a|b").await;
        assert!(refused(played.set("a|b", "c|b").await).contains("says no: invalid argument"));
        let played = Played::start(16, Manner::FallsSilent, "a|b").await;
        lost(played.set("a|b", "c|b").await);
        assert_eq!(played.list(), "c|b");
        let played = Played::start(16, Manner::BehindGateway, "a|b").await;
        assert!(lost(played.set("a|b", "c|b").await).contains("status 504"));
        let gone = lifeboat::net::loopback::RefusingPort::tcp().unwrap();
        let mut seedbox = played.seedbox("transmission");
        seedbox.addresses = vec![gone.address().to_string().parse().unwrap()];
        let (before, after) = (entries("a"), entries("b"));
        let field = field(&[]);
        let sent = set_trackers(&field, &seedbox, HASH, &before, &after, Duration::from_secs(5));
        assert!(refused(sent.await).contains("refused"));
    });
}

fn a_torrent_that_is_gone_and_a_bad_url_are_refused() {
    play(async {
        let played = Played::start(17, Manner::Honest, "a|b").await;
        let (field, seedbox) = (field(&[]), played.seedbox("transmission"));
        let set = async |hash: &str, after: Vec<TrackerEntry>| {
            let within = Duration::from_secs(10);
            refused(set_trackers(&field, &seedbox, hash, &entries("a|b"), &after, within).await)
        };
        assert!(set(&"0".repeat(40), entries("c|b")).await.contains("holds no torrent"));
        for bad in ["udp://a\nudp://evil", "file:///etc/passwd", "", "udp://a b"] {
            let after = vec![TrackerEntry { tier: 0, url: bad.into() }];
            assert!(set(HASH, after).await.contains("no announce URL"), "{bad}");
        }
        assert_eq!(played.changes(), 0);
    });
}

fn a_wrong_log_in_is_named() {
    play(async {
        let played = Played::start(17, Manner::Honest, "a").await;
        let mut seedbox = played.seedbox("transmission");
        seedbox.credential = None;
        let error = torrents(&field(&[]), &seedbox, SOON).await.unwrap_err();
        assert!(matches!(error, SeedboxError::Denied { status: 401, .. }), "{error}");
        assert!(error.hint().unwrap().contains("user:password"));
    });
}

fn other_clients_are_not_built() {
    play(async {
        let played = Played::start(17, Manner::Honest, "a").await;
        for kind in ["qbittorrent", "rtorrent", "deluge"] {
            let error = torrents(&field(&[]), &played.seedbox(kind), SOON).await.unwrap_err();
            assert!(error.to_string().contains("not built"), "{error}");
        }
        assert_eq!(played.web.requests().len(), 0);
    });
}
