//! JSON envelopes, `lifeboat.<thing>/v1`. What is one document stands on several lines; a journal's record on one.

use serde::Serialize;
use serde_json::{Error, json};

use super::delta::Against;
use super::incident::Shown;
use super::plan::Seal;
use crate::model::{
    Change, Diagnosis, Id, Plan, Readiness, Record, ScreenText, Severity, Work, ZoneDiff,
    ZoneParity, ZonePatch, ZoneSnapshot,
};
use crate::view::{
    Chronicle, Difference, Entry, Handoff, Postmortem, Score, State, Status, sentence,
};

/// A view with its schema beside its keys.
#[derive(Serialize)]
struct Envelope<'a, T: Serialize> {
    schema: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

fn whole<T: Serialize>(schema: &'static str, body: &T) -> Result<ScreenText, Error> {
    let text = serde_json::to_string_pretty(&Envelope { schema, body })?;
    Ok(ScreenText::json(&text).ended())
}

/// Writes `lifeboat.zone-snapshot/v1`: what became of each copy.
///
/// # Errors
/// As [`plan`].
pub fn zone_snapshots(copies: &[ZoneSnapshot]) -> Result<ScreenText, Error> {
    whole("lifeboat.zone-snapshot/v1", &json!({ "copies": copies }))
}

/// Writes `lifeboat.zone-diff/v1`: each pair of copies, and the commit that git's were read from.
///
/// # Errors
/// As [`plan`].
pub fn zone_diffs(zones: &[ZoneDiff], commit: Option<&str>) -> Result<ScreenText, Error> {
    whole("lifeboat.zone-diff/v1", &json!({ "commit": commit, "zones": zones }))
}

/// Writes `lifeboat.zone-parity/v1`: each provider's copy, and the commit that git's were read from.
///
/// # Errors
/// As [`plan`].
pub fn zone_parities(copies: &[ZoneParity], commit: Option<&str>) -> Result<ScreenText, Error> {
    whole("lifeboat.zone-parity/v1", &json!({ "commit": commit, "copies": copies }))
}

/// Writes `lifeboat.zone-patch/v1`: for each zone what an incident changed, for the source of whoever else writes it.
///
/// # Errors
/// As [`plan`].
pub fn zone_patches(incident: &Id, patches: &[ZonePatch]) -> Result<ScreenText, Error> {
    whole("lifeboat.zone-patch/v1", &json!({ "incident": incident, "patches": patches }))
}

/// One change of a plan with the step that makes it.
#[derive(Serialize)]
struct PlannedOne<'a> {
    step: &'a Id,
    #[serde(flatten)]
    change: &'a Change,
}

#[derive(Serialize)]
struct PlanBody<'a> {
    digest: &'a str,
    short: &'a str,
    words: &'a str,
    target: &'a Id,
    path: &'a str,
    changes: Vec<PlannedOne<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<serde_json::Value>,
    plan: &'a Plan,
}

/// Writes `lifeboat.plan/v1`: the seal, every change in order, what differs from an earlier plan, and the whole plan.
///
/// # Errors
/// When a value has no JSON form; none of ours lacks one.
pub fn plan(
    plan: &Plan,
    seal: &Seal<'_>,
    against: Option<&Against<'_>>,
) -> Result<ScreenText, Error> {
    let mut changes = Vec::new();
    for step in &plan.steps {
        if let Work::Change(planned) = &step.work {
            let step = &step.id;
            changes.extend(planned.changes.iter().map(|change| PlannedOne { step, change }));
        }
    }
    let Seal { hex: digest, short, words, path } = *seal;
    let target = &plan.target;
    let against = against.map(differences);
    let body = PlanBody { digest, short, words, target, path, changes, against, plan };
    whole("lifeboat.plan/v1", &body)
}

/// Lists what differs from an earlier plan; `same` is true where nothing does but times and how facts were measured.
fn differences(against: &Against<'_>) -> serde_json::Value {
    let one = |it: &Difference| json!({"path": it.place(), "before": it.before, "after": it.after});
    let all: Vec<serde_json::Value> = against.differences.iter().map(one).collect();
    let Seal { hex, short, .. } = against.seal;
    json!({"digest": hex, "short": short, "same": against.same(), "differences": all})
}

/// Writes `lifeboat.diagnosis/v1`; it is an envelope already.
///
/// # Errors
/// As [`plan`].
pub fn diagnosis(diagnosis: &Diagnosis) -> Result<ScreenText, Error> {
    Ok(ScreenText::json(&serde_json::to_string_pretty(diagnosis)?).ended())
}

/// Writes `lifeboat.ready/v1`; it is an envelope already.
///
/// # Errors
/// As [`plan`].
pub fn readiness(report: &Readiness) -> Result<ScreenText, Error> {
    Ok(ScreenText::json(&serde_json::to_string_pretty(report)?).ended())
}

#[derive(Serialize)]
struct IncidentRow<'a> {
    incident: &'a Id,
    title: &'a str,
    severity: Option<Severity>,
    estate: &'a Id,
    exercise: bool,
    state: State,
    open: bool,
    declared: Option<jiff::Timestamp>,
    directory: &'a str,
}

#[derive(Serialize)]
struct Incidents<'a> {
    incidents: Vec<IncidentRow<'a>>,
}

fn row<'a>(shown: &Shown<'a>) -> IncidentRow<'a> {
    let Chronicle { incident, title, severity, estate, exercise, state, times, .. } =
        shown.chronicle;
    IncidentRow {
        incident,
        title,
        severity: *severity,
        estate,
        exercise: *exercise,
        state: *state,
        open: *state != State::Closed,
        declared: times.declared,
        directory: shown.directory,
    }
}

/// Writes `lifeboat.incidents/v1`.
///
/// # Errors
/// As [`plan`].
pub fn incidents(incidents: &[Shown<'_>]) -> Result<ScreenText, Error> {
    let incidents = incidents.iter().map(row).collect();
    whole("lifeboat.incidents/v1", &Incidents { incidents })
}

/// Writes `lifeboat.status/v1`.
///
/// # Errors
/// As [`plan`].
pub fn status(status: &Status) -> Result<ScreenText, Error> {
    whole("lifeboat.status/v1", status)
}

#[derive(Serialize)]
struct Timeline<'a> {
    incident: &'a Id,
    exercise: bool,
    timeline: &'a [Entry],
}

/// Writes `lifeboat.timeline/v1`.
///
/// # Errors
/// As [`plan`].
pub fn timeline(chronicle: &Chronicle) -> Result<ScreenText, Error> {
    let Chronicle { incident, exercise, timeline, .. } = chronicle;
    whole("lifeboat.timeline/v1", &Timeline { incident, exercise: *exercise, timeline })
}

/// Writes `lifeboat.postmortem/v1`.
///
/// # Errors
/// As [`plan`].
pub fn postmortem(postmortem: &Postmortem) -> Result<ScreenText, Error> {
    whole("lifeboat.postmortem/v1", postmortem)
}

/// Writes `lifeboat.handoff/v1`.
///
/// # Errors
/// As [`plan`].
pub fn handoff(handoff: &Handoff) -> Result<ScreenText, Error> {
    whole("lifeboat.handoff/v1", handoff)
}

/// Writes `lifeboat.score/v1`.
///
/// # Errors
/// As [`plan`].
pub fn score(score: &Score) -> Result<ScreenText, Error> {
    whole("lifeboat.score/v1", score)
}

#[derive(Serialize)]
struct EventLine<'a> {
    schema: &'static str,
    exercise: bool,
    sentence: Option<String>,
    #[serde(flatten)]
    record: &'a Record,
}

/// Writes one record of a run as a line, `lifeboat.event/v1`.
///
/// # Errors
/// As [`plan`].
pub fn event(record: &Record, exercise: bool) -> Result<ScreenText, Error> {
    let sentence = sentence(&record.event);
    let schema = "lifeboat.event/v1";
    let line = serde_json::to_string(&EventLine { schema, exercise, sentence, record })?;
    Ok(ScreenText::json(&line).ended())
}
