//! Limits: what a change may touch at most, and what must be left. Held when a plan is pinned, whatever its
//! runbook says; a runbook only tightens them. `docs/design/limits.md` is the rule in words.

use super::breach::Breach;
use super::deed::{Deed, Readings};
use super::health::Health;
use super::tally::{BUILT_IN, Bounds, Tally, Whole, counted};
use crate::model::{
    Change, Estate, Expected, Fact, Id, Limit, LimitKind, Rrset, Target, Value, fully_qualified,
};

/// What a step's changes are held against.
pub struct Held<'a> {
    /// The step.
    pub step: &'a Id,
    /// What its runbook allows.
    pub limit: &'a Limit,
    /// The estate.
    pub estate: &'a Estate,
    /// The facts.
    pub facts: &'a [Fact],
}

impl Held<'_> {
    /// Says which limits a step's changes break by themselves, and on which facts that rests.
    pub fn against(
        &self,
        deed: &Deed,
        changes: &[Change],
        expected: &Expected,
        found: &Readings,
    ) -> (Vec<Breach>, Vec<Id>) {
        let health = Health { estate: self.estate, facts: self.facts };
        let (healthy, used) = health.left(self.limit, changes, expected);
        let empty = deed.empty_source(found).map(|because| (LimitKind::EmptySource, because));
        let found = self
            .top(deed, changes, &health)
            .map(|because| (LimitKind::RootNs, because))
            .into_iter()
            .chain(empty)
            .chain(deleted(changes).map(|because| (LimitKind::AllDeleted, because)))
            .chain(self.records(changes).map(|because| (LimitKind::RecordType, because)))
            .chain(healthy);
        (found.map(|found| self.breach(found)).collect(), used)
    }

    /// Counts a step's changes into the plan's tally and into its runbook step's, and says what is too much.
    pub fn counted(
        &self,
        (deed, changes): (&Deed, &[Change]),
        (plan, step): (&mut Tally, &mut Tally),
        whole: &Whole<'_>,
    ) -> Vec<Breach> {
        let health = Health { estate: self.estate, facts: self.facts };
        let dead = match deed {
            Deed::Trackers(trackers) => {
                trackers.edit.taken().is_some_and(|tracker| health.is_dead(&tracker.id))
            }
            Deed::Delegation(_) | Deed::Apex(_) | Deed::Keys(_) | Deed::Records(_) => false,
        };
        let mut found = Vec::new();
        for (tally, bounds) in [(plan, BUILT_IN), (step, Bounds::of(self.limit))] {
            let before = tally.clone();
            tally.add(deed, changes, dead);
            for crossed in tally.crosses(&before, &bounds, whole) {
                found.push(self.breach(crossed));
            }
        }
        found
    }

    fn breach(&self, (limit, because): (LimitKind, String)) -> Breach {
        Breach { limit, step: self.step.clone(), because }
    }

    /// The name servers at a zone's own top are for one action alone, and it takes none away that may answer.
    fn top(&self, deed: &Deed, changes: &[Change], health: &Health<'_>) -> Option<String> {
        let Deed::Apex(apex) = deed else { return top(changes) };
        let lost: Vec<String> =
            apex.lost(changes).into_iter().filter(|server| !health.is_silent(server)).collect();
        let first = lost.first()?;
        let servers = counted(lost.len(), ["server", "servers"]);
        Some(format!(
            "it would take {servers} that may answer out of the top of a zone (`{first}`); the limit is 0"
        ))
    }

    fn records(&self, changes: &[Change]) -> Option<String> {
        let allowed = &self.limit.records;
        let kinds = changes.iter().flat_map(|change| match &change.target {
            Target::Rrsets { keys, .. } => keys.iter().map(|key| &key.kind).collect(),
            Target::TrackerList { .. } => Vec::new(),
        });
        let fits = |kind: &&String| allowed.iter().any(|it| it.eq_ignore_ascii_case(kind));
        let others: Vec<&String> = kinds.filter(|kind| !fits(kind)).collect();
        let first = others.first().filter(|_| !allowed.is_empty())?;
        let (sets, only) = (counted(others.len(), ["set", "sets"]), allowed.join(", "));
        Some(format!("it would write {first} records ({sets}); the limit is {only}"))
    }
}

/// Finds a change of the NS set at the top of the zone that is written: the zone's own, not a delegation.
fn top(changes: &[Change]) -> Option<String> {
    let mut tops = changes.iter().filter_map(|change| {
        let Target::Rrsets { zone, keys, .. } = &change.target else { return None };
        let zone = fully_qualified(zone);
        let key = keys.iter().find(|key| key.kind == "NS" && fully_qualified(&key.name) == zone)?;
        Some(&key.name)
    });
    let first = tops.next()?;
    let sets = counted(1 + tops.count(), ["NS set", "NS sets"]);
    Some(format!("it would change {sets} at the top of a zone (`{first}`); the limit is 0"))
}

/// Finds record sets and lists of which nothing would be left.
fn deleted(changes: &[Change]) -> Option<String> {
    let served = |set: &Rrset| set.records.iter().filter(|record| !record.disabled).count();
    let mut emptied: Vec<String> = Vec::new();
    for change in changes {
        match (&change.before, &change.after) {
            (Value::Rrsets(before), Value::Rrsets(after)) => {
                let left =
                    |set: &Rrset| after.iter().find(|it| it.key == set.key).map_or(0, served);
                let gone = before.iter().filter(|set| served(set) > 0 && left(set) == 0);
                emptied.extend(gone.map(|set| {
                    let records = counted(served(set), ["record", "records"]);
                    format!("the {} set of `{}` with its {records}", set.key.kind, set.key.name)
                }));
            }
            (Value::Trackers(before), Value::Trackers(after)) => {
                if !before.is_empty() && after.is_empty() {
                    emptied.push("a torrent's last trackers".to_owned());
                }
            }
            (Value::Rrsets(_) | Value::Trackers(_), _) => {}
        }
    }
    let first = emptied.first()?;
    let whole = counted(emptied.len(), ["set or list", "sets or lists"]);
    Some(format!("it would delete {whole} wholly, first {first}; the limit is 0"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RrContent, RrKey, Span};

    /// A change of one set of `test.` from these records to those.
    fn change(name: &str, kind: &str, before: &[(&str, bool)], after: &[(&str, bool)]) -> Change {
        let key = RrKey { name: name.to_owned(), kind: kind.to_owned() };
        let set = |records: &[(&str, bool)]| {
            let record = |(content, disabled): &(&str, bool)| RrContent {
                content: (*content).to_owned(),
                disabled: *disabled,
                beside: None,
            };
            let records = records.iter().map(record).collect();
            Value::Rrsets(vec![Rrset { key: key.clone(), ttl: 60, records, comments: Vec::new() }])
        };
        Change {
            target: Target::Rrsets {
                service: "s".into(),
                zone: "test.".into(),
                keys: vec![key.clone()],
            },
            object: "z".into(),
            before: set(before),
            after: set(after),
            timeout: Span::default(),
            settle: Span::default(),
            conditional: false,
        }
    }

    #[test]
    fn a_set_that_loses_its_last_served_record_is_deleted() {
        let (one, none) = ([("ns1.b.test.", false)], [("ns1.b.test.", true)]);
        for kind in ["NS", "A"] {
            for after in [&[][..], &none] {
                assert!(deleted(&[change("z.test.", kind, &one, after)]).is_some(), "{after:?}");
            }
        }
        assert_eq!(deleted(&[change("z.test.", "NS", &one, &one)]), None);
        assert_eq!(deleted(&[change("z.test.", "A", &[], &[])]), None, "nothing was there");
        assert_eq!(deleted(&[change("z.test.", "A", &none, &[])]), None, "nothing was served");
    }

    #[test]
    fn the_top_of_a_zone_is_no_delegation() {
        let one = [("ns1.b.test.", false)];
        assert!(top(&[change("test.", "NS", &one, &one)]).is_some());
        assert_eq!(top(&[change("z.test.", "NS", &one, &one)]), None);
        assert_eq!(top(&[change("test.", "A", &one, &one)]), None);
    }
}
