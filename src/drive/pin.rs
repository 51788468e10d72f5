//! Pinning: probe, bind, read what would be changed, and freeze it all into a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::survey::{self, Sought};
use super::zones::Snapshots;
use super::{DriveError, Operation, Shelved, ground};
use crate::action::{self, Committed};
use crate::diagnose::Topology;
use crate::model::{
    CopyFrom, CopySource, Event, EvidenceSet, Id, LimitKind, Mode, Observation, Override, Phase,
    Plan, Runbook, RunbookMark, Severity, Span, StepKind, Verdict, Wanted, Work, ZoneReference,
};
use crate::net::Deadline;
use crate::plan::{self, Digest, Pinning};
use crate::probe::Against;
use crate::repo::Provenance;
use crate::service;
use crate::store::Incident;

/// What is to be pinned.
pub struct Order {
    /// Which runbook.
    pub runbook: Id,
    /// Which phase of it.
    pub phase: Phase,
    /// Parameters that the person chose.
    pub set: BTreeMap<String, Id>,
    /// Limits that the person goes past, each with the reason.
    pub overrides: BTreeMap<LimitKind, String>,
    /// Who asks for it.
    pub by: String,
    /// How long probing may take.
    pub deadline: Span,
}

/// A frozen plan, kept in the incident.
pub struct Pinned {
    /// The plan.
    pub plan: Plan,
    /// Its digest.
    pub digest: Digest,
    /// Where it lies.
    pub path: PathBuf,
}

/// Pins a plan and writes it into the incident.
///
/// # Errors
/// [`DriveError::Refused`] with what stands against it.
pub async fn pin(
    operation: &Operation,
    incident: &Incident,
    order: &Order,
) -> Result<Pinned, DriveError> {
    operation.custody.hold(operation.field.clock.now())?;
    let shelved = chosen(operation, &order.runbook)?;
    let until = Deadline::after(order.deadline.duration());
    let probing = probing(order.deadline, operation.estate.probing.target_budget);
    let found = survey::survey(operation, Sought::EVERYTHING, probing, Some(incident)).await?;
    if found.diagnosis.verdict == Verdict::ObserverFault {
        return Err(DriveError::ObserverFault);
    }
    let busy = operation.field.clock.busy();
    let params = params(operation, incident, shelved, &found, order)?;
    let included = included(operation, &shelved.runbook)?;
    let includes: Vec<(Runbook, RunbookMark)> =
        included.iter().map(|it| (it.runbook.clone(), it.mark.clone())).collect();
    let now = operation.field.clock.now();
    let topology = Topology::of(&operation.estate, operation.as_table.as_ref());
    let draft = plan::draft(Pinning {
        estate: &operation.estate,
        estate_digest: operation.estate_digest.clone(),
        services: service::terms(&operation.estate),
        runbook: (&shelved.runbook, shelved.mark.clone()),
        includes: &includes,
        phase: order.phase,
        params,
        behind: topology.behind(),
        taken: taken(incident)?,
        mode: operation.mode,
        incident: incident.id().clone(),
        severity: severity(incident)?,
        overrides: order.overrides.clone(),
        facts: &found.facts,
        since: &found.since,
        announce_interval: announce_interval(&found.evidence),
        now,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        requester: order.by.clone(),
    })?;
    let looked = futures(operation, draft.wants(), &found.against, until.left()).await;
    // Whole zones are read no more: a plan has those that it changes for itself.
    drop(found.against);
    let mut plan = draft.pin(looked)?;
    plan.rests_on = ground::of(operation, &plan);
    plan::afford(&plan, &service::left(&operation.field, &operation.estate))?;
    drop(busy);
    keep(operation, incident, plan, &order.by)
}

/// Looks once more at each service with a quota that a plan writes to, and holds the plan against what they
/// say is left. One that cannot be read is left to the look before the first write.
///
/// # Errors
/// [`DriveError::Refused`] with the numbers; nothing was written.
pub async fn afford(operation: &Operation, plan: &Plan, within: Span) -> Result<(), DriveError> {
    let (field, estate) = (&operation.field, &operation.estate);
    let until = Deadline::after(within.duration());
    for (service, _) in plan.requests.iter().filter(|(_, uses)| uses.of.is_some()) {
        let mut targets = plan.changes().map(|change| &change.target);
        if let Some(target) = targets.find(|target| target.service() == service) {
            // Whatever it holds: what counts is what it says of its requests beside it.
            let _ = until.run(action::read(field, estate, target)).await;
        }
    }
    Ok(plan::afford(plan, &service::left(field, estate))?)
}

/// Keeps a quarter of the time, and ten seconds at most, for the reading after the probes; no target's own
/// budget is cut for it.
fn probing(deadline: Span, target: Span) -> Span {
    let kept = Span::from_millis(deadline.as_millis() / 4).min(Span::from_secs(10));
    let rest = Span::from_millis(deadline.as_millis() - kept.as_millis());
    rest.max(target.min(deadline))
}

/// Reads everything that is wanted, all at once, within a time.
async fn futures(
    operation: &Operation,
    wants: &[Wanted],
    against: &Against,
    within: Duration,
) -> BTreeMap<Wanted, crate::model::Found> {
    let mut set = tokio::task::JoinSet::new();
    for wanted in wants.iter().cloned().collect::<BTreeSet<_>>() {
        let (field, estate) = (operation.field.clone(), operation.estate.clone());
        let committed = committed(operation, &wanted, &against.references);
        let wholes = against.wholes.clone();
        set.spawn(async move {
            let found = match committed {
                Some(source) => {
                    action::copies(&field, &estate, &wanted, (source, &wholes), within).await
                }
                None => action::find(&field, &estate, &wanted, within).await,
            };
            (wanted, found)
        });
    }
    set.join_all().await.into_iter().collect()
}

/// Returns git's copy of the zone that is wanted: of the provider that is named, else the zone's reference.
fn committed(
    operation: &Operation,
    wanted: &Wanted,
    references: &[ZoneReference],
) -> Option<Committed> {
    let Wanted::Zone { zone, from, .. } = wanted else { return None };
    let zone = operation.estate.zone(zone)?;
    let known = references.iter().find(|it| it.zone == zone.id);
    let found = match (from, known) {
        (None, None) => Ok(None),
        (None, Some(known)) => {
            known.copy().clone().map(|copy| Some((known.provider.clone(), copy)))
        }
        (Some(provider), Some(known)) if *provider == known.provider && known.copy().is_ok() => {
            known.copy().clone().map(|copy| Some((provider.clone(), copy)))
        }
        (Some(provider), _) => Snapshots::open(operation)
            .and_then(|snapshots| snapshots.copy(zone, provider))
            .map(|copy| copy.map(|copy| (provider.clone(), Arc::new(copy))))
            .map_err(|error| error.to_string()),
    };
    let source = |(provider, copy)| (CopySource { from: CopyFrom::Git, provider }, copy);
    Some(found.map(|found| found.map(source)))
}

/// Returns how bad the incident was declared to be; what no record says is the lightest.
fn severity(incident: &Incident) -> Result<Severity, DriveError> {
    let declared = incident.records()?.into_iter().find_map(|record| {
        if let Event::Declared { severity, .. } = record.event { Some(severity) } else { None }
    });
    Ok(declared.unwrap_or(Severity::Minor))
}

fn keep(
    operation: &Operation,
    incident: &Incident,
    plan: Plan,
    by: &str,
) -> Result<Pinned, DriveError> {
    let digest = Digest::of(&plan);
    let path = incident.save_plan(&plan, &digest.hex())?;
    let event = Event::Planned {
        digest: digest.hex(),
        runbook: plan.runbook.id.clone(),
        phase: plan.phase,
        changes: changes(&plan),
        target: plan.target.clone(),
    };
    incident.append(event, operation.field.clock.now())?;
    for Override { limit, step, because, reason } in &plan.overrides {
        let event = Event::Overridden {
            digest: digest.hex(),
            limit: *limit,
            step: step.clone(),
            because: because.clone(),
            by: by.to_owned(),
            reason: reason.clone(),
        };
        incident.append(event, operation.field.clock.now())?;
    }
    Ok(Pinned { plan, digest, path })
}

/// Finds the runbook, and refuses one that may not run live.
fn chosen<'a>(operation: &'a Operation, id: &Id) -> Result<&'a Shelved, DriveError> {
    if let Some((_, faults)) = operation.broken.iter().find(|(name, _)| *name == id.as_str()) {
        return Err(DriveError::Document(faults.clone()));
    }
    let shelved = operation.runbook(id).ok_or_else(|| DriveError::NoRunbook {
        id: id.clone(),
        there: operation.runbooks.iter().map(|it| it.runbook.id.clone()).collect(),
    })?;
    match (&shelved.from, operation.mode) {
        (Provenance::Uncommitted, Mode::Live) => {
            Err(DriveError::Uncommitted { path: shelved.mark.path.clone() })
        }
        (Provenance::Embedded | Provenance::Commit(_) | Provenance::Uncommitted, _) => Ok(shelved),
    }
}

/// Finds the runbooks that a runbook includes, at any depth.
fn included<'a>(
    operation: &'a Operation,
    runbook: &Runbook,
) -> Result<Vec<&'a Shelved>, DriveError> {
    let mut found: Vec<&Shelved> = Vec::new();
    let mut open: Vec<Id> = includes_of(runbook);
    while let Some(id) = open.pop() {
        if id == runbook.id || found.iter().any(|it| it.runbook.id == id) {
            continue;
        }
        let shelved = chosen(operation, &id)?;
        open.extend(includes_of(&shelved.runbook));
        found.push(shelved);
    }
    Ok(found)
}

fn includes_of(runbook: &Runbook) -> Vec<Id> {
    let steps = Phase::ALL.iter().flat_map(|phase| &runbook.phases.get(*phase).steps);
    let ids = steps.filter_map(|step| match step.kind() {
        Some(StepKind::Include(id)) => Some(id.clone()),
        Some(
            StepKind::Check(_)
            | StepKind::Branch(_)
            | StepKind::Ask(_)
            | StepKind::Change(_)
            | StepKind::Message(_)
            | StepKind::Wait(_),
        )
        | None => None,
    });
    ids.collect()
}

/// Binds parameters: what the person set, then what the cause says, then what an earlier plan of the incident had.
fn params(
    operation: &Operation,
    incident: &Incident,
    shelved: &Shelved,
    found: &survey::Survey,
    order: &Order,
) -> Result<BTreeMap<String, Id>, DriveError> {
    let mut params = order.set.clone();
    let Some((subject, _)) = shelved.runbook.params.iter().find(|(_, param)| param.from.is_some())
    else {
        return Ok(params);
    };
    if params.contains_key(subject) {
        return Ok(params);
    }
    let causes = found.diagnosis.causes.iter().filter(|it| it.runbook == shelved.runbook.id);
    let subjects: BTreeSet<Id> = causes.map(|cause| cause.subject.clone()).collect();
    match subjects.len() {
        1 => params.extend(subjects.into_iter().map(|id| (subject.clone(), id))),
        0 => params.extend(earlier(operation, incident, &shelved.runbook.id)?),
        _ => {
            return Err(DriveError::SeveralSubjects {
                param: subject.clone(),
                there: subjects.into_iter().collect(),
            });
        }
    }
    Ok(params)
}

/// Returns the parameters of the incident's newest plan of a runbook.
fn earlier(
    operation: &Operation,
    incident: &Incident,
    runbook: &Id,
) -> Result<BTreeMap<String, Id>, DriveError> {
    let records = incident.records()?;
    for record in records.iter().rev() {
        let Event::Planned { digest, runbook: of, .. } = &record.event else { continue };
        if of == runbook {
            let (plan, _) = super::plans::load(incident, digest)?;
            if plan.estate.id == operation.estate.id {
                return Ok(plan.params);
            }
        }
    }
    Ok(BTreeMap::new())
}

/// Returns which ways the branches of the plans that were begun took, by the runbooks' own step names.
fn taken(incident: &Incident) -> Result<BTreeMap<Id, Id>, DriveError> {
    let mut taken = BTreeMap::new();
    for record in incident.records()? {
        let Event::Started { digest, .. } = &record.event else { continue };
        let (plan, _) = super::plans::load(incident, digest)?;
        for step in plan.steps {
            if let Work::Took { way, .. } = step.work {
                taken.insert(step.id, way);
            }
        }
    }
    Ok(taken)
}

/// Returns the longest interval that any tracker asks its clients to wait.
fn announce_interval(evidence: &EvidenceSet) -> Option<Span> {
    let heard = evidence.evidence.iter().filter_map(|it| {
        let Observation::Tracker(tracker) = &it.observation else { return None };
        let seconds = tracker.ending.answer()?.interval_s?;
        u64::try_from(seconds).ok().map(Span::from_secs)
    });
    heard.max()
}

fn changes(plan: &Plan) -> u32 {
    u32::try_from(plan.changes().count()).unwrap_or(u32::MAX)
}
