//! Amazon Route 53's API (2013-04-01) for one hosted zone, as strict as its documents:
//! <https://docs.aws.amazon.com/Route53/latest/APIReference/>.
//!
//! Each of [`REFUSALS`] can be switched off, so that a suite proves that it needs them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::amazon::{seconds, sign};
use super::http::{HttpServer, Reply, Request};
use super::plane::Plane;
use super::records::{Served, Trouble};

/// What it refuses, by the codes of its errors and what they are about.
pub const REFUSALS: [&str; 13] = [
    "SignatureDoesNotMatch",
    "InvalidClientTokenId",
    "RequestExpired",
    "AccessDenied",
    "NoSuchHostedZone",
    "InvalidChangeBatch: other values",
    "InvalidChangeBatch: not found",
    "InvalidChangeBatch: already exists",
    "InvalidChangeBatch: outside",
    "InvalidChangeBatch: alias",
    "InvalidChangeBatch: duplicate",
    "InvalidChangeBatch: data",
    "InvalidInput: time to live",
];

/// The keys that it knows: one that may write, one that may not.
pub const KEYS: [(&str, &str); 2] =
    [("AKIDWRITER", "secret/of+writer"), ("AKIDREADER", "secret/of+reader")];

const ZONE_ID: &str = "Z148QEXAMPLE8V";
const HEAD: &str = "<?xml version=\"1.0\"?>\n";

/// A record set: its time to live and its data.
type Set = (u32, Vec<String>);

struct State {
    zone: String,
    sets: BTreeMap<(String, String), Set>,
    off: Vec<&'static str>,
    trouble: Option<Trouble<(String, String, Set)>>,
    /// How often a change is looked at before it is everywhere.
    pending: u32,
    asked: Vec<String>,
    now: Option<i64>,
    plane: Arc<dyn Plane>,
}

/// The stand-in.
pub struct Route53 {
    pub server: HttpServer,
    state: Arc<Mutex<State>>,
}

/// A refusal: status, code, what it is about, words.
type No = (u16, &'static str, String);

impl Route53 {
    /// Serves an empty zone, with some refusals switched off.
    pub fn start(zone: &str, plane: Arc<dyn Plane>, off: &[&'static str]) -> Self {
        let state = Arc::new(Mutex::new(State {
            zone: zone.to_owned(),
            sets: BTreeMap::new(),
            off: off.to_vec(),
            trouble: None,
            pending: 0,
            asked: Vec::new(),
            now: None,
            plane,
        }));
        let own = Arc::clone(&state);
        let server = HttpServer::start(move |request| own.lock().unwrap().answer(request));
        Self { server, state }
    }

    /// Lets something go wrong with the next batch.
    pub fn trouble(&self, trouble: Trouble<(String, String, Set)>) {
        self.state.lock().unwrap().trouble = Some(trouble);
    }

    /// Lets the next changes be pending for so many looks.
    pub fn pending(&self, looks: u32) {
        self.state.lock().unwrap().pending = looks;
    }

    /// Sets its clock, in seconds since 1970.
    pub fn clock(&self, now: i64) {
        self.state.lock().unwrap().now = Some(now);
    }

    /// Returns method and path of every request.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Puts data in the place of a set, as somebody at its console would.
    pub fn by_hand(&self, name: &str, kind: &str, set: Set) {
        self.state.lock().unwrap().replaced(name, kind, set);
    }
}

impl State {
    fn rule(&self, broken: bool, rule: &str, status: u16, words: &str) -> Result<(), No> {
        let known = REFUSALS.iter().find(|it| **it == rule).unwrap();
        let code = known.split(':').next().unwrap();
        if broken && !self.off.contains(known) {
            Err((status, code, words.to_owned()))
        } else {
            Ok(())
        }
    }

    fn answer(&mut self, request: &Request) -> Option<Reply> {
        self.asked.push(format!("{} {}", request.method, request.path));
        if request.method == "POST" {
            match self.trouble.take() {
                None => {}
                Some(Trouble::CutBefore) => return None,
                Some(Trouble::CutAfter) => {
                    let _ = self.api(request);
                    return None;
                }
                // It names no time.
                Some(Trouble::Busy(_)) => {
                    return Some(failed(&(400, "Throttling", "Rate exceeded".to_owned())));
                }
                Some(Trouble::Broken) => return Some(Reply::new(500, "text/xml", "<html>")),
                Some(Trouble::Race((name, kind, set))) => self.replaced(&name, &kind, set),
            }
        }
        Some(match self.api(request) {
            Ok(body) => Reply::new(200, "text/xml", format!("{HEAD}{body}")),
            Err(no) => failed(&no),
        })
    }

    fn api(&mut self, request: &Request) -> Result<String, No> {
        let may_write = self.signed(request)?;
        let path: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        let zone = format!(
            "<HostedZone><Id>/hostedzone/{ZONE_ID}</Id><Name>{}</Name><Config><PrivateZone>false</PrivateZone></Config></HostedZone>",
            self.zone
        );
        if let ["2013-04-01", "hostedzone", id, ..] = path[..] {
            let words = format!("No hosted zone found with ID: {id}");
            self.rule(id != ZONE_ID, "NoSuchHostedZone", 404, &words)?;
        }
        match (request.method.as_str(), &path[..]) {
            ("GET", ["2013-04-01", "hostedzonesbyname"]) => Ok(format!(
                "<ListHostedZonesByNameResponse><HostedZones>{zone}</HostedZones><IsTruncated>false</IsTruncated></ListHostedZonesByNameResponse>"
            )),
            ("GET", ["2013-04-01", "hostedzone", _]) => {
                Ok(format!("<GetHostedZoneResponse>{zone}</GetHostedZoneResponse>"))
            }
            ("GET", ["2013-04-01", "hostedzone", _, "rrset"]) => Ok(self.listed(request)),
            ("GET", ["2013-04-01", "change", _]) => {
                self.pending = self.pending.saturating_sub(1);
                Ok(format!("<GetChangeResponse>{}</GetChangeResponse>", self.progress()))
            }
            ("POST", ["2013-04-01", "hostedzone", _, "rrset"]) => {
                self.rule(
                    !may_write,
                    "AccessDenied",
                    403,
                    "User is not authorized to perform: route53:ChangeResourceRecordSets",
                )?;
                self.batch(std::str::from_utf8(&request.body).unwrap())?;
                Ok(format!(
                    "<ChangeResourceRecordSetsResponse>{}</ChangeResourceRecordSetsResponse>",
                    self.progress()
                ))
            }
            _ => Err((400, "UnknownOperation", "no such operation".to_owned())),
        }
    }

    fn progress(&self) -> String {
        let status = if self.pending == 0 { "INSYNC" } else { "PENDING" };
        format!("<ChangeInfo><Id>/change/C2682N5HXP0BZ4</Id><Status>{status}</Status></ChangeInfo>")
    }

    /// Checks a signature by itself; tells whether its key may write.
    fn signed(&self, request: &Request) -> Result<bool, No> {
        let header = request.header("authorization");
        let part = |name: &str| {
            let rest = header.split_once(name).map_or("", |(_, rest)| rest);
            rest.split(',').next().unwrap_or_default().to_owned()
        };
        let credential = part("Credential=");
        let id = credential.split('/').next().unwrap_or_default();
        let known = KEYS.iter().find(|(known, _)| *known == id);
        self.rule(
            known.is_none(),
            "InvalidClientTokenId",
            403,
            "The security token included in the request is invalid.",
        )?;
        let Some((id, secret)) = known else { return Ok(true) };
        let date = request.header("x-amz-date");
        let signature = sign(secret, request, date, &part("SignedHeaders="));
        let words =
            "The request signature we calculated does not match the signature you provided.";
        self.rule(signature != part("Signature="), "SignatureDoesNotMatch", 403, words)?;
        let late = self.now.is_some_and(|now| (seconds(date) - now).abs() > 900);
        self.rule(late, "RequestExpired", 400, "Request has expired.")?;
        Ok(*id == KEYS[0].0)
    }

    fn listed(&self, request: &Request) -> String {
        let from = (
            request.asked("name").unwrap_or_default().to_ascii_lowercase(),
            request.asked("type").unwrap_or_default(),
        );
        let most: usize = request.asked("maxitems").map_or(300, |text| text.parse().unwrap());
        let after = |(name, kind): &&(String, String)| {
            (order(name), kind.as_str()) >= (order(&from.0), from.1)
        };
        let mut keys: Vec<&(String, String)> = self.sets.keys().filter(after).collect();
        keys.sort_by_key(|(name, kind)| (order(name), kind.clone()));
        let set = |key: &&(String, String)| {
            let (ttl, data) = &self.sets[*key];
            let records: String = data
                .iter()
                .map(|it| {
                    format!("<ResourceRecord><Value>{}</Value></ResourceRecord>", escaped(it))
                })
                .collect();
            format!(
                "<ResourceRecordSet><Name>{}</Name><Type>{}</Type><TTL>{ttl}</TTL><ResourceRecords>{records}</ResourceRecords></ResourceRecordSet>",
                key.0.replace('*', "\\052"),
                key.1
            )
        };
        let sets: String = keys.iter().take(most).map(set).collect();
        let more = match keys.get(most) {
            Some((name, kind)) => format!(
                "<IsTruncated>true</IsTruncated><NextRecordName>{}</NextRecordName><NextRecordType>{kind}</NextRecordType>",
                name.replace('*', "\\052")
            ),
            None => "<IsTruncated>false</IsTruncated>".to_owned(),
        };
        format!(
            "<ListResourceRecordSetsResponse><ResourceRecordSets>{sets}</ResourceRecordSets>{more}<MaxItems>{most}</MaxItems></ListResourceRecordSetsResponse>"
        )
    }

    /// Does every change in turn, all or none.
    fn batch(&mut self, body: &str) -> Result<(), No> {
        let kept = self.sets.clone();
        for change in between(body, "Change") {
            if let Err(no) = self.change(change) {
                self.sets = kept;
                return Err(no);
            }
        }
        self.push();
        Ok(())
    }

    fn change(&mut self, change: &str) -> Result<(), No> {
        let one =
            |name: &str| between(change, name).first().map_or(String::new(), |text| plain(text));
        let (name, kind, ttl) = (one("Name").replace("\\052", "*"), one("Type"), one("TTL"));
        let about = format!("[name='{name}', type='{kind}']");
        let ttl: u32 = ttl.parse().map_err(|_| (400, "InvalidInput", "no TTL".to_owned()))?;
        let data: Vec<String> = between(change, "Value").iter().map(|it| plain(it)).collect();
        let key = (name.to_ascii_lowercase(), kind.clone());
        let sorted = |data: &[String]| {
            let mut data = data.to_vec();
            data.sort();
            data
        };
        if one("Action") == "DELETE" {
            let words = format!("Tried to delete resource record set {about} but it was not found");
            self.rule(!self.sets.contains_key(&key), "InvalidChangeBatch: not found", 400, &words)?;
            let same = self
                .sets
                .get(&key)
                .is_none_or(|(had, held)| *had == ttl && sorted(held) == sorted(&data));
            let words = format!(
                "Tried to delete resource record set {about} but the values provided do not match the current values"
            );
            self.rule(!same, "InvalidChangeBatch: other values", 400, &words)?;
            self.sets.remove(&key);
            return Ok(());
        }
        let words = format!("Tried to create resource record set {about} but it already exists");
        self.rule(self.sets.contains_key(&key), "InvalidChangeBatch: already exists", 400, &words)?;
        let words = format!("RRSet with DNS name {name} is not permitted in zone {}", self.zone);
        let odd = name.split('.').any(|label| label.len() > 63) || !name.ends_with(&self.zone);
        self.rule(odd, "InvalidChangeBatch: outside", 400, &words)?;
        let others: Vec<&String> =
            self.sets.keys().filter(|(it, _)| *it == key.0).map(|(_, kind)| kind).collect();
        let alias =
            !others.is_empty() && (kind == "CNAME" || others.iter().any(|it| *it == "CNAME"));
        let words = format!(
            "RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records with the same DNS name"
        );
        self.rule(alias, "InvalidChangeBatch: alias", 400, &words)?;
        let unique: std::collections::BTreeSet<&String> = data.iter().collect();
        self.rule(
            unique.len() < data.len(),
            "InvalidChangeBatch: duplicate",
            400,
            &format!("Duplicate Resource Record in {about}"),
        )?;
        let fits = kind != "A" || data.iter().all(|it| it.parse::<std::net::Ipv4Addr>().is_ok());
        self.rule(
            !fits,
            "InvalidChangeBatch: data",
            400,
            &format!(
                "Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv4Address in {about}"
            ),
        )?;
        self.rule(ttl > 2_147_483_647, "InvalidInput: time to live", 400, "Value at 'TTL' failed to satisfy constraint: Member must have value less than or equal to 2147483647")?;
        self.sets.insert(key, (ttl, data));
        Ok(())
    }

    fn replaced(&mut self, name: &str, kind: &str, set: Set) {
        let key = (name.to_owned(), kind.to_owned());
        if set.1.is_empty() {
            self.sets.remove(&key);
        } else {
            self.sets.insert(key, set);
        }
        self.push();
    }

    fn push(&self) {
        let sets = self.sets.iter().flat_map(|((name, kind), (ttl, data))| {
            data.iter().map(move |data| Served {
                name: name.clone(),
                kind: kind.clone(),
                ttl: *ttl,
                data: data.clone(),
            })
        });
        self.plane.serve(&self.zone, &sets.collect::<Vec<_>>());
    }
}

/// Labels from the right, as the service orders names.
fn order(name: &str) -> Vec<String> {
    name.trim_end_matches('.').rsplit('.').map(str::to_owned).collect()
}

/// Returns what stands in every element of a name.
/// Returns what stands between each pair of a tag.
pub fn between<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0)).collect()
}

/// Reads a text of XML.
pub fn plain(xml: &str) -> String {
    xml.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Writes a text of XML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn failed((status, code, message): &No) -> Reply {
    let message = escaped(message);
    let body = match *code {
        "InvalidChangeBatch" => format!(
            "<InvalidChangeBatch><Messages><Message>{message}</Message></Messages><RequestId>r</RequestId></InvalidChangeBatch>"
        ),
        code => format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"
        ),
    };
    Reply::new(*status, "text/xml", format!("{HEAD}{body}"))
}
