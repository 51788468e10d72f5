//! `one_time_codes`: the sheets of printed codes, a line each. Lifeboat itself writes it; whoever edits it is told where.

use std::collections::BTreeMap;

use super::fault::{Fault, FaultKind, Faults, Report, quoted};
use super::source::{Place, Source};
use crate::model::{CodeLine, CodeSheets, Id};

const HEAD: &str = "\
# What knows printed one-time codes again; the codes themselves stand nowhere. `lifeboat approve --print-codes` writes it.
# CONTACT NUMBER SALT KEY. Review what changed, then commit it, signed, with the estate.
";

const LINE: &str = "`CONTACT NUMBER SALT KEY`, with one blank between";

/// Writes the sheets so that reading them gives the same.
pub fn code_text(sheets: &CodeSheets) -> String {
    let lines = sheets.lines.iter().map(|line| format!("{line}\n"));
    HEAD.to_owned() + &lines.collect::<String>()
}

/// Reads the sheets.
///
/// # Errors
/// Every mistake: a sheet that is not understood as a whole lets nobody approve.
pub fn codes(source: &Source) -> Result<CodeSheets, Faults> {
    let (sheets, faults) = read(source, None);
    if faults.is_empty() { Ok(sheets) } else { Err(Faults(faults)) }
}

/// Finds every mistake; `signers` are the contacts of the estate with a `signer`, absent where no estate is known.
pub(super) fn code_faults(source: &Source, signers: Option<&[&str]>) -> Vec<Fault> {
    read(source, signers).1
}

/// One word of a line.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    place: Place,
}

fn read(source: &Source, signers: Option<&[&str]>) -> (CodeSheets, Vec<Fault>) {
    let (mut sheets, mut report) = (CodeSheets::default(), Report::new(source));
    let mut reader =
        Reader { report: &mut report, numbers: BTreeMap::new(), keys: BTreeMap::new() };
    let mut start = 0;
    for (number, line) in (1..).zip(source.text.split('\n')) {
        if reader.report.is_full() {
            break;
        }
        if !line.is_empty() && !line.starts_with('#') {
            sheets.lines.extend(reader.line(line, start, number, signers));
        }
        start += line.len() + 1;
    }
    (sheets, report.finish(None))
}

/// Takes a line of four words apart; `None` where it has more or fewer.
fn four(line: &str, start: usize, number: u32) -> Option<[Word<'_>; 4]> {
    let mut words = line.split(' ');
    let texts = [words.next()?, words.next()?, words.next()?, words.next()?];
    let (mut at, mut column) = (start, 1_u32);
    let read = texts.map(|text| {
        let place = Place { start: at, end: at + text.len(), line: number, column };
        at += text.len() + 1;
        column += u32::try_from(text.chars().count()).unwrap_or_default() + 1;
        Word { text, place }
    });
    words.next().is_none().then_some(read)
}

struct Reader<'r, 's> {
    report: &'r mut Report<'s>,
    /// On which line a contact's number stands first.
    numbers: BTreeMap<(String, u8), u32>,
    /// On which line a key stands first.
    keys: BTreeMap<[u8; 32], u32>,
}

impl Reader<'_, '_> {
    /// Reads one line; `None` where something is wrong with it.
    fn line(
        &mut self,
        text: &str,
        start: usize,
        line: u32,
        signers: Option<&[&str]>,
    ) -> Option<CodeLine> {
        let Some([contact, number, salt, key]) = four(text, start, line) else {
            let place = Place { start, end: start + text.len(), line, column: 1 };
            let found = format!("a line of {} in the place of 4 words", text.split(' ').count());
            self.wrong(FaultKind::WrongValue, place, &found, LINE).hint(AGAIN);
            return None;
        };
        let contact = self.contact(contact, signers);
        let number = self.number(number).map(|it| (it, number.place));
        let salt = self.digits::<16>(salt, "the salt, 32 lower-case hexadecimal digits");
        let read = self.digits::<32>(key, "the key, 64 lower-case hexadecimal digits");
        let ((number, place), contact, salt, read) = (number?, contact?, salt?, read?);
        let first = *self.numbers.entry((contact.to_string(), number)).or_insert(line);
        if first != line {
            let found = format!("code {number} of `{contact}` stands twice; first on line {first}");
            self.wrong(FaultKind::DuplicateId, place, &found, "each number of a sheet once")
                .hint(AGAIN);
            return None;
        }
        let first = *self.keys.entry(read).or_insert(line);
        if first != line {
            let found = format!("the key stands on line {first} already");
            self.wrong(FaultKind::DuplicateId, key.place, &found, "a key of its own").hint(AGAIN);
            return None;
        }
        Some(CodeLine { contact, number, salt, key: read })
    }

    fn contact(&mut self, word: Word<'_>, signers: Option<&[&str]>) -> Option<Id> {
        if !Id::is_well_formed(word.text) {
            let found = format!("{} is no id", quoted(word.text));
            self.wrong(FaultKind::WrongValue, word.place, &found, "the id of a contact")
                .hint(AGAIN);
            return None;
        }
        if signers.is_some_and(|all| !all.contains(&word.text)) {
            let found = format!("{} is no contact with a `signer`", quoted(word.text));
            let fault = self.wrong(FaultKind::UnknownReference, word.place, &found, LINE);
            fault.hint("whoever may not sign may not approve by a code: strike their lines out");
            return None;
        }
        Some(Id::new(word.text))
    }

    fn number(&mut self, word: Word<'_>) -> Option<u8> {
        let read = word.text.parse::<u8>().ok();
        let read = read.filter(|it| (1..=CodeSheets::MOST).contains(it));
        let read = read.filter(|it| it.to_string() == word.text);
        if read.is_none() {
            let found = format!("{} is no number of a code", quoted(word.text));
            let most = format!("a number from 1 to {}", CodeSheets::MOST);
            self.wrong(FaultKind::OutOfRange, word.place, &found, &most).hint(AGAIN);
        }
        read
    }

    /// Reads so many bytes in hexadecimal, in their one spelling.
    fn digits<const N: usize>(&mut self, word: Word<'_>, expected: &str) -> Option<[u8; N]> {
        let read = hexadecimal(word.text);
        if read.is_none() {
            let found = format!("{} is not that", quoted(word.text));
            self.wrong(FaultKind::WrongValue, word.place, &found, expected).hint(AGAIN);
        }
        read
    }

    fn wrong(&mut self, kind: FaultKind, place: Place, found: &str, expected: &str) -> &mut Fault {
        self.report.add(kind, place, found).expected(expected)
    }
}

const AGAIN: &str = "take the line back as it was committed, or print that person's sheet anew: `lifeboat approve --print-codes N --as CONTACT`";

fn hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "00112233445566778899aabbccddeeff";
    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn faults(text: &str, signers: Option<&[&str]>) -> Vec<Fault> {
        code_faults(&Source::new(CodeSheets::NAME, text), signers)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let line = |contact: &str, number, key| {
            let contact = Id::from(contact);
            CodeLine { contact, number, salt: [number; 16], key: [key; 32] }
        };
        let mut sheets = CodeSheets::default();
        sheets.replace(&"ben".into(), vec![line("ben", 1, 1), line("ben", 50, 2)]);
        sheets.replace(&"carla".into(), vec![line("carla", 1, 3)]);
        sheets.replace(&"ben".into(), vec![line("ben", 1, 4)]);
        let text = code_text(&sheets);
        assert_eq!(codes(&Source::new("a", text)), Ok(sheets.clone()));
        assert_eq!(sheets.lines, [line("carla", 1, 3), line("ben", 1, 4)]);
        assert_eq!(codes(&Source::new("a", "")), Ok(CodeSheets::default()));
    }

    #[test]
    fn every_mistake_has_its_place() {
        let other = KEY.replace("00", "ff");
        for (text, line, column, said) in [
            (format!("ben 1 {SALT}"), 1, 1, "a line of 3"),
            (format!(" ben 1 {SALT} {KEY}"), 1, 1, "a line of 5"),
            (format!("ben 1 {SALT} {KEY} "), 1, 1, "a line of 5"),
            (format!("# head\n\n-en 1 {SALT} {KEY}"), 3, 1, "`-en` is no id"),
            (format!("ben 0 {SALT} {KEY}"), 1, 5, "`0` is no number"),
            (format!("ben 51 {SALT} {KEY}"), 1, 5, "`51` is no number"),
            (format!("ben +1 {SALT} {KEY}"), 1, 5, "`+1` is no number"),
            (format!("ben 01 {SALT} {KEY}"), 1, 5, "`01` is no number"),
            (format!("ben 1 {} {KEY}", SALT.to_uppercase()), 1, 7, "is not that"),
            (format!("ben 1 {} {KEY}", &SALT[1..]), 1, 7, "is not that"),
            (format!("ben 1 {SALT} {KEY}0"), 1, 40, "is not that"),
            (format!("ben 1 {SALT} {KEY}\r\n"), 1, 40, "is not that"),
            (
                format!("ben 1 {SALT} {KEY}\nben 1 {SALT} {other}\n"),
                2,
                5,
                "stands twice; first on line 1",
            ),
            (
                format!("ben 1 {SALT} {KEY}\nanna 2 {SALT} {KEY}\n"),
                2,
                41,
                "stands on line 1 already",
            ),
            (format!("anna 1 {SALT} {KEY}\neve 1 {SALT} {other}\n"), 2, 1, "`eve` is no contact"),
        ] {
            let found = faults(&text, Some(&["anna", "ben"]));
            let [fault] = &found[..] else { panic!("{text}: {found:?}") };
            assert!(fault.found.contains(said), "{text}: {}", fault.found);
            assert_eq!((fault.line, fault.column), (line, column), "{text}");
            assert!(fault.expected.is_some() && !fault.hint.is_empty(), "{text}: {fault:?}");
        }
        assert_eq!(faults(&format!("x 0 {SALT} z"), None).len(), 2);
        assert!(faults(&"?\n".repeat(5_000), None).len() <= 1_000);
    }
}
