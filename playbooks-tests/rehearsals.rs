//! Drills as a person starts them: the program itself, in a folder of its own, from the first diagnosis
//! to the postmortem and the score.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::worlds::folder;

/// Embedded scenarios that take seconds, each another road: no runbook that fits, a plan refused, names
/// moved.
const QUICK: [&str; 3] = ["observer-fault", "prefix-withdrawal", "dns-provider-outage"];

pub fn trials() -> Vec<Trial> {
    let passes = |name: &'static str| {
        Trial::test(format!("rehearsals::{name}_passes"), move || {
            passes(name);
            Ok::<(), Failed>(())
        })
    };
    let mut all: Vec<Trial> = QUICK.into_iter().map(passes).collect();
    all.extend(trials![
        tracker_lists_are_rewritten_and_readiness_remembers_the_runbook,
        a_copied_drill_with_another_fault_is_misclassified,
        a_change_that_is_never_proven_is_held_and_the_postmortem_says_so,
    ]);
    all
}

/// Runs the program in a folder with nothing but that folder as its home, and returns what it printed.
#[track_caller]
fn lifeboat(folder: &Path, words: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
    command.args(words).current_dir(folder).env_clear().env("HOME", folder).env("USER", "operator");
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{words:?}\n{stdout}\n{stderr}");
    stdout
}

/// Plays a scenario unattended, and returns the drill's document.
#[track_caller]
fn drill(folder: &Path, scenario: &str, code: i32) -> Value {
    let printed = lifeboat(folder, &["drill", scenario, "--unattended", "--json"], code);
    let played: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(played["exit"], code);
    says_exercise(&played);
    played
}

/// Nothing that a drill wrote may be taken for the real thing.
#[track_caller]
fn says_exercise(played: &Value) {
    assert_eq!(played["exercise"], true);
    let messages = played["messages"].as_array().unwrap();
    for text in messages.iter().map(|it| &it["text"]).chain([&played["postmortem"]]) {
        let text = text.as_str().unwrap();
        assert!(text.contains("EXERCISE"), "{text}");
    }
    assert_eq!(played["score"]["messages"], messages.len());
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Replaces what must be there exactly once.
#[track_caller]
fn changed(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` in\n{text}");
    text.replace(from, to)
}

fn passes(name: &str) {
    let home = tempfile::tempdir().unwrap();
    let played = drill(home.path(), name, 0);
    assert_eq!(played["score"]["result"], "passed", "{}", played["score"]);
    assert_eq!(played["score"]["scenario"], name);
    let left = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(left, 0, "a drill that is not kept leaves nothing behind");
}

/// Beside an estate, a drill that passed leaves behind that its runbook was carried out, and nothing else.
fn tracker_lists_are_rewritten_and_readiness_remembers_the_runbook() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("lifeboat.yaml"), "schema: lifeboat/estate/v1\nid: harbour\n")
        .unwrap();
    let graded = || {
        let report = lifeboat(home.path(), &["ready", "--offline", "--json"], 0);
        let report: Value = serde_json::from_str(&report).unwrap();
        let all = report["runbooks"].as_array().unwrap().clone();
        all.into_iter().find(|it| it["runbook"] == "tracker-loss").unwrap()
    };
    assert_eq!(graded()["grade"], "never");
    let played = drill(home.path(), "tracker-loss", 0);
    assert_eq!(played["score"]["result"], "passed", "{}", played["score"]);
    let now = graded();
    assert_eq!((&now["grade"], &now["changed_since"]), (&"drilled".into(), &"false".into()));
    let kept = home.path().join(".local/state/lifeboat/harbour");
    let mut left: Vec<_> =
        std::fs::read_dir(&kept).unwrap().map(|it| it.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["rehearsals.json", "rehearsals.lock"]);
}

/// The diagnosis follows the world and not the file: the copy still calls itself the loss of a tracker.
fn a_copied_drill_with_another_fault_is_misclassified() {
    let home = tempfile::tempdir().unwrap();
    let text = read(&folder().join("tracker-loss.yaml"));
    let text = changed(&text, "server: { id: t-two, state", "server: { id: north-dns, state");
    let text = changed(&text, "restore: t-two", "restore: north-dns");
    std::fs::write(home.path().join("copied.yaml"), text).unwrap();
    let played = drill(home.path(), "copied.yaml", 4);
    let score = &played["score"];
    assert_eq!(score["result"], "misclassified", "{score}");
    let named = |cause: &Value| (cause["failure_mode"].clone(), cause["subject"].clone());
    assert_eq!(named(&score["missed"][0]), ("tracker-loss".into(), "t-two".into()), "{score}");
    let said = ("dns-provider-outage".into(), "north-dns".into());
    assert_eq!(named(&score["wrong"][0]), said, "{score}");
}

/// The operator's own runbook gives caches no time at all to run out.
fn a_change_that_is_never_proven_is_held_and_the_postmortem_says_so() {
    let home = tempfile::tempdir().unwrap();
    let (root, own) = (home.path(), home.path().join("runbooks"));
    lifeboat(root, &["init"], 0);
    std::fs::create_dir_all(&own).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/dns-provider-outage.yaml");
    let runbook = changed(&read(&shipped), "not_yet_until: effect.latest", "not_yet_until: 1ms");
    std::fs::write(own.join("dns-provider-outage.yaml"), runbook).unwrap();
    let scenario = "scenarios/dns-provider-outage.yaml";
    std::fs::copy(folder().join("dns-provider-outage.yaml"), root.join(scenario)).unwrap();
    let played = drill(root, scenario, 4);
    let score = &played["score"];
    assert_eq!((&played["ended"], &score["result"]), (&"held".into(), &"failed".into()), "{score}");
    assert_eq!(score["mitigate_s"], Value::Null, "nothing was mended: {score}");
    let missed = serde_json::json!(["move-delegation"]);
    assert_eq!(score["missed_verifies"], missed, "a held change is unproven too: {score}");
    let typed = played["typed"].as_array().unwrap();
    let run = typed.iter().find(|it| it["command"][0] == "run").unwrap();
    assert_eq!(run["exit"], 8, "{run}");
    let phases = typed.iter().filter(|it| it["command"][0] == "plan").count();
    assert_eq!(phases, 1, "nobody goes on to the next phase past a hold");
    let postmortem = played["postmortem"].as_str().unwrap();
    for said in [
        "held at move-delegation, 1 change in place",
        "The run was held at move-delegation and is held still",
        "move-delegation was not seen to take effect",
        "Verify of move-delegation: no:",
    ] {
        assert!(postmortem.contains(said), "no `{said}` in\n{postmortem}");
    }
}
