//! An estate of one seedbox with many torrents, a tracker that is dead and one that is well; the seedbox is
//! a stand-in of Transmission's RPC (version 17) that is busy at times.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::{Arc, Mutex};

use lifeboat::net::loopback::RefusingPort;
use lifeboat::wire::tracker_udp::Request;
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
    dead: Option<RefusingPort>,
    _well: UdpTracker,
}

impl Fleet {
    /// Starts it with so many torrents at the dead tracker; `fails` makes a change that was done end in a 503.
    pub async fn start(
        torrents: u32,
        busy: impl FnMut(usize, &str) -> Option<Busy> + Send + 'static,
        mut fails: impl FnMut(usize) -> bool + Send + 'static,
        mut headers: impl FnMut(&Value) -> String + Send + 'static,
    ) -> Self {
        let (dead, well) = (RefusingPort::udp().unwrap(), UdpTracker::start(healthy).await);
        let (one, two) = (format!("udp://{}/announce", dead.address()), well.url());
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
        Self { seedbox, lists, one, two, dead: Some(dead), _well: well }
    }

    /// Lets the dead tracker answer from here on.
    pub fn revive(&mut self) {
        let address = self.dead.take().expect("it is dead").address();
        let socket = UdpSocket::bind(address).unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                for reply in healthy(Request::decode(&bytes[..length]).unwrap()) {
                    socket.send_to(&reply, from).unwrap();
                }
            }
        });
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
