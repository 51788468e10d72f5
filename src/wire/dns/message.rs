//! Messages as they came (RFC 1035 §4): a head, questions, and records that are opened one at a time.
//!
//! A message is read here and not by the library, whose records take hundreds of bytes for each dozen of a
//! hostile message, and whose names unfold without bound.

use std::ops::Range;

use hickory_proto::op::{MessageType, OpCode, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};

use super::reader::Reader;
use super::{DnsError, data};
use crate::model::Remote;

/// How many bytes of text the records of a message may have for each of its bytes: names may be compressed, and
/// a hostile message says one long name a thousand times.
const UNFOLDS: usize = 16;

/// What even a short message may have.
const AT_LEAST: usize = 16 << 10;

/// A message.
#[derive(Debug)]
pub(super) struct Message<'a> {
    bytes: &'a [u8],
    pub head: Head,
    pub questions: Vec<Question>,
    pub answers: Vec<Record>,
    pub authorities: Vec<Record>,
    /// Without the OPT record.
    pub additionals: Vec<Record>,
    pub edns: Option<Edns>,
}

/// The head (RFC 1035 §4.1.1), its response code with what EDNS adds (RFC 6891 §6.1.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub id: u16,
    flags: u16,
    code: u16,
}

/// A question.
#[derive(Debug)]
pub(super) struct Question {
    /// In canonical form.
    pub name: Vec<u8>,
    pub kind: RecordType,
    pub class: DNSClass,
}

/// A record; its name and its data lie in the message.
#[derive(Clone, Debug)]
pub(super) struct Record {
    owner: usize,
    pub kind: RecordType,
    pub class: DNSClass,
    pub ttl: u32,
    data: Range<usize>,
}

/// What EDNS says (RFC 6891 §6.1.2).
#[derive(Clone, Debug)]
pub(super) struct Edns {
    pub payload: u16,
    pub dnssec: bool,
    options: Range<usize>,
}

impl Head {
    pub const fn kind(self) -> MessageType {
        if self.flags & 0x8000 == 0 { MessageType::Query } else { MessageType::Response }
    }

    pub fn operation(self) -> OpCode {
        OpCode::from_u8((self.flags >> 11 & 15) as u8)
    }

    pub fn response(self) -> ResponseCode {
        self.code.into()
    }

    /// Tells whether a flag is set.
    pub const fn has(self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

/// AA, TC, RD (RFC 1035 §4.1.1), AD and CD (RFC 4035 §3.1.6, §3.2.2).
pub(super) const AUTHORITATIVE: u16 = 1 << 10;
pub(super) const TRUNCATED: u16 = 1 << 9;
pub(super) const RECURSION_DESIRED: u16 = 1 << 8;
pub(super) const AUTHENTIC: u16 = 1 << 5;
pub(super) const CHECKING_DISABLED: u16 = 1 << 4;

impl<'a> Message<'a> {
    /// Reads any message.
    ///
    /// # Errors
    /// [`DnsError::Malformed`].
    pub fn read(bytes: &'a [u8]) -> Result<Self, DnsError> {
        let mut reader = Reader { bytes, at: 0 };
        let mut number = || reader.u16().ok_or_else(ends);
        let (id, flags) = (number()?, number()?);
        let counts = [number()?, number()?, number()?, number()?].map(usize::from);
        let head = Head { id, flags, code: flags & 15 };
        // The shortest name is one byte: a question then has five of them, a record eleven.
        if counts[0] * 5 + counts[1..].iter().sum::<usize>() * 11 > bytes.len() - reader.at {
            return Err(malformed("it counts more than its bytes hold"));
        }
        let questions = (0..counts[0]).map(|_| Question::read(&mut reader).ok_or_else(ends));
        let questions = questions.collect::<Result<_, _>>()?;
        let mut section = |count: usize| section(&mut reader, head, count);
        let (answers, authorities) = (section(counts[1])?, section(counts[2])?);
        let additionals = section(counts[3])?;
        let stray = |record: &Record| matches!(u16::from(record.kind), OPT | SIG | TSIG);
        if answers.iter().chain(&authorities).any(stray) {
            return Err(malformed("a record stands in a section where it may not"));
        }
        let mut message =
            Self { bytes, head, questions, answers, authorities, additionals, edns: None };
        message.open_edns()?;
        Ok(message)
    }

    /// Takes the OPT record out.
    fn open_edns(&mut self) -> Result<(), DnsError> {
        let is_edns = |record: &mut Record| u16::from(record.kind) == OPT;
        let found: Vec<Record> = self.additionals.extract_if(.., is_edns).collect();
        let [record] = &found[..] else {
            return if found.is_empty() { Ok(()) } else { Err(malformed("it has EDNS twice")) };
        };
        if self.owner(record) != [0] {
            return Err(malformed("its EDNS has a name"));
        }
        self.head.code |= u16::try_from(record.ttl >> 24 << 4).unwrap_or_default();
        self.edns = Some(Edns {
            payload: u16::from(record.class).max(512),
            dnssec: record.ttl & 0x8000 != 0,
            options: record.data.clone(),
        });
        Ok(())
    }

    /// Returns the owner of a record, in canonical form.
    fn owner(&self, record: &Record) -> Vec<u8> {
        Reader { bytes: self.bytes, at: record.owner }.name().unwrap_or_default()
    }

    /// Returns the EDNS options, code and value.
    ///
    /// # Errors
    /// [`DnsError::Malformed`].
    pub fn options(&self) -> Result<Vec<(u16, &'a [u8])>, DnsError> {
        let mut options = Vec::new();
        let Some(edns) = &self.edns else { return Ok(options) };
        let mut reader = Reader { bytes: &self.bytes[..edns.options.end], at: edns.options.start };
        while reader.at < edns.options.end {
            let option = (|| {
                let (code, length) = (reader.u16()?, reader.u16()?);
                Some((code, reader.take(usize::from(length))?))
            })();
            options.push(option.ok_or_else(|| malformed("an EDNS option ends abruptly"))?);
        }
        Ok(options)
    }

    /// Opens records one after the other.
    pub const fn opener(&self) -> Opener<'a> {
        Opener { bytes: self.bytes, left: self.bytes.len() * UNFOLDS + AT_LEAST }
    }
}

/// Writes records out, as long as the texts of a message are no more than it may have.
pub(super) struct Opener<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl Opener<'_> {
    /// Returns the owner of a record in presentation form.
    ///
    /// # Errors
    /// [`DnsError::Malformed`] once the texts are too many.
    pub fn owner(&mut self, record: &Record) -> Result<String, DnsError> {
        let owner = Reader { bytes: self.bytes, at: record.owner }.name().ok_or_else(ends)?;
        self.pay(data::show_name(&mut owner.as_slice()).ok_or_else(ends)?)
    }

    /// Returns the data of a record in presentation form.
    ///
    /// # Errors
    /// [`DnsError::Malformed`] for data that are none of their type, and once the texts are too many.
    pub fn data(&mut self, record: &Record) -> Result<String, DnsError> {
        let shown = data::show_in(self.bytes, record.data.clone(), record.kind);
        let shown = shown.ok_or_else(|| malformed("a record has data of another type"))?;
        self.pay(shown)
    }

    fn pay(&mut self, mut text: String) -> Result<String, DnsError> {
        text.shrink_to_fit();
        match self.left.checked_sub(text.len()) {
            Some(left) => {
                self.left = left;
                Ok(text)
            }
            None => Err(malformed("it unfolds to many times its size")),
        }
    }
}

const OPT: u16 = 41;
const SIG: u16 = 24;
const TSIG: u16 = 250;

fn malformed(what: &str) -> DnsError {
    DnsError::Malformed(Remote::new(what))
}

fn ends() -> DnsError {
    malformed("it ends abruptly")
}

fn section(reader: &mut Reader<'_>, head: Head, count: usize) -> Result<Vec<Record>, DnsError> {
    let mut records = Vec::with_capacity(count);
    for _ in 0..count {
        let record = Record::read(reader).ok_or_else(ends)?;
        // Only updates say something with a record without data (RFC 2136 §2.4).
        let empty = record.is_empty() && u16::from(record.kind) != OPT;
        if empty && head.operation() != OpCode::Update {
            return Err(malformed("a record has no data"));
        }
        records.push(record);
    }
    Ok(records)
}

impl Question {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (name, kind, class) = (reader.name()?, reader.u16()?, reader.u16()?);
        Some(Self { name, kind: kind.into(), class: class.into() })
    }

    /// Returns its name in presentation form.
    pub fn shown_name(&self) -> String {
        data::show_name(&mut self.name.as_slice()).unwrap_or_default()
    }
}

impl Record {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let owner = reader.at;
        reader.name()?;
        let (kind, class, ttl) = (reader.u16()?, reader.u16()?, reader.u32()?);
        let length = usize::from(reader.u16()?);
        let start = reader.at;
        reader.take(length)?;
        let data = start..reader.at;
        Some(Self { owner, kind: kind.into(), class: class.into(), ttl, data })
    }

    /// Tells whether it has no data.
    pub const fn is_empty(&self) -> bool {
        self.data.start == self.data.end
    }
}
