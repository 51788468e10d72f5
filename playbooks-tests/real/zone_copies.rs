//! Whole copies of zones from Knot, BIND and PowerDNS, by signed transfer and through the API, and parity as a fact.

use super::daemon::Daemon;
use super::estate::{self, Estate};
use super::knot::{Knot, KnotZone};
use super::lab::Lab;
use super::planning::{field, play};
use super::powerdns::PowerDns;
use super::tsig::TsigKey;
use super::updated::{TEXT, Updated, ZONE};
use crate::repository::commit;
use libtest_mimic::Trial;
use lifeboat::model::{DnsProvider, Zone, ZoneCopy};
use lifeboat::net::Deadline;
use lifeboat::service::dns::{CopyError, copy};
use lifeboat::wire::dns::write_zone_file;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub fn trials() -> Vec<Trial> {
    trials![
        three_servers_give_the_same_copy_and_another_loads_it,
        a_key_that_may_not_transfer_gives_no_copy,
        ten_thousand_records_are_copied_and_compared,
        parity_is_true_of_the_whole_zone_or_names_what_differs,
    ]
}

/// The zone of the updates, with types that nobody updates.
fn text() -> String {
    [TEXT, MORE].concat()
}

const MORE: &str = r#"svc HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.9
num NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@zone.test!" .
*.wild TXT "any"
child DS 4711 13 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D
"#;

fn zone() -> Zone {
    serde_json::from_value(json!({"id": "z", "name": ZONE, "delegated_to": ["a"]})).unwrap()
}

fn copied(lab: &Lab, provider: &DnsProvider, zone: &Zone) -> Result<ZoneCopy, CopyError> {
    play(copy(&field(lab), provider, zone, Deadline::after(Duration::from_secs(20))))
}

fn provider(document: Value) -> DnsProvider {
    serde_json::from_value(document).unwrap()
}

fn three_servers_give_the_same_copy_and_another_loads_it() {
    let lab = Lab::new();
    let mut copies = Vec::new();
    for it in Updated::all(&lab, &[(ZONE, &text())], &["transfer"]) {
        let own = provider(it.key.provider(&lab, it.name, "ns.zone.test.", it.address));
        copies.push((it.name, copied(&lab, &own, &zone()).unwrap()));
    }
    let mut api = PowerDns::start(&lab, "api", lab.at(21, 53));
    api.add_zone(ZONE, &text());
    let own = provider(estate::powerdns_provider(&lab, "api", "ns.zone.test.", &api));
    copies.push(("powerdns, by its API", copied(&lab, &own, &zone()).unwrap()));
    let first = &copies[0].1;
    for (name, copy) in &copies {
        let differences = first.differences(copy);
        assert!(differences.is_empty(), "{name}: {differences:?}");
    }
    assert_eq!(first.sets.len(), 19);
    // Another server loads the file, and gives the same again.
    let text = write_zone_file(first, &["a copy"]);
    let key = TsigKey::new("own-key");
    let zones = [KnotZone { name: ZONE, text: &text, signed: false }];
    let loaded = lab.at(22, 53);
    let _knot = Knot::start_open(&lab, "loaded", loaded, &zones, &[(&key, &["transfer"])]);
    let again =
        copied(&lab, &provider(key.provider(&lab, "loaded", "ns.zone.test.", loaded)), &zone());
    assert_eq!(write_zone_file(&again.unwrap(), &["a copy"]), text);
    eprintln!("{} record sets alike at {} sources", first.sets.len(), copies.len());
}

fn a_key_that_may_not_transfer_gives_no_copy() {
    let lab = Lab::new();
    for it in Updated::all(&lab, &[(ZONE, &text())], &["update"]) {
        let own = provider(it.key.provider(&lab, it.name, "ns.zone.test.", it.address));
        let error = copied(&lab, &own, &zone()).unwrap_err();
        let hint = error.hint().unwrap();
        assert!(hint.contains("transfer"), "{}: {error}; {hint}", it.name);
    }
}

/// A signed zone of so many records, and as many names; its transfer takes several messages.
fn ten_thousand_records_are_copied_and_compared() {
    let lab = Lab::new();
    let records: String = (0..10_000).map(|n| format!("n{n} A 192.0.2.{}\n", n % 250)).collect();
    let text = format!(
        "$ORIGIN zone.test.\n$TTL 60\n@ SOA ns host 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.53\n{records}"
    );
    let (key, at) = (TsigKey::new("own-key"), lab.at(1, 53));
    let zones = [KnotZone { name: ZONE, text: &text, signed: true }];
    let _knot = Knot::start_open(&lab, "knot", at, &zones, &[(&key, &["transfer"])]);
    let own = provider(key.provider(&lab, "knot", "ns.zone.test.", at));
    let began = Instant::now();
    let copy = copied(&lab, &own, &zone()).unwrap();
    eprintln!("10,000 records, signed, in {:?}", began.elapsed());
    let signers = copy.sets.iter().filter(|set| ["RRSIG", "NSEC"].contains(&&*set.kind));
    assert_eq!(signers.count(), 0, "what a signer makes is no part of a copy");
    let plain = copy.sets.iter().filter(|set| &*set.kind == "A").count();
    assert_eq!(plain, 10_001);
}

/// What a diagnosis says of the standby's copy.
fn parity(lab: &Lab) -> Value {
    let found = lab.lifeboat(&["diagnose", "--json"]).run().json();
    let facts = found["facts"].as_array().unwrap();
    let of_b = |it: &&Value| it["kind"] == "zone.parity" && it["subject"] == "b";
    facts.iter().find(of_b).unwrap().clone()
}

/// A control that answers, so that silence elsewhere means something.
fn standing(lab: &Lab) -> (Daemon, PowerDns, Estate) {
    let key = TsigKey::new("own-key");
    let (a_at, b_at) = (lab.at(1, 53), lab.at(2, 53));
    let zones = [KnotZone { name: ZONE, text: &text(), signed: false }];
    let a = Knot::start_open(lab, "a", a_at, &zones, &[(&key, &["transfer"])]);
    let mut b = PowerDns::start(lab, "b", b_at);
    b.add_zone(ZONE, &text());
    let mut estate = Estate::new("copied");
    estate.add("dns_providers", key.provider(lab, "a", "ns.zone.test.", a_at));
    estate.add("dns_providers", estate::powerdns_provider(lab, "b", "ns2.other.test.", &b));
    estate.add(
        "zones",
        json!({"id": "z", "name": ZONE, "delegated_to": ["a"], "standby_at": ["b"],
        "critical": [{"name": "www", "type": "A"}]}),
    );
    estate.add("controls", estate::dns_control("control", a_at, ZONE));
    estate.write(lab);
    (a.daemon, b, estate)
}

fn parity_is_true_of_the_whole_zone_or_names_what_differs() {
    let lab = Lab::new();
    let (_a, mut b, mut estate) = standing(&lab);
    let before = parity(&lab);
    assert_eq!(before["truth"], "true", "{before}");
    assert!(before["because"].as_str().unwrap().contains("no whole copy is committed"), "{before}");
    lab.lifeboat(&["zone", "snapshot"]).run().code(0);
    lab.write(".gitignore", "private/\nincidents/\nhome/\na/\nb/\n*.log\n");
    commit(lab.folder());
    let whole = parity(&lab);
    assert_eq!(
        (&whole["truth"], &whole["measure"]["value"]),
        (&json!("true"), &json!(19.0)),
        "{whole}"
    );
    assert_eq!(whole["measure"]["of"], 19.0);
    // One set that no critical name is about.
    b.replace(ZONE, "text.zone.test", "TXT", 60, &["\"another text\""], "moved");
    let other = parity(&lab);
    assert_eq!(
        (&other["truth"], &other["measure"]["value"]),
        (&json!("false"), &json!(18.0)),
        "{other}"
    );
    assert!(
        other["because"].as_str().unwrap().contains("text.zone.test. TXT has other data"),
        "{other}"
    );
    let said = lab.lifeboat(&["zone", "parity"]).run().code(4);
    assert!(said.stdout.contains("! text.zone.test. TXT has other data"), "{}", said.everything());
    let said = lab.lifeboat(&["zone", "diff", "z", "git", "b"]).run().code(4);
    assert!(
        said.stdout.contains("+ text.zone.test. 60 TXT \"another text\""),
        "{}",
        said.everything()
    );
    // It is meant so.
    estate.item("zones", "z")["differs"] = json!([{"name": "text", "type": "TXT", "at": ["b"]}]);
    estate.write(&lab);
    commit(lab.folder());
    let declared = parity(&lab);
    assert_eq!(declared["truth"], "true", "{declared}");
    lab.lifeboat(&["zone", "parity"]).run().code(0);
    // Whoever cannot be read is not known to agree, though every critical name does.
    estate::secret(&lab, "b", "another-key");
    let unread = parity(&lab);
    assert_eq!(unread["truth"], "unknown", "{unread}");
    assert!(unread["because"].as_str().unwrap().contains("refuses the credential"), "{unread}");
    b.daemon.kill();
    assert_eq!(parity(&lab)["truth"], "unknown");
    // So is whatever git cannot say.
    lab.write("zones/z/a.zone", "zone.test. 60 IN A broken\n");
    commit(lab.folder());
    assert_eq!(parity(&lab)["truth"], "unknown");
}
