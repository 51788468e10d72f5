//! Commits signed in every way but the right one: each is refused at the moment of use, and what was accepted
//! before is never followed by anything older.

use super::planted::{Planted, written};
use crate::commands;
use crate::signals::pty::{Output, Session};
use crate::signals::rig;
use crate::signals::servers::Servers;
use git2::Oid;
use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::repo::{Accepted, Committed, Distrust, Lists, Vouched};
use serde_json::Value;
use ssh_key::{HashAlg, LineEnding, PrivateKey, SshSig, private::Ed25519Keypair};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub fn trials() -> Vec<Trial> {
    trials![
        c1_a_signed_commit_is_accepted_and_every_other_one_is_refused,
        c1_no_commit_lets_its_own_signer_in,
        c1_nothing_older_than_what_was_accepted_is_taken,
        c1_what_the_operator_keeps_outside_decides_alone,
        c1_a_plan_is_refused_unless_its_commit_is_vouched_for,
        c1_a_credential_goes_nowhere_else,
    ]
}

/// A person with a key.
pub struct Person {
    pub name: &'static str,
    key: PrivateKey,
}

pub fn person(name: &'static str, seed: u8) -> Person {
    Person { name, key: PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32])) }
}

impl Person {
    /// Returns the person's line of `allowed_signers`.
    pub fn line(&self, options: &str) -> String {
        let space = if options.is_empty() { "" } else { " " };
        format!("{}{space}{options} {}\n", self.name, self.public())
    }

    pub fn public(&self) -> String {
        self.key.public_key().to_openssh().unwrap().split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Returns the header of a signature over some bytes.
    fn header(&self, namespace: &str, over: &str) -> String {
        let signed = SshSig::sign(&self.key, namespace, HashAlg::Sha512, over.as_bytes()).unwrap();
        let armour = signed.to_pem(LineEnding::LF).unwrap();
        format!("gpgsig {}\n", armour.trim_end().replace('\n', "\n "))
    }
}

/// An operator's repository.
pub struct Yard {
    pub planted: Planted,
}

/// How a commit is signed.
pub enum By<'a> {
    Nobody,
    Git(&'a Person),
    Namespace(&'a Person, &'a str),
    /// By a header made of the bytes to sign.
    Other(fn(&str) -> String),
}

impl Yard {
    pub fn new() -> Yard {
        Yard { planted: Planted::new() }
    }

    /// Commits some files on top of some commits.
    pub fn commit(&self, files: &[(&str, &str)], parents: &[Oid], by: By<'_>) -> Oid {
        let mut entries: Vec<(&str, &[u8], Oid)> = Vec::new();
        for (name, text) in files.iter().filter(|(name, _)| !name.contains('/')) {
            entries.push(("100644", name.as_bytes(), self.planted.blob(text)));
        }
        let runbooks: Vec<_> = files
            .iter()
            .filter_map(|(name, text)| Some((name.strip_prefix("runbooks/")?, text)))
            .map(|(name, text)| ("100644", name.as_bytes(), self.planted.blob(text)))
            .collect();
        if !runbooks.is_empty() {
            entries.push(("40000", b"runbooks", self.planted.tree(&runbooks)));
        }
        entries.sort_by_key(|(_, name, _)| *name);
        let tree = self.planted.tree(&entries);
        let over = written(tree, parents, "");
        let header = match by {
            By::Nobody => String::new(),
            By::Git(person) => person.header("git", &over),
            By::Namespace(person, namespace) => person.header(namespace, &over),
            By::Other(sign) => sign(&over),
        };
        self.planted.commit(tree, parents, &header)
    }

    pub fn judge(
        &self,
        before: Option<&Accepted>,
        own: Option<&Lists>,
    ) -> Result<Vouched, Distrust> {
        let head = Committed::at_head(self.planted.path()).unwrap().unwrap();
        head.judge(before, own, now()).unwrap()
    }
}

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn kept(vouched: &Vouched) -> Accepted {
    Accepted { commit: vouched.commit.clone(), by: vouched.by.clone() }
}

const ESTATE: (&str, &str) = ("lifeboat.yaml", "estate\n");

/// One way to sign a commit, and the lists that it meets.
pub struct Way {
    pub what: &'static str,
    pub signers: String,
    pub revoked: String,
    sign: fn(&str) -> String,
    /// A word of the refusal; empty for what is accepted.
    because: &'static str,
}

impl Way {
    /// Commits an estate in this way.
    pub fn commit(&self) -> Yard {
        let yard = Yard::new();
        let mut files = vec![ESTATE, ("revoked_keys", self.revoked.as_str())];
        if self.what != "no list" {
            files.push(("allowed_signers", self.signers.as_str()));
        }
        yard.commit(&files, &[], By::Other(self.sign));
        yard
    }
}

/// Name, lists, header, and a word of the refusal.
type Row<'a> = (&'static str, String, &'a str, fn(&str) -> String, &'static str);

/// Every way to sign a commit; the commits claim to be of 2023.
pub fn ways() -> Vec<Way> {
    let anna = person("anna", 1);
    let (plain, public) = (anna.line(""), format!("{}\n", anna.public()));
    let good: fn(&str) -> String = |over| person("anna", 1).header("git", over);
    let rows: Vec<Row<'_>> = vec![
        ("signed", plain.clone(), "", good, ""),
        ("in time", anna.line("valid-before=\"20270101Z\""), "", good, ""),
        ("for git", anna.line("namespaces=\"git\""), "", good, ""),
        ("unsigned", plain.clone(), "", |_| String::new(), "is not signed"),
        ("unknown", plain.clone(), "", |over| person("eve", 2).header("git", over), "nobody's"),
        ("revoked", plain.clone(), &public, good, "revoked"),
        ("expired, back-dated", anna.line("valid-before=\"20240101Z\""), "", good, "since"),
        ("not yet", anna.line("valid-after=\"20270101Z\""), "", good, "before"),
        (
            "wrong namespace",
            plain.clone(),
            "",
            |over| person("anna", 1).header("file", over),
            "namespace",
        ),
        ("not for git", anna.line("namespaces=\"file\""), "", good, "namespace"),
        (
            "forged",
            plain.clone(),
            "",
            |over| person("anna", 1).header("git", &format!("{over}more\n")),
            "did not sign",
        ),
        (
            "two signatures",
            plain.clone(),
            "",
            |over| person("anna", 1).header("git", over).repeat(2),
            "several",
        ),
        ("GPG", plain.clone(), "", |_| "gpgsig -----BEGIN PGP SIGNATURE-----\n x\n".into(), "GPG"),
        (
            "X.509",
            plain.clone(),
            "",
            |_| "gpgsig -----BEGIN SIGNED MESSAGE-----\n x\n".into(),
            "X.509",
        ),
        (
            "torn",
            plain.clone(),
            "",
            |_| "gpgsig -----BEGIN SSH SIGNATURE-----\n x\n".into(),
            "refused",
        ),
        ("no list", String::new(), "", good, "nobody"),
        ("revocations unread", plain.clone(), "what?\n", good, "not understood"),
    ];
    let way = |(what, signers, revoked, sign, because): (_, _, &str, _, _)| Way {
        what,
        signers,
        revoked: revoked.to_owned(),
        sign,
        because,
    };
    rows.into_iter().map(way).collect()
}

fn c1_a_signed_commit_is_accepted_and_every_other_one_is_refused() {
    let ways = ways();
    for way in &ways {
        let (what, because) = (way.what, way.because);
        match way.commit().judge(None, None) {
            Ok(vouched) => {
                assert!(because.is_empty(), "{what} was accepted");
                assert_eq!((vouched.signer.to_string().as_str(), vouched.first), ("anna", true));
            }
            Err(distrust) => {
                let said = distrust.to_string();
                assert!(!because.is_empty() && said.contains(because), "{what}: {said}");
                assert!(!distrust.hint().is_empty());
            }
        }
    }
    let accepted = ways.iter().filter(|way| way.because.is_empty()).count();
    eprintln!("{} ways to sign, {accepted} of them accepted", ways.len());
}

fn c1_no_commit_lets_its_own_signer_in() {
    let (anna, ben, eve) = (person("anna", 1), person("ben", 2), person("eve", 3));
    let yard = Yard::new();
    let (one, two) = (anna.line(""), anna.line("") + &ben.line(""));
    let evil = anna.line("") + &eve.line("");
    let first = yard.commit(&[ESTATE, ("allowed_signers", &one)], &[], By::Git(&anna));
    let accepted = kept(&yard.judge(None, None).unwrap());
    // Whether it was seen before or not, Eve's own line does not let her in.
    yard.commit(&[ESTATE, ("allowed_signers", &evil)], &[first], By::Git(&eve));
    for before in [Some(&accepted), None] {
        let refused = yard.judge(before, None).unwrap_err();
        assert!(refused.to_string().contains("nobody's"), "{refused}");
    }
    // Nor does a second commit, signed by her, on top of one that nobody allowed signed.
    let unsigned = yard.commit(&[ESTATE, ("allowed_signers", &evil)], &[first], By::Nobody);
    yard.commit(&[ESTATE, ("allowed_signers", &evil)], &[unsigned], By::Git(&eve));
    for before in [Some(&accepted), None] {
        assert!(matches!(yard.judge(before, None), Err(Distrust::Unsigned { .. })));
    }
    // Anna lets Ben in, and then Ben signs, also over commits in between that nobody signed.
    let lets_in = yard.commit(&[ESTATE, ("allowed_signers", &two)], &[first], By::Git(&anna));
    let between =
        yard.commit(&[("lifeboat.yaml", "x\n"), ("allowed_signers", &two)], &[lets_in], By::Nobody);
    let signed = yard.commit(&[ESTATE, ("allowed_signers", &two)], &[between], By::Git(&ben));
    for before in [Some(&accepted), None] {
        assert_eq!(yard.judge(before, None).unwrap().signer.to_string(), "ben");
    }
    // What HEAD revokes counts at once, also for the commit that let somebody in.
    let gone = format!("{}\n", anna.public());
    let files = [ESTATE, ("allowed_signers", &two), ("revoked_keys", &gone)];
    yard.commit(&files, &[signed], By::Git(&ben));
    let refused = yard.judge(Some(&accepted), None).unwrap_err();
    assert!(refused.to_string().contains("revoked"), "{refused}");
    let late = Accepted { commit: signed.to_string(), by: between.to_string() };
    assert_eq!(yard.judge(Some(&late), None).unwrap().signer.to_string(), "ben");
    // A merge is judged by the way that leads to what was accepted, whichever parent that is.
    let side = yard.commit(&[ESTATE, ("allowed_signers", &one)], &[first], By::Nobody);
    yard.commit(&[ESTATE, ("allowed_signers", &two)], &[side, signed], By::Git(&ben));
    assert_eq!(yard.judge(Some(&late), None).unwrap().signer.to_string(), "ben");
}

fn c1_nothing_older_than_what_was_accepted_is_taken() {
    let anna = person("anna", 1);
    let line = anna.line("");
    let yard = Yard::new();
    let files = |text: &'static str| [("lifeboat.yaml", text), ("allowed_signers", line.as_str())];
    let first = yard.commit(&files("1\n"), &[], By::Git(&anna));
    let second = yard.commit(&files("2\n"), &[first], By::Git(&anna));
    let accepted = kept(&yard.judge(None, None).unwrap());
    assert_eq!(accepted.commit, second.to_string());
    // Again, and on: accepted. A rerun needs no network at all.
    let again = yard.judge(Some(&accepted), None).unwrap();
    assert!(!again.first && again.commit == accepted.commit);
    let third = yard.commit(&files("3\n"), &[second], By::Git(&anna));
    assert_eq!(yard.judge(Some(&accepted), None).unwrap().commit, third.to_string());
    let rolled = |yard: &Yard, what: &str| {
        let refused = yard.judge(Some(&accepted), None).unwrap_err();
        eprintln!("{what}: {refused}");
        refused
    };
    yard.planted.main(first);
    assert!(matches!(rolled(&yard, "rolled back"), Distrust::Older { .. }));
    yard.commit(&files("2, amended\n"), &[first], By::Git(&anna));
    assert!(matches!(rolled(&yard, "moved"), Distrust::Unrelated { .. }));
    yard.commit(&files("0\n"), &[], By::Git(&anna));
    assert!(matches!(rolled(&yard, "another history"), Distrust::Unrelated { .. }));
    // A graft that says otherwise, and a shallow mark, are not asked.
    yard.commit(&files("4\n"), &[first], By::Git(&anna));
    let head = fs::read_to_string(yard.planted.git().join("refs/heads/main")).unwrap();
    fs::create_dir_all(yard.planted.git().join("info")).unwrap();
    fs::write(yard.planted.git().join("info/grafts"), format!("{} {second}\n", head.trim()))
        .unwrap();
    assert!(matches!(rolled(&yard, "grafted"), Distrust::Unrelated { .. }));
    // History that was cut is no proof.
    let gone = Oid::from_str(&"12".repeat(20)).unwrap();
    yard.commit(&files("5\n"), &[gone], By::Git(&anna));
    assert!(matches!(rolled(&yard, "cut"), Distrust::Cut { .. }));
}

fn c1_what_the_operator_keeps_outside_decides_alone() {
    let (anna, eve) = (person("anna", 1), person("eve", 2));
    let yard = Yard::new();
    let own = Lists { signers: anna.line(""), revoked: String::new() };
    yard.commit(&[ESTATE, ("allowed_signers", &eve.line(""))], &[], By::Git(&eve));
    assert!(yard.judge(None, None).is_ok(), "believed at first sight");
    assert!(yard.judge(None, Some(&own)).unwrap_err().to_string().contains("nobody's"));
    yard.commit(&[ESTATE], &[], By::Git(&anna));
    assert!(yard.judge(None, Some(&own)).is_ok());
    let own = Lists { revoked: anna.public(), ..own };
    assert!(yard.judge(None, Some(&own)).unwrap_err().to_string().contains("revoked"));
}

/// A folder with an estate in front of the servers of an outage, and an open incident.
pub struct Office {
    pub yard: Yard,
    pub estate: Value,
    pub servers: Servers,
}

impl Office {
    pub fn open(trust: Option<&str>) -> Office {
        let servers = Servers::start();
        let mut estate = rig::estate(&servers);
        match trust {
            Some(word) => estate["trust"] = serde_json::json!({ "commits": word }),
            None => drop(estate.as_object_mut().unwrap().remove("trust")),
        }
        let office = Office { yard: Yard::new(), estate, servers };
        let key = office.yard.planted.path().join("key");
        fs::write(&key, "the-key").unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        office
    }

    pub fn path(&self) -> &Path {
        self.yard.planted.path()
    }

    /// Commits the estate and its runbook with some lists, and puts the working tree beside them.
    pub fn commit(&self, signers: &str, parents: &[Oid], by: By<'_>) -> Oid {
        let (estate, runbook) = (self.estate.to_string(), rig::runbook(&[]));
        let mut files =
            vec![("lifeboat.yaml", estate.as_str()), ("runbooks/move.yaml", runbook.as_str())];
        if !signers.is_empty() {
            files.push(("allowed_signers", signers));
        }
        for (name, text) in &files {
            self.write(name, text);
        }
        self.yard.commit(&files, parents, by)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.yard.planted.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[track_caller]
    pub fn ran(&self, words: &[&str], code: i32) -> String {
        commands::ran(self.yard.planted.path(), words, code).1
    }

    /// Accepts at a terminal what is at HEAD, and types something as the commit.
    fn accept(&self, typed: &str) -> i32 {
        let words = ["runbook", "accept", "--reason", "the history was rewritten on purpose"];
        let mut session = Session::start(self.yard.planted.path(), &words, Output::Terminal);
        session.answer("short commit: ", typed);
        session.finish().0
    }

    #[track_caller]
    pub fn plan(&self, code: i32) -> String {
        let sets = ["--set", "failed=old", "--set", "standby=new", "--set", "zone=z"];
        self.ran(&[&["plan", "move"], &sets[..]].concat(), code)
    }
}

fn c1_a_plan_is_refused_unless_its_commit_is_vouched_for() {
    let (anna, eve) = (person("anna", 1), person("eve", 2));
    let office = Office::open(None);
    let line = anna.line("");
    let first = office.commit(&line, &[], By::Git(&anna));
    office.ran(&["declare", "names fail", "--severity", "major"], 0);
    let said = office.plan(0);
    assert!(
        said.contains("anna") && said.contains("first"),
        "what is believed at first sight is said: {said}"
    );
    // The working tree is not what was signed.
    office.write("lifeboat.yaml", &office.estate.to_string().replace("300ms", "301ms"));
    let said = office.plan(6);
    assert!(said.contains("lifeboat.yaml") && said.contains("git commit"), "{said}");
    office.ran(&["runbook", "list"], 0);
    office.write("lifeboat.yaml", &office.estate.to_string());
    // Neither may it let somebody else approve, nor forget who may.
    for (list, text) in [
        ("allowed_signers", Some(line.clone() + &eve.line(""))),
        ("allowed_signers", None),
        ("revoked_keys", Some(anna.public())),
        ("one_time_codes", Some(format!("anna 1 {} {}\n", "00".repeat(16), "00".repeat(32)))),
    ] {
        match text {
            Some(text) => office.write(list, &text),
            None => fs::remove_file(office.path().join(list)).unwrap(),
        }
        let said = office.plan(6);
        assert!(said.contains(list) && said.contains("git commit"), "{said}");
        office.write("allowed_signers", &line);
        let _ = fs::remove_file(office.path().join("revoked_keys"));
    }
    fs::remove_file(office.path().join("one_time_codes")).unwrap();
    let second = office.commit(&line, &[first], By::Git(&anna));
    office.plan(0);
    for (what, head) in [
        ("not signed", office.commit(&line, &[second], By::Nobody)),
        ("nobody's", office.commit(&line, &[second], By::Git(&eve))),
        ("namespace", office.commit(&line, &[second], By::Namespace(&anna, "file"))),
        ("rolled back", first),
        ("rewritten", office.commit(&format!("# rewritten\n{line}"), &[first], By::Git(&anna))),
        ("nobody's", office.commit(&(anna.line("") + &eve.line("")), &[second], By::Git(&eve))),
        // Neither taking the list out nor an estate that asks for less gets around what was accepted.
        ("not signed", office.commit("", &[second], By::Nobody)),
    ] {
        office.write("allowed_signers", &line);
        office.yard.planted.main(head);
        let said = office.plan(6);
        assert!(said.contains(what) && said.contains("do: "), "{what}: {said}");
        office.ran(&["runbook", "list"], 0);
        office.ran(&["status"], 0);
    }
    // The accepted one is taken up again, and an acceptance is typed by a person or not at all.
    office.yard.planted.main(second);
    office.plan(0);
    office.yard.planted.main(first);
    office.ran(&["runbook", "accept", "--reason", "the branch was moved on purpose"], 5);
    office.plan(6);
    assert_eq!(office.accept("00000000"), 5);
    office.plan(6);
    assert_eq!(office.accept(&first.to_string()[..8]), 0);
    office.plan(0);
    // What nobody signed is accepted by nobody.
    let unsigned = office.commit(&line, &[second], By::Nobody);
    office.ran(&["runbook", "accept", "--reason", "nobody signed it, and I am in a hurry"], 6);
    office.yard.planted.main(unsigned);
    office.plan(6);
}

/// The credential of an endpoint stays with it: in an estate that nobody signs, until a person accepts the change.
fn c1_a_credential_goes_nowhere_else() {
    let mut office = Office::open(Some("any"));
    let first = office.commit("", &[], By::Nobody);
    office.ran(&["declare", "names fail", "--severity", "major"], 0);
    office.plan(0);
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let there = elsewhere.local_addr().unwrap();
    let api = format!("http://{there}/api/v1/servers/localhost");
    office.estate["registrars"][0]["api"] = Value::String(api);
    let second = office.commit("", &[first], By::Nobody);
    let said = office.plan(6);
    assert!(said.contains("the file `key`") && said.contains(&there.to_string()), "{said}");
    assert!(said.contains("lifeboat runbook accept"), "{said}");
    office.ran(&["runbook", "accept", "--reason", "the API moved to another port"], 5);
    office.plan(6);
    // Nothing was sent there, not even by a command that only looks.
    office.ran(&["diagnose"], 4);
    assert!(elsewhere.accept().is_err(), "somebody connected");
    // A signature accepts it.
    let anna = person("anna", 1);
    office.estate["trust"]["commits"] = Value::String("signed".to_owned());
    office.estate["registrars"][0]["api"] =
        Value::String(format!("http://{}/api/v1/servers/localhost", office.servers.api));
    office.commit(&anna.line(""), &[second], By::Git(&anna));
    office.plan(0);
}
