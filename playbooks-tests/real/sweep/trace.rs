//! What a process asks of the kernel, and a signal or an error at one of those calls.

use super::slot::Slot;
use crate::real::lifeboat::Lifeboat;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A call of the kernel: the k-th of its kind on the first thread.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Boundary {
    pub call: String,
    pub k: usize,
    /// Whether it is about a file of the slot's.
    pub on_disk: bool,
    /// Whether it sends a request that changes something.
    pub sends: bool,
    /// What it is about, as strace shows it.
    pub about: String,
}

/// Runs a call to its end and returns every boundary from the first open of the journal on, in their order.
pub fn boundaries(slot: &Slot<'_>, call: Lifeboat, code: i32) -> Vec<Boundary> {
    let file = slot.folder().join("trace");
    let path = file.to_str().unwrap();
    call.under(&["strace", "-f", "-qq", "-y", "-s", "256", "-o", path]).run().code(code);
    let text = fs::read(&file).unwrap();
    let found = parse(&String::from_utf8_lossy(&text), &slot.folder().display().to_string());
    assert!(found.iter().any(|it| it.call == "fdatasync"), "nothing was synced");
    found
}

/// What a request that changes something holds, as strace shows it.
///
/// A DNS UPDATE has opcode 5, no flag and one zone: octets 28 00 00 01, and fewer than 256 prerequisites.
const SENDS: [&str; 3] = ["PATCH /api", "torrent-set", r"(\0\0\1\0"];

/// How much of a call's arguments is kept, in characters.
const ABOUT: usize = 240;

/// The calls that send.
const SENDING: [&str; 4] = ["write", "writev", "sendto", "sendmsg"];

fn parse(text: &str, folder: &str) -> Vec<Boundary> {
    let Some(first) = text.split_whitespace().next() else { return Vec::new() };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    let mut began = None;
    for line in text.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let Some((call, arguments)) = rest.split_once('(') else { continue };
        let named = call
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if thread != first || !named {
            continue;
        }
        let k = counts.entry(call).and_modify(|k| *k += 1).or_insert(1);
        if began.is_none() && call == "openat" && arguments.contains("journal.jsonl") {
            began = Some(all.len());
        }
        let sends = SENDING.contains(&call) && SENDS.iter().any(|it| arguments.contains(it));
        let on_disk = !sends && arguments.contains(folder);
        let about = arguments.chars().take(ABOUT).collect();
        all.push(Boundary { call: call.to_owned(), k: *k, on_disk, sends, about });
    }
    all.split_off(began.expect("it opens the journal"))
}

/// Returns, for each request that changes something, the boundaries between its leaving and the record of its outcome.
pub fn doubtful(all: &[Boundary]) -> Vec<&[Boundary]> {
    let left = (0..all.len()).filter(|at| all[*at].sends);
    let until = |at: usize| all[at..].iter().position(|it| it.call == "fdatasync").unwrap_or(0);
    left.map(|at| &all[at + 1..at + until(at)]).collect()
}

/// Returns the words that make strace do something to a boundary.
pub fn inject(boundary: &Boundary, what: &str, trace: &Path) -> Vec<String> {
    let (call, k) = (&boundary.call, boundary.k);
    let words = ["strace", "-f", "-qq", "-y", "-o", trace.to_str().unwrap(), "-e"];
    let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    words.push(format!("trace={call}"));
    words.push("-e".to_owned());
    words.push(format!("inject={call}:{what}:when={k}"));
    words
}

/// Returns the call that strace did something to, as it shows it; `None` where the run ended before.
pub fn injected(trace: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(trace);
    text.lines().find(|line| line.ends_with("(INJECTED)")).map(str::to_owned)
}
