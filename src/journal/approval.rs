//! Which yes of a journal still counts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::{ApprovalProof, Direction, Event, Id, Mode, Record, Span, glass_reason};

/// What the journal says of its incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: Id,
    /// Its estate.
    pub estate: Id,
    /// Live or drill.
    pub mode: Mode,
    /// Whether it was closed.
    pub closed: bool,
}

/// Returns the incident that a journal is of.
pub fn incident(records: &[Record]) -> Option<Incident> {
    let mut found = None;
    for record in records {
        if let Event::Declared { incident, estate, mode, .. } = &record.event {
            let (id, estate) = (incident.clone(), estate.clone());
            found = Some(Incident { id, estate, mode: *mode, closed: false });
        } else if let (Event::Closed { .. }, Some(incident)) = (&record.event, &mut found) {
            incident.closed = true;
        }
    }
    found
}

/// What of a journal's approvals somebody has verified just now: by record, the key that signed it; and which rest on
/// a standing approval that covers the plan.
///
/// The record alone says nothing; without this, no signature and no standing approval counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vouched {
    keys: BTreeMap<u64, String>,
    standing: BTreeSet<u64>,
}

impl Vouched {
    /// Adds a record whose signature was verified, with its key's fingerprint.
    pub fn add(&mut self, seq: u64, key: String) {
        self.keys.insert(seq, key);
    }

    /// Adds a record whose standing approval covers the plan now.
    pub fn add_standing(&mut self, seq: u64) {
        self.standing.insert(seq);
    }

    /// Tells whether a record's standing approval covers the plan now.
    pub fn stands(&self, seq: u64) -> bool {
        self.standing.contains(&seq)
    }

    /// Returns the fingerprint of the key that signed a record.
    pub fn key(&self, seq: u64) -> Option<&str> {
        self.keys.get(&seq).map(String::as_str)
    }
}

/// One person's yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yes {
    /// Its record.
    pub seq: u64,
    /// Who.
    pub by: String,
    /// What proves it.
    pub means: ApprovalProof,
    /// Whether it rests on a standing approval, and is nobody's own.
    pub alone: bool,
    /// Until when (UTC).
    pub expires: Timestamp,
    /// Whether a run has used it up.
    pub spent: bool,
    /// Whether its time is over; a clock that was set back revives nothing.
    pub expired: bool,
}

impl Yes {
    /// Tells whether it still counts.
    pub const fn counts(&self) -> bool {
        !self.spent && !self.expired
    }
}

/// Returns the later of a clock and a journal's newest record: a clock that is set back revives nothing.
fn later(records: &[Record], now: Timestamp) -> Timestamp {
    let latest = records.iter().map(|record| record.at).max();
    latest.map_or(now, |latest| latest.max(now))
}

/// Returns each person's last yes of every kind to a plan in a direction, the dead ones too, to say why they do not count.
pub fn yeses(records: &[Record], digest: &str, toward: Direction, now: Timestamp) -> Vec<Yes> {
    let now = later(records, now);
    let mut given: BTreeMap<(&str, bool, ApprovalProof), Yes> = BTreeMap::new();
    for record in records {
        if let Event::Started { digest: of, direction } = &record.event
            && of == digest
            && *direction == toward
        {
            given.values_mut().for_each(|yes| yes.spent = true);
        }
        let Event::Approved { digest: of, by, means, direction, expires, standing, .. } =
            &record.event
        else {
            continue;
        };
        if of == digest && *direction == toward {
            let (alone, spent, expired) = (standing.is_some(), false, *expires <= now);
            let yes = Yes {
                seq: record.seq,
                by: by.clone(),
                means: *means,
                alone,
                expires: *expires,
                spent,
                expired,
            };
            given.insert((by.as_str(), alone, *means), yes);
        }
    }
    given.into_values().collect()
}

/// A broken glass: whoever stands in for the people that are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glass {
    /// Its record.
    pub seq: u64,
    /// Who broke it.
    pub by: String,
    /// Until when (UTC).
    pub expires: Timestamp,
    /// Whether a run has used it up.
    pub spent: bool,
    /// Whether its time is over; a clock that was set back revives nothing.
    pub expired: bool,
}

impl Glass {
    /// Tells whether it still counts.
    pub const fn counts(&self) -> bool {
        !self.spent && !self.expired
    }
}

/// Returns the last glass that was broken for a plan in a direction, the dead one too. Whatever its record says, it
/// holds no longer than `longest` after it was broken, and one without a whole reason is none.
pub fn broken_glass(
    records: &[Record],
    digest: &str,
    toward: Direction,
    longest: Span,
    now: Timestamp,
) -> Option<Glass> {
    let now = later(records, now);
    let mut last: Option<Glass> = None;
    for record in records {
        if let Event::Started { digest: of, direction } = &record.event
            && of == digest
            && *direction == toward
        {
            last = last.map(|glass| Glass { spent: true, ..glass });
        }
        if let Event::BrokeGlass { digest: of, by, direction, reason, expires, .. } = &record.event
            && of == digest
            && *direction == toward
            && glass_reason(reason).is_ok()
        {
            let expires = longest.after(record.at).min(*expires);
            let (seq, by) = (record.seq, by.clone());
            last = Some(Glass { seq, by, expires, spent: false, expired: expires <= now });
        }
    }
    last
}
