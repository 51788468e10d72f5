//! What the journal itself knows, as facts that guards may ask for.

use jiff::Timestamp;

use super::approval;
use crate::model::{Direction, Event, Fact, FactKind, Id, Outcome, Phase, Record, Truth};

/// Returns the facts about the incident; what no record can tell is unknown.
pub fn facts(records: &[Record], now: Timestamp) -> Vec<Fact> {
    let incident = approval::incident(records);
    let subject = incident.as_ref().map_or_else(Id::default, |it| it.estate.clone());
    let open = incident.is_some_and(|it| !it.closed);
    let resolved = records.iter().any(|it| matches!(it.event, Event::Resolved { .. }));
    let done = |phase| Truth::of(has_ended_well(records, phase));
    let all = [
        (FactKind::IncidentDeclared, Truth::of(open), "the journal says whether one is open"),
        (FactKind::ImmediateDone, done(Phase::Immediate), "the runs of the immediate phase"),
        (FactKind::RecoveryDone, done(Phase::Recovery), "the runs of the recovery phase"),
        (FactKind::IncidentResolved, Truth::of(resolved), "whether it was marked as resolved"),
        (FactKind::PostmortemAccepted, Truth::Unknown, "the journal does not record this"),
        (FactKind::ActionsAllOwned, Truth::Unknown, "the journal does not record this"),
    ];
    let make = |(number, (kind, truth, because)): (usize, (FactKind, Truth, &str))| Fact {
        id: Id::new(format!("j{}", number + 1)),
        kind,
        subject: subject.clone(),
        object: None,
        vantage: Id::from("journal"),
        at: now,
        truth,
        measure: None,
        because: because.to_owned(),
        from: Vec::new(),
    };
    all.into_iter().enumerate().map(make).collect()
}

/// Tells whether the last run of a phase's plans ended well and was not undone since.
fn has_ended_well(records: &[Record], phase: Phase) -> bool {
    let mut plans = Vec::new();
    let (mut running, mut done) = (Direction::Do, false);
    for record in records {
        if let Event::Planned { digest, phase: of, .. } = &record.event
            && *of == phase
        {
            plans.push(digest);
        } else if let Event::Started { digest, direction } = &record.event
            && plans.contains(&digest)
        {
            running = *direction;
        } else if let Event::Finished { digest, outcome } = &record.event
            && plans.contains(&digest)
        {
            done = match (running, outcome) {
                (Direction::Do, Outcome::Completed) => true,
                (_, Outcome::Undone) => false,
                (_, Outcome::Completed | Outcome::Held | Outcome::Refused) => done,
            };
        }
    }
    done
}
