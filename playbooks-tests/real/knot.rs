//! Knot DNS as an authoritative server.

use super::daemon::Daemon;
use super::dns;
use super::lab::Lab;
use super::tsig::TsigKey;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A running knotd with its zones as files.
pub struct Knot {
    pub daemon: Daemon,
    pub address: SocketAddr,
    folder: PathBuf,
    zones: Vec<String>,
}

/// What a zone of Knot's is: its name, its text, and whether Knot signs it.
pub struct KnotZone<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub signed: bool,
}

impl Knot {
    /// Serves one unsigned zone.
    pub fn start(lab: &Lab, name: &str, address: SocketAddr, zone: &str, text: &str) -> Knot {
        Knot::start_zones(lab, name, address, &[KnotZone { name: zone, text, signed: false }])
    }

    /// Serves several zones and waits until each is answered.
    pub fn start_zones(lab: &Lab, name: &str, address: SocketAddr, zones: &[KnotZone]) -> Knot {
        Knot::start_open(lab, name, address, zones, &[])
    }

    /// Serves several zones, each of which some keys may do something with: `update`, `transfer`.
    pub fn start_open(
        lab: &Lab,
        name: &str,
        address: SocketAddr,
        zones: &[KnotZone],
        keys: &[(&TsigKey, &[&str])],
    ) -> Knot {
        let folder = lab.subfolder(name);
        lab.subfolder(&format!("{name}/db"));
        for zone in zones {
            lab.write(&format!("{name}/{}", file_of(zone.name)), zone.text);
        }
        let path =
            lab.write(&format!("{name}/knot.conf"), configuration(&folder, address, zones, keys));
        let daemon = lab.start(name, &["knotd", "-c", path.to_str().unwrap()]);
        let zones = zones.iter().map(|zone| zone.name.to_owned()).collect();
        let mut knot = Knot { daemon, address, folder, zones };
        knot.ready();
        knot
    }

    /// Waits until every zone is answered.
    pub fn ready(&mut self) {
        for zone in &self.zones {
            let loaded =
                || dns::ask(self.address, zone, "SOA").filter(|answer| answer.authoritative);
            self.daemon.ready(loaded);
        }
    }

    /// Starts it again with its zones as they lie on disk.
    pub fn restart(&mut self) {
        self.daemon.start_again();
        self.ready();
    }

    /// Returns the keys of a zone that it signs.
    pub fn keys(&self, zone: &str) -> Vec<String> {
        let answer = dns::ask_tcp(self.address, zone, "DNSKEY").unwrap();
        answer.data("DNSKEY").into_iter().map(str::to_owned).collect()
    }

    /// Returns the DS that names its key of a zone, as BIND's tool works it out.
    pub fn ds(&self, zone: &str) -> String {
        let line = |key: &String| format!("{zone} 1 IN DNSKEY {key}\n");
        let keys: String = self.keys(zone).iter().map(line).collect();
        let mut tool = Command::new("dnssec-dsfromkey");
        tool.args(["-2", "-f", "-", zone]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut tool = tool.spawn().unwrap();
        tool.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
        let printed = String::from_utf8(tool.wait_with_output().unwrap().stdout).unwrap();
        printed.trim().split_once(" DS ").unwrap().1.to_owned()
    }

    /// Counts the UPDATE messages that came in with a good signature, by the server's own log.
    pub fn updates(&self) -> usize {
        let log = self.daemon.log();
        let counts = log.lines().filter_map(|line| line.split_once("DDNS, processing "));
        counts.map(|(_, rest)| rest.split(' ').next().unwrap().parse::<usize>().unwrap()).sum()
    }

    /// Returns the serial of a zone.
    pub fn serial(&self, zone: &str) -> u32 {
        dns::serial(self.address, zone)
    }

    /// Replaces a zone's text and has it loaded; give it a higher serial.
    pub fn replace(&self, zone: &str, text: &str) {
        std::fs::write(self.folder.join(file_of(zone)), text).unwrap();
        self.knotc(&["zone-reload", zone]);
    }

    /// Puts records in the place of a whole record set, as a person at the server would.
    pub fn set(&self, zone: &str, owner: &str, ttl: &str, kind: &str, data: &[&str]) {
        self.knotc(&["zone-begin", zone]);
        self.knotc(&["zone-unset", zone, owner, kind]);
        for data in data {
            self.knotc(&["zone-set", zone, owner, ttl, kind, data]);
        }
        self.knotc(&["zone-commit", zone]);
    }

    fn knotc(&self, words: &[&str]) {
        let socket = self.folder.join("knot.sock");
        let mut knotc = Command::new("knotc");
        let output =
            knotc.args(["-b", "-s", socket.to_str().unwrap()]).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn file_of(zone: &str) -> String {
    format!("zone-{}.txt", zone.trim_end_matches('.'))
}

fn configuration(
    folder: &std::path::Path,
    address: SocketAddr,
    zones: &[KnotZone],
    keys: &[(&TsigKey, &[&str])],
) -> String {
    let folder = folder.display();
    let key = |(key, _): &(&TsigKey, &[&str])| {
        let TsigKey { name, algorithm, secret } = key;
        format!("  - id: {name}\n    algorithm: {algorithm}\n    secret: {secret}\n")
    };
    let rule = |(place, (key, may)): (usize, &(&TsigKey, &[&str]))| {
        format!("  - id: rule-{place}\n    key: {}\n    action: [{}]\n", key.name, may.join(", "))
    };
    let opened = if keys.is_empty() {
        String::new()
    } else {
        let keys_text: String = keys.iter().map(key).collect();
        let rules: String = keys.iter().enumerate().map(rule).collect();
        format!("key:\n{keys_text}acl:\n{rules}")
    };
    // A zone that is updated goes into its file at once, so that a restart brings it back as it was.
    let contents = if keys.is_empty() {
        "    zonefile-sync: -1\n    zonefile-load: difference-no-serial\n    journal-content: all\n"
            .to_owned()
    } else {
        let ids: Vec<String> = (0..keys.len()).map(|place| format!("rule-{place}")).collect();
        format!("    zonefile-sync: 0\n    zonefile-load: whole\n    acl: [{}]\n", ids.join(", "))
    };
    let zone = |zone: &KnotZone| {
        let signing = if zone.signed { "on" } else { "off" };
        format!(
            "  - domain: {}\n    file: {}\n    dnssec-signing: {signing}\n",
            zone.name,
            file_of(zone.name)
        )
    };
    format!(
        "server:\n    rundir: {folder}\n    listen: {}@{}\n    user: root\n    udp-workers: 1\n    tcp-workers: 1\n    \
         tcp-io-timeout: 10000\n    background-workers: 1\nlog:\n  - target: stdout\n    any: info\ndatabase:\n    storage: {folder}/db\n\
         control:\n    listen: {folder}/knot.sock\npolicy:\n  - id: lab\n    algorithm: ecdsap256sha256\n    \
         single-type-signing: on\n    dnskey-management: incremental\n    delete-delay: 3600\n{opened}template:\n  - id: default\n    storage: {folder}\n    dnssec-policy: lab\n{contents}zone:\n{}",
        address.ip(),
        address.port(),
        zones.iter().map(zone).collect::<String>()
    )
}
