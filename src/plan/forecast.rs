//! When users notice, from what was measured.
//!
//! A resolver keeps the old delegation for its time to live, and a record it fetched just before that for the
//! record's; measured with the old servers dead, one resolver in three took the sum and two seconds more
//! (delegation and record 30 s: unbound 3 s, BIND 29 s, PowerDNS Recursor 62 s).

use super::deed::Deed;
use crate::model::{
    Change, Effect, Fact, FactKind, Forecast, Id, Lasting, MeasuredWord, Phase, Span, Truth, Unit,
    Value, WayBack,
};

/// What resolvers take beside the times to live: they wait for servers that say nothing.
const SLACK: Span = Span::from_secs(30);

/// A delegation's time to live where it was not measured: what large registries use.
const DELEGATION: Span = Span::from_secs(172_800);

/// A record's time to live where it was not measured.
const RECORD: Span = Span::from_secs(86_400);

/// The interval between announces where none was heard: what most trackers use.
const ANNOUNCE: Span = Span::from_secs(1_800);

/// Returns the forecast of a change, and the facts that it rests on.
pub fn of(
    deed: &Deed,
    effect: &Effect,
    facts: &[Fact],
    announce: Option<Span>,
) -> (Forecast, Vec<Id>) {
    match deed {
        Deed::Delegation(delegation) => {
            let measured = |kind| longest(facts, kind, &delegation.zone.id);
            let (kept, from) = measured(FactKind::DnsDelegationTtl);
            let (record, more) = measured(FactKind::DnsRecordTtl);
            let kept = lasting(effect.delegation_ttl, kept, DELEGATION, "the delegation is kept");
            let record = lasting(effect.record_ttl, record, RECORD, "records are kept");
            (moved(&kept, &record), [from, more].concat())
        }
        Deed::Trackers(_) => {
            let words = "clients wait between announces";
            let wait = lasting(effect.announce_interval, announce, ANNOUNCE, words);
            let forecast = Forecast {
                earliest: Span::default(),
                likely: half(wait.0),
                latest: add(wait.0, SLACK),
                because: wait.1,
            };
            (forecast, Vec::new())
        }
    }
}

/// Returns when the reversal of changes takes effect, for a plan of a phase.
///
/// Until then caches hold what the changes wrote. Of a time that was stated, one that was measured and one that was
/// written, the longest counts: a way back is never called shorter than it may be.
pub fn back(
    deed: &Deed,
    effect: &Effect,
    facts: &[Fact],
    announce: Option<Span>,
    changes: &[Change],
    phase: Phase,
) -> WayBack {
    let forecast = match deed {
        Deed::Delegation(delegation) => {
            let measured = |kind| longest(facts, kind, &delegation.zone.id).0;
            let kept =
                slowest(effect.delegation_ttl, measured(FactKind::DnsDelegationTtl), DELEGATION);
            let kept = kept.max(written(changes));
            let record = slowest(effect.record_ttl, measured(FactKind::DnsRecordTtl), RECORD);
            let why = format!("caches keep the delegation that was written for {kept}");
            moved(&(kept, why), &(record, format!("and records of its servers for {record}")))
        }
        Deed::Trackers(_) => {
            let wait = slowest(effect.announce_interval, announce, ANNOUNCE);
            Forecast {
                earliest: Span::default(),
                likely: half(wait),
                latest: add(wait, SLACK),
                because: format!("clients wait {wait} between announces"),
            }
        }
    };
    let (bound, latest) = (phase.length(), forecast.latest);
    WayBack { forecast, bound, in_time: latest <= bound }
}

/// Takes the longest of what was stated and measured, else a usual time.
fn slowest(said: Option<Lasting>, measured: Option<Span>, usual: Span) -> Span {
    let stated = match said {
        Some(Lasting::Stated(span)) => Some(span),
        Some(Lasting::Word(MeasuredWord::Measured)) | None => None,
    };
    stated.max(measured).unwrap_or(usual)
}

/// Returns the longest time to live of what changes write and of what they take away.
fn written(changes: &[Change]) -> Span {
    let values = changes.iter().flat_map(|change| [&change.before, &change.after]);
    let sets = values.flat_map(|value| match value {
        Value::Rrsets(sets) => sets.as_slice(),
        Value::Trackers(_) => &[],
    });
    Span::from_secs(sets.map(|set| u64::from(set.ttl)).max().unwrap_or(0))
}

fn moved((kept, why_kept): &(Span, String), (record, why_record): &(Span, String)) -> Forecast {
    let both = add(*kept, *record);
    Forecast {
        earliest: Span::default(),
        likely: half(both),
        latest: add(both, SLACK),
        because: format!("{why_kept}; {why_record}; and resolvers take up to {SLACK} more"),
    }
}

/// Takes the stated time, else the measured one, else a usual one, and says which.
fn lasting(
    said: Option<Lasting>,
    measured: Option<Span>,
    usual: Span,
    words: &str,
) -> (Span, String) {
    match (said, measured) {
        (Some(Lasting::Stated(span)), _) => (span, format!("{words} for {span}, as stated")),
        (Some(Lasting::Word(MeasuredWord::Measured)) | None, Some(span)) => {
            (span, format!("{words} for {span}, as measured"))
        }
        (Some(Lasting::Word(MeasuredWord::Measured)) | None, None) => {
            (usual, format!("{words} for {usual} at most, as usual: it was not measured"))
        }
    }
}

/// Returns the longest time that any vantage saw.
fn longest(facts: &[Fact], kind: FactKind, subject: &Id) -> (Option<Span>, Vec<Id>) {
    let of =
        |fact: &&Fact| fact.kind == kind && fact.subject == *subject && fact.truth == Truth::True;
    let seconds = |fact: &Fact| {
        let measure = fact.measure?;
        let factor = match measure.unit {
            Unit::Seconds => 1_000.0,
            Unit::Milliseconds => 1.0,
            Unit::Count | Unit::Percent => return None,
        };
        // A cast of a float saturates.
        Some(Span::from_millis((measure.value * factor) as u64))
    };
    let known: Vec<&Fact> = facts.iter().filter(of).collect();
    let longest = known.iter().filter_map(|fact| seconds(fact)).max();
    (longest, known.iter().map(|fact| fact.id.clone()).collect())
}

fn half(span: Span) -> Span {
    Span::from_millis(span.as_millis() / 2)
}

fn add(one: Span, other: Span) -> Span {
    Span::from_millis(one.as_millis().saturating_add(other.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RrKey, Rrset, Target};

    /// A change of one set, with its times to live before and after, in seconds.
    fn change(before: u32, after: u32) -> Change {
        let key = RrKey { name: "z.test.".to_owned(), kind: "NS".to_owned() };
        let set = |ttl| Rrset { key: key.clone(), ttl, records: Vec::new(), comments: Vec::new() };
        let value = |ttl| Value::Rrsets(vec![set(ttl)]);
        Change {
            target: Target::Rrsets {
                service: "s".into(),
                zone: "test.".into(),
                keys: vec![key.clone()],
            },
            object: "z".into(),
            before: value(before),
            after: value(after),
            timeout: Span::default(),
            settle: Span::default(),
            conditional: false,
        }
    }

    #[test]
    fn what_is_taken_away_counts_as_what_is_written() {
        let longest = |changes: &[Change]| written(changes).as_secs();
        assert_eq!(longest(&[change(172_800, 300)]), 172_800);
        assert_eq!(longest(&[change(300, 172_800)]), 172_800);
        assert_eq!(longest(&[change(60, 300), change(900, 30), change(30, 30)]), 900);
        assert_eq!(longest(&[]), 0);
    }
}
