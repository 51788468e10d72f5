//! The state of a drill's world, and what each fault of the script does to it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;

use super::cast::{Cast, parent_of, parent_zone};
use super::names::{fqdn, within};
use super::resolver::Cache;
use super::seedbox::Held;
use super::zones::{DELEGATION_TTL, Owner, RECORD_TTL, Store, servers_of};
use crate::model::{
    AnswerFault, Estate, Fault, FaultKind, Hijack, Id, Region, RegistrationFault,
    RegistrationState, RrKey, ServerFault, SessionFault, SignatureFault, VantageState,
};

/// Everything that can change while a drill plays.
#[derive(Clone, Debug)]
pub struct State {
    /// What time it is there (UTC).
    pub now: Timestamp,
    /// The estate that is played.
    pub estate: Arc<Estate>,
    /// Who plays what.
    pub cast: Arc<Cast>,
    /// Zone data, as it is.
    pub stores: BTreeMap<Owner, Store>,
    /// Zone data of a quiet day.
    pub quiet: Arc<BTreeMap<Owner, Store>>,
    /// What each resolver remembers.
    pub caches: BTreeMap<Id, Cache>,
    /// The torrents of each seedbox.
    pub held: BTreeMap<Id, Vec<Held>>,
    /// Where each carrier's users usually are.
    pub users: BTreeMap<Id, Vec<SocketAddr>>,
    /// The zones are signed, and resolvers validate.
    pub signed: bool,
    /// What is wrong.
    pub troubles: Troubles,
}

/// What is wrong.
#[derive(Clone, Debug, Default)]
pub struct Troubles {
    /// Regions whose packets vanish.
    pub dark: Vec<Region>,
    /// Machines; the last word about one counts.
    pub servers: Vec<ServerFault>,
    /// APIs; the last word about one counts.
    pub apis: Vec<ServerFault>,
    /// Prefixes that are not announced, since when.
    pub withdrawn: BTreeMap<Id, Timestamp>,
    /// Prefixes that somebody else announces, since when.
    pub hijacked: BTreeMap<Id, (u32, Timestamp)>,
    /// Lost sessions, since when.
    pub sessions: Vec<(SessionFault, Timestamp)>,
    /// How much of a carrier's usual peers is left, in percent.
    pub peers: BTreeMap<Id, f64>,
    /// How providers sign; the last word about one counts.
    pub signatures: Vec<SignatureFault>,
    /// What resolvers say falsely.
    pub lies: Vec<AnswerFault>,
    /// Domains that are not held as they should be, since when.
    pub registrations: BTreeMap<Id, (RegistrationState, Timestamp)>,
    /// Vantages whose line is cut.
    pub cut: BTreeSet<Id>,
    /// Vantages that do not run.
    pub failed: BTreeSet<Id>,
    /// Record sets that the script changed, by the object that it named.
    changed: Vec<(Id, Owner, String, RrKey)>,
}

impl State {
    /// Does what a fault does.
    pub fn apply(&mut self, fault: &Fault) {
        let now = self.now;
        match fault.kind() {
            None => {}
            Some(FaultKind::NetworkDark(region)) => self.troubles.dark.push(region.clone()),
            Some(FaultKind::Server(fault)) => self.troubles.servers.push(fault.clone()),
            Some(FaultKind::Api(fault)) => self.troubles.apis.push(fault.clone()),
            Some(FaultKind::Withdraw(prefix)) => {
                self.troubles.withdrawn.insert(prefix.clone(), now);
            }
            Some(FaultKind::Hijack(Hijack { prefix, asn })) => {
                self.troubles.hijacked.insert(prefix.clone(), (*asn, now));
            }
            Some(FaultKind::SessionDown(fault)) => {
                self.troubles.sessions.push((fault.clone(), now));
            }
            Some(FaultKind::Peers(fault)) => {
                self.troubles.peers.insert(fault.carrier.clone(), fault.share.0);
            }
            Some(FaultKind::Answers(fault)) => self.answer_differently(fault),
            Some(FaultKind::Signatures(fault)) => self.troubles.signatures.push(fault.clone()),
            Some(FaultKind::Delegation(fault)) => {
                self.delegate(&fault.zone, servers_of(&self.estate, &fault.to));
            }
            Some(FaultKind::Registration(fault)) => self.hold(fault),
            Some(FaultKind::ObserverCut(id)) => {
                self.troubles.cut.insert(id.clone());
            }
            Some(FaultKind::Vantage(fault)) => {
                match fault.state {
                    VantageState::Failed => self.troubles.failed.insert(fault.id.clone()),
                    VantageState::Up => self.troubles.failed.remove(&fault.id),
                };
            }
            Some(FaultKind::Restore(id)) => self.restore(id),
        }
    }

    /// A resolver lies; a provider's zone is changed.
    fn answer_differently(&mut self, fault: &AnswerFault) {
        if self.estate.resolver(&fault.id).is_some() {
            self.troubles.lies.push(fault.clone());
            return;
        }
        let (owner, name) = (Owner::Provider(fault.id.clone()), fqdn(&fault.name));
        let zones = self.stores.get(&owner).into_iter().flat_map(Store::keys);
        let zone = zones.filter(|zone| within(&name, zone)).max_by_key(|zone| zone.len());
        if let Some(zone) = zone.cloned() {
            let (kind, values) = (&fault.kind, fault.values.clone());
            let ttl = fault.ttl.map_or(u64::from(RECORD_TTL), |ttl| ttl.as_secs());
            let ttl = u32::try_from(ttl).unwrap_or(u32::MAX);
            self.change(&fault.id, &owner, &zone, (&name, kind, ttl), values);
        }
    }

    fn delegate(&mut self, zone: &Id, servers: Vec<String>) {
        let estate = Arc::clone(&self.estate);
        let Some(zone) = estate.zone(zone) else { return };
        let (owner, above) = (Owner::Parent(parent_of(zone)), parent_zone(&estate, zone));
        self.change(&zone.id, &owner, &above, (&zone.name, "NS", DELEGATION_TTL), servers);
    }

    /// A domain that is held, or gone, leaves the parent zone (RFC 5731 §2.3).
    fn hold(&mut self, fault: &RegistrationFault) {
        self.troubles.registrations.insert(fault.zone.clone(), (fault.state, self.now));
        match fault.state {
            RegistrationState::Well | RegistrationState::Expired => {}
            RegistrationState::HeldByRegistry
            | RegistrationState::HeldByRegistrar
            | RegistrationState::Deleted
            | RegistrationState::Gone => self.delegate(&fault.zone, Vec::new()),
        }
    }

    fn change(
        &mut self,
        object: &Id,
        owner: &Owner,
        zone: &str,
        (name, kind, ttl): (&str, &str, u32),
        values: Vec<String>,
    ) {
        let data = self.stores.get_mut(owner).and_then(|store| store.get_mut(zone));
        let Some(data) = data else { return };
        data.put(name, kind, ttl, values);
        data.serial += 1;
        let key = RrKey { name: fqdn(name), kind: kind.to_ascii_uppercase() };
        self.troubles.changed.push((object.clone(), owner.clone(), zone.to_owned(), key));
    }

    /// Ends what was done to one object, or to all.
    fn restore(&mut self, id: &Id) {
        let all = id == "all";
        let asn = self.estate.carrier(id).map(|carrier| carrier.asn);
        let changed = std::mem::take(&mut self.troubles.changed);
        let (over, lasting) = changed.into_iter().partition(|(of, ..)| all || of == id);
        self.put_back(over);
        if all {
            self.troubles = Troubles::default();
            return;
        }
        let troubles = &mut self.troubles;
        troubles.changed = lasting;
        troubles.dark.retain(|region| !region_is_of(region, id, asn));
        troubles.servers.retain(|fault| fault.id != *id);
        troubles.apis.retain(|fault| fault.id != *id);
        troubles.sessions.retain(|(fault, _)| fault.id != *id);
        troubles.signatures.retain(|fault| fault.id != *id);
        troubles.lies.retain(|fault| fault.id != *id);
        troubles.withdrawn.remove(id);
        troubles.hijacked.remove(id);
        troubles.peers.remove(id);
        troubles.registrations.remove(id);
        troubles.cut.remove(id);
        troubles.failed.remove(id);
    }

    fn put_back(&mut self, over: Vec<(Id, Owner, String, RrKey)>) {
        for (_, owner, zone, key) in over {
            let was = self.quiet.get(&owner).and_then(|store| store.get(&zone));
            let was = was.and_then(|data| data.sets.get(&key)).cloned();
            let data = self.stores.get_mut(&owner).and_then(|store| store.get_mut(&zone));
            let Some(data) = data else { continue };
            data.serial += 1;
            match was {
                Some(set) => data.sets.insert(key, set),
                None => data.sets.remove(&key),
            };
        }
    }
}

fn region_is_of(region: &Region, id: &Id, asn: Option<u32>) -> bool {
    let named = [&region.carrier, &region.prefix, &region.upstream];
    named.into_iter().flatten().any(|named| named == id) || (asn.is_some() && region.asn == asn)
}
