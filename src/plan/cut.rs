//! A zone cut: where a parent delegates a zone, and who writes that.

use super::deed::{Fault, target};
use super::glue;
use super::scope::Scope;
use crate::model::{
    ChangeSpec, DnsProvider, Estate, Fact, FactKind, Id, Registrar, RegistrarKind, RrKey, Truth,
    Wanted, Zone, fully_qualified,
};

/// Where a parent delegates a zone.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The zone.
    pub zone: Zone,
    /// Who writes its delegation.
    pub registrar: Registrar,
    /// Its name, fully qualified, lower case.
    pub name: String,
    /// The zone that delegates it, fully qualified, lower case.
    pub parent: String,
}

impl Cut {
    /// Finds the cut of the zone that a target names.
    pub fn of(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Self, Fault> {
        let zone = target(scope, spec, "zone")?;
        let Some(zone) = scope.estate.zone(&zone) else {
            return Err(Fault::wrong(format!("`{zone}` is no zone of the estate")));
        };
        let no = |because: String| Err(Fault::not_available(step, because));
        let Some(id) = &zone.registrar else {
            return no(format!("`{}` has no `registrar`, so nobody can move it", zone.id));
        };
        let Some(registrar) = scope.estate.registrar(id) else {
            return Err(Fault::wrong(format!("`{id}` is no registrar of the estate")));
        };
        let name = fully_qualified(&zone.name);
        let above = name.split_once('.').map_or("", |(_, rest)| rest);
        let parent = fully_qualified(registrar.parent_zone.as_deref().unwrap_or(above));
        if !glue::is_below(&name, &parent) {
            return no(format!("`{name}` is no delegation of `{parent}`"));
        }
        Ok(Self { zone: zone.clone(), registrar: registrar.clone(), name, parent })
    }

    /// Tells whether a person makes changes at the parent.
    pub fn by_hand(&self) -> bool {
        self.registrar.kind == RegistrarKind::Manual
    }

    /// Says that it is none, where the zone is the top of the one that is written.
    pub fn at_the_top(&self) -> Option<String> {
        (self.name == self.parent).then(|| format!("`{}` is the top of its zone", self.name))
    }

    /// Returns the providers that it delegates to as far as facts tell, for parents that only a person reads.
    pub fn delegated<'e>(
        &'e self,
        estate: &'e Estate,
        facts: &'e [Fact],
    ) -> impl Iterator<Item = &'e DnsProvider> {
        estate.dns_providers.iter().filter(|provider| {
            facts.iter().any(|fact| {
                fact.kind == FactKind::DnsDelegated
                    && fact.subject == self.zone.id
                    && fact.object.as_ref() == Some(&provider.id)
                    && fact.truth == Truth::True
            })
        })
    }

    /// Names a record set at the zone's own name.
    pub fn key(&self, kind: &str) -> RrKey {
        RrKey { name: self.name.clone(), kind: kind.to_owned() }
    }

    /// Returns the question what the parent has of the zone; none where only a person can look.
    pub fn wanted(&self, keys: Vec<RrKey>) -> Option<Wanted> {
        let (service, zone) = (self.registrar.id.clone(), self.parent.clone());
        (!self.by_hand()).then_some(Wanted::Rrsets { service, zone, keys })
    }

    /// Returns the question how large the zone is that is written.
    pub fn size_wanted(&self) -> Option<Wanted> {
        let (service, zone) = (self.registrar.id.clone(), self.parent.clone());
        (!self.by_hand()).then_some(Wanted::ZoneSize { service, zone })
    }
}
