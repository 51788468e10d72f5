//! The shelf: each runbook, template, scenario and standing approval once, with where it came from.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Committed, RepoError, embedded, working};
use crate::model::{Id, Mode};

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `runbooks/NAME.yaml`.
    Runbook,
    /// `templates/PATH/NAME.LANGUAGE.md`, in folders.
    Template,
    /// `scenarios/NAME.yaml`.
    Scenario,
    /// `standing/NAME.yaml`, and `standing/NAME.CONTACT.sig`, which are named with their endings.
    Standing,
}

/// Where a piece came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// The binary carries it.
    Embedded,
    /// A commit of the operator's repository, by its id.
    Commit(String),
    /// The working tree, not (or not so) in any commit: good for drills only.
    Uncommitted,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its name: the file's without ending; a template's with its folders, language and ending.
    pub name: String,
    /// Its path, relative to the estate's folder.
    pub path: String,
    /// What it says.
    pub text: String,
    /// Where it came from.
    pub from: Provenance,
}

impl Piece {
    /// Returns SHA-256 of its bytes, in hexadecimal.
    pub fn digest(&self) -> String {
        Sha256::digest(self.text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Tells whether the binary carries it.
    pub fn is_embedded(&self) -> bool {
        self.from == Provenance::Embedded
    }

    /// Returns the commit that it was read at.
    pub fn commit(&self) -> Option<&str> {
        match &self.from {
            Provenance::Commit(id) => Some(id),
            Provenance::Embedded | Provenance::Uncommitted => None,
        }
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Runbook, Self::Template, Self::Scenario, Self::Standing];

    /// Returns the folder that holds it, below the estate's.
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Runbook => "runbooks",
            Self::Template => "templates",
            Self::Scenario => "scenarios",
            Self::Standing => "standing",
        }
    }

    /// Tells whether it lies in folders below its folder.
    pub(super) const fn is_nested(self) -> bool {
        matches!(self, Self::Template)
    }

    /// Returns the name of a file of this kind, its path given from its folder; `None` for other files.
    pub(super) fn name_of(self, path: &str) -> Option<String> {
        let plain = path.split('/').all(Id::is_well_formed);
        let name = match self {
            Self::Runbook | Self::Scenario => path.strip_suffix(".yaml")?,
            Self::Template => path.strip_suffix(".md").map(|_| path)?,
            Self::Standing => {
                path.strip_suffix(".yaml").or(path.strip_suffix(".sig")).map(|_| path)?
            }
        };
        plain.then(|| name.to_owned())
    }
}

/// All pieces, and what the operator should know about them.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    pieces: BTreeMap<(Kind, String), Piece>,
    uncommitted: Vec<String>,
}

impl Shelf {
    /// Returns what the binary carries and nothing else.
    pub fn embedded() -> Self {
        let mut shelf = Self::default();
        for kind in Kind::ALL {
            shelf.lay(kind, embedded::pieces(kind));
        }
        shelf
    }

    /// Opens the operator's repository around the estate's folder.
    ///
    /// Live, a file that no commit holds counts only where nothing else has its name.
    ///
    /// # Errors
    /// What the repository or the file system said.
    pub fn open(folder: &Path, mode: Mode) -> Result<Self, RepoError> {
        Self::at(Committed::at_head(folder)?.as_ref(), folder, mode, false)
    }

    /// Lays out what a commit holds, and what lies in the estate's folder, as [`Shelf::open`]; where commits must
    /// be `signed`, words and standing approvals that no commit holds count for nothing.
    ///
    /// # Errors
    /// As [`Shelf::open`].
    pub fn at(
        committed: Option<&Committed>,
        folder: &Path,
        mode: Mode,
        signed: bool,
    ) -> Result<Self, RepoError> {
        let mut shelf = Self::embedded();
        for kind in Kind::ALL {
            let held = committed.map(|commit| commit.pieces(kind)).transpose()?;
            shelf.lay(kind, held.unwrap_or_default());
            let loose = working::pieces(folder, kind.folder(), kind)?;
            let named_only = matches!(kind, Kind::Template | Kind::Standing);
            shelf.lay_loose(kind, loose, mode, signed && named_only);
        }
        Ok(shelf)
    }

    fn lay(&mut self, kind: Kind, pieces: Vec<Piece>) {
        self.pieces.extend(pieces.into_iter().map(|piece| ((kind, piece.name.clone()), piece)));
    }

    /// Lays what the working tree holds: over everything in a drill, into gaps alone when live, nowhere where it
    /// is only named.
    fn lay_loose(&mut self, kind: Kind, pieces: Vec<Piece>, mode: Mode, named_only: bool) {
        for piece in pieces {
            let key = (kind, piece.name.clone());
            if self.pieces.get(&key).is_some_and(|there| there.text == piece.text) {
                continue;
            }
            self.uncommitted.push(piece.path.clone());
            if mode == Mode::Drill || (!named_only && !self.pieces.contains_key(&key)) {
                self.pieces.insert(key, piece);
            }
        }
    }

    /// Returns the pieces of a kind, by name.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(move |((is, _), _)| *is == kind).map(|(_, piece)| piece)
    }

    /// Returns one piece.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&Piece> {
        self.pieces.get(&(kind, name.to_owned()))
    }

    /// Returns the paths of files that differ from what the commit, or the binary, holds.
    pub fn uncommitted(&self) -> &[String] {
        &self.uncommitted
    }

    /// Returns one file of the estate that drills play on when no other is named.
    pub fn of_the_drill_estate(name: &str) -> Option<&'static str> {
        embedded::of_the_drill_estate(name)
    }
}
