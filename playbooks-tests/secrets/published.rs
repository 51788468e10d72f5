//! Whatever is told to customers names nobody, and addresses of peers are kept nowhere at all.

use super::liar::{self, reply};
use super::search::sinks;
use libtest_mimic::Trial;
use serde_json::json;
use std::fs;
use std::process::Command;

pub fn trials() -> Vec<Trial> {
    trials![peers_addresses_are_kept_nowhere, a_message_to_customers_names_nobody]
}

const FOUR: &str = "203.0.113.77";
const SIX: &str = "2001:db8::77";
/// A torrent that the operator did not name.
const TORRENT: &str = "00112233445566778899aabbccddeeff00112233";
const USER: &str = "anna-the-operator";

/// An incident in which a tracker and a seedbox name peers in words of their own.
fn told() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{FOUR}:6881 and [{SIX}]:6881 are banned, {SIX} for good");
    let failure = format!("d14:failure reason{}:{text}e", text.len());
    let refusal = json!({"result": text}).to_string();
    // One peer of each family, as BEP 23 and BEP 7 have them.
    let mut peers = b"d8:intervali900e5:peers6:".to_vec();
    peers.extend([203, 0, 113, 77, 0x1a, 0xe1]);
    peers.extend(b"6:peers618:");
    peers.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x77, 0x1a, 0xe1]);
    peers.push(b'e');
    let web = liar::serve(move |request| {
        let said = |value: serde_json::Value| reply("200 OK", &[], value.to_string().as_bytes());
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if request.line.contains("/fails") {
            reply("200 OK", &[], failure.as_bytes())
        } else if request.line.contains("/lists") {
            reply("200 OK", &[], &peers)
        } else if request.line.contains("/no/") {
            reply("200 OK", &[], refusal.as_bytes())
        } else if body.contains("session-get") {
            said(json!({"result": "success", "arguments": {"version": "3.00", "rpc-version": 16}}))
        } else if body.contains("\"peers\"") {
            said(
                json!({"result": "success", "arguments": {"torrents": [{"peers": [{"address": FOUR}, {"address": SIX}]}]}}),
            )
        } else {
            let torrent = json!({"hashString": TORRENT, "isPrivate": false, "trackers": []});
            said(json!({"result": "success", "arguments": {"torrents": [torrent]}}))
        }
    });
    let estate = json!({
        "schema": "lifeboat/estate/v1", "id": "openseeds",
        "network": {"allow_private": ["127.0.0.0/8"]},
        "probing": {"target_budget": "300ms", "tries": 1}, "trust": {"commits": "any"},
        "contacts": [{"id": "first-on-call", "time_zone": "Europe/Amsterdam"}],
        "swarms": [{"id": "own", "info_hash": "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69", "note": "our own file"}],
        "trackers": [
            {"id": "fails", "tier": 0, "region": "eu", "swarm": "own", "urls": [format!("http://{web}/fails/announce")]},
            {"id": "lists", "tier": 1, "region": "eu", "swarm": "own", "urls": [format!("http://{web}/lists/announce")]}],
        "seedboxes": [
            {"id": "refuses", "kind": "transmission", "region": "eu", "rpc": format!("http://{web}/no/")},
            {"id": "tells", "kind": "transmission", "region": "eu", "rpc": format!("http://{web}/yes/")}],
        "carriers": [{"id": "net-a", "asn": 64500, "name": "Net A", "usual_share": "12 %"}],
        "as_table": {"file": "as.tsv"},
        "controls": [{"id": "control", "kind": "tcp", "address": web.to_string()}],
        "incidents": {"directory": "incidents"},
    });
    fs::write(folder.path().join("as.tsv"), "203.0.113.0\t203.0.113.255\t64500\tNL\tNet A\n")
        .unwrap();
    fs::write(folder.path().join("lifeboat.yaml"), estate.to_string()).unwrap();
    crate::repository::commit(folder.path());
    folder
}

#[track_caller]
fn ran(folder: &std::path::Path, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(words).current_dir(folder).env_clear().env("HOME", folder).env("USER", USER);
    let output = command.output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn peers_addresses_are_kept_nowhere() {
    let folder = told();
    ran(folder.path(), &["declare", "trackers fail", "--severity", "major"]);
    let evidence = ran(folder.path(), &["probe", "--json"]);
    let mut said = vec![("probe --json".to_owned(), evidence.clone().into_bytes())];
    for words in [
        &["diagnose", "--record"][..],
        &["diagnose", "--json"],
        &["timeline", "--json"],
        &["postmortem"],
        &["handoff", "--json"],
    ] {
        said.push((words.join(" "), ran(folder.path(), words).into_bytes()));
    }
    // What was heard did come in, and was counted.
    assert!(evidence.contains("[address]"), "no tracker named anybody:\n{evidence}");
    assert!(evidence.contains("\"64500\":1"), "no peer was counted:\n{evidence}");
    said.extend(sinks(folder.path(), &[]));
    let mut blobs = 0;
    for (place, bytes) in &said {
        let text = String::from_utf8_lossy(bytes);
        for named in [FOUR, SIX, TORRENT] {
            assert!(!text.contains(named), "{place} names {named}:\n{text}");
        }
        blobs += usize::from(place.contains("/blobs/"));
    }
    assert!(blobs >= 2, "no transcript was kept");
    eprintln!(
        "{} places, {blobs} entries of transcripts, 3 planted names of peers and torrents: 0 hits",
        said.len()
    );
}

fn a_message_to_customers_names_nobody() {
    let folder = told();
    ran(folder.path(), &["declare", "trackers fail", "--severity", "major"]);
    ran(folder.path(), &["diagnose", "--record"]);
    ran(folder.path(), &["note", "called", FOUR, TORRENT]);
    let mut messages = 0;
    for state in ["investigating", "identified", "monitoring", "resolved"] {
        for language in ["en", "de"] {
            let told = ran(
                folder.path(),
                &["message", &format!("status/{state}"), "--language", language],
            );
            assert!(told.starts_with("**"), "{told}");
            for named in [FOUR, SIX, TORRENT, USER, "first-on-call"] {
                assert!(!told.contains(named), "{state} in {language} names {named}:\n{told}");
            }
            messages += 1;
        }
    }
    let team = ran(folder.path(), &["timeline"]);
    assert!(team.contains(FOUR) && team.contains(USER), "the control: the team reads both\n{team}");
    eprintln!("{messages} messages to customers, 5 planted names: 0 hits");
}
