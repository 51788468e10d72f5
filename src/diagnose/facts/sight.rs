//! What one vantage looked at, and whether it could see at all.
//!
//! Silence means something only on a path that is known to work: so each address family has its own health, and
//! what failed in a family where nothing answers is no finding.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;

use crate::model::{
    CopyObservation, DnsObservation, DnsRole, Ending, Estate, Evidence, Id, Inconclusive,
    Observation, RegistryObservation, SeedboxObservation, TrackerObservation, Truth,
    VantageObservation,
};

/// What one vantage looked at.
pub(super) struct Sight<'a> {
    pub vantage: &'a Id,
    by_subject: BTreeMap<&'a Id, Vec<&'a Evidence>>,
    all: Vec<&'a Evidence>,
    pub v4: Health,
    pub v6: Health,
}

/// The health of the paths of one address family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Health {
    /// True when something answered, false when nothing did, control targets included.
    pub truth: Truth,
    /// Targets that answered.
    pub answered: usize,
    /// Targets that were asked.
    pub asked: usize,
    /// How many of those are control targets.
    pub controls: usize,
    /// The evidence that counts.
    pub from: Vec<Id>,
}

/// How one exchange counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome<'a, T> {
    /// It was answered.
    Answered(&'a T),
    /// The peer talked, but made no sense or hung up: why.
    Odd(String),
    /// Nothing came back.
    Silent,
    /// The host refused.
    Refused,
    /// Nothing follows from it: why, and whether nothing ever could.
    Nothing { why: String, moot: bool },
}

impl<'a> Sight<'a> {
    /// Gathers the evidence of one vantage.
    pub fn of(estate: &Estate, vantage: &'a Id, evidence: &'a [Evidence]) -> Self {
        let all: Vec<&Evidence> = evidence.iter().filter(|e| e.vantage == *vantage).collect();
        let mut by_subject: BTreeMap<&Id, Vec<&Evidence>> = BTreeMap::new();
        for evidence in &all {
            by_subject.entry(&evidence.subject).or_default().push(evidence);
        }
        let (v4, v6) = (health(estate, &all, false), health(estate, &all, true));
        Self { vantage, by_subject, all, v4, v6 }
    }

    /// Tells whether the vantage ran its probes.
    pub fn ran(&self) -> bool {
        !self.all.is_empty() && self.look().is_none_or(|(_, look)| look.failed.is_none())
    }

    /// Tells whether it is known to see nothing: control targets were asked in vain, and so was everything else.
    pub fn is_blind(&self) -> bool {
        let truths = [self.v4.truth, self.v6.truth];
        let silent = truths.contains(&Truth::False) && !truths.contains(&Truth::True);
        silent || self.is_unplugged()
    }

    /// Tells whether it has no path of any family.
    pub fn is_unplugged(&self) -> bool {
        let looked = self.look().filter(|(_, look)| look.failed.is_none());
        let nothing = looked.is_some_and(|(_, look)| !look.ipv4 && !look.ipv6);
        nothing && self.v4.asked + self.v6.asked == 0
    }

    /// Returns what the vantage says of itself.
    pub fn look(&self) -> Option<(&'a Id, &'a VantageObservation)> {
        self.all.iter().find_map(|evidence| {
            let Observation::Vantage(look) = &evidence.observation else { return None };
            Some((&evidence.id, look))
        })
    }

    /// Returns when the newest evidence was taken.
    pub fn newest(&self, now: Timestamp) -> Timestamp {
        self.all.iter().map(|evidence| evidence.at).max().unwrap_or(now)
    }

    /// Returns all evidence of this vantage.
    pub fn evidence(&self) -> impl Iterator<Item = &'a Evidence> {
        self.all.iter().copied()
    }

    /// Returns the evidence about one estate object.
    pub fn about(&self, subject: &Id) -> impl Iterator<Item = &'a Evidence> {
        self.by_subject.get(subject).into_iter().flatten().copied()
    }

    /// Returns the DNS evidence about one estate object that was asked for as users ask.
    pub fn dns(&self, subject: &Id) -> impl Iterator<Item = (&'a Id, &'a DnsObservation)> {
        self.every_dns(subject).filter(|(_, dns)| dns.manner.is_usual())
    }

    /// Returns the DNS evidence about one estate object, however it was asked for.
    pub fn every_dns(&self, subject: &Id) -> impl Iterator<Item = (&'a Id, &'a DnsObservation)> {
        self.about(subject).filter_map(|evidence| {
            let Observation::Dns(dns) = &evidence.observation else { return None };
            Some((&evidence.id, dns))
        })
    }

    /// Returns what is known of the whole copies of one provider.
    pub fn copies(&self, subject: &Id) -> impl Iterator<Item = (&'a Id, &'a CopyObservation)> {
        self.about(subject).filter_map(|evidence| {
            let Observation::Copy(copy) = &evidence.observation else { return None };
            Some((&evidence.id, copy))
        })
    }

    /// Returns the tracker evidence about one tracker.
    pub fn trackers(&self, subject: &Id) -> impl Iterator<Item = (&'a Id, &'a TrackerObservation)> {
        self.about(subject).filter_map(|evidence| {
            let Observation::Tracker(tracker) = &evidence.observation else { return None };
            Some((&evidence.id, tracker))
        })
    }

    /// Returns the evidence about one seedbox.
    pub fn seedboxes(
        &self,
        subject: &Id,
    ) -> impl Iterator<Item = (&'a Id, &'a SeedboxObservation)> {
        self.about(subject).filter_map(|evidence| {
            let Observation::Seedbox(seedbox) = &evidence.observation else { return None };
            Some((&evidence.id, seedbox))
        })
    }

    /// Returns what the registry said of one zone, with its evidence.
    pub fn registry(&self, zone: &Id) -> Option<(&'a Evidence, &'a RegistryObservation)> {
        self.about(zone).find_map(|evidence| {
            let Observation::Registry(registry) = &evidence.observation else { return None };
            Some((evidence, registry))
        })
    }

    /// Returns the health of an address's family.
    pub const fn path(&self, ip: IpAddr) -> &Health {
        match ip {
            IpAddr::V4(_) => &self.v4,
            IpAddr::V6(_) => &self.v6,
        }
    }

    /// Tells whether an address lies where this machine has no route, though it has a working path of its family.
    pub fn is_off_the_map<T>(&self, endpoint: SocketAddr, ending: &Ending<T>) -> bool {
        matches!(ending, Ending::Inconclusive(Inconclusive::NoPath))
            && self.path(endpoint.ip()).truth == Truth::True
    }

    fn inconclusive<T>(&self, endpoint: Option<SocketAddr>, why: &Inconclusive) -> Outcome<'a, T> {
        let asked = |at: SocketAddr| self.path(at.ip()).asked > 0;
        if *why == Inconclusive::NoPath && endpoint.is_some_and(asked) {
            let why = "this machine has no route to that address".to_owned();
            return Outcome::Nothing { why, moot: false };
        }
        let moot = matches!(why, Inconclusive::NoPath | Inconclusive::NotAvailable(_));
        Outcome::Nothing { why: reason(why), moot }
    }

    /// Says how an exchange counts; a failure on a path that is not known to work counts for nothing.
    pub fn outcome<T>(
        &self,
        endpoint: Option<SocketAddr>,
        ending: &'a Ending<T>,
    ) -> Outcome<'a, T> {
        let failed = match ending {
            Ending::Answered(answer) => return Outcome::Answered(answer),
            Ending::Malformed(what) => return Outcome::Odd(format!("nonsense: {what}")),
            Ending::Closed => return Outcome::Odd("hung up".to_owned()),
            Ending::Inconclusive(why) => return self.inconclusive(endpoint, why),
            Ending::TimedOut | Ending::Unreachable => Outcome::Silent,
            Ending::Refused => Outcome::Refused,
        };
        match endpoint {
            Some(endpoint) if self.path(endpoint.ip()).truth != Truth::True => {
                let family = if endpoint.is_ipv4() { "IPv4" } else { "IPv6" };
                let why = format!("nothing at all answers over {family} here");
                Outcome::Nothing { why, moot: false }
            }
            Some(_) | None => failed,
        }
    }
}

/// Says why something could not be asked.
pub(super) fn reason(why: &Inconclusive) -> String {
    plain(&match why {
        Inconclusive::NoPath => "there is no path of that address family here".to_owned(),
        Inconclusive::Deadline => "the deadline came before it was asked".to_owned(),
        Inconclusive::NotAdmitted(why) => format!("it may not be spoken to: {why}"),
        Inconclusive::NoAddress(why) => format!("no address is known: {why}"),
        Inconclusive::Local(why) => format!("this machine failed: {why}"),
        Inconclusive::NotAvailable(why) => why.clone(),
        Inconclusive::Stale(age) => format!("its view is {age} s old, older than declared"),
        Inconclusive::Busy(why) => format!("it has no time now: {why}"),
    })
}

/// Escapes text that a vantage elsewhere may have written.
fn plain(text: &str) -> String {
    crate::model::Remote::new(text).to_string()
}

/// Judges the paths of one family by every target that was asked over it.
fn health(estate: &Estate, all: &[&Evidence], v6: bool) -> Health {
    let controls: BTreeSet<&Id> = estate.controls.iter().map(|control| &control.id).collect();
    let mut targets: BTreeMap<SocketAddr, (bool, bool)> = BTreeMap::new();
    let mut from = Vec::new();
    for evidence in all {
        let Some((endpoint, answered)) = reached(evidence) else { continue };
        if endpoint.is_ipv6() == v6 {
            let target = targets.entry(endpoint).or_default();
            target.0 |= answered;
            target.1 |= controls.contains(&evidence.subject);
            from.push(evidence.id.clone());
        }
    }
    let answered = targets.values().filter(|(answered, _)| *answered).count();
    let controls = targets.values().filter(|(_, control)| *control).count();
    let truth = match (answered, controls) {
        (0, 0) => Truth::Unknown,
        (0, _) => Truth::False,
        (_, _) => Truth::True,
    };
    Health { truth, answered, asked: targets.len(), controls, from }
}

/// Says where a packet went and whether somebody there talked back; `None` when nothing was sent.
///
/// A refusal does not count as talk: the nearest filter can forge it. A resolver that only says "I failed" may
/// stand on this side of the cut.
fn reached(evidence: &Evidence) -> Option<(SocketAddr, bool)> {
    match &evidence.observation {
        Observation::Dns(dns) => {
            let resolver = matches!(dns.role, DnsRole::Resolver { .. });
            let failed = dns.ending.answer().is_some_and(|answer| answer.rcode == "SERVFAIL");
            Some((dns.server, talked(&dns.ending)? && !(resolver && failed)))
        }
        Observation::Tracker(tracker) => {
            let other = tracker.unconnected.as_ref().and_then(talked).unwrap_or(false);
            Some((tracker.endpoint?, talked(&tracker.ending)? || other || tracker.wrong_source))
        }
        Observation::Tcp(tcp) => Some((tcp.endpoint, talked(&tcp.ending)?)),
        Observation::Seedbox(seedbox) => Some((seedbox.endpoint?, talked(&seedbox.ending)?)),
        // A registry is nobody's of ours, and no control target: its silence says nothing of the path.
        Observation::Peers(_)
        | Observation::Bgp(_)
        | Observation::Registry(_)
        | Observation::Vantage(_)
        | Observation::Copy(_) => None,
        Observation::Api(api) => Some((api.endpoint?, talked(&api.ending)?)),
    }
}

const fn talked<T>(ending: &Ending<T>) -> Option<bool> {
    match ending {
        Ending::Answered(_) | Ending::Closed | Ending::Malformed(_) => Some(true),
        Ending::TimedOut | Ending::Refused | Ending::Unreachable => Some(false),
        Ending::Inconclusive(_) => None,
    }
}
