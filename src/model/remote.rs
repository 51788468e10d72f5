//! Text that came from somebody else's machine.

use std::fmt::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Untrusted text. Its only `Display` is escaped and capped, so that it can drive no terminal.
///
/// Serialization keeps the raw text: JSON escapes it by its own rules, and [`ScreenText::json`](super::ScreenText::json) the rest
/// where a document goes to a screen. What it says can be shown and compared:
///
/// ```
/// use lifeboat::model::Remote;
///
/// let heard = Remote::new("\u{1b}[2J");
/// let shown: String = heard.to_string();
/// assert_eq!(shown, "\\u{1b}[2J");
/// assert_eq!(heard, "\u{1b}[2J");
/// ```
///
/// Nobody outside gets at the raw text, and nothing turns into it by itself:
///
/// ```compile_fail,E0624
/// use lifeboat::model::Remote;
///
/// let heard = Remote::new("\u{1b}[2J");
/// let shown: String = heard.raw().to_owned();
/// ```
///
/// ```compile_fail,E0277
/// use lifeboat::model::Remote;
///
/// let heard = Remote::new("\u{1b}[2J");
/// let shown: String = heard.into();
/// ```
///
/// ```compile_fail,E0308
/// use lifeboat::model::Remote;
///
/// let heard = Remote::new("\u{1b}[2J");
/// let shown: &str = &heard;
/// ```
#[derive(
    Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Remote(String);

impl Remote {
    /// The longest text, in characters, that `Display` shows.
    pub const SHOWN: usize = 400;

    /// Takes text from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Takes bytes from outside; what is not UTF-8 becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Takes bytes from somebody who knows addresses of people, and strikes out every address in them.
    pub fn nameless(bytes: &[u8]) -> Self {
        Self(super::without_addresses(&String::from_utf8_lossy(bytes)))
    }

    /// Returns the raw text, for comparison and for protocols; never for a screen. Only the layers that speak or
    /// judge protocols may ask for it: `playbooks-tests/layers/table.rs` names them.
    pub(crate) fn raw(&self) -> &str {
        &self.0
    }

    /// Spells out whatever would not draw itself, whole and uncapped, for text that may be long.
    pub fn spelt(text: &str) -> String {
        let mut spelt = String::with_capacity(text.len());
        for c in text.chars() {
            if Self::is_plain(c) { spelt.push(c) } else { spelt.extend(c.escape_unicode()) }
        }
        spelt
    }

    /// Tells whether a character only ever draws itself: no control, no bidirectional or invisible formatting.
    pub(super) fn is_plain(c: char) -> bool {
        let hidden = matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}');
        !c.is_control() && !hidden
    }

    /// Tells whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shown, c) in self.0.chars().enumerate() {
            if shown == Self::SHOWN {
                return f.write_str("...");
            }
            if Self::is_plain(c) {
                f.write_char(c)?;
            } else {
                write!(f, "\\u{{{:x}}}", c as u32)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remote(\"{self}\")")
    }
}

impl PartialEq<str> for Remote {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl PartialEq<&str> for Remote {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

#[cfg(test)]
mod tests {
    use super::Remote;

    #[test]
    fn control_and_formatting_characters_are_spelt_out() {
        let hostile = Remote::new("a\u{1b}[2J\u{9b}1m\r\n\u{8}\u{7}\u{202e}\u{200b}b");
        let shown = hostile.to_string();
        assert!(shown.chars().all(|c| c.is_ascii_graphic()), "{shown}");
        assert!(shown.starts_with("a\\u{1b}[2J"), "{shown}");
    }

    #[test]
    fn spelling_out_keeps_the_whole_text() {
        let long = "x".repeat(5_000);
        assert_eq!(Remote::spelt(&long), long);
        assert_eq!(Remote::spelt("a\u{1b}]0;b\u{7}"), "a\\u{1b}]0;b\\u{7}");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(Remote::new("x".repeat(5_000)).to_string().chars().count(), Remote::SHOWN + 3);
    }
}
