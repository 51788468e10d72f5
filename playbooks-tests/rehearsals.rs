//! Drills as a person starts them: the program itself, in a folder of its own, from the first diagnosis
//! to the postmortem and the score.

use std::path::Path;
use std::process::Command;

use crate::pace;
use jiff::SignedDuration;
use libtest_mimic::Trial;
use lifeboat::drive::plans;
use lifeboat::model::{Direction, Event, Id, Mode, Plan, Record};
use lifeboat::plan::Digest;
use lifeboat::store::{Incident, Incidents};
use lifeboat::trust::{AllowedSigners, Revoked, Seal, Statement, namespace, vouch};
use serde_json::Value;
use ssh_key::PublicKey;

use super::approvals::key;
use super::signals::pty::{Output, Session};
use super::worlds::folder;

/// Embedded scenarios that take seconds, each another road: no runbook that fits, a plan refused, names
/// moved.
const QUICK: [&str; 12] = [
    "observer-fault",
    "prefix-withdrawal",
    "dns-provider-outage",
    "dns-provider-outage.alone",
    "dns-provider-outage.dual",
    "dual-delegation",
    "dual-delegation.quiet",
    "provider-removal",
    "provider-removal.quiet",
    "standby-prestage",
    "standby-prestage.quiet",
    "ttl-lowering",
];

pub fn trials() -> Vec<Trial> {
    let passes = |name: &'static str| {
        pace::trial(format!("rehearsals::{name}_passes"), move || passes(name))
    };
    let mut all: Vec<Trial> = QUICK.into_iter().map(passes).collect();
    all.extend(trials![
        tracker_lists_are_rewritten_and_readiness_remembers_the_runbook,
        a_copied_drill_with_another_fault_is_misclassified,
        a_change_that_is_never_proven_is_held_and_the_postmortem_says_so,
        b9_a_drill_is_signed_by_keys_of_its_own_and_nothing_live,
        b9_in_a_drill_too_nobody_signs_for_two,
        b9_in_a_drill_too_each_types_at_a_terminal_of_their_own,
        b9_a_person_signs_in_a_drill_as_live_and_nothing_that_is_live,
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

/// A scenario by its path, which is played on the operator's own estate.
const SIGNED: &str = "scenarios/tracker-loss.yaml";

/// Makes an operator's folder in which three may sign, and a policy for changing tracker lists.
fn signing(root: &Path, policy: &str) {
    lifeboat(root, &["init"], 0);
    let mut estate = read(&root.join("lifeboat.yaml"));
    let mut allowed = String::new();
    for (number, who) in (1..).zip(["first-on-call", "second-on-call", "counsel"]) {
        let named = format!("id: {who}, signer: {who}@example.org,");
        estate = changed(&estate, &format!("id: {who},"), &named);
        allowed += &format!("{who}@example.org {}\n", key(number).1);
    }
    estate =
        changed(&estate, "records: { people: 1, by: terminal }", &format!("records: {policy}"));
    std::fs::write(root.join("lifeboat.yaml"), estate).unwrap();
    std::fs::write(root.join("allowed_signers"), allowed).unwrap();
    std::fs::copy(folder().join("tracker-loss.yaml"), root.join(SIGNED)).unwrap();
}

/// Opens the incident of a drill that was kept, with the plan that changes something.
fn kept(root: &Path) -> (Incident, Plan) {
    let incidents = Incidents::open(&root.join("kept"), &Id::from("openseeds-drill")).unwrap();
    let id = incidents.list().unwrap().pop().unwrap().id;
    let incident = incidents.incident(id.as_str()).unwrap();
    let plan = plans::all(&incident).unwrap().into_iter().find(|it| it.approval.is_some());
    (incident, plan.unwrap())
}

/// Returns every signed yes of a journal: who, and the key that signed it as a line.
fn signed(records: &[Record]) -> Vec<(String, String)> {
    let of = |record: &Record| {
        let Event::Approved { by, signature, .. } = &record.event else { return None };
        let seal = Seal::parse(signature.as_ref()?.as_bytes()).unwrap();
        let public = PublicKey::from_bytes(seal.key.blob()).unwrap();
        Some((by.clone(), public.to_openssh().unwrap()))
    };
    records.iter().filter_map(of).collect()
}

fn b9_a_drill_is_signed_by_keys_of_its_own_and_nothing_live() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path();
    signing(root, "{ people: 2, by: signature }");
    let words = ["drill", SIGNED, "--unattended", "--json", "--keep", "kept"];
    let played: Value = serde_json::from_str(&lifeboat(root, &words, 0)).unwrap();
    assert_eq!(played["score"]["result"], "passed", "{}", played["score"]);
    let typed = played["typed"].as_array().unwrap();
    let approves = typed.iter().filter(|it| it["command"][0] == "approve");
    let exits: Vec<_> = approves.map(|it| it["exit"].as_i64().unwrap()).collect();
    // Whoever responds is no contact, and may be one of them: three sign, each by a paper that is taken.
    assert_eq!(exits, [0; 6], "{typed:#?}");

    let (incident, plan) = kept(root);
    let records = incident.records().unwrap();
    let signed = signed(&records);
    let names: Vec<_> = signed.iter().map(|(by, _)| by.as_str()).collect();
    assert_eq!(names, ["first-on-call", "second-on-call", "counsel"]);
    let live = read(&root.join("allowed_signers"));
    assert!(signed.iter().all(|(_, key)| !live.contains(key)), "a drill has keys of its own");
    // Even where the drill's keys are listed, without a word of what for, nothing of it is a yes to anything live.
    let own = signed.iter().map(|(by, key)| format!("{by}@example.org {key}\n"));
    let own = own.collect::<String>();
    let digest = Digest::of(&plan).hex();
    let count = |plan: &Plan, allowed: &str| {
        let allowed = AllowedSigners::parse(allowed.as_bytes());
        let lists = (&allowed, &Revoked::default());
        let (vouched, doubted) = vouch(plan, &digest, &records, lists, records[0].at);
        let keys = records.iter().filter(|it| vouched.key(it.seq).is_some()).count();
        (keys, doubted.len())
    };
    assert_eq!(count(&plan, &own), (3, 0), "the control: in the drill they count");
    assert_eq!(count(&Plan { mode: Mode::Live, ..plan.clone() }, &own), (0, 3));
    assert_eq!(count(&plan, &live), (0, 3));
}

fn b9_in_a_drill_too_nobody_signs_for_two() {
    let home = tempfile::tempdir().unwrap();
    signing(home.path(), "{ people: 3, by: signature }");
    let played = drill(home.path(), SIGNED, 4);
    let typed = played["typed"].as_array().unwrap();
    let run = typed.iter().find(|it| it["command"][0] == "run").unwrap();
    assert_eq!(run["exit"], 5, "three sign, and four are needed: {run}");
}

fn b9_in_a_drill_too_each_types_at_a_terminal_of_their_own() {
    let home = tempfile::tempdir().unwrap();
    signing(home.path(), "{ people: 3, by: terminal }");
    let played = drill(home.path(), SIGNED, 0);
    assert_eq!(played["score"]["result"], "passed", "{}", played["score"]);
    let typed = played["typed"].as_array().unwrap();
    let yes =
        typed.iter().filter(|it| ["approve", "run"].contains(&it["command"][0].as_str().unwrap()));
    let by: Vec<_> = yes.map(|it| it["by"].as_str().unwrap()).take(3).collect();
    assert_eq!(by, ["first-on-call", "second-on-call", "responder"]);
}

fn b9_a_person_signs_in_a_drill_as_live_and_nothing_that_is_live() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path();
    signing(root, "{ people: 1, by: signature }");
    for seed in [1, 2] {
        let pair = ssh_key::private::Ed25519Keypair::from_seed(&[seed; 32]);
        let text = ssh_key::PrivateKey::from(pair).to_openssh(ssh_key::LineEnding::LF).unwrap();
        std::fs::write(root.join(format!("key{seed}")), text.as_bytes()).unwrap();
    }
    let drill = ["drill", SIGNED, "--keep", "kept"];
    let mut session = Session::start(root, &drill, Output::Terminal);
    let mut enter = |line: &str, typed: &[(&str, &str)], said: &str| {
        session.answer("exercise> ", line);
        typed.iter().for_each(|(prompt, answer)| session.answer(prompt, answer));
        session.expect(said);
    };
    enter("declare trouble --severity major", &[], "exit 0");
    enter("plan tracker-loss", &[], "exit 0");
    let (_, plan) = kept(root);
    let (digest, short) = (Digest::of(&plan).hex(), Digest::of(&plan).short());
    let answers = [("short digest: ", short.as_str()), ("target: ", plan.target.as_str())];
    // What counts live is nothing here, though the very same person signs the very same words.
    let text = Statement {
        plan: &plan,
        digest: &digest,
        direction: Direction::Do,
        head: None,
        expires: plan.pinned_at + SignedDuration::from_mins(20),
        contact: "first-on-call",
        principal: "first-on-call@example.org",
    }
    .text();
    let live = key(1).0.sign(text.as_bytes(), namespace(Mode::Live)).unwrap();
    std::fs::write(root.join("live"), text + &live).unwrap();
    enter(&format!("approve {short} --take live"), &[], "does not count");
    let agent = format!("approve {short} --as counsel --agent agent.sock");
    enter(&agent, &answers, "a drill opens no socket of this machine");
    enter(&format!("approve {short} --as first-on-call --key key1"), &answers, "exit 0");
    enter(&format!("run {short}"), &[], "1 of 2 approvals given");
    enter(&format!("approve {short} --as second-on-call --key key2"), &answers, "may go on");
    enter(&format!("run {short}"), &[], "exit 0");
    session.answer("exercise> ", "quit");
    let (code, said) = session.finish();
    assert!(code == 0 || code == 4, "{code}: {said}");
    let (incident, _) = kept(root);
    let signed = signed(&incident.records().unwrap());
    let own = [1, 2].map(|seed| key(seed).1);
    assert_eq!(
        signed.iter().map(|(_, key)| key).collect::<Vec<_>>(),
        own.iter().collect::<Vec<_>>()
    );
}
