//! A trial's own ground: a scratch folder and a /16 of loopback that no other trial uses.

use super::daemon::Daemon;
use super::lifeboat::Lifeboat;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

static NEXT: AtomicU8 = AtomicU8::new(20);

/// One trial's folder and addresses; the folder goes when it is dropped.
pub struct Lab {
    number: u8,
    folder: tempfile::TempDir,
}

impl Lab {
    /// Takes the next free ground.
    pub fn new() -> Lab {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(number < 250, "each trial takes a /16 of loopback, and they are used up");
        Lab { number, folder: tempfile::Builder::new().prefix("lifeboat-lab-").tempdir().unwrap() }
    }

    /// Returns the number that no other trial of this run has; it makes names unique.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Returns an address of this trial's own: `127.<number>.0.<host>`.
    pub fn address(&self, host: u8) -> IpAddr {
        Ipv4Addr::new(127, self.number, 0, host).into()
    }

    /// Returns a socket address of this trial's own; every port of it is free.
    pub fn at(&self, host: u8, port: u16) -> SocketAddr {
        SocketAddr::new(self.address(host), port)
    }

    /// Returns the scratch folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a folder below the scratch folder.
    pub fn subfolder(&self, name: &str) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// Writes a file below the scratch folder and returns its path.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes the hints by which a resolver begins at a root of ours, and returns their path.
    pub fn hints(&self, resolver: &str, root: SocketAddr) -> PathBuf {
        let hints = format!(". 3600 IN NS a.root.\na.root. 3600 IN A {}\n", root.ip());
        self.write(&format!("{resolver}/root.hints"), hints)
    }

    /// Starts a program; it dies with the returned handle.
    pub fn start(&self, name: &str, words: &[&str]) -> Daemon {
        Daemon::start(self, name, words)
    }

    /// Prepares a call of the program under test, in the scratch folder and with an empty environment.
    pub fn lifeboat(&self, words: &[&str]) -> Lifeboat {
        Lifeboat::new(self, words)
    }
}
