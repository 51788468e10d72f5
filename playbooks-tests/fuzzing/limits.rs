//! What has a length at most: as long it is read, and a byte longer it is refused.

use libtest_mimic::Trial;
use lifeboat::wire::bird::{BirdError, MOST, Reply};
use lifeboat::wire::dns::{Query, Roll, decode, decode_query, decode_update, encode_query};
use lifeboat::wire::tracker_http::Request;

pub fn trials() -> Vec<Trial> {
    trials![d5_what_has_a_length_is_read_up_to_it_and_refused_beyond]
}

/// The longest path and query of a tracker's request.
const PATH: usize = 8 << 10;

/// Tells whether something of a length is read.
type Read = fn(usize) -> bool;

/// What has a length, the longest that is read, and the reading.
const LIMITS: &[(&str, usize, Read)] = &[
    ("a name in an answer", 255, |length| decode(&asked(0x80, &name(length), A)).is_ok()),
    ("a name of short labels", 255, |length| decode(&asked(0x80, &short(length), A)).is_ok()),
    ("a name in a question", 255, |length| decode_query(&asked(0, &name(length), A)).is_ok()),
    ("a name in an update", 255, |length| decode_update(&asked(0x28, &name(length), SOA)).is_ok()),
    ("a name that goes on elsewhere", 255, |length| {
        let address = [0, A, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1];
        decode(&answered(&[&going_on(length)[..], &address].concat())).is_ok()
    }),
    ("a name inside of data", 255, |length| {
        let data = going_on(length);
        let head = [0xc0, 12, 0, NS, 0, 1, 0, 0, 0, 0, 0, u8::try_from(data.len()).unwrap()];
        decode(&answered(&[&head[..], &data].concat())).is_ok()
    }),
    ("a name that is asked for", 255, |length| is_asked(&text(length))),
    ("a name on a roll", 255, |length| Roll::parse(&format!("{} A", text(length))).is_ok()),
    ("a label that is asked for", 63, |length| is_asked(&"a".repeat(length))),
    ("a reply of a router", MOST, |length| is_whole(&lines(length, b"0000 \n"))),
    ("a line of a router", MOST, |length| is_whole(&filled(b"0000 ", length, b"\n"))),
    ("a reply that goes on", MOST, |length| goes_on(&lines(length, b"1002-x"))),
    ("a line that goes on", MOST, |length| goes_on(&filled(b"1002-", length, b""))),
    ("an unasked message that goes on", MOST, |length| goes_on(&filled(b"+", length, b""))),
    ("a request of a client", PATH, |length| {
        let begin = format!("/scrape?info_hash={}&x=", "%00".repeat(20));
        let path = filled(begin.as_bytes(), length, b"");
        Request::parse(std::str::from_utf8(&path).unwrap()).is_ok()
    }),
];

const A: u8 = 1;
const NS: u8 = 2;
const SOA: u8 = 6;

fn d5_what_has_a_length_is_read_up_to_it_and_refused_beyond() {
    for (what, most, read) in LIMITS {
        assert!(read(*most), "{what} of {most} bytes is refused");
        for beyond in [most + 1, most + 64] {
            assert!(!read(beyond), "{what} of {beyond} bytes is read");
        }
    }
    eprintln!("D5: {} lengths, each read to its end and refused beyond", LIMITS.len());
}

/// Returns the labels of a name that takes so many bytes (RFC 1035 §3.1), of at most so many characters each.
fn labels(length: usize, longest: usize) -> Vec<usize> {
    let (mut labels, mut left) = (Vec::new(), length - 1);
    while left > 0 {
        let whole = (longest + 1).min(left);
        // No label is empty.
        let label = if left - whole == 1 { whole - 1 } else { whole };
        labels.push(label - 1);
        left -= label;
    }
    labels
}

fn wire(labels: &[usize]) -> Vec<u8> {
    let label = |length: &usize| [vec![u8::try_from(*length).unwrap()], vec![b'a'; *length]];
    let labels: Vec<u8> = labels.iter().flat_map(label).flatten().collect();
    [&labels[..], &[0]].concat()
}

fn name(length: usize) -> Vec<u8> {
    wire(&labels(length, 63))
}

fn short(length: usize) -> Vec<u8> {
    wire(&labels(length, 2))
}

fn text(length: usize) -> String {
    labels(length, 63).iter().map(|label| "a".repeat(*label) + ".").collect()
}

fn is_asked(name: &str) -> bool {
    let asked = encode_query(7, &Query::to_authority(name, "A"));
    asked.is_ok_and(|bytes| decode_query(&bytes).is_ok())
}

/// A message with one question and nothing else.
fn asked(flags: u8, name: &[u8], kind: u8) -> Vec<u8> {
    let head = [0, 7, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    [&head[..], name, &[0, kind, 0, 1]].concat()
}

/// How long the name in the question is that others go on with.
const ELSEWHERE: usize = 193;

/// An answer of one record.
fn answered(record: &[u8]) -> Vec<u8> {
    let mut bytes = asked(0x80, &name(ELSEWHERE), A);
    bytes[7] = 1;
    [&bytes[..], record].concat()
}

/// A name of so many bytes: a label, and on with the name in the question.
fn going_on(length: usize) -> Vec<u8> {
    let label = length - ELSEWHERE - 1;
    [&[u8::try_from(label).unwrap()][..], &vec![b'a'; label], &[0xc0, 12]].concat()
}

/// Fills up to a length.
fn filled(begin: &[u8], length: usize, end: &[u8]) -> Vec<u8> {
    [begin, &vec![b'x'; length - begin.len() - end.len()], end].concat()
}

/// A reply of a long line and a last one, so many bytes long.
fn lines(length: usize, last: &[u8]) -> Vec<u8> {
    filled(b"1002-", length, &[b"\n", last].concat())
}

fn is_whole(bytes: &[u8]) -> bool {
    taken(bytes).is_some_and(|taken| taken == Some(bytes.len()))
}

fn goes_on(bytes: &[u8]) -> bool {
    taken(bytes) == Some(None)
}

/// Returns how many bytes of a reply were taken, if any; nothing where it is too long.
fn taken(bytes: &[u8]) -> Option<Option<usize>> {
    match Reply::take(bytes) {
        Ok(reply) => Some(reply.map(|(_, taken)| taken)),
        Err(error) => {
            assert_eq!(error, BirdError::TooLong);
            None
        }
    }
}
