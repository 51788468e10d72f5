//! A repository whose configuration, attributes and hooks all name a program that leaves a mark when it is run.

use crate::commands;
use libtest_mimic::Trial;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn trials() -> Vec<Trial> {
    trials![
        c2_nothing_that_a_repository_names_is_run,
        c2_a_configuration_that_lies_elsewhere_is_not_followed
    ]
}

/// Every hook that git knows (githooks(5)).
const HOOKS: &[&str] = &[
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "pre-receive",
    "update",
    "proc-receive",
    "post-receive",
    "post-update",
    "reference-transaction",
    "push-to-checkout",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "fsmonitor-watchman",
    "post-index-change",
];

/// The program, and the folder that it leaves its marks in.
pub struct Canary {
    pub program: PathBuf,
    marks: PathBuf,
}

impl Canary {
    /// Puts the program into a folder outside of the repository.
    pub fn new(folder: &Path) -> Canary {
        let (program, marks) = (folder.join("canary"), folder.join("marks"));
        fs::create_dir_all(&marks).unwrap();
        let text =
            format!("#!/bin/sh\n: > '{}'/\"$(basename \"$0\")-$$\"\nexit 1\n", marks.display());
        script(&program, &text);
        Canary { program, marks }
    }

    /// Returns the names of the marks, and takes them away.
    pub fn fired(&self) -> Vec<String> {
        let marks = fs::read_dir(&self.marks).unwrap().map(|mark| mark.unwrap());
        let mut names = Vec::new();
        for mark in marks {
            names.push(mark.file_name().into_string().unwrap());
            fs::remove_file(mark.path()).unwrap();
        }
        names
    }

    /// Names the program wherever a repository can name one.
    pub fn arm(&self, root: &Path) {
        let git = root.join(".git");
        let (program, included) = (self.program.display(), git.join("included"));
        let config = config(&program.to_string());
        fs::write(&included, &config).unwrap();
        let kept = fs::read_to_string(git.join("config")).unwrap();
        let ways = format!(
            "[include]\n\tpath = {0}\n[includeIf \"gitdir:/\"]\n\tpath = {0}\n",
            included.display()
        );
        fs::write(git.join("config"), format!("{kept}{config}{ways}")).unwrap();
        for hook in HOOKS {
            fs::create_dir_all(git.join("hooks")).unwrap();
            script(&git.join("hooks").join(hook), &fs::read_to_string(&self.program).unwrap());
        }
        fs::create_dir_all(git.join("info")).unwrap();
        fs::write(git.join("info/attributes"), ATTRIBUTES).unwrap();
    }

    /// Writes what a commit may hold to name programs.
    pub fn plant(&self, root: &Path) {
        fs::write(root.join(".gitattributes"), ATTRIBUTES).unwrap();
        let module = format!(
            "[submodule \"m\"]\n\tpath = m\n\turl = ext::{0}\n\tupdate = !{0}\n",
            self.program.display()
        );
        fs::write(root.join(".gitmodules"), module).unwrap();
    }
}

const ATTRIBUTES: &str = "* filter=canary diff=canary merge=canary ident\n";

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Every key by which git runs a program of the configuration's choice (git-config(1)).
fn config(program: &str) -> String {
    format!(
        "[core]\n\tfsmonitor = {program}\n\tpager = {program}\n\teditor = {program}\n\tsshCommand = {program}\n\
         \taskPass = {program}\n\tgitProxy = {program}\n\talternateRefsCommand = {program}\n\
         [gpg]\n\tprogram = {program}\n\tformat = ssh\n\
         [gpg \"ssh\"]\n\tprogram = {program}\n\tdefaultKeyCommand = {program}\n\tallowedSignersFile = /dev/null\n\
         [gpg \"x509\"]\n\tprogram = {program}\n[gpg \"openpgp\"]\n\tprogram = {program}\n\
         [credential]\n\thelper = {program}\n\
         [diff]\n\texternal = {program}\n[diff \"canary\"]\n\ttextconv = {program}\n\tcommand = {program}\n\
         [filter \"canary\"]\n\tclean = {program}\n\tsmudge = {program}\n\tprocess = {program}\n\trequired = true\n\
         [merge \"canary\"]\n\tdriver = {program}\n\
         [uploadpack]\n\tpackObjectsHook = {program}\n\
         [remote \"origin\"]\n\tvcs = {program}\n\tuploadpack = {program}\n\treceivepack = {program}\n\
         [protocol \"ext\"]\n\tallow = always\n\
         [sequence]\n\teditor = {program}\n[trailer \"x\"]\n\tcommand = {program}\n\
         [log]\n\tshowSignature = true\n"
    )
}

/// Every command that reads a repository, away from any network.
pub const READING: &[&[&str]] = &[
    &["lint"],
    &["runbook", "list"],
    &["runbook", "show", "mine"],
    &["declare", "names fail", "--severity", "minor"],
    &["note", "seen"],
    &["status"],
    &["timeline"],
    &["handoff"],
    &["journal", "verify"],
    &["close"],
];

fn c2_nothing_that_a_repository_names_is_run() {
    let outside = tempfile::tempdir().unwrap();
    let canary = Canary::new(outside.path());
    let folder = commands::scaffolded();
    let root = folder.path();
    let mine = commands::ran(root, &["runbook", "show", "tracker-loss"], 0).0;
    fs::create_dir_all(root.join("runbooks")).unwrap();
    fs::write(root.join("runbooks/mine.yaml"), mine.replace("id: tracker-loss", "id: mine"))
        .unwrap();
    canary.plant(root);
    crate::repository::commit(root);
    canary.arm(root);
    // The control: the program does leave a mark, under each name that it has.
    assert!(!Command::new(&canary.program).status().unwrap().success());
    assert!(!Command::new(root.join(".git/hooks/post-checkout")).status().unwrap().success());
    assert_eq!(canary.fired().len(), 2, "the canary is alive");
    for words in READING {
        let output = commands::lifeboat(root, words);
        let code = output.status.code();
        assert!(
            matches!(code, Some(0 | 4)),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let fired = canary.fired();
    eprintln!("{} commands, {} canaries: {fired:?}", READING.len(), fired.len());
    assert!(fired.is_empty(), "{fired:?}");
}

/// Neither a working tree elsewhere, nor objects elsewhere, nor a configuration that never ends is followed.
fn c2_a_configuration_that_lies_elsewhere_is_not_followed() {
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir_all(elsewhere.path().join("runbooks")).unwrap();
    fs::write(elsewhere.path().join("runbooks/evil.yaml"), "evil\n").unwrap();
    let folder = commands::scaffolded();
    let root = folder.path();
    crate::repository::commit(root);
    let config = root.join(".git/config");
    let pipe = elsewhere.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let text = format!(
        "[core]\n\tworktree = {}\n\tbare = true\n[include]\n\tpath = {}\n",
        elsewhere.path().display(),
        pipe.display()
    );
    fs::write(&config, text).unwrap();
    let (list, _) = commands::ran(root, &["runbook", "list"], 0);
    assert!(list.contains("tracker-loss") && !list.contains("evil"), "{list}");
    fs::write(root.join(".git/objects/info/alternates"), elsewhere.path().to_str().unwrap())
        .unwrap();
    let (_, said) = commands::ran(root, &["runbook", "list"], 3);
    assert!(said.contains("borrows objects") && said.contains("git repack -a -d"), "{said}");
}
