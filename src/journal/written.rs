//! What an incident's runs left at each record set: the value that they wrote last, and the one that it took the place of.

use std::collections::BTreeMap;

use crate::model::{Change, Direction, End, Event, Id, Plan, Record, RrKey, Rrset, Target, Value};

/// A record set as an incident left it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What people think of: the zone.
    pub object: Id,
    /// The service that holds it.
    pub service: Id,
    /// The zone that was written, fully qualified.
    pub zone: String,
    /// What was there before the incident wrote it first.
    pub first: Rrset,
    /// What was there right before.
    pub before: Rrset,
    /// What was put there.
    pub after: Rrset,
}

impl Written {
    /// Returns each record set that a change writes; none where it writes something else.
    pub fn of(change: &Change) -> Vec<Self> {
        let (Target::Rrsets { service, zone, .. }, Value::Rrsets(before), Value::Rrsets(after)) =
            (&change.target, &change.before, &change.after)
        else {
            return Vec::new();
        };
        let pairs = before.iter().zip(after).map(|(before, after)| Written {
            object: change.object.clone(),
            service: service.clone(),
            zone: zone.clone(),
            first: before.clone(),
            before: before.clone(),
            after: after.clone(),
        });
        pairs.collect()
    }
}

/// Where a record set is: the service, its zone, name and type.
type Place = (Id, String, RrKey);

/// What is known of one place.
struct Known {
    object: Id,
    last: Option<Written>,
    /// A write is under way, or ended so that nobody can say what is there.
    open: bool,
}

impl Known {
    fn of(one: &Written) -> Self {
        Self { object: one.object.clone(), last: None, open: false }
    }
}

/// What an incident left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Every record set that was written, as it was left.
    pub written: Vec<Written>,
    /// Those of which nobody can say what is there, with what people think of.
    pub in_doubt: Vec<(Id, RrKey)>,
}

/// Returns every record set that was written, as it was left; one of which nobody can say what is there is not among them.
///
/// `plans` are those of the incident, by digest.
pub fn written(records: &[Record], plans: &BTreeMap<String, Plan>) -> Vec<Written> {
    left(records, plans).written
}

/// Returns what was left of every record set that was written.
///
/// `plans` are those of the incident, by digest.
pub fn left(records: &[Record], plans: &BTreeMap<String, Plan>) -> Left {
    let mut places: BTreeMap<Place, Known> = BTreeMap::new();
    let mut running: Option<&Plan> = None;
    for record in records {
        if let Event::Started { digest, .. } | Event::Resumed { digest } = &record.event {
            running = plans.get(digest);
        }
        let Some(attempt) = Attempt::of(&record.event) else { continue };
        let change = running.and_then(|plan| attempt.change(plan));
        for one in change.iter().flat_map(Written::of) {
            let place = (one.service.clone(), one.zone.clone(), one.after.key.clone());
            let known = places.entry(place).or_insert_with(|| Known::of(&one));
            known.open = matches!(attempt.end, None | Some(End::Drifted | End::Unreadable));
            if attempt.end == Some(End::Landed) {
                let first = known.last.take().map_or_else(|| one.first.clone(), |last| last.first);
                known.last = Some(Written { first, ..one });
            }
        }
    }
    let mut left = Left::default();
    for ((_, _, key), known) in places {
        if known.open {
            left.in_doubt.push((known.object, key));
        } else {
            left.written.extend(known.last);
        }
    }
    left
}

/// One write of a run: which, where to, and how it ended; `None` while it is under way.
struct Attempt<'a> {
    step: &'a Id,
    change: u32,
    direction: Direction,
    end: Option<End>,
}

impl<'a> Attempt<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        if let Event::Intended { step, change, direction, .. } = event {
            Some(Self { step, change: *change, direction: *direction, end: None })
        } else if let Event::Settled { step, change, direction, end, .. } = event {
            Some(Self { step, change: *change, direction: *direction, end: Some(*end) })
        } else {
            None
        }
    }

    fn change(&self, plan: &Plan) -> Option<Change> {
        let step = plan.steps.iter().find(|step| step.id == *self.step)?;
        let change = step.changes().get(usize::try_from(self.change).ok()?)?;
        Some(change.toward(self.direction))
    }
}
