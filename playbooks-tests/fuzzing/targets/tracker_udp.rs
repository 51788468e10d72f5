//! The UDP tracker protocol (BEP 15, 41): replies, and requests as a drill's server reads them.

use lifeboat::wire::tracker_udp::{Family, Reply, Request, is_reply_to, peers};

use super::{Target, plain, within};

pub const REPLY: Target = Target {
    name: "tracker-udp-reply",
    decoders: &[
        "wire::tracker_udp::Reply::decode",
        "wire::tracker_udp::is_reply_to",
        "wire::tracker_udp::peers",
    ],
    hold: hold_reply,
    planted: planted_reply,
    swollen: &[
        |size| [&[0, 0, 0, 1], &vec![7; size / 6 * 6 + 16][..]].concat(),
        |size| [&[0, 0, 0, 2], &vec![7; size / 12 * 12 + 4][..]].concat(),
        |size| [&[0, 0, 0, 3], &vec![0; size][..]].concat(),
    ],
};

pub const REQUEST: Target = Target {
    name: "tracker-udp-request",
    decoders: &["wire::tracker_udp::Request::decode"],
    hold: hold_request,
    planted: planted_request,
    swollen: &[
        |size| [&ANNOUNCE[..], &[1].repeat(size)].concat(),
        |size| [&ANNOUNCE[..], &[2, 0].repeat(size / 2)].concat(),
        |size| [&[0; 8], &[0, 0, 0, 2, 0, 0, 0, 9], &vec![7; size / 20 * 20][..]].concat(),
    ],
};

/// An announce of nothing, without URL data.
const ANNOUNCE: [u8; 98] = {
    let mut bytes = [0; 98];
    bytes[11] = 1;
    bytes
};

fn hold_reply(bytes: &[u8]) {
    for family in [Family::V4, Family::V6] {
        match within(bytes, || Reply::decode(bytes, family)) {
            Ok(reply) => {
                assert!(is_reply_to(bytes, action(&reply), reply.transaction()));
                assert_eq!(Reply::decode(&reply.encode(), family), Ok(reply));
            }
            Err(error) => plain(&error),
        }
        if let Ok(peers) = within(bytes, || peers(bytes, family)) {
            assert!(peers.len() * 6 <= bytes.len());
        }
    }
}

const fn action(reply: &Reply) -> u32 {
    match reply {
        Reply::Connect { .. } => 0,
        Reply::Announce { .. } | Reply::Bare { .. } => 1,
        Reply::Scrape { .. } => 2,
        Reply::Error { .. } => 3,
    }
}

fn hold_request(bytes: &[u8]) {
    match within(bytes, || Request::decode(bytes)) {
        Ok(request) => assert_eq!(Request::decode(&request.encode()), Ok(request)),
        Err(error) => plain(&error),
    }
}

/// A long error.
fn planted_reply(bytes: &[u8]) -> Option<bool> {
    let Reply::Error { message, .. } = Reply::decode(bytes, Family::V4).ok()? else { return None };
    Some(message.len() > 30)
}

/// An announce that wants very many peers.
fn planted_request(bytes: &[u8]) -> Option<bool> {
    let Request::Announce { announce, .. } = Request::decode(bytes).ok()? else { return None };
    Some(announce.want > 1 << 24)
}
