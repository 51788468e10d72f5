//! A lock that a process holds through a file and that ends with the process.
//!
//! The file is closed in every child that is started, so a child neither keeps a lock nor frees it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::HostError;

/// How long a lock that is held for milliseconds is waited for. Whoever holds it longer was stopped meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it is tried again.
const PAUSE: Duration = Duration::from_millis(2);

/// The most that is read of who signed a lock, in bytes.
const CAP: u64 = 4096;

/// An exclusive lock on a file; dropping it, or dying, gives it back.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// Which file of the disk a lock is held on; a path can come to mean another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockMark {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl LockMark {
    /// Tells whether the path still means that file. Whoever puts another there takes the lock away.
    pub fn is_in_place(&self) -> bool {
        let found = fs::metadata(&self.path);
        found.is_ok_and(|it| (it.dev(), it.ino()) == (self.device, self.inode))
    }
}

impl Lock {
    /// Waits for the lock: for locks that are held for milliseconds.
    ///
    /// # Errors
    /// [`HostError::Held`] when it is not free after ten seconds, [`HostError::File`] from the system.
    pub fn take(path: &Path) -> Result<Self, HostError> {
        Self::take_within(path, PATIENCE)
    }

    fn take_within(path: &Path, patience: Duration) -> Result<Self, HostError> {
        let end = Instant::now() + patience;
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            if Instant::now() >= end {
                let process = fs::metadata(path).ok().and_then(|it| process_of(it.ino()));
                return Err(HostError::Held { path: path.to_owned(), process });
            }
            std::thread::park_timeout(PAUSE);
        }
    }

    /// Takes the lock if nobody holds it; `None` when somebody does.
    ///
    /// # Errors
    /// [`HostError::File`] from the system.
    pub fn try_take(path: &Path) -> Result<Option<Self>, HostError> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file, path: path.to_owned() })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(HostError::file("lock", path, source)),
        }
    }

    /// Writes who holds the lock, for whoever finds it taken.
    ///
    /// # Errors
    /// [`HostError::File`] from the system.
    pub fn sign(&mut self, holder: &str) -> Result<(), HostError> {
        let written = self
            .file
            .set_len(0)
            .and_then(|()| self.file.rewind())
            .and_then(|()| self.file.write_all(holder.as_bytes()))
            .and_then(|()| self.file.sync_data());
        written.map_err(|source| HostError::file("write", &self.path, source))
    }

    /// Takes the signature back: whoever finds an empty file that nobody locks knows that it was given back.
    pub fn unsign(&self) {
        // What cannot be taken back stays signed by this machine, which means nothing once nobody locks it.
        let _ = self.file.set_len(0);
    }

    /// Returns which file is locked.
    ///
    /// # Errors
    /// [`HostError::File`] from the system.
    pub fn mark(&self) -> Result<LockMark, HostError> {
        let found = self.file.metadata();
        let found = found.map_err(|source| HostError::file("look at", &self.path, source))?;
        Ok(LockMark { path: self.path.clone(), device: found.dev(), inode: found.ino() })
    }

    /// Reads who signed a lock last; empty when nobody did, when it was given back, and where there is no file.
    ///
    /// # Errors
    /// [`HostError::File`] from the system.
    pub fn holder(path: &Path) -> Result<String, HostError> {
        let mut bytes = Vec::new();
        let file = match File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
            file => file.map_err(|source| HostError::file("open", path, source))?,
        };
        let read = file.take(CAP).read_to_end(&mut bytes);
        read.map_err(|source| HostError::file("read", path, source))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A child that was just forked may still share the open file: closing ours would not free it.
        let _ = self.file.unlock();
    }
}

fn open(path: &Path) -> Result<File, HostError> {
    let mut options = OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    opened.map_err(|source| HostError::file("open", path, source))
}

/// Finds which process locks a file, as the kernel lists it; `None` where it does not say.
fn process_of(inode: u64) -> Option<u32> {
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ours = words.get(1) == Some(&"FLOCK")
            && words.get(5)?.rsplit(':').next()?.parse() == Ok(inode);
        ours.then(|| words.get(4)?.parse().ok()).flatten().filter(|process| *process != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_holds_it_and_the_other_reads_who() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        assert_eq!(Lock::holder(&path).expect("is nobody"), "");
        let mut held = Lock::try_take(&path).expect("opens").expect("is free");
        held.sign("anna, a longer text").expect("writes");
        held.sign("berta").expect("writes");
        assert!(Lock::try_take(&path).expect("opens").is_none());
        assert_eq!(Lock::holder(&path).expect("reads"), "berta");
        held.unsign();
        assert_eq!(Lock::holder(&path).expect("reads"), "");
        drop(held);
        assert!(Lock::try_take(&path).expect("opens").is_some());
        drop(Lock::take(&path).expect("is free"));
    }

    #[test]
    fn a_short_lock_that_stays_held_is_named_with_its_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let held = Lock::take(&path).expect("is free");
        let error = Lock::take_within(&path, Duration::from_millis(20)).expect_err("is held");
        let HostError::Held { process, .. } = &error else { panic!("another error: {error}") };
        assert_eq!(*process, Some(std::process::id()), "{error}");
        drop(held);
        Lock::take_within(&path, Duration::from_millis(20)).expect("is free");
    }

    #[test]
    fn another_file_at_its_path_takes_a_lock_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let old = Lock::try_take(&path).expect("opens").expect("is free");
        let mark = old.mark().expect("is there");
        assert!(mark.is_in_place());
        crate::host::files::write_atomic(&path, b"").expect("replaces");
        assert!(!mark.is_in_place());
        let new = Lock::try_take(&path).expect("opens").expect("is another file, and free");
        drop(old);
        assert!(Lock::try_take(&path).expect("opens").is_none(), "the old one freed the new one");
        drop(new);
        fs::remove_file(&path).expect("is there");
        assert!(!mark.is_in_place());
    }
}
