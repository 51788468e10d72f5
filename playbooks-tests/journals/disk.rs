//! A disk that takes no record: what acts refuses, what looks goes on. Real disks that fail are in the real-server suite.

use libtest_mimic::Trial;
use std::fs;

use super::Desk;
use crate::commands::{json, lifeboat, ran, scaffolded};

pub fn trials() -> Vec<Trial> {
    trials![
        a7_what_looks_works_without_a_disk_to_write_on,
        a7_an_incident_that_could_not_be_declared_leaves_nothing,
        a7_an_incident_whose_journal_is_broken_hides_no_other_one,
    ]
}

fn a7_what_looks_works_without_a_disk_to_write_on() {
    let desk = Desk::new();
    ran(desk.path(), &["note", "one"], 0);
    let before = desk.bytes();
    // Whoever appends takes this lock first.
    fs::remove_file(desk.folder.join("append.lock")).unwrap();
    fs::create_dir(desk.folder.join("append.lock")).unwrap();
    let acts: [&[&str]; 3] = [&["note", "two"], &["halt"], &["close"]];
    for words in acts {
        let (_, told) = ran(desk.path(), words, 1);
        assert!(
            told.contains("is not durable") && told.contains("lifeboat resume"),
            "{words:?}: {told}"
        );
    }
    let looks: [&[&str]; 6] = [
        &["status"],
        &["timeline"],
        &["handoff"],
        &["postmortem"],
        &["incidents"],
        &["journal", "verify"],
    ];
    for words in looks {
        ran(desk.path(), words, 0);
    }
    assert_eq!(desk.bytes(), before, "a refused append wrote something");
    eprintln!("A7: {} commands refused, {} went on", acts.len(), looks.len());
}

fn a7_an_incident_that_could_not_be_declared_leaves_nothing() {
    let home = scaffolded();
    // Whatever is in the way of the journal's folder keeps the incident from being declared.
    let estates = home.path().join(".local/state/lifeboat");
    fs::create_dir_all(&estates).unwrap();
    let desk = json(home.path(), &["declare", "first", "--severity", "minor", "--json"], 0);
    let folder = std::path::PathBuf::from(desk["directory"].as_str().unwrap());
    // A crash in the middle of declaring leaves a journal without a record; it is no incident.
    let crashed = folder.with_file_name("crashed");
    fs::create_dir(&crashed).unwrap();
    fs::write(crashed.join("journal.jsonl"), "").unwrap();
    ran(home.path(), &["note", "there is still one incident"], 0);
    let listed = json(home.path(), &["incidents", "--json"], 0);
    assert_eq!(listed["incidents"].as_array().unwrap().len(), 1, "{listed}");
    // One that was used and lost its records is not passed over.
    fs::create_dir(crashed.join("plans")).unwrap();
    let ran = lifeboat(home.path(), &["note", "which one"]);
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "{said}");
    assert!(said.contains("crashed"), "{said}");
}

fn a7_an_incident_whose_journal_is_broken_hides_no_other_one() {
    let desk = Desk::new();
    let broken = desk.folder.with_file_name("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("journal.jsonl"), "{}\n").unwrap();
    let id = desk.folder.file_name().unwrap().to_str().unwrap();
    ran(desk.path(), &["note", "two", "--incident", id], 0);
    let (listed, told) = ran(desk.path(), &["incidents", "--json"], 0);
    assert!(listed.contains(id) && told.contains("broken is left out: "), "{listed}\n{told}");
    let (_, told) = ran(desk.path(), &["note", "three", "--incident", "broken"], 3);
    assert!(told.contains("line 1 of the journal is no record"), "{told}");
}
