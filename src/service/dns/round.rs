//! A round of questions, all asked at once: for callers that know neither sockets nor codecs.
//!
//! An answer that was cut short is asked for again over TCP within the same budget, as resolvers do. What one server is
//! asked over TCP goes over one connection.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::ask::ask;
use super::together;
use super::way::Way;
use crate::model::{DnsAnswer, Ending, Estate, Resolver, fully_qualified};
use crate::net::{Deadline, Door, Origin};
use crate::service::{Budget, Field, Resolvers};
use crate::wire::dns::Query;

/// The most servers that are asked when the resolvers named them.
const LEARNED: usize = 4;

/// How many questions to one server are under way at once, each by itself: as many as its socket keeps for it.
const UNDER_WAY: usize = 64;

/// A server that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name, or the estate's id of a resolver.
    pub name: String,
    /// Where.
    pub address: SocketAddr,
    origin: Origin,
    way: Way,
    recursive: bool,
}

/// One question to one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who is asked.
    pub server: Server,
    /// The name, fully qualified.
    pub name: String,
    /// The type.
    pub kind: String,
}

impl Server {
    /// Takes an authoritative server at an address that the estate wrote.
    pub fn authority(name: &str, address: SocketAddr) -> Self {
        let (origin, way) = (Origin::Estate, Way::UDP);
        Self { name: fully_qualified(name), address, origin, way, recursive: false }
    }

    pub(super) const fn origin(&self) -> Origin {
        self.origin
    }

    /// Returns the same server, asked over TCP.
    #[must_use]
    pub fn over_tcp(self) -> Self {
        Self { way: Way::TCP, ..self }
    }

    /// Takes a resolver of the estate, by its first way; files lie below a folder.
    pub fn resolver(resolver: &Resolver, base: &Path) -> Option<Self> {
        let way = Way::to(resolver, base).into_iter().next()?;
        let (name, address) = (resolver.id.to_string(), resolver.at(way.transport()));
        Some(Self { name, address, origin: Origin::Estate, way, recursive: true })
    }
}

/// Asks everything at once, 64 of one server at a time, and returns the endings in the order of the questions.
pub async fn ask_all(
    field: &Field,
    budget: Budget,
    questions: Vec<Question>,
) -> Vec<(Question, Ending<DnsAnswer>)> {
    let (mut running, mut turns) = (JoinSet::new(), BTreeMap::<SocketAddr, Arc<Semaphore>>::new());
    for group in groups(questions) {
        let door = field.door.clone();
        let turn = match &group[..] {
            [(_, Question { server: Server { address, .. }, .. })] => {
                let turn = turns.entry(*address);
                Some(Arc::clone(turn.or_insert_with(|| Arc::new(Semaphore::new(UNDER_WAY)))))
            }
            _ => None,
        };
        running.spawn(async move {
            // Nobody closes it.
            let _turn = match &turn {
                Some(turn) => turn.acquire().await.ok(),
                None => None,
            };
            together(&door, group, budget).await
        });
    }
    let (mut done, mut alone) = (Vec::new(), JoinSet::new());
    for (place, ending) in running.join_all().await.into_iter().flatten() {
        match ending {
            Some(ending) => done.push((place, ending)),
            None => {
                let door = field.door.clone();
                alone.spawn(async move {
                    let ending = whole(&door, &place.1, budget).await;
                    (place, ending)
                });
            }
        }
    }
    done.extend(alone.join_all().await);
    done.sort_by_key(|((place, _), _)| *place);
    done.into_iter().map(|((_, question), ending)| (question, ending)).collect()
}

/// A question and its place among all.
type Place = (usize, Question);

/// Puts together what one server is asked over TCP; every other question stands by itself.
fn groups(questions: Vec<Question>) -> Vec<Vec<Place>> {
    let (mut groups, mut over_tcp) = (Vec::new(), BTreeMap::<SocketAddr, Vec<Place>>::new());
    for (place, question) in questions.into_iter().enumerate() {
        let Server { way, address, recursive, .. } = &question.server;
        if *way == Way::TCP && !recursive {
            over_tcp.entry(*address).or_default().push((place, question));
        } else {
            groups.push(vec![(place, question)]);
        }
    }
    groups.extend(over_tcp.into_values());
    groups
}

/// Asks a group; no ending is for what is to be asked by itself.
async fn together(
    door: &Door,
    group: Vec<Place>,
    budget: Budget,
) -> Vec<(Place, Option<Ending<DnsAnswer>>)> {
    let endings = match &group[..] {
        [(_, first), _, ..] => {
            let names = group.iter().map(|(_, it)| (it.name.as_str(), it.kind.as_str()));
            let names: Vec<(&str, &str)> = names.collect();
            together::ask(door, &first.server, &names, budget).await
        }
        [(_, one)] => vec![Some(whole(door, one, budget).await)],
        [] => Vec::new(),
    };
    group.into_iter().zip(endings).collect()
}

/// Returns what a server is asked for a name and a type.
pub(super) fn query(server: &Server, name: &str, kind: &str) -> Query {
    let query = if server.recursive {
        Query::to_resolver(name, kind)
    } else {
        Query::to_authority(name, kind)
    };
    // Keys are worth nothing without what signs them.
    Query { dnssec: query.dnssec || kind == "DNSKEY", ..query }
}

async fn whole(door: &Door, question: &Question, budget: Budget) -> Ending<DnsAnswer> {
    let until = Deadline::after(budget.budget);
    let query = query(&question.server, &question.name, &question.kind);
    let Server { address, origin, ref way, .. } = question.server;
    let told = ask(door, address, origin, way.clone(), &query, budget).await;
    let cut = told.ending.answer().is_some_and(|answer| answer.tc);
    if !cut || *way != Way::UDP {
        return told.ending;
    }
    ask(door, address, origin, Way::TCP, &query, budget.until(until)).await.ending
}

/// Finds the servers of a zone by asking the estate's resolvers.
pub async fn servers_of(field: &Field, estate: &Estate, zone: &str, budget: Budget) -> Vec<Server> {
    let until = Deadline::after(budget.budget);
    let resolvers = Resolvers::new(field.door.clone(), estate, &field.base);
    let answer = resolvers.ask(zone, "NS", until).await.unwrap_or_default();
    let named = answer.answers.iter().filter(|record| record.kind == "NS" && record.name == zone);
    let mut running = JoinSet::new();
    for name in named.take(LEARNED).map(|record| record.data.raw().to_owned()) {
        let resolvers = resolvers.clone();
        running.spawn(async move { (resolvers.addresses(&name, until).await, name) });
    }
    let found = running.join_all().await.into_iter().flat_map(|(addresses, name)| {
        addresses.into_iter().map(move |ip| Server {
            name: name.clone(),
            address: SocketAddr::new(ip, 53),
            origin: Origin::Learned,
            way: Way::UDP,
            recursive: false,
        })
    });
    let mut found: Vec<Server> = found.collect();
    found.sort_by_key(|server| server.address);
    found.truncate(LEARNED);
    found
}
