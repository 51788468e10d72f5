//! The program itself: what is printed to be signed, what is taken, and what runs then.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use libtest_mimic::Trial;
use lifeboat::document::Source;
use lifeboat::drive::{Operation, ground};
use lifeboat::model::Plan;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::{key, private};
use crate::services::fleet::Fleet;
use crate::signals::pty::{Output, Session};

/// Opens what the program opens.
pub fn operation(folder: &Path) -> Operation {
    let path = folder.join("lifeboat.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let source = Source::new(path.display().to_string(), text);
    Operation::open(&source, folder, Some(folder), None).unwrap()
}

/// Returns the trials of the program.
pub fn trials() -> Vec<Trial> {
    trials![
        two_signed_approvals_let_a_plan_run,
        b1_what_a_plan_rests_on_may_not_move,
        b11_no_pipe_says_yes,
        b11_a_person_types_both_answers_where_the_prompt_is_seen,
    ]
}

/// A folder with an estate of one seedbox, an open incident, and its world.
pub struct Place {
    pub folder: tempfile::TempDir,
    pub fleet: Fleet,
    /// How many requests the seedbox says it still takes; it says nothing while that is all.
    pub left: Arc<AtomicU32>,
    _servers: Runtime,
}

impl Place {
    /// Starts it with an approval policy, and key 2 for ben, key 3 for carla.
    pub fn start(policy: &str) -> Self {
        Self::with(policy, |estate| estate)
    }

    /// The same on an estate with more in it.
    pub fn with(policy: &str, alter: impl FnOnce(String) -> String) -> Self {
        let servers = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let left = Arc::new(AtomicU32::new(u32::MAX));
        let says = Arc::clone(&left);
        let headers = move |_: &Value| match says.load(Ordering::SeqCst) {
            u32::MAX => String::new(),
            left => format!("X-RateLimit-Remaining: {left}\r\n"),
        };
        let fleet = servers.block_on(Fleet::start(3, |_, _| None, |_| false, headers));
        let folder = tempfile::tempdir().unwrap();
        let people = "contacts:\n  - { id: anna, signer: anna@example.org }\n  \
            - { id: ben, signer: ben@example.org }\n  - { id: carla, signer: carla@example.org }\n";
        let estate = fleet.estate().replace("people: 1, by: terminal", policy)
            + people
            + "trust: { commits: any }\n";
        std::fs::write(folder.path().join("lifeboat.yaml"), alter(estate)).unwrap();
        let allowed = format!(
            "anna@example.org {}\nben@example.org {}\ncarla@example.org namespaces=\"lifeboat-*\" {}\n",
            key(1).1,
            key(2).1,
            key(3).1
        );
        std::fs::write(folder.path().join("allowed_signers"), allowed).unwrap();
        let place = Self { folder, fleet, left, _servers: servers };
        assert_eq!(place.run(&["declare", "trouble", "--severity", "major"], "").0, 0);
        place
    }

    /// Runs the program with standard input from a pipe: exit code, data, talk.
    pub fn run(&self, words: &[&str], input: &str) -> (i32, String, String) {
        self.run_from(self.folder.path(), words, input)
    }

    /// The same from another folder of theirs.
    fn run_from(&self, place: &Path, words: &[&str], input: &str) -> (i32, String, String) {
        Self::run_at(place, self.folder.path(), words, input)
    }

    /// The same at another machine, whose home a folder is.
    pub fn run_in(folder: &Path, words: &[&str], input: &str) -> (i32, String, String) {
        Self::run_at(folder, folder, words, input)
    }

    fn run_at(place: &Path, home: &Path, words: &[&str], input: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(words).current_dir(place).env_clear().env("HOME", home).env("USER", "anna");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// Pins the plan; returns its short digest, its target and its path.
    pub fn plan(&self) -> (String, String, String) {
        let words = ["plan", "tracker-loss", "--set", "lost=one", "--set", "backup=two", "--json"];
        let (code, out, talk) = self.run(&words, "");
        assert_eq!(code, 0, "{talk}");
        let plan: Value = serde_json::from_str(&out).unwrap();
        let said = |name: &str| plan[name].as_str().unwrap().to_owned();
        (said("short"), said("target"), said("path"))
    }

    /// Signs what the program prints for a person; returns statement and signature in one.
    pub fn signed(&self, short: &str, who: &str, seed: u8) -> String {
        let (code, text, talk) = self.run(&["approve", short, "--as", who], "");
        assert_eq!(code, 0, "{talk}");
        let signature = key(seed).0.sign(text.as_bytes(), "lifeboat-approval@v1").unwrap();
        text + &signature
    }

    /// Returns how many torrents were changed.
    pub fn changes(&self) -> usize {
        self.fleet.lists.lock().unwrap().changes.len()
    }

    /// Returns how often anything was changed.
    pub fn writes(&self) -> u32 {
        self.fleet.lists.lock().unwrap().changes.values().sum()
    }
}

fn two_signed_approvals_let_a_plan_run() {
    let place = Place::start("people: 2, by: signature");
    let (short, ..) = place.plan();
    let run = ["run", &short, "--wait", "1s", "--deadline", "4s"];
    let (code, _, talk) = place.run(&run, "");
    assert!(code == 5 && talk.contains("0 of 2 approvals given"), "{code}: {talk}");

    let take = ["approve", &short, "--take", "-"];
    let (ben, carla) = (place.signed(&short, "ben", 2), place.signed(&short, "carla", 3));
    // Ben's words under carla's key, carla's words under ben's, and a word more.
    let (statement, _) = carla.split_once("-----BEGIN").unwrap();
    let mixed = ben.replacen(ben.split_once("-----BEGIN").unwrap().0, statement, 1);
    for (wrong, said) in [
        (mixed, "did not sign these bytes"),
        (carla.replace("direction: do", "direction: undo"), "did not sign these bytes"),
        (carla.replace("phase: immediate", "phase: recovery"), "it says `phase: recovery`"),
        (carla.replace("mode: live", "mode: drill"), "it says `mode: drill`"),
        (format!("more\n{carla}"), "it says `more`"),
        (statement.to_owned() + "-----BEGIN SSH SIGNATURE-----\n", "cannot be read"),
        (place.signed(&short, "carla", 2), "is not that of carla@example.org"),
        (place.signed(&short, "carla", 9), "is nobody's in `allowed_signers`"),
    ] {
        let (code, _, talk) = place.run(&take, &wrong);
        assert!(code == 5 && talk.contains(said), "{code}: {talk}");
    }
    // The lists beside the estate count, and none where the command is given: one that lets a stranger in, and ben out.
    let elsewhere = place.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let stranger = format!("carla@example.org {}\n", key(9).1);
    std::fs::write(elsewhere.join("allowed_signers"), stranger).unwrap();
    std::fs::write(elsewhere.join("revoked_keys"), key(2).1 + "\n").unwrap();
    let from_there = [&["--estate", "../lifeboat.yaml"][..], &take].concat();
    let (code, _, talk) =
        place.run_from(&elsewhere, &from_there, &place.signed(&short, "carla", 9));
    assert!(code == 5 && talk.contains("is nobody's in `allowed_signers`"), "{code}: {talk}");
    let (code, _, talk) = place.run_from(&elsewhere, &from_there, &ben);
    assert!(code == 0 && talk.contains("1 of 2 approvals"), "{code}: {talk}");
    assert_eq!(place.run(&run, "").0, 5);
    let (code, _, talk) = place.run(&take, &ben);
    assert!(code == 5 && talk.contains("counts once"), "{code}: {talk}");
    // The lines of a mail end in CR LF; a file has its signature beside it.
    let (text, signature) = carla.split_at(carla.find("-----BEGIN").unwrap());
    std::fs::write(place.folder.path().join("yes"), text).unwrap();
    std::fs::write(place.folder.path().join("yes.sig"), signature).unwrap();
    let (code, _, talk) = place.run(&["approve", &short, "--take", "yes"], "");
    assert!(code == 0 && talk.contains("may go on"), "{code}: {talk}");

    // Revoked right before the run, her yes counts for nothing any more.
    let revoked = place.folder.path().join("revoked_keys");
    std::fs::write(&revoked, key(3).1 + "\n").unwrap();
    let (code, _, talk) = place.run(&run, "");
    assert!(code == 5 && talk.contains("is revoked"), "{code}: {talk}");
    assert_eq!(place.changes(), 0);
    std::fs::remove_file(revoked).unwrap();
    let (code, out, talk) = place.run(&run, "");
    assert!(code == 0 || code == 9, "{code}: {out}{talk}");
    assert_eq!(place.changes(), 3);
    let (_, timeline, _) = place.run(&["timeline"], "");
    for line in ["ben approved plan", "carla approved plan", "by signature"] {
        assert!(timeline.contains(line), "{line}: {timeline}");
    }
}

fn b1_what_a_plan_rests_on_may_not_move() {
    let place = Place::start("people: 1, by: terminal");
    let (short, _, path) = place.plan();
    let folder = place.folder.path();
    let estate = std::fs::read_to_string(folder.join("lifeboat.yaml")).unwrap();
    let endpoint = estate.replace("kind: transmission,", "kind: transmission, settle: 1s,");
    let pins = "schema: lifeboat/pins/v1\nhosts:\n  - { host: api.example.org, port: 443, \
        addresses: [\"192.0.2.1\"], learned: 2026-11-01T00:00:00Z, ttl: 1h }\n";
    let moves: [(&str, &str, String); 2] =
        [("estate", "lifeboat.yaml", endpoint), ("`pins`", "pins.yaml", pins.to_owned())];
    for (what, file, text) in moves {
        let before = std::fs::read(folder.join(file)).ok();
        std::fs::write(folder.join(file), text).unwrap();
        let (code, _, talk) = place.run(&["run", &short, "--deadline", "4s"], "");
        assert!(code == 6 && talk.contains(&format!("another {what}")), "{what}: {code}: {talk}");
        match before {
            Some(before) => std::fs::write(folder.join(file), before).unwrap(),
            None => std::fs::remove_file(folder.join(file)).unwrap(),
        }
    }
    let (code, ..) = place.run(&["run", &short, "--deadline", "4s"], "");
    assert_eq!((code, place.changes()), (5, 0), "only the person is missing");

    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut operation = operation(folder);
    assert_eq!(ground::moved(&operation, &plan), None);
    operation.words_digest = "00".repeat(32);
    assert!(ground::moved(&operation, &plan).is_some_and(|(name, ..)| name == "`templates`"));
    for (id, said) in [("sb", "`service sb`"), ("elsewhere", "`service sb`")] {
        let mut operation = self::operation(folder);
        operation.estate.seedboxes[0].rpc = "http://127.0.0.1:1/".to_owned();
        operation.estate.seedboxes[0].id = id.into();
        assert!(ground::moved(&operation, &plan).is_some_and(|(name, ..)| name == said), "{id}");
    }
    every_way_counts(folder, &plan);
}

/// Each thing that says how a service or a vantage is reached is bound, whatever else the estate's digest binds.
fn every_way_counts(folder: &Path, plan: &Plan) {
    let of = |service: &Value, argv: &Value| {
        let mut operation = operation(folder);
        let mut estate = serde_json::to_value(&operation.estate).unwrap();
        estate["seedboxes"] = json!([]);
        estate["dns_providers"] = json!([service]);
        estate["vantages"] = json!([{"id": "there", "kind": "command", "argv": argv}]);
        operation.estate = serde_json::from_value(estate).unwrap();
        operation
    };
    let tsig =
        |name: &str| json!({"name": name, "algorithm": "hmac-sha256", "secret": {"env": "T"}});
    let (argv, service) = (
        json!(["ssh", "there"]),
        json!({"id": "sb", "kind": "rfc2136", "api": "http://127.0.0.1:1/", "server": "127.0.0.1:1", "ca": {"file": "a"},
            "addresses": ["127.0.0.1"], "credential": {"env": "A"}, "tsig": tsig("a."), "zone_id": "a", "nameservers": []}),
    );
    let plan = Plan { rests_on: ground::of(&of(&service, &argv), plan), ..plan.clone() };
    let moved = |service: &Value, argv: &Value| {
        ground::moved(&of(service, argv), &plan).map(|(name, ..)| name)
    };
    assert_eq!(moved(&service, &argv), None);
    for (way, other) in [
        ("kind", json!("powerdns")),
        ("api", json!("http://127.0.0.1:2/")),
        ("server", json!("127.0.0.1:2")),
        ("ca", json!({"file": "b"})),
        ("addresses", json!(["127.0.0.2"])),
        ("credential", json!({"env": "B"})),
        ("tsig", tsig("b.")),
        ("zone_id", json!("b")),
    ] {
        let mut service = service.clone();
        service[way] = other;
        assert_eq!(moved(&service, &argv).as_deref(), Some("`service sb`"), "{way}");
    }
    let named = moved(&service, &json!(["ssh", "elsewhere"]));
    assert_eq!(named.as_deref(), Some("`vantage there`"));
}

fn b11_no_pipe_says_yes() {
    let typed = Place::start("people: 1, by: terminal");
    let signed = Place::start("people: 2, by: signature");
    for place in [&typed, &signed] {
        let (short, target, _) = place.plan();
        std::fs::write(place.folder.path().join("ben"), private(2)).unwrap();
        let answers = ["", "\n", "y\n", "yes\nyes\n", &format!("{short}\n{target}\n"), "\n\n\n"];
        for words in [
            vec!["run", &short, "--deadline", "4s"],
            vec!["approve", &short, "--as", "ben", "--key", "ben"],
        ] {
            for answer in answers {
                let (code, _, talk) = place.run(&words, answer);
                assert_eq!(code, 5, "{words:?} before {answer:?}: {talk}");
            }
        }
        assert_eq!(place.changes(), 0);
        let (_, timeline, _) = place.run(&["timeline"], "");
        assert!(!timeline.contains("approved plan"), "{timeline}");
    }
}

fn b11_a_person_types_both_answers_where_the_prompt_is_seen() {
    let place = Place::start("people: 1, by: terminal");
    let (short, target, _) = place.plan();
    let run = ["run", &short, "--deadline", "4s"];
    for (digest, aim) in [("00000000", target.as_str()), (&short, "another"), (&target, &short)] {
        let mut session = Session::start(place.folder.path(), &run, Output::Terminal);
        session.answer("short digest: ", digest);
        session.answer("target: ", aim);
        let (code, talk) = session.finish();
        assert_eq!(code, 5, "{digest} and {aim}: {talk}");
    }
    // The right answers at a terminal, with the prompt going elsewhere: whoever typed them was not asked.
    let terminal = nix::pty::openpty(None, None).unwrap();
    let typed = format!("{short}\n{target}\n");
    std::fs::File::from(terminal.master.try_clone().unwrap()).write_all(typed.as_bytes()).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(run)
        .current_dir(place.folder.path())
        .env_clear()
        .envs([("HOME", place.folder.path().as_os_str()), ("USER", "anna".as_ref())])
        .stdin(Stdio::from(terminal.slave))
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(5), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(place.changes(), 0);
    let (_, timeline, _) = place.run(&["timeline"], "");
    assert!(!timeline.contains("approved plan"), "{timeline}");
}
