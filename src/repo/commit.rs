//! The commit at HEAD: files from the object database, whatever the working tree says.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid, Repository, RepositoryOpenFlags, Tree as GitTree};

use super::RepoError;
use super::shelf::{Kind, Piece, Provenance};
use super::working::MOST;
use crate::host::files;

/// The most bytes of one file.
const LARGEST: usize = 1 << 20;

/// Tells whether a folder lies in a git repository.
pub fn is_inside_one(folder: &Path) -> bool {
    Repository::discover(folder).is_ok()
}

/// Makes an empty git repository; a commit is left to whoever owns it.
///
/// # Errors
/// What libgit2 said.
pub fn initialise(folder: &Path) -> Result<(), RepoError> {
    let failed = |source| RepoError::Git { path: folder.display().to_string(), source };
    Repository::init(folder).map(|_| ()).map_err(failed)
}

/// Opens the repository around a folder; `None` when it lies in none.
pub(super) fn open(folder: &Path) -> Result<Option<Repository>, RepoError> {
    let folder = files::canonical(folder)?;
    let none: [&Path; 0] = [];
    match Repository::open_ext(&folder, RepositoryOpenFlags::empty(), none) {
        Ok(repository) => Ok(Some(repository)),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(source) => Err(RepoError::Git { path: folder.display().to_string(), source }),
    }
}

/// Returns the commit at HEAD; `None` before the first one.
pub(super) fn at_head(repository: &Repository) -> Result<Option<Oid>, git2::Error> {
    match repository.head().and_then(|head| head.peel_to_commit()) {
        Ok(commit) => Ok(Some(commit.id())),
        Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
            Ok(None)
        }
        Err(source) => Err(source),
    }
}

/// What a commit holds below the estate's folder.
pub(super) struct Tree {
    repository: Repository,
    folder: PathBuf,
    commit: String,
}

impl Tree {
    /// Opens the repository around a folder at HEAD; `None` without a repository or without a commit.
    pub fn at_head(folder: &Path) -> Result<Option<Self>, RepoError> {
        let Some(repository) = open(folder)? else { return Ok(None) };
        let folder = files::canonical(folder)?;
        let failed = |source| RepoError::Git { path: folder.display().to_string(), source };
        let Some(root) = repository.workdir().map(files::canonical).transpose()? else {
            return Ok(None);
        };
        let Some(commit) = at_head(&repository).map_err(failed)? else { return Ok(None) };
        let commit = commit.to_string();
        let below = folder.strip_prefix(&root).map(Path::to_owned).unwrap_or_default();
        Ok(Some(Self { repository, folder: below, commit }))
    }

    /// Returns the files of a kind.
    pub fn pieces(&self, kind: Kind) -> Result<Vec<Piece>, RepoError> {
        let mut pieces = Vec::new();
        if let Some(tree) = self.subtree(&self.folder.join(kind.folder()))? {
            self.collect(&tree, "", kind, &mut pieces)?;
        }
        Ok(pieces)
    }

    fn failed(&self, source: git2::Error) -> RepoError {
        RepoError::Git { path: self.repository.path().display().to_string(), source }
    }

    /// Returns the tree at a path of the commit; `None` when there is none.
    fn subtree(&self, path: &Path) -> Result<Option<GitTree<'_>>, RepoError> {
        let id = Oid::from_str(&self.commit).map_err(|source| self.failed(source))?;
        let commit = self.repository.find_commit(id).map_err(|source| self.failed(source))?;
        let root = commit.tree().map_err(|source| self.failed(source))?;
        let entry = match root.get_path(path) {
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            entry => entry.map_err(|source| self.failed(source))?,
        };
        if entry.kind() != Some(ObjectType::Tree) {
            return Ok(None);
        }
        self.repository.find_tree(entry.id()).map(Some).map_err(|source| self.failed(source))
    }

    fn collect(
        &self,
        tree: &GitTree<'_>,
        below: &str,
        kind: Kind,
        pieces: &mut Vec<Piece>,
    ) -> Result<(), RepoError> {
        for entry in tree {
            // Names come unfiltered: what is no plain name is passed over, never joined to a path.
            let Ok(name) = entry.name() else { continue };
            let inner = format!("{below}{name}");
            if entry.kind() == Some(ObjectType::Tree) {
                if kind.is_nested() && below.matches('/').count() < 3 {
                    let tree = self.repository.find_tree(entry.id());
                    let tree = tree.map_err(|source| self.failed(source))?;
                    self.collect(&tree, &format!("{inner}/"), kind, pieces)?;
                }
                continue;
            }
            let regular = matches!(entry.filemode(), 0o100_644 | 0o100_755);
            let Some(named) = kind.name_of(&inner).filter(|_| regular) else { continue };
            pieces.push(self.piece(named, &inner, entry.id(), kind, pieces.len())?);
        }
        Ok(())
    }

    fn piece(
        &self,
        name: String,
        inner: &str,
        id: Oid,
        kind: Kind,
        so_far: usize,
    ) -> Result<Piece, RepoError> {
        let path = format!("{}/{inner}", kind.folder());
        if so_far == MOST {
            return Err(RepoError::TooMany { path, most: MOST });
        }
        let blob = self.repository.find_blob(id).map_err(|source| self.failed(source))?;
        if blob.size() > LARGEST {
            return Err(RepoError::TooLarge { path, size: blob.size(), most: LARGEST });
        }
        let text = std::str::from_utf8(blob.content());
        let text = text.map_err(|_| RepoError::NotText(path.clone()))?.to_owned();
        Ok(Piece { name, path, text, from: Provenance::Commit(self.commit.clone()) })
    }
}
