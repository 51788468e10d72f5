//! The command: what it prints, with which exit code, and what it leaves behind.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use libtest_mimic::Trial;
use serde_json::Value;

pub fn trials() -> Vec<Trial> {
    trials![
        offline_the_structural_flaws_stand_and_nothing_else_does,
        what_it_prints_is_valid_by_its_schema,
        people_read_what_stops_and_who_does_what,
        a_secret_that_waits_for_a_log_in_holds_nothing_up,
        a_file_that_is_missing_is_a_finding_and_no_failure,
        what_was_practised_lints_and_is_read,
    ]
}

/// Writes an example estate with everything beside it that it names, and returns its folder.
pub fn folder(name: &str, change: impl Fn(String) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let estates = Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks-tests/readiness/estates");
    let text = fs::read_to_string(estates.join(format!("{name}.yaml"))).unwrap();
    fs::write(folder.path().join("lifeboat.yaml"), change(text)).unwrap();
    fs::copy(estates.join("as.tsv"), folder.path().join("as.tsv")).unwrap();
    fs::create_dir_all(folder.path().join("private")).unwrap();
    for secret in [
        "first-on-call.tel",
        "second-on-call.tel",
        "counsel.tel",
        "hoster-noc.tel",
        "desec.token",
        "sb-eu",
        "sb-ca",
        "room",
    ] {
        let path = folder.path().join("private").join(secret);
        fs::write(&path, "worth:nothing").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

fn ready(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command
        .arg("ready")
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("USER", "ann");
    command.env("LIFEBOAT_READ_ONLY_TOKEN", "t").env("LIFEBOAT_POWERDNS_KEY", "k");
    command.output().unwrap()
}

#[track_caller]
fn report(folder: &Path, words: &[&str], code: i32) -> Value {
    let output = ready(folder, &[words, &["--json"]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}\n{talk}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn rules(report: &Value, kind: &str) -> Vec<String> {
    let all = report[kind].as_array().unwrap();
    all.iter().map(|it| it["rule"].as_str().unwrap().to_owned()).collect()
}

fn offline_the_structural_flaws_stand_and_nothing_else_does() {
    let flawed = folder("lifeboat-flawed", |text| text);
    let found = report(flawed.path(), &["--offline"], 4);
    let wanted = ["registrar-apart", "standby-apart", "status-apart", "log-in-apart"];
    assert_eq!(rules(&found, "blockers"), wanted, "{:#}", found["blockers"]);
    assert_eq!(found["verdict"], "not-ready");
    let sound = folder("lifeboat", |text| text);
    let found = report(sound.path(), &["--offline"], 0);
    assert!(rules(&found, "blockers").is_empty(), "{:#}", found["blockers"]);
    let practices = found["practices"].as_array().unwrap();
    assert_eq!(practices.len(), 10);
    assert!(practices.iter().all(|it| it["done"] != "false"), "{practices:#?}");
    assert!(!sound.path().join("pins.yaml").exists());
    // What is planned by name lacks nothing where nobody could set out to do it.
    let alone = folder("lifeboat", |text| {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("standby_at:"));
        lines.map(|line| format!("{line}\n")).collect()
    });
    let printed = report(alone.path(), &["--offline"], 0);
    let warned = rules(&printed, "warnings");
    let has = |rule: &str| warned.iter().any(|it| it == rule);
    assert!(has("standby-apart") && !has("runbook-complete"), "{:#}", printed["warnings"]);
    let alone = found["alone"].as_array().unwrap();
    let said =
        |it: &Value| [&it["runbook"], &it["covered"], &it["rehearsed"]].map(Value::to_string);
    assert_eq!(
        alone.iter().map(said).collect::<Vec<_>>(),
        [
            "carrier-outage",
            "dns-failback",
            "dns-provider-outage",
            "dual-delegation",
            "provider-removal"
        ]
        .map(|id| [format!("\"{id}\""), "\"false\"".to_owned(), "\"false\"".to_owned()])
    );
}

fn what_it_prints_is_valid_by_its_schema() {
    let mut schema = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    let schema = schema.args(["schema", "ready"]).env_clear().output().unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["lifeboat", "lifeboat-flawed"] {
        let folder = folder(name, |text| text);
        let code = if name == "lifeboat" { 0 } else { 4 };
        let found = report(folder.path(), &["--offline"], code);
        let mistakes: Vec<String> =
            validator.iter_errors(&found).map(|it| it.to_string()).collect();
        assert!(mistakes.is_empty(), "{mistakes:#?}");
        assert_eq!(found["schema"], "lifeboat.ready/v1");
    }
}

fn people_read_what_stops_and_who_does_what() {
    let flawed = folder("lifeboat-flawed", |text| text);
    let output = ready(flawed.path(), &["--offline", "--needs"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for says in [
        "Not ready: 4 blockers",
        "Blockers:",
        "Warnings:",
        "who        first-on-call",
        "do         ",
        "What an operator should have done:",
        "a legal tabletop held: not known",
        "Whoever is alone:",
        "Runbooks:",
        "Who does what:",
        "Needs:",
        "private/room",
        "Offline: the network was not asked.",
    ] {
        assert!(text.contains(says), "no `{says}` in\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

fn a_secret_that_waits_for_a_log_in_holds_nothing_up() {
    let hangs =
        |text: String| text.replace("[pass, show, lifeboat/cloudflare]", "[sleep, \"600\"]");
    let estate = folder("lifeboat", |text| alone(hangs(text)));
    let watch = Instant::now();
    let output = ready(estate.path(), &["--deadline", "2s", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    // The deadline and half a second; the rest is for a machine that is busy with other trials.
    assert!(watch.elapsed().as_secs_f64() < 6.0, "{:?}", watch.elapsed());
    let all = found["warnings"].as_array().unwrap();
    let named =
        all.iter().find(|it| it["rule"] == "need-at-hand" && it["subject"] == "cloudflare-main");
    let named = named.unwrap_or_else(|| panic!("{found:#}"));
    assert_eq!(named["truth"], "unknown", "{named:#}");
    assert!(
        named["because"].as_str().unwrap().contains("`sleep` did not end in time"),
        "{named:#}"
    );
}

/// Puts every address of an estate into loopback, where nobody listens, and leaves out what starts processes.
fn alone(text: String) -> String {
    let text = text.replace(", { id: vps-ca, kind: command, argv: [ssh, -o, BatchMode=yes, probe@198.51.100.5, lifeboat] }", "");
    let text = text.replace("203.0.113.", "127.3.113.").replace("198.51.100.", "127.51.100.");
    let text = text.replace("192.0.2.0/24", "127.2.0.0/24").replace("192.0.2.", "127.2.0.");
    text.replace(", \"2001:db8:10::10\"", "")
        .replace("allow_private: []", "allow_private: [127.0.0.0/8]")
}

fn a_file_that_is_missing_is_a_finding_and_no_failure() {
    let estate = folder("lifeboat", |text| text);
    fs::remove_file(estate.path().join("as.tsv")).unwrap();
    let found = report(estate.path(), &["--offline"], 0);
    let unread: Vec<&Value> = found["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["because"].as_str().unwrap().contains("cannot be read"))
        .filter(|it| it["rule"] == "document-readable")
        .collect();
    assert_eq!(unread.len(), 2, "{unread:#?}");
    fs::remove_file(estate.path().join("private/desec.token")).unwrap();
    let found = report(estate.path(), &["--offline"], 4);
    assert_eq!(rules(&found, "blockers"), ["need-at-hand"]);
    assert!(found["blockers"][0]["because"].as_str().unwrap().contains("private/desec.token"));
}

fn what_was_practised_lints_and_is_read() {
    let with = |line: &'static str| move |text: String| format!("{text}practice:\n  - {line}\n");
    let estate = folder("lifeboat", with("{ what: legal-tabletop, on: 2026-10-02, by: counsel }"));
    let found = report(estate.path(), &["--offline"], 0);
    let line = found["practices"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["what"] == "legal-tabletop")
        .unwrap();
    assert_eq!(line["on"], "2026-10-02");
    let lint = |folder: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(["lint", "lifeboat.yaml"]).current_dir(folder).env_clear().env("HOME", folder);
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    };
    assert_eq!(lint(estate.path()).0, 0, "{}", lint(estate.path()).1);
    for (line, says) in [
        ("{ what: legal-tabletop, on: yesterday }", "is not a day"),
        ("{ what: legal-tabletop }", "on"),
        ("{ what: tea, on: 2026-10-02 }", "tea"),
        ("{ what: legal-tabletop, on: 2026-10-02, by: nobody }", "nobody"),
    ] {
        let broken = folder("lifeboat", with(line));
        let (code, said) = lint(broken.path());
        assert_eq!(code, 3, "{line}\n{said}");
        assert!(said.contains(says), "no `{says}` in\n{said}");
    }
}
