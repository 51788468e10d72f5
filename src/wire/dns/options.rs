//! EDNS options (RFC 6891 §6.1.2): who answered, for which network, and why it went wrong.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hickory_proto::op::Edns;
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use ipnet::IpNet;

use super::Query;
use crate::model::{DnsAnswer, Remote};

/// The name server's identifier (RFC 5001 §2).
const NSID: u16 = 3;

/// The client's network (RFC 7871 §6).
const CLIENT_SUBNET: u16 = 8;

/// An extended DNS error (RFC 8914 §2).
const EXTENDED_ERROR: u16 = 15;

/// Options as they came: code and value.
pub(super) type Options<'a> = [(u16, &'a [u8])];

/// Adds what a question wants to know.
pub(super) fn ask(edns: &mut Edns, query: &Query) {
    if query.nsid {
        // Empty in a question (RFC 5001 §2.1).
        add(edns, NSID, Vec::new());
    }
    if let Some(network) = query.client_subnet {
        add(edns, CLIENT_SUBNET, subnet(network.trunc()));
    }
}

/// Adds what an answer says besides its records.
pub(super) fn answer(edns: &mut Edns, answer: &DnsAnswer) {
    for (code, text) in &answer.extended_errors {
        let bytes = [&code.to_be_bytes()[..], text.raw().as_bytes()].concat();
        add(edns, EXTENDED_ERROR, bytes);
    }
    if let Some(nsid) = &answer.nsid {
        add(edns, NSID, nsid.raw().as_bytes().to_vec());
    }
    if let Some(scope) = answer.client_scope {
        add(edns, CLIENT_SUBNET, vec![0, 1, 0, scope]);
    }
}

fn add(edns: &mut Edns, code: u16, value: Vec<u8>) {
    let option = EdnsOption::Unknown(code, value);
    edns.options_mut().options.push((EdnsCode::Unknown(code), option));
}

/// Writes family, prefix length, no scope, and as many bytes of the address as the prefix needs (RFC 7871 §6).
fn subnet(network: IpNet) -> Vec<u8> {
    let (family, address) = match network.network() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let length = network.prefix_len();
    let address = &address[..usize::from(length.div_ceil(8))];
    [&[0, family, length, 0], address].concat()
}

/// Tells whether a question wants to know who answers.
pub(super) fn wants_nsid(options: &Options<'_>) -> bool {
    options.iter().any(|(code, _)| *code == NSID)
}

/// Returns the network that a question is asked for; none where the option makes no sense.
pub(super) fn client_subnet(options: &Options<'_>) -> Option<IpNet> {
    let (family, length, _, address) = subnet_option(options)?;
    let mut bytes = [0; 16];
    bytes.get_mut(..address.len())?.copy_from_slice(address);
    let ip = match family {
        1 if address.len() <= 4 => IpAddr::V4(Ipv4Addr::from(*bytes.first_chunk::<4>()?)),
        2 => IpAddr::V6(Ipv6Addr::from(bytes)),
        _ => return None,
    };
    IpNet::new(ip, length).ok().map(|network| network.trunc())
}

/// Returns for which part of the client's network an answer holds.
pub(super) fn client_scope(options: &Options<'_>) -> Option<u8> {
    subnet_option(options).map(|(_, _, scope, _)| scope)
}

fn subnet_option<'a>(options: &Options<'a>) -> Option<(u16, u8, u8, &'a [u8])> {
    let (_, value) = options.iter().find(|(code, _)| *code == CLIENT_SUBNET)?;
    let (head, address) = value.split_first_chunk::<4>()?;
    Some((u16::from_be_bytes([head[0], head[1]]), head[2], head[3], address))
}

/// Returns who answered: as text where it is one, else in hexadecimal (RFC 5001 §2.3 leaves its form open).
pub(super) fn nsid(options: &Options<'_>) -> Option<Remote> {
    let (_, value) = options.iter().find(|(code, _)| *code == NSID)?;
    let is_text = value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    Some(match is_text {
        true => Remote::from_bytes(value),
        false => Remote::new(value.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    })
}

/// Returns why it went wrong.
pub(super) fn extended_errors(options: &Options<'_>) -> Vec<(u16, Remote)> {
    let one = |(option, value): &(u16, &[u8])| {
        let (code, text) = value.split_first_chunk::<2>().filter(|_| *option == EXTENDED_ERROR)?;
        Some((u16::from_be_bytes(*code), Remote::from_bytes(text)))
    };
    options.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{decode, decode_query, encode_answer, encode_query};
    use super::*;

    fn asked(network: &str) -> Query {
        let client_subnet = Some(network.parse().expect("a network"));
        Query { nsid: true, client_subnet, ..Query::to_resolver("www.example.", "A") }
    }

    #[test]
    fn a_network_takes_the_bytes_that_its_length_needs() {
        let bytes = |network: &str| subnet(network.parse().expect("a network"));
        assert_eq!(bytes("203.0.113.0/24"), [0, 1, 24, 0, 203, 0, 113]);
        assert_eq!(bytes("198.51.0.0/17"), [0, 1, 17, 0, 198, 51, 0]);
        assert_eq!(bytes("2001:db8::/32"), [0, 2, 32, 0, 0x20, 1, 0xd, 0xb8]);
        assert_eq!(bytes("0.0.0.0/0"), [0, 1, 0, 0]);
    }

    #[test]
    fn what_a_question_wants_is_read_by_the_server() {
        for network in ["203.0.113.0/24", "2001:db8:77::/48", "0.0.0.0/0"] {
            let bytes = encode_query(9, &asked(network)).expect("a good question");
            let read = decode_query(&bytes).expect("a question");
            assert_eq!((read.nsid, read.client_subnet), (true, network.parse().ok()));
        }
        let bytes = encode_query(9, &Query::to_resolver("www.example.", "A")).expect("good");
        let read = decode_query(&bytes).expect("a question");
        assert_eq!((read.nsid, read.client_subnet), (false, None));
    }

    #[test]
    fn an_option_that_makes_no_sense_is_left_out() {
        let of = |value: &[u8]| client_subnet(&[(CLIENT_SUBNET, value)]);
        for value in [
            &[][..],
            &[0, 1, 24],
            &[0, 9, 24, 0, 1, 2, 3],
            &[0, 1, 33, 0, 1, 2, 3, 4],
            &[0, 1, 24, 0, 1, 2, 3, 4, 5],
            &[0, 2, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(of(value), None, "{value:?}");
        }
        assert_eq!(of(&[0, 1, 24, 0, 1, 2, 3]), "1.2.3.0/24".parse().ok());
        assert_eq!(client_scope(&[(CLIENT_SUBNET, &[0, 1, 24, 20, 1, 2, 3])]), Some(20));
        assert_eq!(client_scope(&[(CLIENT_SUBNET, &[0, 1, 24])]), None);
    }

    #[test]
    fn who_answered_and_for_whom_comes_through() {
        let received = decode_query(&encode_query(9, &asked("203.0.113.0/24")).expect("good"));
        let said = DnsAnswer {
            rcode: "NOERROR".into(),
            nsid: Some(Remote::new("ams3.a")),
            client_scope: Some(20),
            ..DnsAnswer::default()
        };
        let bytes = encode_answer(&received.expect("a question"), &said, 512).expect("good");
        assert_eq!(decode(&bytes), Ok((9, said)));
        let raw = nsid(&[(NSID, &[0, 0xfe])]).expect("it is there");
        assert_eq!(raw, Remote::new("00fe"));
        assert_eq!(nsid(&[(EXTENDED_ERROR, &[0, 1])]), None);
    }
}
