//! Whether a provider would publish an origin that a zone hides: behind a proxy at one provider, bare at another.
//!
//! An address that was public once stays known, so what nobody knows to be public is not taken for it. No sentence here
//! names an origin. Only the place that reads copies says anything, for an origin is told by them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::World;
use super::authority::not_authoritative;
use super::claim::{Claim, count, list};
use super::delegation::leads_to;
use super::sight::{Outcome, Sight};
use crate::model::{
    DnsAnswer, DnsProvider, DnsRole, Expect, FactKind, HiddenSet, Id, Remote, Truth, Zone,
    fully_qualified,
};

/// What is asked of every hidden name.
const KINDS: [&str; 2] = ["A", "AAAA"];

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    if *sight.vantage != world.here {
        return Vec::new();
    }
    let of_zone = |zone| {
        let known = Known::of(world, sight, zone);
        let claim = |provider| origin_hidden(&known, provider);
        world.estate.dns_providers.iter().map(claim).collect::<Vec<_>>()
    };
    world.estate.zones.iter().flat_map(of_zone).collect()
}

fn origin_hidden(known: &Known<'_, '_>, provider: &DnsProvider) -> Claim {
    let (kind, zone) = (FactKind::ZoneOriginHidden, known.zone);
    let names = zone.hidden_names();
    if names.is_empty() {
        let because = "the zone hides no origin";
        return Claim::new(kind, &zone.id, Truth::True, because).with(&provider.id);
    }
    if !zone.delegated_to.contains(&provider.id) && !zone.standby_at.contains(&provider.id) {
        let because = "the zone is not meant to be there";
        return Claim::moot(kind, &zone.id, because).with(&provider.id);
    }
    let mut found = Found { from: known.from.clone(), ..Found::default() };
    for name in &names {
        for asked in KINDS {
            found.look(known, provider, (name, asked));
        }
    }
    let (truth, because) = found.verdict(names.len());
    Claim::new(kind, &zone.id, truth, because).with(&provider.id).from(&found.from)
}

/// What is known of one zone's hidden names, whoever is asked.
struct Known<'w, 'a> {
    sight: &'w Sight<'a>,
    zone: &'w Zone,
    /// What either copy of each provider has there.
    sets: Vec<&'a HiddenSet>,
    /// Those that resolvers are sent to now, as far as anybody knows; else those that they should be sent to.
    serving: Vec<&'w Id>,
    from: Vec<Id>,
}

impl<'w, 'a> Known<'w, 'a> {
    fn of(world: &'w World<'_>, sight: &'w Sight<'a>, zone: &'w Zone) -> Self {
        let providers = || world.estate.dns_providers.iter();
        let (mut sets, mut from, mut serving) = (Vec::new(), Vec::new(), Vec::new());
        if zone.hide_origin.is_empty() {
            return Self { sight, zone, sets, serving, from };
        }
        for (id, copy) in providers().flat_map(|provider| sight.copies(&provider.id)) {
            if copy.zone == zone.id {
                sets.extend(&copy.hidden);
                from.push(id.clone());
            }
        }
        let leads = providers().filter(|it| leads_to(sight, zone, it) == Truth::True);
        serving.extend(leads.map(|provider| &provider.id));
        if serving.is_empty() {
            serving.extend(&zone.delegated_to);
        }
        Self { sight, zone, sets, serving, from }
    }

    /// Returns the whole answers with authority that a provider's servers gave to a question.
    fn answers(&self, provider: &Id, (name, kind): (&str, &str)) -> Vec<(&'a Id, &'a DnsAnswer)> {
        let of_zone = self.sight.dns(provider).filter(|(_, dns)| {
            let own = matches!(&dns.role, DnsRole::Authority { zone, .. } if *zone == self.zone.id);
            own && dns.name == name && dns.kind == kind
        });
        let whole = of_zone.filter_map(|(id, dns)| {
            let outcome = self.sight.outcome(Some(dns.server), &dns.ending);
            let Outcome::Answered(answer) = outcome else { return None };
            (!answer.tc && not_authoritative(answer).is_none()).then_some((id, answer))
        });
        whole.collect()
    }

    /// Returns what those that resolvers are sent to answer at a name now.
    fn served(&self, name: &str) -> BTreeSet<String> {
        let all = self.serving.iter().flat_map(|id| KINDS.map(|kind| (*id, kind)));
        let answers = all.flat_map(|(id, kind)| self.answers(id, (name, kind)));
        answers.flat_map(|(_, answer)| values(answer)).collect()
    }

    /// Tells whether everybody that resolvers are sent to was heard about a name.
    fn heard(&self, name: &str) -> bool {
        let mut all = self.serving.iter().flat_map(|id| KINDS.map(|kind| (*id, kind)));
        all.all(|(id, kind)| !self.answers(id, (name, kind)).is_empty())
    }

    fn is_origin(&self, value: &str) -> bool {
        self.sets.iter().any(|set| set.proxied && holds(&set.data, value))
    }

    /// Tells whether the estate or git says that a value is public at a name.
    fn is_declared(&self, name: &str, value: &str) -> bool {
        let mut public = self.sets.iter().filter(|set| set.committed && !set.proxied);
        let mut critical = self.zone.critical.iter();
        public.any(|set| set.name == name && holds(&set.data, value))
            || critical.any(|it| match &it.expect {
                Expect::Values(values) if self.zone.full_name(&it.name) == name => {
                    values.iter().any(|it| plain(it) == value)
                }
                Expect::Values(_) | Expect::Unsaid | Expect::Word(_) => false,
            })
    }

    /// Tells whether what a provider answers at a name are its own addresses, or those that are meant to be public.
    fn is_front(&self, provider: &Id, name: &str) -> bool {
        let mut sets = self.sets.iter().filter(|set| set.proxied);
        self.zone.delegated_to.contains(provider)
            || sets.any(|set| set.at == *provider && set.name == name)
    }
}

/// What was found of one provider.
#[derive(Default)]
struct Found {
    shown: BTreeSet<String>,
    unknown: BTreeSet<String>,
    from: Vec<Id>,
}

impl Found {
    fn look(&mut self, known: &Known<'_, '_>, provider: &DnsProvider, asked: (&str, &str)) {
        let (name, kind) = asked;
        let answers = known.answers(&provider.id, asked);
        if answers.is_empty() {
            self.unknown.insert(format!("it did not answer {name} {kind}"));
        }
        let served = known.served(name);
        for (id, answer) in answers {
            self.from.push(id.clone());
            for value in values(answer).filter(|value| !served.contains(value)) {
                if known.is_origin(&value) {
                    self.shown.insert(format!("it answers {name} with an origin"));
                } else if known.is_declared(name, &value) || known.is_front(&provider.id, name) {
                    // It is public already, or meant to be.
                } else if known.heard(name) {
                    let said = format!("it answers {name} with what is public nowhere today");
                    self.shown.insert(said);
                } else {
                    let said = format!("nobody knows whether what it answers for {name} is public");
                    self.unknown.insert(said);
                }
            }
        }
    }

    fn verdict(&self, names: usize) -> (Truth, String) {
        let said = |texts: &BTreeSet<String>| list(&texts.iter().collect::<Vec<_>>());
        match (self.shown.is_empty(), self.unknown.is_empty()) {
            (false, _) => (Truth::False, said(&self.shown)),
            (true, false) => (Truth::Unknown, said(&self.unknown)),
            (true, true) => {
                let names = count(names, "hidden name", "hidden names");
                (Truth::True, format!("what it answers for {names} is public already"))
            }
        }
    }
}

/// Returns the addresses and the targets of aliases in an answer.
fn values(answer: &DnsAnswer) -> impl Iterator<Item = String> {
    let leads = answer
        .answers
        .iter()
        .filter(|record| KINDS.contains(&record.kind.as_str()) || record.kind == "CNAME");
    leads.map(|record| plain(record.data.raw()))
}

/// Writes an address or a name in one way.
fn plain(text: &str) -> String {
    text.parse::<IpAddr>().map_or_else(|_| fully_qualified(text), |ip| ip.to_string())
}

fn holds(data: &[Remote], value: &str) -> bool {
    data.iter().any(|it| plain(it.raw()) == value)
}
