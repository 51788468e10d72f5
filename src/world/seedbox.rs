//! Seedboxes: the torrents that they hold, and transmission's remote control over them.
//!
//! Format: transmission's `docs/rpc-spec.md`, RPC version 17; the 409 dance included.

use serde_json::{Map, Value, json};

use super::names::draw;
use super::peers::info_hash;
use super::state::State;
use crate::model::{Estate, Id, Tracker};
use crate::wire::http::{Request, Response};

/// A torrent that a seedbox holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its number on that seedbox.
    pub number: u64,
    /// Its info-hash, 40 lower-case hexadecimal digits.
    pub info_hash: String,
    /// Its name.
    pub name: String,
    /// Whether it is private (BEP 27).
    pub private: bool,
    /// Its trackers, in their order.
    pub trackers: Vec<Listed>,
}

/// A tracker in a torrent's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number in that list; never given twice.
    pub number: u64,
    /// Its tier.
    pub tier: u64,
    /// Its announce URL.
    pub url: String,
}

impl Held {
    fn new(
        number: u64,
        info_hash: String,
        name: &str,
        private: bool,
        trackers: &[&Tracker],
    ) -> Self {
        let mut held =
            Self { number, info_hash, name: name.to_owned(), private, trackers: Vec::new() };
        for (tier, tracker) in (0..).zip(trackers) {
            tracker.urls.iter().for_each(|url| held.list(tier, url));
        }
        held
    }

    /// Returns its announce URLs.
    pub fn urls(&self) -> Vec<&str> {
        self.trackers.iter().map(|listed| listed.url.as_str()).collect()
    }

    fn list(&mut self, tier: u64, url: &str) {
        let number = self.trackers.iter().map(|listed| listed.number + 1).max().unwrap_or(0);
        self.trackers.push(Listed { number, tier, url: url.to_owned() });
    }

    /// Adds a tracker in a tier of its own, unless it is there already.
    fn append(&mut self, url: &str) {
        if !self.urls().contains(&url) {
            let tier = self.trackers.iter().map(|listed| listed.tier + 1).max().unwrap_or(0);
            self.list(tier, url);
        }
    }

    fn replace(&mut self, number: u64, url: &str) -> bool {
        let listed = self.trackers.iter_mut().find(|listed| listed.number == number);
        listed.is_some_and(|listed| {
            url.clone_into(&mut listed.url);
            true
        })
    }

    fn remove(&mut self, number: u64) -> bool {
        let before = self.trackers.len();
        self.trackers.retain(|listed| listed.number != number);
        self.trackers.len() < before
    }

    /// Reads a list as a person writes it: one URL a line, an empty line between tiers.
    fn rewrite(&mut self, text: &str) {
        self.trackers.clear();
        for (tier, block) in (0..).zip(text.split("\n\n")) {
            for url in block.lines().map(str::trim).filter(|url| !url.is_empty()) {
                self.list(tier, url);
            }
        }
    }
}

/// Makes a believable set of torrents: the same content on every seedbox.
pub fn torrents(estate: &Estate) -> Vec<Held> {
    let mut live: Vec<&Tracker> = estate.trackers.iter().filter(|it| !it.standby).collect();
    live.sort_by_key(|tracker| tracker.tier);
    let mut all = Vec::new();
    let mut hold = |hash: String, name: &str, private: bool, trackers: &[&Tracker]| {
        all.push(Held::new(all.len() as u64 + 1, hash, name, private, trackers));
    };
    for swarm in &estate.swarms {
        hold(swarm.info_hash.to_ascii_lowercase(), swarm.id.as_str(), false, &live);
    }
    for tracker in &live {
        let name = format!("exercise-on-{}", tracker.id);
        hold(info_hash(&name), &name, false, &[tracker]);
    }
    hold(info_hash("exercise-everywhere"), "exercise-everywhere", false, &live);
    if let [first, ..] = live[..] {
        hold(info_hash("exercise-private"), "exercise-private", true, &[first]);
    }
    all
}

impl State {
    /// Does what a request asks of a seedbox whose remote control is below a base path.
    pub fn transmission(&mut self, seedbox: &Id, base: &str, request: &Request) -> Response {
        let path = format!("{}/transmission/rpc", base.trim_end_matches('/'));
        if request.path != path {
            return Response::text(404, "Not Found");
        }
        let session = format!("{:016x}", draw(seedbox.as_str()));
        if request.header("x-transmission-session-id") != Some(session.as_str()) {
            let mut refused = Response::text(409, "409: Conflict");
            refused.headers.push(("X-Transmission-Session-Id", session));
            return refused;
        }
        let body: Value = match serde_json::from_slice(&request.body) {
            Ok(body) => body,
            Err(_) => return Response::text(400, "Bad Request"),
        };
        let (result, arguments) = match self.call(seedbox, &body) {
            Ok(arguments) => ("success".to_owned(), arguments),
            Err(why) => (why, json!({})),
        };
        let mut reply = json!({"result": result, "arguments": arguments});
        if let Some(tag) = body.get("tag") {
            reply["tag"] = tag.clone();
        }
        Response::json(200, &reply)
    }

    fn call(&mut self, seedbox: &Id, body: &Value) -> Result<Value, String> {
        let arguments = &body["arguments"];
        match body["method"].as_str() {
            Some("session-get") => Ok(json!({"version": "4.0.6 (38c164933e)", "rpc-version": 17,
                "rpc-version-minimum": 14, "rpc-version-semver": "5.3.0", "peer-port": 51413})),
            Some("session-stats") => {
                let count = self.held.get(seedbox).map_or(0, Vec::len);
                Ok(json!({"torrentCount": count, "activeTorrentCount": count}))
            }
            Some("torrent-get") => Ok(self.get(seedbox, arguments)),
            Some("torrent-set") => self.set(seedbox, arguments).map(|()| json!({})),
            // Announces are looked up in the lists themselves, so a new one is never late.
            Some("torrent-reannounce") => Ok(json!({})),
            _ => Err("method name not recognized".to_owned()),
        }
    }

    fn get(&self, seedbox: &Id, arguments: &Value) -> Value {
        let fields = arguments["fields"].as_array().cloned().unwrap_or_default();
        let fields: Vec<&str> = fields.iter().filter_map(Value::as_str).collect();
        let torrents = self.held.get(seedbox).into_iter().flatten();
        let chosen = torrents.filter(|held| is_chosen(held, &arguments["ids"]));
        let torrents: Vec<Value> = chosen
            .map(|held| {
                let mut all = self.show(seedbox, held);
                all.retain(|name, _| fields.contains(&name.as_str()));
                Value::Object(all)
            })
            .collect();
        json!({ "torrents": torrents })
    }

    fn show(&self, seedbox: &Id, held: &Held) -> Map<String, Value> {
        let trackers = held.trackers.iter();
        let list: Vec<Value> = trackers.map(|it| self.show_tracker(held, it)).collect();
        let mut tiers: Vec<(u64, String)> = Vec::new();
        for listed in &held.trackers {
            match tiers.last_mut().filter(|(tier, _)| *tier == listed.tier) {
                Some((_, text)) => text.push_str(&format!("\n{}", listed.url)),
                None => tiers.push((listed.tier, listed.url.clone())),
            }
        }
        let text: Vec<String> = tiers.into_iter().map(|(_, text)| text).collect();
        let peers: Vec<Value> = self
            .connected(seedbox)
            .into_iter()
            .map(|peer| {
                json!({"address": peer.ip().to_string(), "port": peer.port(), "progress": 0.5,
                "clientName": "Transmission 4.0.6", "isEncrypted": true, "flagStr": "TEI"})
            })
            .collect();
        let all = json!({"id": held.number, "hashString": held.info_hash, "name": held.name,
            "isPrivate": held.private, "status": 6, "error": 0, "errorString": "",
            "percentDone": 1, "peersConnected": peers.len(), "peers": peers,
            "trackers": list, "trackerStats": list, "trackerList": text.join("\n\n")});
        all.as_object().cloned().unwrap_or_default()
    }

    fn show_tracker(&self, held: &Held, listed: &Listed) -> Value {
        let known = self.estate.trackers.iter().find(|it| it.urls.contains(&listed.url));
        let swarm =
            known.map(|tracker| self.swarm(&tracker.id, &held.info_hash)).unwrap_or_default();
        let works = !swarm.seeders.is_empty();
        let count = |list: &[_]| if works { json!(list.len()) } else { json!(-1) };
        json!({"id": listed.number, "tier": listed.tier, "announce": listed.url,
            "scrape": listed.url.replace("/announce", "/scrape"), "hasAnnounced": true,
            "lastAnnounceSucceeded": works, "lastAnnounceTimedOut": !works,
            "lastAnnounceResult": if works { "Success" } else { "Connection failed" },
            "seederCount": count(&swarm.seeders), "leecherCount": count(&swarm.leechers)})
    }

    /// Changes tracker lists: all chosen torrents, or none where one thing is wrong.
    fn set(&mut self, seedbox: &Id, arguments: &Value) -> Result<(), String> {
        let Some(torrents) = self.held.get_mut(seedbox) else { return Ok(()) };
        let mut next = torrents.clone();
        for held in next.iter_mut().filter(|held| is_chosen(held, &arguments["ids"])) {
            change(held, arguments)?;
        }
        *torrents = next;
        Ok(())
    }
}

fn change(held: &mut Held, arguments: &Value) -> Result<(), String> {
    let list = |name: &str| arguments[name].as_array().cloned().unwrap_or_default();
    let wrong = || "Invalid argument".to_owned();
    for url in list("trackerAdd") {
        held.append(url.as_str().ok_or_else(wrong)?);
    }
    for pair in list("trackerReplace").chunks(2) {
        let [number, url] = pair else { return Err(wrong()) };
        let (number, url) = (number.as_u64().ok_or_else(wrong)?, url.as_str().ok_or_else(wrong)?);
        if !held.replace(number, url) {
            return Err(wrong());
        }
    }
    for number in list("trackerRemove") {
        if !held.remove(number.as_u64().ok_or_else(wrong)?) {
            return Err(wrong());
        }
    }
    if let Some(text) = arguments["trackerList"].as_str() {
        held.rewrite(text);
    }
    Ok(())
}

/// Tells whether `ids` means a torrent: absent is all, else a number, a hash, or a list of them.
fn is_chosen(held: &Held, ids: &Value) -> bool {
    let is = |id: &Value| {
        id.as_u64() == Some(held.number)
            || id.as_str().is_some_and(|hash| hash.eq_ignore_ascii_case(&held.info_hash))
    };
    match ids {
        Value::Null => true,
        Value::Array(ids) => ids.iter().any(is),
        Value::String(word) if word == "recently-active" => true,
        Value::String(_) | Value::Number(_) => is(ids),
        Value::Bool(_) | Value::Object(_) => false,
    }
}
