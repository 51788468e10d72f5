//! The words of a zone file (RFC 1035 §5.1): entries, each one line or several held together by parentheses.

use super::zone_file::ZoneFileFault;

/// A line and a column in characters, counted from 1.
pub(super) type Place = (u32, u32);

/// One word, escapes left as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Without the quotes.
    pub text: &'a str,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Its line and column, counted from 1.
    pub place: Place,
}

/// One entry: its words, and whether it began with a blank, which stands for the owner before.
#[derive(Debug, Default)]
pub(super) struct Entry<'a> {
    pub words: Vec<Word<'a>>,
    pub indented: bool,
}

/// Reads a text entry by entry.
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    /// The last place whose column was counted, and that column.
    counted: (usize, u32),
}

impl<'a> Words<'a> {
    pub const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, counted: (0, 1) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Returns the line and the column, in characters, where it stands now.
    pub fn place(&mut self) -> Place {
        let (from, column) = self.counted;
        let more = self.text[from..self.at].chars().count();
        let column = column.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        self.counted = (self.at, column);
        (self.line, column)
    }

    /// Reads the next entry into the place of the last one; nothing is left after the last.
    ///
    /// # Errors
    /// A quote or a parenthesis that is not closed, or one that was never opened.
    pub fn next(&mut self, entry: &mut Entry<'a>) -> Result<bool, ZoneFileFault> {
        loop {
            entry.words.clear();
            entry.indented = matches!(self.peek(), Some(b' ' | b'\t'));
            self.line_of(entry)?;
            if !entry.words.is_empty() {
                return Ok(true);
            }
            if self.peek().is_none() {
                return Ok(false);
            }
        }
    }

    /// Reads to the end of a line, or further while a parenthesis is open.
    fn line_of(&mut self, entry: &mut Entry<'a>) -> Result<(), ZoneFileFault> {
        let mut opened: Vec<Place> = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b';' => self.comment(),
                b'\n' => {
                    self.new_line();
                    if opened.is_empty() {
                        return Ok(());
                    }
                }
                b'(' => {
                    // One inside another means nothing more.
                    opened.push(self.place());
                    self.at += 1;
                }
                b')' if opened.pop().is_some() => self.at += 1,
                b')' => {
                    let expected = "a parenthesis that was opened before";
                    return Err(ZoneFileFault::new(self.place(), ")", expected));
                }
                b'"' => entry.words.push(self.quoted()?),
                _ => entry.words.push(self.bare()),
            }
        }
        match opened.first() {
            Some(place) => {
                Err(ZoneFileFault::new(*place, "(", "a closing parenthesis before the end"))
            }
            None => Ok(()),
        }
    }

    fn comment(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    const fn new_line(&mut self) {
        self.at += 1;
        self.line += 1;
        self.counted = (self.at, 1);
    }

    fn bare(&mut self) -> Word<'a> {
        let (begin, place) = (self.at, self.place());
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.at = self.after_escape(),
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'(' | b')' | b'"' => break,
                _ => self.at += 1,
            }
        }
        Word { text: &self.text[begin..self.at], quoted: false, place }
    }

    fn quoted(&mut self) -> Result<Word<'a>, ZoneFileFault> {
        let place = self.place();
        self.at += 1;
        let begin = self.at;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    let text = &self.text[begin..self.at];
                    self.at += 1;
                    return Ok(Word { text, quoted: true, place });
                }
                b'\n' => break,
                b'\\' => self.at = self.after_escape(),
                _ => self.at += 1,
            }
        }
        Err(ZoneFileFault::new(place, "\"", "a closing quote on the same line"))
    }

    /// Returns the place behind a backslash and the character that it stands before; the end of a line stays one.
    fn after_escape(&self) -> usize {
        let next = self.text[self.at + 1..].chars().next().filter(|c| *c != '\n');
        self.at + 1 + next.map_or(0, char::len_utf8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<(bool, Vec<&str>)>, ZoneFileFault> {
        let (mut words, mut entry, mut found) = (Words::new(text), Entry::default(), Vec::new());
        while words.next(&mut entry)? {
            found.push((entry.indented, entry.words.iter().map(|word| word.text).collect()));
        }
        Ok(found)
    }

    #[test]
    fn entries_go_on_in_parentheses_and_comments_end_with_their_line() {
        let text = "; head\r\n\r\na SOA b c ( 1 ; serial\n  2\n 3 ) d ; end\n\t A 192.0.2.1\nx TXT \"a;b (\" c\\;d";
        let wanted = [
            (false, vec!["a", "SOA", "b", "c", "1", "2", "3", "d"]),
            (true, vec!["A", "192.0.2.1"]),
            (false, vec!["x", "TXT", "a;b (", "c\\;d"]),
        ];
        assert_eq!(all(text).expect("entries"), wanted);
        assert_eq!(all("").expect("nothing"), []);
    }

    #[test]
    fn what_is_not_closed_is_named_where_it_began() {
        let place = |text| all(text).map_err(|fault| (fault.line, fault.column));
        assert_eq!(place("a A\nb ( TXT \"x\"\nc"), Err((2, 3)));
        assert_eq!(place("ä TXT \"x\n\""), Err((1, 7)));
        assert_eq!(place("a ) b"), Err((1, 3)));
        assert_eq!(place("a TXT \"x\\"), Err((1, 7)));
        assert_eq!(place("a TXT x\\"), Ok(vec![(false, vec!["a", "TXT", "x\\"])]));
    }
}
