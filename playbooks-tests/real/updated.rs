//! The three servers that signed updates are held against: Knot, BIND and PowerDNS, behind one face.

use super::bind::Bind;
use super::daemon::Daemon;
use super::dns;
use super::knot::{Knot, KnotZone};
use super::lab::Lab;
use super::powerdns::PowerDns;
use super::tsig::TsigKey;
use super::until::until;
use lifeboat::service::dns::Server;
use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The zone that all of them have, with what is hard to tell right: types, cases, names below a cut.
pub const ZONE: &str = "zone.test.";
pub const TEXT: &str = r#"$ORIGIN zone.test.
$TTL 60
@ SOA ns host 1 3600 600 86400 60
@ NS ns
@ NS ns2.other.test.
@ MX 10 Mail
@ CAA 0 issue "ca.example; account=7"
ns A 192.0.2.53
ns AAAA 2001:db8::53
mail A 192.0.2.25
www 30 A 192.0.2.9
www 30 A 192.0.2.1
two 30 A 192.0.2.31
two 30 A 192.0.2.32
text TXT "hello there" "a\"b\\c"
alias 47 CNAME www
_x._tcp SRV 1 2 443 www
odd TYPE65280 \# 3 0A0B0C
child NS ns1.child
child NS Ns.Elsewhere.Test.
ns1.child 90 A 192.0.2.77
"#;

/// A server whose zones are updated: with the key of the trial, and with that of a foreign hand.
pub struct Updated {
    pub name: &'static str,
    pub address: SocketAddr,
    pub key: TsigKey,
    foreign: TsigKey,
    kind: Kind,
}

enum Kind {
    Knot(Box<Knot>),
    Bind(Box<Bind>),
    PowerDns(Box<PowerDns>),
}

impl Updated {
    /// Starts all three with the same zones; the trial's key may do what it says there.
    pub fn all(lab: &Lab, zones: &[(&str, &str)], may: &[&str]) -> Vec<Updated> {
        let (key, foreign) = (TsigKey::new("own-key"), TsigKey::new("foreign-key"));
        let keys = [(&key, may), (&foreign, &["update", "transfer"][..])];
        let [knot_at, bind_at, powerdns_at] = [11, 12, 13].map(|host| lab.at(host, 53));
        let of_knot: Vec<KnotZone> =
            zones.iter().map(|(name, text)| KnotZone { name, text, signed: false }).collect();
        let knot = Knot::start_open(lab, "knot", knot_at, &of_knot, &keys);
        let bind = Bind::start(lab, "bind", bind_at, zones, &keys);
        let mut powerdns = PowerDns::start(lab, "powerdns", powerdns_at);
        for (zone, text) in zones {
            powerdns.add_zone(zone, text);
            powerdns.open_to(zone, &keys.map(|(key, may)| (key, may)));
        }
        let one = |name, address, kind| Updated {
            name,
            address,
            key: key.clone(),
            foreign: foreign.clone(),
            kind,
        };
        vec![
            one("knot", knot_at, Kind::Knot(Box::new(knot))),
            one("bind", bind_at, Kind::Bind(Box::new(bind))),
            one("powerdns", powerdns_at, Kind::PowerDns(Box::new(powerdns))),
        ]
    }

    /// Returns the server as an estate describes it, at another address where one is given.
    pub fn server(&self, lab: &Lab, key: &TsigKey, at: Option<SocketAddr>) -> Server {
        let provider = key.provider(lab, self.name, "ns.zone.test.", at.unwrap_or(self.address));
        Server::of_provider(&serde_json::from_value(provider).unwrap()).unwrap()
    }

    /// Returns its process.
    pub fn daemon(&mut self) -> &mut Daemon {
        match &mut self.kind {
            Kind::Knot(it) => &mut it.daemon,
            Kind::Bind(it) => &mut it.daemon,
            Kind::PowerDns(it) => &mut it.daemon,
        }
    }

    /// Waits until its log shows that so many signed UPDATE messages came in, and checks that none came in besides.
    pub fn took(&self, updates: usize) {
        let counted = || match &self.kind {
            Kind::Knot(it) => it.updates(),
            Kind::Bind(it) => it.updates(),
            Kind::PowerDns(it) => it.updates(),
        };
        until("the log", Duration::from_secs(20), || (counted() >= updates).then_some(()));
        assert_eq!(counted(), updates, "{}", self.name);
    }

    /// Returns the serial of a zone.
    pub fn serial(&self, zone: &str) -> u32 {
        dns::serial(self.address, zone)
    }

    /// Returns a whole zone without its SOA, as a transfer to the foreign hand shows it.
    pub fn contents(&self, zone: &str) -> Vec<String> {
        let at = [format!("@{}", self.address.ip()), "-p".into(), self.address.port().to_string()];
        let mut dig = Command::new("dig");
        let output =
            dig.args(at).args(["-y", &self.foreign.words(), "+nocmd", "+nostats", "+nocomments"]);
        let output = output.args(["-t", "axfr", "-q", zone]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let kept = |line: &&str| {
            !line.starts_with(';')
                && !line.is_empty()
                && !line.contains("\tSOA\t")
                && !line.contains("\tTSIG\t")
        };
        // Names know no case, and nothing else in these zones has any.
        let mut lines: Vec<String> =
            text.lines().filter(kept).map(words).map(|line| line.to_ascii_lowercase()).collect();
        assert!(!lines.is_empty(), "{}: no transfer of {zone}: {text}", self.name);
        lines.sort();
        lines
    }

    /// Changes a zone by a foreign hand.
    pub fn by_hand(&self, zone: &str, edits: &[&str]) {
        let server = format!("server {} {}\nzone {zone}\n", self.address.ip(), self.address.port());
        let edits: String = edits.iter().map(|edit| format!("update {edit}\n")).collect();
        let mut nsupdate = Command::new("nsupdate");
        let nsupdate = nsupdate.args(["-v", "-y", &self.foreign.words()]);
        let mut child = nsupdate
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(format!("{server}{edits}send\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}: {}",
            self.name,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
