//! The estate's resolvers as the only way from a name to addresses: the system's is never asked.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Budget;
use super::dns::Way;
use super::dns::ask::ask;
use crate::model::{DnsAnswer, Estate, Span, fully_qualified};
use crate::net::{Deadline, Door, Looking, Lookup, NetError, Origin};
use crate::wire::dns::Query;

/// The most questions of look-ups that wait at once: a thousand names at fifty silent resolvers must cost
/// time alone.
const WAITING: usize = 2_048;

static ROOM: Semaphore = Semaphore::const_new(WAITING);

/// Resolvers that are known by address.
#[derive(Clone, Debug)]
pub struct Resolvers {
    door: Door,
    servers: Vec<(SocketAddr, Way)>,
    budget: Budget,
}

impl Resolvers {
    /// Takes the resolvers of an estate, each by its first way; files lie below a folder.
    pub fn new(door: Door, estate: &Estate, base: &Path) -> Self {
        let servers = estate.resolvers.iter().filter_map(|resolver| {
            let way = Way::to(resolver, base).into_iter().next()?;
            Some((resolver.at(way.transport()), way))
        });
        Self { door, servers: servers.collect(), budget: Budget::of(&estate.probing) }
    }

    /// Tells whether there is any to ask.
    pub fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }

    /// Asks all of them at once and returns the first answer without an error, empty or not; one that
    /// denies the name ends nothing while others may know it.
    pub async fn ask(&self, name: &str, kind: &str, deadline: Deadline) -> Option<DnsAnswer> {
        let mut asking = JoinSet::new();
        for (server, way) in self.servers.iter().cloned() {
            let (door, query) = (self.door.clone(), Query::to_resolver(name, kind));
            let budget = self.budget;
            asking.spawn(async move {
                let room = deadline.run(ROOM.acquire()).await?.ok()?;
                let budget = budget.until(deadline);
                let told = ask(&door, server, Origin::Estate, way, &query, budget).await;
                drop(room);
                Some(told)
            });
        }
        while let Some(told) = asking.join_next().await {
            let answer = told.ok().flatten().and_then(|told| told.ending.answer().cloned());
            if let Some(answer) = answer.filter(|answer| answer.rcode == "NOERROR") {
                return Some(answer);
            }
        }
        None
    }

    /// Returns the addresses of a name, sorted, with the shortest time that their records live; nothing where none is known.
    pub async fn addresses_for_a_while(
        &self,
        name: &str,
        deadline: Deadline,
    ) -> Option<(Vec<IpAddr>, Span)> {
        let name = fully_qualified(name);
        let (four, six) =
            tokio::join!(self.ask(&name, "A", deadline), self.ask(&name, "AAAA", deadline));
        let answers: Vec<DnsAnswer> = [four, six].into_iter().flatten().collect();
        let records = answers.iter().flat_map(|answer| &answer.answers);
        let ttl = records.map(|record| u64::from(record.ttl)).min()?;
        let mut found: Vec<IpAddr> =
            answers.iter().flat_map(|answer| addresses(answer, &name)).collect();
        found.sort_unstable();
        found.dedup();
        (!found.is_empty()).then(|| (found, Span::from_secs(ttl)))
    }

    /// Returns the addresses of a name, of the fourth version first.
    pub async fn addresses(&self, name: &str, deadline: Deadline) -> Vec<IpAddr> {
        let (v4, v6) =
            tokio::join!(self.ask(name, "A", deadline), self.ask(name, "AAAA", deadline));
        [v4, v6].iter().flatten().flat_map(|answer| addresses(answer, name)).collect()
    }
}

impl Lookup for Resolvers {
    fn lookup<'a>(&'a self, name: &'a str, deadline: Deadline) -> Looking<'a> {
        Box::pin(async move {
            let found = self.addresses(name, deadline).await;
            if found.is_empty() { Err(NetError::NoAddress) } else { Ok(found) }
        })
    }
}

/// Returns the addresses that an answer gives a name, its aliases followed within the answer.
fn addresses(answer: &DnsAnswer, name: &str) -> Vec<IpAddr> {
    let mut name = fully_qualified(name);
    for _ in 0..answer.answers.len() {
        let alias = answer.answers.iter().find(|r| r.kind == "CNAME" && r.name == name);
        match alias {
            Some(alias) => name = alias.data.raw().to_owned(),
            None => break,
        }
    }
    let own = answer.answers.iter().filter(|r| r.name == name);
    own.filter_map(|record| record.data.raw().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DnsRecord, Remote};

    fn record(name: &str, kind: &str, data: &str) -> DnsRecord {
        DnsRecord { name: name.into(), kind: kind.into(), ttl: 1, data: Remote::new(data) }
    }

    #[test]
    fn aliases_are_followed_and_strangers_ignored() {
        let answer = DnsAnswer {
            answers: vec![
                record("b.", "CNAME", "c."),
                record("a.", "CNAME", "b."),
                record("c.", "A", "192.0.2.1"),
                record("x.", "A", "192.0.2.9"),
            ],
            ..DnsAnswer::default()
        };
        assert_eq!(addresses(&answer, "A"), ["192.0.2.1".parse::<IpAddr>().expect("an address")]);
        let looped = DnsAnswer {
            answers: vec![record("a.", "CNAME", "b."), record("b.", "CNAME", "a.")],
            ..DnsAnswer::default()
        };
        assert!(addresses(&looped, "a.").is_empty());
    }
}
