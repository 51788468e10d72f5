//! Standing approvals with the program itself: whoever is alone at a terminal, there and back.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use lifeboat::document::Source;
use lifeboat::drive::{Lone, Operation};
use lifeboat::model::{Change, Direction, Id, Plan, Value};
use serde_json::json;

use super::key;
use super::program::Place;
use crate::signals::pty::{Output, Session};

/// Returns the trials of standing approvals with the program.
pub fn trials() -> Vec<Trial> {
    trials![
        b5_whoever_is_alone_goes_on_by_a_standing_approval,
        b5_a_standing_approval_that_does_not_hold_is_no_approval,
        b5_a_policy_of_terminals_needs_no_list_of_signers,
        what_is_printed_to_be_signed_by_hand_is_one_line_of_a_shell,
    ]
}

/// Writes an envelope around the plan that is pinned, but for what `alter` says.
fn write(place: &Place, path: &str, alter: impl FnOnce(&mut BTreeMap<&str, String>)) -> String {
    let folder = place.folder.path();
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let urls = |pick: fn(&Change) -> &Value| -> Vec<String> {
        let lists = plan.changes().map(pick);
        let lists = lists.filter_map(|it| match it {
            Value::Trackers(list) => Some(list),
            Value::Rrsets(_) => None,
        });
        lists.flatten().map(|it| it.url.clone()).collect()
    };
    let (come, go) = (urls(|it| &it.after), urls(|it| &it.before));
    let runbook = format!("{{ id: {}, digest: \"{}\" }}", plan.runbook.id, plan.runbook.digest);
    let policy = plan.approval.as_ref().unwrap().policy.to_string();
    let mut keys = BTreeMap::from([
        ("schema", "lifeboat/standing/v1".to_owned()),
        ("id", "at-night".to_owned()),
        ("estate", plan.estate.id.to_string()),
        ("why", "nobody else wakes up".to_owned()),
        ("runbook", runbook),
        ("policies", format!("[{policy}]")),
        ("holders", "[anna]".to_owned()),
        ("actions", "[tracker.list.replace]".to_owned()),
        ("tracker_lists", format!("[{{ service: sb, add: {come:?}, remove: {go:?} }}]")),
        ("changes_at_most", "3".to_owned()),
        ("facts", "\"observer.healthy is true\"".to_owned()),
        ("expires", "2099-01-01T00:00:00Z".to_owned()),
        ("uses", "1".to_owned()),
    ]);
    alter(&mut keys);
    let text: String = keys.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    std::fs::create_dir_all(folder.join("standing")).unwrap();
    std::fs::write(folder.join("standing/at-night.yaml"), &text).unwrap();
    for (who, seed) in [("ben", 2), ("carla", 3)] {
        let signature = key(seed).0.sign(text.as_bytes(), "lifeboat-standing@v1").unwrap();
        std::fs::write(folder.join(format!("standing/at-night.{who}.sig")), signature).unwrap();
    }
    text
}

/// Starts the program at a terminal of somebody's.
pub fn at_terminal(folder: &Path, who: &str, words: &[&str]) -> Session {
    let environment = [("TERM", "xterm-256color"), ("COLUMNS", "200"), ("USER", who)];
    Session::start_in(folder, words, Output::Terminal, (&environment, 200))
}

fn b5_whoever_is_alone_goes_on_by_a_standing_approval() {
    let place = Place::start(
        "people: 2, by: signature, alone_after: 0s, alone_needs: [standing-approval, rehearsed-within-90d]",
    );
    let folder = place.folder.path();
    let (short, target, path) = place.plan();
    let run = ["run", &short, "--wait", "1s", "--deadline", "6s"];
    // Signed at a terminal by ben, who reads it there; by carla elsewhere.
    let text = write(&place, &path, |_| {});
    std::fs::remove_file(folder.join("standing/at-night.ben.sig")).unwrap();
    let private =
        ssh_key::private::PrivateKey::from(ssh_key::private::Ed25519Keypair::from_seed(&[2; 32]));
    let private = private.to_openssh(ssh_key::LineEnding::LF).unwrap();
    std::fs::write(folder.join("ben"), private.as_bytes()).unwrap();
    let sign = ["approve", "standing/at-night.yaml", "--as", "ben", "--key", "ben"];
    let (code, out, talk) = place.run(&["approve", "standing/at-night.yaml", "--json"], "");
    assert_eq!(code, 0, "{talk}");
    let said: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&said["namespace"], &said["statement"]),
        (&"lifeboat-standing@v1".into(), &text[..].into())
    );
    let (code, _, talk) = place.run(&sign, "yes\nyes\n");
    assert_eq!(code, 5, "{talk}");
    let digest = lifeboat::drive::sha256(text.as_bytes());
    let mut session = at_terminal(folder, "ben", &sign);
    session.answer("short digest: ", &digest[..8]);
    session.answer("id: ", "at-night");
    let (code, seen) = session.finish();
    assert!(code == 0 && seen.contains("Signed: "), "{code}: {seen}");

    let (code, _, talk) = place.run(&run, "");
    assert!(code == 5 && talk.contains("no drill has"), "{code}: {talk}");
    assert_eq!(ready(&place), json!(["true", 1, "false", null]));
    rehearsed(&path, "2020-01-01T00:00:00Z");
    let (code, _, talk) = place.run(&run, "");
    assert!(code == 5 && talk.contains("the last was at 2020-01-01"), "{code}: {talk}");
    rehearsed(&path, "2099-01-01T00:00:00Z");
    let (code, _, talk) = place.run(&run, "");
    assert!(code == 5 && talk.contains("no drill has"), "{code}: {talk}");
    assert_eq!(ready(&place)[2], "false");
    rehearsed(&path, &jiff::Timestamp::now().to_string());
    assert_eq!(ready(&place)[2], "true");

    // Nobody else is needed, but somebody is: at a terminal, with three lines.
    let (code, _, talk) = place.run(&run, &format!("{short}\n{target}\nat-night\n"));
    assert!(code == 5 && place.changes() == 0, "{code}: {talk}");
    let mut session = at_terminal(folder, "anna", &run);
    session.expect("the standing approval `at-night` covers this plan");
    session.answer("short digest: ", &short);
    session.answer("target: ", &target);
    session.answer("standing approval: ", "another");
    let (code, seen) = session.finish();
    assert!(code == 5 && place.changes() == 0, "{code}: {seen}");
    let mut session = at_terminal(folder, "anna", &run);
    session.answer("short digest: ", &short);
    session.answer("target: ", &target);
    session.answer("standing approval: ", "at-night");
    let (code, seen) = session.finish();
    assert!(code == 0 || code == 9, "{code}: {seen}");
    assert_eq!(place.changes(), 3);
    let spent = ready(&place);
    assert_eq!((&spent[0], &spent[1]), (&json!("false"), &json!(null)));
    let (_, timeline, _) = place.run(&["timeline"], "");
    assert!(timeline.contains("alone, by the standing approval at-night"), "{timeline}");

    // The way back is open though its only use is spent and its condition is not looked at; a second plan is not.
    let file = folder.join("lifeboat.yaml");
    let source = Source::new(file.display().to_string(), std::fs::read_to_string(&file).unwrap());
    let operation =
        Operation::open(&source, folder, Some(&folder.join(".local/state")), None).unwrap();
    let incident = operation.incidents.sole_open().unwrap();
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let judged = |direction, account: &str| {
        let (operation, incident, plan) = (&operation, &incident, &plan);
        let lone = Lone { operation, incident, plan, direction, found: None };
        lone.find(account).unwrap().map(|it| it.mark.id.clone())
    };
    assert_eq!(judged(Direction::Undo, "anna"), Ok(Id::from("at-night")));
    assert!(judged(Direction::Undo, "ben").is_err());
    assert!(judged(Direction::Do, "anna").unwrap_err()[0].contains("was used 1 times of 1"));
    undone_alone(&place, &short, &target);
    place.fleet.lost_answers(false);
    let (short, ..) = place.plan();
    let (code, _, talk) = place.run(&["run", &short, "--deadline", "6s"], "");
    assert!(code == 5 && talk.contains("was used 1 times of 1"), "{code}: {talk}");
}

/// Says what `ready` tells of whoever is alone: covered, uses left, rehearsed, when.
fn ready(place: &Place) -> serde_json::Value {
    let line = line(place);
    json!([line["covered"], line["uses_left"], line["rehearsed"], line["rehearsed_at"]])
}

/// Returns what `ready` says of whoever is alone with the runbook.
fn line(place: &Place) -> serde_json::Value {
    let (code, out, talk) = place.run(&["ready", "--offline", "--json"], "");
    assert_eq!(code, 0, "{out}{talk}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let alone = report["alone"].as_array().unwrap();
    alone.iter().find(|it| it["runbook"] == "tracker-loss").unwrap().clone()
}

/// Notes that a drill carried the runbook out.
fn rehearsed(plan: &str, when: &str) {
    // The plan lies in its incident's folder, and that in the estate's.
    let estate = Path::new(plan).ancestors().nth(3).unwrap();
    let text =
        format!(r#"[{{"runbook":"tracker-loss","digest":"d","scenario":"s","at":"{when}"}}]"#);
    std::fs::write(estate.join("rehearsals.json"), text).unwrap();
}

fn b5_a_standing_approval_that_does_not_hold_is_no_approval() {
    let place = Place::start("people: 2, by: signature, alone_after: 0s");
    let folder = place.folder.path();
    let (short, _, path) = place.plan();
    let refused = |who: &str, said: &str| {
        let words = ["run", &short, "--deadline", "6s"];
        let mut session = at_terminal(folder, who, &words);
        session.expect(said);
        let (code, seen) = session.finish();
        assert!(code == 5 && place.changes() == 0, "{said}: {code}: {seen}");
    };
    refused("anna", "there is no standing approval");
    type Alter = fn(&mut BTreeMap<&str, String>);
    let cases: &[(&str, Alter)] = &[
        ("this account, `anna`, is none", |it| drop(it.insert("holders", "[ben]".to_owned()))),
        ("it expired at", |it| drop(it.insert("expires", "2020-01-01T00:00:00Z".to_owned()))),
        ("is false, and must be true", |it| {
            drop(it.insert("facts", "\"observer.healthy is false\"".to_owned()));
        }),
        ("is unknown, and must be true", |it| {
            drop(it.insert("facts", "\"tracker.answers(nobody) is true\"".to_owned()));
        }),
        ("makes 3 changes", |it| drop(it.insert("changes_at_most", "2".to_owned()))),
        ("it is of estate", |it| drop(it.insert("estate", "other".to_owned()))),
        ("cannot be read", |it| drop(it.insert("uses", "often".to_owned()))),
        ("cannot be read", |it| drop(it.insert("id", "another".to_owned()))),
        ("is to be listed", |it| {
            let wrong = "[{ service: sb, add: [\"udp://x.example:1/\"] }]".to_owned();
            drop(it.insert("tracker_lists", wrong));
        }),
    ];
    for (said, alter) in cases {
        write(&place, &path, alter);
        refused("anna", said);
    }
    write(&place, &path, |_| {});
    refused("ben", "is none of its holders");
    // Edited after it was signed; then with one signature alone.
    let file = folder.join("standing/at-night.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("uses: 1", "uses: 9")).unwrap();
    refused("anna", "0 of 2 people have signed it");
    std::fs::write(&file, &text).unwrap();
    std::fs::remove_file(folder.join("standing/at-night.carla.sig")).unwrap();
    refused("anna", "1 of 2 people have signed it");

    let place = Place::start("people: 2, by: signature, alone_after: 1h");
    let (short, _, path) = place.plan();
    write(&place, &path, |_| {});
    let (code, _, talk) = place.run(&["run", &short, "--deadline", "6s"], "");
    assert!(code == 5 && talk.contains("the others may answer until"), "{code}: {talk}");
    let place = Place::start("people: 2, by: signature");
    let (short, _, path) = place.plan();
    write(&place, &path, |_| {});
    let (code, _, talk) = place.run(&["run", &short, "--deadline", "6s"], "");
    assert!(code == 5 && !talk.contains("standing"), "{code}: {talk}");
}

/// Turns a run back by the standing approval that it was begun by, at a terminal.
fn undone_alone(place: &Place, short: &str, target: &str) {
    place.fleet.lost_answers(true);
    let undo = ["undo", short, "--wait", "1s", "--deadline", "6s"];
    for (id, codes, writes) in [("another", &[5][..], 3), ("at-night", &[0, 9], 6)] {
        let mut session = at_terminal(place.folder.path(), "anna", &undo);
        session.expect("the standing approval `at-night` covers this plan");
        session.answer("short digest: ", short);
        session.answer("target: ", target);
        session.answer("standing approval: ", id);
        let (code, seen) = session.finish();
        assert!(codes.contains(&code), "{id}: {code}: {seen}");
        assert_eq!(place.writes(), writes, "{id}: {seen}");
    }
    assert!(place.fleet.lists.lock().unwrap().urls.values().all(|url| *url == place.fleet.one));
    let (_, timeline, _) = place.run(&["timeline"], "");
    let said = "alone, by the standing approval at-night";
    assert_eq!(timeline.matches(said).count(), 2, "{timeline}");
}

fn b5_a_policy_of_terminals_needs_no_list_of_signers() {
    let place = Place::start("people: 2, by: terminal, alone_after: 0s");
    let folder = place.folder.path();
    let (short, target, path) = place.plan();
    write(&place, &path, |_| {});
    std::fs::remove_file(folder.join("allowed_signers")).unwrap();
    let says = |said: &str| {
        let line = line(&place);
        let words = line["says"].as_str().unwrap();
        assert!(line["covered"] == "false" && words.contains(said), "{line}");
    };
    says("allowed_signers");
    write(&place, &path, |it| drop(it.insert("holders", "[nobody]".to_owned())));
    says("standing/at-night.yaml:6:");
    write(&place, &path, |_| {});
    let run = ["run", &short, "--wait", "1s", "--deadline", "6s"];
    let (code, _, talk) = place.run(&run, "");
    assert_eq!(code, 5, "{talk}");
    for said in ["each at a terminal of their own: 0 of 2", "`at-night`: nobody can be seen"] {
        assert!(talk.contains(said), "no `{said}`: {talk}");
    }
    for (who, words) in [("ben", &["approve", &short][..]), ("anna", &run)] {
        let mut session = at_terminal(folder, who, words);
        session.answer("short digest: ", &short);
        session.answer("target: ", &target);
        let (code, seen) = session.finish();
        assert!(code == 0 || code == 9, "{who}: {code}: {seen}");
    }
    assert_eq!(place.changes(), 3);
}

fn what_is_printed_to_be_signed_by_hand_is_one_line_of_a_shell() {
    let place = Place::start("people: 2, by: signature, alone_after: 0s");
    let root = place.folder.path();
    let (.., path) = place.plan();
    let text = write(&place, &path, |_| {});
    let program = root.join("bin/ssh-keygen");
    std::fs::create_dir_all(root.join("bin")).unwrap();
    let stand_in = "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$0.words\"\nfor file; do :; done\ncp -- \"$file\" \"$file.sig\"\n";
    std::fs::write(&program, stand_in).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    for name in
        ["-plain", "two words", "it's \"a\" box", "$(touch pwned)`touch pwned`;touch pwned\n#&*~\\"]
    {
        let folder = root.join(name);
        std::fs::create_dir_all(folder.join("standing")).unwrap();
        std::fs::copy(root.join("lifeboat.yaml"), folder.join("lifeboat.yaml")).unwrap();
        std::fs::write(folder.join("standing/at-night.yaml"), &text).unwrap();
        let estate = format!("--estate={name}/lifeboat.yaml");
        let file = format!("{name}/standing/at-night.yaml");
        let (code, line, talk) = place.run(&[&estate, "approve", "--as", "ben", "--", &file], "");
        assert_eq!(code, 0, "{name}: {talk}");
        let mut shell = Command::new("sh");
        let line = line.trim_end();
        let path = format!("{}:/usr/bin:/bin", root.join("bin").display());
        let ran = shell.args(["-c", line]).current_dir(root).env("PATH", path).output().unwrap();
        assert!(ran.status.success(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
        let signed = std::fs::read_to_string(folder.join("standing/at-night.ben.sig"));
        assert_eq!(signed.unwrap(), text, "{line}");
        let words = std::fs::read_to_string(root.join("bin/ssh-keygen.words")).unwrap();
        let file = if name == "-plain" { format!("./{file}") } else { file };
        assert_eq!(words, format!("-Y\nsign\n-n\nlifeboat-standing@v1\n-f\nKEY\n{file}\n"));
        assert!(!root.join("pwned").exists() && !folder.join("pwned").exists(), "{line}");
    }
}
