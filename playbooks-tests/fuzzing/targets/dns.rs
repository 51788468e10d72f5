//! DNS messages (RFC 1035, 2136, 6891, 8945): answers, questions, updates and signatures.

use lifeboat::model::DnsRecord;
use lifeboat::wire::dns::{
    Blame, Edit, Hash, Key, Query, Received, canonical_data, canonical_name, decode,
    decode_outcome, decode_query, decode_update, encode_answer, encode_outcome, encode_query,
    encode_update, is_answer_to, key_tag, kind_number, octodns_value,
};

use super::{Target, meter, plain};

/// What a message may hold beside its share: its shortest texts, and what the library makes of one record of a rare type.
const GROUND: usize = 96 << 10;

fn within<T>(bytes: &[u8], decode: impl FnOnce() -> T) -> T {
    meter::within(bytes.len(), GROUND, decode)
}

pub const ANSWER: Target = Target {
    name: "dns-answer",
    decoders: &[
        "wire::dns::canonical_data",
        "wire::dns::canonical_name",
        "wire::dns::decode",
        "wire::dns::is_answer_to",
        "wire::dns::key_tag",
        "wire::dns::kind_number",
        "wire::dns::octodns_value",
    ],
    hold: hold_answer,
    planted: planted_answer,
    swollen: &[
        |size| records(size / 12, &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]),
        |size| records(size / 13, &[0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, 1, 0]),
        |size| records(size / 14, &[0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 12]),
        |size| records(size / 16, &[0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 4, 0xc0, 12, 0xc0, 12]),
        pointers,
    ],
};

pub const QUESTION: Target = Target {
    name: "dns-question",
    decoders: &["wire::dns::decode_query"],
    hold: hold_question,
    planted: planted_question,
    swollen: &[],
};

pub const UPDATE: Target = Target {
    name: "dns-update",
    decoders: &["wire::dns::decode_update", "wire::dns::decode_outcome"],
    hold: hold_update,
    planted: planted_update,
    swollen: &[
        |size| update(size / 16, &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1]),
        |size| update(size / 14, &[0xc0, 12, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 12]),
    ],
};

pub const SIGNATURE: Target = Target {
    name: "dns-signature",
    decoders: &[
        "wire::dns::Key::check",
        "wire::dns::Key::check_next",
        "wire::dns::Key::new",
        "wire::dns::Hash::named",
    ],
    hold: hold_signature,
    planted: planted_signature,
    swollen: &[|size| records(size / 12, &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])],
};

/// The longest name there is: 255 bytes, all of which have to be escaped.
fn longest_name() -> Vec<u8> {
    let label = |length: u8| [vec![length], vec![1; usize::from(length)]].concat();
    [label(63), label(63), label(63), label(61), vec![0]].concat()
}

/// An answer of many records to a question for the longest name.
fn records(count: usize, record: &[u8]) -> Vec<u8> {
    message(0x80, [0, count, 0], record)
}

/// An answer of many records, each with a name at the end of a long row of pointers.
fn pointers(size: usize) -> Vec<u8> {
    let pointer =
        |to: usize| (0xc000 | u16::try_from(to).expect("lies within reach")).to_be_bytes();
    let (row, count) = ((size / 4).min(8000), size / 32);
    let mut bytes = vec![0, 7, 0x80, 0, 0, 1];
    bytes.extend(u16::try_from(count + 1).expect("is small").to_be_bytes());
    bytes.extend([0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0xff, 0xfe, 0, 1, 0, 0, 0, 0]);
    bytes.extend(u16::try_from(2 * row).expect("is small").to_be_bytes());
    let start = bytes.len();
    bytes.extend((0..row).flat_map(|at| pointer(if at == 0 { 12 } else { start + 2 * at - 2 })));
    let end = pointer(bytes.len() - 2);
    let record = [&end[..], &[0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1]].concat();
    bytes.extend(record.repeat(count));
    bytes
}

fn update(count: usize, record: &[u8]) -> Vec<u8> {
    message(0x28, [count, 0, 0], record)
}

fn message(flags: u8, counts: [usize; 3], record: &[u8]) -> Vec<u8> {
    let count = counts.iter().sum::<usize>().min(usize::from(u16::MAX));
    let mut bytes = vec![0, 7, flags, 0, 0, 1];
    for section in counts {
        bytes.extend(u16::try_from(section.min(count)).expect("is small").to_be_bytes());
    }
    bytes.extend(longest_name());
    bytes.extend([0, 1, 0, 1]);
    bytes.extend(record.repeat(count));
    bytes
}

fn hold_answer(bytes: &[u8]) {
    key_tag(bytes);
    let (id, answer) = match within(bytes, || decode(bytes)) {
        Ok(read) => read,
        Err(error) => return plain(&error),
    };
    answer.extended_errors.iter().for_each(|(_, text)| plain(text));
    let query = Query::to_authority("example.", "A");
    within(bytes, || is_answer_to(bytes, id, &query));
    // What is encoded is a reply to a query; one to an update may hold records without data (RFC 2136 §2.4).
    if bytes[2] >> 3 & 15 != 0 {
        return;
    }
    answer.answers.iter().chain(&answer.authority).for_each(is_canonical);
    let question = question(id);
    if let Ok(again) = encode_answer(&question, &answer, usize::from(u16::MAX)) {
        let (_, again) = decode(&again).expect("what was encoded is decoded");
        assert!(again.tc || again == answer, "{again:?}");
    }
}

/// What was decoded has a form that is signed.
fn is_canonical(record: &DnsRecord) {
    let text = serde_json::to_value(&record.data).expect("is a text");
    let text = text.as_str().expect("is a text");
    let owner = canonical_name(&record.name).expect("a name that was decoded");
    assert!((1..=255).contains(&owner.len()));
    kind_number(&record.kind).expect("a type that was decoded");
    let said = octodns_value(&record.kind, text).map(|value| value.to_string());
    assert!(said.is_none_or(|said| said.bytes().all(|byte| matches!(byte, b' '..=b'~'))));
    if !text.starts_with("\\# 0") {
        let data = canonical_data(&record.kind, text).expect("data that were decoded");
        assert!(!data.is_empty() || text.is_empty(), "{record:?}");
    }
}

fn question(id: u16) -> Received {
    let query = Query::to_authority("example.", "A");
    let bytes = encode_query(id, &query).expect("is a question");
    decode_query(&bytes).expect("is a question")
}

fn hold_question(bytes: &[u8]) {
    match within(bytes, || decode_query(bytes)) {
        Ok(received) => {
            let Received { id, name, kind, recursion, checking_disabled, dnssec, payload, .. } =
                received.clone();
            let (nsid, client_subnet) = (received.nsid, received.client_subnet);
            let query = Query {
                name,
                kind,
                recursion,
                checking_disabled,
                dnssec,
                payload,
                nsid,
                client_subnet,
            };
            let again = encode_query(id, &query).expect("what was decoded is encoded");
            // A server sees no difference between small payloads and the smallest (RFC 6891 §6.2.3).
            assert_eq!(decode_query(&again), Ok(received));
        }
        Err(error) => plain(&error),
    }
}

fn hold_update(bytes: &[u8]) {
    match within(bytes, || decode_update(bytes)) {
        Ok((id, update)) => {
            if let Ok(again) = encode_update(id, &update) {
                assert_eq!(decode_update(&again), Ok((id, update)));
            }
        }
        Err(error) => plain(&error),
    }
    let id = bytes.first_chunk::<2>().map_or(0, |id| u16::from_be_bytes(*id));
    match within(bytes, || decode_outcome(bytes, id)) {
        Ok(code) => {
            let again = encode_outcome(id, &code).expect("what was decoded is encoded");
            assert_eq!(decode_outcome(&again, id), Ok(code));
        }
        Err(error) => plain(&error),
    }
}

fn key() -> Key {
    let secret = b"a secret of this test".to_vec().into();
    Key::new("lab-key.example.", Hash::Sha256, secret).expect("is a key")
}

fn hold_signature(bytes: &[u8]) {
    let key = key();
    for proof in [
        within(bytes, || key.check(bytes, &[7; 32])),
        within(bytes, || key.check_next(bytes, &[], &[7; 32])),
    ] {
        match proof {
            Ok(proof) => assert!(!proof.signed, "nobody else has this secret"),
            Err(error) => plain(&error),
        }
    }
    let Ok(received) = decode_query(bytes) else { return };
    let message = encode_query(received.id, &Query::to_resolver(received.name, received.kind));
    let signed = key.sign(&message.expect("what was decoded is encoded"), 1_700_000_000);
    assert!(key.check(&signed.bytes, &[]).expect("is a message").signed);
    let name = std::str::from_utf8(bytes).unwrap_or_default();
    if let Err(error) = within(bytes, || Key::new(name, Hash::Sha512, Vec::new().into())) {
        plain(&error);
    }
    assert!(Hash::named(name).is_none_or(|hash| name.len() <= hash.name().len() + 1));
}

/// An answer that was cut and has something in it.
fn planted_answer(bytes: &[u8]) -> Option<bool> {
    let (_, answer) = decode(bytes).ok()?;
    Some(answer.tc && !answer.answers.is_empty())
}

/// A question with EDNS for neither addresses nor name servers.
fn planted_question(bytes: &[u8]) -> Option<bool> {
    let received = decode_query(bytes).ok()?;
    received.payload?;
    Some(!["A", "NS"].contains(&received.kind.as_str()))
}

/// An update that adds neither addresses nor text.
fn planted_update(bytes: &[u8]) -> Option<bool> {
    let (_, update) = decode_update(bytes).ok()?;
    let strange = |edit: &Edit| match edit {
        Edit::Add { kind, .. } => Some(!["A", "TXT"].contains(&kind.as_str())),
        Edit::DeleteSet { .. } | Edit::Delete { .. } => None,
    };
    update.edits.iter().filter_map(strange).max()
}

/// A signature that a server refused for a reason of its own.
fn planted_signature(bytes: &[u8]) -> Option<bool> {
    let blame = key().check(bytes, &[]).ok()?.blame?;
    Some(matches!(blame, Blame::Other(_)))
}
