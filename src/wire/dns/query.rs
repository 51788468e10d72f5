//! Questions: written by probes, read by a drill's servers.

use hickory_proto::op::{self, Edns, MessageType, OpCode};
use hickory_proto::rr::DNSClass;
use ipnet::IpNet;

use super::message::{self, Message};
use super::{DnsError, name, options};
use crate::model::{DnsManner, Remote};

/// One question, as it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The name, fully qualified.
    pub name: String,
    /// The record type.
    pub kind: String,
    /// Recursion desired: for resolvers, not for authorities.
    pub recursion: bool,
    /// Checking disabled (RFC 4035 §3.2.2).
    pub checking_disabled: bool,
    /// DNSSEC OK (RFC 3225); needs `payload`.
    pub dnssec: bool,
    /// The largest datagram taken (RFC 6891 §6.2.3); none: no EDNS.
    pub payload: Option<u16>,
    /// Who answers is to be said (RFC 5001); needs `payload`.
    pub nsid: bool,
    /// The network that it is asked for (RFC 7871); needs `payload`.
    pub client_subnet: Option<IpNet>,
}

impl Query {
    /// The payload that passes everywhere without fragments.
    pub const PAYLOAD: u16 = DnsManner::PAYLOAD;

    /// Makes the question that authorities are asked.
    pub fn to_authority(name: impl Into<String>, kind: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            recursion: false,
            checking_disabled: false,
            dnssec: false,
            payload: Some(Self::PAYLOAD),
            nsid: false,
            client_subnet: None,
        }
    }

    /// Makes the question that resolvers are asked.
    pub fn to_resolver(name: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { recursion: true, ..Self::to_authority(name, kind) }
    }
}

/// One question, as a server received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The message's id.
    pub id: u16,
    /// The name asked for, fully qualified, lower case.
    pub name: String,
    /// The type asked for.
    pub kind: String,
    /// Recursion is desired.
    pub recursion: bool,
    /// Checking is disabled.
    pub checking_disabled: bool,
    /// DNSSEC records are wanted.
    pub dnssec: bool,
    /// The largest datagram that the asker takes; none: no EDNS, 512.
    pub payload: Option<u16>,
    /// Who answers is to be said.
    pub nsid: bool,
    /// The network that it is asked for.
    pub client_subnet: Option<IpNet>,
}

/// Writes a question.
///
/// # Errors
/// [`DnsError::Name`], [`DnsError::Kind`] for texts that are none.
pub fn encode_query(id: u16, query: &Query) -> Result<Vec<u8>, DnsError> {
    let mut message = op::Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = query.recursion;
    message.metadata.checking_disabled = query.checking_disabled;
    let (name, kind) = (name::read(&query.name)?, name::read_kind(&query.kind)?);
    message.add_query(op::Query::query(name, kind));
    if let Some(payload) = query.payload {
        let mut edns = Edns::new();
        edns.set_max_payload(payload).set_version(0).set_dnssec_ok(query.dnssec);
        options::ask(&mut edns, query);
        message.set_edns(edns);
    }
    write(&message)
}

/// Reads a question of the Internet's class.
///
/// # Errors
/// [`DnsError::Malformed`], [`DnsError::Direction`] for an answer or another operation,
/// [`DnsError::Questions`] unless exactly one thing is asked.
pub fn decode_query(bytes: &[u8]) -> Result<Received, DnsError> {
    let message = Message::read(bytes)?;
    let head = message.head;
    if head.kind() != MessageType::Query || head.operation() != OpCode::Query {
        return Err(DnsError::Direction);
    }
    let [question] = message.questions.as_slice() else {
        return Err(DnsError::Questions(message.questions.len()));
    };
    if question.class != DNSClass::IN {
        return Err(DnsError::Malformed(Remote::new("another class than IN")));
    }
    let (edns, wanted) = (message.edns.as_ref(), message.options()?);
    Ok(Received {
        id: head.id,
        name: question.shown_name(),
        kind: name::show_kind(question.kind),
        recursion: head.has(message::RECURSION_DESIRED),
        checking_disabled: head.has(message::CHECKING_DISABLED),
        dnssec: edns.is_some_and(|edns| edns.dnssec),
        payload: edns.map(|edns| edns.payload),
        nsid: options::wants_nsid(&wanted),
        client_subnet: options::client_subnet(&wanted),
    })
}

/// Writes a whole message. The library cuts one of more than 65,535 bytes: an update would go without its end.
pub(super) fn write(message: &op::Message) -> Result<Vec<u8>, DnsError> {
    let bytes = message.to_vec().map_err(|error| DnsError::Unwritable(error.to_string()))?;
    let count = |at: usize| {
        bytes.get(at..at + 2).map_or(0, |two| usize::from(two[0]) << 8 | usize::from(two[1]))
    };
    let edns = usize::from(message.edns.is_some());
    let sections =
        [message.answers.len(), message.authorities.len(), message.additionals.len() + edns];
    match sections == [count(6), count(8), count(10)] {
        true => Ok(bytes),
        false => Err(DnsError::Unwritable("it is longer than 65,535 bytes".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn query() -> Query {
        Query { dnssec: true, checking_disabled: true, ..Query::to_resolver("Www.example", "AAAA") }
    }

    #[test]
    fn a_question_is_read_as_it_was_asked() {
        let bytes = encode_query(0xbeef, &query()).expect("a good question");
        let received = decode_query(&bytes).expect("a question");
        assert_eq!((received.id, received.name.as_str()), (0xbeef, "www.example."));
        assert_eq!((received.kind.as_str(), received.payload), ("AAAA", Some(1232)));
        assert!(received.recursion && received.checking_disabled && received.dnssec);
        let plain = Query { payload: None, ..Query::to_authority(".", "NS") };
        let received = decode_query(&encode_query(1, &plain).expect("good")).expect("a question");
        assert_eq!((received.name.as_str(), received.payload), (".", None));
        assert!(!received.recursion && !received.dnssec);
    }

    #[test]
    fn what_is_no_question_is_refused() {
        let mut bytes = encode_query(7, &query()).expect("a good question");
        assert!(matches!(decode_query(&[]), Err(DnsError::Malformed(_))));
        for length in 0..bytes.len() {
            assert!(decode_query(&bytes[..length]).is_err(), "{length} bytes were taken");
        }
        bytes[2] |= 0x80;
        assert_eq!(decode_query(&bytes), Err(DnsError::Direction));
        bytes[2] = 0;
        bytes[5] = 0;
        assert!(decode_query(&bytes).is_err());
        assert!(encode_query(1, &Query::to_authority("a..b", "A")).is_err());
        assert!(encode_query(1, &Query::to_authority("a", "NOPE")).is_err());
    }

    proptest! {
        #[test]
        fn reading_questions_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = decode_query(&bytes);
        }
    }
}
