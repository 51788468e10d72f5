//! A journal's head, in the forms in which it leaves the file.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How far a journal went at some moment, and what it ended in: `SEQ:HASH`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Head {
    /// The last record's number.
    pub seq: u64,
    /// SHA-256 of that record's line, in hexadecimal; one that a person typed may be its beginning.
    pub hash: String,
}

/// Text that is no head.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no head of a journal: write SEQ:HASH, with 16 to 64 hexadecimal digits")]
pub struct NoHead(String);

/// What stands before a head in text that other people keep.
const MARK: &str = "lifeboat journal";

impl Head {
    /// Tells whether a record's hash is the one that is meant.
    pub fn is_of(&self, hash: &str) -> bool {
        hash.starts_with(&self.hash)
    }

    /// Returns the line that a published message ends with; Markdown and HTML show nothing of it.
    pub fn comment(&self) -> String {
        format!("<!-- {MARK} {} {} -->", self.seq, self.hash)
    }

    /// Reads a head back from such a line; `None` for any other line.
    pub fn of_comment(line: &str) -> Option<Self> {
        let inner = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
        let (seq, hash) = inner.strip_prefix(MARK)?.trim().split_once(' ')?;
        format!("{seq}:{hash}").parse().ok()
    }

    /// Returns the line of a note about a named journal.
    pub fn noted(&self, journal: &str) -> String {
        format!("{MARK} {journal} {} {}", self.seq, self.hash)
    }

    /// Reads a head back from such a line; `None` when it is about another journal.
    pub fn of_note(line: &str, journal: &str) -> Option<Self> {
        let words: Vec<&str> = line.strip_prefix(MARK)?.split_whitespace().collect();
        let [about, seq, hash] = words[..] else { return None };
        if about == journal { format!("{seq}:{hash}").parse().ok() } else { None }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl FromStr for Head {
    type Err = NoHead;

    fn from_str(text: &str) -> Result<Self, NoHead> {
        let wrong = || NoHead(text.chars().take(100).collect());
        let (seq, hash) = text.split_once(':').ok_or_else(wrong)?;
        let hex = (16..=64).contains(&hash.len()) && hash.bytes().all(|it| it.is_ascii_hexdigit());
        let digits = !seq.is_empty() && seq.bytes().all(|it| it.is_ascii_digit());
        match seq.parse() {
            Ok(seq) if hex && digits => Ok(Self { seq, hash: hash.to_ascii_lowercase() }),
            Ok(_) | Err(_) => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn a_head_comes_back_from_each_of_its_forms() {
        let head = Head { seq: 17, hash: "3fa2".repeat(16) };
        assert_eq!(head.to_string().parse(), Ok(head.clone()));
        assert_eq!(Head::of_comment(&head.comment()), Some(head.clone()));
        assert_eq!(Head::of_note(&head.noted("e/i"), "e/i"), Some(head.clone()));
        assert_eq!(Head::of_note(&head.noted("e/i"), "e/j"), None);
        let typed: Head = "17:3FA23fa23fa23fa2".parse().expect("a beginning is enough");
        assert!(typed.is_of(&head.hash) && !typed.is_of(&"0".repeat(64)));
    }

    #[test]
    fn other_text_is_no_head() {
        for text in ["", "17", "17:", "17:3fa2", "+1:3fa23fa23fa23fa2", "x:3fa23fa23fa23fa2"] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
        for line in ["<!-- by hand -->", "<!-- lifeboat journal 17 -->", "lifeboat journal 1 2"] {
            assert_eq!(Head::of_comment(line), None, "{line}");
        }
    }
}
