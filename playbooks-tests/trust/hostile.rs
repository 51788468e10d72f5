//! Trees with names that lead elsewhere, links and submodules: each is refused by its name.

use super::planted::Planted;
use git2::Oid;
use libtest_mimic::Trial;
use lifeboat::model::Mode;
use lifeboat::repo::{Committed, Kind, RepoError, Shelf};
use std::fs;

pub fn trials() -> Vec<Trial> {
    trials![
        c3_every_hostile_name_is_refused_by_name,
        c3_a_hostile_name_on_the_way_is_refused,
        c3_an_object_that_is_another_is_refused,
        c3_grafts_replacements_and_shallow_marks_change_nothing,
    ]
}

/// Every way to be hostile below one of our folders: mode, name, and a word of the refusal.
const NAMES: &[(&str, &[u8], &str)] = &[
    ("100644", b"", "its name is empty"),
    ("100644", b".", "leads out of its folder"),
    ("40000", b"..", "leads out of its folder"),
    ("100644", b"..", "leads out of its folder"),
    ("100644", b".. ", "leads out of its folder"),
    ("100644", b"../../escape.yaml", "slash"),
    ("100644", b"/etc/passwd", "slash"),
    ("100644", b"..\\escape.yaml", "backslash"),
    ("40000", b".git", "takes its name for `.git`"),
    ("40000", b".GIT", "takes its name for `.git`"),
    ("40000", b".gIt", "takes its name for `.git`"),
    ("40000", b"git~1", "takes its name for `.git`"),
    ("40000", b"GIT~1", "takes its name for `.git`"),
    ("40000", b".git ", "takes its name for `.git`"),
    ("40000", b".git...", "takes its name for `.git`"),
    ("40000", b".git::$INDEX_ALLOCATION", "takes its name for `.git`"),
    ("40000", b".git\\hooks", "takes its name for `.git`"),
    ("40000", ".g\u{200c}it".as_bytes(), "takes its name for `.git`"),
    ("40000", "\u{feff}.git".as_bytes(), "takes its name for `.git`"),
    ("40000", ".gi\u{206f}t".as_bytes(), "takes its name for `.git`"),
    ("100644", b"a\nb.yaml", "control character"),
    ("100644", b"a\x1b[2J.yaml", "control character"),
    ("100644", "a\u{9b}b.yaml".as_bytes(), "control character"),
    ("100644", b"a\xff.yaml", "no UTF-8"),
    ("100644", &[b'a'; 256], "longer than 255 bytes"),
    ("120000", b"link.yaml", "symbolic link"),
    ("160000", b"module", "submodule"),
    ("100600", b"odd.yaml", "no entry of its mode"),
    ("140000", b"socket.yaml", "no entry of its mode"),
];

fn refused(planted: &Planted) -> RepoError {
    Shelf::open(planted.path(), Mode::Live).expect_err("is refused")
}

fn c3_every_hostile_name_is_refused_by_name() {
    let mut tried = 0;
    for kind in Kind::ALL {
        for (mode, name, because) in NAMES {
            let planted = Planted::new();
            let blob = planted.blob("text\n");
            let inner =
                if *mode == "40000" { planted.tree(&[("100644", b"config", blob)]) } else { blob };
            let tree = planted.tree(&[(mode, name, inner)]);
            planted.commit(planted.folders(&[kind.folder()], tree), &[], "");
            let error = refused(&planted);
            assert!(matches!(error, RepoError::Hostile { .. }), "{error}");
            let said = error.to_string();
            let text = String::from_utf8_lossy(name).into_owned();
            let shown =
                text.split(|c: char| !c.is_ascii_alphanumeric()).find(|part| !part.is_empty());
            let shown = shown.unwrap_or_default();
            assert!(
                said.contains(because) && said.contains(kind.folder()) && said.contains(shown),
                "{said}"
            );
            assert!(!said.chars().any(char::is_control), "{said:?}");
            assert!(error.hint().is_some());
            tried += 1;
        }
    }
    eprintln!("{tried} hostile entries refused by name");
}

/// The estate's folder, and the way to it, may hold nothing that leads out either.
fn c3_a_hostile_name_on_the_way_is_refused() {
    for (mode, name, because) in [
        ("40000", b"..".as_slice(), "leads out of its folder"),
        ("40000", b".Git", "takes its name for `.git`"),
        ("100644", b"a/b", "slash"),
    ] {
        for way in [&[][..], &["eu"][..]] {
            let planted = Planted::new();
            let blob = planted.blob("text\n");
            let inner = if mode == "40000" { planted.tree(&[]) } else { blob };
            let runbooks = planted.tree(&[("100644", b"mine.yaml", blob)]);
            let top = planted.tree(&[(mode, name, inner), ("40000", b"runbooks", runbooks)]);
            planted.commit(planted.folders(way, top), &[], "");
            let folder = way.iter().fold(planted.path().to_owned(), |path, part| path.join(part));
            fs::create_dir_all(&folder).unwrap();
            let error = Shelf::open(&folder, Mode::Live).expect_err("is refused");
            assert!(error.to_string().contains(because), "{error}");
        }
    }
    // A folder of ours that is a link, and an estate that is one, are refused by their own names.
    for (mode, name) in
        [("120000", "runbooks"), ("160000", "templates"), ("120000", "lifeboat.yaml")]
    {
        let planted = Planted::new();
        planted.commit(planted.tree(&[(mode, name.as_bytes(), planted.blob("/etc"))]), &[], "");
        let error = match Committed::at_head(planted.path()).unwrap().unwrap().text("lifeboat.yaml")
        {
            Err(error) => error,
            Ok(_) => refused(&planted),
        };
        assert!(error.to_string().contains(&format!("`{name}` in commit")), "{error}");
    }
}

/// The bytes under an object's name are those that hash to it, or they are not used.
fn c3_an_object_that_is_another_is_refused() {
    let planted = Planted::new();
    let other = Oid::from_str(&"ab".repeat(20)).unwrap();
    planted.loose(other, "blob 5", b"false");
    let tree = planted.tree(&[("100644", b"mine.yaml", other)]);
    planted.commit(planted.folders(&["runbooks"], tree), &[], "");
    let error = refused(&planted);
    assert!(matches!(error, RepoError::Git { .. }), "{error}");
    // A name for a tree that is a blob is no tree.
    let planted = Planted::new();
    planted.commit(planted.tree(&[("40000", b"runbooks", planted.blob("x"))]), &[], "");
    assert!(refused(&planted).to_string().contains("another kind"), "{}", refused(&planted));
}

/// What changes how git shows a commit changes nothing here.
fn c3_grafts_replacements_and_shallow_marks_change_nothing() {
    let planted = Planted::new();
    let tree = |text: &str| {
        let runbooks = planted.tree(&[("100644", b"mine.yaml", planted.blob(text))]);
        planted.folders(&["runbooks"], runbooks)
    };
    let evil = planted.commit(tree("evil\n"), &[], "");
    let good = planted.commit(tree("good\n"), &[], "");
    let git = planted.git();
    fs::create_dir_all(git.join("refs/replace")).unwrap();
    fs::create_dir_all(git.join("info")).unwrap();
    fs::write(git.join(format!("refs/replace/{good}")), format!("{evil}\n")).unwrap();
    fs::write(git.join("info/grafts"), format!("{good} {evil}\n")).unwrap();
    fs::write(git.join("shallow"), format!("{good}\n")).unwrap();
    let shelf = Shelf::open(planted.path(), Mode::Live).unwrap();
    let piece = shelf.get(Kind::Runbook, "mine").unwrap();
    assert_eq!((piece.text.as_str(), piece.commit()), ("good\n", Some(good.to_string().as_str())));
}
