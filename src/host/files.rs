//! Files: read with a cap, written whole or not at all, appended durably. Private by default.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::HostError;

/// The most bytes a document may have.
pub const DOCUMENT: u64 = 1 << 20;

/// Held by whoever writes, so that nobody ends the process half-way through.
static WRITING: RwLock<()> = RwLock::new(());

fn writing() -> RwLockReadGuard<'static, ()> {
    WRITING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until nothing is being written, and lets nobody begin: right before the process is ended.
pub(super) fn stand_still() -> RwLockWriteGuard<'static, ()> {
    WRITING.write().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a whole file of at most `cap` bytes.
///
/// # Errors
/// [`HostError::TooLarge`] for a longer one, [`HostError::File`] from the system.
pub fn read(path: &Path, cap: u64) -> Result<Vec<u8>, HostError> {
    let wrap = |source| HostError::file("read", path, source);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(wrap)?;
    file.take(cap.saturating_add(1)).read_to_end(&mut bytes).map_err(wrap)?;
    if bytes.len() as u64 > cap {
        return Err(HostError::TooLarge { path: path.to_owned(), cap });
    }
    Ok(bytes)
}

/// Reads a whole UTF-8 file of at most `cap` bytes.
///
/// # Errors
/// As [`read`], and [`HostError::NotText`].
pub fn read_text(path: &Path, cap: u64) -> Result<String, HostError> {
    String::from_utf8(read(path, cap)?).map_err(|error| HostError::not_text(path, &error))
}

/// Reads UTF-8 text of at most `cap` bytes from standard input.
///
/// # Errors
/// As [`read_text`], with the path `-`.
pub fn read_standard_input(cap: u64) -> Result<String, HostError> {
    let path = Path::new("-");
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(cap.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|source| HostError::file("read", path, source))?;
    if bytes.len() as u64 > cap {
        return Err(HostError::TooLarge { path: path.to_owned(), cap });
    }
    String::from_utf8(bytes).map_err(|error| HostError::not_text(path, &error))
}

/// Tells whether something exists at a path.
pub fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(false)
}

/// Tells whether a directory exists at a path.
pub fn is_directory(path: &Path) -> bool {
    path.is_dir()
}

/// Tells whether a regular file exists at a path; a pipe or a device is none.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Tells whether a path belongs to the user of this process, or to whoever became it by `sudo`.
///
/// # Errors
/// [`HostError::File`] from the system.
pub fn is_ours(path: &Path) -> Result<bool, HostError> {
    let found = fs::metadata(path).map_err(|source| HostError::file("look at", path, source))?;
    let us = nix::unistd::geteuid();
    let sudo = std::env::var("SUDO_UID").ok().and_then(|uid| uid.parse::<u32>().ok());
    Ok(found.uid() == us.as_raw() || (us.is_root() && Some(found.uid()) == sudo))
}

/// Returns a file's permission bits.
///
/// # Errors
/// [`HostError::File`] from the system.
pub fn mode(path: &Path) -> Result<u32, HostError> {
    let found = fs::metadata(path).map_err(|source| HostError::file("look at", path, source))?;
    Ok(found.permissions().mode() & 0o7777)
}

/// Returns the path without links and dots.
///
/// # Errors
/// [`HostError::File`] from the system, also when nothing is there.
pub fn canonical(path: &Path) -> Result<PathBuf, HostError> {
    fs::canonicalize(path).map_err(|source| HostError::file("find", path, source))
}

/// Returns what lies in a directory, sorted by name.
///
/// # Errors
/// [`HostError::File`] from the system.
pub fn list(directory: &Path) -> Result<Vec<PathBuf>, HostError> {
    let wrap = |source| HostError::file("list", directory, source);
    let entries = fs::read_dir(directory).map_err(wrap)?;
    let mut paths = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrap)?;
    paths.sort();
    Ok(paths)
}

/// Creates a directory and its parents for this user alone (0700), durably; an existing one is kept as it is.
///
/// # Errors
/// [`HostError::File`] from the system.
pub fn create_directory(path: &Path) -> Result<(), HostError> {
    let is_new = |it: &&Path| !it.as_os_str().is_empty() && !exists(it);
    let new: Vec<&Path> = path.ancestors().take_while(is_new).collect();
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| HostError::file("create", path, source))?;
    // A file is only as durable as every name on the way to it.
    new.into_iter().rev().try_for_each(sync_directory)
}

/// Creates a file that did not exist, readable as the user's mask says; for files people edit.
///
/// # Errors
/// [`HostError::File`]; `AlreadyExists` when something is there, which is kept.
pub fn create_new(path: &Path, bytes: &[u8]) -> Result<(), HostError> {
    let wrap = |source| HostError::file("create", path, source);
    let _whole = writing();
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(wrap)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(wrap)
}

/// Writes a file for this user alone (0600) so that it is wholly there or wholly as before.
///
/// # Errors
/// [`HostError::File`] from the system; the old file is then untouched.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), HostError> {
    let _whole = writing();
    let temporary = beside(path);
    let written = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if let Err(source) = written {
        // The failure to report is the first one; a left-over is only untidy.
        let _ = fs::remove_file(&temporary);
        return Err(HostError::file("write", path, source));
    }
    sync_directory(path)
}

/// Removes a file; one that is not there counts as removed.
///
/// # Errors
/// [`HostError::File`] from the system.
pub fn remove(path: &Path) -> Result<(), HostError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(HostError::file("remove", path, source))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes a directory with all that is in it; one that is not there counts as removed.
///
/// # Errors
/// [`HostError::File`] from the system.
pub fn remove_directory(path: &Path) -> Result<(), HostError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(HostError::file("remove", path, source))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A file that grows at its end and is on the disk when a call returns.
#[derive(Debug)]
pub struct Appender {
    file: File,
    path: PathBuf,
}

impl Appender {
    /// Opens a file for appending, creating it (0600) and its directory entry durably.
    ///
    /// # Errors
    /// [`HostError::File`] from the system.
    pub fn open(path: &Path) -> Result<Self, HostError> {
        let wrap = |source| HostError::file("open", path, source);
        let new = !exists(path);
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).mode(0o600).open(path);
        let file = file.map_err(wrap)?;
        if new {
            sync_directory(path)?;
        }
        Ok(Self { file, path: path.to_owned() })
    }

    /// Appends bytes and returns once they are durable.
    ///
    /// # Errors
    /// [`HostError::File`]; the file may then end in a part of the bytes, see [`Appender::cut`].
    pub fn append_durable(&mut self, bytes: &[u8]) -> Result<(), HostError> {
        let _whole = writing();
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_data());
        written.map_err(|source| HostError::file("append to", &self.path, source))
    }

    /// Reads the bytes from an offset to the end, at most `cap` of them.
    ///
    /// # Errors
    /// [`HostError::TooLarge`] for more, [`HostError::File`] from the system.
    pub fn read_from(&mut self, offset: u64, cap: u64) -> Result<Vec<u8>, HostError> {
        let wrap = |source| HostError::file("read", &self.path, source);
        let mut bytes = Vec::new();
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset)).map_err(wrap)?;
        file.take(cap.saturating_add(1)).read_to_end(&mut bytes).map_err(wrap)?;
        if bytes.len() as u64 > cap {
            return Err(HostError::TooLarge { path: self.path.clone(), cap });
        }
        Ok(bytes)
    }

    /// Returns the file's length in bytes.
    ///
    /// # Errors
    /// [`HostError::File`] from the system.
    pub fn length(&self) -> Result<u64, HostError> {
        let found = self.file.metadata();
        Ok(found.map_err(|source| HostError::file("look at", &self.path, source))?.len())
    }

    /// Cuts the file to a length, durably: what follows was torn.
    ///
    /// # Errors
    /// [`HostError::File`] from the system.
    pub fn cut(&mut self, length: u64) -> Result<(), HostError> {
        let cut = self.file.set_len(length).and_then(|()| self.file.sync_all());
        cut.map_err(|source| HostError::file("cut", &self.path, source))
    }
}

/// Names an unused file beside a path.
fn beside(path: &Path) -> PathBuf {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}-{serial}", std::process::id()))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a new name in a path's directory durable.
fn sync_directory(path: &Path) -> Result<(), HostError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    let synced = File::open(parent).and_then(|directory| directory.sync_all());
    synced.map_err(|source| HostError::file("sync", parent, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_kept_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        write_atomic(&path, b"one").expect("writes");
        write_atomic(&path, b"two").expect("writes");
        assert_eq!(read(&path, 3).expect("reads"), b"two");
        assert_eq!(mode(&path).expect("is there"), 0o600);
        assert_eq!(list(folder.path()).expect("lists"), [path]);
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("taken");
        create_directory(&path.join("inside")).expect("creates");
        let error = write_atomic(&path, b"x").expect_err("a directory is in the way");
        assert!(error.to_string().contains("taken"), "{error}");
        assert_eq!(list(folder.path()).expect("lists").len(), 1);
        assert_eq!(mode(&path).expect("is there"), 0o700);
    }

    #[test]
    fn too_much_and_no_text_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        write_atomic(&path, b"ab\xff").expect("writes");
        assert!(matches!(read(&path, 2), Err(HostError::TooLarge { cap: 2, .. })));
        assert!(matches!(read_text(&path, 9), Err(HostError::NotText { line: 1, column: 3, .. })));
        let absent = read(&folder.path().join("b"), 9).expect_err("nothing is there");
        assert!(absent.is_absent() && absent.hint().is_some());
    }

    #[test]
    fn an_appender_grows_reads_and_cuts() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut first = Appender::open(&path).expect("opens");
        let mut second = Appender::open(&path).expect("opens");
        first.append_durable(b"one\n").expect("appends");
        second.append_durable(b"two\nto").expect("appends");
        assert_eq!(first.read_from(4, 100).expect("reads"), b"two\nto");
        first.cut(8).expect("cuts");
        first.append_durable(b"three\n").expect("appends");
        assert_eq!(second.length().expect("is there"), 14);
        assert_eq!(read(&path, 100).expect("reads"), b"one\ntwo\nthree\n");
        assert_eq!(mode(&path).expect("is there"), 0o600);
    }

    #[test]
    fn creating_keeps_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lifeboat.yaml");
        create_new(&path, b"mine").expect("creates");
        let error = create_new(&path, b"yours").expect_err("something is there");
        assert_eq!(error.kind(), Some(io::ErrorKind::AlreadyExists));
        assert_eq!(read(&path, 9).expect("reads"), b"mine");
        remove(&path).expect("removes");
        remove(&path).expect("is gone already");
    }
}
