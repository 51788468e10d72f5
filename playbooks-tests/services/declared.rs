//! Every service says how late its requests land, what it checks and what it takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use libtest_mimic::Trial;
use lifeboat::model::{Declaration, Nature};
use lifeboat::service::declared::FAMILIES;

pub fn trials() -> Vec<Trial> {
    trials![
        every_service_declares_what_it_is_held_to,
        every_file_that_changes_something_declares_itself_and_is_listed,
    ]
}

fn every_service_declares_what_it_is_held_to() {
    let all: Vec<&Declaration> = FAMILIES.iter().copied().flatten().copied().collect();
    let names: BTreeSet<&str> = all.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), all.len(), "each is listed once");
    for it in all {
        let name = it.name;
        assert!(!it.requests.is_empty() && it.settle_because.len() > 20, "{name}");
        assert_eq!(it.writes(), it.settle.as_millis() > 0, "{name}: only what writes settles");
        assert!(!it.writes() || (it.read > 0 && it.write > 0), "{name}: what a change takes");
        let dns = it.name == "rfc2136"; // DNS knows no statuses
        assert!(!it.writes() || dns || it.not_now.contains(&429), "{name}: RFC 6585");
        assert!(it.not_now.iter().all(|status| [429, 503].contains(status)), "{name}");
        let read = |nature| nature == Nature::Read;
        assert!(it.requests.iter().all(|one| !read(one.nature) || one.idempotent), "{name}");
        assert!(
            it.quota.is_none_or(|(requests, per)| requests > 0 && per.as_millis() > 0),
            "{name}"
        );
    }
}

/// Whatever gives a `Sent` or a `Receipt` stands beside its declaration, and each declaration in a list.
fn every_file_that_changes_something_declares_itself_and_is_listed() {
    let (mut declared, mut writers) = (0, 0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service");
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let own = text.matches(": Declaration =").count();
            declared += own;
            // Who is handed a declaration has none.
            let handed = text.contains("own: &Declaration");
            let writes = (text.contains(") -> Sent {") && !handed)
                || (text.contains(") -> Receipt {") && !text.contains("ChannelKind::"));
            let beside = || fs::read_to_string(path.with_file_name("mod.rs")).unwrap();
            if writes {
                writers += 1;
                let holds = own == 1 || beside().contains("pub const SERVICE: Declaration =");
                assert!(holds, "{} writes and declares nothing", path.display());
            }
        }
    }
    assert_eq!(
        declared,
        FAMILIES.iter().map(|family| family.len()).sum::<usize>(),
        "all are listed"
    );
    assert!(writers >= 4, "{writers} files that write");
}
