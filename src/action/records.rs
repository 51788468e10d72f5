//! Record sets of a zone at one provider: both copies for a plan, and the proof that its servers answer what was
//! written. The servers are asked by their addresses, so that one that nobody is sent to yet is proven like any other.

use std::sync::Arc;
use std::time::Duration;

use super::names::{self, Name};
use super::{WHOLE, Witnessed};
use crate::model::{
    CopyFrom, CopySource, Direction, DnsAnswer, DnsProvider, Estate, Found, Id, RrKey, TwoCopies,
    Wanted, Witness, Zone, ZoneCopy, ZoneSet,
};
use crate::service::dns::round::{Question, Server, ask_all};
use crate::service::dns::{CopyError, Wholes, says};
use crate::service::{Budget, Field};

/// How many questions are asked at once to begin with: who answers those wrong is asked no more.
const FIRST: usize = 64;

/// How many are asked at once from then on.
const MORE: usize = 512;

/// What git has of a zone, as whoever reads the repository found it: nothing, or why it cannot be read.
pub type Committed = Result<Option<(CopySource, Arc<ZoneCopy>)>, String>;

/// Reads what a source has of a zone and what a provider holds of it, at the same time; what this look has read of them
/// already is not read again.
pub async fn copies(
    field: &Field,
    estate: &Estate,
    wanted: &Wanted,
    known: (Committed, &Wholes),
    within: Duration,
) -> Found {
    match both(field, estate, wanted, known, within.min(WHOLE)).await {
        Ok(copies) => Found::Zone(Box::new(copies)),
        Err(because) => Found::Unreadable(because),
    }
}

async fn both(
    field: &Field,
    estate: &Estate,
    wanted: &Wanted,
    (committed, wholes): (Committed, &Wholes),
    within: Duration,
) -> Result<TwoCopies, String> {
    let Wanted::Zone { zone, at, from, .. } = wanted else {
        return Err("it is no zone".to_owned());
    };
    let (Some(zone), Some(at)) = (estate.zone(zone), estate.provider(at)) else {
        return Err(format!("the estate has no zone `{zone}` at `{at}`"));
    };
    let source = async {
        let from = match (committed?, from) {
            (Some(found), _) => return Ok(found),
            (None, Some(from)) if *from != at.id => from,
            (None, _) => return Err(uncommitted(zone, from.as_ref())),
        };
        let Some(provider) = estate.provider(from) else {
            return Err(format!("the estate has no DNS provider `{from}`"));
        };
        let read = wholes.read(field, provider, zone, within).await;
        let copy = Arc::clone(&read.map_err(|error| said(&error))?.copy);
        Ok((CopySource { from: CopyFrom::Live, provider: from.clone() }, copy))
    };
    let (source, held) = tokio::join!(source, wholes.read(field, at, zone, within));
    let ((source, wanted), held) = (source?, held.map_err(|error| said(&error))?);
    let sets = held.sets(&differing(&wanted, &held.copy))?;
    Ok(TwoCopies { source, wanted, held: Arc::clone(&held.copy), sets })
}

fn uncommitted(zone: &Zone, from: Option<&Id>) -> String {
    let what = from.map_or_else(
        || "from a provider that serves it".to_owned(),
        |provider| format!("at `zones/{}/{provider}.zone`", zone.id),
    );
    let zone = &zone.id;
    format!(
        "no commit has a copy of `{zone}` {what}: take it with `lifeboat zone snapshot`, and commit it"
    )
}

/// Returns the record sets in which two copies differ, but for those that a provider answers in its own way.
fn differing(wanted: &ZoneCopy, held: &ZoneCopy) -> Vec<RrKey> {
    let apart = held.apart();
    let differences = wanted.differences(held).into_iter();
    let keys = differences
        .map(|it| RrKey { name: it.name().to_owned(), kind: it.kind().to_owned() })
        .filter(|key| apart(&key.name, &key.kind).is_none());
    let mut keys: Vec<RrKey> = keys.collect();
    keys.sort();
    keys.dedup();
    keys
}

fn said(error: &CopyError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}

/// What the servers of a provider shall answer, or answered before.
#[derive(Clone, Copy)]
pub struct Shall<'a> {
    /// The zone.
    pub zone: &'a Id,
    /// The provider.
    pub at: &'a Id,
    /// Toward the new state.
    pub after: &'a [ZoneSet],
    /// Back.
    pub before: &'a [ZoneSet],
    /// Which of the two.
    pub direction: Direction,
}

/// Asks the witnesses.
pub async fn verify(
    field: &Field,
    estate: &Estate,
    ask: &[Witness],
    shall: &Shall<'_>,
) -> Witnessed {
    let (Some(zone), Some(at)) = (estate.zone(shall.zone), estate.provider(shall.at)) else {
        let Shall { zone, at, .. } = shall;
        return Witnessed::unseen(format!("the estate has no zone `{zone}` at `{at}`"));
    };
    let proof =
        Proof { field, zone, at, apex: zone.full_name("@"), budget: Budget::of(&estate.probing) };
    let mut said = Vec::new();
    for witness in ask {
        said.push(match witness {
            Witness::Authorities => proof.authorities(shall).await,
            Witness::Parent | Witness::Resolvers | Witness::Trackers | Witness::Seedboxes => {
                Witnessed::unseen("only its own servers know what a provider answers")
            }
        });
    }
    Witnessed::together(said)
}

/// One proof: what is asked of every server, over UDP and over TCP.
struct Proof<'a> {
    field: &'a Field,
    zone: &'a Zone,
    at: &'a DnsProvider,
    /// The zone's name, fully qualified.
    apex: String,
    budget: Budget,
}

/// What an answer is held against.
enum Held<'a> {
    /// A record set of this type at the top of the zone, whatever it says.
    Top(&'static str),
    /// What the estate expects of a critical name.
    Critical(&'a Name),
    /// Exactly this.
    Exactly(&'a ZoneSet),
}

impl Proof<'_> {
    /// Every server answers at every address and over both transports, and answers everything as it shall be.
    async fn authorities(&self, shall: &Shall<'_>) -> Witnessed {
        let servers = self.servers();
        if servers.is_empty() {
            return Witnessed::unseen(format!(
                "`{}` has no server that could be asked",
                self.at.id
            ));
        }
        let (critical, sets) = match shall.direction {
            Direction::Do => (names::of(self.zone), shall.after),
            // What the estate expects may well not have been so before.
            Direction::Undo => (Vec::new(), shall.before),
        };
        let top = [Held::Top("SOA"), Held::Top("NS")].into_iter();
        let mut rounds = vec![self.round(&servers, &top.collect::<Vec<_>>()).await];
        let rest = critical.iter().map(Held::Critical).chain(sets.iter().map(Held::Exactly));
        let rest: Vec<Held<'_>> = rest.collect();
        let share = |all: usize| (all / servers.len()).max(1);
        let (first, more) = rest.split_at(share(FIRST).min(rest.len()));
        for part in std::iter::once(first).chain(more.chunks(share(MORE))) {
            if rounds.iter().flatten().next().is_some() {
                break;
            }
            rounds.push(self.round(&servers, part).await);
        }
        let wrong: Vec<String> = rounds.into_iter().flatten().collect();
        match wrong.split_first() {
            None => {
                let what = match sets.len() {
                    1 => "1 record set is answered as it shall be".to_owned(),
                    count => format!("{count} record sets are answered as they shall be"),
                };
                let at = &self.at.id;
                Witnessed::seen(format!("{what} by each server of `{at}`, over UDP and TCP"))
            }
            Some((first, [])) => Witnessed::unseen(first.clone()),
            Some((first, more)) => Witnessed::unseen(format!("{first}, and {} more", more.len())),
        }
    }

    /// Returns every address of every server, once for each transport, with its name for people.
    fn servers(&self) -> Vec<(String, Server)> {
        let mut servers = Vec::new();
        for server in &self.at.nameservers {
            for address in &server.addresses {
                let udp = Server::authority(&server.name, address.or_port(53));
                for (server, way) in [(udp.clone(), "UDP"), (udp.over_tcp(), "TCP")] {
                    let shown = format!("{} at {} over {way}", server.name, server.address);
                    servers.push((shown, server));
                }
            }
        }
        servers
    }

    /// Asks every server some of what is held, and says what is not answered as it shall be.
    async fn round(&self, servers: &[(String, Server)], held: &[Held<'_>]) -> Vec<String> {
        let pairs: Vec<(&String, &Held<'_>)> =
            servers.iter().flat_map(|(shown, _)| held.iter().map(move |it| (shown, it))).collect();
        let questions = servers
            .iter()
            .flat_map(|(_, server)| held.iter().map(move |it| it.question(server, &self.apex)));
        let said = ask_all(self.field, self.budget, questions.collect()).await;
        let wrong =
            pairs.into_iter().zip(said).filter_map(|((shown, held), (question, ending))| {
                let Question { name, kind, .. } = question;
                match ending.answer() {
                    Some(answer) if held.is_right(&self.apex, answer) => None,
                    Some(_) => Some(format!("{shown} answers {name} {kind} otherwise")),
                    None => Some(format!("{shown} gives no answer for {name} {kind}")),
                }
            });
        wrong.collect()
    }
}

impl Held<'_> {
    fn question(&self, server: &Server, apex: &str) -> Question {
        let (name, kind) = match self {
            Self::Top(kind) => (apex.to_owned(), (*kind).to_owned()),
            Self::Critical(name) => (name.name.clone(), name.kind.clone()),
            Self::Exactly(set) => (set.name.clone(), set.kind.to_string()),
        };
        Question { server: server.clone(), name, kind }
    }

    fn is_right(&self, apex: &str, answer: &DnsAnswer) -> bool {
        match self {
            Self::Top(kind) => {
                let own = |name: &str| crate::model::fully_qualified(name) == apex;
                let there = answer.answers.iter().any(|it| it.kind == *kind && own(&it.name));
                answer.aa && answer.rcode == "NOERROR" && there
            }
            Self::Critical(name) => answer.aa && name.is_right(answer),
            Self::Exactly(set) => says(apex, set, answer),
        }
    }
}
