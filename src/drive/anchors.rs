//! A journal's head outside its file: noted in git as a run goes on, and gathered again from all who keep one.

use std::path::Path;

use super::{DriveError, Operation};
use crate::journal::{Anchor, Verified, anchor, attest};
use crate::model::Mode;
use crate::repo;
use crate::store::{Incident, published};

/// Where anchors of one journal may lie.
#[derive(Clone, Debug)]
pub struct Keepers<'a> {
    /// The incident's folder, with what was published.
    pub folder: &'a Path,
    /// A folder in the operator's repository; absent in a drill.
    pub repository: Option<&'a Path>,
    /// The journal's name in notes: `estate/incident`.
    pub journal: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The anchors.
    pub anchors: Vec<Anchor>,
    /// Why some place could not be read.
    pub troubles: Vec<String>,
}

impl<'a> Keepers<'a> {
    /// Names the places where an incident's anchors may lie.
    pub fn of(operation: &'a Operation, incident: &'a Incident) -> Self {
        Self {
            folder: incident.folder(),
            repository: (operation.mode == Mode::Live).then_some(operation.field.base.as_path()),
            journal: format!("{}/{}", operation.estate.id, incident.id()),
        }
    }

    /// Gathers every anchor that can be found; a place that cannot be read takes nothing from the others.
    pub fn gather(&self) -> Gathered {
        let mut gathered = Gathered::default();
        match published::anchors(self.folder) {
            Ok(found) => gathered.anchors.extend(found),
            Err(error) => gathered.troubles.push(error.to_string()),
        }
        if let Some(folder) = self.repository {
            match repo::noted(folder, &self.journal) {
                Ok(found) => gathered.anchors.extend(found.into_iter().map(|(head, commit)| {
                    let at = format!("the git note on {}", commit.get(..8).unwrap_or(&commit));
                    Anchor { head, at }
                })),
                Err(error) => gathered.troubles.push(error.to_string()),
            }
        }
        gathered
    }
}

/// Refuses a journal that an anchor contradicts: what is gone from it may have been done.
///
/// # Errors
/// [`DriveError::Contradicted`]; and what the disk said.
pub fn check(operation: &Operation, incident: &Incident) -> Result<(), DriveError> {
    let Verified { records, hashes, .. } = incident.verify()?;
    let anchors = Keepers::of(operation, incident).gather().anchors;
    let outside = attest(&hashes, &anchors).misfits.into_iter();
    match outside.chain(anchor::own(&records, &hashes)).next() {
        None => Ok(()),
        Some(misfit) => {
            Err(DriveError::Contradicted { incident: incident.id().clone(), why: misfit.why })
        }
    }
}

/// Notes a live journal's head in the operator's repository; nothing happens where there is none.
///
/// # Errors
/// What the repository or the disk said; whoever asked goes on all the same.
pub fn note(operation: &Operation, incident: &Incident, by: &str) -> Result<(), DriveError> {
    let keepers = Keepers::of(operation, incident);
    let (Some(folder), Some(head)) = (keepers.repository, incident.head()?) else { return Ok(()) };
    let now = operation.field.clock.now();
    Ok(repo::note(folder, &keepers.journal, &head, by, now)?)
}
