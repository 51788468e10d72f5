//! Whether caches may keep the critical names for longer than the estate wants, at any provider that serves the zone.
//!
//! An alias in a name's place counts as the name itself. What leads elsewhere, and what lies there, are somebody else's.

use std::collections::BTreeSet;

use super::World;
use super::authoritative::{Word, serving, words};
use super::claim::{Claim, count, list};
use super::sight::Sight;
use crate::model::{CriticalName, FactKind, Id, Measure, Span, Truth, Zone};

/// What was found of one zone's critical names.
#[derive(Default)]
struct Found {
    /// How many names have a bound.
    bounded: usize,
    /// How many of them any server said something of.
    answered: usize,
    longer: Vec<String>,
    unheard: BTreeSet<Id>,
    from: BTreeSet<Id>,
}

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.zones.iter().map(|zone| look(world, sight, zone).claim(&zone.id)).collect()
}

fn look(world: &World<'_>, sight: &Sight<'_>, zone: &Zone) -> Found {
    let mut found = Found::default();
    for critical in &zone.critical {
        let Some(most) = critical.ttl_at_most else { continue };
        let all = words(world, sight, zone, critical);
        let silent = serving(world.estate, zone)
            .filter(|provider| !all.iter().any(|word| *word.provider == provider.id));
        found.unheard.extend(silent.map(|provider| provider.id.clone()));
        found.note(zone, critical, most, &all);
    }
    found
}

impl Found {
    fn note(&mut self, zone: &Zone, critical: &CriticalName, most: Span, all: &[Word<'_>]) {
        self.bounded += 1;
        self.answered += usize::from(!all.is_empty());
        self.from.extend(all.iter().map(|word| word.from.clone()));
        let name = zone.full_name(&critical.name);
        let kept = all.iter().filter_map(|word| Some((kept(word, &name, &critical.kind)?, word)));
        let longest = kept.max_by_key(|(ttl, _)| *ttl);
        let Some((ttl, word)) = longest.filter(|(ttl, _)| *ttl > most) else { return };
        let (shown, kind) = (name.trim_end_matches('.'), critical.kind.to_ascii_uppercase());
        self.longer.push(format!("{shown} {kind} is kept for {ttl} by {}", word.provider));
    }

    fn claim(&self, zone: &Id) -> Claim {
        let kind = FactKind::DnsRecordsLongLived;
        if self.bounded == 0 {
            return Claim::moot(kind, zone, "the estate bounds no critical name's time to live");
        }
        let unheard: Vec<&str> = self.unheard.iter().map(Id::as_str).collect();
        let names = count(self.answered, "critical name", "critical names");
        let (truth, because) = match (&self.longer[..], &unheard[..]) {
            ([], []) => (Truth::False, format!("{names} answered, none is kept for longer")),
            ([], _) => (Truth::Unknown, format!("nothing was heard of them at {}", list(&unheard))),
            (longer, _) => (Truth::True, list(longer)),
        };
        let measure = Measure::part(self.longer.len() as f64, self.answered as f64);
        Claim::new(kind, zone, truth, because)
            .measured((self.answered > 0).then_some(measure))
            .from(&self.from)
    }
}

/// Returns for how long caches may keep a name by one server's word: its own set, or the alias in its place.
fn kept(word: &Word<'_>, name: &str, kind: &str) -> Option<Span> {
    let own = word.answer.answers.iter().filter(|record| record.name == name);
    let own = own.filter(|it| it.kind.eq_ignore_ascii_case(kind) || it.kind == "CNAME");
    own.map(|record| Span::from_secs(u64::from(record.ttl))).max()
}
