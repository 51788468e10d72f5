//! What one commit holds below the estate's folder, whatever the working tree says.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{ObjectType, Oid};

use super::RepoError;
use super::gitdir::GitDir;
use super::names::{self, Flaw};
use super::objects::{Entry, EntryKind, Objects};
use super::shelf::{Kind, Piece, Provenance};
use super::written::Commit;
use crate::host::files;
use crate::model::Remote;

/// The deepest folder below one of ours: three levels hold every template there is.
const DEEPEST: usize = 3;

/// The most bytes of a path inside a tree.
const LONGEST: usize = 4096;

/// One commit, seen from the estate's folder.
pub struct Committed {
    pub(super) repository: GitDir,
    pub(super) objects: Rc<Objects>,
    pub(super) below: PathBuf,
    pub(super) commit: Commit,
}

impl Committed {
    /// Opens the commit at HEAD of the repository around a folder; `None` without a repository or a commit.
    ///
    /// # Errors
    /// [`RepoError::Unusable`] for a repository of somebody else or one that borrows its objects.
    pub fn at_head(folder: &Path) -> Result<Option<Self>, RepoError> {
        let Some(repository) = GitDir::around(folder)? else { return Ok(None) };
        let Some(head) = repository.head()? else { return Ok(None) };
        Self::at(repository, folder, head).map(Some)
    }

    pub(super) fn at(repository: GitDir, folder: &Path, id: Oid) -> Result<Self, RepoError> {
        let folder = files::canonical(folder)?;
        let below = folder.strip_prefix(repository.root());
        let below = below.map_err(|_| repository.unusable("the estate lies outside of it"))?;
        let below = below.to_owned();
        let objects = Rc::new(Objects::open(&repository)?);
        let commit = objects.commit(id)?;
        let commit = commit.ok_or_else(|| objects.broken(id, "it is not here"))?;
        Ok(Self { repository, objects, below, commit })
    }

    /// Returns the files of a kind, with a measure of its own.
    ///
    /// # Errors
    /// As [`Committed::pieces`].
    pub fn sibling_pieces(&self, kind: Kind) -> Result<Vec<Piece>, RepoError> {
        self.objects.begin();
        self.pieces(kind)
    }

    /// Refuses a commit whose whole tree is more than anybody checks out, or holds a name that leads out.
    pub(super) fn countable(&self) -> Result<(), RepoError> {
        self.objects.begin();
        let mut open = vec![(self.commit.tree, String::new())];
        while let Some((tree, shown)) = open.pop() {
            for entry in self.objects.tree(tree, &shown)? {
                if let Some(flaw) = names::escape(&entry.name) {
                    return Err(self.hostile(&shown, &entry.name, flaw));
                }
                let name = Remote::spelt(&String::from_utf8_lossy(&entry.name));
                let inner = format!("{shown}{name}/");
                match entry.kind {
                    EntryKind::Folder if inner.len() > LONGEST => {
                        return Err(self.hostile(&shown, &entry.name, Flaw::TooLong));
                    }
                    EntryKind::Folder => open.push((entry.id, inner)),
                    EntryKind::File | EntryKind::Link | EntryKind::Submodule | EntryKind::Odd => {}
                }
            }
        }
        Ok(())
    }

    /// Returns the newest commits up to this one, at most so many.
    pub(super) fn newest(&self, most: usize) -> Result<Vec<Oid>, RepoError> {
        let mut found = Vec::new();
        let mut open = std::collections::VecDeque::from([self.commit.id]);
        while let Some(id) = open.pop_front() {
            self.objects.begin();
            if found.len() == most || found.contains(&id) {
                continue;
            }
            if let Some(commit) = self.objects.commit(id)? {
                found.push(id);
                open.extend(commit.parents);
            }
        }
        Ok(found)
    }

    /// Opens another commit of the same repository, with a measure of its own.
    pub(super) fn sibling(&self, id: Oid) -> Result<Self, RepoError> {
        self.objects.begin();
        let commit = self.objects.commit(id)?;
        let commit = commit.ok_or_else(|| self.objects.broken(id, "it is not here"))?;
        let (repository, objects) = (self.repository.clone(), Rc::clone(&self.objects));
        Ok(Self { repository, objects, below: self.below.clone(), commit })
    }

    /// Returns the commit's id.
    pub fn id(&self) -> String {
        self.commit.id.to_string()
    }

    /// Returns the files of a kind.
    ///
    /// # Errors
    /// [`RepoError::Hostile`] names an entry that may not be there; the limits name what is past them.
    pub fn pieces(&self, kind: Kind) -> Result<Vec<Piece>, RepoError> {
        let mut pieces = Vec::new();
        let Some(home) = self.home()? else { return Ok(pieces) };
        let Some(folder) = self.named(home, kind.folder().as_bytes(), "")? else {
            return Ok(pieces);
        };
        if folder.kind == EntryKind::Folder {
            self.collect(folder.id, "", kind, &mut pieces)?;
        } else if let Some(flaw) = folder.flaw() {
            return Err(self.hostile("", &folder.name, flaw));
        }
        Ok(pieces)
    }

    /// Returns the text of a file, its path given from the estate's folder; `None` where there is none.
    ///
    /// # Errors
    /// [`RepoError::Hostile`] when a link or a submodule stands in its place.
    pub fn text(&self, path: &str) -> Result<Option<String>, RepoError> {
        match self.entry(path)? {
            Some(entry) => self.objects.text(entry.id, path).map(Some),
            None => Ok(None),
        }
    }

    /// Returns the text of a file that may be larger than a document, with a measure of its own.
    ///
    /// # Errors
    /// As [`Committed::text`].
    pub fn large_text(&self, path: &str, most: usize) -> Result<Option<String>, RepoError> {
        self.objects.begin();
        let Some(entry) = self.entry(path)? else { return Ok(None) };
        let bytes = self.objects.bytes(entry.id, most, path)?;
        let text = String::from_utf8(bytes).map_err(|_| RepoError::NotText(path.to_owned()))?;
        Ok(Some(text))
    }

    /// Tells whether a file of the working tree is as the commit has it; `None` where the commit has none.
    ///
    /// # Errors
    /// As [`Committed::text`].
    pub fn holds(&self, path: &str, bytes: &[u8]) -> Result<Option<bool>, RepoError> {
        let Some(id) = self.blob(path)? else { return Ok(None) };
        let ours = Oid::hash_object(ObjectType::Blob, bytes);
        ours.map(|ours| Some(ours == id)).map_err(|source| RepoError::Git {
            path: self.repository.path().display().to_string(),
            source,
        })
    }

    /// Tells whether the commit has a file.
    ///
    /// # Errors
    /// As [`Committed::text`].
    pub fn tracks(&self, path: &str) -> Result<bool, RepoError> {
        Ok(self.blob(path)?.is_some())
    }

    /// Returns the id of a file's text, which is not read.
    pub(super) fn blob(&self, path: &str) -> Result<Option<Oid>, RepoError> {
        Ok(self.entry(path)?.map(|entry| entry.id))
    }

    /// Returns the id of whatever lies at a path; what is refused there counts as something of its own.
    pub(super) fn object(&self, path: &str) -> Result<Option<Oid>, RepoError> {
        match self.found(path) {
            Ok(found) => Ok(found.map(|entry| entry.id)),
            Err(RepoError::Hostile { .. }) => Ok(Some(self.commit.id)),
            Err(error) => Err(error),
        }
    }

    /// Finds a regular file by its path from the estate's folder.
    fn entry(&self, path: &str) -> Result<Option<Entry>, RepoError> {
        Ok(self.found(path)?.filter(|entry| entry.kind == EntryKind::File))
    }

    /// Finds a file or a folder by its path from the estate's folder.
    fn found(&self, path: &str) -> Result<Option<Entry>, RepoError> {
        let Some(mut tree) = self.home()? else { return Ok(None) };
        let mut parts = path.split('/').filter(|part| !part.is_empty() && *part != ".").peekable();
        while let Some(part) = parts.next() {
            let Some(entry) = self.named(tree, part.as_bytes(), "")? else { return Ok(None) };
            match (entry.flaw(), entry.kind, parts.peek()) {
                (Some(flaw), ..) => {
                    let folder = path.split(part).next().unwrap_or_default();
                    return Err(self.hostile(folder, &entry.name, flaw));
                }
                (None, EntryKind::File | EntryKind::Folder, None) => return Ok(Some(entry)),
                (None, EntryKind::Folder, Some(_)) => tree = entry.id,
                (None, ..) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Returns the tree of the estate's folder; `None` where the commit has no such folder.
    fn home(&self) -> Result<Option<Oid>, RepoError> {
        let mut tree = self.commit.tree;
        for part in &self.below {
            let part = part.as_encoded_bytes();
            let Some(entry) = self.named(tree, part, "")? else { return Ok(None) };
            match (entry.flaw(), entry.kind) {
                (Some(flaw), _) => return Err(self.hostile("", part, flaw)),
                (None, EntryKind::Folder) => tree = entry.id,
                (None, _) => return Ok(None),
            }
        }
        Ok(Some(tree))
    }

    /// Finds an entry by its name; every other name of that folder must be harmless as well.
    fn named(&self, tree: Oid, name: &[u8], shown: &str) -> Result<Option<Entry>, RepoError> {
        let mut found = None;
        for entry in self.objects.tree(tree, shown)? {
            if let Some(flaw) = names::escape(&entry.name) {
                return Err(self.hostile(shown, &entry.name, flaw));
            }
            if entry.name == name && found.replace(entry).is_some() {
                return Err(self.hostile(shown, name, Flaw::Twice));
            }
        }
        Ok(found)
    }

    fn collect(
        &self,
        tree: Oid,
        below: &str,
        kind: Kind,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), RepoError> {
        let folder = format!("{}/{below}", kind.folder());
        let entries = self.objects.tree(tree, &folder)?;
        let mut seen = std::collections::BTreeSet::new();
        for entry in &entries {
            let again = (!seen.insert(&entry.name)).then_some(Flaw::Twice);
            if let Some(flaw) = names::flaw(&entry.name).or(entry.flaw()).or(again) {
                return Err(self.hostile(&folder, &entry.name, flaw));
            }
            // The flaws are ruled out, so it is text.
            let inner = format!("{below}{}", String::from_utf8_lossy(&entry.name));
            if inner.len() > LONGEST {
                return Err(self.hostile(&folder, &entry.name, Flaw::TooLong));
            }
            if entry.kind == EntryKind::Folder {
                if kind.is_nested() && below.matches('/').count() < DEEPEST {
                    self.collect(entry.id, &format!("{inner}/"), kind, pieces)?;
                }
                continue;
            }
            let Some(name) = kind.name_of(&inner) else { continue };
            let path = format!("{}/{inner}", kind.folder());
            let text = self.objects.text(entry.id, &path)?;
            pieces.push(Piece { name, path, text, from: Provenance::Commit(self.id()) });
        }
        Ok(())
    }

    fn hostile(&self, folder: &str, name: &[u8], flaw: Flaw) -> RepoError {
        let folder = folder.trim_end_matches('/');
        let name = String::from_utf8_lossy(name);
        let entry = if folder.is_empty() { name.into_owned() } else { format!("{folder}/{name}") };
        RepoError::Hostile { entry: Remote::new(entry), commit: self.id(), flaw }
    }
}
