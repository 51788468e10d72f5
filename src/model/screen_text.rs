//! Text that may stand on a screen: the only kind that `host` writes to a terminal.

use std::fmt;
use std::ops::Deref;

use super::Remote;

/// Text that draws nothing but itself, apart from this tool's own colours.
///
/// A terminal takes no other text, whoever it came from:
///
/// ```
/// use lifeboat::host::{Channel, Environment, Terminal};
/// use lifeboat::model::{Remote, ScreenText};
///
/// let terminal = Terminal::look(&Environment::of(|_| None));
/// let heard = Remote::new("\u{1b}[2J");
/// let _ = terminal.write(Channel::Talk, &ScreenText::new(&heard.to_string()));
/// ```
///
/// Not a `String`, and no text of a decoder:
///
/// ```compile_fail,E0308
/// use lifeboat::host::{Channel, Environment, Terminal};
/// use lifeboat::model::{Remote, ScreenText};
///
/// let terminal = Terminal::look(&Environment::of(|_| None));
/// let heard = Remote::new("\u{1b}[2J");
/// let _ = terminal.write(Channel::Talk, &heard.to_string());
/// ```
///
/// ```compile_fail,E0308
/// use lifeboat::host::{Channel, Environment, Terminal};
/// use lifeboat::model::{Remote, ScreenText};
///
/// let terminal = Terminal::look(&Environment::of(|_| None));
/// let heard = lifeboat::wire::transmission::Session::read(b"{}").unwrap().version;
/// let _ = terminal.write(Channel::Talk, &heard);
/// ```
///
/// And nobody makes one without spelling the text out:
///
/// ```compile_fail,E0423
/// let shown = lifeboat::model::ScreenText(String::from("\u{1b}[2J"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreenText(String);

impl ScreenText {
    /// Spells out whatever would not draw itself. Lines stay lines; a tabulator becomes four spaces.
    pub fn new(text: &str) -> Self {
        if draws_itself(text) {
            return Self(text.to_owned());
        }
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' => shown.push('\n'),
                '\t' => shown.push_str("    "),
                _ if Remote::is_plain(c) => shown.push(c),
                _ => shown.extend(c.escape_unicode()),
            }
        }
        Self(shown)
    }

    /// Writes a JSON document so that it means the same and draws nothing but itself: what JSON leaves as it is
    /// becomes `\uXXXX` (RFC 8259 §7). Outside its texts a document has none of it.
    pub fn json(document: &str) -> Self {
        if draws_itself(document) {
            return Self(document.to_owned());
        }
        let mut shown = String::with_capacity(document.len());
        for c in document.chars() {
            if c == '\n' || Remote::is_plain(c) {
                shown.push(c);
                continue;
            }
            let units = c
                .encode_utf16(&mut [0; 2])
                .iter()
                .map(|unit| format!("\\u{unit:04x}"))
                .collect::<String>();
            shown.push_str(&units);
        }
        Self(shown)
    }

    /// Takes a page whose every text was spelt out before it was coloured. Only `render` makes one, which is a law of
    /// the layers.
    pub(crate) fn drawn(page: String) -> Self {
        Self(page)
    }

    /// Returns this text with another one behind it.
    #[must_use]
    pub fn and(mut self, next: impl Into<Self>) -> Self {
        self.0.push_str(&next.into().0);
        self
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the same text with its last line ended; an empty one stays empty.
    #[must_use]
    pub fn ended(mut self) -> Self {
        if !self.0.is_empty() && !self.0.ends_with('\n') {
            self.0.push('\n');
        }
        self
    }
}

/// Tells whether a text has nothing but lines of plain ASCII.
fn draws_itself(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic())
}

impl Deref for ScreenText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScreenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for ScreenText {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for ScreenText {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&Self> for ScreenText {
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl From<&String> for ScreenText {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_stay_and_nothing_else_drives_a_terminal() {
        assert_eq!(ScreenText::new("a\n\tb\u{1b}[2J\r").as_str(), "a\n    b\\u{1b}[2J\\u{d}");
        assert_eq!(ScreenText::new("").ended().as_str(), "");
        assert_eq!(ScreenText::new("a").ended().as_str(), "a\n");
    }

    proptest! {
        #[test]
        fn json_means_the_same(text in any::<String>()) {
            let document = serde_json::to_string_pretty(&[&text]).expect("JSON");
            let shown = ScreenText::json(&document);
            prop_assert!(shown.as_str().chars().all(|c| c == '\n' || Remote::is_plain(c)));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(shown.as_str()).expect("JSON"), vec![text]);
        }
    }
}
