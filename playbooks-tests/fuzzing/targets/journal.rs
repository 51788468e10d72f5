//! Journals: their lines and their chain, and the folds that people read, over whatever a chain may hold.

use jiff::Timestamp;
use lifeboat::journal::line::{FIRST, encode, hash};
use lifeboat::journal::{self, Verified};
use lifeboat::model::{Event, Record};
use lifeboat::view::{Chronicle, handoff, status};

use super::{Target, lies_inside, plain, within};

pub const JOURNAL: Target = Target {
    name: "journal",
    decoders: &["journal::verify"],
    hold,
    planted,
    swollen: &[|size| b"{}\n".repeat(size / 3), |size| b"\n".repeat(size), |size| vec![0; size]],
};

/// The same, with the numbers and hashes of the lines put right: a hash is nothing that a fuzzer guesses.
pub const CHAIN: Target = Target {
    name: "journal-chain",
    decoders: &["journal::verify", "view::Chronicle::fold"],
    hold: hold_chain,
    planted: planted_chain,
    swollen: &[|size| {
        let line = br#"{"v":1,"seq":0,"prev":"","at":"2026-11-26T00:00:00Z","boot":"b","must_understand":false,"event":{"noted":{"by":"a","text":"b"}}}
"#;
        line.repeat(size / line.len())
    }],
};

fn hold(bytes: &[u8]) {
    match within(bytes, || journal::verify(bytes)) {
        Ok(read) => whole(bytes, &read),
        Err(broken) => {
            let line = usize::try_from(broken.line).expect("is small");
            lies_inside(&String::from_utf8_lossy(bytes), line, 1);
            plain(&broken);
        }
    }
}

/// Holds that a journal's parts are all of it.
fn whole(bytes: &[u8], read: &Verified) {
    let torn = read.torn.as_ref().map_or(0, |torn| torn.length);
    assert_eq!(read.chain.length + torn, bytes.len() as u64);
    assert_eq!(read.records.len() + read.unknown.len(), read.hashes.len());
    journal::attest(&read.hashes, &[]);
}

/// Chains the lines that hold a record.
fn chained(bytes: &[u8]) -> (Vec<u8>, Vec<Record>) {
    let (mut text, mut records, mut prev) = (Vec::new(), Vec::new(), FIRST.to_owned());
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(record) = serde_json::from_slice::<Record>(line) else { continue };
        let record = Record { seq: records.len() as u64, prev, ..record };
        let line = encode(&record).expect("a record is plain data");
        prev = hash(line.trim_end().as_bytes());
        text.extend(line.into_bytes());
        records.push(record);
    }
    (text, records)
}

fn hold_chain(bytes: &[u8]) {
    let (text, records) = chained(bytes);
    let read = within(&text, || journal::verify(&text)).expect("what was encoded is read");
    assert!(read.records == records && read.unknown.is_empty(), "{records:?} came back otherwise");
    whole(&text, &read);
    let now = Timestamp::from_second(1_800_000_000).expect("is a time");
    let chronicle = Chronicle::fold(&records);
    let shown = [
        serde_json::to_string(&status(&chronicle, now)),
        serde_json::to_string(&handoff(&chronicle, now)),
    ];
    assert!(shown.iter().all(Result::is_ok));
    journal::incident(&records);
    journal::facts(&records, now);
    journal::may_land_until(&records);
    journal::halt_asked(&records);
    journal::open_run(&records);
    journal::named_transcripts(&records);
    journal::anchor::own(&records, &read.hashes);
}

/// A first line of an unknown kind.
fn planted(bytes: &[u8]) -> Option<bool> {
    let read = journal::verify(bytes).ok()?;
    Some(read.unknown.iter().any(|it| it.must_understand))
}

/// An incident with a long title.
fn planted_chain(bytes: &[u8]) -> Option<bool> {
    let (_, records) = chained(bytes);
    let long = |event: &Event| matches!(event, Event::Declared { title, .. } if title.len() > 24);
    (!records.is_empty()).then(|| records.iter().any(|record| long(&record.event)))
}
