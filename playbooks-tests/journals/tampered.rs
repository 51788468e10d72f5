//! Promise A6: a journal that was torn recovers, one that was changed is refused, and no change to a synced
//! record goes unseen where the head is anchored outside the file.

use libtest_mimic::Trial;
use lifeboat::journal::{self, Anchor, Chain, RunState, Verified, attest, verify};
use lifeboat::model::{Direction, Event};
use lifeboat::view::{Chronicle, status};
use std::fs;

use super::specimen::{DIGEST, chained, every_kind, rehearsed};
use super::{Desk, without_last};
use crate::commands::lifeboat;

pub fn trials() -> Vec<Trial> {
    trials![
        a6_every_cut_recovers,
        a6_every_flipped_bit_is_found,
        a6_records_dropped_repeated_and_swapped_are_found,
        a6_a_rehearsals_journal_hides_no_flipped_bit,
        a6_the_program_recovers_or_refuses,
    ]
}

/// A journal before anything was done to it.
struct Whole {
    bytes: Vec<u8>,
    /// Where each line begins, and the chain there.
    lines: Vec<(usize, Chain)>,
    hashes: Vec<String>,
    anchor: Anchor,
}

/// How a change was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The chain is broken at a line.
    Chain,
    /// The anchor does not fit.
    Anchor,
}

impl Whole {
    fn of(bytes: Vec<u8>) -> Self {
        let (mut lines, mut chain, mut at) = (Vec::new(), Chain::default(), 0);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            lines.push((at, chain.clone()));
            chain = chain.take(line).unwrap().chain;
            at += line.len();
        }
        let Verified { hashes, chain, torn, .. } = verify(&bytes).unwrap();
        assert_eq!(torn, None);
        let anchor = Anchor { head: chain.anchor().unwrap(), at: "a trial".to_owned() };
        Self { bytes, lines, hashes, anchor }
    }

    /// Tells how a journal was found to differ, which is the same up to a byte; `None` when it was not.
    fn found(&self, changed: &[u8], same_up_to: usize) -> Option<By> {
        let line = self.lines.partition_point(|(start, _)| *start <= same_up_to) - 1;
        let (start, chain) = &self.lines[line];
        let Ok(read) = chain.clone().take(&changed[*start..]) else { return Some(By::Chain) };
        let mut hashes = self.hashes[..line].to_vec();
        hashes.extend(read.hashes.iter().cloned());
        views(&read);
        assert!(attest(&hashes, &[]).tail(read.chain.seq).starts_with("tail not attested"));
        let attested = attest(&hashes, std::slice::from_ref(&self.anchor));
        assert_eq!(
            attested.covers(read.chain.seq) && attested.misfits.is_empty(),
            attested.fit == 1
        );
        (!attested.misfits.is_empty()).then_some(By::Anchor)
    }

    /// Changes a byte's bits and counts how each change was found; one that was not ends the trial.
    fn flip(&self, at: usize, bits: impl Iterator<Item = u8>, by: &mut [usize; 2]) {
        let mut changed = self.bytes.clone();
        for bit in bits {
            changed[at] ^= 1 << bit;
            match self.found(&changed, at) {
                Some(By::Chain) => by[0] += 1,
                Some(By::Anchor) => by[1] += 1,
                None => panic!("bit {bit} of byte {at} went unseen"),
            }
            changed[at] ^= 1 << bit;
        }
    }
}

/// Folds whatever could be read as every command would: it may refuse, and never panics.
fn views(read: &Verified) {
    let records = &read.records;
    let now = records.last().map_or(jiff::Timestamp::UNIX_EPOCH, |record| record.at);
    drop(status(&Chronicle::fold(records), now));
    drop(journal::facts(records, now));
    drop(journal::yeses(records, DIGEST, Direction::Do, now));
    drop(journal::rival(records, DIGEST));
    drop(journal::superseded(records, "0011223344556677"));
    drop(journal::named_transcripts(records));
    let plan = crate::simulator::plan::plan(Vec::new());
    drop(RunState::fold(&plan, DIGEST, records));
    drop(RunState::fold(&plan, journal::open_run(records).unwrap_or_default(), records));
}

fn specimen() -> Whole {
    Whole::of(chained(every_kind()))
}

fn a6_every_cut_recovers() {
    let whole = specimen();
    let mut misfits = 0;
    for cut in 0..=whole.bytes.len() {
        let read = verify(&whole.bytes[..cut]).expect("is torn at worst");
        let ends = whole.bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        let clean = cut == 0 || whole.bytes[cut - 1] == b'\n';
        assert_eq!((read.hashes.len(), read.torn.is_none()), (ends, clean), "cut at {cut}");
        views(&read);
        let attested = attest(&read.hashes, std::slice::from_ref(&whole.anchor));
        misfits += attested.misfits.len();
        assert_eq!(attested.misfits.is_empty(), cut == whole.bytes.len(), "cut at {cut}");
        assert!(attest(&read.hashes, &[]).tail(read.chain.seq).starts_with("tail not attested"));
    }
    eprintln!(
        "A6: {} cuts of {} records recovered; the anchor named what was gone in {misfits}",
        whole.bytes.len() + 1,
        whole.lines.len()
    );
}

fn a6_every_flipped_bit_is_found() {
    let whole = specimen();
    let mut by = [0, 0];
    for at in 0..whole.bytes.len() {
        whole.flip(at, 0..8, &mut by);
    }
    let [chain, anchor] = by;
    assert_eq!(chain + anchor, whole.bytes.len() * 8);
    assert!(anchor > 0, "the last record is the anchor's to hold");
    eprintln!(
        "A6: {} flipped bits: {chain} found by the chain, {anchor} by the anchor alone",
        chain + anchor
    );
}

fn a6_a_rehearsals_journal_hides_no_flipped_bit() {
    let whole = Whole::of(fs::read(rehearsed().join("journal.jsonl")).unwrap());
    let mut by = [0, 0];
    for at in 0..whole.bytes.len() {
        let bit = u8::try_from(at % 8).unwrap();
        whole.flip(at, bit..bit + 1, &mut by);
    }
    let [chain, anchor] = by;
    eprintln!(
        "A6: a rehearsal of {} records, one bit of each of its {} bytes: {chain} found by the chain, {anchor} by the anchor alone",
        whole.lines.len(),
        whole.bytes.len()
    );
}

fn a6_records_dropped_repeated_and_swapped_are_found() {
    let whole = specimen();
    let lines: Vec<&[u8]> = whole.bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut by = [0, 0];
    let mut held = |order: Vec<&[u8]>, from: usize| {
        let start = whole.lines[from].0;
        match whole.found(&order.concat(), start.min(order.concat().len())) {
            Some(By::Chain) => by[0] += 1,
            Some(By::Anchor) => by[1] += 1,
            None => panic!("a change at record {from} went unseen"),
        }
    };
    for at in 0..lines.len() {
        let mut dropped = lines.clone();
        dropped.remove(at);
        held(dropped, at);
        held(lines[..at].to_vec(), at);
        for other in 0..lines.len() {
            let mut repeated = lines.clone();
            repeated.insert(other, lines[at]);
            if at != other {
                let mut swapped = lines.clone();
                swapped.swap(at, other);
                held(swapped, at.min(other));
            }
            held(repeated, other);
        }
    }
    let [chain, anchor] = by;
    eprintln!(
        "A6: {} records dropped, cut, repeated and swapped: {chain} found by the chain, {anchor} by the anchor alone",
        chain + anchor
    );
}

/// What the program makes of a spoilt journal, by what was done.
fn a6_the_program_recovers_or_refuses() {
    let desk = Desk::new();
    for number in 0..4 {
        let text = format!("note {number}");
        crate::commands::ran(desk.path(), &["note", &text], 0);
    }
    let bytes = desk.bytes();
    let anchor = verify(&bytes).unwrap().chain.anchor().unwrap().to_string();
    let line = |at: usize| bytes.split_inclusive(|byte| *byte == b'\n').nth(at).unwrap().len();
    let first = line(0);
    let flipped = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    let swapped = {
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        lines.swap(2, 3);
        lines.concat()
    };
    let torn = [&bytes[..], b"{\"v\":1,\"seq\":5,\"pr"].concat();
    // What was done; whether the chain alone shows it; whether anything was done to a synced record.
    let cases: Vec<(&str, Vec<u8>, bool, bool)> = vec![
        ("nothing", bytes.clone(), false, false),
        ("a torn end", torn, false, false),
        ("a bit of the first record", flipped(first / 2), true, true),
        ("a bit of the last newline", flipped(bytes.len() - 1), false, true),
        ("a bit of the last note", flipped(bytes.len() - 6), false, true),
        ("two records swapped", swapped, true, true),
        ("two records cut off", without_last(&bytes, 2), false, true),
        ("everything cut off", Vec::new(), false, true),
        ("zeros at the end", [&bytes[..first], &[0; 64]].concat(), false, true),
        ("no journal", b"\x00\xff\n\n{}\n".to_vec(), true, true),
    ];
    let path = desk.journal().display().to_string();
    for (what, spoilt, by_chain, changed) in &cases {
        fs::write(desk.journal(), spoilt).unwrap();
        let alone = lifeboat(&desk.folder, &["journal", "verify", &path]);
        let said = String::from_utf8(alone.stdout).unwrap();
        assert_eq!(alone.status.code(), Some(if *by_chain { 3 } else { 0 }), "{what}: {said}");
        assert!(*by_chain || said.contains("tail not attested"), "{what}: {said}");
        let words = ["journal", "verify", &path, "--anchor", &anchor];
        let anchored = lifeboat(&desk.folder, &words);
        assert_eq!(anchored.status.code(), Some(if *changed { 3 } else { 0 }), "{what}");
        for words in [&["status"][..], &["timeline"], &["handoff"], &["resume"], &["note", "after"]]
        {
            let id = desk.folder.file_name().unwrap().to_str().unwrap();
            let ran = lifeboat(desk.path(), &[words, &["--incident", id]].concat());
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert!(!said.contains("panicked"), "{what}: {words:?}: {said}");
            let refused = ran.status.code() == Some(3);
            assert_eq!(refused, *by_chain, "{what}: {words:?}: {:?} {said}", ran.status.code());
        }
        let read = verify(&desk.bytes());
        assert_eq!(read.is_err(), *by_chain, "{what}: nothing is written to a broken journal");
        if let Ok(read) = read {
            let last = read.records.last().map(|record| record.event.clone());
            assert!(matches!(last, Some(Event::Noted { text, .. }) if text == "after"), "{what}");
            assert_eq!(read.torn, None, "{what}: a torn end is cut by the next append");
        }
    }
    eprintln!("A6: {} spoilt journals through the program", cases.len());
}
