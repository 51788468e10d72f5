//! An operator at work in a lab: the commands that every case needs, with what they must say.

use crate::real::lab::Lab;
use crate::real::lifeboat::{Ran, Terminal};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns what `diagnose --json` prints, with its exit code.
#[track_caller]
pub fn diagnose(lab: &Lab, code: i32) -> Value {
    lab.lifeboat(&["diagnose", "--json"]).run().code(code).json()
}

/// Returns each cause as `mode/subject/mechanism`.
pub fn causes(diagnosis: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let causes = diagnosis["causes"].as_array().unwrap();
    let line = |cause: &Value| {
        let parts = ["failure_mode", "subject", "mechanism"].map(|key| word(&cause[key]));
        parts.join("/")
    };
    causes.iter().map(line).collect()
}

/// Returns the truth of a fact as seen from anywhere; several vantages must agree.
pub fn truth(diagnosis: &Value, kind: &str, subject: &str) -> Option<String> {
    let facts = diagnosis["facts"].as_array().unwrap();
    let mut found: Vec<&str> = facts
        .iter()
        .filter(|fact| fact["kind"] == kind && fact["subject"] == subject)
        .map(|fact| fact["truth"].as_str().unwrap())
        .collect();
    found.dedup();
    assert!(found.len() <= 1, "{kind}({subject}) is {found:?}");
    found.first().map(|truth| (*truth).to_owned())
}

/// Opens an incident and returns its folder.
pub fn declare(lab: &Lab, title: &str) -> PathBuf {
    let declared = lab.lifeboat(&["declare", title, "--severity", "major", "--json"]).run().code(0);
    PathBuf::from(declared.json()["directory"].as_str().unwrap())
}

/// A pinned plan, as `plan --json` prints it.
pub struct Pinned(pub Value);

impl Pinned {
    /// Returns its short digest.
    pub fn short(&self) -> &str {
        self.0["short"].as_str().unwrap()
    }

    /// Returns what the approver types.
    pub fn target(&self) -> &str {
        self.0["target"].as_str().unwrap()
    }

    /// Returns its changes.
    pub fn changes(&self) -> &Vec<Value> {
        self.0["changes"].as_array().unwrap()
    }
}

/// Pins a plan.
#[track_caller]
pub fn plan(lab: &Lab, words: &[&str]) -> Pinned {
    let words = [&["plan"], words, &["--json"]].concat();
    Pinned(lab.lifeboat(&words).run().code(0).json())
}

/// Starts a command at a terminal and types the approval of a plan.
pub fn approve(lab: &Lab, words: &[&str], plan: &Pinned) -> Terminal {
    let mut terminal = lab.lifeboat(words).terminal();
    terminal.answer("short digest: ", plan.short());
    terminal.answer("target: ", plan.target());
    terminal
}

/// Runs a plan at a terminal to its end.
#[track_caller]
pub fn run(lab: &Lab, plan: &Pinned, code: i32) -> Ran {
    approve(lab, &["run", plan.short()], plan).finish().code(code)
}

/// Checks that the journal of the open incident verifies.
#[track_caller]
pub fn verify_journal(lab: &Lab) {
    lab.lifeboat(&["journal", "verify"]).run().code(0);
}

/// Returns all texts of a folder of messages, by file name.
pub fn messages(folder: PathBuf) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut read: Vec<(String, String)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    read.sort();
    read
}

/// Commits everything in the lab's folder, as an operator does with their repository.
pub fn commit(lab: &Lab) {
    commit_at(lab.folder());
}

/// Commits what an operator keeps in a folder.
pub fn commit_at(folder: &Path) {
    let repository = git2::Repository::init(folder).unwrap();
    let mut index = repository.index().unwrap();
    index
        .add_all(
            ["runbooks", "templates", "zones", "lifeboat.yaml"],
            git2::IndexAddOption::DEFAULT,
            None,
        )
        .unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let me = git2::Signature::now("operator", "operator@example.org").unwrap();
    let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    repository.commit(Some("HEAD"), &me, &me, "state", &tree, &parents).unwrap();
}
