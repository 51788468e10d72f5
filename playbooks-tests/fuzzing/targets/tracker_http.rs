//! Trackers over HTTP (BEP 3, 7, 23, 48): bodies of replies, and requests as a drill's server reads them.

use lifeboat::wire::tracker_http::{AnnounceReply, Request, ScrapeReply, announce_url, scrape_url};

use super::{Target, plain, text_of, within};

pub const REPLY: Target = Target {
    name: "tracker-http-reply",
    decoders: &[
        "wire::tracker_http::AnnounceReply::decode",
        "wire::tracker_http::ScrapeReply::decode",
    ],
    hold: hold_reply,
    planted: planted_reply,
    swollen: &[
        |size| {
            let peers = b"d2:ip7:1.2.3.44:porti1ee".repeat(size / 24);
            [b"d8:intervali1e5:peersl", &peers[..], b"ee"].concat()
        },
        |size| {
            let size = size / 6 * 6;
            [format!("d8:intervali1e5:peers{size}:").into_bytes(), vec![7; size], b"e".to_vec()]
                .concat()
        },
        |size| {
            let each = (0..size / 25).flat_map(|n| format!("20:{n:020}de").into_bytes());
            [b"d5:filesd".to_vec(), each.collect(), b"ee".to_vec()].concat()
        },
    ],
};

pub const REQUEST: Target = Target {
    name: "tracker-http-request",
    decoders: &[
        "wire::tracker_http::Request::parse",
        "wire::tracker_http::announce_url",
        "wire::tracker_http::scrape_url",
    ],
    hold: hold_request,
    planted: planted_request,
    swollen: &[
        |size| {
            [
                b"/scrape?",
                &b"info_hash=%01%02%03%04%05%06%07%08%09%0a%0b%0c%0d%0e%0f%10%11%12%13%14&"
                    .repeat(size / 71)[..],
            ]
            .concat()
        },
        |size| [b"/announce?", &b"a=&".repeat(size / 3)[..]].concat(),
    ],
};

fn hold_reply(bytes: &[u8]) {
    match within(bytes, || AnnounceReply::decode(bytes)) {
        Ok(mut reply) => {
            let again = AnnounceReply::decode(&reply.encode());
            // Compact peers come in two lists, and have no names.
            reply.peers.sort_by_key(|peer| peer.is_ipv6());
            reply.named = 0;
            assert_eq!(again, Ok(reply));
        }
        Err(error) => plain(&error),
    }
    match within(bytes, || ScrapeReply::decode(bytes)) {
        Ok(mut reply) => {
            let again = ScrapeReply::decode(&reply.encode());
            reply.files.sort_by_key(|(hash, _)| *hash);
            assert_eq!(again, Ok(reply));
        }
        Err(error) => plain(&error),
    }
}

fn hold_request(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    match within(bytes, || Request::parse(text)) {
        Ok(Request::Announce(mut announce)) => {
            let again = Request::parse(&announce_url("/announce", &announce));
            announce.want = announce.want.max(-1);
            assert_eq!(again, Ok(Request::Announce(announce)));
        }
        Ok(Request::Scrape(hashes)) => {
            let hashes = &hashes[..hashes.len().min(74)];
            let url = scrape_url("http://t/announce", hashes).expect("has a scrape URL");
            let again = Request::parse(&url["http://t".len()..]);
            assert_eq!(again, Ok(Request::Scrape(hashes.to_vec())));
        }
        Err(error) => plain(&error),
    }
    if let Some(url) = within(bytes, || scrape_url(text, &[])) {
        assert!(url.contains("/scrape"));
    }
}

/// A reply that lets clients wait for longer than any seed does.
fn planted_reply(bytes: &[u8]) -> Option<bool> {
    Some(AnnounceReply::decode(bytes).ok()?.interval? > 2000)
}

/// A client at a lower port than any seed's.
fn planted_request(bytes: &[u8]) -> Option<bool> {
    let Request::Announce(announce) = Request::parse(text_of(bytes)?).ok()? else { return None };
    Some(announce.port < 50_000)
}
