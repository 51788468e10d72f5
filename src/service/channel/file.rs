//! One file a message, in a folder of the incident's.

use std::path::{Component, Path, PathBuf};

use super::{Parcel, Receipt, delivered, failed, unknown};
use crate::host::files;
use crate::model::{Bulk, Declaration, Id, Nature, RequestKind, Span};

/// What a folder is held to. A number and a step name one file, so that twice is the same as once.
pub(super) const SERVICE: Declaration = Declaration {
    name: "file",
    settle: Span::from_millis(0),
    settle_because: "a file is in place, wholly or not at all, when the call returns",
    conditional: false,
    quota: None,
    not_now: &[],
    requests: &[RequestKind { name: "write", nature: Nature::Tell, idempotent: true }],
    read: 0,
    write: 1,
    bulk: Bulk::NONE,
};

/// The folder of messages when the estate names none.
const FOLDER: &str = "messages";

/// Writes a message to `<folder>/<directory>/<seq>-<step>.<language>.md`, wholly or not at all; its last line,
/// which no reader is shown, is the journal's head.
pub(super) fn deliver(parcel: &Parcel<'_>, folder: &Path) -> Receipt {
    let directory = parcel.channel.directory.as_deref().unwrap_or(FOLDER);
    let Some(below) = below(directory) else {
        return failed(format!("`{directory}` leaves the incident's folder"));
    };
    if !Id::is_well_formed(parcel.language) {
        return failed(format!("`{}` is no language", parcel.language.escape_debug()));
    }
    let step = parcel.step.as_str().replace('/', ".");
    let name = format!("{}-{step}.{}.md", parcel.head.seq, parcel.language);
    let place = folder.join(below);
    let text = format!("{}\n\n{}\n", parcel.text.trim_end(), parcel.head.comment());
    let path = place.join(&name);
    let written =
        files::create_directory(&place).and_then(|()| files::write_atomic(&path, text.as_bytes()));
    match written {
        Ok(()) => delivered(path.display().to_string()),
        // In place already, it may have been read; whether it outlives a power failure is not known.
        Err(error) if files::exists(&path) => {
            unknown(format!("{error}; it lies at {}", path.display()))
        }
        Err(error) => failed(error.to_string()),
    }
}

/// Returns a relative path that never climbs.
fn below(directory: &str) -> Option<PathBuf> {
    let path = Path::new(directory);
    let stays = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    path.components().all(stays).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_never_climbs_out() {
        assert_eq!(below("messages/"), Some(PathBuf::from("messages/")));
        assert_eq!(below("./a/b"), Some(PathBuf::from("./a/b")));
        for path in ["/etc", "..", "a/../../b"] {
            assert_eq!(below(path), None, "{path}");
        }
    }
}
