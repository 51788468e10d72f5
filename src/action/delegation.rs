//! Whether a delegation is where it shall be: parent, authorities and resolvers are asked, each in its own role.
//!
//! Old and new servers may both be right by the estate's `expect`, so resolvers are held against what the
//! servers that shall answer say at this very moment.

use std::collections::{BTreeMap, BTreeSet};

use super::Witnessed;
use super::names::{self, Name, Values};
use crate::model::{
    Address, ControlKind, DelegationState, DnsAnswer, Ending, Estate, Id, NameServer, Witness,
    Zone, fully_qualified,
};
use crate::service::dns::round::{Question, Server, ask_all, servers_of};
use crate::service::{Budget, Field};

/// One proof: who looks for what.
struct Proof<'a> {
    field: &'a Field,
    estate: &'a Estate,
    zone: &'a Zone,
    names: Vec<Name>,
    state: &'a DelegationState,
    budget: Budget,
}

/// Asks the witnesses.
pub async fn verify(
    field: &Field,
    estate: &Estate,
    ask: &[Witness],
    zone: &Id,
    state: &DelegationState,
) -> Witnessed {
    let Some(zone) = estate.zone(zone) else {
        return Witnessed::unseen(format!("the estate has no zone `{zone}`"));
    };
    let (names, budget) = (names::of(zone), Budget::of(&estate.probing));
    let proof = Proof { field, estate, zone, names, state, budget };
    let authorities = proof.authorities().await;
    let mut said = Vec::new();
    for witness in ask {
        said.push(match witness {
            Witness::Parent => proof.parent().await,
            Witness::Authorities => authorities.judge(&proof),
            Witness::Resolvers => proof.resolvers(&authorities).await,
            Witness::Trackers | Witness::Seedboxes => {
                Witnessed::unseen("trackers and seedboxes know nothing of a delegation")
            }
        });
    }
    Witnessed::together(said)
}

/// What the servers that shall answer say at this moment.
struct Authorities {
    said: Vec<(Question, Ending<DnsAnswer>)>,
}

/// What one server is worth as a witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// It says nothing.
    Silent,
    /// All that it says is right.
    Right,
    /// Something that it says is wrong.
    Wrong,
}

impl Proof<'_> {
    /// Asks every expected server for every name.
    async fn authorities(&self) -> Authorities {
        let mut questions = Vec::new();
        for id in &self.state.providers {
            let servers = self.estate.provider(id).map_or(&[][..], |it| &it.nameservers);
            let shall = |name: &str| self.state.servers.contains(&fully_qualified(name));
            for server in servers.iter().filter(|server| shall(&server.name)) {
                for address in &server.addresses {
                    let server = Server::authority(&server.name, address.or_port(53));
                    questions.extend(self.questions(&server));
                }
            }
        }
        Authorities { said: ask_all(self.field, self.budget, questions).await }
    }

    fn questions(&self, server: &Server) -> Vec<Question> {
        let ask = |name: &Name| Question {
            server: server.clone(),
            name: name.name.clone(),
            kind: name.kind.clone(),
        };
        self.names.iter().map(ask).collect()
    }

    /// Every parent server that answers must delegate to exactly the expected servers.
    async fn parent(&self) -> Witnessed {
        let apex = fully_qualified(&self.zone.name);
        let servers = parents(self.field, self.estate, self.zone, self.budget).await;
        let ask = |server: &Server| Question {
            server: server.clone(),
            name: apex.clone(),
            kind: "NS".to_owned(),
        };
        let said = ask_all(self.field, self.budget, servers.iter().map(ask).collect()).await;
        let expected: BTreeSet<String> = self.state.servers.iter().cloned().collect();
        let found: Vec<BTreeSet<String>> =
            said.iter().filter_map(|(_, ending)| delegation(ending, &apex)).collect();
        match found.iter().find(|set| **set != expected) {
            Some(other) => Witnessed::unseen(format!("the parent delegates to {}", list(other))),
            None if found.is_empty() => Witnessed::unseen("no server of the parent answers"),
            None => Witnessed::seen(format!("the parent delegates to {}", list(&expected))),
        }
    }

    /// Every resolver that works must give what the expected servers say now.
    async fn resolvers(&self, authorities: &Authorities) -> Witnessed {
        let known = authorities.values(self);
        let servers =
            self.estate.resolvers.iter().filter_map(|it| Server::resolver(it, &self.field.base));
        let (servers, controls): (Vec<Server>, _) = (servers.collect(), self.controls());
        let ask = |server: &Server| {
            let control = controls.iter().map(|(name, kind)| Question {
                server: server.clone(),
                name: name.clone(),
                kind: kind.clone(),
            });
            self.questions(server).into_iter().chain(control).collect::<Vec<_>>()
        };
        let questions = servers.iter().flat_map(ask).collect();
        let said = ask_all(self.field, self.budget, questions).await;
        let mut parts = Vec::new();
        for server in &servers {
            let own = said.iter().filter(|(question, _)| question.server == *server);
            parts.extend(self.resolver(server, own.collect(), &known, !controls.is_empty()));
        }
        match parts.is_empty() {
            true => Witnessed::unseen("no resolver that works can be asked"),
            false => Witnessed::together(parts),
        }
    }

    /// Judges one resolver; one that answers nothing at all, control names included, is no witness.
    fn resolver(
        &self,
        server: &Server,
        said: Vec<&(Question, Ending<DnsAnswer>)>,
        known: &BTreeMap<&str, Values>,
        controlled: bool,
    ) -> Option<Witnessed> {
        let works = said.iter().any(|(_, ending)| {
            ending
                .answer()
                .is_some_and(|answer| ["NOERROR", "NXDOMAIN"].contains(&answer.rcode.as_str()))
        });
        if controlled && !works {
            return None;
        }
        for name in &self.names {
            let of = |(question, _): &&&(Question, Ending<DnsAnswer>)| {
                question.name == name.name && question.kind == name.kind
            };
            let answer = said.iter().find(of).and_then(|(_, ending)| ending.answer());
            let values = answer.map(|answer| name.values(answer)).unwrap_or_default();
            let fits = known.get(name.name.as_str()).is_some_and(|known| values.is_subset(known));
            if values.is_empty() || !fits {
                let given = given(&values);
                let because = format!("resolver {} gives {given} for {}", server.name, name.name);
                return Some(Witnessed::unseen(because));
            }
        }
        Some(Witnessed::seen(format!("resolver {} gives the new servers' answers", server.name)))
    }

    /// Returns names that tell a dead resolver from one that waits for our dead servers.
    fn controls(&self) -> Vec<(String, String)> {
        let dns = self.estate.controls.iter().filter(|control| control.kind == ControlKind::Dns);
        let asked = dns.filter_map(|control| {
            let kind = control.record.clone().unwrap_or_else(|| "SOA".to_owned());
            Some((fully_qualified(control.name.as_deref()?), kind.to_ascii_uppercase()))
        });
        asked.take(1).collect()
    }
}

impl Authorities {
    /// At least one expected server must be right, and none wrong; silent ones are for others to judge.
    fn judge(&self, proof: &Proof<'_>) -> Witnessed {
        let mut servers: BTreeMap<&str, Worth> = BTreeMap::new();
        for (question, ending) in &self.said {
            if matches!(ending, Ending::Inconclusive(_)) {
                continue;
            }
            let worth = match (ending.answer(), proof.name(question)) {
                (Some(answer), Some(name)) if answer.aa && name.is_right(answer) => Worth::Right,
                (Some(_), _) => Worth::Wrong,
                (None, _) => Worth::Silent,
            };
            let entry = servers.entry(&question.server.name).or_insert(worth);
            *entry = worth.max(*entry);
        }
        let of = |worth: Worth| -> Vec<&str> {
            servers.iter().filter(|(_, it)| **it == worth).map(|(name, _)| *name).collect()
        };
        let (right, wrong) = (of(Worth::Right), of(Worth::Wrong));
        if !wrong.is_empty() {
            return Witnessed::unseen(format!("{} answers wrongly", wrong.join(", ")));
        }
        match right.is_empty() {
            true => Witnessed::unseen("no server that shall answer does"),
            false => Witnessed::seen(format!("{} answers rightly", right.join(", "))),
        }
    }

    /// Returns everything that the expected servers say for each name, with authority.
    fn values<'p>(&self, proof: &'p Proof<'_>) -> BTreeMap<&'p str, Values> {
        let mut known: BTreeMap<&str, Values> = BTreeMap::new();
        for (question, ending) in &self.said {
            let (Some(name), Some(answer)) = (proof.name(question), ending.answer()) else {
                continue;
            };
            if answer.aa {
                known.entry(&name.name).or_default().extend(name.values(answer));
            }
        }
        known
    }
}

impl Proof<'_> {
    fn name(&self, question: &Question) -> Option<&Name> {
        self.names.iter().find(|name| name.name == question.name && name.kind == question.kind)
    }
}

/// Returns a zone's parent's servers: the registrar's, else as the resolvers know them.
pub async fn parents(field: &Field, estate: &Estate, zone: &Zone, budget: Budget) -> Vec<Server> {
    let registrar = zone.registrar.as_ref().and_then(|id| estate.registrar(id));
    let declared = registrar.map_or(&[][..], |registrar| &registrar.nameservers);
    let servers: Vec<Server> = declared.iter().flat_map(at_each).collect();
    if !servers.is_empty() {
        return servers;
    }
    let apex = fully_qualified(&zone.name);
    let above = apex.split_once('.').map_or("", |(_, above)| above);
    let named = registrar.and_then(|registrar| registrar.parent_zone.as_deref());
    let parent = fully_qualified(named.unwrap_or(above));
    servers_of(field, estate, &parent, budget).await
}

/// Returns a server at each of its addresses.
pub fn at_each(server: &NameServer) -> impl Iterator<Item = Server> {
    let at = |address: &Address| Server::authority(&server.name, address.or_port(53));
    server.addresses.iter().map(at)
}

/// Reads a delegation out of a referral, or out of an answer of a server that holds both zones.
fn delegation(ending: &Ending<DnsAnswer>, apex: &str) -> Option<BTreeSet<String>> {
    let answer = ending.answer().filter(|answer| answer.rcode == "NOERROR")?;
    let own = |section: &[crate::model::DnsRecord]| -> BTreeSet<String> {
        let ns = section.iter().filter(|record| record.kind == "NS" && record.name == apex);
        ns.map(|record| fully_qualified(record.data.raw())).collect()
    };
    let referral = own(&answer.authority);
    Some(if referral.is_empty() { own(&answer.answers) } else { referral })
}

fn list(servers: &BTreeSet<String>) -> String {
    if servers.is_empty() {
        return "nobody".to_owned();
    }
    let shown = servers.iter().map(|name| crate::model::Remote::new(name.as_str()).to_string());
    shown.collect::<Vec<_>>().join(", ")
}

fn given(values: &Values) -> String {
    if values.is_empty() {
        return "nothing".to_owned();
    }
    let shown = values.iter().map(|(_, data)| crate::model::Remote::new(data.as_str()).to_string());
    shown.collect::<Vec<_>>().join(", ")
}
