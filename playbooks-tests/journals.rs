//! Journals: what was done to one is found, what attests one is gathered, and nothing is run on a wrong one.

mod anchored;
pub mod changed;
mod disk;
mod specimen;
mod tampered;
mod transcripts;
mod understood;

use libtest_mimic::Trial;
use lifeboat::store::{Incident, Incidents};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::{json, scaffolded};

/// Returns the trials of journals.
pub fn trials() -> Vec<Trial> {
    [
        anchored::trials(),
        changed::trials(),
        disk::trials(),
        tampered::trials(),
        transcripts::trials(),
        understood::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// An operator's folder with one open incident.
struct Desk {
    home: tempfile::TempDir,
    /// The incident's folder.
    folder: PathBuf,
}

impl Desk {
    /// Makes the folder and declares the incident.
    fn new() -> Self {
        Self::declared(scaffolded())
    }

    /// Makes it in a repository with a commit, so that heads are noted there.
    fn committed() -> Self {
        let home = scaffolded();
        crate::repository::commit(home.path());
        Self::declared(home)
    }

    fn declared(home: tempfile::TempDir) -> Self {
        let words = ["declare", "names fail", "--severity", "major", "--json"];
        let declared = json(home.path(), &words, 0);
        let folder = PathBuf::from(declared["directory"].as_str().unwrap());
        Self { home, folder }
    }

    fn path(&self) -> &Path {
        self.home.path()
    }

    fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.journal()).unwrap()
    }

    /// Opens the incident as the program does.
    fn incident(&self) -> Incident {
        let estate = self.folder.parent().unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let root = estate.parent().unwrap();
        let incidents = Incidents::open(root, &name(estate).as_str().into()).unwrap();
        incidents.incident(&name(&self.folder)).unwrap()
    }

    /// Returns what `journal verify --json` says.
    #[track_caller]
    fn verified(&self, code: i32) -> Value {
        json(self.path(), &["journal", "verify", "--json"], code)
    }
}

/// Cuts a journal's last lines off.
fn without_last(bytes: &[u8], lines: usize) -> Vec<u8> {
    let all: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    all[..all.len() - lines].concat()
}
