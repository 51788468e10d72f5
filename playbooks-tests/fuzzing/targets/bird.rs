//! BIRD's control socket: framing, replies, and commands as a drill's server reads them.

use jiff::civil::{DateTime, date};
use lifeboat::wire::bird::{BirdError, Command, Manners, Protocol, Reply, Route, Status, encode};

use super::{Target, lies_inside, plain, text_of, within};

pub const REPLY: Target = Target {
    name: "bird-reply",
    decoders: &[
        "wire::bird::Reply::take",
        "wire::bird::Status::read",
        "wire::bird::Manners::read",
        "wire::bird::Protocol::read_all",
        "wire::bird::Route::read_all",
    ],
    hold: hold_reply,
    planted: planted_reply,
    swollen: &[
        |size| [&b"0001-\n".repeat(size / 6)[..], b"0000 \n"].concat(),
        |size| [b"1007-a\n", &b" \n".repeat(size / 2)[..], b"0000 \n"].concat(),
        |size| [b"1007-", &vec![0xff; size][..], b"\n0000 \n"].concat(),
        |size| [&b"1007-::/0 [] \n".repeat(size / 14)[..], b"0000 \n"].concat(),
        |size| [b"1007-::/0 []\n bgp_path: ", &b"1 ".repeat(size / 2)[..], b"\n0000 \n"].concat(),
        |size| [&b"1002-a b c d\n".repeat(size / 13)[..], b"0000 \n"].concat(),
        |size| b"+\n".repeat(size / 2),
    ],
};

pub const COMMAND: Target = Target {
    name: "bird-command",
    decoders: &["wire::bird::Command::decode"],
    hold: hold_command,
    planted: planted_command,
    swollen: &[|size| b"a ".repeat(size / 2)],
};

fn present() -> DateTime {
    date(2026, 11, 25).at(1, 0, 0, 0)
}

fn hold_reply(bytes: &[u8]) {
    match within(bytes, || Reply::take(bytes)) {
        Ok(None) => {}
        Ok(Some((reply, taken))) => {
            assert!(taken <= bytes.len());
            assert_eq!(Reply::take(&bytes[..taken]), Ok(Some((reply.clone(), taken))));
            hold_whole(bytes, reply);
        }
        Err(error) => {
            plain(&error);
            if let BirdError::NoCode(line) = error {
                lies_inside(&String::from_utf8_lossy(bytes), line, 1);
            }
        }
    }
}

fn hold_whole(bytes: &[u8], reply: Reply) {
    let now = match within(bytes, || Status::read(&reply)) {
        Ok(status) => status.now,
        Err(error) => {
            plain(&error);
            present()
        }
    };
    let manners = within(bytes, || Manners::read(&reply));
    assert!(manners.lingering.len() + manners.validators.len() <= reply.lines.len());
    let protocols = within(bytes, || Protocol::read_all(&reply, now));
    let again = Reply::take(encode::protocols(&protocols, now).as_bytes());
    let again = again.expect("is a reply").expect("is whole").0;
    let known =
        |protocol: &Protocol| (protocol.name.clone(), protocol.kind.clone(), protocol.neighbour_as);
    let again = Protocol::read_all(&again, now);
    assert_eq!(
        again.iter().map(known).collect::<Vec<_>>(),
        protocols.iter().map(known).collect::<Vec<_>>()
    );
    match within(bytes, || Route::read_all(reply, now)) {
        Ok(routes) => {
            let again = Reply::take(encode::routes(&routes, now).as_bytes());
            let again = again.expect("is a reply").expect("is whole").0;
            let again = Route::read_all(again, now).expect("is no refusal");
            let known = |route: &Route| {
                (route.network, route.protocol.clone(), route.best, route.as_path.clone())
            };
            assert_eq!(
                again.iter().map(known).collect::<Vec<_>>(),
                routes.iter().map(known).collect::<Vec<_>>()
            );
        }
        Err(error) => plain(&error),
    }
}

fn hold_command(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    if let Some(command) = within(bytes, || Command::decode(text)) {
        assert_eq!(Command::decode(&command.encode()), Some(command));
    }
}

/// A route whose path begins at a network with a number that is not for examples.
fn planted_reply(bytes: &[u8]) -> Option<bool> {
    let (reply, _) = Reply::take(bytes).ok()??;
    let routes = Route::read_all(reply, present()).ok()?;
    let mut paths = routes.iter().filter_map(|route| route.as_path.first()).peekable();
    paths.peek()?;
    Some(paths.any(|first| *first < 64496))
}

/// A question for all routes in a small block of IPv6.
fn planted_command(bytes: &[u8]) -> Option<bool> {
    let Command::RouteIn(net) = Command::decode(text_of(bytes)?)? else { return None };
    Some(net.prefix_len() > 32)
}
