//! Breaking glass with the program itself: what is typed, what is refused all the same, and what is read afterwards.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use lifeboat::model::{Direction, Event, Id, Mode, Plan};
use lifeboat::plan::Digest;
use lifeboat::store::{Incident, Incidents, Signer};

use super::glass::REASON;
use super::program::Place;
use crate::signals::pty::{Output, Session};

/// Returns the trials of breaking glass with the program.
pub fn trials() -> Vec<Trial> {
    trials![
        b7_a_person_breaks_it_at_a_terminal_and_everything_says_so,
        b7_what_is_typed_wrong_breaks_nothing,
        b7_a_reason_is_long_and_nothing_whole_is_broken,
        b7_no_pipe_breaks_it,
        b7_no_precondition_is_skipped,
    ]
}

/// What is done to a plan.
type Mutation = fn(&mut Plan);

const TWO: &str = "people: 2, by: signature";

/// Starts a command that breaks the glass, at a terminal.
fn breaking(place: &Place, command: &str, short: &str) -> Session {
    let words = [command, short, "--break-glass", REASON, "--wait", "1s", "--deadline", "6s"];
    Session::start(place.folder.path(), &words, Output::Terminal)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn b7_a_person_breaks_it_at_a_terminal_and_everything_says_so() {
    let place = Place::start(TWO);
    let (short, target, _) = place.plan();
    let mut session = breaking(&place, "run", &short);
    session.expect("BREAKING THE GLASS");
    session.answer("short digest: ", &short);
    session.answer("target: ", &target);
    session.answer("type \"break glass\": ", "break glass");
    let (code, said) = session.finish();
    assert!(code == 0 || code == 9, "{code}: {said}");
    assert!(said.contains("GLASS BROKEN BY operator"), "{said}");
    assert!(!said.contains("EXERCISE"), "{said}");
    assert_eq!(place.changes(), 3);

    let reads = |closed: &str| {
        let message = ["message", "status/investigating", "--audience", "team"];
        let german = [&message[..], &["--language", "de"]].concat();
        for words in [
            &["status"][..],
            &["timeline"],
            &["handoff"],
            &["postmortem"],
            &["postmortem", "--format", "html"],
            &message,
            &german,
        ] {
            for form in [&[][..], &["--json"]] {
                let words = [words, form].concat();
                let (code, text, talk) = place.run(&words, "");
                assert_eq!(code, 0, "{words:?}: {talk}");
                let line = one_line(&text);
                for part in [REASON, "operator", &short] {
                    assert!(line.contains(part), "{words:?} {closed}: no `{part}`:\n{text}");
                }
            }
        }
        let (_, text, _) = place.run(&["postmortem"], "");
        let review = format!("Have a second person review plan {short}");
        assert!(one_line(&text).contains(&review), "{text}");
    };
    reads("");

    // It was of that run alone: neither the plan nor its undo may go on by it.
    let (code, _, talk) = place.run(&["run", &short, "--deadline", "6s"], "");
    assert!(code == 6 && talk.contains("begun already"), "{code}: {talk}");
    let (code, _, talk) = place.run(&["undo", &short, "--deadline", "6s"], "");
    assert_eq!(code, 6, "while the tracker is dead nothing goes back to it: {talk}");
    place.fleet.lost_answers(true);
    let (code, _, talk) = place.run(&["undo", &short, "--deadline", "6s"], "");
    assert!(code == 5 && talk.contains("0 of 2 approvals"), "{code}: {talk}");
    assert_eq!(place.writes(), 3);
    let mut session = breaking(&place, "undo", &short);
    session.expect("BREAKING THE GLASS");
    session.answer("short digest: ", &short);
    session.answer("target: ", &target);
    session.answer("type \"break glass\": ", "break glass");
    let (code, said) = session.finish();
    assert!(code == 0 || code == 9, "{code}: {said}");
    assert!(said.contains("GLASS BROKEN BY operator"), "{said}");
    assert_eq!(place.writes(), 6);
    let (_, timeline, _) = place.run(&["timeline"], "");
    assert_eq!(timeline.matches("GLASS BROKEN").count(), 2, "{timeline}");
    assert_eq!(place.run(&["resume", "--wait", "1s"], "").0 % 9, 0);
    place.run(&["close", "--reason", "it is over"], "");
    reads("after the end");
}

fn b7_what_is_typed_wrong_breaks_nothing() {
    let place = Place::start(TWO);
    let (short, target, _) = place.plan();
    let right = [short.as_str(), &target, "break glass"];
    for (number, wrong) in [(0, "12345678"), (1, "sb"), (2, "yes"), (2, ""), (2, "BREAK GLASS")] {
        let mut typed = right;
        typed[number] = wrong;
        let mut session = breaking(&place, "run", &short);
        session.answer("short digest: ", typed[0]);
        session.answer("target: ", typed[1]);
        if number == 2 {
            session.answer("type \"break glass\": ", typed[2]);
        }
        let (code, said) = session.finish();
        assert_eq!(code, 5, "{wrong}: {said}");
        assert!(!said.contains("GLASS BROKEN"), "{said}");
    }
    assert_eq!(place.changes(), 0);
    let (_, timeline, _) = place.run(&["timeline"], "");
    assert!(!timeline.contains("GLASS"), "{timeline}");
}

fn b7_a_reason_is_long_and_nothing_whole_is_broken() {
    let signed = Place::start(TWO);
    let (short, ..) = signed.plan();
    for command in ["run", "undo"] {
        for (reason, found) in [
            ("", "this has 0 and 0"),
            ("it burns", "this has 8 and 2"),
            ("now now now now now now now now now now now now", "and 1"),
            ("a b c d e f                                          ", "this has 11 and 6"),
            ("Ben and Carla are on one flight\nand names stop resolving", "one line"),
        ] {
            let (code, _, talk) = signed.run(&[command, &short, "--break-glass", reason], "");
            let wanted =
                found == "one line" || talk.contains("40 characters and 6 different words");
            assert!(code == 2 && wanted && talk.contains(found), "{code}: {reason:?}: {talk}");
        }
    }
    // No other command knows it: a plan beyond a limit is refused as ever.
    for command in [&["plan", "tracker-loss"][..], &["approve", &short], &["resume"]] {
        let (code, ..) = signed.run(&[command, &["--break-glass", REASON]].concat(), "");
        assert_eq!(code, 2, "{command:?}");
    }

    let whole = |place: &Place, short: &str, said: &str| {
        let words = ["run", short, "--break-glass", REASON, "--deadline", "6s"];
        let (code, _, talk) = place.run(&words, "");
        assert!(code == 2 && talk.contains(said), "{code}: {talk}");
        assert_eq!(place.changes(), 0);
    };
    for (who, seed) in [("ben", 2), ("carla", 3)] {
        let yes = signed.signed(&short, who, seed);
        assert_eq!(signed.run(&["approve", &short, "--take", "-"], &yes).0, 0);
    }
    whole(&signed, &short, "may go on as it is");
    let typed = Place::start("people: 1, by: terminal");
    let (short, ..) = typed.plan();
    whole(&typed, &short, "nothing is missing but your own yes");
}

fn b7_no_pipe_breaks_it() {
    for policy in [TWO, "people: 2, by: terminal"] {
        let place = Place::start(policy);
        let (short, target, _) = place.plan();
        let words = ["run", &short, "--break-glass", REASON, "--deadline", "6s"];
        let right = format!("{short}\n{target}\nbreak glass\n");
        for answer in
            ["", "\n\n\n", "y\ny\ny\n", "yes\nyes\nyes\n", &right, &right.replace('\n', "\r\n")]
        {
            let (code, _, talk) = place.run(&words, answer);
            assert_eq!(code, 5, "before {answer:?}: {talk}");
            assert!(!talk.contains("GLASS BROKEN"), "{talk}");
        }
        assert_eq!(place.changes(), 0);
        let (_, timeline, _) = place.run(&["timeline"], "");
        assert!(!timeline.contains("GLASS"), "{timeline}");
    }
}

/// A control target: a name server that answers until it is told to be silent.
fn control(silent: &Arc<AtomicBool>) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (address, silent) = (socket.local_addr().unwrap(), Arc::clone(silent));
    std::thread::spawn(move || {
        let mut message = [0; 1500];
        while let Ok((length, asker)) = socket.recv_from(&mut message) {
            if !silent.load(Ordering::SeqCst) {
                message[2] |= 0x80;
                let _ = socket.send_to(&message[..length], asker);
            }
        }
    });
    format!(
        "controls:\n  - {{ id: control, kind: dns, address: \"{address}\", name: control.example., type: SOA }}\n"
    )
}

fn incident(place: &Place) -> Incident {
    let root = place.folder.path().join(".local/state/lifeboat");
    Incidents::open(&root, &"fleet".into()).unwrap().sole_open().unwrap()
}

/// Breaks the glass for a plan, as a person at a terminal did a moment ago.
fn broken(incident: &Incident, plan: &Plan) {
    let now = Timestamp::now();
    let event = Event::BrokeGlass {
        digest: Digest::of(plan).hex(),
        by: "anna".to_owned(),
        direction: Direction::Do,
        reason: REASON.to_owned(),
        expires: now + SignedDuration::from_mins(15),
        head: None,
    };
    incident.append(event, now).unwrap();
}

/// Pins a plan as it never was, and breaks the glass for it; returns its digest.
fn pinned(incident: &Incident, plan: &Plan) -> String {
    let digest = Digest::of(plan).hex();
    incident.save_plan(plan, &digest).unwrap();
    let event = Event::Planned {
        digest: digest.clone(),
        runbook: plan.runbook.id.clone(),
        phase: plan.phase,
        changes: 3,
        target: plan.target.clone(),
    };
    incident.append(event, Timestamp::now()).unwrap();
    broken(incident, plan);
    digest
}

/// With the glass broken, a plan that may not go on is refused as it is without.
fn b7_no_precondition_is_skipped() {
    let silent = Arc::new(AtomicBool::new(false));
    let place = Place::with(TWO, |estate| {
        let quota = "kind: transmission, quota: { requests: 5000, per: 5m },";
        estate.replace("kind: transmission,", quota) + &control(&silent)
    });
    let incident = incident(&place);
    let read = |path: &str| -> Plan {
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let mut refused = 0;
    let mut refuses = |what: &str, plan: &str, exit: i32, said: &str| {
        let words = ["run", plan, "--wait", "1s", "--deadline", "6s"];
        let (code, out, talk) = place.run(&words, "");
        assert!(
            code == exit && talk.contains(said) || out.contains(said),
            "{what}: {code}: {out}{talk}"
        );
        assert_eq!((code, place.changes()), (exit, 0), "{what}: {out}{talk}");
        refused += 1;
    };
    let (short, _, path) = place.plan();
    let plan = read(&path);
    refuses("nobody has approved", &short, 5, "0 of 2 approvals given");
    broken(&incident, &plan);

    let mutated: [(&str, Mutation, &str); 4] = [
        ("stale", |plan| plan.start_by = Timestamp::UNIX_EPOCH, "had to begin by"),
        ("drill", |plan| plan.mode = Mode::Drill, "another mode"),
        ("incident", |plan| plan.incident = Id::from("2026-01-01-other"), "another incident"),
        ("version", |plan| plan.tool = "0.0.0".to_owned(), "another version"),
    ];
    for (what, mutate, said) in mutated {
        let mut other = plan.clone();
        mutate(&mut other);
        refuses(what, &pinned(&incident, &other), 6, said);
    }

    let estate = place.folder.path().join("lifeboat.yaml");
    let text = std::fs::read_to_string(&estate).unwrap();
    std::fs::write(&estate, text.clone() + "# moved\n").unwrap();
    refuses("ground", &short, 6, "another estate");
    std::fs::write(&estate, text.replace("commits: any", "commits: signed")).unwrap();
    refuses("custody", &short, 6, "commit");
    std::fs::write(&estate, text).unwrap();

    let holder = Signer { user: "berta", host: "bridge", pid: std::process::id() };
    let hold = incident.hold(incident.holder(holder, Timestamp::now())).unwrap();
    refuses("lock", &short, 11, "berta on bridge");
    drop(hold);

    silent.store(true, Ordering::SeqCst);
    refuses("observer", &short, 6, "cannot see the world");
    silent.store(false, Ordering::SeqCst);

    place.left.store(7, Ordering::SeqCst);
    refuses("quota", &short, 6, "takes 7 requests now");
    place.left.store(u32::MAX, Ordering::SeqCst);

    // Somebody else writes: the run finds it before its first write.
    let (second, _, path) = place.plan();
    broken(&incident, &read(&path));
    let change = |url: &str| {
        let mut lists = place.fleet.lists.lock().unwrap();
        lists.urls.values_mut().for_each(|it| url.clone_into(it));
    };
    change("udp://192.0.2.9:1/announce");
    refuses("drift", &second, 6, "refused");
    change(&place.fleet.one);

    // The control: none of these reasons is left, and the very same glass lets the plan go on.
    let (third, _, path) = place.plan();
    broken(&incident, &read(&path));
    let words = ["run", &short, "--wait", "1s", "--deadline", "6s"];
    let (code, out, talk) = place.run(&words, "");
    assert!(code == 0 || code == 9, "{code}: {out}{talk}");
    assert_eq!(place.changes(), 3);

    change(&place.fleet.one);
    place.fleet.lists.lock().unwrap().changes.clear();
    place.run(&["resume", "--wait", "1s"], "");
    place.fleet.lists.lock().unwrap().changes.clear();
    assert_eq!(place.run(&["close", "--reason", "it is over"], "").0, 0);
    let (code, out, talk) =
        place.run(&["run", &third, "--incident", incident.id().as_str(), "--deadline", "6s"], "");
    assert!(code == 6 && talk.contains("closed"), "closed: {code}: {out}{talk}");
    assert_eq!(place.changes(), 0);
    eprintln!("B7: {} reasons, each refused with its own exit code, the glass broken", refused);
}
