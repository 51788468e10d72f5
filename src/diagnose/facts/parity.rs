//! Whether a provider holds our zones as they should be: SOA, NS, and every critical name inside its `expect`.

use super::World;
use super::authority::not_authoritative;
use super::claim::{Claim, count, list};
use super::resolver::wrong;
use super::sight::{Outcome, Sight};
use crate::model::{
    DnsAnswer, DnsProvider, DnsRole, FactKind, Id, Measure, Truth, Zone, fully_qualified,
};

/// The word that names what the copy is held against.
const SOURCE: &str = "git";

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.dns_providers.iter().map(|provider| parity(world, sight, provider)).collect()
}

/// What was found of one provider's copies.
#[derive(Default)]
struct Copies {
    right: usize,
    declared: usize,
    wrong: Vec<String>,
    unknown: Vec<String>,
    from: Vec<Id>,
}

fn parity(world: &World<'_>, sight: &Sight<'_>, provider: &DnsProvider) -> Claim {
    let holds = |zone: &&Zone| {
        zone.delegated_to.contains(&provider.id) || zone.standby_at.contains(&provider.id)
    };
    let mut copies = Copies::default();
    let zones: Vec<&Zone> = world.estate.zones.iter().filter(holds).collect();
    for zone in &zones {
        copies.look(sight, provider, zone);
    }
    let kind = FactKind::ZoneParity;
    if zones.is_empty() {
        let because = "no zone of ours is meant to be there";
        return Claim::moot(kind, &provider.id, because).with(&Id::from(SOURCE));
    }
    let (truth, because) = copies.verdict();
    let part = Measure::part(copies.right as f64, copies.declared as f64);
    let measure = (truth.is_known() && copies.declared > 0).then_some(part);
    Claim::new(kind, &provider.id, truth, because)
        .with(&Id::from(SOURCE))
        .measured(measure)
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

    fn verdict(&self) -> (Truth, String) {
        if !self.wrong.is_empty() {
            return (Truth::False, list(&self.wrong));
        }
        if !self.unknown.is_empty() {
            return (Truth::Unknown, format!("not answered: {}", list(&self.unknown)));
        }
        let names = count(self.declared, "critical name", "critical names");
        (Truth::True, format!("SOA, NS and {names} are there and as expected"))
    }
}
