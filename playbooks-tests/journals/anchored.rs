//! The head outside the file: in git notes, in published messages, in approvals, and given by whoever kept one.

use libtest_mimic::Trial;
use lifeboat::journal::verify;
use lifeboat::model::{ApprovalProof, Direction, Event};
use std::fs;

use super::specimen::{copied, rehearsed};
use super::{Desk, without_last};
use crate::commands::{json, lifeboat, ran};

pub fn trials() -> Vec<Trial> {
    trials![
        a6_a_tail_without_anchors_is_not_attested,
        a6_what_is_cut_off_a_noted_journal_is_named,
        a6_a_published_message_attests_what_it_was_sent_on,
        a6_nothing_is_run_on_a_journal_that_an_anchor_contradicts,
        a6_a_journal_written_anew_is_not_the_one_that_was_approved_on,
        a_note_that_cannot_be_written_is_told_and_stops_nothing,
    ]
}

fn a6_a_tail_without_anchors_is_not_attested() {
    let desk = Desk::new();
    ran(desk.path(), &["note", "one"], 0);
    let (said, _) = ran(desk.path(), &["journal", "verify"], 0);
    assert!(said.contains("tail not attested: no anchor is known"), "{said}");
    let verified = desk.verified(0);
    assert_eq!((&verified["whole"], &verified["attested"]), (&true.into(), &false.into()));
    fs::write(desk.journal(), without_last(&desk.bytes(), 1)).unwrap();
    let (said, _) = ran(desk.path(), &["journal", "verify"], 0);
    assert!(said.contains("1 record,") && said.contains("tail not attested"), "{said}");
}

fn a6_what_is_cut_off_a_noted_journal_is_named() {
    let desk = Desk::committed();
    ran(desk.path(), &["note", "one"], 0);
    let (said, _) = ran(desk.path(), &["journal", "verify"], 0);
    assert!(
        said.contains("no anchor covers record 1; attested to record 0 by the git note on"),
        "{said}"
    );
    ran(desk.path(), &["close", "--reason", "it was the cable"], 0);
    let (said, _) = ran(desk.path(), &["journal", "verify"], 0);
    assert!(said.contains("attested to its end, record 2, by the git note on"), "{said}");
    assert_eq!(desk.verified(0)["attested"], true);
    let whole = desk.bytes();
    fs::write(desk.journal(), without_last(&whole, 2)).unwrap();
    let (_, told) = ran(desk.path(), &["journal", "verify"], 3);
    assert!(told.contains("records 1-2 are gone: the git note on"), "{told}");
    let verified = desk.verified(3);
    assert_eq!((&verified["whole"], &verified["attested"]), (&false.into(), &false.into()));
    // Whoever has git alone sees the heads as well.
    let notes = git2::Repository::open(desk.path()).unwrap();
    let head = notes.head().unwrap().peel_to_commit().unwrap().id();
    let note = notes.find_note(Some("refs/notes/lifeboat"), head).unwrap();
    let lines: Vec<&str> = note.message().unwrap().lines().collect();
    assert!(
        matches!(lines[..], [zero, two] if zero.contains(" 0 ") && two.contains(" 2 ")),
        "{lines:?}"
    );
}

fn a6_a_published_message_attests_what_it_was_sent_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = copied(&rehearsed(), &home.path().join("incident"));
    let path = folder.join("journal.jsonl").display().to_string();
    let verified = json(home.path(), &["journal", "verify", &path, "--json"], 0);
    let anchors = verified["anchors"].as_array().unwrap();
    assert!(!anchors.is_empty() && anchors.iter().all(|it| it["fits"] == true), "{verified:#}");
    let through = verified["attested_through"].as_u64().unwrap();
    let bytes = fs::read(&path).unwrap();
    let read = verify(&bytes).unwrap();
    let told = &read.records[usize::try_from(through).unwrap()].event;
    assert!(matches!(told, Event::Telling { .. }), "a message is sent on its own record: {told:?}");
    let cut = read.records.len() - usize::try_from(through).unwrap();
    fs::write(&path, without_last(&bytes, cut)).unwrap();
    let (_, said) = ran(home.path(), &["journal", "verify", &path], 3);
    assert!(said.contains(&format!("record {through} is gone: the message `")), "{said}");
    // A reader of Markdown or HTML is shown nothing of it.
    let mut messages = 0;
    let mut walk = vec![folder];
    while let Some(folder) = walk.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                let text = fs::read_to_string(&path).unwrap();
                let (words, anchor) = text.trim_end().rsplit_once("\n\n").unwrap();
                assert!(anchor.starts_with("<!-- lifeboat journal ") && anchor.ends_with(" -->"));
                assert!(!words.contains("lifeboat journal"), "{words}");
                messages += 1;
            }
        }
    }
    assert_eq!(messages, anchors.len());
}

fn a6_nothing_is_run_on_a_journal_that_an_anchor_contradicts() {
    let desk = Desk::committed();
    let incident = desk.incident();
    let event = Event::Started { digest: "d".to_owned(), direction: Direction::Do };
    incident.append(event, jiff::Timestamp::UNIX_EPOCH).unwrap();
    let head = incident.head().unwrap().unwrap();
    let name = format!(
        "{}/{}",
        desk.folder.parent().unwrap().file_name().unwrap().to_str().unwrap(),
        incident.id()
    );
    lifeboat::repo::note(desk.path(), &name, &head, "anna", jiff::Timestamp::UNIX_EPOCH).unwrap();
    // Before: the plan is not there; after: the journal is not believed.
    let (_, told) = ran(desk.path(), &["resume"], 2);
    assert!(told.contains("no plan"), "{told}");
    fs::write(desk.journal(), without_last(&desk.bytes(), 1)).unwrap();
    let take_over: &[&str] = &["take-over", "--reason", "its laptop is lost"];
    for words in [&["run", "abcd1234"][..], &["resume"], &["undo", "abcd1234"], take_over] {
        let (_, told) = ran(desk.path(), words, 3);
        assert!(told.contains("record 1 is gone: the git note on"), "{words:?}: {told}");
    }
    ran(desk.path(), &["status"], 0);
    ran(desk.path(), &["note", "restoring it from a copy"], 0);
}

fn a6_a_journal_written_anew_is_not_the_one_that_was_approved_on() {
    let desk = Desk::new();
    ran(desk.path(), &["note", "one"], 0);
    let incident = desk.incident();
    let approved = |head| Event::Approved {
        digest: "d".to_owned(),
        by: "anna".to_owned(),
        means: ApprovalProof::Terminal,
        direction: Direction::Do,
        expires: jiff::Timestamp::UNIX_EPOCH,
        head,
        signature: None,
        standing: None,
        code: None,
    };
    let head = incident.head().unwrap();
    incident.append(approved(head.clone()), jiff::Timestamp::UNIX_EPOCH).unwrap();
    desk.verified(0);
    // The same events in a chain of their own, with another note: the approval still names the old head.
    let mut events: Vec<Event> =
        verify(&desk.bytes()).unwrap().records.into_iter().map(|record| record.event).collect();
    events[1] = Event::Noted { by: "mallory".to_owned(), text: "two".to_owned() };
    fs::write(desk.journal(), super::specimen::chained(events)).unwrap();
    let (_, told) = ran(desk.path(), &["journal", "verify"], 3);
    assert!(told.contains("was changed: the approval in record 2 was made on head 1:"), "{told}");
    let kept = head.unwrap().to_string();
    let words = ["journal", "verify", "--anchor", &kept];
    let (_, told) = ran(desk.path(), &words, 3);
    assert!(told.contains("the anchor that was given was made on head 1:"), "{told}");
}

fn a_note_that_cannot_be_written_is_told_and_stops_nothing() {
    let desk = Desk::committed();
    let notes = desk.path().join(".git/refs/notes");
    fs::remove_dir_all(&notes).unwrap();
    fs::write(&notes, "in the way").unwrap();
    let ran = lifeboat(desk.path(), &["close", "--reason", "over"]);
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{said}");
    assert!(said.contains("not noted in git"), "{said}");
}
