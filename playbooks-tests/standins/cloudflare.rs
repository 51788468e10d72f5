//! Cloudflare's API (version 4) for one zone, as strict as its documents: <https://developers.cloudflare.com/api/>.
//!
//! Each of [`REFUSALS`] can be switched off, so that a suite proves that it needs them.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::http::{HttpServer, Reply, Request};
use super::plane::Plane;
use super::records::{Served, Trouble};

/// What it refuses, by the codes of its errors.
pub const REFUSALS: [u32; 12] = [
    7_003,  // an id of no zone
    9_000,  // a name that is none
    9_003,  // a proxied record that leads inside
    9_004,  // a proxied record of a type that cannot be
    9_005,  // an address that is none
    9_021,  // a time to live beyond its bounds
    9_109,  // a token that it does not know
    9_300,  // more tags than the plan has
    10_000, // a token that may not write
    81_044, // an id of no record
    81_053, // an alias beside other records
    81_058, // the same record again
];

const TOKEN: &str = "Bearer the-key";
const READER: &str = "Bearer the-reader";
const ZONE_ID: &str = "023e105f4ecef8ad9ca31a8372d0c353";

/// What the zone's settings say.
#[derive(Clone, Copy, Default)]
pub struct Settings {
    pub multi_provider: bool,
    pub multi_signer: bool,
}

struct State {
    zone: String,
    records: Vec<Value>,
    made: u64,
    off: Vec<u32>,
    settings: Settings,
    trouble: Option<Trouble<Vec<Value>>>,
    writes: usize,
    asked: Vec<String>,
    plane: Arc<dyn Plane>,
}

/// The stand-in.
pub struct Cloudflare {
    pub server: HttpServer,
    state: Arc<Mutex<State>>,
}

/// A refusal: status, code, words.
type No = (u16, u32, &'static str);

impl Cloudflare {
    /// Serves an empty zone, with some refusals switched off.
    pub fn start(zone: &str, plane: Arc<dyn Plane>, off: &[u32]) -> Self {
        let state = Arc::new(Mutex::new(State {
            zone: zone.trim_end_matches('.').to_owned(),
            records: Vec::new(),
            made: 0,
            off: off.to_vec(),
            settings: Settings::default(),
            trouble: None,
            writes: 0,
            asked: Vec::new(),
            plane,
        }));
        let own = Arc::clone(&state);
        let server = HttpServer::start(move |request| own.lock().unwrap().answer(request));
        Self { server, state }
    }

    pub fn settings(&self, settings: Settings) {
        self.state.lock().unwrap().settings = settings;
    }

    /// Lets something go wrong with the next batch.
    pub fn trouble(&self, trouble: Trouble<Vec<Value>>) {
        self.state.lock().unwrap().trouble = Some(trouble);
    }

    /// Counts the batches that came.
    pub fn writes(&self) -> usize {
        self.state.lock().unwrap().writes
    }

    /// Returns method and path of every request.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Puts records in the place of a set, as somebody at its dashboard would.
    pub fn by_hand(&self, name: &str, kind: &str, records: &[Value]) {
        let mut state = self.state.lock().unwrap();
        state.replaced(name, kind, records);
        state.push();
    }

    /// Returns the records of a set as the API shows them.
    pub fn records(&self, name: &str, kind: &str) -> Vec<Value> {
        let state = self.state.lock().unwrap();
        let own = state.records.iter().filter(|it| it["name"] == name && it["type"] == kind);
        own.cloned().collect()
    }
}

impl State {
    fn refuses(&self, code: u32) -> bool {
        !self.off.contains(&code)
    }

    /// Says no where a rule is broken and not switched off.
    fn rule(&self, broken: bool, no: No) -> Result<(), No> {
        if broken && self.refuses(no.1) { Err(no) } else { Ok(()) }
    }

    fn answer(&mut self, request: &Request) -> Option<Reply> {
        self.asked.push(format!("{} {}", request.method, request.path));
        let writes = request.method != "GET";
        if writes {
            self.writes += 1;
            match self.trouble.take() {
                None => {}
                Some(Trouble::CutBefore) => return None,
                Some(Trouble::CutAfter) => {
                    let _ = self.api(request);
                    return None;
                }
                Some(Trouble::Busy(seconds)) => {
                    let mut reply = failed((
                        429,
                        971,
                        "Please wait and consider throttling your request speed",
                    ));
                    reply.headers.push(("retry-after".to_owned(), seconds.to_string()));
                    return Some(reply);
                }
                Some(Trouble::Broken) => return Some(Reply::new(500, "text/html", "<html>")),
                Some(Trouble::Race(third)) => {
                    let (name, kind) = (third[0]["name"].clone(), third[0]["type"].clone());
                    self.replaced(name.as_str().unwrap(), kind.as_str().unwrap(), &third);
                    self.push();
                }
            }
        }
        Some(match self.api(request) {
            Ok(result) => Reply::new(200, "application/json", result.to_string()),
            Err(no) => failed(no),
        })
    }

    fn api(&mut self, request: &Request) -> Result<Value, No> {
        let bearer = request.header("authorization");
        self.rule(![TOKEN, READER].contains(&bearer), (403, 9_109, "Invalid access token"))?;
        let path: Vec<&str> = request.path.trim_start_matches("/client/v4/").split('/').collect();
        let zone = json!({"id": ZONE_ID, "name": self.zone, "status": "active", "type": "full",
            "name_servers": ["ada.ns.cloudflare.com"], "permissions": ["#dns_records:read"]});
        let own = path.get(1) == Some(&ZONE_ID);
        if path.len() > 1 {
            self.rule(
                !own,
                (
                    404,
                    7_003,
                    "Could not route to /zones, perhaps your object identifier is invalid?",
                ),
            )?;
        }
        match (request.method.as_str(), &path[..]) {
            ("GET", ["zones"]) => {
                let fits = request.asked("name").is_none_or(|name| name == self.zone);
                Ok(whole(json!(if fits { vec![zone] } else { Vec::new() })))
            }
            ("GET", ["zones", _]) => Ok(whole(zone)),
            ("GET", ["zones", _, "dns_settings"]) => {
                Ok(whole(json!({"multi_provider": self.settings.multi_provider})))
            }
            ("GET", ["zones", _, "dnssec"]) => Ok(whole(
                json!({"status": "active", "dnssec_multi_signer": self.settings.multi_signer}),
            )),
            ("GET", ["zones", _, "dns_records"]) => Ok(self.listed(request)),
            ("POST", ["zones", _, "dns_records", "batch"]) => {
                self.rule(bearer == READER, (403, 10_000, "Authentication error"))?;
                self.batch(&request.body)
            }
            _ => Err((405, 10_405, "Method not allowed for this authentication scheme")),
        }
    }

    fn listed(&self, request: &Request) -> Value {
        let fits = |record: &&Value| {
            let is = |parameter: &str, member: &str| {
                request.asked(parameter).is_none_or(|wanted| record[member] == wanted)
            };
            is("name.exact", "name") && is("name", "name") && is("type", "type")
        };
        let all: Vec<&Value> = self.records.iter().filter(fits).collect();
        let number = |name: &str, usual: usize| {
            request.asked(name).map_or(usual, |text| text.parse().unwrap())
        };
        let (page, size) = (number("page", 1), number("per_page", 100));
        let shown: Vec<&&Value> = all.iter().skip((page - 1) * size).take(size).collect();
        let info = json!({"page": page, "per_page": size, "count": shown.len(), "total_count": all.len(),
            "total_pages": all.len().div_ceil(size)});
        json!({"success": true, "errors": [], "messages": [], "result": shown, "result_info": info})
    }

    /// Deletes, patches, puts, posts: in that order, all or none.
    fn batch(&mut self, body: &[u8]) -> Result<Value, No> {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if !body.is_object() {
            return Err((400, 9_207, "Failed to parse request body"));
        }
        let (kept, made) = (self.records.clone(), self.made);
        let list = |name: &str| body[name].as_array().cloned().unwrap_or_default();
        let mut done = || {
            for delete in list("deletes") {
                if let Some(at) = self.place(&delete["id"])? {
                    self.records.remove(at);
                }
            }
            for patch in list("patches") {
                let Some(at) = self.place(&patch["id"])? else { continue };
                let mut record = self.records[at].clone();
                for (name, value) in patch.as_object().unwrap() {
                    match (name.as_str(), value.as_object()) {
                        ("settings", Some(settings)) => {
                            settings.iter().for_each(|(name, value)| {
                                record["settings"][name] = value.clone();
                            })
                        }
                        _ => record[name] = value.clone(),
                    }
                }
                self.records[at] = self.checked(record)?;
            }
            for post in list("posts") {
                let record = self.checked(self.filled(post))?;
                self.made += 1;
                self.records.push(record);
            }
            self.conflicts()
        };
        if let Err(no) = done() {
            (self.records, self.made) = (kept, made);
            return Err(no);
        }
        self.push();
        Ok(whole(json!({"deletes": [], "patches": [], "puts": [], "posts": []})))
    }

    fn place(&self, id: &Value) -> Result<Option<usize>, No> {
        let at = self.records.iter().position(|it| it["id"] == *id);
        self.rule(at.is_none(), (404, 81_044, "Record does not exist."))?;
        Ok(at)
    }

    /// Gives a new record what it was not given.
    fn filled(&self, given: Value) -> Value {
        let mut record = json!({"id": format!("{:032x}", self.made + 0xabc), "proxied": false, "comment": null,
            "tags": [], "settings": {}, "ttl": 1, "content": ""});
        let given = given.as_object().cloned().unwrap_or_default();
        given.into_iter().for_each(|(name, value)| record[name] = value);
        record
    }

    /// Checks one record by itself, and words its content where it was given in parts.
    fn checked(&self, mut record: Value) -> Result<Value, No> {
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let (name, kind, content) = (text("name"), text("type"), text("content"));
        let odd = name.split('.').any(str::is_empty) || name.split('.').skip(1).any(|it| it == "*");
        self.rule(odd || !name.ends_with(&self.zone), (400, 9_000, "DNS name is invalid."))?;
        let ttl = record["ttl"].as_u64().unwrap_or_default();
        let no =
            (400, 9_021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.");
        self.rule(ttl != 1 && !(60..=86_400).contains(&ttl), no)?;
        let proxied = record["proxied"] == true;
        let can = ["A", "AAAA", "CNAME"].contains(&kind.as_str());
        self.rule(proxied && !can, (400, 9_004, "This record type cannot be proxied."))?;
        let inside =
            content.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback() || ip.is_private());
        self.rule(proxied && inside, (400, 9_003, "Target is not allowed for a proxied record."))?;
        let tags = record["tags"].as_array().map_or(0, Vec::len);
        self.rule(tags > 20, (400, 9_300, "DNS record has more tags than the quota."))?;
        let address = match kind.as_str() {
            "A" => content.parse::<Ipv4Addr>().is_ok(),
            "AAAA" => content.parse::<Ipv6Addr>().is_ok(),
            _ => true,
        };
        self.rule(!address, (400, 9_005, "Content for A record must be a valid IPv4 address."))?;
        Self::worded(&mut record, &kind)?;
        Ok(record)
    }

    fn worded(record: &mut Value, kind: &str) -> Result<(), No> {
        let parts: &[&str] = match kind {
            "SRV" => &["priority", "weight", "port", "target"],
            "CAA" => &["flags", "tag", "value"],
            "TLSA" | "SMIMEA" => &["usage", "selector", "matching_type", "certificate"],
            "SSHFP" => &["algorithm", "type", "fingerprint"],
            "HTTPS" | "SVCB" => &["priority", "target", "value"],
            "NAPTR" => &["order", "preference", "flags", "service", "regex", "replacement"],
            "DS" => &["key_tag", "algorithm", "digest_type", "digest"],
            _ => return Ok(()),
        };
        let data = record["data"].clone();
        let has = |name: &&str| !data[*name].is_null();
        if !parts.iter().all(has) {
            return Err((400, 9_036, "data is a required field for this type."));
        }
        let word = |name: &&str| {
            data[*name].as_str().map_or_else(|| data[*name].to_string(), str::to_owned)
        };
        record["content"] = json!(parts.iter().map(word).collect::<Vec<_>>().join(" "));
        Ok(())
    }

    fn conflicts(&self) -> Result<(), No> {
        for (at, one) in self.records.iter().enumerate() {
            for other in &self.records[at + 1..] {
                if one["name"] != other["name"] {
                    continue;
                }
                let same = one["type"] == other["type"] && one["content"] == other["content"];
                let same = same && one["priority"] == other["priority"];
                self.rule(same, (400, 81_058, "An identical record already exists."))?;
                let alias = one["type"] == "CNAME" || other["type"] == "CNAME";
                let no =
                    (400, 81_053, "An A, AAAA, or CNAME record with that host already exists.");
                self.rule(alias, no)?;
            }
        }
        Ok(())
    }

    /// Edits records where they stand; what is too many goes, what is missing comes.
    fn replaced(&mut self, name: &str, kind: &str, records: &[Value]) {
        let own = |it: &Value| it["name"] == name && it["type"] == kind;
        let ids = self.records.iter().filter(|it| own(it)).map(|it| it["id"].clone());
        let mut ids = ids.collect::<Vec<_>>().into_iter();
        self.records.retain(|it| !own(it));
        for given in records.iter().filter(|it| !it["content"].is_null()) {
            let mut record = self.filled(given.clone());
            let kept = ids.next().filter(|_| given["id"].is_null());
            record["id"] = kept.unwrap_or(record["id"].clone());
            self.made += 1;
            self.records.push(record);
        }
    }

    /// Hands everything that is not proxied to the name server.
    fn push(&self) {
        let served: Vec<Served> = self.records.iter().map(served).collect();
        self.plane.serve(&self.zone, &served);
    }
}

fn served(record: &Value) -> Served {
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let (kind, content, data) = (text("type"), text("content"), &record["data"]);
    let quoted = |name: &str| format!("\"{}\"", data[name].as_str().unwrap_or_default());
    let data = match kind.as_str() {
        "CNAME" | "NS" | "PTR" => format!("{content}."),
        "MX" => format!("{} {content}.", record["priority"]),
        "SRV" => format!("{content}."),
        "NAPTR" => {
            let texts = ["flags", "service", "regex"].map(quoted).join(" ");
            let target = data["replacement"].as_str().unwrap();
            format!("{} {} {texts} {target}.", data["order"], data["preference"])
        }
        "CAA" => format!("{} {} {}", data["flags"], data["tag"].as_str().unwrap(), quoted("value")),
        _ => content,
    };
    let ttl = record["ttl"].as_u64().unwrap_or_default();
    let ttl = if ttl == 1 { 300 } else { u32::try_from(ttl).unwrap_or_default() };
    Served { name: format!("{}.", text("name")), kind, ttl, data }
}

fn whole(result: Value) -> Value {
    json!({"success": true, "errors": [], "messages": [], "result": result})
}

/// Words a refusal: what a record breaks stands in a chain behind "DNS Validation Error".
fn failed((status, code, message): No) -> Reply {
    let cause = json!({"code": code, "message": message});
    let error = match code {
        9_000..=9_999 if status == 400 => {
            json!({"code": 1004, "message": "DNS Validation Error", "error_chain": [cause]})
        }
        _ => cause,
    };
    let body = json!({"success": false, "errors": [error], "messages": [], "result": null});
    Reply::new(status, "application/json", body.to_string())
}
