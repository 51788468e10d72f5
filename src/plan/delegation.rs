//! Moving a delegation: one request at the parent, from the servers there now to the servers that shall be there.

use std::collections::BTreeSet;

use super::Refusal;
use super::cut::Cut;
use super::deed::{Fault, Place, Readings, sets, target};
use super::glue;
use super::scope::Scope;
use crate::model::{
    ActionKind, Argument, Change, ChangeSpec, DelegationState, DnsProvider, Estate, Expected, Fact,
    FactKind, Guard, Id, Query, RrContent, RrKey, Rrset, Services, Truth, Wanted, Zone,
    fully_qualified,
};

/// A delegation that is moved.
#[derive(Clone, Debug)]
pub struct Delegation {
    /// Where the parent delegates the zone.
    pub cut: Cut,
    /// Where it leads afterwards.
    pub course: Course,
    /// The providers whose servers are put in.
    pub added: Vec<DnsProvider>,
    /// The providers whose servers are taken out.
    pub removed: Vec<DnsProvider>,
}

/// Where a delegation leads afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// The servers of one provider go, those of another come, the rest stays.
    Replace,
    /// To exactly the providers that the estate names.
    Restore,
    /// The servers of one provider come, and all that are there stay.
    Add,
    /// The servers of one provider go, and the rest stays.
    Remove,
}

impl Delegation {
    /// Resolves the target of an action on a delegation.
    pub fn of(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Self, Fault> {
        let cut = Cut::of(scope, step, spec)?;
        let (course, added, removed) = course(scope, &cut.zone, spec)?;
        let delegation = Self { cut, course, added, removed };
        // A person is not told what no plan would do without an override.
        let never = delegation.empty_source().or_else(|| delegation.cut.at_the_top());
        match never.filter(|_| delegation.cut.by_hand()) {
            Some(because) => Err(Fault::not_available(step, because)),
            None => Ok(delegation),
        }
    }

    /// Names the provider without name servers, or the zone without providers, that would be put in.
    pub fn empty_source(&self) -> Option<String> {
        match self.added.iter().find(|provider| provider.nameservers.is_empty()) {
            Some(provider) => Some(format!("`{}` has 0 name servers; 1 is the least", provider.id)),
            None if self.course == Course::Restore && self.added.is_empty() => {
                Some(format!("`{}` is intended at 0 providers; 1 is the least", self.cut.zone.id))
            }
            None => None,
        }
    }

    /// Returns the servers that a zone is delegated to afterwards as far as facts tell, where nobody reads its parent.
    pub fn afterwards(&self, estate: &Estate, facts: &[Fact]) -> BTreeSet<String> {
        let mut servers = match self.course {
            Course::Restore => BTreeSet::new(),
            Course::Replace | Course::Add | Course::Remove => {
                names(self.cut.delegated(estate, facts))
            }
        };
        servers = &servers - &names(&self.removed);
        servers.extend(names(&self.added));
        servers
    }

    /// Returns what must be read: the NS set, and glue that may have to be written beside it.
    pub fn wanted(&self) -> Option<Wanted> {
        let servers = self.added.iter().flat_map(|provider| &provider.nameservers);
        let glue: BTreeSet<RrKey> = servers.flat_map(|it| glue::keys(it, &self.cut.name)).collect();
        self.cut.wanted([self.cut.key("NS")].into_iter().chain(glue).collect())
    }

    /// Works out the one change, or none.
    pub fn changes(
        &self,
        step: &Id,
        (estate, services): (&Estate, &Services),
        found: &Readings,
    ) -> Result<(Vec<Change>, Expected), Refusal> {
        let Some(wanted) = self.wanted() else {
            return Ok((Vec::new(), self.expected_nothing()));
        };
        let service = &self.cut.registrar.id;
        let before = sets(found, &wanted, step, service)?;
        let ns = self.moved(step, &before[0])?;
        let expected = self.expected(estate, &before[0], &ns);
        let pairs = before[1..].iter().map(|set| (set, glue::wanted(set, &self.added, ns.ttl)));
        let pairs = [(&before[0], ns.clone())].into_iter().chain(pairs);
        let differs = |(before, after): &(&Rrset, Rrset)| !glue::same(before, after);
        let (before, after): (Vec<_>, Vec<_>) =
            pairs.filter(differs).map(|(before, after)| (before.clone(), after)).unzip();
        if before.is_empty() {
            return Ok((Vec::new(), expected));
        }
        let place = Place { service, zone: &self.cut.parent, object: &self.cut.zone.id };
        Ok((vec![place.change(services, step, before, after)?], expected))
    }

    /// Returns the NS set as it shall be. What stays keeps its order, its TTL and what is written beside it.
    fn moved(&self, step: &Id, before: &Rrset) -> Result<Rrset, Refusal> {
        let drift = |because: String| Err(Refusal::Drift { step: step.clone(), because });
        let now = servers(before);
        if now.is_empty() {
            return drift(format!(
                "`{}` holds no delegation of `{}`",
                self.cut.parent, self.cut.name
            ));
        }
        let coming = names(&self.added);
        let out = match self.course {
            Course::Restore => now.clone(),
            Course::Replace | Course::Add | Course::Remove => names(&self.removed),
        };
        let going: BTreeSet<String> = out.difference(&coming).cloned().collect();
        if self.course == Course::Replace && now.is_disjoint(&going) && !coming.is_subset(&now) {
            let list: Vec<_> = now.into_iter().collect();
            return drift(format!(
                "the parent delegates `{}` to {}",
                self.cut.name,
                list.join(", ")
            ));
        }
        let stays = |record: &&RrContent| {
            let name = fully_qualified(&record.content);
            !going.contains(&name) && (!record.disabled || !coming.contains(&name))
        };
        let mut records: Vec<RrContent> = before.records.iter().filter(stays).cloned().collect();
        let listed = |name: &String| self.added.iter().position(|p| names([p]).contains(name));
        let mut new: Vec<&String> = coming.difference(&now).collect();
        new.sort_by_key(|name| (listed(name), (*name).clone()));
        let fresh =
            |name: &String| RrContent { content: name.clone(), disabled: false, beside: None };
        records.extend(new.into_iter().map(fresh));
        let comments = if records.is_empty() { Vec::new() } else { before.comments.clone() };
        Ok(Rrset { records, comments, ..before.clone() })
    }

    fn expected(&self, estate: &Estate, before: &Rrset, after: &Rrset) -> Expected {
        let state = |set: &Rrset| {
            let servers = servers(set);
            let has = |provider: &&DnsProvider| !names([*provider]).is_disjoint(&servers);
            let providers = estate.dns_providers.iter().filter(has).map(|it| it.id.clone());
            let providers = providers.collect();
            DelegationState { providers, servers: servers.into_iter().collect() }
        };
        Expected::Delegation {
            zone: self.cut.zone.id.clone(),
            after: state(after),
            before: state(before),
        }
    }

    /// Returns an expectation without servers, until the parent has been read.
    pub fn expected_nothing(&self) -> Expected {
        let nothing = DelegationState { servers: Vec::new(), providers: Vec::new() };
        Expected::Delegation {
            zone: self.cut.zone.id.clone(),
            after: nothing.clone(),
            before: nothing,
        }
    }
}

/// Returns where a delegation leads afterwards, who comes for it, and who goes.
fn course(
    scope: &Scope<'_>,
    zone: &Zone,
    spec: &ChangeSpec,
) -> Result<(Course, Vec<DnsProvider>, Vec<DnsProvider>), Fault> {
    let known = |id: &Id| match scope.estate.provider(id) {
        Some(provider) => Ok(provider.clone()),
        None => Err(Fault::wrong(format!("`{id}` is no DNS provider of the estate"))),
    };
    let one = |key: &str| -> Result<_, Fault> { Ok(vec![known(&target(scope, spec, key)?)?]) };
    Ok(match spec.action {
        ActionKind::DelegationAdd => (Course::Add, one("add")?, Vec::new()),
        ActionKind::DelegationRemove => (Course::Remove, Vec::new(), one("remove")?),
        ActionKind::DelegationReplace => {
            let (removed, added) = (one("remove")?, one("add")?);
            if removed[0].id == added[0].id {
                let both = &added[0].id;
                return Err(Fault::wrong(format!("`remove` and `add` are both `{both}`")));
            }
            (Course::Replace, added, removed)
        }
        ActionKind::DelegationRestore => {
            let intended = zone.delegated_to.iter().map(known).collect::<Result<_, _>>()?;
            (Course::Restore, intended, Vec::new())
        }
        ActionKind::ApexMatch
        | ActionKind::KeysShare
        | ActionKind::DsAdd
        | ActionKind::DsRemove
        | ActionKind::ZoneApply
        | ActionKind::TtlLower
        | ActionKind::TrackerReplace
        | ActionKind::TrackerAppend
        | ActionKind::TrackerRemove => {
            return Err(Fault::wrong("no delegation is changed by it"));
        }
    })
}

/// Makes the guard that a fact is true.
pub fn is_true(kind: FactKind, arguments: &[&Id]) -> Guard {
    let arguments = arguments.iter().map(|id| Argument::Id((*id).clone())).collect();
    Guard::Is { query: Query { kind, arguments }, truth: Truth::True, negated: false }
}

/// Returns the servers that an NS set leads to.
pub fn servers(set: &Rrset) -> BTreeSet<String> {
    let served = set.records.iter().filter(|record| !record.disabled);
    served.map(|record| fully_qualified(&record.content)).collect()
}

/// Returns the names of providers' servers.
pub fn names<'a>(providers: impl IntoIterator<Item = &'a DnsProvider>) -> BTreeSet<String> {
    let servers = providers.into_iter().flat_map(|provider| &provider.nameservers);
    servers.map(|server| fully_qualified(&server.name)).collect()
}
