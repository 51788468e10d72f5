//! Trust, held against git itself: its verdicts on signed commits, its servers, and what it runs where we run nothing.

use crate::trust::canary::{Canary, READING};
use crate::trust::fetched::{Answer, Pair, goes_on, serve};
use crate::trust::signed::{By, Office, Yard, person, ways};
use libtest_mimic::Trial;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub fn trials() -> Vec<Trial> {
    trials![
        c1_verdicts_are_those_of_git_or_stricter,
        c1_commits_that_git_signs_are_vouched_for,
        c1_what_is_fetched_from_git_servers_is_used_once_somebody_vouches_for_it,
        c2_git_runs_what_a_repository_names_and_lifeboat_does_not,
    ]
}

/// Runs a program in a folder with no configuration but the folder's.
fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder).env_clear();
    command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", folder).env("USER", "operator");
    command.stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn done(folder: &Path, words: &[&str]) -> String {
    let output = run(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Tells whether git calls the signature on HEAD good; it may also fail, or die of what it is shown.
fn is_good(yard: &Yard) -> bool {
    let keys = ["gpg.ssh.allowedSignersFile=signers", "gpg.ssh.revocationFile=revoked"];
    let words = ["git", "-c", keys[0], "-c", keys[1], "log", "-1", "--format=%G?", "main"];
    let output = run(yard.planted.path(), &words);
    output.status.success() && output.stdout.trim_ascii() == b"G"
}

fn c1_verdicts_are_those_of_git_or_stricter() {
    let (mut same, mut stricter) = (0, Vec::new());
    for way in ways() {
        let yard = way.commit();
        fs::write(yard.planted.path().join("signers"), &way.signers).unwrap();
        fs::write(yard.planted.path().join("revoked"), &way.revoked).unwrap();
        let (git, ours) = (is_good(&yard), yard.judge(None, None).is_ok());
        assert!(git || !ours, "{}: we accept what git does not", way.what);
        if git == ours { same += 1 } else { stricter.push(way.what) }
    }
    eprintln!("{same} verdicts the same, stricter: {stricter:?}");
    // Git judges by the date that the commit claims, we judge now; git takes the first of two signatures, we take neither.
    assert_eq!(stricter, ["expired, back-dated", "two signatures"]);
    assert!(same >= 15);
}

fn c1_commits_that_git_signs_are_vouched_for() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let yard = Yard::new();
        let root = yard.planted.path();
        done(root, &["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "anna", "-f", "signing"]);
        let public = fs::read_to_string(root.join("signing.pub")).unwrap();
        fs::write(root.join("allowed_signers"), format!("anna namespaces=\"git\" {public}"))
            .unwrap();
        done(root, &["git", "add", "allowed_signers"]);
        let configured = [
            "user.name=anna",
            "user.email=anna@example.org",
            "gpg.format=ssh",
            "user.signingKey=signing",
        ];
        let mut words = vec!["git"];
        words.extend(configured.iter().flat_map(|it| ["-c", it]));
        words.extend(["commit", "-q", "-S", "-m", "signed"]);
        done(root, &words);
        let vouched = yard.judge(None, None).unwrap();
        let print = done(root, &["ssh-keygen", "-l", "-f", "signing.pub"]);
        assert!(
            vouched.signer == lifeboat::model::Remote::new("anna") && print.contains(&vouched.key),
            "{kind}: {vouched:?} {print}"
        );
    }
}

fn c1_what_is_fetched_from_git_servers_is_used_once_somebody_vouches_for_it() {
    let pair = Pair::new();
    let folder = pair.upstream.path().to_owned();
    let server = serve(move |path, body| backend(&folder, path, body));
    let place = format!("http://{server}/.git");
    goes_on(&pair, |code| fetched(&pair, &place, code));
    // Ssh is the operator's own: here a program that runs what it is asked, on this machine.
    let pair = Pair::new();
    let script = pair.upstream.path().join("ssh");
    fs::write(&script, "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$last\"\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let place = format!("ssh://git@ops.example{}", pair.upstream.path().display());
    goes_on(&pair, |code| fetched(&pair, &place, code));
}

#[track_caller]
fn fetched(pair: &Pair, place: &str, code: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(["runbook", "fetch", place]).current_dir(pair.office.path()).env_clear();
    command.env("PATH", std::env::var("PATH").unwrap()).env("HOME", pair.office.path());
    command.env("GIT_SSH_COMMAND", pair.upstream.path().join("ssh")).env("USER", "operator");
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said}{told}");
    (said, told)
}

/// Lets git's own HTTP server answer (git-http-backend(1)).
fn backend(root: &Path, path: &str, body: &[u8]) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let method = if body.is_empty() { "GET" } else { "POST" };
    let mut command = Command::new("git");
    command.arg("http-backend").env("GIT_PROJECT_ROOT", root).env("GIT_HTTP_EXPORT_ALL", "1");
    command.env("PATH_INFO", path).env("QUERY_STRING", query).env("REQUEST_METHOD", method);
    command.env("CONTENT_TYPE", "application/x-git-upload-pack-request").env("HOME", root);
    command.env("CONTENT_LENGTH", body.len().to_string()).env("REMOTE_ADDR", "127.0.0.1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let status =
        head.lines().find_map(|line| line.strip_prefix("Status: ")?.get(..3)?.parse().ok());
    (status.unwrap_or(200), output[end + 4..].to_vec())
}

fn c2_git_runs_what_a_repository_names_and_lifeboat_does_not() {
    let outside = tempfile::tempdir().unwrap();
    let canary = Canary::new(outside.path());
    let (office, anna) = (Office::open(None), person("anna", 1));
    let root = office.path();
    office.commit(&anna.line(""), &[], By::Git(&anna));
    done(root, &["git", "reset", "-q", "--mixed"]);
    canary.arm(root);
    canary.plant(root);
    // The control: git runs it, for a question as harmless as each of these.
    for words in [
        &["git", "status"][..],
        &["git", "log", "--show-signature", "-1"],
        &["git", "hash-object", "lifeboat.yaml"],
    ] {
        run(root, words);
        let fired = canary.fired();
        eprintln!("{words:?}: {} canaries", fired.len());
        assert!(!fired.is_empty(), "the canary is dead: {words:?}");
    }
    let place = root.to_str().unwrap();
    let further: [&[&str]; 8] = [
        &["declare", "names fail", "--severity", "major"],
        &["diagnose"],
        &["plan", "move", "--set", "failed=old", "--set", "standby=new", "--set", "zone=z"],
        &["runbook", "log"],
        &["runbook", "log", "move"],
        &["runbook", "diff", "move", "HEAD..HEAD"],
        &["runbook", "fetch", place],
        &["runbook", "accept", "--reason", "nothing stands against it at all"],
    ];
    let mut ran = 0;
    for words in READING.iter().chain(&further).filter(|words| words[1..].first() != Some(&"show"))
    {
        let output = run(root, &[&[env!("CARGO_BIN_EXE_lifeboat")], *words].concat());
        assert!(output.status.code().is_some_and(|code| code != 1), "{words:?}: {output:?}");
        ran += 1;
        let fired = canary.fired();
        assert!(fired.is_empty(), "{words:?}: {fired:?}");
    }
    eprintln!("{ran} commands, 0 canaries");
}
