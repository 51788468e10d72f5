//! A commit as its bytes say it: tree, parents, time, first line, and the signature with what it is over.
//!
//! Git signs a commit's bytes without the signature's own header (git's `commit.c`, gitformat-signature(5)).

use git2::Oid;

use crate::model::Remote;

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    pub id: Oid,
    pub tree: Oid,
    pub parents: Vec<Oid>,
    /// When its committer says it was made, in seconds since 1970; nothing is decided by it.
    pub claimed: i64,
    /// The first line of its message.
    pub summary: Remote,
    pub seal: Seal,
}

/// What a commit carries in the place of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seal {
    /// Nothing.
    None,
    /// Several signatures, so that it is not clear which one is meant.
    Several,
    /// One signature, armoured, and the bytes that it is over.
    One { armour: Vec<u8>, over: Vec<u8> },
}

impl Commit {
    /// Reads a commit's bytes; `None` for what is none.
    pub fn parse(id: Oid, bytes: &[u8]) -> Option<Self> {
        let (head, message) = divide(bytes);
        let mut lines = head.split(|byte| *byte == b'\n');
        let tree = named(lines.next()?, b"tree ")?;
        let mut lines = lines.peekable();
        let mut parents = Vec::new();
        while let Some(parent) = lines.peek().and_then(|line| line.strip_prefix(b"parent ")) {
            parents.push(oid(parent)?);
            lines.next();
        }
        let claimed = lines.find_map(|line| line.strip_prefix(b"committer ")).and_then(seconds)?;
        let first = message.split(|byte| *byte == b'\n').find(|line| !line.is_empty());
        let summary = Remote::from_bytes(first.unwrap_or_default());
        Some(Self { id, tree, parents, claimed, summary, seal: seal(bytes, head.len()) })
    }
}

/// Divides a commit at the empty line after its headers.
fn divide(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&bytes[..=at], &bytes[at + 2..]),
        None => (bytes, &[]),
    }
}

fn named(line: &[u8], name: &[u8]) -> Option<Oid> {
    line.strip_prefix(name).and_then(oid)
}

fn oid(text: &[u8]) -> Option<Oid> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.len() == 40)?;
    Oid::from_str(text).ok()
}

/// Takes the seconds out of `Name <mail> SECONDS ZONE`.
fn seconds(line: &[u8]) -> Option<i64> {
    let after = line.iter().rposition(|byte| *byte == b'>')?;
    let text = std::str::from_utf8(&line[after + 1..]).ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

/// Takes the signature out of the headers; what is left is what was signed.
fn seal(bytes: &[u8], head: usize) -> Seal {
    let (mut armour, mut over, mut found) = (Vec::new(), Vec::new(), 0);
    let mut within = Header::Other;
    for line in bytes[..head].split_inclusive(|byte| *byte == b'\n') {
        within = match line {
            [b' ', ..] => within,
            _ if line.starts_with(b"gpgsig ") => {
                found += 1;
                Header::Signature
            }
            // The signature that goes with another hash is no part of what this one is over.
            _ if line.starts_with(b"gpgsig") => Header::Left,
            _ => Header::Other,
        };
        match within {
            Header::Signature => {
                let skipped = if line.starts_with(b" ") { 1 } else { b"gpgsig ".len() };
                armour.extend_from_slice(&line[skipped..]);
            }
            Header::Left => {}
            Header::Other => over.extend_from_slice(line),
        }
    }
    over.extend_from_slice(&bytes[head..]);
    match found {
        0 => Seal::None,
        1 => Seal::One { armour, over },
        _ => Seal::Several,
    }
}

/// The header that a line belongs to.
#[derive(Clone, Copy)]
enum Header {
    Signature,
    Left,
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    fn parse(text: &str) -> Option<Commit> {
        Commit::parse(Oid::ZERO_SHA1, text.as_bytes())
    }

    fn head() -> String {
        format!(
            "tree {TREE}\nparent {TREE}\nparent {TREE}\nauthor A <a@b> 1 +0000\ncommitter A <a> b> 2 -0100\n"
        )
    }

    #[test]
    fn the_bytes_say_tree_parents_time_and_first_line() {
        let commit = parse(&format!("{}\nfirst\n\nmore\n", head())).expect("is one");
        assert_eq!(commit.tree.to_string(), TREE);
        assert_eq!((commit.parents.len(), commit.claimed), (2, 2));
        assert_eq!((commit.summary.raw(), &commit.seal), ("first", &Seal::None));
    }

    #[test]
    fn a_signature_is_taken_out_and_the_rest_is_what_it_is_over() {
        let signed = format!("{}gpgsig one\n two\n three\nencoding x\n\nfirst\n", head());
        let commit = parse(&signed).expect("is one");
        let over = format!("{}encoding x\n\nfirst\n", head()).into_bytes();
        assert_eq!(commit.seal, Seal::One { armour: b"one\ntwo\nthree\n".to_vec(), over });
    }

    #[test]
    fn a_signature_for_another_hash_is_left_out_and_two_are_ambiguous() {
        let other = format!("{}gpgsig-sha256 x\n y\ngpgsig one\n\nfirst\n", head());
        let over = format!("{}\nfirst\n", head()).into_bytes();
        assert_eq!(parse(&other).expect("one").seal, Seal::One { armour: b"one\n".to_vec(), over });
        let two = format!("{}gpgsig one\ngpgsig two\n\nfirst\n", head());
        assert_eq!(parse(&two).expect("is one").seal, Seal::Several);
    }

    #[test]
    fn what_stands_in_the_message_is_no_header() {
        let commit = parse(&format!("{}\ngpgsig one\n", head())).expect("is one");
        assert_eq!(commit.seal, Seal::None);
    }

    #[test]
    fn what_is_cut_is_no_commit_or_has_no_message() {
        let whole = head();
        for end in 0..whole.len() - 9 {
            assert!(parse(&whole[..end]).is_none(), "cut at {end}");
        }
        assert!(parse("").is_none() && parse("tree x\n").is_none());
    }
}
