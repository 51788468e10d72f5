//! Torrents made on the spot, with a little real data, so that a client really seeds them.

use super::lab::Lab;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

/// A BEP 3 info-hash; shown in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct InfoHash(pub [u8; 20]);

impl InfoHash {
    /// Reads 40 hex digits.
    pub fn from_hex(text: &str) -> InfoHash {
        let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap();
        InfoHash(std::array::from_fn(byte))
    }
}

impl fmt::Display for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A torrent file and the folder that holds its data.
#[derive(Debug, Clone)]
pub struct Torrent {
    pub name: String,
    pub info_hash: InfoHash,
    pub file: PathBuf,
    pub data: PathBuf,
}

impl Torrent {
    /// Makes a public torrent with one tier for each tracker.
    pub fn make(lab: &Lab, name: &str, trackers: &[&str]) -> Torrent {
        Torrent::create(lab, name, trackers, &[])
    }

    /// Makes a private torrent.
    pub fn make_private(lab: &Lab, name: &str, trackers: &[&str]) -> Torrent {
        Torrent::create(lab, name, trackers, &["-p"])
    }

    fn create(lab: &Lab, name: &str, trackers: &[&str], more: &[&str]) -> Torrent {
        let data = lab.subfolder("data");
        let payload: Vec<u8> = name.bytes().cycle().take(64 * 1024).collect();
        let content = lab.write(&format!("data/{name}.bin"), payload);
        let file = lab.folder().join(format!("{name}.torrent"));
        let mut create = Command::new("transmission-create");
        create.args(more).arg("-o").arg(&file);
        trackers.iter().for_each(|tracker| _ = create.args(["-t", tracker]));
        let output = create.arg(&content).env("HOME", lab.folder()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Torrent { name: format!("{name}.bin"), info_hash: info_hash(&file), file, data }
    }
}

fn info_hash(file: &PathBuf) -> InfoHash {
    let output = Command::new("transmission-show").arg(file).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let hash = text.lines().find_map(|line| line.trim().strip_prefix("Hash: ")).unwrap();
    InfoHash::from_hex(hash)
}
