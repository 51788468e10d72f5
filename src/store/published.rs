//! Published messages: each file ends in the journal's head that it was sent on.

use std::path::Path;

use super::StoreError;
use crate::host::files;
use crate::journal::Anchor;
use crate::model::Head;

/// How deep below the incident's folder a channel's folder may lie.
const DEPTH: u32 = 4;

/// Returns the anchors in the messages below an incident's folder, whichever folders its channels name.
///
/// # Errors
/// [`StoreError::Host`] from the system.
pub fn anchors(folder: &Path) -> Result<Vec<Anchor>, StoreError> {
    let mut anchors = Vec::new();
    walk(folder, DEPTH, &mut anchors)?;
    Ok(anchors)
}

fn walk(folder: &Path, depth: u32, anchors: &mut Vec<Anchor>) -> Result<(), StoreError> {
    for path in files::list(folder)? {
        if files::is_directory(&path) {
            if depth > 0 {
                walk(&path, depth - 1, anchors)?;
            }
            continue;
        }
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let text = files::read_text(&path, files::DOCUMENT)?;
        let head = text.lines().next_back().and_then(Head::of_comment);
        let at = format!("the message `{}`", path.display());
        anchors.extend(head.map(|head| Anchor { head, at }));
    }
    Ok(())
}
