//! The way between a resolver and our authorities, which only its answers tell: whether it reaches them, and what it
//! lives on while it does not.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::World;
use super::authority::{not_authoritative, zone_is_answered};
use super::claim::{Claim, list};
use super::delegation::is_as_intended;
use super::dnssec::is_bogus;
use super::passage::{Passage, is_from_an_authority};
use super::resolver::wrong;
use super::sight::{Outcome, Sight};
use crate::model::{
    DnsAnswer, DnsObservation, DnsRole, FactKind, Id, Measure, Resolver, Truth, Zone,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for resolver in &world.estate.resolvers {
        let views: Vec<View<'_>> =
            world.estate.zones.iter().map(|zone| View::of(world, sight, resolver, zone)).collect();
        let from: Vec<Id> = views.iter().flat_map(|view| view.from.clone()).collect();
        let families = [
            cut_off(&views, &resolver.id),
            stale(&views, &resolver.id),
            fuse(&views, &resolver.id),
        ];
        claims.extend(families.map(|claim| claim.from(&from)));
    }
    claims
}

/// What a resolver says about one zone, beside what the zone's authorities say to us.
struct View<'a> {
    sight: &'a Sight<'a>,
    world: &'a World<'a>,
    zone: &'a Zone,
    asked: Vec<&'a DnsObservation>,
    /// The resolver answers names that are not ours.
    elsewhere: bool,
    from: Vec<Id>,
}

impl<'a> View<'a> {
    fn of(world: &'a World<'a>, sight: &'a Sight<'a>, resolver: &Resolver, zone: &'a Zone) -> Self {
        let all = || sight.every_dns(&resolver.id);
        let about = all().filter(
            |(_, dns)| matches!(&dns.role, DnsRole::Resolver { zone: Some(of) } if *of == zone.id),
        );
        let (from, asked) = about.map(|(id, dns)| (id.clone(), dns)).unzip();
        let elsewhere = all().any(|(_, dns)| {
            dns.role == DnsRole::Resolver { zone: None } && dns.ending.answer().is_some_and(says)
        });
        Self { sight, world, zone, asked, elsewhere, from }
    }

    fn usual(&self) -> impl Iterator<Item = &'a DnsObservation> {
        self.asked.iter().copied().filter(|dns| dns.manner.is_usual())
    }

    fn answers(&self) -> impl Iterator<Item = (&'a DnsObservation, &'a DnsAnswer)> {
        self.usual().filter_map(|dns| Some((dns, dns.ending.answer()?)))
    }

    fn fails(&self, dns: &'a DnsObservation) -> bool {
        match self.sight.outcome(Some(dns.server), &dns.ending) {
            Outcome::Answered(answer) => answer.rcode == "SERVFAIL",
            Outcome::Silent => true,
            Outcome::Odd(_) | Outcome::Refused | Outcome::Nothing { .. } => false,
        }
    }

    fn is_stale(&self) -> bool {
        self.answers().any(|(_, answer)| has(answer, STALE))
    }

    /// Tells whether an authority gives us the very answer that the resolver does not have.
    fn is_answered_directly(&self, name: &str, kind: &str) -> bool {
        let providers = &self.zone.delegated_to;
        let mut direct = providers.iter().flat_map(|provider| self.sight.dns(provider));
        direct.any(|(_, dns)| {
            let same = dns.name == name && dns.kind == kind;
            same && dns.ending.answer().is_some_and(|it| not_authoritative(it).is_none())
        })
    }

    fn reaches_authorities(&self) -> bool {
        self.asked
            .iter()
            .any(|dns| dns.manner.fresh && dns.ending.answer().is_some_and(is_from_an_authority))
    }

    /// Tells whether a name that no cache has fails at the resolver; nothing where none was asked in earnest.
    fn fresh_fails(&self) -> Option<bool> {
        let mut fresh = self.asked.iter().filter(|dns| dns.manner.fresh).peekable();
        fresh.peek()?;
        match (self.reaches_authorities(), fresh.all(|dns| self.fails(dns))) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        }
    }

    fn authorities_answer(&self) -> bool {
        zone_is_answered(self.sight, &self.zone.delegated_to, &self.zone.id)
    }

    /// Tells whether each authority that resolvers are sent to answers us for the zone, and leaves no question open that
    /// resolvers ask too. Where one does not, a resolver may fail because it waits for that one.
    fn every_authority_answers(&self) -> bool {
        let mut servers: BTreeMap<SocketAddr, bool> = BTreeMap::new();
        let asked =
            self.zone.delegated_to.iter().flat_map(|provider| self.sight.every_dns(provider));
        for (_, dns) in asked {
            let DnsRole::Authority { zone, .. } = &dns.role else { continue };
            let answers = match self.sight.outcome(Some(dns.server), &dns.ending) {
                Outcome::Answered(answer) => not_authoritative(answer).is_none(),
                Outcome::Silent if *zone == self.zone.id && dns.manner.is_usual() => return false,
                Outcome::Odd(_) | Outcome::Silent | Outcome::Refused => false,
                Outcome::Nothing { .. } => continue,
            };
            if *zone == self.zone.id {
                *servers.entry(dns.server).or_default() |= answers;
            }
        }
        !servers.is_empty() && servers.into_values().all(|answers| answers)
    }

    /// Tells whether the zone's authorities were asked and say nothing at all to us.
    fn authorities_are_silent(&self) -> bool {
        let asked =
            self.zone.delegated_to.iter().flat_map(|provider| self.sight.every_dns(provider));
        let about = asked.filter(|(_, dns)| {
            matches!(&dns.role, DnsRole::Authority { zone, .. } if *zone == self.zone.id)
        });
        let mut outcomes =
            about.map(|(_, dns)| self.sight.outcome(Some(dns.server), &dns.ending)).peekable();
        outcomes.peek().is_some()
            && outcomes.all(|it| matches!(it, Outcome::Silent | Outcome::Refused))
    }

    /// Says whether the way from the resolver to the zone is cut; unknown where something else would look the same.
    fn is_cut_off(&self) -> (Truth, String) {
        let zone = &self.zone.id;
        if !self.every_authority_answers() {
            let because = format!("not every authority of {zone} answers us everything");
            return (Truth::Unknown, because);
        }
        if is_as_intended(self.world.estate, self.sight, self.zone) == Truth::False {
            return (Truth::Unknown, format!("the parent delegates {zone} elsewhere"));
        }
        if self.is_stale() {
            // Some resolvers answer from what has run out first, and ask afterwards: a fresh name tells.
            let because = format!("its answers for {zone} are stale");
            return (self.fresh_fails().map_or(Truth::Unknown, Truth::of), because);
        }
        let mut failing = self.usual().filter(|dns| self.fails(dns)).peekable();
        if failing.peek().is_none() {
            let right = self.answers().any(|(_, answer)| says(answer));
            let because = if right { "it answers for" } else { "it was not asked for" };
            let truth = if right { Truth::False } else { Truth::Unknown };
            return (truth, format!("{because} {zone}"));
        }
        match failing.any(|dns| self.cannot_reach(dns)) {
            true if is_bogus(self.world, self.sight, self.zone) => {
                let because =
                    format!("what is served of {zone} is bogus, and whoever validates fails");
                (Truth::Unknown, because)
            }
            true => {
                let because =
                    "it fails for {}, whose authorities answer us, and answers other names";
                (Truth::True, because.replace("{}", zone.as_str()))
            }
            false => (Truth::Unknown, format!("why it fails for {zone} is not known")),
        }
    }

    /// Tells whether a failure can only mean that the authorities are out of the resolver's reach: it is not its own
    /// checking that fails, other names work, and the answer is there.
    fn cannot_reach(&self, failed: &DnsObservation) -> bool {
        let same =
            |dns: &&&'a DnsObservation| (&dns.name, &dns.kind) == (&failed.name, &failed.kind);
        let checking = failed.ending.answer().is_some_and(|answer| has(answer, CHECKING));
        let mut unchecked =
            self.asked.iter().filter(same).filter(|dns| dns.manner.checking_disabled).peekable();
        let told = failed.ending.answer().is_some_and(|answer| has(answer, NETWORK));
        let slow = failed.ending.answer().is_none() && self.packets_get_lost();
        let fails_unchecked = unchecked.peek().is_some() && unchecked.all(|dns| self.fails(dns));
        self.elsewhere
            && !checking
            && !slow
            && (told || fails_unchecked)
            && self.is_answered_directly(&failed.name, &failed.kind)
    }

    /// Tells whether so much is lost between us and the zone's authorities that a resolver, which tries again later than
    /// we do, may still be trying.
    fn packets_get_lost(&self) -> bool {
        let ours = |subject: &Id, _| self.zone.delegated_to.contains(subject);
        Passage::of(self.sight, ours).tries().share() >= SLOWING
    }

    /// Returns for how many seconds the first of the zone's right answers is still remembered; nothing where
    /// nothing burns, or nothing is left.
    fn seconds_left(&self) -> Option<u32> {
        let critical = |dns: &DnsObservation| {
            self.zone.critical.iter().find(|critical| {
                critical.kind.eq_ignore_ascii_case(&dns.kind)
                    && self.zone.full_name(&critical.name) == dns.name
            })
        };
        let right = self.answers().filter(|(dns, answer)| {
            critical(dns).is_some_and(|critical| wrong(critical, answer).is_none())
        });
        let left = |answer: &DnsAnswer| match has(answer, STALE) {
            true => Some(0),
            false => answer.answers.iter().map(|record| record.ttl).min(),
        };
        right.filter_map(|(_, answer)| left(answer)).min()
    }
}

/// The share of tries, both ways, at which resolvers are slower than the patience of a probe: one packet in forty.
const SLOWING: f64 = 0.05;

/// Stale answers (RFC 8914 §4.4, §4.20).
const STALE: &[u16] = &[3, 19];

/// What a resolver's own checking says: algorithms, digests, bogus, signatures, keys, denials (RFC 8914 §4.2 to §4.13).
const CHECKING: &[u16] = &[1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 27];

/// No reachable authority, network error (RFC 8914 §4.23, §4.24).
const NETWORK: &[u16] = &[22, 23];

fn has(answer: &DnsAnswer, codes: &[u16]) -> bool {
    answer.extended_errors.iter().any(|(code, _)| codes.contains(code))
}

fn says(answer: &DnsAnswer) -> bool {
    matches!(answer.rcode.as_str(), "NOERROR" | "NXDOMAIN")
}

fn cut_off(views: &[View<'_>], resolver: &Id) -> Claim {
    let kind = FactKind::DnsResolverCutOff;
    let told: Vec<(Truth, String)> =
        views.iter().filter(|view| !view.asked.is_empty()).map(View::is_cut_off).collect();
    let of = |truth: Truth| told.iter().filter(move |(it, _)| *it == truth).map(|(_, why)| why);
    let (cut, open) = (of(Truth::True).count(), of(Truth::False).count());
    let truth = match (cut, of(Truth::Unknown).count()) {
        (0, 0) if open > 0 => Truth::False,
        (0, _) => Truth::Unknown,
        (_, _) => Truth::True,
    };
    let because: Vec<&String> = of(truth).collect();
    match truth {
        Truth::Unknown if because.is_empty() => {
            Claim::moot(kind, resolver, "it was asked for no name of ours")
        }
        Truth::Unknown => Claim::moot(kind, resolver, list(&because)),
        Truth::True | Truth::False => Claim::new(kind, resolver, truth, list(&because))
            .measured(Some(Measure::part(cut as f64, (cut + open) as f64))),
    }
}

fn stale(views: &[View<'_>], resolver: &Id) -> Claim {
    let kind = FactKind::DnsResolverStale;
    let answered = || views.iter().filter(|view| view.answers().next().is_some());
    let stale: Vec<&str> =
        answered().filter(|it| it.is_stale()).map(|it| it.zone.id.as_str()).collect();
    if !stale.is_empty() {
        let because = format!("its answers for {} have run out, and it says so", list(&stale));
        return Claim::new(kind, resolver, Truth::True, because);
    }
    // A resolver need not say that an answer is stale: only authorities that answer leave no reason for one.
    match answered().next().is_some() && answered().all(View::authorities_answer) {
        true => Claim::new(kind, resolver, Truth::False, "no answer is said to be stale"),
        false => Claim::moot(kind, resolver, "it says of no answer that it is stale, and need not"),
    }
}

fn fuse(views: &[View<'_>], resolver: &Id) -> Claim {
    let kind = FactKind::DnsResolverFuse;
    let (burning, lit): (Vec<_>, Vec<_>) = views
        .iter()
        .filter(|view| !view.asked.is_empty())
        .partition(|view| view.authorities_are_silent());
    let cached = |view: &&&View<'_>| !view.reaches_authorities();
    let left = burning
        .iter()
        .filter(cached)
        .filter_map(|view| Some((view.seconds_left()?, &view.zone.id)));
    if let Some((seconds, zone)) = left.min() {
        let because = match seconds {
            0 => format!("what it knows of {zone} has run out, and is served stale"),
            seconds => format!(
                "it remembers {zone} for another {seconds} s, and its authorities do not answer"
            ),
        };
        return Claim::new(kind, resolver, Truth::True, because).seconds(seconds);
    }
    match burning.is_empty() {
        true if lit.iter().all(|view| view.authorities_answer()) && !lit.is_empty() => {
            Claim::new(kind, resolver, Truth::False, "our authorities answer")
        }
        true => Claim::moot(kind, resolver, "whether our authorities answer is not known"),
        false if burning.iter().any(|view| view.reaches_authorities()) => {
            Claim::new(kind, resolver, Truth::False, "it reaches authorities that do not answer us")
        }
        false => Claim::new(kind, resolver, Truth::False, "it remembers no right answer"),
    }
}
