//! Promise E4: a clean machine without any network, home, locale, user or terminal, on a disk that takes nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use super::trace::{CALLS, Seen};
use crate::manners::{roster, scene};
use crate::real::lab::Lab;

/// Returns the trials of clean machines.
pub fn trials() -> Vec<Trial> {
    trials![e4_every_command_runs_on_a_clean_machine_offline]
}

/// Commands that only read, and so need no disk to write on.
const READ: [&str; 19] = [
    "completions",
    "diagnose",
    "drill",
    "handoff",
    "incidents",
    "journal verify",
    "lint",
    "man",
    "message",
    "postmortem",
    "probe",
    "runbook list",
    "runbook show",
    "schema",
    "status",
    "timeline",
    "zone ask",
    "zone diff",
    "zone parity",
];

/// Commands that ask the world: they may open sockets, and find no way out.
const ASK: [&str; 12] = [
    "diagnose",
    "plan",
    "probe",
    "ready",
    "resume",
    "run",
    "runbook fetch",
    "undo",
    "zone ask",
    "zone diff",
    "zone parity",
    "zone snapshot",
];

/// Commands about commits, which a new folder has none of: any refusal is right.
const COMMITS: [&str; 4] = ["runbook accept", "runbook diff", "runbook fetch", "runbook log"];

/// Commands that need no estate; of all others an empty folder is a wrong use.
const BARE: [&str; 6] = ["completions", "drill", "init", "man", "runbook show", "schema"];

/// How a command ends in an operator's folder, where that is not 0: nothing is pinned there, and nothing answers.
const CODES: [(&str, i32); 12] = [
    ("approve", 2),
    ("diagnose", 10),
    ("plan", 2),
    ("ready", 4),
    ("resume", 2),
    ("run", 2),
    ("take-over", 2),
    ("undo", 2),
    ("zone ask", 10),
    ("zone diff", 10),
    ("zone parity", 10),
    ("zone snapshot", 10),
];

/// Only loopback, in a folder that is read-only unless it shall not be, with an empty environment.
const CLEAN: &str = r#"ip link set lo up
[ "$2" = write ] || { mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"; }
cd "$1"; trace=$3; strace=$(command -v strace); calls=$4; shift 4
exec env -i "$strace" -f -qq -e "$calls" -o "$trace" "$@""#;

fn run(folder: &Path, reads: bool, trace: &Path, words: &[String]) -> (Option<i32>, String) {
    let mut command = Command::new("unshare");
    command.args(["-n", "-m", "sh", "-c", CLEAN, "clean"]).arg(folder);
    command.arg(if reads { "read" } else { "write" }).arg(trace).arg(CALLS);
    let ran = command.arg(env!("CARGO_BIN_EXE_lifeboat")).args(words).output().unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.code(), String::from_utf8_lossy(&said).into_owned())
}

fn e4_every_command_runs_on_a_clean_machine_offline() {
    let lab = Lab::new();
    let operator = lab.subfolder("operator");
    lab.lifeboat(&["init"]).folder("operator").run().code(0);
    let estate = fs::read_to_string(operator.join("lifeboat.yaml")).unwrap();
    for (name, text) in roster::FILES {
        lab.write(&format!("operator/{name}"), text);
    }
    lab.write("operator/lifeboat.yaml", estate + "incidents: { directory: incidents }\n");
    lab.lifeboat(&["declare", "names fail", "--severity", "minor"])
        .folder("operator")
        .run()
        .code(0);
    let (calls, mut tried, mut wrong) = (roster::every(), 0, Vec::new());
    for call in &calls {
        let name = call.name.as_str();
        for empty in [true, false] {
            // A scenario is played in memory and on loopback, which is another promise's.
            if name == "test" && !empty {
                continue;
            }
            let folder = tempfile::tempdir().unwrap();
            if !empty {
                scene::copy(&operator, folder.path());
            }
            let trace = lab.folder().join("trace");
            let (code, said) =
                run(folder.path(), READ.contains(&name), &trace, &call.of("00000000"));
            let right = match (empty, BARE.contains(&name)) {
                (true, false) => 2,
                (true, true) => 0,
                (false, _) => CODES.iter().find(|(it, _)| *it == name).map_or(0, |(_, code)| *code),
            };
            let seen = Seen::of(&trace, "/etc/resolv.conf");
            let asks = ASK.contains(&name) && !empty;
            let nobody = seen.unix.is_empty() && seen.outside.is_empty();
            let nothing = seen.sockets == 0 && seen.opened == 0 && seen.programs == 1;
            let alone = asks || (nobody && nothing);
            let free = COMMITS.contains(&name) && code.is_some_and(|code| code != 1 && code <= 12);
            if (code != Some(right) && !free) || !alone || said.contains("panicked") {
                wrong.push(format!(
                    "`{name}`, empty {empty}: {code:?}, not {right}; {seen:?}\n{said}"
                ));
            }
            tried += 1;
        }
    }
    // Whoever says `--offline` means it: commands that would ask the world open nothing.
    let quiet: [&[&str]; 6] = [
        &["ready"],
        &["status"],
        &["probe"],
        &["diagnose"],
        &["zone", "diff"],
        &["zone", "parity"],
    ];
    for words in quiet {
        let folder = tempfile::tempdir().unwrap();
        scene::copy(&operator, folder.path());
        let trace = lab.folder().join("trace");
        let words: Vec<String> =
            words.iter().chain(&["--offline"]).map(|it| (*it).to_owned()).collect();
        let (code, said) = run(folder.path(), false, &trace, &words);
        let seen = Seen::of(&trace, "/etc/resolv.conf");
        let nothing = seen.sockets == 0 && seen.opened == 0 && seen.programs == 1;
        if !nothing || !seen.outside.is_empty() || !code.is_some_and(|code| code != 1 && code <= 12)
        {
            wrong.push(format!("{words:?}: {code:?}; {seen:?}\n{said}"));
        }
        tried += 1;
    }
    eprintln!(
        "E4: {} commands, {tried} calls on a clean machine; {} of them wrong",
        calls.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
