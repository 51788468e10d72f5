//! Files that are not as their commit has them.

use super::custody::Scene;
use super::{DriveError, bindings};
use crate::host::files;
use crate::model::{CodeSheets, PinFile};
use crate::repo::{REVOKED, SIGNERS};

/// Names the files that are not as the commit has them. Where commits must be signed, the estate, the pins, the lists
/// of signers and each authority must be in it; elsewhere only what is in it must be unchanged.
pub(super) fn loose(
    scene: &Scene<'_>,
    name: Option<&str>,
    signed: bool,
) -> Result<Vec<String>, DriveError> {
    let Some(committed) = scene.committed else { return Ok(Vec::new()) };
    let mut loose = Vec::new();
    match name {
        Some(name) => {
            let held = committed.holds(name, scene.source.text.as_bytes())?;
            if held == Some(false) || (held.is_none() && signed) {
                loose.push(name.to_owned());
            }
        }
        None if signed => loose.push("standard input".to_owned()),
        None => {}
    }
    for (path, needed) in bindings::files(scene.estate) {
        if !needed && !committed.tracks(&path)? {
            continue;
        }
        let file = scene.base.join(&path);
        let Ok(bytes) = files::read(&file, u64::from(u32::MAX)) else { continue };
        let held = committed.holds(&path, &bytes)?;
        if held == Some(false) || (held.is_none() && needed && signed) {
            loose.push(path);
        }
    }
    // Where credentials go, and whose approvals count.
    for file in [PinFile::NAME, SIGNERS, REVOKED, CodeSheets::NAME] {
        let path = scene.base.join(file);
        let as_committed = if files::exists(&path) {
            committed.holds(file, &files::read(&path, files::DOCUMENT)?)?.unwrap_or(!signed)
        } else {
            !committed.tracks(file)?
        };
        if name.is_some() && !as_committed {
            loose.push(file.to_owned());
        }
    }
    Ok(loose)
}
