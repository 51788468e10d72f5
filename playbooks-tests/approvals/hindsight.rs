//! `journal verify` and signatures: what verifies, what would not count now, what does not, and what nobody can tell.

use std::fs;

use jiff::SignedDuration;
use libtest_mimic::Trial;
use lifeboat::journal::line::{FIRST, encode, hash};
use lifeboat::journal::verify;
use lifeboat::model::{ApprovalProof, Direction, Event, Plan, Record};
use lifeboat::plan::Digest;
use lifeboat::trust::{AllowedSigners, Doubt, Refusal, Revoked, Statement, hindsight};
use serde_json::Value;

use super::key;
use super::program::Place;

/// Returns the trials of what is looked at afterwards.
pub fn trials() -> Vec<Trial> {
    trials![
        b5_journal_verify_says_of_each_signature_whether_it_verifies,
        b5_a_yes_counted_at_its_time_though_its_key_expired_since,
    ]
}

/// Chains records anew.
fn chained(records: Vec<Record>) -> String {
    let mut prev = FIRST.to_owned();
    let lines = records.into_iter().map(|record| {
        let line = encode(&Record { prev: prev.clone(), ..record }).unwrap();
        prev = hash(line.trim_end().as_bytes());
        line
    });
    lines.collect()
}

#[track_caller]
fn said(place: &Place, code: i32) -> (String, Vec<Value>) {
    let (human, out, talk) = place.run(&["journal", "verify"], "");
    assert_eq!(human, code, "{out}{talk}");
    let (json, document, _) = place.run(&["journal", "verify", "--json"], "");
    assert_eq!(json, code, "{document}");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["whole"], code != 3, "{document}");
    (out + &talk, document["approvals"].as_array().unwrap().clone())
}

fn b5_journal_verify_says_of_each_signature_whether_it_verifies() {
    let place = Place::start("people: 2, by: signature");
    let folder = place.folder.path();
    let (short, _, path) = place.plan();
    let take = ["approve", &short, "--take", "-"];
    for (who, seed) in [("ben", 2), ("carla", 3)] {
        assert_eq!(place.run(&take, &place.signed(&short, who, seed)).0, 0);
    }
    let (text, approvals) = said(&place, 0);
    assert!(text.contains("signature by ben verifies: SHA256:"), "{text}");
    assert!(approvals.iter().all(|it| it["signature"] == "verifies" && it["counts_now"] == true));
    assert_eq!(approvals.len(), 2);

    let journal = std::path::Path::new(&path).ancestors().nth(2).unwrap().join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    let records = verify(&whole).unwrap().records;
    let edit = |signature: Option<String>, means: ApprovalProof, by: &str| {
        let mut records = records.clone();
        let Event::Approved { signature: old, means: was, by: who, .. } =
            &mut records.last_mut().unwrap().event
        else {
            panic!("the last record is no approval");
        };
        (*old, *was, *who) = (signature, means, by.to_owned());
        chained(records)
    };
    let Event::Approved { signature: Some(signature), expires, head, .. } =
        &records.last().unwrap().event
    else {
        panic!("the last record has no signature");
    };
    // Signed as carla by a key of nobody's.
    let plan: Plan = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let statement = Statement {
        plan: &plan,
        digest: &Digest::of(&plan).hex(),
        direction: Direction::Do,
        head: head.as_ref(),
        expires: *expires,
        contact: "carla",
        principal: "carla@example.org",
    };
    let strange = key(9).0.sign(statement.text().as_bytes(), "lifeboat-approval@v1").unwrap();
    // A letter in the last line of base64: the signature itself.
    let (at, signed) = (signature.rfind("\n-----END").unwrap() - 20, ApprovalProof::Signature);
    let mut flipped = signature.clone();
    flipped.replace_range(at..=at, if &signature[at..=at] == "A" { "B" } else { "A" });
    let ben = records[records.len() - 2].event.clone();
    let again = chained(
        [
            &records[..records.len() - 1],
            &[Record { event: ben, ..records.last().unwrap().clone() }],
        ]
        .concat(),
    );
    for (written, because) in [
        (edit(Some(flipped), signed, "carla"), "signature by carla does not verify"),
        (edit(Some(strange), signed, "carla"), "is nobody's in `allowed_signers`"),
        (edit(Some(signature.clone()), signed, "anna"), "signature by anna does not verify"),
        (
            edit(Some(signature.clone()), signed, "mallory\u{1b}[2J"),
            "the plan names no such approver",
        ),
        (edit(None, signed, "carla"), "the record has no signature"),
        (again, "was taken before, and counts once"),
    ] {
        fs::write(&journal, written).unwrap();
        let (text, approvals) = said(&place, 3);
        assert!(text.contains(because) && text.contains("counts for nothing"), "{because}: {text}");
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
        let (first, last) = (&approvals[0], &approvals[1]);
        assert_eq!(
            (&first["signature"], &last["signature"]),
            (&"verifies".into(), &"wrong".into())
        );
        assert_eq!(last["verifies"], false);
    }
    // What was typed has nothing to check.
    fs::write(&journal, edit(None, ApprovalProof::Terminal, "anna")).unwrap();
    let (text, approvals) = said(&place, 0);
    assert!(text.contains("approval by anna: nothing to check"), "{text}");
    assert_eq!(
        (&approvals[1]["signature"], &approvals[1]["verifies"]),
        (&"none".into(), &Value::Null)
    );
    fs::write(&journal, &whole).unwrap();

    // Revoked since.
    fs::write(folder.join("revoked_keys"), key(3).1 + "\n").unwrap();
    let (text, approvals) = said(&place, 0);
    assert!(text.contains("would not count now: the key SHA256:"), "{text}");
    assert_eq!(
        (&approvals[1]["verifies"], &approvals[1]["counts_now"]),
        (&true.into(), &false.into())
    );
    // What says who is revoked is not understood; then nobody says who may sign; then no plan says what was signed.
    let unknown = |because: &str| {
        let (text, approvals) = said(&place, 10);
        assert!(text.contains("not known whether it verifies") && text.contains(because), "{text}");
        assert!(
            approvals.iter().all(|it| it["signature"] == "unknown" && it["verifies"].is_null())
        );
    };
    fs::write(folder.join("revoked_keys"), "nonsense\n").unwrap();
    unknown("revoked_keys");
    fs::remove_file(folder.join("revoked_keys")).unwrap();
    let listed = folder.join("allowed_signers");
    fs::rename(&listed, folder.join("aside")).unwrap();
    unknown("allowed_signers");
    fs::rename(folder.join("aside"), &listed).unwrap();
    let kept = fs::read_to_string(&path).unwrap();
    fs::write(&path, kept.replace("\"immediate\"", "\"recovery\"")).unwrap();
    unknown("was altered");
    fs::write(&path, "{}").unwrap();
    unknown("missing field");
    fs::remove_file(&path).unwrap();
    unknown("the plan's text is gone");
    fs::write(&path, kept).unwrap();
    said(&place, 0);
}

fn b5_a_yes_counted_at_its_time_though_its_key_expired_since() {
    let place = Place::start("people: 2, by: signature");
    let (short, _, path) = place.plan();
    let signed = place.signed(&short, "ben", 2);
    assert_eq!(place.run(&["approve", &short, "--take", "-"], &signed).0, 0);
    let plan: Plan = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let journal = std::path::Path::new(&path).ancestors().nth(2).unwrap().join("journal.jsonl");
    let records = verify(&fs::read(journal).unwrap()).unwrap().records;
    let at = records.last().unwrap().at;
    let judged = |until: SignedDuration, now: SignedDuration| {
        let until = (at + until).strftime("%Y%m%d%H%M%SZ").to_string();
        let line = format!("ben@example.org valid-before=\"{until}\" {}\n", key(2).1);
        let lists = (&AllowedSigners::parse(line.as_bytes()), &Revoked::default());
        hindsight(&plan, &Digest::of(&plan).hex(), &records, lists, at + now).remove(0)
    };
    let (minute, hour) = (SignedDuration::from_mins(1), SignedDuration::from_hours(1));
    let fresh = judged(hour, minute);
    assert!(fresh.then.is_ok() && fresh.now.is_none(), "{fresh:?}");
    let lapsed = judged(minute, hour);
    assert!(lapsed.then.is_ok(), "{lapsed:?}");
    let expired =
        |doubt: Option<Doubt>| matches!(doubt, Some(Doubt::Signature(Refusal::Expired { .. })));
    assert!(expired(lapsed.now.clone()), "{lapsed:?}");
    let late = judged(-minute, minute);
    assert!(expired(late.then.err()), "it was signed after its key had expired");
}
