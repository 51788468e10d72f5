//! What follows from what: a broken thing explains the facts about whatever sits behind it.

use std::collections::BTreeSet;

use super::Topology;
use super::known::Known;
use crate::model::binding::Member;
use crate::model::{Bearing, Fact, FactKind, FaultReach, Id, ParamKind, SubjectKind, Truth};

/// Tells whether a fact says that something is wrong.
///
/// Facts about the observer and its control targets, and facts that only describe, are never bad. A thing that
/// answers at some of its servers or endpoints is not well.
pub(super) fn is_bad(fact: &Fact) -> bool {
    let bearing = fact.kind.bearing();
    match fact.truth {
        Truth::Unknown => false,
        Truth::False => bearing == Bearing::Good,
        Truth::True => bearing == Bearing::Ill || (counts_parts(fact.kind) && is_partial(fact)),
    }
}

fn is_partial(fact: &Fact) -> bool {
    fact.measure.is_some_and(|measure| measure.of.is_some_and(|of| measure.value < of))
}

const fn counts_parts(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::DnsAuthorityAnswers
            | FactKind::DnsAuthorityTcp
            | FactKind::DnsResolverAnswers
            | FactKind::TrackerAnswers
    )
}

/// What a broken thing cuts off, held against facts.
pub(super) struct Reach<'a> {
    topology: &'a Topology,
    front: Member,
    cut: BTreeSet<Member>,
    /// Every name that is given wrong lies in a zone that is cut off.
    all_zones: bool,
    /// Every resolver that gives names wrong is cut off.
    all_resolvers: bool,
}

impl<'a> Reach<'a> {
    /// Works out what is cut off when `front` breaks.
    pub fn of(
        known: &Known<'_>,
        topology: &'a Topology,
        front: &Member,
        reach: FaultReach,
    ) -> Self {
        let cut = match reach {
            FaultReach::Behind => topology.cut_off(front),
            FaultReach::Itself => BTreeSet::from([front.clone()]),
        };
        let [all_zones, all_resolvers] = known
            .wrong
            .each_ref()
            .map(|wrong| !wrong.is_empty() && wrong.iter().all(|member| cut.contains(member)));
        Self { topology, front: front.clone(), cut, all_zones, all_resolvers }
    }

    /// Tells whether a fact about one of these objects follows from it.
    pub fn explains(&self, fact: &Fact, members: &[Member]) -> bool {
        if is_of_registry(fact.kind) {
            return members.contains(&self.front);
        }
        if members.iter().any(|member| self.cut.contains(member)) {
            return true;
        }
        let names = fact.kind == FactKind::DnsNameResolves && self.all_zones;
        let right = fact.kind == FactKind::ResolverAnswersRight && self.all_resolvers;
        let network = is_of_network(fact.kind);
        names || right || (network && members.iter().any(|network| self.empties(network)))
    }

    /// Returns the bad facts that follow from it.
    pub fn follow<'b>(&self, known: &'b Known<'_>) -> impl Iterator<Item = &'b Fact> {
        let beyond = known.beyond.iter().filter(|at| {
            let (fact, members) = &known.bad[**at];
            self.explains(fact, members)
        });
        let behind = self.cut.iter().filter_map(|member| known.bad_of.get(member)).flatten();
        let behind = behind.filter(|at| {
            let (fact, members) = &known.bad[**at];
            self.explains(fact, members)
        });
        let places: BTreeSet<usize> = beyond.chain(behind).copied().collect();
        places.into_iter().map(|at| known.bad[at].0)
    }

    /// Returns what is cut off.
    pub const fn cut(&self) -> &BTreeSet<Member> {
        &self.cut
    }

    /// Tells whether everything of ours that stands in a network is cut off.
    fn empties(&self, network: &Member) -> bool {
        let stands = |(kind, _): &&Member| {
            matches!(
                kind,
                ParamKind::DnsProvider
                    | ParamKind::Tracker
                    | ParamKind::Resolver
                    | ParamKind::Seedbox
            )
        };
        let behind = self.topology.cut_off(network);
        let mut standing = behind.iter().filter(stands).peekable();
        standing.peek().is_some() && standing.all(|member| self.cut.contains(member))
    }
}

/// Nothing that breaks makes a registry hold a domain: such facts follow from the domain's own state alone.
const fn is_of_registry(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::RegistryRegistered
            | FactKind::RegistryHold
            | FactKind::RegistryHoldByRegistry
            | FactKind::RegistryHoldByRegistrar
            | FactKind::RegistryDeleting
            | FactKind::RegistryExpired
            | FactKind::RegistryDelegationAsIntended
    )
}

pub(super) const fn is_of_network(kind: FactKind) -> bool {
    matches!(kind, FactKind::NetworkAnswers | FactKind::UpstreamCarries)
}

/// Returns the objects that a fact's subject may be: ids are unique within one kind only.
pub(super) fn members(fact: &Fact) -> Vec<Member> {
    let kinds: &[ParamKind] = match fact.kind.arguments().first() {
        Some(SubjectKind::DnsProvider) => &[ParamKind::DnsProvider],
        Some(SubjectKind::Registrar) => &[ParamKind::Registrar],
        Some(SubjectKind::Zone) => &[ParamKind::Zone],
        Some(SubjectKind::Resolver) => &[ParamKind::Resolver],
        Some(SubjectKind::Tracker) => &[ParamKind::Tracker],
        Some(SubjectKind::Seedbox) => &[ParamKind::Seedbox],
        Some(SubjectKind::Carrier) => &[ParamKind::Carrier],
        Some(SubjectKind::Prefix) => &[ParamKind::Prefix],
        Some(SubjectKind::Upstream) => &[ParamKind::Upstream],
        Some(SubjectKind::Vantage) => &[ParamKind::Vantage],
        Some(SubjectKind::NameServer) => &[ParamKind::DnsProvider, ParamKind::Resolver],
        Some(SubjectKind::Network) => &[ParamKind::Prefix, ParamKind::Upstream, ParamKind::Carrier],
        Some(
            SubjectKind::Estate
            | SubjectKind::Control
            | SubjectKind::Router
            | SubjectKind::Collector
            | SubjectKind::Source,
        )
        | None => &[],
    };
    let whole = fact.subject.as_str();
    // A server's subject is `provider/name@address`.
    let id = whole.split_once('/').map_or(whole, |(provider, _)| provider);
    kinds.iter().map(|kind| (*kind, Id::from(id))).collect()
}
