//! One question to one name server, and the evidence that it becomes.

use std::net::SocketAddr;

use super::super::Scene;
use crate::model::{
    DnsAnswer, DnsManner, DnsObservation, DnsRole, DnsTransport, Ending, Evidence, Id, Observation,
};
use crate::net::Origin;
use crate::service::dns::Way;
use crate::service::dns::ask::Told;
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
    pub way: Way,
    /// What.
    pub query: Query,
    /// Its name was never asked for before.
    pub fresh: bool,
}

impl Asking {
    /// Returns how it is put.
    pub fn manner(&self) -> DnsManner {
        DnsManner {
            payload: self.query.payload,
            dnssec: self.query.dnssec,
            checking_disabled: self.query.checking_disabled,
            fresh: self.fresh,
            from_cache: matches!(self.role, DnsRole::Resolver { .. }) && !self.query.recursion,
            client_subnet: self.query.client_subnet.filter(|_| self.query.payload.is_some()),
        }
    }

    /// Makes the same question with other words about how it is put.
    pub fn put(&self, change: impl FnOnce(&mut Query)) -> Self {
        let mut other = self.clone();
        change(&mut other.query);
        other
    }
}

/// Says what was asked and what came of it.
pub fn evidence(scene: &Scene<'_>, asking: Asking, told: Told) -> Evidence {
    let (transport, manner) = (asking.way.transport(), asking.manner());
    let observation = Observation::Dns(DnsObservation {
        manner,
        heard: told.heard,
        second: told.second.map(Box::new),
        ..observed(asking.role, asking.server, transport, &asking.query, told.ending)
    });
    scene.evidence(&asking.subject, told.sent, told.took, observation)
}

/// Says what was asked and how it ended.
pub fn observation(
    role: DnsRole,
    server: SocketAddr,
    transport: DnsTransport,
    query: &Query,
    ending: Ending<DnsAnswer>,
) -> Observation {
    Observation::Dns(observed(role, server, transport, query, ending))
}

fn observed(
    role: DnsRole,
    server: SocketAddr,
    transport: DnsTransport,
    query: &Query,
    ending: Ending<DnsAnswer>,
) -> DnsObservation {
    let (name, kind) = (query.name.clone(), query.kind.clone());
    let (manner, heard, second) = (DnsManner::default(), 0, None);
    DnsObservation { role, server, transport, name, kind, manner, ending, heard, second }
}
