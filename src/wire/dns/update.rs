//! Dynamic updates (RFC 2136): what must be true of a zone, and what is then changed in it, in one message.

use std::collections::BTreeMap;

use hickory_proto::op::{self, Message, MessageType, OpCode};
use hickory_proto::rr::{DNSClass, Record, RecordType};

use super::message::{self, Opener};
use super::{DnsError, data, name, query};
use crate::model::Remote;

/// One update of one zone: all of it or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The zone, fully qualified.
    pub zone: String,
    /// What must be true before (§2.4).
    pub given: Vec<Given>,
    /// What is done, one after the other (§2.5).
    pub edits: Vec<Edit>,
}

/// A prerequisite. Times to live are no part of any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// There is a record set with exactly these data (§2.4.2).
    Is {
        /// The owner.
        name: String,
        /// The type.
        kind: String,
        /// The data of all its records, in presentation form.
        data: Vec<String>,
    },
    /// There is no such record set (§2.4.3).
    Absent {
        /// The owner.
        name: String,
        /// The type.
        kind: String,
    },
    /// Nothing at all is at a name (§2.4.5).
    Free {
        /// The name.
        name: String,
    },
}

/// An edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts a record in (§2.5.1).
    Add {
        /// The owner.
        name: String,
        /// The type.
        kind: String,
        /// Seconds.
        ttl: u32,
        /// The data, in presentation form.
        data: String,
    },
    /// Takes a whole record set out (§2.5.2).
    DeleteSet {
        /// The owner.
        name: String,
        /// The type.
        kind: String,
    },
    /// Takes one record out (§2.5.4).
    Delete {
        /// The owner.
        name: String,
        /// The type.
        kind: String,
        /// The data, in presentation form.
        data: String,
    },
}

impl Edit {
    /// Tells whether a server may leave it out and still say yes: one record, taken from an apex (§3.4.2.4), or a key that
    /// is none of its own.
    pub fn may_be_left_out(&self) -> bool {
        match self {
            Self::Delete { .. } => true,
            Self::Add { kind, .. } => kind == "DNSKEY",
            Self::DeleteSet { .. } => false,
        }
    }
}

/// Writes an update.
///
/// # Errors
/// [`DnsError::Name`], [`DnsError::Kind`], [`DnsError::Data`] for texts that are none,
/// [`DnsError::Unwritable`] for more than one message holds.
pub fn encode_update(id: u16, update: &Update) -> Result<Vec<u8>, DnsError> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Update);
    message.add_query(op::Query::query(name::read(&update.zone)?, RecordType::SOA));
    for given in &update.given {
        message.answers.extend(prerequisites(given)?);
    }
    message.authorities = update.edits.iter().map(edit).collect::<Result<_, _>>()?;
    query::write(&message)
}

fn prerequisites(given: &Given) -> Result<Vec<Record>, DnsError> {
    match given {
        Given::Is { data, .. } if data.is_empty() => {
            Err(DnsError::Unwritable("a record set without records exists nowhere".to_owned()))
        }
        Given::Is { name, kind, data } => {
            data.iter().map(|data| full(name, kind, (DNSClass::IN, 0), data)).collect()
        }
        Given::Absent { name, kind } => {
            Ok(vec![bare(name, name::read_kind(kind)?, DNSClass::NONE)?])
        }
        Given::Free { name } => Ok(vec![bare(name, RecordType::ANY, DNSClass::NONE)?]),
    }
}

fn edit(edit: &Edit) -> Result<Record, DnsError> {
    match edit {
        Edit::Add { name, kind, ttl, data } => full(name, kind, (DNSClass::IN, *ttl), data),
        Edit::DeleteSet { name, kind } => bare(name, name::read_kind(kind)?, DNSClass::ANY),
        Edit::Delete { name, kind, data } => full(name, kind, (DNSClass::NONE, 0), data),
    }
}

fn full(
    owner: &str,
    kind: &str,
    (class, ttl): (DNSClass, u32),
    text: &str,
) -> Result<Record, DnsError> {
    let data = data::read(name::read_kind(kind)?, text)?;
    let mut record = Record::from_rdata(name::read(owner)?, ttl, data);
    record.dns_class = class;
    Ok(record)
}

fn bare(owner: &str, kind: RecordType, class: DNSClass) -> Result<Record, DnsError> {
    let mut record = Record::update0(name::read(owner)?, 0, kind);
    record.dns_class = class;
    Ok(record)
}

/// Reads an update and returns it with its id.
///
/// # Errors
/// [`DnsError::Malformed`], [`DnsError::Direction`] for an answer or another operation,
/// [`DnsError::Questions`] unless exactly one zone is named.
pub fn decode_update(bytes: &[u8]) -> Result<(u16, Update), DnsError> {
    let message = message::Message::read(bytes)?;
    let head = message.head;
    if head.kind() != MessageType::Query || head.operation() != OpCode::Update {
        return Err(DnsError::Direction);
    }
    let [zone] = message.questions.as_slice() else {
        return Err(DnsError::Questions(message.questions.len()));
    };
    let mut opener = message.opener();
    let given = read_given(&mut opener, &message.answers)?;
    let mut edits = Vec::with_capacity(message.authorities.len());
    for record in &message.authorities {
        edits.push(read_edit(&mut opener, record)?);
    }
    Ok((head.id, Update { zone: zone.shown_name(), given, edits }))
}

/// Reads prerequisites; records of one set are one.
fn read_given(
    opener: &mut Opener<'_>,
    records: &[message::Record],
) -> Result<Vec<Given>, DnsError> {
    let mut given: Vec<Given> = Vec::new();
    let mut places: BTreeMap<(String, u16), usize> = BTreeMap::new();
    for record in records {
        let (name, kind) = (opener.owner(record)?, name::show_kind(record.kind));
        match (record.class, record.is_empty()) {
            (DNSClass::NONE, true) if record.kind == RecordType::ANY => {
                given.push(Given::Free { name });
            }
            (DNSClass::NONE, true) => given.push(Given::Absent { name, kind }),
            (DNSClass::IN, false) => {
                let shown = opener.data(record)?;
                let place = places.entry((name.clone(), record.kind.into())).or_insert(given.len());
                match given.get_mut(*place) {
                    Some(Given::Is { data, .. }) => data.push(shown),
                    Some(Given::Absent { .. } | Given::Free { .. }) | None => {
                        given.push(Given::Is { name, kind, data: vec![shown] });
                    }
                }
            }
            _ => {
                return Err(DnsError::Malformed(Remote::new(
                    "a prerequisite that is not understood",
                )));
            }
        }
    }
    Ok(given)
}

fn read_edit(opener: &mut Opener<'_>, record: &message::Record) -> Result<Edit, DnsError> {
    let (name, kind) = (opener.owner(record)?, name::show_kind(record.kind));
    match (record.class, record.is_empty()) {
        (DNSClass::ANY, true) => Ok(Edit::DeleteSet { name, kind }),
        (DNSClass::NONE, false) => Ok(Edit::Delete { name, kind, data: opener.data(record)? }),
        (DNSClass::IN, false) => {
            Ok(Edit::Add { name, kind, ttl: record.ttl, data: opener.data(record)? })
        }
        _ => Err(DnsError::Malformed(Remote::new("an edit that is not understood"))),
    }
}

/// Reads the answer to an update and returns its response code.
///
/// # Errors
/// [`DnsError::Malformed`] for what is no message, [`DnsError::Direction`] for one that does not answer
/// the update with this id.
pub fn decode_outcome(bytes: &[u8], id: u16) -> Result<String, DnsError> {
    let head = bytes.first_chunk::<12>();
    let head = head.ok_or_else(|| DnsError::Malformed(Remote::new("it is too short")))?;
    // QR and Opcode 5 (§2.2).
    let answers = head[..2] == id.to_be_bytes() && head[2] >> 3 == 0b1_0101;
    if !answers {
        return Err(DnsError::Direction);
    }
    Ok(name::show_code(u16::from(head[3] & 15).into()))
}

/// Writes the answer to an update, as a server does: its id and a response code.
///
/// # Errors
/// [`DnsError::Code`] for a text that is none.
pub fn encode_outcome(id: u16, code: &str) -> Result<Vec<u8>, DnsError> {
    let mut message = Message::new(id, MessageType::Response, OpCode::Update);
    message.metadata.response_code = name::read_code(code)?;
    query::write(&message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn update() -> Update {
        let (name, kind) = ("www.zone.test.".to_owned(), "A".to_owned());
        let data = vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()];
        Update {
            zone: "zone.test.".to_owned(),
            given: vec![
                Given::Is { name: name.clone(), kind: kind.clone(), data },
                Given::Absent { name: "new.zone.test.".to_owned(), kind: "TXT".to_owned() },
                Given::Free { name: "free.zone.test.".to_owned() },
            ],
            edits: vec![
                Edit::DeleteSet { name: name.clone(), kind: kind.clone() },
                Edit::Add { name, kind, ttl: 60, data: "192.0.2.9".to_owned() },
                Edit::Delete {
                    name: "zone.test.".to_owned(),
                    kind: "NS".to_owned(),
                    data: "ns1.zone.test.".to_owned(),
                },
            ],
        }
    }

    #[test]
    fn an_update_is_read_as_it_was_written() {
        let bytes = encode_update(7, &update()).expect("a good update");
        assert_eq!(decode_update(&bytes), Ok((7, update())));
    }

    #[test]
    fn what_is_no_update_is_refused() {
        let bytes = encode_update(7, &update()).expect("a good update");
        assert!(decode_update(&[]).is_err());
        for length in 0..bytes.len() {
            assert!(decode_update(&bytes[..length]).is_err(), "{length} bytes were taken");
        }
        let query = super::super::encode_query(7, &super::super::Query::to_authority("a.", "A"));
        assert_eq!(decode_update(&query.expect("good")), Err(DnsError::Direction));
        let add = |n: usize| Edit::Add {
            name: format!("{n}.{}.zone.test.", "a".repeat(60)),
            kind: "TXT".into(),
            ttl: 60,
            data: format!("\"{}\"", "t".repeat(200)),
        };
        let long = Update { edits: (0..400).map(add).collect(), ..update() };
        assert!(
            matches!(encode_update(7, &long), Err(DnsError::Unwritable(_))),
            "no part of it is sent"
        );
        let empty = Given::Is { name: "a.".into(), kind: "A".into(), data: Vec::new() };
        let empty = Update { given: vec![empty], ..update() };
        assert!(matches!(encode_update(7, &empty), Err(DnsError::Unwritable(_))));
    }

    #[test]
    fn an_outcome_answers_its_own_update_alone() {
        for code in ["NOERROR", "NXRRSET", "NOTAUTH", "NOTZONE"] {
            let bytes = encode_outcome(7, code).expect("a code");
            assert_eq!(decode_outcome(&bytes, 7).as_deref(), Ok(code));
            assert_eq!(decode_outcome(&bytes, 8), Err(DnsError::Direction));
            assert!(decode_outcome(&bytes[..11], 7).is_err());
        }
        let update = encode_update(7, &update()).expect("a good update");
        assert_eq!(decode_outcome(&update, 7), Err(DnsError::Direction));
    }

    proptest! {
        #[test]
        fn reading_updates_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode_update(&bytes);
            let _ = decode_outcome(&bytes, 7);
        }

        #[test]
        fn reading_damaged_updates_never_panics(at in any::<usize>(), byte in any::<u8>()) {
            let mut bytes = encode_update(7, &update()).expect("a good update");
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = decode_update(&bytes);
        }
    }
}
