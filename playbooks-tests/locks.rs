//! Locks between real processes: who holds one, who is told so, and what becomes of it when its holder is killed,
//! stopped, on another machine, or survived by a child.

pub mod child;
mod races;
pub mod shared;
mod taking_over;

use libtest_mimic::Trial;
use lifeboat::store::{Declaration, Incident, Incidents};
use std::path::Path;

/// Returns the trials of locks.
pub fn trials() -> Vec<Trial> {
    [races::trials(), shared::trials(), taking_over::trials()].into_iter().flatten().collect()
}

/// Opens an estate's incidents as one more process would.
fn opened(root: &Path, estate: &str) -> Incidents {
    Incidents::open(root, &estate.into()).unwrap()
}

/// Declares an incident of the estate `e`.
fn declared(root: &Path) -> Incident {
    let declaration = Declaration {
        title: "names fail".to_owned(),
        severity: lifeboat::model::Severity::Major,
        mode: lifeboat::model::Mode::Live,
    };
    opened(root, "e").create(&declaration, jiff::Timestamp::now()).unwrap()
}
