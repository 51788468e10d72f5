//! Silence that has a common cause.
//!
//! Several things of ours that share a block or a network and all say nothing have not each broken by itself. Nor is
//! one silent tracker known to be broken while its prefix is announced and nothing else in it answers: a transit
//! that forwards nothing looks the same. Unless a cause names the network, nobody in it is blamed.

use std::collections::BTreeSet;

use super::Topology;
use super::candidate::Candidate;
use super::explain::members;
use super::moot::is_moot;
use super::topology::Network;
use super::verdict::Case;
use crate::model::binding::Member;
use crate::model::{FactKind, Id, Truth};

/// What the facts say of each object that stands somewhere.
pub(super) struct Silence<'a> {
    case: &'a Case<'a>,
    topology: &'a Topology,
    alive: BTreeSet<Member>,
    /// Objects of which something could be known.
    watched: BTreeSet<Member>,
    living_networks: BTreeSet<Id>,
    announced: BTreeSet<&'a Id>,
}

impl<'a> Silence<'a> {
    pub fn of(case: &'a Case<'a>, topology: &'a Topology) -> Self {
        let mut found = Self {
            case,
            topology,
            alive: BTreeSet::new(),
            watched: BTreeSet::new(),
            living_networks: BTreeSet::new(),
            announced: BTreeSet::new(),
        };
        for fact in case.facts {
            let so = fact.truth == Truth::True;
            if is_sign_of_life(fact.kind) && so {
                found.alive.extend(members(fact));
            }
            if answers(fact.kind) && !is_moot(case.estate, fact) {
                found.watched.extend(members(fact));
            }
            // Users who reach us from a carrier's network show as well that it carries.
            if matches!(fact.kind, FactKind::NetworkAnswers | FactKind::PeersShare) && so {
                found.living_networks.insert(fact.subject.clone());
            }
            if fact.kind == FactKind::BgpSeen && so {
                found.announced.insert(&fact.subject);
            }
        }
        found
    }

    /// Tells whether a candidate's object only shares the silence of its surroundings.
    pub fn covers(&self, candidate: &Candidate<'_>) -> bool {
        let Some(member) = &candidate.member else { return false };
        let around = self.topology.around(member);
        around.into_iter().any(|(network, all)| {
            !self.lives(network, all)
                && (self.is_announced(network) || self.has_others(member, all))
        })
    }

    fn lives(&self, network: &Network, all: &BTreeSet<Member>) -> bool {
        let itself = match network {
            Network::Prefix(id) => self.living_networks.contains(id),
            Network::Asn(asn) => {
                let mut carriers = self.case.estate.carriers.iter().filter(|it| it.asn == *asn);
                carriers.any(|carrier| self.living_networks.contains(&carrier.id))
            }
        };
        itself || all.iter().any(|member| self.alive.contains(member))
    }

    fn is_announced(&self, network: &Network) -> bool {
        match network {
            Network::Prefix(id) => self.announced.contains(id),
            Network::Asn(_) => false,
        }
    }

    /// Tells whether something else of ours stands there, on another host.
    fn has_others(&self, member: &Member, all: &BTreeSet<Member>) -> bool {
        let own: BTreeSet<_> = self.topology.places(member).iter().collect();
        all.iter().any(|other| {
            let elsewhere = self.topology.places(other).iter().any(|ip| !own.contains(ip));
            other != member && elsewhere && self.watched.contains(other)
        })
    }
}

const fn answers(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::DnsAuthorityAnswers
            | FactKind::DnsResolverAnswers
            | FactKind::TrackerAnswers
            | FactKind::SeedboxAnswers
    )
}

/// A refusal is one too: the host said so.
const fn is_sign_of_life(kind: FactKind) -> bool {
    answers(kind)
        || matches!(
            kind,
            FactKind::DnsAuthorityRefuses
                | FactKind::DnsAuthorityLame
                | FactKind::DnsAuthorityTcp
                | FactKind::DnsPathEdnsHostile
                | FactKind::DnsPathCutOff
                | FactKind::DnsResolverRefuses
                | FactKind::TrackerRefuses
                | FactKind::TrackerFails
                | FactKind::TrackerWrongSource
        )
}

#[cfg(test)]
mod tests {
    use super::{answers, is_sign_of_life};
    use crate::model::FactKind;

    #[test]
    fn every_answer_is_a_sign_of_life_and_silence_is_none() {
        for kind in FactKind::ALL {
            assert!(!answers(*kind) || is_sign_of_life(*kind), "{kind}");
        }
        for kind in [FactKind::TrackerTimesOut, FactKind::DnsAuthorityTimesOut, FactKind::BgpSeen] {
            assert!(!is_sign_of_life(kind), "{kind}");
        }
    }
}
