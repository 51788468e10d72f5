//! Records at a zone's own name: every server that has them is asked, over UDP and over TCP, and keys are held
//! against their own signatures.

use std::collections::BTreeSet;

use super::Witnessed;
use super::delegation::{at_each, parents};
use super::names::plain;
use crate::diagnose::dnssec::served;
use crate::model::{
    Direction, DnsAnswer, Ending, Estate, Id, Remote, RrContent, RrKey, Rrset, ServedKeys, Witness,
    Zone, fully_qualified,
};
use crate::service::dns::round::{Question, Server, ask_all};
use crate::service::{Budget, Field};

/// What is looked for.
pub struct Top<'a> {
    /// The provider; absent: the parent.
    at: Option<&'a Id>,
    /// The type.
    kind: &'a str,
    /// What must be there.
    there: &'a [String],
    /// What must not.
    gone: &'a [String],
}

impl<'a> Top<'a> {
    /// Turns what an effect looks like into a direction.
    pub const fn toward(
        direction: Direction,
        (at, kind): (Option<&'a Id>, &'a str),
        (comes, goes): (&'a [String], &'a [String]),
    ) -> Self {
        let (there, gone) = match direction {
            Direction::Do => (comes, goes),
            Direction::Undo => (goes, comes),
        };
        Self { at, kind, there, gone }
    }
}

/// Asks the witnesses.
pub async fn verify(
    field: &Field,
    estate: &Estate,
    ask: &[Witness],
    zone: &Id,
    top: &Top<'_>,
) -> Witnessed {
    let Some(zone) = estate.zone(zone) else {
        return Witnessed::unseen(format!("the estate has no zone `{zone}`"));
    };
    let mut said = Vec::new();
    for witness in ask {
        said.push(match (witness, top.at) {
            (Witness::Authorities, Some(provider)) => {
                let servers = at_provider(estate, provider);
                shown(field, estate, zone, top, servers).await
            }
            (Witness::Parent, None) => {
                let budget = Budget::of(&estate.probing);
                let servers = parents(field, estate, zone, budget).await;
                shown(field, estate, zone, top, servers).await
            }
            (
                Witness::Parent
                | Witness::Authorities
                | Witness::Resolvers
                | Witness::Trackers
                | Witness::Seedboxes,
                _,
            ) => Witnessed::unseen("who was to be asked does not hold these records"),
        });
    }
    Witnessed::together(said)
}

fn at_provider(estate: &Estate, provider: &Id) -> Vec<Server> {
    let servers = estate.provider(provider).map_or(&[][..], |it| &it.nameservers);
    servers.iter().flat_map(at_each).collect()
}

/// Every server must show it, both ways.
async fn shown(
    field: &Field,
    estate: &Estate,
    zone: &Zone,
    top: &Top<'_>,
    servers: Vec<Server>,
) -> Witnessed {
    let apex = fully_qualified(&zone.name);
    let streams: Vec<Server> = servers.iter().cloned().map(Server::over_tcp).collect();
    let ask = |server| Question { server, name: apex.clone(), kind: top.kind.to_owned() };
    let questions = servers.into_iter().chain(streams).map(ask).collect();
    let said = ask_all(field, Budget::of(&estate.probing), questions).await;
    if said.is_empty() {
        return Witnessed::unseen("no server is known that could be asked");
    }
    for (question, ending) in &said {
        if let Err(because) = judged(field, &apex, top, ending) {
            let name = &question.server.name;
            return Witnessed::unseen(format!("{name}: {because}"));
        }
    }
    Witnessed::seen(format!("{} answers show the {} records", said.len(), top.kind))
}

/// Holds one answer against what is looked for.
fn judged(
    field: &Field,
    apex: &str,
    top: &Top<'_>,
    ending: &Ending<DnsAnswer>,
) -> Result<(), String> {
    let usable = |answer: &&DnsAnswer| answer.rcode == "NOERROR";
    let Some(answer) = ending.answer().filter(usable) else {
        return Err("it does not answer".to_owned());
    };
    if top.kind == "DNSKEY" {
        served(apex, answer, field.clock.now())?;
    }
    let own = answer.answers.iter().filter(|it| it.kind == top.kind && it.name == apex);
    let found: BTreeSet<String> = own.map(|record| one_form(top.kind, record.data.raw())).collect();
    let has = |data: &&String| found.contains(&one_form(top.kind, data));
    if let Some(missing) = top.there.iter().find(|data| !has(data)) {
        return Err(format!("no {} {}", top.kind, Remote::new(missing.as_str())));
    }
    match top.gone.iter().find(has) {
        Some(left) => Err(format!("still {} {}", top.kind, Remote::new(left.as_str()))),
        None => Ok(()),
    }
}

/// Writes data in one form: without spaces; a letter of a key means something, and one of a name or a digest nothing.
fn one_form(kind: &str, data: &str) -> String {
    let joined: String = data.split_whitespace().collect();
    if kind == "DNSKEY" { joined } else { plain(&joined) }
}

/// Reads the keys of a zone from every server of a provider, over TCP; all of them must say the same.
///
/// # Errors
/// Why they are not known, in words.
pub async fn keys(
    field: &Field,
    estate: &Estate,
    (provider, zone): (&Id, &str),
) -> Result<ServedKeys, String> {
    let servers = at_provider(estate, provider).into_iter().map(Server::over_tcp);
    let ask = |server| Question { server, name: zone.to_owned(), kind: "DNSKEY".to_owned() };
    let budget = Budget::of(&estate.probing);
    let said = ask_all(field, budget, servers.map(ask).collect()).await;
    let mut found: Option<ServedKeys> = None;
    for (question, ending) in &said {
        let name = &question.server.name;
        let answer = ending.answer().ok_or_else(|| format!("{name} does not answer"))?;
        let mut keys = served(zone, answer, field.clock.now())
            .map_err(|because| format!("{name}: {because}"))?;
        keys.keys.sort_by(|one, other| one.data.cmp(&other.data));
        match &mut found {
            Some(other) if other.keys != keys.keys => {
                return Err(format!("{name} serves other keys than the servers beside it"));
            }
            Some(other) => other.ttl = other.ttl.max(keys.ttl),
            None => found = Some(keys),
        }
    }
    found.ok_or_else(|| format!("`{provider}` has no server that could be asked"))
}

/// Reads record sets at zones' own names from every server of their parents, over TCP, where only a person writes there;
/// all of them must say the same.
///
/// # Errors
/// Why they are not known, in words.
pub async fn at_the_parent(
    field: &Field,
    estate: &Estate,
    keys: &[RrKey],
) -> Result<Vec<Rrset>, String> {
    let mut sets = Vec::new();
    for key in keys {
        let zone = estate.zones.iter().find(|zone| fully_qualified(&zone.name) == key.name);
        let zone = zone.ok_or_else(|| format!("the estate has no zone `{}`", key.name))?;
        let budget = Budget::of(&estate.probing);
        let servers = parents(field, estate, zone, budget).await.into_iter().map(Server::over_tcp);
        let ask = |server| Question { server, name: key.name.clone(), kind: key.kind.clone() };
        let said = ask_all(field, budget, servers.map(ask).collect()).await;
        sets.push(alike(key, &said)?);
    }
    Ok(sets)
}

/// Reads one set out of what all servers answered.
fn alike(key: &RrKey, said: &[(Question, Ending<DnsAnswer>)]) -> Result<Rrset, String> {
    let mut found: Option<Rrset> = None;
    for (question, ending) in said {
        let name = &question.server.name;
        let usable = |answer: &&DnsAnswer| answer.aa && answer.rcode == "NOERROR";
        let answer = ending.answer().filter(usable);
        let answer = answer.ok_or_else(|| format!("{name} does not answer for {}", key.name))?;
        let own = answer.answers.iter().filter(|it| it.kind == key.kind && it.name == key.name);
        let ttl = own.clone().map(|record| record.ttl).max().unwrap_or_default();
        let data: BTreeSet<&str> = own.map(|record| record.data.raw()).collect();
        let content =
            |data: &str| RrContent { content: data.to_owned(), disabled: false, beside: None };
        let records: Vec<RrContent> = data.into_iter().map(content).collect();
        match &mut found {
            Some(set) if set.records != records => {
                return Err(format!(
                    "{name} has another {} set than the servers beside it",
                    key.kind
                ));
            }
            Some(set) => set.ttl = set.ttl.max(ttl),
            None => found = Some(Rrset { key: key.clone(), ttl, records, comments: Vec::new() }),
        }
    }
    found.ok_or_else(|| format!("no server of the parent of {} is known", key.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DnsRecord;

    const KEY: &str = "z.test.";

    /// What a server of the parent answers: DS records, each with its time to live.
    fn said(rcode: &str, aa: bool, ds: &[(u32, &str)]) -> (Question, Ending<DnsAnswer>) {
        let record = |(ttl, data): &(u32, &str)| DnsRecord {
            name: KEY.to_owned(),
            kind: "DS".to_owned(),
            ttl: *ttl,
            data: Remote::new(*data),
        };
        let answers = ds.iter().map(record).collect();
        let answer = DnsAnswer { rcode: rcode.to_owned(), aa, answers, ..DnsAnswer::default() };
        let server = Server::authority("ns.test", ([192, 0, 2, 1], 53).into());
        let question = Question { server, name: KEY.to_owned(), kind: "DS".to_owned() };
        (question, Ending::Answered(answer))
    }

    fn read(said: &[(Question, Ending<DnsAnswer>)]) -> Result<Rrset, String> {
        alike(&RrKey { name: KEY.to_owned(), kind: "DS".to_owned() }, said)
    }

    #[test]
    fn a_set_is_known_where_every_server_has_it() {
        let one = said("NOERROR", true, &[(300, "1 13 2 aa"), (300, "2 13 2 bb")]);
        let other = said("NOERROR", true, &[(600, "2 13 2 bb"), (600, "1 13 2 aa")]);
        let set = read(&[one.clone(), other]).expect("the same set");
        assert_eq!((set.ttl, set.records.len()), (600, 2), "the longest time to live counts");
        let none = said("NOERROR", true, &[]);
        assert!(read(std::slice::from_ref(&none)).expect("no set").records.is_empty());
        for bad in [none, said("SERVFAIL", true, &[]), said("NXDOMAIN", true, &[])] {
            assert!(read(&[one.clone(), bad.clone()]).is_err(), "{bad:?}");
        }
        let cached = said("NOERROR", false, &[(300, "1 13 2 aa"), (300, "2 13 2 bb")]);
        assert!(read(&[one.clone(), cached]).is_err(), "who does not hold the parent says nothing");
        let silent = (one.0.clone(), Ending::TimedOut);
        assert!(read(&[one, silent]).is_err());
        assert!(read(&[]).is_err(), "nobody was asked");
    }
}
