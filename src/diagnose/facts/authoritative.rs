//! The authoritative set: what the name servers of a zone say of one critical name, all of them together.
//!
//! Resolvers are held against this set and the estate, never against each other: two of them may differ and both be right.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::World;
use super::authority::not_authoritative;
use super::delegation::{name_servers, names_of, of_parent, usable};
use super::resolver::same;
use super::sight::{Outcome, Sight};
use crate::model::{
    CriticalName, DnsAnswer, DnsObservation, DnsProvider, DnsRole, Estate, Expect, Id, Zone,
    fully_qualified,
};

/// What one server says of one critical name.
pub(super) struct Word<'a> {
    pub provider: &'a Id,
    /// The server's name, for people.
    pub server: &'a str,
    pub answer: &'a DnsAnswer,
    pub from: &'a Id,
}

impl Word<'_> {
    /// Returns the values of a type, sorted, in one spelling.
    pub fn values(&self, kind: &str) -> BTreeSet<String> {
        values(self.answer, kind).map(spelt).collect()
    }

    /// Tells whether the name is an alias that leads elsewhere: then somebody else has the values.
    pub fn leads_away(&self, kind: &str) -> bool {
        kind != "CNAME"
            && values(self.answer, kind).next().is_none()
            && values(self.answer, "CNAME").next().is_some()
    }

    /// Tells whether the server says that there is no such name, or nothing of that type.
    pub fn denies(&self, kind: &str) -> bool {
        values(self.answer, kind).next().is_none() && !self.leads_away(kind)
    }
}

/// Returns the data of a type in an answer.
pub(super) fn values<'a>(answer: &'a DnsAnswer, kind: &str) -> impl Iterator<Item = &'a str> {
    let records =
        answer.answers.iter().filter(move |record| record.kind.eq_ignore_ascii_case(kind));
    records.map(|record| record.data.raw())
}

/// Writes data in one spelling, so that equal data is equal text.
fn spelt(data: &str) -> String {
    let plain = data.trim_end_matches('.').to_ascii_lowercase();
    plain.parse::<std::net::IpAddr>().map_or(plain, |ip| ip.to_string())
}

/// Tells whether the estate expects a value; `None` where it does not say which values are right.
pub(super) fn expected(critical: &CriticalName, data: &str) -> Option<bool> {
    match &critical.expect {
        Expect::Values(values) => Some(values.iter().any(|wanted| same(wanted, data))),
        Expect::Unsaid | Expect::Word(_) => None,
    }
}

/// Returns what every authoritative server said of a critical name, providers that stand by included.
pub(super) fn words<'a>(
    world: &World<'a>,
    sight: &Sight<'a>,
    zone: &'a Zone,
    critical: &CriticalName,
) -> Vec<Word<'a>> {
    let (name, kind) = (zone.full_name(&critical.name), critical.kind.to_ascii_uppercase());
    let mut words = Vec::new();
    for provider in serving(world.estate, zone) {
        for (from, dns) in sight.dns(&provider.id) {
            let DnsRole::Authority { zone: of, server, .. } = &dns.role else { continue };
            if *of != zone.id || dns.name != name || dns.kind != kind {
                continue;
            }
            if let Some(answer) = authoritative(sight, dns) {
                words.push(Word { provider: &provider.id, server, answer, from });
            }
        }
    }
    words
}

/// Returns what a server says of a zone of its own.
pub(super) fn authoritative<'a>(
    sight: &Sight<'a>,
    dns: &'a DnsObservation,
) -> Option<&'a DnsAnswer> {
    match sight.outcome(Some(dns.server), &dns.ending) {
        // What was cut is not all of it: the whole comes over TCP.
        Outcome::Answered(answer) => {
            Some(answer).filter(|it| not_authoritative(it).is_none() && !it.tc)
        }
        Outcome::Odd(_) | Outcome::Silent | Outcome::Refused | Outcome::Nothing { .. } => None,
    }
}

/// Returns the providers that should have a zone.
pub(super) fn serving<'a>(
    estate: &'a Estate,
    zone: &'a Zone,
) -> impl Iterator<Item = &'a DnsProvider> {
    let ids: BTreeSet<&Id> = zone.delegated_to.iter().chain(&zone.standby_at).collect();
    estate.dns_providers.iter().filter(move |provider| ids.contains(&provider.id))
}

/// Returns the name servers that the parent sends resolvers to, all of its servers' words together; `None` if it said
/// nothing.
pub(super) fn delegated(sight: &Sight<'_>, zone: &Zone) -> Option<BTreeSet<String>> {
    let name = fully_qualified(&zone.name);
    let answers = of_parent(sight, zone, "NS").filter_map(|(_, dns)| dns.ending.answer());
    let mut answers = answers.filter(|answer| usable(answer) && !answer.tc).peekable();
    answers.peek()?;
    let servers = answers.flat_map(|answer| name_servers(answer, &name));
    Some(servers.map(|(server, _)| server).collect())
}

/// Whether the authorities were heard well enough to hold a resolver against them.
pub(super) enum Heard {
    /// All that resolvers are sent to.
    All,
    /// Not these: why not.
    Not(String),
}

/// Tells whether every provider that resolvers are sent to was heard, and nobody else is.
pub(super) fn heard(
    world: &World<'_>,
    sight: &Sight<'_>,
    zone: &Zone,
    words: &[Word<'_>],
) -> Heard {
    let sent = delegated(sight, zone);
    if sent.as_ref().is_some_and(BTreeSet::is_empty) {
        return Heard::Not("the parent sends resolvers to nobody".to_owned());
    }
    let sent = sent.unwrap_or_default();
    let known: BTreeSet<String> = world.estate.dns_providers.iter().flat_map(names_of).collect();
    if let Some(stranger) = sent.iter().find(|server| !known.contains(*server)) {
        let shown = crate::model::Remote::new(stranger);
        return Heard::Not(format!("the parent sends resolvers to {shown}, which is not ours"));
    }
    let wanted = serving(world.estate, zone).filter(|provider| match sent.is_empty() {
        true => zone.delegated_to.contains(&provider.id),
        false => !names_of(provider).is_disjoint(&sent),
    });
    let mut silent = wanted.filter(|it| !words.iter().any(|word| *word.provider == it.id));
    match silent.next() {
        Some(silent) => Heard::Not(format!("{} did not say what is right", silent.id)),
        None => Heard::All,
    }
}

/// Returns the serial numbers that the authorities have, each once.
pub(super) fn serials(world: &World<'_>, sight: &Sight<'_>, zone: &Zone) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for provider in serving(world.estate, zone) {
        for (_, dns) in sight.dns(&provider.id).filter(|(_, dns)| dns.kind == "SOA") {
            let about = matches!(&dns.role, DnsRole::Authority { zone: of, .. } if *of == zone.id);
            if let Some(answer) = authoritative(sight, dns).filter(|_| about) {
                found.extend(values(answer, "SOA").filter_map(serial));
            }
        }
    }
    found
}

/// Reads the serial number of a SOA record's data (RFC 1035 §3.3.13).
pub(super) fn serial(data: &str) -> Option<u32> {
    data.split_ascii_whitespace().nth(2)?.parse().ok()
}

/// Tells whether a serial number, read as the moment or the day of a change (RFC 1912 §2.2), lies within some seconds.
///
/// Who only counts up tells nothing by it.
pub(super) fn says_changed(serial: u32, now: Timestamp, within: u32) -> bool {
    let age = now.as_second() - i64::from(serial);
    let by_moment = (0..=i64::from(within)).contains(&age);
    let day = |at: i64| Timestamp::from_second(at).ok().map(|at| at.strftime("%Y%m%d").to_string());
    let stated = (serial / 100).to_string();
    let since = now.as_second() - i64::from(within);
    by_moment || [now.as_second(), since].into_iter().filter_map(day).any(|day| day == stated)
}

/// Returns the largest time to live that the authorities give a name, in seconds.
pub(super) fn longest(words: &[Word<'_>], kind: &str) -> Option<u32> {
    let records = words.iter().flat_map(|word| &word.answer.answers);
    records.filter(|record| record.kind == kind).map(|record| record.ttl).max()
}

/// Groups what was said by provider.
pub(super) fn by_provider<'a, 'b>(words: &'b [Word<'a>]) -> BTreeMap<&'a Id, Vec<&'b Word<'a>>> {
    let mut grouped: BTreeMap<&Id, Vec<&Word<'_>>> = BTreeMap::new();
    words.iter().for_each(|word| grouped.entry(word.provider).or_default().push(word));
    grouped
}
