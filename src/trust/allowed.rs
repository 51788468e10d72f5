//! `allowed_signers`: whose keys may sign, in which namespaces and when (ssh-keygen(1), "ALLOWED SIGNERS").

use super::key::{Key, KeyFault};
use super::options::Options;
use super::pattern;
use crate::model::Remote;

/// What a file of allowed signers says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedSigners {
    lines: Vec<Line>,
    flaws: Vec<Flaw>,
}

/// One key, and who signs with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// Whose it is: a pattern list, as written.
    pub principals: String,
    /// When and for what.
    pub(super) options: Options,
    /// The key.
    pub key: Key,
}

impl Line {
    /// Tells whether it is a person's, by the file's patterns.
    pub fn names(&self, principal: &str) -> bool {
        pattern::lets_in(&self.principals, principal)
    }

    /// Tells whether its key may sign in a namespace.
    pub(super) fn admits(&self, namespace: &str) -> bool {
        let list = self.options.namespaces.as_deref();
        list.is_none_or(|list| pattern::lets_in(list, namespace))
    }
}

/// A line that nobody can sign by, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}", Remote::spelt(found))]
pub struct Flaw {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub found: String,
}

impl Flaw {
    /// Returns the next thing to do.
    pub const fn hint(&self) -> &'static str {
        "a line reads `PRINCIPAL[,PRINCIPAL...] [OPTIONS] KIND BASE64 [COMMENT]`; `man ssh-keygen`, ALLOWED SIGNERS"
    }
}

impl AllowedSigners {
    /// Reads a whole file. A line with a flaw lets nobody in, and the others stay as they are.
    pub fn parse(text: &[u8]) -> Self {
        let mut file = Self::default();
        for (at, bytes) in text.split(|byte| *byte == b'\n').enumerate() {
            match line(at + 1, bytes) {
                Ok(Some(line)) => file.lines.push(line),
                Ok(None) => {}
                Err(flaw) => file.flaws.push(flaw),
            }
        }
        file
    }

    /// Returns the lines that may let somebody in.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Returns what is wrong with the others.
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// Returns the keys that a principal may sign with, certificate authorities left out.
    pub fn keys_of(&self, principal: &str) -> Vec<&Key> {
        let named = |line: &&Line| line.names(principal) && !line.options.cert_authority;
        self.lines.iter().filter(named).map(|line| &line.key).collect()
    }
}

/// Reads one line; a comment or nothing at all is none.
fn line(number: usize, bytes: &[u8]) -> Result<Option<Line>, Flaw> {
    let text = std::str::from_utf8(bytes).map_err(|error| Flaw {
        line: number,
        column: error.valid_up_to() + 1,
        found: "the line is not UTF-8".to_owned(),
    })?;
    let flaw = |left: usize, found: String| Flaw {
        line: number,
        column: text[..text.len() - left].chars().count() + 1,
        found,
    };
    let start = text.trim_start_matches(SPACE);
    if start.is_empty() || start.starts_with('#') {
        return Ok(None);
    }
    let (principals, rest) = take_principals(start)
        .ok_or_else(|| flaw(start.len(), "a principal and a key are missing".to_owned()))?;
    let mut options = Options::default();
    let mut words = rest;
    if !begins_with_a_kind(rest) {
        let (word, after) = take_options(rest)
            .ok_or_else(|| flaw(rest.len(), "a quote is open to the end of the line".to_owned()))?;
        options = Options::read(word).map_err(|(at, why)| flaw(rest.len() - at, why))?;
        words = after;
    }
    let key = take_key(words).map_err(|fault| flaw(words.len(), fault))?;
    Ok(Some(Line { number, principals, options, key }))
}

const SPACE: [char; 3] = [' ', '\t', '\r'];
const BLANK: [char; 2] = [' ', '\t'];

/// Takes the principals' word: up to white space, or to the end of the first part in double quotes.
fn take_principals(text: &str) -> Option<(String, &str)> {
    let at = text.find(|c| c == '"' || SPACE.contains(&c))?;
    let (word, rest) = (&text[..at], &text[at + 1..]);
    if !text[at..].starts_with('"') {
        return Some((word.to_owned(), rest.trim_start_matches(SPACE)));
    }
    let (inside, rest) = rest.split_once('"')?;
    Some((format!("{word}{inside}"), rest.trim_start_matches(SPACE)))
}

/// Takes the options' word: up to a blank that stands in no quotes.
fn take_options(text: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = text[at + 1..].starts_with('"'),
            '"' => quoted = !quoted,
            _ if BLANK.contains(&c) && !quoted => {
                return Some((&text[..at], text[at..].trim_start_matches(BLANK)));
            }
            _ => {}
        }
    }
    (!quoted).then_some((text, ""))
}

/// Takes kind and blob; what follows is a comment.
fn take_key(text: &str) -> Result<Key, String> {
    let mut words = text.split(BLANK).filter(|word| !word.is_empty());
    let missing = || "a key is missing: its kind, then its base64".to_owned();
    let kind = words.next().ok_or_else(missing)?;
    let digits = words.next().ok_or_else(missing)?;
    Key::of_words(kind, digits).map_err(|fault| match fault {
        KeyFault::Malformed => format!("`{}` and its base64 are no public key", shortened(kind)),
        KeyFault::Certificate | KeyFault::Kind(_) | KeyFault::Length(_) => {
            format!("the key {fault}")
        }
    })
}

fn begins_with_a_kind(text: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-"].iter().any(|kind| text.starts_with(kind))
}

fn shortened(word: &str) -> String {
    word.chars().take(40).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::AllowedSigners;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

    #[test]
    fn lines_are_read_in_every_form() {
        let text = format!(
            "# comment\n\n  \t\r\nanna@example.org {KEY} a comment\n\"b c,d\" {KEY}\n\
             e*,!eve namespaces=\"x,y\",valid-before=\"20270101Z\" {KEY}\r\n\tf\tcert-authority\t{KEY}"
        );
        let file = AllowedSigners::parse(text.as_bytes());
        assert_eq!(file.flaws(), []);
        let read: Vec<_> =
            file.lines().iter().map(|line| (line.number, line.principals.as_str())).collect();
        assert_eq!(read, [(4, "anna@example.org"), (5, "b c,d"), (6, "e*,!eve"), (7, "f")]);
    }

    #[test]
    fn a_flaw_names_its_line_and_column_and_lets_the_others_stand() {
        for (line, column, said) in [
            ("anna", 1, "a principal and a key are missing"),
            ("\"anna ssh-ed25519 AAAA", 1, "a principal and a key are missing"),
            ("anna ssh-ed25519", 6, "a key is missing"),
            ("anna ssh-ed25519 AAAA", 6, "are no public key"),
            ("anna ssh-dss AAAAB3NzaC1kc3M=", 6, "may not sign"),
            ("anna  nonsense ssh-ed25519 AAAA", 7, "`nonsense` is no option"),
            ("anna cert-authority,namespaces=x ssh-ed25519 AAAA", 21, "double quotes"),
            ("anna namespaces=\"x ssh-ed25519 AAAA", 6, "a quote is open"),
            ("änna cert-authority ssh-ed25519 AAAA", 21, "are no public key"),
        ] {
            let file = AllowedSigners::parse(format!("{line}\nben {KEY}\n").as_bytes());
            assert_eq!(file.lines().len(), 1, "{line}");
            let flaw = &file.flaws()[0];
            assert!(
                (flaw.line, flaw.column) == (1, column) && flaw.found.contains(said),
                "{line}: {flaw}"
            );
        }
    }
}
