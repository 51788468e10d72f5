//! Answers: read by probes, written by a drill's servers.

use hickory_proto::op::{self, Edns, MessageType, OpCode};
use hickory_proto::rr::{RData, Record};

use super::message::{self, Message, Opener};
use super::query::{self, Received};
use super::{DnsError, Query, data, name, options};
use crate::model::{DnsAnswer, DnsRecord, Remote};

/// Tells whether bytes answer a question: its id, an answer, and the same question again.
///
/// An error may leave the question out (RFC 1035 §4.1.1 leaves it open, and some servers do).
pub fn is_answer_to(bytes: &[u8], id: u16, asked: &Query) -> bool {
    let Ok(message) = Message::read(bytes) else { return false };
    let head = message.head;
    if head.id != id || head.kind() != MessageType::Response || head.operation() != OpCode::Query {
        return false;
    }
    match message.questions.as_slice() {
        [] => name::show_code(head.response()) != "NOERROR",
        [again] => {
            let same_name = name::read_canonical(&asked.name).is_ok_and(|it| it == again.name);
            same_name && name::read_kind(&asked.kind).is_ok_and(|kind| kind == again.kind)
        }
        _ => false,
    }
}

/// Reads an answer and returns it with its id; latency and length are left at zero.
///
/// # Errors
/// [`DnsError::Malformed`], also for what unfolds to many times its size; [`DnsError::Direction`] for a question.
pub fn decode(bytes: &[u8]) -> Result<(u16, DnsAnswer), DnsError> {
    let message = Message::read(bytes)?;
    let head = message.head;
    if head.kind() != MessageType::Response {
        return Err(DnsError::Direction);
    }
    let (mut opener, said) = (message.opener(), message.options()?);
    let mut open = |records: &[message::Record]| -> Result<Vec<DnsRecord>, DnsError> {
        let mut opened = Vec::with_capacity(records.len());
        for record in records {
            opened.push(open(&mut opener, record)?);
        }
        Ok(opened)
    };
    let answer = DnsAnswer {
        rcode: name::show_code(head.response()),
        aa: head.has(message::AUTHORITATIVE),
        tc: head.has(message::TRUNCATED),
        ad: head.has(message::AUTHENTIC),
        answers: open(&message.answers)?,
        authority: open(&message.authorities)?,
        additional: open(&message.additionals)?,
        extended_errors: options::extended_errors(&said),
        nsid: options::nsid(&said),
        client_scope: options::client_scope(&said),
        bytes: 0,
        latency_ms: 0,
    };
    Ok((head.id, answer))
}

fn open(opener: &mut Opener<'_>, record: &message::Record) -> Result<DnsRecord, DnsError> {
    Ok(DnsRecord {
        name: opener.owner(record)?,
        kind: name::show_kind(record.kind),
        ttl: record.ttl,
        data: Remote::new(opener.data(record)?),
    })
}

/// Writes the answer to a question in at most `max` bytes: what is too long is cut to the bare
/// question with the truncation bit (RFC 2181 §9). Over TCP, `max` is 65,535.
///
/// # Errors
/// [`DnsError::Data`] and its like for texts of the answer that are none.
pub fn encode_answer(
    received: &Received,
    answer: &DnsAnswer,
    max: usize,
) -> Result<Vec<u8>, DnsError> {
    let mut message = head(received, answer)?;
    let bare = message.clone();
    message.answers = records(&answer.answers)?;
    message.authorities = records(&answer.authority)?;
    message.additionals = records(&answer.additional)?;
    if let Ok(bytes) = query::write(&message)
        && bytes.len() <= max
    {
        return Ok(bytes);
    }
    let mut bare = bare;
    bare.metadata.truncation = true;
    query::write(&bare)
}

fn head(received: &Received, answer: &DnsAnswer) -> Result<op::Message, DnsError> {
    let mut message = op::Message::new(received.id, MessageType::Response, OpCode::Query);
    let code = name::read_code(&answer.rcode)?;
    message.metadata.response_code = code;
    message.metadata.authoritative = answer.aa;
    message.metadata.truncation = answer.tc;
    message.metadata.authentic_data = answer.ad;
    message.metadata.recursion_desired = received.recursion;
    message.metadata.checking_disabled = received.checking_disabled;
    let (asked, kind) = (name::read(&received.name)?, name::read_kind(&received.kind)?);
    message.add_query(op::Query::query(asked, kind));
    if received.payload.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(Query::PAYLOAD).set_version(0).set_dnssec_ok(received.dnssec);
        edns.set_rcode_high(code.high());
        options::answer(&mut edns, answer);
        message.set_edns(edns);
    }
    Ok(message)
}

fn records(records: &[DnsRecord]) -> Result<Vec<Record<RData>>, DnsError> {
    let one = |record: &DnsRecord| {
        let data = data::read(name::read_kind(&record.kind)?, record.data.raw())?;
        Ok(Record::from_rdata(name::read(&record.name)?, record.ttl, data))
    };
    records.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{decode_query, encode_query};
    use super::*;

    fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
        DnsRecord { name: name.into(), kind: kind.into(), ttl: 300, data: Remote::new(data) }
    }

    fn answer() -> DnsAnswer {
        DnsAnswer {
            rcode: "NOERROR".into(),
            aa: true,
            ad: true,
            answers: vec![
                record("www.example.", "A", "192.0.2.1"),
                record("www.example.", "A", "192.0.2.2"),
            ],
            authority: vec![record("example.", "NS", "ns1.example.")],
            additional: vec![record("ns1.example.", "AAAA", "2001:db8::1")],
            extended_errors: vec![(3, Remote::new("stale"))],
            ..DnsAnswer::default()
        }
    }

    fn received(query: &Query) -> Received {
        decode_query(&encode_query(77, query).expect("good")).expect("a question")
    }

    fn bytes() -> Vec<u8> {
        let query = Query::to_authority("www.example.", "A");
        encode_answer(&received(&query), &answer(), 1232).expect("a good answer")
    }

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        assert_eq!(decode(&bytes()), Ok((77, answer())));
    }

    #[test]
    fn every_code_comes_through() {
        for code in ["NXDOMAIN", "SERVFAIL", "REFUSED", "BADVERS"] {
            let answer = DnsAnswer { rcode: code.into(), ..DnsAnswer::default() };
            let query = Query::to_authority("www.example.", "A");
            let bytes = encode_answer(&received(&query), &answer, 512).expect("good");
            assert_eq!(decode(&bytes).map(|(_, read)| read.rcode), Ok(code.to_owned()));
        }
    }

    #[test]
    fn an_answer_belongs_to_its_own_question_alone() {
        let (query, bytes) = (Query::to_authority("WWW.example", "a"), bytes());
        assert!(is_answer_to(&bytes, 77, &query));
        assert!(!is_answer_to(&bytes, 78, &query));
        assert!(!is_answer_to(&bytes, 77, &Query::to_authority("ww.example.", "A")));
        assert!(!is_answer_to(&bytes, 77, &Query::to_authority("www.example.", "NS")));
        let question = encode_query(77, &query).expect("good");
        assert!(!is_answer_to(&question, 77, &query));
        assert_eq!(decode(&question), Err(DnsError::Direction));
        let bare = [0, 77, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(is_answer_to(&bare, 77, &query), "an error without its question");
        let empty = [0, 77, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(!is_answer_to(&empty, 77, &query), "no error, and no question");
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let query = Query { payload: None, ..Query::to_authority("www.example.", "TXT") };
        let long = (0..40).map(|n| record("www.example.", "TXT", &format!("\"{n:040}\"")));
        let answer = DnsAnswer { answers: long.collect(), ..answer() };
        let bytes = encode_answer(&received(&query), &answer, 512).expect("good");
        let (_, read) = decode(&bytes).expect("an answer");
        assert!(read.tc && read.answers.is_empty() && bytes.len() <= 512);
        let bytes = encode_answer(&received(&query), &answer, 65_535).expect("good");
        assert_eq!(decode(&bytes).map(|(_, read)| read.answers.len()), Ok(40));
    }

    #[test]
    fn what_ends_abruptly_is_refused() {
        let bytes = bytes();
        assert!(decode(&[]).is_err());
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length} bytes were taken");
        }
        let pointer = [0, 77, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1];
        assert!(decode(&pointer).is_err(), "a name that points at itself");
    }

    proptest! {
        #[test]
        fn reading_answers_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn reading_damaged_answers_never_panics(at in 0_usize..200, byte in any::<u8>()) {
            let mut bytes = bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = decode(&bytes);
            let _ = is_answer_to(&bytes, 77, &Query::to_authority("www.example.", "A"));
        }
    }
}
