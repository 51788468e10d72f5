//! A repository written object by object, so that it may hold what no honest git would write.

use git2::{ObjectType, Oid};
use std::fs;
use std::path::Path;

/// A repository with a branch `main`.
pub struct Planted {
    pub folder: tempfile::TempDir,
    repository: git2::Repository,
}

/// One entry of a tree: mode, name, object.
pub type Entry<'a> = (&'a str, &'a [u8], Oid);

impl Planted {
    pub fn new() -> Planted {
        let folder = tempfile::tempdir().unwrap();
        let mut options = git2::RepositoryInitOptions::new();
        options.initial_head("main").external_template(false);
        let repository = git2::Repository::init_opts(folder.path(), &options).unwrap();
        Planted { folder, repository }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn git(&self) -> &Path {
        self.repository.path()
    }

    fn write(&self, kind: ObjectType, bytes: &[u8]) -> Oid {
        self.repository.odb().unwrap().write(kind, bytes).unwrap()
    }

    pub fn blob(&self, text: impl AsRef<[u8]>) -> Oid {
        self.write(ObjectType::Blob, text.as_ref())
    }

    pub fn tree(&self, entries: &[Entry<'_>]) -> Oid {
        let mut bytes = Vec::new();
        for (mode, name, id) in entries {
            bytes.extend([mode.as_bytes(), b" ", name, b"\0", id.as_bytes()].concat());
        }
        self.write(ObjectType::Tree, &bytes)
    }

    /// Returns the tree of folders that lead to a tree.
    pub fn folders(&self, names: &[&str], inner: Oid) -> Oid {
        names.iter().rev().fold(inner, |tree, name| self.tree(&[("40000", name.as_bytes(), tree)]))
    }

    /// Writes a commit, with further headers if any, and puts `main` on it.
    pub fn commit(&self, tree: Oid, parents: &[Oid], headers: &str) -> Oid {
        let id = self.write(ObjectType::Commit, written(tree, parents, headers).as_bytes());
        self.main(id);
        id
    }

    /// Puts `main` on a commit, whatever it was on.
    pub fn main(&self, id: Oid) {
        let path = self.git().join("refs/heads/main");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{id}\n")).unwrap();
    }

    /// Writes a loose object whose header and bytes are given, under a name that they need not hash to.
    pub fn loose(&self, id: Oid, header: &str, bytes: &[u8]) {
        let hex = id.to_string();
        let path = self.git().join("objects").join(&hex[..2]);
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(&hex[2..]), stored(&[header.as_bytes(), b"\0", bytes].concat()))
            .unwrap();
    }
}

/// Returns the text of a commit.
pub fn written(tree: Oid, parents: &[Oid], headers: &str) -> String {
    let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
    let who = "operator <operator@example.org> 1700000000 +0000";
    format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n{headers}\nstate\n")
}

/// Wraps up to 64 KiB as a zlib stream of one stored block (RFC 1950, RFC 1951 §3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let ends = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
    [&[0x78, 0x01, 0x01], &ends[..], bytes, &(b << 16 | a).to_be_bytes()].concat()
}
