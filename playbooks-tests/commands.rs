//! The command line away from any network: what it prints, what it refuses, and with which exit code.

use libtest_mimic::Trial;
use lifeboat::model::LimitKind;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Returns the trials of the command line.
pub fn trials() -> Vec<Trial> {
    trials![
        the_version_is_one_line,
        a_wrong_word_is_usage,
        no_estate_is_usage_and_says_what_to_do,
        what_init_writes_lints_clean,
        init_touches_nothing_that_exists,
        a_broken_estate_is_named_by_line,
        an_incident_is_opened_noted_and_closed,
        no_open_incident_names_the_command_that_opens_one,
        several_open_incidents_are_listed,
        offline_is_no_verdict,
        schemas_are_json,
        a_closed_pipe_is_no_error,
        a_full_disk_is_told,
        completions_of_every_shell_name_every_command,
        runbooks_are_listed_and_shown,
        failures_are_json_under_json,
        b8_a_reason_says_something,
    ]
}

/// Runs the program in a folder with nothing but that folder as its home.
pub fn lifeboat(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(words).current_dir(folder).env_clear().env("HOME", folder).env("USER", "operator");
    command.output().unwrap()
}

#[track_caller]
pub fn ran(folder: &Path, words: &[&str], code: i32) -> (String, String) {
    let output = lifeboat(folder, words);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert_eq!(output.status.code(), Some(code), "{words:?}\n{stdout}\n{stderr}");
    (stdout, stderr)
}

#[track_caller]
pub fn json(folder: &Path, words: &[&str], code: i32) -> Value {
    let (stdout, _) = ran(folder, words, code);
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

/// Makes an operator's folder.
pub fn scaffolded() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    ran(folder.path(), &["init"], 0);
    folder
}

fn the_version_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, stderr) = ran(folder.path(), &["--version"], 0);
    assert_eq!(stdout, format!("lifeboat {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(stderr, "");
}

fn a_wrong_word_is_usage() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, stderr) = ran(folder.path(), &["diagnoze"], 2);
    assert_eq!(stdout, "");
    assert!(stderr.contains("diagnose"), "{stderr}");
    ran(folder.path(), &["plan"], 2);
    ran(folder.path(), &["diagnose", "--deadline", "20"], 2);
    ran(folder.path(), &["run", "1234", "--yes"], 2);
}

fn no_estate_is_usage_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (_, stderr) = ran(folder.path(), &["diagnose"], 2);
    assert!(stderr.contains("lifeboat.yaml") && stderr.contains("lifeboat init"), "{stderr}");
}

fn what_init_writes_lints_clean() {
    let folder = scaffolded();
    let (stdout, stderr) = ran(folder.path(), &["lint"], 0);
    assert_eq!(stdout, "", "{stderr}");
    assert!(folder.path().join(".git").is_dir());
    assert!(folder.path().join("scenarios/carrier-outage.yaml").is_file());
}

fn init_touches_nothing_that_exists() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("as.tsv"), "mine").unwrap();
    ran(folder.path(), &["init"], 2);
    assert_eq!(std::fs::read_to_string(folder.path().join("as.tsv")).unwrap(), "mine");
    assert!(!folder.path().join("lifeboat.yaml").exists(), "it was half written");
}

fn a_broken_estate_is_named_by_line() {
    let folder = scaffolded();
    let path = folder.path().join("lifeboat.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let broken = text.replacen("\nzones:", "\nzonez:", 1);
    let line = broken.lines().position(|line| line.starts_with("zonez:")).unwrap() + 1;
    std::fs::write(&path, broken).unwrap();
    let (stdout, _) = ran(folder.path(), &["lint"], 3);
    assert!(stdout.contains(&format!("lifeboat.yaml:{line}:1")), "{stdout}");
    assert!(stdout.contains("zones"), "no nearest name: {stdout}");
    let (_, stderr) = ran(folder.path(), &["diagnose"], 3);
    assert!(stderr.contains(&format!("lifeboat.yaml:{line}:1")), "{stderr}");
}

fn an_incident_is_opened_noted_and_closed() {
    let folder = scaffolded();
    let declared =
        json(folder.path(), &["declare", "names fail", "--severity", "major", "--json"], 0);
    let directory = Path::new(declared["directory"].as_str().unwrap()).to_owned();
    assert!(directory.join("journal.jsonl").is_file());
    ran(folder.path(), &["note", "called", "the", "hoster"], 0);
    let (timeline, _) = ran(folder.path(), &["timeline"], 0);
    assert!(timeline.contains("called the hoster"), "{timeline}");
    ran(folder.path(), &["journal", "verify"], 0);
    ran(folder.path(), &["close", "--reason", "it was the cable"], 0);
    let (postmortem, _) = ran(folder.path(), &["postmortem"], 0);
    assert!(postmortem.contains("names fail"), "{postmortem}");
    let journal = directory.join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&journal, text.replacen("hoster", "h0ster", 1)).unwrap();
    let (_, stderr) = ran(folder.path(), &["journal", "verify"], 3);
    assert!(stderr.contains("journal.jsonl:"), "{stderr}");
}

fn no_open_incident_names_the_command_that_opens_one() {
    let folder = scaffolded();
    let (_, stderr) = ran(folder.path(), &["note", "hello"], 2);
    assert!(stderr.contains("lifeboat declare"), "{stderr}");
}

fn several_open_incidents_are_listed() {
    let folder = scaffolded();
    let ids: Vec<String> = ["first", "second"]
        .iter()
        .map(|title| json(folder.path(), &["declare", title, "--severity", "minor", "--json"], 0))
        .map(|declared| declared["id"].as_str().unwrap().to_owned())
        .collect();
    assert_ne!(ids[0], ids[1]);
    let (_, stderr) = ran(folder.path(), &["note", "hello"], 2);
    assert!(ids.iter().all(|id| stderr.contains(id)), "{stderr}");
    ran(folder.path(), &["note", "hello", "--incident", &ids[1]], 0);
    let listed = json(folder.path(), &["incidents", "--json"], 0);
    assert_eq!(listed["incidents"].as_array().unwrap().len(), 2);
}

fn offline_is_no_verdict() {
    let folder = scaffolded();
    let (_, stderr) = ran(folder.path(), &["diagnose", "--offline"], 10);
    assert!(stderr.contains("offline"), "{stderr}");
}

fn schemas_are_json() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["estate", "runbook", "scenario", "plan", "diagnosis", "evidence"] {
        let schema = json(folder.path(), &["schema", kind], 0);
        assert!(schema["properties"].is_object(), "{kind}");
    }
    let facts = json(folder.path(), &["schema", "facts"], 0).to_string();
    assert!(facts.contains("dns.authority.answers") && facts.contains("observer.healthy"));
}

fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "{} schema estate | head -c 10; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_lifeboat")
    );
    let output =
        Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn a_full_disk_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("{} schema estate > /dev/full", env!("CARGO_BIN_EXE_lifeboat"));
    let output =
        Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!said.contains("panicked") && said.contains("lifeboat: "), "{said}");
}

fn completions_of_every_shell_name_every_command() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let (script, _) = ran(folder.path(), &["completions", shell], 0);
        for command in ["diagnose", "declare", "plan", "undo", "postmortem", "drill"] {
            assert!(script.contains(command), "{shell} does not know `{command}`");
        }
    }
}

fn runbooks_are_listed_and_shown() {
    let folder = scaffolded();
    let (list, _) = ran(folder.path(), &["runbook", "list"], 0);
    for name in [
        "dns-provider-outage",
        "dns-failback",
        "resolver-outage",
        "tracker-loss",
        "carrier-outage",
        "prefix-withdrawal",
        "observer-fault",
    ] {
        assert!(list.contains(name), "{name} is not listed: {list}");
        let (shown, _) = ran(folder.path(), &["runbook", "show", name], 0);
        assert_eq!(
            shown,
            std::fs::read_to_string(
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("runbooks/{name}.yaml"))
            )
            .unwrap()
        );
    }
    let (_, stderr) = ran(folder.path(), &["runbook", "show", "nothing"], 2);
    assert!(stderr.contains("tracker-loss"), "{stderr}");
}

fn failures_are_json_under_json() {
    let folder = scaffolded();
    let failure = json(folder.path(), &["status", "--json"], 2);
    assert_eq!((&failure["schema"], &failure["exit"]), (&"lifeboat.error/v1".into(), &2.into()));
    assert!(failure["hint"].as_str().unwrap().contains("declare"));
}

/// Each limit has its flag and no other; a reason of nine characters is none.
fn b8_a_reason_says_something() {
    let folder = tempfile::tempdir().unwrap();
    let (help, _) = ran(folder.path(), &["plan", "--help"], 0);
    for limit in LimitKind::ALL {
        let flag = limit.flag();
        assert_eq!(flag, format!("--override-{}", limit.name()));
        assert!(help.contains(&format!("{flag} <REASON>")), "{help}");
        for reason in ["", "123456789", "123456789   ", "a reason\nof two lines"] {
            let words = ["plan", "dns-provider-outage", &flag, reason];
            let (stdout, stderr) = ran(folder.path(), &words, 2);
            assert!(stdout.is_empty() && stderr.contains(&flag), "{stdout}{stderr}");
        }
        let twice = ["plan", "x", &flag, "a whole reason", &flag, "another reason"];
        ran(folder.path(), &twice, 2);
        // Ten characters are a reason: what is missing now is an estate.
        let (_, stderr) = ran(folder.path(), &["plan", "x", &flag, "1234567890"], 2);
        assert!(stderr.contains("lifeboat.yaml"), "{stderr}");
        // Nothing but `plan` goes past a limit.
        ran(folder.path(), &["run", "x", &flag, "a whole reason"], 2);
    }
    let page = std::fs::read_to_string("docs/design/limits.md").unwrap();
    for limit in LimitKind::ALL {
        let (name, guards) = (limit.name(), limit.guards());
        assert!(page.contains(&format!("| `{name}` | {guards} |")), "`{name}` is not on the page");
    }
    eprintln!("B8: {} limits, each with its own flag", LimitKind::ALL.len());
}
