//! Names of a git tree's entries.

use std::path::{Component, Path};

use lifeboat::repo::names::{Flaw, flaw};

use super::{Target, within};

pub const TARGET: Target = Target {
    name: "git-name",
    decoders: &["repo::names::flaw"],
    hold,
    planted: |bytes| Some(flaw(bytes)? == Flaw::GitFolder && bytes.contains(&b':')),
    swollen: &[|size| b"a".repeat(size), |size| "\u{200c}".repeat(size / 3).into_bytes()],
};

fn hold(bytes: &[u8]) {
    if within(bytes, || flaw(bytes)).is_some() {
        return;
    }
    let name = std::str::from_utf8(bytes).expect("a name without a flaw is text");
    assert!(name.len() <= 255 && !name.chars().any(|c| c.is_control() || c == '\\'));
    let parts: Vec<Component<'_>> = Path::new(name).components().collect();
    assert!(
        matches!(parts[..], [Component::Normal(part)] if part == name),
        "{name:?} leads elsewhere"
    );
    assert!(!name.eq_ignore_ascii_case(".git") && !name.eq_ignore_ascii_case("git~1"));
}
