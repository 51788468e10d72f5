//! A connection that is cut under a write, in a whole run of the program and in its undo: what became of the write is
//! unknown, it is looked at, and the server carries it out once, by its own serial and its own log.

use super::cases::operator::{approve, plan, verify_journal};
use super::dns;
use super::sweep::journal::Journal;
use super::tap::{Fate, Seen, Speech, Tap};
use super::updated::ZONE;
use super::zone_apply::{Scene, text};
use libtest_mimic::Trial;
use serde_json::json;
use std::sync::Arc;

/// Returns the trials of it.
pub fn trials() -> Vec<Trial> {
    trials![
        a5_record_sets_that_were_written_and_cut_off_are_not_written_again,
        a5_record_sets_that_were_cut_off_on_their_way_are_written_once,
    ]
}

/// Edits record sets through a tap that cuts the first write off, and takes the edit back through another such cut.
/// A write leaves so many times each way.
fn cut_off(fate: Fate, times: usize) {
    let mut scene = Scene::new(&text());
    let tap = Tap::start(scene.lab.at(9, 8081), scene.a.api, Speech::Http, Arc::default());
    let api = scene.a.base().replace(&scene.a.api.to_string(), &tap.address.to_string());
    let provider = scene.estate.item("dns_providers", "a");
    provider["api"] = api.into();
    provider["addresses"] = json!([tap.address.ip().to_string()]);
    // From its first edit on, the server counts up by one.
    scene.a.replace(ZONE, "two.zone.test", "A", 30, &["192.0.2.31", "192.0.2.32"], "by hand");
    let incident = scene.begin();
    let before = scene.a.rrsets(ZONE);
    scene.edit(&[("IN A 192.0.2.25", "IN A 192.0.2.26"), ("IN A 192.0.2.32", "IN A 192.0.2.33")]);
    let pinned = plan(&scene.lab, &["edit", "--set", "zone=z", "--set", "at=a"]);
    assert_eq!(pinned.changes().len(), 1, "two record sets, one request");
    for (direction, words) in [("do", &["run", pinned.short()][..]), ("undo", &["undo"])] {
        let books = || (scene.a.patches(), dns::serial(scene.a.address, ZONE));
        let (patches, serial) = books();
        tap.forget();
        tap.fate(fate);
        approve(&scene.lab, words, &pinned).finish().code(0);
        tap.idle();
        assert_eq!(books(), (patches + 1, serial + 1), "{direction}, {fate:?}: not one write");
        let seen = tap.seen();
        let first = seen.iter().position(|it| *it == Seen::Write).unwrap();
        assert_eq!(seen[first + 1], Seen::Read, "{direction}, {fate:?}: {seen:?}");
        let left = seen.iter().filter(|it| **it == Seen::Write).count();
        assert_eq!(left, times, "{direction}, {fate:?}: {seen:?}");
        let journal = Journal::read(&incident.join("journal.jsonl"));
        let doubts = journal.of("in-doubt").filter(|it| it["direction"] == direction).count();
        assert_eq!((doubts, journal.intents("fill", direction)), (1, times), "{direction}");
        let ends = journal.of("settled").filter(|it| it["direction"] == direction);
        let ends: Vec<&str> = ends.map(|it| it["end"].as_str().unwrap()).collect();
        assert_eq!(ends.last(), Some(&"landed"), "{ends:?}");
        assert!(
            ends.len() == times && ends[..times - 1].iter().all(|it| *it == "absent"),
            "{ends:?}"
        );
        verify_journal(&scene.lab);
        let wanted = if direction == "do" { "192.0.2.26" } else { "192.0.2.25" };
        assert_eq!(scene.answers("mail.zone.test", "A"), [wanted]);
    }
    assert_eq!(scene.a.rrsets(ZONE), before);
}

fn a5_record_sets_that_were_written_and_cut_off_are_not_written_again() {
    cut_off(Fate::AppliedThenReset, 1);
}

fn a5_record_sets_that_were_cut_off_on_their_way_are_written_once() {
    cut_off(Fate::DroppedThenReset, 2);
}
