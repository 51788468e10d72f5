//! Every command of the program, read from its own grammar: a new one is tried like the others, or named here.

use clap::{Command, CommandFactory};
use lifeboat::cli::Arguments;

/// What follows a command's name where it does not run without, or runs in another way; `SHORT` stands for a plan's
/// short digest.
const WORDS: &[(&str, &[&str])] = &[
    ("approve", &["SHORT"]),
    ("approve", &["SHORT", "--offered"]),
    ("completions", &["bash"]),
    ("declare", &["names fail once more", "--severity", "minor"]),
    ("init", &["fresh"]),
    ("journal purge", &["--older-than", "90d"]),
    ("message", &["status/investigating"]),
    ("note", &["called the hoster"]),
    ("plan", &["move", "--set", "failed=old", "--set", "standby=new", "--set", "zone=z"]),
    ("run", &["SHORT", "--wait", "10ms"]),
    ("resume", &["--wait", "10ms"]),
    ("runbook accept", &["--reason", "we moved it on purpose"]),
    ("runbook diff", &["tracker-loss", "HEAD"]),
    ("runbook show", &["tracker-loss"]),
    ("schema", &["estate"]),
    ("take-over", &["--reason", "its laptop is lost"]),
    ("undo", &["--wait", "10ms"]),
    ("zone ask", &["names.txt", "--at", "127.0.0.1:9"]),
];

/// The files that these words name and an operator's folder does not have by itself.
pub const FILES: &[(&str, &str)] = &[("names.txt", "www.z.example. A\n")];

/// One way to call the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The command's name, for example `journal verify`.
    pub name: String,
    /// The words after `lifeboat`.
    pub words: Vec<String>,
}

impl Call {
    /// Returns the words, for a plan's short digest.
    pub fn of(&self, short: &str) -> Vec<String> {
        let word = |word: &String| if word == "SHORT" { short.to_owned() } else { word.clone() };
        self.words.iter().map(word).collect()
    }
}

/// Returns a call of every command that the grammar knows.
#[track_caller]
pub fn every() -> Vec<Call> {
    let mut calls = Vec::new();
    gather(&Arguments::command(), &mut Vec::new(), &mut calls);
    assert!(calls.len() >= 28, "the grammar has lost commands: {calls:?}");
    for (name, _) in WORDS {
        assert!(calls.iter().any(|call| call.name == *name), "there is no command `{name}`");
    }
    calls
}

#[track_caller]
fn gather(command: &Command, path: &mut Vec<String>, calls: &mut Vec<Call>) {
    for inner in command.get_subcommands() {
        path.push(inner.get_name().to_owned());
        gather(inner, path, calls);
        path.pop();
    }
    if command.is_subcommand_required_set() || path.is_empty() {
        return;
    }
    let name = path.join(" ");
    let mut ways: Vec<&[&str]> =
        WORDS.iter().filter(|(known, _)| *known == name).map(|(_, words)| *words).collect();
    let needs = command.get_arguments().any(clap::Arg::is_required_set);
    assert!(!ways.is_empty() || !needs, "say in the roster how `{name}` is called");
    if ways.is_empty() {
        ways.push(&[]);
    }
    for way in ways {
        let words = way.iter().map(|word| (*word).to_owned());
        let words = path.iter().cloned().chain(words).collect();
        calls.push(Call { name: name.clone(), words });
    }
}
