//! Whether a provider holds our zones as they should be: SOA, NS, and every critical name inside its `expect`; and the
//! whole zone as git has it, where git has a copy and the provider gives one.

use super::World;
use super::authority::not_authoritative;
use super::claim::{Claim, count, list};
use super::resolver::wrong;
use super::sight::{Outcome, Sight, reason};
use crate::model::{
    DnsAnswer, DnsProvider, DnsRole, Ending, FactKind, Id, Measure, Truth, Zone, ZoneComparison,
    fully_qualified,
};

/// The word that names what the copy is held against.
const SOURCE: &str = "git";

/// Whole copies are read at one place alone: the others say nothing about who holds what there.
pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let providers = world.estate.dns_providers.iter();
    let own = providers.filter(|provider| {
        !world.copied.contains(&provider.id) || sight.copies(&provider.id).next().is_some()
    });
    own.map(|provider| parity(world, sight, provider)).collect()
}

/// What was found of one provider's copies.
#[derive(Default)]
struct Copies {
    right: usize,
    declared: usize,
    wrong: Vec<String>,
    unknown: Vec<String>,
    from: Vec<Id>,
    whole: Whole,
}

/// What was found of whole copies.
#[derive(Default)]
struct Whole {
    zones: usize,
    alike: u32,
    compared: u32,
    unknown: Vec<String>,
    gaps: Vec<String>,
    /// Zones of which no whole copy was compared.
    none: Vec<String>,
}

fn parity(world: &World<'_>, sight: &Sight<'_>, provider: &DnsProvider) -> Claim {
    let holds = |zone: &&Zone| {
        zone.delegated_to.contains(&provider.id) || zone.standby_at.contains(&provider.id)
    };
    let mut copies = Copies::default();
    let zones: Vec<&Zone> = world.estate.zones.iter().filter(holds).collect();
    for zone in &zones {
        copies.look(sight, provider, zone);
        copies.compare(sight, provider, zone);
    }
    let kind = FactKind::ZoneParity;
    if zones.is_empty() {
        let because = "no zone of ours is meant to be there";
        return Claim::moot(kind, &provider.id, because).with(&Id::from(SOURCE));
    }
    let (truth, because) = copies.verdict();
    Claim::new(kind, &provider.id, truth, because)
        .with(&Id::from(SOURCE))
        .measured(copies.measure().filter(|_| truth.is_known()))
        .from(&copies.from)
}

impl Copies {
    fn look(&mut self, sight: &Sight<'_>, provider: &DnsProvider, zone: &Zone) {
        let apex = fully_qualified(&zone.name);
        for kind in ["SOA", "NS"] {
            let wrong = |answer: &DnsAnswer| {
                let there = answer.answers.iter().any(|record| record.kind == kind);
                (!there).then(|| "no such record".to_owned())
            };
            self.note(sight, provider, zone, (&apex, kind), wrong);
        }
        for critical in &zone.critical {
            self.declared += 1;
            let (name, kind) = (zone.full_name(&critical.name), critical.kind.to_ascii_uppercase());
            let fine =
                self.note(sight, provider, zone, (&name, &kind), |answer| wrong(critical, answer));
            self.right += usize::from(fine);
        }
    }

    /// Every server that answers must be right; a name that none answered is unknown.
    fn note(
        &mut self,
        sight: &Sight<'_>,
        provider: &DnsProvider,
        zone: &Zone,
        (name, kind): (&str, &str),
        wrong: impl Fn(&DnsAnswer) -> Option<String>,
    ) -> bool {
        let (mut answered, mut fine) = (false, true);
        for (id, dns) in sight.dns(&provider.id) {
            let about = matches!(&dns.role, DnsRole::Authority { zone: of, .. } if *of == zone.id);
            if !about || dns.name != name || dns.kind != kind {
                continue;
            }
            self.from.push(id.clone());
            let Outcome::Answered(answer) = sight.outcome(Some(dns.server), &dns.ending) else {
                continue;
            };
            // What was cut says nothing; it was asked for again over TCP.
            if answer.tc {
                continue;
            }
            answered = true;
            if let Some(why) = not_authoritative(answer).or_else(|| wrong(answer)) {
                fine = false;
                self.wrong.push(format!("{name} {kind}: {why}"));
            }
        }
        if !answered {
            self.unknown.push(format!("{name} {kind}"));
        }
        answered && fine
    }

    /// Adds what the whole copy of a zone says, where one was compared.
    fn compare(&mut self, sight: &Sight<'_>, provider: &DnsProvider, zone: &Zone) {
        let mut of_zone =
            sight.copies(&provider.id).filter(|(_, copy)| copy.zone == zone.id).peekable();
        if of_zone.peek().is_none() {
            self.whole.none.push(zone.id.to_string());
        }
        for (id, copy) in of_zone {
            self.from.push(id.clone());
            match &copy.ending {
                Ending::Answered(comparison) => self.whole.add(comparison),
                Ending::Inconclusive(why) => {
                    self.whole.unknown.push(format!("{}: {}", zone.id, reason(why)))
                }
                Ending::TimedOut
                | Ending::Refused
                | Ending::Unreachable
                | Ending::Closed
                | Ending::Malformed(_) => self.whole.unknown.push(zone.id.to_string()),
            }
        }
    }

    fn measure(&self) -> Option<Measure> {
        match (self.whole.compared, self.declared) {
            (0, 0) => None,
            (0, declared) => Some(Measure::part(self.right as f64, declared as f64)),
            (compared, _) => Some(Measure::part(f64::from(self.whole.alike), f64::from(compared))),
        }
    }

    fn verdict(&self) -> (Truth, String) {
        let whole = &self.whole;
        let wrong: Vec<&String> = self.wrong.iter().chain(&whole.gaps).collect();
        if !wrong.is_empty() {
            return (Truth::False, list(&wrong));
        }
        if !self.unknown.is_empty() {
            return (Truth::Unknown, format!("not answered: {}", list(&self.unknown)));
        }
        if !whole.unknown.is_empty() {
            return (
                Truth::Unknown,
                format!("the whole copy is not known: {}", list(&whole.unknown)),
            );
        }
        let names = count(self.declared, "critical name", "critical names");
        let mut because = format!("SOA, NS and {names} are there and as expected");
        if whole.zones > 0 {
            let sets = count(whole.compared as usize, "record set", "record sets");
            because = format!("{sets} as git has them; {because}");
        }
        if !whole.none.is_empty() {
            because = format!(
                "{because}; no whole copy is committed, or given, of {}",
                list(&whole.none)
            );
        }
        (Truth::True, because)
    }
}

impl Whole {
    fn add(&mut self, comparison: &ZoneComparison) {
        self.zones += 1;
        self.alike += comparison.alike;
        self.compared += comparison.compared;
        self.gaps.extend(comparison.gaps.iter().map(ToString::to_string));
        let unnamed = (comparison.compared - comparison.alike) as usize - comparison.gaps.len();
        if unnamed > 0 {
            self.gaps.push(count(unnamed, "further record set", "further record sets"));
        }
    }
}
