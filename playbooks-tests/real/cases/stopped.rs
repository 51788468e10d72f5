//! Promise B3 on real servers: a run that was stopped, taken over and let go on writes nothing after the newer one.

use super::operator::{Pinned, approve, declare, plan, verify_journal};
use crate::real::failover::{Failover, NS_A, NS_B, ZONE};
use crate::real::holding::{Holding, Part};
use crate::real::lab::Lab;
use crate::real::lifeboat::Terminal;
use crate::real::until::until;
use libtest_mimic::Trial;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Returns the trials of the case.
pub fn trials() -> Vec<Trial> {
    trials![
        b3_stopped_before_its_intent_and_let_go_at_once,
        b3_stopped_before_its_intent_and_let_go_after_the_newer,
        b3_stopped_before_its_request_left_and_let_go_at_once,
        b3_stopped_before_its_request_left_and_let_go_after_the_newer,
        b3_stopped_with_its_request_half_out_and_let_go_in_time,
        b3_a_request_that_lands_too_late_is_found_and_alarmed,
        b4_a_second_incident_is_kept_off_a_service,
    ]
}

const RUNBOOK: &str = "dns-provider-outage";
const PATIENCE: Duration = Duration::from_secs(60);
/// A run that goes on first waits until the older write can no longer land.
const WITHIN: Duration = Duration::from_secs(90);

/// Where the older run is stopped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// Its look before the write is out, and not answered.
    BeforeIntent,
    /// Its intent is durable, and it reads its credential.
    BeforeRequest,
    /// The head of its request has arrived, and nothing more was taken.
    HalfOut,
}

/// When it goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LetGo {
    AtOnce,
    AfterTheNewer,
}

/// A lab with an outage and a pinned plan.
struct Scene {
    lab: Lab,
    topology: Failover,
    proxy: Holding,
    incident: PathBuf,
    pinned: Pinned,
    before: Vec<Value>,
}

impl Scene {
    fn new() -> Scene {
        let lab = Lab::new();
        let mut topology = Failover::start(&lab, &[NS_A]);
        let proxy = Holding::start(lab.at(6, 8081), topology.parent.api);
        let before = topology.parent.rrsets("test.");
        let api = topology.parent.base();
        let api = api.replace(&topology.parent.api.to_string(), &proxy.address.to_string());
        let script = credential(&lab, &topology.parent.key);
        let registrar = topology.estate.item("registrars", "reg-north");
        registrar["api"] = api.into();
        registrar["settle"] = "2s".into();
        registrar["credential"] = json!({"command": ["sh", script.display().to_string()]});
        topology.estate.write(&lab);
        topology.a.daemon.kill();
        let incident = declare(&lab, "names of our zone no longer resolve");
        let pinned = plan(&lab, &[RUNBOOK]);
        Scene { lab, topology, proxy, incident, pinned, before }
    }

    /// Begins the run and stops its process where it shall stand.
    fn stopped(&self, stop: Stop) -> Terminal {
        match stop {
            Stop::BeforeIntent => self.proxy.hold("GET", Part::Whole),
            Stop::HalfOut => self.proxy.hold("PATCH", Part::Head),
            Stop::BeforeRequest => {
                self.lab.write("armed", "");
            }
        }
        let old = approve(&self.lab, &["run", self.pinned.short()], &self.pinned);
        match stop {
            Stop::BeforeIntent | Stop::HalfOut => self.proxy.held(),
            Stop::BeforeRequest => until("the credential to be asked for", PATIENCE, || {
                self.lab.folder().join("asked").exists().then_some(())
            }),
        }
        signal(&old, Signal::SIGSTOP);
        let stat = format!("/proc/{}/stat", old.pid());
        until("the process to stop", PATIENCE, || {
            fs::read_to_string(&stat).unwrap().contains(") T ").then_some(())
        });
        let intends = self.journal().iter().any(|record| record["event"]["intended"].is_object());
        assert_eq!(intends, stop != Stop::BeforeIntent, "it stands somewhere else");
        assert_eq!(self.topology.parent.patches(), 0, "its write has arrived already");
        old
    }

    /// Lets the stopped process go on, and what it waits for as well; it must say who took the run over.
    fn let_go(&self, old: Terminal, stop: Stop) {
        match stop {
            Stop::BeforeIntent => self.proxy.let_go(),
            Stop::BeforeRequest => fs::write(self.lab.folder().join("go"), "").unwrap(),
            Stop::HalfOut => {}
        }
        signal(&old, Signal::SIGCONT);
        let said = old.finish().code(11).stdout;
        assert!(said.contains("took the run over"), "{said}");
    }

    /// Takes the run over from the stopped process.
    fn take_over(&self, old: &Terminal) {
        let process = format!("process {}", old.pid());
        let second = self.lab.lifeboat(&["resume"]).run().code(11).stderr;
        assert!(second.contains(&process) && second.contains("which is stopped"), "{second}");
        self.lab.lifeboat(&["take-over", "--reason", " "]).run().code(2);
        let taken = self.lab.lifeboat(&["take-over", "--reason", "it hangs"]).run().code(0).stdout;
        assert!(taken.contains(&process) && taken.contains("`reg-north`"), "{taken}");
    }

    #[track_caller]
    fn resume(&self, code: i32) {
        self.lab.lifeboat(&["resume"]).within(WITHIN).run().code(code);
    }

    fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.incident.join("journal.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Counts what the older process wrote into the journal after it was taken over.
    fn records_of_the_old(&self) -> usize {
        let journal = self.journal();
        let began = journal.iter().find(|it| it["event"]["started"].is_object()).unwrap();
        let over = journal.iter().position(|it| it["event"]["taken-over"].is_object()).unwrap();
        journal[over..].iter().filter(|record| record["boot"] == began["boot"]).count()
    }

    #[track_caller]
    fn writes(&self, wanted: usize) {
        assert_eq!(self.topology.parent.patches(), wanted, "the server's own log counts otherwise");
    }

    fn delegated_to(&self) -> Value {
        let set = self.topology.parent.rrset("test.", ZONE, "NS").unwrap();
        set["records"][0]["content"].clone()
    }
}

/// A command that prints the key. While `armed` is there and a write is intended, it first waits for `go`.
fn credential(lab: &Lab, key: &str) -> PathBuf {
    let folder = lab.folder().display();
    nix::unistd::mkfifo(&lab.folder().join("go"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let script = format!(
        "cd {folder}\nif cat incidents/*/*/journal.jsonl | grep -q '\"intended\"' && mv armed asked 2>/dev/null\n\
         then cat go >/dev/null\nfi\necho {key}\n"
    );
    lab.write("key.sh", script)
}

fn signal(terminal: &Terminal, signal: Signal) {
    kill(Pid::from_raw(terminal.pid() as i32), signal).unwrap();
}

/// Stops the older run, takes it over, carries it to its end and back, and counts what the older one wrote.
fn never_after_the_newer(stop: Stop, when: LetGo) {
    let mut scene = Scene::new();
    let old = scene.stopped(stop);
    scene.take_over(&old);
    let mut waiting = Some(old);
    if when == LetGo::AtOnce {
        scene.let_go(waiting.take().unwrap(), stop);
        scene.writes(0);
    }
    scene.resume(0);
    scene.writes(1);
    assert_eq!(scene.delegated_to(), NS_B);
    scene.topology.a.restart();
    approve(&scene.lab, &["undo"], &scene.pinned).finish().code(0);
    scene.writes(2);
    if let Some(old) = waiting {
        scene.let_go(old, stop);
    }
    scene.writes(2);
    assert_eq!(
        scene.topology.parent.rrsets("test."),
        scene.before,
        "the older one wrote after the newer"
    );
    assert_eq!(scene.records_of_the_old(), 0, "{:#?}", scene.journal());
    verify_journal(&scene.lab);
    eprintln!("B3: the newer run wrote twice, the older one after it 0 times, and 0 records");
}

fn b3_stopped_before_its_intent_and_let_go_at_once() {
    never_after_the_newer(Stop::BeforeIntent, LetGo::AtOnce);
}

fn b3_stopped_before_its_intent_and_let_go_after_the_newer() {
    never_after_the_newer(Stop::BeforeIntent, LetGo::AfterTheNewer);
}

fn b3_stopped_before_its_request_left_and_let_go_at_once() {
    never_after_the_newer(Stop::BeforeRequest, LetGo::AtOnce);
}

fn b3_stopped_before_its_request_left_and_let_go_after_the_newer() {
    never_after_the_newer(Stop::BeforeRequest, LetGo::AfterTheNewer);
}

fn b3_stopped_with_its_request_half_out_and_let_go_in_time() {
    let scene = Scene::new();
    let old = scene.stopped(Stop::HalfOut);
    scene.take_over(&old);
    // The network delivers it in time: the newer run waits for that, and does not write it again.
    scene.proxy.let_go();
    scene.resume(0);
    scene.writes(1);
    assert_eq!(scene.delegated_to(), NS_B);
    scene.let_go(old, Stop::HalfOut);
    scene.writes(1);
    assert_eq!(scene.records_of_the_old(), 0, "{:#?}", scene.journal());
    verify_journal(&scene.lab);
}

fn b3_a_request_that_lands_too_late_is_found_and_alarmed() {
    let mut scene = Scene::new();
    let old = scene.stopped(Stop::HalfOut);
    scene.take_over(&old);
    scene.resume(0);
    scene.writes(1);
    scene.topology.a.restart();
    // Far beyond what the service declares, the older request follows on the newer one's heels.
    scene.proxy.chase();
    let undone = approve(&scene.lab, &["undo"], &scene.pinned).finish().code(8).stdout;
    scene.writes(3);
    assert_eq!(scene.delegated_to(), NS_B, "nothing landed late: the trial shows nothing");
    assert!(undone.contains("held"), "{undone}");
    let status = scene.lab.lifeboat(&["status"]).run().code(0).stdout;
    assert!(status.contains("held"), "nothing is alarmed: {status}");
    scene.let_go(old, Stop::HalfOut);
    assert_eq!(scene.records_of_the_old(), 0, "{:#?}", scene.journal());
    verify_journal(&scene.lab);
}

fn b4_a_second_incident_is_kept_off_a_service() {
    let scene = Scene::new();
    scene.proxy.hold("GET", Part::Whole);
    let first = approve(&scene.lab, &["run", scene.pinned.short()], &scene.pinned);
    scene.proxy.held();
    let other = declare(&scene.lab, "the same, seen by somebody else");
    let other = other.file_name().unwrap().to_str().unwrap().to_owned();
    let again = plan(&scene.lab, &["--incident", &other, RUNBOOK]);
    let second =
        scene.lab.lifeboat(&["--incident", &other, "run", again.short()]).run().code(11).stderr;
    let name = scene.incident.file_name().unwrap().to_str().unwrap();
    for part in [
        "the service `reg-north`",
        name,
        &format!("process {}", first.pid()),
        "its last record is #",
    ] {
        assert!(second.contains(part), "`{part}` is not said: {second}");
    }
    scene.writes(0);
    scene.proxy.let_go();
    first.finish().code(0);
    scene.writes(1);
}
