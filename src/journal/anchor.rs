//! Anchors: heads of a journal that are kept outside its file, held against what the file says now.
//!
//! A chain shows every change but one: records cut off its end leave no trace in it, and who writes all
//! of it anew leaves none either. A head that somebody else keeps shows both.

use thiserror::Error;

use crate::model::{Event, Head, Record};

/// A head, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The head.
    pub head: Head,
    /// Where, in words: `the git note on 3fa2c1d`.
    pub at: String,
}

/// An anchor that the journal does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{why}")]
pub struct Misfit {
    /// The anchor.
    pub anchor: Anchor,
    /// What it means.
    pub why: String,
}

/// What anchors say of a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attested {
    /// How many anchors fit.
    pub fit: usize,
    /// The newest of them; what it names and everything before is as it was.
    pub through: Option<Anchor>,
    /// Those that do not fit, the oldest first.
    pub misfits: Vec<Misfit>,
}

impl Attested {
    /// Tells whether a journal of so many records is attested to its last one, and nothing speaks against it.
    pub fn covers(&self, records: u64) -> bool {
        let through = self.through.as_ref().map(|anchor| anchor.head.seq);
        self.misfits.is_empty() && through.is_some_and(|seq| seq + 1 >= records)
    }

    /// Says how far the end of a journal of so many records is attested.
    pub fn tail(&self, records: u64) -> String {
        let last = records.saturating_sub(1);
        let Some(Anchor { head, at }) = &self.through else {
            let why = if self.misfits.is_empty() { "is known" } else { "fits" };
            return format!(
                "tail not attested: no anchor {why}, and records cut off the end leave no trace in the file"
            );
        };
        if self.covers(records) {
            return format!("attested to its end, record {last}, by {at}");
        }
        let why = if self.misfits.is_empty() {
            format!("no anchor covers {}", span("record", head.seq + 1, last))
        } else {
            "an anchor does not fit".to_owned()
        };
        format!("tail not attested: {why}; attested to record {} by {at}", head.seq)
    }
}

/// Holds anchors against a journal, given by the hash of each of its lines.
pub fn attest(hashes: &[String], anchors: &[Anchor]) -> Attested {
    let mut sorted: Vec<&Anchor> = anchors.iter().collect();
    sorted.sort_by_key(|anchor| anchor.head.seq);
    let mut attested = Attested::default();
    for anchor in sorted {
        let found = usize::try_from(anchor.head.seq).ok().and_then(|at| hashes.get(at));
        if found.is_some_and(|hash| anchor.head.is_of(hash)) {
            attested.fit += 1;
            attested.through = Some(anchor.clone());
        } else {
            let why = meaning(anchor, found, hashes.len() as u64, attested.through.as_ref());
            attested.misfits.push(Misfit { anchor: anchor.clone(), why });
        }
    }
    attested
}

/// Says what it means that an anchor does not fit.
fn meaning(anchor: &Anchor, found: Option<&String>, records: u64, fits: Option<&Anchor>) -> String {
    let Anchor { head, at } = anchor;
    let Some(found) = found else {
        let gone = span("record", records, head.seq);
        let are = if head.seq == records { "is" } else { "are" };
        return format!("{gone} {are} gone: {at} was made on head {head}");
    };
    let first = fits.map_or(0, |fits| fits.head.seq + 1);
    let changed = span("record", first, head.seq);
    let one = if first == head.seq { "" } else { "one of " };
    format!(
        "{one}{changed} was changed: {at} was made on head {head}, and here it is {}:{found}",
        head.seq
    )
}

/// Words a span of records.
fn span(what: &str, from: u64, to: u64) -> String {
    if from >= to { format!("{what} {to}") } else { format!("{what}s {from}-{to}") }
}

/// Holds the heads that approvals name against the journal that they stand in. They lie inside the file, so
/// they attest nothing; but whoever writes a journal anew must forge them as well.
pub fn own(records: &[Record], hashes: &[String]) -> Vec<Misfit> {
    let named =
        records.iter().filter_map(|record| {
            let (Event::Approved { head: Some(head), .. }
            | Event::BrokeGlass { head: Some(head), .. }) = &record.event
            else {
                return None;
            };
            let at = format!("the approval in record {}", record.seq);
            Some((record.seq, Anchor { head: head.clone(), at }))
        });
    let mut misfits = Vec::new();
    for (seq, anchor) in named {
        if anchor.head.seq >= seq {
            let why = format!("{} names head {}, which comes after it", anchor.at, anchor.head);
            misfits.push(Misfit { anchor, why });
        } else {
            misfits.extend(attest(hashes, &[anchor]).misfits);
        }
    }
    misfits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("{number:064x}")).collect()
    }

    fn anchor(seq: u64, hash: &str, at: &str) -> Anchor {
        Anchor { head: Head { seq, hash: hash.to_owned() }, at: at.to_owned() }
    }

    #[test]
    fn what_fits_attests_up_to_the_newest() {
        let hashes = hashes(5);
        let anchors = [anchor(3, &hashes[3], "a note"), anchor(1, &hashes[1], "a message")];
        let attested = attest(&hashes, &anchors);
        assert_eq!((attested.fit, attested.covers(5), attested.covers(4)), (2, false, true));
        let tail = attested.tail(5);
        assert_eq!(
            tail,
            "tail not attested: no anchor covers record 4; attested to record 3 by a note"
        );
        assert_eq!(attested.tail(4), "attested to its end, record 3, by a note");
        assert!(attest(&hashes, &[]).tail(5).starts_with("tail not attested: no anchor is known"));
    }

    #[test]
    fn what_is_gone_and_what_was_changed_are_told_apart() {
        let all = hashes(22);
        let cut = hashes(17);
        let note = anchor(21, &all[21], "the git note on 3fa2c1d");
        let gone = attest(&cut, std::slice::from_ref(&note));
        let head = &note.head;
        let why =
            format!("records 17-21 are gone: the git note on 3fa2c1d was made on head {head}");
        assert_eq!(gone.misfits[0].why, why);
        let mut changed = all.clone();
        changed[20] = "f".repeat(64);
        changed[21] = "e".repeat(64);
        let attested = attest(&changed, &[anchor(19, &all[19], "m"), note]);
        assert!(attested.misfits[0].why.starts_with("one of records 20-21 was changed: "));
        assert_eq!(attested.through.map(|it| it.head.seq), Some(19));
    }
}
