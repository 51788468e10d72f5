//! What came through to us from some servers, by size, by transport, and with or without EDNS.

use std::net::SocketAddr;

use super::sight::{Outcome, Sight};
use super::tally::Score;
use crate::model::{
    DnsAnswer, DnsObservation, DnsRole, DnsTransport, Evidence, Id, Observation, Remote,
};

/// The DNS evidence about some servers.
pub(super) struct Passage<'a> {
    sight: &'a Sight<'a>,
    asked: Vec<(&'a Evidence, &'a DnsObservation)>,
}

/// What a way may do to questions or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ill {
    EdnsHostile,
    MtuHole,
    TcpFiltered,
}

/// Tries that could be counted: of questions that were answered at last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tries {
    pub lost: u32,
    pub sent: u32,
}

impl Tries {
    /// Returns the part that was lost.
    pub fn share(self) -> f64 {
        f64::from(self.lost) / f64::from(self.sent.max(1))
    }
}

/// What is no longer small: more than a datagram without EDNS holds (RFC 1035 §2.3.4).
const SMALL: u32 = 512;

impl<'a> Passage<'a> {
    /// Gathers what a vantage asked the servers that are meant.
    pub fn of(sight: &'a Sight<'a>, means: impl Fn(&Id, SocketAddr) -> bool) -> Self {
        let asked = sight.evidence().filter_map(|evidence| match &evidence.observation {
            Observation::Dns(dns) if means(&evidence.subject, dns.server) => Some((evidence, dns)),
            Observation::Dns(_)
            | Observation::Tracker(_)
            | Observation::Peers(_)
            | Observation::Bgp(_)
            | Observation::Seedbox(_)
            | Observation::Tcp(_)
            | Observation::Registry(_)
            | Observation::Api(_)
            | Observation::Copy(_)
            | Observation::Vantage(_) => None,
        });
        Self { sight, asked: asked.collect() }
    }

    /// Returns the ids of the evidence.
    pub fn from(&self) -> Vec<Id> {
        self.asked.iter().map(|(evidence, _)| evidence.id.clone()).collect()
    }

    fn over(&self, transport: DnsTransport) -> impl Iterator<Item = &'a DnsObservation> {
        self.asked.iter().map(|(_, dns)| *dns).filter(move |dns| dns.transport == transport)
    }

    fn usual(&self) -> impl Iterator<Item = &'a DnsObservation> {
        self.over(DnsTransport::Udp).filter(|dns| dns.manner.is_usual())
    }

    fn outcome(&self, dns: &'a DnsObservation) -> Outcome<'a, DnsAnswer> {
        self.sight.outcome(Some(dns.server), &dns.ending)
    }

    fn silent(&self, dns: &'a DnsObservation) -> bool {
        matches!(self.outcome(dns), Outcome::Silent)
    }

    /// Tells whether anything was answered in any way.
    pub fn answers(&self) -> bool {
        self.asked.iter().any(|(_, dns)| dns.ending.answer().is_some())
    }

    /// Tells whether everything that was asked met silence or a refusal.
    pub fn is_silent(&self) -> bool {
        let failed = |dns: &'a DnsObservation| {
            matches!(self.outcome(dns), Outcome::Silent | Outcome::Refused)
        };
        !self.asked.is_empty() && self.asked.iter().all(|(_, dns)| failed(dns))
    }

    /// Says whether the way has an ill: odd when it does.
    pub fn score(&self, ill: Ill) -> Score {
        match ill {
            Ill::EdnsHostile => self.edns_hostile(),
            Ill::MtuHole => self.mtu_hole(),
            Ill::TcpFiltered => self.tcp_filtered(),
        }
    }

    /// Tells whether something came through that the ill would have kept.
    pub fn carries(&self, ill: Ill) -> bool {
        let mut usual = self.usual().filter_map(|dns| dns.ending.answer());
        match ill {
            Ill::EdnsHostile => usual.next().is_some(),
            Ill::MtuHole => usual.any(|answer| answer.bytes > SMALL),
            Ill::TcpFiltered => {
                self.over(DnsTransport::Tcp).any(|dns| dns.ending.answer().is_some())
            }
        }
    }

    /// Odd when only questions without EDNS (RFC 6891) are answered.
    fn edns_hostile(&self) -> Score {
        let talks = |dns: &DnsObservation| {
            matches!(self.outcome(dns), Outcome::Answered(_) | Outcome::Odd(_))
        };
        let (with, without): (Vec<_>, Vec<_>) =
            self.over(DnsTransport::Udp).partition(|dns| dns.manner.payload.is_some());
        if with.iter().any(|dns| talks(dns)) {
            return Score::Good;
        }
        let mut usual = self.usual().peekable();
        let silent = usual.peek().is_some() && usual.all(|dns| self.silent(dns));
        match silent && without.iter().any(|dns| dns.ending.answer().is_some()) {
            true => Score::Odd("answers without EDNS, and says nothing with it".to_owned()),
            false => nothing("nothing that it answers over UDP could be compared"),
        }
    }

    /// Odd when small answers arrive over UDP, and large ones only in another way.
    fn mtu_hole(&self) -> Score {
        let arrived = self.usual().filter_map(|dns| dns.ending.answer()).map(|it| it.bytes).max();
        let Some(arrived) = arrived else { return self.only_small() };
        let mut silent = self.usual().filter(|dns| self.silent(dns)).peekable();
        if silent.peek().is_none() {
            return match arrived > SMALL {
                true => Score::Good,
                false => nothing("no answer of its is large enough to tell"),
            };
        }
        match silent.find_map(|dns| Some((dns, self.lost_size(dns, arrived)?))) {
            Some((dns, size)) => lost(dns, arrived, &size),
            None => nothing("what it does not answer may be small"),
        }
    }

    /// Odd when nothing arrives that users ask for, and the same does without its signatures.
    fn only_small(&self) -> Score {
        let whole =
            |dns: &DnsObservation| dns.ending.answer().filter(|it| !it.tc).map(|it| it.bytes);
        let bare = self.over(DnsTransport::Udp).filter(|dns| dns.manner.payload.is_some());
        let Some(arrived) = bare.filter_map(whole).max() else {
            return nothing("nothing that it answers over UDP");
        };
        if !self.usual().all(|dns| self.silent(dns)) {
            return nothing("nothing that it answers over UDP could be compared");
        }
        match self.usual().find_map(|dns| Some((dns, self.whole_size(dns, arrived)?))) {
            Some((dns, size)) => lost(dns, arrived, &format!("the {size}")),
            None => nothing("what it does not answer may be small"),
        }
    }

    /// Says how large an answer is that did not arrive, where a smaller question shows that it was cut.
    fn lost_size(&self, lost: &DnsObservation, arrived: u32) -> Option<String> {
        let same = |dns: &&DnsObservation| {
            (dns.server, &dns.name, &dns.kind) == (lost.server, &lost.name, &lost.kind)
        };
        let cut = |dns: &DnsObservation| dns.ending.answer().is_some_and(|answer| answer.tc);
        let smaller = |dns: &&DnsObservation| !dns.manner.is_usual();
        if !self.over(DnsTransport::Udp).filter(same).filter(smaller).any(cut) {
            return None;
        }
        let size = self.whole_size(lost, arrived);
        Some(size.map_or_else(|| "more".to_owned(), |size| format!("the {size}")))
    }

    /// Returns how many bytes the answer to the same question has over TCP, where they are more than arrived.
    fn whole_size(&self, lost: &DnsObservation, arrived: u32) -> Option<u32> {
        let same = |dns: &&DnsObservation| {
            (dns.server, &dns.name, &dns.kind) == (lost.server, &lost.name, &lost.kind)
        };
        let whole = self.over(DnsTransport::Tcp).filter(same).filter_map(|dns| dns.ending.answer());
        whole.map(|answer| answer.bytes).max().filter(|size| *size > arrived)
    }

    /// Odd when UDP is answered and TCP never is (RFC 7766 wants both).
    fn tcp_filtered(&self) -> Score {
        let answers = |dns: &DnsObservation| dns.ending.answer().is_some();
        if !self.over(DnsTransport::Udp).any(answers) {
            return nothing("nothing that it answers over UDP");
        }
        let outcomes: Vec<_> = self.over(DnsTransport::Tcp).map(|dns| self.outcome(dns)).collect();
        if outcomes.iter().any(|it| matches!(it, Outcome::Answered(_) | Outcome::Odd(_))) {
            return Score::Good;
        }
        if outcomes.iter().any(|it| matches!(it, Outcome::Refused)) {
            return Score::Odd("answers over UDP, and refuses TCP".to_owned());
        }
        match outcomes.iter().any(|it| matches!(it, Outcome::Silent)) {
            true => Score::Odd("answers over UDP, and TCP times out".to_owned()),
            false => nothing("it was not asked over TCP"),
        }
    }

    /// Counts the tries of questions that were answered as users ask them.
    pub fn tries(&self) -> Tries {
        let mut tries = Tries::default();
        for (evidence, dns) in &self.asked {
            let counts = dns.transport == DnsTransport::Udp && dns.manner.is_usual();
            if counts && dns.ending.answer().is_some() {
                tries.sent += evidence.sent;
                tries.lost += evidence.sent.saturating_sub(dns.heard.max(1));
            }
        }
        tries
    }

    /// Tells whether any question for a fresh name was answered as only an authority can, with the evidence;
    /// nothing where none was asked in earnest.
    pub fn fresh(&self, means: impl Fn(&DnsRole) -> bool) -> Option<(bool, Vec<Id>)> {
        let (mut ids, mut found) = (Vec::new(), None);
        for (evidence, dns) in &self.asked {
            if !dns.manner.fresh || !means(&dns.role) {
                continue;
            }
            let reached = match self.outcome(dns) {
                Outcome::Answered(answer) => Some(is_from_an_authority(answer)),
                Outcome::Silent => Some(false),
                Outcome::Odd(_) | Outcome::Refused | Outcome::Nothing { .. } => None,
            };
            if let Some(reached) = reached {
                ids.push(evidence.id.clone());
                found = Some(found.unwrap_or(false) || reached);
            }
        }
        found.map(|found| (found, ids))
    }
}

/// Says that an answer was lost for its size alone.
fn lost(dns: &DnsObservation, arrived: u32, size: &str) -> Score {
    let (name, kind) = (Remote::new(&dns.name), Remote::new(&dns.kind));
    Score::Odd(format!("answers of {arrived} bytes arrive, and {size} for {name} {kind} do not"))
}

/// An answer that is stale, or made up from denials in a cache, comes from no authority (RFC 8914 §4.4, §4.20; 29 is
/// registered for the latter).
pub(super) fn is_from_an_authority(answer: &DnsAnswer) -> bool {
    let kept = answer.extended_errors.iter().any(|(code, _)| matches!(code, 3 | 19 | 29));
    matches!(answer.rcode.as_str(), "NOERROR" | "NXDOMAIN") && !kept
}

fn nothing(why: &str) -> Score {
    Score::Nothing { why: why.to_owned(), moot: true }
}
