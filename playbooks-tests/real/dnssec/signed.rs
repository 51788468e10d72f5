//! Zones signed by `dnssec-signzone`, and spoilt afterwards.

use std::path::PathBuf;
use std::process::Command;

use super::super::lab::Lab;

/// How a zone denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denying {
    Names,
    Hashes,
    /// Hashes that leave unsigned delegations out.
    OptOut,
}

/// When signatures are valid.
#[derive(Clone, Copy, Debug)]
pub enum Times {
    Now,
    Past,
    Future,
}

/// Signs zones with keys of its own for each.
pub struct Signer {
    folder: PathBuf,
    algorithm: u8,
    denying: Denying,
}

/// A zone's file, one record a line: owner, TTL, class, type, data.
#[derive(Clone)]
pub struct Lines(Vec<String>);

impl Signer {
    pub fn new(lab: &Lab, name: &str, algorithm: u8, denying: Denying) -> Signer {
        Signer { folder: lab.subfolder(name), algorithm, denying }
    }

    /// Makes a key of a zone; a second key for signing makes the zone signed by either.
    pub fn make_key(&self, zone: &str, key_signing: bool) {
        let keys = self.keys_of(zone);
        std::fs::create_dir_all(&keys).unwrap();
        let algorithm = self.algorithm.to_string();
        let mut words = vec!["-q", "-K", keys.to_str().unwrap(), "-a", &algorithm];
        words.extend(if [8, 10].contains(&self.algorithm) { &["-b", "1024"][..] } else { &[] });
        words.extend(if key_signing { &["-f", "KSK"][..] } else { &[] });
        self.run("dnssec-keygen", &[&words[..], &[zone]].concat());
    }

    /// Takes the keys for signing data away and makes another.
    pub fn change_key(&self, zone: &str) {
        for entry in std::fs::read_dir(self.keys_of(zone)).unwrap() {
            let path = entry.unwrap().path();
            let public = std::fs::read_to_string(path.with_extension("key")).unwrap_or_default();
            if public.contains("DNSKEY 256") {
                let _ = std::fs::remove_file(path.with_extension("private"));
                let _ = std::fs::remove_file(path.with_extension("key"));
            }
        }
        self.make_key(zone, false);
    }

    fn keys_of(&self, zone: &str) -> PathBuf {
        self.folder.join(format!("keys-{zone}"))
    }

    /// Signs a zone by the keys that it has.
    pub fn sign(&self, zone: &str, text: &str, times: Times) -> Lines {
        let (plain, signed) = (format!("{zone}txt"), format!("{zone}signed"));
        std::fs::write(self.folder.join(&plain), text).unwrap();
        let keys = self.keys_of(zone);
        let (from, to) = match times {
            Times::Now => ("now-1h", "now+30d"),
            // unbound puts up with clocks that are a day wrong.
            Times::Past => ("now-30d", "now-2d"),
            Times::Future => ("now+2d", "now+30d"),
        };
        let mut words =
            vec!["-q", "-P", "-S", "-K", keys.to_str().unwrap(), "-d", ".", "-O", "full"];
        words.extend(["-o", zone, "-f", &signed, "-s", from, "-e", to]);
        words.extend(match self.denying {
            Denying::Names => &[][..],
            Denying::Hashes => &["-3", "aabb", "-H", "3"],
            Denying::OptOut => &["-3", "-", "-H", "0", "-A"],
        });
        self.run("dnssec-signzone", &[&words[..], &[&plain]].concat());
        Lines::of(&std::fs::read_to_string(self.folder.join(&signed)).unwrap())
    }

    /// Returns the data of the DS records that name a signed zone's key.
    pub fn ds(&self, zone: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.join(format!("dsset-{zone}"))).unwrap();
        text.lines().map(|line| line.split_once(" DS ").unwrap().1.to_owned()).collect()
    }

    fn run(&self, program: &str, words: &[&str]) {
        let output = Command::new(program).args(words).current_dir(&self.folder).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {words:?}: {said}");
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_ascii_whitespace().collect()
}

fn is(line: &str, owner: &str, kind: &str) -> bool {
    let words = words(line);
    words[0] == owner && words[3] == kind
}

fn signs(line: &str, owner: &str, kind: &str) -> bool {
    is(line, owner, "RRSIG") && words(line)[4] == kind
}

impl Lines {
    pub fn of(text: &str) -> Lines {
        let lines = text.lines().filter(|line| !line.starts_with(';') && !line.trim().is_empty());
        Lines(lines.map(str::to_owned).collect())
    }

    pub fn text(&self) -> String {
        self.0.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Drops the lines that a test finds.
    fn without(mut self, dropped: impl Fn(&str) -> bool) -> Lines {
        let before = self.0.len();
        self.0.retain(|line| !dropped(line));
        assert!(self.0.len() < before, "nothing was taken away");
        self
    }

    /// Drops the signatures of a set.
    pub fn stripped(self, owner: &str, kind: &str) -> Lines {
        self.without(|line| signs(line, owner, kind))
    }

    /// Drops a set and its signatures.
    pub fn gone(self, owner: &str, kind: &str) -> Lines {
        self.without(|line| is(line, owner, kind) || signs(line, owner, kind))
    }

    /// Drops all that denies.
    pub fn without_denial(self) -> Lines {
        let denies = ["NSEC", "NSEC3", "NSEC3PARAM"];
        self.without(|line| {
            let words = words(line);
            denies.contains(&words[3]) || (words[3] == "RRSIG" && denies.contains(&words[4]))
        })
    }

    /// Takes a set and its signatures from another edition of the zone.
    pub fn with_set_of(self, other: &Lines, owner: &str, kind: &str) -> Lines {
        let mut spliced = self.gone(owner, kind);
        let taken = other.0.iter().filter(|line| is(line, owner, kind) || signs(line, owner, kind));
        spliced.0.extend(taken.cloned());
        spliced
    }

    /// Puts other data in the place of a record's, and leaves its signature.
    pub fn forged(mut self, owner: &str, kind: &str, data: &str) -> Lines {
        let line = self.0.iter_mut().find(|line| is(line, owner, kind)).unwrap();
        *line = format!("{owner} 300 IN {kind} {data}");
        self
    }

    /// Changes one letter of a signature.
    pub fn corrupted(mut self, owner: &str, kind: &str) -> Lines {
        let line = self.0.iter_mut().find(|line| signs(line, owner, kind)).unwrap();
        let mut words: Vec<String> = words(line).into_iter().map(str::to_owned).collect();
        let first = if words[12].starts_with('Q') { "R" } else { "Q" };
        words[12].replace_range(..1, first);
        *line = words.join(" ");
        self
    }
}
