//! Judging a guard in the middle of a run: look again, then hold the guard against what is seen.

use std::collections::BTreeMap;

use super::survey::{self, Sought};
use super::{DriveError, Operation};
use crate::engine::Input;
use crate::model::{
    EvidenceSet, Expected, Fact, Ground, Guard, Id, Judgement, LimitKind, Plan, PlannedChange,
    ProbeKind, Since, Span, Work,
};
use crate::plan::gates::Gates;
use crate::plan::health::{self, Health};
use crate::store::Incident;

/// Looks, and judges a guard of a plan; returns as well what came back, where the world was asked.
///
/// # Errors
/// What the disk said.
pub async fn judge(
    operation: &Operation,
    incident: &Incident,
    plan: &Plan,
    guard: &Guard,
    probes: &[ProbeKind],
) -> Result<(Input, Option<EvidenceSet>), DriveError> {
    let kinds = if probes.is_empty() { &ProbeKind::ALL[..] } else { probes };
    let seen = survey::see(operation, guard, kinds, within(operation), incident).await?;
    let judged = held(operation, plan, guard, (&seen.facts, &seen.since));
    let because = because(guard, &judged, &seen.facts);
    Ok((Input::Judged { truth: judged.truth, because }, seen.evidence))
}

/// Holds a guard of a plan against facts, and since when they have been so.
pub fn held(
    operation: &Operation,
    plan: &Plan,
    guard: &Guard,
    (facts, since): (&[Fact], &Since),
) -> Judgement {
    let taken = plan.steps.iter().filter_map(|step| match &step.work {
        Work::Took { way, .. } => Some((step.id.clone(), way.clone())),
        Work::Check { .. }
        | Work::Ask(_)
        | Work::Change(_)
        | Work::Message { .. }
        | Work::Wait { .. } => None,
    });
    let taken: BTreeMap<_, _> = taken.collect();
    guard.judge(&Ground {
        facts,
        bindings: &plan.params,
        taken: &taken,
        since,
        now: operation.field.clock.now(),
    })
}

/// Says what forbids the next step by what is seen now: since the plan was pinned, who must be left may have died, a
/// signature may have run out, the domain may be held. Nothing is said where nothing depends on it, and of what the
/// plan goes past with a reason.
///
/// # Errors
/// What the disk said.
pub async fn forbids(
    operation: &Operation,
    incident: &Incident,
    plan: &Plan,
    (step, planned): (&Id, &PlannedChange),
) -> Result<Option<String>, DriveError> {
    let (estate, expected) = (&operation.estate, &planned.verify.expected);
    let comes = !Gates { estate, facts: &[] }.coming(expected).is_empty();
    if !health::matters(planned) && !comes {
        return Ok(None);
    }
    let kinds = match expected {
        Expected::Delegation { .. } => &[ProbeKind::Dns, ProbeKind::Registry][..],
        Expected::Top { .. } | Expected::Records { .. } => &[ProbeKind::Dns],
        Expected::Listed { .. } => &[ProbeKind::Trackers],
    };
    // Only who comes into a delegation is held to be alike, and to show nothing hidden.
    let sought = Sought { kinds, whole: comes };
    let found = survey::seen(operation, sought, within(operation), incident).await?;
    let (healthy, gates) =
        (Health { estate, facts: &found.facts }, Gates { estate, facts: &found.facts });
    let passage = gates.of_change(expected);
    if let Some(because) = passage.hold {
        return Ok(Some(format!("the domain is held by now: {because}")));
    }
    let mut broken = health::broken(planned, &healthy).into_iter().chain(passage.broken);
    let overridden =
        |limit: LimitKind| plan.overrides.iter().any(|it| it.limit == limit && it.step == *step);
    let shut = broken.find(|(limit, _)| !overridden(*limit));
    Ok(shut
        .map(|(limit, because)| format!("the limit `{}` holds no longer: {because}", limit.name())))
}

/// How long a look in the middle of a run may take.
fn within(operation: &Operation) -> Span {
    Span::from_millis(operation.estate.probing.target_budget.as_millis() * 2 + 1_000)
}

/// Says on what a judgement rests.
fn because(guard: &Guard, judged: &Judgement, facts: &[Fact]) -> String {
    let used = facts.iter().filter(|fact| judged.used.contains(&fact.id));
    let reasons: Vec<&str> = used.map(|fact| fact.because.as_str()).collect();
    let unknown: Vec<&str> = judged.missing.iter().map(crate::model::Id::as_str).collect();
    match (reasons.is_empty(), unknown.is_empty()) {
        (true, true) => format!("`{guard}` is {}", judged.truth),
        (true, false) => {
            format!("`{guard}` is {}; nobody knows {}", judged.truth, unknown.join(", "))
        }
        (false, _) => format!("`{guard}` is {}: {}", judged.truth, reasons.join("; ")),
    }
}
