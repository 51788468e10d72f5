//! Trackers over HTTP: announce (BEP 3, 7, 23, 31) and scrape (BEP 48), both ways.

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use super::bencode::{self, BencodeError, Value};
use super::tracker_udp::{Announce, Counts, Event, Family, InfoHash, peers, write_peer};

/// The longest path and query that a server reads.
const LONGEST: usize = 8 << 10;

/// What a tracker says to an announce.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnnounceReply {
    /// Why it does nothing: then nothing else counts.
    pub failure: Option<Vec<u8>>,
    /// What it did in spite of.
    pub warning: Option<Vec<u8>>,
    /// Seconds until the next announce.
    pub interval: Option<i64>,
    /// Seconds before which no announce is welcome.
    pub min_interval: Option<i64>,
    /// Seeders.
    pub complete: Option<i64>,
    /// Leechers.
    pub incomplete: Option<i64>,
    /// Some peers, of `peers` and `peers6`.
    pub peers: Vec<SocketAddr>,
    /// Peers of a dictionary list that have a name in place of an address.
    pub named: u32,
}

/// What a tracker says to a scrape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrapeReply {
    /// Why it does nothing.
    pub failure: Option<Vec<u8>>,
    /// The counts of each torrent that it knows.
    pub files: Vec<(InfoHash, Counts)>,
}

/// What a client asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// An announce.
    Announce(Announce),
    /// A scrape of these torrents; none means all.
    Scrape(Vec<InfoHash>),
}

/// Why a reply or a request is none of this protocol.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpTrackerError {
    /// No bencode.
    #[error("no bencode: {0}")]
    Bencode(#[from] BencodeError),
    /// No dictionary on the outside.
    #[error("no dictionary")]
    NoDictionary,
    /// A key whose value is of another kind, or of a wrong length.
    #[error("`{0}` is of no usable kind")]
    Kind(&'static str),
    /// Neither a failure nor what an answer needs.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A path that is neither an announce nor a scrape.
    #[error("no announce and no scrape")]
    Path,
    /// A part of a query that cannot be read.
    #[error("`{0}` cannot be read")]
    Query(&'static str),
}

/// Builds the URL of an announce.
pub fn announce_url(base: &str, announce: &Announce) -> String {
    let mut url = format!(
        "{}info_hash={}&peer_id={}&port={}&uploaded={}&downloaded={}&left={}&compact=1&key={:08x}",
        base_and_mark(base),
        encoded(&announce.info_hash),
        encoded(&announce.peer_id),
        announce.port,
        announce.uploaded,
        announce.downloaded,
        announce.left,
        announce.key,
    );
    if announce.want >= 0 {
        url.push_str(&format!("&numwant={}", announce.want));
    }
    if let Some(word) = word(announce.event) {
        url.push_str(&format!("&event={word}"));
    }
    url
}

/// Builds the URL of a scrape; nothing when the announce URL has no scrape URL (BEP 48).
pub fn scrape_url(announce: &str, info_hashes: &[InfoHash]) -> Option<String> {
    let (path, query) = announce.split_once('?').unwrap_or((announce, ""));
    let (folder, page) = path.rsplit_once('/')?;
    let page = page.strip_prefix("announce").filter(|_| folder.contains("//"))?;
    let mut url = format!("{folder}/scrape{page}");
    let own = (!query.is_empty()).then(|| query.to_owned());
    let hashes = info_hashes.iter().map(|hash| format!("info_hash={}", encoded(hash)));
    for (at, part) in own.into_iter().chain(hashes).enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(&part);
    }
    Some(url)
}

/// Writes bytes as RFC 3986 §2.1 has them: all but unreserved characters as `%XX`.
fn encoded(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let each = |byte: &u8| match plain(*byte) {
        true => char::from(*byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    bytes.iter().map(each).collect()
}

fn base_and_mark(base: &str) -> String {
    let base = base.split('#').next().unwrap_or(base);
    match base.split_once('?') {
        None => format!("{base}?"),
        Some((_, "")) => base.to_owned(),
        Some((_, query)) if query.ends_with('&') => base.to_owned(),
        Some(_) => format!("{base}&"),
    }
}

const fn word(event: Event) -> Option<&'static str> {
    match event {
        Event::None => None,
        Event::Completed => Some("completed"),
        Event::Started => Some("started"),
        Event::Stopped => Some("stopped"),
    }
}

impl AnnounceReply {
    /// Decodes the body of a reply.
    ///
    /// # Errors
    /// What is wrong with it; a failure reason is no error.
    pub fn decode(body: &[u8]) -> Result<Self, HttpTrackerError> {
        let value = dictionary(body)?;
        let failure = text(&value, "failure reason")?;
        if failure.is_some() {
            return Ok(Self { failure, ..Self::default() });
        }
        let mut reply = Self {
            failure: None,
            warning: text(&value, "warning message")?,
            interval: integer(&value, "interval")?,
            min_interval: integer(&value, "min interval")?,
            complete: integer(&value, "complete")?,
            incomplete: integer(&value, "incomplete")?,
            ..Self::default()
        };
        if reply.interval.is_none() && value.get("peers").is_none() {
            return Err(HttpTrackerError::Missing("interval"));
        }
        match value.get("peers") {
            None => {}
            Some(Value::Bytes(bytes)) => {
                reply.peers = compact(bytes, Family::V4, "peers")?;
            }
            Some(Value::List(list)) => reply.take_dictionaries(list)?,
            Some(Value::Integer(_) | Value::Dictionary(_)) => {
                return Err(HttpTrackerError::Kind("peers"));
            }
        }
        if let Some(six) = value.get("peers6") {
            let bytes = six.bytes().ok_or(HttpTrackerError::Kind("peers6"))?;
            reply.peers.extend(compact(bytes, Family::V6, "peers6")?);
        }
        Ok(reply)
    }

    fn take_dictionaries(&mut self, list: &[Value<'_>]) -> Result<(), HttpTrackerError> {
        for entry in list {
            let ip = entry.get("ip").and_then(Value::bytes).map(String::from_utf8_lossy);
            let port = entry.get("port").and_then(Value::integer);
            let port = port.and_then(|port| u16::try_from(port).ok());
            let (Some(ip), Some(port)) = (ip, port) else {
                return Err(HttpTrackerError::Kind("peers"));
            };
            match ip.parse::<IpAddr>() {
                Ok(ip) => self.peers.push(SocketAddr::new(ip, port)),
                Err(_) => self.named += 1,
            }
        }
        Ok(())
    }

    /// Encodes the body of a reply, with compact peers.
    pub fn encode(&self) -> Vec<u8> {
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for peer in &self.peers {
            write_peer(*peer, if peer.is_ipv4() { &mut four } else { &mut six });
        }
        let mut entries: Vec<(&[u8], Value<'_>)> = Vec::new();
        if let Some(failure) = &self.failure {
            entries.push((b"failure reason", Value::Bytes(failure)));
            return bencode::encode(&Value::Dictionary(entries));
        }
        if let Some(warning) = &self.warning {
            entries.push((b"warning message", Value::Bytes(warning)));
        }
        let numbers: [(&[u8], Option<i64>); 4] = [
            (b"interval", self.interval),
            (b"min interval", self.min_interval),
            (b"complete", self.complete),
            (b"incomplete", self.incomplete),
        ];
        let numbers = numbers.into_iter().filter_map(|(key, it)| Some((key, Value::Integer(it?))));
        entries.extend(numbers);
        entries.push((b"peers", Value::Bytes(&four)));
        if !six.is_empty() {
            entries.push((b"peers6", Value::Bytes(&six)));
        }
        bencode::encode(&Value::Dictionary(entries))
    }
}

impl ScrapeReply {
    /// Decodes the body of a reply.
    ///
    /// # Errors
    /// What is wrong with it; a failure reason is no error.
    pub fn decode(body: &[u8]) -> Result<Self, HttpTrackerError> {
        let value = dictionary(body)?;
        let failure = text(&value, "failure reason")?;
        if failure.is_some() {
            return Ok(Self { failure, files: Vec::new() });
        }
        let files = value.get("files").ok_or(HttpTrackerError::Missing("files"))?;
        let Value::Dictionary(files) = files else { return Err(HttpTrackerError::Kind("files")) };
        let each = |(hash, counts): &(&[u8], Value<'_>)| {
            let hash = InfoHash::try_from(*hash).map_err(|_| HttpTrackerError::Kind("files"))?;
            let number = |key: &'static str| -> Result<i32, HttpTrackerError> {
                let number = integer(counts, key)?.unwrap_or(0);
                i32::try_from(number).map_err(|_| HttpTrackerError::Kind(key))
            };
            let seeders = number("complete")?;
            let (completed, leechers) = (number("downloaded")?, number("incomplete")?);
            Ok((hash, Counts { seeders, completed, leechers }))
        };
        let files = files.iter().map(each).collect::<Result<_, HttpTrackerError>>()?;
        Ok(Self { failure: None, files })
    }

    /// Encodes the body of a reply.
    pub fn encode(&self) -> Vec<u8> {
        let failure: Option<(&[u8], Value<'_>)> =
            self.failure.as_ref().map(|it| (b"failure reason".as_slice(), Value::Bytes(it)));
        let counts = |counts: &Counts| {
            let number = |number: i32| Value::Integer(i64::from(number));
            Value::Dictionary(vec![
                (b"complete", number(counts.seeders)),
                (b"downloaded", number(counts.completed)),
                (b"incomplete", number(counts.leechers)),
            ])
        };
        let files = self.files.iter().map(|(hash, it)| (hash.as_slice(), counts(it))).collect();
        let files: (&[u8], Value<'_>) = (b"files", Value::Dictionary(files));
        bencode::encode(&Value::Dictionary(vec![failure.unwrap_or(files)]))
    }
}

impl Request {
    /// Reads the path and query of a request, as a server does.
    ///
    /// # Errors
    /// What it lacks.
    pub fn parse(path_and_query: &str) -> Result<Self, HttpTrackerError> {
        if path_and_query.len() > LONGEST {
            return Err(HttpTrackerError::Path);
        }
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let page = path.rsplit('/').next().unwrap_or_default();
        let query = Query(query);
        if page.starts_with("announce") {
            query.announce().map(Self::Announce)
        } else if page.starts_with("scrape") {
            let each = |raw: &str| raw_hash(raw).ok_or(HttpTrackerError::Query("info_hash"));
            query.all("info_hash").map(each).collect::<Result<_, _>>().map(Self::Scrape)
        } else {
            Err(HttpTrackerError::Path)
        }
    }
}

/// A query as it was sent.
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    fn all(&self, key: &str) -> impl Iterator<Item = &'a str> {
        let pairs = self.0.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(move |(found, _)| *found == key).map(|(_, value)| value)
    }

    fn one<T: std::str::FromStr>(
        &self,
        key: &'static str,
        absent: T,
    ) -> Result<T, HttpTrackerError> {
        let Some(raw) = self.all(key).next() else { return Ok(absent) };
        raw.parse().map_err(|_| HttpTrackerError::Query(key))
    }

    fn hash(&self, key: &'static str) -> Result<[u8; 20], HttpTrackerError> {
        let raw = self.all(key).next().ok_or(HttpTrackerError::Missing(key))?;
        raw_hash(raw).ok_or(HttpTrackerError::Query(key))
    }

    fn announce(&self) -> Result<Announce, HttpTrackerError> {
        let event = match self.all("event").next() {
            None | Some("" | "empty") => Event::None,
            Some("completed") => Event::Completed,
            Some("started") => Event::Started,
            Some("stopped") => Event::Stopped,
            Some(_) => return Err(HttpTrackerError::Query("event")),
        };
        let key = self.all("key").next().map_or(Some(0), |it| u32::from_str_radix(it, 16).ok());
        Ok(Announce {
            info_hash: self.hash("info_hash")?,
            peer_id: self.hash("peer_id")?,
            downloaded: self.one("downloaded", 0)?,
            left: self.one("left", 0)?,
            uploaded: self.one("uploaded", 0)?,
            event,
            // A key is any text; one that is no number only cannot be compared.
            key: key.unwrap_or(0),
            want: self.one("numwant", -1)?,
            port: self.one("port", 0)?,
        })
    }
}

/// Undoes percent-encoding of exactly twenty bytes.
fn raw_hash(text: &str) -> Option<[u8; 20]> {
    let mut bytes = Vec::with_capacity(20);
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digit = |at: usize| char::from(*tail.get(at)?).to_digit(16);
            bytes.push(u8::try_from(digit(0)? * 16 + digit(1)?).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
        if bytes.len() > 20 {
            return None;
        }
    }
    bytes.try_into().ok()
}

fn dictionary(body: &[u8]) -> Result<Value<'_>, HttpTrackerError> {
    let value = bencode::decode(body)?;
    match value {
        Value::Dictionary(_) => Ok(value),
        Value::Integer(_) | Value::Bytes(_) | Value::List(_) => Err(HttpTrackerError::NoDictionary),
    }
}

fn text(value: &Value<'_>, key: &'static str) -> Result<Option<Vec<u8>>, HttpTrackerError> {
    let Some(found) = value.get(key) else { return Ok(None) };
    found.bytes().map(|bytes| Some(bytes.to_vec())).ok_or(HttpTrackerError::Kind(key))
}

fn integer(value: &Value<'_>, key: &'static str) -> Result<Option<i64>, HttpTrackerError> {
    let Some(found) = value.get(key) else { return Ok(None) };
    found.integer().map(Some).ok_or(HttpTrackerError::Kind(key))
}

fn compact(
    bytes: &[u8],
    family: Family,
    key: &'static str,
) -> Result<Vec<SocketAddr>, HttpTrackerError> {
    peers(bytes, family).map_err(|_| HttpTrackerError::Kind(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn announce() -> Announce {
        Announce {
            info_hash: std::array::from_fn(|at| [0, b' ', b'%', b'&', b'~', 0xff, b'a'][at % 7]),
            peer_id: *b"-LB0001-lifeboatprob",
            downloaded: 0,
            left: 16,
            uploaded: 0,
            event: Event::Stopped,
            key: 0xbeef,
            want: 50,
            port: 61001,
        }
    }

    #[test]
    fn an_announce_comes_back_as_it_went() {
        for base in ["https://a.example/announce", "http://a.example:8/x/announce.php?pass=1"] {
            let url = announce_url(base, &announce());
            assert!(url.contains("info_hash=%00%20%25%26~%FFa"), "{url}");
            let path = &url[url[8..].find('/').expect("has a path") + 8..];
            assert_eq!(Request::parse(path), Ok(Request::Announce(announce())));
        }
        let plain = Announce { event: Event::None, want: -1, ..announce() };
        let url = announce_url("/announce?", &plain);
        assert!(!url.contains("event") && !url.contains("numwant") && !url.contains("?&"), "{url}");
        assert_eq!(Request::parse(&url), Ok(Request::Announce(plain)));
        assert!(announce_url("/announce?a=1&", &announce()).starts_with("/announce?a=1&info_hash"));
    }

    #[test]
    fn scrape_urls_follow_the_convention() {
        let scrape = |url: &str| scrape_url(url, &[]);
        let cases = [
            ("http://a.example/announce", Some("http://a.example/scrape")),
            ("http://a.example/x/announce", Some("http://a.example/x/scrape")),
            ("http://a.example/announce.php", Some("http://a.example/scrape.php")),
            ("http://a.example/announce?x2%0644", Some("http://a.example/scrape?x2%0644")),
            ("http://a.example/announce?x=2/4", Some("http://a.example/scrape?x=2/4")),
            ("http://a.example/a", None),
            ("http://a.example/x%064announce", None),
            ("http://announce", None),
        ];
        for (announce, want) in cases {
            assert_eq!(scrape(announce).as_deref(), want, "{announce}");
        }
        let two = scrape_url("http://a/announce?k=1", &[[1; 20], [b'a'; 20]]).expect("has one");
        assert_eq!(Request::parse(&two[8..]), Ok(Request::Scrape(vec![[1; 20], [b'a'; 20]])));
    }

    fn reply() -> AnnounceReply {
        AnnounceReply {
            failure: None,
            warning: Some(b"soon".to_vec()),
            interval: Some(1800),
            min_interval: Some(60),
            complete: Some(2),
            incomplete: Some(-1),
            peers: ["192.0.2.1:1", "[2001:db8::1]:2"]
                .map(|it| it.parse().expect("an address"))
                .into(),
            named: 0,
        }
    }

    #[test]
    fn replies_come_back_as_they_went() {
        assert_eq!(AnnounceReply::decode(&reply().encode()), Ok(reply()));
        let failed = AnnounceReply { failure: Some(b"no".to_vec()), ..AnnounceReply::default() };
        assert_eq!(AnnounceReply::decode(&failed.encode()), Ok(failed));
        let counts = Counts { seeders: 1, completed: 2, leechers: 3 };
        let scrape = ScrapeReply { failure: None, files: vec![([1; 20], counts)] };
        assert_eq!(ScrapeReply::decode(&scrape.encode()), Ok(scrape));
        let failed = ScrapeReply { failure: Some(b"no".to_vec()), files: Vec::new() };
        assert_eq!(ScrapeReply::decode(&failed.encode()), Ok(failed));
    }

    #[test]
    fn dictionary_peers_are_read_and_names_counted() {
        let body = b"d8:intervali9e5:peersld2:ip9:192.0.2.17:peer id1:x4:porti6881eed2:ip4:host4:porti1eed2:ip11:2001:db8::14:porti2eeee";
        let reply = AnnounceReply::decode(body).expect("is a reply");
        let shown: Vec<String> = reply.peers.iter().map(ToString::to_string).collect();
        assert_eq!((shown.join(" "), reply.named), ("192.0.2.1:6881 [2001:db8::1]:2".into(), 1));
    }

    #[test]
    fn what_is_no_reply_is_named() {
        use HttpTrackerError::{Bencode, Kind, Missing, NoDictionary};
        let announce = |body: &[u8]| AnnounceReply::decode(body).expect_err("is no reply");
        assert!(matches!(announce(b""), Bencode(BencodeError::Ends(0))));
        assert!(matches!(announce(b"<html>"), Bencode(_)));
        assert_eq!(announce(b"le"), NoDictionary);
        assert_eq!(announce(b"de"), Missing("interval"));
        assert_eq!(announce(b"d8:interval1:5e"), Kind("interval"));
        assert_eq!(announce(b"d8:intervali5e5:peers5:abcdee"), Kind("peers"));
        assert_eq!(announce(b"d8:intervali5e5:peersi5ee"), Kind("peers"));
        assert_eq!(announce(b"d8:intervali5e5:peersl1:aee"), Kind("peers"));
        assert_eq!(announce(b"d8:intervali5e6:peers617:aaaaaaaaaaaaaaaaae"), Kind("peers6"));
        assert_eq!(announce(b"d14:failure reasoni1ee"), Kind("failure reason"));
        let scrape = |body: &[u8]| ScrapeReply::decode(body).expect_err("is no reply");
        assert_eq!(scrape(b"de"), Missing("files"));
        assert_eq!(scrape(b"d5:filesd2:abdeee"), Kind("files"));
        assert_eq!(
            scrape(b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei99999999999eeee"),
            Kind("complete")
        );
    }

    #[test]
    fn requests_that_lack_something_are_named() {
        use HttpTrackerError::{Missing, Path, Query};
        let no = |path: &str| Request::parse(path).expect_err("is no request");
        assert_eq!(no(""), Path);
        assert_eq!(no("/stats"), Path);
        assert_eq!(no("/announce"), Missing("info_hash"));
        assert_eq!(no("/announce?info_hash=short"), Query("info_hash"));
        assert_eq!(no("/announce?info_hash=%4"), Query("info_hash"));
        assert_eq!(no("/announce?info_hash=%+4aaaaaaaaaaaaaaaaaaa"), Query("info_hash"));
        assert_eq!(no("/scrape?info_hash=aaaaaaaaaaaaaaaaaaaaa"), Query("info_hash"));
        assert_eq!(no(&format!("/announce?{}", "a".repeat(9000))), Path);
        let url = announce_url("/announce", &announce());
        assert_eq!(no(&url.replace("port=61001", "port=70000")), Query("port"));
        assert_eq!(no(&url.replace("event=stopped", "event=paused")), Query("event"));
    }

    #[test]
    fn every_early_end_is_seen() {
        let body = reply().encode();
        assert!((0..body.len()).all(|end| AnnounceReply::decode(&body[..end]).is_err()));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..120), path in "/(announce|scrape)\\?.{0,60}") {
            let _ = AnnounceReply::decode(&bytes);
            let _ = ScrapeReply::decode(&bytes);
            let _ = Request::parse(&path);
        }

        #[test]
        fn near_misses_never_panic(value in "(i-?[0-9]{1,3}e|[0-3]:a|le|de|[0-9]{1,2}:[a-z]{0,20})", key in 0_usize..7) {
            let keys = ["failure reason", "warning message", "interval", "peers", "peers6", "complete", "files"];
            let body = format!("d{}:{}{value}e", keys[key].len(), keys[key]);
            let _ = AnnounceReply::decode(body.as_bytes());
            let _ = ScrapeReply::decode(body.as_bytes());
        }
    }
}
