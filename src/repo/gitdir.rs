//! Where a repository's objects and references lie, found without reading its configuration.
//!
//! A repository that somebody handed over may be configured to run programs or to lie elsewhere; what is read here
//! is `HEAD`, the references and the objects, and nothing else. See gitrepository-layout(5).

use std::path::{Path, PathBuf};

use git2::Oid;

use super::RepoError;
use crate::host::files;

/// The most bytes of one reference, and of all packed ones.
const REFERENCE: u64 = 4 << 10;
const PACKED: u64 = 64 << 20;

/// How many references may name one another in a row.
const CHAIN: usize = 5;

/// A repository on the disk.
#[derive(Clone, Debug)]
pub(super) struct GitDir {
    /// The top of the working tree.
    root: PathBuf,
    /// Where `HEAD` lies.
    own: PathBuf,
    /// Where references and objects lie; another place than `own` for a linked working tree.
    common: PathBuf,
}

impl GitDir {
    /// Finds the repository around a folder; `None` when it lies in none.
    pub fn around(folder: &Path) -> Result<Option<Self>, RepoError> {
        let folder = files::canonical(folder)?;
        let Some(root) = folder.ancestors().find(|it| files::exists(&it.join(".git"))) else {
            return Ok(None);
        };
        let own = match root.join(".git") {
            git if files::is_directory(&git) => git,
            file => linked(root, &file)?,
        };
        let common = match own.join("commondir") {
            named if files::is_file(&named) => own.join(line(&named)?),
            _ => own.clone(),
        };
        let found = Self { root: root.to_owned(), own, common };
        found.check()?;
        Ok(Some(found))
    }

    /// Refuses what belongs to somebody else and what borrows its objects.
    fn check(&self) -> Result<(), RepoError> {
        for place in [&self.root, &self.own, &self.common] {
            if !files::is_ours(place)? {
                return Err(self.unusable("it belongs to another user"));
            }
        }
        if files::exists(&self.objects().join("info/alternates")) {
            return Err(
                self.unusable("it borrows objects from elsewhere (`objects/info/alternates`)")
            );
        }
        Ok(())
    }

    pub(super) fn unusable(&self, why: &'static str) -> RepoError {
        RepoError::Unusable { path: self.own.display().to_string(), why }
    }

    /// Returns the top of the working tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where it lies, for words.
    pub fn path(&self) -> &Path {
        &self.own
    }

    /// Returns where the objects lie.
    pub fn objects(&self) -> PathBuf {
        self.common.join("objects")
    }

    /// Returns the branch that HEAD names; `None` when it names a commit.
    pub fn branch(&self) -> Result<Option<String>, RepoError> {
        let head = self.own.join("HEAD");
        Ok(line(&head)?.strip_prefix("ref:").map(|name| name.trim().to_owned()))
    }

    /// Returns the commit at HEAD; `None` before the first one.
    pub fn head(&self) -> Result<Option<Oid>, RepoError> {
        match self.branch()? {
            Some(name) => self.resolve(&name),
            None => self.id(&line(&self.own.join("HEAD"))?).map(Some),
        }
    }

    /// Returns the commit that a reference names; `None` when there is none of its name.
    pub fn resolve(&self, name: &str) -> Result<Option<Oid>, RepoError> {
        let mut name = name.to_owned();
        for _ in 0..CHAIN {
            match self.reference(&name)? {
                None => return Ok(None),
                Some(text) => match text.strip_prefix("ref:") {
                    None => return self.id(&text).map(Some),
                    Some(next) => name = next.trim().to_owned(),
                },
            }
        }
        Err(self.unusable("its references name one another in a circle"))
    }

    /// Returns what a reference says; `None` when there is none of its name.
    fn reference(&self, name: &str) -> Result<Option<String>, RepoError> {
        if !is_reference(name) {
            return Ok(None);
        }
        let loose = self.common.join(name);
        if files::is_file(&loose) {
            return line(&loose).map(Some);
        }
        let packed = self.common.join("packed-refs");
        if !files::is_file(&packed) {
            return Ok(None);
        }
        let text = files::read_text(&packed, PACKED)?;
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        Ok(lines.filter(|(_, it)| *it == name).map(|(id, _)| id.to_owned()).next())
    }

    fn id(&self, text: &str) -> Result<Oid, RepoError> {
        let is_one = text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_one {
            return Err(self.unusable("its references are no SHA-1 ids"));
        }
        Oid::from_str(text).map_err(|_| self.unusable("its references are no SHA-1 ids"))
    }
}

/// Tells the name of a reference that cannot lead out of the repository (git-check-ref-format(1)).
fn is_reference(name: &str) -> bool {
    name.starts_with("refs/")
        && !name.contains("..")
        && !name.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c))
        && name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// Follows the file that stands in the place of a folder `.git`.
fn linked(root: &Path, file: &Path) -> Result<PathBuf, RepoError> {
    let said = line(file)?;
    let place = said.strip_prefix("gitdir:").map(|place| root.join(place.trim()));
    place.ok_or_else(|| RepoError::Unusable {
        path: file.display().to_string(),
        why: "it is neither a folder nor a link to one",
    })
}

/// Reads the one line of a small file.
fn line(path: &Path) -> Result<String, RepoError> {
    if !files::is_file(path) {
        let path = path.display().to_string();
        return Err(RepoError::Unusable { path, why: "it is no regular file" });
    }
    Ok(files::read_text(path, REFERENCE)?.trim_end().to_owned())
}
