//! Second, different answers to one question: somebody on the way answers as well.

use super::World;
use super::claim::{Claim, count};
use super::sight::Sight;
use crate::model::{DnsTransport, FactKind, Id, Measure, Remote, Truth};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let providers = world.estate.dns_providers.iter().map(|provider| &provider.id);
    let resolvers = world.estate.resolvers.iter().map(|resolver| &resolver.id);
    providers.chain(resolvers).map(|subject| doubled(sight, subject)).collect()
}

fn doubled(sight: &Sight<'_>, subject: &Id) -> Claim {
    let answered = sight
        .every_dns(subject)
        .filter(|(_, dns)| dns.transport == DnsTransport::Udp && dns.ending.answer().is_some());
    let (mut from, mut doubled, mut first) = (Vec::new(), 0, None);
    for (id, dns) in answered {
        from.push(id.clone());
        if dns.second.is_some() {
            doubled += 1;
            first.get_or_insert_with(|| {
                format!("{} {}", Remote::new(&dns.name), Remote::new(&dns.kind))
            });
        }
    }
    let kind = FactKind::DnsAnswerDoubled;
    if from.is_empty() {
        return Claim::moot(kind, subject, "nothing was answered over UDP");
    }
    let because = match first {
        None => "no question got a second, different answer".to_owned(),
        Some(first) => {
            let questions = count(doubled, "question", "questions");
            format!("{questions} got two different answers, {first} among them")
        }
    };
    Claim::new(kind, subject, Truth::of(doubled > 0), because)
        .measured(Some(Measure::part(doubled as f64, from.len() as f64)))
        .from(&from)
}
