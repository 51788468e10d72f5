//! Transcripts lie beside the journal and are named by hash: they may go, and what they were cannot be forged.

use libtest_mimic::Trial;
use lifeboat::model::{Direction, Event, Outcome, Verdict};
use std::fs;
use std::path::PathBuf;

use super::Desk;
use super::specimen::{copied, rehearsed};
use crate::commands::{json, ran};

pub fn trials() -> Vec<Trial> {
    trials![
        a_rehearsal_keeps_what_its_verdicts_rest_on,
        purged_transcripts_leave_a_journal_that_verifies,
        an_open_run_keeps_its_transcripts,
    ]
}

fn blobs(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("blobs")).unwrap();
    let mut blobs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    blobs.sort();
    blobs
}

fn a_rehearsal_keeps_what_its_verdicts_rest_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = copied(&rehearsed(), &home.path().join("incident"));
    let path = folder.join("journal.jsonl").display().to_string();
    let words = ["journal", "verify", &path, "--json"];
    let counts = |code| json(home.path(), &words, code)["transcripts"].clone();
    let all = blobs(&folder);
    assert!(all.len() >= 2, "{all:?}");
    assert_eq!(counts(0)["present"], all.len());
    let evidence = fs::read_to_string(&all[0]).unwrap();
    let evidence: serde_json::Value = serde_json::from_str(&evidence).unwrap();
    assert_eq!(evidence["schema"], "lifeboat.evidence/v1");
    fs::remove_file(&all[0]).unwrap();
    assert_eq!(
        (&counts(0)["missing"], &counts(0)["present"]),
        (&1.into(), &(all.len() - 1).into())
    );
    let text = fs::read_to_string(&all[1]).unwrap();
    fs::write(&all[1], text.replacen("dns", "dnz", 1)).unwrap();
    assert_eq!(counts(3)["altered"], 1);
    let (_, told) = ran(home.path(), &["journal", "verify", &path], 3);
    assert!(told.contains("was altered: blobs/"), "{told}");
}

/// Writes down a verdict, two days ago, with its transcript.
fn judged(desk: &Desk) {
    let incident = desk.incident();
    let hash = incident.keep_transcript(b"{\"schema\":\"lifeboat.evidence/v1\"}").unwrap();
    let event = Event::Diagnosed {
        verdict: Verdict::Healthy,
        advice: None,
        since: None,
        causes: Vec::new(),
        because: Vec::new(),
        evidence: Some(hash),
    };
    incident.append(event, jiff::Timestamp::UNIX_EPOCH).unwrap();
}

fn purged_transcripts_leave_a_journal_that_verifies() {
    let desk = Desk::new();
    judged(&desk);
    assert_eq!(desk.verified(0)["transcripts"]["present"], 1);
    ran(desk.path(), &["journal", "purge"], 2);
    let purged = json(desk.path(), &["journal", "purge", "--older-than", "90d", "--json"], 0);
    assert_eq!(purged["purged"][0]["purged"], 1, "{purged}");
    assert!(blobs(&desk.folder).is_empty());
    let verified = desk.verified(0);
    assert_eq!((&verified["transcripts"]["purged"], &verified["records"]), (&1.into(), &3.into()));
    let (timeline, _) = ran(desk.path(), &["timeline"], 0);
    assert!(timeline.contains("purged 1 transcript: no longer needed"), "{timeline}");
    let id = desk.folder.file_name().unwrap().to_str().unwrap();
    judged(&desk);
    ran(
        desk.path(),
        &["journal", "purge", "--incident", id, "--reason", "asked for by counsel"],
        0,
    );
    assert!(blobs(&desk.folder).is_empty());
}

fn an_open_run_keeps_its_transcripts() {
    let desk = Desk::new();
    judged(&desk);
    let now = jiff::Timestamp::UNIX_EPOCH;
    let digest = "d".to_owned();
    let started = Event::Started { digest: digest.clone(), direction: Direction::Do };
    desk.incident().append(started, now).unwrap();
    let id = desk.folder.file_name().unwrap().to_str().unwrap();
    let (_, told) = ran(desk.path(), &["journal", "purge", "--incident", id], 6);
    assert!(told.contains("a run of") && told.contains("is open"), "{told}");
    let (said, told) = ran(desk.path(), &["journal", "purge", "--older-than", "1d"], 0);
    assert_eq!(said, "", "{told}");
    assert_eq!(blobs(&desk.folder).len(), 1);
    let finished = Event::Finished { digest, outcome: Outcome::Completed };
    desk.incident().append(finished, now).unwrap();
    ran(desk.path(), &["journal", "purge", "--older-than", "1d"], 0);
    assert!(blobs(&desk.folder).is_empty());
}
