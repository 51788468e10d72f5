//! Whether our providers hold the critical names as the estate has them, and alike.
//!
//! What the estate declares is no drift: a value inside `expect`, however servers share the values out; any value at
//! all where it says `any`. Serial numbers are every provider's own affair.

use std::collections::BTreeSet;

use super::World;
use super::authoritative::{Word, by_provider, expected, values, words};
use super::claim::{Claim, count, list};
use super::sight::Sight;
use crate::model::{
    CriticalName, Expect, FactKind, Id, Measure, Remote, Truth, Zone, fully_qualified,
};

/// What was found of one provider's critical names.
#[derive(Default)]
struct Found {
    /// Whether any critical name is meant to be there.
    declared: bool,
    answered: usize,
    changed: Vec<String>,
    missing: Vec<String>,
    differing: Vec<String>,
    from: BTreeSet<Id>,
}

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let providers = world.estate.dns_providers.iter();
    providers.flat_map(|provider| look(world, sight, &provider.id).claims(&provider.id)).collect()
}

fn look(world: &World<'_>, sight: &Sight<'_>, provider: &Id) -> Found {
    let mut found = Found::default();
    let serves =
        |zone: &&Zone| zone.delegated_to.contains(provider) || zone.standby_at.contains(provider);
    for zone in world.estate.zones.iter().filter(serves) {
        for critical in &zone.critical {
            found.declared = true;
            found.note(zone, critical, provider, &words(world, sight, zone, critical));
        }
    }
    found
}

impl Found {
    fn note(&mut self, zone: &Zone, critical: &CriticalName, provider: &Id, all: &[Word<'_>]) {
        let kind = critical.kind.to_ascii_uppercase();
        let name = zone.full_name(&critical.name);
        let shown = name.trim_end_matches('.');
        let mut own = all.iter().filter(|word| word.provider == provider).peekable();
        if own.peek().is_none() {
            return;
        }
        self.answered += 1;
        let (mut strange, mut denied) = (None, None);
        for word in own {
            self.from.insert(word.from.clone());
            let stranger =
                values(word.answer, &kind).find(|data| expected(critical, data) == Some(false));
            strange = strange.or(stranger.map(|data| (word.server, data)));
            denied = denied.or_else(|| word.denies(&kind).then_some(word.server));
        }
        if let Some((server, data)) = strange {
            let data = Remote::new(data);
            self.changed.push(format!("{shown} {kind} is {data} at {}", server_of(server)));
        }
        if let Some(server) = denied {
            self.missing.push(format!("{shown} {kind} does not exist at {}", server_of(server)));
        }
        if let Some(how) = differs(critical, &kind, provider, all) {
            self.differing.push(format!("{shown} {kind}: {how}"));
        }
    }

    fn claims(&self, id: &Id) -> [Claim; 3] {
        let claim = |kind, bad: &[String], good: &str| {
            if !self.declared {
                return Claim::moot(kind, id, "no critical name of ours is meant to be there");
            }
            let names = count(self.answered, "critical name", "critical names");
            let (truth, because) = match (self.answered, bad) {
                (0, _) => (Truth::Unknown, "none of its servers said anything of them".to_owned()),
                (_, []) => (Truth::False, format!("{names} answered, {good}")),
                (_, bad) => (Truth::True, list(bad)),
            };
            let measure = Measure::part(bad.len() as f64, self.answered as f64);
            Claim::new(kind, id, truth, because)
                .measured((self.answered > 0).then_some(measure))
                .from(&self.from)
        };
        [
            claim(FactKind::DnsRecordsChanged, &self.changed, "none otherwise than expected"),
            claim(FactKind::DnsRecordsMissing, &self.missing, "none denied"),
            claim(FactKind::DnsRecordsDisagree, &self.differing, "all alike"),
        ]
    }
}

fn server_of(name: &str) -> String {
    Remote::new(fully_qualified(name).trim_end_matches('.')).to_string()
}

/// Says how a provider's servers differ from one another, or from the other providers', where the estate says
/// nothing of the values: with declared values each is right or wrong by itself.
fn differs(critical: &CriticalName, kind: &str, own: &Id, all: &[Word<'_>]) -> Option<String> {
    match critical.expect {
        Expect::Unsaid => {}
        Expect::Word(_) | Expect::Values(_) => return None,
    }
    let said: Vec<&Word<'_>> =
        all.iter().filter(|word| !word.denies(kind) && !word.leads_away(kind)).collect();
    let mine = said.iter().find(|word| word.provider == own)?;
    let set = mine.values(kind);
    let other = said.iter().find(|word| word.values(kind) != set)?;
    let show = |word: &Word<'_>| {
        let values: Vec<String> =
            word.values(kind).iter().map(|data| Remote::new(data).to_string()).collect();
        format!("{} at {}", list(&values), server_of(word.server))
    };
    let both = by_provider(all).len() > 1 && other.provider != own;
    let what = if both { "providers differ" } else { "its servers differ" };
    Some(format!("{what}: {}, {}", show(mine), show(other)))
}
