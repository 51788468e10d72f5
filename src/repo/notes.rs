//! Heads of journals in git notes, `refs/notes/lifeboat`: each on the commit that was at HEAD, one line a head.
//!
//! Lines are only ever added, and the reference only ever advances; `git log --notes=lifeboat` shows them.

use std::path::Path;

use git2::{ErrorCode, Oid, Repository, Signature, Time};
use jiff::Timestamp;

use super::gitdir::GitDir;
use super::{RepoError, libgit};
use crate::host::Lock;
use crate::model::Head;

/// The reference.
const REFERENCE: &str = "refs/notes/lifeboat";

/// The most bytes of one note, and the most notes that are read.
const LARGEST: usize = 1 << 20;
const MOST: usize = 10_000;

/// How often a lock that somebody holds is looked at.
const LOOKS: usize = 2_000;

/// Adds a journal's head to the note on the commit at HEAD.
///
/// Does nothing without a repository or a commit, and where the note has the journal further on already.
///
/// # Errors
/// What libgit2 or the file system said.
pub fn note(
    folder: &Path,
    journal: &str,
    head: &Head,
    by: &str,
    now: Timestamp,
) -> Result<(), RepoError> {
    let Some(found) = GitDir::around(folder)? else { return Ok(()) };
    let Some(commit) = found.head()? else { return Ok(()) };
    let repository = libgit::open(&found)?;
    let failed = |source| failed(&repository, source);
    // A note is read, added to and written in one go. Whoever holds the lock may have been stopped, so nobody
    // waits for it for long: the next head covers this one.
    let path = repository.path().join("lifeboat-notes.lock");
    for _ in 0..LOOKS {
        if let Some(_held) = Lock::try_take(&path)? {
            return add(&repository, commit, journal, head, (by, now)).map_err(failed);
        }
        std::thread::yield_now();
    }
    Err(failed(git2::Error::from_str("another process is writing a note")))
}

fn add(
    repository: &Repository,
    commit: Oid,
    journal: &str,
    head: &Head,
    (by, now): (&str, Timestamp),
) -> Result<(), git2::Error> {
    let mut text = match repository.find_note(Some(REFERENCE), commit) {
        Ok(note) => note.message().unwrap_or_default().to_owned(),
        Err(error) if error.code() == ErrorCode::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let mut noted = text.lines().filter_map(|line| Head::of_note(line, journal));
    if noted.any(|noted| noted.seq >= head.seq) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&head.noted(journal));
    text.push('\n');
    if text.len() > LARGEST {
        return Err(git2::Error::from_str("the note on the commit at HEAD is full"));
    }
    let name: String = by.chars().filter(|c| !c.is_control() && !"<>".contains(*c)).collect();
    let name = if name.trim().is_empty() { "lifeboat" } else { name.trim() };
    let who = Signature::new(name, "journal@lifeboat.invalid", &Time::new(now.as_second(), 0))?;
    repository.note(&who, &who, Some(REFERENCE), commit, &text, true).map(|_| ())
}

/// Returns the heads of a journal that notes hold, each with the commit that the note is on.
///
/// # Errors
/// What libgit2 or the file system said.
pub fn noted(folder: &Path, journal: &str) -> Result<Vec<(Head, String)>, RepoError> {
    let Some(found) = GitDir::around(folder)? else { return Ok(Vec::new()) };
    let repository = libgit::open(&found)?;
    let failed = |source| failed(&repository, source);
    match repository.find_reference(REFERENCE).and_then(|reference| reference.peel_to_tree()) {
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
        // libgit2 1.9 frees a tree of notes that it could not read, and dies: it is read, and kept, beforehand.
        tree => tree.map(drop).map_err(failed)?,
    }
    let notes = repository.notes(Some(REFERENCE)).map_err(failed)?;
    let mut heads = Vec::new();
    for entry in notes.take(MOST) {
        let (note, commit) = entry.map_err(failed)?;
        let blob = repository.find_blob(note).map_err(failed)?;
        let Ok(text) = std::str::from_utf8(blob.content()) else { continue };
        let lines = text.lines().filter_map(|line| Head::of_note(line, journal));
        heads.extend(lines.map(|head| (head, commit.to_string())));
    }
    Ok(heads)
}

fn failed(repository: &Repository, source: git2::Error) -> RepoError {
    RepoError::Git { path: repository.path().display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: u64) -> Head {
        Head { seq, hash: format!("{seq:064x}") }
    }

    fn commit(repository: &Repository) -> Oid {
        let tree = repository.treebuilder(None).and_then(|tree| tree.write()).expect("a tree");
        let tree = repository.find_tree(tree).expect("the tree");
        let me = Signature::new("me", "me@example.org", &Time::new(0, 0)).expect("a name");
        let parent = repository.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        repository.commit(Some("HEAD"), &me, &me, "state", &tree, &parents).expect("a commit")
    }

    #[test]
    fn heads_are_added_and_never_taken_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, now) = (folder.path(), Timestamp::UNIX_EPOCH);
        assert_eq!(noted(path, "e/i").expect("no repository"), []);
        note(path, "e/i", &head(1), "anna", now).expect("nothing to do");
        let repository = Repository::init(path).expect("a repository");
        note(path, "e/i", &head(1), "anna", now).expect("nothing to do yet");
        assert_eq!(noted(path, "e/i").expect("no notes"), []);
        let first = commit(&repository).to_string();
        for seq in [3, 5, 4, 5] {
            note(path, "e/i", &head(seq), "anna <x>\n", now).expect("notes");
        }
        note(path, "e/j", &head(9), "", now).expect("notes");
        let second = commit(&repository).to_string();
        note(path, "e/i", &head(7), "anna", now).expect("notes");
        let mut found = noted(path, "e/i").expect("reads");
        found.sort_by_key(|(head, _)| head.seq);
        assert_eq!(found, [(head(3), first.clone()), (head(5), first), (head(7), second)]);
        let tip = repository.find_reference(REFERENCE).and_then(|it| it.peel_to_commit());
        let mut tip = tip.expect("a commit of notes");
        let mut length = 1;
        while let Ok(parent) = tip.parent(0) {
            (tip, length) = (parent, length + 1);
        }
        assert_eq!(length, 4, "each note that was added is a commit of its own");
    }

    #[test]
    fn two_writers_lose_no_line() {
        let folder = tempfile::tempdir().expect("a folder");
        commit(&Repository::init(folder.path()).expect("a repository"));
        let kept = std::thread::scope(|scope| {
            let writers = ["e/a", "e/b"].map(|journal| {
                let path = folder.path();
                scope.spawn(move || {
                    let noted = |seq: &u64| {
                        note(path, journal, &head(*seq), "anna", Timestamp::UNIX_EPOCH).is_ok()
                    };
                    (journal, (0..5).filter(noted).count())
                })
            });
            writers.map(|writer| writer.join().expect("a writer"))
        });
        assert!(kept.iter().any(|(_, kept)| *kept > 0), "nobody noted anything");
        for (journal, kept) in kept {
            let found = noted(folder.path(), journal).expect("reads");
            assert_eq!(found.len(), kept, "{journal} lost a line: {found:?}");
        }
    }
}
