//! A change of a file that is in nobody's index yet, as `git apply` and `patch -p1` take it.

use std::path::Path;

use git2::Patch;

use super::RepoError;
use super::gitdir::GitDir;
use super::libgit::{failed, settle};
use crate::host::files;

/// Writes what differs between two texts of a file as a unified diff; its path is the one from the top of the repository
/// around it, and from `base` where it lies in none.
///
/// # Errors
/// What the disk or libgit2 said.
pub fn unified(base: &Path, file: &Path, before: &str, after: &str) -> Result<String, RepoError> {
    settle();
    let folder = file.parent().unwrap_or(base);
    let (file, root) = match GitDir::around(folder)? {
        Some(found) => (files::canonical(file)?, found.root().to_owned()),
        None => (file.to_owned(), base.to_owned()),
    };
    let path = file.strip_prefix(&root).unwrap_or(&file);
    let (old, new) = (before.as_bytes(), after.as_bytes());
    let made = Patch::from_buffers(old, Some(path), new, Some(path), None);
    let text = made.and_then(|mut patch| Ok(patch.to_buf()?.to_vec()));
    text.map(|text| String::from_utf8_lossy(&text).into_owned())
        .map_err(|source| failed(path, source))
}
