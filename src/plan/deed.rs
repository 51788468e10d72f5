//! What a change step does: its target resolved, what must be read for it, and the changes that follow.

use std::collections::BTreeMap;

use super::apex::Apex;
use super::delegation::Delegation;
use super::keys::Keys;
use super::records::{self, Records};
use super::scope::{Missing, Scope};
use super::trackers::Trackers;
use super::{Refusal, forecast};
use crate::model::{
    ActionKind, Change, ChangeSpec, Estate, Expected, Fact, Forecast, Found, Id, Rrset, Services,
    Span, Target, Terms, Value, Verify, Wanted,
};

/// How long one request may take.
pub const REQUEST: Span = Span::from_secs(10);

/// What a change step does.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Moves a delegation at the parent.
    Delegation(Box<Delegation>),
    /// Puts name servers at a zone's own top.
    Apex(Box<Apex>),
    /// Puts keys, or what names them, where validation needs them.
    Keys(Box<Keys>),
    /// Writes record sets of a zone at a provider.
    Records(Box<Records>),
    /// Edits tracker lists.
    Trackers(Box<Trackers>),
}

/// What has been read, by what was wanted.
pub type Readings = BTreeMap<Wanted, Found>;

/// Why a target cannot be resolved.
#[derive(Clone, Debug)]
pub enum Fault {
    /// A value stands for nothing.
    Missing(Missing),
    /// It is not done.
    Refusal(Box<Refusal>),
}

impl From<Missing> for Fault {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl Fault {
    /// Says that something is not built, or not declared.
    pub fn not_available(step: &Id, because: impl Into<String>) -> Self {
        let (step, because) = (step.clone(), because.into());
        Self::Refusal(Box::new(Refusal::NotAvailable { step, because }))
    }

    /// Says that the document is wrong.
    pub fn wrong(because: impl Into<String>) -> Self {
        Self::Missing(Missing::Wrong(because.into()))
    }
}

impl Deed {
    /// Resolves a change's target.
    pub fn of(scope: &Scope<'_>, step: &Id, spec: &ChangeSpec) -> Result<Self, Fault> {
        let allowed: &[&str] = match spec.action {
            ActionKind::DelegationReplace | ActionKind::DelegationRestore => {
                &["zone", "remove", "add"]
            }
            ActionKind::DelegationAdd => &["zone", "add"],
            ActionKind::DelegationRemove => &["zone", "remove"],
            ActionKind::ApexMatch => &["zone", "at"],
            ActionKind::KeysShare => &["zone", "at", "from"],
            ActionKind::DsAdd => &["zone", "add"],
            ActionKind::DsRemove => &["zone", "remove"],
            ActionKind::ZoneApply => &["zone", "at", "from"],
            ActionKind::TtlLower => &["zone", "at"],
            ActionKind::TrackerReplace => &["replace", "with", "seedboxes", "private"],
            ActionKind::TrackerAppend => &["add", "beside", "seedboxes", "private"],
            ActionKind::TrackerRemove => &["remove", "seedboxes", "private"],
        };
        if let Some(key) = spec.target.keys().find(|key| !allowed.contains(&key.as_str())) {
            let allowed = allowed.join(", ");
            return Err(Fault::wrong(format!("`target` takes {allowed}, not `{key}`")));
        }
        Ok(match spec.action {
            ActionKind::DelegationReplace
            | ActionKind::DelegationRestore
            | ActionKind::DelegationAdd
            | ActionKind::DelegationRemove => {
                Self::Delegation(Box::new(Delegation::of(scope, step, spec)?))
            }
            ActionKind::ApexMatch => Self::Apex(Box::new(Apex::of(scope, step, spec)?)),
            ActionKind::KeysShare | ActionKind::DsAdd | ActionKind::DsRemove => {
                Self::Keys(Box::new(Keys::of(scope, step, spec)?))
            }
            ActionKind::ZoneApply | ActionKind::TtlLower => {
                Self::Records(Box::new(Records::of(scope, step, spec)?))
            }
            ActionKind::TrackerReplace | ActionKind::TrackerAppend | ActionKind::TrackerRemove => {
                Self::Trackers(Box::new(Trackers::of(scope, step, spec)?))
            }
        })
    }

    /// Returns what must be read before it can be pinned.
    pub fn wanted(&self) -> Vec<Wanted> {
        match self {
            Self::Delegation(delegation) => {
                delegation.wanted().into_iter().chain(delegation.cut.size_wanted()).collect()
            }
            Self::Apex(apex) => apex.wanted(),
            Self::Keys(keys) => keys.wanted(),
            Self::Records(records) => records.wanted(),
            Self::Trackers(trackers) => trackers.wanted(),
        }
    }

    /// Works out the changes, none of which changes nothing, on the terms of the services that take them.
    pub fn changes(
        &self,
        step: &Id,
        (estate, services): (&Estate, &Services),
        found: &Readings,
    ) -> Result<(Vec<Change>, Expected), Refusal> {
        match self {
            Self::Delegation(delegation) => delegation.changes(step, (estate, services), found),
            Self::Apex(apex) => apex.changes(step, services, found),
            Self::Keys(keys) => keys.changes(step, services, found),
            Self::Records(records) => records.changes(step, services, found),
            Self::Trackers(trackers) => trackers.changes(step, services, found),
        }
    }

    /// Returns for how long nothing may follow, so that no cache holds what was there before; nothing where nothing
    /// depends on it.
    pub fn caches(&self, changes: &[Change], found: &Readings, facts: &[Fact]) -> Option<Span> {
        match self {
            Self::Keys(keys) => keys.caches(changes, found),
            Self::Records(records) => records::caches(records, facts, changes),
            Self::Delegation(_) | Self::Apex(_) | Self::Trackers(_) => None,
        }
    }

    /// Names what is not written and was wanted, and why.
    pub fn left_out(&self, step: &Id, found: &Readings) -> Vec<String> {
        match self {
            Self::Records(records) => records.left_out(step, found),
            Self::Delegation(_) | Self::Apex(_) | Self::Keys(_) | Self::Trackers(_) => Vec::new(),
        }
    }

    /// Names what yields nothing where something shall be put in the place of what goes.
    pub fn empty_source(&self, found: &Readings) -> Option<String> {
        match self {
            Self::Delegation(delegation) => delegation.empty_source(),
            // What yields nothing there is no change, and said to be none.
            Self::Apex(_) | Self::Keys(_) => None,
            Self::Records(records) => records.empty_source(found),
            Self::Trackers(trackers) => trackers.edit.empty_source(),
        }
    }

    /// Freezes how the effect is proven; what is expected follows when it is pinned.
    pub fn verify(
        &self,
        spec: &ChangeSpec,
        forecast: &Forecast,
        step: &Id,
    ) -> Result<Verify, Refusal> {
        let not_yet_until = match spec.verify.not_yet_until.as_deref() {
            None | Some("effect.latest") => forecast::patience(self, forecast),
            Some(text) => Span::parse(text).map_err(|error| Refusal::Document {
                step: step.clone(),
                because: format!("`not_yet_until`: {error}"),
            })?,
        };
        let expected = match self {
            Self::Delegation(delegation) => delegation.expected_nothing(),
            Self::Apex(apex) => apex.expected(&[], &[]),
            Self::Keys(keys) => keys.expected(Vec::new(), Vec::new()),
            Self::Records(records) => records.expected_nothing(),
            Self::Trackers(trackers) => trackers.expected(Vec::new()),
        };
        let (ask, want) = (spec.verify.ask.clone(), spec.verify.want);
        Ok(Verify { ask, want, expected, not_yet_until, turn: None })
    }
}

/// Finds the one id under a key of a target.
pub fn target(scope: &Scope<'_>, spec: &ChangeSpec, key: &str) -> Result<Id, Fault> {
    match spec.target.get(key) {
        Some(reference) => Ok(scope.id(&reference.0)?),
        None => Err(Fault::wrong(format!("`target` needs `{key}`"))),
    }
}

/// Finds the terms of a service that is written to.
pub fn terms(services: &Services, step: &Id, service: &Id) -> Result<Terms, Refusal> {
    let because = || format!("`{service}` declares nothing: how late its requests land is unknown");
    let none = || Refusal::NotAvailable { step: step.clone(), because: because() };
    services.get(service).copied().ok_or_else(none)
}

/// Finds the record sets that were wanted, of which there is one at least.
pub fn sets<'f>(
    found: &'f Readings,
    wanted: &Wanted,
    step: &Id,
    service: &Id,
) -> Result<&'f [Rrset], Refusal> {
    match reading(found, wanted, step, service)? {
        Found::Value(Value::Rrsets(sets)) if !sets.is_empty() => Ok(sets),
        Found::Value(_)
        | Found::Size(_)
        | Found::Keys(_)
        | Found::Zone(_)
        | Found::Torrents(_)
        | Found::Unreadable(_) => {
            let because = "what was read are no record sets".to_owned();
            let (step, service) = (step.clone(), service.clone());
            Err(Refusal::Unreadable { step, service, because })
        }
    }
}

/// Where record sets are written.
pub struct Place<'a> {
    /// The service.
    pub service: &'a Id,
    /// The zone that is written, fully qualified.
    pub zone: &'a str,
    /// The zone that people think of.
    pub object: &'a Id,
}

impl Place<'_> {
    /// Makes the change of record sets, on the terms of the service that takes it.
    pub fn change(
        &self,
        services: &Services,
        step: &Id,
        before: Vec<Rrset>,
        after: Vec<Rrset>,
    ) -> Result<Change, Refusal> {
        let Terms { settle, conditional, .. } = terms(services, step, self.service)?;
        Ok(Change { settle, conditional, ..self.typed(before, after) })
    }

    /// Makes the change that a person types; nothing is sent.
    pub fn typed(&self, before: Vec<Rrset>, after: Vec<Rrset>) -> Change {
        let keys = after.iter().map(|set| set.key.clone()).collect();
        let (service, zone) = (self.service.clone(), self.zone.to_owned());
        Change {
            target: Target::Rrsets { service, zone, keys },
            object: self.object.clone(),
            before: Value::Rrsets(before),
            after: Value::Rrsets(after),
            timeout: REQUEST,
            settle: Span::default(),
            conditional: false,
        }
    }
}

/// Finds the reading of something that was wanted.
pub fn reading<'f>(
    found: &'f Readings,
    wanted: &Wanted,
    step: &Id,
    service: &Id,
) -> Result<&'f Found, Refusal> {
    let unreadable = |because: &str| Refusal::Unreadable {
        step: step.clone(),
        service: service.clone(),
        because: because.to_owned(),
    };
    match found.get(wanted) {
        None => Err(unreadable("nobody has read it")),
        Some(Found::Unreadable(because)) => Err(unreadable(because)),
        Some(read) => Ok(read),
    }
}
