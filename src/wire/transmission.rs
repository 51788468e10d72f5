//! Transmission's remote control: what is sent and what comes back (`docs/rpc-spec.md`, RPC versions 14 to 18).

use std::net::IpAddr;

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::json::Json;
use crate::model::Remote;

/// The header that the 409 dance hands over, in lower case.
pub const SESSION: &str = "x-transmission-session-id";

/// The first RPC version that takes whole lists (`trackerList`); earlier ones accept and ignore it.
pub const LISTS: i64 = 17;

/// What a daemon says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its version.
    pub version: Remote,
    /// The version of its RPC.
    pub rpc: i64,
}

/// One torrent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Torrent {
    /// Its info-hash, 40 lower-case hexadecimal digits.
    pub info_hash: String,
    /// Whether it is private (BEP 27).
    pub private: bool,
    /// Its trackers, in their order.
    pub trackers: Vec<Tracker>,
}

/// One tracker of a torrent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracker {
    /// Its number: until RPC version 16 its place in the list, since then its own for good.
    pub id: i64,
    /// Its tier, from 0.
    pub tier: u32,
    /// Its announce URL.
    pub url: Remote,
}

/// Changes of a tracker list, done in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Appended, each in a tier of its own.
    pub add: Vec<String>,
    /// Taken away, by number.
    pub remove: Vec<i64>,
    /// Put in the place of others, by their number after all removals.
    pub replace: Vec<(i64, String)>,
}

/// Why a reply is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransmissionError {
    /// No JSON.
    #[error("no JSON: {0}")]
    NotJson(Remote),
    /// It says no, in its own words.
    #[error("`{0}`")]
    Said(Remote),
    /// It lacks what it must have.
    #[error("the reply has no usable `{0}`")]
    Lacks(&'static str),
}

/// Builds the question for what the daemon is.
pub fn ask_session() -> Vec<u8> {
    call("session-get", json!({"fields": ["version", "rpc-version"]}))
}

/// Builds the question for torrents with their trackers: one, or all.
pub fn ask_torrents(info_hash: Option<&str>) -> Vec<u8> {
    let mut arguments = json!({"fields": ["hashString", "isPrivate", "trackers"]});
    if let Some(hash) = info_hash {
        arguments["ids"] = json!([hash]);
    }
    call("torrent-get", arguments)
}

/// Builds the question for the connected peers of all torrents.
pub fn ask_peers() -> Vec<u8> {
    call("torrent-get", json!({"fields": ["peers"]}))
}

/// Builds a change of one torrent's tracker list.
pub fn change(info_hash: &str, edit: &Edit) -> Vec<u8> {
    let mut arguments = Map::from_iter([("ids".to_owned(), json!([info_hash]))]);
    let replace = edit.replace.iter().flat_map(|(id, url)| [json!(id), json!(url)]);
    let parts: [(&str, Vec<Value>); 3] = [
        ("trackerAdd", edit.add.iter().map(|url| json!(url)).collect()),
        ("trackerRemove", edit.remove.iter().map(|id| json!(id)).collect()),
        ("trackerReplace", replace.collect()),
    ];
    for (name, list) in parts.into_iter().filter(|(_, list)| !list.is_empty()) {
        arguments.insert(name.to_owned(), Value::Array(list));
    }
    call("torrent-set", Value::Object(arguments))
}

/// Builds a new tracker list of one torrent: an empty line between tiers.
pub fn replace_list<'a>(
    info_hash: &str,
    tiers: impl IntoIterator<Item = &'a [&'a str]>,
) -> Vec<u8> {
    let tiers: Vec<String> = tiers.into_iter().map(|tier| tier.join("\n")).collect();
    call("torrent-set", json!({"ids": [info_hash], "trackerList": tiers.join("\n\n")}))
}

fn call(method: &str, arguments: Value) -> Vec<u8> {
    json!({"method": method, "arguments": arguments}).to_string().into_bytes()
}

/// Reads a reply's arguments.
///
/// # Errors
/// [`TransmissionError::Said`] for any result but `success`.
pub fn arguments(body: &[u8]) -> Result<Json, TransmissionError> {
    let reply = Json::decode(body)
        .map_err(|error| TransmissionError::NotJson(Remote::new(error.to_string())))?;
    match reply.get("result").text() {
        Some("success") => Ok(reply.take("arguments")),
        Some(said) => Err(TransmissionError::Said(Remote::new(said))),
        None => Err(TransmissionError::Lacks("result")),
    }
}

impl Session {
    /// Reads the reply to [`ask_session`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(body: &[u8]) -> Result<Self, TransmissionError> {
        let arguments = arguments(body)?;
        let rpc = arguments.get("rpc-version").integer();
        let version = Remote::new(arguments.get("version").text().unwrap_or_default());
        Ok(Self { version, rpc: rpc.ok_or(TransmissionError::Lacks("rpc-version"))? })
    }
}

impl Torrent {
    /// Reads the reply to [`ask_torrents`].
    ///
    /// # Errors
    /// What is wrong with it: a torrent that cannot be read whole is never left out silently.
    pub fn read_all(body: &[u8]) -> Result<Vec<Self>, TransmissionError> {
        let arguments = arguments(body)?;
        let torrents = arguments.get("torrents").list();
        let torrents = torrents.ok_or(TransmissionError::Lacks("torrents"))?;
        torrents.iter().map(Self::read).collect()
    }

    fn read(value: &Json) -> Result<Self, TransmissionError> {
        let lacks = TransmissionError::Lacks;
        let hash = value.get("hashString").text().ok_or(lacks("hashString"))?;
        if hash.len() != 40 || !hash.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(lacks("hashString"));
        }
        // 4.1 writes numbers where 3.00 writes booleans in places; both mean the same.
        let private = value.get("isPrivate");
        let private = private.bool().or_else(|| private.integer().map(|number| number != 0));
        let trackers = value.get("trackers").list().ok_or(lacks("trackers"))?;
        let tracker = |it: &Json| {
            let tier = it.get("tier").integer().and_then(|tier| u32::try_from(tier).ok());
            let (id, url) = (it.get("id").integer(), it.get("announce").text());
            let (Some(id), Some(tier), Some(url)) = (id, tier, url) else {
                return Err(lacks("trackers"));
            };
            Ok(Tracker { id, tier, url: Remote::new(url) })
        };
        Ok(Self {
            info_hash: hash.to_ascii_lowercase(),
            private: private.ok_or(lacks("isPrivate"))?,
            trackers: trackers.iter().map(tracker).collect::<Result<_, _>>()?,
        })
    }
}

/// Reads the addresses in the reply to [`ask_peers`]; they are to be counted and dropped at once.
///
/// # Errors
/// What is wrong with it.
pub fn peers(body: &[u8]) -> Result<Vec<IpAddr>, TransmissionError> {
    let arguments = arguments(body)?;
    let torrents = arguments.get("torrents").list().ok_or(TransmissionError::Lacks("torrents"))?;
    let peers = torrents.iter().filter_map(|torrent| torrent.get("peers").list()).flatten();
    Ok(peers.filter_map(|peer| peer.get("address").text()?.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "5f3c0d8e4b1a29776e0c4d5b8a9f1e2d3c4b5a69";

    fn reply(arguments: &str) -> Vec<u8> {
        format!(r#"{{"result":"success","arguments":{arguments}}}"#).into_bytes()
    }

    fn sent(body: &[u8]) -> Value {
        serde_json::from_slice::<Value>(body).expect("is JSON")["arguments"].take()
    }

    #[test]
    fn parses_torrents_and_peers() {
        let upper = HASH.to_ascii_uppercase();
        let body = reply(&format!(
            r#"{{"torrents":[{{"hashString":"{upper}","isPrivate":1,"trackers":[{{"id":7,"tier":2,"announce":"udp://a/announce"}}]}}]}}"#
        ));
        let trackers = vec![Tracker { id: 7, tier: 2, url: Remote::new("udp://a/announce") }];
        let want = Torrent { info_hash: HASH.into(), private: true, trackers };
        assert_eq!(Torrent::read_all(&body), Ok(vec![want]));
        let body =
            reply(r#"{"torrents":[{"peers":[{"address":"192.0.2.1"},{"address":"x"}]},{}]}"#);
        assert_eq!(peers(&body), Ok(vec![IpAddr::from([192, 0, 2, 1])]));
        let session = Session::read(&reply(r#"{"rpc-version":16,"version":"3.00"}"#));
        assert_eq!(session, Ok(Session { version: Remote::new("3.00"), rpc: 16 }));
    }

    #[test]
    fn changes_hold_what_is_changed_and_nothing_else() {
        let (add, replace) = (vec!["udp://b".to_owned()], vec![(0, "udp://c".to_owned())]);
        let edit = Edit { add, remove: vec![3], replace };
        let want = json!({"ids": [HASH], "trackerAdd": ["udp://b"], "trackerRemove": [3],
            "trackerReplace": [0, "udp://c"]});
        assert_eq!(sent(&change(HASH, &edit)), want);
        assert_eq!(sent(&change(HASH, &Edit::default())), json!({"ids": [HASH]}));
        let tiers: [&[&str]; 2] = [&["a", "b"], &["c"]];
        let want = json!({"ids": [HASH], "trackerList": "a\nb\n\nc"});
        assert_eq!(sent(&replace_list(HASH, tiers)), want);
    }

    #[test]
    fn wrong_values_and_lengths_are_named() {
        use TransmissionError::{Lacks, Said};
        let no = |body: &[u8]| Torrent::read_all(body).expect_err("is of no use");
        let said = br#"{"result":"invalid argument","arguments":{}}"#;
        assert_eq!(no(said), Said(Remote::new("invalid argument")));
        assert_eq!(no(b"[]"), Lacks("result"));
        assert_eq!(no(&reply("{}")), Lacks("torrents"));
        let short = r#"{"torrents":[{"hashString":"5f3c","isPrivate":false,"trackers":[]}]}"#;
        assert_eq!(no(&reply(short)), Lacks("hashString"));
        let torrent =
            |rest: &str| reply(&format!(r#"{{"torrents":[{{"hashString":"{HASH}",{rest}}}]}}"#));
        assert_eq!(no(&torrent(r#""trackers":[]"#)), Lacks("isPrivate"));
        assert_eq!(no(&torrent(r#""isPrivate":false"#)), Lacks("trackers"));
        assert_eq!(no(&torrent(r#""isPrivate":false,"trackers":[{"id":1}]"#)), Lacks("trackers"));
        assert_eq!(Session::read(&reply("{}")), Err(Lacks("rpc-version")));
    }

    #[test]
    fn nothing_and_every_early_end_are_no_json() {
        let whole = reply(r#"{"torrents":[]}"#);
        for end in 0..whole.len() {
            let error = arguments(&whole[..end]).expect_err("ends early");
            assert!(matches!(error, TransmissionError::NotJson(_)), "{end}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(
            field in "(torrents|peers|trackers|result)",
            inner in r#"(\[\]|\{\}|null|1e999|"x"|\[\{"peers":\[1\]\}\]|\[\{"hashString":5\}\])"#,
            noise in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            for body in [reply(&format!(r#"{{"{field}":{inner}}}"#)), noise] {
                let _ = Torrent::read_all(&body);
                let _ = Session::read(&body);
                let _ = peers(&body);
            }
        }
    }
}
