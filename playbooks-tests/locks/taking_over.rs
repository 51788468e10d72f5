//! `take-over` from the command line, and what is left to whoever was shut out (promises B3 and B4).

use super::child::Other;
use libtest_mimic::Trial;
use lifeboat::store::{Incident, Incidents};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn trials() -> Vec<Trial> {
    trials![
        b4_a_take_over_names_whom_it_shuts_out_and_demands_a_reason,
        b4_a_take_over_where_nobody_runs_is_refused,
        b4_a_lock_is_said_to_reach_this_machine_alone,
        b3_whoever_was_shut_out_appends_nothing,
    ]
}

/// An operator's folder with one open incident.
struct Desk {
    folder: tempfile::TempDir,
    directory: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &["init"], 0);
        let declared =
            run(folder.path(), &["declare", "names fail", "--severity", "major", "--json"], 0);
        let declared: Value = serde_json::from_str(&declared.0).unwrap();
        let directory = PathBuf::from(declared["directory"].as_str().unwrap());
        Self { folder, directory }
    }

    #[track_caller]
    fn run(&self, words: &[&str], code: i32) -> (String, String) {
        run(self.folder.path(), words, code)
    }

    fn estate(&self) -> &str {
        self.directory.parent().unwrap().file_name().unwrap().to_str().unwrap()
    }

    fn root(&self) -> &Path {
        self.directory.ancestors().nth(2).unwrap()
    }

    fn incident(&self) -> Incident {
        let name = self.directory.file_name().unwrap().to_str().unwrap();
        Incidents::open(self.root(), &self.estate().into()).unwrap().incident(name).unwrap()
    }

    fn other(&self) -> Other {
        Other::at(self.root(), self.estate(), &self.incident())
    }
}

#[track_caller]
fn run(folder: &Path, words: &[&str], code: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(words).current_dir(folder).env_clear().env("HOME", folder).env("USER", "berta");
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(stdout), text(stderr));
    assert_eq!(status.code(), Some(code), "{words:?}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

fn b4_a_take_over_names_whom_it_shuts_out_and_demands_a_reason() {
    let desk = Desk::new();
    let mut other = desk.other();
    assert_eq!(other.ask("hold reg"), "ok");
    assert_eq!(other.ask("start"), "ok");
    let (_, said) = desk.run(&["close"], 11);
    for part in [
        "anna on bridge",
        &format!("process {}", other.pid()),
        "#1 `started`",
        "take-over --reason",
    ] {
        assert!(said.contains(part), "`{part}` is not said: {said}");
    }
    desk.run(&["take-over"], 2);
    let (_, said) = desk.run(&["take-over", "--reason", "  "], 2);
    assert!(said.contains("reason"), "{said}");
    assert_eq!(other.ask("append still mine"), "ok", "a refused take-over shut somebody out");
    let (told, next) = desk.run(&["take-over", "--reason", "its laptop is lost"], 0);
    for part in [
        "anna on bridge",
        &format!("process {}", other.pid()),
        ", since ",
        "#2 `noted`",
        "service `reg`",
    ] {
        assert!(told.contains(part), "`{part}` is not told: {told}");
    }
    assert!(next.contains("lifeboat resume"), "{next}");
    let (timeline, _) = desk.run(&["timeline"], 0);
    assert!(
        timeline.contains("berta on ") && timeline.contains("its laptop is lost"),
        "{timeline}"
    );
    let refused = other.ask("append too late");
    assert!(refused.contains("berta") && refused.contains("took the run over"), "{refused}");
    desk.run(&["close"], 0);
}

fn b4_a_take_over_where_nobody_runs_is_refused() {
    let desk = Desk::new();
    let (_, said) = desk.run(&["take-over", "--reason", "impatience"], 2);
    assert!(said.contains("nobody holds the incident"), "{said}");
    let mut other = desk.other();
    assert_eq!(other.ask("hold"), "ok");
    assert_eq!(other.ask("start"), "ok");
    other.kill();
    let document = desk.run(&["take-over", "--reason", "it was killed", "--json"], 0).0;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["schema"], "lifeboat.take-over/v1");
    assert_eq!((&document["record"], &document["reason"]), (&2.into(), &"it was killed".into()));
}

fn b4_a_lock_is_said_to_reach_this_machine_alone() {
    let desk = Desk::new();
    let alone = "on this machine alone";
    let (status, _) = desk.run(&["status"], 0);
    assert!(status.contains(alone), "{status}");
    let mut other = desk.other();
    assert_eq!(other.ask("hold reg"), "ok");
    let (status, _) = desk.run(&["status"], 0);
    assert!(status.contains("anna on bridge") && status.contains(alone), "{status}");
    let document: Value = serde_json::from_str(&desk.run(&["status", "--json"], 0).0).unwrap();
    assert_eq!(document["locks"]["held"][0]["holder"]["pid"], other.pid(), "{document}");
    assert_eq!(document["locks"]["held"][1]["what"]["service"], "reg", "{document}");
}

fn b3_whoever_was_shut_out_appends_nothing() {
    let (mut appended, mut refused) = (0, 0);
    // Stopped before it began, after it began, and in the middle of what it does.
    for began in [false, true] {
        for before in 0..4 {
            let desk = Desk::new();
            let mut other = desk.other();
            assert_eq!(other.ask("hold reg"), "ok");
            if began {
                assert_eq!(other.ask("start"), "ok");
            }
            for number in 0..before {
                assert_eq!(other.ask(&format!("append {number}")), "ok");
            }
            other.signal(Signal::SIGSTOP);
            other.say(if began { "append late" } else { "start" });
            other.say("fence");
            desk.run(&["take-over", "--reason", "it hangs"], 0);
            let records = desk.incident().records().unwrap().len();
            other.signal(Signal::SIGCONT);
            for _ in 0..2 {
                let said = other.answer();
                refused += usize::from(said.starts_with("no: "));
            }
            appended += desk.incident().records().unwrap().len() - records;
        }
    }
    eprintln!(
        "B3: 8 processes stopped and shut out; {refused} refusals, {appended} records of theirs"
    );
    assert_eq!((appended, refused), (0, 16));
}
