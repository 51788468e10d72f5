//! Zone files (RFC 1035 §5): read as other tools write them, written as copies of zones lie in a repository.
//!
//! A file that is written has one record a line, in canonical order, and what does not travel behind `;@`, where other
//! tools see a comment. Nothing that a file names is opened.

use std::fmt::{self, Write as _};

use super::copy::{Copier, CopyFault, Worded};
use super::zone_words::{Entry, Place, Word, Words};
use super::{data, name};
use crate::model::{Apart, Remote, ZoneCopy};

/// How many bytes of words the records of a file may have for each of its bytes: names may be relative to a long one.
const UNFOLDS: usize = 16;

/// What even a short file may have.
const AT_LEAST: usize = 16 << 10;

/// What a record that does not travel stands behind.
const APART: &str = ";@ ";

/// The longest time to live (RFC 2181 §8).
const LONGEST: u32 = i32::MAX as u32;

/// A mistake in a zone file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ZoneFileFault {
    /// Its line, counted from 1.
    pub line: u32,
    /// Its column in characters, counted from 1.
    pub column: u32,
    /// What stands there.
    pub found: Remote,
    /// What should.
    pub expected: &'static str,
}

impl fmt::Display for ZoneFileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, found, expected } = self;
        write!(f, "line {line}, column {column}: found `{found}`, expected {expected}")
    }
}

impl ZoneFileFault {
    pub(super) fn new((line, column): Place, found: &str, expected: &'static str) -> Self {
        let found = Remote::new(found.chars().take(80).collect::<String>());
        Self { line, column, found, expected }
    }

    fn at(word: Word<'_>, expected: &'static str) -> Self {
        Self::new(word.place, word.text, expected)
    }

    /// Says what to do next.
    pub const fn hint(&self) -> &'static str {
        "write it anew with `lifeboat zone snapshot`, or mend that line"
    }
}

/// Reads a zone file into a copy; names that are not fully qualified lie in the zone.
///
/// # Errors
/// The first mistake of the file.
pub fn read_zone_file(zone: &str, text: &str) -> Result<ZoneCopy, ZoneFileFault> {
    let whole = (1, 1);
    let copier = Copier::new(zone);
    let copier = copier.map_err(|_| ZoneFileFault::new(whole, zone, "the name of a zone"))?;
    let origin = if zone.ends_with('.') { zone.to_owned() } else { format!("{zone}.") };
    let left = text.len() * UNFOLDS + AT_LEAST;
    let mut file = File { copier, origin, owner: None, ttl: None, default: None, left };
    let (mut words, mut entry) = (Words::new(text), Entry::default());
    while words.next(&mut entry)? {
        file.entry(&entry, None)?;
    }
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(rest) = line.strip_prefix(APART) {
            file.apart(number, rest)?;
        }
    }
    let copy = file.copier.done();
    copy.map_err(|_| ZoneFileFault::new(words.place(), "", "records of the zone"))
}

/// Writes a copy; the notes stand above it as comments.
pub fn write_zone_file(copy: &ZoneCopy, notes: &[&str]) -> String {
    let mut text: String =
        notes.iter().map(|note| format!("; {}\n", Remote::spelt(note))).collect();
    for set in &copy.sets {
        for data in &set.data {
            if let Some(apart) = set.apart {
                text.push_str(APART);
                text.push_str(apart.word());
                text.push(' ');
            }
            let (name, ttl, kind) = (&set.name, set.ttl, &set.kind);
            // Writing into a string cannot fail.
            let _ = writeln!(text, "{name} {ttl} IN {kind} {}", data.raw());
        }
    }
    text
}

/// A file that is being read.
struct File {
    copier: Copier,
    origin: String,
    owner: Option<String>,
    /// The last time to live that a record said.
    ttl: Option<u32>,
    /// That of `$TTL` (RFC 2308 §4).
    default: Option<u32>,
    left: usize,
}

impl File {
    fn entry(&mut self, entry: &Entry<'_>, apart: Option<Apart>) -> Result<(), ZoneFileFault> {
        let words = entry.words.as_slice();
        match words {
            [first, ..] if !entry.indented && !first.quoted && first.text.starts_with('$') => {
                self.directive(*first, &words[1..])
            }
            [first, rest @ ..] if !entry.indented => {
                self.owner = Some(self.absolute(*first)?);
                self.record(*first, rest, apart)
            }
            [first, ..] => self.record(*first, words, apart),
            [] => Ok(()),
        }
    }

    fn directive(&mut self, first: Word<'_>, rest: &[Word<'_>]) -> Result<(), ZoneFileFault> {
        match (first.text.to_ascii_uppercase().as_str(), rest) {
            ("$ORIGIN", [origin]) => self.origin = self.absolute(*origin)?,
            ("$TTL", [ttl]) => {
                let seconds = time_to_live(ttl.text);
                self.default =
                    Some(seconds.ok_or_else(|| ZoneFileFault::at(*ttl, "a number of seconds"))?);
            }
            ("$ORIGIN" | "$TTL", _) => {
                return Err(ZoneFileFault::at(first, "one word behind it"));
            }
            _ => {
                let expected = "`$ORIGIN`, `$TTL` or a record: no other file is opened, and nothing is generated";
                return Err(ZoneFileFault::at(first, expected));
            }
        }
        Ok(())
    }

    /// Reads `[TTL] [class] type data`, the first two in either order (RFC 1035 §5.1).
    fn record(
        &mut self,
        first: Word<'_>,
        mut rest: &[Word<'_>],
        apart: Option<Apart>,
    ) -> Result<(), ZoneFileFault> {
        let (mut ttl, mut class) = (None, false);
        let kind = loop {
            let Some((word, after)) = rest.split_first() else {
                return Err(ZoneFileFault::at(first, "a type and its data behind it"));
            };
            rest = after;
            let is_one_of =
                |words: &[&str]| words.iter().any(|it| word.text.eq_ignore_ascii_case(it));
            if !class && is_one_of(&["IN", "CLASS1"]) {
                class = true;
            } else if ttl.is_none() && word.text.starts_with(|c: char| c.is_ascii_digit()) {
                let seconds = time_to_live(word.text);
                ttl = Some(seconds.ok_or_else(|| ZoneFileFault::at(*word, "a number of seconds"))?);
            } else if is_one_of(&["CH", "HS", "CS", "NONE", "ANY"]) {
                return Err(ZoneFileFault::at(*word, "the class `IN`"));
            } else {
                break *word;
            }
        };
        self.ttl = ttl.or(self.ttl);
        let ttl = ttl.or(self.default).or(self.ttl);
        let ttl =
            ttl.ok_or_else(|| ZoneFileFault::at(kind, "a time to live before it, or `$TTL`"))?;
        let data = self.data(kind, rest)?;
        let owner = self.owner.as_deref();
        let owner = owner.ok_or_else(|| ZoneFileFault::at(first, "an owner before it"))?;
        let worded = Worded { name: owner, kind: kind.text, ttl, data: &data, apart };
        match self.copier.take(&worded) {
            Ok(taken) => self.pay(taken.size, first),
            Err(fault) => Err(because(&fault, first, kind, rest)),
        }
    }

    fn pay(&mut self, size: usize, word: Word<'_>) -> Result<(), ZoneFileFault> {
        let left = self.left.checked_sub(size);
        self.left = left.ok_or_else(|| {
            ZoneFileFault::at(word, "no more names than a file of this length has room for")
        })?;
        Ok(())
    }

    /// Puts data together again, its names fully qualified.
    fn data(&self, kind: Word<'_>, words: &[Word<'_>]) -> Result<String, ZoneFileFault> {
        let raw = words.first().is_some_and(|word| word.text == "\\#" && !word.quoted);
        let names = match name::read_kind(kind.text) {
            Ok(kind) if !raw => data::names(kind),
            Ok(_) | Err(_) => Vec::new(),
        };
        let mut data = String::new();
        for (place, word) in words.iter().enumerate() {
            if place > 0 {
                data.push(' ');
            }
            match word {
                Word { quoted: true, text, .. } => data.extend(["\"", text, "\""]),
                word if names.contains(&place) => data.push_str(&self.absolute(*word)?),
                word => data.push_str(word.text),
            }
        }
        Ok(data)
    }

    /// Returns a name in full; `@` is the origin.
    fn absolute(&self, word: Word<'_>) -> Result<String, ZoneFileFault> {
        let text = word.text;
        let slashes = text.trim_end_matches('.').bytes().rev().take_while(|byte| *byte == b'\\');
        let full = match text {
            "@" if !word.quoted => self.origin.clone(),
            text if text.ends_with('.') && slashes.count() % 2 == 0 => text.to_owned(),
            text if self.origin == "." => format!("{text}."),
            text => format!("{text}.{}", self.origin),
        };
        if name::is_name(&full) {
            return Ok(full);
        }
        let expected = "a domain name of at most 255 bytes, its labels of 1 to 63";
        Err(ZoneFileFault::at(word, expected))
    }

    /// Reads a record that does not travel: its reason, then the record in one line, its data as they stand.
    fn apart(&mut self, line: u32, rest: &str) -> Result<(), ZoneFileFault> {
        let fault = |found: &str, expected| ZoneFileFault::new((line, 1), found, expected);
        let mut parts = rest.splitn(6, ' ');
        let mut next = || parts.next().ok_or_else(|| fault(rest, "`REASON NAME TTL IN TYPE DATA`"));
        let word = next()?;
        let apart = Apart::ALL.into_iter().find(|apart| apart.word() == word);
        let apart =
            apart.ok_or_else(|| fault(word, "`alias`, `proxied`, `computed` or `disabled`"))?;
        let (name, ttl, class, kind, data) = (next()?, next()?, next()?, next()?, next()?);
        let ttl = time_to_live(ttl).ok_or_else(|| fault(ttl, "a number of seconds"))?;
        if class != "IN" {
            return Err(fault(class, "the class `IN`"));
        }
        let worded = Worded { name, kind, ttl, data, apart: Some(apart) };
        let word = Word { text: name, quoted: false, place: (line, 1) };
        match self.copier.take(&worded) {
            Ok(taken) => self.pay(taken.size, word),
            Err(fault) => Err(because(&fault, word, word, &[])),
        }
    }
}

/// Says which word of a record is none.
fn because(fault: &CopyFault, owner: Word<'_>, kind: Word<'_>, data: &[Word<'_>]) -> ZoneFileFault {
    match fault {
        CopyFault::Record(super::DnsError::Kind(_)) => {
            ZoneFileFault::at(kind, "a record type, such as `A` or `TYPE65280`")
        }
        CopyFault::Record(_) => {
            ZoneFileFault::at(data.first().copied().unwrap_or(kind), "data of that type")
        }
        CopyFault::Outside(_) => ZoneFileFault::at(owner, "a name that lies in the zone"),
        CopyFault::TwoBeginnings => ZoneFileFault::at(kind, "one SOA record in a zone"),
        CopyFault::Empty | CopyFault::NoTop(_) => ZoneFileFault::at(owner, "a whole zone"),
    }
}

/// Reads seconds, also in the units that BIND writes: `1w2d3h4m5s`.
fn time_to_live(text: &str) -> Option<u32> {
    let (mut whole, mut number) = (0_u32, None::<u32>);
    for c in text.chars() {
        let unit = match c.to_ascii_lowercase() {
            c @ '0'..='9' => {
                let digit = c.to_digit(10)?;
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        whole = whole.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    let bare = number.unwrap_or(0);
    whole.checked_add(bare).filter(|seconds| *seconds <= LONGEST && !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = r#"$ORIGIN zone.test.
$TTL 1h
@  IN SOA ns1 host ( 2026010101 ; serial
        7200 900 1209600 300 )
   NS ns1
   NS ns2.elsewhere.test.
ns1 300 A 192.0.2.53
www IN 60 A 192.0.2.1
    60 IN A 192.0.2.2
text TXT "a;b" bare "c\"d" ( "e" )
$ORIGIN sub.zone.test.
x MX 10 @
  SRV 1 2 443 Y
n NAPTR 1 2 "u" "E2U+sip" "!^.*$!sip:a@b!" .
h HTTPS 1 @ alpn=h2
odd TYPE65280 \# 3 0A0B0C
"#;

    fn copy(text: &str) -> ZoneCopy {
        read_zone_file("zone.test", text).unwrap_or_else(|fault| panic!("{fault}"))
    }

    fn found(text: &str) -> (u32, u32, String, &'static str) {
        let ZoneFileFault { line, column, found, expected } =
            read_zone_file("zone.test.", text).expect_err("a mistake");
        (line, column, found.to_string(), expected)
    }

    #[test]
    fn a_file_of_another_tool_is_read() {
        let copy = copy(FILE);
        let shown: Vec<String> = copy
            .sets
            .iter()
            .map(|set| {
                let data: Vec<String> = set.data.iter().map(ToString::to_string).collect();
                format!("{} {} {} {}", set.name, set.ttl, set.kind, data.join(" | "))
            })
            .collect();
        let wanted = [
            "zone.test. 3600 SOA ns1.zone.test. host.zone.test. 2026010101 7200 900 1209600 300",
            "zone.test. 3600 NS ns1.zone.test. | ns2.elsewhere.test.",
            "ns1.zone.test. 300 A 192.0.2.53",
            "h.sub.zone.test. 3600 HTTPS 1 sub.zone.test. alpn=h2",
            "n.sub.zone.test. 3600 NAPTR 1 2 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .",
            "odd.sub.zone.test. 3600 TYPE65280 \\# 3 0a0b0c",
            "x.sub.zone.test. 3600 MX 10 sub.zone.test.",
            "x.sub.zone.test. 3600 SRV 1 2 443 y.sub.zone.test.",
            "text.zone.test. 3600 TXT \"a;b\" \"bare\" \"c\\\"d\" \"e\"",
            "www.zone.test. 60 A 192.0.2.1 | 192.0.2.2",
        ];
        for (shown, wanted) in shown.iter().zip(wanted) {
            assert_eq!(shown, wanted);
        }
        assert_eq!(shown.len(), wanted.len());
    }

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let mut whole = copy(FILE);
        whole.sets[9].apart = Some(Apart::Proxied);
        let text = write_zone_file(&whole, &["a note\nof two lines"]);
        assert!(text.starts_with("; a note\\u{a}of two lines\nzone.test. 3600 IN SOA "), "{text}");
        assert!(text.contains("\n;@ proxied www.zone.test. 60 IN A 192.0.2.2\n"), "{text}");
        assert_eq!(copy(&text), whole);
        assert_eq!(write_zone_file(&copy(&text), &["a note\nof two lines"]), text);
    }

    #[test]
    fn what_is_special_in_a_name_is_written_so_that_it_is_read_again() {
        let text = "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS a\\;b\n\\$c\\(d\\) A 192.0.2.1\n";
        let whole = copy(text);
        assert_eq!(copy(&write_zone_file(&whole, &[])), whole);
        assert!(whole.sets.iter().any(|set| set.name == "\\$c\\(d\\).zone.test."), "{whole:?}");
    }

    #[test]
    fn every_mistake_has_its_place() {
        let word = |line: u32, column: u32, found: &str, expected| {
            (line, column, found.to_owned(), expected)
        };
        assert_eq!(found("@ 60 A 192.0.2\n"), word(1, 8, "192.0.2", "data of that type"));
        assert_eq!(
            found("@ 60 A 192.0.2.1\nx  60 IN BOGUS x"),
            word(2, 10, "BOGUS", "a record type, such as `A` or `TYPE65280`")
        );
        assert_eq!(
            found("x 60 TYPE0 \\# 0"),
            word(1, 6, "TYPE0", "a record type, such as `A` or `TYPE65280`")
        );
        assert_eq!(found(" 60 A 192.0.2.1"), word(1, 2, "60", "an owner before it"));
        assert_eq!(found("x A 192.0.2.1"), word(1, 3, "A", "a time to live before it, or `$TTL`"));
        assert_eq!(found("x 60 CH TXT a"), word(1, 6, "CH", "the class `IN`"));
        assert_eq!(found("x 60"), word(1, 1, "x", "a type and its data behind it"));
        assert_eq!(
            found("x.other. 60 A 192.0.2.1"),
            word(1, 1, "x.other.", "a name that lies in the zone")
        );
        assert_eq!(found("$TTL 1y").3, "a number of seconds");
        assert_eq!(found("$TTL 99999999999").3, "a number of seconds");
        assert_eq!(found("x 60 MX 10 a..b").1, 12);
        assert!(found("$INCLUDE /etc/passwd").3.contains("no other file is opened"));
        assert!(found("$GENERATE 1-9 a A 192.0.2.$").3.contains("nothing is generated"));
        assert_eq!(found("; nothing\n"), word(2, 1, "", "records of the zone"));
        assert_eq!(
            found(";@ odd a.zone.test. 60 IN A 192.0.2.1").3,
            "`alias`, `proxied`, `computed` or `disabled`"
        );
        assert_eq!(found(";@ alias a.zone.test. 60").3, "`REASON NAME TTL IN TYPE DATA`");
    }

    #[test]
    fn a_long_origin_does_not_unfold_without_end() {
        let label = "a".repeat(60);
        let text = format!("$ORIGIN {label}.{label}.{label}.zone.test.\n$TTL 1\n");
        let many: String = (0..5_000).map(|n| format!("{n} A 192.0.2.1\n")).collect();
        let expected = "no more names than a file of this length has room for";
        assert_eq!(found(&(text + &many)).3, expected);
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time_to_live("1w2d3h4m5s"), Some(604_800 + 172_800 + 10_800 + 240 + 5));
        assert_eq!((time_to_live("300"), time_to_live("1H30")), (Some(300), Some(3_630)));
        for text in ["", "h", "1x", "-1", "2147483648", "4294967297s"] {
            assert_eq!(time_to_live(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "([a-z@$.;() \"\\\\0-9\n]|ä|A |TXT ){0,120}") {
            let _ = read_zone_file("zone.test", &text);
        }
    }
}
