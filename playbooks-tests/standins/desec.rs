//! deSEC's API (version 1) for one domain, as strict as its documents: <https://desec.readthedocs.io/>.
//!
//! Each of [`REFUSALS`] can be switched off, so that a suite proves that it needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::http::{HttpServer, Reply, Request};
use super::plane::Plane;
use super::records::{Served, Trouble};

/// What it refuses.
pub const REFUSALS: [&str; 11] = [
    "an invalid token",
    "a token that may not write",
    "a domain of somebody else's",
    "a time to live below the domain's least",
    "a time to live above a day",
    "data that do not fit their type",
    "the same record twice",
    "several aliases at one name",
    "an alias beside other records",
    "an alias at the top",
    "a type that it keeps itself",
];

const TOKEN: &str = "Token the-key";
const READER: &str = "Token the-reader";

/// A record set: its time to live and its data.
type Set = (u64, Vec<String>);

struct State {
    zone: String,
    /// By the part of the name before the domain's, and type.
    sets: BTreeMap<(String, String), Set>,
    off: Vec<&'static str>,
    trouble: Option<Trouble<(String, String, Set)>>,
    asked: Vec<String>,
    plane: Arc<dyn Plane>,
}

/// The stand-in.
pub struct Desec {
    pub server: HttpServer,
    state: Arc<Mutex<State>>,
}

/// A refusal: status and body.
type No = (u16, Value);

impl Desec {
    /// Serves an empty domain, with some refusals switched off.
    pub fn start(zone: &str, plane: Arc<dyn Plane>, off: &[&'static str]) -> Self {
        let state = Arc::new(Mutex::new(State {
            zone: zone.trim_end_matches('.').to_owned(),
            sets: BTreeMap::new(),
            off: off.to_vec(),
            trouble: None,
            asked: Vec::new(),
            plane,
        }));
        let own = Arc::clone(&state);
        let server = HttpServer::start(move |request| own.lock().unwrap().answer(request));
        Self { server, state }
    }

    /// Lets something go wrong with the next bulk.
    pub fn trouble(&self, trouble: Trouble<(String, String, Set)>) {
        self.state.lock().unwrap().trouble = Some(trouble);
    }

    /// Returns method and path of every request.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Puts data in the place of a set, as somebody else would.
    pub fn by_hand(&self, name: &str, kind: &str, set: Set) {
        self.state.lock().unwrap().replaced(name, kind, set);
    }
}

impl State {
    fn rule(&self, broken: bool, rule: &str, status: u16, body: Value) -> Result<(), No> {
        let known = REFUSALS.iter().find(|it| **it == rule).unwrap();
        if broken && !self.off.contains(known) { Err((status, body)) } else { Ok(()) }
    }

    fn answer(&mut self, request: &Request) -> Option<Reply> {
        self.asked.push(format!("{} {}", request.method, request.path));
        if request.method != "GET" {
            match self.trouble.take() {
                None => {}
                Some(Trouble::CutBefore) => return None,
                Some(Trouble::CutAfter) => {
                    let _ = self.api(request);
                    return None;
                }
                Some(Trouble::Busy(seconds)) => {
                    let detail =
                        format!("Request was throttled. Expected available in {seconds} seconds.");
                    let mut reply = said(429, &json!({ "detail": detail }));
                    reply.headers.push(("retry-after".to_owned(), seconds.to_string()));
                    return Some(reply);
                }
                Some(Trouble::Broken) => return Some(Reply::new(502, "text/html", "<html>")),
                Some(Trouble::Race((name, kind, set))) => self.replaced(&name, &kind, set),
            }
        }
        Some(match self.api(request) {
            Ok(body) => said(200, &body),
            Err((status, body)) => said(status, &body),
        })
    }

    fn api(&mut self, request: &Request) -> Result<Value, No> {
        let token = request.header("authorization");
        let detail = |text: &str| json!({ "detail": text });
        self.rule(
            ![TOKEN, READER].contains(&token),
            "an invalid token",
            401,
            detail("Invalid token."),
        )?;
        let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let ["api", "v1", "domains", domain, rest @ ..] = &path[..] else {
            return Err((404, detail("Not found.")));
        };
        self.rule(*domain != self.zone, "a domain of somebody else's", 404, detail("Not found."))?;
        match (request.method.as_str(), rest) {
            ("GET", []) => Ok(json!({"name": self.zone, "minimum_ttl": 60})),
            ("GET", ["rrsets", below, kind]) => {
                let below = super::http::decoded(below).replace('@', "");
                let key = (below, (*kind).to_owned());
                match self.sets.get(&key) {
                    Some(set) => Ok(self.shown(&key, set)),
                    None => Err((404, detail("Not found."))),
                }
            }
            ("PATCH", ["rrsets"]) => {
                let no = detail("Insufficient token permissions.");
                self.rule(token == READER, "a token that may not write", 403, no)?;
                self.bulk(&request.body)
            }
            _ => Err((405, detail("Method not allowed."))),
        }
    }

    fn shown(&self, (below, kind): &(String, String), (ttl, records): &Set) -> Value {
        let dot = if below.is_empty() { "" } else { "." };
        json!({"domain": self.zone, "subname": below, "name": format!("{below}{dot}{}.", self.zone), "type": kind,
            "ttl": ttl, "records": records, "created": "2026-11-26T03:00:00Z", "touched": "2026-11-26T03:00:00Z"})
    }

    /// Takes all sets or none.
    fn bulk(&mut self, body: &[u8]) -> Result<Value, No> {
        let Ok(Value::Array(sets)) = serde_json::from_slice(body) else {
            return Err((400, json!({"detail": "Expected a list of items."})));
        };
        let kept = self.sets.clone();
        let mut shown = Vec::new();
        for (place, set) in sets.iter().enumerate() {
            match self.take(set) {
                Ok(one) => shown.push(one),
                Err(why) => {
                    self.sets = kept;
                    let errors =
                        (0..sets.len()).map(|at| if at == place { why.clone() } else { json!({}) });
                    return Err((400, errors.collect()));
                }
            }
        }
        self.push();
        Ok(Value::Array(shown))
    }

    fn take(&mut self, set: &Value) -> Result<Value, Value> {
        let text = |name: &str| set[name].as_str().unwrap_or_default().to_owned();
        let key = (text("subname"), text("type"));
        let records: Vec<String> = set["records"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if records.is_empty() {
            self.sets.remove(&key);
            return Ok(json!({}));
        }
        let ttl = set["ttl"].as_u64().unwrap_or_default();
        let (below, kind) = (&key.0, key.1.as_str());
        let alias = kind == "CNAME";
        let unique: BTreeSet<&String> = records.iter().collect();
        let others =
            self.sets.keys().any(|(name, other)| name == below && (alias != (other == "CNAME")));
        let fits = match kind {
            "A" => records.iter().all(|it| it.parse::<std::net::Ipv4Addr>().is_ok()),
            "AAAA" => records.iter().all(|it| it.parse::<std::net::Ipv6Addr>().is_ok()),
            _ => true,
        };
        let rules = [
            (
                ttl < 60,
                "a time to live below the domain's least",
                json!({"ttl": ["Ensure this value is greater than or equal to 60."]}),
            ),
            (
                ttl > 86_400,
                "a time to live above a day",
                json!({"ttl": ["Ensure this value is less than or equal to 86400."]}),
            ),
            (
                !fits,
                "data that do not fit their type",
                json!({"records": ["Cannot parse record contents: Invalid IPv4 address."]}),
            ),
            (
                unique.len() < records.len(),
                "the same record twice",
                json!({"records": ["RRset contains duplicate records."]}),
            ),
            (
                alias && records.len() > 1,
                "several aliases at one name",
                json!({"records": ["RRset of type CNAME cannot have multiple records."]}),
            ),
            (
                others,
                "an alias beside other records",
                json!({"non_field_errors": ["RRset with conflicting type present: database."]}),
            ),
            (
                alias && below.is_empty(),
                "an alias at the top",
                json!({"non_field_errors": ["CNAME RRset cannot have empty subname."]}),
            ),
            (
                ["SOA", "RRSIG", "NSEC3PARAM"].contains(&kind),
                "a type that it keeps itself",
                json!({"type": ["You cannot tinker with this RRset type."]}),
            ),
        ];
        for (broken, rule, words) in rules {
            self.rule(broken, rule, 400, words).map_err(|(_, words)| words)?;
        }
        let shown = self.shown(&key, &(ttl, records.clone()));
        self.sets.insert(key, (ttl, records));
        Ok(shown)
    }

    fn replaced(&mut self, name: &str, kind: &str, set: Set) {
        let below = name.trim_end_matches('.').trim_end_matches(&self.zone).trim_end_matches('.');
        let key = (below.to_owned(), kind.to_owned());
        if set.1.is_empty() {
            self.sets.remove(&key);
        } else {
            self.sets.insert(key, set);
        }
        self.push();
    }

    fn push(&self) {
        let sets = self.sets.iter().flat_map(|((below, kind), (ttl, data))| {
            let dot = if below.is_empty() { "" } else { "." };
            data.iter().map(move |data| Served {
                name: format!("{below}{dot}{}.", self.zone),
                kind: kind.clone(),
                ttl: u32::try_from(*ttl).unwrap_or_default(),
                data: data.clone(),
            })
        });
        self.plane.serve(&self.zone, &sets.collect::<Vec<_>>());
    }
}

fn said(status: u16, body: &Value) -> Reply {
    Reply::new(status, "application/json", body.to_string())
}
