//! What a change step does: its target resolved, what must be read for it, and the changes that follow.

use std::collections::BTreeMap;

use super::delegation::Delegation;
use super::scope::{Missing, Scope};
use super::trackers::Trackers;
use super::{Refusal, forecast};
use crate::model::{
    ActionKind, Change, ChangeSpec, Estate, Expected, Forecast, Found, Id, Services, Span, Terms,
    Verify, Wanted,
};

/// How long one request may take.
pub const REQUEST: Span = Span::from_secs(10);

/// What a change step does.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Moves a delegation at the parent.
    Delegation(Box<Delegation>),
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
            ActionKind::TrackerReplace | ActionKind::TrackerAppend | ActionKind::TrackerRemove => {
                Self::Trackers(Box::new(Trackers::of(scope, step, spec)?))
            }
        })
    }

    /// Returns what must be read before it can be pinned.
    pub fn wanted(&self) -> Vec<Wanted> {
        match self {
            Self::Delegation(delegation) => {
                delegation.wanted().into_iter().chain(delegation.size_wanted()).collect()
            }
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
            Self::Trackers(trackers) => trackers.changes(step, services, found),
        }
    }

    /// Names what yields nothing where something shall be put in the place of what goes.
    pub fn empty_source(&self) -> Option<String> {
        match self {
            Self::Delegation(delegation) => delegation.empty_source(),
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
            Self::Trackers(trackers) => trackers.expected(Vec::new()),
        };
        let (ask, want) = (spec.verify.ask.clone(), spec.verify.want);
        Ok(Verify { ask, want, expected, not_yet_until })
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
