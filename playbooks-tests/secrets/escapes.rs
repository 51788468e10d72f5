//! Hostile text through a terminal: whatever says it, nothing of it drives anything.

use super::liar::{self, reply};
use crate::signals::pty::{Output, Session};
use crate::signals::rig::Rig;
use libtest_mimic::Trial;
use lifeboat::model::{DnsAnswer, Remote, ScreenText};
use lifeboat::wire::dns::{decode_query, encode_answer};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub fn trials() -> Vec<Trial> {
    trials![
        c7_what_the_operator_types_and_writes_draws_only_itself,
        c7_what_servers_say_draws_only_itself,
        c7_what_is_said_in_a_run_draws_only_itself,
        c7_whatever_becomes_text_of_a_screen_is_spelt_out,
        c7_planted_escapes_are_found,
    ]
}

/// What would drive a terminal: CSI, OSC 0, 8 and 52, both in C1, DCS, CR, BS, BEL, VT, DEL, bidi, invisible, lines.
const VECTORS: [&str; 18] = [
    "\nFORGED ",
    "\u{1b}[2J",
    "\u{1b}]0;t\u{7}",
    "\u{1b}]8;;x\u{1b}\\",
    "\u{1b}]52;c;aGk=\u{7}",
    "\u{1b}Pq\u{1b}\\",
    "\u{9b}1m",
    "\u{9d}0;t\u{9c}",
    "\r",
    "\u{8}",
    "\u{7}",
    "\u{b}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{2028}",
];

/// A title is one line; what else it may hold.
const TITLE: &str = "INCIDENT\u{202e}\u{2066}\u{200b}\u{feff}";

/// All of them behind a word by which a screen shows that it came there.
fn hostile(word: &str) -> String {
    format!("{word}{}", VECTORS.concat())
}

/// Names what of a transcript drives a terminal; this tool's own colours do not count.
fn drives(transcript: &str) -> Vec<String> {
    let mut bare = transcript.replace("\r\n", "\n");
    for code in ["0", "1", "31", "32", "33"] {
        bare = bare.replace(&format!("\u{1b}[{code}m"), "");
    }
    let hidden = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let bad = bare.chars().filter(|c| *c != '\n' && (c.is_control() || hidden(*c)));
    let forged = bare.lines().filter(|line| line.starts_with("FORGED"));
    bad.map(|c| format!("U+{:04X}", c as u32)).chain(forged.map(str::to_owned)).collect()
}

/// Runs a command at a terminal and returns what it drew.
#[track_caller]
fn drawn(user: &str, folder: &Path, words: &[&str]) -> String {
    let environment = [("TERM", "xterm-256color"), ("COLUMNS", "200"), ("USER", user)];
    let session = Session::start_in(folder, words, Output::Terminal, (&environment, 200));
    let (_, transcript) = session.finish();
    let found = drives(&transcript);
    assert!(found.is_empty(), "{words:?} draws {found:?}:\n{transcript:?}");
    transcript
}

fn commit(folder: &Path, estate: &Value) {
    fs::write(folder.join("lifeboat.yaml"), estate.to_string()).unwrap();
    crate::repository::commit(folder);
}

fn quiet_estate() -> Value {
    json!({
        "schema": "lifeboat/estate/v1", "id": "hostile",
        "network": {"allow_private": ["127.0.0.0/8"]},
        "probing": {"target_budget": "300ms", "tries": 1}, "trust": {"commits": "any"},
        "contacts": [{"id": "first-on-call", "time_zone": "Europe/Amsterdam"}],
        "controls": [{"id": "control", "kind": "tcp", "address": "127.0.0.1:1"}],
        "incidents": {"directory": "incidents"},
    })
}

/// Titles, notes, names of users and files, documents, and mistakes in a command line.
fn c7_what_the_operator_types_and_writes_draws_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (folder, user) = (folder.path(), hostile("USERNAME"));
    fs::create_dir(folder.join("runbooks")).unwrap();
    let broken = json!({"schema": "lifeboat/runbook/v1", "id": hostile("RUNBOOK"), "title": hostile("TITLE")});
    fs::write(folder.join("runbooks/broken.yaml"), ScreenText::json(&broken.to_string()).as_str())
        .unwrap();
    fs::write(folder.join("runbooks/raw.yaml"), format!("title: {}", hostile("RAW"))).unwrap();
    // A document is shown as it is, line by line: nobody but the screen itself spells it out.
    let shown = hostile("SHOWN").replace("\nFORGED", "");
    fs::write(folder.join("runbooks/shown.yaml"), format!("title: {shown}")).unwrap();
    commit(folder, &quiet_estate());
    let mut screens = String::new();
    let (word, note, title) = (hostile("COMMAND"), hostile("NOTE"), TITLE);
    let missing = hostile("PATH");
    let option = format!("--severity={}", hostile("VALUE"));
    for words in [
        &[word.as_str()][..],
        &["declare", "x", &option],
        &["--estate", &missing, "diagnose"],
        &["--estate", &missing, "diagnose", "--json"],
        &["status", "--incident", &missing],
        &["plan", &missing],
        &["run", &missing],
        &["runbook", "show", &missing],
        &["runbook", "show", "shown"],
        &["lint"],
        &["lint", "--json"],
        &["runbook", "list"],
        &["declare", title, "--severity", "major"],
        &["note", &note],
        &["status"],
        &["status", "--json"],
        &["timeline"],
        &["timeline", "--json", "-v"],
        &["incidents"],
        &["incidents", "--json"],
        &["handoff"],
        &["postmortem"],
        &["postmortem", "--json"],
        &["journal", "verify"],
        &["close", "--reason", &note],
        &["timeline"],
    ] {
        screens.push_str(&drawn(&user, folder, words));
    }
    screens.push_str(&a_hostile_name(&user));
    for word in ["COMMAND", "VALUE", "PATH", "SHOWN", "FILENAME", "INCIDENT", "NOTE", "USERNAME"] {
        assert!(screens.contains(word), "{word} came to no screen, so nothing was shown");
    }
    eprintln!(
        "C7: {} vectors, 27 commands, 8 kinds of text of the operator: 0 control bytes",
        VECTORS.len()
    );
}

/// A commit with a file of a hostile name is refused, and the refusal names it.
fn a_hostile_name(user: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let name = hostile("FILENAME") + ".yaml";
    fs::create_dir(folder.path().join("runbooks")).unwrap();
    fs::write(folder.path().join("runbooks").join(name), "schema: lifeboat/runbook/v1\n").unwrap();
    commit(folder.path(), &quiet_estate());
    drawn(user, folder.path(), &["declare", "it fails", "--severity", "major"])
}

/// A DNS server that fails with a text of its own (RFC 8914).
fn dns() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let Ok(asked) = decode_query(&buffer[..count]) else { continue };
            let answer = DnsAnswer {
                rcode: "SERVFAIL".to_owned(),
                extended_errors: vec![(22, Remote::new(hostile("EDE")))],
                ..DnsAnswer::default()
            };
            let _ = socket.send_to(&encode_answer(&asked, &answer, 1232).unwrap(), from);
        }
    });
    address
}

/// A tracker over UDP that answers everything with an error (BEP 15).
fn udp_tracker() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let Some(transaction) = buffer[..count].get(12..16) else { continue };
            let error =
                [&3_u32.to_be_bytes()[..], transaction, hostile("UDPTRACKER").as_bytes()].concat();
            let _ = socket.send_to(&error, from);
        }
    });
    address
}

/// A router that refuses everything in words of its own.
fn bird(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let words = hostile("ROUTER").replace("\nFORGED", "");
            let _ = stream.write_all(b"0001 BIRD 2.0.12 ready.\n");
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while let Some(Ok(line)) = lines.next() {
                let restricted = line == "restrict";
                let said = if restricted {
                    "0016 Access restricted\n".to_owned()
                } else {
                    format!("8007 {words}\n")
                };
                let _ = stream.write_all(said.as_bytes());
            }
        }
    });
}

/// Trackers, seedboxes, name servers, routers and vantages, each in every text that it can say.
fn c7_what_servers_say_draws_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bencoded = |key: &str, word: &str| {
        let text = hostile(word);
        format!("{}:{key}{}:{text}", key.len(), text.len())
    };
    let failure = format!("d{}e", bencoded("failure reason", "FAILURE"));
    let warning = format!("d8:intervali900e5:peers0:{}e", bencoded("warning message", "WARNING"));
    let web = liar::serve(move |request| {
        let line = request.line.as_str();
        let said = |value: Value| reply("200 OK", &[], value.to_string().as_bytes());
        if line.contains("/fails") {
            reply("200 OK", &[], failure.as_bytes())
        } else if line.contains("/warns") {
            reply("200 OK", &[], warning.as_bytes())
        } else if line.contains("/no/") {
            said(json!({"result": hostile("SEEDBOX")}))
        } else if String::from_utf8_lossy(&request.body).contains("session-get") {
            said(
                json!({"result": "success", "arguments": {"version": hostile("VERSION"), "rpc-version": 16}}),
            )
        } else {
            let tracker = json!({"id": 0, "tier": 0, "announce": hostile("udp://TRACKERURL")});
            let torrent = json!({"hashString": "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69", "isPrivate": false, "trackers": [tracker]});
            said(json!({"result": "success", "arguments": {"torrents": [torrent]}}))
        }
    });
    let (dns, udp) = (dns(), udp_tracker());
    bird(&folder.join("bird.ctl"));
    fs::write(folder.join("hostile.txt"), hostile("VANTAGE").replace("\nFORGED", "")).unwrap();
    let mut estate = quiet_estate();
    let server = |name: &str| json!([{"name": name, "addresses": [dns.to_string()]}]);
    for (key, value) in [
        ("registrars", json!([{"id": "reg", "kind": "manual", "company": "reg"}])),
        (
            "dns_providers",
            json!([{"id": "old", "kind": "unmanaged", "company": "old", "nameservers": server("ns1.old.example")}]),
        ),
        (
            "zones",
            json!([{"id": "z", "name": "tracker.test.", "registrar": "reg", "delegated_to": ["old"],
            "critical": [{"name": "announce", "type": "A", "expect": ["192.0.2.80"]}]}]),
        ),
        ("resolvers", json!([{"id": "res", "address": dns.to_string(), "transports": ["udp"]}])),
        (
            "swarms",
            json!([{"id": "own", "info_hash": "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69", "note": "our own file"}]),
        ),
        (
            "trackers",
            json!([
            {"id": "fails", "tier": 0, "region": "eu", "swarm": "own", "urls": [format!("http://{web}/fails/announce")]},
            {"id": "warns", "tier": 1, "region": "eu", "swarm": "own", "urls": [format!("http://{web}/warns/announce")]},
            {"id": "over-udp", "tier": 2, "region": "eu", "swarm": "own", "urls": [format!("udp://{udp}/announce")]}]),
        ),
        (
            "seedboxes",
            json!([
            {"id": "refuses", "kind": "transmission", "region": "eu", "rpc": format!("http://{web}/no/")},
            {"id": "tells", "kind": "transmission", "region": "eu", "rpc": format!("http://{web}/yes/")}]),
        ),
        (
            "routers",
            json!([{"id": "r1", "kind": "bird", "socket": folder.join("bird.ctl"), "asn": 64500}]),
        ),
        (
            "vantages",
            json!([{"id": "there", "kind": "command",
            "argv": ["sh", "-c", "cat > /dev/null; cat hostile.txt >&2; exit 3"]}]),
        ),
    ] {
        estate[key] = value;
    }
    commit(folder, &estate);
    let mut screens = String::new();
    let mut seen = String::new();
    drawn("operator", folder, &["declare", "it fails", "--severity", "major"]);
    for words in [
        &["probe"][..],
        &["diagnose"],
        &["diagnose", "-v", "--record"],
        &["diagnose", "--json"],
        &["timeline"],
        &["timeline", "--json"],
        &["postmortem"],
        &["handoff"],
    ] {
        screens.push_str(&drawn("operator", folder, words));
    }
    seen.push_str(&drawn("operator", folder, &["probe", "--json"]));
    for word in
        ["EDE", "FAILURE", "WARNING", "UDPTRACKER", "SEEDBOX", "VERSION", "ROUTER", "VANTAGE"]
    {
        assert!(seen.contains(word), "{word} is no evidence, so nothing was shown:\n{seen}");
    }
    for word in ["FAILURE", "UDPTRACKER"] {
        assert!(
            screens.contains(word),
            "{word} came to no screen, so nothing was shown:\n{screens}"
        );
    }
    eprintln!(
        "C7: {} vectors through 9 texts of servers and 10 commands: 0 control bytes",
        VECTORS.len()
    );
}

/// The prompts, the progress and the failure of a run whose question and whose API are hostile.
fn c7_what_is_said_in_a_run_draws_only_itself() {
    let ask = format!(
        "- {{ id: hold, ask: {{ question: {}, answers: [still] }} }}",
        ScreenText::json(&json!(hostile("QUESTION")).to_string())
    );
    let turned = Arc::new(AtomicBool::new(false));
    let turn = Arc::clone(&turned);
    let rig = Rig::behind(&[&ask], "the-key-of-all", |api| {
        liar::serve(move |request| {
            if request.line.starts_with("GET") && !turn.load(Ordering::SeqCst) {
                return liar::pass(api, request);
            }
            let said = json!({"error": hostile("APIERROR")}).to_string();
            reply("422 Unprocessable", &[("X-Said", "\u{9b}1m")], said.as_bytes())
        })
    });
    // indicatif's own: a line is cleared and written anew.
    let own = |text: &str| {
        ["\u{1b}[2K", "\u{1b}[1A", "\u{1b}[1B", "\u{1b}[?25l", "\u{1b}[?25h", "\r"]
            .iter()
            .fold(text.to_owned(), |text, it| text.replace(it, ""))
    };
    let mut session = rig.asked("run", false, Output::Terminal);
    rig.approve(&mut session);
    session.answer("answer: ", "still");
    let (_, transcript) = session.finish();
    let found = drives(&own(&transcript));
    assert!(found.is_empty(), "a run draws {found:?}:\n{transcript:?}");
    assert!(transcript.contains("QUESTION"), "{transcript}");
    turned.store(true, Ordering::SeqCst);
    let mut screens = transcript;
    let plan = ["plan", "move", "--set", "failed=old", "--set", "standby=new", "--set", "zone=z"];
    for words in
        [&plan[..], &["status"], &["timeline"], &["postmortem"], &["handoff"], &["undo", "--json"]]
    {
        screens.push_str(&drawn("operator", rig.folder(), words));
    }
    assert!(screens.contains("APIERROR"), "the API's words came to no screen:\n{screens}");
    eprintln!(
        "C7: {} vectors in the question and the API of a run: 0 control bytes",
        VECTORS.len()
    );
}

/// However a text of a screen is made, each vector is spelt out; but for the lines, which stay lines.
fn c7_whatever_becomes_text_of_a_screen_is_spelt_out() {
    let mut made = 0;
    for vector in VECTORS.map(|vector| vector.replace("\nFORGED", "\u{1b}")) {
        let text = format!("SAID{vector}");
        for shown in [
            ScreenText::new(&text),
            ScreenText::json(&text),
            ScreenText::from(text.as_str()),
            ScreenText::from(&text),
            ScreenText::from(text.clone()),
            ScreenText::new("").and(&text).ended(),
        ] {
            let found = drives(&shown);
            assert!(found.is_empty() && shown.starts_with("SAID"), "{vector:?}: {found:?}");
            made += 1;
        }
    }
    eprintln!("C7: {made} texts of a screen: 0 control bytes");
}

/// The control: each vector alone is found where it is drawn as it is.
fn c7_planted_escapes_are_found() {
    for vector in VECTORS {
        let found = drives(&format!("all is well{vector}\r\n"));
        assert!(!found.is_empty(), "{vector:?} is not found");
    }
    assert!(drives("\u{1b}[31mred\u{1b}[0m\r\nplain é\r\n").is_empty());
    eprintln!("C7: {} planted vectors, all found", VECTORS.len());
}
