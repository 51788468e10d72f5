//! A slot: a whole estate in a folder of its own, whose state is put back between cases.

use super::ground::Ground;
use super::journal::Journal;
use super::runbook;
use super::subject::{Held, Subject};
use crate::real::cases::operator::{Pinned, commit_at};
use crate::real::lifeboat::Lifeboat;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// How long one call may take on a busy machine: a write in doubt is waited for.
const WITHIN: Duration = Duration::from_secs(120);

/// The folders that a case changes; git's notes bear witness to the journal.
const STATE: [&str; 3] = ["incidents", "home", ".git"];

pub struct Slot<'g> {
    ground: &'g Ground,
    name: String,
    pub subjects: Vec<Box<dyn Subject + 'g>>,
    zero: Mutex<Vec<u64>>,
}

impl<'g> Slot<'g> {
    /// Writes and commits what an operator keeps.
    pub fn new(
        ground: &'g Ground,
        number: u8,
        subjects: Vec<Box<dyn Subject + 'g>>,
        files: impl IntoIterator<Item = (String, String)>,
    ) -> Slot<'g> {
        let name = format!("slot-{number}");
        let slot = Slot { ground, name, subjects, zero: Mutex::default() };
        for (name, text) in files {
            slot.write(&name, &text);
        }
        for (name, secret) in ground.secrets() {
            let path = slot.write(name, secret);
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        commit_at(&slot.folder());
        slot
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        self.ground.lab.write(&format!("{}/{name}", self.name), text)
    }

    /// Returns its folder.
    pub fn folder(&self) -> PathBuf {
        self.ground.lab.folder().join(&self.name)
    }

    /// Prepares a call on one thread, in its folder.
    pub fn call(&self, words: &[&str]) -> Lifeboat {
        let home = self.folder().join("home").display().to_string();
        let call = self.ground.lab.lifeboat(words).folder(&self.name).within(WITHIN);
        call.env("HOME", &home).env("LIFEBOAT_THREADS", "1")
    }

    /// Declares the only incident and pins a runbook's plan, with every object in its first state.
    pub fn pin(&self, id: &str) -> Pinned {
        self.subjects.iter().for_each(|subject| subject.put(Held::Before));
        for state in ["incidents", "home"] {
            fs::create_dir_all(self.folder().join(state)).unwrap();
        }
        let declare = ["declare", "everything is gone", "--severity", "major", "--json"];
        self.call(&declare).run().code(0);
        let words = ["plan", id, "--phase", "post-incident", "--json"];
        let words: Vec<&str> = words.into_iter().chain(runbook::set(id)).collect();
        Pinned(self.call(&words).run().code(0).json())
    }

    /// Runs a command that wants an approval, and kills it when it writes the n-th line of the journal.
    pub fn begin(&self, words: &[&str], pinned: &Pinned, line: usize) {
        let journal = self.journal_path();
        let inject = format!("inject=write:signal=KILL:when={line}");
        let path = journal.to_str().unwrap();
        let strace = [
            "strace",
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-P",
            path,
            "-e",
            "trace=write",
            "-e",
            &inject,
        ];
        let mut terminal = self.call(words).under(&strace).terminal();
        terminal.answer("short digest: ", pinned.short());
        terminal.answer("target: ", pinned.target());
        terminal.finish().code(137);
    }

    /// Runs the plan that turns back until it has turned, and not a line further.
    pub fn turn(&self) {
        let pinned = self.pin(runbook::TURNING);
        self.keep("pinned");
        // After its proof has failed it turns back; how often it is looked for before is the machine's to say.
        for line in [11, 12, 10, 13] {
            self.restore("pinned", |_| Held::Before);
            self.begin(&["run", pinned.short()], &pinned, line);
            if self.journal().ends_with("turned-back") {
                return self.keep("turned");
            }
        }
        panic!("it does not turn back");
    }

    /// Keeps the state as it is now, under a name.
    pub fn keep(&self, name: &str) {
        let kept = self.folder().join("kept").join(name);
        for state in STATE {
            copy(&self.folder().join(state), &kept.join(state));
        }
    }

    /// Puts a kept state back, and every object on a value of its own.
    pub fn restore(&self, name: &str, value: impl Fn(usize) -> Held) {
        let kept = self.folder().join("kept").join(name);
        for state in STATE {
            let folder = self.folder().join(state);
            fs::remove_dir_all(&folder).unwrap();
            copy(&kept.join(state), &folder);
        }
        let mut zero = self.zero.lock().unwrap();
        zero.clear();
        for (at, subject) in self.subjects.iter().enumerate() {
            subject.put(value(at));
            subject.tap().forget();
            zero.push(subject.effects());
        }
    }

    /// Returns what subjects' books said when the state was put back last.
    pub fn zero(&self, subjects: &[usize]) -> Vec<u64> {
        let zero = self.zero.lock().unwrap();
        subjects.iter().map(|subject| zero[*subject]).collect()
    }

    /// Returns the incident's journal.
    pub fn journal(&self) -> Journal {
        Journal::read(&self.journal_path())
    }

    /// Returns the path of the incident's journal.
    pub fn journal_path(&self) -> PathBuf {
        let estate = self.folder().join("incidents/sweep");
        let mut below = fs::read_dir(estate).unwrap().map(|entry| entry.unwrap().path());
        below.find_map(|path| Some(path.join("journal.jsonl")).filter(|it| it.exists())).unwrap()
    }

    /// Counts the messages that lie where the team reads them.
    pub fn messages(&self) -> usize {
        let folder = self.journal_path().with_file_name("messages");
        let Ok(entries) = fs::read_dir(folder) else { return 0 };
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        entries.map(name).filter(|name| name.to_string_lossy().ends_with(".md")).count()
    }

    /// Waits until every request that a process sent is done with.
    pub fn idle(&self) {
        self.subjects.iter().for_each(|subject| subject.tap().idle());
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
