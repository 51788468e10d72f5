//! Objects by their ids: counted and measured before they are inflated, and parsed here.
//!
//! libgit2 checks that each object hashes to its id. Grafts, replacements, commit graphs and whatever else changes
//! how a repository *shows* an object have no say: parents and trees are those that the object's own bytes name.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Odb, Oid};

use super::RepoError;
use super::gitdir::GitDir;
use super::names::Flaw;
use super::written::Commit;

/// The most bytes of one object.
pub(super) const LARGEST: usize = 1 << 20;

/// The most entries, and bytes, of all that is taken out of one commit.
pub(super) const MOST: usize = 10_000;
const TOGETHER: usize = 32 << 20;

/// An object database, and how much of one commit was taken out of it.
pub(super) struct Objects {
    odb: Odb<'static>,
    path: PathBuf,
    entries: Cell<usize>,
    taken: Cell<usize>,
}

/// What an entry of a tree is, by its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    Folder,
    Link,
    Submodule,
    Odd,
}

/// One entry of a tree.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub name: Vec<u8>,
    pub kind: EntryKind,
    pub id: Oid,
}

impl Entry {
    /// Returns what is wrong with what it is; a file and a folder are fine.
    pub const fn flaw(&self) -> Option<Flaw> {
        match self.kind {
            EntryKind::File | EntryKind::Folder => None,
            EntryKind::Link => Some(Flaw::Link),
            EntryKind::Submodule => Some(Flaw::Submodule),
            EntryKind::Odd => Some(Flaw::Mode),
        }
    }
}

impl Objects {
    /// Opens a repository's objects, and nothing else of it.
    pub fn open(repository: &GitDir) -> Result<Self, RepoError> {
        Self::at(repository.path(), &repository.objects())
    }

    /// Opens the objects in a folder of the repository at a path.
    pub fn at(path: &Path, objects: &Path) -> Result<Self, RepoError> {
        let shown = || path.display().to_string();
        let failed = |source| RepoError::Git { path: shown(), source };
        let odb = Odb::new().map_err(failed)?;
        let Some(place) = objects.to_str() else {
            return Err(RepoError::Unusable { path: shown(), why: "its path is no UTF-8 text" });
        };
        odb.add_disk_alternate(place).map_err(failed)?;
        Ok(Self { odb, path: path.to_owned(), entries: Cell::new(0), taken: Cell::new(0) })
    }

    /// Forgets what was taken: the next commit has a measure of its own.
    pub fn begin(&self) {
        self.entries.set(0);
        self.taken.set(0);
    }

    /// Returns a commit; `None` when it is not here.
    pub fn commit(&self, id: Oid) -> Result<Option<Commit>, RepoError> {
        let Some(bytes) = self.read(id, ObjectType::Commit, LARGEST, &id.to_string())? else {
            return Ok(None);
        };
        let commit = Commit::parse(id, &bytes);
        commit.map(Some).ok_or_else(|| self.broken(id, "it is no commit"))
    }

    /// Returns the one object whose id begins with some digits; seven are the fewest that mean one.
    pub fn by_digits(&self, digits: &str) -> Result<Option<Oid>, RepoError> {
        let means_one =
            (7..=40).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_hexdigit());
        let Some(short) = means_one.then(|| Oid::from_str(digits).ok()).flatten() else {
            return Ok(None);
        };
        match self.odb.exists_prefix(short, digits.len()) {
            Ok(id) => Ok(Some(id)),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::Ambiguous) => {
                Ok(None)
            }
            Err(source) => Err(self.failed(source)),
        }
    }

    /// Returns the entries of a tree, in their order.
    pub fn tree(&self, id: Oid, shown: &str) -> Result<Vec<Entry>, RepoError> {
        let bytes = self.read(id, ObjectType::Tree, LARGEST, shown)?;
        let bytes = bytes.ok_or_else(|| self.broken(id, "it is not here"))?;
        let mut rest = &bytes[..];
        let mut entries = Vec::new();
        while !rest.is_empty() {
            let (entry, after) = next(rest).ok_or_else(|| self.broken(id, "it is no tree"))?;
            let counted = self.entries.get() + 1;
            if counted > MOST {
                return Err(RepoError::TooMany { path: shown.to_owned(), most: MOST });
            }
            self.entries.set(counted);
            entries.push(entry);
            rest = after;
        }
        Ok(entries)
    }

    /// Returns a file's text.
    pub fn text(&self, id: Oid, shown: &str) -> Result<String, RepoError> {
        String::from_utf8(self.bytes(id, LARGEST, shown)?)
            .map_err(|_| RepoError::NotText(shown.to_owned()))
    }

    /// Returns a file's bytes, so many at most.
    pub fn bytes(&self, id: Oid, most: usize, shown: &str) -> Result<Vec<u8>, RepoError> {
        let bytes = self.read(id, ObjectType::Blob, most, shown)?;
        bytes.ok_or_else(|| self.broken(id, "it is not here"))
    }

    /// Reads an object after its header said that it is of the right kind and not too large.
    fn read(
        &self,
        id: Oid,
        kind: ObjectType,
        most: usize,
        shown: &str,
    ) -> Result<Option<Vec<u8>>, RepoError> {
        let (size, found) = match self.odb.read_header(id) {
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            header => header.map_err(|source| self.failed(source))?,
        };
        if found != kind {
            return Err(self.broken(id, "it is of another kind than it is named as"));
        }
        if size > most {
            return Err(RepoError::TooLarge { path: shown.to_owned(), size, most });
        }
        let together = self.taken.get() + size;
        if together > TOGETHER {
            return Err(RepoError::TooMuch { path: shown.to_owned(), most: TOGETHER });
        }
        self.taken.set(together);
        let object = self.odb.read(id).map_err(|source| self.failed(source))?;
        Ok(Some(object.data().to_vec()))
    }

    fn failed(&self, source: git2::Error) -> RepoError {
        RepoError::Git { path: self.path.display().to_string(), source }
    }

    pub(super) fn broken(&self, id: Oid, why: &'static str) -> RepoError {
        RepoError::Broken { path: self.path.display().to_string(), object: id.to_string(), why }
    }
}

/// Takes the first entry off a tree's bytes: mode, space, name, NUL, twenty bytes of id.
fn next(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let space = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let kind = match &bytes[..space] {
        b"100644" | b"100755" | b"100664" => EntryKind::File,
        b"40000" | b"040000" => EntryKind::Folder,
        b"120000" => EntryKind::Link,
        b"160000" => EntryKind::Submodule,
        mode if mode.iter().all(u8::is_ascii_digit) => EntryKind::Odd,
        _ => return None,
    };
    let rest = &bytes[space + 1..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (id, after) = rest[end + 1..].split_at_checked(20)?;
    let id = Oid::from_bytes(id).ok()?;
    Some((Entry { name: rest[..end].to_vec(), kind, id }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: &str, name: &[u8]) -> Vec<u8> {
        [mode.as_bytes(), b" ", name, b"\0", &[7; 20]].concat()
    }

    #[test]
    fn an_entry_is_taken_whole_or_not_at_all() {
        let whole = [entry("100644", b"a"), entry("40000", b"b")].concat();
        let (first, rest) = next(&whole).expect("one");
        assert_eq!((first.name.as_slice(), first.kind), (b"a".as_slice(), EntryKind::File));
        let (second, rest) = next(rest).expect("two");
        assert_eq!((second.name.as_slice(), second.kind), (b"b".as_slice(), EntryKind::Folder));
        assert!(rest.is_empty());
        for end in 0..entry("100644", b"a").len() {
            assert!(next(&whole[..end]).is_none(), "cut at {end}");
        }
    }

    #[test]
    fn what_is_no_mode_is_no_tree() {
        assert!(next(b"").is_none());
        assert!(next(&entry("x", b"a")).is_none());
        assert!(next(&entry("100644100644", b"a")).is_none());
        let kind = |mode: &str| next(&entry(mode, b"a")).map(|(entry, _)| entry.kind);
        assert_eq!(kind("120000"), Some(EntryKind::Link));
        assert_eq!(kind("160000"), Some(EntryKind::Submodule));
        assert_eq!(kind("100600"), Some(EntryKind::Odd));
    }
}
