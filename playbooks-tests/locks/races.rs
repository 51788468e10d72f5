//! Promise B4 between processes: nobody is in while another one is, and nothing but its end frees a lock.

use super::child::{HOST, Other, signer};
use super::{declared, opened};
use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use lifeboat::host::Lock;
use lifeboat::model::{Holder, Id, Life, Lockable, Span};
use lifeboat::store::{Incident, StoreError};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

pub fn trials() -> Vec<Trial> {
    trials![
        b4_nobody_is_in_while_another_one_is,
        b4_a_killed_holder_frees_at_once_and_a_stopped_one_never,
        b4_a_clock_that_jumps_frees_nothing,
        b4_a_lock_of_another_machine_or_of_somebody_stays_locked,
        b4_a_child_that_outlives_its_process_neither_keeps_nor_frees,
        b4_an_incident_in_another_one_s_way_is_named,
    ]
}

const RACERS: usize = 6;
const TIMES: usize = 12;

fn b4_nobody_is_in_while_another_one_is() {
    let root = tempfile::tempdir().unwrap();
    let incident = declared(root.path());
    let mut racers: Vec<Other> =
        (0..RACERS).map(|_| Other::at(root.path(), "e", &incident)).collect();
    racers.iter_mut().for_each(|racer| racer.say(&format!("race {TIMES}")));
    let lines =
        || fs::read_to_string(root.path().join("world")).unwrap_or_default().lines().count();
    let mut killed = Vec::new();
    for racer in racers.iter_mut().take(2) {
        let (seen, end) = (lines(), Instant::now() + Duration::from_secs(20));
        while lines() < seen + 5 && Instant::now() < end {
            racer.signal(Signal::SIGSTOP);
            racer.signal(Signal::SIGCONT);
        }
        killed.push(racer.pid());
        racer.kill();
    }
    let held: Vec<String> = racers.iter_mut().skip(2).map(Other::answer).collect();
    assert_eq!(held, vec![TIMES.to_string(); RACERS - 2], "somebody starved");
    let world = fs::read_to_string(root.path().join("world")).unwrap();
    let (overlaps, ins) = overlaps(&world, &killed);
    eprintln!(
        "B4: {RACERS} processes, {} of them killed, were in {ins} times; {overlaps} overlaps",
        killed.len()
    );
    assert_eq!(overlaps, 0, "{world}");
    assert!(ins >= TIMES * (RACERS - 2), "{world}");
}

/// Counts who came in while another one that was not killed there had not come out.
fn overlaps(world: &str, killed: &[u32]) -> (usize, usize) {
    let (mut inside, mut overlaps, mut ins) = (None, 0, 0);
    for line in world.lines() {
        let (way, pid) = line.split_once(' ').unwrap();
        let pid: u32 = pid.parse().unwrap();
        if way == "in" {
            ins += 1;
            overlaps += usize::from(inside.is_some_and(|other| !killed.contains(&other)));
            inside = Some(pid);
        } else {
            overlaps += usize::from(inside != Some(pid));
            inside = None;
        }
    }
    (overlaps, ins)
}

/// Asks for the incident's lock from this process.
fn ask(root: &Path, incident: &Incident, now: Timestamp) -> Result<(), StoreError> {
    let mine = opened(root, "e").incident(incident.id().as_str()).unwrap();
    let holder = mine.holder(signer(std::process::id()), now);
    mine.hold(holder).map(drop)
}

#[track_caller]
fn busy(result: Result<(), StoreError>) -> lifeboat::model::Held {
    match result {
        Err(StoreError::Busy(held)) => *held,
        other => panic!("it is not held: {other:?}"),
    }
}

fn b4_a_killed_holder_frees_at_once_and_a_stopped_one_never() {
    let root = tempfile::tempdir().unwrap();
    let incident = declared(root.path());
    let mut other = Other::at(root.path(), "e", &incident);
    assert_eq!(other.ask("hold a"), "ok");
    assert_eq!(busy(ask(root.path(), &incident, Timestamp::now())).life, Life::Runs);
    other.signal(Signal::SIGSTOP);
    let held = busy(ask(root.path(), &incident, Timestamp::now()));
    assert_eq!(held.life, Life::Stopped);
    let process = format!("anna on {HOST} (process {}), which is stopped", other.pid());
    assert!(held.to_string().contains(&process), "{held}");
    other.kill();
    assert_eq!(
        incident.held(HOST, Timestamp::now()).unwrap(),
        [],
        "its death frees the service, too"
    );
    ask(root.path(), &incident, Timestamp::now()).unwrap();
}

fn b4_a_clock_that_jumps_frees_nothing() {
    let root = tempfile::tempdir().unwrap();
    let incident = declared(root.path());
    let mut other = Other::at(root.path(), "e", &incident);
    assert_eq!(other.ask("hold"), "ok");
    for jump in [-10 * 365 * 24, -1, 1, 24, 10 * 365 * 24] {
        let now = Timestamp::now() + SignedDuration::from_hours(jump);
        let said = busy(ask(root.path(), &incident, now)).to_string();
        assert!(!said.contains("since -"), "a negative age: {said}");
        assert_eq!(said.contains("a clock that is ahead of this one"), jump < 0, "{said}");
    }
}

fn b4_a_lock_of_another_machine_or_of_somebody_stays_locked() {
    let root = tempfile::tempdir().unwrap();
    let incident = declared(root.path());
    let here = incident.holder(signer(1), Timestamp::now());
    let far = Holder { host: "laptop".to_owned(), ..here.clone() };
    let file = incident.folder().join("run.lock");
    for (signed, life) in [
        (serde_json::to_string(&far).unwrap(), Life::Elsewhere),
        ("{\"us".to_owned(), Life::Unknown),
    ] {
        fs::write(&file, signed).unwrap();
        for _ in 0..3 {
            assert_eq!(busy(ask(root.path(), &incident, Timestamp::now())).life, life);
        }
        incident.take_over(&here, "it is lost", &[], Timestamp::now()).unwrap();
        ask(root.path(), &incident, Timestamp::now()).unwrap();
    }
}

fn b4_a_child_that_outlives_its_process_neither_keeps_nor_frees() {
    let root = tempfile::tempdir().unwrap();
    let incident = declared(root.path());
    let mut other = Other::at(root.path(), "e", &incident);
    assert_eq!(other.ask("hold a"), "ok");
    let child = Pid::from_raw(other.ask("child").parse().unwrap());
    let alive = || kill(child, None).is_ok();
    busy(ask(root.path(), &incident, Timestamp::now()));
    other.kill();
    assert!(alive(), "the child died with its process: the trial shows nothing");
    let freed = ask(root.path(), &incident, Timestamp::now());
    let service = Lock::try_take(&root.path().join("e/locks/a.lock")).unwrap();
    assert!(alive());
    // The second holder's lock must outlive the first one's child as well.
    let mut second = Other::at(root.path(), "e", &incident);
    assert_eq!(second.ask("hold"), "ok");
    kill(child, Signal::SIGKILL).unwrap();
    freed.unwrap();
    assert!(service.is_some(), "the child keeps the service locked");
    busy(ask(root.path(), &incident, Timestamp::now()));
}

fn b4_an_incident_in_another_one_s_way_is_named() {
    let root = tempfile::tempdir().unwrap();
    let (one, two) = (declared(root.path()), declared(root.path()));
    let mut other = Other::at(root.path(), "e", &one);
    assert_eq!(other.ask("hold shared"), "ok");
    assert_eq!(other.ask("start"), "ok");
    let hold = two.hold(two.holder(signer(2), Timestamp::now())).unwrap();
    let services = ["alone", "shared"].map(Id::from).into_iter().collect();
    let error = two.hold_services(hold, &services, Span::default()).unwrap_err();
    let hint = error.hint().unwrap();
    let StoreError::Busy(held) = error else { panic!("not busy: {error}") };
    assert_eq!(held.what, Lockable::Service("shared".into()));
    let said = held.to_string();
    assert!(said.contains(&format!("for the incident `{}`", one.id())), "{said}");
    assert!(said.contains("its last record is #1 `started`, "), "{said}");
    assert!(hint.contains(&format!("take-over --incident {}", one.id())), "{hint}");
    assert_eq!(
        two.held(HOST, Timestamp::now()).unwrap().len(),
        1,
        "what it had got was not given back"
    );
}
