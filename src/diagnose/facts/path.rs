//! The way between us and a provider's servers: what passes and what is lost, though the servers live.
//!
//! What is lost towards everybody may be lost near us: a path is ill only while another is known to be well.

use super::World;
use super::authority::servers;
use super::claim::{Claim, MOOT};
use super::passage::{Ill, Passage, Tries};
use super::sight::Sight;
use super::tally::{Score, Tally};
use crate::model::{DnsProvider, DnsRole, FactKind, Id, Measure, Truth, Unit, Zone};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let providers = world.estate.dns_providers.iter();
    providers.flat_map(|provider| of_provider(world, sight, provider)).collect()
}

fn of_provider(world: &World<'_>, sight: &Sight<'_>, provider: &DnsProvider) -> Vec<Claim> {
    let own = servers(provider).into_iter().map(|(name, at)| {
        let at_server =
            Passage::of(sight, |subject, server| *subject == provider.id && server == at);
        (name, at_server)
    });
    let own: Vec<(String, Passage<'_>)> = own.collect();
    let others = Passage::of(sight, |subject, _| *subject != provider.id);
    let resolves = |subject: &Id| world.estate.resolvers.iter().any(|it| it.id == *subject);
    // A resolver is silent while it asks others, and loses nothing: whoever else there is tells more.
    let hosts = Passage::of(sight, |subject, _| *subject != provider.id && !resolves(subject));
    let odd = |kind, ill| tally(&own, &others, ill).odd(kind, &provider.id);
    vec![
        odd(FactKind::DnsPathEdnsHostile, Ill::EdnsHostile),
        odd(FactKind::DnsPathMtuHole, Ill::MtuHole),
        odd(FactKind::DnsPathTcpFiltered, Ill::TcpFiltered),
        loss(&own, &[hosts, others], &provider.id),
        cut_off(world, sight, provider, &own),
    ]
}

fn tally(own: &[(String, Passage<'_>)], others: &Passage<'_>, ill: Ill) -> Tally {
    let alone = others.carries(ill);
    let score = |(name, passage): &(String, Passage<'_>)| {
        let mut score = passage.score(ill);
        if let Score::Odd(what) = &score
            && !alone
        {
            score = nothing(format!("{what}, and nobody else shows that it would pass from here"));
        }
        (name.clone(), score)
    };
    Tally {
        scores: own.iter().map(score).collect(),
        from: own.iter().flat_map(|(_, passage)| passage.from()).collect(),
        noun: ("server", "servers"),
    }
}

fn nothing(why: String) -> Score {
    Score::Nothing { why, moot: true }
}

/// The share of tries that a path may lose and be well: one packet in ten each way, which retries hide from users.
const FINE: f64 = 0.19;

/// How unlikely it must be that a path which loses no more than [`FINE`] lost as many: one in a hundred thousand.
const UNLIKELY: f64 = 1e-5;

/// The fewest tries that say anything.
const FEWEST: u32 = 5;

/// Says how much the worst server's path loses.
fn loss(own: &[(String, Passage<'_>)], others: &[Passage<'_>], provider: &Id) -> Claim {
    let kind = FactKind::DnsPathLoss;
    let from: Vec<Id> = own.iter().flat_map(|(_, passage)| passage.from()).collect();
    let counted = own.iter().map(|(name, passage)| (name, passage.tries()));
    let counted = counted.filter(|(_, tries)| tries.sent >= FEWEST);
    let worst = counted.max_by(|(_, one), (_, two)| one.share().total_cmp(&two.share()));
    let Some((name, tries)) = worst else {
        let because = format!("fewer than {FEWEST} tries were answered or lost at any server");
        return Claim::moot(kind, provider, because).from(&from);
    };
    let said = format!("{} of {} tries to {name} were lost", tries.lost, tries.sent);
    let (truth, because) = match () {
        () if tries.share() <= FINE => (Truth::False, said),
        () if !is_lossy(tries) => (Truth::Unknown, format!("{said}: too few to tell")),
        () if !others.iter().any(|it| loses_less(it.tries(), tries)) => {
            (Truth::Unknown, format!("{said}, and nobody else is known to lose less from here"))
        }
        () => (Truth::True, said),
    };
    let percent = Measure { value: 100.0 * tries.share(), unit: Unit::Percent, of: None };
    let measure = if truth.is_known() { percent } else { MOOT };
    Claim::new(kind, provider, truth, because).measured(Some(measure)).from(&from)
}

/// Tells whether a path that loses no more than it may would hardly ever lose as many.
fn is_lossy(tries: Tries) -> bool {
    tries.sent >= FEWEST
        && tries.share() > FINE
        && at_least(tries.lost, tries.sent, FINE) < UNLIKELY
}

/// Tells whether what others lose is known to be clearly less.
fn loses_less(others: Tries, own: Tries) -> bool {
    others.sent >= FEWEST && others.share() <= own.share() / 2.0
}

/// Returns how likely it is that of `all` tries at least `some` are lost, each with the same chance.
fn at_least(some: u32, all: u32, chance: f64) -> f64 {
    let mut exactly = (1.0 - chance).powf(f64::from(all));
    let mut sum = 0.0;
    for lost in 0..=all {
        if lost >= some {
            sum += exactly;
        }
        exactly *= f64::from(all - lost) / f64::from(lost + 1) * chance / (1.0 - chance);
    }
    sum
}

/// True when resolvers get answers from servers that do not answer us; a zone of several providers cannot tell.
fn cut_off(
    world: &World<'_>,
    sight: &Sight<'_>,
    provider: &DnsProvider,
    own: &[(String, Passage<'_>)],
) -> Claim {
    let kind = FactKind::DnsPathCutOff;
    let from: Vec<Id> = own.iter().flat_map(|(_, passage)| passage.from()).collect();
    if own.iter().any(|(_, passage)| passage.answers()) {
        return Claim::new(kind, &provider.id, Truth::False, "it answers us").from(&from);
    }
    let alone = |zone: &&Zone| zone.delegated_to == [provider.id.clone()];
    let zones: Vec<&Id> = world.estate.zones.iter().filter(alone).map(|zone| &zone.id).collect();
    let fresh = Passage::of(sight, |_, _| true).fresh(
        |role| matches!(role, DnsRole::Resolver { zone: Some(zone) } if zones.contains(&zone)),
    );
    match fresh {
        Some((true, ids)) if own.iter().all(|(_, passage)| passage.is_silent()) => {
            let because = "it does not answer us, but resolvers get answers from it";
            Claim::new(kind, &provider.id, Truth::True, because).from(from.iter().chain(&ids))
        }
        Some((false, ids)) => {
            let because = "resolvers get no answer from it either";
            Claim::new(kind, &provider.id, Truth::False, because).from(from.iter().chain(&ids))
        }
        Some(_) | None => {
            Claim::moot(kind, &provider.id, "no resolver says whether it reaches it").from(&from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odds_of_losses_add_up() {
        assert!((at_least(0, 20, 0.05) - 1.0).abs() < 1e-9);
        assert!((at_least(1, 5, 0.05) - (1.0 - 0.95_f64.powi(5))).abs() < 1e-12);
        assert!((at_least(20, 20, 0.5) - 0.5_f64.powi(20)).abs() < 1e-12);
    }

    #[test]
    fn few_losses_are_no_lossy_path() {
        let lossy = |lost, sent| is_lossy(Tries { lost, sent });
        assert!(!lossy(1, 7) && !lossy(5, 5) && !lossy(0, 60) && !lossy(3, 60));
        assert!(lossy(30, 60) && lossy(8, 8));
        assert!(!lossy(20, 60), "a third may be bad luck");
    }
}
