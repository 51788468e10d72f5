//! What the reference run changes: one object at one real server, counted in that server's own books.

use crate::real::dns;
use crate::real::knot::Knot;
use crate::real::powerdns::PowerDns;
use crate::real::tap::{Speech, Tap};
use crate::real::torrent::InfoHash;
use crate::real::transmission::Transmission;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

/// The name servers before, after, and those of a foreign hand.
pub const SERVERS: [&str; 3] = ["ns1.prov-a.test.", "ns1.prov-b.test.", "ns1.prov-c.test."];

/// The values that an object may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Before,
    After,
    /// A foreign hand's.
    Third,
}

const ALL: [Held; 3] = [Held::Before, Held::After, Held::Third];

/// One object of a slot.
pub trait Subject: Send + Sync {
    /// The step of the plan that changes it.
    fn step(&self) -> &'static str;
    /// Gives it a value, past the tap, as a person at the server would.
    fn put(&self, value: Held);
    /// Reads its value at the server itself; `None` for one that nobody ever set.
    fn value(&self) -> Option<Held>;
    /// How many writes the server has carried out, ever.
    fn effects(&self) -> u64;
    /// The tap before its server.
    fn tap(&self) -> &Tap;
}

/// A record set that a step changes.
pub struct RecordSet {
    pub step: &'static str,
    /// The zone that is written.
    pub zone: String,
    pub name: String,
    pub kind: &'static str,
    /// The seconds that it lives and its data, sorted, by what it may hold; one without data is not there.
    pub values: [(u32, Vec<String>); 3],
}

impl RecordSet {
    /// The delegation `z` of a zone.
    pub fn delegation(
        step: &'static str,
        zone: String,
        servers: [&'static [&'static str]; 3],
    ) -> RecordSet {
        let name = format!("z.{zone}");
        RecordSet { step, zone, name, kind: "NS", values: servers.map(|it| (1, owned(it))) }
    }

    /// Returns what has this time to live and this data; the former says nothing where there is none of the latter.
    fn held(&self, ttl: Option<u32>, mut data: Vec<String>) -> Option<Held> {
        data.sort_unstable();
        let is = |value: &Held| {
            let (wanted_ttl, wanted) = &self.values[*value as usize];
            data == *wanted && (data.is_empty() || ttl.is_none_or(|ttl| ttl == *wanted_ttl))
        };
        ALL.into_iter().find(is)
    }

    /// Writes data in one form: keys and digests are broken by spaces here and there, and digests have no case.
    pub fn one_form(kind: &str, data: &str) -> String {
        match kind {
            "DNSKEY" | "DS" => {
                let mut words = data.split_whitespace();
                let mut head: Vec<&str> = words.by_ref().take(3).collect();
                let rest: String = words.collect();
                let rest = if kind == "DS" { rest.to_lowercase() } else { rest };
                head.push(&rest);
                head.join(" ")
            }
            _ => data.to_owned(),
        }
    }
}

/// Returns data that a set may hold.
pub fn owned(data: &[&str]) -> Vec<String> {
    data.iter().map(|data| (*data).to_owned()).collect()
}

/// A record set at a PowerDNS, counted by the serial of its zone.
pub struct AtPowerDns<'a> {
    server: &'a PowerDns,
    turn: Arc<Mutex<()>>,
    set: RecordSet,
    tap: Arc<Tap>,
}

impl AtPowerDns<'_> {
    /// Stands before a server whose database takes one write at a time: `turn` is shared by all that write there.
    pub fn new(
        server: &PowerDns,
        turn: Arc<Mutex<()>>,
        set: RecordSet,
        tap: Arc<Tap>,
    ) -> AtPowerDns<'_> {
        AtPowerDns { server, turn, set, tap }
    }

    fn path(&self) -> String {
        format!("/zones/{}", self.set.zone)
    }
}

impl Subject for AtPowerDns<'_> {
    fn step(&self) -> &'static str {
        self.set.step
    }

    fn put(&self, value: Held) {
        let (ttl, data) = &self.set.values[value as usize];
        let records: Vec<_> =
            data.iter().map(|data| json!({"content": data, "disabled": false})).collect();
        let set = json!({"name": self.set.name, "type": self.set.kind, "ttl": ttl,
                         "changetype": "REPLACE", "records": records, "comments": []});
        let _turn = self.turn.lock().unwrap();
        self.server.call("PATCH", &self.path(), &json!({"rrsets": [set]}), 204);
    }

    fn value(&self) -> Option<Held> {
        let found = self.server.rrset(&self.set.zone, &self.set.name, self.set.kind);
        let Some(set) = found else { return self.set.held(None, Vec::new()) };
        let data = set["records"].as_array().unwrap().iter();
        let data = data
            .map(|record| RecordSet::one_form(self.set.kind, record["content"].as_str().unwrap()));
        self.set.held(set["ttl"].as_u64().and_then(|ttl| u32::try_from(ttl).ok()), data.collect())
    }

    fn effects(&self) -> u64 {
        let zone = self.server.call("GET", &self.path(), &serde_json::Value::Null, 200);
        zone["serial"].as_u64().unwrap()
    }

    fn tap(&self) -> &Tap {
        &self.tap
    }
}

/// A record set at a Knot, counted by the serial of its zone: an UPDATE that changes nothing leaves it.
pub struct AtKnot<'a> {
    server: &'a Knot,
    turn: Arc<Mutex<()>>,
    set: RecordSet,
    tap: Arc<Tap>,
}

impl AtKnot<'_> {
    /// Stands before a server whose control takes one hand at a time: `turn` is shared by all that use it.
    pub fn new(server: &Knot, turn: Arc<Mutex<()>>, set: RecordSet, tap: Arc<Tap>) -> AtKnot<'_> {
        AtKnot { server, turn, set, tap }
    }
}

impl Subject for AtKnot<'_> {
    fn step(&self) -> &'static str {
        self.set.step
    }

    fn put(&self, value: Held) {
        let RecordSet { zone, name, kind, values, .. } = &self.set;
        let (ttl, data) = &values[value as usize];
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        let _turn = self.turn.lock().unwrap();
        self.server.set(zone, name, &ttl.to_string(), kind, &data);
    }

    fn value(&self) -> Option<Held> {
        let RecordSet { name, kind, .. } = &self.set;
        // An answer that a busy machine lost is no answer, and not the absence of a record set.
        let ask = |_| dns::ask(self.server.address, name, kind);
        let answer = (0..10).find_map(ask).expect("the Knot answers");
        let all = answer.records.iter().chain(&answer.authority);
        let own = all.filter(|record| record.kind == *kind && record.name == *name);
        let data = own.map(|record| RecordSet::one_form(kind, &record.data));
        self.set.held(None, data.collect())
    }

    fn effects(&self) -> u64 {
        u64::from(self.server.serial(&self.set.zone))
    }

    fn tap(&self) -> &Tap {
        &self.tap
    }
}

/// A torrent's tracker list at a transmission-daemon, which keeps no books: its tap does.
pub struct AtTransmission<'a> {
    server: &'a Transmission,
    torrent: InfoHash,
    urls: [String; 3],
    tap: Tap,
}

impl AtTransmission<'_> {
    pub fn new(
        server: &Transmission,
        torrent: InfoHash,
        urls: [String; 3],
        tap: SocketAddr,
    ) -> AtTransmission<'_> {
        let tap = Tap::start(tap, server.rpc, Speech::Http, Arc::default());
        AtTransmission { server, torrent, urls, tap }
    }
}

impl Subject for AtTransmission<'_> {
    fn step(&self) -> &'static str {
        "move-t"
    }

    fn put(&self, value: Held) {
        let state = self.server.torrent(self.torrent).unwrap();
        let id = state["trackers"][0]["id"].as_u64().unwrap();
        let url = &self.urls[value as usize];
        let arguments = json!({"ids": [self.torrent.to_string()], "trackerReplace": [id, url]});
        if self.value() != Some(value) {
            self.server.call("torrent-set", &arguments);
        }
    }

    fn value(&self) -> Option<Held> {
        let tiers = self.server.trackers(self.torrent);
        let [only] = &tiers.concat()[..] else { return None };
        held(only, &self.urls.each_ref().map(String::as_str))
    }

    fn effects(&self) -> u64 {
        self.tap.applied()
    }

    fn tap(&self) -> &Tap {
        &self.tap
    }
}

fn held(found: &str, values: &[&str; 3]) -> Option<Held> {
    ALL.into_iter().find(|value| values[*value as usize] == found)
}
