//! `zone ask` as operators call it: what it prints, how it ends, and what it refuses before it asks.

use std::net::SocketAddr;
use std::path::Path;

use libtest_mimic::Trial;
use lifeboat::net::loopback::RefusingPort;
use serde_json::json;

use super::server::{A, ANSWER, Asked, NO_NAME, REFUSED, Sender, TXT, serve};
use crate::commands::{json, ran, scaffolded};

pub fn trials() -> Vec<Trial> {
    trials![
        what_is_printed_is_asked_again_and_found_as_written,
        differences_lead_and_what_is_unknown_is_none,
        json_names_all_but_what_is_as_written,
        what_is_foreign_drives_no_terminal,
        what_is_wrong_is_said_before_anything_is_asked,
        nobody_there_is_unknown,
    ]
}

const ZONE: &str = "b-1.example. A\na-2.example. A\nc-3.example. TXT\nd-4.example. A\n";

fn answer(asked: &Asked<'_>) -> Vec<u8> {
    match (asked.label.as_str(), asked.kind) {
        ("a-2", A) => asked.answer(ANSWER, &[&[192, 0, 2, 2], &[192, 0, 2, 1]]),
        ("b-1", A) => asked.answer(ANSWER, &[&[192, 0, 2, 3]]),
        ("c-3", TXT) => asked.answer(ANSWER, &[b"\x08a\x1b[2J \"\x07"]),
        ("e-5", _) => asked.answer(ANSWER | REFUSED, &[]),
        _ => asked.answer(ANSWER | NO_NAME, &[]),
    }
}

fn server() -> SocketAddr {
    serve(|asked| vec![(answer(asked), Sender::Own)], answer)
}

fn ask(folder: &Path, roll: &str, at: SocketAddr, code: i32) -> (Vec<String>, String) {
    std::fs::write(folder.join("names.txt"), roll).unwrap();
    let (stdout, stderr) =
        ran(folder, &["zone", "ask", "names.txt", "--at", &at.to_string()], code);
    let mut lines: Vec<String> = stdout.lines().map(str::to_owned).collect();
    lines.sort();
    (lines, stderr)
}

fn what_is_printed_is_asked_again_and_found_as_written() {
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    let (lines, said) = ask(folder.path(), ZONE, server, 0);
    let wanted = [
        "a-2.example. A 192.0.2.1",
        "a-2.example. A 192.0.2.2",
        "b-1.example. A 192.0.2.3",
        r#"c-3.example. TXT "a\027[2J \"\007""#,
        "d-4.example. A !NXDOMAIN",
    ];
    assert_eq!(lines, wanted);
    assert!(said.starts_with(&format!("4 questions to {server} in ")), "{said}");
    assert!(said.ends_with(": 4 answered.\n"), "{said}");
    let (again, said) = ask(folder.path(), &lines.join("\n"), server, 0);
    assert!(again.is_empty() && said.ends_with(": 4 as written.\n"), "{again:?} {said}");
}

fn differences_lead_and_what_is_unknown_is_none() {
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    let roll = "a-2.example. A 192.0.2.1\nb-1.example. A 192.0.2.3\ne-5.example. A 192.0.2.5\n";
    let (lines, said) = ask(folder.path(), roll, server, 4);
    let wanted = [
        "+ a-2.example. A 192.0.2.1",
        "+ a-2.example. A 192.0.2.2",
        "- a-2.example. A 192.0.2.1",
        "? e-5.example. A !REFUSED",
    ];
    assert_eq!(lines, wanted);
    assert!(said.ends_with(": 1 as written, 1 not as written, 1 declined.\n"), "{said}");
    let (lines, _) = ask(folder.path(), "e-5.example. A 192.0.2.5", server, 10);
    assert_eq!(lines, ["? e-5.example. A !REFUSED"]);
}

fn json_names_all_but_what_is_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let roll = "a-2.example. A !NODATA\nb-1.example. A 192.0.2.3\nd-4.example. A\n";
    std::fs::write(folder.path().join("names.txt"), roll).unwrap();
    let at = server().to_string();
    let found = json(folder.path(), &["zone", "ask", "names.txt", "--at", &at, "--json"], 4);
    assert_eq!((&found["schema"], &found["at"]), (&json!("lifeboat.answers/v1"), &json!(at)));
    let counts = [&found["asked"], &found["expected"], &found["differing"], &found["answered"]];
    assert_eq!(counts, [&json!(3), &json!(1), &json!(1), &json!(1)]);
    let mut names = found["names"].as_array().unwrap().clone();
    names.sort_by_key(|it| it["name"].to_string());
    let differs = json!({"name": "a-2.example.", "type": "A", "outcome": "differs",
        "wanted": ["A !NODATA"], "found": ["A 192.0.2.1", "A 192.0.2.2"]});
    let answered = json!({"name": "d-4.example.", "type": "A", "outcome": "answered",
        "wanted": [], "found": ["A !NXDOMAIN"]});
    assert_eq!(names, [differs, answered]);
}

fn what_is_foreign_drives_no_terminal() {
    let (folder, server) = (tempfile::tempdir().unwrap(), server());
    let (lines, said) = ask(folder.path(), "c-3.example. TXT \"\x1b]0;x\x07\"", server, 4);
    let shown = [lines.concat(), said].concat();
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    assert!(shown.contains(r"\027]0;x\007") && shown.contains(r"\027[2J"), "{shown}");
    let (_, said) = ask(folder.path(), "\x1b[2J..x A", server, 3);
    assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
}

fn what_is_wrong_is_said_before_anything_is_asked() {
    let (folder, server) = (scaffolded(), server());
    let path = folder.path();
    let (_, said) = ask(path, "a-1.example. A\n\nb..c A\n", server, 3);
    assert!(said.contains("names.txt:3:1: `b..c` is no domain name") && said.contains("do: "));
    assert!(ask(path, "; nothing\n", server, 3).1.contains("asks for nothing"));
    std::fs::write(path.join("names.txt"), "a-1.example. A\n".repeat(2) + ZONE).unwrap();
    let at =
        |words: &[&str], code| ran(path, &[&["zone", "ask", "names.txt"], words].concat(), code).1;
    let server = server.to_string();
    let late = at(&["--at", &server, "--rate", "1", "--deadline", "2s"], 2);
    assert!(late.contains("take 5 s, and there are 2 s") && late.contains("--rate"), "{late}");
    assert!(at(&["--at", "nobody"], 2).contains("no address"));
    assert!(at(&["--at", &server, "--offline"], 10).contains("offline"));
    at(&["--at", &server, "--rate", "0"], 2);
    let absent = ran(path, &["zone", "ask", "nowhere.txt", "--at", &server], 2).1;
    assert!(absent.contains("nowhere.txt"), "{absent}");
}

fn nobody_there_is_unknown() {
    let (folder, closed) = (tempfile::tempdir().unwrap(), RefusingPort::udp().unwrap());
    let (lines, said) = ask(folder.path(), "a-1.example. A 192.0.2.1", closed.address(), 10);
    assert_eq!(lines, ["? a-1.example. A !LOST"]);
    assert!(said.contains("1 without an answer. Nobody listens there."), "{said}");
}
