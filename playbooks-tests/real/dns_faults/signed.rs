//! Zones signed once, as files: every server serves the same bytes.

use crate::real::lab::Lab;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a zone is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    pub nsec3: bool,
    /// Delegations without a DS are left out of the chain (RFC 5155 §6).
    pub opt_out: bool,
    pub times: Times,
}

/// When signatures hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    #[default]
    Now,
    Past,
    Future,
}

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

    /// Signs a zone's text; each record is one line of the result.
    pub fn sign(&self, text: &str, manner: Manner) -> String {
        let (plain, out) = (self.folder.join("plain.txt"), self.folder.join("signed.txt"));
        let key = std::fs::read_to_string(self.folder.join(format!("{}.key", self.stem))).unwrap();
        std::fs::write(&plain, format!("{text}\n{key}")).unwrap();
        let (from, to) = match manner.times {
            Times::Now => ("now-1h", "now+30d"),
            // unbound puts up with clocks that are a day wrong.
            Times::Past => ("now-30d", "now-2d"),
            Times::Future => ("now+2d", "now+30d"),
        };
        let mut words = vec!["-q", "-z", "-P", "-s", from, "-e", to, "-o", &self.zone];
        words.extend(["-O", "full", "-f", path(&out)]);
        if manner.nsec3 || manner.opt_out {
            words.extend(["-3", "-", "-H", "0"]);
        }
        if manner.opt_out {
            words.push("-A");
        }
        words.push(path(&plain));
        let stem = format!("{}.private", self.stem);
        words.push(&stem);
        run("dnssec-signzone", &self.folder, &words);
        let signed = std::fs::read_to_string(out).unwrap();
        let records = signed.lines().filter(|line| !line.starts_with(';'));
        records.map(|line| format!("{line}\n")).collect()
    }
}

/// Changes the signature over a set of a signed zone's.
pub fn spoil(signed: &str, name: &str, kind: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.get(3) != Some(&"RRSIG") || words[0] != name || words[4] != kind {
            return format!("{line}\n");
        }
        let at = line.rfind(char::is_whitespace).unwrap() + 1;
        let other = if line[at..].starts_with('A') { "B" } else { "A" };
        format!("{}{other}{}\n", &line[..at], &line[at + 1..])
    };
    let spoilt: String = signed.lines().map(line).collect();
    assert_ne!(spoilt, signed, "{name} has no signed {kind}");
    spoilt
}

/// Gives a signed zone the keys, and the signatures over them, of another text of the same zone.
pub fn with_keys_of(signed: &str, other: &str) -> String {
    let is_key = |line: &&str| {
        let mut words = line.split_whitespace().skip(3);
        let kind = words.next();
        kind == Some("DNSKEY") || (kind == Some("RRSIG") && words.next() == Some("DNSKEY"))
    };
    let kept = signed.lines().filter(|line| !is_key(line));
    let all = kept.chain(other.lines().filter(is_key));
    all.map(|line| format!("{line}\n")).collect()
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
