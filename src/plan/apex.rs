//! The name servers at a zone's own top. Some resolvers believe them more than the parent's (RFC 2181 §5.4.1), so that
//! whoever is delegated to must stand there at every provider.

use std::collections::BTreeSet;

use super::Refusal;
use super::cut::Cut;
use super::deed::{Fault, Place, Readings, sets, target};
use super::delegation::{Course, Delegation, names, servers};
use super::scope::Scope;
use crate::model::{
    Change, ChangeSpec, DnsProvider, Estate, Expected, Fact, Id, RrContent, RrKey, Rrset, Services,
    Value, Wanted, fully_qualified,
};

/// The name servers at a zone's own top, at one provider.
#[derive(Clone, Debug)]
pub struct Apex {
    /// Where the parent delegates the zone.
    pub cut: Cut,
    /// The provider.
    pub at: DnsProvider,
    /// Whom the parent delegates to as far as facts tell, where only a person can look.
    told: BTreeSet<String>,
    /// The servers that the same plan puts in at the parent.
    coming: BTreeSet<String>,
    /// The servers that it takes out there.
    going: BTreeSet<String>,
}

impl Apex {
    /// Resolves the target of `dns.apex.match`.
    pub fn of(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Self, Fault> {
        let (cut, at) = (Cut::of(scope, step, spec)?, target(scope, spec, "at")?);
        let Some(at) = scope.estate.provider(&at).cloned() else {
            return Err(Fault::wrong(format!("`{at}` is no DNS provider of the estate")));
        };
        let (told, coming, going) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        Ok(Self { cut, at, told, coming, going })
    }

    /// Takes note of what facts say, and of what the same plan does at the parent.
    pub fn beside(&mut self, moves: &[Delegation], estate: &Estate, facts: &[Fact]) {
        self.told = names(self.cut.delegated(estate, facts));
        for moved in moves.iter().filter(|moved| moved.cut.zone.id == self.cut.zone.id) {
            if moved.course == Course::Restore {
                self.told.clear();
            }
            self.coming.extend(names(&moved.added));
            self.going.extend(names(&moved.removed));
        }
    }

    fn own(&self) -> Wanted {
        let (service, zone) = (self.at.id.clone(), self.cut.name.clone());
        Wanted::Rrsets { service, zone, keys: vec![self.key()] }
    }

    fn key(&self) -> RrKey {
        self.cut.key("NS")
    }

    fn parents(&self) -> Option<Wanted> {
        self.cut.wanted(vec![self.key()])
    }

    /// Returns what must be read: the set itself, the parent's, and how large the zone is.
    pub fn wanted(&self) -> Vec<Wanted> {
        let (service, zone) = (self.at.id.clone(), self.cut.name.clone());
        let size = Wanted::ZoneSize { service, zone };
        [self.own(), size].into_iter().chain(self.parents()).collect()
    }

    /// Works out the one change, or none.
    pub fn changes(
        &self,
        step: &Id,
        services: &Services,
        found: &Readings,
    ) -> Result<(Vec<Change>, Expected), Refusal> {
        let own = &sets(found, &self.own(), step, &self.at.id)?[0];
        let delegated = match self.parents() {
            Some(parents) => servers(&sets(found, &parents, step, &self.cut.registrar.id)?[0]),
            None => self.told.difference(&self.going).cloned().collect(),
        };
        let drift = |because: String| Err(Refusal::Drift { step: step.clone(), because });
        if delegated.is_empty() {
            return drift(format!("nobody says whom the parent delegates `{}` to", self.cut.name));
        }
        if servers(own).is_empty() {
            return drift(format!("`{}` has no NS set of `{}`", self.at.id, self.cut.name));
        }
        let after = matched(own, &delegated.union(&self.coming).cloned().collect());
        let expected = self.expected(std::slice::from_ref(own), std::slice::from_ref(&after));
        if servers(own) == servers(&after) {
            return Ok((Vec::new(), expected));
        }
        let (service, zone, object) = (&self.at.id, self.cut.name.as_str(), &self.cut.zone.id);
        let place = Place { service, zone, object };
        let change = place.change(services, step, vec![own.clone()], vec![after])?;
        Ok((vec![change], expected))
    }

    /// Says what every server of the provider must answer: those that come and those that stay, none that went.
    pub fn expected(&self, before: &[Rrset], after: &[Rrset]) -> Expected {
        let all = |sets: &[Rrset]| sets.iter().flat_map(servers).collect::<BTreeSet<String>>();
        let (before, after) = (all(before), all(after));
        Expected::Top {
            zone: self.cut.zone.id.clone(),
            at: Some(self.at.id.clone()),
            kind: "NS".to_owned(),
            comes: after.difference(&before).cloned().collect(),
            goes: before.difference(&after).cloned().collect(),
        }
    }

    /// Returns the servers that a change takes away although its plan does not take them out at the parent.
    pub fn lost(&self, changes: &[Change]) -> Vec<String> {
        let of = |value: &Value| -> BTreeSet<String> {
            match value {
                Value::Rrsets(sets) => sets.iter().flat_map(servers).collect(),
                Value::Trackers(_) => BTreeSet::new(),
            }
        };
        let lost = changes.iter().flat_map(|change| &of(&change.before) - &of(&change.after));
        lost.filter(|server| !self.going.contains(server)).collect()
    }
}

/// Returns the set as it shall be. What stays keeps its place, its TTL and what is written beside it.
fn matched(before: &Rrset, wanted: &BTreeSet<String>) -> Rrset {
    // One that was disabled there is served again, once.
    let stays =
        |record: &&RrContent| record.disabled != wanted.contains(&fully_qualified(&record.content));
    let fresh = |name: &String| RrContent { content: name.clone(), disabled: false, beside: None };
    let mut records: Vec<RrContent> = before.records.iter().filter(stays).cloned().collect();
    let there = servers(before);
    records.extend(wanted.difference(&there).map(fresh));
    Rrset { records, ..before.clone() }
}
