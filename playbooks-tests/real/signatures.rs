//! Signatures, with `ssh-keygen` as the oracle: the same verdict on every case of the corpus, and on what was signed here.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use libtest_mimic::Trial;
use lifeboat::trust::{AllowedSigners, Revoked, SigningKey, verify};

use crate::signatures::corpus::{Case, cases};

/// Returns the trials of signatures.
pub fn trials() -> Vec<Trial> {
    trials![
        an_agent_signs_what_counts_and_nothing_else,
        b5_verdicts_equal_those_of_ssh_keygen,
        what_is_signed_here_ssh_keygen_calls_good,
    ]
}

fn b5_verdicts_equal_those_of_ssh_keygen() {
    let folder = tempfile::tempdir().unwrap();
    let (mut yes, mut no, mut stricter, mut differ) = (0, 0, 0, Vec::new());
    for case in cases() {
        let (ours, theirs) = (ours(&case), theirs(&case, folder.path()));
        match (ours, theirs, case.stricter) {
            (true, true, None) => yes += 1,
            (false, false, _) => no += 1,
            (false, true, Some(_)) => stricter += 1,
            _ => differ.push(format!("{}: ours {ours}, ssh-keygen {theirs}", case.name)),
        }
    }
    eprintln!("{yes} good, {no} refused by both, {stricter} refused here alone as declared");
    assert!(differ.is_empty(), "{} verdicts differ:\n{}", differ.len(), differ.join("\n"));
    assert!(yes >= 100 && no >= 300, "the corpus is lopsided: {yes} good, {no} refused");
}

fn ours(case: &Case) -> bool {
    let Ok(revoked) = Revoked::parse(case.revoked.as_deref().unwrap_or_default().as_bytes()) else {
        return false;
    };
    let allowed = AllowedSigners::parse(case.allowed.as_bytes());
    let (signed, signature) = (case.message.as_bytes(), case.signature.as_bytes());
    let at = DateTime::strptime("%Y%m%d%H%M%S", &case.at).unwrap();
    let at = at.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let signer = verify(signed, signature, &case.namespace, &allowed, &revoked, at);
    signer.is_ok_and(|signer| signer.is(&case.principal))
}

fn theirs(case: &Case, folder: &Path) -> bool {
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-Y", "verify", "-n", &case.namespace, "-I", &case.principal, "-f"]);
    keygen.arg(file("allowed", &case.allowed)).arg("-s").arg(file("signature", &case.signature));
    keygen.arg(format!("-Overify-time={}", case.at));
    if let Some(revoked) = &case.revoked {
        keygen.arg("-r").arg(file("revoked", revoked));
    }
    said(&mut keygen, &case.message)
}

fn said(keygen: &mut Command, message: &str) -> bool {
    let keygen = keygen.env("TZ", "UTC").stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = keygen.stderr(Stdio::null()).spawn().unwrap();
    // It may have gone before it read anything.
    let _ = child.stdin.take().unwrap().write_all(message.as_bytes());
    child.wait().unwrap().success()
}

fn what_is_signed_here_ssh_keygen_calls_good() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-N", "", "-t", "ed25519", "-f"]).arg(&path);
    assert!(keygen.status().unwrap().success(), "no key");
    let key = SigningKey::parse(&fs::read(&path).unwrap()).unwrap();
    let public = fs::read_to_string(path.with_extension("pub")).unwrap();
    let case = Case {
        name: "ed25519".into(),
        signature: key.sign(b"these bytes", "lifeboat-approval@v1").unwrap(),
        namespace: "lifeboat-approval@v1".into(),
        allowed: format!("anna {public}"),
        message: "these bytes".into(),
        ..cases()[0].clone()
    };
    assert!(theirs(&case, folder.path()), "ssh-keygen refuses what was signed here");
    assert!(ours(&case), "what was signed here is refused here");
}

/// An agent that ends with its trial.
struct Agent(std::process::Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn an_agent_signs_what_counts_and_nothing_else() {
    let place = crate::approvals::program::Place::start("people: 1, by: signature");
    let folder = place.folder.path();
    let socket = folder.join("agent");
    let mut command = Command::new("ssh-agent");
    command.arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).stderr(Stdio::null());
    let _agent = Agent(command.spawn().unwrap());
    let listens = || socket.exists().then_some(());
    super::until::until("the agent listens", Duration::from_secs(20), listens);
    let mut allowed = String::new();
    for (kind, bits) in [("ed25519", "256"), ("ecdsa", "384"), ("rsa", "3072")] {
        let key = folder.join(kind);
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-N", "", "-t", kind, "-b", bits, "-f"]).arg(&key);
        assert!(keygen.status().unwrap().success());
        let mut add = Command::new("ssh-add");
        add.arg("-q").arg(&key).env("SSH_AUTH_SOCK", &socket);
        assert!(add.status().unwrap().success(), "ssh-add {kind}");
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        allowed += &format!("anna {public}");
    }
    let operation = crate::approvals::program::operation(folder);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let keys = AllowedSigners::parse(allowed.as_bytes());
    for key in keys.keys_of("anna") {
        let signed = lifeboat::drive::signers::by_agent(
            &operation,
            &socket,
            ("these bytes", "lifeboat-approval@v1"),
            |of| of == key,
        );
        let case = Case {
            name: key.kind().to_owned(),
            message: "these bytes".into(),
            signature: runtime.block_on(signed).unwrap(),
            namespace: "lifeboat-approval@v1".into(),
            allowed: allowed.clone(),
            ..cases()[0].clone()
        };
        assert!(ours(&case) && theirs(&case, folder), "{}", case.name);
    }
    let none = lifeboat::drive::signers::by_agent(&operation, &socket, ("b", "n"), |_| false);
    let refused = runtime.block_on(none).unwrap_err().to_string();
    assert!(refused.contains("no key that counts here"), "{refused}");
}
