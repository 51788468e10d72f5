//! Whether a scenario fits the estate that it is played on.

use super::error::WorldError;
use crate::model::{Estate, FaultKind, Id, Scenario, ServerFault, ServerState};

/// Holds a scenario against the estate that it is played on.
pub fn check(estate: &Estate, scenario: &Scenario) -> Result<(), WorldError> {
    for (index, happening) in scenario.timeline.iter().enumerate() {
        let line = index + 1;
        let kind = happening.fault.kind().ok_or(WorldError::NotOneFault(line))?;
        let unknown = named(&kind).into_iter().find(|(kinds, id)| !is_known(estate, kinds, id));
        if let Some((_, id)) = unknown {
            return Err(WorldError::Unknown { line, id });
        }
        let partly = match kind {
            FaultKind::Server(fault) => is_partly_lame(fault) && !is_one_name_server(estate, fault),
            FaultKind::Api(fault) => is_partly_lame(fault),
            FaultKind::NetworkDark(_)
            | FaultKind::Withdraw(_)
            | FaultKind::Hijack(_)
            | FaultKind::SessionDown(_)
            | FaultKind::Peers(_)
            | FaultKind::Answers(_)
            | FaultKind::Delegation(_)
            | FaultKind::ObserverCut(_)
            | FaultKind::Vantage(_)
            | FaultKind::Signatures(_)
            | FaultKind::Registration(_)
            | FaultKind::Restore(_) => false,
        };
        if partly {
            return Err(WorldError::PartlyLame(line));
        }
    }
    Ok(())
}

/// A provider's name servers are machines of their own: some of them may be lame over every transport.
fn is_one_name_server(estate: &Estate, fault: &ServerFault) -> bool {
    let provider = estate.provider(&fault.id).is_some();
    provider && fault.state == ServerState::Lame && fault.transport.is_none()
}

fn is_partly_lame(fault: &ServerFault) -> bool {
    let lame = matches!(fault.state, ServerState::Lame | ServerState::Failing);
    lame && !(fault.only.is_empty() && fault.transport.is_none())
}

/// Sections of an estate that an id may stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Carriers,
    Prefixes,
    Upstreams,
    Servers,
    Apis,
    Routers,
    Answering,
    Zones,
    Providers,
    Vantages,
    Local,
    Anything,
}

/// Returns each id that a fault names, with the sections that it may stand in.
fn named(kind: &FaultKind<'_>) -> Vec<(&'static [Section], Id)> {
    use Section::{
        Answering, Anything, Apis, Carriers, Local, Prefixes, Providers, Routers, Servers,
        Upstreams, Vantages, Zones,
    };
    let one = |sections: &'static [Section], id: &Id| vec![(sections, id.clone())];
    match kind {
        FaultKind::NetworkDark(region) => {
            let carrier = region.carrier.iter().map(|id| (&[Carriers][..], id.clone()));
            let prefix = region.prefix.iter().map(|id| (&[Prefixes][..], id.clone()));
            let upstream = region.upstream.iter().map(|id| (&[Upstreams][..], id.clone()));
            carrier.chain(prefix).chain(upstream).collect()
        }
        FaultKind::Server(fault) => one(&[Servers, Routers], &fault.id),
        FaultKind::Api(fault) => one(&[Apis], &fault.id),
        FaultKind::Withdraw(id) => one(&[Prefixes], id),
        FaultKind::Hijack(fault) => one(&[Prefixes], &fault.prefix),
        FaultKind::SessionDown(fault) => {
            let upstream = fault.upstream.iter().map(|id| (&[Upstreams][..], id.clone()));
            one(&[Routers], &fault.id).into_iter().chain(upstream).collect()
        }
        FaultKind::Peers(fault) => one(&[Carriers], &fault.carrier),
        FaultKind::Answers(fault) => one(&[Answering], &fault.id),
        FaultKind::Signatures(fault) => one(&[Providers], &fault.id),
        FaultKind::Delegation(fault) => {
            let to = fault.to.iter().map(|id| (&[Providers][..], id.clone()));
            one(&[Zones], &fault.zone).into_iter().chain(to).collect()
        }
        FaultKind::Registration(fault) => one(&[Zones], &fault.zone),
        FaultKind::ObserverCut(id) => one(&[Vantages, Local], id),
        FaultKind::Vantage(fault) => one(&[Vantages], &fault.id),
        FaultKind::Restore(id) => one(&[Anything], id),
    }
}

fn is_known(estate: &Estate, sections: &[Section], id: &Id) -> bool {
    sections.iter().any(|section| stands_in(estate, *section, id))
}

fn stands_in(estate: &Estate, section: Section, id: &Id) -> bool {
    let servers = || {
        estate.provider(id).is_some()
            || estate.registrar(id).is_some()
            || estate.resolver(id).is_some()
            || estate.tracker(id).is_some()
            || estate.seedbox(id).is_some()
            || estate.controls.iter().any(|control| control.id == *id)
    };
    let routers = || {
        estate.routers.iter().any(|it| it.id == *id)
            || estate.collectors.iter().any(|it| it.id == *id)
    };
    match section {
        Section::Carriers => estate.carrier(id).is_some(),
        Section::Prefixes => estate.prefix(id).is_some(),
        Section::Upstreams => estate.upstream(id).is_some(),
        Section::Servers => servers(),
        Section::Apis => estate.provider(id).is_some() || estate.registrar(id).is_some(),
        Section::Routers => routers(),
        Section::Answering => estate.provider(id).is_some() || estate.resolver(id).is_some(),
        Section::Zones => estate.zone(id).is_some(),
        Section::Providers => estate.provider(id).is_some(),
        Section::Vantages => estate.vantage(id).is_some(),
        Section::Local => id == "local",
        Section::Anything => {
            id == "all"
                || id == "local"
                || servers()
                || routers()
                || estate.carrier(id).is_some()
                || estate.prefix(id).is_some()
                || estate.upstream(id).is_some()
                || estate.zone(id).is_some()
                || estate.vantage(id).is_some()
        }
    }
}
