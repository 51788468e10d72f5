//! What `show status`, `show protocols all` and `show route … all` say.

use ipnet::IpNet;
use jiff::civil::DateTime;

use super::reply::{BirdError, Line, Reply};
use super::since;
use crate::model::Remote;

/// What a client may ask in a restricted session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Gives up the right to change anything.
    Restrict,
    /// Asks for the daemon's state and clock.
    Status,
    /// Asks for all protocols.
    Protocols,
    /// Asks for the routes to the longest prefix that covers this one.
    RouteFor(IpNet),
    /// Asks for the routes to this prefix and all inside it.
    RouteIn(IpNet),
}

/// The daemon's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its own clock, without a zone.
    pub now: DateTime,
    /// The first line: program and version.
    pub version: Remote,
}

/// One protocol of a router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Its name.
    pub name: Remote,
    /// Its kind, for example `BGP`.
    pub kind: Remote,
    /// For BGP: the neighbour's AS number.
    pub neighbour_as: Option<u32>,
    /// For BGP: whether the session is established.
    pub established: bool,
    /// For how many seconds it has been in its state.
    pub age_s: Option<u64>,
    /// For BGP: how many seconds ago the neighbour last said anything, by the hold timer.
    pub heard_s: Option<u64>,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The announced block.
    pub network: IpNet,
    /// The protocol that it was learned from.
    pub protocol: Remote,
    /// Whether it is the one in use.
    pub best: bool,
    /// Its AS path, the neighbour's first; members of sets stand where their set does.
    pub as_path: Vec<u32>,
    /// For how many seconds it has been known.
    pub age_s: Option<u64>,
}

impl Command {
    /// Encodes it, with its line end.
    pub fn encode(&self) -> String {
        match self {
            Self::Restrict => "restrict\n".into(),
            Self::Status => "show status\n".into(),
            Self::Protocols => "show protocols all\n".into(),
            Self::RouteFor(net) => format!("show route for {net} all\n"),
            Self::RouteIn(net) => format!("show route in {net} all\n"),
        }
    }

    /// Decodes a line, as a server does; nothing for any other command.
    pub fn decode(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["restrict"] => Some(Self::Restrict),
            ["show", "status"] => Some(Self::Status),
            ["show", "protocols", "all"] => Some(Self::Protocols),
            ["show", "route", "for", net, "all"] => Some(Self::RouteFor(net.parse().ok()?)),
            ["show", "route", "in", net, "all"] => Some(Self::RouteIn(net.parse().ok()?)),
            _ => None,
        }
    }
}

impl Status {
    /// Reads the reply to [`Command::Status`].
    ///
    /// # Errors
    /// [`BirdError::Lacks`] without a clock.
    pub fn read(reply: &Reply) -> Result<Self, BirdError> {
        let says =
            |line: &Line| since::now(line.text.raw().strip_prefix("Current server time is ")?);
        let now = reply.lines.iter().find_map(says).ok_or(BirdError::Lacks("server time"))?;
        let version = reply.lines.iter().find(|line| line.code == 1000);
        Ok(Self { now, version: version.map(|line| line.text.clone()).unwrap_or_default() })
    }
}

impl Protocol {
    /// Reads the reply to [`Command::Protocols`].
    pub fn read_all(reply: &Reply, now: DateTime) -> Vec<Self> {
        let mut protocols: Vec<Self> = Vec::new();
        for line in &reply.lines {
            match line.code {
                1002 => protocols.extend(Self::head(line.text.raw(), now)),
                1006 => {
                    if let Some(protocol) = protocols.last_mut() {
                        protocol.detail(line.text.raw());
                    }
                }
                _ => {}
            }
        }
        protocols
    }

    /// Reads `name proto table state since info`; since may be two words.
    fn head(text: &str, now: DateTime) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [name, kind, _table, _state, rest @ ..] = &words[..] else { return None };
        let two = rest.get(..2).and_then(|two| since::age(&two.join(" "), now).map(|age| (age, 2)));
        let one = rest.first().and_then(|one| since::age(one, now).map(|age| (age, 1)));
        let (age_s, used) = two.or(one).map_or((None, 0), |(age, used)| (Some(age), used));
        let established = *kind == "BGP" && rest.get(used) == Some(&"Established");
        let (name, kind) = (Remote::new(*name), Remote::new(*kind));
        Some(Self { name, kind, neighbour_as: None, established, age_s, heard_s: None })
    }

    fn detail(&mut self, text: &str) {
        let Some((key, value)) = text.trim().split_once(':') else { return };
        match (key, value.trim()) {
            ("Neighbor AS", asn) => self.neighbour_as = asn.parse().ok(),
            ("BGP state", state) => self.established = state == "Established",
            ("Hold timer", timer) => self.heard_s = passed(timer),
            _ => {}
        }
    }
}

/// Reads `left/whole` of a timer that the neighbour's every message starts anew.
fn passed(timer: &str) -> Option<u64> {
    let (left, whole) = timer.split_once('/')?;
    let (left, whole) = (left.parse::<f64>().ok()?, whole.parse::<f64>().ok()?);
    let passed = (whole - left).max(0.0);
    // Whole seconds are all that anybody compares, and a timer holds at most 65,535 of them (RFC 4271 §4.2).
    (passed <= 65_535.0).then_some(passed as u64)
}

impl Route {
    /// Reads the reply to [`Command::RouteFor`] or [`Command::RouteIn`]; "network not found" means none.
    ///
    /// # Errors
    /// [`BirdError::Refused`] for any other error of the router.
    pub fn read_all(reply: Reply, now: DateTime) -> Result<Vec<Self>, BirdError> {
        if reply.code() == 8001 {
            return Ok(Vec::new());
        }
        let mut routes: Vec<Self> = Vec::new();
        let mut network = None;
        for line in reply.accepted()?.lines {
            if line.code == 1007 {
                let words: Vec<&str> = line.text.raw().split_whitespace().collect();
                network = words.first().and_then(|word| word.parse().ok()).or(network);
                routes
                    .extend(network.and_then(|network| Self::head(network, line.text.raw(), now)));
            } else if let Some((key, path)) = line.text.raw().trim().split_once(':')
                && matches!(key, "BGP.as_path" | "bgp_path")
                && let Some(route) = routes.last_mut()
            {
                route.as_path = numbers(path);
            }
        }
        Ok(routes)
    }

    /// Reads `[network] how [protocol since [from neighbour]] [*] (preference) …`.
    fn head(network: IpNet, text: &str, now: DateTime) -> Option<Self> {
        let (_, inside) = text.split_once('[')?;
        let (inside, after) = inside.split_once(']')?;
        let (protocol, time) = inside.split_once(' ').unwrap_or((inside, ""));
        let time = time.split_once(" from ").map_or(time, |(time, _)| time);
        let best = matches!(after.split_whitespace().next(), Some("*" | "!"));
        let (protocol, age_s) = (Remote::new(protocol), since::age(time, now));
        Some(Self { network, protocol, best, as_path: Vec::new(), age_s })
    }
}

fn numbers(path: &str) -> Vec<u32> {
    let words = path.split(|c: char| c.is_whitespace() || "{}()".contains(c));
    words.filter_map(|word| word.parse().ok()).collect()
}

/// Encodes replies, as a server does.
pub mod encode {
    use std::fmt::Write;

    use jiff::ToSpan;
    use jiff::civil::DateTime;

    use super::{Protocol, Route};

    /// What a daemon says first.
    pub const GREETING: &str = "0001 BIRD 2.0.12 ready.\n";

    /// The reply to `restrict`.
    pub const RESTRICTED: &str = "0016 Access restricted\n";

    /// The reply to a command that a restricted session may not give.
    pub const DENIED: &str = "8007 Access denied\n";

    /// The reply to what is no command.
    pub const SYNTAX: &str = "9001 syntax error, unexpected CF_SYM_UNDEFINED\n";

    /// Encodes the reply to `show status`.
    pub fn status(now: DateTime) -> String {
        let now = printed(now, 0);
        format!(
            "1000-BIRD 2.0.12\n1011-Router ID is 192.0.2.1\n Current server time is {now}\n0013 Daemon is up and running\n"
        )
    }

    /// Encodes the reply to `show protocols all`.
    pub fn protocols(protocols: &[Protocol], now: DateTime) -> String {
        let mut out =
            String::from("2002-Name       Proto      Table      State  Since         Info\n");
        for it in protocols {
            let (state, info) =
                if it.established { ("up", "Established") } else { ("start", "Active") };
            let since = printed(now, it.age_s.unwrap_or(0));
            let _ = writeln!(
                out,
                "1002-{:<10} {:<10} ---        {state:<6} {since}  {info}   ",
                it.name.raw(),
                it.kind.raw()
            );
            let _ = writeln!(out, "1006-  BGP state:          {info}");
            if let Some(asn) = it.neighbour_as {
                let _ = writeln!(out, "     Neighbor AS:      {asn}");
            }
            if let Some(heard) = it.heard_s {
                let _ = writeln!(
                    out,
                    "     Hold timer:       {}.000/240",
                    240_u64.saturating_sub(heard)
                );
            }
            out.push_str(" \n");
        }
        out.push_str("0000 \n");
        out
    }

    /// Encodes the reply to `show route … all`.
    pub fn routes(routes: &[Route], now: DateTime) -> String {
        let mut out = String::new();
        for it in routes {
            let since = printed(now, it.age_s.unwrap_or(0));
            let best = if it.best { " *" } else { "" };
            let network = it.network.to_string();
            let _ = writeln!(
                out,
                "1007-{network:<20} unicast [{} {since}]{best} (100) [i]\n1008-\tType: BGP univ",
                it.protocol.raw()
            );
            let path: Vec<String> = it.as_path.iter().map(ToString::to_string).collect();
            let _ = writeln!(out, "1012-\tBGP.origin: IGP\n \tBGP.as_path: {}", path.join(" "));
        }
        out.push_str(if routes.is_empty() { "8001 Network not found\n" } else { "0000 \n" });
        out
    }

    /// Prints the time that lies some seconds back.
    fn printed(now: DateTime, ago: u64) -> String {
        let ago = i64::try_from(ago).unwrap_or(i64::MAX).min(86_400 * 365 * 100);
        let then = now.checked_sub(ago.seconds()).unwrap_or(now);
        then.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn present() -> DateTime {
        date(2026, 11, 25).at(1, 0, 0, 0)
    }

    fn reply(text: &str) -> Reply {
        Reply::take(text.as_bytes()).expect("is a reply").expect("is whole").0
    }

    fn protocol(name: &str, established: bool) -> Protocol {
        Protocol {
            name: Remote::new(name),
            kind: Remote::new("BGP"),
            neighbour_as: Some(64501),
            established,
            age_s: Some(90_000),
            heard_s: established.then_some(12),
        }
    }

    fn route(network: &str, best: bool) -> Route {
        Route {
            network: network.parse().expect("a prefix"),
            protocol: Remote::new("peer_a"),
            best,
            as_path: vec![64501, 64500],
            age_s: Some(61),
        }
    }

    #[test]
    fn replies_come_back_as_they_went() {
        let status = Status::read(&reply(&encode::status(present()))).expect("has a clock");
        assert_eq!(status, Status { now: present(), version: Remote::new("BIRD 2.0.12") });
        let protocols = vec![protocol("peer_a", true), protocol("peer_b", false)];
        let text = encode::protocols(&protocols, present());
        assert_eq!(Protocol::read_all(&reply(&text), present()), protocols);
        let routes = vec![route("198.18.0.0/24", true), route("2001:db8::/48", false)];
        let text = encode::routes(&routes, present());
        assert_eq!(Route::read_all(reply(&text), present()), Ok(routes));
        let none = Route::read_all(reply(&encode::routes(&[], present())), present());
        assert_eq!(none, Ok(Vec::new()));
    }

    #[test]
    fn commands_come_back_as_they_went() {
        let net: IpNet = "198.18.0.0/24".parse().expect("a prefix");
        for command in [
            Command::Restrict,
            Command::Status,
            Command::Protocols,
            Command::RouteFor(net),
            Command::RouteIn(net),
        ] {
            assert_eq!(Command::decode(&command.encode()), Some(command));
        }
        assert_eq!(Command::decode("configure"), None);
        assert_eq!(Command::decode("show route for x all"), None);
        assert_eq!(Command::decode(""), None);
    }

    #[test]
    fn paths_with_sets_and_odd_lines_are_read() {
        let text = "1007-10.0.0.0/8 unicast [a 2026-11-24] ! (100) [AS1?]\n \tvia 10.1.1.1 on eth0\n1012-\tbgp_path: 1 {2 3} (4)\n1007-nonsense\n0000 \n";
        let routes = Route::read_all(reply(text), present()).expect("is a reply");
        assert_eq!(routes.len(), 1);
        assert_eq!((routes[0].best, &routes[0].as_path[..]), (true, &[1, 2, 3, 4][..]));
        assert_eq!(routes[0].age_s, Some(3600));
    }

    #[test]
    fn what_is_missing_is_unknown() {
        assert_eq!(Status::read(&reply("0013 x\n")), Err(BirdError::Lacks("server time")));
        let text = "1002-a BGP --- down\n1006-  Hold timer: x/y\n1002-b\n0000 \n";
        let protocols = Protocol::read_all(&reply(text), present());
        assert_eq!(protocols.len(), 1);
        assert_eq!((protocols[0].age_s, protocols[0].heard_s), (None, None));
        let denied = Route::read_all(reply("8007 Access denied\n"), present());
        assert!(matches!(denied, Err(BirdError::Refused { code: 8007, .. })));
    }

    proptest! {
        #[test]
        fn never_panics(
            codes in prop::collection::vec(prop::sample::select(vec![0_u16, 1002, 1006, 1007, 1012]), 2),
            texts in prop::collection::vec("[\\[\\]0-9a-zB.:/ *-]{0,60}", 2),
        ) {
            let lines = codes.into_iter().zip(texts).map(|(code, text)| Line { code, text: Remote::new(text) });
            let reply = Reply { lines: lines.collect() };
            let _ = Protocol::read_all(&reply, present());
            let _ = Route::read_all(reply, present());
        }
    }
}
