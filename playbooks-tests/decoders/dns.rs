//! Answers of Knot DNS 3.2, PowerDNS 4.7 and Unbound 1.17.

use libtest_mimic::Trial;
use lifeboat::model::{DnsAnswer, DnsRecord};
use lifeboat::wire::dns::{Query, decode, decode_query, encode_answer, encode_query, is_answer_to};

use super::capture;

pub fn trials() -> Vec<Trial> {
    trials![
        authorities_are_read,
        resolvers_are_read,
        referrals_and_denials_are_read,
        signed_answers_are_read,
        what_was_read_can_be_written_and_read_again,
        a_capture_answers_its_own_question_alone,
        a_capture_that_ends_abruptly_is_refused,
    ]
}

const ALL: [&str; 21] = [
    "knot-cut",
    "knot-denied",
    "knot-dnskey",
    "knot-ds",
    "knot-ns-signed",
    "knot-odd-type",
    "knot-referral",
    "knot-refused",
    "knot-soa",
    "knot-text",
    "powerdns-alias",
    "powerdns-caa",
    "powerdns-mx",
    "powerdns-refused",
    "powerdns-soa",
    "powerdns-srv",
    "unbound-alias",
    "unbound-blocked",
    "unbound-dead",
    "unbound-denied",
    "unbound-v6",
];

fn bytes(name: &str) -> Vec<u8> {
    capture(&format!("dns/{name}"))
}

fn read(name: &str) -> DnsAnswer {
    let (id, answer) = decode(&bytes(name)).unwrap();
    assert_eq!(id, 0x1234);
    answer
}

/// Writes records as a zone file would.
fn lines(records: &[DnsRecord]) -> Vec<String> {
    let line = |r: &DnsRecord| format!("{} {} {} {}", r.name, r.ttl, r.kind, r.data);
    records.iter().map(line).collect()
}

const SOA: &str = "lab.example. 300 SOA ns1.lab.example. host.lab.example. 7 7200 900 1209600 60";
const WWW: [&str; 2] = ["www.lab.example. 300 A 192.0.2.10", "www.lab.example. 300 A 192.0.2.11"];
const ALIAS: [&str; 3] = ["alias.lab.example. 300 CNAME www.lab.example.", WWW[0], WWW[1]];

fn authorities_are_read() {
    for (name, expected) in [
        ("knot-soa", &[SOA][..]),
        ("powerdns-soa", &[SOA]),
        ("knot-text", &[r#"text.lab.example. 300 TXT "a \"quoted\" back\\slash" "b\009\200""#]),
        ("knot-odd-type", &[r"odd.lab.example. 300 TYPE65280 \# 3 0a0b0c"]),
        ("powerdns-alias", &ALIAS),
        ("powerdns-caa", &[r#"lab.example. 300 CAA 0 issue "ca.example; account=7""#]),
        ("powerdns-mx", &["lab.example. 300 MX 10 mail.lab.example."]),
        ("powerdns-srv", &["_s._tcp.lab.example. 300 SRV 1 2 443 www.lab.example."]),
    ] {
        let answer = read(name);
        assert_eq!(lines(&answer.answers), expected, "{name}");
        assert_eq!((answer.rcode.as_str(), answer.aa, answer.tc), ("NOERROR", true, false));
    }
    assert_eq!(lines(&read("powerdns-srv").additional), WWW);
}

fn resolvers_are_read() {
    let answer = read("unbound-alias");
    assert_eq!((answer.aa, lines(&answer.answers)), (false, ALIAS.map(String::from).to_vec()));
    let answer = read("unbound-v6");
    assert_eq!(lines(&answer.answers), ["ns1.lab.example. 300 AAAA 2001:db8::53"]);
    for (name, code) in [
        ("unbound-dead", "SERVFAIL"),
        ("unbound-blocked", "REFUSED"),
        ("unbound-denied", "NXDOMAIN"),
    ] {
        let answer = read(name);
        assert_eq!((answer.rcode.as_str(), answer.answers.len()), (code, 0), "{name}");
    }
}

fn referrals_and_denials_are_read() {
    let answer = read("knot-referral");
    assert!(!answer.aa && answer.answers.is_empty());
    assert_eq!(lines(&answer.authority), ["child.lab.example. 300 NS ns.child.lab.example."]);
    assert_eq!(lines(&answer.additional), ["ns.child.lab.example. 300 A 192.0.2.99"]);
    let denied = read("knot-denied");
    assert_eq!((denied.rcode.as_str(), denied.aa), ("NXDOMAIN", true));
    assert_eq!(lines(&denied.authority), [SOA.replace("300", "60")]);
    let refused = read("knot-refused");
    assert_eq!((refused.rcode.as_str(), refused.aa), ("REFUSED", false));
    let codes: Vec<u16> = refused.extended_errors.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [20], "not authoritative (RFC 8914 §4.21)");
    let cut = read("knot-cut");
    assert!(cut.tc && cut.answers.is_empty());
}

fn signed_answers_are_read() {
    let digest = "e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d";
    let ds = lines(&read("knot-ds").answers);
    assert_eq!(ds, [format!("child.lab.example. 300 DS 4711 13 2 {digest}")]);
    let keys = lines(&read("knot-dnskey").answers);
    assert!(keys[0].starts_with("lab.example. 300 DNSKEY 256 3 13 "), "{}", keys[0]);
    assert!(keys[1].starts_with("lab.example. 300 DNSKEY 257 3 13 "), "{}", keys[1]);
    let signed = lines(&read("knot-ns-signed").answers);
    assert_eq!(signed[0], "lab.example. 300 NS ns1.lab.example.");
    assert!(signed[2].starts_with("lab.example. 300 RRSIG NS 13 2 300 "), "{}", signed[2]);
    assert!(signed[2].contains(" lab.example. "), "{}", signed[2]);
}

/// Returns the question that a capture answers.
fn question(name: &str) -> (String, String) {
    let kind = u16::from_be_bytes(qtype(&bytes(name)));
    let labels = &bytes(name)[12..];
    let (mut text, mut at) = (String::new(), 0);
    while labels[at] > 0 {
        let length = usize::from(labels[at]);
        text.push_str(std::str::from_utf8(&labels[at + 1..=at + length]).unwrap());
        text.push('.');
        at += 1 + length;
    }
    (text, format!("TYPE{kind}"))
}

fn qtype(bytes: &[u8]) -> [u8; 2] {
    let end = 12 + bytes[12..].iter().position(|byte| *byte == 0).unwrap();
    [bytes[end + 1], bytes[end + 2]]
}

fn what_was_read_can_be_written_and_read_again() {
    for name in ALL {
        let ((asked, kind), answer) = (question(name), read(name));
        let query = encode_query(0x1234, &Query::to_authority(asked, kind)).unwrap();
        let written = encode_answer(&decode_query(&query).unwrap(), &answer, 65_535).unwrap();
        assert_eq!(decode(&written).unwrap(), (0x1234, answer), "{name}");
    }
}

fn a_capture_answers_its_own_question_alone() {
    for name in ALL {
        let (bytes, (asked, kind)) = (bytes(name), question(name));
        assert!(is_answer_to(&bytes, 0x1234, &Query::to_authority(&asked, &kind)), "{name}");
        assert!(!is_answer_to(&bytes, 0x1235, &Query::to_authority(&asked, &kind)), "{name}");
        assert!(!is_answer_to(&bytes, 0x1234, &Query::to_authority(&asked, "PTR")), "{name}");
        let other = format!("x.{asked}");
        assert!(!is_answer_to(&bytes, 0x1234, &Query::to_authority(other, &kind)), "{name}");
    }
}

fn a_capture_that_ends_abruptly_is_refused() {
    for name in ALL {
        let bytes = bytes(name);
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{name}: {length} bytes were taken");
        }
        for at in 0..bytes.len() {
            for byte in [0, 0x3f, 0x40, 0xc0, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = byte;
                // Whatever it says now, it is read to the end without a panic.
                let _ = decode(&damaged);
            }
        }
    }
}
