//! Record sets of a zone at one provider: made what a source has of them, or kept by caches for less long.

mod apply;
mod effect;
mod lower;
mod split;

use std::collections::HashSet;

use super::Refusal;
use super::deed::{Fault, Readings, reading, target, terms};
use super::scope::Scope;
use crate::model::{
    ActionKind, Change, ChangeSpec, CopySource, DnsProvider, DnsProviderKind, Expected, Found, Id,
    RrKey, Rrset, Services, TwoCopies, Value, Wanted, Zone, ZoneAnswers, ZoneSet,
};

pub use effect::{TAKING_UP, back, caches, forecast};

/// Record sets that are written at a provider.
#[derive(Clone, Debug)]
pub struct Records {
    /// The zone.
    pub zone: Zone,
    /// The provider.
    pub at: DnsProvider,
    /// What is done.
    pub edit: Edit,
}

/// What is done to record sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// What the provider holds becomes what a source has.
    Apply {
        /// The provider whose copy is the source; absent: the zone's reference in git.
        from: Option<Id>,
    },
    /// The critical names' times to live become those that the estate allows.
    LowerTtl,
}

/// What an edit comes to.
#[derive(Debug, Default)]
struct Worked {
    /// Each record set that changes, as it is and as it shall be, by owner and type.
    pairs: Vec<(Rrset, Rrset)>,
    /// What is not written, and why.
    left: Vec<String>,
}

impl Records {
    /// Resolves the target of `dns.zone.apply` or `dns.ttl.lower`.
    pub fn of(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Self, Fault> {
        let (zone, at) = (target(scope, spec, "zone")?, target(scope, spec, "at")?);
        let Some(zone) = scope.estate.zone(&zone) else {
            return Err(Fault::wrong(format!("`{zone}` is no zone of the estate")));
        };
        let provider = |id: &Id| match scope.estate.provider(id) {
            Some(provider) => Ok(provider.clone()),
            None => Err(Fault::wrong(format!("`{id}` is no DNS provider of the estate"))),
        };
        let at = provider(&at)?;
        if !zone.delegated_to.iter().chain(&zone.standby_at).any(|id| *id == at.id) {
            let because = format!("`{}` neither serves `{}` nor stands by for it", at.id, zone.id);
            return Err(Fault::wrong(because));
        }
        if at.kind == DnsProviderKind::Unmanaged {
            let because =
                format!("`{}` is only asked: no key and no API writes its records", at.id);
            return Err(Fault::not_available(step, because));
        }
        let edit = match spec.action {
            ActionKind::TtlLower => Edit::LowerTtl,
            ActionKind::ZoneApply if spec.target.contains_key("from") => {
                Edit::Apply { from: Some(provider(&target(scope, spec, "from")?)?.id) }
            }
            ActionKind::ZoneApply => Edit::Apply { from: None },
            ActionKind::DelegationReplace
            | ActionKind::DelegationRestore
            | ActionKind::DelegationAdd
            | ActionKind::DelegationRemove
            | ActionKind::ApexMatch
            | ActionKind::KeysShare
            | ActionKind::DsAdd
            | ActionKind::DsRemove
            | ActionKind::TrackerReplace
            | ActionKind::TrackerAppend
            | ActionKind::TrackerRemove => return Err(Fault::wrong("no action on record sets")),
        };
        Ok(Self { zone: zone.clone(), at, edit })
    }

    /// Returns what must be read: both copies of the zone, or the critical names' sets and how many others there are.
    pub fn wanted(&self) -> Vec<Wanted> {
        let (service, name) = (self.at.id.clone(), self.zone.full_name("@"));
        match &self.edit {
            Edit::Apply { from } => {
                let (zone, from) = (self.zone.id.clone(), from.clone());
                vec![Wanted::Zone { zone, name, at: service, from }]
            }
            Edit::LowerTtl => {
                let size = Wanted::ZoneSize { service: service.clone(), zone: name.clone() };
                let keys: Vec<RrKey> = lower::keys(&self.zone).into_keys().collect();
                let sets = Wanted::Rrsets { service, zone: name, keys };
                if lower::keys(&self.zone).is_empty() { Vec::new() } else { vec![sets, size] }
            }
        }
    }

    /// Works out the changes, each one request.
    pub fn changes(
        &self,
        step: &Id,
        services: &Services,
        found: &Readings,
    ) -> Result<(Vec<Change>, Expected), Refusal> {
        let pairs = self.work(step, found)?.pairs;
        let (before, after): (Vec<&Rrset>, Vec<&Rrset>) =
            pairs.iter().map(|(before, after)| (before, after)).unzip();
        let expected = match &self.edit {
            Edit::Apply { .. } => self.answers(self.copies(step, found)?, &before, &after),
            Edit::LowerTtl => self.expected(
                None,
                before.iter().map(|set| ZoneSet::of(set)).collect(),
                after.iter().map(|set| ZoneSet::of(set)).collect(),
            ),
        };
        if pairs.is_empty() {
            return Ok((Vec::new(), expected));
        }
        let terms = terms(services, step, &self.at.id)?;
        Ok((split::changes(self, pairs, terms), expected))
    }

    /// Names what is not written, and why.
    pub fn left_out(&self, step: &Id, found: &Readings) -> Vec<String> {
        self.work(step, found).map_or_else(|_| Vec::new(), |worked| worked.left)
    }

    /// Names a source without anything that could be written, where it would take away what is there.
    pub fn empty_source(&self, found: &Readings) -> Option<String> {
        let [Wanted::Zone { .. }] = &self.wanted()[..] else { return None };
        let Some(Found::Zone(copies)) = found.get(&self.wanted()[0]) else { return None };
        let travels = |set: &&ZoneSet| apply::travels(&self.zone, set);
        let none = !copies.wanted.sets.iter().any(|set| travels(&set));
        let provider = &copies.source.provider;
        none.then(|| format!("the copy of `{provider}` has 0 record sets to write; 1 is the least"))
    }

    /// Returns an expectation of no record set, until the zone has been read.
    pub fn expected_nothing(&self) -> Expected {
        self.expected(None, Vec::new(), Vec::new())
    }

    fn expected(
        &self,
        source: Option<CopySource>,
        before: Vec<ZoneSet>,
        after: Vec<ZoneSet>,
    ) -> Expected {
        let (zone, at) = (self.zone.id.clone(), self.at.id.clone());
        Expected::Records { zone, at, source, after, before }
    }

    /// Says what the provider's servers answer of each changed set, before and after.
    fn answers(&self, copies: &TwoCopies, before: &[&Rrset], after: &[&Rrset]) -> Expected {
        let changed: HashSet<(&str, &str)> =
            after.iter().map(|set| (set.key.name.as_str(), set.key.kind.as_str())).collect();
        let stays = |set: &&ZoneSet| !changed.contains(&(set.name.as_str(), &*set.kind));
        let apex = self.zone.full_name("@");
        let rest = ZoneAnswers::new(&apex, copies.held.sets.iter().filter(stays));
        let of = |sets: &[&Rrset]| -> Vec<ZoneSet> {
            let fresh: Vec<ZoneSet> = sets.iter().map(|set| ZoneSet::of(set)).collect();
            let zone = rest.and(&fresh);
            sets.iter().filter_map(|set| zone.answer(&set.key.name, &set.key.kind)).collect()
        };
        self.expected(Some(copies.source.clone()), of(before), of(after))
    }

    fn work(&self, step: &Id, found: &Readings) -> Result<Worked, Refusal> {
        match &self.edit {
            Edit::Apply { .. } => {
                Ok(apply::work(&self.zone, &self.at.id, self.copies(step, found)?))
            }
            Edit::LowerTtl => {
                let wanted = self.wanted();
                let Some(wanted) = wanted.first() else { return Ok(Worked::default()) };
                match reading(found, wanted, step, &self.at.id)? {
                    Found::Value(Value::Rrsets(sets)) => Ok(lower::work(&self.zone, sets)),
                    Found::Value(_)
                    | Found::Size(_)
                    | Found::Zone(_)
                    | Found::Keys(_)
                    | Found::Torrents(_)
                    | Found::Unreadable(_) => Err(self.odd(step)),
                }
            }
        }
    }

    fn copies<'f>(&self, step: &Id, found: &'f Readings) -> Result<&'f TwoCopies, Refusal> {
        let wanted = self.wanted();
        let Some(wanted) = wanted.first() else { return Err(self.odd(step)) };
        match reading(found, wanted, step, &self.at.id)? {
            Found::Zone(copies) => Ok(copies),
            Found::Value(_)
            | Found::Size(_)
            | Found::Keys(_)
            | Found::Torrents(_)
            | Found::Unreadable(_) => Err(self.odd(step)),
        }
    }

    fn odd(&self, step: &Id) -> Refusal {
        let because = "what was read is no zone".to_owned();
        Refusal::Unreadable { step: step.clone(), service: self.at.id.clone(), because }
    }
}
