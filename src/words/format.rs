//! Escaping by output format: whatever a value holds, it comes out as that very text.

use std::io::{self, Write};

use crate::model::Remote;

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// CommonMark, as status pages and chat rooms read it.
    Markdown,
    /// HTML.
    Html,
    /// Plain text.
    Text,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Html, Self::Text];

    /// Writes a value so that it stands there as text, on one line.
    pub fn escape(self, value: &str) -> String {
        let line = one_line(value);
        match self {
            Self::Markdown => markdown(&line),
            Self::Html => html(&line),
            Self::Text => line,
        }
    }

    /// Returns the escape that the template engine calls.
    pub(super) fn escaper(self) -> tera::EscapeFn {
        match self {
            Self::Markdown => |value, out| put(Self::Markdown, value, out),
            Self::Html => |value, out| put(Self::Html, value, out),
            Self::Text => |value, out| put(Self::Text, value, out),
        }
    }
}

fn put(format: Format, value: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(format.escape(value).as_bytes())
}

/// Puts a value on one line and spells out whatever would not draw itself.
fn one_line(value: &str) -> String {
    let words: Vec<&str> = value.split(['\n', '\r', '\t', '\u{2028}', '\u{2029}']).collect();
    let words: Vec<&str> = words.into_iter().map(str::trim).filter(|it| !it.is_empty()).collect();
    Remote::spelt(&words.join(" "))
}

/// What is markup anywhere in a line: to CommonMark, to readers with mathematics or addresses of their own, and,
/// the braces, to site generators that look for their tags before anybody reads Markdown.
const SIGNS: &str = r"\`*_[]<>&~|{}^$@";

/// Escapes what Markdown would read as markup, wherever in a line the value stands.
fn markdown(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut digits_only = true;
    let mut previous = None;
    for (at, c) in line.chars().enumerate() {
        let inline = SIGNS.contains(c);
        let first = at == 0 && "#+-=:!().".contains(c);
        let list = at > 0 && digits_only && matches!(c, '.' | ')');
        let link = (c == '/' && previous == Some(':')) || (c == '.' && ends_in_www(&out));
        let tag = matches!(c, '%' | '#') && matches!(previous, Some('{' | '<'));
        if inline || first || list || link || tag {
            out.push('\\');
        }
        out.push(c);
        digits_only = digits_only && c.is_ascii_digit();
        previous = Some(c);
    }
    // Signs at the end of a heading would close it.
    let hashes = out.trim_end_matches('#').len();
    if hashes > 0 && hashes < out.len() && !out[..hashes].ends_with('\\') {
        out.insert(hashes, '\\');
    }
    out
}

/// Tells whether a text ends in `www`, which some readers make a link of.
fn ends_in_www(text: &str) -> bool {
    text.len() >= 3
        && text.is_char_boundary(text.len() - 3)
        && text[text.len() - 3..].eq_ignore_ascii_case("www")
}

fn html(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    for c in line.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            plain => out.push(plain),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_as_they_are() {
        let text = "Names of our zones stop resolving as caches run out: 2 of 7, at 14:30 (UTC).";
        for format in Format::ALL {
            assert_eq!(format.escape(text), text);
        }
    }

    #[test]
    fn each_format_keeps_its_own_signs() {
        let value = "<b>[x](http://e.example)</b>\n# _a_ & \u{1b}[2J";
        assert_eq!(
            Format::Markdown.escape(value),
            r"\<b\>\[x\](http:\//e.example)\</b\> # \_a\_ \& \\u\{1b\}\[2J"
        );
        assert_eq!(
            Format::Html.escape(value),
            "&lt;b&gt;[x](http://e.example)&lt;/b&gt; # _a_ &amp; \\u{1b}[2J"
        );
        assert_eq!(Format::Text.escape(value), "<b>[x](http://e.example)</b> # _a_ & \\u{1b}[2J");
    }

    #[test]
    fn what_starts_a_block_is_escaped_at_the_start() {
        for (value, escaped) in [
            ("# a", r"\# a"),
            ("- a", r"\- a"),
            ("12. a", r"12\. a"),
            ("1) a", r"1\) a"),
            ("=== ", r"\==="),
            ("www.e.example", r"www\.e.example"),
            ("a ##", r"a \##"),
        ] {
            assert_eq!(Format::Markdown.escape(value), escaped);
        }
    }
}
