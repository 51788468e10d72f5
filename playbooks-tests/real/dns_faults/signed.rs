//! Zones signed once, as files: every server serves the same bytes.

use crate::real::lab::Lab;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One zone's key, by the stem of its files.
pub struct Key {
    folder: PathBuf,
    zone: String,
    stem: String,
}

impl Key {
    /// Makes a key that signs a whole zone.
    pub fn make(lab: &Lab, zone: &str, algorithm: &str) -> Key {
        let folder = lab.subfolder("keys");
        let mut words = vec!["-q", "-f", "KSK", "-a", algorithm];
        if algorithm.starts_with("RSA") {
            words.extend(["-b", "2048"]);
        }
        words.push(zone);
        let stem = run("dnssec-keygen", &folder, &words).trim().to_owned();
        Key { folder, zone: zone.to_owned(), stem }
    }

    /// Returns the data of its DS record (RFC 4034 §5).
    pub fn ds(&self) -> String {
        let printed = run("dnssec-dsfromkey", &self.folder, &["-2", &format!("{}.key", self.stem)]);
        printed.split_once(" DS ").unwrap().1.trim().to_owned()
    }

    /// Returns its DNSKEY record's data, as one line.
    pub fn dnskey(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join(format!("{}.key", self.stem))).unwrap();
        let line = text.lines().find(|line| line.contains(" DNSKEY ")).unwrap();
        line.split_once(" DNSKEY ").unwrap().1.to_owned()
    }

    /// Signs a zone's text.
    pub fn sign(&self, text: &str, nsec3: bool) -> String {
        let (plain, out) = (self.folder.join("plain.txt"), self.folder.join("signed.txt"));
        let key = std::fs::read_to_string(self.folder.join(format!("{}.key", self.stem))).unwrap();
        std::fs::write(&plain, format!("{text}\n{key}")).unwrap();
        let mut words = vec!["-q", "-z", "-o", &self.zone, "-O", "full", "-f"];
        words.push(path(&out));
        if nsec3 {
            words.extend(["-3", "-", "-H", "0"]);
        }
        words.push(path(&plain));
        let stem = format!("{}.private", self.stem);
        words.push(&stem);
        run("dnssec-signzone", &self.folder, &words);
        let signed = std::fs::read_to_string(out).unwrap();
        signed
            .lines()
            .filter(|line| !line.starts_with(';'))
            .map(|line| format!("{line}\n"))
            .collect()
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run(program: &str, folder: &Path, words: &[&str]) -> String {
    let output = Command::new(program).args(words).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {words:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
