//! An estate of one seedbox with many torrents, a tracker that is lost and one that is well; the seedbox is
//! a stand-in of Transmission's RPC (version 17) that is busy at times.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use lifeboat::net::loopback::UdpServer;
use lifeboat::wire::tracker_udp::{Reply, Request};
use serde_json::{Value, json};

use super::standin::{Busy, StandIn};
use crate::doors::servers::response;
use crate::trackers::servers::{UdpTracker, healthy};

/// What a seedbox holds: tracker lists by info-hash, and how often each was changed.
#[derive(Default)]
pub struct Lists {
    pub urls: BTreeMap<String, String>,
    pub changes: BTreeMap<String, u32>,
}

/// The estate's outside.
pub struct Fleet {
    pub seedbox: StandIn,
    pub lists: Arc<Mutex<Lists>>,
    pub one: String,
    pub two: String,
    lost_answers: Arc<AtomicBool>,
    _well: UdpTracker,
}

impl Fleet {
    /// Starts it with so many torrents at the lost tracker; `fails` makes a change that was done end in a 503.
    pub async fn start(
        torrents: u32,
        busy: impl FnMut(usize, &str) -> Option<Busy> + Send + 'static,
        mut fails: impl FnMut(usize) -> bool + Send + 'static,
        mut headers: impl FnMut(&Value) -> String + Send + 'static,
    ) -> Self {
        let well = UdpTracker::start(healthy).await;
        let lost_answers = Arc::new(AtomicBool::new(false));
        let (one, two) = (lost(&lost_answers).await, well.url());
        let urls = (0..torrents).map(|number| (format!("{number:040x}"), one.clone())).collect();
        let lists = Arc::new(Mutex::new(Lists { urls, ..Lists::default() }));
        let state = Arc::clone(&lists);
        let mut sets = 0;
        let answer = move |request: &str| {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            if !head.contains("x-transmission-session-id: abc") {
                return response("409 Conflict", "X-Transmission-Session-Id: abc\r\n", b"");
            }
            let call: Value = serde_json::from_str(body).unwrap();
            let arguments = state.lock().unwrap().answer(&call);
            sets += usize::from(call["method"] == "torrent-set");
            if call["method"] == "torrent-set" && fails(sets) {
                return response("503 Service Unavailable", "", b"");
            }
            let said = json!({"result": "success", "arguments": arguments}).to_string();
            response("200 OK", &headers(&call), said.as_bytes())
        };
        let seedbox = StandIn::start(busy, answer).await;
        Self { seedbox, lists, one, two, lost_answers, _well: well }
    }

    /// Lets the lost tracker answer from here on, or say no again.
    pub fn lost_answers(&self, answers: bool) {
        self.lost_answers.store(answers, Ordering::SeqCst);
    }

    /// Writes the estate down.
    pub fn estate(&self) -> String {
        let Self { one, two, seedbox, .. } = self;
        let rpc = seedbox.url("/");
        format!(
            "schema: lifeboat/estate/v1\nid: fleet\nnetwork: {{ allow_private: [127.0.0.0/8] }}\n\
             probing: {{ target_budget: 1s, tries: 2 }}\n\
             approvals: {{ records: {{ people: 1, by: terminal }} }}\n\
             trackers:\n  - {{ id: one, urls: [\"{one}\"] }}\n  - {{ id: two, standby: true, urls: [\"{two}\"] }}\n\
             seedboxes: [{{ id: sb, kind: transmission, rpc: \"{rpc}\" }}]\n\
             status_channels:\n  - {{ id: page, kind: file, directory: page, audience: customers, languages: [en] }}\n  \
             - {{ id: log, kind: file, directory: log, audience: team, languages: [en] }}\n"
        )
    }
}

/// A tracker that says no to everything unless it answers; its URL.
async fn lost(answers: &Arc<AtomicBool>) -> String {
    let server = UdpServer::open().await.unwrap();
    let url = format!("udp://{}/announce", server.address());
    let answers = Arc::clone(answers);
    tokio::spawn(async move {
        while let Ok((bytes, from)) = server.receive().await {
            let request = Request::decode(&bytes).unwrap();
            let says = if answers.load(Ordering::SeqCst) {
                healthy(request)
            } else {
                let (Request::Connect { transaction }
                | Request::Announce { transaction, .. }
                | Request::Scrape { transaction, .. }) = request;
                vec![Reply::Error { transaction, message: b"gone".to_vec() }.encode()]
            };
            for reply in says {
                server.send(&reply, from).await.unwrap();
            }
        }
    });
    url
}

impl Lists {
    fn answer(&mut self, call: &Value) -> Value {
        let ids = call["arguments"]["ids"].as_array().cloned();
        let asked = |hash: &String| ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == hash));
        match call["method"].as_str().unwrap() {
            "session-get" => json!({"version": "4.0.6", "rpc-version": 17}),
            "torrent-get" => {
                let shown = self.urls.iter().filter(|(hash, _)| asked(hash)).map(|(hash, url)| {
                    json!({"hashString": hash, "isPrivate": false, "peers": [],
                        "trackers": [{"id": 0, "tier": 0, "announce": url}]})
                });
                json!({"torrents": shown.collect::<Vec<_>>()})
            }
            "torrent-set" => {
                let url = call["arguments"]["trackerList"].as_str().unwrap().trim().to_owned();
                let hash = ids.unwrap()[0].as_str().unwrap().to_owned();
                *self.changes.entry(hash.clone()).or_default() += 1;
                self.urls.insert(hash, url);
                json!({})
            }
            other => panic!("{other}"),
        }
    }
}
