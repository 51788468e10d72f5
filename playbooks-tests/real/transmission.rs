//! transmission-daemon as a seedbox, with its RPC.

use super::daemon::Daemon;
use super::http;
use super::lab::Lab;
use super::torrent::{InfoHash, Torrent};
use super::until::{STARTUP, until};
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The port of the RPC at the daemon's address.
const RPC_PORT: u16 = 9091;

/// A running transmission-daemon.
pub struct Transmission {
    pub daemon: Daemon,
    pub rpc: SocketAddr,
    folder: PathBuf,
}

impl Transmission {
    /// Starts a daemon that binds everything to one address; DHT, PEX and local discovery are off.
    pub fn start(lab: &Lab, name: &str, address: IpAddr) -> Transmission {
        let folder = lab.subfolder(name);
        let settings = json!({
            "bind-address-ipv4": address.to_string(), "bind-address-ipv6": "::1", "rpc-bind-address": address.to_string(),
            "rpc-port": RPC_PORT, "rpc-enabled": true, "rpc-authentication-required": false,
            "rpc-whitelist-enabled": false, "rpc-host-whitelist-enabled": false, "peer-port": 51413,
            "dht-enabled": false, "lpd-enabled": false, "pex-enabled": false, "port-forwarding-enabled": false,
            "download-dir": folder, "start-added-torrents": true, "message-level": 2,
        });
        lab.write(&format!("{name}/settings.json"), settings.to_string());
        let words = ["transmission-daemon", "-f", "-g", folder.to_str().unwrap()];
        let rpc = SocketAddr::new(address, RPC_PORT);
        let mut transmission = Transmission { daemon: lab.start(name, &words), rpc, folder };
        transmission.ready();
        transmission
    }

    /// Waits until the RPC answers and every torrent that it keeps is loaded.
    pub fn ready(&mut self) {
        let rpc = self.rpc;
        let kept = std::fs::read_dir(self.folder.join("torrents")).map_or(0, Iterator::count);
        self.daemon.ready(|| {
            let loaded = ask(rpc, "torrent-get", &json!({"fields": ["id"]}))?;
            loaded["torrents"].as_array().filter(|torrents| torrents.len() == kept).map(|_| ())
        });
    }

    /// Ends it in good order, so that it keeps its torrents, and starts it again.
    pub fn restart(&mut self) {
        self.daemon.terminate();
        self.daemon.start_again();
        self.ready();
    }

    /// Returns the base URL as an estate's `rpc` says it.
    pub fn base(&self) -> String {
        format!("http://{}/", self.rpc)
    }

    /// Calls a method, which must succeed, and returns its arguments.
    pub fn call(&self, method: &str, arguments: &Value) -> Value {
        ask(self.rpc, method, arguments)
            .unwrap_or_else(|| panic!("{method} failed at {}", self.rpc))
    }

    /// Adds a torrent and waits until its data is checked and it seeds.
    pub fn add(&self, torrent: &Torrent) {
        self.call(
            "torrent-add",
            &json!({"filename": torrent.file, "download-dir": torrent.data, "paused": false}),
        );
        until(&format!("{} seeds {}", self.rpc, torrent.name), STARTUP, || {
            let state = self.torrent(torrent.info_hash)?;
            (state["status"] == 6 && state["percentDone"] == 1.0).then_some(())
        });
    }

    /// Returns what the daemon says about one torrent.
    pub fn torrent(&self, torrent: InfoHash) -> Option<Value> {
        let fields = json!([
            "id",
            "name",
            "hashString",
            "status",
            "percentDone",
            "isPrivate",
            "trackers",
            "trackerStats"
        ]);
        let mut answer =
            self.call("torrent-get", &json!({"ids": [torrent.to_string()], "fields": fields}));
        answer["torrents"].get_mut(0).map(Value::take)
    }

    /// Returns a torrent's announce URLs, tier by tier.
    pub fn trackers(&self, torrent: InfoHash) -> Vec<Vec<String>> {
        let state = self.torrent(torrent).unwrap();
        let mut tiers: Vec<Vec<String>> = Vec::new();
        for tracker in state["trackers"].as_array().unwrap() {
            let tier = tracker["tier"].as_u64().unwrap() as usize;
            tiers.resize(tiers.len().max(tier + 1), Vec::new());
            tiers[tier].push(tracker["announce"].as_str().unwrap().to_owned());
        }
        tiers
    }
}

/// Sends one call, with the dance for the session's id.
fn ask(rpc: SocketAddr, method: &str, arguments: &Value) -> Option<Value> {
    let body = json!({"method": method, "arguments": arguments}).to_string();
    let send = |headers: &[(&str, &str)]| {
        http::request(rpc, "POST", "/transmission/rpc", headers, body.as_bytes()).ok()
    };
    let refused = send(&[])?;
    let session = refused.header("X-Transmission-Session-Id")?;
    let mut answer = send(&[("X-Transmission-Session-Id", session)])?.json();
    (answer["result"] == "success").then(|| answer["arguments"].take())
}
