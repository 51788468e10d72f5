//! What is fuzzed: each decoder of foreign bytes, and what must hold of all that it says.
//!
//! `fuzz/` compiles these targets into fuzzers; the trials of this suite play the committed seeds through them.

mod as_table;
mod bencode;
mod bird;
mod dns;
mod documents;
mod evidence;
mod http;
mod journal;
mod json;
mod names;
mod plan;
mod rdap;
mod roll;
mod route53;
mod tracker_http;
mod tracker_udp;
mod transmission;
mod trust;
mod words;
mod zone_file;

use std::fmt::Display;

use super::meter;

/// A decoder, or several of one format.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, which its folder of seeds has too.
    pub name: &'static str,
    /// The functions of `src/` that it plays, by their paths: those of `wire` below `wire::`.
    pub decoders: &'static [&'static str],
    /// Plays bytes through them, and panics where something does not hold.
    pub hold: fn(&[u8]),
    /// Tells whether bytes that are accepted have a shape that no seed has, and that lies a few mutations behind one:
    /// whoever fuzzes from the seeds finds it. `None` where they are refused, or have no place for it.
    pub planted: fn(&[u8]) -> Option<bool>,
    /// Inputs of about so many bytes that cost much: time and memory must grow no faster than they do.
    pub swollen: &'static [fn(usize) -> Vec<u8>],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    trust::ALLOWED,
    as_table::TARGET,
    documents::BASELINE,
    bencode::TARGET,
    bird::COMMAND,
    bird::REPLY,
    dns::ANSWER,
    dns::QUESTION,
    roll::TARGET,
    dns::SIGNATURE,
    dns::UPDATE,
    documents::ESTATE,
    evidence::TARGET,
    names::TARGET,
    documents::GUARD,
    http::TARGET,
    journal::JOURNAL,
    journal::CHAIN,
    json::TARGET,
    words::MARKDOWN,
    documents::CODES,
    plan::TARGET,
    rdap::TARGET,
    trust::REVOKED,
    route53::TARGET,
    documents::RUNBOOK,
    trust::KEY,
    trust::SIGNATURE,
    documents::SCENARIO,
    words::TEMPLATE,
    tracker_http::REPLY,
    tracker_http::REQUEST,
    tracker_udp::REPLY,
    tracker_udp::REQUEST,
    transmission::TARGET,
    zone_file::TARGET,
];

/// What a decoder of a wire format may hold beside its share of the input: hashes, tables, messages.
const GROUND: usize = 16 << 10;

/// Decodes a wire format within the bound of memory.
fn within<T>(bytes: &[u8], decode: impl FnOnce() -> T) -> T {
    meter::within(bytes.len(), GROUND, decode)
}

/// Holds that words can drive no terminal.
fn plain(words: &impl Display) {
    let shown = words.to_string();
    assert!(!shown.chars().any(|c| c.is_control()), "control characters in {shown:?}");
}

/// Holds that a place, counted from 1, lies inside a text.
fn lies_inside(text: &str, line: usize, column: usize) {
    let found = text.split('\n').nth(line.wrapping_sub(1));
    let found = found.unwrap_or_else(|| panic!("line {line} lies behind the text"));
    assert!(
        (1..=found.chars().count() + 1).contains(&column),
        "{line}:{column} lies behind the line"
    );
}

/// Returns bytes as text, where they are some.
fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
