//! What an authority of a signed zone answers to whoever asks for signatures.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::cast::Role;
use super::names::{fqdn, within};
use super::signer::{ZoneKey, denial, times};
use super::state::State;
use super::zones::{DELEGATION_TTL, NEGATIVE_TTL, Owner, RECORD_TTL, Store, ZoneData};
use crate::model::{DnsAnswer, DnsRecord, Estate, Id, Scenario, ServerState, SignatureState};
use crate::net::Transport;
use crate::wire::dns::kind_number;

/// Tells whether a script's zones are signed: those are of which it says how.
pub fn is_signed(scenario: &Scenario) -> bool {
    scenario.timeline.iter().any(|happening| happening.fault.signatures.is_some())
}

/// Has the parents say which key signs each zone.
pub fn link(stores: &mut BTreeMap<Owner, Store>, estate: &Estate) {
    let parents = stores.iter_mut().filter(|(owner, _)| matches!(owner, Owner::Parent(_)));
    for data in parents.flat_map(|(_, store)| store.values_mut()) {
        for zone in estate.zones.iter().map(|zone| fqdn(&zone.name)) {
            if data.get(&zone, "NS").is_some() && data.name != zone {
                data.put(&zone, "DS", DELEGATION_TTL, vec![ZoneKey::of(&zone, 0).ds()]);
            }
        }
    }
}

impl State {
    /// Adds to an answer what its zone signs.
    pub fn with_signatures(
        &self,
        roles: &[(Role, ServerState)],
        (name, kind): (&str, &str),
        answer: DnsAnswer,
    ) -> DnsAnswer {
        let authority = roles.iter().find_map(|(role, _)| match role {
            Role::Authority(id) => Some(id),
            Role::Parent(_)
            | Role::Resolver(_)
            | Role::ResolverWeb(_)
            | Role::ControlName(_)
            | Role::ControlPort(_)
            | Role::ProviderApi(_)
            | Role::RegistrarApi(_)
            | Role::Registry(_)
            | Role::Tracker(_)
            | Role::Seedbox(_) => None,
        });
        let provider = authority.filter(|_| self.signed && answer.aa);
        let zone = provider.and_then(|id| Some((id, self.zone_at(id, name)?)));
        zone.map_or(answer.clone(), |(id, zone)| {
            let state = self.signatures_of(id);
            self.signed_by(zone, state, (name, kind), answer)
        })
    }

    fn zone_at(&self, provider: &Id, name: &str) -> Option<&ZoneData> {
        let zones = self.stores.get(&Owner::Provider(provider.clone()))?.values();
        zones.filter(|zone| within(name, &zone.name)).max_by_key(|zone| zone.name.len())
    }

    /// Returns how a provider signs; the last word about it counts.
    fn signatures_of(&self, provider: &Id) -> SignatureState {
        let said = self.troubles.signatures.iter().rev().find(|fault| fault.id == *provider);
        said.map_or(SignatureState::Valid, |fault| fault.state)
    }

    /// Tells whether a resolver that validates takes no answer of whoever stands at an address.
    pub fn is_bogus_at(&self, at: SocketAddr) -> bool {
        let mut roles = self.cast.endpoints.get(&(at, Transport::Udp)).into_iter().flatten();
        let wrong = |id: &Id| self.signatures_of(id) != SignatureState::Valid;
        self.signed && roles.any(|role| matches!(role, Role::Authority(id) if wrong(id)))
    }

    fn signed_by(
        &self,
        zone: &ZoneData,
        state: SignatureState,
        (name, kind): (&str, &str),
        mut answer: DnsAnswer,
    ) -> DnsAnswer {
        let key = ZoneKey::in_state(&zone.name, state);
        if kind == "DNSKEY" && name == zone.name {
            answer.answers = vec![key.dnskey(RECORD_TTL)];
            answer.authority.clear();
        }
        if answer.answers.is_empty() {
            // One record denies a name and its types alike (RFC 9824 §2).
            "NOERROR".clone_into(&mut answer.rcode);
            let own = zone.sets.keys().filter(|set| set.name == name);
            let mut types: Vec<u16> = own.filter_map(|set| kind_number(&set.kind).ok()).collect();
            // SOA and DNSKEY are no sets of the zone's data.
            types.extend(if name == zone.name { &[6, 48][..] } else { &[] });
            answer.authority.push(denial(name, &types, NEGATIVE_TTL));
        }
        if state != SignatureState::Stripped {
            let (from, to) = times(state, self.now);
            for section in [&mut answer.answers, &mut answer.authority] {
                let ours = sets(section).into_iter().filter(|set| within(&set[0].name, &zone.name));
                let signatures: Vec<_> = ours.filter_map(|set| key.sign(&set, from, to)).collect();
                section.extend(signatures);
            }
        }
        answer
    }
}

/// Puts records together by name and type.
fn sets(records: &[DnsRecord]) -> Vec<Vec<DnsRecord>> {
    let mut sets: BTreeMap<(&str, &str), Vec<DnsRecord>> = BTreeMap::new();
    for record in records {
        sets.entry((&record.name, &record.kind)).or_default().push(record.clone());
    }
    sets.into_values().collect()
}
