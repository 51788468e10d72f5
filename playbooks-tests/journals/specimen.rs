//! Journals to be tampered with: one of every kind of record, and one that a rehearsal really wrote.

use jiff::Timestamp;
use lifeboat::journal::line::{FIRST, encode, hash};
use lifeboat::model::*;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The plan of the specimen.
pub const DIGEST: &str = "0f3c9a7be4d1528860aa11bb22cc33dd44ee55ff66778899aabbccddeeff0011";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// Chains events as the program writes them.
pub fn chained(events: Vec<Event>) -> Vec<u8> {
    let (mut bytes, mut prev) = (Vec::new(), FIRST.to_owned());
    for (seq, event) in (0_u32..).zip(events) {
        let must_understand = event.must_understand();
        let (seq, at, boot) = (u64::from(seq), at(i64::from(seq)), "0011223344556677".to_owned());
        let line = encode(&Record { seq, prev, at, boot, must_understand, event }).unwrap();
        prev = hash(line.trim_end().as_bytes());
        bytes.extend(line.into_bytes());
    }
    bytes
}

/// Returns one event of every kind, in an order that a journal may have.
pub fn every_kind() -> Vec<Event> {
    let (step, digest, by) = (Id::from("move"), DIGEST.to_owned(), "anna".to_owned());
    let because = "it is so".to_owned();
    let direction = Direction::Do;
    let events = vec![
        Event::Declared {
            incident: "2026-11-26-names-fail".into(),
            title: "names fail".into(),
            severity: Severity::Major,
            estate: "openseeds".into(),
            mode: Mode::Live,
        },
        Event::Diagnosed {
            verdict: Verdict::Fault,
            advice: Some(Advice::Act),
            since: Some(at(-60)),
            causes: Vec::new(),
            because: vec![because.clone()],
            evidence: Some("ab".repeat(32)),
        },
        Event::Planned {
            digest: digest.clone(),
            runbook: "dns-provider-outage".into(),
            phase: Phase::Immediate,
            changes: 1,
            target: "z-main".into(),
        },
        Event::Overridden {
            digest: digest.clone(),
            limit: LimitKind::ALL[0],
            step: step.clone(),
            because: because.clone(),
            by: by.clone(),
            reason: because.clone(),
        },
        Event::Refused { what: "plan".to_owned(), because: because.clone(), by: by.clone() },
        Event::Approved {
            digest: digest.clone(),
            by: by.clone(),
            means: ApprovalProof::Terminal,
            direction,
            expires: at(900),
            head: None,
            signature: None,
            standing: None,
            code: None,
        },
        Event::WrongCode {
            digest: digest.clone(),
            contact: "ben".into(),
            number: 7,
            by: by.clone(),
            tries: 1,
        },
        Event::BrokeGlass {
            digest: digest.clone(),
            by: by.clone(),
            direction,
            reason: because.clone(),
            expires: at(900),
            head: None,
        },
        Event::Started { digest: digest.clone(), direction },
        Event::Checked {
            step: "look".into(),
            truth: Truth::True,
            because: because.clone(),
            evidence: None,
        },
        Event::Waiting { step: "rest".into(), until: at(60) },
        Event::Waited { step: "rest".into(), truth: Truth::True, because: because.clone() },
        Event::Asked { step: "ask".into(), question: "Go on?".into() },
        Event::Answered { step: "ask".into(), answer: "yes".into(), by: by.clone() },
        Event::Telling {
            step: "say".into(),
            channel: "team".into(),
            language: "en".into(),
            text: "**We** move.\n".into(),
        },
        Event::Told {
            step: "say".into(),
            channel: "team".into(),
            language: "en".into(),
            delivery: Delivery::Delivered,
            because: because.clone(),
        },
        Event::Intended {
            step: step.clone(),
            change: 0,
            direction,
            key: "k1".into(),
            lands_by: at(30),
        },
        Event::Deferred {
            step: step.clone(),
            change: 0,
            direction,
            until: at(40),
            because: because.clone(),
        },
        Event::InDoubt { step: step.clone(), change: 0, direction, because: because.clone() },
        Event::Deferred {
            step: step.clone(),
            change: 0,
            direction,
            until: at(31),
            because: because.clone(),
        },
        Event::Settled {
            step: step.clone(),
            change: 0,
            direction,
            end: End::Landed,
            because: because.clone(),
        },
        Event::Verified {
            step: step.clone(),
            direction,
            outcome: Proven::Yes,
            because: because.clone(),
        },
        Event::WentOn { step: "say".into(), because: because.clone() },
        Event::TurnedBack { step: step.clone(), because: because.clone() },
        Event::HaltAsked { by: by.clone(), reason: because.clone() },
        Event::Halted { by: by.clone() },
        Event::TakenOver { by: by.clone(), from: "berta".into(), reason: because.clone() },
        Event::Resumed { digest: digest.clone() },
        Event::Held { step: step.clone(), because: because.clone(), left: vec![step], who: None },
        Event::Finished { digest, outcome: Outcome::Held },
        Event::Resolved { because: because.clone() },
        Event::Noted { by: by.clone(), text: "a \"note\" of \u{fc}".into() },
        Event::Purged {
            by: by.clone(),
            because: because.clone(),
            transcripts: vec!["ab".repeat(32)],
        },
        Event::Closed { by, reason: because },
    ];
    for kind in Event::KINDS {
        assert!(events.iter().any(|event| event.kind() == *kind), "no `{kind}` in the specimen");
    }
    events
}

/// The folder of an incident that a rehearsal wrote.
pub fn rehearsed() -> PathBuf {
    static KEPT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, folder) = KEPT.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(["drill", "tracker-loss", "--unattended", "--keep", "kept"]);
        command.current_dir(home.path()).env_clear().env("HOME", home.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let below = |folder: PathBuf| {
            let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
        };
        let incidents = below(home.path().join("kept")).into_iter().flat_map(below);
        let mut incidents = incidents.filter(|it| it.join("journal.jsonl").is_file());
        let folder = incidents.next().unwrap();
        (home, folder)
    });
    folder.clone()
}

/// Copies an incident's folder, to be spoilt.
pub fn copied(folder: &std::path::Path, to: &std::path::Path) -> PathBuf {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copied(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
    to.to_owned()
}
