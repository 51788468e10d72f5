//! Promise A7 on disks that fail: no effect without a durable intent, and what only looks goes on.

use super::cases::operator::{Pinned, declare, plan};
use super::lab::Lab;
use super::lifeboat::{Lifeboat, Ran};
use super::tracked::Tracked;
use libtest_mimic::Trial;
use serde_json::Value;
use std::cell::RefCell;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the trials of disks.
pub fn trials() -> Vec<Trial> {
    trials![
        a7_every_write_and_sync_that_fails_stops_before_the_next_effect,
        a7_a_full_or_read_only_disk_stops_the_run_and_nothing_that_looks,
        a7_eight_kilobytes_end_in_a_refusal_and_a_whole_journal,
        a7_every_name_on_the_way_to_a_journal_is_durable,
    ]
}

const RUNBOOK: &str = "tracker-loss";
const PAGE: u64 = 4096;
/// No run has so many records; a sweep that does not end is a failure.
const MOST: usize = 60;

/// A fleet whose first tracker is gone, with a plan that changes x at both seedboxes.
struct Outage {
    lab: Lab,
    fleet: Tracked,
    before: Vec<Vec<Vec<String>>>,
    incident: PathBuf,
    pinned: Pinned,
    /// The heads that approvers were shown.
    shown: RefCell<Vec<String>>,
}

impl Outage {
    fn begin(lab: Lab) -> Self {
        let mut fleet = Tracked::start(&lab);
        let before = fleet.lists();
        fleet.one.daemon.kill();
        let incident = declare(&lab, "clients of one tracker find no new peers");
        let pinned = plan(&lab, &[RUNBOOK]);
        assert_eq!(pinned.changes().len(), 2, "{:#}", pinned.0);
        Self { lab, fleet, before, incident, pinned, shown: RefCell::default() }
    }

    fn journal(&self) -> PathBuf {
        self.incident.join("journal.jsonl")
    }

    /// Returns how many records of a kind are on the disk.
    fn records(&self, kind: &str) -> usize {
        let text = fs::read_to_string(self.journal()).unwrap();
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let events = whole.map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].take());
        events.filter(|event| event.get(kind).is_some()).count()
    }

    /// Begins the run, or takes it up, under another program.
    fn go_on(&self, under: &[String]) -> Ran {
        let under: Vec<&str> = under.iter().map(String::as_str).collect();
        let call =
            |words: &[&str]| self.lab.lifeboat(words).env("LIFEBOAT_THREADS", "1").under(&under);
        if self.records("started") > 0 {
            return call(&["resume"]).run();
        }
        let mut terminal = call(&["run", self.pinned.short()]).terminal();
        if terminal.appears("short digest: ") {
            terminal.type_line(self.pinned.short());
            terminal.answer("target: ", self.pinned.target());
        }
        let ran = terminal.finish();
        let heads = ran.stdout.lines().filter_map(|line| line.trim().strip_prefix("journal: "));
        self.shown.borrow_mut().extend(heads.map(str::to_owned));
        ran
    }

    /// Checks that nothing was changed without an intent on the disk, and that the journal is whole.
    #[track_caller]
    fn held(&self, place: &str) {
        let now = self.fleet.lists();
        let changed = now.iter().zip(&self.before).filter(|(now, before)| now != before).count();
        let intended = self.records("intended");
        assert!(changed <= intended, "{place}: {changed} changed, {intended} intended on the disk");
        self.lab.lifeboat(&["journal", "verify"]).run().code(0);
    }

    #[track_caller]
    fn ended(&self) {
        assert_eq!(self.fleet.lists(), self.fleet.replaced(self.before.clone()));
        assert_eq!(self.records("finished"), 1);
        let shown = self.shown.borrow();
        assert!(!shown.is_empty(), "no approver was shown the journal's head");
        let anchors = shown.iter().flat_map(|head| ["--anchor", head]);
        let words: Vec<&str> = ["journal", "verify", "--json"].into_iter().chain(anchors).collect();
        let verified = self.lab.lifeboat(&words).run().code(0).json();
        let anchors = verified["anchors"].as_array().unwrap();
        assert!(anchors.iter().all(|it| it["fits"] == true), "{verified:#}");
        // The messages that got onto the disk attest it as well.
        assert!(anchors.len() > shown.len(), "{verified:#}");
    }
}

/// What a person must read when a disk takes no record.
#[track_caller]
fn stopped(ran: Ran, place: &str) {
    let said = ran.everything();
    assert_eq!(ran.code, 1, "{place}: {said}");
    assert!(
        said.contains("lifeboat resume") || said.contains("the same command again"),
        "{place}: {said}"
    );
}

/// Each record of one run fails once: the write of it or the sync of it, for want of a disk, of room, or of quota.
fn a7_every_write_and_sync_that_fails_stops_before_the_next_effect() {
    let outage = Outage::begin(Lab::new());
    let log = outage.lab.folder().join("strace");
    let journal = outage.journal().display().to_string();
    let kinds: Vec<(&str, &str)> = ["EIO", "ENOSPC", "EDQUOT"]
        .into_iter()
        .flat_map(|error| ["write", "fdatasync"].map(|call| (call, error)))
        .collect();
    let mut failed = vec![0; kinds.len()];
    let mut before_an_effect = 0;
    for turn in 0..MOST {
        let kind = turn % kinds.len();
        let (call, error) = kinds[kind];
        // The approval, the beginning, then each record after the one that the turn before did not get.
        let begun = outage.records("started") > 0;
        let when = if begun { 3 } else { turn + 1 };
        let inject = format!("inject={call}:error={error}:when={when}");
        let words = ["strace", "-f", "-o", log.to_str().unwrap(), "-P", &journal, "-e"];
        let mut under: Vec<String> = words.map(str::to_owned).to_vec();
        under.extend([format!("trace={call},ftruncate"), "-e".to_owned(), inject.clone()]);
        // What was written and not synced is cut off again; here that fails as well, and the line stays.
        if (call, error) == ("fdatasync", "EIO") {
            under.extend(["-e".to_owned(), "inject=ftruncate:error=EIO".to_owned()]);
        }
        let place = format!("turn {turn}, {inject}");
        let intended = outage.records("intended");
        let ran = outage.go_on(&under);
        let fired = fs::read_to_string(&log).unwrap().matches("(INJECTED)").count();
        if fired == 0 {
            assert_eq!(ran.code, 0, "{place}: {}", ran.everything());
            outage.ended();
            assert!(failed.iter().all(|times| *times > 0), "{failed:?} of {kinds:?}");
            // An intent that could not be cut is read back, found absent, and made anew.
            assert!(before_an_effect >= 2, "each change's intent fails at least once");
            eprintln!(
                "A7: {} records failed, {failed:?} of {kinds:?}; then the run ended well",
                turn
            );
            return;
        }
        assert!(fired <= 2, "{place}");
        stopped(ran, &place);
        outage.held(&place);
        failed[kind] += 1;
        // The next turn writes the intent that this one did not get.
        before_an_effect += usize::from(intended < outage.records("intended"));
    }
    panic!("the run has not ended after {MOST} turns");
}

/// A file system of its own; it is gone when this is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf, size: &str) -> Self {
        fs::create_dir_all(&at).unwrap();
        let options = format!("size={size},mode=700");
        let disk = Self(at);
        disk.run(&["mount", "-t", "tmpfs", "-o", &options, "tmpfs"]);
        disk
    }

    fn remount(&self, how: &str) {
        self.run(&["mount", "-o", &format!("remount,{how}")]);
    }

    fn run(&self, words: &[&str]) {
        let ran = Command::new(words[0]).args(&words[1..]).arg(&self.0).output().unwrap();
        assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
    }

    /// Fills all of it but some pages.
    fn fill(&self, free: u64) {
        let path = self.0.join("filler");
        let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        while file.write_all(&[1; PAGE as usize]).is_ok() {}
        let length = file.metadata().unwrap().len() / PAGE * PAGE;
        file.set_len(length.saturating_sub(free * PAGE)).unwrap();
    }

    fn empty(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Whoever only looks needs no disk to write on.
#[track_caller]
fn looks(lab: &Lab, place: &str) {
    for words in
        [&["status"][..], &["timeline"], &["handoff"], &["postmortem"], &["journal", "verify"]]
    {
        lab.lifeboat(words).run().code(0);
    }
    let found = lab.lifeboat(&["diagnose", "--json"]).run().code(4).json();
    assert_eq!(found["causes"][0]["failure_mode"], RUNBOOK, "{place}: {found:#}");
    let found = lab.lifeboat(&["diagnose", "--record", "--json"]).run().code(4);
    assert_eq!(found.json()["causes"][0]["failure_mode"], RUNBOOK, "{place}");
    // What is left of the journal's last page may still take the record; its evidence needs a page of its own.
    let said = ["is not in the journal", "The evidence is not kept"];
    let told = said.iter().any(|it| found.stderr.contains(it));
    assert!(told, "{place}: {}", found.everything());
}

fn a7_a_full_or_read_only_disk_stops_the_run_and_nothing_that_looks() {
    let lab = Lab::new();
    let disk = Disk::mount(lab.folder().join("incidents"), "2m");
    let outage = Outage::begin(lab);
    disk.remount("ro");
    stopped(outage.go_on(&[]), "a read-only disk");
    outage.held("a read-only disk");
    looks(&outage.lab, "a read-only disk");
    disk.remount("rw");
    disk.fill(0);
    // A verdict is larger than what is left of the journal's last page.
    looks(&outage.lab, "a full disk");
    disk.empty();
    let mut full = 0;
    for free in 0..8 {
        disk.fill(free);
        let ran = outage.go_on(&[]);
        disk.empty();
        if ran.code == 0 {
            break;
        }
        stopped(ran, &format!("{free} pages left"));
        outage.held(&format!("{free} pages left"));
        full += 1;
    }
    assert!(full >= 2, "the disk was full {full} times only");
    if outage.records("finished") == 0 {
        let ran = outage.go_on(&[]);
        assert_eq!(ran.code, 0, "{}", ran.everything());
    }
    outage.ended();
    eprintln!(
        "A7: a run stopped once on a read-only disk and {full} times on a full one, then ended well"
    );
}

/// A synced file below a name that is not on the disk is lost with the name.
fn a7_every_name_on_the_way_to_a_journal_is_durable() {
    let lab = Lab::new();
    lab.lifeboat(&["init"]).run().code(0);
    let log = lab.folder().join("strace");
    let words = ["strace", "-f", "--seccomp-bpf", "-y", "-o", log.to_str().unwrap(), "-e"];
    let under = [&words[..], &["trace=mkdir,mkdirat,openat,fsync,fdatasync"]].concat();
    let declared = ["declare", "a name", "--severity", "minor"];
    lab.lifeboat(&declared).under(&under).run().code(0);
    let log = fs::read_to_string(log).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let synced = |at: usize, folder: &str| {
        let named = format!("<{folder}>)");
        lines[at..].iter().any(|line| line.contains("fsync(") && line.contains(&named))
    };
    let mut names = 0;
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.ends_with(") = 0")) {
        let Some((call, _)) = line.split_once("\", 0") else { continue };
        let Some((call, made)) = call.split_once('"') else { continue };
        if call.contains("mkdir") {
            let parent = Path::new(made).parent().unwrap().display().to_string();
            assert!(synced(at, &parent), "{made} is made, and {parent} is never synced\n{log}");
            names += 1;
        }
    }
    let journal = lines.iter().position(|line| line.contains("journal.jsonl\", O_RDWR|O_CREAT"));
    let folder = declared_folder(&lab);
    assert!(synced(journal.unwrap(), &folder), "the journal's own name is never synced\n{log}");
    let line = lines.iter().rposition(|line| line.contains("fdatasync(")).unwrap();
    assert!(lines[line].contains("journal.jsonl"), "the record is never synced\n{log}");
    assert!(names >= 3, "only {names} folders were made\n{log}");
    eprintln!("A7: {names} folders, the journal and its first record are synced");
}

fn declared_folder(lab: &Lab) -> String {
    let listed = lab.lifeboat(&["incidents", "--json"]).run().code(0).json();
    listed["incidents"][0]["directory"].as_str().unwrap().to_owned()
}

fn a7_eight_kilobytes_end_in_a_refusal_and_a_whole_journal() {
    let lab = Lab::new();
    lab.lifeboat(&["init"]).run().code(0);
    let text = fs::read_to_string(lab.folder().join("lifeboat.yaml")).unwrap();
    assert!(!text.contains("\nincidents:"));
    lab.write("lifeboat.yaml", format!("{text}\nincidents: {{ directory: incidents }}\n"));
    let _disk = Disk::mount(lab.folder().join("incidents"), "8k");
    let folder = declare(&lab, "a small disk");
    let note =
        |lab: &Lab| -> Lifeboat { lab.lifeboat(&["note", "one more line of what was seen"]) };
    let mut noted = 0;
    let refused = loop {
        let ran = note(&lab).run();
        if ran.code != 0 {
            break ran;
        }
        noted += 1;
        assert!(noted < 100, "eight kilobytes hold no more");
    };
    stopped(refused, "eight kilobytes");
    assert!(noted > 2, "only {noted} notes");
    let records = |lab: &Lab| lab.lifeboat(&["journal", "verify", "--json"]).run().code(0).json();
    assert_eq!(records(&lab)["records"], noted + 1);
    assert_eq!(records(&lab)["torn_tail"], false, "what did not fit was cut off again");
    stopped(
        lab.lifeboat(&["declare", "another", "--severity", "minor"]).run(),
        "a second incident",
    );
    let there = |path: &Path| fs::read_dir(path.parent().unwrap()).unwrap().count();
    let listed = lab.lifeboat(&["incidents", "--json"]).run().code(0).json();
    assert_eq!(listed["incidents"].as_array().unwrap().len(), 1, "{} lie there", there(&folder));
    lab.lifeboat(&["status"]).run().code(0);
    eprintln!("A7: {noted} notes fit into eight kilobytes, the next one was refused");
}
