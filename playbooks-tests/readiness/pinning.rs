//! `ready` notes the addresses of hosts that proved their names over TLS, and of no others.

use std::fs::{self, Permissions};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use lifeboat::document::{self, Source};
use lifeboat::model::PinFile;
use serde_json::{Value, json};

use crate::doors::oracle::Oracle;
use crate::doors::tls::{Authority, Served};

pub fn trials() -> Vec<Trial> {
    trials![
        d1_ready_pins_whoever_proved_its_name_and_nobody_else,
        d1_ready_pins_a_registry_that_proved_its_name,
    ]
}

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 99));

fn name(id: &str) -> String {
    format!("api.{id}.example")
}

/// A registrar whose API has a name.
fn registrar(id: &str, at: SocketAddr) -> Value {
    let api = format!("https://{}:{}/api/v1/servers/localhost", name(id), at.port());
    json!({"id": id, "kind": "powerdns", "company": id, "parent_zone": "test.", "api": api,
        "ca": {"file": "ca.pem"}, "credential": {"file": "key"},
        "nameservers": [{"name": "ns.nic.example", "addresses": ["127.0.0.1:1"]}]})
}

/// Writes an estate in which each registrar holds a zone, and one resolver is asked.
fn estate(folder: &Path, registrars: &[Value], resolver: SocketAddr) {
    let zone = |it: &Value| {
        let id = it["id"].as_str().unwrap();
        json!({"id": format!("z-{id}"), "name": format!("{id}.test."), "registrar": id,
            "delegated_to": ["old"], "standby_at": ["new"],
            "critical": [{"name": "www", "type": "A", "expect": ["192.0.2.80"]}]})
    };
    let provider = |id: &str| {
        let servers = json!([{"name": format!("ns1.{id}.example"), "addresses": ["127.0.0.1:1"]}]);
        json!({"id": id, "kind": "unmanaged", "company": id, "nameservers": servers})
    };
    let estate = json!({
        "schema": "lifeboat/estate/v1", "id": "pinning",
        "network": {"allow_private": ["127.0.0.0/8"]},
        "probing": {"target_budget": "1s", "tries": 1}, "trust": {"commits": "any"},
        "contacts": [{"id": "first-on-call", "time_zone": "Europe/Amsterdam"}],
        "registrars": registrars, "dns_providers": [provider("old"), provider("new")],
        "zones": registrars.iter().map(zone).collect::<Vec<_>>(),
        "resolvers": [{"id": "res", "address": resolver.to_string(), "transports": ["udp"]}],
        "controls": [{"id": "control", "kind": "tcp", "address": "127.0.0.1:1"}],
        "incidents": {"directory": "incidents"},
    });
    fs::write(folder.join("lifeboat.yaml"), estate.to_string()).unwrap();
}

/// Runs `ready`; returns what it said, and the pin file.
fn ready(folder: &Path) -> (String, PinFile) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(["ready", "--deadline", "4s"]).current_dir(folder).env_clear().env("HOME", folder);
    let ran = command.output().unwrap();
    let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
    let text = fs::read_to_string(folder.join(PinFile::NAME)).unwrap_or_else(|_| panic!("{said}"));
    let pins = document::pins(&Source::new(PinFile::NAME, text.as_str()));
    (said, pins.unwrap_or_else(|faults| panic!("{faults}\n{text}")))
}

fn d1_ready_pins_whoever_proved_its_name_and_nobody_else() {
    let (ca, stranger) = (Authority::new(), Authority::new());
    let right = Served::with(ca.certify(&name("right")));
    let liar = Served::with(ca.certify("other.example"));
    let unknown = Served::with(stranger.certify(&name("unknown")));
    let written = Served::with(ca.certify(&name("written")));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("ca.pem"), ca.pem()).unwrap();
    fs::write(folder.join("key"), "the-key-of-all").unwrap();
    fs::set_permissions(folder.join("key"), Permissions::from_mode(0o600)).unwrap();
    let mut registrars = vec![
        registrar("right", right.address),
        registrar("liar", liar.address),
        registrar("unknown", unknown.address),
        registrar("written", written.address),
    ];
    registrars[3]["addresses"] = json!([HERE]);
    estate(folder, &registrars, Oracle::saying(&[HERE]).address);
    let (said, pins) = ready(folder);
    let noted = |pins: &PinFile| -> Vec<(String, u16, Vec<IpAddr>)> {
        pins.hosts.iter().map(|it| (it.host.clone(), it.port, it.addresses.clone())).collect()
    };
    let of_right =
        |addresses: &[IpAddr]| vec![(name("right"), right.address.port(), addresses.to_vec())];
    assert_eq!(noted(&pins), of_right(&[HERE]), "{said}");
    assert_eq!(pins.hosts[0].ttl.as_secs(), 60);
    assert!(said.contains(&name("right")), "nobody is told:\n{said}");
    // All of them were asked, and those with no certificate of their name heard nothing.
    let told = [&right, &liar, &unknown, &written].map(|served| served.told(1)[0].len());
    assert!(told[0] > 0 && told[3] > 0, "{told:?}\n{said}");
    assert_eq!(told[1..3], [0, 0]);
    // From now on a resolver that leads elsewhere hides nothing, and its word is not noted.
    registrars.truncate(1);
    let lies = Oracle::saying(&[ELSEWHERE]);
    estate(folder, &registrars, lies.address);
    let (before, came) = (fs::read(folder.join(PinFile::NAME)).unwrap(), right.told(1).len());
    let (said, _) = ready(folder);
    assert!(!right.told(came + 1)[came].is_empty() && lies.asked() > 0, "{said}");
    assert_eq!(fs::read(folder.join(PinFile::NAME)).unwrap(), before, "{said}");
    // What it says beside the address that proved the name is noted with it.
    estate(folder, &registrars, Oracle::saying(&[HERE, ELSEWHERE]).address);
    let (said, pins) = ready(folder);
    assert_eq!(noted(&pins), of_right(&[HERE, ELSEWHERE]), "{said}");
    eprintln!(
        "D1: of 4 APIs the one that proved its name is pinned, refreshed, and reached by its pin"
    );
}

fn d1_ready_pins_a_registry_that_proved_its_name() {
    let ca = Authority::new();
    let right = Served::with(ca.certify(&name("right")));
    let liar = Served::with(ca.certify("other.example"));
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("ca.pem"), ca.pem()).unwrap();
    let registry = |id: &str, at: SocketAddr| {
        let url = format!("https://{}:{}/rdap", name(id), at.port());
        json!({"id": id, "kind": "manual", "parent_zone": "test.",
            "rdap": {"url": url, "ca": {"file": "ca.pem"}},
            "nameservers": [{"name": "ns.nic.example", "addresses": ["127.0.0.1:1"]}]})
    };
    let registrars = [registry("right", right.address), registry("liar", liar.address)];
    estate(folder, &registrars, Oracle::saying(&[HERE]).address);
    let (said, pins) = ready(folder);
    let noted: Vec<_> = pins.hosts.iter().map(|it| (it.host.clone(), it.port)).collect();
    assert_eq!(noted, [(name("right"), right.address.port())], "{said}");
    let head = String::from_utf8(right.told(1)[0].clone()).unwrap();
    assert!(head.starts_with("GET /rdap/domain/right.test HTTP/1.1\r\n"), "{head}");
}
