//! Who is left: the name servers of a zone, or the trackers of a torrent, that are known to answer.
//!
//! What nobody knows does not count as good. A change that takes nothing away cannot take the last one.

use std::collections::BTreeSet;

use super::delegation::servers;
use super::tally::counted;
use crate::model::{
    Change, Estate, Expected, Fact, FactKind, Id, Limit, LimitKind, PlannedChange, TrackerEntry,
    Truth, Value, fully_qualified,
};

/// What is known of who answers.
#[derive(Clone, Copy)]
pub struct Health<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The facts.
    pub facts: &'a [Fact],
}

/// Tells whether anything of a change depends on who answers.
pub fn matters(planned: &PlannedChange) -> bool {
    // Records of a zone take no server and no tracker away.
    if let Expected::Records { .. } = planned.verify.expected {
        return false;
    }
    least(&planned.limit, takes(&planned.changes)) > 0
}

/// Says which limit a planned change would break by what is known now: the limit, and by how much.
pub fn broken(planned: &PlannedChange, now: &Health<'_>) -> Option<(LimitKind, String)> {
    let PlannedChange { limit, changes, verify, .. } = planned;
    now.left(limit, changes, &verify.expected).0
}

impl Health<'_> {
    /// Says which limit is broken, if one is, and on which facts that rests.
    pub fn left(
        &self,
        limit: &Limit,
        changes: &[Change],
        expected: &Expected,
    ) -> (Option<(LimitKind, String)>, Vec<Id>) {
        let said = limit.keep_healthy_servers.unwrap_or(0) as usize;
        match expected {
            Expected::Delegation { after, .. } => {
                self.delegated(limit, takes(changes), &after.servers)
            }
            Expected::Top { kind, .. } if kind == "NS" => {
                let sets = changes.iter().flat_map(|change| match &change.after {
                    Value::Rrsets(sets) => sets.as_slice(),
                    Value::Trackers(_) => &[],
                });
                let left: Vec<String> = sets.flat_map(servers).collect();
                self.delegated(limit, takes(changes), &left)
            }
            Expected::Top { .. } => (None, Vec::new()),
            Expected::Records { .. } => (None, Vec::new()),
            Expected::Listed { .. } => {
                if least(limit, takes(changes)) == 0 {
                    return (None, Vec::new());
                }
                let (answering, used) = self.trackers();
                let few = changes.iter().find_map(|change| match &change.after {
                    Value::Trackers(list) => {
                        let least = said.max(usize::from(takes(std::slice::from_ref(change))));
                        let words = ["tracker of a torrent", "trackers of a torrent"];
                        too_few(self.listed(list, &answering, least), least, words)
                    }
                    Value::Rrsets(_) => None,
                });
                (few.map(|it| (LimitKind::LastTracker, it)), used)
            }
        }
    }

    /// Says whether too few of the servers that a zone is delegated to afterwards are known to answer, where any goes.
    pub fn delegated(
        &self,
        limit: &Limit,
        takes: bool,
        servers: &[String],
    ) -> (Option<(LimitKind, String)>, Vec<Id>) {
        let least = least(limit, takes);
        if least == 0 {
            return (None, Vec::new());
        }
        let (left, used) = self.servers(servers);
        let few = too_few(left, least, ["name server", "name servers"]);
        (few.map(|it| (LimitKind::LastServer, it)), used)
    }

    /// Tells whether a tracker is known not to answer: somebody saw that, and nobody saw an answer.
    pub fn is_dead(&self, tracker: &Id) -> bool {
        let facts = self.of(FactKind::TrackerAnswers, |it| it == tracker);
        facts.iter().any(|fact| fact.truth == Truth::False) && !facts.iter().any(|it| answers(it))
    }

    /// Tells whether a name server is known not to answer: somebody saw that, and nobody saw an answer.
    pub fn is_silent(&self, server: &str) -> bool {
        let of = |subject: &Id| {
            let named = subject.as_str().split_once('/').and_then(|(_, it)| it.split('@').next());
            named.is_some_and(|name| fully_qualified(name) == server)
        };
        let facts = self.of(FactKind::DnsServerAnswers, of);
        facts.iter().any(|fact| fact.truth == Truth::False) && !facts.iter().any(|it| answers(it))
    }

    /// Counts the servers of a set that are known to answer at one of their addresses at least.
    ///
    /// Where no fact speaks of single servers, a provider that answers counts with as many as it measures.
    fn servers(&self, names: &[String]) -> (usize, Vec<Id>) {
        let mut used = Vec::new();
        let mut count = 0;
        for provider in &self.estate.dns_providers {
            let own: BTreeSet<String> =
                provider.nameservers.iter().map(|it| fully_qualified(&it.name)).collect();
            let own = names.iter().filter(|name| own.contains(*name)).count();
            let start = format!("{}/", provider.id);
            let single = self.of(FactKind::DnsServerAnswers, |it| it.as_str().starts_with(&start));
            let name = |fact: &Fact| {
                let server = fact.subject.as_str().strip_prefix(&start)?.split('@').next()?;
                Some(fully_qualified(server)).filter(|server| names.contains(server))
            };
            used.extend(single.iter().map(|fact| fact.id.clone()));
            let answering: BTreeSet<String> =
                single.iter().filter(|fact| answers(fact)).filter_map(|fact| name(fact)).collect();
            if !single.is_empty() {
                count += answering.len();
                continue;
            }
            let whole = self.of(FactKind::DnsAuthorityAnswers, |it| *it == provider.id);
            used.extend(whole.iter().map(|fact| fact.id.clone()));
            let most = whole
                .iter()
                .filter(|fact| answers(fact))
                .map(|fact| fact.measure.map_or(1, |measure| measure.value as usize));
            count += most.max().unwrap_or(0).min(own);
        }
        (count, used)
    }

    fn trackers(&self) -> (BTreeSet<Id>, Vec<Id>) {
        let facts = self.of(FactKind::TrackerAnswers, |_| true);
        let used = facts.iter().map(|fact| fact.id.clone()).collect();
        let answering = facts.iter().filter(|fact| answers(fact));
        (answering.map(|fact| fact.subject.clone()).collect(), used)
    }

    /// Counts the trackers of a list that answer, no further than matters.
    fn listed(&self, list: &[TrackerEntry], answering: &BTreeSet<Id>, least: usize) -> usize {
        let trackers = self.estate.trackers.iter().filter(|it| answering.contains(&it.id));
        trackers.filter(|tracker| tracker.is_in(list)).take(least).count()
    }

    fn of(&self, kind: FactKind, subject: impl Fn(&Id) -> bool) -> Vec<&Fact> {
        self.facts.iter().filter(|fact| fact.kind == kind && subject(&fact.subject)).collect()
    }
}

/// How many must be left: what the runbook says, and one at least where something is taken away.
fn least(limit: &Limit, takes: bool) -> usize {
    (limit.keep_healthy_servers.unwrap_or(0) as usize).max(usize::from(takes))
}

/// Tells whether changes take a served record or a tracker away from where it stands.
fn takes(changes: &[Change]) -> bool {
    changes.iter().any(|change| match (&change.before, &change.after) {
        (Value::Rrsets(before), Value::Rrsets(after)) => before.iter().any(|set| {
            let left = after.iter().find(|it| it.key == set.key);
            let stays = |content: &str| {
                left.is_some_and(|it| {
                    it.records.iter().any(|record| !record.disabled && record.content == content)
                })
            };
            set.records.iter().any(|record| !record.disabled && !stays(&record.content))
        }),
        (Value::Trackers(before), Value::Trackers(after)) => {
            before.iter().any(|entry| !after.iter().any(|it| it.url == entry.url))
        }
        (Value::Rrsets(_) | Value::Trackers(_), _) => true,
    })
}

fn too_few(left: usize, least: usize, words: [&str; 2]) -> Option<String> {
    let left_over = counted(left, words);
    let known = if left == 1 { "that is known to answer" } else { "that are known to answer" };
    (left < least).then(|| format!("it would leave {left_over} {known}; the limit is {least}"))
}

fn answers(fact: &Fact) -> bool {
    fact.truth == Truth::True
}
