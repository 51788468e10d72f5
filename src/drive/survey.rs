//! A survey: probe everything, say what is so, and explain it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{DriveError, Operation, stands, zones};
use crate::diagnose::{self, Case};
use crate::model::{
    Diagnosis, Event, EvidenceSet, Fact, FactKind, Guard, Id, ProbeKind, Since, Span,
};
use crate::net::{Deadline, Stopwatch};
use crate::probe::{self, Against};
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
    /// What git has of zones, and what was read of them whole.
    pub against: Against,
}

/// What a survey looks at.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// What is probed.
    pub kinds: &'a [ProbeKind],
    /// Whether zones are read whole at their services: held against git, and against what the incident left there.
    pub whole: bool,
}

impl Sought<'static> {
    /// Everything that there is to see.
    pub const EVERYTHING: Self = Self { kinds: &ProbeKind::ALL, whole: true };
}

impl<'a> Sought<'a> {
    /// These kinds, without reading zones whole.
    pub const fn lightly(kinds: &'a [ProbeKind]) -> Self {
        Self { kinds, whole: false }
    }

    /// What a guard needs of these kinds; nothing where it speaks of the journal alone.
    fn of(kinds: &'a [ProbeKind], guard: &Guard) -> Option<Self> {
        let facts: BTreeSet<FactKind> =
            guard.queries().into_iter().map(|query| query.kind).collect();
        let whole = facts.iter().any(|fact| WHOLE.contains(fact));
        facts.iter().any(|fact| fact.probe().is_some()).then_some(Self { kinds, whole })
    }
}

/// The facts that whole zones tell.
const WHOLE: [FactKind; 3] =
    [FactKind::ZoneParity, FactKind::ZoneOriginHidden, FactKind::ChangeStands];

/// Probes, and explains what is seen; an open incident adds what its journal says.
///
/// # Errors
/// What the disk said. A world that does not answer is no error but a finding.
pub async fn survey(
    operation: &Operation,
    sought: Sought<'_>,
    deadline: Span,
    incident: Option<&Incident>,
) -> Result<Survey, DriveError> {
    let busy = operation.field.clock.busy();
    let (at, watch) = (operation.field.clock.now(), Stopwatch::start());
    let (evidence, facts, since, against) =
        sight(operation, sought, deadline, incident, at).await?;
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
    Ok(Survey { evidence, facts, since, diagnosis, against })
}

/// Probes, and says what is so.
///
/// # Errors
/// As [`survey`].
pub async fn seen(
    operation: &Operation,
    sought: Sought<'_>,
    deadline: Span,
    incident: &Incident,
) -> Result<Seen, DriveError> {
    let busy = operation.field.clock.busy();
    let now = operation.field.clock.now();
    let (evidence, facts, since, _) =
        sight(operation, sought, deadline, Some(incident), now).await?;
    drop(busy);
    Ok(Seen { facts, since, evidence: Some(evidence) })
}

async fn sight(
    operation: &Operation,
    sought: Sought<'_>,
    deadline: Span,
    incident: Option<&Incident>,
    at: Timestamp,
) -> Result<(EvidenceSet, Vec<Fact>, Since, Against), DriveError> {
    let against = if sought.whole { zones::against(operation) } else { Against::default() };
    let (evidence, left) = tokio::join!(
        look(operation, sought.kinds, &against, deadline),
        as_left(operation, (sought, &against), deadline, incident, at)
    );
    let mut facts = facts(operation, &evidence, incident, at)?;
    if !sought.whole {
        // Half a look at a zone is none.
        facts.retain(|fact| !WHOLE.contains(&fact.kind));
    }
    facts.extend(left?);
    number(&mut facts);
    let since = keep_since(operation, &facts, at);
    Ok((evidence, facts, since, against))
}

/// What a guard is held against.
pub struct Seen {
    /// What the world and the journal say.
    pub facts: Vec<Fact>,
    /// Since when facts have been as they are.
    pub since: Since,
    /// What came back, where the world was asked.
    pub evidence: Option<EvidenceSet>,
}

/// Looks for what a guard speaks of; the world is not asked for what only the journal knows.
///
/// # Errors
/// As [`survey`].
pub async fn see(
    operation: &Operation,
    guard: &Guard,
    kinds: &[ProbeKind],
    deadline: Span,
    incident: &Incident,
) -> Result<Seen, DriveError> {
    if let Some(sought) = Sought::of(kinds, guard) {
        return seen(operation, sought, deadline, incident).await;
    }
    let now = operation.field.clock.now();
    let mut facts = crate::journal::facts(&incident.records()?, now);
    number(&mut facts);
    let since = keep_since(operation, &facts, now);
    Ok(Seen { facts, since, evidence: None })
}

/// Says whether what the incident changed is there still, within the budget of one target.
async fn as_left(
    operation: &Operation,
    (sought, against): (Sought<'_>, &Against),
    deadline: Span,
    incident: Option<&Incident>,
    now: Timestamp,
) -> Result<Vec<Fact>, DriveError> {
    let wanted = sought.whole && sought.kinds.contains(&ProbeKind::Dns);
    let Some(incident) = incident.filter(|_| wanted) else {
        return Ok(Vec::new());
    };
    let until = deadline.min(operation.estate.probing.target_budget);
    let until = Deadline::after(until.duration());
    stands::facts(operation, incident, against, until, now).await
}

/// Probes alone.
pub async fn look(
    operation: &Operation,
    kinds: &[ProbeKind],
    against: &Against,
    deadline: Span,
) -> EvidenceSet {
    let deadline = Deadline::after(deadline.duration());
    let table = operation.as_table.as_ref();
    let (estate, field) = (&operation.estate, &operation.field);
    probe::probe_against(against, estate, field, kinds, table, deadline).await
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
