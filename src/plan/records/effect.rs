//! When users notice other record sets: at once where nobody is sent, else when caches let go of what they hold.

use super::{Edit, Records};
use crate::model::{Change, Effect, Fact, FactKind, Forecast, Id, Rrset, Span, Truth, Value};
use crate::plan::forecast::{RECORD, add, half, lasting, longest, slowest, written};

/// How long the servers of a provider may take to answer what was written there.
pub const TAKING_UP: Span = Span::from_secs(60);

/// Returns when users notice, and the facts that it rests on.
pub fn forecast(
    records: &Records,
    effect: &Effect,
    facts: &[Fact],
    changes: &[Change],
) -> (Forecast, Vec<Id>) {
    let (stands_by, mut from) = stands_by(records, facts);
    if stands_by {
        return (at_once(), from);
    }
    let (measured, more) = longest(facts, FactKind::DnsRecordTtl, &records.zone.id);
    from.extend(more);
    let (kept, mut because) =
        lasting(effect.record_ttl, held(changes).or(measured), RECORD, "records are kept");
    let (denial, more) = longest(facts, FactKind::DnsNegativeTtl, &records.zone.id);
    let denial = denial.filter(|_| comes(changes));
    if let Some(denial) = denial {
        from.extend(more);
        because.push_str(&format!("; denials are kept for {denial}"));
    }
    (kept_for(kept.max(denial.unwrap_or_default()), because), from)
}

/// Returns when the reversal of changes takes effect: caches hold by then what the changes wrote.
pub fn back(records: &Records, effect: &Effect, facts: &[Fact], changes: &[Change]) -> Forecast {
    if stands_by(records, facts).0 {
        return at_once();
    }
    let kept = if changes.is_empty() {
        let (measured, _) = longest(facts, FactKind::DnsRecordTtl, &records.zone.id);
        slowest(effect.record_ttl, measured, RECORD)
    } else {
        slowest(effect.record_ttl, Some(written(changes)), RECORD)
    };
    kept_for(kept, format!("caches keep what was written for {kept}"))
}

/// Returns for how long caches hold what was lowered: until then nothing that it was lowered for may follow.
pub fn caches(records: &Records, facts: &[Fact], changes: &[Change]) -> Option<Span> {
    let awaited = records.edit == Edit::LowerTtl && !stands_by(records, facts).0;
    held(changes).filter(|_| awaited)
}

/// Tells whether no resolver is sent to the provider: somebody looked, and nobody saw it delegated.
fn stands_by(records: &Records, facts: &[Fact]) -> (bool, Vec<Id>) {
    let of = |fact: &&Fact| {
        fact.kind == FactKind::DnsDelegated
            && fact.subject == records.zone.id
            && fact.object.as_ref() == Some(&records.at.id)
    };
    let seen: Vec<&Fact> = facts.iter().filter(of).collect();
    let none = !seen.is_empty() && seen.iter().all(|fact| fact.truth == Truth::False);
    (none, seen.into_iter().map(|fact| fact.id.clone()).collect())
}

fn at_once() -> Forecast {
    let because =
        format!("nobody is sent there while it stands by; its servers take up to {TAKING_UP}");
    Forecast {
        earliest: Span::default(),
        likely: Span::default(),
        latest: TAKING_UP,
        because,
        resolvers: Vec::new(),
    }
}

fn kept_for(kept: Span, because: String) -> Forecast {
    Forecast {
        earliest: Span::default(),
        likely: half(kept),
        latest: add(kept, TAKING_UP),
        because: format!("{because}; and the servers take up to {TAKING_UP} more"),
        resolvers: Vec::new(),
    }
}

/// Returns the longest time to live of what is there before; nothing where nobody has looked yet.
fn held(changes: &[Change]) -> Option<Span> {
    let longest = sets(changes, |change| &change.before).map(|set| u64::from(set.ttl)).max()?;
    Some(Span::from_secs(longest))
}

/// Tells whether a record set comes that is not there yet.
fn comes(changes: &[Change]) -> bool {
    changes.is_empty() || sets(changes, |change| &change.before).any(|set| set.records.is_empty())
}

fn sets<'a>(
    changes: &'a [Change],
    side: impl Fn(&'a Change) -> &'a Value,
) -> impl Iterator<Item = &'a Rrset> {
    changes.iter().map(side).flat_map(|value| match value {
        Value::Rrsets(sets) => sets.as_slice(),
        Value::Trackers(_) => &[],
    })
}
