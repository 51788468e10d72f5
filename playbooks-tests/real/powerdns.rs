//! PowerDNS with its HTTP API, over SQLite or LMDB, its requests in its log.

use super::daemon::Daemon;
use super::dns;
use super::http;
use super::lab::Lab;
use super::tsig::TsigKey;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The API's port, beside port 53, at the server's address.
const API_PORT: u16 = 8081;

/// What was changed is answered at once, whoever changed it in the database.
const WITHOUT_CACHES: &str = "cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0\nzone-metadata-cache-ttl=0\n";

/// A running pdns_server.
pub struct PowerDns {
    pub daemon: Daemon,
    pub address: SocketAddr,
    pub api: SocketAddr,
    pub key: String,
    folder: PathBuf,
}

impl PowerDns {
    /// Starts a server without zones, with its API at port 8081 of the same address.
    pub fn start(lab: &Lab, name: &str, address: SocketAddr) -> PowerDns {
        // The keys of others stand among its records.
        let launch = over_sqlite(&lab.subfolder(name)) + "direct-dnskey=yes\n";
        PowerDns::start_over(lab, name, address, &launch)
    }

    /// Starts a server without zones as it comes, with its caches, over LMDB: it is fast, and keeps no comments.
    pub fn start_over_lmdb(lab: &Lab, name: &str, address: SocketAddr) -> PowerDns {
        let database = lab.subfolder(name).join("pdns.lmdb");
        let launch = format!("launch=lmdb\nlmdb-filename={}\n", database.display());
        PowerDns::start_with(lab, name, address, &launch)
    }

    fn start_over(lab: &Lab, name: &str, address: SocketAddr, launch: &str) -> PowerDns {
        PowerDns::start_with(lab, name, address, &format!("{WITHOUT_CACHES}{launch}"))
    }

    fn start_with(lab: &Lab, name: &str, address: SocketAddr, more: &str) -> PowerDns {
        let folder = lab.subfolder(name);
        let api = SocketAddr::new(address.ip(), API_PORT);
        let key = format!("key-of-{name}-{}", lab.number());
        let text = configuration(&folder, address, api, &key) + more;
        lab.write(&format!("{name}/pdns.conf"), text);
        let words = ["pdns_server", &format!("--config-dir={}", folder.display())];
        let mut server = PowerDns { daemon: lab.start(name, &words), address, api, key, folder };
        server.ready();
        server
    }

    /// Waits until API and name server answer.
    pub fn ready(&mut self) {
        let (address, api, key) = (self.address, self.api, self.key.clone());
        self.daemon.ready(|| {
            let header = [("X-API-Key", key.as_str())];
            let answer =
                http::request(api, "GET", "/api/v1/servers/localhost", &header, b"").ok()?;
            dns::ask(address, "version.bind", "TXT").filter(|_| answer.status == 200)
        });
    }

    /// Starts it again; its zones are kept.
    pub fn restart(&mut self) {
        self.daemon.start_again();
        self.ready();
    }

    /// Returns the base URL as an estate's `api` says it.
    pub fn base(&self) -> String {
        format!("http://{}/api/v1/servers/localhost", self.api)
    }

    /// Sends a request to the API, below its base, and checks its status.
    pub fn call(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let header = [("X-API-Key", self.key.as_str()), ("Content-Type", "application/json")];
        let path = format!("/api/v1/servers/localhost{path}");
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let response = http::request(self.api, method, &path, &header, &body).unwrap();
        assert_eq!(
            response.status,
            status,
            "{method} {path}: {}",
            String::from_utf8_lossy(&response.body)
        );
        response.json()
    }

    /// Adds a zone from its text and waits until it is answered.
    pub fn add_zone(&mut self, zone: &str, text: &str) {
        let zone = absolute(zone);
        let body = json!({"name": zone, "kind": "Native", "nameservers": [], "zone": text});
        self.call("POST", "/zones", &body, 201);
        let address = self.address;
        self.daemon.ready(|| dns::ask(address, &zone, "SOA").filter(|answer| answer.authoritative));
    }

    /// Signs a zone by one key; returns that, and the DS that names it.
    pub fn sign(&self, zone: &str) -> (String, String) {
        let key =
            json!({"keytype": "csk", "active": true, "published": true, "algorithm": "ecdsa256"});
        let made = self.call("POST", &format!("/zones/{zone}/cryptokeys"), &key, 201);
        self.call("PUT", &format!("/zones/{zone}/rectify"), &Value::Null, 200);
        let mut ds = made["ds"].as_array().unwrap().iter().map(|ds| ds.as_str().unwrap());
        let ds = ds.find(|ds| ds.split(' ').nth(2) == Some("2")).unwrap();
        (made["dnskey"].as_str().unwrap().to_owned(), ds.to_owned())
    }

    /// Opens a zone to keys: `update`, `transfer`; each update raises its serial by one.
    pub fn open_to(&self, zone: &str, keys: &[(&TsigKey, &[&str])]) {
        let zone = zone.trim_end_matches('.');
        let of_zone = format!("(select id from domains where name = '{zone}')");
        let says = |kind: &str, content: &str| {
            format!(
                "insert into domainmetadata (domain_id, kind, content) values ({of_zone}, '{kind}', '{content}');"
            )
        };
        let mut script = says("SOA-EDIT-DNSUPDATE", "INCREASE");
        for (TsigKey { name, algorithm, secret }, may) in keys {
            script.push_str(&format!(
                "insert or ignore into tsigkeys (name, algorithm, secret) values ('{name}', '{algorithm}', '{secret}');"
            ));
            let kinds = [("update", "TSIG-ALLOW-DNSUPDATE"), ("transfer", "TSIG-ALLOW-AXFR")];
            let kinds = kinds.iter().filter(|(action, _)| may.contains(action));
            kinds.for_each(|(_, kind)| script.push_str(&says(kind, name)));
        }
        sqlite(&self.folder.join("pdns.sqlite3"), &script);
    }

    /// Counts the UPDATE messages that came in, by the server's own log.
    pub fn updates(&self) -> usize {
        self.daemon.log().lines().filter(|line| line.contains("Processing started.")).count()
    }

    /// Returns every RRset of a zone, sorted by name and type, the SOA left out.
    pub fn rrsets(&self, zone: &str) -> Vec<Value> {
        let mut zone = self.call("GET", &format!("/zones/{}", absolute(zone)), &Value::Null, 200);
        let Value::Array(mut sets) = zone["rrsets"].take() else { panic!("no rrsets") };
        sets.retain(|set| set["type"] != "SOA");
        sets.sort_by_key(|set| (set["name"].to_string(), set["type"].to_string()));
        sets
    }

    /// Returns one RRset of a zone.
    pub fn rrset(&self, zone: &str, name: &str, kind: &str) -> Option<Value> {
        let name = absolute(name);
        self.rrsets(zone)
            .into_iter()
            .find(|set| set["name"] == name.as_str() && set["type"] == kind)
    }

    /// Replaces one RRset, its comment included; this counts as a PATCH.
    pub fn replace(
        &self,
        zone: &str,
        name: &str,
        kind: &str,
        ttl: u32,
        data: &[&str],
        comment: &str,
    ) {
        let records: Vec<Value> =
            data.iter().map(|data| json!({"content": data, "disabled": false})).collect();
        let comments =
            json!([{"content": comment, "account": "lab", "modified_at": 1_700_000_000}]);
        let set = json!({"name": absolute(name), "type": kind, "ttl": ttl, "changetype": "REPLACE",
                         "records": records, "comments": comments});
        self.call("PATCH", &format!("/zones/{}", absolute(zone)), &json!({"rrsets": [set]}), 204);
    }

    /// Counts the PATCH requests that the server has logged.
    pub fn patches(&self) -> usize {
        self.daemon.log().lines().filter(|line| line.contains("\"PATCH ")).count()
    }
}

/// Starts a server without an API whose zones are loaded from their text, signed or not; ask it before use.
pub fn start_static(lab: &Lab, name: &str, address: SocketAddr, zones: &[(&str, &str)]) -> Daemon {
    let folder = lab.subfolder(name);
    let _ = std::fs::remove_file(folder.join("pdns.sqlite3"));
    let api = SocketAddr::new(address.ip(), API_PORT);
    let text =
        configuration(&folder, address, api, "unused") + WITHOUT_CACHES + &over_sqlite(&folder);
    let text = text.replace("webserver=yes", "webserver=no");
    lab.write(&format!("{name}/pdns.conf"), text.replace("api=yes", "api=no"));
    let place = format!("--config-dir={}", folder.display());
    for (zone, text) in zones {
        if text.contains("RRSIG") {
            load_signed(lab, name, &place, zone, text);
        } else {
            let file = lab.write(&format!("{name}/zone.txt"), text);
            pdnsutil(&[&place, "load-zone", zone, file.to_str().unwrap()]);
        }
    }
    lab.start(name, &["pdns_server", &place])
}

/// Loads a zone that was signed elsewhere.
///
/// It makes denials itself, of the order of names, which it works out for zones with a key of its own alone; the names of
/// denials do not belong into that order.
fn load_signed(lab: &Lab, name: &str, place: &str, zone: &str, text: &str) {
    let denies = |line: &str| matches!(line.split_whitespace().nth(3), Some("NSEC" | "NSEC3"));
    let kept: String =
        text.lines().filter(|line| !denies(line)).map(|line| format!("{line}\n")).collect();
    let file = lab.write(&format!("{name}/zone.txt"), kept);
    pdnsutil(&[place, "load-zone", zone, file.to_str().unwrap()]);
    pdnsutil(&[place, "add-zone-key", zone, "ksk", "active", "ecdsa256"]);
    if text.contains("NSEC3PARAM") {
        pdnsutil(&[place, "set-nsec3", zone, "1 0 0 -"]);
    }
    pdnsutil(&[place, "rectify-zone", zone]);
    sqlite(
        &lab.subfolder(name).join("pdns.sqlite3"),
        "DELETE FROM cryptokeys; UPDATE records SET ordername = NULL WHERE name IN \
         (SELECT name FROM records WHERE type = 'RRSIG' AND content LIKE 'NSEC3 %');",
    );
    pdnsutil(&[place, "set-presigned", zone]);
}

fn pdnsutil(words: &[&str]) {
    let output = Command::new("pdnsutil").args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn absolute(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.'))
}

/// Makes an empty database in a server's folder and returns the lines that make it its backend.
fn over_sqlite(folder: &Path) -> String {
    let database = folder.join("pdns.sqlite3");
    sqlite(&database, include_str!("powerdns.sql"));
    format!("launch=gsqlite3\ngsqlite3-database={}\ngsqlite3-dnssec=yes\n", database.display())
}

fn sqlite(file: &Path, script: &str) {
    let output = Command::new("sqlite3").arg(file).arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn configuration(folder: &Path, address: SocketAddr, api: SocketAddr, key: &str) -> String {
    format!(
        "local-address={}\nlocal-port={}\n\
         api=yes\napi-key={key}\nwebserver=yes\nwebserver-address={}\nwebserver-port={}\nwebserver-allow-from=127.0.0.0/8\n\
         webserver-loglevel=normal\nsocket-dir={folder}\ndaemon=no\nguardian=no\ndnsupdate=yes\ndisable-syslog=yes\nloglevel=6\n",
        address.ip(),
        address.port(),
        api.ip(),
        api.port(),
        folder = folder.display()
    )
}
