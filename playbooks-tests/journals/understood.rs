//! Records of a later version: views skip them, and nothing is run on one that must be understood.

use libtest_mimic::Trial;
use lifeboat::journal::verify;
use std::fs;

use super::Desk;
use crate::commands::ran;

pub fn trials() -> Vec<Trial> {
    trials![
        a9_a_record_that_must_be_understood_stops_every_run,
        a9_a_record_that_need_not_be_understood_stops_nothing,
        a9_a_journal_of_a_later_version_is_refused,
    ]
}

/// Appends a record as a later version might write it.
fn append(desk: &Desk, must_understand: bool) {
    let mut bytes = desk.bytes();
    let chain = verify(&bytes).unwrap().chain;
    let line = format!(
        "{{\"v\":1,\"seq\":{},\"prev\":\"{}\",\"at\":\"2026-11-26T00:00:00Z\",\"boot\":\"b\",\
         \"must_understand\":{must_understand},\"event\":{{\"leased\":{{\"to\":\"anna\"}}}}}}\n",
        chain.seq, chain.head
    );
    bytes.extend(line.into_bytes());
    fs::write(desk.journal(), bytes).unwrap();
}

const ACTING: [&[&str]; 4] = [
    &["run", "abcd1234"],
    &["resume"],
    &["undo", "abcd1234"],
    &["take-over", "--reason", "its laptop is lost"],
];

fn a9_a_record_that_must_be_understood_stops_every_run() {
    let desk = Desk::new();
    append(&desk, true);
    ran(desk.path(), &["note", "written after it"], 0);
    for words in ACTING {
        let (_, told) = ran(desk.path(), words, 3);
        assert!(
            told.contains("record 1 of ") && told.contains("is a `leased`"),
            "{words:?}: {told}"
        );
        assert!(told.contains("use the version that wrote it"), "{words:?}: {told}");
    }
    for words in [&["status"][..], &["timeline"], &["handoff"], &["postmortem"]] {
        ran(desk.path(), words, 0);
    }
    let (timeline, _) = ran(desk.path(), &["timeline"], 0);
    assert!(timeline.contains("written after it"), "{timeline}");
    let (said, _) = ran(desk.path(), &["journal", "verify"], 0);
    assert!(
        said.contains("record 1 is a `leased`") && said.contains("nothing is run on it"),
        "{said}"
    );
    assert_eq!(desk.verified(0)["unknown"][0]["kind"], "leased");
}

fn a9_a_record_that_need_not_be_understood_stops_nothing() {
    let desk = Desk::new();
    append(&desk, false);
    for words in ACTING {
        let (_, told) = ran(desk.path(), words, 2);
        assert!(!told.contains("leased"), "{words:?}: {told}");
    }
    let (said, _) = ran(desk.path(), &["journal", "verify"], 0);
    assert!(said.contains("record 1 is a `leased`") && !said.contains("nothing is run"), "{said}");
}

fn a9_a_journal_of_a_later_version_is_refused() {
    let desk = Desk::new();
    let text = fs::read_to_string(desk.journal()).unwrap();
    fs::write(desk.journal(), text.replace("{\"v\":1,", "{\"v\":2,")).unwrap();
    for words in ACTING.iter().copied().chain([&["status"][..], &["journal", "verify"]]) {
        let (_, told) = ran(desk.path(), words, 3);
        assert!(told.contains("version 2, not 1"), "{words:?}: {told}");
    }
}
