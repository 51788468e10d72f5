//! The name servers of our providers.
//!
//! A server answers when it is authoritative for any zone that it was asked about, over UDP, as resolvers ask. A
//! provider answers while any of its servers does: the measure tells how many, and less than all is no health.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::World;
use super::claim::Claim;
use super::sight::{Outcome, Sight};
use super::tally::{Score, Tally};
use crate::model::{
    DnsAnswer, DnsObservation, DnsProvider, DnsRole, DnsTransport, FactKind, Id, Measure, Truth,
    Unit, fully_qualified,
};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    let providers = world.estate.dns_providers.iter();
    providers.flat_map(|provider| of_provider(world, sight, provider)).collect()
}

fn of_provider(world: &World<'_>, sight: &Sight<'_>, provider: &DnsProvider) -> Vec<Claim> {
    let used = world.estate.zones.iter().any(|zone| {
        zone.delegated_to.contains(&provider.id) || zone.standby_at.contains(&provider.id)
    });
    let servers = servers(provider);
    let asked = asked(sight, provider);
    let udp = tally(sight, &servers, &asked, used, false);
    let tcp = tally(sight, &servers, &asked, used, true);
    let lame = lame(sight, &servers, &asked, used);
    let id = &provider.id;
    let mut claims = vec![
        udp.answers(FactKind::DnsAuthorityAnswers, id),
        udp.times_out(FactKind::DnsAuthorityTimesOut, id),
        udp.refuses(FactKind::DnsAuthorityRefuses, id),
        lame.odd(FactKind::DnsAuthorityLame, id),
        tcp.answers(FactKind::DnsAuthorityTcp, id),
    ];
    let each = servers.iter().zip(&udp.scores);
    claims.extend(each.map(|((_, at), (name, score))| server(id, name, *at, score, &asked)));
    claims
}

/// Each server at each address: its name for people, and where it is asked.
pub(super) fn servers(provider: &DnsProvider) -> Vec<(String, SocketAddr)> {
    let at = |name: &str, at: SocketAddr| {
        let shown = if at.port() == 53 { at.ip().to_string() } else { at.to_string() };
        (format!("{}@{shown}", fully_qualified(name).trim_end_matches('.')), at)
    };
    let of = |server: &crate::model::NameServer| -> Vec<_> {
        server.addresses.iter().map(|address| at(&server.name, address.or_port(53))).collect()
    };
    provider.nameservers.iter().flat_map(of).collect()
}

type Asked<'a> = BTreeMap<SocketAddr, Vec<(&'a Id, &'a Id, &'a DnsObservation)>>;

/// Returns what each address was asked, with the zone that it was asked about.
fn asked<'a>(sight: &Sight<'a>, provider: &DnsProvider) -> Asked<'a> {
    let mut asked = Asked::new();
    for (id, dns) in sight.dns(&provider.id) {
        if let DnsRole::Authority { zone, .. } = &dns.role {
            asked.entry(dns.server).or_default().push((id, zone, dns));
        }
    }
    asked
}

/// Says what is wrong with an answer of a server that should be authoritative.
pub(super) fn not_authoritative(answer: &DnsAnswer) -> Option<String> {
    match (answer.rcode.as_str(), answer.aa) {
        ("NOERROR" | "NXDOMAIN", true) => None,
        ("NOERROR", false) => Some("answers without authority for our zone".to_owned()),
        (rcode, _) => Some(format!("answers {}", crate::model::Remote::new(rcode))),
    }
}

fn score(sight: &Sight<'_>, dns: &DnsObservation) -> Score {
    Score::of(sight.outcome(Some(dns.server), &dns.ending), not_authoritative)
}

fn tally(
    sight: &Sight<'_>,
    servers: &[(String, SocketAddr)],
    asked: &Asked<'_>,
    used: bool,
    stream: bool,
) -> Tally {
    let mut tally = Tally { noun: ("server", "servers"), ..Tally::default() };
    for (name, at) in servers {
        let about = asked.get(at).into_iter().flatten();
        let about = about.filter(|(.., dns)| (dns.transport == DnsTransport::Tcp) == stream);
        let (ids, scores): (Vec<_>, Vec<_>) =
            about.map(|(id, _, dns)| ((*id).clone(), score(sight, dns))).unzip();
        tally.from.extend(ids);
        let score = scores.into_iter().reduce(Score::better).unwrap_or_else(|| not_asked(used));
        tally.scores.push((name.clone(), score));
    }
    tally
}

fn not_asked(used: bool) -> Score {
    let why = if used { "was not asked" } else { "no zone of ours is meant to be there" };
    Score::Nothing { why: why.to_owned(), moot: !used }
}

/// A server is lame when it talks about a zone but is authoritative in no answer about it.
fn lame(
    sight: &Sight<'_>,
    servers: &[(String, SocketAddr)],
    asked: &Asked<'_>,
    used: bool,
) -> Tally {
    let mut tally = Tally { noun: ("server", "servers"), ..Tally::default() };
    for (name, at) in servers {
        let about: Vec<_> = asked.get(at).into_iter().flatten().collect();
        let zones: BTreeSet<&Id> = about.iter().map(|(_, zone, _)| *zone).collect();
        let of_zone = |zone: &Id| {
            let scores = about.iter().filter(|(_, of, _)| *of == zone);
            let udp = scores.filter(|(.., dns)| dns.transport == DnsTransport::Udp);
            udp.map(|(.., dns)| score(sight, dns)).reduce(Score::better)
        };
        let scores: Vec<Score> = zones.into_iter().filter_map(of_zone).collect();
        let odd = scores.iter().find(|score| matches!(score, Score::Odd(_))).cloned();
        let score = odd.or_else(|| scores.into_iter().reduce(Score::better));
        tally.from.extend(about.iter().map(|(id, ..)| (*id).clone()));
        tally.scores.push((name.clone(), score.unwrap_or_else(|| not_asked(used))));
    }
    tally
}

/// One server at one address; the subject is `provider/name@address`.
fn server(provider: &Id, name: &str, at: SocketAddr, score: &Score, asked: &Asked<'_>) -> Claim {
    let about: Vec<_> = asked.get(&at).into_iter().flatten().collect();
    let latency = about.iter().filter_map(|(.., dns)| dns.ending.answer()).map(|a| a.latency_ms);
    let measure = latency.min().map(|value| Measure {
        value: value as f64,
        unit: Unit::Milliseconds,
        of: None,
    });
    let truth = match score {
        Score::Good => Truth::True,
        Score::Odd(_) | Score::Silent | Score::Refused => Truth::False,
        Score::Nothing { .. } => Truth::Unknown,
    };
    let one = Tally {
        scores: vec![(name.to_owned(), score.clone())],
        from: about.iter().map(|(id, ..)| (*id).clone()).collect(),
        noun: ("server", "servers"),
    };
    let subject = Id::new(format!("{provider}/{name}"));
    let because = one.because();
    Claim::new(FactKind::DnsServerAnswers, &subject, truth, because)
        .measured(measure)
        .from(&one.from)
}

/// Tells whether any server of these providers answered with authority for a zone.
pub(super) fn zone_is_answered(sight: &Sight<'_>, providers: &[Id], zone: &Id) -> bool {
    let good = |dns: &DnsObservation| {
        matches!(&dns.role, DnsRole::Authority { zone: of, .. } if of == zone)
            && matches!(sight.outcome(Some(dns.server), &dns.ending),
                Outcome::Answered(answer) if not_authoritative(answer).is_none())
    };
    providers.iter().any(|provider| sight.dns(provider).any(|(_, dns)| good(dns)))
}
