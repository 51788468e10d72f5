//! Transmission's remote control: bodies of its replies.

use lifeboat::wire::transmission::{Session, Torrent, arguments, peers};

use super::{Target, plain, within};

pub const TARGET: Target = Target {
    name: "transmission",
    decoders: &[
        "wire::transmission::arguments",
        "wire::transmission::Session::read",
        "wire::transmission::Torrent::read_all",
        "wire::transmission::peers",
    ],
    hold,
    planted,
    swollen: &[
        |size| list(br#"{"":0},"#, size),
        |size| list(b"0,", size),
        |size| list(b"[0],", size),
        |size| list(br#"{"address":"::"},"#, size),
        |size| {
            let torrent = br#"{"hashString":"5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69","isPrivate":0,"trackers":[]},"#;
            list(torrent, size)
        },
    ],
};

/// A reply with a list of equal pieces where torrents stand, and again as the peers of one.
fn list(piece: &[u8], size: usize) -> Vec<u8> {
    let pieces = piece.repeat(size / piece.len() / 2);
    let [head, middle, end] =
        [&br#"{"result":"success","arguments":{"torrents":["#[..], br#"{"peers":["#, br#"0]}]}}"#];
    [head, &pieces, middle, &pieces, end].concat()
}

fn hold(bytes: &[u8]) {
    if let Err(error) = within(bytes, || arguments(bytes)) {
        plain(&error);
    }
    if let Err(error) = within(bytes, || Session::read(bytes)) {
        plain(&error);
    }
    match within(bytes, || Torrent::read_all(bytes)) {
        Ok(torrents) => assert!(torrents.iter().all(|torrent| torrent.info_hash.len() == 40)),
        Err(error) => plain(&error),
    }
    match within(bytes, || peers(bytes)) {
        Ok(peers) => assert!(peers.len() <= bytes.len()),
        Err(error) => plain(&error),
    }
}

/// A daemon of a late RPC version.
fn planted(bytes: &[u8]) -> Option<bool> {
    Some(Session::read(bytes).ok()?.rpc > 30)
}
