//! The fuzz targets: the decoders of `../src`, compiled in by path, and what must hold of them.
//!
//! `extern crate self` gives the sources the names that they have in the product and in its tests.

#![expect(dead_code, reason = "the modules are taken whole, and no target needs all of them")]

extern crate self as lifeboat;

#[path = "../../src/document/mod.rs"]
pub mod document;
#[path = "../../src/journal/mod.rs"]
pub mod journal;
#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/plan/mod.rs"]
pub mod plan;
#[path = "../../src/probe"]
pub mod probe {
    //! Of the probes, what reads another machine's words.

    #[path = "vantage"]
    pub mod vantage {
        //! Other places to probe from.

        pub mod report;
    }
}
#[path = "../../src/repo"]
pub mod repo {
    //! Of the repository, what judges names.

    pub mod names;
}
#[path = "../../src/trust/mod.rs"]
pub mod trust;
#[path = "../../src/view/mod.rs"]
pub mod view;
#[path = "../../src/wire/mod.rs"]
pub mod wire;
#[path = "../../src/words/mod.rs"]
pub mod words;

#[path = "../../playbooks-tests/fuzzing/meter.rs"]
mod meter;
#[path = "../../playbooks-tests/fuzzing/targets/mod.rs"]
mod targets;

use std::sync::OnceLock;

use targets::{TARGETS, Target};

/// Returns the target of a name.
fn target(name: &str) -> &'static Target {
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("there is no target `{name}`"))
}

/// Plays an input.
pub fn play(name: &str, bytes: &[u8]) {
    static CHOSEN: OnceLock<&Target> = OnceLock::new();
    (CHOSEN.get_or_init(|| target(name)).hold)(bytes);
}

/// Looks for the planted shape of a target, and tells whether an input is accepted: from any other one the way is long.
pub fn hunt(name: &str, bytes: &[u8]) -> bool {
    static CHOSEN: OnceLock<&Target> = OnceLock::new();
    let found = (CHOSEN.get_or_init(|| target(name)).planted)(bytes);
    assert_ne!(found, Some(true), "the planted input was found");
    found.is_some()
}
