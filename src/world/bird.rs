//! Routers and collectors: what BIRD says of its sessions and of the routes to our prefixes.

use ipnet::IpNet;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::state::State;
use crate::model::{Announcer, Id, Prefix, Remote, Upstream};
use crate::wire::bird::{Command, Protocol, Route, encode};

/// For how long everything has been as it is on a quiet day, in seconds.
const QUIET: u64 = 12 * 86_400;

/// Who carries prefixes of an estate that names no upstream.
const SOMEBODY: u32 = 64_496;

/// One neighbour of a router or collector.
struct Neighbour<'a> {
    name: String,
    asn: u32,
    upstream: Option<&'a Upstream>,
}

impl State {
    /// Returns what a router or collector says to one line of a control session.
    pub fn bird(&self, id: &Id, line: &str) -> String {
        let now = Offset::UTC.to_datetime(self.now);
        match Command::decode(line) {
            None => encode::SYNTAX.to_owned(),
            Some(Command::Restrict) => encode::RESTRICTED.to_owned(),
            Some(Command::Status) => encode::status(now),
            Some(Command::Protocols) => encode::protocols(&self.sessions(id), now),
            Some(Command::RouteFor(net)) => self.routes(id, now, |network| network.contains(&net)),
            Some(Command::RouteIn(net)) => self.routes(id, now, |network| net.contains(network)),
        }
    }

    fn neighbours<'a>(&'a self) -> Vec<Neighbour<'a>> {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let of = |upstream: &'a Upstream| Neighbour {
            name: upstream.id.as_str().chars().map(plain).collect(),
            asn: upstream.asn,
            upstream: Some(upstream),
        };
        let mut all: Vec<Neighbour<'_>> = self.estate.upstreams.iter().map(of).collect();
        if all.is_empty() {
            all.push(Neighbour { name: "transit".to_owned(), asn: SOMEBODY, upstream: None });
        }
        all
    }

    /// Returns since when a session is lost.
    fn lost(&self, id: &Id, neighbour: &Neighbour<'_>) -> Option<Timestamp> {
        let faults = self.troubles.sessions.iter().filter(|(fault, _)| fault.id == *id);
        let upstream = neighbour.upstream.map(|upstream| &upstream.id);
        faults
            .filter(|(fault, _)| fault.upstream.is_none() || fault.upstream.as_ref() == upstream)
            .map(|(_, since)| *since)
            .min()
    }

    fn sessions(&self, id: &Id) -> Vec<Protocol> {
        let of = |neighbour: &Neighbour<'_>| {
            let lost = self.lost(id, neighbour);
            Protocol {
                name: Remote::new(&neighbour.name),
                kind: Remote::new("BGP"),
                neighbour_as: Some(neighbour.asn),
                established: lost.is_none(),
                age_s: Some(lost.map_or(QUIET, |since| self.age(since))),
                heard_s: lost.is_none().then_some(20),
            }
        };
        self.neighbours().iter().map(of).collect()
    }

    fn routes(&self, id: &Id, now: DateTime, wanted: impl Fn(&IpNet) -> bool) -> String {
        let ours = self.estate.routers.iter().any(|router| router.id == *id);
        let prefixes = self.estate.prefixes.iter().filter(|prefix| wanted(&prefix.cidr));
        let routes = prefixes.flat_map(|prefix| match ours {
            true => self.own(prefix).into_iter().collect(),
            false => self.heard(id, prefix),
        });
        encode::routes(&routes.collect::<Vec<_>>(), now)
    }

    /// What our own router announces; whether anybody takes it is not for it to know.
    fn own(&self, prefix: &Prefix) -> Option<Route> {
        let ours = prefix.announced_by == Announcer::Us;
        ours.then(|| Route {
            network: prefix.cidr,
            protocol: Remote::new("static1"),
            best: true,
            as_path: Vec::new(),
            age_s: Some(QUIET),
        })
    }

    /// What the world hears.
    fn heard(&self, id: &Id, prefix: &Prefix) -> Vec<Route> {
        let hijacked = self.troubles.hijacked.get(&prefix.id);
        if self.troubles.withdrawn.contains_key(&prefix.id) && hijacked.is_none() {
            return Vec::new();
        }
        let (origin, age) =
            hijacked.map_or((prefix.origin, QUIET), |(asn, since)| (*asn, self.age(*since)));
        let carries = |neighbour: &&Neighbour<'_>| {
            let all = prefix.upstreams.is_empty() || hijacked.is_some();
            let named = neighbour.upstream.is_some_and(|it| prefix.upstreams.contains(&it.id));
            self.lost(id, neighbour).is_none() && (all || named || neighbour.upstream.is_none())
        };
        let neighbours = self.neighbours();
        let through = neighbours.iter().filter(carries).enumerate();
        let routes = through.map(|(at, neighbour)| {
            let mut as_path = vec![neighbour.asn];
            as_path.extend((origin != neighbour.asn).then_some(origin));
            let (network, protocol) = (prefix.cidr, Remote::new(&neighbour.name));
            Route { network, protocol, best: at == 0, as_path, age_s: Some(age) }
        });
        routes.collect()
    }

    fn age(&self, since: Timestamp) -> u64 {
        u64::try_from(self.now.duration_since(since).as_secs()).unwrap_or_default()
    }
}
