//! One page of text: the only way to a screen. Everything on it is on lines of its own, wrapped and spelt out.

use super::style::{Style, Tone};
use crate::model::{Remote, ScreenText};

/// A page that is being written.
pub(super) struct Page<'a> {
    style: &'a Style,
    text: String,
}

/// The first line of everything in a drill.
pub(super) const BANNER: &str = "EXERCISE: this is a rehearsal; nothing of it is really happening.";

impl<'a> Page<'a> {
    /// Begins a page; in a drill it says so first.
    pub fn new(style: &'a Style) -> Self {
        Self::of(style, style.exercise)
    }

    /// Begins a page that is an exercise, or not, whatever the style says.
    pub fn of(style: &'a Style, exercise: bool) -> Self {
        let mut page = Self { style, text: String::new() };
        if exercise {
            page.toned(Tone::Unsure, 0, BANNER);
            page.blank();
        }
        page
    }

    /// Returns the page's text, which ends in a newline unless it is empty.
    pub fn done(self) -> ScreenText {
        ScreenText::drawn(self.text)
    }

    /// Leaves a line empty.
    pub fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Writes a headline.
    pub fn heading(&mut self, text: &str) {
        self.toned(Tone::Strong, 0, text);
    }

    /// Writes a paragraph.
    pub fn line(&mut self, indent: usize, text: &str) {
        self.toned(Tone::Plain, indent, text);
    }

    /// Writes a paragraph in a tone.
    pub fn toned(&mut self, tone: Tone, indent: usize, text: &str) {
        self.put(tone, indent, "", indent, text);
    }

    /// Writes a paragraph behind a mark such as `1.`; its further lines stand below its first word.
    pub fn item(&mut self, tone: Tone, indent: usize, mark: &str, text: &str) {
        let mark = format!("{} ", Remote::spelt(mark));
        let hang = indent + mark.chars().count();
        self.put(tone, indent, &mark, hang, text);
    }

    /// Writes a paragraph behind a label that is as wide as its neighbours'.
    pub fn field(&mut self, indent: usize, label: &str, text: &str) {
        let mark = format!("{:<10} ", spelt(label));
        let hang = indent + mark.chars().count();
        self.put(Tone::Plain, indent, &mark, hang, text);
    }

    /// Writes `label: value` on one line that is never wrapped: programs read it.
    pub fn fact(&mut self, label: &str, value: &str) {
        self.text.push_str(&format!("{label}: {}\n", spelt(value)));
    }

    fn put(&mut self, tone: Tone, indent: usize, mark: &str, hang: usize, text: &str) {
        let room = self.style.columns().saturating_sub(hang).max(16);
        let lines = wrapped(&spelt(text), room);
        for (number, line) in lines.iter().enumerate() {
            let blank = if number == 0 { indent } else { hang };
            let mark = if number == 0 { mark } else { "" };
            let shown = self.style.paint(tone, line);
            self.text.push_str(format!("{:blank$}{mark}{shown}", "").trim_end());
            self.text.push('\n');
        }
    }
}

/// Puts a text on one line that draws nothing but itself.
pub(super) fn spelt(text: &str) -> String {
    let parts: Vec<&str> = text.split(['\n', '\r', '\t']).map(str::trim).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Remote::spelt(&parts.join(" "))
}

/// Breaks a text between words; a word longer than the room stays whole, and so does what stands between backticks:
/// a command that is broken in two is not what somebody shall paste.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in words(text) {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > room {
            lines.push(String::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { continue };
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
    }
    lines
}

/// Splits a text at its spaces, but for those between two backticks.
fn words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, _) in text.match_indices(['`', ' ']) {
        if text[at..].starts_with('`') {
            quoted = !quoted && text[at + 1..].contains('`');
        } else if !quoted {
            words.push(&text[start..at]);
            start = at + 1;
        }
    }
    words.push(&text[start..]);
    words.retain(|word| !word.is_empty());
    words
}

/// Words a number with its noun.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Joins texts with commas; `none` stands for an empty list.
pub(super) fn list<T: ToString>(items: impl IntoIterator<Item = T>, none: &str) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { none.to_owned() } else { items.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_below_their_first_and_long_ones_stay_whole() {
        let style = Style { width: 40, ..Style::default() };
        let mut page = Page::new(&style);
        page.item(Tone::Plain, 2, "1.", "a word and another word and a third that does not fit");
        page.line(0, &"x".repeat(60));
        let shown = format!(
            "  1. a word and another word and a third\n     that does not fit\n{}\n",
            "x".repeat(60)
        );
        assert_eq!(page.done().as_str(), shown);
    }

    #[test]
    fn a_command_stays_on_one_line_however_narrow_the_page() {
        let style = Style { width: 20, ..Style::default() };
        let mut page = Page::new(&style);
        page.line(0, "One: `lifeboat resume --incident x`; a lone ` breaks as ever it did.");
        let wanted =
            ["One:", "`lifeboat resume --incident x`;", "a lone ` breaks as", "ever it did."];
        assert_eq!(page.done().lines().collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn nothing_on_a_page_drives_a_terminal() {
        let style = Style::default();
        let mut page = Page::new(&style);
        page.item(Tone::Bad, 0, "\u{7}", "a\u{1b}]8;;x\u{7}b\u{202e}\r\nc\u{9b}1m");
        page.fact("target", "a\nb\u{8}");
        let shown = page.done();
        assert!(shown.chars().all(|c| c == '\n' || c.is_ascii_graphic() || c == ' '), "{shown}");
        assert_eq!(shown.lines().count(), 2);
    }
}
