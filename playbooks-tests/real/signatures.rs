//! Signatures, with `ssh-keygen` as the oracle: the same verdict on every case of the corpus, and on what was signed here.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use libtest_mimic::Trial;
use lifeboat::trust::{AllowedSigners, Revoked, SigningKey, verify};

use crate::signatures::corpus::{Case, cases};

/// Returns the trials of signatures.
pub fn trials() -> Vec<Trial> {
    trials![b5_verdicts_equal_those_of_ssh_keygen, what_is_signed_here_ssh_keygen_calls_good]
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
    for (kind, bits) in [("ed25519", "256"), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521")] {
        let path = folder.path().join(format!("{kind}{bits}"));
        let mut keygen = Command::new("ssh-keygen");
        keygen.args(["-q", "-N", "", "-t", kind, "-b", bits, "-f"]).arg(&path);
        assert!(keygen.status().unwrap().success(), "no key of {kind} {bits}");
        let key = SigningKey::parse(&fs::read(&path).unwrap()).expect(kind);
        let public = fs::read_to_string(path.with_extension("pub")).unwrap();
        let case = Case {
            name: format!("{kind} {bits}"),
            signature: key.sign(b"these bytes", "lifeboat-approval@v1").expect(kind),
            namespace: "lifeboat-approval@v1".into(),
            allowed: format!("anna {public}"),
            message: "these bytes".into(),
            ..cases()[0].clone()
        };
        assert!(theirs(&case, folder.path()), "ssh-keygen refuses what {kind} {bits} signed here");
        assert!(ours(&case), "{kind} {bits} is refused here");
    }
}
