//! Trees and files that are too much: refused by counting and by their headers, before anything is inflated.

use super::planted::Planted;
use git2::Oid;
use libtest_mimic::Trial;
use lifeboat::model::Mode;
use lifeboat::repo::{Kind, RepoError, Shelf};
use std::time::Duration;

pub fn trials() -> Vec<Trial> {
    trials![
        c3_a_crowd_of_entries_is_refused,
        c3_a_tree_of_trees_is_refused,
        c3_a_large_file_is_refused_unread,
        c3_many_files_together_are_refused,
        c3_what_is_just_small_enough_is_read,
    ]
}

/// The most processor time that a refusal may take.
const MOST: Duration = Duration::from_secs(1);

/// Opens a shelf and says how much of this thread's processor time that took.
fn opened(planted: &Planted) -> (Result<Shelf, RepoError>, Duration) {
    let now = || {
        Duration::from(
            nix::time::clock_gettime(nix::time::ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap(),
        )
    };
    let before = now();
    let shelf = Shelf::open(planted.path(), Mode::Live);
    (shelf, now() - before)
}

#[track_caller]
fn refused(planted: &Planted, what: &str) -> RepoError {
    let (shelf, took) = opened(planted);
    let error = shelf.expect_err("is refused");
    eprintln!("{what}: {error} ({took:?} of processor time)");
    assert!(took < MOST, "{what}: {took:?}");
    error
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("r{at:06}.yaml")).collect()
}

/// Plants a folder of so many files, all of them one blob.
fn crowd(planted: &Planted, count: usize, blob: Oid) {
    let names = names(count);
    let entries: Vec<_> = names.iter().map(|name| ("100644", name.as_bytes(), blob)).collect();
    planted.commit(planted.folders(&["runbooks"], planted.tree(&entries)), &[], "");
}

fn c3_a_crowd_of_entries_is_refused() {
    let planted = Planted::new();
    crowd(&planted, 10_001, planted.blob("x\n"));
    assert!(matches!(refused(&planted, "10,001 entries"), RepoError::TooMany { most: 10_000, .. }));
    // A tree past one mebibyte is not even read.
    crowd(&planted, 40_000, planted.blob("x\n"));
    assert!(matches!(refused(&planted, "40,000 entries"), RepoError::TooLarge { .. }));
}

/// Ten levels of a hundred folders each, in ten objects: a hundred million million million files.
fn c3_a_tree_of_trees_is_refused() {
    let planted = Planted::new();
    let names: Vec<String> = (0..100).map(|at| format!("f{at:02}")).collect();
    let mut tree = planted.tree(&[("100644", b"a.en.md", planted.blob("x\n"))]);
    for _ in 0..10 {
        let entries: Vec<_> = names.iter().map(|name| ("40000", name.as_bytes(), tree)).collect();
        tree = planted.tree(&entries);
    }
    planted.commit(planted.folders(&["templates"], tree), &[], "");
    assert!(matches!(refused(&planted, "100^10 files"), RepoError::TooMany { .. }));
    // A line of folders without an end is followed three deep and no further.
    let planted = Planted::new();
    let deep = planted.tree(&[("100644", b"a.en.md", planted.blob("x\n"))]);
    planted.commit(planted.folders(&["d"; 500], deep), &[], "");
    let (shelf, took) = opened(&planted);
    assert!(shelf.is_ok() && took < MOST, "{took:?}");
}

/// The header says four gibibytes and nothing follows: whoever reads it on fails in another way.
fn c3_a_large_file_is_refused_unread() {
    for (size, what) in [(1_048_577_u64, "one byte too many"), (4 << 30, "four gibibytes")] {
        let planted = Planted::new();
        let id = Oid::from_str(&"cd".repeat(20)).unwrap();
        planted.loose(id, &format!("blob {size}"), b"");
        let tree = planted.tree(&[("100644", b"mine.yaml", id)]);
        planted.commit(planted.folders(&["runbooks"], tree), &[], "");
        let error = refused(&planted, what);
        assert!(matches!(error, RepoError::TooLarge { most: 1_048_576, .. }), "{error}");
        assert!(error.to_string().contains("runbooks/mine.yaml"), "{error}");
    }
    let planted = Planted::new();
    let id = Oid::from_str(&"ef".repeat(20)).unwrap();
    planted.loose(id, "commit 1073741824", b"");
    planted.main(id);
    assert!(matches!(refused(&planted, "a commit of a gibibyte"), RepoError::TooLarge { .. }));
}

fn c3_many_files_together_are_refused() {
    let planted = Planted::new();
    crowd(&planted, 9_000, planted.blob(" ".repeat(1 << 20)));
    assert!(matches!(refused(&planted, "9,000 files of a mebibyte"), RepoError::TooMuch { .. }));
}

/// The control: what lies inside every limit is read, in the same time.
fn c3_what_is_just_small_enough_is_read() {
    let planted = Planted::new();
    crowd(&planted, 9_990, planted.blob("x\n"));
    let (shelf, took) = opened(&planted);
    let ours = shelf.unwrap().of(Kind::Runbook).filter(|piece| piece.commit().is_some()).count();
    eprintln!("9,990 files: {took:?} of processor time");
    assert_eq!(ours, 9_990);
    let planted = Planted::new();
    crowd(&planted, 3, planted.blob(" ".repeat(1 << 20)));
    assert!(opened(&planted).0.is_ok());
}
