//! The lines of a journal file: one record each, JSON, chained by the SHA-256 of the line before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::model::{Event, Head, Record, Remote};

/// The version that each line names.
pub const VERSION: u32 = 1;

/// What stands before the first line.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where a chain stands after the lines that it has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The next record's number; also how many lines came before.
    pub seq: u64,
    /// SHA-256 of the last line's bytes, in hexadecimal.
    pub head: String,
    /// How many bytes the whole lines have, with their newlines.
    pub length: u64,
}

/// What a journal holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// The records that this version knows, in order.
    pub records: Vec<Record>,
    /// The records that it does not know.
    pub unknown: Vec<Unknown>,
    /// The end of an append that was cut short; nothing that was acknowledged is in it.
    pub torn: Option<Torn>,
    /// SHA-256 of each line, known or not, in hexadecimal: what anchors are held against.
    pub hashes: Vec<String>,
    /// Where the chain stands.
    pub chain: Chain,
}

/// A record of a kind that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Its number.
    pub seq: u64,
    /// Its kind.
    pub kind: String,
    /// Whether run, resume and undo refuse it; views skip it either way.
    pub must_understand: bool,
}

/// Bytes at the end that are no whole line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// Where they begin.
    pub offset: u64,
    /// How many there are.
    pub length: u64,
}

/// Why a journal is no journal: its first bad line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the journal {}", Remote::spelt(why))]
pub struct Broken {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

impl Broken {
    /// Returns the next thing to do.
    pub const fn hint(&self) -> &'static str {
        "the file was changed by something else; restore it from a copy, nothing is run on it"
    }
}

/// A line as it is written.
#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    #[serde(flatten)]
    record: &'a Record,
}

/// A line as it is read, its event still open.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    v: u32,
    seq: u64,
    prev: String,
    at: Timestamp,
    boot: String,
    must_understand: bool,
    event: serde_json::Value,
}

impl Default for Chain {
    fn default() -> Self {
        Self { seq: 0, head: FIRST.to_owned(), length: 0 }
    }
}

/// Returns the line of a record, with its newline.
///
/// # Errors
/// From JSON; no record that this program makes has one.
pub fn encode(record: &Record) -> Result<String, serde_json::Error> {
    let mut line = serde_json::to_string(&Written { v: VERSION, record })?;
    line.push('\n');
    Ok(line)
}

/// Returns the SHA-256 of a line's bytes, without its newline, in hexadecimal.
pub fn hash(line: &[u8]) -> String {
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a whole journal and checks its chain.
///
/// # Errors
/// [`Broken`] names the first bad line. A torn end is no error, see [`Verified::torn`].
pub fn verify(bytes: &[u8]) -> Result<Verified, Broken> {
    Chain::default().take(bytes)
}

impl Chain {
    /// Returns the head, in the form in which it leaves the file; `None` before the first record.
    pub fn anchor(&self) -> Option<Head> {
        let seq = self.seq.checked_sub(1)?;
        Some(Head { seq, hash: self.head.clone() })
    }

    /// Takes the lines that follow.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn take(mut self, bytes: &[u8]) -> Result<Verified, Broken> {
        let (mut records, mut unknown, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (whole, mut rest) = bytes.split_at(whole);
        let mut left = whole;
        while let Some(end) = left.iter().position(|byte| *byte == b'\n') {
            let (line, after) = left.split_at(end);
            if after.len() == 1 && is_unwritten(line) {
                rest = &bytes[bytes.len() - left.len() - rest.len()..];
                break;
            }
            match self.one(line)? {
                Ok(record) => records.push(record),
                Err(other) => unknown.push(other),
            }
            hashes.push(self.head.clone());
            left = &after[1..];
        }
        let length = rest.len() as u64;
        let torn = (length > 0).then_some(Torn { offset: self.length, length });
        Ok(Verified { records, unknown, torn, hashes, chain: self })
    }

    /// Takes one line: a record, or one of an unknown kind.
    fn one(&mut self, line: &[u8]) -> Result<Result<Record, Unknown>, Broken> {
        let broken = |why: String| Broken { line: self.seq + 1, why };
        let read: Read = serde_json::from_slice(line)
            .map_err(|error| broken(format!("is no record: {error}")))?;
        if read.v != VERSION {
            return Err(broken(format!("is of version {}, not {VERSION}", read.v)));
        }
        if read.seq != self.seq {
            return Err(broken(format!("is number {}, not {}", read.seq, self.seq)));
        }
        if read.prev != self.head && self.seq == 0 {
            return Err(broken("is no first one: it follows from another".to_owned()));
        }
        if read.prev != self.head {
            let why = "does not follow from the one before it: one of the two was changed";
            return Err(broken(why.to_owned()));
        }
        let taken = open(read).map_err(|why| broken(format!("is no record: {why}")))?;
        self.head = hash(line);
        self.seq += 1;
        self.length += line.len() as u64 + 1;
        Ok(taken)
    }
}

/// Opens a line's event; an unknown kind is no error here.
fn open(read: Read) -> Result<Result<Record, Unknown>, serde_json::Error> {
    let Read { seq, prev, at, boot, must_understand, event, .. } = read;
    let sole = event.as_object().filter(|fields| fields.len() == 1);
    let named = sole.and_then(|fields| fields.keys().next().cloned());
    let named = named.or_else(|| event.as_str().map(str::to_owned));
    if let Some(kind) = named.filter(|kind| !Event::KINDS.contains(&kind.as_str())) {
        return Ok(Err(Unknown { seq, kind, must_understand }));
    }
    let event = serde_json::from_value(event)?;
    Ok(Ok(Record { seq, prev, at, boot, must_understand, event }))
}

/// Tells whether a line holds a block that a crash left unwritten: no line that was acknowledged does,
/// and one flipped bit makes none.
fn is_unwritten(line: &[u8]) -> bool {
    line.windows(8).any(|block| block == [0; 8])
}

impl Verified {
    /// Returns the first record that run, resume and undo must understand and do not.
    pub fn not_understood(&self) -> Option<&Unknown> {
        self.unknown.iter().find(|unknown| unknown.must_understand)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Chain, FIRST, Torn, encode, hash, verify};
    use crate::model::{Event, Record};

    fn journal(notes: &[&str]) -> String {
        let (mut text, mut prev) = (String::new(), FIRST.to_owned());
        for (seq, note) in notes.iter().enumerate() {
            let event = Event::Noted { by: "anna".to_owned(), text: (*note).to_owned() };
            let record = Record {
                seq: seq as u64,
                prev,
                at: Timestamp::UNIX_EPOCH,
                boot: "b".to_owned(),
                must_understand: false,
                event,
            };
            let line = encode(&record).expect("encodes");
            prev = hash(line.trim_end().as_bytes());
            text.push_str(&line);
        }
        text
    }

    #[test]
    fn what_is_written_is_read() {
        let text = journal(&["one", "two\nlines", "three"]);
        let read = verify(text.as_bytes()).expect("is whole");
        assert_eq!(read.records.len(), 3);
        assert_eq!((read.chain.seq, read.chain.length), (3, text.len() as u64));
        assert!(read.torn.is_none() && read.unknown.is_empty());
    }

    #[test]
    fn every_cut_recovers_the_whole_lines_before_it() {
        let text = journal(&["one", "two", "three"]);
        for cut in 0..=text.len() {
            let read = verify(&text.as_bytes()[..cut]).expect("is torn at worst");
            let whole = text[..cut].matches('\n').count();
            assert_eq!(read.records.len(), whole, "cut at {cut}");
            assert_eq!(
                read.torn.is_some(),
                !text[..cut].is_empty() && !text[..cut].ends_with('\n')
            );
        }
    }

    #[test]
    fn every_flipped_bit_before_the_last_line_is_found() {
        let text = journal(&["one", "two", "three"]);
        let tail = text.trim_end().rfind('\n').expect("has lines");
        for (at, bit) in (0..tail).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let read = verify(&bytes);
            assert!(read.is_err(), "bit {bit} of byte {at} went unseen: {read:?}");
        }
    }

    #[test]
    fn dropped_repeated_and_swapped_lines_are_named() {
        let text = journal(&["one", "two", "three"]);
        let lines: Vec<&str> = text.lines().collect();
        for (order, bad) in [(&[0, 2][..], 2), (&[0, 0, 1], 2), (&[1, 0, 2], 1), (&[0, 2, 1], 2)] {
            let text: String = order.iter().map(|at| format!("{}\n", lines[*at])).collect();
            assert_eq!(verify(text.as_bytes()).expect_err("is broken").line, bad, "{order:?}");
        }
    }

    #[test]
    fn an_unwritten_block_at_the_end_is_torn_and_one_before_is_broken() {
        let text = journal(&["one", "two"]);
        let first = text.find('\n').expect("has lines") + 1;
        let mut bytes = text.clone().into_bytes();
        bytes[first + 3] = 0;
        assert_eq!(verify(&bytes).expect_err("is broken").line, 2);
        bytes[first..first + 8].fill(0);
        let torn = verify(&bytes).expect("is torn").torn;
        assert_eq!(torn, Some(Torn { offset: first as u64, length: (text.len() - first) as u64 }));
        let mut bytes = text.into_bytes();
        bytes[..8].fill(0);
        assert_eq!(verify(&bytes).expect_err("is broken").line, 1);
    }

    #[test]
    fn a_changed_last_line_that_was_acknowledged_is_broken_not_torn() {
        let text = journal(&["one", "two"]).replace("\"two\"", "two");
        assert_eq!(verify(text.as_bytes()).expect_err("is broken").line, 2);
    }

    #[test]
    fn a_later_version_and_an_unknown_kind_are_told_apart() {
        let text = journal(&["one"]);
        let later = verify(text.replace("\"v\":1", "\"v\":2").as_bytes()).expect_err("is refused");
        assert!(later.why.contains("version 2"), "{later}");
        let unknown = text.replace("noted", "leased").replace("tand\":false", "tand\":true");
        let read = verify(unknown.as_bytes()).expect("is whole");
        assert_eq!(read.not_understood().map(|u| u.kind.as_str()), Some("leased"));
        let wrong = verify(text.replace("\"by\"", "\"bi\"").as_bytes()).expect_err("is broken");
        assert!(wrong.why.contains("missing field"), "{wrong}");
    }

    #[test]
    fn a_chain_goes_on_from_where_it_stands() {
        let text = journal(&["one", "two", "three"]);
        let first = text.find('\n').expect("has lines") + 1;
        let begun = Chain::default().take(&text.as_bytes()[..first]).expect("is whole");
        let rest = begun.chain.take(&text.as_bytes()[first..]).expect("follows");
        assert_eq!(rest.chain, verify(text.as_bytes()).expect("is whole").chain);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            drop(verify(&bytes));
        }
    }
}
