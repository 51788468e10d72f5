//! A roll of names to ask for, in the form of a zone file: `NAME [TTL] [IN] TYPE [DATA]`, one record a line.
//!
//! Lines that follow each other with the same name and type are one question, and their data together what should
//! come. A line without data wants whatever comes; `!NXDOMAIN` and `!NODATA` want nothing. Every name is taken as
//! fully qualified. A [`Roll`] keeps questions and data as they travel, one after the other, and nothing else.

use std::collections::HashSet;
use std::ops::Range;

use thiserror::Error;

use super::line::{self, Line, Reading};
use super::{DnsError, data, glance, lines};
use crate::model::Remote;

/// Names, and what should come of each.
#[derive(Debug, Default)]
pub struct Roll {
    questions: Vec<u8>,
    data: Vec<u8>,
    entries: Vec<Entry>,
}

/// One question: where it lies, where the data lie that it wants, and the line that it began on.
#[derive(Debug)]
struct Entry {
    question: Range<u32>,
    data: Range<u32>,
    wants: Wants,
    line: u32,
}

/// What a line says of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wants {
    Anything,
    Records,
    Nothing,
    NoName,
}

/// What should come of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Whatever there is.
    Anything,
    /// These records and no others, in any order: each its data in plain bytes, with its length before it.
    Records(&'a [u8]),
    /// The name, without records of the type.
    Nothing,
    /// No such name.
    NoName,
}

/// What is wrong with a roll, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{line}:{column}: {what}")]
pub struct RollError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: RollFault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RollFault {
    /// A name, a type or data that is none.
    #[error("{0}")]
    Dns(DnsError),
    /// A name alone.
    #[error("a type is missing behind the name")]
    NoType,
    /// A type that no answer has, or that asks for several.
    #[error("`{}` is no type of one record set", Remote::new(.0))]
    NotOne(String),
    /// A word of zone files that a roll does not have.
    #[error("`{}` stands for something that only a whole zone file says", Remote::new(.0))]
    Zone(String),
    /// A mark that is none.
    #[error("`{}` is no mark: `!NXDOMAIN` and `!NODATA` are", Remote::new(.0))]
    Mark(String),
    /// Data beside a line of the same question that has none, or a mark beside data.
    #[error("the line before asks the same and wants something that does not go with this")]
    Contradicts,
    /// The same question again, elsewhere.
    #[error("line {0} asks the same")]
    Again(usize),
    /// More than a roll holds.
    #[error("a roll holds {} questions and {} MiB at most", Roll::MOST, Roll::LONGEST >> 20)]
    TooMuch,
}

impl RollError {
    /// Says what to do next.
    pub fn hint(&self) -> &'static str {
        match &self.what {
            RollFault::Dns(error) => error.hint().unwrap_or(FORM),
            RollFault::NoType => FORM,
            RollFault::NotOne(_) => {
                "ask for one type, such as `A`; for a whole zone there is a zone transfer"
            }
            RollFault::Zone(_) => "write every name out, and a line for every record",
            RollFault::Mark(_) => "what else a server says is never wanted: leave the mark out",
            RollFault::Contradicts => "leave one of the two lines out",
            RollFault::Again(_) => "put the lines of one name and type together: `sort` does",
            RollFault::TooMuch => "split the file",
        }
    }
}

const FORM: &str =
    "each line is `NAME TYPE` or `NAME TYPE DATA`, for example `www.example. A 192.0.2.1`";

impl Roll {
    /// The most questions.
    pub const MOST: usize = 1_000_000;

    /// The longest text, in bytes.
    pub const LONGEST: usize = 64 << 20;

    /// Reads a roll. Empty lines and comments, from a `;` or `#` at the beginning of a line, are left out.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &str) -> Result<Self, RollError> {
        let at = |line: usize, column: usize, what| RollError { line: line + 1, column, what };
        if text.len() > Self::LONGEST {
            return Err(at(0, 1, RollFault::TooMuch));
        }
        let (mut roll, mut reading) = (Self::default(), Reading::default());
        for (number, line) in text.lines().enumerate() {
            roll.take(line, number, &mut reading)
                .map_err(|(word, what)| at(number, line::column(line, word), what))?;
        }
        match roll.repeated(reading.ascending) {
            Some((again, first)) => {
                let line = roll.entries[again].line as usize;
                Err(at(line, 1, RollFault::Again(roll.entries[first].line as usize + 1)))
            }
            None => Ok(roll),
        }
    }

    /// Returns how many questions it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns a question as it travels: name, type and class (RFC 1035 §4.1.2).
    pub fn question(&self, number: usize) -> &[u8] {
        &self.questions[self.entries[number].place()]
    }

    /// Returns what should come of a question.
    pub fn wanted(&self, number: usize) -> Wanted<'_> {
        let Entry { data, wants, .. } = &self.entries[number];
        let data = data.start as usize..data.end as usize;
        match wants {
            Wants::Anything => Wanted::Anything,
            Wants::Nothing => Wanted::Nothing,
            Wants::NoName => Wanted::NoName,
            Wants::Records => Wanted::Records(&self.data[data]),
        }
    }

    /// Writes a question's name and type.
    pub fn show(&self, number: usize, out: &mut String) {
        let (name, kind) = self.question(number).split_at(self.entries[number].place().len() - 4);
        lines::write_question(name, u16::from_be_bytes([kind[0], kind[1]]), out);
    }

    /// Writes what is wanted of a question in lines of a roll, each behind `mark`; no line for whatever there is.
    pub fn show_wanted(&self, number: usize, mark: &str, out: &mut String) {
        let head = |out: &mut String| {
            out.push_str(mark);
            self.show(number, out);
            out.push(' ');
        };
        match self.wanted(number) {
            Wanted::Anything => {}
            Wanted::Nothing => (head(out), out.push_str("!NODATA\n")).1,
            Wanted::NoName => (head(out), out.push_str("!NXDOMAIN\n")).1,
            Wanted::Records(records) => {
                let question = self.question(number);
                let kind = u16::from_be_bytes([
                    question[question.len() - 4],
                    question[question.len() - 3],
                ]);
                for piece in glance::pieces(records) {
                    head(out);
                    // It was read from a text, and is one again.
                    out.push_str(
                        &data::show_in(piece, 2..piece.len(), kind.into()).unwrap_or_default(),
                    );
                    out.push('\n');
                }
            }
        }
    }

    /// Returns the questions' numbers, shorter questions first: those of one length can leave together.
    pub fn by_length(&self) -> Vec<u32> {
        let length = |number: &u32| self.question(*number as usize).len();
        let mut numbers: Vec<u32> = (0..).take(self.len()).collect();
        numbers.sort_by_key(length);
        numbers
    }

    /// Returns the first question that stands twice, and where it stood before.
    fn repeated(&self, ascending: bool) -> Option<(usize, usize)> {
        if ascending {
            return None;
        }
        let mut seen = HashSet::with_capacity(self.len());
        let again = (0..self.len()).find(|number| !seen.insert(self.question(*number)))?;
        let first = (0..again).find(|number| self.question(*number) == self.question(again))?;
        Some((again, first))
    }

    /// Takes one line; an error comes with the word that is wrong.
    fn take<'a>(
        &mut self,
        text: &'a str,
        number: usize,
        reading: &mut Reading,
    ) -> Result<(), (&'a str, RollFault)> {
        let Some(line) = Line::split(text)? else { return Ok(()) };
        let kind = reading.kind(line.kind).map_err(|what| (line.kind, what))?;
        let start = self.questions.len();
        line::encode_question(line.name, kind, &mut self.questions)
            .map_err(|error| (line.name, error.into()))?;
        let same = self.entries.last().is_some_and(|last| self.same(last, start));
        if same {
            self.questions.truncate(start);
        } else {
            self.begin(start, number, reading).map_err(|what| (line.name, what))?;
        }
        let at_fault = if line.data.is_empty() { line.kind } else { line.data };
        self.want(line.data, kind, same).map_err(|what| (at_fault, what))
    }

    fn same(&self, last: &Entry, start: usize) -> bool {
        self.questions[last.place()] == self.questions[start..]
    }

    fn begin(&mut self, start: usize, line: usize, reading: &mut Reading) -> Result<(), RollFault> {
        if self.entries.len() == Self::MOST {
            return Err(RollFault::TooMuch);
        }
        let question = place(start)?..place(self.questions.len())?;
        if let Some(last) = self.entries.last() {
            reading.ascending &= self.questions[last.place()] < self.questions[start..];
        }
        let (end, line) = (place(self.data.len())?, place(line)?);
        self.entries.push(Entry { question, data: end..end, wants: Wants::Anything, line });
        Ok(())
    }

    /// Adds what a line wants to the question that it asks.
    fn want(&mut self, data: &str, kind: u16, same: bool) -> Result<(), RollFault> {
        let wants = match data {
            "" => Wants::Anything,
            "!NXDOMAIN" => Wants::NoName,
            "!NODATA" => Wants::Nothing,
            mark if is_mark(mark) => return Err(RollFault::Mark(mark.to_owned())),
            _ => Wants::Records,
        };
        let Some(entry) = self.entries.last_mut() else { return Ok(()) };
        if same && entry.wants != wants {
            return Err(RollFault::Contradicts);
        }
        entry.wants = wants;
        if wants == Wants::Records {
            line::encode_data(kind, data, &mut self.data)?;
            entry.data.end = place(self.data.len())?;
        }
        Ok(())
    }
}

impl Entry {
    fn place(&self) -> Range<usize> {
        self.question.start as usize..self.question.end as usize
    }
}

/// Tells a mark from data, which no server and no zone file writes in capitals behind a `!`.
fn is_mark(data: &str) -> bool {
    let is_capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    data.strip_prefix('!').is_some_and(|word| word.bytes().all(is_capital))
}

fn place(at: usize) -> Result<u32, RollFault> {
    u32::try_from(at).map_err(|_| RollFault::TooMuch)
}

impl From<DnsError> for RollFault {
    fn from(error: DnsError) -> Self {
        Self::Dns(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Roll {
        Roll::parse(text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn refused(text: &str) -> String {
        Roll::parse(text).map(|roll| roll.len()).expect_err("is wrong").to_string()
    }

    #[test]
    fn lines_of_one_name_and_type_are_one_question() {
        let roll = parsed(
            "; a comment\n\nwww.example. A 192.0.2.1\nWWW.example 300 IN a 192.0.2.2\nb. TXT\n",
        );
        assert_eq!(roll.len(), 2);
        assert_eq!(roll.question(0), b"\x03www\x07example\0\0\x01\0\x01");
        assert_eq!(roll.wanted(0), Wanted::Records(&[0, 4, 192, 0, 2, 1, 0, 4, 192, 0, 2, 2]));
        assert_eq!(roll.question(1), b"\x01b\0\0\x10\0\x01");
        assert_eq!(roll.wanted(1), Wanted::Anything);
        assert_eq!(roll.by_length(), [1, 0]);
    }

    #[test]
    fn marks_want_nothing_and_data_are_plain() {
        let roll =
            parsed("a. A !NXDOMAIN\nb. AAAA !NODATA\nb. MX 10 Mail.Example\nc. AAAA 2001:db8::1");
        assert_eq!(roll.wanted(0), Wanted::NoName);
        assert_eq!(roll.wanted(1), Wanted::Nothing);
        let mail = b"\0\x10\0\x0a\x04mail\x07example\0";
        assert_eq!(roll.wanted(2), Wanted::Records(mail));
        assert!(matches!(roll.wanted(3), Wanted::Records(data) if data.len() == 18));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        assert_eq!(refused("a. A\nb..c A"), "2:1: `b..c` is no domain name");
        assert_eq!(refused("a. A 192.0.2"), "1:6: `192.0.2` is no data of type A");
        assert_eq!(refused("a. B"), "1:4: `B` is no record type");
        assert_eq!(refused("a."), "1:3: a type is missing behind the name");
        assert_eq!(refused("a. AXFR"), "1:4: `AXFR` is no type of one record set");
        assert_eq!(refused("a. A !LOST"), "1:6: `!LOST` is no mark: `!NXDOMAIN` and `!NODATA` are");
        assert_eq!(refused("b. A\na. A\nB. A"), "3:1: line 1 asks the same");
        for zone in ["$ORIGIN a.", "@ A", "  A 192.0.2.1"] {
            assert!(refused(zone).contains("only a whole zone file says"), "{zone}");
        }
        for pair in ["a. A\na. A 192.0.2.1", "a. A 192.0.2.1\na. A !NODATA"] {
            assert!(refused(pair).starts_with("2:"), "{pair}");
        }
        let error = Roll::parse("a. A\nb. A\na. A").expect_err("asks twice");
        assert!(error.hint().contains("sort"));
    }

    #[test]
    fn the_same_line_twice_is_one_and_order_does_not_matter() {
        assert_eq!(parsed("a. A\na. A").len(), 1);
        assert_eq!(parsed("c. A\nb. A\na. A\na. AAAA").len(), 4);
        assert!(parsed("").is_empty() && parsed("# nothing\n").is_empty());
    }
}
