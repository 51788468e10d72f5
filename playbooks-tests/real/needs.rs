//! What the suite needs before it starts: every daemon on PATH, and a namespace without a route out.

use libtest_mimic::Trial;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

/// Every program that the suite starts, with the Debian package that holds it.
pub const PROGRAMS: &[(&str, &str)] = &[
    ("bird", "bird2"),
    ("birdc", "bird2"),
    ("delv", "bind9-dnsutils"),
    ("dig", "bind9-dnsutils"),
    ("dnsdist", "dnsdist"),
    ("dnssec-dsfromkey", "bind9-utils"),
    ("dnssec-keygen", "bind9-utils"),
    ("dnssec-signzone", "bind9-utils"),
    ("git", "git"),
    ("ip", "iproute2"),
    ("knotc", "knot"),
    ("knotd", "knot"),
    ("mount", "mount"),
    ("named", "bind9"),
    ("nft", "nftables"),
    ("nginx", "nginx-light"),
    ("nsd", "nsd"),
    ("opentracker", "opentracker"),
    ("pdns_recursor", "pdns-recursor"),
    ("pdns_server", "pdns-server"),
    ("pdnsutil", "pdns-server"),
    ("setsid", "util-linux"),
    ("sqlite3", "sqlite3"),
    ("ssh-add", "openssh-client"),
    ("ssh-agent", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
    ("strace", "strace"),
    ("transmission-create", "transmission-cli"),
    ("transmission-daemon", "transmission-daemon"),
    ("transmission-show", "transmission-cli"),
    ("unbound", "unbound"),
    ("unshare", "util-linux"),
];

/// Returns the trials that show that the check can fail.
pub fn trials() -> Vec<Trial> {
    trials![each_hidden_program_is_named, all_programs_are_here]
}

/// Says what keeps the suite from running, one line for each want.
pub fn wants() -> Vec<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut wants = missing(&path);
    if fs::read_to_string("/proc/net/route").is_ok_and(|routes| routes.lines().any(leads_out)) {
        wants.push(
            "this namespace has a route out: start the suite with playbooks-tests/real.sh"
                .to_owned(),
        );
    }
    wants
}

/// Names each program that no folder of a PATH holds.
fn missing(path: &OsStr) -> Vec<String> {
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    let runs = |file: PathBuf| {
        fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
    };
    let absent = |program: &str| !folders.iter().any(|folder| runs(folder.join(program)));
    let lines = PROGRAMS.iter().filter(|(program, _)| absent(program));
    lines
        .map(|(program, package)| format!("`{program}` is not on PATH (Debian package {package})"))
        .collect()
}

/// Tells whether a line of the kernel's table is a default route.
fn leads_out(line: &str) -> bool {
    line.split_whitespace().nth(1) == Some("00000000")
}

/// A folder with a link to every program but one.
fn folder_without(hidden: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    for (program, _) in PROGRAMS.iter().filter(|(program, _)| Some(*program) != hidden) {
        let found = std::env::split_paths(&path)
            .map(|place| place.join(program))
            .find(|file| file.is_file());
        symlink(found.unwrap(), folder.path().join(program)).unwrap();
    }
    folder
}

/// Runs this suite's own start with a PATH, and lists its trials when it gets that far.
fn start_with(folder: &tempfile::TempDir) -> (bool, String) {
    let mut itself = Command::new(std::env::current_exe().unwrap());
    let output = itself.args(["--real", "--list"]).env("PATH", folder.path()).output().unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

fn each_hidden_program_is_named() {
    for (program, _) in PROGRAMS {
        let (started, said) = start_with(&folder_without(Some(program)));
        assert!(!started, "the suite started without `{program}`");
        let named: Vec<&str> =
            said.lines().filter(|line| line.contains("is not on PATH")).collect();
        assert!(
            matches!(named[..], [one] if one.contains(&format!("`{program}`"))),
            "without `{program}`: {said}"
        );
    }
}

fn all_programs_are_here() {
    let (started, said) = start_with(&folder_without(None));
    assert!(started, "the suite did not start with every program: {said}");
}
