//! Questions to name servers, all asked at once.

use std::net::SocketAddr;

use tokio::task::JoinSet;

use super::super::Scene;
use crate::model::{DnsObservation, DnsRole, DnsTransport, Ending, Evidence, Id, Observation};
use crate::net::{Deadline, Door, Origin, Transport};
use crate::service::Budget;
use crate::service::dns::ask::{Told, ask};
use crate::wire::dns::Query;

/// One question to one server.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    /// The estate object that it is about.
    pub subject: Id,
    /// Which part the server plays.
    pub role: DnsRole,
    /// Where.
    pub server: SocketAddr,
    /// Who named that address.
    pub origin: Origin,
    /// How.
    pub transport: Transport,
    /// What.
    pub query: Query,
}

/// Asks everything at once and returns the evidence in the order of the questions.
///
/// An answer that was cut short is asked for again over TCP, as every resolver does.
pub async fn ask_all(scene: &Scene<'_>, questions: Vec<Asking>, budget: Budget) -> Vec<Evidence> {
    let mut running = JoinSet::new();
    for (place, asking) in questions.into_iter().enumerate() {
        let door = scene.field.door.clone();
        running.spawn(async move { (place, ask_fully(&door, asking, budget).await) });
    }
    let mut found = Vec::new();
    while let Some(done) = running.join_next().await {
        // A question that panicked would be a defect of this program: it is never a finding.
        let Ok((place, told)) = done else { continue };
        let evidence = told.into_iter().map(|(asking, told)| evidence(scene, asking, told));
        found.push((place, evidence.collect::<Vec<_>>()));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().flat_map(|(_, evidence)| evidence).collect()
}

async fn ask_fully(door: &Door, asking: Asking, budget: Budget) -> Vec<(Asking, Told)> {
    let until = Deadline::after(budget.budget);
    let run = async |asking: &Asking, budget| {
        ask(door, asking.server, asking.origin, asking.transport, &asking.query, budget).await
    };
    let told = run(&asking, budget).await;
    let cut = told.ending.answer().is_some_and(|answer| answer.tc);
    let mut all = vec![(asking.clone(), told)];
    if cut && asking.transport == Transport::Udp {
        let whole = Asking { transport: Transport::Tcp, ..asking };
        let rest = budget.until(until);
        let told = run(&whole, rest).await.unless_cut_short(rest, budget);
        all.push((whole, told));
    }
    all
}

fn evidence(scene: &Scene<'_>, asking: Asking, told: Told) -> Evidence {
    let transport = match asking.transport {
        Transport::Udp => DnsTransport::Udp,
        Transport::Tcp => DnsTransport::Tcp,
    };
    let observation =
        observation(asking.role, asking.server, transport, &asking.query, told.ending);
    scene.evidence(&asking.subject, told.sent, told.took, observation)
}

/// Says what was asked and how it ended.
pub fn observation(
    role: DnsRole,
    server: SocketAddr,
    transport: DnsTransport,
    query: &Query,
    ending: Ending<crate::model::DnsAnswer>,
) -> Observation {
    let (name, kind) = (query.name.clone(), query.kind.clone());
    Observation::Dns(DnsObservation { role, server, transport, name, kind, ending })
}
