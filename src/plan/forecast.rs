//! When users notice, from what was measured.
//!
//! A resolver keeps the old delegation for its time to live, and what it holds of the zone for the record's; once
//! both are gone it asks the new servers. The two run at once where the old servers give nothing that differs: they
//! are dead, or hold the same zone. Else a record fetched just before the delegation ran out lives on after it.
//! Some resolvers ask no server that they found dead for a while (measured with 30 s for both: unbound 3 s, BIND
//! 29 s, PowerDNS Recursor 62 s), and some serve what has expired, 30 s at a time (RFC 8767 §5).

use super::deed::Deed;
use super::delegation::{Course, Delegation};
use super::records;
use crate::model::{
    Change, Effect, Estate, Fact, FactKind, Forecast, Id, Lasting, MeasuredWord, Phase, Resolver,
    ResolverForecast, Span, Truth, Unit, Value, WayBack, Zone,
};

/// What resolvers take beside the times to live: they wait for servers that say nothing.
const WAITING: Span = Span::from_secs(10);

/// How much longer than users a witness may wait for servers that say nothing.
const PATIENCE: Span = Span::from_secs(20);

/// What a way back and clients are given beside the times that were measured.
const SLACK: Span = Span::from_secs(30);

/// For how long an expired answer is served before the authorities are asked anew (RFC 8767 §5).
const STALE: Span = Span::from_secs(30);

/// A delegation's time to live where it was not measured: what large registries use.
pub const DELEGATION: Span = Span::from_secs(172_800);

/// A record's time to live where it was not measured.
pub const RECORD: Span = Span::from_secs(86_400);

/// The interval between announces where none was heard: what most trackers use.
const ANNOUNCE: Span = Span::from_secs(1_800);

/// Returns the forecast of a deed, and the facts that it rests on; there are no changes before they are worked out.
pub fn of(
    deed: &Deed,
    effect: &Effect,
    estate: &Estate,
    facts: &[Fact],
    announce: Option<Span>,
    changes: &[Change],
) -> (Forecast, Vec<Id>) {
    match deed {
        Deed::Records(records) => records::forecast(records, effect, facts, changes),
        Deed::Delegation(delegation) => {
            let known = Known { facts, zone: &delegation.cut.zone };
            let (caches, mut from) = known.caches(delegation, effect);
            let left: Vec<Left<'_>> = estate.resolvers.iter().map(|it| known.left(it)).collect();
            from.extend(left.iter().flat_map(|it| it.from.iter().cloned()));
            (caches.forecast(&left), from)
        }
        Deed::Apex(apex) => at_the_top(&apex.cut.zone, effect, estate, facts),
        Deed::Keys(keys) => at_the_top(&keys.cut.zone, effect, estate, facts),
        Deed::Trackers(_) => {
            let words = "clients wait between announces";
            let wait = lasting(effect.announce_interval, announce, ANNOUNCE, words);
            let forecast = Forecast {
                earliest: Span::default(),
                likely: half(wait.0),
                latest: add(wait.0, SLACK),
                because: wait.1,
                resolvers: Vec::new(),
            };
            (forecast, Vec::new())
        }
    }
}

/// For how long a witness that sees nothing yet is no failure: one that was asked while the old servers were dead
/// may be waiting for them still, and whoever asks it the same joins that wait.
pub fn patience(deed: &Deed, forecast: &Forecast) -> Span {
    match deed {
        Deed::Delegation(_) => add(forecast.latest, PATIENCE),
        // Whoever serves it is asked, and no cache.
        Deed::Records(_) => records::TAKING_UP,
        Deed::Apex(_) | Deed::Keys(_) | Deed::Trackers(_) => forecast.latest,
    }
}

/// Returns the forecast of records at a zone's own name: no answer depends on them alone.
fn at_the_top(
    zone: &Zone,
    effect: &Effect,
    estate: &Estate,
    facts: &[Fact],
) -> (Forecast, Vec<Id>) {
    let (kept, from) = longest(facts, FactKind::DnsDelegationTtl, &zone.id);
    let kept = lasting(effect.delegation_ttl, kept, DELEGATION, "the old set is kept");
    let caches = Caches { longest: kept.0, why: vec![kept.1] };
    let left: Vec<Left<'_>> = estate.resolvers.iter().map(Left::unseen).collect();
    (caches.forecast(&left), from)
}

/// Returns the forecast of their way back.
fn back_at_the_top(zone: &Zone, effect: &Effect, facts: &[Fact], changes: &[Change]) -> Forecast {
    let measured = longest(facts, FactKind::DnsDelegationTtl, &zone.id).0;
    let kept = slowest(effect.delegation_ttl, measured, DELEGATION).max(written(changes));
    let why = format!("caches keep the set that was written for {kept}");
    moved(&(kept, why), &(Span::default(), "no other record depends on it".to_owned()))
}

/// What is known of a zone before its delegation moves.
struct Known<'a> {
    facts: &'a [Fact],
    zone: &'a Zone,
}

impl Known<'_> {
    /// Returns what caches hold, and the facts that say so.
    fn caches(&self, delegation: &Delegation, effect: &Effect) -> (Caches, Vec<Id>) {
        let measured = |kind| longest(self.facts, kind, &self.zone.id);
        let (kept, mut from) = measured(FactKind::DnsDelegationTtl);
        let (record, more) = measured(FactKind::DnsRecordTtl);
        from.extend(more);
        let kept = lasting(effect.delegation_ttl, kept, DELEGATION, "the delegation is kept");
        let record = lasting(effect.record_ttl, record, RECORD, "records are kept");
        let mut caches = Caches { longest: kept.0.max(record.0), why: vec![kept.1, record.1] };
        if self.old_answers_differ(delegation) {
            caches.longest = add(kept.0, record.0);
            caches.why.push("one after the other, as the old servers may still answer".to_owned());
        }
        if !self.all_resolve() {
            let (denial, more) = measured(FactKind::DnsNegativeTtl);
            from.extend(more);
            let denied = denial.map(|denial| (denial, format!("denials are kept for {denial}")));
            caches.longest =
                caches.longest.max(denied.as_ref().map_or_else(Span::default, |it| it.0));
            caches.why.extend(denied.map(|it| it.1));
        }
        (caches, from)
    }

    /// Returns what one resolver was seen to hold of the zone.
    fn left<'r>(&self, resolver: &'r Resolver) -> Left<'r> {
        let of = |kind| {
            let facts = self.facts.iter().filter(|it| it.object.as_ref() == Some(&resolver.id));
            longest(facts, kind, &self.zone.id)
        };
        let (delegation, from) = of(FactKind::DnsDelegationLeft);
        let (record, more) = of(FactKind::DnsRecordLeft);
        Left { resolver, delegation, record, from: [from, more].concat() }
    }

    /// Tells whether the servers that go may still give what those that are left do not.
    fn old_answers_differ(&self, delegation: &Delegation) -> bool {
        let dead = |id: &Id| self.all(FactKind::DnsAuthorityAnswers, id, Truth::False);
        let alike = |id: &Id| self.all(FactKind::ZoneParity, id, Truth::True);
        let (gone, come) = (&delegation.removed, &delegation.added);
        match delegation.course {
            Course::Replace => !dead(&gone[0].id) && !come.iter().all(|it| alike(&it.id)),
            Course::Restore => !come.iter().all(|it| alike(&it.id)),
            Course::Remove => !gone.iter().all(|it| dead(&it.id) || alike(&it.id)),
            // Nobody goes, so that no answer is an old one.
            Course::Add => false,
        }
    }

    /// Tells whether every resolver is known to give our names, so that none of them holds a denial.
    fn all_resolve(&self) -> bool {
        let of = |fact: &&Fact| fact.kind == FactKind::DnsNameResolves;
        self.facts.iter().filter(of).all(|fact| fact.truth == Truth::True)
    }

    /// Tells whether a fact is known of a subject and the same at every vantage.
    fn all(&self, kind: FactKind, subject: &Id, truth: Truth) -> bool {
        let of = |fact: &&Fact| fact.kind == kind && fact.subject == *subject;
        let mut found = self.facts.iter().filter(of).peekable();
        found.peek().is_some() && found.all(|fact| fact.truth == truth)
    }
}

/// What one resolver was seen to hold of a zone: for how long still, and by which facts.
struct Left<'a> {
    resolver: &'a Resolver,
    delegation: Option<Span>,
    record: Option<Span>,
    from: Vec<Id>,
}

impl<'a> Left<'a> {
    /// Returns a resolver of which nobody knows what it holds.
    const fn unseen(resolver: &'a Resolver) -> Self {
        Self { resolver, delegation: None, record: None, from: Vec::new() }
    }

    /// Returns when its users most likely notice, and why; nothing where it was not seen what it holds.
    ///
    /// Once the delegation has run out, one that found the old servers dead is somewhere in the time that it remembers them.
    fn likely(&self) -> Option<(Span, String)> {
        let delegation = self.delegation?;
        let memory = half(self.resolver.dead_server_memory.unwrap_or_default());
        let because = format!("it keeps the delegation for another {delegation}");
        Some((add(delegation.max(self.record.unwrap_or_default()), memory), because))
    }
}

/// How long caches keep what was there before.
struct Caches {
    longest: Span,
    why: Vec<String>,
}

impl Caches {
    /// Returns when users notice: those of resolvers of which nothing more is known, and of each other one.
    fn forecast(mut self, left: &[Left<'_>]) -> Forecast {
        let special: Vec<_> = left.iter().filter_map(|left| self.at(left)).collect();
        let latest = add(self.longest, WAITING);
        let last = special.iter().max_by_key(|it| it.latest).filter(|it| it.latest > latest);
        self.why.push(format!("and resolvers take up to {WAITING} more"));
        self.why.extend(last.map(|it| format!("the last is `{}`", it.resolver)));
        Forecast {
            earliest: Span::default(),
            likely: middle(left).unwrap_or_else(|| half(self.longest)),
            latest: last.map_or(latest, |it| it.latest),
            because: self.why.join("; "),
            resolvers: special,
        }
    }

    fn at(&self, left: &Left<'_>) -> Option<ResolverForecast> {
        let Left { resolver, .. } = left;
        let memory = resolver.dead_server_memory.unwrap_or_default();
        let longest = self.longest.max(if resolver.serve_stale { STALE } else { Span::default() });
        let likely = left.likely();
        let mut why = Vec::new();
        why.extend(likely.as_ref().map(|(_, because)| because.clone()));
        if resolver.dead_server_memory.is_some() {
            why.push(format!("it asks no server that it found dead for {memory}"));
        }
        if resolver.serve_stale {
            why.push(format!("it serves what has expired for {STALE} at a time"));
        }
        (!why.is_empty()).then(|| ResolverForecast {
            resolver: resolver.id.clone(),
            likely: likely.map_or_else(|| half(add(longest, memory)), |it| it.0),
            latest: add(add(longest, memory), WAITING),
            because: why.join("; "),
        })
    }
}

/// Returns the middle one of what is likely at each resolver; nothing unless it is known of every one.
fn middle(left: &[Left<'_>]) -> Option<Span> {
    let mut likely: Vec<Span> =
        left.iter().map(|it| it.likely().map(|it| it.0)).collect::<Option<_>>()?;
    likely.sort();
    likely.get(likely.len() / 2).copied()
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
            let measured = |kind| longest(facts, kind, &delegation.cut.zone.id).0;
            let kept =
                slowest(effect.delegation_ttl, measured(FactKind::DnsDelegationTtl), DELEGATION);
            let kept = kept.max(written(changes));
            let record = slowest(effect.record_ttl, measured(FactKind::DnsRecordTtl), RECORD);
            let why = format!("caches keep the delegation that was written for {kept}");
            moved(&(kept, why), &(record, format!("and records of its servers for {record}")))
        }
        Deed::Apex(apex) => back_at_the_top(&apex.cut.zone, effect, facts, changes),
        Deed::Keys(keys) => back_at_the_top(&keys.cut.zone, effect, facts, changes),
        Deed::Records(records) => records::back(records, effect, facts, changes),
        Deed::Trackers(_) => {
            let wait = slowest(effect.announce_interval, announce, ANNOUNCE);
            Forecast {
                earliest: Span::default(),
                likely: half(wait),
                latest: add(wait, SLACK),
                because: format!("clients wait {wait} between announces"),
                resolvers: Vec::new(),
            }
        }
    };
    let (bound, latest) = (phase.length(), forecast.latest);
    WayBack { forecast, bound, in_time: latest <= bound }
}

/// Takes the longest of what was stated and measured, else a usual time.
pub fn slowest(said: Option<Lasting>, measured: Option<Span>, usual: Span) -> Span {
    let stated = match said {
        Some(Lasting::Stated(span)) => Some(span),
        Some(Lasting::Word(MeasuredWord::Measured)) | None => None,
    };
    stated.max(measured).unwrap_or(usual)
}

/// Returns the longest time to live of what changes write and of what they take away.
pub fn written(changes: &[Change]) -> Span {
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
        resolvers: Vec::new(),
    }
}

/// Takes the stated time, else the measured one, else a usual one, and says which.
pub fn lasting(
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
pub fn longest<'f>(
    facts: impl IntoIterator<Item = &'f Fact>,
    kind: FactKind,
    subject: &Id,
) -> (Option<Span>, Vec<Id>) {
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
    let known: Vec<&Fact> = facts.into_iter().filter(of).collect();
    let longest = known.iter().filter_map(|fact| seconds(fact)).max();
    (longest, known.iter().map(|fact| fact.id.clone()).collect())
}

pub fn half(span: Span) -> Span {
    Span::from_millis(span.as_millis() / 2)
}

pub fn add(one: Span, other: Span) -> Span {
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
