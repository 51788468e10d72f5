//! A glance at an answer: what it says, read where it lies, without taking it apart.
//!
//! [`super::decode`] makes every record a value of its own. Who asks for a hundred thousand names looks at each answer
//! once, so that a [`Glance`] borrows the datagram. It follows aliases inside the message (RFC 1034 §3.6.2), and no referral.

use super::reader::Reader;
use super::roll::Wanted;
use super::{data, message};

/// An answer to one question, borrowed.
#[derive(Clone, Copy)]
pub struct Glance<'a> {
    pub(super) bytes: &'a [u8],
    flags: u16,
    /// The type that was asked for.
    pub(super) kind: u16,
    /// Where the answer section begins.
    pub(super) start: usize,
    answers: u16,
    authorities: u16,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The records that were asked for.
    Records,
    /// An alias whose end the message does not hold.
    Alias,
    /// The name exists, without records of the type.
    Nothing,
    /// There is no such name.
    NoName,
    /// Somebody else would know, or nobody says that this server does.
    Elsewhere,
    /// A response code that is neither: its number (RFC 1035 §4.1.1).
    Code(u16),
    /// It was cut, and is to be asked for over TCP.
    Cut,
    /// It breaks the format.
    Broken,
}

/// A record, where it lies.
pub(super) struct Record {
    owner: usize,
    pub kind: u16,
    class: u16,
    pub start: usize,
    pub end: usize,
}

pub(super) const CNAME: u16 = 5;
const NS: u16 = 2;
const SOA: u16 = 6;
pub(super) const A: u16 = 1;
pub(super) const AAAA: u16 = 28;
const IN: u16 = 1;

/// RA (RFC 1035 §4.1.1).
const RECURSION_AVAILABLE: u16 = 1 << 7;

/// Where the question's name lies in every message.
pub(super) const QUESTION: usize = 12;

/// How many aliases are followed, one after the other.
const ALIASES: usize = 16;

impl<'a> Glance<'a> {
    /// Looks at a message: nothing unless it is an answer to this question, name, type and class.
    ///
    /// Its id and its sender are the caller's to compare. `question` is as [`super::Roll::question`] returns it.
    pub fn of(bytes: &'a [u8], question: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk::<2>()?));
        let (flags, start) = (number(2)?, QUESTION + question.len());
        let is_answer = flags >> 11 == 0b1_0000 && number(4)? == 1;
        let (name, end) = question.split_at_checked(question.len().checked_sub(4)?)?;
        let (again, rest) = bytes.get(QUESTION..start)?.split_at(name.len());
        // Lengths are at most 63, and so no letters; type and class may look like some.
        if !is_answer || rest != end || !again.eq_ignore_ascii_case(name) {
            return None;
        }
        let kind = u16::from_be_bytes([end[0], end[1]]);
        Some(Self { bytes, flags, kind, start, answers: number(6)?, authorities: number(8)? })
    }

    /// Returns what it says.
    pub fn says(&self) -> Said {
        let code = self.flags & 15;
        if self.flags & message::TRUNCATED != 0 {
            return Said::Cut;
        }
        if code != 0 && code != 3 {
            return Said::Code(code);
        }
        let mut found = 0;
        let end = self.each(|record| {
            found += 1;
            self.is_readable(&record).then_some(())
        });
        match end {
            None => Said::Broken,
            // There is no such name, and here are its records: one of the two is a lie.
            Some(_) if found > 0 && code == 3 => Said::Broken,
            Some(_) if found > 0 => Said::Records,
            Some(end) if end != QUESTION => Said::Alias,
            Some(_) if code == 3 => Said::NoName,
            Some(_) => self.says_nothing().unwrap_or(Said::Broken),
        }
    }

    /// Tells "no such records" from "ask somebody else" (RFC 2308 §2.2).
    fn says_nothing(&self) -> Option<Said> {
        let mut reader = Reader { bytes: self.bytes, at: self.start };
        for _ in 0..self.answers {
            Record::read(&mut reader)?;
        }
        let (mut start_of_zone, mut servers) = (false, false);
        for _ in 0..self.authorities {
            let record = Record::read(&mut reader)?;
            start_of_zone |= record.kind == SOA;
            servers |= record.kind == NS;
        }
        let authoritative = self.flags & message::AUTHORITATIVE != 0;
        let recursive = self.flags & RECURSION_AVAILABLE != 0;
        let knows = authoritative || start_of_zone || (recursive && !servers);
        Some(if knows { Said::Nothing } else { Said::Elsewhere })
    }

    /// Tells whether it says what is wanted; `room` is overwritten, so that it can be taken again.
    pub fn holds(&self, wanted: Wanted<'_>, room: &mut Vec<u8>) -> bool {
        let said = self.says();
        match wanted {
            Wanted::Anything => {
                matches!(said, Said::Records | Said::Alias | Said::Nothing | Said::NoName)
            }
            Wanted::Nothing => said == Said::Nothing,
            Wanted::NoName => said == Said::NoName,
            Wanted::Records(records) => said == Said::Records && self.has(records, room),
        }
    }

    /// Tells whether its records are these and no others.
    fn has(&self, wanted: &[u8], room: &mut Vec<u8>) -> bool {
        room.clear();
        let all = self.each(|record| {
            let begin = room.len();
            room.extend([0, 0]);
            data::plain_into(room, self.bytes, record.start..record.end, self.kind)?;
            let length = u16::try_from(room.len() - begin - 2).ok()?;
            room[begin..begin + 2].copy_from_slice(&length.to_be_bytes());
            Some(())
        });
        all.is_some() && (room.as_slice() == wanted || set(room) == set(wanted))
    }

    /// Tells whether a record's data are some of its type.
    fn is_readable(&self, record: &Record) -> bool {
        let place = record.start..record.end;
        match record.kind {
            A => place.len() == 4,
            AAAA => place.len() == 16,
            // No record set has records without data.
            kind => !place.is_empty() && data::show_in(self.bytes, place, kind.into()).is_some(),
        }
    }

    /// Visits the records that were asked for.
    fn each(&self, visit: impl FnMut(Record) -> Option<()>) -> Option<usize> {
        self.each_of(self.kind, visit)
    }

    /// Visits the records of a type at the end of the aliases, and returns where the name of that end lies; nothing for
    /// a section that breaks the format, or where a visit fails.
    pub(super) fn each_of(
        &self,
        kind: u16,
        mut visit: impl FnMut(Record) -> Option<()>,
    ) -> Option<usize> {
        let (mut at, mut found) = (QUESTION, false);
        for _ in 0..=ALIASES {
            let mut alias = None;
            let mut reader = Reader { bytes: self.bytes, at: self.start };
            for _ in 0..self.answers {
                let record = Record::read(&mut reader)?;
                if record.class != IN || !same_name(self.bytes, record.owner, at)? {
                    continue;
                }
                if record.kind == kind {
                    found = true;
                    visit(record)?;
                } else if record.kind == CNAME {
                    alias = Some(record.start).filter(|_| self.is_readable(&record));
                    alias?;
                }
            }
            match alias {
                Some(target) if !found => at = target,
                Some(_) | None => return Some(at),
            }
        }
        None
    }
}

impl Record {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let owner = reader.at;
        reader.skip_name()?;
        let (kind, class, _) = (reader.u16()?, reader.u16()?, reader.u32()?);
        let length = usize::from(reader.u16()?);
        let start = reader.at;
        reader.take(length)?;
        Some(Self { owner, kind, class, start, end: reader.at })
    }
}

/// Tells whether two names of a message are one, whatever the case of their letters; nothing for what is no name.
fn same_name(bytes: &[u8], one: usize, other: usize) -> Option<bool> {
    // Nearly every record is named by a pointer to the question.
    if bytes.get(one..one + 2) == Some(&[0xc0, 12]) && other == QUESTION {
        return Some(true);
    }
    let (mut one, mut other) = (Labels { bytes, at: one }, Labels { bytes, at: other });
    // No name has more labels than this (RFC 1035 §2.3.4).
    for _ in 0..128 {
        let (this, that) = (one.next()?, other.next()?);
        if !this.eq_ignore_ascii_case(that) {
            return Some(false);
        }
        if this.is_empty() {
            return Some(true);
        }
    }
    None
}

/// Reads a name label by label, the empty one last.
struct Labels<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Labels<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let length = *self.bytes.get(self.at)?;
            match length {
                0..=63 => {
                    let start = self.at + 1;
                    self.at = start + usize::from(length);
                    return self.bytes.get(start..self.at);
                }
                // Each pointer leads back, so that no name can go round in circles.
                192.. => {
                    let low = *self.bytes.get(self.at + 1)?;
                    let target = usize::from(length & 63) << 8 | usize::from(low);
                    self.at = Some(target).filter(|target| *target < self.at)?;
                }
                64..=191 => return None,
            }
        }
    }
}

/// Splits what has its length before it into its pieces, lengths left on.
pub(super) fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = u16::from_be_bytes(*bytes.first_chunk::<2>()?);
        let (piece, rest) = bytes.split_at_checked(2 + usize::from(length))?;
        bytes = rest;
        Some(piece)
    })
}

fn set(bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces: Vec<&[u8]> = pieces(bytes).collect();
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Query, Roll, decode, decode_query, encode_answer, encode_query};
    use super::*;
    use crate::model::{DnsAnswer, DnsRecord, Remote};

    fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
        DnsRecord { name: name.into(), kind: kind.into(), ttl: 300, data: Remote::new(data) }
    }

    fn answered(name: &str, kind: &str, answer: &DnsAnswer) -> Vec<u8> {
        let query = Query { payload: None, ..Query::to_authority(name, kind) };
        let received = decode_query(&encode_query(7, &query).expect("good")).expect("a question");
        encode_answer(&received, answer, 512).expect("a good answer")
    }

    fn of(answers: &[(&str, &str, &str)]) -> DnsAnswer {
        let answers = answers.iter().map(|(name, kind, data)| record(name, kind, data)).collect();
        DnsAnswer { rcode: "NOERROR".into(), aa: true, answers, ..DnsAnswer::default() }
    }

    /// Returns what a line of a roll makes of an answer to it: whether it holds, what it says, and its lines.
    fn seen(line: &str, answer: &DnsAnswer) -> (bool, Said, String) {
        let roll = Roll::parse(line).expect("a roll");
        let words: Vec<&str> = line.split(' ').collect();
        let bytes = answered(words[0], words[1], answer);
        let glance = Glance::of(&bytes, roll.question(0)).expect("is its answer");
        let mut lines = String::new();
        glance.write("", &mut lines);
        (glance.holds(roll.wanted(0), &mut vec![1]), glance.says(), lines)
    }

    #[test]
    fn records_are_compared_as_a_set_whatever_their_order() {
        let two = of(&[("a.example.", "A", "192.0.2.2"), ("a.example.", "A", "192.0.2.1")]);
        let lines = "a.example. A 192.0.2.1\na.example. A 192.0.2.2\n";
        assert_eq!(
            seen("a.example. A 192.0.2.1\na.example. A 192.0.2.2", &two),
            (true, Said::Records, lines.into())
        );
        assert!(!seen("a.example. A 192.0.2.1", &two).0, "one more than is wanted");
        let one = of(&[("a.example.", "A", "192.0.2.1")]);
        assert!(!seen("a.example. A 192.0.2.1\na.example. A 192.0.2.2", &one).0, "one less");
        assert!(!seen("a.example. A !NODATA", &one).0);
        let mail = of(&[("a.example.", "MX", "10 a.example.")]);
        assert_eq!(
            seen("a.example. MX 10 A.Example", &mail),
            (true, Said::Records, "a.example. MX 10 a.example.\n".into())
        );
        assert!(!seen("a.example. MX 20 a.example.", &mail).0);
        let other = of(&[("b.example.", "A", "192.0.2.1")]);
        assert_eq!(
            seen("a.example. A 192.0.2.1", &other),
            (false, Said::Nothing, "a.example. A !NODATA\n".into())
        );
    }

    #[test]
    fn aliases_are_followed_inside_the_message_alone() {
        let chain = of(&[("b.example.", "A", "192.0.2.1"), ("a.example.", "CNAME", "b.example.")]);
        assert_eq!(
            seen("a.example. A 192.0.2.1", &chain),
            (true, Said::Records, "a.example. A 192.0.2.1\n".into())
        );
        let away = of(&[("a.example.", "CNAME", "b.elsewhere.")]);
        assert_eq!(
            seen("a.example. A 192.0.2.1", &away),
            (false, Said::Alias, "a.example. CNAME b.elsewhere.\n".into())
        );
        assert!(seen("a.example. CNAME b.elsewhere.", &away).0);
        let round =
            of(&[("a.example.", "CNAME", "b.example."), ("b.example.", "CNAME", "a.example.")]);
        assert_eq!(seen("a.example. A", &round).1, Said::Broken);
    }

    #[test]
    fn nothing_is_told_from_nobody() {
        let soa = record("example.", "SOA", "ns1.example. h.example. 1 2 3 4 5");
        let none = DnsAnswer { authority: vec![soa], ..of(&[]) };
        assert_eq!(
            seen("a.example. A !NODATA", &none),
            (true, Said::Nothing, "a.example. A !NODATA\n".into())
        );
        let no_name = DnsAnswer { rcode: "NXDOMAIN".into(), ..none.clone() };
        assert_eq!(
            seen("a.example. A !NXDOMAIN", &no_name),
            (true, Said::NoName, "a.example. A !NXDOMAIN\n".into())
        );
        assert!(
            !seen("a.example. A !NODATA", &no_name).0 && !seen("a.example. A !NXDOMAIN", &none).0
        );
        let servers = vec![record("example.", "NS", "ns1.example.")];
        let referral = DnsAnswer { aa: false, authority: servers, ..of(&[]) };
        assert_eq!(
            seen("a.example. A !NODATA", &referral),
            (false, Said::Elsewhere, "a.example. A !REFERRAL\n".into())
        );
        let lame = DnsAnswer { aa: false, ..of(&[]) };
        assert_eq!(seen("a.example. A", &lame).1, Said::Elsewhere);
        let refused = DnsAnswer { rcode: "REFUSED".into(), ..of(&[]) };
        assert_eq!(
            seen("a.example. A", &refused),
            (false, Said::Code(5), "a.example. A !REFUSED\n".into())
        );
        let both =
            DnsAnswer { rcode: "NXDOMAIN".into(), ..of(&[("a.example.", "A", "192.0.2.1")]) };
        assert_eq!(seen("a.example. A 192.0.2.1", &both).1, Said::Broken);
    }

    #[test]
    fn only_an_answer_to_the_question_is_looked_at() {
        let roll = Roll::parse("a.example. TYPE97\na.example. A\nb.example. A").expect("a roll");
        let question = |number| roll.question(number);
        let mut bytes = answered("A.Example.", "A", &of(&[("a.example.", "A", "192.0.2.1")]));
        assert!(Glance::of(&bytes, question(1)).is_some());
        assert!(Glance::of(&bytes, question(0)).is_none(), "another type");
        assert!(Glance::of(&bytes, question(2)).is_none(), "another name");
        let odd = answered("a.example.", "TYPE65", &of(&[]));
        assert!(
            Glance::of(&odd, question(0)).is_none(),
            "97 is a small letter, 65 the capital one"
        );
        for length in 0..bytes.len() {
            let glance = Glance::of(&bytes[..length], question(1));
            assert!(glance.is_none_or(|it| it.says() == Said::Broken), "{length} bytes were taken");
        }
        bytes[2] |= 2;
        assert_eq!(Glance::of(&bytes, question(1)).map(|it| it.says()), Some(Said::Cut));
        bytes[2] &= 0x7f;
        assert!(Glance::of(&bytes, question(1)).is_none(), "a question");
    }

    proptest! {
        #[test]
        fn glancing_never_panics_and_sees_what_decoding_sees(at in 12_usize..120, byte in any::<u8>()) {
            let roll = Roll::parse("a.example. MX").expect("a roll");
            let answer = of(&[("a.example.", "CNAME", "b.example."), ("b.example.", "MX", "10 m.example."),
                              ("b.example.", "MX", "20 n.example.")]);
            let mut bytes = answered("a.example.", "MX", &answer);
            let at = at % bytes.len();
            bytes[at] = byte;
            let Some(glance) = Glance::of(&bytes, roll.question(0)) else { return Ok(()) };
            let mut lines = String::new();
            glance.write("", &mut lines);
            prop_assert!(lines.bytes().all(|it| it == b'\n' || it == b' ' || it.is_ascii_graphic()));
            if glance.says() == Said::Records && !lines.contains('!') {
                let (_, whole) = decode(&bytes).unwrap_or_else(|_| (0, answer.clone()));
                let data: Vec<String> = whole.answers.iter().map(|it| it.data.raw().to_owned()).collect();
                prop_assert!(lines.lines().all(|line| data.iter().any(|data| line.ends_with(data.as_str()))), "{lines}{data:?}");
            }
        }
    }
}
