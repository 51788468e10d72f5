//! The servers of a sweep, which run all along, and its slots: each a whole estate on objects of its own.

use super::runbook;
use super::sets;
use super::slot::Slot;
use super::subject::{AtKnot, AtPowerDns, AtTransmission, RecordSet, SERVERS, Subject};
use crate::real::estate::{self, Estate};
use crate::real::knot::{Knot, KnotZone};
use crate::real::lab::Lab;
use crate::real::opentracker::Opentracker;
use crate::real::powerdns::PowerDns;
use crate::real::tap::{Speech, Tap};
use crate::real::torrent::Torrent;
use crate::real::transmission::Transmission;
use crate::real::tsig::TsigKey;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// The name that shows that the observer sees.
pub const CONTROL: &str = "control.example.";

/// The name servers of both delegations.
const MOVED: [&[&str]; 3] = [&[SERVERS[0]], &[SERVERS[1]], &[SERVERS[2]]];

/// Everything that slots share.
pub struct Ground {
    pub lab: Lab,
    pub power: PowerDns,
    turns: [Arc<Mutex<()>>; 2],
    knot: Knot,
    pub key: TsigKey,
    pub authority: Knot,
    pub settle: &'static str,
    tracker: Opentracker,
    seedbox: Transmission,
    torrents: Vec<Torrent>,
}

impl Ground {
    /// Starts the servers for so many slots; every service declares the same `settle`.
    pub fn start(slots: u8, settle: &'static str) -> Ground {
        let lab = Lab::new();
        let urls = |slot: u8| lost(&lab, slot);
        let torrents: Vec<Torrent> = (0..slots)
            .map(|slot| Torrent::make(&lab, &format!("t{slot}"), &[&urls(slot)]))
            .collect();
        let hashes: Vec<_> = torrents.iter().map(|torrent| torrent.info_hash).collect();
        let mut power = PowerDns::start(&lab, "power", lab.at(1, 53));
        for slot in 0..slots {
            power.add_zone(&parent_p(slot), &parent_text(&lab));
        }
        let key = TsigKey::new("sweep-key");
        let (parent, child) = (parent_text(&lab), child_text(&lab));
        let names: Vec<String> = (0..slots).map(parent_k).collect();
        let parents = zones(&names, &parent);
        let knot = Knot::start_open(&lab, "knot", lab.at(7, 53), &parents, &[(&key, &["update"])]);
        let authority_at = lab.at(3, 53);
        let children = |slot| {
            let parents = [parent_p(slot), parent_k(slot)].into_iter();
            parents.chain(sets::parents(slot)).map(|parent| format!("z.{parent}"))
        };
        let mut names: Vec<String> = (0..slots).flat_map(children).collect();
        names.push(CONTROL.to_owned());
        let zones = zones(&names, &child);
        let authority = Knot::start_zones(&lab, "authority", authority_at, &zones);
        let tracker = Opentracker::start(&lab, "tracker", lab.at(4, 6969), &hashes);
        let seedbox = Transmission::start(&lab, "seedbox", lab.address(5));
        for torrent in &torrents {
            let words =
                json!({"filename": torrent.file, "download-dir": torrent.data, "paused": true});
            seedbox.call("torrent-add", &words);
        }
        Ground {
            lab,
            power,
            turns: Default::default(),
            knot,
            key,
            authority,
            settle,
            tracker,
            seedbox,
            torrents,
        }
    }

    /// Makes a slot: its estate, its objects in their first state, and the taps before its servers.
    pub fn slot(&self, number: u8) -> Slot<'_> {
        let [k, t] = [53, 9091].map(|port| self.lab.at(100 + number, port));
        let torrent = self.torrents[usize::from(number)].info_hash;
        let at_knot = RecordSet::delegation("move-k", parent_k(number), MOVED);
        let knot = Arc::new(Tap::start(k, self.knot.address, Speech::Dns, Arc::default()));
        let urls = [lost(&self.lab, number), self.tracker.udp(), foreign(&self.lab)];
        let subjects: Vec<Box<dyn Subject + '_>> = vec![
            self.at_powerdns(
                RecordSet::delegation("move-p", parent_p(number), MOVED),
                &self.tap(number),
            ),
            Box::new(AtKnot::new(&self.knot, Arc::clone(&self.turns[1]), at_knot, knot)),
            Box::new(AtTransmission::new(&self.seedbox, torrent, urls, t)),
        ];
        let runbooks = [runbook::REFERENCE, runbook::TURNING];
        let runbooks = runbooks.map(|id| (format!("runbooks/{id}.yaml"), runbook::text(id)));
        let estate = ("lifeboat.yaml".to_owned(), self.estate(number).yaml());
        Slot::new(self, number, subjects, runbooks.into_iter().chain([estate]))
    }

    /// Starts a slot's tap before the PowerDNS.
    pub fn tap(&self, number: u8) -> Arc<Tap> {
        let (at, turn) = (self.lab.at(100 + number, 8081), Arc::clone(&self.turns[0]));
        Arc::new(Tap::start(at, self.power.api, Speech::Http, turn))
    }

    /// Returns where a slot's tap before the PowerDNS is, as an estate says it.
    pub fn api(&self, number: u8) -> String {
        let at = self.lab.at(100 + number, 8081).to_string();
        self.power.base().replace(&self.power.api.to_string(), &at)
    }

    /// Stands before a record set at the PowerDNS.
    pub fn at_powerdns<'g>(&'g self, set: RecordSet, tap: &Arc<Tap>) -> Box<dyn Subject + 'g> {
        let turn = Arc::clone(&self.turns[0]);
        Box::new(AtPowerDns::new(&self.power, turn, set, Arc::clone(tap)))
    }

    /// Returns a slot's estate; its secrets lie in the slot's folder.
    pub fn estate(&self, number: u8) -> Estate {
        let host = 100 + number;
        let mut estate = Estate::new("sweep");
        estate.0["status_channels"] = json!([{"id": "team", "kind": "file", "directory": "messages/",
                                              "audience": "team", "languages": ["en"]}]);
        let zone = parent_p(number);
        let api = self.api(number);
        let at = |name: &str, server: std::net::SocketAddr| json!([{"name": name, "addresses": [server.to_string()]}]);
        estate.add(
            "registrars",
            json!({"id": "reg-p", "kind": "powerdns", "company": "company-p", "parent_zone": zone,
                   "api": api, "credential": {"file": "private/power"}, "settle": self.settle,
                   "nameservers": at("ns.nic.test.", self.power.address)}),
        );
        let secret = json!({"file": "private/tsig"});
        estate.add(
            "registrars",
            json!({"id": "reg-k", "kind": "rfc2136", "company": "company-k",
                   "parent_zone": parent_k(number), "server": self.lab.at(host, 53).to_string(),
                   "tsig": {"name": self.key.name, "algorithm": self.key.algorithm, "secret": secret},
                   "settle": self.settle, "nameservers": at("ns.nic.test.", self.knot.address)}),
        );
        for (id, name) in [("provider-a", SERVERS[0]), ("provider-b", SERVERS[1])] {
            estate.add(
                "dns_providers",
                json!({"id": id, "kind": "unmanaged", "company": format!("company-of-{id}"),
                       "nameservers": at(name, self.authority.address)}),
            );
        }
        for (id, registrar, parent) in
            [("z-p", "reg-p", parent_p(number)), ("z-k", "reg-k", parent_k(number))]
        {
            estate.add(
                "zones",
                json!({"id": id, "name": format!("z.{parent}"), "registrar": registrar,
                       "delegated_to": ["provider-a"], "standby_at": ["provider-b"]}),
            );
        }
        estate.add("swarms", estate::swarm("canary", self.torrents[usize::from(number)].info_hash));
        let tracker = |id: &str, url: String, standby: bool| {
            json!({"id": id, "tier": u8::from(standby), "standby": standby, "region": "eu",
                   "swarm": "canary", "urls": [url]})
        };
        estate.add("trackers", tracker("lost", lost(&self.lab, number), false));
        estate.add("trackers", tracker("backup", self.tracker.udp(), true));
        let rpc = format!("http://{}/", self.lab.at(host, 9091));
        estate.add(
            "seedboxes",
            json!({"id": "sb-1", "kind": "transmission", "region": "eu", "rpc": rpc, "settle": self.settle}),
        );
        estate.add("controls", estate::dns_control("control", self.authority.address, CONTROL));
        estate
    }

    /// Returns the secrets that an estate names, by their files.
    pub fn secrets(&self) -> [(&'static str, &str); 2] {
        [("private/power", &self.power.key), ("private/tsig", &self.key.secret)]
    }
}

/// The slot's parent zone at the PowerDNS.
fn parent_p(slot: u8) -> String {
    format!("p{slot}.test.")
}

/// The slot's parent zone at the Knot.
fn parent_k(slot: u8) -> String {
    format!("k{slot}.test.")
}

/// The same text under every name.
fn zones<'a>(names: &'a [String], text: &'a str) -> Vec<KnotZone<'a>> {
    names.iter().map(|name| KnotZone { name, text, signed: false }).collect()
}

/// Where the slot's lost tracker would be.
fn lost(lab: &Lab, slot: u8) -> String {
    format!("udp://{}:{}/announce", lab.address(6), 7000 + u16::from(slot))
}

/// A tracker that nobody but a foreign hand knows.
fn foreign(lab: &Lab) -> String {
    format!("udp://{}:6000/announce", lab.address(6))
}

fn parent_text(lab: &Lab) -> String {
    format!(
        "$TTL 1\n@ SOA ns.nic.test. host.nic.test. 1 3600 600 86400 1\n@ NS ns.nic.test.\nz NS {}\n\
         txt TXT \"{}\"\n",
        SERVERS[0],
        lab.address(1)
    )
}

fn child_text(lab: &Lab) -> String {
    format!(
        "@ 1 SOA {a} host.test. 1 3600 600 86400 1\n@ 1 NS {a}\nwww 1 A {}\n",
        lab.address(9),
        a = SERVERS[0]
    )
}
