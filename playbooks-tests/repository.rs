//! The operator's repository: what a commit holds counts when it matters, what lies about counts in drills.

use libtest_mimic::Trial;
use lifeboat::model::Mode;
use lifeboat::repo::{Kind, Provenance, Shelf};
use std::fs;
use std::path::Path;

/// Returns the trials of the shelf.
pub fn trials() -> Vec<Trial> {
    trials![
        a_committed_file_overrides_the_embedded_one,
        an_uncommitted_file_counts_in_drills_alone,
        a_folder_without_git_is_uncommitted,
        files_that_are_no_runbooks_are_passed_over,
        an_estate_below_the_root_has_its_own_folders,
    ]
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Commits everything below a folder and returns the commit's id.
pub fn commit(root: &Path) -> String {
    let repository = git2::Repository::init(root).unwrap();
    let mut index = repository.index().unwrap();
    index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    let me = git2::Signature::now("operator", "operator@example.org").unwrap();
    let parent = repository.head().ok().map(|head| head.peel_to_commit().unwrap());
    let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
    repository.commit(Some("HEAD"), &me, &me, "state", &tree, &parents).unwrap().to_string()
}

fn text(shelf: &Shelf, name: &str) -> Option<(String, Provenance)> {
    shelf.get(Kind::Runbook, name).map(|piece| (piece.text.clone(), piece.from.clone()))
}

fn a_committed_file_overrides_the_embedded_one() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "runbooks/tracker-loss.yaml", "ours\n");
    write(folder.path(), "templates/status/investigating.en.md", "we know\n");
    let id = commit(folder.path());
    write(folder.path(), "runbooks/tracker-loss.yaml", "edited since\n");
    let shelf = Shelf::open(folder.path(), Mode::Live).unwrap();
    assert_eq!(
        text(&shelf, "tracker-loss"),
        Some(("ours\n".into(), Provenance::Commit(id.clone())))
    );
    let template = shelf.get(Kind::Template, "status/investigating.en.md").unwrap();
    assert_eq!((template.text.as_str(), template.commit()), ("we know\n", Some(id.as_str())));
    assert_eq!(shelf.uncommitted(), ["runbooks/tracker-loss.yaml"]);
    fs::remove_file(folder.path().join("runbooks/tracker-loss.yaml")).unwrap();
    let shelf = Shelf::open(folder.path(), Mode::Live).unwrap();
    assert_eq!(
        text(&shelf, "tracker-loss").unwrap().0,
        "ours\n",
        "the object database is what counts"
    );
}

fn an_uncommitted_file_counts_in_drills_alone() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "runbooks/mine.yaml", "first\n");
    commit(folder.path());
    write(folder.path(), "runbooks/mine.yaml", "second\n");
    write(folder.path(), "runbooks/new.yaml", "new\n");
    let live = Shelf::open(folder.path(), Mode::Live).unwrap();
    assert_eq!(text(&live, "mine").unwrap().0, "first\n");
    assert_eq!(text(&live, "new").unwrap().1, Provenance::Uncommitted);
    let drill = Shelf::open(folder.path(), Mode::Drill).unwrap();
    assert_eq!(text(&drill, "mine"), Some(("second\n".into(), Provenance::Uncommitted)));
}

fn a_folder_without_git_is_uncommitted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "runbooks/mine.yaml", "mine\n");
    let shelf = Shelf::open(folder.path(), Mode::Live).unwrap();
    assert_eq!(text(&shelf, "mine").unwrap().1, Provenance::Uncommitted);
}

fn files_that_are_no_runbooks_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "runbooks/good.yaml", "good\n");
    write(folder.path(), "secret", "not a runbook\n");
    write(folder.path(), "runbooks/-option.yaml", "no\n");
    write(folder.path(), "runbooks/a b.yaml", "no\n");
    write(folder.path(), "runbooks/README.md", "no\n");
    write(folder.path(), "runbooks/old/worse.yaml", "no\n");
    std::os::unix::fs::symlink("secret", folder.path().join("a-link-of-nobodys-business")).unwrap();
    commit(folder.path());
    let shelf = Shelf::open(folder.path(), Mode::Live).unwrap();
    let ours: Vec<&str> = shelf
        .of(Kind::Runbook)
        .filter(|piece| piece.commit().is_some())
        .map(|piece| piece.name.as_str())
        .collect();
    assert_eq!(ours, ["good"]);
}

fn an_estate_below_the_root_has_its_own_folders() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "runbooks/outer.yaml", "outer\n");
    write(folder.path(), "eu/runbooks/inner.yaml", "inner\n");
    commit(folder.path());
    let shelf = Shelf::open(&folder.path().join("eu"), Mode::Live).unwrap();
    assert_eq!(text(&shelf, "inner").unwrap().0, "inner\n");
    assert_eq!(text(&shelf, "outer"), None);
}
