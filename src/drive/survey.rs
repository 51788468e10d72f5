//! A survey: probe everything, say what is so, and explain it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{DriveError, Operation, stands, zones};
use crate::diagnose::{self, Case};
use crate::model::{Diagnosis, Event, EvidenceSet, Fact, Id, ProbeKind, Since, Span};
use crate::net::{Deadline, Stopwatch};
use crate::probe;
use crate::store::{Incident, StoreError, since};

/// What a survey found.
pub struct Survey {
    /// What came back.
    pub evidence: EvidenceSet,
    /// What it says, with what the journal says.
    pub facts: Vec<Fact>,
    /// Since when facts have been as they are.
    pub since: Since,
    /// The explanation.
    pub diagnosis: Diagnosis,
}

/// Probes, and explains what is seen; an open incident adds what its journal says.
///
/// # Errors
/// What the disk said. A world that does not answer is no error but a finding.
pub async fn survey(
    operation: &Operation,
    kinds: &[ProbeKind],
    deadline: Span,
    incident: Option<&Incident>,
) -> Result<Survey, DriveError> {
    let busy = operation.field.clock.busy();
    let (at, watch) = (operation.field.clock.now(), Stopwatch::start());
    let (evidence, left) = tokio::join!(
        look(operation, kinds, deadline),
        as_left(operation, kinds, deadline, incident, at)
    );
    let mut facts = facts(operation, &evidence, incident, at)?;
    facts.extend(left?);
    number(&mut facts);
    let since = keep_since(operation, &facts, at);
    let runbooks = operation.explaining();
    let diagnosis = diagnose::diagnose(&Case {
        estate: &operation.estate,
        runbooks: &runbooks,
        facts: &facts,
        since: &since,
        as_table: operation.as_table.as_ref(),
        at,
        took_ms: u64::try_from(watch.took().as_millis()).unwrap_or(u64::MAX),
        budget_ms: operation.estate.probing.target_budget.as_millis(),
    });
    drop(busy);
    Ok(Survey { evidence, facts, since, diagnosis })
}

/// Says whether what the incident changed is there still, within the budget of one target.
async fn as_left(
    operation: &Operation,
    kinds: &[ProbeKind],
    deadline: Span,
    incident: Option<&Incident>,
    now: Timestamp,
) -> Result<Vec<Fact>, DriveError> {
    let Some(incident) = incident.filter(|_| kinds.contains(&ProbeKind::Dns)) else {
        return Ok(Vec::new());
    };
    let until = deadline.min(operation.estate.probing.target_budget);
    stands::facts(operation, incident, Deadline::after(until.duration()), now).await
}

/// Probes alone.
pub async fn look(operation: &Operation, kinds: &[ProbeKind], deadline: Span) -> EvidenceSet {
    let deadline = Deadline::after(deadline.duration());
    let table = operation.as_table.as_ref();
    let references = zones::references(operation);
    let (estate, field) = (&operation.estate, &operation.field);
    probe::probe_against(&references, estate, field, kinds, table, deadline).await
}

/// Says what the evidence and the journal say; ids run through both.
pub fn facts(
    operation: &Operation,
    evidence: &EvidenceSet,
    incident: Option<&Incident>,
    now: Timestamp,
) -> Result<Vec<Fact>, DriveError> {
    let mut facts = diagnose::facts(
        &operation.estate,
        &evidence.evidence,
        operation.baseline.as_ref(),
        operation.as_table.as_ref(),
        now,
    );
    if let Some(incident) = incident {
        facts.extend(crate::journal::facts(&incident.records()?, now));
    }
    number(&mut facts);
    Ok(facts)
}

/// Gives an id to each fact that has none, or another one's.
fn number(facts: &mut [Fact]) {
    let mut taken: BTreeSet<Id> = BTreeSet::new();
    for (index, fact) in facts.iter_mut().enumerate() {
        if !taken.insert(fact.id.clone()) || fact.id.as_str().is_empty() {
            fact.id = Id::new(format!("f{}", index + 1));
            taken.insert(fact.id.clone());
        }
    }
}

/// Remembers since when facts have been so; a disk that cannot keep it costs the memory, not the survey.
fn keep_since(operation: &Operation, facts: &[Fact], now: Timestamp) -> Since {
    since::update(&operation.incidents.since_path(), facts, now).0
}

/// Writes a verdict into the journal, on top of the transcript of what came back; returns why that was not kept.
///
/// # Errors
/// What kept the record from being written.
pub fn record(
    operation: &Operation,
    incident: &Incident,
    found: &Survey,
) -> Result<Option<StoreError>, StoreError> {
    let (evidence, lost) = match incident.keep_transcript(&diagnose::transcript(&found.evidence)) {
        Ok(hash) => (Some(hash), None),
        Err(error) => (None, Some(error)),
    };
    incident.append(as_event(&found.diagnosis, evidence), operation.field.clock.now())?;
    Ok(lost)
}

/// Returns a diagnosis as the journal keeps it.
fn as_event(diagnosis: &Diagnosis, evidence: Option<String>) -> Event {
    let rests_on =
        |fact: &&Fact| diagnosis.causes.iter().any(|cause| cause.supporting.contains(&fact.id));
    Event::Diagnosed {
        verdict: diagnosis.verdict,
        advice: diagnosis.advice,
        since: diagnosis.since,
        causes: diagnosis.causes.clone(),
        because: diagnosis.facts.iter().filter(rests_on).map(|fact| fact.because.clone()).collect(),
        evidence,
    }
}
