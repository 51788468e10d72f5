//! The pin file beside the estate: read with it, and written anew when it is refreshed.

use std::path::Path;

use super::DriveError;
use crate::document::{self, Source};
use crate::host::{HostError, files};
use crate::model::PinFile;

/// Returns the pin file of an estate's folder as a document; `None` where there is none.
///
/// # Errors
/// [`HostError`] for a file that is there and cannot be read.
pub fn source(base: &Path) -> Result<Option<Source>, HostError> {
    let path = base.join(PinFile::NAME);
    match files::read_text(&path, files::DOCUMENT) {
        Ok(text) => Ok(Some(Source::new(path.display().to_string(), text))),
        Err(error) if error.is_absent() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the pin file of an estate's folder; one without a pin where there is none.
///
/// # Errors
/// [`DriveError::Document`] with every mistake, [`DriveError::Host`] for a file that cannot be read.
pub fn read(base: &Path) -> Result<PinFile, DriveError> {
    let source = source(base)?;
    Ok(source.map_or_else(|| Ok(PinFile::empty()), |source| document::pins(&source))?)
}

/// Writes the pin file of an estate's folder: wholly, or not at all. Whoever owns the repository commits it.
///
/// # Errors
/// [`HostError`] from the system; the old file is then untouched.
pub fn write(base: &Path, file: &PinFile) -> Result<(), HostError> {
    files::write_atomic(&base.join(PinFile::NAME), document::pin_text(file).as_bytes())
}
