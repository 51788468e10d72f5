//! The APIs of our DNS providers: whether they answer, and whether they take our credential.
//!
//! An API that refuses us answers: a wrong credential is no outage.

use super::World;
use super::claim::Claim;
use super::sight::{Outcome, Sight};
use super::tally::{Score, Tally};
use crate::model::{
    ApiAnswer, ApiObservation, DnsProvider, DnsProviderKind, FactKind, Id, Observation, Truth,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.dns_providers.iter().flat_map(|provider| of_provider(sight, provider)).collect()
}

fn of_provider(sight: &Sight<'_>, provider: &DnsProvider) -> [Claim; 5] {
    let asked: Vec<_> = asked(sight, &provider.id).collect();
    let scores =
        asked.iter().map(|(_, api)| Score::of(sight.outcome(api.endpoint, &api.ending), failing));
    let score = scores.reduce(Score::better).unwrap_or_else(|| Score::Nothing {
        why: "its API was not asked".to_owned(),
        moot: provider.kind == DnsProviderKind::Unmanaged,
    });
    let tally = Tally {
        scores: vec![("its API".to_owned(), score)],
        from: asked.iter().map(|(id, _)| (*id).clone()).collect(),
        noun: ("API", "APIs"),
    };
    let id = &provider.id;
    [
        tally.answers(FactKind::DnsApiAnswers, id),
        tally.times_out(FactKind::DnsApiTimesOut, id),
        tally.refuses(FactKind::DnsApiRefuses, id),
        tally.odd(FactKind::DnsApiFails, id),
        accepts(sight, id, &asked),
    ]
}

fn asked<'a>(
    sight: &Sight<'a>,
    provider: &Id,
) -> impl Iterator<Item = (&'a Id, &'a ApiObservation)> {
    sight.about(provider).filter_map(|evidence| match &evidence.observation {
        Observation::Api(api) => Some((&evidence.id, api)),
        Observation::Dns(_)
        | Observation::Tracker(_)
        | Observation::Peers(_)
        | Observation::Bgp(_)
        | Observation::Seedbox(_)
        | Observation::Tcp(_)
        | Observation::Registry(_)
        | Observation::Copy(_)
        | Observation::Vantage(_) => None,
    })
}

/// Says what is wrong with an answer: only a server that says so itself has failed (RFC 9110 §15.6).
fn failing(answer: &ApiAnswer) -> Option<String> {
    let status = answer.status.filter(|status| (500..=599).contains(status))?;
    Some(format!("answers with status {status}"))
}

/// Only what was asked with the credential says anything about it.
fn accepts(sight: &Sight<'_>, id: &Id, asked: &[(&Id, &ApiObservation)]) -> Claim {
    let told = asked.iter().find_map(|(from, api)| {
        let Outcome::Answered(answer) = sight.outcome(api.endpoint, &api.ending) else {
            return None;
        };
        let status = answer.status.filter(|_| answer.with_credential)?;
        match status {
            200..=299 => Some((from, Truth::True, "the credential is taken".to_owned())),
            401 | 403 => {
                Some((from, Truth::False, format!("it refuses the credential (status {status})")))
            }
            _ => None,
        }
    });
    let kind = FactKind::DnsApiAccepts;
    match told {
        Some((from, truth, because)) => Claim::new(kind, id, truth, because).from([*from]),
        None => Claim::moot(kind, id, "no credential was shown, or nothing was said about it")
            .from(asked.iter().map(|(from, _)| *from)),
    }
}
