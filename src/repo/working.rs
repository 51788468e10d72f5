//! The working tree: files as they lie on the disk.

use std::path::Path;

use super::RepoError;
use super::objects::MOST;
use super::shelf::{Kind, Piece, Provenance};
use crate::host::files;

/// Returns the files of a kind in a folder below `root`; none when it does not exist.
pub(super) fn pieces(root: &Path, folder: &str, kind: Kind) -> Result<Vec<Piece>, RepoError> {
    let mut pieces = Vec::new();
    walk(&root.join(folder), "", kind, &mut pieces)?;
    Ok(pieces)
}

fn walk(folder: &Path, below: &str, kind: Kind, pieces: &mut Vec<Piece>) -> Result<(), RepoError> {
    if !files::is_directory(folder) {
        return Ok(());
    }
    for path in files::list(folder)? {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let inner = format!("{below}{file}");
        if files::is_directory(&path) {
            // Three levels hold every template there is; a deeper folder is somebody else's.
            if kind.is_nested() && below.matches('/').count() < 3 {
                walk(&path, &format!("{inner}/"), kind, pieces)?;
            }
            continue;
        }
        let Some(name) = kind.name_of(&inner) else { continue };
        if pieces.len() == MOST {
            return Err(RepoError::TooMany { path: folder.display().to_string(), most: MOST });
        }
        let text = files::read_text(&path, files::DOCUMENT)?;
        let path = format!("{}/{inner}", kind.folder());
        pieces.push(Piece { name, path, text, from: Provenance::Uncommitted });
    }
    Ok(())
}
